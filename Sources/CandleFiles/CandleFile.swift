public import TradingModel

/// A file of candles, plain or gzip: one row a candle, its open time and open, high, low, close and volume.
///
/// This project's own files begin with ``header``, where `ts_ms` is the open time in milliseconds since 1970 UTC. Read
/// are also the shapes in which candles are passed around: columns found by their usual names in any order, no header
/// at all, times in seconds, milliseconds, microseconds or ISO 8601. The parser is strict; each error names file,
/// line and value. Rows are given as they stand: order, repetition and sense are for the reader to judge.
public final class CandleFile {
    public static let header = "ts_ms,open,high,low,close,volume"

    public let symbol: Symbol
    public let timeframe: Timeframe
    private let lines: LineReader
    private let columns: CandleColumns
    /// The first line is a row that has not been given yet.
    private var pendingFirst: [UInt8]?

    /// Opens the file and reads its first line. `timeframe` is what its candles shall be called; it is not checked.
    public init(path: String, symbol: Symbol, timeframe: Timeframe) throws(CandleFileError) {
        self.symbol = symbol
        self.timeframe = timeframe
        lines = try LineReader(path: path)
        (columns, pendingFirst) = try Self.begin(lines)
    }

    /// The line of the row last given, from 1; for what its reader has to say about it.
    public var lineNumber: Int { lines.lineNumber }
    public var path: String { lines.path }

    /// The next row as a candle; `nil` after the last.
    public func next() throws(CandleFileError) -> Candle? {
        guard let result = try nextLine({ self.columns.exactRow($0) }) else { return nil }
        return candle(try value(result))
    }

    /// The next row as binary floating point, the nearest to its texts; `nil` after the last.
    public func nextNumbers() throws(CandleFileError) -> CandleNumbers? {
        guard let result = try nextLine({ self.columns.numbers($0) }) else { return nil }
        return try value(result)
    }

    /// Reads over rows while `isSkipped` says so of their open times; `stopped` is the row that ended it.
    ///
    /// Of what is skipped only the time is parsed. `last` is the open time of the last row read over.
    public func skip(
        while isSkipped: (MarketTime) -> Bool
    ) throws(CandleFileError) -> (rows: Int, last: MarketTime?, stopped: Candle?) {
        var rows = 0
        var last: MarketTime?
        while true {
            let result = try nextLine { line -> Result<SkippedRow, RowFault> in
                self.columns.time(line).flatMap { time in
                    isSkipped(time) ? .success(.skipped(time)) : self.columns.exactRow(line).map { .reached($0) }
                }
            }
            guard let result else { return (rows, last, nil) }
            switch try value(result) {
            case .skipped(let time):
                rows += 1
                last = time
            case .reached(let row):
                return (rows, last, candle(row))
            }
        }
    }

    private enum SkippedRow {
        case skipped(MarketTime)
        case reached(Row)
    }

    private func nextLine<R>(_ body: (UnsafeRawBufferPointer) -> R) throws(CandleFileError) -> R? {
        guard let first = pendingFirst else { return try lines.next(body) }
        pendingFirst = nil
        return first.withUnsafeBytes(body)
    }

    private func value<T>(_ result: Result<T, RowFault>) throws(CandleFileError) -> T {
        switch result {
        case .success(let value): return value
        case .failure(let fault):
            throw CandleFileError(.malformed, "\(lines.path):\(lines.lineNumber): \(fault.sentence)")
        }
    }

    private func candle(_ row: Row) -> Candle {
        Candle(
            symbol: symbol, venue: .recording, timeframe: timeframe, openTime: row.openTime, open: row.open,
            high: row.high, low: row.low, close: row.close, volume: row.volume)
    }

    /// Reads the first line, and the second where the first is a comment.
    private static func begin(_ lines: LineReader) throws(CandleFileError) -> (CandleColumns, [UInt8]?) {
        var first = ""
        while lines.lineNumber < 2 {
            let found = try lines.next { line -> (CandleColumns?, [UInt8]) in
                (CandleColumns(firstLine: line), Array(line))
            }
            guard let (columns, line) = found else { break }
            if let columns { return (columns, columns.hasHeader ? nil : line) }
            let text = String(decoding: line.prefix(80), as: UTF8.self)
            if lines.lineNumber == 1 { first = text }
            // `# …`, or the address of the site it is from.
            guard text.hasPrefix("#") || text.hasPrefix("http") else { break }
        }
        throw CandleFileError(
            .malformed, "\(lines.path):1: the header is \"\(first)\", but a candle file begins with \(header)")
    }
}

/// A candle's row in binary floating point.
public struct CandleNumbers: Hashable, Sendable {
    public var openTime: MarketTime
    public var open: Double
    public var high: Double
    public var low: Double
    public var close: Double
    public var volume: Double

    public init(openTime: MarketTime, open: Double, high: Double, low: Double, close: Double, volume: Double) {
        self.openTime = openTime
        self.open = open
        self.high = high
        self.low = low
        self.close = close
        self.volume = volume
    }
}
