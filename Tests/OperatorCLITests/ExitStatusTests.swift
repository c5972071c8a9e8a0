import ArgumentParser
import Testing
import TradingModel
import Wire

@testable import OperatorCLI

@Suite("How quartet ends")
struct ExitStatusTests {
    private func ending(_ words: [String], json: Bool = false) -> Ending? {
        do {
            var command = try Quartet.parseAsRoot(words)
            // Help is a command of ArgumentParser's own that throws its text when it runs.
            if words.contains("help") || words.contains("--help") { try command.run() }
            return nil
        } catch {
            return Ending.of(error, wantsJSON: json)
        }
    }

    @Test(
        "a command line that makes no sense ends with 2 and says why on standard error",
        arguments: [
            ["bogus"], ["restart"], ["restart", "nobody"], ["tap", "--rate", "--gaps"], ["tap", "-n", "0"],
            ["tap", "mars"],
            ["status", "--interval", "0"], ["logs", "--errors", "--trades"], ["logs", "-n", "-1"],
            ["flatten", "btcusdt"],
            ["trades", "-n", "0"], ["up", "--patience", "0"], ["record"], ["record", "x", "--seconds", "0"],
            ["wire", "schema", "--kind", "nothing"],
            ["halt", "--whhy", "x"], ["recording", "info"], ["status", "--color", "sometimes"],
        ])
    func usage(words: [String]) throws {
        let ending = try #require(self.ending(words))
        #expect(ending.status == 2)
        #expect(!ending.standardError.isEmpty)
        #expect(ending.standardOutput.isEmpty)
    }

    @Test(
        "help ends with 0 on standard output and shows an example",
        arguments: [
            "up", "down", "status", "restart", "logs", "tap", "record", "positions", "trades", "orders", "halt",
            "resume", "reduce",
            "flatten", "doctor", "show-config", "report",
        ])
    func help(command: String) throws {
        let ending = try #require(self.ending([command, "--help"]))
        #expect(ending.status == 0)
        #expect(ending.standardOutput.contains("EXAMPLE"), "\(command) teaches by an example")
        #expect(ending.standardOutput.contains("--json"))
    }

    @Test(
        "help of the nested commands shows an example too",
        arguments: [["recording", "info"], ["wire", "schema"], ["db", "verify"]])
    func nestedHelp(words: [String]) throws {
        let ending = try #require(self.ending(words + ["--help"]))
        #expect(ending.status == 0)
        #expect(ending.standardOutput.contains("EXAMPLE"))
    }

    @Test("something that failed ends with 1, with its sentence on standard error and as JSON where that was asked for")
    func failure() {
        let plain = Ending.of(Failure("risk is not running: start it"), wantsJSON: false)
        #expect(plain == Ending(status: 1, standardError: "quartet: risk is not running: start it"))
        let json = Ending.of(Failure("a \"b\""), wantsJSON: true)
        #expect(json.status == 1)
        #expect(json.standardOutput == #"{"error":"a \"b\""}"#)
        #expect(Ending.of(Failure("one\ntwo"), wantsJSON: false).standardError == "quartet: one\nquartet: two")
    }

    @Test("a command that found something ends with its own status and says nothing more")
    func exitCode() { #expect(Ending.of(ExitCode(1), wantsJSON: true) == Ending(status: 1)) }

    @Test(
        "short options are those that help names",
        arguments: [
            ["tap", "feed", "-n", "3"], ["record", "x", "-n", "3"], ["logs", "-f", "-n", "3", "risk"],
            ["trades", "-n", "3"],
            ["orders", "-n", "3", "--open"], ["status", "-w"], ["up", "-f"],
        ])
    func shortOptions(words: [String]) { #expect(ending(words) == nil) }

    @Test("every command takes --json and --config")
    func sharedOptions() {
        let commands: [[String]] = [
            ["up"], ["down"], ["status"], ["restart", "feed"], ["logs"], ["tap"], ["record", "x"],
            ["recording", "info", "x"], ["positions"],
            ["trades"], ["orders"], ["report"], ["halt"], ["reduce"], ["resume"], ["flatten"], ["doctor"],
            ["show-config"], ["wire", "schema"],
            ["db", "verify"],
        ]
        for words in commands { #expect(ending(words + ["--json", "--config", "x.yaml"]) == nil, "\(words)") }
    }
}
