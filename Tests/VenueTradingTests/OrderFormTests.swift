import JSONText
import Testing
import TradingModel
import VenueTrading

@Suite("Orders in Quartet's own words")
struct OrderFormTests {
    private static let context = SigningContext(key: "k", secret: "s", timestamp: 1_700_000_000_000)

    private func request(_ text: String, _ venue: String, _ kind: String? = nil) throws -> TradingRequest {
        let form = try OrderForm.read(try JSONValue.parse(text), defaults: .init(venue: venue, kind: kind))
        return try RequestDesk.request(for: form, context: Self.context)
    }

    private func refusal(_ text: String, _ venue: String, _ kind: String? = nil) throws -> CallRefusal? {
        do {
            _ = try request(text, venue, kind)
            return nil
        } catch let refusal as CallRefusal {
            return refusal
        }
    }

    @Test("a protective stop of Quartet's becomes each exchange's own conditional order")
    func protectiveStop() throws {
        var order = OrderRequest()
        order.clientOrderID = ClientOrderID.derived(from: "p1", purpose: .protectiveStop)
        order.symbol = try #require(Symbol("BTC/USDT:USDT"))
        order.side = .sell
        order.type = .stopMarket
        order.quantity = try Quantity.parse("0.25")
        order.stopPrice = try Price.parse("58000.5")
        order.isReduceOnly = true
        let draft = OrderDraft(order)
        func made(_ market: TradingMarket) throws -> JSONValue {
            try RequestDesk.request(
                for: TradingOrderForm(market: market, call: .create(draft)), context: Self.context
            ).parameters
        }
        let binance = try made(.binanceUSDM)
        #expect(binance["algoType"] == "CONDITIONAL" && binance["type"] == "STOP_MARKET")
        #expect(binance["triggerPrice"] == "58000.5" && binance["reduceOnly"] == true)
        #expect(binance["clientAlgoId"] == .string(order.clientOrderID.text))
        let bybit = try made(.bybitLinear)
        #expect(bybit["triggerDirection"] == 2 && bybit["triggerPrice"] == "58000.5" && bybit["reduceOnly"] == true)
        #expect(bybit["orderLinkId"] == .string(order.clientOrderID.text))
        #expect(throws: CallRefusal.self) { try made(.mexcSpot) }
    }

    @Test("every id that Quartet derives is legal at every exchange")
    func derivedIDs() {
        for number in 0..<200 {
            for purpose in OrderPurpose.allCases {
                let id = ClientOrderID.derived(from: "proposal \(number)", purpose: purpose, attempt: number % 3)
                for market in TradingMarket.allCases { #expect(market.accepts(clientOrderID: id.text)) }
            }
        }
        #expect(!TradingMarket.bybitLinear.accepts(clientOrderID: String(repeating: "a", count: 37)))
        #expect(!TradingMarket.mexcSpot.accepts(clientOrderID: String(repeating: "a", count: 33)))
        #expect(
            !TradingMarket.binanceSpot.accepts(clientOrderID: "a.b")
                && TradingMarket.binanceUSDM.accepts(clientOrderID: "a.b"))
    }

