import JSONText
import Testing
import TradingModel
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
