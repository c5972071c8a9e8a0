import JSONText
import TradingModel

/// Bybit v5, spot and linear of a unified account: bybit-exchange.github.io/docs/v5.
enum BybitCalls {
    static func draft(
        _ call: TradingCall, _ market: TradingMarket, _ writer: inout StepWriter
    ) throws(CallRefusal) -> RequestDraft {
        switch call {
        case .create(let order): return try creation(order, market, &writer)
        case .amend(let key, let order): return try amendment(key, order, market, &writer)
        case .cancel(let key):
            var members = named(key.symbol, market)
            if market == .bybitSpot { members.add("orderFilter", key.isConditional ? "StopOrder" : "Order") }
            try key.add(to: &members, client: "orderLinkId", venue: "orderId")
            return RequestDraft(.post, "/v5/order/cancel", .json, members)
        case .cancelAll(let symbol, let isConditional):
            var members = named(symbol, market)
            addSettlement(symbol, market, &members)
            if isConditional { members.add("orderFilter", "StopOrder") }
            return RequestDraft(.post, "/v5/order/cancel-all", .json, members)
        case .query(let key):
            // Open orders and the last 500 that ended; older ones are in the history.
            var members = named(key.symbol, market)
            try key.add(to: &members, client: "orderLinkId", venue: "orderId")
            if key.isConditional { members.add("orderFilter", "StopOrder") }
            return RequestDraft(.get, "/v5/order/realtime", .query, members)
        case .openOrders(let symbol, let isConditional, let limit):
            var members = named(symbol, market)
            addSettlement(symbol, market, &members)
            if isConditional { members.add("orderFilter", "StopOrder") }
            members.add("limit", number: limit)
            return RequestDraft(.get, "/v5/order/realtime", .query, members)
        case .orderHistory(let symbol, let isConditional, let window):
            var members = named(symbol, market)
            if isConditional { members.add("orderFilter", "StopOrder") }
            add(window, &members)
            return RequestDraft(.get, "/v5/order/history", .query, members)
        case .fills(let symbol, let key, let window):
            var members = JSONObject([("execType", .string("Trade"))])
            members.merge(named(symbol ?? key?.symbol, market))
            members.add("orderId", key?.clientOrderID == nil ? key?.venueOrderID : nil)
            members.add("orderLinkId", key?.clientOrderID)
            add(window, &members)
            return RequestDraft(.get, "/v5/execution/list", .query, members)
        default: return try account(call, market)
        }
    }

    static func named(_ symbol: MarketSymbol?, _ market: TradingMarket) -> JSONObject {
        var members = JSONObject()
        members.add("symbol", symbol?.spelling(at: market))
        members.add("category", category(market))
        return members
    }

    static func category(_ market: TradingMarket) -> String { market == .bybitSpot ? "spot" : "linear" }

    /// Lists of a derivatives market want a symbol or what it is settled in.
    static func addSettlement(_ symbol: MarketSymbol?, _ market: TradingMarket, _ members: inout JSONObject) {
        if market == .bybitLinear, symbol == nil { members.add("settleCoin", "USDT") }
    }

    static func add(_ window: TimeWindow, _ members: inout JSONObject) {
        members.add("limit", number: window.limit)
        members.add("startTime", number: window.since)
        members.add("endTime", number: window.until)
    }

    // MARK: Orders

