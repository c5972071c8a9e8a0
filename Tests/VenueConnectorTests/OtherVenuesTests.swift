import ExecutionCore
import Testing
import TradingModel
import VenueConnector
import VenueTrading

@Suite("The connector at Binance spot, Bybit and MEXC")
struct OtherVenuesTests {
    private func isRejected(_ report: VenueReport?) -> Bool { if case .rejected? = report { true } else { false } }

    private func spot() -> Script {
        let script = Script(.binanceSpot)
        script.tell(.started)
        script.answer("/api/v3/time", "{\"serverTime\":\(start / 1_000)}")
        script.answer("apiRestrictions", restrictions)
        script.answer(
            "/api/v3/account",
            """
            {"makerCommission":10,"takerCommission":10,"buyerCommission":0,"sellerCommission":0,"canTrade":true,
            "canWithdraw":true,"canDeposit":true,"updateTime":1760000000000,"accountType":"SPOT","permissions":["SPOT"],
            "balances":[{"asset":"BTC","free":"1.5","locked":"0"},{"asset":"USDT","free":"90.5","locked":"9.5"}]}
            """)
        script.tell(.streamOpened)
        return script
    }

    @Test("Binance spot: the stream is opened by a message signed in that moment, wallet is free and locked")
    func spotStart() {
        let script = spot()
        #expect(script.wallet == money("100"))
        #expect(script.said.first?.contains("userDataStream.subscribe.signature") == true)
    }

    @Test("Binance spot: no leverage, no short side; an exit is a plain sale; fills and fees come with the answer")
    func spotOrder() throws {
        let script = spot()
        script.tell(.command(.submit(request(leverage: 3))))
        #expect(isRejected(script.takeReports().first))
        script.tell(.command(.submit(request(.sell, leverage: 1))))
        #expect(isRejected(script.takeReports().first))
        #expect(script.placed == 0)
        let order = request(leverage: 1)
        script.tell(.command(.submit(order)))
        script.answer(
            "POST https://api.binance.com/api/v3/order",
            """
            {"symbol":"BTCUSDT","orderId":28,"orderListId":-1,"clientOrderId":"\(order.clientOrderID)",
            "transactTime":1760000001000,"price":"0","origQty":"0.01","executedQty":"0.01","cummulativeQuoteQty":"600",
            "status":"FILLED","timeInForce":"GTC","type":"MARKET","side":"BUY",
            "fills":[{"price":"60000","qty":"0.004","commission":"0.000004","commissionAsset":"BTC","tradeId":56},
            {"price":"60010","qty":"0.006","commission":"0.0003","commissionAsset":"BNB","tradeId":57}]}
            """)
        let reports = script.takeReports()
        guard case .accepted(_, "28", _)? = reports.first else {
            Issue.record("\(reports)")
            return
        }
        let fills = reports.compactMap { if case .fill(let fill) = $0 { fill } else { nil } }
        #expect(fills.map(\.id) == ["BTCUSDT-56-b", "BTCUSDT-57-b"])
        // In the coin that was traded: at the fill's own price. In another: by the rate, while its price is unknown.
        #expect(fills.map(\.fee) == [money("0.24"), money("0.18003")])
        #expect(fills.map(\.paidFeeCurrency) == ["BTC", "BNB"])
        #expect(fills.map(\.paidFee) == [money("0.000004"), money("0.0003")])
        let exit = request(.sell, reduceOnly: true, leverage: 1, number: 9)
        script.tell(.command(.submit(exit)))
        let sent = try #require(script.sent.last)
        #expect(sent.body.contains("side=SELL") && !sent.body.contains("reduceOnly"))
    }

    @Test("Binance spot: a canceled order is known by its original id, in the stream")
    func spotCancelInStream() {
        let script = spot()
        let order = request(type: .limit, limit: "59000", leverage: 1)
        script.tell(.command(.submit(order)))
        script.answer(
            "POST https://api.binance.com/api/v3/order",
            "{\"symbol\":\"BTCUSDT\",\"orderId\":28,\"clientOrderId\":\"\(order.clientOrderID)\",\"transactTime\":1760000001000,\"price\":\"59000\",\"origQty\":\"0.01\",\"executedQty\":\"0\",\"status\":\"NEW\",\"timeInForce\":\"GTC\",\"type\":\"LIMIT\",\"side\":\"BUY\",\"fills\":[]}"
        )
        _ = script.takeReports()
        script.tell(
            .streamText(
                """
                {"e":"executionReport","E":1760000002000,"s":"BTCUSDT","c":"cancel-1","S":"BUY","o":"LIMIT","f":"GTC",
                "q":"0.01","p":"59000","P":"0","F":"0","g":-1,"C":"\(order.clientOrderID)","x":"CANCELED","X":"CANCELED",
                "r":"NONE","i":28,"l":"0","z":"0","L":"0","n":"0","N":null,"T":1760000002000,"t":-1,"I":1,"w":false,"m":false,
                "M":false,"O":1760000001000,"Z":"0","Y":"0","Q":"0"}
                """))
        guard case .canceled(order.clientOrderID, _, _)? = script.takeReports().first else {
            Issue.record("not canceled")
            return
        }
    }

