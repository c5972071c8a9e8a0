import JSONText
import Testing
import TradingModel
import Venues

@testable import SimulatedExchange

@Suite("Market data of the box")
struct MarketTests {
    private static let markets = [(VenueDialect.binance, "/api/v3"), (.binanceUSDM, "/fapi/v1")]

    /// Every public request of both markets.
    private static let requests: [(VenueDialect, String, String)] = {
        var list: [(VenueDialect, String, String)] = []
        for (dialect, base) in markets {
            for (path, query) in [
                ("/time", ""), ("/exchangeInfo", ""), ("/depth", "symbol=BTCUSDT&limit=20"),
                ("/trades", "symbol=BTCUSDT"), ("/aggTrades", "symbol=BTCUSDT"),
                ("/klines", "symbol=BTCUSDT&interval=5m&limit=10"), ("/ticker/24hr", "symbol=BTCUSDT"),
                ("/ticker/24hr", ""), ("/ticker/price", ""), ("/ticker/bookTicker", "symbol=ETHUSDT"),
            ] { list.append((dialect, base + path, query)) }
        }
        list.append((.binanceUSDM, "/fapi/v1/premiumIndex", ""))
        list.append((.binanceUSDM, "/fapi/v1/fundingRate", "symbol=BTCUSDT"))
        list.append((.binanceUSDM, "/fapi/v1/fundingInfo", ""))
        list.append((.binanceUSDM, "/fapi/v1/openInterest", "symbol=BTCUSDT"))
        return list
    }()

    @Test("our own readers read every answer, and find nothing in it that they do not know")
    func answersAreRead() throws {
        let rig = Rig()
        rig.pass(.seconds(90))
        for (dialect, path, query) in Self.requests {
            let reply = try #require(rig.send("GET", path, query: query))
            #expect(reply.status == 200, "\(path)?\(query): \(reply.text)")
            let message = try VenueMessages.parse(
                reply.text, venue: dialect, kind: .rest, .init(endpoint: path, status: 200))
            #expect(message.type != "error" && message.type != "other", "\(path): \(message.type)")
            #expect(message.unknown.isEmpty, "\(path): \(message.unknown.keys)")
        }
    }

    @Test("the list of instruments becomes ours, with the rules of the market", arguments: 0...1)
    func instruments(which: Int) throws {
        let (dialect, base) = Self.markets[which]
        let rig = Rig(symbols: ["BTC/USDT", "SHIB/USDT", "NEW/USDT"])
        let reply = try #require(rig.send("GET", base + "/exchangeInfo"))
        var list = InstrumentList()
        try list.add(
            try VenueMessages.parse(
                reply.text, venue: dialect, kind: .rest, .init(endpoint: base + "/exchangeInfo")),
            venue: VenueID("box"))
        #expect(list.entries.count == 3 && list.skipped.isEmpty)
        for listing in rig.exchange.listings where listing.market.rawValue == which {
            let entry = try #require(list[venueSymbol: listing.venueSymbol])
            #expect(entry.instrument.tickSize == listing.instrument.tickSize)
            #expect(entry.instrument.lotSize == listing.instrument.lotSize)
            #expect(entry.instrument.minNotional == listing.instrument.minNotional)
            #expect(entry.instrument.maxQuantity == listing.instrument.maxQuantity)
            #expect(entry.isTrading)
        }
    }

