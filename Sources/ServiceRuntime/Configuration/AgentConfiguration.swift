public import TradingModel

/// The language-model trader: whether it runs, whom it asks, how often and for how much money.
public struct AgentConfiguration: Sendable, Equatable, SettingSection {
    public var enabled = AgentSwitch.auto
    /// Whether the built-in simulated model answers where there is no key.
    public var simulated = false
    /// Empty: chosen by the key that is set.
    public var baseURL = ""
    public var chatModel = "deepseek/deepseek-chat"
    public var reasonerModel = "deepseek/deepseek-reasoner"
    /// Asked the same questions and only recorded.
    public var comparedModels: [String] = []
    public var intervalMinutes = 15
    public var answerSeconds = 90
    public var attempts = 3
    public var questionsPerMinute = 10
    public var maxAnswerLength = 1_024
    public var maxReasoningLength = 8_192
    public var promptLength = 20_000
    public var temperature: Ratio = .zero
    public var stream = true
    /// US dollars a UTC day.
    public var dailyBudgetUsd: Money = Money(1)
    public var modelBudgetsUsd: [String: Money] = [:]
    public var promptPricesUsd: [String: Money] = [:]
    public var answerPricesUsd: [String: Money] = [:]
    public var minimumConfidence: Ratio = exactly("0.5")
    public var invalidation = AgentInvalidation.refuse
    public var complexDrawdownPct: Percent = "5"
    public var complexLossPct: Percent = "50"
    public var complexAfterRefusal = true
    public var failuresBeforeRest = 3
    public var restMinutes = 60
    public var rememberedTrades = 12
    /// A file with the prompt's fixed words; empty for the built-in template.
    public var template = ""
    /// A file or address with headlines; empty for none.
    public var news = ""
    public var newsItems = 10
    public var newsMinutes = 10

    public init() {}

    mutating func visit<V: SettingVisitor>(_ visitor: inout V) {
        visitAsking(&visitor)
        visitMoney(&visitor)
        visitDecisions(&visitor)
        visitNews(&visitor)
    }

    private mutating func visitAsking<V: SettingVisitor>(_ visitor: inout V) {
        visitor.setting(
            "enabled", &enabled,
            "auto asks a model where OPENROUTER_API_KEY or DEEPSEEK_API_KEY is set; on insists; off never asks. In lock-step (feed.speed 0) nobody is asked."
        )
        visitor.setting(
            "simulated", &simulated,
            "Where no key is set, the built-in simulated model answers, on paper only; for the demo.")
        visitor.setting(
            "base_url", &baseURL, .webAddress,
            "Where an OpenAI-compatible provider answers, up to and without /chat/completions; empty takes OpenRouter or DeepSeek, as the key has it."
        )
        visitor.setting("chat_model", &chatModel, .modelName, "Asked for the usual decision.")
        visitor.setting(
            "reasoner_model", &reasonerModel, .modelName,
            "Asked for a complex decision; the same as chat_model for none.")
        visitor.setting(
            "compared_models", &comparedModels, .distinct(0, to: 8),
            "Asked the same questions beside them, paid for and recorded, and never acted on.")
        visitor.setting("interval_minutes", &intervalMinutes, .divisorOfDay, "Market minutes between two questions.")
        visitor.setting(
            "answer_seconds", &answerSeconds, .from(1, to: 900),
            "Wall seconds after which an answer is kept for the record and not acted on.")
        visitor.setting(
            "attempts", &attempts, .from(1, to: 10),
            "How often a question is sent that the provider refused unread (429, 5xx) or that never left.")
        visitor.setting(
            "questions_per_minute", &questionsPerMinute, .from(1, to: 600),
            "Questions within any minute of the wall clock, all models together.")
        visitor.setting(
            "max_answer_length", &maxAnswerLength, .from(64, to: 65_536), "The longest answer, in units of the model.")
        visitor.setting(
            "max_reasoning_length", &maxReasoningLength, .from(64, to: 131_072),
            "The longest answer of reasoner_model, its thoughts included.")
        visitor.setting(
            "prompt_length", &promptLength, .from(1_000, to: 200_000),
            "The longest prompt, in units of the model; docs/agent.md says what is left out first.")
        visitor.setting("temperature", &temperature, .from(.zero, to: Ratio(2)), "How much chance is in the answer.")
        visitor.setting("stream", &stream, "Take the answer in pieces: a fault in the middle is known at once.")
        visitor.setting(
            "template", &template,
            "A file with the prompt's fixed words, as in templates/agent; empty for the built-in one.")
    }

