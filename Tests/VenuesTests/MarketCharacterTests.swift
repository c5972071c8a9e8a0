import Indicators
import Testing
import TradingModel

@testable import Venues

/// What real markets show and a random walk does not. Figures of real candles in brackets (BTC 1m 2025, XRP 1m 2025).
@Suite("Character of the simulated market")
struct MarketCharacterTests {
    static let days = 8
    static let runs: [[Symbol: [Candle]]] = (1...3).map { seed in
        // Twelve seconds between tickers: the process is the same, and this is quick.
        var sample = market(seed: UInt64(seed), interval: .seconds(12))
        let events = sample.run(minutes: days * 1_440)
        return Dictionary(uniqueKeysWithValues: fiveSymbols.map { ($0, events.candles($0)) })
    }

    @Test(
        "Volatility comes in clusters: large moves follow large ones [0.3, 0.16 after an hour], while moves themselves do not repeat"
    )
    func clusters() {
        for (seed, run) in zip(1..., Self.runs) {
            for symbol in fiveSymbols {
                let moves = returns(run[symbol]!)
                let sizes = moves.map(\.magnitude)
                #expect(correlation(Array(sizes.dropLast()), Array(sizes.dropFirst())) > 0.1, "seed \(seed) \(symbol)")
                #expect(
                    correlation(Array(sizes.dropLast(60)), Array(sizes.dropFirst(60))) > 0.03, "seed \(seed) \(symbol)")
                #expect(
                    abs(correlation(Array(moves.dropLast()), Array(moves.dropFirst()))) < 0.06, "seed \(seed) \(symbol)"
                )
            }
        }
    }

    @Test(
        "There are jumps: moves of six deviations, which a normal variable never shows, and a kurtosis above 5 [13 to 42]"
    )
    func jumps() {
        for (seed, run) in zip(1..., Self.runs) {
            for symbol in fiveSymbols {
                let moves = returns(run[symbol]!)
                let variance = moves.reduce(0) { $0 + $1 * $1 } / Double(moves.count)
                let kurtosis = moves.reduce(0) { $0 + $1 * $1 * $1 * $1 } / Double(moves.count) / (variance * variance)
                #expect(kurtosis > 5 && kurtosis < 300, "seed \(seed) \(symbol): \(kurtosis)")
                #expect(moves.contains { $0.magnitude > 6 * variance.squareRoot() }, "seed \(seed) \(symbol)")
            }
        }
    }

    @Test("Symbols move together, and not as one")
    func correlated() {
        for (seed, run) in zip(1..., Self.runs) {
            let moves = fiveSymbols.map { returns(run[$0]!) }
            for a in 0..<5 {
                for b in 0..<a {
                    let value = correlation(moves[a], moves[b])
                    #expect((0.1...0.9).contains(value), "seed \(seed) \(fiveSymbols[a]) \(fiveSymbols[b]): \(value)")
                }
            }
        }
    }

    @Test("A day's noise is that of a real coin: between 1 % and 6 % [1.7 to 5.8 %]")
    func size() {
        for (seed, run) in zip(1..., Self.runs) {
            for symbol in fiveSymbols {
                let moves = returns(run[symbol]!)
                let daily = (moves.reduce(0) { $0 + $1 * $1 } / Double(moves.count) * 1_440).squareRoot()
                #expect((0.01...0.06).contains(daily), "seed \(seed) \(symbol): \(daily)")
            }
        }
    }

    @Test("Trends are strong enough to trade on: ADX above 25 about half of the time or more, averages crossing then")
    func trends() throws {
        var entries = 0
        for (seed, run) in zip(1..., Self.runs) {
            for symbol in fiveSymbols {
                var (fast, slow, adx) = (EMA(12), EMA(26), ADX(14))
                var before: Double?
                var (trending, warm) = (0, 0)
                for bar in try quarters(run[symbol]!) {
                    let (quick, sluggish) = (fast.update(bar.close), slow.update(bar.close))
                    adx.update(bar)
                    guard let quick, let sluggish, let strength = adx.adx else { continue }
                    warm += 1
                    if strength > 25 { trending += 1 }
                    if let before, (before > 0) != (quick - sluggish > 0), strength > 25 { entries += 1 }
                    before = quick - sluggish
                }
                #expect((0.4...0.95).contains(Double(trending) / Double(warm)), "seed \(seed) \(symbol)")
            }
        }
        // About one a day and symbol; half of that is the least a demonstration needs.
        #expect(entries > 3 * 5 * Self.days / 2, "\(entries) entries")
    }

    private func quarters(_ candles: [Candle]) throws -> [Bar] {
        try stride(from: 0, to: candles.count - 14, by: 15).map { first in
            let part = candles[first..<first + 15]
            return try Bar(
                openTime: part.first!.openTime, open: part.first!.open.double, high: part.map(\.high).max()!.double,
                low: part.map(\.low).min()!.double, close: part.last!.close.double, volume: 1)
        }
    }
}
