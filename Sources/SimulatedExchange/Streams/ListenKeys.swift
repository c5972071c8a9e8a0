import JSONText
import TradingModel

/// A name under which a user stream can be listened to for an hour.
struct ListenKey: Sendable {
    let text: String
    let market: BoxMarket
    var expiresAt: WallTime
    static let life = Span.minutes(60)
}

extension ExchangeBox {
    static let listenKeyRoutes: [String: Route] = {
        var routes: [String: Route] = [:]
        for (market, path) in [(BoxMarket.spot, "/api/v3/userDataStream"), (.usdm, "/fapi/v1/listenKey")] {
            routes["POST " + path] = Route(market, .key, weight: market == .spot ? 2 : 1) { box, _ in
                ["listenKey": .string(box.makeListenKey(market))]
            }
            routes["PUT " + path] = Route(market, .key, weight: market == .spot ? 2 : 1) {
                box, parameters throws(Refusal) in
                let place = try box.listenKeyPlace(market, parameters)
                box.listenKeys[place].expiresAt = box.now.wall + ListenKey.life
                return market == .spot ? [:] : ["listenKey": .string(box.listenKeys[place].text)]
            }
            routes["DELETE " + path] = Route(market, .key, weight: market == .spot ? 2 : 1) {
                box, parameters throws(Refusal) in
                let place = try box.listenKeyPlace(market, parameters)
                box.dropListenKey(place)
                return [:]
            }
        }
        return routes
    }()

    /// The key there is, for an hour from now, or a new one.
    private mutating func makeListenKey(_ market: BoxMarket) -> String {
        expireListenKeys()
        if let place = listenKeys.firstIndex(where: { $0.market == market }) {
            listenKeys[place].expiresAt = now.wall + ListenKey.life
            return listenKeys[place].text
        }
        listenKeyCount += 1
        let name = "\(settings.seed)|\(market.name)|\(listenKeyCount)"
        let text = String(
            (StableHash.of(name).base32 + StableHash.of("x" + name).base32 + "quartetsimulated").prefix(64))
        listenKeys.append(ListenKey(text: text, market: market, expiresAt: now.wall + ListenKey.life))
        return text
    }

    /// USDⓈ-M has one key an account and needs no name for it.
    private func listenKeyPlace(_ market: BoxMarket, _ parameters: Parameters) throws(Refusal) -> Int {
        let name = parameters["listenKey"]
        if name == nil, market == .spot { throw Refusal.missing("listenKey") }
        let wall = now.wall
        guard
            let place = listenKeys.firstIndex(where: {
                $0.market == market && (name == nil || $0.text == name) && wall < $0.expiresAt
            })
        else { throw Refusal.badListenKey }
        return place
    }

    mutating func expireListenKeys() {
        let wall = now.wall
        while let place = listenKeys.firstIndex(where: { wall >= $0.expiresAt }) { dropListenKey(place) }
    }

    private mutating func dropListenKey(_ place: Int) {
        let key = listenKeys.remove(at: place)
        for id in connections.keys.sorted() where connections[id]?.userStreams.contains(key.text) == true {
            guard let connection = connections[id] else { continue }
            let event: JSONValue = [
                "e": "listenKeyExpired", "E": JSONValue(clock), "listenKey": .string(key.text),
            ]
            var payload: [UInt8] = []
            event.write(to: &payload)
            transmit(payload, key.text, connection, nil)
            connections[id]?.userStreams.removeAll { $0 == key.text }
        }
    }

    // MARK: The WebSocket API

    /// What of the WebSocket API is the same as a REST request.
    private static let apiMethods: [String: String] = [
        "ping": "GET /api/v3/ping", "time": "GET /api/v3/time", "exchangeInfo": "GET /api/v3/exchangeInfo",
        "depth": "GET /api/v3/depth", "klines": "GET /api/v3/klines", "ticker.24hr": "GET /api/v3/ticker/24hr",
        "ticker.price": "GET /api/v3/ticker/price", "ticker.book": "GET /api/v3/ticker/bookTicker",
        "order.place": "POST /api/v3/order", "order.status": "GET /api/v3/order",
        "order.cancel": "DELETE /api/v3/order", "openOrders.status": "GET /api/v3/openOrders",
        "openOrders.cancelAll": "DELETE /api/v3/openOrders", "allOrders": "GET /api/v3/allOrders",
        "myTrades": "GET /api/v3/myTrades", "account.status": "GET /api/v3/account",
    ]

    /// Answers a request of the WebSocket API: user stream by signature, and what REST has too.
    mutating func answerAPI(_ id: ConnectionID, _ message: JSONObject) {
        let number = message["id"] ?? JSONValue.null
        var method = ""
        if case .string(let text)? = message["method"] { method = text }
        var parameters = Parameters([:])
        if case .object(let object)? = message["params"] { parameters = Parameters(message: object) }
        do throws(Refusal) {
            let result: JSONValue
            switch method {
            case "userDataStream.subscribe.signature":
                let route = Route(.spot, .read, weight: 2) { _, _ in nil }
                try admitAPI(route, parameters)
                listenKeyCount += 1
                let subscription = connections[id]?.userStreams.count ?? 0
                connections[id]?.userStreams.append("\(subscription)")
                result = ["subscriptionId": JSONValue(subscription)]
            case "userDataStream.unsubscribe":
                let only = parameters["subscriptionId"]
                connections[id]?.userStreams.removeAll { only == nil || $0 == only }
                result = [:]
            default:
                guard let name = ExchangeBox.apiMethods[method], let route = ExchangeBox.routes[name] else {
                    throw Refusal(-1000, "\"\(method)\" is no method of this exchange's WebSocket API.")
                }
                try admitAPI(route, parameters)
                result = try route.handler(&self, parameters)
            }
            send(id, ["id": number, "status": 200, "result": result, "rateLimits": []])
        } catch {
            counters.refused += 1
            send(id, ["id": number, "status": JSONValue(error.status), "error": error.json, "rateLimits": []])
        }
    }

    private mutating func admitAPI(_ route: Route, _ parameters: Parameters) throws(Refusal) {
        counters.requests += 1
        if let refusal = limiter.admit(route.market, weight: route.weight(parameters), at: now.wall) { throw refusal }
        if route.isOrder, let refusal = limiter.admitOrder(route.market, at: now.wall) { throw refusal }
        try authorize(parameters["apiKey"], route, parameters)
    }
}

extension Parameters {
    /// The parameters of a message, whose signature is made over them in the order of their names.
    init(message: JSONObject) {
        self.init([:])
        add(message)
        signature = values["signature"]
        signedText = values.filter { $0.key != "signature" }.sorted { $0.key < $1.key }
            .map { $0.key + "=" + $0.value }.joined(separator: "&")
    }
}
