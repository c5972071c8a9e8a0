import Testing
import TradingModel

@testable import FeedCore

@Suite("Candles")
struct CandleTests {
    @Test("Five minutes become one 5m and one 3m candle, each published when its last minute closes")
    func fiveMinutes() {
        var bench = Bench()
        bench.feed([
            minuteCandle(0, open: 10, high: 12, low: 9, close: 11, volume: 1),
            minuteCandle(1, open: 11, high: 15, low: 11, close: 14, volume: 2),
            minuteCandle(2, open: 14, high: 14, low: 13, close: 13, volume: 3),
            minuteCandle(3, open: 13, high: 13, low: 8, close: 9, volume: 4),
            minuteCandle(4, open: 9, high: 10, low: 9, close: 10, volume: 5),
        ])
        #expect(
            bench.publishedCandles.map(\.timeframe) == [
                .oneMinute, .oneMinute, .oneMinute, .threeMinutes, .oneMinute, .oneMinute, .fiveMinutes,
            ])
        let five = bench.published(.fiveMinutes)[0]
        #expect(five.openTime == newYear)
        #expect([five.open, five.high, five.low, five.close] == [Price(10), Price(15), Price(8), Price(10)])
        #expect(five.volume == Quantity(15))
        #expect(five.missing == 0)
        #expect(bench.core.counters.candles == 5)
    }

    @Test("All seven timeframes are built from 1m, and from a longer source those that its candles fill")
    func timeframes() {
        #expect(Bench(timeframe: .oneMinute).core.timeframes == Timeframe.allCases)
        #expect(
            Bench(timeframe: .threeMinutes).core.timeframes == [
                .threeMinutes, .fifteenMinutes, .thirtyMinutes, .oneHour, .fourHours,
            ])
        #expect(
            Bench(timeframe: .fiveMinutes).core.timeframes == [
                .fiveMinutes, .fifteenMinutes, .thirtyMinutes, .oneHour, .fourHours,
            ])
        #expect(Bench(timeframe: .oneHour).core.timeframes == [.oneHour, .fourHours])
        #expect(Bench(timeframe: .fourHours).core.timeframes == [.fourHours])
    }

    @Test("A candle is persisted before anything of it is published")
    func persistFirst() {
        var bench = Bench()
        bench.feed((0..<240).map { minuteCandle($0) })
        var persisted: Set<Candle> = []
        for directive in bench.directives {
            if case .persist(let candle) = directive { persisted.insert(candle) }
            if case .publishCandle(let candle) = directive { #expect(persisted.contains(candle)) }
        }
        #expect(bench.published(.fourHours).count == 1)
    }

    @Test("A bucket whose last minutes never came closes with the first candle of a later one and says what is missing")
    func closedByLater() {
        var bench = Bench()
        bench.feed([minuteCandle(0), minuteCandle(1), minuteCandle(2)])
        #expect(bench.published(.fiveMinutes).isEmpty)
        bench.feed([minuteCandle(7)])
        #expect(bench.published(.fiveMinutes).map(\.missing) == [2])
        #expect(bench.reports.map(\.kind) == [.gap])
        #expect(
            bench.reports[0].sentence
                == "4 1m candles of BTC/USDT are missing from 2025-01-01T00:03:00Z to 2025-01-01T00:07:00Z")
        #expect(bench.core.counters.gaps == 1)
        #expect(bench.core.counters.candlesMissing == 4)
        // 3m: [0,3) whole, [3,6) wholly absent and not invented, [6,9) forming.
        #expect(bench.published(.threeMinutes).map(\.openTime) == [newYear])
    }

    @Test("A bucket that begins in the middle of the data counts what came before as missing")
    func headless() {
        var bench = Bench()
        bench.feed((3..<5).map { minuteCandle($0) })
        #expect(bench.published(.fiveMinutes).map(\.missing) == [3])
        #expect(bench.published(.threeMinutes).isEmpty)
    }

    @Test("A repeated candle changes nothing and is counted")
    func duplicate() {
        var bench = Bench()
        bench.feed([minuteCandle(0), minuteCandle(0), minuteCandle(1), minuteCandle(0)])
        #expect(bench.published(.oneMinute).count == 2)
        #expect(bench.core.counters.candlesDuplicate == 2)
        #expect(bench.reports.isEmpty)
    }

    @Test("A candle that comes again with other values is counted and the first stands")
    func conflicting() {
        var bench = Bench()
        bench.feed([minuteCandle(0, close: 105), minuteCandle(0, close: 104)])
        #expect(bench.core.candles(bitcoin, .oneMinute, limit: 10)?.map(\.close) == [Price(105)])
        #expect(bench.core.counters.candlesConflicting == 1)
        #expect(bench.reports.map(\.kind) == [.conflicting])
    }

    @Test("A late candle fills the look-back and repairs closed buckets, and is never published")
    func late() {
        var bench = Bench()
        bench.feed([minuteCandle(0), minuteCandle(1), minuteCandle(3), minuteCandle(4), minuteCandle(5)])
        let published = bench.publishedCandles.count
        #expect(bench.published(.fiveMinutes).map(\.missing) == [1])
        bench.feed([minuteCandle(2, high: 500)])
        #expect(bench.publishedCandles.count == published)
        #expect(bench.core.counters.candlesLate == 1)
        let five = bench.core.candles(bitcoin, .fiveMinutes, limit: 1)![0]
        #expect(five.missing == 0)
        #expect(five.high == Price(500))
        #expect(five.isBackfill)
        let persisted = bench.persistedCandles.suffix(3)
        #expect(persisted.map(\.timeframe) == [.oneMinute, .threeMinutes, .fiveMinutes])
        #expect(persisted.map(\.isBackfill) == [true, true, true])
    }

    @Test("A candle older than the look-back is dropped and counted")
    func tooOld() {
        var bench = Bench(lookBack: 240)
        bench.feed((10..<400).map { minuteCandle($0) })
        bench.feed([minuteCandle(5)])
        #expect(bench.core.counters.candlesTooOld == 1)
        #expect(bench.core.candles(bitcoin, .oneMinute, limit: 1_000)?.count == 240)
    }

    @Test(
        "An impossible candle is refused with a sentence and never published",
        arguments: [
            (minuteCandle(0, high: 90, low: 110), "low 110 is above its high 90"),
            (minuteCandle(0, low: 0), "its low is 0, and a price is above zero"),
            (minuteCandle(0, open: -1), "its open is -1, and a price is above zero"),
            (minuteCandle(0, open: 111), "open 111 lies outside 90...110"),
            (minuteCandle(0, close: 89), "close 89 lies outside 90...110"),
            (minuteCandle(0, volume: -1), "its volume is -1"),
        ])
    func impossible(candle: Candle, words: String) {
        var bench = Bench()
        bench.feed([candle])
        #expect(bench.publishedCandles.isEmpty)
        #expect(bench.persistedCandles.isEmpty)
        #expect(bench.core.counters.candlesRefused == 1)
        #expect(bench.reports.map(\.kind) == [.refused])
        #expect(bench.reports[0].sentence.contains(words), "\(bench.reports[0].sentence)")
    }

    @Test("A candle that is off the grid, of another timeframe or of an unknown symbol is refused")
    func foreign() {
        var bench = Bench()
        var offGrid = minuteCandle(0)
        offGrid.openTime = newYear + .seconds(1)
        var other = minuteCandle(0)
        other.timeframe = .fiveMinutes
        bench.feed([offGrid, other, minuteCandle(0, symbol: ether)])
        #expect(bench.publishedCandles.isEmpty)
        #expect(bench.core.counters.candlesRefused == 2)
        #expect(bench.core.counters.unknownSymbols == 1)
        #expect(bench.reports[0].sentence.contains("does not open at a multiple of 1m"))
        #expect(bench.reports[1].sentence == "a 5m candle of BTC/USDT is refused: its source delivers 1m candles")
    }

    @Test("The look-back keeps the newest thousand of each timeframe, oldest first")
    func lookBack() {
        var bench = Bench()
        bench.feed(walk(6_000, seed: 7))
        for timeframe in Timeframe.allCases {
            let candles = bench.core.candles(bitcoin, timeframe, limit: 1_000)!
            #expect(candles.count == min(1_000, 6_000 * 60_000_000 / Int(timeframe.span.micros)))
            #expect(candles.last?.closeTime == timeframe.openTime(containing: newYear + .minutes(6_000)))
        }
        #expect(
            bench.core.candles(bitcoin, .oneMinute, limit: 3)?.map(\.openTime)
                == (5_997..<6_000).map { newYear + .minutes($0) })
        #expect(bench.core.candles(ether, .oneMinute, limit: 3) == nil)
        #expect(bench.core.candles(bitcoin, .oneMinute, limit: 0)?.isEmpty == true)
    }

    @Test("A core restored from what was persisted goes on as if it had never stopped", arguments: 1...20)
    func restored(seed: Int) {
        let candles = walk(900, seed: UInt64(seed))
        let cut = 100 + seed * 37
        var whole = Bench()
        whole.feed(candles)
        var first = Bench()
        first.feed(Array(candles[..<cut]))
        var second = Bench()
        second.feed(.restored(first.persistedCandles.shuffled()))
        #expect(second.directives.isEmpty)
        // The source repeats a little after a restart.
        second.feed(Array(candles[(cut - 10)...]))
        #expect(first.publishedCandles + second.publishedCandles == whole.publishedCandles, "seed \(seed)")
        for timeframe in Timeframe.allCases {
            #expect(
                second.core.candles(bitcoin, timeframe, limit: 1_000)
                    == whole.core.candles(bitcoin, timeframe, limit: 1_000), "seed \(seed)")
        }
    }
}