    private mutating func visitNews<V: SettingVisitor>(_ visitor: inout V) {
        visitor.setting(
            "news", &news, .newsSource,
            "Headlines that the prompt quotes: a file with one a line, the newest last, or a file or address with an RSS or Atom feed; empty for none. They are data, never instructions."
        )
        visitor.setting("news_items", &newsItems, .from(0, to: 50), "The latest headlines that are quoted, at most.")
        visitor.setting("news_minutes", &newsMinutes, .from(1, to: 1_440), "Wall minutes between two readings of news.")
    }

    private mutating func visitMoney<V: SettingVisitor>(_ visitor: inout V) {
        visitor.setting(
            "daily_budget_usd", &dailyBudgetUsd, .from(.zero, to: Money(10_000)),
            "US dollars all questions of a UTC day may cost; what does not fit is not asked.")
        visitor.setting(
            "model_budgets_usd", &modelBudgetsUsd, .amounts,
            "The same for single models, such as deepseek/deepseek-reasoner: 0.4.")
        visitor.setting(
            "prompt_prices_usd", &promptPricesUsd, .amounts,
            "US dollars for a million units of prompt, by model; for models the built-in table lacks, and over it.")
        visitor.setting(
            "answer_prices_usd", &answerPricesUsd, .amounts, "The same for the answer, thoughts included.")
    }

    private mutating func visitDecisions<V: SettingVisitor>(_ visitor: inout V) {
        visitor.setting(
            "minimum_confidence", &minimumConfidence, .from(.zero, to: .one), "An opening below it is not proposed.")
        visitor.setting(
            "invalidation", &invalidation,
            "An opening whose condition the invalidation language cannot read: refuse tells the model what is wrong with it, once, and then holds; note keeps the text with the dialogue and opens the position without it, guarded by stop, target and time to live."
        )
        visitor.setting(
            "complex_drawdown_pct", &complexDrawdownPct, .from("0", to: "100"),
            "A drawdown from which a decision is complex.")
        visitor.setting(
            "complex_loss_pct", &complexLossPct, .from("1", to: "100"),
            "The part of the way to its stop that a position of the agent has gone, from which a decision is complex.")
        visitor.setting(
            "complex_after_refusal", &complexAfterRefusal,
            "Whether the decision after an answer that could not be used is complex.")
        visitor.setting(
            "failures_before_rest", &failuresBeforeRest, .from(1, to: 100),
            "Questions in a row without a usable answer after which the agent rests.")
        visitor.setting("rest_minutes", &restMinutes, .from(1, to: 10_080), "Market minutes of a rest.")
        visitor.setting(
            "remembered_trades", &rememberedTrades, .from(0, to: 100),
            "Closed trades of the agent that the prompt tells.")
    }
}

/// Whether the agent runs.
public enum AgentSwitch: String, Sendable, CaseIterable, SettingChoice {
    case auto, on, off
}

/// What becomes of a condition that cannot be read.
public enum AgentInvalidation: String, Sendable, CaseIterable, SettingChoice {
    case note, refuse
}

extension SettingRange where Value == String {
    /// Empty, or an address without query.
    static var webAddress: SettingRange {
        SettingRange("that is empty or begins with https:// or http://") { text in
            text.isEmpty
                || (["https://", "http://"].contains { text.hasPrefix($0) && text.utf8.count > $0.utf8.count }
                    && text.utf8.allSatisfy { (33...126).contains($0) && $0 != UInt8(ascii: "?") })
        }
    }

    /// Empty, a file or an address.
    static var newsSource: SettingRange {
        SettingRange("that is empty, the path of a file beginning with /, or begins with https:// or http://") { text in
            text.isEmpty || (text.hasPrefix("/") && !text.utf8.contains { $0 < 0x20 })
                || (["https://", "http://"].contains { text.hasPrefix($0) && text.utf8.count > $0.utf8.count }
                    && text.utf8.allSatisfy { (33...126).contains($0) })
        }
    }

    /// As providers name their models.
    static var modelName: SettingRange {
        SettingRange("such as deepseek/deepseek-chat") { text in
            (1...100).contains(text.utf8.count) && text.utf8.allSatisfy { (33...126).contains($0) }
        }
    }
}

extension SettingRange where Value == [String: Money] {
    static var amounts: SettingRange {
        SettingRange("whose values are not negative") { $0.values.allSatisfy { !$0.isNegative } }
    }
}
