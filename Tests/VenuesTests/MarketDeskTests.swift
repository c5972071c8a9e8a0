import JSONText
import Testing
import TradingModel

@testable import Venues

private func at(_ milliseconds: Int64) -> WallTime { WallTime(micros: 1_700_000_000_000_000 + milliseconds * 1_000) }

@Suite("One rate budget for an account")
struct RateBudgetTests {
    private func budget() -> RateBudget { RateBudget([.init("weight", limit: 100, span: .seconds(10))]) }

    @Test("market data leaves room for entries, entries for exits, and a window later all is there again")
    func priorities() {
        var budget = budget()
        var spent: [RateBudget.Priority: Int] = [:]
        for priority in [RateBudget.Priority.marketData, .entry, .exit] {
            while budget.request(weight: 5, priority, at: at(0)) == .go { spent[priority, default: 0] += 5 }
        }
        #expect(spent == [.marketData: 70, .entry: 20, .exit: 10])
        guard case .wait(let until, let reason) = budget.request(weight: 1, .exit, at: at(5)) else {
            Issue.record("an empty budget let a request pass")
            return
        }
        #expect(until.micros % 10_000_000 == 0 && until > at(5) && reason.contains("100 of 100"))
        #expect(budget.request(weight: 5, .marketData, at: until) == .go)
    }

    @Test("the exchange's own count overrules ours")
    func observed() {
        var budget = budget()
        budget.observe(used: 95, span: .seconds(10), at: at(0))
        #expect(budget.request(weight: 5, .entry, at: at(1)) != .go)
        #expect(budget.request(weight: 5, .exit, at: at(1)) == .go)
        budget.observe(used: 1, span: .seconds(10), at: at(2))
        #expect(budget.request(weight: 1, .exit, at: at(2)) != .go)
    }

    @Test("after 429 and 418 nothing is sent before the time the exchange names, exits neither")
    func refusals() {
        var budget = budget()
        budget.observe(status: 429, retryAfter: .seconds(7), error: nil, at: at(0))
        #expect(
            budget.request(weight: 1, .exit, at: at(6_999))
                == .wait(until: at(7_000), reason: "the exchange asks us to wait"))
        #expect(budget.request(weight: 1, .exit, at: at(7_000)) == .go)
        var ban = VenueError(venue: .binance, code: "-1003", message: "", category: .banned)
        ban.bannedUntil = MarketTime(micros: at(60_000).micros)
        budget.observe(status: 418, retryAfter: nil, error: ban, at: at(8_000))
        #expect(
            budget.request(weight: 1, .exit, at: at(59_999))
                == .wait(until: at(60_000), reason: "the exchange has banned us"))
    }

    @Test("refusals without a time double the pause, a success ends that")
    func doubling() {
        var budget = budget()
        var now = at(0)
        var pauses: [Int64] = []
        for _ in 0..<3 {
            budget.observe(status: 429, retryAfter: nil, error: nil, at: now)
            guard case .wait(let until, _) = budget.request(weight: 1, .exit, at: now) else { continue }
            pauses.append((until - now).micros / 1_000_000)
            now = until
        }
        #expect(pauses == [10, 20, 40])
        budget.observe(status: 200, retryAfter: nil, error: nil, at: now)
        budget.observe(status: 429, retryAfter: nil, error: nil, at: now)
        #expect(
            budget.request(weight: 1, .exit, at: now)
                == .wait(until: now + .seconds(10), reason: "the exchange asks us to wait"))
    }

    @Test(
        "orders have limits of their own, and no schedule of requests ever exceeds one",
        arguments: VenueDialect.allCases)
    func neverExceeded(dialect: VenueDialect) {
        let limits: [(name: String, limit: Int, span: Int64)] =
            switch dialect {
            case .binance: [("weight", 6_000, 60), ("orders", 100, 10)]
            case .binanceUSDM: [("weight", 2_400, 60), ("orders", 300, 10)]
            case .bybit: [("weight", 600, 5), ("orders", 10, 1)]
            case .mexc: [("weight", 500, 10), ("orders", 5, 1)]
            }
        var budget = RateBudget.standard(dialect)
        var counts: [String: Int] = [:]
        var state: UInt64 = 42
        for step in 0..<20_000 {
            state = state &* 6_364_136_223_846_793_005 &+ 1
            let orders = state >> 40 & 3 == 0 ? 1 : 0
            let weight = Int(state >> 33 & 31) + 1
            let priority = RateBudget.Priority(rawValue: Int(state >> 50 & 3) % 3) ?? .exit
            let now = at(Int64(step) * 7)
            guard budget.request(weight: weight, orders: orders, priority, at: now) == .go else { continue }
            for limit in limits {
                let key = "\(limit.name) \(now.micros / 1_000_000 / limit.span)"
                counts[key, default: 0] += limit.name == "orders" ? orders : weight
                #expect(counts[key, default: 0] <= limit.limit, "\(key), seed 42, step \(step)")
            }
        }
        #expect(counts.values.contains { $0 > 0 })
    }
}

