import Testing
import TradingModel

@testable import RiskCore

private func points(_ closes: [Double], from index: Int = 0) -> ReturnSeries {
    ReturnSeries(
        closes.enumerated().map {
            ClosePoint(time: MarketTime(micros: Int64($0.offset + index + 1) * 3_600_000_000), close: $0.element)
        })
}

private func holding(_ symbol: Symbol, weight: Double, lossAtStop: Double = 0) -> ValueAtRisk.Holding {
    var holding = ValueAtRisk.Holding(symbol, side: .long, quantity: .zero, price: .zero, stop: .zero, equity: .zero)
    holding.weight = weight
    holding.lossAtStop = lossAtStop
    return holding
}

private func rules(_ change: (inout ValueAtRiskRules) -> Void = { _ in }) -> ValueAtRiskRules {
    var rules = ValueAtRiskRules()
    rules.horizonCandles = 1
    rules.minimumReturns = 20
    change(&rules)
    return rules
}

@Suite struct PortfolioRiskTests {
    /// Losses of 1 %, 2 %, … 100 % of what is there, in some order: quantiles can be read off.
    private var hundred: ReturnSeries {
        var closes = [1_000_000.0]
        for percent in 1...99 { closes.append(closes[percent - 1] * (1 - Double((percent * 37) % 100) / 1_000)) }
        return points(closes)
    }

    @Test func `the historical figure is the quantile of the losses, the tail their mean`() {
        // 99 losses of 0.1 % … 9.9 %: 95 % of 99 is 94.05, so the 95th smallest, 9.5 %; the tail is 9.5 … 9.9.
        let figures = ValueAtRisk.of([holding(bitcoin, weight: 1)], rules: rules(), returns: [bitcoin: hundred])
        #expect(figures.returns == 99)
        #expect(abs(figures.historical - 0.095) < 1e-9)
        #expect(abs(figures.historicalTail - 0.097) < 1e-9)
        let scaled = ValueAtRisk.of(
            [holding(bitcoin, weight: 0.5)], rules: rules { $0.horizonCandles = 4 }, returns: [bitcoin: hundred])
        #expect(abs(scaled.historical - 0.095) < 1e-9, "half the weight over four times the time")
    }

    @Test func `the parametric figure is the deviation times the quantile`() {
        let alternating = points((0..<101).map { $0 % 2 == 0 ? 100 : 101 })
        let up = 0.01
        let down = 1 / 101.0
        let deviation = ((up * up + down * down) / 2).squareRoot()
        let figures = ValueAtRisk.of(
            [holding(bitcoin, weight: 2)], rules: rules { $0.confidence = .ninetyNine },
            returns: [bitcoin: alternating])
        #expect(abs(figures.parametric - 2 * deviation * 2.3263478740408408) < 1e-12)
        #expect(abs(figures.parametricTail - 2 * deviation * 2.665214220345806) < 1e-12)
        #expect(figures.loss >= ratio("0.0462"))
    }

    @Test func `a hedge takes the loss away, a second symbol that moves alike adds to it`() {
        let both = [bitcoin: hundred, ether: hundred]
        let hedged = ValueAtRisk.of(
            [holding(bitcoin, weight: 1), holding(ether, weight: -1)], rules: rules(), returns: both)
        #expect(hedged.loss.isZero && hedged.tailLoss.isZero)
        let double = ValueAtRisk.of(
            [holding(bitcoin, weight: 1), holding(ether, weight: 1)], rules: rules(), returns: both)
        #expect(abs(double.historical - 0.19) < 1e-9)
    }

    @Test func `without enough history a position counts with the loss at its stop`() {
        let returns = [bitcoin: hundred, ether: points([1, 2, 3])]
        let figures = ValueAtRisk.of(
            [holding(bitcoin, weight: 1), holding(ether, weight: 3, lossAtStop: 0.04)], rules: rules(), returns: returns
        )
        #expect(figures.unmeasured == [ether])
        #expect(abs(figures.historical - 0.135) < 1e-9)
        #expect(abs(figures.parametric - figures.parametricTail) > 0.001)
        let none = ValueAtRisk.of([holding(ether, weight: 3, lossAtStop: 0.04)], rules: rules(), returns: returns)
        #expect(none.loss == ratio("0.04") && none.returns == 0)
    }

