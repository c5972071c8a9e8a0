import Indicators
import TradingModel

/// Lean with the book, in the direction of two short averages.
///
/// `I = (Σ bid quantity - Σ ask quantity) / (Σ both)` over the best 10 levels a side; the book is *usable* if both
/// sides have a level, best bid < best ask, its age is at most 2000 ms and the quantities are not all zero.
/// - Long: usable, spread <= 5 bps, I > 0.30 and EMA5 > EMA13; left while EMA5 < EMA13, or usable and I < -0.10.
/// - Short: usable, spread <= 5 bps, I < -0.30 and EMA5 < EMA13; left while EMA5 > EMA13, or usable and I > 0.10.
/// - A wide spread stops entries, never exits; an unusable book leaves only the averages' exit.
/// - The last *closed* candle counts, the book as it is now.
/// - Strength: `|I| - 0.30`.
///
/// Cont, Kukanov, Stoikov, *The Price Impact of Order Book Events*, 2014; Gould, Bonart, *Queue Imbalance as a
/// One-Tick-Ahead Price Predictor in a Limit Order Book*, 2016. Thresholds are ours.
public struct Scalping: Strategy {
    public static let id = "scalping"
    public static let summary = "Lean with the order book in the direction of two short averages."
    public static let timeframe = Timeframe.oneMinute
    public static let strengthScale = 0.2
    public static let defaultWarmUp = 12
    public static let defaultLoad = 100

    static let depth = Parameter.count("depth", 10, in: 1...100, "Levels a side that count.")
    static let entryImbalance = Parameter.number(
        "entry_imbalance", 0.3, in: 0...1, "An entry needs more imbalance than this.")
    static let exitImbalance = Parameter.number(
        "exit_imbalance", 0.1, in: 0...1, "More imbalance than this against a position ends it.")
    static let widestSpread = Parameter.number(
        "max_spread_bps", 5, in: 0...1000, "Widest spread for an entry, in basis points.")
    static let fastPeriod = Parameter.count("fast", 5, in: 2...200, "Period of the fast EMA of closes, in candles.")
    static let slowPeriod = Parameter.count("slow", 13, in: 3...400, "Period of the slow EMA of closes, in candles.")
    static let oldestBook = Parameter.count(
        "max_book_age_ms", 2_000, in: 1...60_000, "Oldest usable book, in milliseconds.")
    public static let ownParameters = [
        depth, entryImbalance, exitImbalance, widestSpread, fastPeriod, slowPeriod, oldestBook,
    ]

    public let values: ParameterValues
    public var state = StrategyState()
    public let warmUp: Int
    private var fast: EMA
    private var slow: EMA
    private var book: BookPressure?

    public init(_ values: ParameterValues) {
        self.values = values
        fast = EMA(values.count(Self.fastPeriod))
        slow = EMA(values.count(Self.slowPeriod))
        warmUp = slow.period - 1
    }

    public static func check(_ values: ParameterValues) throws(ParameterError) {
        try values.require(fastPeriod, below: slowPeriod)
    }

    public mutating func advance(_ bar: Bar) -> StrategyConditions {
        fast.update(bar.close)
        slow.update(bar.close)
        guard let fast = fast.value, let slow = slow.value else { return StrategyConditions() }
        return StrategyConditions(
            enterLong: false, exitLong: fast < slow, enterShort: false, exitShort: fast > slow,
            strengthLong: 0, strengthShort: 0)
    }

    public mutating func onBook(_ book: OrderBook) {
        self.book = BookPressure(book, depth: values.count(Self.depth))
    }

    public func conditions(at now: MarketTime) -> StrategyConditions? {
        guard var conditions = state.latest, let last = state.last, let fast = fast.value, let slow = slow.value else {
            return nil
        }
        guard let book = usableBook(at: now) else { return conditions }
        let bound = values[Self.entryImbalance]
        let isNarrow = book.spreadBps <= values[Self.widestSpread]
        conditions.enterLong = isNarrow && book.imbalance > bound && fast > slow
        conditions.enterShort = isNarrow && book.imbalance < -bound && fast < slow
        conditions.exitLong = conditions.exitLong || book.imbalance < -values[Self.exitImbalance]
        conditions.exitShort = conditions.exitShort || book.imbalance > values[Self.exitImbalance]
        conditions.strengthLong = abs(book.imbalance) - bound
        conditions.strengthShort = conditions.strengthLong
        return conditions.requiringVolume(last.volume)
    }

    public func indicatorReadings(at now: MarketTime) -> [Reading] {
        var readings: [Reading] = []
        readings.note("ema_fast", fast.value)
        readings.note("ema_slow", slow.value)
        let book = usableBook(at: now)
        readings.note("book_imbalance", book?.imbalance)
        readings.note("book_spread_bps", book?.spreadBps)
        return readings
    }

    private func usableBook(at now: MarketTime) -> BookPressure? {
        guard let book, now - book.time <= .milliseconds(Int64(values.count(Self.oldestBook))) else { return nil }
        return book
    }
}

/// What one order book says: how lopsided it is and how far its sides stand apart.
struct BookPressure: Hashable, Sendable {
    /// -1 (only asks) … 1 (only bids).
    let imbalance: Double
    /// `(ask - bid) / ((ask + bid)/2) · 10,000`.
    let spreadBps: Double
    let time: MarketTime

    /// `nil` where the book is not usable at any age. Quantities are summed exactly, so that a bound met exactly is
    /// met.
    init?(_ book: OrderBook, depth: Int) {
        guard let bid = book.bids.first?.price, let ask = book.asks.first?.price, bid.isPositive, bid < ask else {
            return nil
        }
        let bids = book.bids.prefix(depth).reduce(Quantity.zero) { $0 + $1.quantity }
        let asks = book.asks.prefix(depth).reduce(Quantity.zero) { $0 + $1.quantity }
        guard (bids + asks).isPositive else { return nil }
        imbalance = (bids - asks).double / (bids + asks).double
        spreadBps = (ask - bid).double / ((ask + bid).double / 2) * 10_000
        time = book.eventTime
    }
}
