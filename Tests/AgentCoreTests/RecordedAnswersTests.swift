import AgentCore
import Testing
import TradingModel

/// What each recorded answer says, written by reading it: `id | outcome | symbol asked>became, … | reasons`.
///
/// Most bots behind these answers ask for dollar amounts and prices where our schema asks for percentages; what they want is
/// found, and not done, because nobody can say what share of capital or which distance was meant.
private enum Reading {
    static let symbols: [Symbol] = ["BTC", "ETH", "SOL", "BNB", "XRP", "DOGE", "HYPE"].compactMap {
        Symbol($0 + "/USDT")
    }

    /// `size?`: an amount, a quantity or no unit. `stop?`, `target?`: a price. `no-…`: missing.
    static let words = [
        "UNIT_UNKNOWN/position_size_percent": "size?", "UNIT_UNKNOWN/stop_loss_percent": "stop?",
        "UNIT_UNKNOWN/take_profit_percent": "target?", "FIELD_MISSING/leverage": "no-leverage",
        "FIELD_MISSING/position_size_percent": "no-size", "FIELD_MISSING/stop_loss_percent": "no-stop",
        "FIELD_MISSING/take_profit_percent": "no-target", "FIELD_MISSING/confidence": "no-confidence",
        "OUT_OF_RANGE/position_size_percent": "size-range",
    ]

