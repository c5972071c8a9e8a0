import JSONText
import TradingModel

extension Envelope {
    // MARK: Bybit

    static func bybit(_ value: JSONValue, _ context: VenueMessages.Context) throws(JSONError) -> Envelope {
        guard case .object(let object) = value else { return plain(value) }
        if case .string(let topic)? = object["topic"], let data = object["data"] {
            return bybitPush(topic, data, object)
        }
        if let code = object["retCode"] ?? object["ret_code"] { return try bybitAnswer(code, value, object, context) }
        if let op = object["op"], case .string(let name) = op {
            if name == "ping" || name == "pong" { return notice("heartbeat", value) }
            if let success = object["success"], success == false {
                let message = (try? (object["ret_msg"] ?? object["retMsg"])?.node.text()) ?? ""
                if message == "pong" { return notice("heartbeat", value) }
                return Envelope(content: .failure(.classify(.bybit, code: "", message: message)))
            }
            if object["success"] != nil {
                let message = object["ret_msg"] ?? object["retMsg"]
                return notice(message == "pong" ? "heartbeat" : "acknowledgement", value)
            }
            return notice("request", value)
        }
        return plain(value)
    }

    private static func bybitPush(_ topic: String, _ data: JSONValue, _ object: JSONObject) -> Envelope {
        var envelope = Envelope(content: .data(data.node))
        envelope.hints = [topic, String(topic.prefix { $0 != "." })]
        envelope.header["topic"] = .string(topic)
        if case .string(let update)? = object["type"] { envelope.header["update"] = .string(update) }
        if let time = time(object["ts"] ?? object["creationTime"]) { envelope.header["event_time"] = time }
        if let time = time(object["cts"]) { envelope.header["matching_time"] = time }
        if let id = object["id"], let text = try? id.node.text() { envelope.header["message_id"] = .string(text) }
        if let sequence = object["cs"] ?? object["seq"] { envelope.header["sequence"] = sequence }
        let parts = topic.split(separator: ".").map(String.init)
        if parts.count > 1, let last = parts.last, parts[0] != "execution", parts[0] != "order" {
            envelope.header["symbol"] = .string(last)
        }
        if parts.count == 3, parts[0].hasPrefix("kline") { envelope.header["interval"] = .string(parts[1]) }
        if parts.count == 3, parts[0] == "orderbook" { envelope.header["depth"] = .string(parts[1]) }
        return envelope
    }

    private static func bybitAnswer(
        _ code: JSONValue, _ value: JSONValue, _ object: JSONObject, _ context: VenueMessages.Context
    ) throws(JSONError) -> Envelope {
        let number = try code.node.text()
        let message = (try? (object["retMsg"] ?? object["ret_msg"])?.node.text()) ?? ""
        var header = JSONObject()
        if let time = time(object["time"]) { header["server_time"] = time }
        if let id = object["reqId"], let text = try? id.node.text() { header["request_id"] = .string(text) }
        guard number == "0" || number == "20001" || number == "" else {
            var error = VenueError.classify(.bybit, code: number, message: message, status: context.status)
            if error.category == .clock, error.serverTime == nil,
                let micros = try? header["server_time"]?.node.integer()
            {
                error.serverTime = MarketTime(micros: micros)
            }
            return Envelope(content: .failure(error), header: header)
        }
        if case .string(let op)? = object["op"] { header["operation"] = .string(op) }
        guard let result = object["result"] ?? object["data"], result != .null, result != .object(JSONObject()) else {
            var envelope = notice("acknowledgement", value, dropping: ["retExtInfo", "time", "result", "ext_info"])
            for (key, member) in header { envelope.header[key] = member }
            return envelope
        }
        if case .array(let codes)? = (object["retExtInfo"] ?? .null)["list"],
            case .array(let list)? = result["list"], list.count == codes.count,
            codes.contains(where: { $0["code"] != 0 })
        {
            return Envelope(content: .batch(bybitBatch(list, codes)), header: header)
        }
        var envelope = Envelope(content: .data(result.node), header: header)
        if case .string(let op)? = object["op"] { envelope.hints = [op] }
        return envelope
    }

    private static func bybitBatch(_ list: [JSONValue], _ codes: [JSONValue]) -> [Item] {
        zip(list, codes).map { item, code in
            let number = (try? code["code"]?.node.text()) ?? ""
            if number == "0" { return .data(item.node) }
            let message = (try? code["msg"]?.node.text()) ?? ""
            return .failure(.classify(.bybit, code: number, message: message))
        }
    }

    // MARK: MEXC

    static func mexc(_ value: JSONValue, _ context: VenueMessages.Context) throws(JSONError) -> Envelope {
        let value = MexcNames.asInSchema(value)
        guard case .object(let object) = value else { return plain(value) }
        if object.isEmpty { return Envelope(content: .notice("acknowledgement", value)) }
        if case .string(let channel)? = object["channel"] ?? object["c"] {
            if let envelope = mexcPush(channel, value, object) { return envelope }
        }
        if object["method"] != nil { return notice("request", value) }
        if let code = object["code"], object["msg"] != nil || object["message"] != nil || object["success"] != nil {
            return try mexcAnswer(code, value, object, context)
        }
        return plain(value)
    }

    private static func mexcPush(_ channel: String, _ value: JSONValue, _ object: JSONObject) -> Envelope? {
        var header = JSONObject()
        header["channel"] = .string(channel)
        if let symbol = object["symbol"] ?? object["s"] { header["symbol"] = symbol }
        if let time = time(object["sendTime"] ?? object["ts"] ?? object["t"]) { header["event_time"] = time }
        if let time = time(object["createTime"]) { header["create_time"] = time }
        // `spot@public.aggre.deals.v3.api.pb@100ms@BTCUSDC` → `spot@public.aggre.deals`
        let stem = channel.split(separator: "@").prefix(2).joined(separator: "@").split(separator: ".")
            .prefix { $0 != "v3" }.joined(separator: ".")
        if let body = object.first(where: { $0.key.hasPrefix("public") || $0.key.hasPrefix("private") }) {
            return Envelope(content: .data(body.value.node), header: header, hints: [body.key, stem])
        }
        if channel == "rs.error" {
            let message = (try? object["data"]?.node.text()) ?? ""
            return Envelope(content: .failure(.classify(.mexc, code: "", message: message)), header: header)
        }
        if channel == "pong" { return notice("heartbeat", value) }
        if channel.hasPrefix("rs.") { return notice("acknowledgement", value) }
        guard let data = object["data"] ?? object["d"] else { return nil }
        return Envelope(content: .data(data.node), header: header, hints: [stem, channel])
    }

    private static func mexcAnswer(
        _ code: JSONValue, _ value: JSONValue, _ object: JSONObject, _ context: VenueMessages.Context
    ) throws(JSONError) -> Envelope {
        let number = try code.node.text()
        let message = (try? (object["msg"] ?? object["message"])?.node.text()) ?? ""
        guard number == "0" || number == "200" else {
            return Envelope(
                content: .failure(.classify(.mexc, code: number, message: message, status: context.status)))
        }
        if message == "PONG" { return notice("heartbeat", value) }
        // A refused subscription comes with the code of success; only its words tell.
        if message.contains("Not Subscribed") {
            var error = VenueError.classify(.mexc, code: number, message: message, status: context.status)
            if error.category == .unrecognized { error.category = .invalidRequest }
            return Envelope(content: .failure(error))
        }
        guard let data = object["data"], data != .null else { return notice("acknowledgement", value) }
        return plain(data)
    }
}