    private static func creation(
        _ order: OrderDraft, _ market: TradingMarket, _ writer: inout StepWriter
    ) throws(CallRefusal) -> RequestDraft {
        try order.checkShape(at: market)
        if order.isTest { throw CallRefusal(.unsupported, "Bybit checks no order without placing it") }
        if order.icebergQuantity != nil { throw CallRefusal(.unsupported, "Bybit has no iceberg orders here") }
        let isPair = order.trigger?.meaning == .stop && order.takeProfit != nil
        if order.trailing != nil || isPair { return try tradingStop(order, market, &writer) }
        var members = JSONObject()
        members.add("symbol", order.symbol.spelling(at: market))
        members.add("side", order.side == .buy ? "Buy" : "Sell")
        members.add("orderType", order.kind == .limit ? "Limit" : "Market")
        members.add("category", category(market))
        try addQuantity(order, market, &members, &writer)
        if order.kind == .limit, let price = order.limitPrice { members.add("price", try writer.price(price)) }
        try addTrigger(order, market, &members, &writer)
        try addAttachments(order, market, &members, &writer)
        if order.isPostOnly {
            members.add("timeInForce", "PostOnly")
        } else {
            members.add("timeInForce", order.timeInForce?.rawValue)
        }
        if order.closesPosition {
            members.add("closeOnTrigger", flag: true)
            members.add("reduceOnly", flag: true)
        }
        if order.isReduceOnly, !order.isHedged { members.add("reduceOnly", flag: true) }
        if order.isHedged, market == .bybitLinear {
            let isLong = (order.side == .buy) != order.isReduceOnly
            members.add("positionIdx", number: isLong ? 1 : 2)
        }
        members.add("orderLinkId", order.clientOrderID)
        return RequestDraft(.post, "/v5/order/create", .json, members)
    }

    /// A spot market order counts in base or quote currency: a buy without a unit is in quote currency.
    private static func addQuantity(
        _ order: OrderDraft, _ market: TradingMarket, _ members: inout JSONObject, _ writer: inout StepWriter
    ) throws(CallRefusal) {
        if order.closesPosition { return members.add("qty", "0") }
        guard market == .bybitSpot, order.kind == .market else {
            return members.add("qty", try writer.quantity(order.quantity))
        }
        if let spending = try spending(order, &writer) {
            if order.side == .sell { members.add("marketUnit", "quoteCoin") }
            members.add("qty", try writer.cost(spending))
        } else {
            members.add("marketUnit", "baseCoin")
            members.add("qty", try writer.quantity(order.quantity))
        }
    }

    /// What may be spent: the cost where it is given, else quantity times price, each on its step.
    private static func spending(
        _ order: OrderDraft, _ writer: inout StepWriter
    ) throws(CallRefusal) -> ExactDecimal? {
        if let cost = order.cost { return cost }
        guard let price = order.limitPrice else { return nil }
        let quantity = ExactDecimal(try writer.quantity(order.quantity))
        return try ExactDecimal(writer.price(price)).flatMap { quantity?.times($0) }
    }

    private static func addTrigger(
        _ order: OrderDraft, _ market: TradingMarket, _ members: inout JSONObject, _ writer: inout StepWriter
    ) throws(CallRefusal) {
        let trigger = order.trigger ?? order.takeProfit.map { OrderDraft.Trigger(price: $0, meaning: .takeProfit) }
        guard let trigger else { return }
        let price = try writer.price(trigger.price, "trigger price")
        // As ccxt understands a stop or target, it closes; a plain trigger opens or closes.
        let closes = order.isUnified && trigger.meaning != .plain
        if market == .bybitSpot {
            if trigger.direction != nil {
                throw CallRefusal(.unsupported, "Bybit spot takes no trigger direction: it follows from the last price")
            }
            if closes { members.add("triggerDirection", number: direction(order.side, trigger.meaning)) }
            members.add("triggerPrice", price)
            if closes { members.add("reduceOnly", flag: true) }
            members.add("orderFilter", closes ? "tpslOrder" : "StopOrder")
            return
        }
        let direction: Int
        switch (trigger.direction, trigger.meaning) {
        case (.above?, _): direction = 1
        case (.below?, _): direction = 2
        case (nil, .plain):
            throw CallRefusal(
                .missing, "Bybit linear needs to know whether the trigger is above or below: give triggerDirection")
        case (nil, let meaning): direction = self.direction(order.side, meaning)
        }
        members.add("triggerDirection", number: direction)
        members.add("triggerPrice", price)
        switch trigger.source {
        case .last: members.add("triggerBy", "LastPrice")
        case .mark: members.add("triggerBy", "MarkPrice")
        case .index: members.add("triggerBy", "IndexPrice")
        case nil: break
        }
        if closes, !order.isHedged { members.add("reduceOnly", flag: true) }
    }

