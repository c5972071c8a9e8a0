/// Asks the messenger to send a test to every channel, or to keep quiet about a rule for a while; answered with
/// ``AlertCommandResult``.
public struct AlertCommand: WireBody, Hashable {
    public static let kind = "alertCommand"
    public enum Verb: String, Sendable, CaseIterable {
        case test, mute, unmute
    }
    public var verb: Verb = .test
    /// Only this rule; absent for all of them.
    public var rule: String?
    /// How long it is quiet.
    public var minutes = 60
    public var who = ""
    public init() {}
    public mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(WireError) {
        try visitor.field("verb", &verb)
        try visitor.optional("rule", &rule)
        try visitor.field("minutes", &minutes)
        try visitor.field("who", &who)
    }
}

/// What the messenger did.
public struct AlertCommandResult: WireBody, Hashable {
    public static let kind = "alertCommandResult"
    public var isDone = false
    /// One sentence: what was done, or why not.
    public var sentence = ""
    /// The id under which a test stands in the list of alerts.
    public var alertID: String?
    public init() {}
    public mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(WireError) {
        try visitor.field("isDone", &isDone)
        try visitor.field("sentence", &sentence)
        try visitor.optional("alertId", &alertID)
    }
}
