import JSONText
import TradingModel

extension UnifiedCall.Arguments {
    /// The `create…` methods differ in which arguments they name and which they imply.
    mutating func creation(_ symbol: MarketSymbol, _ market: TradingMarket) throws(CallRefusal) -> OrderDraft {
        let all = ["type", "side", "amount", "price"]
        switch method {
        case "createOrder": return try draft(all, from: 1, symbol, market)
        case "createLimitOrder": return try draft(["side", "amount", "price"], type: "limit", symbol, market)
        case "createMarketOrder": return try draft(["side", "amount", "price"], type: "market", symbol, market)
        case "createLimitBuyOrder", "createLimitSellOrder":
            return try draft(["amount", "price"], type: "limit", side: impliedSide, symbol, market)
        case "createMarketBuyOrder", "createMarketSellOrder":
            return try draft(["amount"], type: "market", side: impliedSide, symbol, market)
        case "createMarketBuyOrderWithCost", "createMarketSellOrderWithCost":
            return try draft(["cost"], type: "market", side: impliedSide, symbol, market)
        case "createMarketOrderWithCost":
            return try draft(["side", "cost"], type: "market", symbol, market)
        case "createTriggerOrder": return try draft(all + ["triggerPrice"], from: 1, symbol, market)
        case "createStopLossOrder": return try draft(all + ["stopLossPrice"], from: 1, symbol, market)
        case "createTakeProfitOrder": return try draft(all + ["takeProfitPrice"], from: 1, symbol, market)
        case "createTrailingPercentOrder":
            return try draft(all + ["trailingPercent", "trailingTriggerPrice"], from: 1, symbol, market)
        case "createTrailingAmountOrder":
            return try draft(all + ["trailingAmount", "trailingTriggerPrice"], from: 1, symbol, market)
        case "createOrderWithTakeProfitAndStopLoss":
            return try draft(all + ["takeProfit", "stopLoss"], from: 1, symbol, market)
        case "createStopOrder": return try draft(all + ["triggerPrice"], from: 1, symbol, market)
        case "createStopLimitOrder":
            return try draft(["side", "amount", "price", "triggerPrice"], type: "limit", symbol, market)
        case "createStopMarketOrder":
            return try draft(["side", "amount", "triggerPrice"], type: "market", symbol, market)
        case "createPostOnlyOrder": return try draft(all, from: 1, flag: "postOnly", symbol, market)
        case "createReduceOnlyOrder": return try draft(all, from: 1, flag: "reduceOnly", symbol, market)
        default: throw CallRefusal(.unsupported, "no request is known for the call \(method.prefix(40))")
        }
    }

    private var impliedSide: String { method.contains("Sell") ? "sell" : "buy" }

    /// An order of the arguments from `index` on, which are called `names`.
    mutating func draft(
        _ names: [String], from index: Int = 1, type: String? = nil, side: String? = nil, flag: String? = nil,
        _ symbol: MarketSymbol, _ market: TradingMarket
    ) throws(CallRefusal) -> OrderDraft {
        var members = params.members
        for (offset, name) in names.enumerated() {
            if let value = value(at: index + offset) { members[name] = value }
        }
        members.add("type", type)
        members.add("side", side)
        if let flag { members.add(flag, flag: true) }
        params = FieldBag(members)
        return try DraftReader.draft(symbol, isUnified: true, market, &params)
    }
}
