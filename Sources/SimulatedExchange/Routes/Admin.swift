import JSONText
import TradingModel

extension ExchangeBox {
    /// What only the administrator of a simulated exchange can ask: its truth, its faults, its clock, its money.
    mutating func administer(_ request: BoxRequest, _ path: String) -> BoxReply {
        do throws(Refusal) {
            var parameters = try Parameters(query: request.query, body: "")
            var body = JSONValue.object(JSONObject())
            if !request.body.isEmpty {
                guard let value = try? JSONValue.parse(request.body) else {
                    throw FaultBox.bad("the body is no JSON")
                }
                body = value
                if case .object(let object) = value { parameters.add(object) }
            }
            return ExchangeBox.plain(200, try administer(request.method, path, parameters, body))
        } catch {
            return ExchangeBox.plain(error.status, ["error": .string(error.message)])
        }
    }

    static func plain(_ status: Int, _ value: JSONValue) -> BoxReply {
        var bytes: [UInt8] = []
        value.write(to: &bytes)
        return BoxReply(status: status, headers: [.init(name: "Content-Type", value: "application/json")], body: bytes)
    }

    private mutating func administer(
        _ method: String, _ path: String, _ parameters: Parameters, _ body: JSONValue
    ) throws(Refusal) -> JSONValue {
        switch (method, path) {
        case ("GET", "/"), ("GET", "/admin"): return aboutAdmin
        case ("GET", "/admin/state"): return try state(parameters)
        case ("GET", "/admin/candles"): return try allCandles(parameters)
        case ("GET", "/admin/faults"): return ["faults": .array(faults.list.map(\.json))]
        case ("POST", "/admin/faults"):
            return ["faults": .array(try faults.add(text: body.text()).map(\.json))]
        case ("DELETE", "/admin/faults"):
            if let id = try parameters.integer("id") { faults.remove(Int(id)) } else { faults.removeAll() }
            return ["faults": .array(faults.list.map(\.json))]
        case ("POST", "/admin/clock"):
            guard let jump = try parameters.signed("milliseconds") else { throw Refusal.missing("milliseconds") }
            clockError = clockError + .milliseconds(jump)
            return ["clock": JSONValue(clock), "error_milliseconds": JSONValue(clockError.micros / 1_000)]
        case ("POST", "/admin/advance"):
            guard let step = try parameters.integer("milliseconds"), (0...604_800_000).contains(step) else {
                throw Refusal.missing("milliseconds")
            }
            marketShift = marketShift + .milliseconds(step)
            advance(to: now.market + .milliseconds(step))
            return ["clock": JSONValue(clock)]
        case ("POST", "/admin/disconnect"): return disconnectAll(parameters)
        case ("POST", "/admin/keys"): return try changeKey(parameters)
        case ("POST", "/admin/deposit"): return try deposit(parameters)
        case ("POST", "/admin/unban"):
            limiter = RateLimiter(settings)
            return [:]
        default: throw Refusal(404, "\(method) \(path) is nothing; GET /admin lists what there is", status: 404)
        }
    }

    private var aboutAdmin: JSONValue {
        [
            "simulated": true,
            "about":
                "An exchange in a box: nothing here is real. It speaks Binance's dialect for spot (/api, /sapi) and USD-M (/fapi).",
            "markets": .object(
                JSONObject(
                    BoxMarket.allCases.map { market in
                        (market.name, .array(listings.filter { $0.market == market }.map { .string($0.venueSymbol) }))
                    })),
            "admin": [
                "GET /admin/state?part=all|clock|orders|fills|balances|positions|connections|counters",
                "GET /admin/candles?market=spot|usdm&symbol=BTCUSDT&interval=1m",
                "GET /admin/faults", "POST /admin/faults {\"kind\":…,\"on\":…,\"count\":…,\"rate\":…,\"match\":…}",
                "DELETE /admin/faults[?id=…]", "POST /admin/clock {\"milliseconds\":…}",
                "POST /admin/advance {\"milliseconds\":…}", "POST /admin/disconnect {\"on\":\"stream|user|all\"}",
                "POST /admin/keys {\"key\":…,\"trade\":…,\"futures\":…,\"withdraw\":…}",
                "POST /admin/deposit {\"market\":…,\"asset\":…,\"amount\":…}", "POST /admin/unban",
            ],
            "faults": .object(
                JSONObject(
                    Fault.Kind.allCases.map { kind in
                        (
                            kind.rawValue,
                            [
                                "meaning": .string(kind.meaning),
                                "on": .array(kind.places.map { .string($0.rawValue) }),
                            ]
                        )
                    })),
        ]
    }

    private mutating func allCandles(_ parameters: Parameters) throws(Refusal) -> JSONValue {
        guard let market = BoxMarket(name: parameters["market"] ?? "spot") else { throw Refusal.missing("market") }
        let index = try listing(market, parameters)
        guard let interval = KlineInterval(parameters["interval"] ?? "1m") else { throw Refusal.badInterval }
        loadHistory(index)
        let list = listings[index].board.candles(
            interval, since: try parameters.integer("startTime"), until: try parameters.integer("endTime"),
            limit: 1_000_000)
        return .array(list.map { kline($0, index, interval) })
    }

    private mutating func disconnectAll(_ parameters: Parameters) -> JSONValue {
        let place = parameters["on"] ?? "all"
        var count = 0
        for id in connections.keys.sorted() {
            let isUser = connections[id]?.userStreams.isEmpty == false
            guard place == "all" || (place == "user") == isUser else { continue }
            out.append(.close(id, code: 1_001, reason: "24 hours are over"))
            closeStream(id)
            count += 1
        }
        return ["closed": JSONValue(count)]
    }

    private mutating func changeKey(_ parameters: Parameters) throws(Refusal) -> JSONValue {
        let name = parameters["key"] ?? keys.first?.key ?? ""
        if !keys.contains(where: { $0.key == name }) {
            guard let secret = parameters["secret"] else {
                throw FaultBox.bad("there is no key \"\(name)\": give its \"secret\" to make it")
            }
            keys.append(BoxKey(key: name, secret: secret))
        }
        for index in keys.indices where keys[index].key == name {
            keys[index].mayTrade = try parameters.flag("trade") ?? keys[index].mayTrade
            keys[index].mayTradeFutures = try parameters.flag("futures") ?? keys[index].mayTradeFutures
            keys[index].mayWithdraw = try parameters.flag("withdraw") ?? keys[index].mayWithdraw
        }
        return .array(
            keys.map {
                [
                    "key": .string($0.key), "trade": .bool($0.mayTrade), "futures": .bool($0.mayTradeFutures),
                    "withdraw": .bool($0.mayWithdraw),
                ]
            })
    }
}

extension Parameters {
    /// Adds the members of a JSON object that are not there yet.
    mutating func add(_ object: JSONObject) {
        for (name, value) in object where values[name] == nil {
            switch value {
            case .string(let text): set(name, text)
            case .number(let number): set(name, number.text)
            case .bool(let flag): set(name, flag ? "true" : "false")
            default: continue
            }
        }
    }

    /// A whole number that may be negative.
    func signed(_ name: String) throws(Refusal) -> Int64? {
        guard let text = self[name] else { return nil }
        guard let value = Int64(text) else { throw Refusal.missing(name) }
        return value
    }
}
