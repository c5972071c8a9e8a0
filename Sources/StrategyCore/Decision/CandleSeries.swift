import Indicators
import TradingModel

/// One candle series: the strategies that read it, its regime, and what is known of its wholeness.
struct CandleSeries: Sendable {
    enum Outcome: Sendable {
        case taken
        /// Not newer than what was seen.
        case known
        /// A candle is missing before this one.
        case hole
        case refused(String)
    }

    let key: SeriesKey
    private(set) var strategies: [any Strategy] = []
    private(set) var regime = RegimeDetector()
    private(set) var last: Candle?
    private(set) var origin = StrategyCore.Origin(session: "", sequence: 0)
    /// Candles since the warm-up began in which source candles were missing.
    private(set) var gaps = 0
    /// The last candle's signals have not been weighed yet.
    private(set) var isFresh = false

    init(key: SeriesKey) { self.key = key }

    /// Candles to load at start.
    var load: Int { min(1_000, max(RegimeDetector.load, strategies.map(\.load).max() ?? 0)) }

    mutating func add(_ strategy: any Strategy) { strategies.append(strategy) }
    mutating func markWeighed() { isFresh = false }

    /// Starts anew from a look-back, oldest first. A hole inside it starts the warm-up anew as well.
    mutating func reload(_ candles: [Candle], _ origin: StrategyCore.Origin) -> String? {
        let newest = last
        restart()
        var refusal: String?
        for candle in candles {
            if let last, candle.openTime > last.openTime + key.timeframe.span { restart() }
            if case .refused(let sentence) = advance(candle, origin) { refusal = sentence }
        }
        // A look-back is history: only a candle that was not seen before may still be acted on.
        if let newest, let last, last.openTime <= newest.openTime { isFresh = false }
        return refusal
    }

    /// Takes the next closed candle.
    mutating func take(_ candle: Candle, _ origin: StrategyCore.Origin) -> Outcome {
        if let last, candle.openTime > last.openTime + key.timeframe.span { return .hole }
        return advance(candle, origin)
    }

    private mutating func restart() {
        for index in strategies.indices { strategies[index] = restarted(strategies[index]) }
        regime = RegimeDetector()
        last = nil
        gaps = 0
        isFresh = false
    }

    private func restarted(_ strategy: any Strategy) -> any Strategy { strategy.restarted() }

    private mutating func advance(_ candle: Candle, _ origin: StrategyCore.Origin) -> Outcome {
        if let last, candle.openTime <= last.openTime { return .known }
        do throws(BarError) {
            let bar = try Bar(candle)
            try regime.onCandle(bar)
            for index in strategies.indices { try strategies[index].onCandle(bar) }
        } catch {
            return .refused("candle \(key) of \(candle.openTime) was not used: \(error)")
        }
        if candle.missing > 0 { gaps += 1 }
        last = candle
        self.origin = origin
        isFresh = true
        return .taken
    }
}
