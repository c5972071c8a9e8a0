import TradingModel

extension OrderRequest {
    /// The order in one line for a log.
    var summary: String {
        var text = "\(purpose.rawValue) \(side.rawValue) \(quantity) \(symbol) \(type.rawValue)"
        if let limitPrice { text += " limit \(limitPrice)" }
        if let stopPrice { text += " stop \(stopPrice)" }
        if isReduceOnly { text += " reduce-only" }
        return text
    }

    /// The name of the first field that differs; `nil` where the orders are the same.
    func firstDifference(from other: OrderRequest) -> String? {
        guard self != other else { return nil }
        if symbol != other.symbol { return "symbol" }
        if side != other.side { return "side" }
        if type != other.type { return "type" }
        if quantity != other.quantity { return "quantity" }
        if limitPrice != other.limitPrice { return "limitPrice" }
        if stopPrice != other.stopPrice { return "stopPrice" }
        if timeInForce != other.timeInForce { return "timeInForce" }
        if isReduceOnly != other.isReduceOnly { return "isReduceOnly" }
        if isPostOnly != other.isPostOnly { return "isPostOnly" }
        if leverage != other.leverage { return "leverage" }
        if purpose != other.purpose { return "purpose" }
        if exitReason != other.exitReason { return "exitReason" }
        if referencePrice != other.referencePrice { return "referencePrice" }
        if decidedAt != other.decidedAt { return "decidedAt" }
        if proposalID != other.proposalID { return "proposalId" }
        return "strategy"
    }
}