    private func bybit() -> Script {
        let script = Script(.bybitLinear)
        script.tell(.started)
        script.answer(
            "/v5/market/time",
            "{\"retCode\":0,\"retMsg\":\"OK\",\"result\":{\"timeSecond\":\"1760000000\",\"timeNano\":\"1760000000123456789\"},\"retExtInfo\":{},\"time\":1760000000123}"
        )
        script.answer(
            "/v5/user/query-api",
            """
            {"retCode":0,"retMsg":"","result":{"id":"1","note":"q","apiKey":"k","readOnly":0,"secret":"",
            "permissions":{"ContractTrade":["Order","Position"],"Spot":[],"Wallet":["AccountTransfer"],"Options":[]},
            "ips":["*"],"type":1,"deadlineDay":60,"unified":0,"uta":1,"userID":1,"isMaster":true},"retExtInfo":{},"time":1760000000123}
            """)
        script.answer(
            "/v5/position/list",
            "{\"retCode\":0,\"retMsg\":\"OK\",\"result\":{\"list\":[],\"category\":\"linear\"},\"retExtInfo\":{},\"time\":1760000000123}"
        )
        script.answer(
            "/v5/account/wallet-balance",
            """
            {"retCode":0,"retMsg":"OK","result":{"list":[{"totalEquity":"1000","accountType":"UNIFIED","coin":[
            {"coin":"USDT","equity":"1000","walletBalance":"999.5","unrealisedPnl":"0.5"}]}]},"retExtInfo":{},"time":1760000000123}
            """)
        script.tell(.streamOpened)
        script.tell(.streamText("{\"success\":true,\"ret_msg\":\"\",\"op\":\"auth\",\"conn_id\":\"x\"}"))
        script.tell(.streamText("{\"success\":true,\"ret_msg\":\"\",\"op\":\"subscribe\",\"conn_id\":\"x\"}"))
        return script
    }

