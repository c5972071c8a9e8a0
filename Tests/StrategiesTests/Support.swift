import Indicators
import TradingModel

extension Bar {
    /// A candle that stood on one price.
    static func still(at price: Double, minute: Int, volume: Double = 1) throws -> Bar {
        try Bar(
            openTime: MarketTime(micros: Int64(minute + 1) * 60_000_000), open: price, high: price, low: price,
            close: price, volume: volume)
    }
}

/// A random walk of candles around 100; the seed is the whole difference between two of them.
func walk(_ count: Int, seed: UInt64, step: Double = 1) throws -> [Bar] {
    var generator = SeededGenerator(seed: seed)
    var bars: [Bar] = []
    var close = 100.0
    for index in 0..<count {
        let open = close
        // Drawn back toward 100 so that the mirrored walk stays positive too.
        let leap = generator.uniform() < 0.02 ? 5.0 : 1
        close += step * leap * (generator.uniform() - 0.5) * 4 + (100 - close) * 0.02
        let high = max(open, close) + step * generator.uniform()
        let low = min(open, close) - step * generator.uniform()
        let isDead = generator.uniform() < 0.03
        bars.append(
            try Bar(
                openTime: MarketTime(micros: Int64(index + 1) * 60_000_000), open: open, high: high, low: low,
                close: close, volume: isDead ? 0 : 1 + 10 * generator.uniform()))
    }
    return bars
}