@Suite("Candle properties")
struct CandleProperties {
    @Test("Clean input gives the naive resampling in every timeframe", arguments: 1...10)
    func clean(seed: Int) {
        let candles = walk(1_000, seed: UInt64(seed))
        var bench = Bench()
        bench.feed(candles)
        for timeframe in Timeframe.allCases where timeframe != .oneMinute {
            let expected = resample(candles, to: timeframe).filter { $0.missing == 0 }
            #expect(facts(bench.published(timeframe)) == facts(expected), "seed \(seed)")
        }
    }

    @Test("Gappy input publishes each bucket that has data once, with its missing count, in order", arguments: 1...20)
    func gappy(seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed))
        let candles = walk(1_000, seed: UInt64(seed)).filter { _ in generator.uniform() > 0.3 }
        var bench = Bench()
        bench.feed(candles)
        for timeframe in Timeframe.allCases where timeframe != .oneMinute {
            let expected = resample(candles, to: timeframe).filter { $0.closeTime <= candles.last!.closeTime }
            #expect(facts(bench.published(timeframe)) == facts(expected), "seed \(seed)")
        }
        #expect(
            bench.core.counters.candlesMissing + candles.count == candles.last!.openTime.minutes(
                since: candles[0].openTime) + 1, "seed \(seed)")
    }

    @Test(
        "Shuffled and repeated input leaves the same look-back as clean input, and publishes only forward",
        arguments: 1...30)
    func shuffled(seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed))
        let clean = walk(900, seed: UInt64(seed)).filter { _ in generator.uniform() > 0.05 }
        // Each candle is displaced by up to 40 places, a fifth comes twice.
        let keyed = clean.enumerated().flatMap { offset, candle in
            (0..<(generator.uniform() < 0.2 ? 2 : 1)).map { _ in (Double(offset) + generator.uniform() * 40, candle) }
        }
        let messy = keyed.sorted { $0.0 < $1.0 }.map(\.1)
        // The oldest and newest stay at the ends, so that both inputs know the same buckets as closed.
        var (a, b) = (Bench(), Bench())
        let closing = minuteCandle(2_400)
        a.feed([clean[0]] + clean + [closing])
        b.feed([clean[0]] + messy + [closing])
        for timeframe in Timeframe.allCases {
            #expect(
                facts(a.core.candles(bitcoin, timeframe, limit: 1_000)!)
                    == facts(b.core.candles(bitcoin, timeframe, limit: 1_000)!),
                "seed \(seed), \(timeframe)")
            let published = b.published(timeframe).map(\.openTime)
            #expect(
                published == published.sorted() && Set(published).count == published.count, "seed \(seed), \(timeframe)"
            )
        }
        // What was persisted last is what the look-back holds.
        var stored: [String: Candle] = [:]
        for candle in b.persistedCandles { stored["\(candle.timeframe) \(candle.openTime)"] = candle }
        for timeframe in Timeframe.allCases {
            let kept = stored.values.filter { $0.timeframe == timeframe }.sorted { $0.openTime < $1.openTime }
            #expect(kept == b.core.candles(bitcoin, timeframe, limit: 1_000)!, "seed \(seed), \(timeframe)")
        }
    }

    @Test("A series behaves like a sorted dictionary that forgets its oldest", arguments: 1...20)
    func series(seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed))
        var series = CandleSeries(symbol: bitcoin, venue: .simulated, timeframe: .oneMinute, capacity: 50)
        var model: [MarketTime: Candle] = [:]
        var base = 0
        for _ in 0..<2_000 {
            base += generator.uniform() < 0.7 ? 1 : 0
            let candle = minuteCandle(
                base + Int.random(in: 0...60, using: &generator), close: Int.random(in: 90...110, using: &generator))
            let isTooOld = model.count == 50 && model[candle.openTime] == nil && candle.openTime < model.keys.min()!
            #expect(series.insert(candle) == !isTooOld, "seed \(seed)")
            if !isTooOld { model[candle.openTime] = candle }
            if model.count > 50 { model[model.keys.min()!] = nil }
            series.checkInvariants()
        }
        #expect(series.newest(100) == model.values.sorted { $0.openTime < $1.openTime }, "seed \(seed)")
        for minute in base - 100...base + 61 {
            let time = newYear + .minutes(Int64(minute))
            #expect(series.candle(openingAt: time) == model[time])
        }
    }
}

extension MarketTime {
    func minutes(since earlier: MarketTime) -> Int { Int((self - earlier).micros / 60_000_000) }
}
