import JSONText
import TradingModel

/// MEXC spot v3: mexcdevelop.github.io/apidocs/spot_v3_en. Everything is in the query, bodies are empty.
enum MEXCSpotCalls {
    static func draft(_ call: TradingCall, _ writer: inout StepWriter) throws(CallRefusal) -> RequestDraft {
        switch call {
        case .create(let order): return try creation(order, &writer)
        case .amend: throw CallRefusal(.unsupported, "MEXC spot changes no orders: cancel and place it anew")
        case .cancel(let key): return try single(.delete, key)
        case .query(let key): return try single(.get, key)
        case .cancelAll(let symbol, let isConditional):
            try refuse(conditional: isConditional)
            guard let symbol else { throw CallRefusal(.missing, "MEXC cancels all orders of one symbol: name it") }
            return RequestDraft(.delete, "/api/v3/openOrders", .query, named(symbol))
        case .openOrders(let symbol, let isConditional, _):
            try refuse(conditional: isConditional)
            return RequestDraft(.get, "/api/v3/openOrders", .query, named(symbol))
        case .orderHistory(let symbol, let isConditional, let window):
            try refuse(conditional: isConditional)
            guard let symbol else { throw CallRefusal(.missing, "MEXC tells the orders of one symbol: name it") }
            return RequestDraft(.get, "/api/v3/allOrders", .query, named(symbol, window))
        case .fills(let symbol, let key, let window):
            guard let symbol = symbol ?? key?.symbol else {
                throw CallRefusal(.missing, "MEXC tells the fills of one symbol: name it")
            }
            var members = named(symbol, window)
            members.add("orderId", key?.venueOrderID)
            return RequestDraft(.get, "/api/v3/myTrades", .query, members)
        default: return try account(call)
        }
    }

    private static func account(_ call: TradingCall) throws(CallRefusal) -> RequestDraft {
        switch call {
        // What the key may do stands in the account: canTrade, canWithdraw.
        case .balances, .keyPermissions: return RequestDraft(.get, "/api/v3/account")
        case .fees(let symbol): return RequestDraft(.get, "/api/v3/tradeFee", .query, named(symbol))
        case .serverTime:
            var draft = RequestDraft(.get, "/api/v3/time")
            draft.security = .open
            return draft
        case .openUserStream: return RequestDraft(.post, "/api/v3/userDataStream")
        case .keepUserStream(let key):
            return RequestDraft(.put, "/api/v3/userDataStream", .query, JSONObject([("listenKey", .string(key))]))
        case .closeUserStream(let key):
            return RequestDraft(.delete, "/api/v3/userDataStream", .query, JSONObject([("listenKey", .string(key))]))
        default: throw CallRefusal(.unsupported, "MEXC spot has no positions, leverage or margin mode")
        }
    }

    private static func named(_ symbol: MarketSymbol?, _ window: TimeWindow = TimeWindow()) -> JSONObject {
        var members = JSONObject()
        members.add("symbol", symbol?.spelling(at: .mexcSpot))
        members.add("startTime", number: window.since)
        members.add("limit", number: window.limit)
        members.add("endTime", number: window.until)
        return members
    }

    private static func single(
        _ method: TradingRequest.Method, _ key: OrderKey
    ) throws(CallRefusal) -> RequestDraft {
        try refuse(conditional: key.isConditional)
        var members = named(key.symbol)
        try key.add(to: &members, client: "origClientOrderId", venue: "orderId")
        return RequestDraft(method, "/api/v3/order", .query, members)
    }

    private static func refuse(conditional: Bool) throws(CallRefusal) {
        if conditional { throw CallRefusal(.unsupported, "MEXC spot has no conditional orders by API") }
    }

    /// What other exchanges call time in force is a type of its own here.
    private static func creation(
        _ order: OrderDraft, _ writer: inout StepWriter
    ) throws(CallRefusal) -> RequestDraft {
        try order.checkShape(at: .mexcSpot)
        try refuse(conditional: order.isConditional)
        if order.attachedStop != nil || order.attachedTarget != nil {
            throw CallRefusal(.unsupported, "MEXC spot attaches no stop or target to an order")
        }
        if order.icebergQuantity != nil { throw CallRefusal(.unsupported, "MEXC spot has no iceberg orders") }
        var members = named(order.symbol)
        members.add("side", order.side.rawValue.uppercased())
        let isLimit = order.kind == .limit
        switch order.timeInForce {
        case _ where order.isPostOnly: members.add("type", "LIMIT_MAKER")
        case .immediateOrCancel where isLimit: members.add("type", "IMMEDIATE_OR_CANCEL")
        case .fillOrKill where isLimit: members.add("type", "FILL_OR_KILL")
        default: members.add("type", isLimit ? "LIMIT" : "MARKET")
        }
        if !isLimit, let spending = order.spending {
            members.add("quoteOrderQty", try writer.cost(spending))
        } else {
            members.add("quantity", try writer.quantity(order.quantity))
        }
        // ccxt tells the price of a market order too; MEXC does not read it.
        if let price = order.limitPrice, isLimit || order.isUnified { members.add("price", try writer.price(price)) }
        members.add("newClientOrderId", order.clientOrderID)
        return RequestDraft(.post, order.isTest ? "/api/v3/order/test" : "/api/v3/order", .query, members)
    }
}
