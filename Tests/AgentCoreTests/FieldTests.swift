import AgentCore
import Testing
import TradingModel

/// Synthetic: every field at and beyond its bounds, and as models disguise it.
@Suite("Fields of a decision")
struct FieldTests {
    @Test(
        "a number is read in its disguises",
        arguments: [
            ("leverage", "\"5\"", "5"), ("leverage", "\"5x\"", "5"), ("leverage", "5x", "5"), ("leverage", "5.0", "5"),
            ("leverage", "\"５\"", "5"), ("leverage", "1", "1"), ("leverage", "25", "25"), ("leverage", "5倍", "5"),
            ("position_size_percent", "\"10%\"", "10"), ("position_size_percent", "10 %", "10"),
            ("position_size_percent", "\"10％\"", "10"), ("position_size_percent", "25", "25"),
            ("position_size_percent", "1e1", "10"), ("position_size_percent", "+7.5", "7.5"),
            ("position_size_percent", "1", "1"), ("position_size_percent", "10.", "10"),
            ("stop_loss_percent", "-1", "-1"), ("stop_loss_percent", "-5", "-5"),
            ("stop_loss_percent", "\"-2.5%\"", "-2.5"),
            ("stop_loss_percent", "\"−2\"", "-2"), ("stop_loss_percent", "－2", "-2"),
            ("take_profit_percent", "3", "3"), ("take_profit_percent", "15", "15"),
            ("take_profit_percent", "\"+6 %\"", "6"),
            ("confidence", "0", "0"), ("confidence", "1", "1"), ("confidence", ".85", "0.85"),
            ("confidence", "\"0.85\"", "0.85"),
            ("confidence", "85", "0.85"), ("confidence", "\"85%\"", "0.85"), ("confidence", "100", "1"),
            ("confidence", "\"8%\"", "0.08"),
            ("confidence", "0.85000000000000001", "0.85"),
        ])
    func disguises(field: String, text: String, value: String) throws {
        let answer = parse(decision([field: text]))
        let found = try #require(answer.headline.plan, "\(codes(answer))")
        let confidence = try #require(answer.headline.confidence)
        switch field {
        case "leverage": #expect(found.leverage == Int(value))
        case "position_size_percent": #expect(found.positionSize.percent == Ratio(value))
        case "stop_loss_percent": #expect(found.stopLoss.percent == Ratio(value))
        case "take_profit_percent": #expect(found.takeProfit.percent == Ratio(value))
        default: #expect(confidence == Ratio(value))
        }
        if Ratio(text) == nil { #expect(!answer.repairs.isEmpty) }
    }

    @Test(
        "a number that breaks the schema is refused, never bent",
        arguments: [
            ("leverage", "0", "OUT_OF_RANGE"), ("leverage", "26", "OUT_OF_RANGE"), ("leverage", "50", "OUT_OF_RANGE"),
            ("leverage", "2.5", "NOT_WHOLE"), ("leverage", "-5", "WRONG_SIDE"), ("leverage", "null", "FIELD_MISSING"),
            ("leverage", "None", "FIELD_MISSING"), ("leverage", "\"N/A\"", "FIELD_MISSING"),
            ("leverage", "NaN", "NOT_FINITE"),
            ("leverage", "Infinity", "NOT_FINITE"), ("leverage", "-inf", "NOT_FINITE"),
            ("leverage", "1e400", "NOT_A_NUMBER"),
            ("leverage", "\"high\"", "NOT_A_NUMBER"), ("leverage", "\"3-5\"", "NOT_A_NUMBER"),
            ("leverage", "1-25", "NOT_A_NUMBER"),
            ("leverage", "\"5%\"", "UNIT_UNKNOWN"), ("leverage", "[5]", "NOT_A_NUMBER"),
            ("leverage", "{}", "NOT_A_NUMBER"),
            ("leverage", "true", "NOT_A_NUMBER"), ("leverage", "0x05", "NOT_A_NUMBER"),
            ("leverage", "\"\"", "FIELD_MISSING"),
            ("position_size_percent", "0.1", "OUT_OF_RANGE"),
            ("position_size_percent", "0.999999999999", "OUT_OF_RANGE"),
            ("position_size_percent", "25.000000000001", "OUT_OF_RANGE"),
            ("position_size_percent", "40", "OUT_OF_RANGE"),
            ("position_size_percent", "1,000", "OUT_OF_RANGE"), ("position_size_percent", "\"10,5\"", "NOT_A_NUMBER"),
            ("position_size_percent", "\"about 10\"", "NOT_A_NUMBER"),
            ("position_size_percent", "\"10x\"", "UNIT_UNKNOWN"),
            ("position_size_percent", "\"$500\"", "NOT_A_NUMBER"),
            ("stop_loss_percent", "2", "WRONG_SIDE"), ("stop_loss_percent", "-0.5", "OUT_OF_RANGE"),
            ("stop_loss_percent", "-0.02", "OUT_OF_RANGE"), ("stop_loss_percent", "-6", "OUT_OF_RANGE"),
            ("stop_loss_percent", "0", "OUT_OF_RANGE"), ("stop_loss_percent", "104500", "OUT_OF_RANGE"),
            ("take_profit_percent", "2.9", "OUT_OF_RANGE"), ("take_profit_percent", "-6", "WRONG_SIDE"),
            ("take_profit_percent", "16", "OUT_OF_RANGE"), ("take_profit_percent", "[3, 5]", "NOT_A_NUMBER"),
            ("confidence", "1.5", "OUT_OF_RANGE"), ("confidence", "8", "OUT_OF_RANGE"),
            ("confidence", "101", "OUT_OF_RANGE"),
            ("confidence", "-0.1", "OUT_OF_RANGE"), ("confidence", "\"high\"", "NOT_A_NUMBER"),
            ("confidence", "\"8/10\"", "NOT_A_NUMBER"),
            ("confidence", "NaN", "NOT_FINITE"),
        ])
    func refusals(field: String, text: String, code: String) {
        let answer = parse(decision([field: text]))
        #expect(answer.headline.action == .hold)
        #expect(codes(answer) == ["\(code)/\(field)"], "\(answer.allCauses.map(\.sentence))")
        #expect(answer.allCauses.allSatisfy { $0.sentence.contains($0.field) }, "the sentence names the field")
    }

    @Test("every fault of a decision is told, in the order of the schema")
    func allFaults() {
        let answer = parse(
            decision([
                "leverage": "50", "position_size_percent": nil, "stop_loss_percent": "2", "confidence": "\"sure\"",
            ]))
        #expect(
            codes(answer) == [
                "OUT_OF_RANGE/leverage", "FIELD_MISSING/position_size_percent", "WRONG_SIDE/stop_loss_percent",
                "NOT_A_NUMBER/confidence",
            ])
    }