@Suite("Requests for market data")
struct MarketRequestTests {
    @Test(
        "each has the documented path, query and weight",
        arguments: [
            (MarketRequest.serverTime(.binance), "https://api.binance.com/api/v3/time", 1),
            (
                .instruments(.bybit, category: .linear, cursor: "abc"),
                "https://api.bybit.com/v5/market/instruments-info?category=linear&limit=1000&cursor=abc", 1
            ),
            (
                .book(.binance, symbol: "BTCUSDT", depth: 1_000),
                "https://api.binance.com/api/v3/depth?symbol=BTCUSDT&limit=1000", 50
            ),
            (
                .book(.binanceUSDM, symbol: "BTCUSDT", depth: 60),
                "https://fapi.binance.com/fapi/v1/depth?symbol=BTCUSDT&limit=100", 5
            ),
            (.tickers(.binance), "https://api.binance.com/api/v3/ticker/bookTicker", 4),
            (
                .trades(.mexc, symbol: "BTCUSDT", limit: 5_000),
                "https://api.mexc.com/api/v3/trades?symbol=BTCUSDT&limit=1000", 5
            ),
        ])
    func requests(request: MarketRequest, url: String, weight: Int) {
        #expect(request.url == url && request.weight == weight)
    }

    @Test("candles are asked for as ccxt asks, and what an exchange does not have is not asked for")
    func candles() throws {
        let bybit = try #require(MarketRequest.candles(.bybit, symbol: "BTCUSDT", .oneMinute, limit: 200))
        #expect(
            bybit.path == "/v5/market/kline"
                && Set(bybit.query.map { "\($0.name)=\($0.value)" }) == [
                    "category=spot", "symbol=BTCUSDT", "interval=1", "limit=200",
                ])
        let mexc = try #require(
            MarketRequest.candles(
                .mexc, symbol: "ETHUSDT", .oneMinute, since: MarketTime(micros: 1_764_929_820_001_000),
                until: MarketTime(micros: 1_764_930_000_002_000), limit: 3))
        #expect(
            mexc.url
                == "https://api.mexc.com/api/v3/klines?symbol=ETHUSDT&interval=1m&startTime=1764929820001&endTime=1764930000002&limit=3"
        )
        #expect(MarketRequest.candles(.mexc, symbol: "ETHUSDT", .threeMinutes, limit: 3) == nil)
        #expect(
            MarketRequest.candles(.mexc, symbol: "ETHUSDT", .oneHour, limit: 3)?.url.contains("interval=60m") == true)
        #expect(MarketRequest.candles(.binanceUSDM, symbol: "BTCUSDT", .fourHours, limit: 1_500)?.weight == 10)
        #expect(MarketRequest.funding(.mexc, symbol: "BTCUSDT") == nil)
    }
}

