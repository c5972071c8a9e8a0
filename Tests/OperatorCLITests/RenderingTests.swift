import Testing
import TradingModel

@testable import OperatorCLI

private let terminal = Canvas(isTerminal: true, width: 80, palette: .plain)

@Suite("Tables")
struct TableTests {
    private func sample() -> Table {
        var table = Table("orders", [.left("symbol"), .right("price"), .left("note", priority: 1, shrinksTo: 4)])
        table.add(["BTC/USDT", "64,012.5", "first"])
        table.add(["XRP/USDT", "0.5", "a much longer note than the others"])
        return table
    }

    @Test("piped, a table is headings and rows separated by tabs")
    func piped() {
        #expect(
            sample().lines(on: .pipe) == [
                "# symbol\tprice\tnote", "BTC/USDT\t64,012.5\tfirst",
                "XRP/USDT\t0.5\ta much longer note than the others",
            ])
    }

    @Test("on a terminal, columns are aligned and every line is as wide as the frame")
    func framed() {
        let lines = sample().lines(on: terminal)
        #expect(Set(lines.map(TextWidth.of)) == [80])
        #expect(lines[0].hasPrefix("╭─ orders ─"))
        #expect(lines[2].contains("BTC/USDT  64,012.5  first"))
        #expect(lines[3].contains("XRP/USDT       0.5  a much"))
    }

    @Test("what does not fit is cut first and dropped by priority then")
    func narrow() {
        let cut = sample().lines(on: Canvas(isTerminal: true, width: 40, palette: .plain))
        #expect(cut[3].contains("XRP/USDT       0.5  a much longer n…"))
        #expect(Set(cut.map(TextWidth.of)) == [40])
        let dropped = sample().lines(on: Canvas(isTerminal: true, width: 24, palette: .plain))
        #expect(!dropped[1].contains("note"))
        #expect(dropped[3].contains("XRP/USDT       0.5"))
    }

    @Test("an empty table says so on a terminal and keeps its heading when piped")
    func empty() {
        let table = Table("trades", [.left("symbol")], emptyText: "no completed trades")
        #expect(table.lines(on: terminal)[1].contains("no completed trades"))
        #expect(table.lines(on: .pipe) == ["# symbol"])
    }

    @Test("text from elsewhere cannot steer the terminal")
    func harmless() {
        var table = Table("t", [.left("reason")])
        table.add(["red \u{1b}[31m and\ra\u{07}bell\n\u{202e}"])
        #expect(table.lines(on: .pipe)[1] == "red ·[31m and·a·bell··")
    }

    @Test("the visible width of a painted line ignores its colours")
    func paintedWidth() {
        let painted = Palette.coloured.paint("halted", .alarmBad) + " now"
        #expect(painted.contains("\u{1b}[1;97;41m"))
        #expect(Canvas.visibleWidth(painted) == 10)
        #expect(Palette.plain.paint("halted", .alarmBad) == "halted")
    }

    @Test(
        "a text is cut at its columns, wide characters counted as two",
        arguments: [("abcdef", 4, "abc…"), ("abcd", 4, "abcd"), ("日本語", 4, "日…"), ("é́x", 5, "é́x"), ("ab", 0, "")])
    func cut(text: String, width: Int, expected: String) {
        #expect(TextWidth.cut(text, to: width) == expected)
        #expect(TextWidth.of(TextWidth.cut(text, to: width)) <= width)
    }
}

