import JSONText
import TradingModel

/// A stand-in for a language model behind OpenAI's chat completions, plainly labelled as simulated.
///
/// A value without clock and sockets: a request goes in, the reply comes out as steps for whoever owns the line. Good answers are
/// derived from the figures in the prompt (``answer(to:)``), everything else is done on command or drawn from a seed, so that
/// the same commands and questions give the same replies.
public struct ScriptedModel: Sendable {
    /// What the replies call the model and its provider.
    public static let model = "simulated/scripted"
    public static let provider = "simulated model"

    public var settings: ScriptSettings
    /// Questions that were answered, in whatever way.
    public private(set) var questions = 0
    private var generator: SeededGenerator

    public init(settings: ScriptSettings = ScriptSettings()) {
        self.settings = settings
        generator = SeededGenerator(seed: settings.seed)
    }

    /// The decision for a prompt, as JSON text: read from the figures in it by a fixed rule. Same prompt, same text.
    public static func answer(to prompt: String) -> String { Judgement(PromptFacts(prompt)).json.text() }

    /// The opposite opinion: what the other would buy it sells.
    public static func contrary(to prompt: String) -> String {
        Judgement(PromptFacts(prompt), isContrary: true).json.text()
    }

    /// Replies to the body of a `POST …/chat/completions`.
    public mutating func reply(to body: [UInt8]) -> ScriptedReply {
        questions += 1
        guard let question = ChatQuestion(body) else {
            return ScriptedReply.error(
                400, "invalid_request_error", "the body is no chat completion request with messages")
        }
        let behaviour = nextBehaviour()
        var reply = reply(question, behaviour)
        let wait = behaviour == .slow ? settings.slowMillis : settings.delayMillis
        if wait > 0 { reply.steps.insert(.wait(millis: wait), at: 0) }
        return reply
    }

    private mutating func nextBehaviour() -> Behaviour {
        if !settings.script.isEmpty { return settings.script.removeFirst() }
        guard settings.mischiefPercent > 0, generator.uniform() * 100 < Double(settings.mischiefPercent) else {
            return settings.usual
        }
        let all = Behaviour.allCases
        return all[min(all.count - 1, Int(generator.uniform() * Double(all.count)))]
    }

    private func reply(_ question: ChatQuestion, _ behaviour: Behaviour) -> ScriptedReply {
        switch behaviour {
        case .paymentRequired:
            return .error(402, "insufficient_credits", "Insufficient credits (simulated)")
        case .rateLimited:
            return .error(
                429, "rate_limited", "Rate limit exceeded (simulated)",
                headers: [("Retry-After", String(settings.retryAfterSeconds))])
        case .badGateway:
            return ScriptedReply(
                status: 502, headers: [("Content-Type", "text/html")],
                steps: [.bytes(Array("<html><body><h1>502 Bad Gateway</h1></body></html>".utf8))])
        case .hang: return ScriptedReply(status: nil, headers: [], steps: [.hang])
        case .huge: return huge()
        default: break
        }
        let content = ScriptedText.content(Self.answer(to: question.prompt), behaviour)
        return question.isStream && behaviour != .gzip && behaviour != .wrongType
            ? stream(question, content, behaviour) : whole(question, content, behaviour)
    }

    private func huge() -> ScriptedReply {
        let piece = Array(String(repeating: "The market is interesting. ", count: 2_428).utf8.prefix(65_536))
        return ScriptedReply(
            status: 200, headers: [("Content-Type", "application/json")],
            steps: Array(repeating: .bytes(piece), count: 160))
    }

    private func whole(_ question: ChatQuestion, _ content: String, _ behaviour: Behaviour) -> ScriptedReply {
        var choice: [(String, JSONValue)] = [("index", 0)]
        choice.append(("message", ["role": "assistant", "content": .string(content)]))
        choice.append(("finish_reason", .string(behaviour == .truncated ? "length" : "stop")))
        let body = head(
            question, "chat.completion",
            [
                ("choices", .array([.object(JSONObject(choice))])), ("usage", usage(question, content)),
            ])
        var bytes = Array(body.text().utf8)
        var headers = [("Content-Type", behaviour == .wrongType ? "text/html" : "application/json")]
        if behaviour == .gzip {
            bytes = GzipStored.pack(bytes)
            headers.append(("Content-Encoding", "gzip"))
        }
        if behaviour == .drop {
            return ScriptedReply(
                status: 200, headers: headers, steps: [.bytes(Array(bytes.prefix(bytes.count / 2))), .drop],
                announcedLength: bytes.count)
        }
        return ScriptedReply(status: 200, headers: headers, steps: [.bytes(bytes)], announcedLength: bytes.count)
    }