@Suite("Instruments out of the exchanges' own lists")
struct InstrumentListTests {
    private func list(_ venue: VenueDialect, _ text: String) throws -> InstrumentList {
        var list = InstrumentList()
        try list.add(try VenueMessages.parse(text, venue: venue, kind: .rest), venue: VenueID(venue.rawValue))
        return list
    }

    @Test("Binance's filters become steps and bounds; a delivery contract is left out with its reason")
    func binance() throws {
        let futures = try list(
            .binanceUSDM,
            #"{"timezone":"UTC","serverTime":1,"symbols":[{"symbol":"BTCUSDT","pair":"BTCUSDT","contractType":"PERPETUAL","status":"TRADING","baseAsset":"BTC","quoteAsset":"USDT","marginAsset":"USDT","filters":[{"filterType":"PRICE_FILTER","minPrice":"0.1","maxPrice":"1000000","tickSize":"0.10"},{"filterType":"LOT_SIZE","minQty":"0.001","maxQty":"1000","stepSize":"0.001"},{"filterType":"MIN_NOTIONAL","notional":"100"}]},{"symbol":"BTCUSDT_250926","contractType":"CURRENT_QUARTER","status":"TRADING","baseAsset":"BTC","quoteAsset":"USDT","marginAsset":"USDT","filters":[]}]}"#
        )
        let entry = try #require(futures[venueSymbol: "BTCUSDT"])
        #expect(entry.instrument.symbol == Symbol("BTC/USDT:USDT") && entry.isTrading)
        #expect(entry.instrument.tickSize == Price("0.1") && entry.instrument.lotSize == Quantity("0.001"))
        #expect(entry.instrument.minNotional == Money(100) && entry.instrument.maxQuantity == Quantity(1_000))
        #expect(futures.skipped.map(\.venueSymbol) == ["BTCUSDT_250926"] && futures.entries.count == 1)
        #expect(futures[Symbol("BTC/USDT:USDT")!]?.venueSymbol == "BTCUSDT")
    }

    @Test("Bybit's and MEXC's rules become the same nouns")
    func others() throws {
        let bybit = try list(
            .bybit,
            #"{"retCode":0,"retMsg":"OK","result":{"category":"linear","list":[{"symbol":"BTCUSDT","contractType":"LinearPerpetual","status":"Trading","baseCoin":"BTC","quoteCoin":"USDT","settleCoin":"USDT","leverageFilter":{"minLeverage":"1","maxLeverage":"100.00","leverageStep":"0.01"},"priceFilter":{"minPrice":"0.10","maxPrice":"199999.80","tickSize":"0.10"},"lotSizeFilter":{"maxOrderQty":"1190.000","minOrderQty":"0.001","qtyStep":"0.001","minNotionalValue":"5"}}],"nextPageCursor":""},"retExtInfo":{},"time":1707186451514}"#
        )
        #expect(
            bybit[Symbol("BTC/USDT:USDT")!]?.instrument.maxLeverage == 100
                && bybit.entries[0].instrument.minNotional == Money(5))
        let mexc = try list(
            .mexc,
            #"{"timezone":"CST","serverTime":1737623435453,"rateLimits":[],"exchangeFilters":[],"symbols":[{"symbol":"BROCKUSDT","status":"1","baseAsset":"BROCK","baseAssetPrecision":2,"quoteAsset":"USDT","quotePrecision":5,"quoteAssetPrecision":5,"quoteAmountPrecision":"1","baseSizePrecision":"0","makerCommission":"0.0005","takerCommission":"0.0005"}]}"#
        )
        let brock = try #require(mexc[Symbol("BROCK/USDT")!]).instrument
        #expect(
            brock.tickSize == Price("0.00001") && brock.lotSize == Quantity("0.01") && brock.minNotional == Money(1))
        #expect(brock.takerFee == Ratio("0.0005"))
    }

    @Test("another message is no list of instruments")
    func wrongMessage() throws {
        var list = InstrumentList()
        let message = try VenueMessages.parse(#"{"serverTime":1499827319559}"#, venue: .binance, kind: .rest)
        #expect(throws: JSONError.self) { try list.add(message, venue: VenueID("binance")) }
    }
}

