import AgentCore
import HTTPTransport
import ModelClient
import ScriptedModel
import ServiceRuntime
import TradingModel
import Wire

/// Whoever answers the agent's questions.
protocol AnswerSource: Sendable {
    /// In an operator's words: `OpenRouter (https://…)`, `simulated model`.
    var label: String { get }
    /// Empty where no line is used.
    var address: String { get }
    var isSimulated: Bool { get }
    /// Asks within the question's time; canceling the task ends it.
    func ask(_ question: ModelQuestion) async -> (end: AnswerEnd, latency: Span)
    /// Nothing is asked any more.
    func shutdown()
}

/// A model behind HTTP.
struct HTTPSource: AnswerSource {
    let label: String
    let address: String
    let isSimulated: Bool
    /// DeepSeek's own interface calls its models without the maker's name.
    let isDeepSeek: Bool
    private let http: HTTPClient
    private let client: ModelClient

    init(
        label: String, address: String, key: Secret?, isDeepSeek: Bool, isSimulated: Bool, attempts: Int
    ) throws(HTTPError) {
        self.label = label
        self.address = address
        self.isDeepSeek = isDeepSeek
        self.isSimulated = isSimulated
        http = try HTTPClient()
        client = ModelClient(
            http: http, endpoint: ModelEndpoint(baseURL: address, key: key?.reveal()),
            policy: RetryPolicy(attempts: attempts))
    }

    func ask(_ question: ModelQuestion) async -> (end: AnswerEnd, latency: Span) {
        var question = question
        if isDeepSeek, question.request.model.hasPrefix("deepseek/") {
            question.request.model.removeFirst("deepseek/".count)
        }
        return await client.ask(question, now: .now)
    }

    func shutdown() { http.shutdown() }
}

/// The scripted model inside this process: no line, no key, no cost; for the demo.
struct SimulatedSource: AnswerSource {
    let label = ScriptedModel.provider
    let address = ""
    let isSimulated = true

    /// Takes its time as a model does, the same for the same question.
    func ask(_ question: ModelQuestion) async -> (end: AnswerEnd, latency: Span) {
        let spread = Int64(truncatingIfNeeded: StableHash.of(question.id).value % 1_200)
        let latency = Span.milliseconds(300 + spread)
        guard (try? await Task.sleep(for: .microseconds(latency.micros))) != nil else {
            return (.failure("the question was canceled", wasSent: false), latency)
        }
        let prompt = question.request.messages.filter { $0.role != .assistant }.map(\.content).joined(separator: "\n")
        var envelope = AnswerEnvelope()
        envelope.content =
            question.request.model == Self.contrarian
            ? ScriptedModel.contrary(to: prompt) : ScriptedModel.answer(to: prompt)
        envelope.model = question.request.model
        envelope.provider = ScriptedModel.provider
        envelope.finishReason = "stop"
        var usage = TokenUsage()
        usage.promptTokens = (prompt.utf8.count + 3) / 4
        usage.completionTokens = (envelope.content.utf8.count + 3) / 4
        usage.cost = .zero
        envelope.usage = usage
        return (.answer(envelope), latency)
    }

    func shutdown() {}

    /// Asked for comparison: it takes the other side.
    static let contrarian = "simulated/contrarian"
}

/// What the configuration and the keys come to.
enum AgentChoice {
    /// Nobody is asked, for the reason in the sentence.
    case off(String)
    case on(any AnswerSource)

    /// Chooses; throws where the configuration asks for what cannot be.
    init(_ settings: Settings, _ secrets: Secrets) throws {
        let agent = settings.agent
        func wrong(_ sentence: String) -> ServiceFailure { ServiceFailure(.configuration, sentence) }
        guard agent.enabled != .off else {
            self = .off("agent.enabled is off")
            return
        }
        guard settings.feed.speed > 0 else {
            self = .off("feed runs in lock-step, where every run is the same run")
            return
        }
        let (openRouter, deepSeek) = (secrets[.openRouterAPIKey], secrets[.deepSeekAPIKey])
        let address = Self.address(agent, openRouter, deepSeek)
        guard !address.isEmpty else {
            if agent.simulated, settings.mode == .paper {
                self = .on(SimulatedSource())
                return
            }
            guard agent.enabled != .on else {
                throw wrong(
                    "agent.enabled is on, but neither OPENROUTER_API_KEY nor DEEPSEEK_API_KEY is set and agent.base_url is empty: set one of them, or agent.simulated on paper"
                )
            }
            self = .off(
                "neither OPENROUTER_API_KEY nor DEEPSEEK_API_KEY is set"
                    + (agent.simulated ? ", and a simulated model trades on paper only" : ""))
            return
        }
        let isDeepSeek = Self.host(address).hasSuffix("deepseek.com")
        let key = isDeepSeek ? deepSeek : openRouter ?? deepSeek
        guard key == nil || address.hasPrefix("https://") || Self.isLocal(address) else {
            throw wrong("agent.base_url is \(address): a key is sent over https:// only, or to this machine")
        }
        guard key != nil || agent.enabled == .on else {
            self = .off("agent.base_url is set without a key: agent.enabled: on asks it all the same")
            return
        }
        let label = isDeepSeek ? "DeepSeek" : Self.host(address).hasSuffix("openrouter.ai") ? "OpenRouter" : address
        self = .on(
            try HTTPSource(
                label: label, address: address, key: key, isDeepSeek: isDeepSeek,
                isSimulated: agent.simulated && Self.isLocal(address), attempts: agent.attempts))
    }

    private static func address(_ agent: AgentConfiguration, _ openRouter: Secret?, _ deepSeek: Secret?) -> String {
        if !agent.baseURL.isEmpty {
            return agent.baseURL.hasSuffix("/") ? String(agent.baseURL.dropLast()) : agent.baseURL
        }
        if openRouter != nil { return "https://openrouter.ai/api/v1" }
        return deepSeek == nil ? "" : "https://api.deepseek.com"
    }

    /// Of an address, without port.
    static func host(_ address: String) -> Substring {
        let rest = address.drop { $0 != ":" }.drop { $0 == ":" || $0 == "/" }
        return rest.prefix { $0 != "/" && $0 != ":" }
    }

    private static func isLocal(_ address: String) -> Bool { ["127.0.0.1", "localhost"].contains(host(address)) }
}
