import TradingModel

/// A candle file: a header, then rows `ts_ms,open,high,low,close,volume`, plain or gzip.
///
/// `ts_ms` is the open time in milliseconds since 1970 UTC, the rest are plain decimals. The parser is strict; each
/// error names file, line and value. Rows are given as they stand: order, repetition and sense are for the feed's
/// core to judge.
final class CandleFile {
    static let header = "ts_ms,open,high,low,close,volume"
    private static let columns = ["ts_ms", "open", "high", "low", "close", "volume"]
    /// 2100-01-01: beyond it a timestamp is of another unit.
    private static let latest: Int64 = 4_102_444_800_000

    let symbol: Symbol
    let timeframe: Timeframe
    private let lines: LineReader

    /// Opens the file and reads its header.
    init(path: String, symbol: Symbol, timeframe: Timeframe) throws(SourceError) {
        self.symbol = symbol
        self.timeframe = timeframe
        lines = try LineReader(path: path)
        let first = try lines.next { String(decoding: $0.prefix(80), as: UTF8.self) }
        guard first == Self.header else {
            throw SourceError(
                .malformed, "\(path):1: the header is \"\(first ?? "")\", but a candle file begins with \(Self.header)")
        }
    }

    /// The next row as a candle; `nil` after the last.
    func next() throws(SourceError) -> Candle? {
        guard let result = try lines.next({ Self.parse($0) }) else { return nil }
        switch result {
        case .success(let row):
            return Candle(
                symbol: symbol, venue: .recording, timeframe: timeframe, openTime: row.openTime, open: row.open,
                high: row.high, low: row.low,
                close: row.close, volume: row.volume)
        case .failure(let fault): throw SourceError(.malformed, "\(lines.path):\(lines.lineNumber): \(fault.sentence)")
        }
    }

    /// Reads over rows while `isSkipped` says so of their open times; `stopped` is the row that ended it.
    ///
    /// Of what is skipped only the time is parsed. `last` is the open time of the last row read over.
    func skip(
        while isSkipped: (MarketTime) -> Bool
    ) throws(SourceError) -> (rows: Int, last: MarketTime?, stopped: Candle?) {
        var rows = 0
        var last: MarketTime?
        while true {
            let result = try lines.next { line -> Result<SkippedRow, RowFault> in
                Self.parseTime(line).flatMap { time in
                    isSkipped(time) ? .success(.skipped(time)) : Self.parse(line).map { .reached($0) }
                }
            }
            switch result {
            case nil: return (rows, last, nil)
            case .failure(let fault)?:
                throw SourceError(.malformed, "\(lines.path):\(lines.lineNumber): \(fault.sentence)")
            case .success(.skipped(let time))?:
                rows += 1
                last = time
            case .success(.reached(let row))?:
                let candle = Candle(
                    symbol: symbol, venue: .recording, timeframe: timeframe, openTime: row.openTime, open: row.open,
                    high: row.high,
                    low: row.low, close: row.close, volume: row.volume)
                return (rows, last, candle)
            }
        }
    }

    private enum SkippedRow {
        case skipped(MarketTime)
        case reached(Row)
    }

    private struct Row {
        var openTime: MarketTime
        var open: Price
        var high: Price
        var low: Price
        var close: Price
        var volume: Quantity
    }

    private struct RowFault: Error {
        let sentence: String
    }

    private static func parse(_ line: UnsafeRawBufferPointer) -> Result<Row, RowFault> {
        var fields: (Price, Price, Price, Price) = (.zero, .zero, .zero, .zero)
        var volume = Quantity.zero
        var column = 1
        guard case .success(let time) = parseTime(line), var start = line.firstIndex(of: comma).map({ $0 + 1 }) else {
            return parseTime(line).flatMap { _ in .failure(countFault(line)) }
        }
        while column < 6 {
            let end = line[start...].firstIndex(of: comma) ?? line.count
            // The last field ends the line, the others do not.
            guard (end == line.count) == (column == 5) else { return .failure(countFault(line)) }
            let field = UnsafeRawBufferPointer(rebasing: line[start..<end])
            do throws(DecimalError) {
                switch column {
                case 1: fields.0 = try Price.parse(field)
                case 2: fields.1 = try Price.parse(field)
                case 3: fields.2 = try Price.parse(field)
                case 4: fields.3 = try Price.parse(field)
                default: volume = try Quantity.parse(field)
                }
            } catch {
                return .failure(RowFault(sentence: "\(columns[column]) is not a number: \(error)"))
            }
            start = end + 1
            column += 1
        }
        return .success(
            Row(openTime: time, open: fields.0, high: fields.1, low: fields.2, close: fields.3, volume: volume))
    }

    private static func parseTime(_ line: UnsafeRawBufferPointer) -> Result<MarketTime, RowFault> {
        let end = line.firstIndex(of: comma) ?? line.count
        var value: Int64 = 0
        for byte in line[..<end] {
            let digit = Int64(byte) - 48
            guard (0...9).contains(digit), value <= latest else { return .failure(timeFault(line[..<end])) }
            value = value * 10 + digit
        }
        guard end > 0, value <= latest else { return .failure(timeFault(line[..<end])) }
        return .success(MarketTime(micros: value * 1_000))
    }

    private static func timeFault(_ field: Slice<UnsafeRawBufferPointer>) -> RowFault {
        RowFault(
            sentence:
                "ts_ms is \"\(String(decoding: field.prefix(40), as: UTF8.self))\", but must be the open time in milliseconds since 1970, before 2100"
        )
    }

    private static func countFault(_ line: UnsafeRawBufferPointer) -> RowFault {
        let count = line.count { $0 == comma } + 1
        return RowFault(
            sentence:
                "the row \"\(String(decoding: line.prefix(60), as: UTF8.self))\" has \(count) fields, but must have 6 (\(header))"
        )
    }

    private static let comma = UInt8(ascii: ",")
}
