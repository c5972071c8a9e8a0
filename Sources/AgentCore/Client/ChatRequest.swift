public import JSONText
public import TradingModel

/// A question to a model as an OpenAI-compatible provider takes it.
///
/// Source: https://platform.openai.com/docs/api-reference/chat/create, https://openrouter.ai/docs/api-reference/chat-completion.
public struct ChatRequest: Hashable, Sendable {
    public var model: String
    public var messages: [ChatMessage]
    /// Of the answer, thoughts included; what bounds the cost.
    public var maxTokens: Int
    /// 0…2; low for decisions that shall not depend on chance.
    public var temperature: Ratio
    /// Asks for `response_format: {"type": "json_object"}`, where the provider offers it. The prompt says JSON, as OpenAI demands.
    public var wantsJSONObject: Bool
    public var isStream: Bool
    /// Asks OpenRouter to say what the answer cost.
    public var wantsCost: Bool

    public init(
        model: String, messages: [ChatMessage], maxTokens: Int = 1_024, temperature: Ratio = .zero,
        wantsJSONObject: Bool = true, isStream: Bool = false, wantsCost: Bool = false
    ) {
        self.model = model
        self.messages = messages
        self.maxTokens = maxTokens
        self.temperature = temperature
        self.wantsJSONObject = wantsJSONObject
        self.isStream = isStream
        self.wantsCost = wantsCost
    }

    /// The body of the request; the same request is the same bytes.
    public var body: JSONValue {
        var members = asked
        if isStream {
            members.append(("stream", true))
            members.append(("stream_options", ["include_usage": true]))
        }
        if wantsCost { members.append(("usage", ["include": true])) }
        return .object(JSONObject(members))
    }

    /// What the answer depends on.
    private var asked: [(String, JSONValue)] {
        var members: [(String, JSONValue)] = [
            ("model", .string(model)),
            (
                "messages",
                .array(messages.map { ["role": .string($0.role.rawValue), "content": .string($0.content)] })
            ),
            ("max_tokens", JSONValue(maxTokens)),
            ("temperature", JSONNumber(temperature.description).map(JSONValue.number) ?? 0),
        ]
        if wantsJSONObject { members.append(("response_format", ["type": "json_object"])) }
        return members
    }

    /// The same for the same question, however its answer is sent: a key for stored answers.
    public var cacheKey: String {
        "a" + StableHash.of(JSONValue.object(JSONObject(asked)).text()).short(24)
    }

    /// A bound from above on the tokens that are sent: a token is at least a byte, and roles and marks take a few a message.
    public var promptTokenLimit: Int { messages.reduce(16) { $0 + $1.content.utf8.count + 16 } }
}

/// What tokens of a model cost, in US dollars per million.
public struct ModelPrice: Hashable, Sendable {
    public var prompt: Money
    public var completion: Money

    public init(prompt: Money, completion: Money) {
        self.prompt = prompt
        self.completion = completion
    }

    /// The cost of so many tokens, rounded up to a millionth of a cent.
    public func cost(promptTokens: Int, completionTokens: Int) -> Money {
        let perMillion = prompt.times(max(0, promptTokens)) + completion.times(max(0, completionTokens))
        return perMillion.divided(by: 1_000_000, .up).rounded(toDigits: 8, .up)
    }
}

/// Prices by model, for reserving before a question and for what a provider does not say itself.
public struct PriceTable: Hashable, Sendable {
    public var prices: [String: ModelPrice]

    public init(_ prices: [String: ModelPrice]) { self.prices = prices }

    /// Rounded up from the public price lists of late 2025 (https://api-docs.deepseek.com/quick_start/pricing,
    /// https://openrouter.ai/models), so that a reservation is rather too large. A simulated model costs nothing.
    public static let standard: PriceTable = {
        var table = PriceTable([:])
        func set(_ names: [String], _ prompt: String, _ completion: String) {
            guard let prompt = Money(prompt), let completion = Money(completion) else { return }
            for name in names { table.prices[name] = ModelPrice(prompt: prompt, completion: completion) }
        }
        set(["deepseek/deepseek-chat", "deepseek-chat"], "0.60", "1.80")
        set(["deepseek/deepseek-reasoner", "deepseek-reasoner", "deepseek/deepseek-r1"], "0.80", "2.60")
        set(["simulated/scripted", "simulated/contrarian"], "0", "0")
        return table
    }()

    /// What a question can cost at most; `nil` where the model has no price, and then it is not asked.
    public func worstCost(_ request: ChatRequest) -> Money? {
        prices[request.model]?.cost(promptTokens: request.promptTokenLimit, completionTokens: request.maxTokens)
    }

    /// What an answer cost: the provider's word, else an estimate from its tokens.
    public func cost(_ usage: TokenUsage, model: String) -> (amount: Money, isEstimate: Bool)? {
        if let cost = usage.cost { return (cost, false) }
        return prices[model].map {
            ($0.cost(promptTokens: usage.promptTokens, completionTokens: usage.completionTokens), true)
        }
    }
}