    /// 1 where the price must rise to the trigger, 2 where it must fall.
    private static func direction(_ side: OrderSide, _ meaning: OrderDraft.Trigger.Meaning) -> Int {
        (side == .buy) == (meaning == .takeProfit) ? 2 : 1
    }

    private static func addAttachments(
        _ order: OrderDraft, _ market: TradingMarket, _ members: inout JSONObject, _ writer: inout StepWriter
    ) throws(CallRefusal) {
        let attachments = [("stopLoss", "sl", order.attachedStop), ("takeProfit", "tp", order.attachedTarget)]
        for (name, prefix, attachment) in attachments {
            guard let attachment else { continue }
            if market == .bybitSpot, order.kind == .market {
                throw CallRefusal(.contradiction, "Bybit spot attaches a stop or target to limit orders only")
            }
            members.add(name, try writer.price(attachment.trigger, name))
            if let limit = attachment.limitPrice {
                members.add("tpslMode", "Partial")
                members.add(prefix + "OrderType", "Limit")
                members.add(prefix + "LimitPrice", try writer.price(limit, name + " limit price"))
            } else if market == .bybitSpot {
                members.add(prefix + "OrderType", "Market")
            }
        }
    }

    /// Stop, target and trailing stop of a position, which is no order of its own.
    private static func tradingStop(
        _ order: OrderDraft, _ market: TradingMarket, _ writer: inout StepWriter
    ) throws(CallRefusal) -> RequestDraft {
        guard market == .bybitLinear else {
            throw CallRefusal(.unsupported, "Bybit spot has no trailing stops and no pairs of stop and target")
        }
        var members = JSONObject()
        members.add("symbol", order.symbol.spelling(at: market))
        if let trailing = order.trailing {
            guard case .amount(let amount) = trailing.distance else {
                throw CallRefusal(.unsupported, "Bybit trails by an amount, not by a percentage")
            }
            members.add("category", category(market))
            if let activation = trailing.activation {
                members.add("activePrice", try writer.price(activation, "activation price"))
            }
            members.add("trailingStop", amount.description)
        } else {
            let size = order.quantity?.isPositive ?? false ? try writer.quantity(order.quantity) : nil
            let pairs = [("stopLoss", "sl", order.trigger?.price), ("takeProfit", "tp", order.takeProfit)]
            for (name, prefix, price) in pairs {
                guard let price else { continue }
                members.add(name, try writer.price(price, name))
                members.add(prefix + "OrderType", "Market")
                members.add(prefix + "Size", size)
            }
            members.add("tpslMode", size == nil ? "Full" : "Partial")
            members.add("category", category(market))
        }
        if order.isHedged {
            members.add("positionIdx", number: (order.side == .buy) != order.isReduceOnly ? 1 : 2)
        }
        return RequestDraft(.post, "/v5/position/trading-stop", .json, members)
    }

    private static func amendment(
        _ key: OrderKey, _ order: OrderDraft, _ market: TradingMarket, _ writer: inout StepWriter
    ) throws(CallRefusal) -> RequestDraft {
        var members = JSONObject()
        members.add("symbol", order.symbol.spelling(at: market))
        try key.add(to: &members, client: "orderLinkId", venue: "orderId")
        members.add("category", category(market))
        if order.quantity != nil { members.add("qty", try writer.quantity(order.quantity)) }
        if let price = order.limitPrice { members.add("price", try writer.price(price)) }
        if let price = order.trigger?.price ?? order.takeProfit {
            members.add("triggerPrice", try writer.price(price, "trigger price"))
            members.add("triggerBy", "LastPrice")
        }
        return RequestDraft(.post, "/v5/order/amend", .json, members)
    }
}