    @Test("our book follows snapshot and changes without a gap and ends as the box's own", arguments: 0...1)
    func books(which: Int) throws {
        let (dialect, base) = Self.markets[which]
        let rig = Rig()
        let stream = rig.open("/\(which == 0 ? "spot" : "usdm")/ws/btcusdt@depth@100ms")
        rig.pass(.seconds(3))
        let symbol = try #require(Symbol("BTC/USDT"))
        var desk = MarketDesk(dialect, venue: VenueID("box"), symbols: [("BTCUSDT", symbol)])
        var outputs: [MarketDesk.Output] = []
        func feed(_ texts: [String]) throws {
            for text in texts {
                try Array(text.utf8).withUnsafeBytes { try desk.read($0, at: rig.wall, into: &outputs) }
            }
        }
        try feed(rig.take(stream))
        let answer = try #require(rig.send("GET", base + "/depth", query: "symbol=BTCUSDT&limit=1000"))
        guard case .book(let snapshot) = try answer.body.withUnsafeBytes({ try BinanceStreamReader.read($0) }) else {
            Issue.record("the answer is no book")
            return
        }
        #expect(desk.load(snapshot, symbol: symbol) == .applied)
        rig.pass(.seconds(60))
        try feed(rig.take(stream))
        for case .book(_, let outcome) in outputs {
            #expect(outcome == .applied || outcome == .waiting || outcome == .old, "\(outcome)")
        }
        let index = try #require(rig.exchange.places[which]["BTCUSDT"])
        let listing = rig.exchange.listings[index]
        let book = try #require(desk.book(symbol))
        for side in [OrderSide.buy, .sell] {
            let real = listing.book.levels(side, depth: 20)
            let ours = (side == .buy ? book.bids : book.asks).prefix(20)
            #expect(real.map { listing.price($0.ticks) } == ours.map(\.price))
            #expect(real.map { listing.quantity($0.lots) } == ours.map(\.quantity))
        }
    }

    @Test("closed candles of the stream, of REST and of the truth are the same, in every length")
    func candles() throws {
        let rig = Rig(lookBack: 60)
        let names = Timeframe.allCases.map { "ethusdt@kline_\($0)" }
        let stream = rig.open("/usdm/stream", "streams=" + names.joined(separator: "/"))
        rig.pass(.minutes(31))
        var closed: [String: [StreamCandle]] = [:]
        for text in rig.take(stream) {
            if case .candle(let candle) = try Array(text.utf8).withUnsafeBytes({ try BinanceStreamReader.read($0) }),
                candle.isClosed
            {
                closed[candle.interval, default: []].append(candle)
            }
        }
        for timeframe in Timeframe.allCases where timeframe <= .thirtyMinutes {
            let streamed = try #require(closed[timeframe.rawValue], "\(timeframe)")
            let since = Rig.start.micros / 1_000
            let rows = try rig.get(
                "/fapi/v1/klines", "symbol=ETHUSDT&interval=\(timeframe)&startTime=\(since)&limit=1000"
            ).list.dropLast()
            #expect(streamed.count == rows.count && !rows.isEmpty, "\(timeframe)")
            for (candle, row) in zip(streamed, rows) {
                #expect(row[0]?.whole == candle.openTime.micros / 1_000)
                #expect(Price(row[1]?.text ?? "") == candle.open)
                #expect(Price(row[2]?.text ?? "") == candle.high)
                #expect(Price(row[3]?.text ?? "") == candle.low)
                #expect(Price(row[4]?.text ?? "") == candle.close)
                #expect(Quantity(row[5]?.text ?? "") == candle.volume)
            }
        }
        let truth = try rig.get("/admin/candles", "market=usdm&symbol=ETHUSDT&interval=1m")
        #expect(truth.list.count == 60 + 31 + 1)
    }

    @Test("longer candles are made of the shorter ones, the one the market began in the middle of included")
    func aggregation() throws {
        // Started at half past: the hour and the four hours are under way.
        let rig = Rig(lookBack: 300) { $0.start = Rig.start + .minutes(90) }
        rig.market = Rig.start + .minutes(90)
        rig.pass(.minutes(40))
        let minutes = try rig.get("/api/v3/klines", "symbol=BTCUSDT&interval=1m&limit=1000").list
        for interval in ["3m", "5m", "15m", "30m", "1h", "2h"] {
            let shape = try #require(KlineInterval(interval))
            let rows = try rig.get("/api/v3/klines", "symbol=BTCUSDT&interval=\(interval)&limit=3").list
            for row in rows {
                let open = try #require(row[0]?.whole)
                let end = shape.bounds(containing: open).end
                let parts = minutes.filter { ($0[0]?.whole ?? 0) >= open && ($0[0]?.whole ?? 0) < end }
                guard parts.first?[0]?.whole == open else { continue }
                let highs = parts.compactMap { Price($0[2]?.text ?? "") }
                let lows = parts.compactMap { Price($0[3]?.text ?? "") }
                #expect(Price(row[1]?.text ?? "") == Price(parts[0][1]?.text ?? ""), "\(interval)")
                #expect(Price(row[2]?.text ?? "") == highs.max(), "\(interval)")
                #expect(Price(row[3]?.text ?? "") == lows.min(), "\(interval)")
                let volumes = parts.compactMap { Quantity($0[5]?.text ?? "") }
                #expect(Quantity(row[5]?.text ?? "") == volumes.reduce(.zero, +), "\(interval)")
            }
        }
    }

