import TradingModel

@testable import FeedCore

let bitcoin = Symbol("BTC/USDT")!
let ether = Symbol("ETH/USDT")!
/// 2025-01-01 00:00 UTC, a boundary of every timeframe.
let newYear = MarketTime(micros: CivilTime.micros(year: 2025, month: 1, day: 1))
let morning = WallTime(micros: 1_000_000_000)

func price(_ text: String) -> Price { Price(text)! }
func quantity(_ text: String) -> Quantity { Quantity(text)! }

/// A 1m candle `minute` minutes after ``newYear``.
func minuteCandle(
    _ minute: Int, open: Int = 100, high: Int = 110, low: Int = 90, close: Int = 105, volume: Int = 1,
    symbol: Symbol = bitcoin
) -> Candle {
    Candle(
        symbol: symbol, venue: .simulated, timeframe: .oneMinute, openTime: newYear + .minutes(Int64(minute)),
        open: Price(open),
        high: Price(high), low: Price(low), close: Price(close), volume: Quantity(volume))
}

func ticker(_ seconds: Int, last: Int = 100, symbol: Symbol = bitcoin) -> Ticker {
    Ticker(
        symbol: symbol, venue: .simulated, bid: Price(last - 1), bidQuantity: Quantity(1), ask: Price(last + 1),
        askQuantity: Quantity(2),
        last: Price(last), eventTime: newYear + .seconds(Int64(seconds)), receivedTime: .distantPast)
}

/// A walk of `count` 1m candles from ``newYear``.
func walk(_ count: Int, seed: UInt64, symbol: Symbol = bitcoin) -> [Candle] {
    var generator = SeededGenerator(seed: seed)
    var last = 10_000
    return (0..<count).map { minute in
        let open = last
        let path = (0..<4).map { _ in max(1, open + Int.random(in: -20...20, using: &generator)) }
        last = path[3]
        return minuteCandle(
            minute, open: open, high: max(open, path.max()!), low: min(open, path.min()!), close: last,
            volume: Int.random(in: 0...50, using: &generator), symbol: symbol)
    }
}

/// A core and everything it said.
struct Bench {
    var core: FeedCore
    var directives: [FeedCore.Directive] = []
    var now = morning

    init(
        symbols: [Symbol] = [bitcoin], timeframe: Timeframe = .oneMinute, lookBack: Int = 1_000,
        staleAfter: Span? = nil, rate: Double? = nil
    ) {
        var settings = FeedCore.Settings(
            watches: symbols.map { .init(symbol: $0, venue: .simulated, sourceTimeframe: timeframe) })
        settings.lookBack = lookBack
        settings.staleAfter = staleAfter
        settings.rate = rate
        core = FeedCore(settings: settings, startedAt: morning)
    }

    @discardableResult mutating func feed(_ event: FeedCore.Event) -> [FeedCore.Directive] {
        var new: [FeedCore.Directive] = []
        core.handle(event, at: now, into: &new)
        directives += new
        return new
    }

    mutating func feed(_ candles: [Candle]) { for candle in candles { feed(.candle(candle)) } }

    var publishedCandles: [Candle] {
        directives.compactMap { if case .publishCandle(let candle) = $0 { candle } else { nil } }
    }
    func published(_ timeframe: Timeframe) -> [Candle] { publishedCandles.filter { $0.timeframe == timeframe } }
    var persistedCandles: [Candle] {
        directives.compactMap { if case .persist(let candle) = $0 { candle } else { nil } }
    }
    var publishedTickers: [Ticker] {
        directives.compactMap { if case .publishTicker(let ticker) = $0 { ticker } else { nil } }
    }
    var clocks: [MarketClock] {
        directives.compactMap { if case .publishClock(let clock) = $0 { clock } else { nil } }
    }
    var staleness: [Staleness] {
        directives.compactMap { if case .publishStaleness(let fact) = $0 { fact } else { nil } }
    }
    var reports: [FeedCore.Report] {
        directives.compactMap { if case .report(let report) = $0 { report } else { nil } }
    }
}

/// What an aggregation must give, written without regard to speed or to how the core does it.
func resample(_ candles: [Candle], to timeframe: Timeframe) -> [Candle] {
    let groups = Dictionary(grouping: candles) { timeframe.openTime(containing: $0.openTime) }
    return groups.keys.sorted().map { bucket in
        let parts = groups[bucket]!.sorted { $0.openTime < $1.openTime }
        var whole = parts[0]
        whole.timeframe = timeframe
        whole.openTime = bucket
        whole.high = parts.map(\.high).max()!
        whole.low = parts.map(\.low).min()!
        whole.close = parts.last!.close
        whole.volume = parts.reduce(.zero) { $0 + $1.volume }
        whole.missing = Int(timeframe.span.micros / parts[0].timeframe.span.micros) - parts.count
        return whole
    }
}

/// The market facts of candles, without how and when they reached us.
func facts(_ candles: [Candle]) -> [Candle] {
    candles.map {
        var candle = $0
        candle.isBackfill = false
        candle.receivedTime = .distantPast
        return candle
    }
}
