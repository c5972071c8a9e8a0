/// How the scripted model answers one question.
public enum Behaviour: String, CaseIterable, Sendable {
    // What stands in the answer.
    /// One JSON object, as asked.
    case good
    /// The same in a fence, with prose before and after.
    case fenced
    /// The same behind a think block, with a trailing comma and numbers as text.
    case thinking
    /// `HOLD`, whatever the data says.
    case hold
    /// Figures outside the schema.
    case bad
    /// Long and short of the same symbol at once.
    case contradictory
    /// The object ends in its middle.
    case truncated
    /// No content at all.
    case empty
    /// Words that try to give orders instead of a decision.
    case rambling

    // How the answer comes.
    /// Good, but only after ``ScriptSettings/slowMillis``.
    case slow
    /// Nothing comes, and the line stays open.
    case hang
    /// The line breaks in the middle of the answer.
    case drop
    /// A stream that says in its middle that the provider has failed.
    case streamError = "stream_error"
    /// No credit: HTTP 402.
    case paymentRequired = "402"
    /// Too many requests: HTTP 429 with `Retry-After`.
    case rateLimited = "429"
    /// HTTP 502 with a page for people.
    case badGateway = "502"
    /// 10 MB of answer.
    case huge
    /// Good, packed with gzip.
    case gzip
    /// Good, called a page for people.
    case wrongType = "wrong_type"

    /// Behaviours in which a decision can be found.
    public static let usable: [Behaviour] = [.good, .fenced, .thinking, .hold, .slow, .gzip, .wrongType]
}

/// What an operator tells the scripted model.
public struct ScriptSettings: Hashable, Sendable {
    /// Behaviours of the next questions, one each; then ``usual``.
    public var script: [Behaviour] = []
    public var usual: Behaviour = .good
    /// Out of a hundred questions without a script so many get a behaviour drawn from ``Behaviour/allCases``, by the seed.
    public var mischiefPercent = 0
    public var seed: UInt64 = 1
    /// Before any answer.
    public var delayMillis = 0
    public var slowMillis = 5_000
    public var retryAfterSeconds = 1
    /// US dollars told as the cost of an answer; absent for a model that tells no cost.
    public var costPerAnswer: String? = "0"
    public init() {}
}
