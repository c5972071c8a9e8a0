public import TradingModel

/// Longer bars from shorter ones: whole groups only, of one series in order.
///
/// Groups begin at multiples of `length` since 1970 UTC. Open of the first, highest high, lowest low, close of the
/// last, sum of the volumes (with Kahan's compensation). A group in which a bar is missing gives nothing, and what
/// follows goes on as if it had not been. O(1) a bar.
public struct BarGrouping: Sendable {
    /// Bars of a whole group.
    public let size: Int
    private let length: Span
    private var group: Group?

    private struct Group: Sendable {
        let openTime: MarketTime
        let open: Double
        var high: Double
        var low: Double
        var close: Double
        var volume: Double
        var dropped = 0.0
        var count = 1
    }

    /// `nil` unless `length` is a whole multiple of `base`, both positive.
    public init?(base: Span, length: Span) {
        guard base.micros > 0, length.micros >= base.micros, length.micros % base.micros == 0 else { return nil }
        self.length = length
        size = Int(length.micros / base.micros)
    }

    /// Takes the next bar; returns the group before it where this bar begins another and that one is whole.
    public mutating func update(_ bar: Bar) throws(BarError) -> Bar? {
        let openTime = MarketTime(micros: bar.openTime.micros - bar.openTime.micros % length.micros)
        guard var current = group, current.openTime == openTime else {
            let finished = try finish()
            group = Group(
                openTime: openTime, open: bar.open, high: bar.high, low: bar.low, close: bar.close, volume: bar.volume)
            return finished
        }
        current.high = max(current.high, bar.high)
        current.low = min(current.low, bar.low)
        current.close = bar.close
        let addend = bar.volume - current.dropped
        let sum = current.volume + addend
        current.dropped = sum - current.volume - addend
        current.volume = sum
        current.count += 1
        group = current
        return nil
    }

    /// The group under way where it is whole; after it a new series may begin.
    public mutating func finish() throws(BarError) -> Bar? {
        guard let done = group else { return nil }
        group = nil
        guard done.count == size else { return nil }
        return try Bar(
            openTime: done.openTime, open: done.open, high: done.high, low: done.low, close: done.close,
            volume: done.volume)
    }
}