    @Test(
        "a symbol is found in the spellings of models",
        arguments: [
            "BTC/USDT", "BTCUSDT", "btc/usdt", "BTC-USDT", "BTC_USDT", "BTC", "$BTC", "BTC/USDT:USDT", "BTC-USDT-SWAP",
            "BTC-USD",
            "BTCUSDT.P", "BTC-PERP", " BTC / USDT ",
        ])
    func spellings(text: String) {
        let answer = parse(decision(["symbol": "\"\(text)\""]))
        #expect(answer.headline.symbol == symbol("BTC/USDT"), "\(codes(answer))")
        #expect(kinds(answer).contains(.symbolSpelling) == (text != "BTC/USDT"))
    }

    @Test("a spelling that fits two symbols is refused")
    func ambiguousSymbol() {
        let both = symbols("BTC/USDT", "BTC/USDT:USDT")
        #expect(codes(parse(decision(["symbol": "\"BTC\""]), symbols: both)) == ["SYMBOL_UNKNOWN/symbol"])
        #expect(parse(decision(), symbols: both).headline.symbol == symbol("BTC/USDT"))
    }

    @Test(
        "an opening fits the positions held or is HOLD",
        arguments: [
            ("OPEN_LONG", nil, "OPEN_LONG"), ("OPEN_LONG", .long, "ALREADY_HELD/action"),
            ("OPEN_LONG", .short, "OTHER_SIDE_HELD/action"),
            ("OPEN_SHORT", .short, "ALREADY_HELD/action"), ("BUY", nil, "OPEN_LONG"), ("SELL", nil, "OPEN_SHORT"),
            ("SELL", .long, "SIDE_UNCLEAR/action"), ("BUY", .short, "SIDE_UNCLEAR/action"), ("CLOSE", .long, "CLOSE"),
            ("CLOSE", nil, "NOTHING_TO_CLOSE/action"), ("CLOSE_LONG", .short, "OTHER_SIDE_HELD/action"),
            ("CLOSE_SHORT", .short, "CLOSE"),
        ] as [(String, PositionSide?, String)])
    func positions(action: String, held: PositionSide?, becomes: String) {
        var positions: [Symbol: PositionSide] = [:]
        positions[symbol("BTC/USDT")] = held
        let answer = parse(decision(["action": "\"\(action)\""]), positions: positions)
        if becomes.contains("/") {
            #expect(codes(answer) == [becomes])
            #expect(answer.headline.action == .hold)
        } else {
            #expect(answer.headline.action.rawValue == becomes, "\(codes(answer))")
        }
    }

    @Test("a bare SELL of what is held long closes it, and says so")
    func bareSell() {
        let answer = parse("{\"action\":\"SELL\",\"symbol\":\"BTC\"}", positions: [symbol("BTC/USDT"): .long])
        #expect(answer.headline.action == .close)
        #expect(kinds(answer).contains(.actionWord))
    }

    @Test("an amount in dollars is not guessed to be a share of capital")
    func dollars() {
        let answer = parse(decision(["position_size_percent": nil, "position_size_usd": "500"]))
        #expect(codes(answer) == ["UNIT_UNKNOWN/position_size_percent"])
        let percent = parse(decision(["stop_loss_percent": nil, "stop_loss": "\"-3%\""]))
        #expect(percent.headline.plan?.stopLoss.percent == Ratio(-3))
    }
}
