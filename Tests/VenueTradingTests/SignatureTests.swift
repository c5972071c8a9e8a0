import JSONText
import Testing
import VenueTrading

@Suite("Signatures")
struct SignatureTests {
    @Test("every published vector with a secret is signed as it should be", .enabled(if: SharedMessages.isHere))
    func vectors() throws {
        let vectors = SharedMessages.json("signature_vectors.json")["vectors"]?.array ?? []
        var checked = 0
        for vector in vectors {
            guard let secret = vector["secret"]?.text, let text = vector["string_to_sign"]?.text,
                let wanted = vector["recomputed_hmac_sha256_hex"]?.text
            else { continue }
            #expect(Signer.signature(of: text, secret: secret) == wanted, "\(vector["name"]?.text ?? "")")
            checked += 1
        }
        #expect(checked >= 5)
    }

    private func form(_ text: String) throws -> TradingOrderForm {
        try OrderForm.read(try JSONValue.parse(text), defaults: .init())
    }

    @Test("Binance's documented example is made whole: order of parameters, form and signature")
    func binanceExample() throws {
        let form = try form(
            #"""
            {"venue": "binance-spot", "symbol": "LTC/BTC", "side": "buy", "type": "limit", "timeInForce": "GTC",
             "quantity": "1", "price": "0.1"}
            """#)
        let request = try RequestDesk.request(
            for: form,
            context: SigningContext(
                key: "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A",
                secret: "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j",
                timestamp: 1_499_827_319_559,
                receiveWindow: 5000))
        #expect(request.signature == "c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71")
        #expect(request.method == .post)
        #expect(request.url == "https://api.binance.com/api/v3/order")
        #expect(request.body == request.signedText + "&signature=" + request.signature)
        #expect(request.headers.contains(.init(name: "Content-Type", value: "application/x-www-form-urlencoded")))
        #expect(request.headers.contains { $0.name == "X-MBX-APIKEY" && $0.value.hasPrefix("vmPUZE6m") })
    }

    @Test("MEXC's documented example is made whole")
    func mexcExample() throws {
        let form = try form(
            #"{"venue":"mexc","symbol":"BTC/USDT","side":"buy","type":"limit","quantity":"1","price":"11"}"#)
        let request = try RequestDesk.request(
            for: form,
            context: SigningContext(
                key: "mx0aBYs33eIilxBWC5", secret: "45d0b3c26f2644f19bfb98b07741b2f5", timestamp: 1_644_489_390_087,
                receiveWindow: 5000))
        #expect(request.signature == "fd3e4e8543c5188531eb7279d68ae7d26a573d0fc5ab0d18eb692451654d837a")
        #expect(
            request.url == "https://api.mexc.com/api/v3/order?" + request.signedText + "&signature=" + request.signature
        )
        #expect(request.body.isEmpty)
    }

    @Test("Bybit signs time, key, window and query, or body")
    func bybitExamples() throws {
        let context = SigningContext(
            key: "test_api_key", secret: "test_secret", timestamp: 1_700_000_000_000, receiveWindow: 5000)
        let query = try RequestDesk.request(
            for: try form(#"{"venue": "bybit-linear", "kind": "positions", "symbol": "BTCUSDT"}"#), context: context)
        #expect(query.signedText == "1700000000000test_api_key5000symbol=BTCUSDT&category=linear")
        #expect(query.headers.contains(.init(name: "X-BAPI-SIGN", value: query.signature)))
        let order = try RequestDesk.request(
            for: try form(
                #"{"venue": "bybit", "symbol": "BTC/USDT:USDT", "side": "buy", "type": "market", "quantity": "0.01"}"#),
            context: context)
        #expect(order.signedText == "1700000000000test_api_key5000" + order.body)
        let stream = try RequestDesk.request(
            for: try form(#"{"venue": "bybit", "kind": "user-stream"}"#),
            context: SigningContext(
                key: "test_api_key", secret: "test_secret", timestamp: 1_699_999_995_000, receiveWindow: 5000))
        #expect(stream.signature == "bacffe7500499eb829bb58c45d36d1b3e5ac67c14eaeba91df5e99ccee013925")
        #expect(stream.method == .webSocket)
    }

    @Test("what is not ASCII is percent-encoded in capitals before it is signed")
    func encoding() throws {
        let request = try RequestDesk.request(
            for: try form(#"{"venue": "binance-spot", "kind": "query", "symbol": "１２３", "orderId": "7"}"#),
            context: SigningContext(key: "k", secret: "s", timestamp: 1))
        #expect(request.signedText == "symbol=%EF%BC%91%EF%BC%92%EF%BC%93&orderId=7&timestamp=1")
    }
}
