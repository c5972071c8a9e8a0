import JSONText
import TradingModel

/// Binance spot (`/api/v3`) and USDⓈ-M futures (`/fapi`): github.com/binance/binance-spot-api-docs and
/// developers.binance.com/docs/derivatives. Since December 2025 conditional futures orders live at `/fapi/v1/algoOrder`.
enum BinanceCalls {
    static func draft(
        _ call: TradingCall, _ market: TradingMarket, _ writer: inout StepWriter
    ) throws(CallRefusal) -> RequestDraft {
        switch call {
        case .create(let order):
            return market == .binanceSpot ? try spotOrder(order, &writer) : try futuresOrder(order, &writer)
        case .amend(let key, let order): return try amendment(key, order, market, &writer)
        case .cancel(let key): return try single(.delete, key, market)
        case .query(let key): return try single(.get, key, market)
        case .cancelAll(let symbol, let isConditional):
            guard let symbol else { throw CallRefusal(.missing, "Binance cancels all orders of one symbol: name it") }
            let path = isConditional ? "/fapi/v1/algoOpenOrders" : "/fapi/v1/allOpenOrders"
            return RequestDraft(
                .delete, market == .binanceSpot ? "/api/v3/openOrders" : path, .query, named(symbol, market))
        case .openOrders(let symbol, let isConditional, _):
            let path = isConditional ? "/fapi/v1/openAlgoOrders" : "/fapi/v1/openOrders"
            return RequestDraft(
                .get, market == .binanceSpot ? "/api/v3/openOrders" : path, .query, named(symbol, market))
        case .orderHistory(let symbol, let isConditional, let window):
            if market == .binanceSpot, symbol == nil {
                throw CallRefusal(.missing, "Binance spot tells the orders of one symbol: name it")
            }
            let path = isConditional ? "/fapi/v1/allAlgoOrders" : "/fapi/v1/allOrders"
            return RequestDraft(
                .get, market == .binanceSpot ? "/api/v3/allOrders" : path, .query,
                named(symbol, market, window: window))
        case .fills(let symbol, let key, let window):
            guard let symbol = symbol ?? key?.symbol else {
                throw CallRefusal(.missing, "Binance tells the fills of one symbol: name it")
            }
            var members = named(symbol, market, window: window)
            members.add("orderId", key?.venueOrderID)
            return RequestDraft(
                .get, market == .binanceSpot ? "/api/v3/myTrades" : "/fapi/v1/userTrades", .query, members)
        default: return try account(call, market)
        }
    }

    private static func named(
        _ symbol: MarketSymbol?, _ market: TradingMarket, window: TimeWindow = TimeWindow()
    ) -> JSONObject {
        var members = JSONObject()
        members.add("symbol", symbol?.spelling(at: market))
        members.add("startTime", number: window.since)
        members.add("limit", number: window.limit)
        members.add("endTime", number: window.until)
        return members
    }

    private static func single(
        _ method: TradingRequest.Method, _ key: OrderKey, _ market: TradingMarket
    ) throws(CallRefusal) -> RequestDraft {
        var members = named(key.symbol, market)
        guard market == .binanceUSDM, key.isConditional else {
            try key.add(to: &members, client: "origClientOrderId", venue: "orderId")
            return RequestDraft(method, market == .binanceSpot ? "/api/v3/order" : "/fapi/v1/order", .query, members)
        }
        try key.add(to: &members, client: "clientAlgoId", venue: "algoId")
        return RequestDraft(method, "/fapi/v1/algoOrder", .query, members)
    }

    // MARK: Orders

