public import TradingModel

extension ModelDecision: WireBody {
    public static let kind = "modelDecision"
    public mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(WireError) {
        try visitor.field("action", &action)
        try visitor.field("asked", &asked)
        try visitor.optional("symbol", &symbol)
        try visitor.optional("leverage", &leverage)
        try visitor.optional("positionSize", &positionSize)
        try visitor.optional("stopLoss", &stopLoss)
        try visitor.optional("takeProfit", &takeProfit)
        try visitor.optional("confidence", &confidence)
        try visitor.field("reasoning", &reasoning)
        try visitor.field("invalidation", &invalidation)
        try visitor.field("reasons", &reasons)
    }
}

extension Dialogue: WireBody {
    public static let kind = "dialogue"
    public mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(WireError) {
        try visitor.field("id", &id)
        try visitor.field("dialogueId", &dialogueID)
        try visitor.field("round", &round)
        try visitor.field("model", &model)
        try visitor.field("strategy", &strategy)
        try visitor.field("isSimulated", &isSimulated)
        try visitor.field("isCompared", &isCompared)
        try visitor.field("isComplex", &isComplex)
        try visitor.field("boundary", &boundary)
        try visitor.field("askedAt", &askedAt)
        try visitor.field("expiresAt", &expiresAt)
        try visitor.optional("answeredAt", &answeredAt)
        try visitor.field("latencyMicros", &latency)
        try visitor.field("outcome", &outcome)
        try visitor.field("isLate", &isLate)
        try visitor.field("isCached", &isCached)
        try visitor.field("reason", &reason)
        try visitor.field("decisions", &decisions)
        try visitor.field("repairs", &repairs)
        try visitor.field("proposalIds", &proposalIDs)
        try visitor.field("promptTokens", &promptTokens)
        try visitor.field("answerTokens", &answerTokens)
        try visitor.field("cost", &cost)
        try visitor.field("isCostEstimate", &isCostEstimate)
        try visitor.field("templateVersion", &templateVersion)
        try visitor.field("dropped", &dropped)
        try visitor.optional("prompt", &prompt)
        try visitor.optional("answer", &answer)
        try visitor.optional("thoughts", &thoughts)
    }
}

extension ModelStanding: WireBody {
    public static let kind = "modelStanding"
    public mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(WireError) {
        try visitor.field("model", &model)
        try visitor.field("isSimulated", &isSimulated)
        try visitor.field("questions", &questions)
        try visitor.field("decided", &decided)
        try visitor.field("held", &held)
        try visitor.field("refused", &refused)
        try visitor.field("failed", &failed)
        try visitor.field("late", &late)
        try visitor.field("cost", &cost)
        try visitor.field("averageLatencyMicros", &averageLatency)
        try visitor.field("trades", &trades)
        try visitor.field("wins", &wins)
        try visitor.field("netPnL", &netPnL)
        try visitor.field("returnOnEquity", &returnOnEquity)
        try visitor.optional("sharpeRatio", &sharpeRatio)
        try visitor.field("paperTrades", &paperTrades)
        try visitor.field("paperWins", &paperWins)
        try visitor.field("paperReturn", &paperReturn)
        try visitor.optional("paperSharpeRatio", &paperSharpeRatio)
    }
}

extension Leaderboard: WireBody {
    public static let kind = "leaderboard"
    public mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(WireError) {
        try visitor.field("provider", &provider)
        try visitor.field("spentToday", &spentToday)
        try visitor.field("dailyBudget", &dailyBudget)
        try visitor.optional("restsUntil", &restsUntil)
        try visitor.field("standings", &standings)
    }
}

/// Asks strategy for its latest dialogues and the leaderboard; answered with ``Dialogues``.
public struct DialoguesRequest: WireBody, Hashable {
    public static let kind = "dialoguesRequest"
    /// 1...200, newest first.
    public var limit = 20
    /// Only of this dialogue or question, with prompt and answer; absent for the latest of all, without.
    public var dialogueID: String?
    public init() {}
    public mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(WireError) {
        try visitor.field("limit", &limit)
        try visitor.optional("dialogueId", &dialogueID)
    }
}

/// Dialogues, newest first, with the leaderboard.
public struct Dialogues: WireBody, Hashable {
    public static let kind = "dialogues"
    public var leaderboard = Leaderboard()
    public var dialogues: [Dialogue] = []
    public var sequences: [TopicSequence] = []
    public init() {}
    public mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(WireError) {
        try visitor.field("leaderboard", &leaderboard)
        try visitor.field("dialogues", &dialogues)
        try visitor.field("sequences", &sequences)
    }
}
