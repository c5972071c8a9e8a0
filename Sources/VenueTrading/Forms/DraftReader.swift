import JSONText
import TradingModel

/// Order fields by the names that people, ccxt and the exchanges give them.
enum DraftReader {
    static func isConditional(_ bag: inout FieldBag) throws(CallRefusal) -> Bool {
        // All three are taken out, whichever is true.
        let flags = [try bag.flag("stop"), try bag.flag("trigger"), try bag.flag("conditional", "isConditional")]
        return flags.contains(true)
    }

    static func clientOrderID(_ bag: inout FieldBag) throws(CallRefusal) -> String? {
        try bag.text(
            "clientOrderId", "clientOrderID", "client_order_id", "newClientOrderId", "origClientOrderId",
            "orderLinkId", "externalOid", "clientAlgoId")
    }

    static func key(_ symbol: MarketSymbol, _ bag: inout FieldBag) throws(CallRefusal) -> OrderKey {
        let client = try clientOrderID(&bag)
        let venue = try bag.text("orderId", "orderID", "venueOrderId", "venueOrderID", "algoId", "id")
        return OrderKey(
            symbol: symbol, clientOrderID: client, venueOrderID: venue, isConditional: try isConditional(&bag))
    }

    static func window(_ bag: inout FieldBag) throws(CallRefusal) -> TimeWindow {
        TimeWindow(
            since: try bag.integer("since", "startTime"), until: try bag.integer("until", "endTime"),
            limit: try bag.integer("limit").map { Int($0) })
    }

    static func side(_ text: String?) throws(CallRefusal) -> OrderSide {
        guard let text, let side = OrderSide(rawValue: text.lowercased()) else {
            throw CallRefusal(.malformed, "the side \"\(text ?? "")\" is neither buy nor sell")
        }
        return side
    }

    static func draft(
        _ symbol: MarketSymbol, isUnified: Bool, _ market: TradingMarket, _ bag: inout FieldBag
    ) throws(CallRefusal) -> OrderDraft {
        let side = try side(bag.text("side"))
        let type = try bag.text("type", "orderType") ?? ""
        let (kind, meaning) = try kind(type)
        var order = OrderDraft(symbol: symbol, side: side, kind: kind, quantity: nil)
        order.isUnified = isUnified
        order.quantity = try bag.decimal("quantity", "amount", "qty")
        order.limitPrice = try bag.decimal("price", "limitPrice")
        if type.uppercased() == "LIMIT_MAKER" { order.isPostOnly = true }
        try readTerms(&order, market, &bag)
        try readTriggers(&order, meaning, &bag)
        if !isUnified, kind == .market, order.limitPrice != nil {
            throw CallRefusal(.contradiction, "a market order takes no limit price")
        }
        if meaning != nil, order.trigger == nil, order.trailing == nil {
            throw CallRefusal(.missing, "a \(type.lowercased()) order needs a stop price")
        }
        // An amount of zero beside a cost is no amount.
        if order.cost != nil { order.quantity = nil }
        return order
    }

    /// `stop_market`, `STOP_LOSS_LIMIT`, `limit`, … ; `nil` where the type waits for nothing.
    private static func kind(
        _ text: String
    ) throws(CallRefusal) -> (OrderDraft.Kind, OrderDraft.Trigger.Meaning?) {
        switch text.lowercased().replacing("-", with: "_") {
        case "market": (.market, nil)
        case "limit", "limit_maker": (.limit, nil)
        case "stop_market", "stop_loss", "stop", "stop_loss_market": (.market, .stop)
        case "stop_limit", "stop_loss_limit": (.limit, .stop)
        case "take_profit", "take_profit_market": (.market, .takeProfit)
        case "take_profit_limit": (.limit, .takeProfit)
        default:
            throw CallRefusal(
                .malformed,
                "the order type \"\(text.prefix(40))\" is not known: market, limit, stop_market, stop_limit, "
                    + "take_profit_market or take_profit_limit")
        }
    }