@Suite("Figures")
struct FigureTests {
    @Test(
        "money has two decimals and its thousands set apart",
        arguments: [
            ("0", "0.00"), ("1234567.891", "1,234,567.89"), ("-0.005", "0.00"), ("-1234.5", "-1,234.50"),
            ("999.995", "1,000.00"),
            ("0.015", "0.02"), ("0.025", "0.02"),
        ])
    func money(text: String, expected: String) throws { #expect(Figures.money(try Money.parse(text)) == expected) }

    @Test("a result always shows its sign, and zero has none")
    func result() throws {
        #expect(Figures.result(try Money.parse("12.345")) == Cell("+12.34", .good))
        #expect(Figures.result(try Money.parse("-3")) == Cell("-3.00", .bad))
        #expect(Figures.result(try Money.parse("-0.001")) == Cell("0.00", .faint))
    }

    @Test(
        "a price is shown exactly, without zeros it does not have",
        arguments: [("64012.5", "64,012.5"), ("0.00001234", "0.00001234"), ("1000", "1,000")])
    func price(text: String, expected: String) throws { #expect(Figures.price(try Price.parse(text)) == expected) }

    @Test(
        "spans are read in the unit that keeps them short",
        arguments: [
            (0, "0 ms"), (420_000, "420 ms"), (3_240_000, "3.2 s"), (245_000_000, "4m 05s"), (11_220_000_000, "3h 07m"),
            (183_600_000_000, "2d 03h"), (-5, "0 ms"),
        ])
    func age(micros: Int64, expected: String) { #expect(Figures.age(Span(micros: micros)) == expected) }

    @Test(
        "floating-point figures never show an exponent, a negative zero or a bare NaN",
        arguments: [
            (1234.5, 1, "1,234.5"), (-0.001, 2, "0.00"), (0.995, 2, "1.00"), (Double.nan, 2, "–"),
            (Double.infinity, 1, "∞"), (12, 0, "12"),
            (2.05, 2, "2.05"),
        ])
    func fixed(value: Double, digits: Int, expected: String) {
        #expect(Figures.fixed(value, digits: digits) == expected)
    }

    @Test("bytes, microseconds, percent and times")
    func others() throws {
        #expect(Figures.bytes(812) == "812 B")
        #expect(Figures.bytes(9_612_000) == "9.6 MB")
        #expect(Figures.bytes(120_000_000) == "120 MB")
        #expect(Figures.micros(8.04) == "8.0 µs")
        #expect(Figures.micros(38) == "38 µs")
        #expect(Figures.micros(1_240) == "1.2 ms")
        #expect(Figures.percent(try Ratio.parse("0.0523")) == "5.2 %")
        #expect(Figures.percent(0.625) == "62.5 %")
        let time = MarketTime(
            micros: CivilTime.micros(year: 2025, month: 5, day: 4, hour: 3, minute: 2, second: 1, microsecond: 45_000))
        #expect(Figures.time(time) == "2025-05-04 03:02:01")
        #expect(Figures.timeOfDay(time) == "03:02:01.045")
    }
}

@Suite("JSON on one line")
struct CompactJSONTests {
    private func line(_ json: String, width: Int = .max, omitting: Set<String> = []) -> String {
        CompactJSON.line(json, palette: .plain, width: width, omitting: omitting)
    }

    @Test("an object loses its quotes and braces; what the topic says is left out")
    func object() {
        #expect(
            line(#"{"symbol":"BTC/USDT","bid":"64012.5","n":3,"ok":true}"#, omitting: ["symbol"])
                == "bid=64012.5 n=3 ok=true")
        #expect(line(#"{"a":{"b":[1,"x"],"c":{}},"e":""}"#) == #"a={b=[1 x] c={}} e="""#)
    }

    @Test("times and spans are readable")
    func times() {
        #expect(
            line(#"{"eventTime":1747699200000000,"ageMicros":2500000}"#)
                == "eventTime=2025-05-20 00:00:00 ageMicros=2.5s")
    }

    @Test("escapes are undone where they fit one line, control characters never reach the terminal")
    func escapes() {
        #expect(line(#"{"say":"\"hi\"\n\u001b"}"#) == #"say="hi"\n\u001b"#)
    }

    @Test(
        "a text that is no JSON comes out without a crash",
        arguments: [
            "", "{", "{\"a\"", "{\"a\":", "{\"a\":[", "{\"a\":[1,,", "nonsense", "{\"a\":\"\\", "[[[[", "{\"a\":{\"b\"",
            "\u{0}",
        ])
    func broken(json: String) { #expect(line(json).utf8.count <= json.utf8.count + 4) }

    @Test("every prefix of a message can be shown")
    func prefixes() {
        let json = #"{"a":{"b":[1,"x",{"t":1747699200000000}],"c":"\u00e9\\"},"m":-1.5e3,"z":null}"#
        for count in 0...json.count { #expect(!line(String(json.prefix(count))).contains("\n")) }
    }

    @Test("a long line is cut at the width")
    func cut() { #expect(line(#"{"a":"0123456789","b":"0123456789"}"#, width: 15) == "a=0123456789 b…") }
}

@Suite("The trading state")
struct TradingStateViewTests {
    private func banner(_ state: TradingState, reason: String = "", on canvas: Canvas) -> [String] {
        var risk = RiskState()
        risk.state = state
        risk.reason = reason
        return TradingStateView.banner(risk, on: canvas)
    }

    @Test("each state has its colour and its word on a whole line", arguments: TradingState.allCases)
    func colours(state: TradingState) {
        let canvas = Canvas(isTerminal: true, width: 80, palette: .coloured)
        let line = banner(state, on: canvas)[0]
        #expect(Canvas.visibleWidth(line) == 80)
        #expect(line.contains(state.rawValue.uppercased()))
        let colour = [TradingState.active: "42m", .reducing: "43m", .halted: "41m"][state] ?? "none"
        #expect(line.contains(colour))
    }

    @Test("piped it is one stable line")
    func piped() { #expect(banner(.halted, reason: "by anna", on: .pipe) == ["trading\thalted\tby anna"]) }
}
