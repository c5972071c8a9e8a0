public import TradingModel

/// The newest closed candles of one symbol and timeframe, ascending by open time, no two with the same, in a ring.
///
/// Appending is O(1), finding O(log n). A candle that arrives late is put in its place, O(n), which is rare.
public struct CandleSeries: Sendable {
    /// What differs between the candles of a series, packed into 56 bytes; symbol, venue and timeframe are kept once.
    ///
    /// Prices up to nine million and volumes of eight decimals up to ninety billion fit; the few candles beyond that stand
    /// in ``wide`` whole.
    private struct Row: Sendable {
        /// Minutes since 1970.
        var minute: Int32
        var missing: Int16
        var isBackfill: Bool
        var isWide: Bool
        var open: Int64
        var high: Int64
        var low: Int64
        var close: Int64
        /// In units of 1e-8.
        var volume: Int64
        var receivedTime: WallTime

        static let minuteMicros: Int64 = 60_000_000
        static let volumeUnit: Int128 = 10_000

        var openTime: MarketTime { MarketTime(micros: Int64(minute) * Row.minuteMicros) }

        /// `nil` where the candle does not open on a minute.
        init?(_ candle: Candle) {
            let minutes = candle.openTime.micros / Row.minuteMicros
            guard candle.openTime.micros % Row.minuteMicros == 0, let minute = Int32(exactly: minutes) else {
                return nil
            }
            self.minute = minute
            missing = Int16(clamping: candle.missing)
            isBackfill = candle.isBackfill
            receivedTime = candle.receivedTime
            if let open = Int64(exactly: candle.open.raw), let high = Int64(exactly: candle.high.raw),
                let low = Int64(exactly: candle.low.raw), let close = Int64(exactly: candle.close.raw),
                candle.volume.raw % Row.volumeUnit == 0,
                let volume = Int64(exactly: candle.volume.raw / Row.volumeUnit),
                candle.missing <= Int(Int16.max)
            {
                (self.open, self.high, self.low, self.close, self.volume) = (open, high, low, close, volume)
                isWide = false
            } else {
                (open, high, low, close, volume) = (0, 0, 0, 0, 0)
                isWide = true
            }
        }
    }

    public let symbol: Symbol
    public let venue: VenueID
    public let timeframe: Timeframe
    /// How many candles are kept; the oldest goes first.
    public let capacity: Int
    private var rows: ContiguousArray<Row> = []
    /// Candles that do not fit a row, by open time.
    private var wide: [MarketTime: Candle] = [:]
    /// Where the oldest row is once the ring is full.
    private var head = 0

    public init(symbol: Symbol, venue: VenueID, timeframe: Timeframe, capacity: Int) {
        precondition(capacity >= 1, "a series holds at least one candle")
        self.symbol = symbol
        self.venue = venue
        self.timeframe = timeframe
        self.capacity = capacity
    }

    public var count: Int { rows.count }
    public var isEmpty: Bool { rows.isEmpty }
    public var isFull: Bool { rows.count == capacity }
    public var last: Candle? { isEmpty ? nil : self[count - 1] }
    public var lastOpenTime: MarketTime? { isEmpty ? nil : openTime(at: count - 1) }
    public var firstOpenTime: MarketTime? { isEmpty ? nil : openTime(at: 0) }

    /// The candle at a position, 0 is the oldest.
    public subscript(_ position: Int) -> Candle {
        let row = rows[slot(position)]
        if row.isWide, let candle = wide[row.openTime] { return candle }
        return Candle(
            symbol: symbol, venue: venue, timeframe: timeframe, openTime: row.openTime,
            open: Price(raw: Int128(row.open)), high: Price(raw: Int128(row.high)), low: Price(raw: Int128(row.low)),
            close: Price(raw: Int128(row.close)), volume: Quantity(raw: Int128(row.volume) * Row.volumeUnit),
            missing: Int(row.missing), isBackfill: row.isBackfill, receivedTime: row.receivedTime)
    }

    public func openTime(at position: Int) -> MarketTime { rows[slot(position)].openTime }

    /// The newest `limit` candles, oldest first.
    public func newest(_ limit: Int) -> [Candle] {
        let first = max(0, count - max(0, limit))
        return (first..<count).map { self[$0] }
    }

    /// The position of the first candle that opens at or after `time`; ``count`` where there is none. O(log n).
    public func position(atOrAfter time: MarketTime) -> Int {
        // What is asked for is nearly always at the newest end.
        if isEmpty || openTime(at: count - 1) < time { return count }
        var (low, high) = (0, count - 1)
        while low < high {
            let middle = (low + high) / 2
            if openTime(at: middle) < time { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// The candle that opens at `time`, if it is here. O(log n).
    public func candle(openingAt time: MarketTime) -> Candle? {
        let position = position(atOrAfter: time)
        return position < count && openTime(at: position) == time ? self[position] : nil
    }

    /// Puts a candle in its place, over the one with the same open time where there is one.
    ///
    /// `false`, and nothing done, where the series is full and the candle older than all it holds, or it does not open on a
    /// minute.
    @discardableResult public mutating func insert(_ candle: Candle) -> Bool {
        precondition(
            candle.symbol == symbol && candle.timeframe == timeframe,
            "Invariant: a series holds one symbol and timeframe")
        guard let row = Row(candle) else { return false }
        let position = position(atOrAfter: candle.openTime)
        if position == count {
            append(row)
        } else if openTime(at: position) == candle.openTime {
            forget(rows[slot(position)])
            rows[slot(position)] = row
        } else {
            guard !(isFull && position == 0) else { return false }
            straighten()
            rows.insert(row, at: position)
            if rows.count > capacity { forget(rows.removeFirst()) }
        }
        if row.isWide {
            var whole = candle
            whole.venue = venue
            wide[candle.openTime] = whole
        }
        return true
    }

    /// Calls `body` with each candle that opens in `from..<to`, oldest first.
    public func forEach(from: MarketTime, to: MarketTime, _ body: (Candle) -> Void) {
        var position = position(atOrAfter: from)
        while position < count, openTime(at: position) < to {
            body(self[position])
            position += 1
        }
    }

    /// Ascending, without repetition, on the grid, within capacity. For tests; O(n).
    public func checkInvariants() {
        precondition(count <= capacity, "Invariant: a series never outgrows its capacity")
        for position in 0..<count {
            precondition(
                openTime(at: position).micros % timeframe.span.micros == 0, "Invariant: a candle opens on the grid")
            if position > 0 {
                precondition(openTime(at: position - 1) < openTime(at: position), "Invariant: a series ascends")
            }
        }
    }

    private func slot(_ position: Int) -> Int {
        let slot = head + position
        return slot < rows.count ? slot : slot - rows.count
    }

    private mutating func append(_ row: Row) {
        guard isFull else {
            rows.append(row)
            return
        }
        forget(rows[head])
        rows[head] = row
        head = head + 1 == capacity ? 0 : head + 1
    }

    private mutating func forget(_ row: Row) {
        if row.isWide { wide[row.openTime] = nil }
    }

    /// Brings the oldest row to the front of the storage.
    private mutating func straighten() {
        guard head != 0 else { return }
        rows = ContiguousArray(rows[head...] + rows[..<head])
        head = 0
    }
}