    @Test(
        "what cannot be is refused with one sentence and a code",
        arguments: [
            (
                #"{"symbol":"BTC/USDT","side":"buy","type":"market","quantity":"1","postOnly":true}"#, "binance",
                CallRefusal.Code.contradiction
            ),
            (
                #"{"symbol":"BTC/USDT","side":"sell","type":"limit","quantity":"1","price":"9","reduceOnly":true}"#,
                "bybit", .contradiction
            ),
            (
                #"{"symbol":"BTC/USDT","side":"buy","type":"limit","quantity":"1","price":"9","postOnly":true,"timeInForce":"IOC"}"#,
                "mexc", .contradiction
            ),
            (
                #"{"symbol":"BTC/USDT","side":"buy","type":"market","quantity":"1","timeInForce":"FOK"}"#, "binance",
                .contradiction
            ),
            (
                #"{"symbol":"BTC/USDT","side":"buy","type":"market","quantity":"1","price":"9"}"#, "binance",
                .contradiction
            ),
            (
                #"{"symbol":"BTC/USDT","side":"buy","type":"limit","quantity":"1","price":"9","stopPrice":"8"}"#,
                "binance", .contradiction
            ),
            (#"{"symbol":"BTC/USDT:USDT","side":"buy","type":"market","cost":"50"}"#, "binance", .contradiction),
            (
                #"{"symbol":"BTC/USDT:USDT","side":"buy","type":"limit","quantity":"1","price":"9"}"#, "bybit-spot",
                .contradiction
            ),
            (
                #"{"symbol":"BTC/USDT","side":"buy","type":"stop_limit","quantity":"1","price":"9"}"#, "binance",
                .missing
            ),
            (#"{"symbol":"BTC/USDT","side":"buy","type":"limit","quantity":"1"}"#, "binance", .missing),
            (#"{"symbol":"BTC/USDT","side":"buy","type":"market"}"#, "binance", .missing),
            (
                #"{"symbol":"BTC/USDT","side":"sell","type":"stop_market","quantity":"1","stopPrice":"9"}"#, "mexc",
                .unsupported
            ),
            (#"{"symbol":"BTC/USD:BTC","side":"sell","type":"market","quantity":"1"}"#, "binance", .unsupported),
            (#"{"symbol":"BTC/USDT","side":"buy","type":"limit","quantity":"0","price":"9"}"#, "binance", .badAmount),
            (#"{"symbol":"BTC/USDT","side":"buy","type":"limit","quantity":"1e-9","price":"9"}"#, "binance", .dust),
            (
                #"{"symbol":"BTC/USDT","side":"buy","type":"limit","quantity":"1","price":"9","clientOrderId":"no blanks"}"#,
                "bybit", .illegalClientOrderID
            ),
            (
                #"{"symbol":"BTC/USDT","side":"buy","type":"limit","quantity":"1","price":"9","quantitty":"2"}"#,
                "binance", .malformed
            ),
            (#"{"symbol":"BTC/USDT","side":"buy","type":"iceberg","quantity":"1","price":"9"}"#, "binance", .malformed),
            (#"{"symbol":"BTC/USDT","side":"buy","type":"limit","quantity":"1","price":"9"}"#, "kraken", .malformed),
            (#"["BTC/USDT"]"#, "binance", .malformed),
        ])
    func impossible(text: String, venue: String, code: CallRefusal.Code) throws {
        let refusal = try refusal(text, venue)
        #expect(refusal?.code == code, "\(refusal?.description ?? "it was made")")
        let sentence = try #require(refusal?.sentence)
        #expect(!sentence.isEmpty && !sentence.contains("\n"))
    }

    @Test("a price goes to the nearest tick, a quantity down to the lot, and both are told")
    func steps() throws {
        let request = try request(
            #"""
            {"symbol":"XYZ/USDT","side":"buy","type":"limit","quantity":"0.0007856509959147719","price":"55.324242343",
             "instrument":{"tickSize":"0.01","lotSize":"0.00001"}}
            """#, "binance")
        #expect(request.parameters["quantity"] == "0.00078" && request.parameters["price"] == "55.32")
        #expect(
            request.notes.count == 2
                && request.notes.allSatisfy { $0.contains("0.0000") || $0.contains("tick is 0.01") })
    }

    @Test("decimals go through exactly, however they are written")
    func exactly() throws {
        for (written, sent) in [
            ("1e-7", "0.0000001"), ("1.50", "1.5"), ("100", "100"), ("12345678901234567.891", "12345678901234567.891"),
        ] {
            let text = #"{"symbol":"XYZ/USDT","side":"buy","type":"limit","quantity":\#(written),"price":"2"}"#
            #expect(try request(text, "binance").parameters["quantity"] == .string(sent))
        }
        #expect(ExactDecimal("0.1")?.times(try #require(ExactDecimal("0.2")))?.description == "0.02")
        #expect(ExactDecimal("12abc") == nil && ExactDecimal("") == nil && ExactDecimal("1,5") == nil)
    }

    @Test("cancels and queries name the order by its client id first, conditional ones where they are kept apart")
    func keys() throws {
        let conditional = #"{"symbol":"BTC/USDT:USDT","clientOrderId":"q1","orderId":"7","trigger":true}"#
        let cancel = try request(conditional, "binance", "cancel")
        #expect(
            cancel.method == .delete
                && cancel.url.hasPrefix("https://fapi.binance.com/fapi/v1/algoOrder?symbol=BTCUSDT&clientAlgoId=q1&"))
        let query = try request(#"{"symbol":"BTC/USDT","orderId":"7"}"#, "mexc", "query")
        #expect(query.method == .get && query.url.contains("/api/v3/order?symbol=BTCUSDT&orderId=7&"))
        let bybit = try request(#"{"symbol":"BTC/USDT:USDT","clientOrderId":"q1"}"#, "bybit", "cancel")
        #expect(bybit.body == #"{"symbol":"BTCUSDT","category":"linear","orderLinkId":"q1"}"#)
        #expect(try refusal(#"{"symbol":"BTC/USDT"}"#, "binance", "cancel")?.code == .missing)
        let short = try request(#"{"symbol":"BTC/USDT","id":"7"}"#, "binance", "query")
        #expect(short.parameters["orderId"] == "7")
    }

    @Test("every kind of request is made or refused at every market, and never crashes")
    func everyKind() throws {
        let text = #"""
            {"symbol":"BTC/USDT","side":"buy","type":"limit","quantity":"1","price":"9","orderId":"7","leverage":"5","marginMode":"cross",
             "hedged":false,"listenKey":"L","limit":5,"since":1,"amount":"1","params":{}}
            """#
        var made = 0
        for kind in OrderForm.kinds {
            for market in TradingMarket.allCases {
                let refused = try refusal(
                    text.replacing("BTC/USDT", with: market.isSpot ? "BTC/USDT" : "BTC/USDT:USDT"), market.rawValue,
                    kind)
                if refused == nil { made += 1 }
            }
        }
        #expect(made > 70)
    }
}
