import ExecutionCore
import Testing
import TradingModel
import VenueConnector
import VenueTrading

@Suite("The connector at Binance USDⓈ-M")
struct FuturesTests {
    @Test("it starts with clock, key, position mode, balance and stream, and signs with the exchange's time")
    func starts() throws {
        let script = Script.futures()
        #expect(script.wallet == money("10000.25"))
        #expect(script.streams == ["wss://stream/abc"])
        #expect(script.connector.isReady)
        script.tell(.command(.query(OrderReference(clientOrderID: id("x1"), symbol: btc))))
        let query = try #require(script.sent.last)
        #expect(query.url.contains("origClientOrderId=x1"))
        #expect(query.url.contains("timestamp=\(start / 1_000 + 700)"))
    }

    @Test("a key that may withdraw is refused, and so is one that says nothing of it")
    func withdrawals() {
        for body in [restrictions.replacing("\"enableWithdrawals\":false", with: "\"enableWithdrawals\":true")] {
            let script = Script(.binanceUSDM)
            script.tell(.started)
            script.answer("/time", "{\"serverTime\":\(start / 1_000)}")
            script.answer("apiRestrictions", body)
            #expect(script.refusals.first?.contains("may withdraw") == true)
            #expect(!script.connector.isReady)
        }
        let script = Script(.binanceUSDM)
        script.tell(.started)
        script.answer("/time", "{\"serverTime\":\(start / 1_000)}")
        script.answer(
            "apiRestrictions", "{\"code\":-2015,\"msg\":\"Invalid API-key, IP, or permissions for action.\"}",
            status: 401)
        #expect(script.refusals.count == 1)
    }

    @Test("an account in hedge mode is refused")
    func hedge() {
        let script = Script(.binanceUSDM)
        script.tell(.started)
        script.answer("/time", "{\"serverTime\":\(start / 1_000)}")
        script.answer("apiRestrictions", restrictions)
        script.answer("positionSide/dual", "{\"dualSidePosition\":true}")
        #expect(script.refusals.first?.contains("hedge mode") == true)
    }

