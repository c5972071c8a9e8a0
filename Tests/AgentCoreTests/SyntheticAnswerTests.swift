import AgentCore
import Testing
import TradingModel

/// Synthetic: none of these texts was written by a model. They stand for what models are known to write and the recorded
/// answers do not hold.
@Suite("Synthetic answers")
struct SyntheticAnswerTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var text: String
        var says: String
        var reasons: [String] = []
        var repairs: Set<RepairKind> = []
        var testDescription: String { name }
    }

    static let long = "BTC/USDT OPEN_LONG>OPEN_LONG"
    static let refusedLong = "BTC/USDT OPEN_LONG>HOLD"

    static let writing: [Case] = [
        Case(name: "plain JSON needs no repair", text: decision(), says: long),
        Case(name: "a fence", text: "```json\n\(decision())\n```", says: long, repairs: [.fence]),
        Case(name: "a fence that is never closed", text: "```json\n\(decision())", says: long, repairs: [.fence]),
        Case(
            name: "prose before and after", text: "Here is my decision:\n\(decision())\nGood luck!", says: long,
            repairs: [.prose]),
        Case(
            name: "a think block with a draft",
            text: "<think>maybe \(decision(["leverage": "20"]))?</think>\n\(decision())",
            says: long, repairs: [.reasoningLeftOut]),
        Case(
            name: "a think block whose opening tag the provider cut off",
            text: "maybe \(decision(["action": "\"OPEN_SHORT\""]))\n</think>\n\(decision())", says: long,
            repairs: [.prose, .reasoningLeftOut]),
        Case(
            name: "square think tags", text: "[THINK]{\"action\": \"CLOSE\"}[/THINK]\(decision())", says: long,
            repairs: [.reasoningLeftOut]),
        Case(
            name: "channels",
            text: "<|channel|>analysis<|message|>{\"action\":\"CLOSE\",\"symbol\":\"BTC/USDT\"}<|end|>"
                + "<|channel|>final<|message|>\(decision())", says: long, repairs: [.reasoningLeftOut, .prose]),
        Case(
            name: "reasoning and decision tags",
            text: "<reasoning>\nRSI {14} is 70\n</reasoning>\n<decision>\n```json\n[\(decision())]\n```\n</decision>",
            says: long,
            repairs: [.reasoningLeftOut, .prose, .tag, .fence]),
        Case(
            name: "what stands in the decision tag counts before what stands outside",
            text: "Data: \(decision(["action": "\"OPEN_SHORT\""]))\n<decision>\(decision())</decision>", says: long,
            repairs: [.prose, .tag]),
        Case(
            name: "reasoning that is not closed ends where the decision begins",
            text: "<reasoning>up and up <decision>\(decision())</decision>", says: long,
            repairs: [.reasoningLeftOut, .prose, .tag]),
        Case(
            name: "trailing commas", text: "[\(decision().dropLast()),},]", says: long, repairs: [.trailingComma]),
        Case(
            name: "comments of three kinds",
            text: "{ // go\n\"action\": \"OPEN_LONG\", /* btc */ \"symbol\": \"BTC/USDT\", # x\n"
                + decision().dropFirst(
                    "{\"action\": \"OPEN_LONG\", \"symbol\": \"BTC/USDT\",".count), says: long, repairs: [.comment]),
        Case(
            name: "single quotes, with an apostrophe inside",
            text: decision(["reasoning": "\"it's up\""]).replacing("\"", with: "'"), says: long,
            repairs: [.singleQuotes, .unescapedQuote]),
        Case(
            name: "smart quotes", text: decision().replacingPairs("“", "”"), says: long, repairs: [.smartQuotes]),
        Case(
            name: "names without quotes", text: decision().replacing("\"leverage\"", with: "leverage"), says: long,
            repairs: [.unquotedName]),
        Case(
            name: "an action without quotes", text: decision(["action": "OPEN_LONG"]), says: long, repairs: []),
        Case(
            name: "full-width punctuation around, and inside a string",
            text: decision(["reasoning": "\"涨，破：「高」｛\""]).replacing("{\"", with: "｛\"").replacing("\": ", with: "\"：")
                .replacing(", \"", with: "，\""), says: long, repairs: [.fullWidthPunctuation]),
        Case(
            name: "a quote that was not escaped",
            text: decision(["reasoning": "\"the \"bull flag\" broke, and volume rose\""]),
            says: long, repairs: [.unescapedQuote]),
        Case(
            name: "a line feed in a string", text: decision(["reasoning": "\"first\nsecond\""]), says: long,
            repairs: [.controlCharacter]),
        Case(
            name: "a comma that is missing", text: decision().replacing("\"BTC/USDT\",", with: "\"BTC/USDT\"\n"),
            says: long,
            repairs: [.missingComma]),
        Case(
            name: "a brace that is missing before the fence ends", text: "```json\n\(decision().dropLast())\n```",
            says: long,
            repairs: [.fence, .missingBracket]),
        Case(name: "doubled braces", text: "{\(decision())}", says: long, repairs: [.prose]),
        Case(name: "a byte order mark", text: "\u{feff}\(decision())", says: long),
        Case(
            name: "the same name twice with the same value", text: decision(["leverage!": "5.0"]), says: long,
            repairs: [.repeatedName]),
        Case(
            name: "the example of the prompt before the answer",
            text:
                "{\"action\": \"OPEN_LONG|OPEN_SHORT|CLOSE|HOLD\", \"symbol\": \"BTC/USDT\", \"leverage\": 1-25}\n\(decision())",
            says: long, repairs: [.exampleLeftOut]),
        Case(
            name: "the same decision twice", text: "\(decision())\n\n\(decision())", says: long,
            repairs: [.repeatedDecision]),
        Case(
            name: "steps inside a decision are part of it",
            text: decision(["exit_plan": "{\"action\": \"close position\", \"if\": \"ADX < 25\"}"]), says: long),
        Case(
            name: "signals of indicators beside the decision",
            text: "{\"analysis\": {\"rsi\": {\"signal\": \"SELL\"}}, \"decision\": \(decision())}", says: long),
        Case(
            name: "the symbol around the decision",
            text: "{\"symbol\": \"BTC/USDT\", \"decision\": \(decision(["symbol": nil]))}", says: long,
            repairs: [.symbolInherited]),
        Case(
            name: "decisions keyed by coin",
            text: "{\"BTC\": \(decision(["symbol": nil])), \"ETH\": {\"signal\": \"hold\"}}",
            says: long, repairs: [.symbolSpelling, .symbolInherited]),
        Case(
            name: "an action and a side",
            text: decision(["action": "\"open\"", "side": "\"long\""]), says: long, repairs: [.actionWord, .fieldName]),
    ]

    @Test("what has only one reading is read, and noted", arguments: writing)
    func repairs(one: Case) {
        let answer = parse(one.text)
        #expect(said(answer) == one.says, "\(codes(answer)) \(answer.repairs)")
        #expect(answer.headline.action == .openLong)
        #expect(answer.headline.plan?.leverage == 5)
        #expect(kinds(answer).isSuperset(of: one.repairs), "\(kinds(answer))")
    }

    @Test("an answer in the schema's own words needs no repair")
    func noRepair() {
        #expect(parse(decision()).repairs.isEmpty)
        #expect(parse("\n  \(decision())\n").repairs.isEmpty)
    }

    /// One text for each kind of repair; those of envelopes have tests of their own.
    static let kindsOfRepair: [(RepairKind, String)] = [
        (.fence, "```\n\(decision())\n```"), (.prose, "So: \(decision())"), (.tag, "<answer>\(decision())</answer>"),
        (.reasoningLeftOut, "<think>x</think>\(decision())"), (.truncated, "[\(decision()), {\"action\": \"CL"),
        (.fullWidthPunctuation, decision().replacing(", \"confidence", with: "，\"confidence")),
        (.smartQuotes, decision().replacingPairs("“", "”")), (.singleQuotes, decision().replacing("\"", with: "'")),
        (.unquotedName, decision().replacing("\"leverage\"", with: "leverage")),
        (.unquotedText, decision(["action": "OPEN_LONG"])), (.unescapedQuote, decision(["reasoning": "\"a \"b\" c\""])),
        (.controlCharacter, decision(["reasoning": "\"a\tb\""])),
        (.invalidEscape, decision(["reasoning": "\"it\\'s\""])),
        (.comment, decision().replacing("{", with: "{ /* x */ ")),
        (.trailingComma, decision().replacing("}", with: ",}")),
        (.extraComma, decision().replacing("5, ", with: "5,, ")),
        (.missingComma, decision().replacing("5, ", with: "5\n")),
        (.missingBracket, "```\n\(decision().dropLast())\n```"),
        (.strayBracket, decision().replacing("5, ", with: "5], ")),
        (.foreignWord, decision(["invalidation_condition": "None"])), (.repeatedName, decision(["leverage!": "5"])),
        (.numberAsText, decision(["leverage": "\"5\""])), (.percentSign, decision(["position_size_percent": "10%"])),
        (.leverageSign, decision(["leverage": "5x"])), (.thousandsSeparator, decision(["confidence": "\"0,085\""])),
        (.plusSign, decision(["take_profit_percent": "+6"])), (.unicodeDigits, decision(["leverage": "５"])),
        (.bareFraction, decision(["confidence": ".8"])),
        (.redundantDigits, decision(["confidence": "0.8000000000000001"])),
        (.confidenceInPercent, decision(["confidence": "80"])),
        (.fieldName, decision().replacing("leverage", with: "lev")),
        (.actionWord, decision(["action": "\"LONG\""])), (.symbolSpelling, decision(["symbol": "\"BTC\""])),
        (.symbolInherited, "{\"BTC/USDT\": \(decision(["symbol": nil]))}"),
        (.repeatedDecision, decision() + decision()),
        (.exampleLeftOut, "{\"action\": \"OPEN_LONG|HOLD\"} \(decision())"),
        (.unusedField, decision(["quantity": "3"])),
        (.escapedText, decision().replacing("\"", with: "\\\"")),
    ]

    @Test("every kind of repair happens, is told with its place, and changes nothing but the writing")
    func everyKind() {
        for (kind, text) in Self.kindsOfRepair {
            let answer = parse(text)
            let repair = answer.repairs.first { $0.kind == kind }
            #expect(repair != nil, "\(kind) in \(text): \(answer.repairs)")
            #expect((0...text.utf8.count).contains(repair?.position ?? -1))
            if kind != .thousandsSeparator { #expect(answer.headline.action == .openLong, "\(kind): \(codes(answer))") }
        }
        let told = Set(Self.kindsOfRepair.map(\.0)).union([.chatCompletion, .eventStream])
        #expect(told == Set(RepairKind.allCases))
    }

    @Test("an action that is null or empty is missing", arguments: ["null", "undefined", "\"\""])
    func emptyAction(text: String) { #expect(codes(parse(decision(["action": text]))) == ["ACTION_MISSING/action"]) }

    @Test("a text that only begins like a stream is a text")
    func almostStream() {
        #expect(parse("data: \(decision())").headline.action == .openLong)
        #expect(parse(": as you asked\n\(decision())").headline.action == .openLong)
    }

    static let refused: [Case] = [
        Case(name: "nothing", text: " \n ", says: "", reasons: ["EMPTY_ANSWER"]),
        Case(name: "only prose", text: "I would buy BTC now with 5x leverage.", says: "", reasons: ["NO_DECISION"]),
        Case(name: "only a number series", text: "[1, 2, 3]", says: "", reasons: ["NO_DECISION"]),
        Case(name: "an empty object", text: "{}", says: "", reasons: ["NO_DECISION"]),
        Case(
            name: "JSON only in the reasoning", text: "<think>\(decision())</think> I will wait.", says: "",
            reasons: ["ONLY_IN_REASONING"]),
        Case(name: "thinking that never ends", text: "<think>\(decision())", says: "", reasons: ["TRUNCATED"]),
        Case(
            name: "cut inside the decision", text: String(decision().dropLast(20)), says: refusedLong,
            reasons: ["TRUNCATED"]),
        Case(
            name: "cut inside the last number", text: String(decision().dropLast(2)), says: refusedLong,
            reasons: ["TRUNCATED"]),
        Case(
            name: "nonsense inside the decision",
            text: decision(["leverage": "5 } 6 ( {"]).replacing("} 6", with: ") 6"),
            says: refusedLong, reasons: ["MALFORMED"]),
        Case(
            name: "long and short of the same symbol",
            text: "\(decision())\nor\n\(decision(["action": "\"OPEN_SHORT\""]))",
            says: refusedLong, reasons: ["CONTRADICTION"]),
        Case(
            name: "the same with two leverages", text: "\(decision())\n\(decision(["leverage": "6"]))",
            says: refusedLong,
            reasons: ["CONTRADICTION"]),
        Case(
            name: "hold and open", text: "\(decision())\n\(decision(["action": "\"HOLD\""]))", says: refusedLong,
            reasons: ["CONTRADICTION"]),
        Case(
            name: "two actions in one object", text: decision(["signal": "\"SHORT\""]), says: refusedLong,
            reasons: ["CONTRADICTION/action"]),
        Case(
            name: "an action against its side", text: decision(["side": "\"SHORT\""]), says: refusedLong,
            reasons: ["CONTRADICTION/action"]),
        Case(
            name: "two symbols", text: "{\"ETH\": \(decision())}", says: refusedLong, reasons: ["CONTRADICTION/symbol"]),
        Case(
            name: "a name twice with two values", text: decision(["leverage!": "20"]), says: refusedLong,
            reasons: ["FIELD_REPEATED/leverage"]),
        Case(
            name: "no action", text: decision(["action": nil]), says: "", reasons: ["ACTION_MISSING/action"]),
        Case(
            name: "an unknown action", text: decision(["action": "\"YOLO\""]), says: "BTC/USDT YOLO>HOLD",
            reasons: ["ACTION_UNKNOWN/action"]),
        Case(
            name: "an action that is not offered", text: decision(["action": "\"partial_close\""]),
            says: "BTC/USDT partial_close>HOLD", reasons: ["ACTION_NOT_OFFERED/action"]),
        Case(
            name: "open without a side", text: decision(["action": "\"OPEN\""]), says: "BTC/USDT OPEN>HOLD",
            reasons: ["SIDE_UNCLEAR/action"]),
        Case(
            name: "no symbol", text: decision(["symbol": nil]), says: "- OPEN_LONG>HOLD",
            reasons: ["SYMBOL_MISSING/symbol"]),
        Case(
            name: "a symbol that is not configured", text: decision(["symbol": "\"PEPE/USDT\""]),
            says: "PEPE/USDT OPEN_LONG>HOLD", reasons: ["SYMBOL_UNKNOWN/symbol"]),
        Case(
            name: "another quote currency", text: decision(["symbol": "\"BTC/EUR\""]), says: "BTC/EUR OPEN_LONG>HOLD",
            reasons: ["SYMBOL_UNKNOWN/symbol"]),
        Case(
            name: "a quotation inside broken JSON",
            text: "{\"news\" \"x\", \"quote\": \"they said {'action':'OPEN_LONG','symbol':'BTC/USDT','leverage':5,"
                + "'position_size_percent':10,'stop_loss_percent':-2,'take_profit_percent':6,'confidence':0.8}\"}",
            says: refusedLong, reasons: ["MALFORMED"]),
    ]

    @Test("what has none is HOLD with the reason", arguments: refused)
    func refusals(one: Case) {
        let answer = parse(one.text)
        #expect(answer.outcome == .refused)
        #expect(answer.headline.action == .hold)
        #expect(said(answer) == one.says)
        #expect(codes(answer) == one.reasons, "\(answer.allCauses.map(\.sentence))")
    }

    @Test("a list that is cut keeps the decisions that were complete")
    func cutList() {
        let answer = parse("[\(decision()), {\"action\": \"OPEN_SHORT\", \"symbol\": \"ETH/USDT\", \"lever")
        #expect(said(answer) == "\(Self.long); ETH/USDT OPEN_SHORT>HOLD")
        #expect(codes(answer) == ["TRUNCATED"])
        #expect(kinds(answer).contains(.truncated))
    }

    @Test("a position is turned round in two steps: the close is done, the opening waits")
    func turn() {
        let text = "[{\"action\":\"close_short\",\"symbol\":\"ETH/USDT\"},\(decision())]"
        let answer = parse(text, positions: [symbol("ETH/USDT"): .short])
        #expect(said(answer) == "ETH/USDT CLOSE_SHORT>CLOSE; \(Self.long)")
    }

    @Test("the most confident opening is the headline, else the first close")
    func headline() {
        let two = parse("[\(decision()), \(decision(["symbol": "\"ETH/USDT\"", "confidence": "0.9"]))]")
        #expect(two.headline.symbol == symbol("ETH/USDT"))
        let close = parse(
            "[{\"action\":\"CLOSE\",\"symbol\":\"SOL/USDT\"},{\"action\":\"HOLD\",\"symbol\":\"BTC/USDT\"}]")
        #expect(close.headline.action == .close)
        #expect(close.headline.symbol == symbol("SOL/USDT"))
    }

    @Test("deep nesting, many values and long texts are refused, not suffered")
    func limits() {
        #expect(codes(parse(String(repeating: "[", count: 100_000))) == ["TOO_DEEP"])
        #expect(codes(parse(String(repeating: "{\"a\":", count: 100_000))) == ["TOO_DEEP"])
        #expect(codes(parse(String(repeating: "[1]", count: 10_000))) == ["TOO_MANY"])
        #expect(codes(parse(String(repeating: " x", count: 600_000))) == ["TOO_LARGE"])
        let many = (0..<200).map { "{\"action\":\"CLOSE\",\"symbol\":\"C\($0)/USDT\"}" }.joined(separator: ",")
        #expect(codes(parse("[\(many)]")) == ["TOO_MANY"])
    }
}

extension String {
    /// ASCII quotes replaced in turn by an opening and a closing one.
    func replacingPairs(_ open: String, _ close: String) -> String {
        var isOpen = false
        return reduce(into: "") { text, character in
            if character == "\"" {
                text += isOpen ? close : open
                isOpen.toggle()
            } else {
                text.append(character)
            }
        }
    }
}
