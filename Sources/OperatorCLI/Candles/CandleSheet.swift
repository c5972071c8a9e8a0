import CandleFiles
import Indicators
import TradingModel

/// The candles of one file, in order, as indicators take them.
struct CandleSheet: Sendable {
    var bars: [Bar] = []
    /// The smallest step between two of them; `nil` with fewer than two.
    var step: Span?
    /// Steps longer than ``step``, and the candles missing in them.
    var gaps = 0
    var missing: Int64 = 0
    /// Rows left out because they do not open after the row before, and the line of the first.
    var leftOut = 0
    var firstLeftOutLine = 0

    /// Reads a whole file. Refused, with file, line and figures, is a row that no market can have printed.
    init(path: String) throws {
        let file = try CandleFile(path: path, symbol: .none, timeframe: .oneMinute)
        while let row = try file.nextNumbers() {
            if let last = bars.last, row.openTime <= last.openTime {
                guard bars.count > 1 || row.openTime == last.openTime else {
                    throw Failure(
                        "\(path):\(file.lineNumber): \(row.openTime) comes after \(last.openTime), so the newest candle is first: sort the rows by time"
                    )
                }
                if leftOut == 0 { firstLeftOutLine = file.lineNumber }
                leftOut += 1
                continue
            }
            do throws(BarError) {
                bars.append(
                    try Bar(
                        openTime: row.openTime, open: row.open, high: row.high, low: row.low, close: row.close,
                        volume: row.volume))
            } catch {
                throw Failure(
                    "\(path):\(file.lineNumber): open \(row.open), high \(row.high), low \(row.low), close \(row.close), volume \(row.volume) is no candle: \(error.code.rawValue)"
                )
            }
        }
        guard !bars.isEmpty else { throw Failure("\(path) has no candles: name a file with rows below its header") }
        measure()
    }

    private mutating func measure() {
        var smallest = Int64.max
        for index in bars.indices.dropFirst() {
            smallest = min(smallest, (bars[index].openTime - bars[index - 1].openTime).micros)
        }
        guard smallest < .max else { return }
        step = Span(micros: smallest)
        for index in bars.indices.dropFirst() {
            let steps = (bars[index].openTime - bars[index - 1].openTime).micros / smallest
            if steps > 1 {
                gaps += 1
                missing += steps - 1
            }
        }
    }

    /// Makes them longer: only groups of which no candle is missing.
    mutating func group(to length: Span, path: String) throws {
        guard let step else { throw Failure("\(path) has one candle only, from which no longer ones can be made") }
        guard step != length else { return }
        guard var grouping = BarGrouping(base: step, length: length) else {
            throw Failure(
                "\(path) has candles \(step) apart, from which none of \(length) can be made: name a multiple of it")
        }
        var longer: [Bar] = []
        longer.reserveCapacity(bars.count / grouping.size + 1)
        for bar in bars {
            if let done = try grouping.update(bar) { longer.append(done) }
        }
        if let done = try grouping.finish() { longer.append(done) }
        bars = longer
    }
}

/// A candle length as written on a command line: `5m`, `4h`, `1d`.
struct CandleLength: Hashable, Sendable {
    let span: Span

    /// Whole minutes, hours or days that divide a day.
    init?(_ text: String) {
        guard let unit = text.last, let count = Int64(text.dropLast()), (1...1_440).contains(count) else { return nil }
        switch unit {
        case "m": span = .minutes(count)
        case "h": span = .hours(count)
        case "d": span = .hours(24 * count)
        default: return nil
        }
        guard Span.hours(24).micros % span.micros == 0 else { return nil }
    }
}
