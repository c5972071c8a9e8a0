public import TradingModel

/// Which calendar day a moment of market time belongs to, somewhere on Earth.
///
/// A zone is data: its distance from UTC and the moments at which that changes. The shell reads a named zone's table; the
/// core only looks it up, so that daylight saving is the same in a test, a replay and live.
public struct DayCalendar: Hashable, Sendable {
    /// From `start` on, local time is `offset` ahead of UTC.
    public struct Offset: Hashable, Sendable {
        public let start: MarketTime
        public let offset: Span
        public init(start: MarketTime, offset: Span) {
            self.start = start
            self.offset = offset
        }
    }

    /// The distance before the first change.
    public let initial: Span
    /// The changes by rising start.
    public let changes: [Offset]

    public static let utc = DayCalendar(offset: .zero)

    public init(offset: Span, changes: [Offset] = []) {
        initial = offset
        self.changes = changes.sorted { $0.start < $1.start }
    }

    /// Days since 1970-01-01 by the local calendar. O(log n) in the changes.
    public func day(of time: MarketTime) -> Int64 {
        var (low, high) = (0, changes.count)
        while low < high {
            let middle = (low + high) / 2
            if changes[middle].start <= time { low = middle + 1 } else { high = middle }
        }
        let offset = low == 0 ? initial : changes[low - 1].offset
        let length = Span.hours(24).micros
        let local = time.micros + offset.micros
        return local >= 0 ? local / length : (local - length + 1) / length
    }
}

/// What has happened of the daily limits; saved with every change.
public struct DayRecord: Hashable, Sendable {
    /// ``DayCalendar/day(of:)``.
    public var day: Int64 = 0
    /// The day's first equity: what was there when its first event came, before that event moved any price.
    public var startEquity: Money = .zero
    /// Entries approved today.
    public var trades = 0
    /// The loss with which today's limit was reached, 0 while it was not. It stays until midnight: a day that has lost its
    /// limit is over, even if the market comes back.
    public var reachedLoss: Ratio = .zero
    public init() {}
    public init(day: Int64, startEquity: Money, trades: Int = 0, reachedLoss: Ratio = .zero) {
        self.day = day
        self.startEquity = startEquity
        self.trades = trades
        self.reachedLoss = reachedLoss
    }

    /// The loss at `equity` as a share of the day's first, rounded up; 0 in profit.
    public func loss(at equity: Money) -> Ratio {
        guard startEquity.isPositive, equity < startEquity else { return .zero }
        return (startEquity - equity).ratio(to: startEquity, .up) ?? .one
    }
}
