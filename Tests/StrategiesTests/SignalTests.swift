import Indicators
import StrategyCore
import Testing
import TradingModel

struct `the collision rule` {
    @Test(arguments: 0..<16)
    func `gives each of the sixteen cases as the rule says`(bits: Int) {
        var conditions = StrategyConditions()
        conditions.enterLong = bits & 1 != 0
        conditions.exitLong = bits & 2 != 0
        conditions.enterShort = bits & 4 != 0
        conditions.exitShort = bits & 8 != 0
        let actions = conditions.actions
        #expect(actions.contains(.exitLong) == conditions.exitLong)
        #expect(actions.contains(.exitShort) == conditions.exitShort)
        #expect(actions.contains(.enterLong) == (conditions.enterLong && !conditions.exitLong))
        #expect(actions.contains(.enterShort) == (conditions.enterShort && !conditions.exitShort))
        let afterExits = actions.drop { $0.isExit }
        #expect(!afterExits.contains { $0.isExit })
    }

    @Test func `lets a turn through: the exit of one side, then the entry of the other`() {
        var conditions = StrategyConditions()
        conditions.enterLong = true
        conditions.exitShort = true
        #expect(conditions.actions == [.exitShort, .enterLong])
    }
}

struct `the confidence of an entry` {
    static let scales = StrategyCatalog.all.map { $0.strengthScale }

    @Test(arguments: scales)
    func `is a half at the bare threshold, never falls, and stays within a half and one`(scale: Double) {
        #expect(Confidence.of(strength: 0, scale: scale) == 0.5)
        #expect(Confidence.of(strength: -1e-17, scale: scale) == 0.5)
        #expect(Confidence.of(strength: scale, scale: scale) == 0.75)
        var before = 0.5
        var s = 1e-300
        while s < 1e300 {
            let now = Confidence.of(strength: s, scale: scale)
            #expect(now >= before && now <= 1 && now.isFinite)
            before = now
            s *= 1.7
        }
        #expect(Confidence.of(strength: .greatestFiniteMagnitude, scale: scale) == 1)
        #expect(Confidence.of(strength: .leastNonzeroMagnitude, scale: scale) == 0.5)
        #expect(Confidence.of(strength: .infinity, scale: scale) == 1)
        #expect(Confidence.of(strength: .nan, scale: scale) == 0.5)
    }

    @Test func `is one where the distance is measured in deviations of zero`() throws {
        var strategy = try VolatilitySystem.make()
        for minute in 0..<20 { try strategy.onCandle(.still(at: 50, minute: minute)) }
        try strategy.onCandle(.still(at: 51, minute: 20))
        let entry = try #require(strategy.signals(at: .distantPast).first { $0.action == .enterLong })
        #expect(entry.confidence == 1)
        // The range of the candle that moved is the only one, and it gives a stop below it.
        #expect(entry.levels?.stopLoss ?? .nan < 51)
    }
}

struct `suggested levels` {
    private func levels(
        _ side: PositionSide, close: Double, range: Double?, _ given: [String: Double] = [:]
    ) throws -> ProtectiveLevels? {
        let values = try Momentum.make(given).values
        return ProtectiveLevels.suggest(side, close: close, averageTrueRange: range, parameters: values)
    }

    @Test func `are two ranges behind and three ahead of the close`() throws {
        let long = try levels(.long, close: 100, range: 2)
        #expect(long?.stopLoss == 96 && long?.takeProfit == 106)
        let short = try levels(.short, close: 100, range: 2)
        #expect(short?.stopLoss == 104 && short?.takeProfit == 94)
        let wide = try levels(.long, close: 100, range: 2, ["stop_atr": 5, "target_atr": 10])
        #expect(wide?.stopLoss == 90 && wide?.takeProfit == 120)
    }

    @Test func `are absent where no honest level exists`() throws {
        #expect(try levels(.long, close: 100, range: nil) == nil)
        #expect(try levels(.long, close: 100, range: 0) == nil)
        #expect(try levels(.long, close: 1, range: 0.5) == nil)
        #expect(try levels(.short, close: 1, range: 0.4) == nil)
    }
}

struct `volatility system` {
    @Test func `marks an entry as fresh only where it did not hold one candle before`() throws {
        // A low hurdle, so that an entry often holds on several candles in a row.
        var strategy = try VolatilitySystem.make(["factor": 0.5])
        var wasLong = false
        var wasShort = false
        var (fresh, stale) = (0, 0)
        for bar in try walk(8_000, seed: 41) {
            try strategy.onCandle(bar)
            guard let conditions = strategy.state.latest else { continue }
            #expect(conditions.isFreshLong == (conditions.enterLong && !wasLong))
            #expect(conditions.isFreshShort == (conditions.enterShort && !wasShort))
            fresh += conditions.isFreshLong ? 1 : 0
            stale += conditions.enterLong && !conditions.isFreshLong ? 1 : 0
            (wasLong, wasShort) = (conditions.enterLong, conditions.enterShort)
        }
        #expect(fresh > 20 && stale > 0, "fresh \(fresh), stale \(stale)")
    }

    @Test func `takes half of the size with each of its two entries, or all of it with one`() throws {
        for (entries, share) in [(2.0, 0.5), (1.0, 1.0)] {
            var strategy = try VolatilitySystem.make(["max_entries": entries])
            for minute in 0..<20 { try strategy.onCandle(.still(at: 50 + Double(minute % 2), minute: minute)) }
            try strategy.onCandle(.still(at: 60, minute: 20))
            let entry = try #require(strategy.signals(at: .distantPast).first { $0.action == .enterLong })
            #expect(entry.entryShare == share && entry.isFresh)
        }
    }
}

struct `scalping without a golden file` {
    private func book(_ bid: Int, _ ask: Int, at time: MarketTime) -> OrderBook {
        var book = OrderBook()
        book.bids = [BookLevel(price: Price(100_000), quantity: Quantity(bid))]
        book.asks = [BookLevel(price: Price(100_001), quantity: Quantity(ask))]
        book.eventTime = time
        return book
    }

    @Test func `needs a book to enter and lets it age`() throws {
        var strategy = try Scalping.make()
        let now = MarketTime(micros: 1_000_000_000_000)
        for minute in 0..<30 { try strategy.onCandle(.still(at: 100 + Double(minute), minute: minute)) }
        #expect(strategy.signals(at: now).map(\.action) == [.exitShort])
        strategy.onBook(book(9, 1, at: now))
        #expect(strategy.signals(at: now).map(\.action) == [.exitShort, .enterLong])
        #expect(strategy.signals(at: now + .milliseconds(2_000)).map(\.action) == [.exitShort, .enterLong])
        #expect(strategy.signals(at: now + .milliseconds(2_001)).map(\.action) == [.exitShort])
        let weak = try #require(strategy.signals(at: now).last)
        strategy.onBook(book(99, 1, at: now))
        let strong = try #require(strategy.signals(at: now).last)
        #expect(strong.confidence > weak.confidence)
    }

    @Test func `does not enter after a candle without volume`() throws {
        var strategy = try Scalping.make()
        for minute in 0..<30 {
            try strategy.onCandle(.still(at: 100 + Double(minute), minute: minute, volume: minute == 29 ? 0 : 1))
        }
        strategy.onBook(book(9, 1, at: .distantPast))
        #expect(strategy.signals(at: .distantPast).map(\.action) == [.exitShort])
    }
}
