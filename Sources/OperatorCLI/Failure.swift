import ArgumentParser
import TradingModel
import Wire

/// What a command could not do, as one sentence that names the thing, the value and what to do. Ends with status 1.
struct Failure: Error, CustomStringConvertible {
    let description: String
    init(_ sentence: String) { description = sentence }
}

/// The three ways in which `quartet` ends. They are part of its contract with scripts.
enum CommandStatus: Int32 {
    case done = 0
    /// A check failed, or something that was needed is not reachable.
    case failed = 1
    /// The words on the command line make no sense.
    case usage = 2
}

/// What is to be said, and how to end, after a command has thrown.
struct Ending: Equatable {
    var status: Int32
    var standardOutput = ""
    var standardError = ""

    /// Maps every error to one of the three statuses; ArgumentParser's own number for wrong usage is 64.
    static func of(_ error: any Error, wantsJSON: Bool) -> Ending {
        if let code = error as? ExitCode { return Ending(status: code.rawValue) }
        let parserCode = Quartet.exitCode(for: error)
        if parserCode == .success { return Ending(status: 0, standardOutput: Quartet.fullMessage(for: error)) }
        if parserCode == .validationFailure {
            return Ending(status: CommandStatus.usage.rawValue, standardError: Quartet.fullMessage(for: error))
        }
        let sentence = "\(error)"
        return Ending(
            status: CommandStatus.failed.rawValue,
            standardOutput: wantsJSON ? JSONText.of(ErrorReport(error: sentence)) : "",
            standardError: sentence.split(separator: "\n").map { "quartet: " + $0 }.joined(separator: "\n"))
    }
}

/// What `--json` prints where a command fails.
struct ErrorReport: WireBody {
    static let kind = "errorReport"
    var error = ""
    init() {}
    init(error: String) { self.error = error }
    mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(WireError) { try visitor.field("error", &error) }
}

/// The JSON text of a report.
enum JSONText {
    /// One line, written by the same code that writes messages: decimals are strings, times integer microseconds.
    static func of<B: WireBody>(_ body: B) -> String {
        do throws(WireError) {
            return String(decoding: try WireJSON.encode(body), as: UTF8.self)
        } catch {
            return
                "{\"error\":\"the report cannot be written as JSON (field \(error.path): \(error.detail.replacing("\"", with: "'")))\"}"
        }
    }
}
