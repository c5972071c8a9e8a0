import Testing
import TradingModel

@testable import RiskCore

/// What the core remembers of returns against ``NaivePortfolio``, which remembers nothing, to the last bit.
@Suite struct PortfolioRiskModelTests {
    private static let names = (0..<6).map { Symbol("C\($0)/USDT")! }
    private static let hour: Int64 = 3_600_000_000

    /// Candles that come one by one, with holes, snapshots and symbols that stand still; after each the memories must
    /// say what the closes say.
    @Test(arguments: 1...12 as ClosedRange<UInt64>)
    func `what is remembered of returns is what the closes say, to the last bit`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var history = CandleHistory(measured: .oneHour)
        var memory = CorrelationMemory()
        var closes: [Symbol: NaivePortfolio.Closes] = [:]
        var rules = ValueAtRiskRules()
        rules.minimumReturns = Int(3 + random.next() % 20)
        rules.confidence = ValueAtRiskRules.Confidence.allCases[Int(random.next() % 4)]
        rules.horizonCandles = Int(1 + random.next() % 48)
        var hours: [Symbol: Int64] = [:]
        var (agreed, measured) = (0, 0)
        for step in 0..<1_200 {
            let symbol = Self.names[Int(random.next() % 6)]
            // Some begin later, one does not move, and now and then one misses a candle.
            if random.next() % 150 == 0 { hours[symbol, default: 0] += 1 + Int64(random.next() % 3) }
            let at = hours[symbol, default: Int64(random.next() % 5)]
            hours[symbol] = at + 1
            var candle = Candle()
            candle.symbol = symbol
            candle.timeframe = .oneHour
            candle.openTime = MarketTime(micros: at * Self.hour)
            candle.close = Price(
                raw: (symbol == Self.names[5] ? 1_000 : Int128(900 + random.next() % 200)) * 1_000_000_000)
            let last = closes[symbol]?.last?.time
            if let last, last != at * Self.hour { closes[symbol] = [] }
            closes[symbol, default: []].append((candle.closeTime.micros, candle.close.double))
            let isNew = history.take(candle)
            #expect(isNew)
            guard step % 3 == 0 else { continue }
            let (a, b) = (Self.names[Int(random.next() % 6)], Self.names[Int(random.next() % 6)])
            let naive = NaivePortfolio.correlation(closes[a] ?? [], closes[b] ?? [], minimum: rules.minimumReturns)
            let ours = memory.coefficient(a, b, in: history.returns, minimum: rules.minimumReturns)
            guard ours?.bitPattern == naive?.bitPattern else {
                Issue.record("seed \(seed) step \(step): \(a) with \(b) is \(ours ?? .nan), naively \(naive ?? .nan)")
                return
            }
            if naive != nil { agreed += 1 }
            let positions = Self.names.filter { _ in random.next() % 2 == 0 }.map { symbol in
                (symbol, Double.random(in: -2...2, using: &random), Double.random(in: 0...0.1, using: &random))
            }
            let figures = ValueAtRisk.of(positions.map(holding), rules: rules, returns: history.returns)
            let expected = NaivePortfolio.figures(
                positions.map { ($0.1, $0.2, closes[$0.0] ?? []) }, minimumReturns: rules.minimumReturns,
                horizon: rules.horizonCandles, confidence: rules.confidence)
            let found = [figures.historical, figures.historicalTail, figures.parametric, figures.parametricTail]
            guard found.map(\.bitPattern) == expected.map(\.bitPattern) else {
                Issue.record("seed \(seed) step \(step): \(found), naively \(expected)")
                return
            }
            if figures.returns > 0 { measured += 1 }
        }
        #expect(
            agreed > 50 && measured > 50, "seed \(seed): \(agreed) correlations and \(measured) portfolios were known")
    }

    private func holding(_ symbol: Symbol, _ weight: Double, _ lossAtStop: Double) -> ValueAtRisk.Holding {
        var holding = ValueAtRisk.Holding(
            symbol, side: .long, quantity: .zero, price: .zero, stop: .zero, equity: .zero)
        holding.weight = weight
        holding.lossAtStop = lossAtStop
        return holding
    }

    @Test func `a snapshot of the candles makes the returns anew`() {
        var history = CandleHistory(measured: .oneHour)
        var memory = CorrelationMemory()
        func candles(_ symbol: Symbol, _ closes: [Int128]) -> [Candle] {
            closes.enumerated().map {
                var candle = Candle()
                candle.symbol = symbol
                candle.timeframe = .oneHour
                candle.openTime = MarketTime(micros: Int64($0.offset) * Self.hour)
                candle.close = Price(raw: $0.element * 1_000_000_000_000)
                return candle
            }
        }
        history.merge(candles(bitcoin, [1, 2, 1, 2, 1]), bitcoin, .oneHour)
        history.merge(candles(ether, [1, 2, 1, 2, 1]), ether, .oneHour)
        let alike = memory.coefficient(bitcoin, ether, in: history.returns, minimum: 2)
        #expect(alike == 1)
        history.clear()
        history.merge(candles(bitcoin, [2, 1, 2, 1, 2]), bitcoin, .oneHour)
        history.merge(candles(ether, [1, 2, 1, 2, 1]), ether, .oneHour)
        let opposed = memory.coefficient(bitcoin, ether, in: history.returns, minimum: 2)
        #expect(opposed.map { $0 < -0.9 } ?? false)
        let unknown = memory.coefficient(solana, ether, in: history.returns, minimum: 2)
        #expect(unknown == nil)
    }
}