    static let table = """
        s001 | refused | - | NO_DECISION
        s002 | refused | - | NO_DECISION
        s003 | refused | - | NO_DECISION
        s004 | refused | - | TOOL_CALL
        s005 | refused | - | NO_DECISION
        s006 | refused | - | NO_DECISION
        s007 | refused | - | NO_DECISION
        s008 | refused | - | NO_DECISION
        s009 | refused | - | TOOL_CALL
        s010 | refused | - | NO_DECISION
        s011 | refused | - | NO_DECISION
        s012 | refused | - | NO_DECISION
        s013 | refused | ETH OPEN_LONG>HOLD | size? stop? target?
        s014 | refused | XRP OPEN_LONG>HOLD | size? stop? target?
        s015 | held | BTC HOLD | -
        s016 | held | BTC HOLD | -
        s017 | held | BTC HOLD | -
        s018 | held | BTC HOLD | -
        s019 | held | BTC HOLD | -
        s020 | decided | BNB CLOSE>CLOSE, BTC OPEN_LONG>HOLD | size? no-stop no-target no-confidence
        s021 | decided | BTC CLOSE>CLOSE, ETH OPEN_LONG>HOLD | size? no-stop no-target no-confidence
        s022 | refused | SOL OPEN_LONG>HOLD, BTC HOLD | size? stop? target?
        s023 | refused | ETH HOLD, BTC HOLD, SOL OPEN_LONG>HOLD | size? no-stop no-target no-confidence
        s024 | refused | BNB OPEN_LONG>HOLD | size? stop? target?
        s025 | refused | BNB OPEN_LONG>HOLD | size? stop? target?
        s026 | decided | ETH CLOSE>CLOSE, BTC HOLD | -
        s027 | decided | BTC CLOSE>CLOSE | -
        s028 | decided | BTC CLOSE>CLOSE | -
        s029 | held | BTC HOLD | -
        s030 | held | BTC HOLD | -
        s031 | refused | SOL OPEN_SHORT>HOLD | size? stop? target?
        s032 | refused | BTC OPEN_SHORT>HOLD | size? stop? target?
        s033 | refused | BTC BUY>HOLD | TRUNCATED
        s034 | decided | SOL CLOSE>CLOSE, BTC OPEN_LONG>HOLD, ETH OPEN_LONG>HOLD | size? no-stop no-target no-confidence
        s035 | refused | BTC OPEN_SHORT>HOLD | size? stop? target?
        s036 | refused | ETH OPEN_SHORT>HOLD | no-leverage size? stop? target?
        s037 | refused | ETH OPEN_SHORT>HOLD | no-leverage size? stop? target?
        s038 | refused | ETH OPEN_SHORT>HOLD | no-leverage size? stop? target?
        s039 | refused | ETH OPEN_SHORT>HOLD | no-leverage size? stop? target?
        s040 | refused | ETH OPEN_SHORT>HOLD | CONTRADICTION
        s041 | refused | ETH OPEN_SHORT>HOLD | no-leverage size? stop? target?
        s042 | held | ETH HOLD, BTC HOLD, BNB HOLD, SOL HOLD, XRP HOLD, DOGE HOLD | -
        s043 | held | BTC HOLD | -
        s044 | held | ETH HOLD, BTC HOLD, BNB HOLD, SOL HOLD, XRP HOLD, DOGE HOLD | -
        s045 | held | ETH HOLD, BTC HOLD, BNB HOLD, SOL HOLD, XRP HOLD, DOGE HOLD | -
        s046 | refused | SOL OPEN_SHORT>HOLD | size? stop? target?
        s047 | refused | SOL HOLD, BTC OPEN_SHORT>HOLD | size? stop? target?
        s048 | refused | SOL HOLD, BNB OPEN_LONG>HOLD | size? stop? target?
        s049 | decided | BNB CLOSE_LONG>CLOSE, ETH OPEN_SHORT>HOLD | size? stop? target?
        s050 | held | SOL HOLD, ETH HOLD, BTC HOLD, BNB HOLD, XRP HOLD, HYPE HOLD | -
        s051 | decided | SOL CLOSE_SHORT>CLOSE, ETH CLOSE_SHORT>CLOSE, BTC HOLD | -
        s052 | refused | HYPE OPEN_LONG>HOLD | size? stop? target?
        s053 | refused | BTC OPEN_SHORT>HOLD, ETH HOLD, SOL HOLD, BNB HOLD, HYPE HOLD | size? stop? target?
        s054 | held | BTC HOLD, ETH HOLD, SOL HOLD, BNB HOLD, HYPE HOLD | -
        s055 | held | ETH HOLD | -
        s056 | refused | ETH HOLD, BTC OPEN_SHORT>HOLD | size? stop? target?
        s057 | held | ETH HOLD, BTC HOLD, ALL HOLD | -
        s058 | refused | BNB OPEN_LONG>HOLD | size? stop? target?
        s059 | decided | BNB CLOSE_LONG>CLOSE, ETH HOLD | -
        s060 | refused | SOL OPEN_LONG>HOLD | size? stop? target?
        s061 | held | HYPE HOLD | -
        s062 | held | BNB HOLD, ETH HOLD, BTC HOLD, SOL HOLD, HYPE HOLD | -
        s063 | refused | BTC OPEN_SHORT>HOLD | size? stop? target?
        s064 | refused | BTC OPEN_LONG>HOLD | size? stop? target?
        s065 | refused | BNB OPEN_LONG>HOLD | size? stop? target?
        s066 | refused | ETH HOLD, BTC OPEN_SHORT>HOLD | size? stop? target?
        s067 | refused | ETH HOLD, BTC OPEN_SHORT>HOLD, SOL HOLD, BNB HOLD, HYPE HOLD | size? stop? target?
        s068 | held | ETH HOLD | -
        s069 | refused | ETH HOLD, HYPE OPEN_LONG>HOLD | size? stop? target?
        s070 | held | ETH HOLD | -
        s071 | decided | ETH CLOSE_SHORT>CLOSE, BTC HOLD, SOL HOLD, BNB HOLD, HYPE HOLD | -
        s072 | refused | SOL OPEN_SHORT>HOLD | size? stop? target?
        s073 | refused | BTC OPEN_SHORT>HOLD, ETH HOLD, SOL HOLD, BNB HOLD, HYPE HOLD | size? stop? target?
        s074 | refused | SOL OPEN_SHORT>HOLD, BTC HOLD, ETH HOLD, BNB HOLD, HYPE HOLD | size? stop? target?
        s075 | held | BTC HOLD, ETH HOLD, SOL HOLD, BNB HOLD, HYPE HOLD | -
        s076 | held | BTC HOLD, ETH HOLD | -
        s077 | refused | BTC HOLD, ETH OPEN_LONG>HOLD | stop? target?
        s078 | refused | BTC OPEN_LONG>HOLD, ETH OPEN_LONG>HOLD | no-leverage size-range stop? target?
        s079 | held | BTC HOLD, ETH HOLD | -
        s080 | held | BTC HOLD, ETH HOLD | -
        s081 | held | - | NOTHING_PROPOSED
        s082 | refused | - | PROVIDER_ERROR
        s083 | refused | - | PROVIDER_ERROR
        s084 | refused | - | PROVIDER_ERROR
        s085 | refused | - | PROVIDER_ERROR
        s086 | refused | - | PROVIDER_ERROR
        s087 | refused | - | PROVIDER_ERROR
        s088 | refused | - | PROVIDER_ERROR
        s089 | refused | - | PROVIDER_ERROR
        s090 | refused | - | NO_DECISION
        s091 | refused | - | TRUNCATED
        s092 | refused | - | NO_DECISION
        s093 | refused | - | NO_DECISION
        s094 | refused | - | NO_DECISION
        s095 | refused | - | NO_DECISION
        s096 | refused | - | NO_DECISION
        s097 | refused | - | NO_DECISION
        s098 | refused | - | NO_DECISION
        """