    private static func readTerms(
        _ order: inout OrderDraft, _ market: TradingMarket, _ bag: inout FieldBag
    ) throws(CallRefusal) {
        order.clientOrderID = try clientOrderID(&bag)
        order.isPostOnly = try bag.flag("postOnly", "isPostOnly") ?? order.isPostOnly
        order.isReduceOnly = try bag.flag("reduceOnly", "isReduceOnly") ?? false
        order.closesPosition = try bag.flag("closePosition") ?? false
        order.isHedged = try bag.flag("hedged", "isHedged") ?? false
        order.isTest = try bag.flag("test") ?? false
        order.cost = try bag.decimal("cost", "quoteOrderQty")
        order.icebergQuantity = try bag.decimal("icebergAmount", "icebergQty")
        order.leverage = try bag.text("leverage")
        if let text = try bag.text("marginMode") { order.marginMode = MarginMode(rawValue: text.lowercased()) }
        switch try bag.text("timeInForce", "tif")?.uppercased() {
        case nil: break
        case "GTC": order.timeInForce = .goodTilCanceled
        case "IOC": order.timeInForce = .immediateOrCancel
        case "FOK": order.timeInForce = .fillOrKill
        case "PO", "GTX", "POSTONLY": order.isPostOnly = true
        case let text?:
            throw CallRefusal(
                .unsupported, "the time in force \"\(text.prefix(20))\" is not known: GTC, IOC, FOK or PO")
        }
        if let mode = try bag.text("selfTradePrevention"), market.venue == .binance {
            // An exchange's own word for it, in capitals there.
            var rest = bag.members
            rest.add("selfTradePreventionMode", mode.uppercased())
            bag = FieldBag(rest)
        }
    }

    private static func readTriggers(
        _ order: inout OrderDraft, _ meaning: OrderDraft.Trigger.Meaning?, _ bag: inout FieldBag
    ) throws(CallRefusal) {
        let plain = try bag.decimal("triggerPrice", "stopPrice")
        let stop = try bag.decimal("stopLossPrice")
        let target = try bag.decimal("takeProfitPrice")
        let direction = try direction(bag.text("triggerDirection"))
        let source = try source(bag.text("triggerBy", "workingType", "triggerPriceType"))
        if let plain {
            order.trigger = .init(price: plain, meaning: meaning ?? .plain, direction: direction, source: source)
        } else if let stop {
            order.trigger = .init(price: stop, meaning: .stop, direction: direction, source: source)
            order.takeProfit = target
        } else if let target {
            order.trigger = .init(price: target, meaning: .takeProfit, direction: direction, source: source)
        }
        if !order.isUnified, order.trigger?.meaning == .plain {
            throw CallRefusal(
                .contradiction,
                "a \(order.kind.rawValue) order takes no stop price: name the type stop_market, "
                    + "stop_limit, take_profit_market or take_profit_limit")
        }
        order.attachedStop = try attachment(bag.take(["stopLoss"]), "stopLoss")
        order.attachedTarget = try attachment(bag.take(["takeProfit"]), "takeProfit")
        let activation = try bag.decimal("trailingTriggerPrice", "activationPrice", "activePrice")
        if let percent = try bag.decimal("trailingPercent", "callbackRate") {
            order.trailing = .init(distance: .percent(percent), activation: activation)
        } else if let amount = try bag.decimal("trailingAmount", "trailingStop") {
            order.trailing = .init(distance: .amount(amount), activation: activation ?? order.limitPrice)
        }
    }

    private static func attachment(
        _ value: JSONValue?, _ name: String
    ) throws(CallRefusal) -> OrderDraft.Attachment? {
        guard let value else { return nil }
        guard case .object(let object) = value else {
            return OrderDraft.Attachment(trigger: try FieldBag.decimal(value, [name]))
        }
        var inner = FieldBag(object)
        guard let trigger = try inner.decimal("triggerPrice", "stopPrice") else {
            throw CallRefusal(.missing, "\(name) needs a triggerPrice")
        }
        return OrderDraft.Attachment(trigger: trigger, limitPrice: try inner.decimal("price"))
    }

    private static func direction(_ text: String?) throws(CallRefusal) -> OrderDraft.Trigger.Direction? {
        switch text?.lowercased() {
        case nil: nil
        case "above", "ascending", "up", "1": .above
        case "below", "descending", "down", "2": .below
        case let text?: throw CallRefusal(.malformed, "the trigger direction \"\(text)\" is neither above nor below")
        }
    }

    private static func source(_ text: String?) throws(CallRefusal) -> OrderDraft.Trigger.Source? {
        switch text?.lowercased() {
        case nil: nil
        case "last", "lastprice", "contract_price": .last
        case "mark", "markprice", "mark_price": .mark
        case "index", "indexprice": .index
        case let text?:
            throw CallRefusal(.malformed, "the price to watch \"\(text)\" is neither last, mark nor index")
        }
    }
}