    @Test("margin mode and leverage are set and checked before the first order of a symbol, once")
    func leverage() throws {
        let script = Script.futures(setsIsolatedMargin: true)
        let order = request()
        script.tell(.command(.submit(order)))
        #expect(script.placed == 0)
        script.answer("marginType", "{\"code\":200,\"msg\":\"success\"}")
        #expect(script.placed == 0)
        script.answer("/leverage", "{\"leverage\":3,\"maxNotionalValue\":\"1000000\",\"symbol\":\"BTCUSDT\"}")
        #expect(script.placed == 1)
        script.answer("POST https://fapi.binance.com/fapi/v1/order", futuresOrder(order, "NEW"))
        #expect(
            script.takeReports() == [
                .accepted(order.clientOrderID, venueOrderID: "77", at: MarketTime(micros: 1_760_000_001_000_000))
            ])
        script.tell(.command(.submit(request(number: 2))))
        #expect(script.placed == 2)
    }

    @Test("leverage that the exchange sets otherwise refuses the order; it never leaves")
    func wrongLeverage() {
        let script = Script.futures()
        let order = request()
        script.tell(.command(.submit(order)))
        script.answer("/leverage", "{\"leverage\":20,\"maxNotionalValue\":\"1000000\",\"symbol\":\"BTCUSDT\"}")
        #expect(script.placed == 0)
        guard case .rejected(order.clientOrderID, let reason, _)? = script.takeReports().first else {
            Issue.record("not rejected")
            return
        }
        #expect(reason.contains("leverage 20 instead of 3"))
    }

    private func ready(_ order: OrderRequest) -> Script {
        let script = Script.futures()
        script.tell(.command(.submit(order)))
        script.answer("/leverage", "{\"leverage\":3,\"maxNotionalValue\":\"1000000\",\"symbol\":\"BTCUSDT\"}")
        return script
    }

    @Test("what is known of a failed request decides between not sent, rejected and unknown")
    func failures() {
        let order = request()
        let name = "POST https://fapi.binance.com/fapi/v1/order"
        let cases: [(Int, String, (VenueReport) -> Bool)] = [
            (
                400, "{\"code\":-2019,\"msg\":\"Margin is insufficient.\"}",
                { if case .rejected = $0 { true } else { false } }
            ),
            (429, "{\"code\":-1003,\"msg\":\"Too many requests\"}", { if case .notSent = $0 { true } else { false } }),
            (
                400, "{\"code\":-1021,\"msg\":\"Timestamp for this request is outside of the recvWindow.\"}",
                {
                    if case .notSent = $0 { true } else { false }
                }
            ),
            (
                503,
                "{\"code\":-1007,\"msg\":\"Timeout waiting for response from backend server. Send status unknown; execution status unknown.\"}",
                {
                    if case .unknown(_, .submit, _) = $0 { true } else { false }
                }
            ),
            (502, "<html>Bad Gateway</html>", { if case .unknown(_, .submit, _) = $0 { true } else { false } }),
            (200, "no JSON at all", { if case .unknown(_, .submit, _) = $0 { true } else { false } }),
            (200, "{}", { if case .unknown(_, .submit, _) = $0 { true } else { false } }),
            (
                400, "{\"code\":-4116,\"msg\":\"ClientOrderId is duplicated.\"}",
                { if case .duplicate = $0 { true } else { false } }
            ),
            (400, "{\"code\":-98765,\"msg\":\"never heard of\"}", { if case .unknown = $0 { true } else { false } }),
        ]
        for (status, body, isExpected) in cases {
            let script = ready(order)
            script.answer(name, body, status: status)
            let reports = script.takeReports()
            #expect(reports.count == 1 && isExpected(reports[0]), "\(status) \(body): \(reports)")
            #expect(script.placed == 1)
        }
        for sent in [true, false] {
            let script = ready(order)
            script.lose(name, sent: sent)
            let reports = script.takeReports()
            let reason = "the connection broke"
            #expect(
                reports == [
                    sent
                        ? .unknown(order.clientOrderID, .submit, reason: reason)
                        : .notSent(order.clientOrderID, reason: reason)
                ])
        }
    }

    @Test("a fill is reported once, whether the stream or REST tells it first, before or after the acknowledgement")
    func fillsOnce() throws {
        let order = request()
        let script = ready(order)
        script.tell(.streamText(futuresUpdate(order, "NEW", "NEW")))
        script.tell(
            .streamText(futuresUpdate(order, "TRADE", "PARTIALLY_FILLED", last: "0.004", filled: "0.004", trade: 1)))
        script.answer("POST https://fapi.binance.com/fapi/v1/order", futuresOrder(order, "FILLED", filled: "0.01"))
        let fills = script.takeReports().compactMap { if case .fill(let fill) = $0 { fill } else { nil } }
        #expect(fills.map(\.id) == ["BTCUSDT-1-b"])
        #expect(fills.first?.fee == money("0.24"))
        // The second part does not come over the stream: it is asked for.
        script.pass(.seconds(2))
        script.answer("GET https://fapi.binance.com/fapi/v1/order", futuresOrder(order, "FILLED", filled: "0.01"))
        // The exchange's trades lag behind its order.
        script.answer("userTrades", futuresTrades([(1, "0.004")]))
        #expect(script.takeReports().isEmpty)
        script.pass(.seconds(2))
        script.answer("userTrades", futuresTrades([(1, "0.004"), (2, "0.006")]))
        guard case .answer(order.clientOrderID, .known(let known))? = script.takeReports().first else {
            Issue.record("no answer")
            return
        }
        #expect(known.status == .filled)
        #expect(known.fills.map(\.id) == ["BTCUSDT-1-b", "BTCUSDT-2-b"])
        script.tell(.streamText(futuresUpdate(order, "TRADE", "FILLED", last: "0.006", filled: "0.01", trade: 2)))
        #expect(!script.takeReports().contains { if case .fill = $0 { true } else { false } })
        #expect(script.placed == 1)
    }

    @Test("an order that nobody knows is reported so, but not while it is on its way")
    func neverHeard() {
        let order = request()
        let script = ready(order)
        script.tell(.command(.query(OrderReference(clientOrderID: order.clientOrderID, symbol: btc))))
        script.answer(
            "GET https://fapi.binance.com/fapi/v1/order", "{\"code\":-2013,\"msg\":\"Order does not exist.\"}",
            status: 400)
        guard case .unknown(_, .query, let why)? = script.takeReports().first else {
            Issue.record("it was said to be unknown to the exchange while it was on its way")
            return
        }
        #expect(why.contains("on its way"))
        script.lose("POST https://fapi.binance.com/fapi/v1/order", sent: true)
        _ = script.takeReports()
        script.tell(.command(.query(OrderReference(clientOrderID: order.clientOrderID, symbol: btc))))
        script.answer(
            "GET https://fapi.binance.com/fapi/v1/order", "{\"code\":-2013,\"msg\":\"Order does not exist.\"}",
            status: 400)
        #expect(script.takeReports() == [.answer(order.clientOrderID, .neverHeard)])
        #expect(script.placed == 1)
    }

    @Test("an order is sent once a command, also where the command is repeated while it is on its way")
    func noDouble() {
        let order = request()
        let script = ready(order)
        script.tell(.command(.submit(order)))
        #expect(script.placed == 1)
        #expect(script.takeReports().count == 1)
    }

    @Test("a conditional order goes to its own endpoint, and what it becomes counts as it")
    func conditional() throws {
        let script = Script.futures()
        let stop = request(.sell, type: .stopMarket, stop: "59000", reduceOnly: true)
        script.tell(.command(.submit(stop)))
        let sent = try #require(script.sent.last)
        #expect(sent.url.hasSuffix("/fapi/v1/algoOrder"))
        #expect(sent.body.contains("clientAlgoId=\(stop.clientOrderID)"))
        #expect(sent.body.contains("reduceOnly=true"))
        script.answer(
            "/fapi/v1/algoOrder",
            """
            {"algoId":900,"clientAlgoId":"\(stop.clientOrderID)","algoType":"CONDITIONAL","orderType":"STOP_MARKET",
            "symbol":"BTCUSDT","side":"SELL","positionSide":"BOTH","timeInForce":"GTC","quantity":"0.01","algoStatus":"NEW",
            "triggerPrice":"59000","price":"0","reduceOnly":true,"createTime":1760000001000,"updateTime":1760000001000}
            """)
        guard case .accepted(stop.clientOrderID, "900", _)? = script.takeReports().first else {
            Issue.record("not accepted")
            return
        }
        // It triggers: the order it becomes has ids of its own.
        var other = stop
        other.clientOrderID = id("autogenerated")
        script.tell(
            .streamText(futuresUpdate(other, "TRADE", "FILLED", last: "0.01", filled: "0.01", trade: 5, id: 901)))
        script.pass(.seconds(1))
        script.answer(
            "GET https://fapi.binance.com/fapi/v1/algoOrder",
            """
            {"algoId":900,"clientAlgoId":"\(stop.clientOrderID)","algoType":"CONDITIONAL","orderType":"STOP_MARKET",
            "symbol":"BTCUSDT","side":"SELL","positionSide":"BOTH","timeInForce":"GTC","quantity":"0.01",
            "algoStatus":"FINISHED","actualOrderId":"901","triggerPrice":"59000","price":"0","reduceOnly":true,
            "createTime":1760000001000,"updateTime":1760000002000}
            """)
        script.answer(
            "GET https://fapi.binance.com/fapi/v1/order?symbol=BTCUSDT&orderId=901",
            futuresOrder(stop, "FILLED", filled: "0.01", id: 901))
        script.answer("userTrades", futuresTrades([(5, "0.01")], order: 901, side: "SELL"))
        guard
            case .answer(stop.clientOrderID, .known(let known))? = script.takeReports().first(where: {
                if case .answer = $0 { true } else { false }
            })
        else {
            Issue.record("no answer: \(script.open.map(\.request.url))")
            return
        }
        #expect(known.venueOrderID == "900")
        #expect(known.status == .filled)
        #expect(known.fills.map(\.quantity) == [quantity("0.01")])
        #expect(known.fills.allSatisfy { $0.venueOrderID == "900" })
    }

    @Test("exits go before entries when the limit is short, and an entry that waits too long is told not to have left")
    func budget() {
        let script = Script.futures()
        script.tell(.command(.submit(request())))
        script.answer(
            "/leverage",
            "{\"code\":-1003,\"msg\":\"Way too many requests; IP(1.2.3.4) banned until \(start / 1_000 + 60_000). Please use the websocket\"}",
            status: 418)
        guard case .notSent? = script.takeReports().first else {
            Issue.record("the order is not reported as not sent")
            return
        }
        script.tell(.command(.submit(request(number: 2))))
        #expect(script.placed == 0)
        let exit = request(.sell, reduceOnly: true, number: 3)
        script.tell(.command(.submit(exit)))
        #expect(script.takeReports().contains(.notSent(exit.clientOrderID, reason: "the exchange has banned us")))
    }

    @Test("the account is orders, positions and what was filled unheard; a stranger's order is told as one")
    func account() throws {
        let script = Script.futures()
        script.tell(.command(.account(since: MarketTime(micros: start - 3_600_000_000))))
        script.answer("/fapi/v1/openOrders", "[]")
        script.answer("openAlgoOrders", "[]")
        script.answer("userTrades", futuresTrades([(11, "0.01")], order: 500))
        script.answer(
            "positionRisk",
            "[{\"symbol\":\"BTCUSDT\",\"positionSide\":\"BOTH\",\"positionAmt\":\"-0.020\",\"entryPrice\":\"60000\",\"markPrice\":\"60000\",\"unRealizedProfit\":\"0\"}]"
        )
        #expect(script.takeReports().isEmpty)
        var stranger = request()
        stranger.clientOrderID = id("web_abc")
        script.answer(
            "GET https://fapi.binance.com/fapi/v1/order?symbol=BTCUSDT&orderId=500",
            futuresOrder(stranger, "FILLED", filled: "0.01", id: 500))
        guard case .account(let account)? = script.takeReports().first else {
            Issue.record("no account: \(script.open.map(\.request.url))")
            return
        }
        #expect(account.positions == [VenuePosition(symbol: btc, side: .short, quantity: quantity("0.02"))])
        #expect(account.endedOrders.map(\.request.clientOrderID) == [id("web_abc")])
        #expect(account.endedOrders.first?.fills.count == 1)
        #expect(account.cash == nil)
    }

    @Test("a cancel is settled by asking for the order; what it filled before comes first")
    func cancel() {
        let order = request(type: .limit, limit: "59000")
        let script = ready(order)
        script.answer("POST https://fapi.binance.com/fapi/v1/order", futuresOrder(order, "NEW"))
        _ = script.takeReports()
        script.tell(
            .command(.cancel(OrderReference(clientOrderID: order.clientOrderID, symbol: btc, venueOrderID: "77"))))
        script.answer("DELETE", futuresOrder(order, "CANCELED", filled: "0.004"))
        script.answer("GET https://fapi.binance.com/fapi/v1/order", futuresOrder(order, "CANCELED", filled: "0.004"))
        script.answer("userTrades", futuresTrades([(1, "0.004")]))
        guard case .answer(_, .known(let known))? = script.takeReports().first else {
            Issue.record("no answer")
            return
        }
        #expect(known.status == .canceled)
        #expect(known.filledQuantity == quantity("0.004"))
    }
}

extension FuturesTests {
    @Test("a question about the account that is not answered is asked again, and nothing before it")
    func tourGoesOn() {
        let script = Script.futures()
        script.tell(.command(.account(since: MarketTime(micros: start))))
        #expect(script.answer("/fapi/v1/openOrders", "[]"))
        #expect(script.lose("openAlgoOrders", sent: true))
        script.tell(.command(.account(since: MarketTime(micros: start))))
        #expect(script.answer("incomeType=FUNDING_FEE", "[]"))
        #expect(script.open.isEmpty)
        script.pass(.seconds(2))
        #expect(script.answer("openAlgoOrders", "[]"))
        #expect(script.answer("userTrades", "[]"))
        #expect(script.answer("positionRisk", "[]"))
        #expect(script.takeReports().count == 1)
    }
}
