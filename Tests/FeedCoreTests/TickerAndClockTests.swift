import Testing
import TradingModel

@testable import FeedCore

@Suite("Tickers")
struct TickerTests {
    @Test("A ticker that is not newer than the last of its symbol is dropped and counted")
    func order() {
        var bench = Bench(symbols: [bitcoin, ether])
        for event in [ticker(1), ticker(3), ticker(2), ticker(3), ticker(1, symbol: ether), ticker(4)] {
            bench.feed(.ticker(event))
        }
        #expect(bench.publishedTickers.map(\.eventTime) == [1, 3, 1, 4].map { newYear + .seconds($0) })
        #expect(bench.core.counters.tickersNotNewer == 2)
        #expect(bench.core.tickers.map(\.symbol) == [bitcoin, ether])
    }

    @Test("A ticker is stamped with its arrival")
    func arrival() {
        var bench = Bench()
        bench.now = morning + .seconds(5)
        bench.feed(.ticker(ticker(1)))
        #expect(bench.publishedTickers[0].receivedTime == morning + .seconds(5))
    }

    @Test("An impossible ticker is refused with a sentence")
    func impossible() {
        var crossed = ticker(1)
        crossed.bid = Price(200)
        var free = ticker(1)
        free.last = .zero
        var negative = ticker(1)
        negative.askQuantity = Quantity(-1)
        var bench = Bench()
        for event in [crossed, free, negative] { bench.feed(.ticker(event)) }
        #expect(bench.publishedTickers.isEmpty)
        #expect(bench.core.counters.tickersRefused == 3)
        #expect(
            bench.reports.map(\.sentence) == [
                "the ticker of BTC/USDT at 2025-01-01T00:00:01Z is refused: its bid 200 is above its ask 101",
                "the ticker of BTC/USDT at 2025-01-01T00:00:01Z is refused: its last is 0, and a price is above zero",
                "the ticker of BTC/USDT at 2025-01-01T00:00:01Z is refused: a quantity is below zero (bid 1, ask -1)",
            ])
    }

    @Test("A ticker of a symbol that is not watched is counted and dropped")
    func unknown() {
        var bench = Bench()
        bench.feed(.ticker(ticker(1, symbol: ether)))
        #expect(bench.directives.isEmpty)
        #expect(bench.core.counters.unknownSymbols == 1)
    }
}

@Suite("Staleness")
struct StalenessTests {
    @Test("Silence longer than the limit is told once, and so is the recovery, before the ticker that ends it")
    func silence() {
        var bench = Bench(symbols: [bitcoin, ether], staleAfter: .seconds(10))
        bench.feed(.ticker(ticker(1)))
        bench.feed(.ticker(ticker(1, symbol: ether)))
        bench.now = morning + .seconds(10)
        bench.feed(.timer)
        #expect(bench.staleness.isEmpty)
        bench.feed(.ticker(ticker(2, symbol: ether)))
        bench.now = morning + .milliseconds(10_001)
        bench.feed(.timer)
        bench.feed(.timer)
        #expect(bench.staleness.map(\.symbol) == [bitcoin])
        #expect(bench.staleness[0].isStale)
        #expect(bench.staleness[0].lastEventTime == newYear + .seconds(1))
        #expect(bench.staleness[0].age == .milliseconds(10_001))
        #expect(bench.staleness[0].reason == "nothing of BTC/USDT has arrived for 10s, the limit is 10s")
        #expect(bench.core.isStale(bitcoin))
        bench.now = morning + .seconds(20)
        let recovery = bench.feed(.ticker(ticker(2)))
        guard case .publishStaleness(let fact) = recovery[0] else {
            Issue.record("no recovery first")
            return
        }
        #expect(!fact.isStale)
        #expect(recovery.last == .publishTicker(bench.core.tickers[0]))
        #expect(!bench.core.isStale(bitcoin))
    }

    @Test("A ticker that is not newer does not make a symbol fresh")
    func repeatedTicker() {
        var bench = Bench(staleAfter: .seconds(10))
        bench.feed(.ticker(ticker(1)))
        bench.now = morning + .seconds(11)
        bench.feed(.ticker(ticker(1)))
        bench.feed(.timer)
        #expect(bench.core.isStale(bitcoin))
    }

    @Test("A symbol that never spoke is stale after the limit from the start")
    func mute() {
        var bench = Bench(staleAfter: .seconds(10))
        bench.now = morning + .seconds(11)
        bench.feed(.timer)
        #expect(bench.staleness.map(\.isStale) == [true])
    }

    @Test("A closed candle is a sign of life as well")
    func candle() {
        var bench = Bench(staleAfter: .seconds(10))
        bench.now = morning + .seconds(9)
        bench.feed(.candle(minuteCandle(0)))
        bench.now = morning + .seconds(18)
        bench.feed(.timer)
        #expect(bench.staleness.isEmpty)
    }

    @Test("Nothing is stale after the end of the source, nor without a limit")
    func ended() {
        var bench = Bench(staleAfter: .seconds(10))
        bench.feed(.sourceFinished)
        bench.now = morning + .seconds(60)
        bench.feed(.timer)
        #expect(bench.staleness.isEmpty)
        var unlimited = Bench()
        unlimited.now = morning + .seconds(60)
        unlimited.feed(.timer)
        #expect(unlimited.staleness.isEmpty)
    }
}

@Suite("Market clock")
struct ClockTests {
    @Test("The clock is published every 200 ms of wall time and with each new minute of market time")
    func cadence() {
        var bench = Bench(rate: 60)
        func after(_ wall: Int64, _ market: Int64) {
            bench.now = morning + .milliseconds(wall)
            bench.feed(.timeReached(newYear + .milliseconds(market)))
        }
        for (wall, market) in [
            (0, 0), (50, 3_000), (150, 9_000), (200, 12_000), (250, 15_000), (300, 60_000), (350, 63_000),
        ] as [(Int64, Int64)] {
            after(wall, market)
        }
        #expect(bench.clocks.map(\.marketTime) == [0, 12_000, 60_000].map { newYear + .milliseconds($0) })
        #expect(bench.clocks.allSatisfy { $0.rate == 60 && $0.step == nil && !$0.isFinished })
    }

    @Test("Market time never goes back")
    func monotone() {
        var bench = Bench()
        bench.feed(.timeReached(newYear + .minutes(5)))
        bench.now = morning + .seconds(1)
        bench.feed(.timeReached(newYear))
        #expect(bench.clocks.map(\.marketTime) == [newYear + .minutes(5), newYear + .minutes(5)])
    }

    @Test("A step ends with the clock that carries its number, and the last says that the source has finished")
    func steps() {
        var bench = Bench()
        bench.feed(.stepEnded(step: 1, at: newYear + .minutes(5), isLast: false))
        bench.feed(.stepEnded(step: 2, at: newYear + .minutes(6), isLast: true))
        bench.feed(.sourceFinished)
        #expect(bench.clocks.map(\.step) == [1, 2])
        #expect(bench.clocks.map(\.isFinished) == [false, true])
        #expect(bench.clocks.allSatisfy { $0.rate == nil })
    }

    @Test("The end of the source is told once")
    func finished() {
        var bench = Bench(rate: 1)
        bench.feed(.timeReached(newYear + .minutes(5)))
        bench.feed(.sourceFinished)
        bench.feed(.sourceFinished)
        #expect(bench.clocks.map(\.isFinished) == [false, true])
        #expect(bench.clocks[1].marketTime == newYear + .minutes(5))
        #expect(bench.core.isFinished)
    }
}
