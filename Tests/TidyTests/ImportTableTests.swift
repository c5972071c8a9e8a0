import Foundation
import Testing

/// The walls of `docs/architecture.md` as a table: what each room may import. The compiler alone does not keep it, since
/// an undeclared or transitive import compiles.
private let allowedImports: [String: Set<String>] = [
    "TradingModel": [],
    "JSONText": ["TradingModel"],
    "Indicators": ["TradingModel"],
    "Portfolio": ["TradingModel"],
    "FeedCore": ["TradingModel", "Indicators"],
    "StrategyCore": ["TradingModel", "Indicators"],
    "AgentCore": ["TradingModel", "Indicators", "JSONText"],
    "ScriptedModel": ["TradingModel", "JSONText"],
    "RiskCore": ["TradingModel", "Indicators", "Portfolio"],
    "ExecutionCore": ["TradingModel", "Portfolio"],
    "Venues": ["TradingModel", "JSONText"],
    "VenueTrading": ["TradingModel", "JSONText", "CCrypto"],
    "AlertCore": ["TradingModel", "JSONText"],
    "VenueConnector": ["TradingModel", "JSONText", "ExecutionCore", "Venues", "VenueTrading"],
    "SimulatedExchange": ["TradingModel", "JSONText", "Venues"],
    "Wire": ["TradingModel"],
    "CandleFiles": ["TradingModel", "CZlib", "Glibc"],
    "ModelClient": ["TradingModel", "JSONText", "AgentCore", "HTTPTransport", "Synchronization"],
    "Messaging": ["CZeroMQ", "Glibc", "Synchronization"],
    "HTTPTransport": ["CCurl", "Glibc", "Synchronization"],
    "Storage": ["TradingModel", "Portfolio", "AlertCore", "CSQLite", "CZlib", "Glibc"],
    "WebServer": ["CEpoll", "Glibc", "Synchronization"],
    "ServiceRuntime": [
        "TradingModel", "Wire", "Messaging", "Logging", "CMalloc", "CYAML", "Glibc", "Synchronization", "Foundation",
        "FoundationEssentials", "Dispatch",
    ],
    "Simulation": [
        "TradingModel", "Indicators", "Portfolio", "FeedCore", "StrategyCore", "RiskCore", "ExecutionCore", "Venues",
    ],
    "DialogueArchive": ["TradingModel", "Wire", "Storage"],
    "RiskArchive": ["TradingModel", "RiskCore", "Wire", "Storage"],
    "Reporting": ["TradingModel", "Portfolio", "JSONText", "Glibc"],
    "Composition": [
        "TradingModel", "StrategyCore", "AgentCore", "RiskCore", "ExecutionCore", "ServiceRuntime",
    ],
]

private let pureRooms = [
    "TradingModel", "Indicators", "Portfolio", "FeedCore", "StrategyCore", "RiskCore", "ExecutionCore", "Venues",
    "JSONText", "AgentCore", "ScriptedModel", "VenueTrading", "VenueConnector", "Simulation",
    "Reporting", "SimulatedExchange", "AlertCore",
]

/// What a pure room never says, and why.
private let bans: [(word: String, why: String)] = [
    ("Date()", "a core has no clock"), ("ContinuousClock", "a core has no clock"),
    ("SuspendingClock", "a core has no clock"),
    ("DispatchTime", "a core has no clock"), ("clock_gettime", "a core has no clock"),
    ("gettimeofday", "a core has no clock"),
    ("UUID()", "ids are derived from their inputs"), ("SystemRandomNumberGenerator", "randomness is an argument"),
    (".random()", "randomness is an argument"), ("Task {", "a core runs in one loop"),
    ("Task.detached", "a core runs in one loop"),
    ("async ", "a core does not wait"), ("await ", "a core does not wait"),
    ("DispatchQueue", "a core runs in one loop"),
    ("print(", "a core does no I/O"), ("FileManager", "a core does no I/O"), ("fopen(", "a core does no I/O"),
    ("Logger", "a core directs, its shell logs"), ("getenv", "a core is told its settings"),
]

struct SourceFile {
    let room: String
    let path: String
    let lines: [String]

    static let repository = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    static let all: [SourceFile] = {
        let sources = repository.appendingPathComponent("Sources")
        let paths = FileManager.default.enumerator(atPath: sources.path)?.compactMap { $0 as? String } ?? []
        return paths.filter { $0.hasSuffix(".swift") }.sorted().compactMap { path in
            guard let text = try? String(contentsOf: sources.appendingPathComponent(path), encoding: .utf8) else {
                return nil
            }
            return SourceFile(
                room: String(path.prefix { $0 != "/" }), path: path, lines: text.components(separatedBy: "\n"))
        }
    }()

    /// The modules a line imports: `public import struct Foundation.Date` → `Foundation`.
    static func importedModule(_ line: String) -> String? {
        var words = line.trimmingCharacters(in: .whitespaces).split(separator: " ").map(String.init)
        while let first = words.first,
            first.hasPrefix("@") || ["public", "internal", "package", "private", "fileprivate"].contains(first)
        { words.removeFirst() }
        guard words.first == "import", words.count >= 2 else { return nil }
        let name =
            ["struct", "class", "enum", "func", "protocol", "let", "var", "typealias"].contains(words[1])
                && words.count > 2 ? words[2] : words[1]
        return String(name.prefix { $0 != "." })
    }
}

