import Testing
import TradingModel

@testable import Venues

private let bitcoin = Symbol("BTC/USDT")!
private let ether = Symbol("ETH/USDT")!

/// A Binance of two symbols, scripted message by message. Its time is ours, from 2025-01-01 12:00:30 UTC on.
private struct Script {
    static let noon: Int64 = 1_735_732_800_000
    var market: LiveMarket
    var now = WallTime(micros: (noon + 30_000) * 1_000)
    var directives: [LiveMarket.Directive] = []

    init(_ change: (inout LiveMarket.Settings) -> Void = { _ in }) {
        var settings = LiveMarket.Settings(
            .binance, venue: VenueID("binance"), symbols: [bitcoin, ether], restURL: "http://127.0.0.1:1",
            streamURL: "ws://127.0.0.1:1/ws")
        settings.lookBack = 3
        settings.conflation = .zero
        change(&settings)
        market = LiveMarket(settings, startedAt: now)
    }

    mutating func tell(_ event: LiveMarket.Event) { market.handle(event, at: now, into: &directives) }

    mutating func message(_ text: String) { tell(.message(connection: 0, Array(text.utf8))) }

    /// Lets time pass in steps of the timer. With `isHeard` every question is answered, with nothing new, and a quote of
    /// each symbol comes every second, as on any day.
    mutating func pass(_ milliseconds: Int64, isHeard: Bool = false) {
        let end = now + .milliseconds(milliseconds)
        while now < end {
            now = now + .milliseconds(100)
            tell(.timer)
            guard isHeard else { continue }
            hear()
            guard now.micros % 1_000_000 == 0 else { continue }
            for symbol in ["BTCUSDT", "ETHUSDT"] {
                message(Script.quote(symbol, id: Int(now.micros / 100_000 - 17_357_000_000_000)))
            }
        }
    }

