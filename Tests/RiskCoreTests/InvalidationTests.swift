import Testing
import TradingModel

@testable import RiskCore

private func reading(_ text: String, _ timeframe: Timeframe = .fiveMinutes) -> String {
    do throws(InvalidationError) {
        return try Invalidation(parsing: text, timeframe: timeframe).description
    } catch {
        return error.description
    }
}

/// A series of candles that move as `closes` says, one after the other.
private func candles(
    _ closes: [String], _ timeframe: Timeframe = .fiveMinutes, from open: MarketTime = MarketTime(micros: 0)
) -> [Candle] {
    closes.enumerated().map { index, close in
        var candle = Candle()
        candle.symbol = bitcoin
        candle.timeframe = timeframe
        candle.openTime = MarketTime(micros: open.micros + Int64(index + 1) * timeframe.span.micros)
        (candle.open, candle.high, candle.low, candle.close) = (price(close), price(close), price(close), price(close))
        candle.volume = quantity("1")
        return candle
    }
}

@Suite struct InvalidationTests {
    @Test(arguments: [
        ("close below 98.5", "close 5m below 98.5"),
        ("close 1h below 101000", "close 1h below 101000"),
        ("4h ADX < 25", "ADX(14) 4h below 25"),
        ("ADX < 25", "ADX(14) 5m below 25"),
        ("RSI(14) 15m > 70 and funding > 0.05%", "RSI(14) 15m above 70 and funding above 0.05%"),
        ("rsi(7) >= 70 OR Close <= ema(50) 1H", "RSI(7) 5m >= 70 or close 5m <= EMA(50) 1h"),
        ("not ADX < 25", "not (ADX(14) 5m below 25)"),
        (
            "not (close < 1 or close > 2) and volume ≥ 3",
            "not (close 5m below 1 or close 5m above 2) and volume 5m >= 3"
        ),
        ("(close < 1)", "close 5m below 1"),
        ("close < 1 and (close < 2 and close < 3)", "close 5m below 1 and (close 5m below 2 and close 5m below 3)"),
        ("close < 1 or close < 2 and close < 3", "close 5m below 1 or close 5m below 2 and close 5m below 3"),
        ("(close < 1 or close < 2) and close < 3", "(close 5m below 1 or close 5m below 2) and close 5m below 3"),
        ("101000 > close", "101000 above close 5m"),
        ("funding < -0.01%", "funding below -0.01%"),
        ("WILLIAMS_R < -80", "WILLIAMS_R(14) 5m below -80"),
        ("close < SMA(200)", "close 5m below SMA(200) 5m"),
    ])
    func `a condition is understood and written back whole`(text: String, canonical: String) throws {
        #expect(reading(text) == canonical)
        let condition = try Invalidation(parsing: text, timeframe: .fiveMinutes)
        #expect(try Invalidation(parsing: condition.description, timeframe: .fourHours) == condition)
    }

    @Test(arguments: [
        ("", "at 1: a measure such as close or RSI(14), or a number, was expected, not the end"),
        ("close below", "at 12: a measure such as close or RSI(14), or a number, was expected, not the end"),
        ("close beneath 5", "at 7: a comparison (<, <=, >, >=, below, above) was expected, not \"beneath\""),
        ("close 2h below 5", "at 7: \"2h\" is neither a number nor a timeframe (1m, 3m, 5m, 15m, 30m, 1h, 4h)"),
        ("close below -5", "at 13: close is never that low"),
        ("close below 1e9x", "at 13: \"1e9x\" is neither a number nor a timeframe (1m, 3m, 5m, 15m, 30m, 1h, 4h)"),
        ("close below 101,000", "at 13: \"101,000\" has a comma: write 101000, with a point before decimals"),
        ("close 5m below 5 now", "at 18: \"and\", \"or\" or the end was expected, not \"now\""),
        ("1h close 5m < 3", "at 10: close has two timeframes"),
        ("price < 3", "at 1: \"price\" is not known: say close: conditions are asked of closed candles"),
        ("1 < 2", "at 1: both sides are numbers: nothing is measured"),
        ("RSI < close", "at 7: close is a price, RSI is an index: they do not compare"),
        ("RSI > 7000", "at 7: RSI is between 0 and 100: this never or always holds"),
        ("RSI > 70%", "at 7: a percentage compares with funding only, not with RSI"),
        ("funding 1h > 0.1%", "at 1: funding has no timeframe"),
        ("(close < 1", "at 11: the \")\" for the \"(\" at 1 was expected, not the end"),
        ("close == 5", "at 7: measured numbers are compared with <, <=, >, >=, below or above"),
        ("close < $5", "at 9: \"$\" has no meaning here: see docs/invalidation.md"),
        ("RSI(1) < 5", "at 5: a period from 2 to 250 was expected, not \"1\""),
        ("RSI(14.5) < 5", "at 5: a period from 2 to 250 was expected, not \"14.5\""),
        ("close(3) < 5", "at 6: close takes no period"),
        ("4h < 5", "at 4: what is measured on 4h candles was expected, not \"<\""),
        ("close < 5 and", "at 14: a measure such as close or RSI(14), or a number, was expected, not the end"),
    ])
    func `anything else is refused with its place`(text: String, error: String) {
        #expect(reading(text) == error)
    }

