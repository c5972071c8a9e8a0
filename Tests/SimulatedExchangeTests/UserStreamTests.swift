import JSONText
import Testing
import TradingModel
import VenueTrading
import Venues

@testable import SimulatedExchange

@Suite("The user streams of the box")
struct UserStreamTests {
    private func listen(_ rig: Rig) throws -> ConnectionID {
        let key = try #require(rig.send("POST", "/fapi/v1/listenKey", key: BoxKey.standard.key))
        let text = try #require(try JSONValue.parse(key.body)["listenKey"]?.text)
        return rig.open("/usdm/ws/" + text, id: 77)
    }

    private func subscribeSpot(_ rig: Rig) throws -> ConnectionID {
        let socket = rig.open("/spot/ws-api/v3", id: 78)
        let key = BoxKey.standard
        let text = "apiKey=\(key.key)&timestamp=\(rig.market.micros / 1_000)"
        let message: JSONValue = [
            "id": "1", "method": "userDataStream.subscribe.signature",
            "params": [
                "apiKey": .string(key.key), "timestamp": JSONValue(rig.market.micros / 1_000),
                "signature": .string(Signer.signature(of: text, secret: key.secret)),
            ],
        ]
        _ = rig.handle(.text(socket, message.text()))
        #expect(rig.take(socket).first?.contains(#""subscriptionId":0"#) == true)
        return socket
    }

    @Test("our own readers read every event of a contract's life")
    func futures() throws {
        let rig = Rig()
        let stream = try listen(rig)
        _ = try rig.signed("POST", "/fapi/v1/leverage", "symbol=BTCUSDT&leverage=10")
        let limit = "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.010&price=90000&newClientOrderId=a"
        _ = try rig.signed("POST", "/fapi/v1/order", limit)
        _ = try rig.signed("DELETE", "/fapi/v1/order", "symbol=BTCUSDT&origClientOrderId=a")
        _ = try rig.signed("POST", "/fapi/v1/order", "symbol=BTCUSDT&side=BUY&type=MARKET&quantity=0.010")
        _ = try rig.signed(
            "POST", "/fapi/v1/algoOrder",
            "algoType=CONDITIONAL&symbol=BTCUSDT&side=SELL&type=STOP_MARKET&quantity=0.01&triggerPrice=80000&clientAlgoId=s"
        )
        _ = try rig.signed("DELETE", "/fapi/v1/algoOrder", "clientAlgoId=s")
        var events: [String] = []
        for text in rig.take(stream) {
            let message = try VenueMessages.parse(text, venue: .binanceUSDM, kind: .ws)
            #expect(message.unknown.isEmpty, "\(message.endpoint): \(message.unknown.keys)")
            let execution = try message.data["execution_type"]?.node.string()
            let status = try message.data["status"]?.node.string()
            events.append([message.endpoint, execution, status].compactMap { $0 }.joined(separator: " "))
        }
        #expect(
            events == [
                "account_config_update", "order_trade_update new new", "order_trade_update canceled canceled",
                "order_trade_update new new", "account_update", "trade_lite", "order_trade_update trade filled",
                "algo_update new", "algo_update canceled",
            ])
    }

    @Test("our own readers read every event of a spot order's life, and the balances in them are the account's")
    func spot() throws {
        let rig = Rig()
        let socket = try subscribeSpot(rig)
        _ = try rig.signed("POST", "/api/v3/order", "symbol=BTCUSDT&side=BUY&type=MARKET&quantity=0.01")
        let limit = "symbol=BTCUSDT&side=SELL&type=LIMIT&timeInForce=GTC&quantity=0.009&price=99000&newClientOrderId=b"
        _ = try rig.signed("POST", "/api/v3/order", limit)
        _ = try rig.signed("DELETE", "/api/v3/order", "symbol=BTCUSDT&origClientOrderId=b")
        var events: [String] = []
        var last: JSONValue?
        for text in rig.take(socket) {
            let message = try VenueMessages.parse(text, venue: .binance, kind: .ws)
            #expect(message.unknown.isEmpty, "\(message.endpoint): \(message.unknown.keys)")
            if message.endpoint == "account_position" {
                last = try JSONValue.parse(text)["event"]
                continue
            }
            let execution = try message.data["execution_type"]?.node.string()
            let status = try message.data["status"]?.node.string()
            events.append([execution, status].compactMap { $0 }.joined(separator: " "))
        }
        #expect(events == ["new new", "trade filled", "new new", "canceled canceled"])
        let balances = try #require(last?["B"]).list
        for balance in balances {
            let asset = try #require(balance["a"]?.text)
            #expect(Money(balance["f"]?.text ?? "") == rig.exchange.spot[asset].free)
            #expect(Money(balance["l"]?.text ?? "") == rig.exchange.spot[asset].locked)
        }
    }

    @Test("a listen key is the same for an hour, and ends with a word")
    func listenKeys() throws {
        let rig = Rig(lookBack: 0)
        let stream = try listen(rig)
        let again = try #require(rig.send("POST", "/fapi/v1/listenKey", key: BoxKey.standard.key)).text
        #expect(again == (try #require(rig.send("PUT", "/fapi/v1/listenKey", key: BoxKey.standard.key)).text))
        rig.wall = rig.wall + .minutes(61)
        _ = rig.handle(.tick)
        #expect(rig.take(stream).last?.contains("listenKeyExpired") == true)
        #expect(try #require(rig.send("PUT", "/fapi/v1/listenKey", key: BoxKey.standard.key)).text.contains("-1125"))
    }
}
