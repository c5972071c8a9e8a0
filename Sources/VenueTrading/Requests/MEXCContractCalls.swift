import JSONText
import TradingModel

/// MEXC perpetual contracts v1: mexcdevelop.github.io/apidocs/contract_v1_en. Quantities are contracts, numbers are JSON
/// numbers, and what an order does to which position is its side.
enum MEXCContractCalls {
    static func draft(_ call: TradingCall, _ writer: inout StepWriter) throws(CallRefusal) -> RequestDraft {
        switch call {
        case .create(let order): return try creation(order, &writer)
        case .cancel(let key): return try cancellation(key)
        case .cancelAll(let symbol, let isConditional):
            let path = isConditional ? "/api/v1/private/planorder/cancel_all" : "/api/v1/private/order/cancel_all"
            return RequestDraft(.post, path, .json, named(symbol))
        case .query(let key): return try query(key)
        case .openOrders(_, let isConditional, let limit):
            var members = JSONObject()
            if limit == nil { members.add("page_size", number: 100) }
            guard isConditional else {
                return RequestDraft(.get, "/api/v1/private/order/list/open_orders", .query, members)
            }
            members.add("states", number: 1)
            return RequestDraft(.get, "/api/v1/private/planorder/list/orders", .query, members)
        case .orderHistory(let symbol, let isConditional, let window):
            let path =
                isConditional
                ? "/api/v1/private/planorder/list/orders" : "/api/v1/private/order/list/history_orders"
            return RequestDraft(.get, path, .query, named(symbol, window))
        case .fills(let symbol, let key, let window):
            if let id = key?.venueOrderID {
                return RequestDraft(.get, "/api/v1/private/order/deal_details/" + QueryText.encode(id))
            }
            return RequestDraft(.get, "/api/v1/private/order/list/order_deals", .query, named(symbol, window))
        case .balances: return RequestDraft(.get, "/api/v1/private/account/assets")
        case .positions: return RequestDraft(.get, "/api/v1/private/position/open_positions")
        case .positionMode: return RequestDraft(.get, "/api/v1/private/position/position_mode")
        case .leverage(let symbol):
            return RequestDraft(.get, "/api/v1/private/position/leverage", .query, named(symbol))
        case .setPositionMode(_, let isHedged):
            let members = JSONObject([("positionMode", JSONValue(isHedged ? 1 : 2))])
            return RequestDraft(.post, "/api/v1/private/position/change_position_mode", .json, members)
        case .setLeverage(let symbol, let text):
            guard let leverage = Int(text) else {
                throw CallRefusal(.badAmount, "the leverage \(text) is no whole number")
            }
            var members = JSONObject([("leverage", JSONValue(leverage))])
            members.merge(named(symbol))
            return RequestDraft(.post, "/api/v1/private/position/change_leverage", .json, members)
        case .serverTime:
            var draft = RequestDraft(.get, "/api/v1/contract/ping")
            draft.security = .open
            return draft
        default: throw CallRefusal(.unsupported, "MEXC contract has no such call")
        }
    }

    private static func named(_ symbol: MarketSymbol?, _ window: TimeWindow = TimeWindow()) -> JSONObject {
        var members = JSONObject()
        members.add("symbol", symbol?.spelling(at: .mexcContract))
        members.add("start_time", number: window.since)
        members.add("end_time", number: window.until)
        members.add("page_size", number: window.limit)
        return members
    }

    private static func query(_ key: OrderKey) throws(CallRefusal) -> RequestDraft {
        let symbol = key.symbol.spelling(at: .mexcContract)
        if let id = key.clientOrderID {
            let place = QueryText.encode(symbol) + "/" + QueryText.encode(id)
            return RequestDraft(.get, "/api/v1/private/order/external/" + place)
        }
        guard let id = key.venueOrderID else {
            throw CallRefusal(.missing, "an order is named by its client order id or by the exchange's order id")
        }
        return RequestDraft(.get, "/api/v1/private/order/get/" + QueryText.encode(id), .query, named(key.symbol))
    }

