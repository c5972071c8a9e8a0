import AgentCore
import ArgumentParser
import Glibc
import JSONText
import ServiceRuntime
import TradingModel

struct AgentCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "agent", abstract: "The language-model trader.",
        subcommands: [
            AgentList.self, AgentShow.self, AgentCost.self, AgentLeaderboard.self, AgentReplay.self, AgentParse.self,
        ])
}

struct AgentParse: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "parse",
        abstract: "Show what the parser makes of models' answers.",
        discussion: """
            Reads JSON lines, each an object whose raw_text is an answer as a model or a provider wrote it, and \
            prints one JSON line for each: outcome (decided, held, refused), decision, decisions, reasons, repairs. \
            An id is passed on; symbols and positions in a line count for that line. docs/agent.md says by which \
            rules a text is read and when the answer is HOLD.

            EXAMPLES
              quartet agent parse answers.jsonl | jq -c '[.id, .outcome, .decision.action]'
              quartet agent parse answers.jsonl --symbols BTC/USDT,ETH/USDT --positions '{"BTC/USDT":"long"}'
              quartet agent parse --text answer.txt
              curl -s … | quartet agent parse --text -

            Without --positions nothing is known of what is held and no decision is refused for it; --positions '[]' \
            says that nothing is held. The status is 1 where a line could not be read.
            """)

    @Argument(help: "The file of JSON lines; - for standard input.")
    var file: String

    @Option(
        name: .long,
        help: ArgumentHelp(
            "What may be traded, separated by commas; else the configuration's symbols.", valueName: "list"))
    var symbols: String?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "What is held: JSON such as '{\"BTC/USDT\":\"long\"}', or a file with it, such as `positions --json` prints.",
            valueName: "file|json"))
    var positions: String?

    @Flag(name: .long, help: "The whole input is one answer.")
    var text = false

    @OptionGroup var options: SharedOptions

    func run() throws {
        let context = AnswerContext(symbols: try configuredSymbols(), positions: try heldPositions())
        let input = try TextInput.read(file)
        var run = AnswerRun(context: context)
        if text {
            Output.write(AnswerReport.value(run.parse(input)).text() + "\n", to: 1)
        } else {
            for line in input.split(separator: 0x0a, omittingEmptySubsequences: false) {
                if let report = run.report(line) { Output.write(report + "\n", to: 1) }
            }
        }
        if isatty(2) == 1 { options.output.remark(run.summary) }
        if let fault = run.fault { throw Failure(fault) }
    }

    private func configuredSymbols() throws -> [Symbol] {
        guard let symbols else {
            do throws(SettingsError) {
                return try SettingsLoader.load(file: options.config, environment: Machine.environmentVariables).settings
                    .symbols
            } catch {
                throw Failure(error.description)
            }
        }
        return try AnswerRun.symbols(symbols.split(separator: ",").map { String($0) })
    }

    private func heldPositions() throws -> [Symbol: PositionSide]? {
        guard let positions else { return nil }
        let isJSON = ["{", "["].contains { positions.drop { $0 == " " }.hasPrefix($0) }
        let bytes = isJSON ? Array(positions.utf8) : try TextInput.read(positions)
        return try AnswerRun.positions(bytes, from: isJSON ? "--positions" : positions)
    }
}

/// The whole of a file or of standard input.
enum TextInput {
    /// More than this is no list of answers.
    static let limit = 1 << 30

    static func read(_ file: String) throws(Failure) -> [UInt8] {
        let descriptor = file == "-" ? 0 : open(file, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Failure("\(file) cannot be read: \(String(cString: strerror(errno)))") }
        defer { if descriptor != 0 { close(descriptor) } }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 18)
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw Failure("\(file) cannot be read: \(String(cString: strerror(errno)))") }
            guard count > 0 else { return bytes }
            bytes += buffer[..<count]
            guard bytes.count <= limit else { throw Failure("\(file) is larger than 1 GiB: split it") }
        }
    }
}

/// Answers parsed line by line.
struct AnswerRun {
    private var parser: AnswerParser
    private let context: AnswerContext
    private var line = 0
    private var counts: [ParsedAnswer.Outcome: Int] = [:]
    /// The first line that could not be read.
    private(set) var fault: String?

    init(context: AnswerContext) {
        self.context = context
        parser = AnswerParser(context: context)
    }

    var summary: String {
        let total = counts.values.reduce(0, +)
        let parts = [ParsedAnswer.Outcome.decided, .held, .refused].map { "\(counts[$0] ?? 0) \($0.rawValue)" }
        return "\(total) answers: \(parts.joined(separator: ", "))"
    }

    mutating func parse(_ bytes: [UInt8]) -> ParsedAnswer {
        let answer = bytes.withUnsafeBufferPointer { parser.parse($0) }
        counts[answer.outcome, default: 0] += 1
        return answer
    }

    /// The report of one line as JSON; `nil` for a blank line.
    mutating func report(_ text: ArraySlice<UInt8>) -> String? {
        line += 1
        guard text.contains(where: { $0 != 0x20 && $0 != 0x09 && $0 != 0x0d }) else { return nil }
        do {
            let value = try JSONValue.parse(Array(text))
            guard case .string(let raw) = value["raw_text"] else {
                throw Failure("raw_text is missing or no string: each line is an object with the answer in raw_text")
            }
            parser.context = try lineContext(value)
            return AnswerReport.value(parse(Array(raw.utf8)), id: value["id"]).text()
        } catch {
            let sentence = "line \(line): \(error)"
            fault = fault ?? sentence
            return JSONValue.object(JSONObject([("line", JSONValue(line)), ("error", .string(sentence))])).text()
        }
    }

    private func lineContext(_ value: JSONValue) throws -> AnswerContext {
        var own = context
        if case .array(let names) = value["symbols"] {
            own.symbols = try AnswerRun.symbols(
                names.map { if case .string(let name) = $0 { name } else { "" } })
        }
        if let held = value["positions"], held != .null { own.positions = try AnswerContext.positions(held) }
        return own
    }

    static func symbols(_ names: [String]) throws -> [Symbol] {
        let symbols = try names.map { name in
            let trimmed = name.filter { $0 != " " }
            guard let symbol = Symbol(trimmed.uppercased()) else {
                throw Failure("\"\(name)\" is no symbol: write BASE/QUOTE such as BTC/USDT")
            }
            return symbol
        }
        guard !symbols.isEmpty else { throw Failure("there is no symbol: write BASE/QUOTE such as BTC/USDT") }
        return symbols
    }

    static func positions(_ bytes: [UInt8], from source: String) throws -> [Symbol: PositionSide] {
        do {
            return try AnswerContext.positions(JSONValue.parse(bytes))
        } catch {
            throw Failure("\(source): \(error)")
        }
    }
}
