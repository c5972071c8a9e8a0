public import AgentCore
public import HTTPTransport
import JSONText
import Synchronization
public import TradingModel

/// Where a model is asked: any provider that speaks OpenAI's chat completions.
public struct ModelEndpoint: Sendable, CustomStringConvertible {
    /// Up to and without `/chat/completions`: `https://openrouter.ai/api/v1`, `https://api.deepseek.com`, a local server.
    public var baseURL: String
    /// Sent as a bearer token; absent for a server that wants none. It stands in no description, error or record.
    var key: String?
    public var connectTimeout: Duration
    /// Seconds without a byte, comment lines included, after which a stream has ended.
    public var idleSeconds = 45

    public init(baseURL: String, key: String?, connectTimeout: Duration = .seconds(5)) {
        self.baseURL = baseURL
        self.key = key
        self.connectTimeout = connectTimeout
    }

    public var description: String { baseURL }
}

/// Asks a model over HTTP within a deadline, and says how it ended in one value.
///
/// A question is sent again only where the provider has refused it unread or it never left: what may have been answered may have
/// been charged, and the day's money covers one answer.
public final class ModelClient: Sendable {
    /// Bytes of an answer; a hundred times the longest that was ever seen.
    public static let answerLimit = 4 << 20

    private let http: HTTPClient
    private let endpoint: ModelEndpoint
    private let policy: RetryPolicy

    public init(http: HTTPClient, endpoint: ModelEndpoint, policy: RetryPolicy = RetryPolicy()) {
        self.http = http
        self.endpoint = endpoint
        self.policy = policy
    }

    /// Asks, within the time from ``ModelQuestion/askedAt`` to ``ModelQuestion/expiresAt`` counted from now; returns how it ended and
    /// how long it took. Canceling the task ends it at once.
    ///
    /// - Parameter now: For a `Retry-After` that is a date.
    public func ask(_ question: ModelQuestion, now: WallTime) async -> (end: AnswerEnd, latency: Span) {
        let clock = ContinuousClock()
        let start = clock.now
        func elapsed() -> Span { span(start.duration(to: clock.now)) }
        let allowed = question.expiresAt - question.askedAt
        var attempt = 1
        while true {
            let left = allowed - elapsed()
            guard left > .zero else { return (.failure("the model did not answer within \(allowed)"), elapsed()) }
            let outcome = await send(question, left: left)
            guard case .again(let end, let sentence) = outcome else {
                if case .done(let end) = outcome { return (end, elapsed()) }
                return (.failure("the question was not sent"), elapsed())
            }
            let hash = StableHash.of("\(question.id)|\(attempt)").value
            let spread = Double(UInt64(truncatingIfNeeded: hash) >> 11) * 0x1p-53
            guard
                let pause = policy.pause(
                    after: end, attempt: attempt, left: allowed - elapsed(), now: now + elapsed(), spread: spread)
            else {
                let words = sentence + (attempt > 1 ? ", after \(attempt) attempts" : "")
                return (.failure(words, wasSent: end.mayHaveBeenCharged), elapsed())
            }
            do {
                try await Task.sleep(for: .microseconds(pause.micros))
            } catch {
                return (.failure("the question was canceled"), elapsed())
            }
            attempt += 1
        }
    }

    private enum Outcome {
        case done(AnswerEnd)
        /// It may be tried again; if not, the sentence is how it ended.
        case again(AttemptEnd, String)
    }

    private func send(_ question: ModelQuestion, left: Span) async -> Outcome {
        var headers = [
            ("Content-Type", "application/json"),
            ("Accept", question.request.isStream ? "text/event-stream" : "application/json"),
        ]
        if let key = endpoint.key { headers.append(("Authorization", "Bearer \(key)")) }
        var request = HTTPRequest(
            method: "POST", url: endpoint.baseURL + "/chat/completions", headers: headers,
            body: Array(question.request.body.text().utf8), timeout: .microseconds(left.micros),
            connectTimeout: min(endpoint.connectTimeout, .microseconds(left.micros)),
            maximumResponseBytes: Self.answerLimit, isRepeatable: false)
        if question.request.isStream {
            // An error in the middle, or the end, is known when it is said, whatever the line does then. Comment lines are signs
            // of life.
            let stream = Mutex(ChatStream())
            request.onBody = { bytes in
                stream.withLock { stream in
                    bytes.withUnsafeBufferPointer { stream.feed($0) }
                    return !stream.isDone && !stream.isTooLarge && stream.envelope.failure == nil
                }
            }
            request.idleSeconds = endpoint.idleSeconds
        }
        do throws(HTTPError) {
            return read(try await http.send(request))
        } catch {
            let sentence = hidingKey("the model could not be reached: \(error)")
            return error.mayHaveBeenSent ? .done(.failure(sentence)) : .again(.connectionLost, sentence)
        }
    }

    private func read(_ response: HTTPResponse) -> Outcome {
        let type = response.header("content-type") ?? ""
        var envelope: AnswerEnvelope?
        if type.hasPrefix("text/event-stream") {
            var stream = ChatStream()
            response.body.withUnsafeBufferPointer { stream.feed($0) }
            stream.finish()
            envelope = stream.envelope
            if stream.isTooLarge {
                envelope?.failure = ProviderFailure(code: "too_large", message: "the stream is too long")
            }
        } else {
            envelope = response.body.withUnsafeBufferPointer { AnswerEnvelope.read(body: $0) }
        }
        envelope = envelope.map(hidingKey)
        guard response.status == 200 else {
            let words = envelope?.failure.map { ": \($0.message.prefix(300))" } ?? ""
            let sentence = "the provider answered with HTTP status \(response.status)\(words)"
            // A gateway that lost patience cannot say whether the model behind it went on, and was charged.
            if [408, 504, 524].contains(response.status) { return .done(.failure(sentence)) }
            return .again(.status(response.status, retryAfter: response.header("retry-after")), sentence)
        }
        guard let envelope else {
            let kind = type.isEmpty ? "no content type" : "content type \(type.prefix(60))"
            return .done(
                .failure(
                    "the provider answered with \(response.body.count) bytes that are no chat completion (\(kind))"))
        }
        return .done(.answer(envelope))
    }

    /// A text of a server that was sent the key, without the key.
    private func hidingKey(_ text: String) -> String {
        guard let key = endpoint.key, !key.isEmpty else { return text }
        return text.replacing(key, with: "***")
    }

    /// An answer without the key, wherever a server or a model repeats it: every part of it is recorded and told.
    private func hidingKey(_ envelope: AnswerEnvelope) -> AnswerEnvelope {
        var envelope = envelope
        for part: WritableKeyPath<AnswerEnvelope, String> in [
            \.id, \.model, \.provider, \.content, \.reasoning, \.refusal, \.finishReason,
        ] {
            envelope[keyPath: part] = hidingKey(envelope[keyPath: part])
        }
        if let failure = envelope.failure {
            envelope.failure = ProviderFailure(code: hidingKey(failure.code), message: hidingKey(failure.message))
        }
        return envelope
    }

    private func span(_ duration: Duration) -> Span {
        let (seconds, attoseconds) = duration.components
        return Span(micros: seconds * 1_000_000 + attoseconds / 1_000_000_000_000)
    }
}

extension AttemptEnd {
    /// Whether the provider may have charged for it: not where it says that it did nothing, nor where nothing reached it.
    fileprivate var mayHaveBeenCharged: Bool {
        switch self {
        case .connectionLost: false
        case .timedOut: true
        case .status(let status, _): !(400...499).contains(status)
        }
    }
}