@Suite("The walls between the rooms")
struct ImportTableTests {
    @Test("the sources are found")
    func sourcesAreFound() {
        #expect(SourceFile.all.count > 30)
        #expect(Set(SourceFile.all.map(\.room)).isSuperset(of: pureRooms.filter { $0 != "Simulation" }))
    }

    @Test("every room imports only what the table allows")
    func importsAreAllowed() {
        for file in SourceFile.all {
            guard let allowed = allowedImports[file.room] else { continue }
            for (index, line) in file.lines.enumerated() {
                guard let module = SourceFile.importedModule(line) else { continue }
                #expect(
                    allowed.contains(module),
                    "\(file.path):\(index + 1) imports \(module); \(file.room) may import \(allowed.sorted())")
            }
        }
    }

    @Test(
        "only execution could hold exchange keys and only strategy model keys: no other service imports an HTTP or TLS library"
    )
    func noTransportOutsideItsRoom() {
        for file in SourceFile.all where ["RiskService", "RiskCore", "StrategyService", "FeedCore"].contains(file.room)
        {
            for line in file.lines {
                #expect(SourceFile.importedModule(line) != "CCurl" || file.room == "StrategyService", "\(file.path)")
            }
        }
    }

    @Test("only execution, and the command that shows a request, can sign for an exchange")
    func signingStaysInItsRoom() {
        let signing = ["VenueTrading", "VenueConnector", "ExecutionService", "OperatorCLI"]
        for file in SourceFile.all where !signing.contains(file.room) {
            for line in file.lines {
                let module = SourceFile.importedModule(line)
                #expect(module != "VenueTrading" && module != "CCrypto", "\(file.path) imports \(module ?? "")")
            }
        }
        for file in SourceFile.all where file.room != "VenueConnector" && file.room != "ExecutionService" {
            for line in file.lines { #expect(SourceFile.importedModule(line) != "VenueConnector", "\(file.path)") }
        }
    }

    @Test("only strategy could ask a model, and so hold a model key")
    func modelsAreAskedByStrategyOnly() {
        for file in SourceFile.all where file.room != "StrategyService" && file.room != "ModelClient" {
            for line in file.lines { #expect(SourceFile.importedModule(line) != "ModelClient", "\(file.path)") }
        }
    }

    @Test("pure rooms have no clock, no randomness, no tasks and no output")
    func pureRoomsArePure() {
        for file in SourceFile.all where pureRooms.contains(file.room) {
            for (index, line) in file.lines.enumerated() {
                let code = line.components(separatedBy: "//")[0]
                guard !line.contains("// tidy-ok:") else { continue }
                for ban in bans {
                    #expect(!code.contains(ban.word), "\(file.path):\(index + 1) says \(ban.word): \(ban.why)")
                }
            }
        }
    }

    @Test(
        "an import is recognised in all its spellings",
        arguments: [
            ("import Foundation", "Foundation"), ("public import TradingModel", "TradingModel"),
            ("@preconcurrency import Glibc", "Glibc"),
            ("import struct Foundation.Date", "Foundation"), ("  @testable import Wire", "Wire"), ("// import X", nil),
            ("let importX = 1", nil),
        ] as [(String, String?)])
    func importSpellings(line: String, module: String?) { #expect(SourceFile.importedModule(line) == module) }
}

@Suite("The habits of the code")
struct HabitTests {
    @Test("nothing outside tests forces its way")
    func noForce() {
        for file in SourceFile.all {
            for (index, line) in file.lines.enumerated() where !line.contains("// tidy-ok:") {
                let code = line.components(separatedBy: "//")[0]
                for word in ["try!", "as!", "fatalError("] {
                    #expect(!code.contains(word), "\(file.path):\(index + 1) says \(word)")
                }
            }
        }
    }

    @Test("an unchecked promise of thread safety comes with its proof")
    func uncheckedHasProof() {
        for file in SourceFile.all {
            for (index, line) in file.lines.enumerated() {
                let code = line.components(separatedBy: "//")[0]
                guard code.contains("@unchecked Sendable") || code.contains("nonisolated(unsafe)") else { continue }
                let before = file.lines[max(0, index - 8)...index].joined(separator: "\n")
                #expect(
                    before.contains("//"),
                    "\(file.path):\(index + 1) promises thread safety without a sentence that proves it")
            }
        }
    }

    @Test("files stay readable in one sitting")
    func filesAreShort() {
        for file in SourceFile.all { #expect(file.lines.count <= 600, "\(file.path) has \(file.lines.count) lines") }
    }

    @Test("no half-done work is left in the sources")
    func noLeftovers() {
        for file in SourceFile.all {
            for (index, line) in file.lines.enumerated() {
                for word in ["TODO", "FIXME", "XXX:", "HACK"] {
                    #expect(!line.contains(word), "\(file.path):\(index + 1) says \(word)")
                }
            }
        }
    }
}