    @Test func `length, depth and number of comparisons are bounded`() {
        #expect(reading(String(repeating: "(", count: 17) + "close < 1") == "at 17: it nests deeper than 16")
        #expect(
            reading(Array(repeating: "close < 1", count: 17).joined(separator: " or "))
                == "at 209: a condition has at most 16 comparisons")
        #expect(reading(String(repeating: " ", count: 501)) == "at 501: a condition has at most 500 characters")
    }

    @Test(arguments: [21, 22, 23] as [UInt64])
    func `no text traps and what parses reads back the same`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let words = [
            "close", "RSI", "(14)", "ADX", "4h", "15m", "<", ">", "<=", "below", "above", "and", "or", "not", "(", ")",
            "25", "0.05", "%", "funding", "-", "1", "volume", "EMA(50)", "é", ",", "1h",
        ]
        var parsed = 0
        for _ in 0..<20_000 {
            let text = (0..<Int.random(in: 1...9, using: &random)).map { _ in words.randomElement(using: &random)! }
                .joined(separator: " ")
            guard let condition = try? Invalidation(parsing: text, timeframe: .oneHour) else { continue }
            parsed += 1
            let again = try Invalidation(parsing: condition.description, timeframe: .oneMinute)
            #expect(again == condition, "seed \(seed): \(text) became \(condition)")
        }
        #expect(parsed > 20, "seed \(seed)")
    }

    @Test func `closes compare as decimals, strictly`() throws {
        var watch = InvalidationWatch(try Invalidation(parsing: "close below 0.3", timeframe: .fiveMinutes))
        let series = candles(["0.3", "0.299999999999", "0.300000000001"])
        let answers = series.map { candle in
            watch.take(candle)
            return watch.holds(at: candle.closeTime, funding: nil)
        }
        #expect(answers == [false, true, false])
    }

    @Test func `an indicator is unknown until it is warm, and again after a hole`() throws {
        var watch = InvalidationWatch(try Invalidation(parsing: "SMA(3) above 10", timeframe: .fiveMinutes))
        let series = candles(["11", "11", "11", "11", "11", "11", "11", "11"])
        func answer(_ candle: Candle) -> Bool? {
            watch.take(candle)
            return watch.holds(at: candle.closeTime, funding: nil)
        }
        #expect(series[0..<3].map(answer) == [nil, nil, true])
        #expect(watch.unmeasured(funding: nil).isEmpty)
        // The fourth candle is missing: the average over a hole would be of another series.
        #expect(series[4..<7].map(answer) == [nil, nil, true])
        #expect(answer(series[2]) == nil, "an old candle changes nothing, and nothing is known of its time")
    }

    @Test func `a condition over two timeframes waits for both candles of a moment`() throws {
        let condition = try Invalidation(parsing: "close 1h below 100 and close 15m below 100", timeframe: .fiveMinutes)
        #expect(condition.timeframes == [.oneHour, .fifteenMinutes])
        var watch = InvalidationWatch(condition)
        for candle in candles(["99"], .oneHour) { watch.take(candle) }
        let quarters = candles(
            ["99", "99", "99", "99"], .fifteenMinutes, from: MarketTime(micros: 7_200_000_000 - 900_000_000))
        watch.take(quarters[0])
        #expect(watch.holds(at: quarters[0].closeTime, funding: nil) == true)
        for quarter in quarters[1...] { watch.take(quarter) }
        // At three o'clock the quarter has closed and the hour not yet arrived.
        #expect(watch.holds(at: quarters[3].closeTime, funding: nil) == nil)
        for candle in candles(["99", "101"], .oneHour) { watch.take(candle) }
        #expect(watch.holds(at: quarters[3].closeTime, funding: nil) == false)
    }

    @Test func `what is unknown matters only where the known does not decide`() throws {
        func holds(_ text: String) throws -> Bool? {
            var watch = InvalidationWatch(try Invalidation(parsing: text, timeframe: .fiveMinutes))
            let candle = candles(["50"])[0]
            watch.take(candle)
            return watch.holds(at: candle.closeTime, funding: nil)
        }
        #expect(try holds("close < 100 or RSI > 70") == true)
        #expect(try holds("close > 100 and RSI > 70") == false)
        #expect(try holds("close < 100 and RSI > 70") == nil)
        #expect(try holds("close > 100 or RSI > 70") == nil)
        #expect(try holds("not RSI > 70") == nil)
        #expect(try holds("close < 100 and not (close > 100 and funding > 0)") == true)
    }

    @Test func `the funding rate compares as a share`() throws {
        let condition = try Invalidation(parsing: "funding > 0.05%", timeframe: .fiveMinutes)
        #expect(condition.timeframes == [.fiveMinutes])
        var rate = FundingRate()
        rate.rate = ratio("0.0005")
        #expect(InvalidationWatch(condition).holds(at: start, funding: rate) == false)
        rate.rate = ratio("0.000500000001")
        #expect(InvalidationWatch(condition).holds(at: start, funding: rate) == true)
    }
}

