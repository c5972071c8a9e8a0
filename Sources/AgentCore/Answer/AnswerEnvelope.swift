public import TradingModel

/// What a provider says when it has no answer.
public struct ProviderFailure: Hashable, Sendable {
    /// The provider's code as text: `429`, `model_not_found`.
    public var code: String
    public var message: String
    public init(code: String, message: String) {
        self.code = code
        self.message = message
    }
}

/// What an answer took.
public struct TokenUsage: Hashable, Sendable {
    public var promptTokens = 0
    public var completionTokens = 0
    /// Part of ``completionTokens``.
    public var reasoningTokens = 0
    /// Part of ``promptTokens``.
    public var cachedTokens = 0
    /// In US dollars, where the provider says it (OpenRouter does).
    public var cost: Money?
    public init() {}
}

/// An answer in the form a provider sends it: a chat completion, a stream of its chunks, or an error.
///
/// Sources: https://openrouter.ai/docs/api-reference/chat-completion and /streaming, https://platform.openai.com/docs/api-reference/chat.
public struct AnswerEnvelope: Hashable, Sendable {
    public var id = ""
    /// The model that answered, which may be another than was asked.
    public var model = ""
    public var provider = ""
    public var content = ""
    /// The thoughts of a reasoning model, which are no part of the answer.
    public var reasoning = ""
    public var refusal = ""
    /// `stop`, `length`, `content_filter`, `tool_calls`, `error`; empty where the answer did not end.
    public var finishReason = ""
    public var hasToolCalls = false
    public var failure: ProviderFailure?
    public var usage: TokenUsage?
    /// It came as a stream.
    public var isStream = false
    public init() {}
}

/// A tape with its bytes, for reading provider bodies.
struct JSONView {
    let bytes: TextBytes
    let tape: TextTape

    /// The first member of that name.
    func member(_ index: Int?, _ name: StaticString) -> Int? {
        guard let index, index < tape.count, tape[index].kind == .object else { return nil }
        var child = index + 1
        while child < Int(tape[index].next) {
            let one = tape[child]
            if Int(one.keyEnd - one.keyStart) == name.utf8CodeUnitCount,
                bytes.slice(Int(one.keyStart), Int(one.keyEnd))
                    .elementsEqual(UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount))
            {
                return child
            }
            child = max(Int(one.next), child + 1)
        }
        return nil
    }

    func first(_ index: Int?) -> Int? {
        guard let index, tape[index].kind == .array, Int(tape[index].next) > index + 1 else { return nil }
        return index + 1
    }

    func elements(_ index: Int?) -> [Int] {
        guard let index, tape[index].kind == .array else { return [] }
        var list: [Int] = []
        var child = index + 1
        while child < Int(tape[index].next) {
            list.append(child)
            child = max(Int(tape[child].next), child + 1)
        }
        return list
    }

    /// A string with its escapes read; `nil` for anything else.
    func text(_ index: Int?) -> String? {
        guard let index, tape[index].kind == .string else { return nil }
        let node = tape[index]
        return node.hasEscapes
            ? UnescapedText.read(bytes, from: Int(node.start), to: Int(node.end))
            : bytes.text(Int(node.start), Int(node.end))
    }

    /// A scalar as it stands.
    func raw(_ index: Int?) -> String? {
        guard let index, tape[index].kind != .object, tape[index].kind != .array else { return nil }
        return text(index) ?? bytes.text(Int(tape[index].start), Int(tape[index].end))
    }

    func whole(_ index: Int?) -> Int? { raw(index).flatMap(Int.init) }

    func isThere(_ index: Int?) -> Bool {
        guard let index else { return false }
        return !(tape[index].kind == .word && raw(index) == "null")
    }
}

