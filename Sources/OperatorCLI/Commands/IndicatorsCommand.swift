import ArgumentParser
import CandleFiles
import Glibc
import Indicators
import StrategyCore
import TradingModel
import Wire

struct IndicatorsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "indicators",
        abstract: "Every indicator, the regime and every strategy's conditions for a candle file, as CSV.",
        discussion: """
            EXAMPLES
              quartet indicators BTCUSDT-5m.csv.gz --out btc.csv.gz
              quartet indicators BTCUSDT-1m.csv --timeframe 4h | cut -d, -f1,5
              quartet indicators candles.csv --start 2024-03-05 --rows 12000 > table.csv

            THE FILE
              A header and a row a candle: open time, open, high, low, close, volume, in any order, others \
            between them; or no header and those six first. Times are seconds, milliseconds or microseconds \
            since 1970, or like 2025-01-31T23:59:00Z. Plain or gzip.

            THE TABLE
              ts_ms, the candle, indicators (sma_5 … sqz_mom), regime, and for each strategy that reads candles \
            its four raw conditions (momentum_enter_long …) as 0 or 1: what the running system computes, by the \
            same code, one candle after the other. A cell is empty where its value is not defined yet. \
            Numbers have all their digits: reading them gives the same binary value back. Parameters are the defaults.

            With --timeframe candles are grouped at multiples of that length since 1970 UTC; a group with a \
            missing candle is dropped. A row that does not open after the row before is left out and counted; a \
            gap is counted and passed over. Both are said on standard error.
            """)

    @Argument(help: ArgumentHelp("The candle file, plain or gzip.", valueName: "candles.csv"))
    var candles: String

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Make candles of this length first, such as 5m, 4h or 1d.", valueName: "length"),
        transform: {
            guard let length = CandleLength($0) else {
                throw ValidationError("\"\($0)\" is no candle length: write minutes, hours or days, such as 5m, 4h, 1d")
            }
            return length
        })
    var timeframe: CandleLength?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Begin at the first candle that opens at or after this time (UTC), such as 2024-03-05T12:00.",
            valueName: "time"),
        transform: {
            guard let micros = CivilTime.parse($0) else {
                throw ValidationError("\"\($0)\" is no time: write a date like 2024-03-05 or 2024-03-05T12:00")
            }
            return MarketTime(micros: micros)
        })
    var start: MarketTime?

    @Option(name: .long, help: ArgumentHelp("At most this many candles.", valueName: "count"))
    var rows: Int?

    @Option(
        name: .long,
        help: ArgumentHelp("Write here instead of to standard output; packed where it ends in .gz.", valueName: "file"))
    var out: String?

    @Flag(name: .long, help: "With --out: print what was written as JSON.")
    var json = false

    func validate() throws {
        if let rows, rows < 1 { throw ValidationError("--rows is \(rows), but at least one candle is needed") }
        if json && out == nil { throw ValidationError("--json needs --out: the table itself goes to standard output") }
    }

    func run() async throws {
        var sheet = try CandleSheet(path: candles)
        for remark in remarks(sheet) { Output.write("quartet: \(remark)\n", to: 2) }
        if let timeframe { try sheet.group(to: timeframe.span, path: candles) }
        if let start { sheet.bars.removeFirst(sheet.bars.firstIndex { $0.openTime >= start } ?? sheet.bars.count) }
        if let rows, rows < sheet.bars.count { sheet.bars.removeLast(sheet.bars.count - rows) }
        guard let first = sheet.bars.first, let last = sheet.bars.last else {
            throw Failure("no candle of \(candles) is left: choose another --start or a shorter --timeframe")
        }
        let written = try await write(sheet.bars)
        guard json else { return }
        var report = IndicatorsReport()
        (report.rows, report.columns) = (written, IndicatorTable.header.count)
        (report.first, report.last) = (first.openTime, last.openTime)
        (report.gaps, report.missing, report.leftOut) = (sheet.gaps, Int(sheet.missing), sheet.leftOut)
        Output.write(JSONText.of(report) + "\n", to: 1)
    }

    private func write(_ bars: [Bar]) async throws -> Int {
        let total = bars.count
        let isWatched = isatty(2) == 1 && total > 50_000
        let progress: @Sendable (Int) -> Void = { count in
            if isWatched { Output.write("\r\(count * 100 / total) % of \(total) candles", to: 2) }
        }
        defer { if isWatched { Output.write("\r\u{1B}[K", to: 2) } }
        guard let out else {
            return try await IndicatorSheet.write(bars, packed: false, progress: progress) { bytes in
                bytes.withUnsafeBytes { Output.write($0, to: 1) }
            }
        }
        let isPacked = out.hasSuffix(".gz")
        let file = try OutputFile(path: out, isPackedAlready: isPacked)
        let written = try await IndicatorSheet.write(bars, packed: isPacked, progress: progress) { try file.write($0) }
        try file.finish()
        return written
    }

    private func remarks(_ sheet: CandleSheet) -> [String] {
        var remarks: [String] = []
        if sheet.leftOut > 0 {
            remarks.append(
                "\(candles): \(sheet.leftOut) rows do not open after the row before them and were left out, the first in line \(sheet.firstLeftOutLine)"
            )
        }
        if sheet.gaps > 0 {
            remarks.append(
                "\(candles): \(sheet.missing) candles are missing in \(sheet.gaps) gaps, which are passed over")
        }
        return remarks
    }
}

/// What `indicators --json` prints.
struct IndicatorsReport: WireBody {
    static let kind = "indicatorsReport"
    var rows = 0
    var columns = 0
    /// Open times of the first and the last row.
    var first: MarketTime = .distantPast
    var last: MarketTime = .distantPast
    /// Of the file as it was read.
    var gaps = 0
    var missing = 0
    var leftOut = 0
    init() {}
    mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(WireError) {
        try visitor.field("rows", &rows)
        try visitor.field("columns", &columns)
        try visitor.field("first", &first)
        try visitor.field("last", &last)
        try visitor.field("gaps", &gaps)
        try visitor.field("missing", &missing)
        try visitor.field("leftOut", &leftOut)
    }
}