    @Test("a thousand closed candles of each length are there at the start")
    func history() throws {
        let rig = Rig(symbols: ["BTC/USDT"], lookBack: 1_000)
        for timeframe in Timeframe.allCases {
            let rows = try rig.get("/fapi/v1/klines", "symbol=BTCUSDT&interval=\(timeframe)&limit=1500").list
            #expect(rows.count >= 1_000, "\(timeframe): \(rows.count)")
            let times = rows.compactMap { $0[0]?.whole }
            let length = timeframe.span.micros / 1_000
            #expect(zip(times, times.dropFirst()).allSatisfy { $1 - $0 == length }, "\(timeframe)")
        }
    }

    @Test("a recorded candle comes out as it was")
    func recording() throws {
        let symbol = try #require(Symbol("BTC/USDT"))
        let instrument = try #require(InstrumentCatalog.instrument(symbol, venue: .recording))
        var generator = SeededGenerator(seed: 5)
        var candles: [Candle] = []
        for minute in 0..<200 {
            let prices = (0..<4).map { _ in
                Price(raw: Price.scale * 50_000 + Int128(generator.next() % 500) * Price.scale / 10)
            }
            candles.append(
                Candle(
                    symbol: symbol, venue: .recording, timeframe: .oneMinute,
                    openTime: Rig.start + .minutes(Int64(minute - 100)), open: prices[0],
                    high: prices.max() ?? prices[0], low: prices.min() ?? prices[0], close: prices[3],
                    volume: Quantity(raw: instrument.lotSize.raw * Int128(1 + generator.next() % 10_000))))
        }
        let rig = Rig { $0.recordings = [BoxRecording(symbol: symbol, instrument: instrument, candles: candles)] }
        rig.pass(.minutes(90))
        let rows = try rig.get("/fapi/v1/klines", "symbol=BTCUSDT&interval=1m&limit=1000").list.dropLast()
        #expect(rows.count == 30 + 90)
        for row in rows {
            let open = try #require(row[0]?.whole)
            let candle = try #require(candles.first { $0.openTime.micros / 1_000 == open })
            #expect(Price(row[1]?.text ?? "") == candle.open)
            #expect(Price(row[2]?.text ?? "") == candle.high)
            #expect(Price(row[3]?.text ?? "") == candle.low)
            #expect(Price(row[4]?.text ?? "") == candle.close)
            #expect(Quantity(row[5]?.text ?? "") == candle.volume)
        }
    }