    struct Row: Sendable, CustomTestStringConvertible {
        var id: String
        var outcome: String
        var said: String
        var reasons: String
        var testDescription: String { id }
    }

    static let rows: [Row] = table.split(separator: "\n").map { line in
        let parts = line.split(separator: "|").map { $0.trimming() }
        return Row(id: parts[0], outcome: parts[1], said: parts[2], reasons: parts[3])
    }
}

extension Substring {
    fileprivate func trimming() -> String {
        var text = self
        while text.first == " " { text.removeFirst() }
        while text.last == " " { text.removeLast() }
        return String(text)
    }
}

@Suite("Recorded answers", .enabled(if: !RecordedAnswers.all.isEmpty, "../shared/data/llm is not here"))
struct RecordedAnswersTests {
    @Test("every recorded answer has an expectation")
    func allAreRead() {
        #expect(Set(RecordedAnswers.all.map(\.id)) == Set(Reading.rows.map(\.id)))
    }

    @Test("a recorded answer is read as a person reads it", arguments: Reading.rows)
    fileprivate func readings(row: Reading.Row) throws {
        let sample = try #require(RecordedAnswers.all.first { $0.id == row.id })
        let answer = parse(sample.text, symbols: Reading.symbols)
        let said = answer.decisions.map { judged in
            let name = judged.decision.symbol.map { $0.baseCurrency } ?? judged.askedSymbol
            return judged.asked == "HOLD"
                ? "\(name) HOLD" : "\(name) \(judged.asked)>\(judged.decision.action.rawValue)"
        }.joined(separator: ", ")
        let reasons = codes(answer).filter { $0 != "MODEL_HOLDS" }.map { Reading.words[$0] ?? $0 }.joined(
            separator: " ")
        #expect(answer.outcome.rawValue == row.outcome)
        #expect((said.isEmpty ? "-" : said) == row.said)
        #expect((reasons.isEmpty ? "-" : reasons) == row.reasons)
    }

    @Test("with what was held known, a close of what is not held is HOLD and a close of what is held is done")
    func positionsCount() throws {
        let sample = try #require(RecordedAnswers.all.first { $0.id == "s051" })
        let none = parse(sample.text, symbols: Reading.symbols, positions: [:])
        #expect(none.outcome == .refused)
        #expect(codes(none).contains("NOTHING_TO_CLOSE/action"))
        let held = parse(
            sample.text, symbols: Reading.symbols, positions: [symbol("SOL/USDT"): .short, symbol("ETH/USDT"): .long])
        #expect(said(held) == "SOL/USDT CLOSE_SHORT>CLOSE; ETH/USDT CLOSE_SHORT>HOLD; BTC/USDT HOLD>HOLD")
        #expect(codes(held).contains("OTHER_SIDE_HELD/action"))
    }

    @Test("text in quotes comes out unchanged, full-width punctuation included")
    func stringsAreKept() throws {
        let sample = try #require(RecordedAnswers.all.first { $0.id == "s075" })
        let answer = parse(sample.text, symbols: Reading.symbols)
        let reasoning = try #require(answer.decisions.first?.decision.reasoning)
        #expect(reasoning.contains("106,000阻力，RSI 63.97"))
    }
}
