import Testing
import TradingModel

@testable import Venues

@Suite("Simulated market")
struct SimulatedMarketTests {
    @Test("The same seed is the same market, another seed another")
    func deterministic() {
        var (a, b, c) = (market(seed: 7), market(seed: 7), market(seed: 8))
        let events = a.run(minutes: 60)
        #expect(events == b.run(minutes: 60))
        #expect(a == b)
        #expect(events != c.run(minutes: 60))
    }

    @Test("The market of seed 1 is this one, on every machine and in every version")
    func pinned() {
        var sample = market(seed: 1, symbols: Array(fiveSymbols.prefix(2)))
        let candles = sample.run(minutes: 600).compactMap { if case .candle(let candle) = $0 { candle } else { nil } }
        let text = candles.map {
            "\($0.symbol) \($0.openTime) \($0.open) \($0.high) \($0.low) \($0.close) \($0.volume)"
        }.joined(separator: "\n")
        #expect(StableHash.of(text).base32 == "2trsb4cxytgxv1cskzdhp5w8p3")
    }

    @Test("Each symbol has a ticker every interval and a candle every minute, in order of time")
    func cadence() {
        var sample = market(interval: .milliseconds(500))
        let events = sample.run(minutes: 10)
        #expect(events.count == 5 * 10 * (120 + 1))
        #expect(zip(events, events.dropFirst()).allSatisfy { $0.time <= $1.time })
        let tickers = events.tickers(fiveSymbols[0])
        #expect(tickers[0].eventTime == newYear + .milliseconds(250))
        #expect(zip(tickers, tickers.dropFirst()).allSatisfy { $1.eventTime - $0.eventTime == .milliseconds(500) })
        #expect(events.candles(fiveSymbols[3]).map(\.openTime) == (0..<10).map { newYear + .minutes($0) })
    }

    @Test("A candle is exactly what the last prices of its tickers were", arguments: 1...5)
    func consistent(seed: Int) {
        var sample = market(seed: UInt64(seed))
        let events = sample.run(minutes: 200)
        for symbol in fiveSymbols {
            let byMinute = Dictionary(grouping: events.tickers(symbol)) {
                Timeframe.oneMinute.openTime(containing: $0.eventTime)
            }
            let wrong = events.candles(symbol).filter { candle in
                let lasts = byMinute[candle.openTime]!.map(\.last)
                return [candle.open, candle.high, candle.low, candle.close] != [
                    lasts.first!, lasts.max()!, lasts.min()!, lasts.last!,
                ]
            }
            #expect(wrong.isEmpty, "seed \(seed)")
        }
    }

    @Test("Prices and quantities lie on the instrument's grid, bid below ask, last at one of them", arguments: 1...5)
    func grid(seed: Int) {
        var sample = market(
            seed: UInt64(seed),
            symbols: fiveSymbols + [Symbol("NEW/USDT")!, Symbol("SHIB/USDT")!, Symbol("BTC/USDT:USDT")!])
        let rules = Dictionary(uniqueKeysWithValues: sample.instruments.map { ($0.symbol, $0) })
        let wrong = sample.run(minutes: 100).filter { event in
            let instrument = rules[event.symbol]!
            switch event {
            case .ticker(let ticker):
                return
                    !(instrument.accepts(ticker.bid) && instrument.accepts(ticker.ask) && ticker.bid < ticker.ask
                    && (ticker.last == ticker.bid || ticker.last == ticker.ask)
                    && ticker.bidQuantity.isPositive && ticker.bidQuantity.isMultiple(of: instrument.lotSize)
                    && ticker.askQuantity.isPositive && ticker.askQuantity.isMultiple(of: instrument.lotSize))
            case .candle(let candle):
                return
                    !(candle.low <= min(candle.open, candle.close) && max(candle.open, candle.close) <= candle.high
                    && candle.volume.isMultiple(of: instrument.lotSize) && !candle.volume.isNegative)
            }
        }
        #expect(wrong.isEmpty, "seed \(seed)")
    }

    @Test("Saved anywhere, even within a minute, and restored, the market goes on identically", arguments: 1...20)
    func saved(seed: Int) throws {
        var whole = market(seed: UInt64(seed))
        var discarded: [MarketEvent] = []
        for _ in 0..<(seed * 97) { whole.appendNextEvents(to: &discarded) }
        var restored = try SimulatedMarket(whole.settings, saved: whole.saved())
        #expect(restored == whole)
        #expect(restored.run(minutes: 90) == whole.run(minutes: 90), "seed \(seed)")
        #expect(restored.saved() == whole.saved())
    }