@Suite("A connection's messages as facts of ours")
struct MarketDeskTests {
    private func read(_ desk: inout MarketDesk, _ text: String) throws -> [MarketDesk.Output] {
        var outputs: [MarketDesk.Output] = []
        try Array(text.utf8).withUnsafeBytes { try desk.read($0, at: at(0), into: &outputs) }
        return outputs
    }

    @Test("a ticker joins the best bid and ask with the last trade; a symbol's time never goes back")
    func tickers() throws {
        var desk = MarketDesk(.binanceUSDM, venue: VenueID("b"), symbols: [("BTCUSDT", Symbol("BTC/USDT")!)])
        let trade = try read(
            &desk, #"{"e":"aggTrade","E":2000,"s":"BTCUSDT","a":1,"p":"99.5","q":"1","f":1,"l":1,"T":2000,"m":true}"#)
        #expect(trade.isEmpty)
        let quote = try read(
            &desk, #"{"e":"bookTicker","u":1,"s":"BTCUSDT","b":"99","B":"1","a":"100","A":"2","T":1000,"E":1000}"#)
        guard case .ticker(let ticker)? = quote.first else {
            Issue.record("no ticker")
            return
        }
        #expect(ticker.last == Price("99.5") && ticker.bid == Price("99") && ticker.askQuantity == Quantity("2"))
        #expect(ticker.symbol == Symbol("BTC/USDT") && ticker.receivedTime == at(0))
        let later = try read(
            &desk, #"{"e":"bookTicker","u":2,"s":"BTCUSDT","b":"99","B":"1","a":"100","A":"2","T":500,"E":500}"#)
        guard case .ticker(let second)? = later.first else { return }
        #expect(second.eventTime >= ticker.eventTime)
        #expect(
            try read(&desk, #"{"e":"bookTicker","u":2,"s":"XUSDT","b":"9","B":"1","a":"10","A":"2","E":1}"#).isEmpty)
    }

    @Test("only a closed candle of one of the seven lengths is a candle")
    func candles() throws {
        var desk = MarketDesk(.bybit, venue: VenueID("b"), symbols: [("BTCUSDT", Symbol("BTC/USDT")!)])
        let text = { (interval: String, isClosed: Bool) in
            #"{"topic":"kline.\#(interval).BTCUSDT","type":"snapshot","ts":1,"data":[{"start":1672324800000,"end":1672325099999,"interval":"\#(interval)","open":"16649.5","close":"16677","high":"16677","low":"16608","volume":"2.081","turnover":"34666.4005","confirm":\#(isClosed),"timestamp":1672324988882}]}"#
        }
        #expect(try read(&desk, text("5", false)).isEmpty)
        guard case .candle(let candle)? = try read(&desk, text("5", true)).first else {
            Issue.record("no candle")
            return
        }
        #expect(
            candle.timeframe == .fiveMinutes && candle.close == Price("16677") && candle.volume == Quantity("2.081"))
        #expect(candle.openTime == MarketTime(micros: 1_672_324_800_000_000))
        #expect(try read(&desk, text("D", true)).isEmpty)
    }

    @Test("what is no message changes nothing, and anything that arrives leaves the desk whole")
    func damage() throws {
        var desk = MarketDesk(.binance, venue: VenueID("b"), symbols: [("A", Symbol("A/B")!)])
        let message = Array(
            #"{"stream":"a@depth","data":{"e":"depthUpdate","E":1,"s":"A","U":1,"u":2,"b":[["1","2"]],"a":[]}}"#.utf8)
        var state: UInt64 = 9
        var outputs: [MarketDesk.Output] = []
        for _ in 0..<5_000 {
            var bytes = message
            state = state &* 6_364_136_223_846_793_005 &+ 1
            bytes[Int(state >> 33) % bytes.count] = UInt8(truncatingIfNeeded: state >> 50)
            _ = try? bytes.withUnsafeBytes { try desk.read($0, at: at(0), into: &outputs) }
        }
        #expect(throws: JSONError.self) { try read(&desk, "{\"e\":") }
        #expect(try read(&desk, "[1]") == [.other])
    }
}

@Suite("Connections to public streams")
struct StreamPlanTests {
    @Test("topics have the exchanges' names, and connections keep their limits")
    func plans() throws {
        let binance = StreamPlan.plans(
            .binance, symbols: ["BTCUSDT"], topics: [.bestBidAsk, .trades, .candles(.oneMinute), .book])
        #expect(
            binance[0].subscriptions == [
                #"{"method":"SUBSCRIBE","params":["btcusdt@bookTicker","btcusdt@aggTrade","btcusdt@kline_1m","btcusdt@depth@100ms"],"id":1}"#
            ])
        let bybit = StreamPlan.plans(
            .bybit, category: .linear, symbols: (0..<12).map { "S\($0)" }, topics: [.candles(.fourHours)])
        #expect(bybit[0].url.hasSuffix("/linear") && bybit[0].subscriptions.count == 2)
        #expect(bybit[0].subscriptions[1] == #"{"op":"subscribe","args":["kline.240.S10","kline.240.S11"]}"#)
        #expect(bybit[0].pingText == #"{"op":"ping"}"#)
        let mexc = StreamPlan.plans(
            .mexc, symbols: (0..<31).map { "S\($0)" }, topics: [.bestBidAsk, .candles(.threeMinutes)])
        #expect(
            mexc.count == 2 && mexc[1].subscriptions[0].contains("spot@public.aggre.bookTicker.v3.api.pb@100ms@S30"))
        for dialect in VenueDialect.allCases {
            let many = StreamPlan.plans(
                dialect, symbols: (0..<700).map { "S\($0)" }, topics: [.bestBidAsk, .trades], base: "ws://127.0.0.1:1/")
            #expect(many.allSatisfy { $0.url == "ws://127.0.0.1:1/" })
            let names = try many.flatMap { plan in
                try plan.subscriptions.flatMap { text in
                    let node = try JSONValue.parse(text).node
                    return try (node["params"].ifPresent ?? node["args"]).elements().map { try $0.string() }
                }
            }
            #expect(names.count == 1_400 && Set(names).count == 1_400)
        }
        #expect(StreamPlan.plans(.binance, symbols: [], topics: [.book]).isEmpty)
        let routed = StreamPlan.plans(
            .binanceUSDM, symbols: ["BTCUSDT"], topics: [.bestBidAsk, .trades, .candles(.oneMinute), .book])
        #expect(routed.map(\.url) == ["wss://fstream.binance.com/public/ws", "wss://fstream.binance.com/market/ws"])
        #expect(
            routed[0].subscriptions[0].contains("btcusdt@bookTicker") && routed[0].subscriptions[0].contains("@depth"))
        #expect(routed[1].subscriptions[0].contains("@aggTrade") && routed[1].subscriptions[0].contains("@kline_1m"))
    }
}

@Suite("MEXC's streams as facts of ours")
struct MexcDeskTests {
    private func field(_ number: Int, _ bytes: [UInt8]) -> [UInt8] {
        varint(UInt64(number << 3 | 2)) + varint(UInt64(bytes.count)) + bytes
    }
    private func field(_ number: Int, _ value: UInt64) -> [UInt8] { varint(UInt64(number << 3)) + varint(value) }
    private func text(_ number: Int, _ text: String) -> [UInt8] { field(number, Array(text.utf8)) }
    private func varint(_ value: UInt64) -> [UInt8] {
        value < 0x80 ? [UInt8(value)] : [UInt8(truncatingIfNeeded: value) | 0x80] + varint(value >> 7)
    }
    private func push(_ number: Int, _ body: [UInt8]) -> [UInt8] {
        text(1, "spot@public") + field(number, body) + text(3, "BTCUSDT") + field(6, 1_755_973_886_309)
    }
    private func read(_ desk: inout MarketDesk, _ bytes: [UInt8]) throws -> [MarketDesk.Output] {
        var outputs: [MarketDesk.Output] = []
        try bytes.withUnsafeBytes { try desk.read($0, at: at(0), into: &outputs) }
        return outputs
    }
    private func desk() -> MarketDesk {
        MarketDesk(.mexc, venue: VenueID("m"), symbols: [("BTCUSDT", Symbol("BTC/USDT")!)])
    }

