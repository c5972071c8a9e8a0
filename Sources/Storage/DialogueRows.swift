public import TradingModel

/// A question to a model as it is stored before it is asked.
public struct QuestionRow: Hashable, Sendable {
    public var id = ""
    public var dialogueID = ""
    public var round = 1
    public var model = ""
    public var strategy = ""
    public var isSimulated = false
    public var isCompared = false
    public var isComplex = false
    public var boundary: MarketTime = .distantPast
    public var askedAt: WallTime = .distantPast
    public var expiresAt: WallTime = .distantPast
    public var template = ""
    /// What the prompt had no room for, separated by `; `.
    public var dropped = ""
    /// JSON: length, temperature, form of the answer.
    public var parameters = ""
    public var baseURL = ""
    /// The same for the same question.
    public var cacheKey = ""
    /// JSON: what was held when it was asked, by symbol.
    public var positions = ""
    /// What could be traded, separated by commas.
    public var symbols = ""
    /// The messages, each under a line with its role.
    public var prompt = ""
    /// US dollars that were set aside.
    public var worstCost: Money = .zero
    public init() {}
}

/// How a question ended.
public struct AnswerRow: Hashable, Sendable {
    public var questionID = ""
    public var answeredAt: WallTime = .distantPast
    public var latency: Span = .zero
    public var outcome: DialogueOutcome = .failed
    public var isLate = false
    public var isCached = false
    public var reason = ""
    /// Absent where there was no answer.
    public var content: String?
    public var thoughts: String?
    public var finishReason = ""
    public var provider = ""
    public var responseID = ""
    /// The dialogue as it was published, without prompt and answer, as JSON.
    public var report = ""
    public var promptTokens = 0
    public var answerTokens = 0
    public var cost: Money = .zero
    public var isCostEstimate = false
    /// JSON: what was held when it was judged, by symbol.
    public var positions = "{}"
    public init() {}
}

/// Where a proposal of a model stands.
public enum ModelProposalVerdict: String, Sendable, CaseIterable {
    case awaited, approved, denied
    /// Risk was down or slow; it keeps the truth.
    case unanswered
}

/// What a model's answer led to: the proposal, risk's verdict, the order, and what became of the position.
public struct ModelProposalRow: Hashable, Sendable {
    public var id = ""
    public var questionID = ""
    public var dialogueID = ""
    public var model = ""
    public var strategy = ""
    public var symbol: Symbol = .none
    public var action: SignalAction = .hold
    public var price: Price = .zero
    public var stopLoss: Price?
    public var takeProfit: Price?
    public var leverage = 1
    public var confidence: Ratio = .zero
    public var reasoning = ""
    /// The model's words, whether risk watches them or not.
    public var invalidation = ""
    public var decidedAt: MarketTime = .distantPast
    /// Of the account when it was proposed.
    public var equity: Money = .zero
    public var verdict = ModelProposalVerdict.awaited
    public var denial = ""
    public var clientOrderID: String?
    public var quantity: Quantity?
    public var orderStatus: OrderStatus?
    // Of the position, once it is closed.
    public var closedAt: MarketTime?
    public var side: PositionSide?
    public var entryPrice: Price?
    public var exitPrice: Price?
    public var netPnL: Money?
    public var exitReason: ExitReason?
    public init() {}
}

/// What one model cost on one UTC day.
public struct CostRow: Hashable, Sendable {
    /// Days since 1970.
    public var day: Int64 = 0
    public var model = ""
    public var questions = 0
    public var promptTokens = 0
    public var answerTokens = 0
    /// US dollars, with what was set aside for questions that have no answer.
    public var cost: Money = .zero
    /// The part of it that no provider has told.
    public var estimated: Money = .zero
    public init() {}
}

/// A model's position on paper.
public struct PaperPositionRow: Hashable, Sendable {
    public var id = ""
    public var model = ""
    public var symbol: Symbol = .none
    public var side: PositionSide = .long
    public var exposure: Ratio = .zero
    public var entryPrice: Price = .zero
    public var stopLoss: Price = .zero
    public var takeProfit: Price = .zero
    public var openedAt: MarketTime = .distantPast
    public var closedAt: MarketTime?
    public var exitPrice: Price?
    public var exitReason: ExitReason?
    public var result: Ratio?
    public init() {}
}