    private static func spotOrder(
        _ order: OrderDraft, _ writer: inout StepWriter
    ) throws(CallRefusal) -> RequestDraft {
        try order.checkShape(at: .binanceSpot)
        try refuseAttachments(order)
        if order.isPostOnly, order.isConditional {
            throw CallRefusal(.contradiction, "Binance spot has no order that is post-only and waits for a trigger")
        }
        var members = named(order.symbol, .binanceSpot)
        members.add("side", order.side.rawValue.uppercased())
        let type = spotType(order)
        members.add("type", type)
        let takesForce = type == "LIMIT" || type.hasSuffix("_LIMIT")
        if takesForce { members.add("timeInForce", (order.timeInForce ?? .goodTilCanceled).rawValue) }
        if type == "MARKET", let spending = order.spending {
            members.add("quoteOrderQty", try writer.cost(spending))
        } else {
            members.add("quantity", try writer.quantity(order.quantity))
        }
        if order.kind == .limit, let price = order.limitPrice { members.add("price", try writer.price(price)) }
        if let price = order.trigger?.price ?? order.takeProfit {
            members.add("stopPrice", try writer.price(price, "stop price"))
        }
        if let trailing = order.trailing { try addTrailing(trailing, &members, &writer) }
        if let iceberg = order.icebergQuantity {
            members.add("icebergQty", try writer.quantity(iceberg, "iceberg quantity"))
        }
        members.add("newClientOrderId", order.clientOrderID)
        if order.isUnified || order.wantsFullAnswer { members.add("newOrderRespType", "FULL") }
        return RequestDraft(.post, order.isTest ? "/api/v3/order/test" : "/api/v3/order", .form, members)
    }

    /// The names Binance spot has for what an order does.
    private static func spotType(_ order: OrderDraft) -> String {
        let isLimit = order.kind == .limit
        if order.isPostOnly { return "LIMIT_MAKER" }
        guard order.isConditional else { return isLimit ? "LIMIT" : "MARKET" }
        let isTarget = order.trigger?.meaning == .takeProfit || (order.trigger == nil && order.takeProfit != nil)
        if isTarget { return isLimit ? "TAKE_PROFIT_LIMIT" : "TAKE_PROFIT" }
        return isLimit ? "STOP_LOSS_LIMIT" : "STOP_LOSS"
    }

    /// Spot counts a trailing distance in basis points.
    private static func addTrailing(
        _ trailing: OrderDraft.Trailing, _ members: inout JSONObject, _ writer: inout StepWriter
    ) throws(CallRefusal) {
        guard case .percent(let percent) = trailing.distance, let hundred = ExactDecimal("100"),
            let points = percent.times(hundred)
        else { throw CallRefusal(.unsupported, "Binance trails by a percentage, not by an amount") }
        members.add("trailingDelta", points.description)
        if let activation = trailing.activation {
            members.add("stopPrice", try writer.price(activation, "activation price"))
        }
    }

    private static func futuresOrder(
        _ order: OrderDraft, _ writer: inout StepWriter
    ) throws(CallRefusal) -> RequestDraft {
        try order.checkShape(at: .binanceUSDM)
        try refuseAttachments(order)
        if order.isTest, order.isConditional {
            throw CallRefusal(.unsupported, "Binance USDⓈ-M tests no conditional orders")
        }
        if order.closesPosition, !order.isConditional || order.kind == .limit {
            throw CallRefusal(.contradiction, "only a stop or take-profit market order can close the whole position")
        }
        var members = JSONObject()
        if order.isConditional { members.add("algoType", "CONDITIONAL") }
        members.merge(named(order.symbol, .binanceUSDM))
        members.add("side", order.side.rawValue.uppercased())
        members.add("type", futuresType(order))
        if order.isPostOnly {
            members.add("timeInForce", "GTX")
        } else if order.kind == .limit {
            let force = order.timeInForce ?? (order.isConditional && order.isUnified ? nil : .goodTilCanceled)
            members.add("timeInForce", force?.rawValue)
        }
        if !order.closesPosition { members.add("quantity", try writer.quantity(order.quantity)) }
        if order.kind == .limit, order.trailing == nil, let price = order.limitPrice {
            members.add("price", try writer.price(price))
        }
        try addTrigger(order, &members, &writer)
        if order.closesPosition { members.add("closePosition", flag: true) }
        if order.isHedged {
            // In hedge mode the side of the position is named, and reduce-only is not taken.
            let isLong = (order.side == .buy) != order.isReduceOnly
            members.add("positionSide", isLong ? "LONG" : "SHORT")
        } else if order.isReduceOnly, !order.closesPosition {
            members.add("reduceOnly", flag: true)
        }
        members.add(order.isConditional ? "clientAlgoId" : "newClientOrderId", order.clientOrderID)
        if order.isUnified || order.wantsFullAnswer { members.add("newOrderRespType", "RESULT") }
        let path = order.isTest ? "/fapi/v1/order/test" : "/fapi/v1/order"
        return RequestDraft(.post, order.isConditional ? "/fapi/v1/algoOrder" : path, .form, members)
    }

