import JSONText
import TradingModel

/// What an exchange wraps around its data, taken off.
struct Envelope {
    enum Item {
        case data(JSONNode)
        case failure(VenueError)
    }

    enum Content {
        case data(JSONNode)
        case batch([Item])
        case failure(VenueError)
        /// An acknowledgement, a request, a heartbeat: its type and what it says.
        case notice(String, JSONValue)
    }

    var content: Content
    /// What stands beside the data.
    var header = JSONObject()
    /// Names that tell what the data is, the most telling first.
    var hints: [String] = []

    static func open(
        _ value: JSONValue, venue: VenueDialect, _ context: VenueMessages.Context
    ) throws(JSONError) -> Envelope {
        switch venue {
        case .binance, .binanceUSDM: try binance(value, venue, context)
        case .bybit: try bybit(value, context)
        case .mexc: try mexc(value, context)
        }
    }

    static func plain(_ value: JSONValue) -> Envelope { Envelope(content: .data(value.node)) }

    static func notice(_ type: String, _ value: JSONValue, dropping keys: Set<String> = []) -> Envelope {
        var object = JSONObject()
        if case .object(let members) = value {
            for (key, member) in members where !keys.contains(key) { object[key] = member }
        }
        return Envelope(content: .notice(type, GenericReading.value(.object(object), key: "")))
    }

    /// A time in milliseconds as microseconds; nothing where it is none.
    static func time(_ value: JSONValue?) -> JSONValue? {
        guard let value else { return nil }
        var reading = MessageReading()
        guard let time = try? reading.read(value.node, .milliseconds), time != .null else { return nil }
        return time
    }

    // MARK: Binance

    private static func binance(
        _ value: JSONValue, _ venue: VenueDialect, _ context: VenueMessages.Context
    ) throws(JSONError) -> Envelope {
        if case .array(let items) = value { return binanceList(items, value, venue, context) }
        guard case .object(let object) = value else { return plain(value) }
        if object.isEmpty { return Envelope(content: .notice("acknowledgement", value)) }
        if let data = object["data"], let stream = object["stream"], case .string(let name) = stream {
            var inner = binanceEvent(data)
            inner.header["stream"] = stream
            inner.hints += streamHints(name)
            return inner
        }
        if let event = object["event"], case .object = event {
            var inner = binanceEvent(event)
            if let id = object["subscriptionId"] { inner.header["subscription_id"] = id }
            return inner
        }
        if object["method"] != nil, object["params"] != nil || object["id"] != nil, object["status"] == nil {
            return notice("request", value)
        }
        if let error = object["error"], error["code"] != nil || error["msg"] != nil {
            var failure = binanceFailure(error, venue, context)
            if let status = object["status"]?.node, let code = try? status.integer() { failure.httpStatus = Int(code) }
            return Envelope(content: .failure(failure), header: idHeader(object))
        }
        if let result = object["result"], object["id"] != nil {
            if case .object(let body) = result, !body.isEmpty { return binanceAnswer(result, object) }
            if case .array(let list) = result, object["status"] != nil, !list.isEmpty {
                return binanceAnswer(result, object)
            }
            return notice("acknowledgement", value, dropping: ["rateLimits"])
        }
        if object["code"] != nil, object["msg"] != nil || object["message"] != nil {
            return binanceCoded(object, value, venue, context)
        }
        return binanceEvent(value)
    }

    private static func idHeader(_ object: JSONObject) -> JSONObject {
        var header = JSONObject()
        if let id = object["id"], let text = try? id.node.text() { header["request_id"] = .string(text) }
        return header
    }

    /// The answer of the WebSocket API: its result has the shape of REST's.
    private static func binanceAnswer(_ result: JSONValue, _ object: JSONObject) -> Envelope {
        var envelope = binanceEvent(result)
        for (key, member) in idHeader(object) { envelope.header[key] = member }
        return envelope
    }

    private static func binanceEvent(_ value: JSONValue) -> Envelope {
        var envelope = plain(value)
        if case .string(let event)? = (value[0] ?? value)["e"] { envelope.hints.append(event) }
        return envelope
    }

    private static func binanceCoded(
        _ object: JSONObject, _ value: JSONValue, _ venue: VenueDialect, _ context: VenueMessages.Context
    ) -> Envelope {
        let code = (try? object["code"]?.node.text()) ?? ""
        // A stream refuses what was sent to it with codes from 0 on.
        let isSuccess = ["0", "200", "000000"].contains(code) && !VenueErrorTable.isStreamRefusal(value["msg"])
        if !isSuccess, object["data"] == nil || object["data"] == .null {
            return Envelope(content: .failure(binanceFailure(value, venue, context)))
        }
        if !isSuccess, let data = object["data"], data["cancelResult"] != nil {
            var envelope = Envelope(content: .data(value.node))
            envelope.header["error"] = binanceFailure(value, venue, context).json
            return envelope
        }
        if isSuccess, object.count <= 3, object["data"] == nil { return notice("acknowledgement", value) }
        return plain(value)
    }

    private static func binanceList(
        _ items: [JSONValue], _ value: JSONValue, _ venue: VenueDialect, _ context: VenueMessages.Context
    ) -> Envelope {
        let isFailure = { (item: JSONValue) in
            item["code"] != nil && item["msg"] != nil && item["orderId"] == nil && item["code"] != 200
        }
        guard items.contains(where: isFailure) else { return binanceEvent(value) }
        let results = value.node
        return Envelope(
            content: .batch(
                items.enumerated().map { place, item in
                    isFailure(item) ? .failure(binanceFailure(item, venue, context)) : .data(results[place])
                }))
    }

    private static func binanceFailure(
        _ value: JSONValue, _ venue: VenueDialect, _ context: VenueMessages.Context
    ) -> VenueError {
        let code = (try? value["code"]?.node.text()) ?? ""
        let message = (try? (value["msg"] ?? value["message"])?.node.text()) ?? ""
        var error = VenueError.classify(venue, code: code, message: message, status: context.status)
        if let until = value["data"]?["retryAfter"], let micros = try? time(until)?.node.integer() {
            error.bannedUntil = MarketTime(micros: micros)
        }
        if let server = value["data"]?["serverTime"], let micros = try? time(server)?.node.integer() {
            error.serverTime = MarketTime(micros: micros)
        }
        return error
    }

    /// `btcusdt@kline_1m` → `kline_1m`, `kline`; `!markPrice@arr@1s` → `!markPrice@arr`.
    private static func streamHints(_ name: String) -> [String] {
        let parts = name.split(separator: "@").map(String.init)
        guard parts.count > 1 else { return [] }
        if name.hasPrefix("!") { return [parts[0] + "@" + parts[1], String(parts[0].dropFirst())] }
        return ["@" + parts[1], "@" + String(parts[1].prefix { $0 != "_" })]
    }
}