    @Test("Bybit: auth, then subscribe; a withdrawing key is refused; order, execution and query by link id")
    func bybitOrder() throws {
        let script = bybit()
        #expect(script.wallet == money("999.5"))
        #expect(script.said.count == 2 && script.said[0].contains("auth") && script.said[1].contains("execution"))
        let order = request()
        script.tell(.command(.submit(order)))
        script.answer(
            "set-leverage",
            "{\"retCode\":110043,\"retMsg\":\"leverage not modified\",\"result\":{},\"retExtInfo\":{},\"time\":1760000000123}"
        )
        #expect(
            script.answer(
                "/v5/order/create",
                "{\"retCode\":0,\"retMsg\":\"OK\",\"result\":{\"orderId\":\"abc-1\",\"orderLinkId\":\"\(order.clientOrderID)\"},\"retExtInfo\":{},\"time\":1760000000123}"
            ))
        script.tell(
            .streamText(
                """
                {"topic":"execution","id":"1","creationTime":1760000000200,"data":[{"category":"linear","symbol":"BTCUSDT",
                "execFee":"0.33","execId":"e-1","execPrice":"60000","execQty":"0.01","execType":"Trade","execValue":"600",
                "isMaker":false,"feeRate":"0.00055","orderId":"abc-1","orderLinkId":"\(order.clientOrderID)","side":"Buy",
                "execTime":"1760000000150","orderType":"Market","leavesQty":"0","closedSize":"0"}]}
                """))
        let reports = script.takeReports()
        guard case .accepted(order.clientOrderID, "abc-1", _)? = reports.first,
            case .fill(let fill)? = reports.dropFirst().first
        else {
            Issue.record("\(reports)")
            return
        }
        #expect(fill.id == "BTCUSDT-e-1-b" && fill.fee == money("0.33") && fill.paidFee == nil)
        script.pass(.seconds(2))
        // Not among the open ones any more: the history knows it.
        script.answer(
            "/v5/order/realtime",
            "{\"retCode\":0,\"retMsg\":\"OK\",\"result\":{\"list\":[],\"nextPageCursor\":\"\",\"category\":\"linear\"},\"retExtInfo\":{},\"time\":1760000000123}"
        )
        script.answer(
            "/v5/order/history",
            """
            {"retCode":0,"retMsg":"OK","result":{"list":[{"orderId":"abc-1","orderLinkId":"\(order.clientOrderID)",
            "symbol":"BTCUSDT","price":"0","qty":"0.01","side":"Buy","orderStatus":"Filled","cumExecQty":"0.01",
            "cumExecValue":"600","timeInForce":"IOC","orderType":"Market","reduceOnly":false,"createdTime":"1760000000100",
            "updatedTime":"1760000000150"}],"nextPageCursor":"","category":"linear"},"retExtInfo":{},"time":1760000000123}
            """)
        script.answer(
            "/v5/execution/list",
            """
            {"retCode":0,"retMsg":"OK","result":{"list":[{"symbol":"BTCUSDT","execFee":"0.33","execId":"e-1",
            "execPrice":"60000","execQty":"0.01","execType":"Trade","isMaker":false,"orderId":"abc-1",
            "orderLinkId":"\(order.clientOrderID)","side":"Buy","execTime":"1760000000150"}],"nextPageCursor":"",
            "category":"linear"},"retExtInfo":{},"time":1760000000123}
            """)
        guard case .answer(_, .known(let known))? = script.takeReports().first else {
            Issue.record("no answer; open: \(script.open.map(\.request.url))")
            return
        }
        #expect(known.status == .filled && known.fills.map(\.id) == ["BTCUSDT-e-1-b"])
    }

    @Test("Bybit: a key that may withdraw is refused")
    func bybitWithdrawal() {
        let script = Script(.bybitLinear)
        script.tell(.started)
        script.answer(
            "/v5/market/time",
            "{\"retCode\":0,\"retMsg\":\"OK\",\"result\":{\"timeSecond\":\"1760000000\",\"timeNano\":\"1760000000123456789\"},\"time\":1760000000123}"
        )
        script.answer(
            "/v5/user/query-api",
            "{\"retCode\":0,\"retMsg\":\"\",\"result\":{\"id\":\"1\",\"note\":\"q\",\"apiKey\":\"k\",\"readOnly\":0,\"permissions\":{\"Wallet\":[\"AccountTransfer\",\"Withdraw\"]},\"ips\":[\"*\"],\"type\":1},\"time\":1}"
        )
        #expect(script.refusals.first?.contains("may withdraw") == true, "\(script.refusals) \(script.open)")
    }

    @Test("MEXC: listen key, protobuf subscriptions, fee coins, and no conditional orders")
    func mexc() throws {
        let script = Script(.mexcSpot)
        script.tell(.started)
        script.answer("/api/v3/time", "{\"serverTime\":\(start / 1_000)}")
        let account = """
            {"makerCommission":null,"takerCommission":null,"buyerCommission":null,"sellerCommission":null,"canTrade":true,
            "canWithdraw":false,"canDeposit":true,"updateTime":null,"accountType":"SPOT",
            "balances":[{"asset":"USDT","free":"50","locked":"1","available":"50"}],"permissions":["SPOT"]}
            """
        script.answer("/api/v3/account", account)
        script.answer("/api/v3/account", account)
        #expect(script.wallet == money("51"))
        script.answer("userDataStream", "{\"listenKey\":\"pqia\"}")
        #expect(script.streams == ["wss://stream?listenKey=pqia"])
        script.tell(.streamOpened)
        #expect(script.said.first?.contains("spot@private.deals.v3.api.pb") == true)
        script.tell(.command(.submit(request(.sell, type: .stopMarket, stop: "59000", reduceOnly: true, leverage: 1))))
        #expect(isRejected(script.takeReports().first))
        let order = request(type: .limit, limit: "59000", leverage: 1, number: 4)
        script.tell(.command(.submit(order)))
        script.answer(
            "POST https://api.mexc.com/api/v3/order",
            "{\"symbol\":\"BTCUSDT\",\"orderId\":\"C01__1\",\"orderListId\":-1,\"price\":\"59000\",\"origQty\":\"0.01\",\"type\":\"LIMIT\",\"side\":\"BUY\",\"transactTime\":1760000001000}"
        )
        guard case .accepted(order.clientOrderID, "C01__1", _)? = script.takeReports().first else {
            Issue.record("not accepted")
            return
        }
        script.tell(
            .streamText(
                """
                {"channel":"spot@private.deals.v3.api.pb","symbol":"BTCUSDT","sendTime":"1760000002000","privateDeals":
                {"price":"59000","quantity":"0.01","amount":"590","tradeType":1,"isMaker":true,"tradeId":"t1",
                "orderId":"C01__1","clientOrderId":"\(order.clientOrderID)","feeAmount":"0.1","feeCurrency":"MX",
                "time":"1760000002000"}}
                """))
        guard case .fill(let fill)? = script.takeReports().first else {
            Issue.record("no fill")
            return
        }
        #expect(fill.liquidity == .maker && fill.paidFeeCurrency == "MX" && fill.fee == money("0.118"))
    }
}
