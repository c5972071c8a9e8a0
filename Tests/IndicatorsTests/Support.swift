import Indicators
import Testing
import TradingModel

/// A bar of given high, low and close that opened at its low, one minute after the one before.
func bar(_ high: Double, _ low: Double, _ close: Double, volume: Double = 1, minute: Int = 0) throws -> Bar {
    try Bar(
        openTime: MarketTime(micros: Int64(minute + 1) * 60_000_000), open: low, high: high, low: low, close: close,
        volume: volume)
}

/// Bars that stood on one price each.
func still(_ prices: [Double], volumes: [Double]? = nil) throws -> [Bar] {
    try prices.enumerated().map { try bar($1, $1, $1, volume: volumes?[$0] ?? 1, minute: $0) }
}

/// A random walk of candles; the seed is the whole difference between two of them.
///
/// Prices are on a coarse grid, so that equal values, flat stretches and equal extremes occur, and some candles have
/// no volume.
func walk(_ count: Int, seed: UInt64, around start: Double = 100) throws -> [Bar] {
    var generator = SeededGenerator(seed: seed)
    var level = start
    func grid(_ x: Double) -> Double { max((x / start * 400).rounded(), 1) / 400 * start }
    return try (0..<count).map { index in
        let open = grid(level)
        level *= 1 + (generator.uniform() - 0.5) * 0.01
        let close = grid(level)
        let high = grid(max(open, close) * (1 + generator.uniform() * 0.004))
        let low = grid(min(open, close) * (1 - generator.uniform() * 0.004))
        let volume = generator.uniform() < 0.05 ? 0 : (generator.uniform() * 1000).rounded() / 100
        return try Bar(
            openTime: MarketTime(micros: Int64(index + 1) * 60_000_000), open: open, high: max(high, open, close),
            low: min(low, open, close), close: close, volume: volume)
    }
}

func isNear(_ a: Double?, _ b: Double?, _ tolerance: Double = 1e-12) -> Bool {
    guard let a, let b else { return a == nil && b == nil }
    return abs(a - b) <= tolerance * max(abs(a), abs(b), 1)
}

/// Two series are equal where both are defined, and defined at the same places.
func areNear(_ a: [Double?], _ b: [Double?], _ tolerance: Double = 1e-12) -> Bool {
    a.count == b.count && zip(a, b).allSatisfy { isNear($0, $1, tolerance) }
}
