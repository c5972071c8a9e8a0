import JSONText
import Testing
import TradingModel

@testable import SimulatedExchange

@Suite("Faults of the box")
struct FaultTests {
    private let buy = "symbol=BTCUSDT&side=BUY&type=MARKET&quantity=0.010&newClientOrderId=once"
    private let rest =
        "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.010&price=90000&newClientOrderId=once"

    private func set(_ rig: Rig, _ text: String) throws {
        let answer = try rig.admin("POST", "/admin/faults", text)
        #expect(answer["error"] == nil, "\(answer)")
    }

    private func orders(_ rig: Rig) throws -> [JSONValue] {
        try #require(try rig.get("/admin/state", "part=orders")["orders"]).list
    }

    @Test("a lost reply leaves the order at the exchange, as often as was asked for")
    func replyLost() throws {
        let rig = Rig()
        try set(rig, #"{"kind":"reply_lost","match":"POST /fapi/v1/order","count":1}"#)
        #expect(rig.signedReply("POST", "/fapi/v1/order", rest) == nil)
        #expect(rig.others.contains { if case .cut = $0 { true } else { false } })
        let found = try rig.signed("GET", "/fapi/v1/order", "symbol=BTCUSDT&origClientOrderId=once")
        #expect(found.status == 200 && found.value["status"]?.text == "NEW")
        // Asked again, the id tells that it is there.
        #expect(try rig.signed("POST", "/fapi/v1/order", rest).value["code"]?.whole == -4116)
        #expect(try orders(rig).count == 1)
    }

    @Test("what is cut before it is handled has not happened")
    func disconnect() throws {
        let rig = Rig()
        try set(rig, #"{"kind":"disconnect","on":"rest","match":"/order"}"#)
        #expect(rig.signedReply("POST", "/api/v3/order", rest) == nil)
        #expect(try orders(rig).isEmpty)
        #expect(try rig.signed("POST", "/api/v3/order", rest).status == 200)
    }

    @Test("an exchange that forgets ids accepts twice what is asked twice")
    func forget() throws {
        let rig = Rig()
        _ = try rig.signed("POST", "/api/v3/order", rest)
        try set(rig, #"[{"kind":"forget_id"},{"kind":"forget_query"}]"#)
        #expect(try rig.signed("POST", "/api/v3/order", rest).status == 200)
        #expect(try orders(rig).count == 2)
        #expect(try rig.signed("POST", "/api/v3/order", rest).value["code"]?.whole == -2010)
    }

    @Test("a forgotten query finds nothing once")
    func forgetQuery() throws {
        let rig = Rig()
        _ = try rig.signed("POST", "/fapi/v1/order", rest)
        try set(rig, #"{"kind":"forget_query","match":"GET"}"#)
        let query = "symbol=BTCUSDT&origClientOrderId=once"
        #expect(try rig.signed("GET", "/fapi/v1/order", query).value["code"]?.whole == -2013)
        #expect(try rig.signed("GET", "/fapi/v1/order", query).status == 200)
    }

    @Test("fills come late, halved, or before the acknowledgement")
    func fills() throws {
        let rig = Rig()
        try set(rig, #"{"kind":"late_fill","milliseconds":3000}"#)
        #expect(try rig.signed("POST", "/fapi/v1/order", buy).value["status"]?.text == "NEW")
        rig.pass(.seconds(2))
        let query = "symbol=BTCUSDT&origClientOrderId=once"
        #expect(try rig.signed("GET", "/fapi/v1/order", query).value["status"]?.text == "NEW")
        rig.pass(.seconds(2))
        #expect(try rig.signed("GET", "/fapi/v1/order", query).value["status"]?.text == "FILLED")

        try set(rig, #"{"kind":"partial"}"#)
        let half = try rig.signed("POST", "/fapi/v1/order", buy).value
        #expect(half["executedQty"]?.text == "0.005" && half["status"]?.text == "EXPIRED")

        let key = try #require(rig.send("POST", "/fapi/v1/listenKey", key: BoxKey.standard.key))
        let stream = rig.open("/usdm/ws/" + (try #require(try JSONValue.parse(key.body)["listenKey"]?.text)))
        try set(rig, #"{"kind":"fill_before_reply","milliseconds":500}"#)
        rig.others = []
        _ = try rig.signed("POST", "/fapi/v1/order", buy)
        #expect(rig.take(stream).contains { $0.contains(#""X":"FILLED""#) })
        #expect(rig.others.contains { if case .reply(_, _, after: .milliseconds(500)) = $0 { true } else { false } })
    }

    @Test("an order is accepted, then answer and user stream are gone")
    func disconnectAfterAccept() throws {
        let rig = Rig()
        let key = try #require(rig.send("POST", "/fapi/v1/listenKey", key: BoxKey.standard.key))
        let stream = rig.open("/usdm/ws/" + (try #require(try JSONValue.parse(key.body)["listenKey"]?.text)))
        try set(rig, #"{"kind":"disconnect_after_accept"}"#)
        #expect(rig.signedReply("POST", "/fapi/v1/order", buy) == nil)
        #expect(rig.others.contains(.sever(stream)))
        #expect(rig.take(stream).isEmpty)
        #expect(try orders(rig).first?["status"]?.text == "FILLED")
    }

    @Test("balances show the state before for a while")
    func balanceLag() throws {
        let rig = Rig()
        try set(rig, #"{"kind":"balance_lag","milliseconds":5000}"#)
        _ = try rig.signed("POST", "/fapi/v1/order", buy)
        #expect(try rig.signed("GET", "/fapi/v3/balance").value[0]?["balance"]?.text == "10000.00000000")
        #expect(try rig.signed("GET", "/fapi/v3/positionRisk").value.list.isEmpty)
        rig.pass(.seconds(6))
        #expect(try rig.signed("GET", "/fapi/v3/balance").value[0]?["balance"]?.text != "10000.00000000")
        #expect(try rig.signed("GET", "/fapi/v3/positionRisk").value.list.count == 1)
    }

    @Test(
        "refusals of the way there come with their status",
        arguments: [
            ("rate_limit", 429, "-1003"), ("ban", 418, "-1003"), ("server_error", 503, "Service Unavailable."),
            ("clock_refusal", 400, "-1021"), ("unknown_outcome", 503, "-1007"), ("garbage", 200, "<html>"),
        ])
    func statuses(kind: String, status: Int, words: String) throws {
        let rig = Rig()
        try set(rig, #"{"kind":"\#(kind)","on":"rest"}"#)
        let reply = try #require(rig.signedReply("GET", "/fapi/v3/balance"))
        #expect(reply.status == status && reply.text.contains(words), "\(reply.text)")
        if status == 429 || status == 418 { #expect(reply.header("Retry-After") != nil) }
    }

    @Test("events go missing, come twice, come late or are no JSON")
    func events() throws {
        func run(_ fault: String) throws -> [String] {
            let rig = Rig(lookBack: 0)
            let stream = rig.open("/spot/ws/btcusdt@aggTrade")
            if !fault.isEmpty { try set(rig, fault) }
            rig.pass(.seconds(6))
            return rig.take(stream)
        }
        let plain = try run("")
        #expect(plain.count >= 5)
        #expect(try run(#"{"kind":"gap"}"#) == Array(plain.dropFirst()))
        #expect(try run(#"{"kind":"duplicate"}"#) == [plain[0]] + plain)
        #expect(try run(#"{"kind":"out_of_order"}"#) == [plain[1], plain[0]] + plain.dropFirst(2))
        let garbled = try run(#"{"kind":"garbage","on":"stream"}"#)
        #expect((try? JSONValue.parse(garbled[0])) == nil && Array(garbled.dropFirst()) == Array(plain.dropFirst()))
        #expect(try run(#"{"kind":"silence","milliseconds":60000}"#).isEmpty)
        #expect(try run(#"{"kind":"half_open","on":"stream"}"#).isEmpty)
        #expect(try run(#"{"kind":"disconnect","on":"stream","match":"@aggTrade"}"#).isEmpty)
    }

    @Test("the same seed strikes the same events, and the count is told")
    func chance() throws {
        var whole: [String] = []
        func run(_ seed: Int?) throws -> [String] {
            let rig = Rig(lookBack: 0)
            let stream = rig.open("/spot/ws/btcusdt@bookTicker")
            if let seed { try set(rig, #"{"kind":"gap","rate":0.3,"seed":\#(seed)}"#) }
            rig.pass(.seconds(120))
            let got = rig.take(stream)
            if seed != nil {
                let fired = try #require(try rig.get("/admin/faults")["faults"]?[0]?["fired"]?.whole)
                #expect(got.count + Int(fired) == whole.count && fired > 10)
            }
            return got
        }
        whole = try run(nil)
        #expect(try run(1) == run(1))
        #expect(try run(1) != run(2))
    }

    @Test(
        "a fault that makes no sense is refused with one sentence",
        arguments: [
            (#"{"kind":"gapp"}"#, "gap"), (#"{"kind":"gap","on":"rest"}"#, "stream, user"),
            (#"{"kind":"gap","rate":2}"#, "between 0 and 1"), (#"{"kind":"gap","often":2}"#, "known are"),
            (#"{"kind":"gap","count":0}"#, "at least 1"), ("nonsense", "no JSON"), (#"{"rate":0.1}"#, "names its"),
        ])
    func refused(body: String, words: String) throws {
        let rig = Rig(lookBack: 0)
        let answer = try rig.admin("POST", "/admin/faults", body)
        #expect(answer["error"]?.text?.contains(words) == true, "\(answer)")
    }

    @Test("with every fault at once the books still follow from the fills", arguments: 1...3)
    func everything(seed: Int) throws {
        var generator = SeededGenerator(seed: UInt64(seed))
        let rig = Rig(seed: UInt64(seed), lookBack: 0)
        _ = rig.open("/usdm/stream", "streams=btcusdt@depth/btcusdt@bookTicker/btcusdt@kline_1m")
        try set(rig, #"{"kind":"all","rate":0.05,"milliseconds":700,"seed":\#(seed)}"#)
        for step in 0..<200 {
            let side = generator.next() & 1 == 0 ? "BUY" : "SELL"
            let query = "symbol=BTCUSDT&side=\(side)&type=MARKET&quantity=0.010&newClientOrderId=n\(step)"
            _ = rig.signedReply("POST", "/fapi/v1/order", query)
            rig.pass(.milliseconds(400))
        }
        rig.pass(.seconds(10))
        var wallet = Money(10_000)
        var lots: Int64 = 0
        for fill in rig.exchange.orders.fills {
            wallet += fill.realized - fill.fee
            lots += fill.side == .buy ? fill.lots : -fill.lots
        }
        #expect(rig.exchange.futures.wallets["USDT"] == wallet, "seed \(seed)")
        let index = try #require(rig.exchange.places[1]["BTCUSDT"])
        #expect(rig.exchange.futures.position(index, .both).lots == lots, "seed \(seed)")
        #expect(rig.exchange.orders.fills.count > 100, "seed \(seed)")
    }
}