    @Test("a recording finer than the catalogue's steps keeps every digit")
    func fineRecording() throws {
        let symbol = try #require(Symbol("BTC/USDT"))
        let texts = ["95000.01", "95003.17", "94999.99", "95001.5"]
        let prices = texts.compactMap { Price($0) }
        var candles: [Candle] = []
        for minute in 0..<10 {
            candles.append(
                Candle(
                    symbol: symbol, venue: .recording, timeframe: .oneMinute,
                    openTime: Rig.start + .minutes(Int64(minute)), open: prices[0], high: prices[1], low: prices[2],
                    close: prices[3], volume: try #require(Quantity("123456.12345678"))))
        }
        let rig = Rig { $0.recordings = [BoxRecording(symbol: symbol, candles: candles)] }
        rig.pass(.minutes(9))
        let row = try #require(try rig.get("/api/v3/klines", "symbol=BTCUSDT&interval=1m&limit=3").list.first)
        #expect((1...4).map { Price(row[$0]?.text ?? "") } == prices)
        #expect(row[5]?.text == "123456.12345678")
        let quote = try #require(Money(row[7]?.text ?? ""))
        #expect(quote > Money(11_700_000_000) && quote < Money(11_730_000_000))
    }

    @Test("our own readers read every event of every public stream")
    func streamsAreRead() throws {
        for (market, dialect) in [(BoxMarket.spot, VenueDialect.binance), (.usdm, .binanceUSDM)] {
            let rig = Rig()
            let kinds = [
                "bookTicker", "aggTrade", "trade", "depth", "depth20", "kline_1m", "kline_1d", "ticker", "miniTicker",
            ]
            let extra = market == .usdm ? ["btcusdt@markPrice@1s", "!markPrice@arr"] : ["!miniTicker@arr"]
            let names = kinds.map { "btcusdt@" + $0 } + extra
            let stream = rig.open("/\(market.name)/stream", "streams=" + names.joined(separator: "/"))
            rig.pass(.seconds(65))
            var seen: Set<String> = []
            for text in rig.take(stream) {
                let value = try JSONValue.parse(text)
                let name = try #require(value["stream"]?.text)
                seen.insert(name)
                let message = try VenueMessages.parse(value, venue: dialect, kind: .ws)
                #expect(message.type != "error" && message.type != "other", "\(name)")
                #expect(message.unknown.isEmpty, "\(name): \(message.unknown.keys)")
            }
            #expect(seen == Set(names), "\(market)")
        }
    }

    @Test("streams are asked for, listed and left by message")
    func subscriptions() throws {
        let rig = Rig()
        let stream = rig.open("/ws")
        _ = rig.handle(
            .text(stream, #"{"method":"SUBSCRIBE","params":["btcusdt@bookTicker","ethusdt@aggTrade"],"id":7}"#))
        #expect(rig.take(stream) == [#"{"result":null,"id":7}"#])
        rig.pass(.seconds(3))
        #expect(rig.take(stream).contains { $0.contains("BTCUSDT") })
        _ = rig.handle(.text(stream, #"{"method":"LIST_SUBSCRIPTIONS","id":8}"#))
        #expect(rig.take(stream) == [#"{"result":["btcusdt@bookTicker","ethusdt@aggTrade"],"id":8}"#])
        let names = #"["btcusdt@bookTicker","ethusdt@aggTrade"]"#
        _ = rig.handle(.text(stream, #"{"method":"UNSUBSCRIBE","params":\#(names),"id":9}"#))
        _ = rig.take(stream)
        rig.pass(.seconds(5))
        #expect(rig.take(stream).isEmpty)
        _ = rig.handle(.text(stream, "what?"))
        #expect(rig.take(stream).first?.contains("Invalid JSON") == true)
    }

    @Test("the same seed is the same exchange, another seed another one")
    func determinism() throws {
        func run(_ seed: UInt64) throws -> [String] {
            let rig = Rig(seed: seed)
            let stream = rig.open("/usdm/ws/btcusdt@bookTicker/btcusdt@depth/btcusdt@kline_1m/ethusdt@aggTrade")
            rig.pass(.seconds(120))
            return rig.take(stream)
        }
        let first = try run(3)
        #expect(first == (try run(3)))
        #expect(first != (try run(4)))
    }
}

@Suite("Decimals of the box")
struct DecimalTests {
    @Test("multiples of any step are written as the exact decimal, with the wanted digits")
    func scale() {
        var generator = SeededGenerator(seed: 11)
        for text in ["0.1", "0.001", "1", "10", "0.25", "0.00000001", "0.000000000001", "0.05", "100"] {
            guard let step = Price(text) else { continue }
            let scale = DecimalScale(step)
            for _ in 0..<200 {
                let count = Int64(generator.next() % 1_000_000_000) - 1_000
                let exact = Price(raw: step.raw * Int128(count))
                let digits = max(Decimals.digits(of: step), Int(generator.next() % 9))
                #expect(scale.text(count, digits: digits) == Decimals.fixed(exact, digits))
            }
        }
    }
}
