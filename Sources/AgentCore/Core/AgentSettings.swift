public import TradingModel

/// What the agent is told once.
public struct AgentSettings: Sendable {
    public var symbols: [Symbol] = []
    /// Market time between questions.
    public var interval: Span = .minutes(15)
    /// Wall time after which an answer is worth nothing.
    public var answerWithin: Span = .seconds(90)
    public var models = ModelChoice()
    public var maxTokens = 1_024
    /// The same for the reasoner, whose thoughts count.
    public var reasonerTokens = 8_192
    /// 0…2.
    public var temperature: Ratio = .zero
    public var questionsPerMinute = 600
    public var template = PromptTemplate.current
    /// Of the prompt.
    public var tokenBudget = 12_000
    /// US dollars a UTC day.
    public var dailyBudget: Money = Money(1)
    /// The same for single models.
    public var modelBudgets: [String: Money] = [:]
    public var prices = PriceTable.standard
    /// Asks OpenRouter to say what an answer cost.
    public var wantsCost = false
    public var isStream = false
    /// Below it an opening is not proposed.
    public var minimumConfidence: Ratio = Ratio(raw: Ratio.scale / 2)
    /// Questions in a row without a usable answer after which the agent rests.
    public var failuresBeforeRest = 3
    /// Market time of a rest.
    public var rest: Span = .hours(1)
    /// Closed trades that are remembered.
    public var memory = 12
    /// The largest share of equity that risk ever allows: what a decision's own size is measured by.
    public var maximumSize: Ratio = Ratio(raw: Ratio.scale / 4)
    /// Why risk cannot read a condition, in a sentence; `nil` where it can.
    public var conditionFault: @Sendable (String, Timeframe) -> String? = { _, _ in nil }
    /// Whether an opening whose condition cannot be read is refused, as risk would; otherwise it is proposed without it.
    public var refusesUnreadableConditions = true
    /// Of the notional, for each side of a trade on paper.
    public var paperFee: Ratio = Ratio(raw: Ratio.scale / 2_000)
    /// Market time after which a position on paper is left.
    public var paperTimeToLive: Span = .hours(36)
    public init() {}
}

/// Which model is asked.
public struct ModelChoice: Hashable, Sendable {
    /// For the usual decision.
    public var chat = "deepseek/deepseek-chat"
    /// For a complex one; the same as ``chat`` where there is none.
    public var reasoner = "deepseek/deepseek-reasoner"
    /// Asked beside it, for comparison only.
    public var shadows: [String] = []
    /// A drawdown from which a decision is complex.
    public var complexDrawdown: Ratio = Ratio(raw: Ratio.scale / 20)
    /// The part of the way to its stop that a position of the agent has gone, from which a decision is complex.
    public var complexLoss: Ratio = Ratio(raw: Ratio.scale / 2)
    /// Whether the decision after a refused answer is complex.
    public var isComplexAfterRefusal = true
    public init() {}
}
