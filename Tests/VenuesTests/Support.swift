import TradingModel

@testable import Venues

let fiveSymbols = ["BTC/USDT", "ETH/USDT", "SOL/USDT", "XRP/USDT", "DOGE/USDT"].map { Symbol($0)! }
/// 2025-01-01 00:00 UTC.
let newYear = MarketTime(micros: CivilTime.micros(year: 2025, month: 1, day: 1))

func market(
    seed: UInt64 = 1, symbols: [Symbol] = fiveSymbols, start: MarketTime = newYear, interval: Span = .seconds(2)
) -> SimulatedMarket {
    SimulatedMarket(settings(seed: seed, symbols: symbols, start: start, interval: interval))
}

func settings(
    seed: UInt64 = 1, symbols: [Symbol] = fiveSymbols, start: MarketTime = newYear, interval: Span = .seconds(2)
) -> SimulatedMarket.Settings {
    var settings = SimulatedMarket.Settings(symbols: symbols, start: start)
    settings.seed = seed
    settings.tickerInterval = interval
    return settings
}

extension SimulatedMarket {
    /// The events of the next `minutes` minutes.
    mutating func run(minutes: Int) -> [MarketEvent] {
        var events: [MarketEvent] = []
        let end = minute + .minutes(Int64(minutes))
        while nextTime <= end { appendNextEvents(to: &events) }
        return events
    }
}

extension [MarketEvent] {
    func tickers(_ symbol: Symbol) -> [Ticker] {
        compactMap { if case .ticker(let ticker) = $0, ticker.symbol == symbol { ticker } else { nil } }
    }
    func candles(_ symbol: Symbol) -> [Candle] {
        compactMap { if case .candle(let candle) = $0, candle.symbol == symbol { candle } else { nil } }
    }
}

/// Relative changes from one close to the next.
func returns(_ candles: [Candle]) -> [Double] {
    zip(candles, candles.dropFirst()).map { $1.close.double / $0.close.double - 1 }
}

func correlation(_ a: [Double], _ b: [Double]) -> Double {
    let (meanA, meanB) = (a.reduce(0, +) / Double(a.count), b.reduce(0, +) / Double(b.count))
    let covariance = zip(a, b).reduce(0) { $0 + ($1.0 - meanA) * ($1.1 - meanB) }
    let varianceA = a.reduce(0) { $0 + ($1 - meanA) * ($1 - meanA) }
    let varianceB = b.reduce(0) { $0 + ($1 - meanB) * ($1 - meanB) }
    return covariance / (varianceA * varianceB).squareRoot()
}
