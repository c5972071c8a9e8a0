public import TradingModel

/// The newest closed candles of one symbol and timeframe, ascending by open time, no two with the same, in a ring.
///
/// Appending is O(1), finding O(log n). A candle that arrives late is put in its place, O(n), which is rare.
public struct CandleSeries: Sendable {
    /// What differs between the candles of a series; symbol, venue and timeframe are kept once.
    private struct Row: Sendable {
        var openTime: MarketTime
        var open: Price
        var high: Price
        var low: Price
        var close: Price
        var volume: Quantity
        var receivedTime: WallTime
        var missing: Int32
        var isBackfill: Bool
    }

    public let symbol: Symbol
    public let venue: VenueID
    public let timeframe: Timeframe
    /// How many candles are kept; the oldest goes first.
    public let capacity: Int
    private var rows: ContiguousArray<Row> = []
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
        return Candle(
            symbol: symbol, venue: venue, timeframe: timeframe, openTime: row.openTime, open: row.open, high: row.high,
            low: row.low,
            close: row.close, volume: row.volume, missing: Int(row.missing), isBackfill: row.isBackfill,
            receivedTime: row.receivedTime)
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
    /// `false`, and nothing done, where the series is full and the candle older than all it holds.
    @discardableResult public mutating func insert(_ candle: Candle) -> Bool {
        precondition(
            candle.symbol == symbol && candle.timeframe == timeframe,
            "Invariant: a series holds one symbol and timeframe")
        let row = Row(
            openTime: candle.openTime, open: candle.open, high: candle.high, low: candle.low, close: candle.close,
            volume: candle.volume,
            receivedTime: candle.receivedTime, missing: Int32(clamping: candle.missing), isBackfill: candle.isBackfill)
        let position = position(atOrAfter: candle.openTime)
        if position == count {
            append(row)
        } else if openTime(at: position) == candle.openTime {
            rows[slot(position)] = row
        } else {
            guard !(isFull && position == 0) else { return false }
            straighten()
            rows.insert(row, at: position)
            if rows.count > capacity { rows.removeFirst() }
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
        rows[head] = row
        head = head + 1 == capacity ? 0 : head + 1
    }

    /// Brings the oldest row to the front of the storage.
    private mutating func straighten() {
        guard head != 0 else { return }
        rows = ContiguousArray(rows[head...] + rows[..<head])
        head = 0
    }
}