    private func stream(_ question: ChatQuestion, _ content: String, _ behaviour: Behaviour) -> ScriptedReply {
        func event(_ value: JSONValue) -> ScriptedReply.Step { .bytes(Array("data: \(value.text())\n\n".utf8)) }
        func chunk(_ delta: JSONValue, finish: String? = nil) -> ScriptedReply.Step {
            let choice: JSONValue = [
                "index": 0, "delta": delta, "finish_reason": finish.map { .string($0) } ?? .null,
            ]
            return event(head(question, "chat.completion.chunk", [("choices", .array([choice]))]))
        }
        // What OpenRouter sends to keep the line open.
        var steps: [ScriptedReply.Step] = [.bytes(Array(": OPENROUTER PROCESSING\n\n".utf8))]
        steps.append(chunk(["role": "assistant", "content": ""]))
        let characters = Array(content)
        var pieces = stride(from: 0, to: characters.count, by: 24).map {
            chunk(["content": .string(String(characters[$0..<min($0 + 24, characters.count)]))])
        }
        if behaviour == .drop || behaviour == .streamError { pieces = Array(pieces.prefix(max(1, pieces.count / 2))) }
        steps += pieces
        switch behaviour {
        case .drop: steps.append(.drop)
        case .streamError:
            steps.append(
                event(
                    head(
                        question, "chat.completion.chunk",
                        [
                            ("error", ["code": 502, "message": "Provider disconnected (simulated)"]),
                            ("choices", .array([["index": 0, "delta": ["content": ""], "finish_reason": "error"]])),
                        ])))
        default:
            steps.append(chunk(JSONValue.object(JSONObject([])), finish: behaviour == .truncated ? "length" : "stop"))
            steps.append(
                event(
                    head(
                        question, "chat.completion.chunk",
                        [
                            ("choices", .array([])), ("usage", usage(question, content)),
                        ])))
            steps.append(.bytes(Array("data: [DONE]\n\n".utf8)))
        }
        return ScriptedReply(
            status: 200, headers: [("Content-Type", "text/event-stream"), ("Cache-Control", "no-cache")], steps: steps)
    }

    private func head(_ question: ChatQuestion, _ object: String, _ rest: [(String, JSONValue)]) -> JSONValue {
        .object(
            JSONObject(
                [
                    ("id", .string("sim-" + StableHash.of(question.prompt).short(16))), ("object", .string(object)),
                    ("created", 0), ("model", .string("\(Self.model) (asked: \(question.model))")),
                    ("provider", .string(Self.provider)),
                ] + rest))
    }

    /// Four bytes a token, as English text has them.
    private func usage(_ question: ChatQuestion, _ content: String) -> JSONValue {
        let (asked, said) = ((question.prompt.utf8.count + 3) / 4, (content.utf8.count + 3) / 4)
        var members: [(String, JSONValue)] = [
            ("prompt_tokens", JSONValue(asked)), ("completion_tokens", JSONValue(said)),
            ("total_tokens", JSONValue(asked + said)),
        ]
        if let cost = settings.costPerAnswer.flatMap({ JSONNumber($0) }) { members.append(("cost", .number(cost))) }
        return .object(JSONObject(members))
    }
}

/// The part of a request that the scripted model reads.
struct ChatQuestion {
    var model: String
    var isStream: Bool
    /// All messages, one after the other.
    var prompt: String

    init?(_ body: [UInt8]) {
        guard let value = try? JSONValue.parse(body), case .array(let messages) = value["messages"], !messages.isEmpty
        else { return nil }
        if case .string(let name) = value["model"] { model = name } else { model = "" }
        isStream = value["stream"] == .bool(true)
        prompt = messages.compactMap { message in
            // An answer of ours that is shown again is no data.
            guard message["role"] != .string("assistant"), case .string(let text) = message["content"] else {
                return nil
            }
            return text
        }.joined(separator: "\n")
    }
}
