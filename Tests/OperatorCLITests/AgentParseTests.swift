import AgentCore
import JSONText
import Testing
import TradingModel

@testable import OperatorCLI

@Suite("agent parse")
struct AgentParseTests {
    private func run(
        _ lines: [String], positions: [Symbol: PositionSide]? = nil
    ) -> (reports: [JSONValue], fault: String?) {
        var run = AnswerRun(
            context: AnswerContext(symbols: ["BTC/USDT"].compactMap { Symbol($0) }, positions: positions))
        let reports = lines.compactMap { run.report(Array($0.utf8)[...]) }.compactMap { try? JSONValue.parse($0) }
        return (reports, run.fault)
    }

    @Test("each line gets one line, with its id, and a blank line none")
    func lines() {
        let result = run(["{\"id\":7,\"raw_text\":\"[]\"}", "", "{\"raw_text\":\"{\\\"action\\\":\\\"HOLD\\\"}\"}"])
        #expect(result.reports.count == 2)
        #expect(result.reports.first?["id"] == 7)
        #expect(result.reports.first?["reasons"]?[0]?["code"] == "NOTHING_PROPOSED")
        #expect(result.reports.last?["decision"]?["action"] == "HOLD")
        #expect(result.fault == nil)
    }

    @Test("a line that cannot be read is told with its number, and the others go on")
    func badLine() {
        let result = run(["{\"raw_text\":3}", "{\"raw_text\":\"[]\"}", "nonsense"])
        #expect(result.reports.count == 3)
        #expect(result.reports[0]["line"] == 1)
        #expect(result.reports[1]["outcome"] == "held")
        #expect(result.fault?.contains("line 1: raw_text is missing") == true)
    }

    @Test("symbols and positions in a line count for that line")
    func ownContext() {
        let close = "\"raw_text\":\"{\\\"action\\\":\\\"CLOSE\\\",\\\"symbol\\\":\\\"ETH/USDT\\\"}\""
        let result = run([
            "{\(close),\"symbols\":[\"ETH/USDT\"],\"positions\":[{\"symbol\":\"ETH/USDT\",\"side\":\"short\"}]}",
            "{\(close)}",
        ])
        #expect(result.reports[0]["decision"]?["action"] == "CLOSE")
        #expect(result.reports[1]["reasons"]?[0]?["code"] == "SYMBOL_UNKNOWN")
    }

    @Test(
        "positions are read in three forms",
        arguments: [
            "{\"BTC/USDT\":\"long\",\"ETH/USDT\":\"flat\"}", "[{\"symbol\":\"BTC/USDT\",\"side\":\"long\"}]",
            "{\"BTC/USDT\":0.5}",
            "{\"positions\":[{\"symbol\":\"BTC/USDT\",\"side\":\"long\",\"quantity\":\"1\"}]}",
            "{\"BTC/USDT\":{\"quantity\":1}}",
        ])
    func positions(text: String) throws {
        let held = try AnswerRun.positions(Array(text.utf8), from: "--positions")
        #expect(held == [Symbol("BTC/USDT")!: .long])
    }

    @Test("positions that make no sense are refused with what to write")
    func badPositions() {
        #expect(throws: Failure.self) { try AnswerRun.positions(Array("{\"BTC\":\"long\"}".utf8), from: "x") }
        #expect(throws: Failure.self) { try AnswerRun.positions(Array("{\"BTC/USDT\":\"up\"}".utf8), from: "x") }
        #expect(throws: Failure.self) { try AnswerRun.symbols([]) }
    }
}
