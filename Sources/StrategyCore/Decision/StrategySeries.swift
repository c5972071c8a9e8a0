import Indicators
import TradingModel

/// One strategy on one candle series, with what is known of the series' wholeness.
struct StrategySeries: Sendable {
    enum Outcome: Sendable {
        case taken
        /// Not newer than what was seen.
        case known
        /// A candle is missing before this one.
        case hole
        case refused(String)
    }

    private(set) var strategy: any Strategy
    let key: SeriesKey
    private(set) var last: Candle?
    private(set) var origin = StrategyCore.Origin(session: "", sequence: 0)
    /// Candles since the warm-up began in which source candles were missing.
    private(set) var gaps = 0
    /// The last candle's signals have not been weighed yet.
    private(set) var isFresh = false

    init(strategy: any Strategy, key: SeriesKey) {
        self.strategy = strategy
        self.key = key
    }

    /// Starts anew from a look-back. A hole inside it starts the warm-up anew as well.
    mutating func reload(_ candles: [Candle], _ origin: StrategyCore.Origin) {
        let newest = last
        restart()
        for candle in candles { _ = advance(candle, origin, bridging: true) }
        // A look-back is history: only a candle that was not seen before may still be acted on.
        if let newest, let last, last.openTime <= newest.openTime { isFresh = false }
    }

    /// Takes the next closed candle.
    mutating func take(_ candle: Candle, _ origin: StrategyCore.Origin) -> Outcome {
        advance(candle, origin, bridging: false)
    }

    mutating func markWeighed() { isFresh = false }

    private mutating func restart() {
        strategy = strategy.restarted()
        last = nil
        gaps = 0
        isFresh = false
    }

    private mutating func advance(_ candle: Candle, _ origin: StrategyCore.Origin, bridging: Bool) -> Outcome {
        if let last {
            guard candle.openTime > last.openTime else { return .known }
            if candle.openTime != last.openTime + key.timeframe.span {
                guard bridging else { return .hole }
                restart()
            }
        }
        do {
            try strategy.onCandle(try Bar(candle))
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
