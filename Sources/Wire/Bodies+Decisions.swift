public import TradingModel

extension Reading: WireBody {
    public static let kind = "reading"
    public mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(WireError) {
        try visitor.field("name", &name)
        try visitor.field("value", &value)
    }
}

extension Figure: WireBody {
    public static let kind = "figure"
    public mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(WireError) {
        try visitor.field("name", &name)
        try visitor.field("value", &value)
    }
}

extension Signal: WireBody {
    public static let kind = "signal"
    public mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(WireError) {
        try visitor.field("strategy", &strategy)
        try visitor.field("symbol", &symbol)
        try visitor.field("timeframe", &timeframe)
        try visitor.field("action", &action)
        try visitor.field("candleOpenTime", &candleOpenTime)
        try visitor.field("time", &time)
        try visitor.field("confidence", &confidence)
        try visitor.field("price", &price)
        try visitor.field("positionSize", &positionSize)
        try visitor.optional("stopLoss", &stopLoss)
        try visitor.optional("takeProfit", &takeProfit)
        try visitor.field("metadata", &metadata)
    }
}

extension Evidence: WireBody {
    public static let kind = "evidence"
    public mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(WireError) {
        try visitor.field("topic", &topic)
        try visitor.field("session", &session)
        try visitor.field("seq", &sequence)
        try visitor.field("eventTime", &eventTime)
        try visitor.field("ageMicros", &age)
        try visitor.field("gaps", &gaps)
    }
}

extension Proposal: WireBody {
    public static let kind = "proposal"
    public mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(WireError) {
        try visitor.field("id", &id)
        try visitor.field("decisionId", &decisionID)
        try visitor.field("strategy", &strategy)
        try visitor.field("symbol", &symbol)
        try visitor.field("action", &action)
        try visitor.field("confidence", &confidence)
        try visitor.field("price", &price)
        try visitor.optional("stopLoss", &stopLoss)
        try visitor.optional("takeProfit", &takeProfit)
        try visitor.field("leverage", &leverage)
        try visitor.field("invalidation", &invalidation)
        try visitor.field("timeframe", &timeframe)
        try visitor.field("regime", &regime)
        try visitor.field("decidedAt", &decidedAt)
        try visitor.field("evidence", &evidence)
        try visitor.optional("share", &share)
    }
}

extension Denial: WireBody {
    public static let kind = "denial"
    public mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(WireError) {
        try visitor.field("reason", &reason)
        try visitor.field("figures", &figures)
    }
}

extension Verdict: WireBody {
    public static let kind = "verdict"
    public mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(WireError) {
        try visitor.field("proposalId", &proposalID)
        try visitor.field("decisionId", &decisionID)
        try visitor.field("strategy", &strategy)
        try visitor.field("symbol", &symbol)
        try visitor.field("action", &action)
        try visitor.field("isApproved", &isApproved)
        try visitor.optional("denial", &denial)
        try visitor.optional("clientOrderId", &clientOrderID)
        try visitor.field("quantity", &quantity)
        try visitor.field("notional", &notional)
        try visitor.field("leverage", &leverage)
        try visitor.field("size", &size)
        try visitor.optional("stopLoss", &stopLoss)
        try visitor.optional("takeProfit", &takeProfit)
        try visitor.optional("orderStatus", &orderStatus)
        try visitor.field("decidedAt", &decidedAt)
    }
}

extension RiskState: WireBody {
    public static let kind = "state"
    public mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(WireError) {
        try visitor.field("state", &state)
        try visitor.field("reason", &reason)
        try visitor.field("since", &since)
        try visitor.field("equity", &equity)
        try visitor.field("peakEquity", &peakEquity)
        try visitor.field("drawdown", &drawdown)
        try visitor.field("dayStartEquity", &dayStartEquity)
        try visitor.field("dailyLoss", &dailyLoss)
        try visitor.field("dailyTrades", &dailyTrades)
        try visitor.field("grossExposure", &grossExposure)
        try visitor.field("openPositions", &openPositions)
        try visitor.optional("valueAtRisk", &valueAtRisk)
        try visitor.optional("conditionalValueAtRisk", &conditionalValueAtRisk)
    }
}

extension LimitUse: WireBody {
    public static let kind = "limitUse"
    public mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(WireError) {
        try visitor.field("name", &name)
        try visitor.field("scope", &scope)
        try visitor.field("used", &used)
        try visitor.field("limit", &limit)
        try visitor.field("share", &share)
    }
}

extension TradingLock: WireBody {
    public static let kind = "lock"
    public mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(WireError) {
        try visitor.field("protection", &protection)
        try visitor.optional("symbol", &symbol)
        try visitor.optional("side", &side)
        try visitor.field("since", &since)
        try visitor.field("until", &until)
        try visitor.field("reason", &reason)
    }
}

extension CheckOutcome: WireBody {
    public static let kind = "checkOutcome"
    public mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(WireError) {
        try visitor.field("name", &name)
        try visitor.optional("denial", &denial)
        try visitor.field("isSkipped", &isSkipped)
    }
}

extension ExitPlan: WireBody {
    public static let kind = "plan"
    public mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(WireError) {
        try visitor.field("id", &id)
        try visitor.field("symbol", &symbol)
        try visitor.field("side", &side)
        try visitor.field("strategy", &strategy)
        try visitor.field("leverage", &leverage)
        try visitor.field("status", &status)
        try visitor.field("entryOrderId", &entryOrderID)
        try visitor.field("entryPrice", &entryPrice)
        try visitor.field("quantity", &quantity)
        try visitor.field("stopLoss", &stopLoss)
        try visitor.field("takeProfit", &takeProfit)
        try visitor.field("timeToLiveMicros", &timeToLive)
        try visitor.field("invalidation", &invalidation)
        try visitor.field("createdAt", &createdAt)
        try visitor.optional("firstFillAt", &firstFillAt)
        try visitor.field("best", &best)
        try visitor.field("restingStop", &restingStop)
        try visitor.optional("stopOrderId", &stopOrderID)
        try visitor.optional("stopOrderPrice", &stopOrderPrice)
        try visitor.optional("exitReason", &exitReason)
        try visitor.optional("exitOrderId", &exitOrderID)
        try visitor.field("updatedAt", &updatedAt)
    }
}

extension Decision: WireBody {
    public static let kind = "decision"
    public mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(WireError) {
        try visitor.field("id", &id)
        try visitor.field("symbol", &symbol)
        try visitor.field("decidedAt", &decidedAt)
        try visitor.field("regime", &regime)
        try visitor.field("action", &action)
        try visitor.field("strategy", &strategy)
        try visitor.field("confidence", &confidence)
        try visitor.optional("proposalId", &proposalID)
        try visitor.field("reason", &reason)
        try visitor.field("signals", &signals)
        try visitor.optional("contributions", &contributions)
        try visitor.optional("longScore", &longScore)
        try visitor.optional("shortScore", &shortScore)
    }
}

extension Contribution: WireBody {
    public static let kind = "contribution"
    public mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(WireError) {
        try visitor.field("strategy", &strategy)
        try visitor.field("timeframe", &timeframe)
        try visitor.field("action", &action)
        try visitor.field("confidence", &confidence)
        try visitor.field("weight", &weight)
        try visitor.field("regime", &regime)
        try visitor.field("outcome", &outcome)
    }
}