    /// Answers all that was asked.
    mutating func hear() {
        for (id, url) in asked() {
            answer(id, url.hasSuffix("/time") ? #"{"serverTime":\#(self.milliseconds)}"# : "[]")
        }
    }

    mutating func take<T>(_ pick: (LiveMarket.Directive) -> T?) -> [T] { directives.compactMap(pick) }

    /// What was asked since the last look, as path and query, with its id.
    mutating func asked() -> [(id: Int, url: String)] {
        let found = directives.compactMap { directive -> (Int, String)? in
            guard case .send(let id, _, let url) = directive else { return nil }
            return (id, String(url.dropFirst("http://127.0.0.1:1".count)))
        }
        directives.removeAll { if case .send = $0 { true } else { false } }
        return found
    }

    mutating func answer(_ id: Int, _ text: String, status: Int = 200, retryAfter: Span? = nil) {
        tell(.answered(request: id, status: status, body: Array(text.utf8), retryAfter: retryAfter, usedWeight: nil))
    }

    var candles: [String] {
        directives.compactMap {
            guard case .candle(let candle) = $0 else { return nil }
            return "\(candle.symbol.baseCurrency) \((candle.openTime.micros / 1_000 - Script.noon) / 60_000)"
        }
    }
    var tickers: [Ticker] {
        directives.compactMap { if case .ticker(let ticker) = $0 { ticker } else { nil } }
    }

    static func row(_ minute: Int64, span: Int64 = 1) -> String {
        "[\(noon + minute * 60_000),\"1\",\"3\",\"1\",\"2\",\"5\",\(noon + (minute + span) * 60_000 - 1),\"0\",1,\"0\",\"0\",\"0\"]"
    }

    static func kline(_ symbol: String, _ minute: Int64, at time: Int64, isClosed: Bool = true) -> String {
        #"{"e":"kline","E":\#(time),"s":"\#(symbol)","k":{"t":\#(noon + minute * 60_000),"T":\#(noon + minute * 60_000 + 59_999),"s":"\#(symbol)","i":"1m","o":"1","h":"3","l":"1","c":"2","v":"5","x":\#(isClosed)}}"#
    }

    static func quote(_ symbol: String, id: Int, bid: String = "10", ask: String = "11") -> String {
        #"{"u":\#(id),"s":"\#(symbol)","b":"\#(bid)","B":"1","a":"\#(ask)","A":"1"}"#
    }

    var milliseconds: Int64 { now.micros / 1_000 }

    static let listing = """
        {"timezone":"UTC","serverTime":1,"symbols":[\(["BTC", "ETH"].map {
            #"{"symbol":"\#($0)USDT","status":"TRADING","baseAsset":"\#($0)","quoteAsset":"USDT","filters":[{"filterType":"PRICE_FILTER","tickSize":"0.01"},{"filterType":"LOT_SIZE","minQty":"0.001","maxQty":"9","stepSize":"0.001"}]}"#
        }.joined(separator: ","))]}
        """

    /// Time, instruments and the look-back are there, the stream is open.
    mutating func begin() {
        pass(100)
        for _ in 0..<40 {
            for (id, url) in asked() {
                if url.hasSuffix("/time") {
                    answer(id, #"{"serverTime":\#(milliseconds)}"#)
                } else if url.hasSuffix("/exchangeInfo") {
                    answer(id, Script.listing)
                } else if url.contains("/klines") {
                    // Minutes 11:57, 11:58 and 11:59, and the forming one.
                    answer(
                        id,
                        url.contains("interval=1m")
                            ? "[\((-3...0).map { Script.row($0) }.joined(separator: ","))]" : "[]")
                } else {
                    answer(id, "[]")
                }
            }
            if market.isReady { break }
            pass(100)
        }
        tell(.opened(connection: 0))
        _ = asked()
        directives.removeAll()
    }
}

@Suite("The live market of an exchange")
struct LiveMarketTests {
    @Test(
        "first time, instruments and the look-back are asked for, then the market is ready, and closed candles only are history"
    )
    func beginning() throws {
        var script = Script()
        script.pass(100)
        let first = script.asked().map(\.url)
        #expect(first == ["/api/v3/time", "/api/v3/exchangeInfo"])
        script = Script()
        #expect(!script.market.isReady)
        script.begin()
        #expect(script.market.isReady && script.market.unlisted.isEmpty)
        #expect(script.market.venueTime(at: script.now) == MarketTime(micros: script.now.micros))
        #expect(script.market.state(at: script.now) == "streaming")
    }

    @Test("a symbol that the exchange does not list is named, and the others go on")
    func unlisted() {
        var script = Script { $0.symbols = [bitcoin, Symbol("XYZ/USDT")!] }
        script.begin()
        #expect(script.market.isReady && script.market.unlisted.map(\.name) == ["XYZ/USDT"])
    }

    @Test("candles come out in order and once; one that comes early waits until those before it are fetched")
    func order() {
        var script = Script()
        script.begin()
        script.pass(30_000, isHeard: true)
        let time = script.milliseconds
        script.message(Script.kline("BTCUSDT", 0, at: time))
        #expect(script.candles == ["BTC 0"])
        // 12:01 is lost; 12:02 waits for it.
        script.pass(120_000, isHeard: true)
        script.message(Script.kline("BTCUSDT", 2, at: script.milliseconds))
        #expect(script.candles == ["BTC 0"])
        script.pass(1_200)
        let missing = script.asked().filter { $0.url.contains("klines?symbol=BTCUSDT") }
        #expect(missing.count == 1 && missing.first?.url.contains("startTime=\(Script.noon + 60_000)&") == true)
        for (id, _) in missing { script.answer(id, "[\(Script.row(1)),\(Script.row(2)),\(Script.row(3))]") }
        #expect(script.candles == ["BTC 0", "BTC 1", "BTC 2"])
        // The same again goes to the core, which knows what to do with it.
        script.message(Script.kline("BTCUSDT", 1, at: script.milliseconds))
        #expect(script.candles == ["BTC 0", "BTC 1", "BTC 2", "BTC 1"])
    }

    @Test("a forming candle is no candle, and a candle of the future is none either")
    func forming() {
        var script = Script()
        script.begin()
        script.message(Script.kline("BTCUSDT", 0, at: script.milliseconds, isClosed: false))
        script.message(Script.kline("BTCUSDT", 9, at: script.milliseconds))
        #expect(script.candles.isEmpty)
    }

    @Test("what the exchange does not have is waited for a while, then the rest goes on without it")
    func hole() {
        var script = Script()
        script.begin()
        script.pass(150_000, isHeard: true)
        script.message(Script.kline("BTCUSDT", 1, at: script.milliseconds))
        for _ in 0..<32 {
            script.pass(1_000)
            for (id, url) in script.asked() where url.contains("klines") { script.answer(id, "[]") }
        }
        #expect(script.candles == ["BTC 1"])
    }

    @Test(
        "market time stops before a minute whose candles are not out, and goes on at once when they are, or when one is overdue"
    )
    func marketTime() {
        var script = Script()
        script.begin()
        let minute = MarketTime(micros: (Script.noon + 60_000) * 1_000)
        script.pass(30_500, isHeard: true)
        for symbol in ["BTCUSDT", "ETHUSDT"] {
            let held = script.market.marketTime(at: script.now)
            #expect(held == MarketTime(micros: minute.micros - 1))
            script.message(Script.kline(symbol, 0, at: script.milliseconds))
        }
        #expect(script.market.marketTime(at: script.now) ?? .distantPast >= minute)
        // Of the next minute only one comes: five seconds later the others go on.
        script.pass(60_000, isHeard: true)
        script.message(Script.kline("BTCUSDT", 1, at: script.milliseconds))
        #expect(script.market.marketTime(at: script.now) == MarketTime(micros: minute.micros + 60_000_000 - 1))
        script.pass(6_000, isHeard: true)
        #expect(script.market.marketTime(at: script.now) ?? .distantPast > minute + .seconds(60))
    }

    @Test("old and repeated quotes change nothing, and a symbol's time only goes forward")
    func quotes() {
        var script = Script()
        script.begin()
        script.message(Script.quote("BTCUSDT", id: 7, bid: "10"))
        script.message(Script.quote("BTCUSDT", id: 7, bid: "9"))
        script.message(Script.quote("BTCUSDT", id: 6, bid: "8"))
        script.message(Script.quote("BTCUSDT", id: 8, bid: "10.5"))
        #expect(script.tickers.map(\.bid.description) == ["10", "10.5"])
        #expect(zip(script.tickers, script.tickers.dropFirst()).allSatisfy { $0.eventTime < $1.eventTime })
    }

    @Test("of many tickers in a short time the newest is published, and none is lost for ever")
    func conflation() {
        var script = Script { $0.conflation = .milliseconds(500) }
        script.begin()
        for id in 1...50 { script.message(Script.quote("BTCUSDT", id: id, bid: "\(id)", ask: "100")) }
        #expect(script.tickers.map(\.bid.description) == ["1"])
        script.pass(600)
        #expect(script.tickers.map(\.bid.description) == ["1", "50"])
    }

    @Test("when the stream is lost prices are asked for every two seconds, and no longer when it is back")
    func fallback() {
        var script = Script()
        script.begin()
        script.message(Script.quote("BTCUSDT", id: 1))
        script.message(Script.quote("ETHUSDT", id: 1))
        script.pass(1_000)
        #expect(!script.asked().contains { $0.url.contains("bookTicker") })
        script.tell(.lost(connection: 0, "test"))
        var polls = 0
        for _ in 0..<13 {
            script.pass(1_000)
            for (id, url) in script.asked() {
                guard url.contains("bookTicker?symbol=BTCUSDT") else {
                    script.answer(id, "[]")
                    continue
                }
                polls += 1
                script.answer(
                    id, #"{"symbol":"BTCUSDT","bidPrice":"\#(20 + polls)","bidQty":"1","askPrice":"99","askQty":"1"}"#)
            }
        }
        #expect((4...6).contains(polls) && script.market.state(at: script.now) == "polling")
        script.pass(200)
        #expect(script.tickers.last?.bid == Price(20 + polls))
        script.tell(.opened(connection: 0))
        script.message(Script.quote("BTCUSDT", id: 1))
        script.message(Script.quote("ETHUSDT", id: 1))
        script.pass(3_000, isHeard: true)
        script.pass(3_000)
        #expect(!script.asked().contains { $0.url.contains("bookTicker") })
        #expect(script.market.state(at: script.now) == "streaming")
    }

    @Test("a stream that says nothing is polled for, then made anew")
    func silence() {
        var script = Script()
        var polls = 0
        script.begin()
        for _ in 0..<21 {
            script.pass(1_000)
            for (id, url) in script.asked() {
                if url.contains("bookTicker") { polls += 1 }
                script.answer(id, "[]")
            }
        }
        let reconnects = script.take { if case .reconnect(let number) = $0 { number } else { nil } }
        #expect(reconnects == [0] && polls > 5)
    }

    @Test("messages that come out of a queue half a minute late are no news, and prices are asked for instead")
    func late() {
        var script = Script()
        script.begin()
        script.pass(60_000, isHeard: true)
        let old = script.milliseconds - 40_000
        script.directives.removeAll()
        script.message(Script.kline("BTCUSDT", 0, at: old, isClosed: false))
        script.message(Script.quote("BTCUSDT", id: 3))
        #expect(script.tickers.isEmpty && script.market.counters.late == 2)
        script.pass(2_500)
        #expect(script.asked().contains { $0.url.contains("bookTicker") })
    }

    @Test("after 429 nothing at all is sent before the exchange's time has come")
    func rateLimit() {
        var script = Script()
        script.pass(100)
        for (id, _) in script.asked() {
            script.answer(id, #"{"code":-1003,"msg":"Too many requests"}"#, status: 429, retryAfter: .seconds(7))
        }
        script.pass(6_800)
        #expect(script.asked().isEmpty && script.market.counters.rateRefusals == 2)
        script.pass(700)
        #expect(!script.asked().isEmpty)
    }

    @Test("nonsense is counted and changes nothing")
    func nonsense() {
        var script = Script()
        script.begin()
        for text in ["", "{", "[]", "nonsense", #"{"e":"kline","k":{"t":"x"}}"#, #"{"e":"kline","k":5}"#] {
            script.message(text)
        }
        for (id, _) in script.asked() { script.answer(id, "<html>") }
        #expect(script.market.counters.unreadable >= 4 && script.candles.isEmpty && script.tickers.isEmpty)
        script.message(Script.quote("BTCUSDT", id: 1))
        #expect(script.tickers.count == 1)
    }

    @Test("each longer candle of the exchange is compared with its minutes, once an hour, and a difference is told")
    func comparison() throws {
        var script = Script()
        script.begin()
        var seen: [String: Int] = [:]
        func answer(_ script: inout Script, _ minute: Int64) {
            for (id, url) in script.asked() {
                guard url.contains("symbol=BTCUSDT"), url.hasSuffix("limit=1"),
                    let name = Timeframe.allCases.map(\.rawValue).first(where: { url.contains("interval=\($0)&") }),
                    let timeframe = Timeframe(rawValue: name)
                else {
                    script.answer(id, url.hasSuffix("/time") ? #"{"serverTime":\#(script.milliseconds)}"# : "[]")
                    continue
                }
                let span = timeframe.span.micros / 60_000_000
                let open = (minute + 1) / span * span - span
                #expect(url.contains("startTime=\(Script.noon + open * 60_000)"), "\(url)")
                // The volume of its minutes is five each; the exchange's own half hour is another.
                let volume = timeframe == .thirtyMinutes ? 7 : span * 5
                script.answer(
                    id, "[" + Script.row(open, span: span).replacing("\"5\"", with: "\"\(volume)\"") + "]")
                seen[name, default: 0] += 1
            }
        }
        for minute in 0..<Int64(8 * 60) {
            script.now = WallTime(micros: (Script.noon + (minute + 1) * 60_000 + 200) * 1_000)
            let time = script.milliseconds
            script.message(Script.kline("BTCUSDT", minute, at: time))
            script.message(Script.kline("ETHUSDT", minute, at: time))
            // Several times, since no more than a few questions are open at once.
            for _ in 0..<4 {
                script.tell(.timer)
                answer(&script, minute)
            }
        }
        // One an hour each, and the longest each time it closes.
        #expect(seen == ["3m": 8, "5m": 8, "15m": 8, "30m": 8, "1h": 8, "4h": 2])
        #expect(script.market.counters.candlesCompared == 42)
        #expect(script.market.counters.candlesDiffering == 8)
        let told = script.directives.contains {
            if case .report(let report) = $0 { report.sentence.contains("the 30m candle of BTC/USDT") } else { false }
        }
        #expect(told)
    }
}
