public import TradingModel

/// A question as it is asked and recorded.
public struct ModelQuestion: Hashable, Sendable {
    /// Derived from the dialogue, the model and the round.
    public var id: String
    /// One for all models and rounds of one decision boundary; joins prompt, answer, proposal and verdict.
    public var dialogueID: String
    /// 1 for the first, 2 for the repair round.
    public var round: Int
    public var request: ChatRequest
    public var templateVersion: String
    /// What the budget did not leave room for.
    public var dropped: [String]
    public var askedAt: WallTime
    /// The market time of the decision.
    public var boundary: MarketTime
    /// From here on an answer is only recorded.
    public var expiresAt: WallTime
    /// Reserved of the day's budget.
    public var worstCost: Money
    /// Asked for comparison only: its answers are judged, priced and recorded, and never proposed.
    public var isShadow: Bool
    public var isComplex: Bool

    public init(
        id: String, dialogueID: String, round: Int, request: ChatRequest, templateVersion: String, dropped: [String],
        askedAt: WallTime, boundary: MarketTime, expiresAt: WallTime, worstCost: Money, isShadow: Bool,
        isComplex: Bool = false
    ) {
        self.id = id
        self.dialogueID = dialogueID
        self.round = round
        self.request = request
        self.templateVersion = templateVersion
        self.dropped = dropped
        self.askedAt = askedAt
        self.boundary = boundary
        self.expiresAt = expiresAt
        self.worstCost = worstCost
        self.isShadow = isShadow
        self.isComplex = isComplex
    }
}

/// How a question ended.
public enum AnswerEnd: Hashable, Sendable {
    case answer(AnswerEnvelope)
    /// No answer: the sentence that says why, and whether the question may have reached a model, and so may cost.
    case failure(String, wasSent: Bool = true)
}

/// What became of a question; joined to it by its id.
public struct AnswerRecord: Sendable {
    public var questionID: String
    public var dialogueID: String
    public var model: String
    public var isShadow: Bool
    public var answeredAt: WallTime
    public var latency: Span
    /// It came after ``ModelQuestion/expiresAt`` and was not acted on.
    public var isLate: Bool
    /// It is a stored answer to the same question.
    public var isCached: Bool
    public var end: AnswerEnd
    /// Absent where there was no answer.
    public var parsed: ParsedAnswer?
    public var cost: Money
    /// Computed from tokens and a price table, or the reservation, instead of told by the provider.
    public var isCostEstimate: Bool
    /// What was proposed because of it.
    public var proposalIDs: [String]
    /// One sentence why nothing is proposed; empty where something is.
    public var reason: String
    /// What was held, as it counted when the answer was judged.
    public var positions: [Symbol: PositionSide]
}

/// What the records hold at start.
public struct AgentImage: Sendable {
    /// US dollars spent or set aside this UTC day, by model.
    public var spentToday: [String: Money] = [:]
    /// Why positions that are open were opened, by plan id, with the model that did.
    public var openings: [String: (memory: OpeningMemory, model: String)] = [:]
    /// Oldest first.
    public var closedTrades: [ClosedTradeBrief] = []
    /// Open ones.
    public var paper: [PaperPosition] = []
    public init() {}
}

/// What a model has done so far.
public struct ModelRecord: Hashable, Sendable {
    public var model: String
    public var questions = 0
    public var decided = 0
    public var held = 0
    public var refused = 0
    public var failed = 0
    public var late = 0
    public var cost: Money = .zero
    public var totalLatency: Span = .zero
    /// Closed positions it opened.
    public var trades = 0
    public var wins = 0

    public init(model: String) { self.model = model }

    /// Answers that could not be used, of all there were.
    public var invalidRate: Double {
        let answers = decided + held + refused
        return answers == 0 ? 0 : Double(refused) / Double(answers)
    }
    public var winRate: Double? { trades == 0 ? nil : Double(wins) / Double(trades) }
}
