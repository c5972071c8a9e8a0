/// How a question to a language model ended.
public enum DialogueOutcome: String, Sendable, CaseIterable {
    /// Asked, and not answered yet.
    case open
    /// At least one action was accepted.
    case decided
    /// The model wants nothing done.
    case held
    /// There was an answer, and nothing in it could be used.
    case refused
    /// There was no answer.
    case failed
}

/// What a model said of one symbol, and what became of it.
public struct ModelDecision: Hashable, Sendable {
    /// `OPEN_LONG`, `OPEN_SHORT`, `CLOSE` or `HOLD`: what was accepted.
    public var action: String = ""
    /// What was asked for, in the model's words where they fit no action.
    public var asked: String = ""
    public var symbol: Symbol?
    public var leverage: Int?
    /// The share of equity it wanted to use.
    public var positionSize: Ratio?
    /// The distance of the stop from the entry price, negative.
    public var stopLoss: Ratio?
    public var takeProfit: Ratio?
    public var confidence: Ratio?
    public var reasoning: String = ""
    public var invalidation: String = ""
    /// Why it is HOLD, each with its code: `OUT_OF_RANGE: leverage 50 …`.
    public var reasons: [String] = []
    public init() {}
}

/// One question to a language model, with its answer and what was made of it.
public struct Dialogue: Hashable, Sendable {
    /// The question's: derived from dialogue, model and round.
    public var id: String = ""
    /// One for all models and rounds of a decision; proposals and verdicts carry it as their decision id.
    public var dialogueID: String = ""
    /// 1, or 2 where the model was told what was wrong with its first answer.
    public var round: Int = 1
    public var model: String = ""
    /// The name under which it proposes: `agent:deepseek/deepseek-chat`.
    public var strategy: String = ""
    /// No real model: the built-in one or a scripted endpoint.
    public var isSimulated: Bool = false
    /// Asked for comparison only.
    public var isCompared: Bool = false
    /// The decision was a complex one.
    public var isComplex: Bool = false
    /// The market time of the decision.
    public var boundary: MarketTime = .distantPast
    public var askedAt: WallTime = .distantPast
    /// From here on an answer is only recorded.
    public var expiresAt: WallTime = .distantPast
    public var answeredAt: WallTime?
    public var latency: Span = .zero
    public var outcome: DialogueOutcome = .open
    /// The answer came after it had expired.
    public var isLate: Bool = false
    /// The answer is a stored one of the same question.
    public var isCached: Bool = false
    /// One sentence why nothing is proposed; empty otherwise.
    public var reason: String = ""
    public var decisions: [ModelDecision] = []
    /// What was put right in the answer before it could be read.
    public var repairs: [String] = []
    public var proposalIDs: [String] = []
    public var promptTokens: Int = 0
    public var answerTokens: Int = 0
    /// US dollars.
    public var cost: Money = .zero
    /// Computed from a price table, or what was set aside, instead of told by the provider.
    public var isCostEstimate: Bool = false
    public var templateVersion: String = ""
    /// What the prompt had no room for.
    public var dropped: [String] = []
    /// Messages as they were sent, each under a line with its role; absent in lists.
    public var prompt: String?
    /// The answer as it came; absent in lists and where there is none.
    public var answer: String?
    /// What the model thought, where the provider tells it.
    public var thoughts: String?
    public init() {}
}

/// What a model has done so far.
public struct ModelStanding: Hashable, Sendable {
    public var model: String = ""
    public var isSimulated: Bool = false
    public var questions: Int = 0
    public var decided: Int = 0
    public var held: Int = 0
    public var refused: Int = 0
    public var failed: Int = 0
    public var late: Int = 0
    /// US dollars.
    public var cost: Money = .zero
    /// Of answers that came.
    public var averageLatency: Span = .zero
    /// Positions it opened that are closed again.
    public var trades: Int = 0
    public var wins: Int = 0
    /// Of those positions, after fees, in the account's currency.
    public var netPnL: Money = .zero
    /// The account's growth by those positions alone, each as a share of the equity it was opened with.
    public var returnOnEquity: Ratio = .zero
    /// Mean over standard deviation of the returns of those positions, not annualised; absent below two.
    public var sharpeRatio: Double?
    /// The same for everything it decided, acted on or not, had it been filled at the price of the moment with its own size,
    /// stop and target.
    public var paperTrades: Int = 0
    public var paperWins: Int = 0
    public var paperReturn: Ratio = .zero
    public var paperSharpeRatio: Double?
    public init() {}

    /// Answers that could not be used, of all there were.
    public var invalidRate: Double {
        let answers = decided + held + refused
        return answers == 0 ? 0 : Double(refused) / Double(answers)
    }
    public var winRate: Double? { trades == 0 ? nil : Double(wins) / Double(trades) }
}

/// How the models compare, and what they may still cost today.
public struct Leaderboard: Hashable, Sendable {
    /// Whom the agent asks, in an operator's words: `OpenRouter`, `simulated model`.
    public var provider: String = ""
    /// US dollars of this UTC day, reservations included.
    public var spentToday: Money = .zero
    public var dailyBudget: Money = .zero
    /// Market time until which the agent rests; absent while it asks.
    public var restsUntil: MarketTime?
    /// Best return first.
    public var standings: [ModelStanding] = []
    public init() {}
}
