public import TradingModel

extension OrderRequest: WireBody {
    public static let kind = "orderRequest"
    public mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(WireError) {
        try visitor.field("clientOrderId", &clientOrderID)
        try visitor.field("proposalId", &proposalID)
        try visitor.field("strategy", &strategy)
        try visitor.field("symbol", &symbol)
        try visitor.field("side", &side)
        try visitor.field("type", &type)
        try visitor.field("quantity", &quantity)
        try visitor.optional("limitPrice", &limitPrice)
        try visitor.optional("stopPrice", &stopPrice)
        try visitor.field("timeInForce", &timeInForce)
        try visitor.field("isReduceOnly", &isReduceOnly)
        try visitor.field("isPostOnly", &isPostOnly)
        try visitor.field("leverage", &leverage)
        try visitor.field("purpose", &purpose)
        try visitor.optional("exitReason", &exitReason)
        try visitor.field("referencePrice", &referencePrice)
        try visitor.field("decidedAt", &decidedAt)
    }
}

extension Order: WireBody {
    public static let kind = "order"
    public mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(WireError) {
        try visitor.field("request", &request)
        try visitor.field("status", &status)
        try visitor.optional("venueOrderId", &venueOrderID)
        try visitor.field("filledQuantity", &filledQuantity)
        try visitor.field("filledNotional", &filledNotional)
        try visitor.optional("reason", &reason)
        try visitor.field("createdAt", &createdAt)
        try visitor.field("updatedAt", &updatedAt)
    }
}

extension Fill: WireBody {
    public static let kind = "fill"
    public mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(WireError) {
        try visitor.field("id", &id)
        try visitor.field("clientOrderId", &clientOrderID)
        try visitor.field("symbol", &symbol)
        try visitor.field("side", &side)
        try visitor.field("price", &price)
        try visitor.field("quantity", &quantity)
        try visitor.field("fee", &fee)
        try visitor.field("feeCurrency", &feeCurrency)
        try visitor.optional("paidFee", &paidFee)
        try visitor.optional("paidFeeCurrency", &paidFeeCurrency)
        try visitor.optional("dust", &dust)
        try visitor.field("liquidity", &liquidity)
        try visitor.field("realizedPnl", &realizedPnL)
        try visitor.field("purpose", &purpose)
        try visitor.optional("exitReason", &exitReason)
        try visitor.field("strategy", &strategy)
        try visitor.field("proposalId", &proposalID)
        try visitor.field("leverage", &leverage)
        try visitor.field("eventTime", &eventTime)
    }
}

extension Position: WireBody {
    public static let kind = "position"
    public mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(WireError) {
        try visitor.field("symbol", &symbol)
        try visitor.field("side", &side)
        try visitor.field("quantity", &quantity)
        try visitor.field("cost", &cost)
        try visitor.field("leverage", &leverage)
        try visitor.field("strategy", &strategy)
        try visitor.field("proposalId", &proposalID)
        try visitor.field("openedAt", &openedAt)
        try visitor.field("updatedAt", &updatedAt)
        try visitor.field("realizedPnl", &realizedPnL)
        try visitor.field("fees", &fees)
    }
}

extension Trade: WireBody {
    public static let kind = "trade"
    public mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(WireError) {
        try visitor.field("id", &id)
        try visitor.field("symbol", &symbol)
        try visitor.field("side", &side)
        try visitor.field("strategy", &strategy)
        try visitor.field("leverage", &leverage)
        try visitor.field("quantity", &quantity)
        try visitor.field("entryPrice", &entryPrice)
        try visitor.field("exitPrice", &exitPrice)
        try visitor.field("entryTime", &entryTime)
        try visitor.field("exitTime", &exitTime)
        try visitor.field("grossPnl", &grossPnL)
        try visitor.field("fees", &fees)
        try visitor.field("netPnl", &netPnL)
        try visitor.field("returnOnMargin", &returnOnMargin)
        try visitor.field("exitReason", &exitReason)
    }
}

extension AccountState: WireBody {
    public static let kind = "account"
    public mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(WireError) {
        try visitor.field("currency", &currency)
        try visitor.field("balance", &balance)
        try visitor.field("equity", &equity)
        try visitor.field("unrealizedPnl", &unrealizedPnL)
        try visitor.field("marginUsed", &marginUsed)
        try visitor.field("realizedPnl", &realizedPnL)
        try visitor.field("fees", &fees)
        try visitor.field("openPositions", &openPositions)
        try visitor.optional("netDeposits", &netDeposits)
        try visitor.field("eventTime", &eventTime)
    }
}
