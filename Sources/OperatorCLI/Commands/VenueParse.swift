import ArgumentParser
import Glibc
import JSONText
import Venues

extension VenueDialect: ExpressibleByArgument {}
extension MessageKind: ExpressibleByArgument {}

struct VenueParseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "parse",
        abstract: "Print what we understand of raw messages of an exchange.",
        discussion: """
            Reads messages, one a line (one over several lines is understood too), and prints one line of JSON for each: \
            decimals are exact strings, times integer microseconds since 1970 UTC, keys in snake case. A refusal of the \
            exchange is printed as type "error" with what to do about it. What cannot be understood is printed as \
            {"line":…,"error":…}, and the command ends with 1. Members that no table knows are listed under "unknown".

            MEXC's binary stream messages are given as hexadecimal digits or base64, one a line.

            EXAMPLES
              curl -s 'https://api.binance.com/api/v3/depth?symbol=BTCUSDT&limit=5' | \\
                quartet venue parse --venue binance --kind rest -
              quartet venue parse --venue bybit --kind ws recorded.jsonl
              quartet venue parse --venue binance-usdm --kind rest --endpoint /fapi/v1/premiumIndex answer.json
            """)

    @Option(help: "Whose messages: binance, binance-usdm, bybit, mexc.") var venue: VenueDialect

    @Option(help: "Bodies of HTTP responses (rest) or messages of a WebSocket (ws).") var kind: MessageKind

    @Option(
        help: ArgumentHelp(
            "Where they come from: a name of `quartet venue endpoints`, a path, a stream or a topic. Found from the shape where absent.",
            valueName: "name"))
    var endpoint: String?

    @Option(name: .customLong("status"), help: ArgumentHelp("The HTTP status of the responses.", valueName: "number"))
    var status: Int?

    @Argument(help: "The file with the messages; - is standard input.") var file: String = "-"

    func validate() throws {
        if let endpoint, !VenueMessages.knows(endpoint, venue, kind) {
            let names = VenueMessages.endpoints(venue, kind).map(\.name).joined(separator: ", ")
            throw ValidationError(
                "\(venue) has no \(kind) endpoint \"\(endpoint)\"; give a path, or one of: \(names)")
        }
    }

    func run() async throws {
        let failures = VenueParseCommand.explain(
            try InputFile.read(file), venue: venue, kind: kind,
            VenueMessages.Context(endpoint: endpoint, status: status)
        ) { out in
            out.withUnsafeBytes { Output.write($0, to: 1) }
        }
        if failures > 0 { throw ExitCode(CommandStatus.failed.rawValue) }
    }

    /// Hands a line of JSON for each message to `write`, many at a time; how many could not be understood.
    static func explain(
        _ bytes: [UInt8], venue: VenueDialect, kind: MessageKind, _ context: VenueMessages.Context,
        write: ([UInt8]) -> Void
    ) -> Int {
        var failures = 0
        var out: [UInt8] = []
        for entry in MessageLines(bytes, venue: venue) {
            let parsed = parse(entry, venue: venue, kind: kind, context)
            if case .failure = parsed { failures += 1 }
            line(parsed, entry.line).write(to: &out)
            out.append(0x0a)
            if out.count > 1 << 16 {
                write(out)
                out.removeAll(keepingCapacity: true)
            }
        }
        write(out)
        return failures
    }

    static func parse(
        _ entry: MessageLines.Entry, venue: VenueDialect, kind: MessageKind, _ context: VenueMessages.Context
    ) -> Result<ParsedMessage, JSONError> {
        do throws(JSONError) {
            return .success(try VenueMessages.parse(try entry.value.get(), venue: venue, kind: kind, context))
        } catch {
            return .failure(error)
        }
    }

    private static func line(_ parsed: Result<ParsedMessage, JSONError>, _ line: Int) -> JSONValue {
        switch parsed {
        case .success(let message): return message.json
        case .failure(let error): return ["line": JSONValue(line), "error": .string(error.description)]
        }
    }
}

struct VenueEndpointsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "endpoints",
        abstract: "List the endpoints and streams that are read by a table.",
        discussion: """
            EXAMPLES
              quartet venue endpoints
              quartet venue endpoints --venue bybit --json
            """)

    @Option(help: "Only this exchange's.") var venue: VenueDialect?

    @OptionGroup var options: SharedOptions

    func run() throws {
        let output = options.output
        var table = Table(
            "endpoints", [.left("venue"), .left("kind"), .left("name"), .left("type"), .left("sources", shrinksTo: 20)])
        for dialect in venue.map({ [$0] }) ?? VenueDialect.allCases {
            for kind in MessageKind.allCases {
                for endpoint in VenueMessages.endpoints(dialect, kind) {
                    if options.json {
                        let line: JSONValue = [
                            "venue": .string(dialect.rawValue), "kind": .string(kind.rawValue),
                            "name": .string(endpoint.name), "type": .string(endpoint.type),
                            "sources": .array(endpoint.sources.map { .string($0) }),
                        ]
                        output.line(line.description)
                    } else {
                        table.add([
                            Cell(dialect.rawValue), Cell(kind.rawValue), Cell(endpoint.name, .name),
                            Cell(endpoint.type),
                            Cell(endpoint.sources.joined(separator: " ")),
                        ])
                    }
                }
            }
        }
        if !options.json { output.lines(table.lines(on: output.canvas)) }
    }
}

/// The bytes of a file, or of standard input for `-`.
enum InputFile {
    /// At most 256 MiB, so that a wrong file does not fill the memory.
    private static let limit = 256 << 20

    static func read(_ path: String) throws -> [UInt8] {
        let descriptor = path == "-" ? 0 : open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw Failure("\(path) cannot be read: \(String(cString: strerror(errno)))")
        }
        defer { if path != "-" { close(descriptor) } }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count == 0 { return bytes }
            if count < 0 {
                if errno == EINTR { continue }
                throw Failure("\(path) cannot be read: \(String(cString: strerror(errno)))")
            }
            bytes += chunk[..<count]
            guard bytes.count <= limit else {
                throw Failure("\(path) has more than \(limit >> 20) MiB: split it into smaller files")
            }
        }
    }
}
