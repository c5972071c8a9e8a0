import JSONText
import Testing
import TradingModel
import VenueTrading
import Venues

@testable import SimulatedExchange

@Suite("Trading at the box")
struct TradingTests {
    private func order(_ side: String, _ type: String, _ rest: String) -> String {
        "symbol=BTCUSDT&side=\(side)&type=\(type)&\(rest)"
    }

    @Test("an order rests, is found by either id, and is cancelled", arguments: ["/api/v3", "/fapi/v1"])
    func life(base: String) throws {
        let rig = Rig()
        let limit = order("BUY", "LIMIT", "timeInForce=GTC&quantity=0.010&price=90000&newClientOrderId=mine-1")
        let placed = try rig.signed("POST", base + "/order", limit).value
        #expect(placed["status"]?.text == "NEW")
        let id = try #require(placed["orderId"]?.whole)
        for key in ["orderId=\(id)", "origClientOrderId=mine-1"] {
            let found = try rig.signed("GET", base + "/order", "symbol=BTCUSDT&" + key).value
            #expect(found["orderId"]?.whole == id && found["status"]?.text == "NEW")
        }
        #expect(try rig.signed("GET", base + "/openOrders", "symbol=BTCUSDT").value.list.count == 1)
        #expect(try rig.code("POST", base + "/order", limit) == (base == "/api/v3" ? -2010 : -4116))
        #expect(
            try rig.signed("DELETE", base + "/order", "symbol=BTCUSDT&orderId=\(id)").value["status"]?.text
                == "CANCELED")
        #expect(try rig.code("DELETE", base + "/order", "symbol=BTCUSDT&orderId=\(id)") == -2011)
        #expect(try rig.code("GET", base + "/order", "symbol=BTCUSDT&orderId=99") == -2013)
        // Ids are unique among open orders only: now it may be used again, and the query tells the later order.
        let again = try rig.signed("POST", base + "/order", limit).value
        #expect(again["orderId"]?.whole != id)
        let found = try rig.signed("GET", base + "/order", "symbol=BTCUSDT&origClientOrderId=mine-1").value
        #expect(found["orderId"]?.whole == again["orderId"]?.whole)
        #expect(try rig.signed("GET", base + "/openOrders", "").value.list.count == 1)
    }

    @Test("a market order fills against the book, and fees and balances are exact to the last digit")
    func spotMarketOrder() throws {
        let rig = Rig()
        let answer = try rig.signed("POST", "/api/v3/order", order("BUY", "MARKET", "quantity=0.050")).value
        #expect(answer["status"]?.text == "FILLED")
        var spent = Money.zero
        var fees = Money.zero
        for fill in try #require(answer["fills"]).list {
            let price = try #require(Price(fill["price"]?.text ?? ""))
            spent += Money.notional(price, try #require(Quantity(fill["qty"]?.text ?? "")))
            fees += try #require(Money(fill["commission"]?.text ?? ""))
        }
        #expect(Money(answer["cummulativeQuoteQty"]?.text ?? "") == spent)
        let balances = try #require(try rig.signed("GET", "/api/v3/account").value["balances"]).list
        func free(_ asset: String) -> Money? {
            balances.first { $0["asset"]?.text == asset }.flatMap { Money($0["free"]?.text ?? "") }
        }
        #expect(free("USDT") == Money(10_000) - spent)
        #expect(free("BTC") == Money(raw: Money.scale / 20) - fees)
        #expect(fees == Money(raw: Money.scale / 20_000))
    }

    @Test("an order by amount spends no more than it says")
    func quoteOrder() throws {
        let rig = Rig()
        let answer = try rig.signed("POST", "/api/v3/order", order("BUY", "MARKET", "quoteOrderQty=1000")).value
        #expect(answer["status"]?.text == "FILLED")
        let spent = try #require(Money(answer["cummulativeQuoteQty"]?.text ?? ""))
        #expect(spent <= Money(1_000) && spent > Money(850))
    }

    @Test(
        "each rule of the exchange refuses with its own code",
        arguments: [
            ("/api/v3/order", "side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.0105&price=90000", -1013),
            ("/api/v3/order", "side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.010&price=90000.05", -1013),
            ("/api/v3/order", "side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.010&price=1", -1013),
            ("/api/v3/order", "side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.0100000001&price=90000", -1111),
            ("/api/v3/order", "side=BUY&type=LIMIT&quantity=0.010&price=90000", -1102),
            ("/api/v3/order", "side=BUY&type=LIMIT&timeInForce=GTX&quantity=0.010&price=90000", -1115),
            ("/api/v3/order", "side=BUY&type=MARKET&quantity=0.010&price=90000", -1106),
            ("/api/v3/order", "side=BUY&type=MARKET&quantity=5", -2010),
            ("/api/v3/order", "side=SELL&type=MARKET&quantity=1", -2010),
            ("/api/v3/order", "side=BUY&type=LIMIT_MAKER&quantity=0.010&price=99000000", -2010),
            ("/api/v3/order", "side=HOLD&type=MARKET&quantity=1", -1117),
            ("/api/v3/order", "side=BUY&type=WISH&quantity=1", -1116),
            ("/api/v3/order", "side=BUY&type=MARKET&quantity=x", -1100),
            ("/api/v3/order", "side=BUY&type=MARKET&quantity=0.01&newClientOrderId=a%20b", -1100),
            ("/fapi/v1/order", "side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.0105&price=90000", -1111),
            ("/fapi/v1/order", "side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.010&price=90000.05", -4014),
            ("/fapi/v1/order", "side=BUY&type=MARKET&quantity=0.001", -4164),
            ("/fapi/v1/order", "side=BUY&type=MARKET&quantity=0", -4003),
            ("/fapi/v1/order", "side=BUY&type=MARKET&quantity=9", -2019),
            ("/fapi/v1/order", "side=SELL&type=MARKET&quantity=0.010&reduceOnly=true", -2022),
            ("/fapi/v1/order", "side=BUY&type=LIMIT&timeInForce=GTX&quantity=0.010&price=100000", -5022),
            ("/fapi/v1/order", "side=BUY&type=STOP_MARKET&quantity=0.010&stopPrice=100000", -4120),
            ("/fapi/v1/order", "side=BUY&type=MARKET&quantity=0.010&positionSide=LONG", -4061),
            (
                "/fapi/v1/order",
                "side=BUY&type=MARKET&quantity=0.01&newClientOrderId=0123456789012345678901234567890123456789", -4015
            ),
            (
                "/fapi/v1/algoOrder",
                "algoType=CONDITIONAL&side=SELL&type=STOP_MARKET&quantity=0.01&triggerPrice=200000", -2021
            ),
            ("/fapi/v1/leverage", "leverage=126", -4028),
            ("/fapi/v1/marginType", "marginType=CROSSED", -4046),
            ("/fapi/v1/positionSide/dual", "dualSidePosition=false", -4059),
        ])
    func refusals(path: String, query: String, code: Int64) throws {
        let rig = Rig()
        #expect(try rig.code("POST", path, "symbol=BTCUSDT&" + query) == code, "\(query)")
        let (_, value) = try rig.signed("POST", path, "symbol=BTCUSDT&" + query)
        let dialect: VenueDialect = path.hasPrefix("/fapi") ? .binanceUSDM : .binance
        let message = try VenueMessages.parse(value, venue: dialect, kind: .rest, .init(status: 400))
        #expect(message.type == "error")
        #expect(try message.data.node["category"].string() != "unrecognized", "\(value)")
    }

    @Test("keys, signatures and clocks are checked as the exchange does")
    func security() throws {
        let rig = Rig()
        #expect(try #require(rig.send("GET", "/api/v3/account", query: "timestamp=1")).text.contains("-2014"))
        var other = BoxKey.standard
        other.secret = "another secret"
        #expect(try rig.signed("GET", "/api/v3/account", key: other).value["code"]?.whole == -1022)
        other.key = "an-unknown-key-of-some-length"
        #expect(try rig.signed("GET", "/api/v3/account", key: other).value["code"]?.whole == -2015)
        #expect(try rig.signed("GET", "/api/v3/account", skew: -6_000).value["code"]?.whole == -1021)
        #expect(try rig.signed("GET", "/api/v3/account", skew: 1_500).value["code"]?.whole == -1021)
        #expect(try rig.signed("GET", "/api/v3/account", "recvWindow=10000", skew: -6_000).status == 200)
        _ = try rig.admin("POST", "/admin/clock", #"{"milliseconds":60000}"#)
        #expect(try rig.signed("GET", "/api/v3/account").value["code"]?.whole == -1021)
        #expect(try rig.signed("GET", "/api/v3/account", skew: 60_000).status == 200)
        let rights = try rig.signed("GET", "/sapi/v1/account/apiRestrictions", skew: 60_000).value
        #expect(rights["enableWithdrawals"] == false)
        _ = try rig.admin("POST", "/admin/keys", #"{"withdraw":true,"trade":false}"#)
        let more = try rig.signed("GET", "/sapi/v1/account/apiRestrictions", skew: 60_000).value
        #expect(more["enableWithdrawals"] == true)
        let refused = try rig.signed("POST", "/api/v3/order", order("BUY", "MARKET", "quantity=0.01"), skew: 60_000)
        #expect(refused.value["code"]?.whole == -2015)
    }

    @Test("too much weight is refused with 429, who goes on is banned with 418")
    func limits() throws {
        let rig = Rig { $0.spotWeightLimit = 100 }
        var statuses: [Int] = []
        for _ in 0..<60 {
            statuses.append(
                try #require(rig.send("GET", "/api/v3/klines", query: "symbol=BTCUSDT&interval=1m&limit=1")).status)
        }
        #expect(statuses.prefix(50).allSatisfy { $0 == 200 })
        #expect(statuses[50] == 429 && statuses[59] == 418)
        let refused = try #require(rig.send("GET", "/api/v3/time"))
        #expect(refused.status == 418 && refused.header("Retry-After") != nil)
        let error = try VenueMessages.parse(refused.text, venue: .binance, kind: .rest, .init(status: 418))
        #expect(try error.data.node["category"].string() == "banned")
        // Nothing else helps than waiting: two minutes by the machine's clock.
        rig.pass(.seconds(130))
        let after = try #require(rig.send("GET", "/api/v3/time"))
        #expect(after.status == 200 && after.header("X-MBX-USED-WEIGHT-1M") == "1")
    }

    @Test("a position is opened, valued, reduced and closed; the wallet moves by profit and fees alone")
    func position() throws {
        let rig = Rig()
        let opened = try rig.signed(
            "POST", "/fapi/v1/order", order("BUY", "MARKET", "quantity=0.100&newOrderRespType=RESULT"))
        #expect(opened.value["status"]?.text == "FILLED")
        rig.pass(.seconds(30))
        let rows = try rig.signed("GET", "/fapi/v3/positionRisk").value.list
        #expect(rows.count == 1 && rows[0]["positionAmt"]?.text == "0.100")
        _ = try rig.signed("POST", "/fapi/v1/order", order("SELL", "MARKET", "quantity=0.040"))
        // A reduce-only order is cut to what is left.
        let closing = try rig.signed(
            "POST", "/fapi/v1/order", order("SELL", "MARKET", "quantity=0.090&reduceOnly=true")
        ).value
        #expect(closing["origQty"]?.text == "0.060" && closing["status"]?.text == "FILLED")
        #expect(try rig.signed("GET", "/fapi/v3/positionRisk").value.list.isEmpty)
        var expected = Money(10_000)
        for fill in try rig.signed("GET", "/fapi/v1/userTrades", "symbol=BTCUSDT").value.list {
            let price = try #require(Price(fill["price"]?.text ?? ""))
            let value = Money.notional(price, try #require(Quantity(fill["qty"]?.text ?? "")))
            expected += fill["side"]?.text == "BUY" ? -value : value
            expected -= try #require(Money(fill["commission"]?.text ?? ""))
        }
        let balance = try rig.signed("GET", "/fapi/v3/balance").value.list[0]
        #expect(Money(balance["balance"]?.text ?? "") == expected)
    }

    @Test("a stop waits beside the book, becomes a market order at its trigger and closes the position")
    func algo() throws {
        let rig = Rig()
        _ = try rig.signed("POST", "/fapi/v1/order", order("BUY", "MARKET", "quantity=0.100"))
        let last = try rig.price("BTCUSDT")
        let near = Price(raw: last.raw * 9_998 / 10_000).rounded(toMultipleOf: Price(raw: Price.scale / 10), .down)
        let placed = try rig.signed(
            "POST", "/fapi/v1/algoOrder",
            order(
                "SELL", "STOP_MARKET",
                "algoType=CONDITIONAL&closePosition=true&triggerPrice=\(near)&clientAlgoId=stop-1")
        ).value
        #expect(placed["algoStatus"]?.text == "NEW")
        #expect(try rig.signed("GET", "/fapi/v1/openAlgoOrders").value.list.count == 1)
        #expect(try rig.signed("GET", "/fapi/v1/openOrders").value.list.isEmpty)
        var waited = 0
        while try rig.signed("GET", "/fapi/v1/openAlgoOrders").value.list.count == 1, waited < 600 {
            rig.pass(.seconds(10))
            waited += 1
        }
        let done = try rig.signed("GET", "/fapi/v1/algoOrder", "clientAlgoId=stop-1").value
        #expect(done["algoStatus"]?.text == "FINISHED" && done["actualQty"]?.text == "0.100")
        #expect(try rig.signed("GET", "/fapi/v3/positionRisk").value.list.isEmpty)
        let message = try VenueMessages.parse(
            done, venue: .binanceUSDM, kind: .rest, .init(endpoint: "/fapi/v1/algoOrder", status: 200))
        #expect(message.unknown.isEmpty)
    }
}

@Suite("Orders of our own client at the box")
struct ClientOrderTests {
    /// The signed request of a call, as `quartet venue request` would show it, sent to the box.
    private func send(
        _ rig: Rig, _ market: TradingMarket, _ call: TradingCall
    ) throws -> (status: Int, value: JSONValue, message: ParsedMessage) {
        let context = SigningContext(
            key: BoxKey.standard.key, secret: BoxKey.standard.secret, timestamp: rig.market.micros / 1_000)
        let request = try RequestDesk.request(for: TradingOrderForm(market: market, call: call), context: context)
        let tail = request.url.dropFirst("https://".count).drop { $0 != "/" }
        let parts = tail.split(separator: "?", maxSplits: 1).map(String.init)
        let key = request.headers.first { $0.name == "X-MBX-APIKEY" }?.value
        let reply = try #require(
            rig.send(
                request.method.rawValue, parts[0], query: parts.count > 1 ? parts[1] : "", body: request.body, key: key)
        )
        let value = try JSONValue.parse(reply.body)
        let message = try VenueMessages.parse(
            value, venue: market.isSpot ? .binance : .binanceUSDM, kind: .rest,
            .init(endpoint: parts[0], status: reply.status))
        #expect(message.unknown.isEmpty, "\(parts[0]): \(message.unknown.keys)")
        return (reply.status, value, message)
    }

    private func symbol(_ market: TradingMarket) throws -> MarketSymbol {
        MarketSymbol(try #require(Symbol(market.isSpot ? "BTC/USDT" : "BTC/USDT:USDT")))
    }

    @Test(
        "every call of ours is understood and answered in words we understand",
        arguments: [
            TradingMarket.binanceSpot, .binanceUSDM,
        ])
    func calls(market: TradingMarket) throws {
        let rig = Rig()
        let symbol = try symbol(market)
        let quantity = try #require(ExactDecimal("0.010"))
        var limit = OrderDraft(symbol: symbol, side: .buy, kind: .limit, quantity: quantity)
        limit.limitPrice = ExactDecimal("90000")
        limit.clientOrderID = "limit-1"
        limit.wantsFullAnswer = true
        var post = limit
        post.isPostOnly = true
        post.clientOrderID = "post-1"
        var stop = OrderDraft(symbol: symbol, side: .sell, kind: .market, quantity: ExactDecimal("0.009"))
        stop.trigger = OrderDraft.Trigger(price: try #require(ExactDecimal("80000")), meaning: .stop)
        stop.clientOrderID = "stop-1"
        var taking = OrderDraft(symbol: symbol, side: .buy, kind: .market, quantity: quantity)
        taking.clientOrderID = "market-1"
        var trial = taking
        trial.isTest = true
        let key = OrderKey(symbol: symbol, clientOrderID: "limit-1")
        let stopKey = OrderKey(symbol: symbol, clientOrderID: "stop-1", isConditional: !market.isSpot)
        var calls: [TradingCall] = [
            .serverTime, .create(limit), .create(post), .query(key),
            .openOrders(symbol, isConditional: false, limit: nil),
            .cancel(key), .create(trial), .create(taking), .create(stop), .query(stopKey),
            .openOrders(symbol, isConditional: !market.isSpot, limit: nil), .cancel(stopKey),
            .orderHistory(symbol, isConditional: false, TimeWindow()), .fills(symbol, nil, TimeWindow(limit: 10)),
            .balances, .fees(symbol), .keyPermissions, .cancelAll(symbol, isConditional: false),
        ]
        if !market.isSpot {
            calls += [
                .orderHistory(symbol, isConditional: true, TimeWindow()), .positions(symbol), .leverage(symbol),
                .setLeverage(symbol, "7"), .positionMode(symbol), .funding(symbol, TimeWindow()), .openUserStream,
                .keepUserStream(key: ""), .cancelAll(symbol, isConditional: true), .closeUserStream(key: ""),
            ]
        }
        for call in calls {
            let (status, value, message) = try send(rig, market, call)
            #expect(status == 200 && message.type != "error", "\(call): \(value)")
        }
        #expect(rig.exchange.orders.fills.count >= 1)
    }

    @Test("a changed order is the same order at contracts and a replaced one at spot")
    func amend() throws {
        for market in [TradingMarket.binanceSpot, .binanceUSDM] {
            let rig = Rig()
            let symbol = try symbol(market)
            var limit = OrderDraft(symbol: symbol, side: .buy, kind: .limit, quantity: ExactDecimal("0.010"))
            limit.limitPrice = ExactDecimal("90000")
            limit.clientOrderID = "limit-1"
            _ = try send(rig, market, .create(limit))
            limit.limitPrice = ExactDecimal("91000")
            if market.isSpot { limit.clientOrderID = "limit-2" }
            let key = OrderKey(symbol: symbol, clientOrderID: "limit-1")
            #expect(try send(rig, market, .amend(key, limit)).status == 200)
            let open = rig.exchange.orders.open.compactMap { rig.exchange.orders[$0] }
            #expect(open.count == 1 && open[0].clientID == limit.clientOrderID)
            #expect(rig.exchange.listings[open[0].listing].price(open[0].limit) == Price("91000"))
            // The order it should replace is gone: the second half is not tried.
            let gone = OrderKey(symbol: symbol, clientOrderID: "limit-0")
            #expect(try send(rig, market, .amend(gone, limit)).status == 400)
            #expect(rig.exchange.orders.open.count == 1)
        }
    }

    @Test("in hedge mode a symbol has two positions, and each order names its side")
    func hedge() throws {
        let rig = Rig()
        let base = "symbol=BTCUSDT&type=MARKET&quantity=0.010&"
        #expect(try rig.signed("POST", "/fapi/v1/positionSide/dual", "dualSidePosition=true").status == 200)
        #expect(try rig.code("POST", "/fapi/v1/order", base + "side=BUY") == -4061)
        #expect(try rig.code("POST", "/fapi/v1/order", base + "side=BUY&positionSide=LONG") == nil)
        #expect(try rig.code("POST", "/fapi/v1/order", base + "side=SELL&positionSide=SHORT") == nil)
        let sides = try rig.signed("GET", "/fapi/v3/positionRisk").value.list.compactMap { $0["positionAmt"]?.text }
        #expect(sides == ["0.010", "-0.010"])
        #expect(try rig.code("POST", "/fapi/v1/order", base + "side=SELL&positionSide=LONG&reduceOnly=true") == -1106)
        #expect(try rig.code("POST", "/fapi/v1/order", base + "side=SELL&positionSide=LONG") == nil)
        #expect(try rig.code("POST", "/fapi/v1/order", base + "side=SELL&positionSide=LONG") == -2022)
        #expect(try rig.code("POST", "/fapi/v1/positionSide/dual", "dualSidePosition=false") == -4068)
        #expect(try rig.signed("GET", "/fapi/v3/positionRisk").value.list.count == 1)
    }

    @Test("isolated margin is set aside with the position and comes back with its end")
    func isolated() throws {
        let rig = Rig()
        #expect(try rig.code("POST", "/fapi/v1/marginType", "symbol=BTCUSDT&marginType=ISOLATED") == nil)
        #expect(try rig.code("POST", "/fapi/v1/order", "symbol=BTCUSDT&side=BUY&type=MARKET&quantity=0.1") == nil)
        let row = try rig.signed("GET", "/fapi/v3/positionRisk").value.list[0]
        let margin = try #require(Money(row["isolatedWallet"]?.text ?? ""))
        #expect(margin > Money(400) && margin < Money(600))
        #expect(try rig.code("POST", "/fapi/v1/marginType", "symbol=BTCUSDT&marginType=CROSSED") == -4048)
        _ = try rig.signed("POST", "/fapi/v1/order", "symbol=BTCUSDT&side=SELL&type=MARKET&quantity=0.1")
        let balance = try rig.signed("GET", "/fapi/v3/balance").value.list[0]
        #expect(balance["balance"]?.text == balance["crossWalletBalance"]?.text)
    }

    @Test("a resting order is filled when the market comes to it, at its own price, as maker")
    func maker() throws {
        let rig = Rig(lookBack: 0)
        let last = try rig.price("BTCUSDT")
        let near = Price(raw: last.raw * 9_999 / 10_000).rounded(toMultipleOf: Price(raw: Price.scale / 10), .down)
        let text = "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTX&quantity=0.010&price=\(near)&newClientOrderId=m"
        #expect(try rig.code("POST", "/fapi/v1/order", text) == nil)
        var waited = 0
        while !rig.exchange.orders.open.isEmpty, waited < 3_000 {
            rig.pass(.seconds(2))
            waited += 1
        }
        let fills = try rig.signed("GET", "/fapi/v1/userTrades", "symbol=BTCUSDT").value.list
        #expect(!fills.isEmpty)
        #expect(fills.allSatisfy { Price($0["price"]?.text ?? "") == near && $0["maker"] == true })
    }
}