    @Test("A damaged or foreign state is refused with a sentence")
    func damaged() throws {
        var sample = market()
        _ = sample.run(minutes: 3)
        let text = sample.saved()
        var generator = SeededGenerator(seed: 5)
        for _ in 0..<500 {
            var bytes = Array(text.utf8)
            bytes[Int.random(in: 0..<bytes.count, using: &generator)] = UInt8(ascii: "?")
            #expect(throws: SavedMarketError.self) {
                try SimulatedMarket(sample.settings, saved: String(decoding: bytes, as: UTF8.self))
            }
        }
        for cut in stride(from: 0, to: text.utf8.count - 2, by: 7) {
            #expect(throws: SavedMarketError.self) {
                try SimulatedMarket(sample.settings, saved: String(text.prefix(cut)))
            }
        }
        var other = sample.settings
        other.symbols.swapAt(0, 1)
        #expect { try SimulatedMarket(other, saved: text) } throws: {
            "\($0)".contains("has BTC/USDT where the configuration has ETH/USDT")
        }
    }

    @Test("Settings without a market are named")
    func faults() {
        #expect(settings(symbols: []).fault?.contains("no symbols") == true)
        #expect(settings(symbols: [fiveSymbols[0], fiveSymbols[0]]).fault?.contains("twice") == true)
        #expect(settings(interval: .seconds(7)).fault?.contains("a ticker every 7s does not divide a minute") == true)
        #expect(settings(interval: .zero).fault != nil)
        #expect(settings(interval: .milliseconds(100)).fault == nil)
    }

    @Test("Adding a symbol leaves the others as they were")
    func independent() {
        var (two, five) = (market(symbols: Array(fiveSymbols.prefix(2))), market())
        let (few, many) = (two.run(minutes: 30), five.run(minutes: 30))
        #expect(few.tickers(fiveSymbols[1]) == many.tickers(fiveSymbols[1]))
    }
}

@Suite("History of the simulated market")
struct SimulatedHistoryTests {
    @Test(
        "Each of the seven timeframes has its look-back, without a hole, up to the start",
        arguments: [0, 1, 59, 61, 137, 239])
    func complete(minute: Int64) {
        let start = newYear + .minutes(minute)
        let history = SimulatedMarket.history(
            settings(symbols: Array(fiveSymbols.prefix(2)), start: start), lookBack: 1_000)
        for symbol in fiveSymbols.prefix(2) {
            for timeframe in Timeframe.allCases {
                let series = history.filter { $0.symbol == symbol && $0.timeframe == timeframe }
                #expect(series.count == 1_000)
                #expect(series.last!.closeTime == timeframe.openTime(containing: start))
                #expect(zip(series, series.dropFirst()).allSatisfy { $0.closeTime == $1.openTime })
                #expect(series.allSatisfy { $0.isBackfill && $0.missing == 0 })
            }
        }
    }

    @Test("A longer candle is the aggregation of the shorter ones that are there for all of it")
    func nested() {
        let history = SimulatedMarket.history(
            settings(symbols: [fiveSymbols[0]], start: newYear + .minutes(77)), lookBack: 600)
        let byTimeframe = Dictionary(grouping: history, by: \.timeframe)
        var checked = 0
        for short in Timeframe.allCases {
            for long in Timeframe.allCases where long > short && long.span.micros % short.span.micros == 0 {
                let parts = Dictionary(grouping: byTimeframe[short]!) { long.openTime(containing: $0.openTime) }
                for whole in byTimeframe[long]! {
                    guard let inside = parts[whole.openTime], inside.count == Int(long.span.micros / short.span.micros)
                    else { continue }
                    let isSum =
                        whole.open == inside.first!.open && whole.close == inside.last!.close
                        && whole.high == inside.map(\.high).max()!
                        && whole.low == inside.map(\.low).min()!
                        && whole.volume == inside.reduce(.zero) { $0 + $1.volume }
                    if !isSum { Issue.record("\(whole) is not made of its \(short) candles") }
                    checked += 1
                }
            }
        }
        #expect(checked > 1_500)
    }

    @Test("It leads up to the price the market starts with, and its length changes nothing")
    func continuous() {
        let settings = settings()
        let long = SimulatedMarket.history(settings, lookBack: 1_000)
        let short = SimulatedMarket.history(settings, lookBack: 100)
        var sample = SimulatedMarket(settings)
        let first = sample.run(minutes: 1)
        for symbol in fiveSymbols {
            let last = long.last { $0.symbol == symbol && $0.timeframe == .oneMinute }!
            #expect(last == short.last { $0.symbol == symbol && $0.timeframe == .oneMinute }!)
            #expect(abs(first.tickers(symbol)[0].last.double / last.close.double - 1) < 0.003)
        }
    }

    @Test("It stays on earth: no series moves more than twentyfold", arguments: 1...5)
    func bounded(seed: Int) {
        let far = SimulatedMarket.history(settings(seed: UInt64(seed)), lookBack: 1_000).filter { candle in
            let home = MarketProfile.of(candle.symbol).price
            return !(home / 20...home * 20).contains(candle.close.double)
        }
        #expect(far.isEmpty, "seed \(seed)")
    }
}