    @Test func `series are compared over the candles they share`() {
        let a = points([1, 2, 1, 2, 1, 2, 1, 2], from: 3)
        let b = points([9, 9, 9, 1, 2, 1, 2, 1, 2, 1, 2])
        #expect(Correlation.of(a, b, minimum: 5) == 1)
        #expect(Correlation.of(a, b, minimum: 8) == nil, "only seven returns are shared")
        #expect(Correlation.of(a, points(Array(repeating: 5, count: 11)), minimum: 5) == nil, "one does not move")
        #expect(Correlation.of(a, ReturnSeries(), minimum: 1) == nil)
    }

    private func world(_ change: (inout RiskLimits) -> Void) throws -> World {
        let world = World(limits(change))
        for symbol in [bitcoin, ether, solana] { try world.tick("100", symbol) }
        try world.boot()
        return world
    }

    private func series(_ closes: [String], _ symbol: Symbol, _ world: World) -> [Candle] {
        let last = world.time.micros / 3_600_000_000 - 1
        return closes.enumerated().map { index, close in
            var candle = Candle()
            candle.symbol = symbol
            candle.timeframe = .oneHour
            candle.openTime = MarketTime(micros: (last - Int64(closes.count - 1 - index)) * 3_600_000_000)
            (candle.open, candle.high, candle.low, candle.close) = (
                price(close), price(close), price(close), price(close)
            )
            return candle
        }
    }

    @Test func `symbols that move together share one exposure, opposed sides do not`() throws {
        let world = try world { $0.correlatedExposure = ratio("0.2") }
        let wave = (0..<80).map { $0 % 2 == 0 ? "100" : "101" }
        let still = (0..<80).map { $0 % 4 < 2 ? "100" : "101" }
        for (symbol, closes) in [(bitcoin, wave), (ether, wave), (solana, still)] {
            try world.send(.candles(symbol, .oneHour, series(closes, symbol, world)))
        }
        #expect(try world.verdict(on: proposal("b", .enterLong, bitcoin, confidence: 0.9, at: world.time)).isApproved)
        let together = try world.verdict(on: proposal("e", .enterLong, ether, at: world.time))
        #expect(together.denial?.description == "CORRELATED_EXPOSURE_LIMIT: margin=2600 limit=2000 with=BTC/USDT")
        #expect(try world.verdict(on: proposal("s", .enterLong, solana, at: world.time)).isApproved)
        let hedge = proposal("h", .enterShort, ether, stop: "105", target: "90", at: world.time)
        #expect(try world.verdict(on: hedge).isApproved)
    }

    @Test func `what nobody has measured counts as moving together`() throws {
        let world = try world { $0.correlatedExposure = ratio("0.2") }
        #expect(try world.verdict(on: proposal("b", .enterLong, bitcoin, confidence: 0.9, at: world.time)).isApproved)
        #expect(
            try world.verdict(on: proposal("e", .enterLong, ether, at: world.time)).denial?.reason
                == .correlatedExposureLimit)
    }

    @Test func `value at risk limits what is opened`() throws {
        let world = try world { $0.valueAtRisk.limit = ratio("0.012") }
        // Unmeasured: 10 % of equity times 5 % to the stop is 0.5 %, twice leverage 1.
        #expect(try world.verdict(on: proposal("b", .enterLong, bitcoin, leverage: 2, at: world.time)).isApproved)
        let second = try world.verdict(on: proposal("e", .enterLong, ether, at: world.time))
        #expect(
            second.denial?.description
                == "VALUE_AT_RISK_LIMIT: loss=1.5% limit=1.2% confidence=95% horizon=1d unmeasured=2")
        try world.tick("100")
        #expect(world.core.state.valueAtRisk == ratio("0.01"))
    }
}
