import AgentCore
import Testing
import TradingModel

/// Synthetic: none of these texts was written by a model. They follow habits that models have, those of NOFX's Chinese bots
/// included; what each should come to was decided by reading it, and where two readings are possible it is HOLD.
@Suite("Synthetic answers: habits of models")
struct HabitTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var text: String
        /// What each decision comes to, in order: `BTC/USDT OPEN_LONG; ETH/USDT HOLD`.
        var ends: String
        var reasons: [String] = []
        var positions: [Symbol: PositionSide]?
        var testDescription: String { name }
    }

    @Test(
        "each habit comes to the one decision it can mean, or to HOLD with the reason",
        arguments: shapes + numbers + rest)
    func habit(one: Case) {
        let answer = parse(one.text, positions: one.positions)
        let ends = answer.decisions.map { judged in
            let symbol = judged.decision.symbol?.name ?? (judged.askedSymbol.isEmpty ? "-" : judged.askedSymbol)
            return "\(symbol) \(judged.decision.action.rawValue)"
        }
        #expect(ends.joined(separator: "; ") == one.ends, "\(codes(answer)) \(answer.repairs.map(\.kind))")
        #expect(codes(answer) == one.reasons, "\(answer.allCauses.map(\.sentence))")
        if one.ends.contains("OPEN_LONG") {
            #expect(
                answer.headline.plan
                    == OpeningPlan(
                        leverage: 5, positionSize: .percent(Ratio(10)), stopLoss: .percent(Ratio(-2)),
                        takeProfit: .percent(Ratio(6))))
        }
    }

    static let shapes: [Case] = [
        Case(
            name: "Chinese thoughts, then a list that waits",
            text:
                "BTC 日线站上均线，但 4h MACD 走弱；资金费率 0.01%，暂不追高。\n\n[\n  {\"symbol\": \"BTCUSDT\", \"action\": \"wait\", \"reasoning\": \"等待回调到 101,000 附近\"}\n]",
            ends: "BTC/USDT HOLD", reasons: ["MODEL_HOLDS"]),
        Case(
            name: "Chinese thoughts quote a draft in full-width brackets, then the answer",
            text: "方案一：【做多 BTC，杠杆 10 倍】。经过权衡，最终决策如下：\n" + decision(), ends: "BTC/USDT OPEN_LONG"),
        Case(
            name: "dollars for size and prices for stop and target",
            text:
                "[{\"symbol\":\"BTCUSDT\",\"action\":\"open_long\",\"leverage\":5,\"position_size_usd\":5000,\"stop_loss\":99000,\"take_profit\":112000,\"confidence\":85,\"risk_usd\":200,\"reasoning\":\"突破\"}]",
            ends: "BTC/USDT HOLD",
            reasons: [
                "UNIT_UNKNOWN/position_size_percent", "UNIT_UNKNOWN/stop_loss_percent",
                "UNIT_UNKNOWN/take_profit_percent",
            ]),
        Case(
            name: "full-width colons, commas and quotes around the fields",
            text:
                "｛“action”：“OPEN_LONG”，“symbol”：“BTC/USDT”，“leverage”：5，“position_size_percent”：10，“stop_loss_percent”：-2，“take_profit_percent”：6，“confidence”：0.8｝",
            ends: "BTC/USDT OPEN_LONG"),
        Case(
            name: "full-width digits and percent sign",
            text:
                "{\"action\": \"OPEN_LONG\", \"symbol\": \"BTC/USDT\", \"leverage\": ５, \"position_size_percent\": \"１０％\", \"stop_loss_percent\": -2, \"take_profit_percent\": 6, \"reasoning\": \"trend\", \"confidence\": 0.8}",
            ends: "BTC/USDT OPEN_LONG"),
        Case(
            name: "Chinese action words",
            text:
                "{\"action\": \"做空\", \"symbol\": \"ETHUSDT\", \"leverage\": 5, \"position_size_percent\": 10, \"stop_loss_percent\": -2, \"take_profit_percent\": 6, \"reasoning\": \"trend\", \"confidence\": 0.8}",
            ends: "ETH/USDT OPEN_SHORT"),
        Case(
            name: "a Chinese close of what is held",
            text: "决策：{\"action\": \"平多\", \"symbol\": \"SOLUSDT\", \"reasoning\": \"跌破 200，止损\"}",
            ends: "SOL/USDT CLOSE", positions: [symbol("SOL/USDT"): .long]),
        Case(
            name: "a Chinese close of what is not held", text: "{\"action\": \"平仓\", \"symbol\": \"SOLUSDT\"}",
            ends: "SOL/USDT HOLD", reasons: ["NOTHING_TO_CLOSE/action"], positions: [:]),
        Case(
            name: "leverage as 5倍",
            text:
                "{\"action\": \"OPEN_LONG\", \"symbol\": \"BTC/USDT\", \"leverage\": \"5倍\", \"position_size_percent\": 10, \"stop_loss_percent\": -2, \"take_profit_percent\": 6, \"reasoning\": \"trend\", \"confidence\": 0.8}",
            ends: "BTC/USDT OPEN_LONG"),
        Case(
            name: "one decision to hold what is held, one to open",
            text: "[{\"symbol\":\"ETHUSDT\",\"action\":\"hold\",\"reasoning\":\"趋势未变\"}," + decision() + "]",
            ends: "ETH/USDT HOLD; BTC/USDT OPEN_LONG", reasons: ["MODEL_HOLDS"], positions: [symbol("ETH/USDT"): .long]),
        Case(
            name: "two fences: the data quoted first, then the answer",
            text: "Account:\n```json\n{\"balance\": 10000, \"positions\": []}\n```\nDecision:\n```json\n" + decision()
                + "\n```", ends: "BTC/USDT OPEN_LONG"),
        Case(
            name: "a fence in the middle of a line", text: "My answer: ```json " + decision() + " ``` Done.",
            ends: "BTC/USDT OPEN_LONG"),
        Case(name: "tildes for a fence", text: "~~~json\n" + decision() + "\n~~~", ends: "BTC/USDT OPEN_LONG"),
        Case(name: "a quoted block of markdown", text: "> " + decision(), ends: "BTC/USDT OPEN_LONG"),
        Case(name: "a list item of markdown", text: "- " + decision(), ends: "BTC/USDT OPEN_LONG"),
        Case(name: "JSON in bold", text: "**" + decision() + "**", ends: "BTC/USDT OPEN_LONG"),
        Case(
            name: "XML tags around a fence",
            text: "<response>\n<decision>\n```json\n" + decision() + "\n```\n</decision>\n</response>",
            ends: "BTC/USDT OPEN_LONG"),
        Case(
            name: "a decision tag in capitals", text: "<DECISION>" + decision() + "</DECISION>",
            ends: "BTC/USDT OPEN_LONG"),
        Case(
            name: "think block, then prose, then the answer",
            text: "<think>\nOPEN_SHORT at 20x? {\"action\":\"OPEN_SHORT\"} no.\n</think>\n\nBased on the above:\n"
                + decision(), ends: "BTC/USDT OPEN_LONG"),
        Case(
            name: "two think blocks around the answer",
            text: "<think>a</think>" + decision()
                + "<think>was that right? {\"action\":\"CLOSE\",\"symbol\":\"BTC/USDT\"}</think>",
            ends: "BTC/USDT OPEN_LONG"),
        Case(
            name: "a think block that is not closed before a fence",
            text: "<think>\nBTC looks strong\n```json\n" + decision() + "\n```", ends: "", reasons: ["TRUNCATED"]),
        Case(
            name: "an answer followed by a postscript with braces",
            text: decision() + "\nNote: {risk} is managed by {you}.", ends: "BTC/USDT OPEN_LONG"),
        Case(
            name: "a table of markdown and no JSON",
            text: "| action | symbol | leverage |\n|---|---|---|\n| OPEN_LONG | BTC/USDT | 5 |", ends: "",
            reasons: ["NO_DECISION"]),
        Case(
            name: "a table of markdown beside the answer",
            text: "| symbol | rsi |\n|---|---|\n| BTC | 61 |\n\n" + decision(), ends: "BTC/USDT OPEN_LONG"),
        Case(
            name: "key: value lines instead of JSON",
            text:
                "action: OPEN_LONG\nsymbol: BTC/USDT\nleverage: 5\nposition_size_percent: 10\nstop_loss_percent: -2\ntake_profit_percent: 6\nconfidence: 0.8",
            ends: "", reasons: ["NO_DECISION"]),
        Case(
            name: "a nested decision object",
            text: "{\"analysis\": {\"trend\": \"up\", \"rsi\": 61.2}, \"decision\": " + decision() + "}",
            ends: "BTC/USDT OPEN_LONG"),
        Case(
            name: "a list under decisions",
            text: "{\"thinking\": \"…\", \"decisions\": [" + decision()
                + ", {\"action\": \"HOLD\", \"symbol\": \"ETH/USDT\"}]}", ends: "BTC/USDT OPEN_LONG; ETH/USDT HOLD",
            reasons: ["MODEL_HOLDS"]),
        Case(
            name: "decisions keyed by coin, nof1's way",
            text:
                "{\"BTC\": {\"trade_signal_args\": {\"coin\": \"BTC\", \"signal\": \"hold\", \"quantity\": 0.1, \"profit_target\": 118000, \"stop_loss\": 102000, \"leverage\": 10, \"confidence\": 0.75}}, \"ETH\": {\"trade_signal_args\": {\"coin\": \"ETH\", \"signal\": \"close_position\", \"quantity\": 2, \"confidence\": 0.7}}}",
            ends: "BTC/USDT HOLD; ETH/USDT CLOSE", reasons: ["MODEL_HOLDS"],
            positions: [symbol("BTC/USDT"): .long, symbol("ETH/USDT"): .short]),
        Case(
            name: "keyed by pair without a slash",
            text:
                "{\"BTCUSDT\": {\"action\": \"OPEN_LONG\", \"leverage\": 5, \"position_size_percent\": 10, \"stop_loss_percent\": -2, \"take_profit_percent\": 6, \"reasoning\": \"trend\", \"confidence\": 0.8}}",
            ends: "BTC/USDT OPEN_LONG"),
        Case(
            name: "JSON in a JSON string",
            text:
                "\"{\\\"action\\\": \\\"OPEN_LONG\\\", \\\"symbol\\\": \\\"BTC/USDT\\\", \\\"leverage\\\": 5, \\\"position_size_percent\\\": 10, \\\"stop_loss_percent\\\": -2, \\\"take_profit_percent\\\": 6, \\\"reasoning\\\": \\\"trend\\\", \\\"confidence\\\": 0.8}\"",
            ends: "BTC/USDT OPEN_LONG"),
        Case(
            name: "JSON in a string of an object",
            text:
                "{\"answer\": \"{\\\"action\\\": \\\"OPEN_LONG\\\", \\\"symbol\\\": \\\"BTC/USDT\\\", \\\"leverage\\\": 5, \\\"position_size_percent\\\": 10, \\\"stop_loss_percent\\\": -2, \\\"take_profit_percent\\\": 6, \\\"reasoning\\\": \\\"trend\\\", \\\"confidence\\\": 0.8}\"}",
            ends: "BTC/USDT OPEN_LONG"),
        Case(
            name: "objects side by side without commas",
            text: "{\"action\":\"HOLD\",\"symbol\":\"ETH/USDT\"}\n" + decision(),
            ends: "ETH/USDT HOLD; BTC/USDT OPEN_LONG", reasons: ["MODEL_HOLDS"]),
        Case(name: "a list in a list", text: "[[" + decision() + "]]", ends: "BTC/USDT OPEN_LONG"),
        Case(
            name: "null for the fields a hold does not need",
            text:
                "{\"action\":\"HOLD\",\"symbol\":\"BTC/USDT\",\"leverage\":null,\"position_size_percent\":null,\"stop_loss_percent\":null,\"take_profit_percent\":null,\"confidence\":0.6,\"reasoning\":\"chop\"}",
            ends: "BTC/USDT HOLD", reasons: ["MODEL_HOLDS"]),
        Case(
            name: "a schema instead of an answer",
            text:
                "{\"type\":\"object\",\"properties\":{\"action\":{\"type\":\"string\",\"enum\":[\"OPEN_LONG\",\"HOLD\"]},\"symbol\":{\"type\":\"string\"}}}",
            ends: "", reasons: ["NO_DECISION"]),
        Case(
            name: "a European decimal",
            text:
                "{\"action\": \"OPEN_LONG\", \"symbol\": \"BTC/USDT\", \"leverage\": 5, \"position_size_percent\": 10, \"stop_loss_percent\": \"-2,5\", \"take_profit_percent\": 6, \"reasoning\": \"trend\", \"confidence\": 0.8}",
            ends: "BTC/USDT HOLD", reasons: ["NOT_A_NUMBER/stop_loss_percent"]),
        Case(
            name: "a European decimal without quotes",
            text:
                "{\"action\": \"OPEN_LONG\", \"symbol\": \"BTC/USDT\", \"leverage\": 5, \"position_size_percent\": 10, \"stop_loss_percent\": -2,5, \"take_profit_percent\": 6, \"reasoning\": \"trend\", \"confidence\": 0.8}",
            ends: "BTC/USDT HOLD", reasons: ["MALFORMED"]),
        Case(
            name: "thousands separators in an unused amount",
            text:
                "{\"action\": \"OPEN_LONG\", \"symbol\": \"BTC/USDT\", \"leverage\": 5, \"position_size_percent\": 10, \"stop_loss_percent\": -2, \"take_profit_percent\": 6, \"reasoning\": \"trend\", \"confidence\": 0.8, \"notional\": \"1,000.50\"}",
            ends: "BTC/USDT OPEN_LONG"),
        Case(
            name: "percent signs",
            text:
                "{\"action\": \"OPEN_LONG\", \"symbol\": \"BTC/USDT\", \"leverage\": 5, \"position_size_percent\": \"10%\", \"stop_loss_percent\": \"-2%\", \"take_profit_percent\": \"6 %\", \"reasoning\": \"trend\", \"confidence\": 0.8}",
            ends: "BTC/USDT OPEN_LONG"),
        Case(
            name: "percent signs without quotes",
            text:
                "{\"action\": \"OPEN_LONG\", \"symbol\": \"BTC/USDT\", \"leverage\": 5, \"position_size_percent\": 10%, \"stop_loss_percent\": -2%, \"take_profit_percent\": +6%, \"reasoning\": \"trend\", \"confidence\": 0.8}",
            ends: "BTC/USDT OPEN_LONG"),
    ]
}