    private static func cancellation(_ key: OrderKey) throws(CallRefusal) -> RequestDraft {
        var members = named(key.symbol)
        if !key.isConditional, let id = key.clientOrderID {
            members.add("externalOid", id)
            return RequestDraft(.post, "/api/v1/private/order/cancel_with_external", .json, members)
        }
        guard let id = key.venueOrderID else {
            throw CallRefusal(.missing, "MEXC cancels conditional orders by its own order id")
        }
        var draft = RequestDraft(.post, "/api/v1/private/order/cancel", .json)
        draft.list = .array([.string(id)])
        if key.isConditional {
            draft.path = "/api/v1/private/planorder/cancel"
            members.add("orderId", id)
            draft.list = .array([.object(members)])
        }
        return draft
    }

    private static func creation(
        _ order: OrderDraft, _ writer: inout StepWriter
    ) throws(CallRefusal) -> RequestDraft {
        try order.checkShape(at: .mexcContract)
        if order.trailing != nil { throw CallRefusal(.unsupported, "trailing stops are not built for MEXC contract") }
        var members = named(order.symbol)
        members["vol"] = number(try writer.quantity(order.quantity))
        let type = orderType(order)
        members.add("type", number: type)
        let isIsolated = order.marginMode == .isolated
        members.add("openType", number: isIsolated ? 1 : 2)
        if isIsolated {
            guard let leverage = order.leverage.flatMap({ Int($0) }) else {
                throw CallRefusal(.missing, "an isolated order at MEXC contract needs a leverage")
            }
            members.add("leverage", number: leverage)
        }
        if order.kind == .limit, let price = order.limitPrice { members["price"] = number(try writer.price(price)) }
        // 1 opens long, 2 closes short, 3 opens short, 4 closes long; a hedged account names what is closed by it.
        let closing = order.isHedged ? (order.side == .buy ? 4 : 2) : (order.side == .buy ? 2 : 4)
        members.add("side", number: order.isReduceOnly ? closing : (order.side == .buy ? 1 : 3))
        if order.isHedged { members.add("positionMode", number: 1) }
        members.add("externalOid", order.clientOrderID)
        // As ccxt means it, a stop or target guards what this order opens.
        let guards = order.isUnified && order.trigger?.meaning != .plain
        if guards { try addGuards(order, &members, &writer) }
        guard let trigger = order.trigger, !guards else {
            return RequestDraft(.post, "/api/v1/private/order/create", .json, members)
        }
        members.add("triggerPrice", try writer.price(trigger.price, "trigger price"))
        members.add("triggerType", number: isBelow(order.side, trigger) ? 2 : 1)
        members.add("executeCycle", number: 1)
        members.add("trend", number: trigger.source == .mark ? 2 : trigger.source == .index ? 3 : 1)
        members.add("orderType", number: type == 6 ? 5 : type)
        return RequestDraft(.post, "/api/v1/private/planorder/place", .json, members)
    }

    private static func addGuards(
        _ order: OrderDraft, _ members: inout JSONObject, _ writer: inout StepWriter
    ) throws(CallRefusal) {
        guard let trigger = order.trigger else { return }
        let name = trigger.meaning == .stop ? "stopLossPrice" : "takeProfitPrice"
        members[name] = number(try writer.price(trigger.price, name))
        if let target = order.takeProfit { members["takeProfitPrice"] = number(try writer.price(target, "target")) }
    }

    /// 1 limit, 2 post-only, 3 immediate or cancel, 4 fill or kill, 5 market, 6 market at the current price.
    private static func orderType(_ order: OrderDraft) -> Int {
        if order.isPostOnly { return 2 }
        guard order.kind == .limit else { return order.isUnified ? 6 : 5 }
        switch order.timeInForce {
        case .immediateOrCancel: return 3
        case .fillOrKill: return 4
        default: return 1
        }
    }

    private static func isBelow(_ side: OrderSide, _ trigger: OrderDraft.Trigger) -> Bool {
        switch (trigger.direction, trigger.meaning) {
        case (.above?, _), (nil, .plain): false
        case (.below?, _): true
        case (nil, .stop): side == .sell
        case (nil, .takeProfit): side == .buy
        }
    }

    private static func number(_ text: String) -> JSONValue { JSONNumber(text).map { .number($0) } ?? .string(text) }
}
