import JSONText

/// Makes the exact request of a call. Nothing is sent.
public enum RequestDesk {
    /// The request that `form` becomes at its market, signed for `context`.
    public static func request(
        for form: TradingOrderForm, context: SigningContext, isTestnet: Bool = false
    ) throws(CallRefusal) -> TradingRequest {
        var writer = StepWriter(steps: form.steps)
        var draft =
            switch form.market {
            case .binanceSpot, .binanceUSDM: try BinanceCalls.draft(form.call, form.market, &writer)
            case .bybitSpot, .bybitLinear: try BybitCalls.draft(form.call, form.market, &writer)
            case .mexcSpot: try MEXCSpotCalls.draft(form.call, &writer)
            case .mexcContract: try MEXCContractCalls.draft(form.call, &writer)
            }
        draft.parameters.merge(form.extras)
        guard let address = draft.address ?? form.market.address(isTestnet: isTestnet) else {
            throw CallRefusal(.unsupported, "\(form.market.title) has no test network")
        }
        return try finish(draft, form.market, address, context, notes: writer.notes)
    }

    private static func finish(
        _ draft: RequestDraft, _ market: TradingMarket, _ address: String, _ context: SigningContext, notes: [String]
    ) throws(CallRefusal) -> TradingRequest {
        if draft.security != .open, context.key.isEmpty {
            throw CallRefusal(.missing, "this request needs an API key: give --key and --secret, test keys will do")
        }
        var request = TradingRequest(
            method: draft.method, url: address + draft.path, headers: [], body: "", signedText: "", signature: "",
            parameters: draft.list ?? .object(draft.parameters), notes: notes)
        switch (market, draft.method) {
        case (_, .webSocket): signMessage(draft, market, context, &request)
        case (.binanceSpot, _), (.binanceUSDM, _): signBinance(draft, context, &request)
        case (.bybitSpot, _), (.bybitLinear, _): signBybit(draft, context, &request)
        case (.mexcSpot, _): signMEXCSpot(draft, context, &request)
        case (.mexcContract, _): signMEXCContract(draft, context, &request)
        }
        return request
    }

    /// Query or form text, then `timestamp`, then `signature` over all of it; the key in `X-MBX-APIKEY`.
    private static func signBinance(
        _ draft: RequestDraft, _ context: SigningContext, _ request: inout TradingRequest
    ) {
        var members = draft.parameters
        if draft.security != .open { request.headers = [.init(name: "X-MBX-APIKEY", value: context.key)] }
        if draft.security == .signed { stamp(&members, context) }
        var text = QueryText.text(members)
        if draft.security == .signed { sign(text, context, &request) }
        if draft.security == .signed { text += "&signature=" + request.signature }
        place(text, draft, &request)
    }

    /// As Binance's, with everything in the query: MEXC reads no form; the key in `X-MEXC-APIKEY`.
    private static func signMEXCSpot(
        _ draft: RequestDraft, _ context: SigningContext, _ request: inout TradingRequest
    ) {
        var members = draft.parameters
        if draft.security != .open {
            request.headers = [.init(name: "X-MEXC-APIKEY", value: context.key)]
        }
        if draft.method != .get { request.headers.append(.init(name: "Content-Type", value: "application/json")) }
        if draft.security == .signed { stamp(&members, context) }
        var text = QueryText.text(members)
        if draft.security == .signed {
            sign(text, context, &request)
            text += "&signature=" + request.signature
        }
        if !text.isEmpty { request.url += "?" + text }
    }

    /// Headers carry time, key and signature over time + key + window + (query or body).
    private static func signBybit(_ draft: RequestDraft, _ context: SigningContext, _ request: inout TradingRequest) {
        let isQuery = draft.placement == .query
        let text =
            isQuery ? QueryText.text(draft.parameters, raw: ["cursor"]) : JSONValue.object(draft.parameters).text()
        if isQuery, !text.isEmpty { request.url += "?" + text }
        if !isQuery {
            request.body = text
            request.headers = [.init(name: "Content-Type", value: "application/json")]
        }
        guard draft.security == .signed else { return }
        let window = String(context.receiveWindow ?? 5000)
        sign(String(context.timestamp) + context.key + window + text, context, &request)
        request.headers += [
            .init(name: "X-BAPI-API-KEY", value: context.key),
            .init(name: "X-BAPI-TIMESTAMP", value: String(context.timestamp)),
            .init(name: "X-BAPI-RECV-WINDOW", value: window),
            .init(name: "X-BAPI-SIGN", value: request.signature),
        ]
    }

    /// Headers carry key, time and signature over key + time + (sorted query or body).
    private static func signMEXCContract(
        _ draft: RequestDraft, _ context: SigningContext, _ request: inout TradingRequest
    ) {
        let text: String
        if draft.placement == .query {
            let sorted = JSONObject(
                draft.parameters.map { ($0.key, $0.value) }.sorted { $0.0.utf8.lexicographicallyPrecedes($1.0.utf8) })
            text = QueryText.text(sorted)
            if !text.isEmpty { request.url += "?" + text }
        } else {
            text = (draft.list ?? .object(draft.parameters)).text()
            request.body = text
        }
        request.headers = [.init(name: "Content-Type", value: "application/json")]
        guard draft.security == .signed else { return }
        sign(context.key + String(context.timestamp) + text, context, &request)
        request.headers += [
            .init(name: "ApiKey", value: context.key),
            .init(name: "Request-Time", value: String(context.timestamp)),
            .init(name: "Signature", value: request.signature),
        ]
    }

    /// The message that opens a private stream on a WebSocket.
    private static func signMessage(
        _ draft: RequestDraft, _ market: TradingMarket, _ context: SigningContext, _ request: inout TradingRequest
    ) {
        request.url = draft.path
        if market.venue == .bybit {
            let expires = context.timestamp + Int64(context.receiveWindow ?? 5000)
            sign("GET/realtime\(expires)", context, &request)
            let arguments: [JSONValue] = [.string(context.key), JSONValue(expires), .string(request.signature)]
            request.body = JSONValue.object(
                JSONObject([("op", .string("auth")), ("args", .array(arguments))])
            ).text()
            return
        }
        var members = JSONObject([("apiKey", .string(context.key))])
        stamp(&members, context)
        // The WebSocket API signs the parameters in the order of their names: apiKey, recvWindow, timestamp.
        sign(QueryText.text(members), context, &request)
        members.add("signature", request.signature)
        request.body = JSONValue.object(
            JSONObject([
                ("id", .string(String(context.timestamp))), ("method", .string("userDataStream.subscribe.signature")),
                ("params", .object(members)),
            ])
        ).text()
    }

    private static func stamp(_ members: inout JSONObject, _ context: SigningContext) {
        if members["recvWindow"] == nil { members.add("recvWindow", number: context.receiveWindow) }
        members.add("timestamp", number: context.timestamp)
    }

    private static func sign(_ text: String, _ context: SigningContext, _ request: inout TradingRequest) {
        request.signedText = text
        request.signature = Signer.signature(of: text, secret: context.secret)
    }

    private static func place(_ text: String, _ draft: RequestDraft, _ request: inout TradingRequest) {
        guard !text.isEmpty else { return }
        switch draft.placement {
        case .query: request.url += "?" + text
        case .form, .json:
            request.body = text
            request.headers.append(.init(name: "Content-Type", value: "application/x-www-form-urlencoded"))
        }
    }
}