    private static func futuresType(_ order: OrderDraft) -> String {
        let isLimit = order.kind == .limit
        if order.trailing != nil { return "TRAILING_STOP_MARKET" }
        guard order.isConditional else { return isLimit ? "LIMIT" : "MARKET" }
        let isTarget = order.trigger?.meaning == .takeProfit || (order.trigger == nil && order.takeProfit != nil)
        if isTarget { return isLimit ? "TAKE_PROFIT" : "TAKE_PROFIT_MARKET" }
        return isLimit ? "STOP" : "STOP_MARKET"
    }

    private static func addTrigger(
        _ order: OrderDraft, _ members: inout JSONObject, _ writer: inout StepWriter
    ) throws(CallRefusal) {
        if let trailing = order.trailing {
            guard case .percent(let percent) = trailing.distance else {
                throw CallRefusal(.unsupported, "Binance trails by a percentage, not by an amount")
            }
            if let activation = trailing.activation {
                members.add("activatePrice", try writer.price(activation, "activation price"))
            }
            members.add("callbackRate", percent.description)
        } else if let price = order.trigger?.price ?? order.takeProfit {
            members.add("triggerPrice", try writer.price(price, "trigger price"))
        }
        switch order.trigger?.source {
        case .last: members.add("workingType", "CONTRACT_PRICE")
        case .mark: members.add("workingType", "MARK_PRICE")
        case .index: throw CallRefusal(.unsupported, "Binance USDⓈ-M watches the last or the mark price, not an index")
        case nil: break
        }
    }

    private static func refuseAttachments(_ order: OrderDraft) throws(CallRefusal) {
        if order.attachedStop != nil || order.attachedTarget != nil {
            throw CallRefusal(
                .unsupported, "Binance attaches no stop or target to an order: place it as an order of its own")
        }
        if let stop = order.trigger, stop.meaning == .stop, order.takeProfit != nil {
            throw CallRefusal(.contradiction, "one order has one trigger: place stop and target as two orders")
        }
    }

    private static func amendment(
        _ key: OrderKey, _ order: OrderDraft, _ market: TradingMarket, _ writer: inout StepWriter
    ) throws(CallRefusal) -> RequestDraft {
        if market == .binanceSpot {
            var draft = try spotOrder(order, &writer)
            draft.path = "/api/v3/order/cancelReplace"
            // Where the old order is gone, the new one must not come: it would be a second position.
            draft.parameters.add("cancelReplaceMode", "STOP_ON_FAILURE")
            try key.add(to: &draft.parameters, client: "cancelOrigClientOrderId", venue: "cancelOrderId")
            return draft
        }
        guard order.kind == .limit, let price = order.limitPrice else {
            throw CallRefusal(.unsupported, "Binance USDⓈ-M changes limit orders only, and wants a price")
        }
        var members = named(order.symbol, market)
        members.add("side", order.side.rawValue.uppercased())
        try key.add(to: &members, client: "origClientOrderId", venue: "orderId")
        members.add("quantity", try writer.quantity(order.quantity))
        members.add("price", try writer.price(price))
        return RequestDraft(.put, "/fapi/v1/order", .form, members)
    }
}