@Suite struct InvalidationInTheCoreTests {
    private func world(_ change: (inout RiskLimits) -> Void = { _ in }) throws -> World {
        let world = World(limits(change))
        try world.tick("100")
        try world.boot()
        return world
    }

    private func hourly(_ count: Int, _ world: World, close: String = "100") -> [Candle] {
        let last = world.time.micros / 3_600_000_000 * 3_600_000_000
        return candles(
            Array(repeating: close, count: count), .oneHour,
            from: MarketTime(micros: last - Int64(count + 1) * 3_600_000_000))
    }

    private func idea(_ text: String, _ world: World) -> Proposal {
        var idea = proposal(at: world.time)
        idea.invalidation = text
        return idea
    }

    @Test func `an indicator that is not warm refuses the entry, look-back admits it`() throws {
        let world = try world()
        let cold = try world.verdict(on: idea("RSI(14) 1h > 70", world))
        #expect(cold.denial?.description == "INVALIDATION_NOT_READY: unmeasured=\"RSI(14) 1h\"")
        try world.send(.candles(bitcoin, .oneHour, hourly(40, world)))
        var second = idea("RSI(14) 1h > 70", world)
        second.id = "p2"
        #expect(try world.verdict(on: second).isApproved)
        #expect(world.store.plan("p2")?.invalidation == "RSI(14) 1h above 70")
    }

    @Test func `a text that cannot be read is marked where the configuration says so`() throws {
        let world = try world { $0.isUnreadableInvalidationRefused = false }
        #expect(try world.verdict(on: idea("the trend is over", world)).isApproved)
        #expect(world.store.plan("p1")?.invalidation == "the trend is over")
        #expect(
            world.core.impediment
                == "the invalidation of the position in BTC/USDT cannot be read: it is guarded without it")
        #expect(world.log.contains { $0.hasPrefix("warning: the invalidation \"the trend is over\"") })
        try world.tick("100")
        try world.boot()
        #expect(world.core.impediment?.hasPrefix("the invalidation of the position") == true)
        try world.tick("94")
        #expect(world.exits.map(\.request.exitReason) == [.stopLoss])
    }

    @Test func `a condition is judged on the candles of its own timeframe, over a restart too`() throws {
        let world = try world()
        try world.send(.candles(bitcoin, .oneHour, hourly(40, world)))
        _ = try world.verdict(on: idea("SMA(3) 1h below 99", world))
        try world.tick("100")
        let opened = world.time
        // Three hours pass while risk is down: their candles are in feed's look-back.
        try world.tick("98", after: .hours(3))
        try world.boot()
        #expect(world.exits.isEmpty)
        try world.send(.candles(bitcoin, .oneHour, hourly(40, world, close: "98")))
        #expect(world.exits.map(\.request.exitReason) == [.invalidation])
        #expect(world.log.contains { $0.contains("was invalidated by the candle that closed at") }, "opened \(opened)")
    }

    @Test func `an idea is not invalidated by a candle that closed before it was open`() throws {
        let world = try world()
        try world.send(.candles(bitcoin, .oneHour, hourly(40, world, close: "98")))
        _ = try world.verdict(on: idea("SMA(3) 1h below 99", world))
        try world.tick("100")
        try world.boot()
        try world.send(.candles(bitcoin, .oneHour, hourly(40, world, close: "98")))
        #expect(world.exits.isEmpty)
    }
}
