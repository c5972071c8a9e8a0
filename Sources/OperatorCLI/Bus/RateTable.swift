import TradingModel
import Wire

/// Messages and bytes of each topic since it was last asked.
struct RateTable {
    private var counts: [String: TopicRate] = [:]

    mutating func note(_ topic: String, bytes: Int) {
        var rate = counts[topic] ?? TopicRate(topic: topic)
        rate.messages += 1
        rate.bytes += bytes
        rate.total += 1
        counts[topic] = rate
    }

    /// The counts since the last call, busiest first; topics that fell silent stay, with zeros.
    mutating func take() -> [TopicRate] {
        defer {
            for topic in counts.keys {
                counts[topic]?.messages = 0
                counts[topic]?.bytes = 0
            }
        }
        return counts.values.sorted { ($1.messages, $1.total, $0.topic) < ($0.messages, $0.total, $1.topic) }
    }
}

/// One topic in a second.
struct TopicRate: WireBody, Equatable {
    static let kind = "topicRate"
    var topic = ""
    var messages = 0
    var bytes = 0
    /// Messages since the tap began.
    var total = 0
    init() {}
    init(topic: String) { self.topic = topic }
    mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(WireError) {
        try visitor.field("topic", &topic)
        try visitor.field("messagesPerSecond", &messages)
        try visitor.field("bytesPerSecond", &bytes)
        try visitor.field("total", &total)
    }
}

/// What `tap --rate --json` prints every second.
struct RateReport: WireBody {
    static let kind = "rateReport"
    var at: WallTime = .distantPast
    var topics: [TopicRate] = []
    init() {}
    init(at: WallTime) { self.at = at }
    mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(WireError) {
        try visitor.field("at", &at)
        try visitor.field("topics", &topics)
    }
}

/// What `tap --gaps --json` prints for each finding.
struct GapReport: WireBody {
    static let kind = "gapReport"
    var finding = ""
    var source = ""
    var topic = ""
    var session = ""
    var sequence = 0
    var missing = 0
    var at: WallTime = .distantPast
    init() {}
    init(_ finding: SequenceWatch.Finding, _ envelope: Envelope, topic: String) {
        switch finding {
        case .hole: self.finding = "hole"
        case .newSession: self.finding = "newSession"
        case .repeated: self.finding = "repeated"
        }
        source = envelope.source
        self.topic = topic
        session = envelope.session
        sequence = envelope.sequence
        missing = finding.missing
        at = envelope.at
    }
    mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(WireError) {
        try visitor.field("finding", &finding)
        try visitor.field("source", &source)
        try visitor.field("topic", &topic)
        try visitor.field("session", &session)
        try visitor.field("seq", &sequence)
        try visitor.field("missing", &missing)
        try visitor.field("at", &at)
    }
}