extension AnswerEnvelope {
    /// Takes one complete body or one chunk of a stream in.
    mutating func take(_ view: JSONView, root: Int) {
        if let text = view.text(view.member(root, "id")), id.isEmpty { id = text }
        if let text = view.text(view.member(root, "model")), !text.isEmpty { model = text }
        if let text = view.text(view.member(root, "provider")), !text.isEmpty { provider = text }
        takeFailure(view, view.member(root, "error"))
        takeUsage(view, view.member(root, "usage"))
        let choice = view.first(view.member(root, "choices"))
        if let text = view.text(view.member(choice, "finish_reason")), !text.isEmpty { finishReason = text }
        takeFailure(view, view.member(choice, "error"))
        for part in [view.member(choice, "message"), view.member(choice, "delta")] {
            content += view.text(view.member(part, "content")) ?? ""
            reasoning +=
                view.text(view.member(part, "reasoning")) ?? view.text(view.member(part, "reasoning_content")) ?? ""
            refusal += view.text(view.member(part, "refusal")) ?? ""
            if !view.elements(view.member(part, "tool_calls")).isEmpty { hasToolCalls = true }
        }
        takeResponseEvent(view, root: root)
    }

    /// The events of the newer responses interface.
    private mutating func takeResponseEvent(_ view: JSONView, root: Int) {
        guard let type = view.text(view.member(root, "type")) else { return }
        let response = view.member(root, "response")
        switch type {
        case "response.output_text.delta": content += view.text(view.member(root, "delta")) ?? ""
        case "response.completed", "response.incomplete", "response.failed":
            finishReason = type == "response.completed" ? "stop" : type == "response.failed" ? "error" : "length"
            if content.isEmpty { content = outputText(view, response) }
            takeFailure(view, view.member(response, "error"))
            takeUsage(view, view.member(response, "usage"))
            model = view.text(view.member(response, "model")) ?? model
            id = view.text(view.member(response, "id")) ?? id
        default: break
        }
    }

    private func outputText(_ view: JSONView, _ response: Int?) -> String {
        var text = ""
        for item in view.elements(view.member(response, "output")) {
            for part in view.elements(view.member(item, "content"))
            where view.text(view.member(part, "type")) == "output_text" {
                text += view.text(view.member(part, "text")) ?? ""
            }
        }
        return text
    }

    mutating func takeFailure(_ view: JSONView, _ error: Int?) {
        guard let error, view.isThere(error), failure == nil else { return }
        var found = ProviderFailure(code: "", message: "")
        if let text = view.text(error) {
            found.message = text
        } else {
            found.code = view.raw(view.member(error, "code")) ?? view.text(view.member(error, "type")) ?? ""
            if found.code == "null" { found.code = "" }
            found.message = view.text(view.member(error, "message")) ?? ""
            if let detail = view.text(view.member(view.member(error, "metadata"), "raw")), !detail.isEmpty {
                found.message += " (\(detail.prefix(300)))"
            }
        }
        failure = found
    }

    private mutating func takeUsage(_ view: JSONView, _ node: Int?) {
        guard let node, view.tape[node].kind == .object else { return }
        var found = usage ?? TokenUsage()
        found.promptTokens =
            view.whole(view.member(node, "prompt_tokens")) ?? view.whole(view.member(node, "input_tokens"))
            ?? found.promptTokens
        found.completionTokens =
            view.whole(view.member(node, "completion_tokens")) ?? view.whole(view.member(node, "output_tokens"))
            ?? found.completionTokens
        let input = view.member(node, "prompt_tokens_details") ?? view.member(node, "input_tokens_details")
        let output = view.member(node, "completion_tokens_details") ?? view.member(node, "output_tokens_details")
        found.cachedTokens =
            view.whole(view.member(input, "cached_tokens")) ?? view.whole(view.member(node, "prompt_cache_hit_tokens"))
            ?? found.cachedTokens
        found.reasoningTokens = view.whole(view.member(output, "reasoning_tokens")) ?? found.reasoningTokens
        if let cost = view.raw(view.member(node, "cost")).flatMap(Self.money) { found.cost = cost }
        usage = found
    }

    /// An amount as providers write it: `0.00183`, `9.25e-06`, floating-point dust included. Rounded up to a billionth, since
    /// it counts against a budget.
    static func money(_ text: String) -> Money? {
        if let exact = Money(text), !exact.isNegative { return exact }
        guard let value = Double(text), value >= 0, let ratio = Ratio(rounding: value, .up) else { return nil }
        return Money(raw: ratio.raw * PowerOfTen.of(Money.fractionDigits - Ratio.fractionDigits))
    }
}