    @Test("a candle is closed by the next one's start, since the exchange does not say it")
    func candles() throws {
        var desk = desk()
        let kline = { (start: UInt64, close: String) in
            self.push(
                308,
                self.text(1, "Min1") + self.field(2, start) + self.text(3, "10") + self.text(4, close)
                    + self.text(5, "12") + self.text(6, "9") + self.text(7, "0.5") + self.text(8, "5"))
        }
        #expect(try read(&desk, kline(1_755_974_700, "10.5")).isEmpty)
        #expect(try read(&desk, kline(1_755_974_700, "11")).isEmpty)
        guard case .candle(let candle)? = try read(&desk, kline(1_755_974_760, "11.5")).first else {
            Issue.record("no candle")
            return
        }
        #expect(candle.close == Price("11") && candle.timeframe == .oneMinute)
        #expect(candle.openTime == MarketTime(micros: 1_755_974_700_000_000))
        #expect(try read(&desk, kline(1_755_974_700, "99")).isEmpty)
    }

    @Test("best bid and ask, trades and changes of the book are read; texts are left to the tables")
    func others() throws {
        var desk = desk()
        let deal = text(1, "100.5") + text(2, "0.1") + field(3, 2) + field(4, 1_755_973_886_258)
        #expect(try read(&desk, push(314, field(1, deal))).isEmpty)
        let quote = text(1, "100") + text(2, "1") + text(3, "101") + text(4, "2")
        guard case .ticker(let ticker)? = try read(&desk, push(315, quote)).first else {
            Issue.record("no ticker")
            return
        }
        #expect(ticker.last == Price("100.5") && ticker.ask == Price("101"))
        var snapshot = BookUpdate()
        (snapshot.isSnapshot, snapshot.lastID, snapshot.asks) = (
            true, 10, [BookLevel(price: Price("101")!, quantity: Quantity(1))]
        )
        #expect(desk.load(snapshot, symbol: Symbol("BTC/USDT")!) == .applied)
        let level = text(1, "100") + text(2, "3")
        let change = field(2, level) + text(4, "11") + text(5, "12")
        #expect(try read(&desk, push(313, change)) == [.book(Symbol("BTC/USDT")!, .applied)])
        #expect(
            try read(&desk, push(313, field(2, level) + text(4, "14") + text(5, "15"))) == [
                .book(Symbol("BTC/USDT")!, .gap(reached: 12, next: 14))
            ])
        #expect(try read(&desk, Array(#"{"id":0,"code":0,"msg":"PONG"}"#.utf8)) == [.other])
        #expect(throws: JSONError.self) { try read(&desk, [0xff, 0x01]) }
    }
}

@Suite("Instruments known only by their files")
struct InferredInstrumentTests {
    @Test("the largest order of a coin that costs a hundred-thousandth of a dollar is not ten dollars")
    func largestOrder() throws {
        let cheap = InferredInstrument.make(
            try #require(Symbol("SHIB/USDT")), venue: .simulated, priceStep: Price(raw: Price.scale / 100_000_000),
            volumeStep: Quantity(1))
        #expect(cheap.maxQuantity > Quantity(1_000_000_000))
        let dear = InferredInstrument.make(
            try #require(Symbol("BTC/USDT")), venue: .simulated, priceStep: Price(raw: Price.scale / 100),
            volumeStep: Quantity(raw: 10_000_000))
        #expect(dear.maxQuantity == Quantity(1_000_000))
    }
}
