import TradingModel
import Wire

/// Counts what is in a recording: kinds, sources, times, holes.
struct RecordingCensus {
    private(set) var messages = 0
    private(set) var bytes = 0
    private(set) var unreadable = 0
    private var kinds: [String: RecordingReport.Kind] = [:]
    private var topics: Set<String> = []
    private var sessions: [String: Set<String>] = [:]
    private var watch = SequenceWatch()
    private var first: WallTime?
    private var last: WallTime?

    /// Takes note of a frame; `false` where it cannot be read.
    mutating func note(_ frame: [UInt8]) -> Bool {
        let fact: Fact
        do throws(WireError) {
            fact = try Fact(frame: frame)
        } catch {
            unreadable += 1
            return false
        }
        messages += 1
        bytes += frame.count
        let envelope = fact.envelope
        first = min(first ?? envelope.at, envelope.at)
        last = max(last ?? envelope.at, envelope.at)
        sessions[envelope.source, default: []].insert(envelope.session)
        let topic = fact.topic
        topics.insert(envelope.source + " " + topic)
        var kind = kinds[envelope.kind] ?? RecordingReport.Kind(envelope.kind)
        kind.messages += 1
        kind.bytes += frame.count
        if let finding = watch.note(envelope, topic: topic), finding.missing > 0 {
            kind.holes += 1
            kind.missing += finding.missing
        }
        kinds[envelope.kind] = kind
        return true
    }

    func report(file: String, fault: String) -> RecordingReport {
        var report = RecordingReport()
        report.file = file
        report.messages = messages
        report.bytes = bytes
        report.unreadable = unreadable
        report.topics = topics.count
        report.first = first
        report.last = last
        report.holes = watch.holes
        report.missing = watch.missing
        report.kinds = kinds.values.sorted { ($1.messages, $0.name) < ($0.messages, $1.name) }
        report.sources = sessions.keys.sorted().map { source in
            RecordingReport.Source(source, sessions: sessions[source]?.count ?? 0)
        }
        report.fault = fault
        return report
    }
}

/// What is in a recording.
struct RecordingReport: WireBody {
    static let kind = "recordingReport"

    struct Kind: WireBody {
        static let kind = "recordingKind"
        var name = ""
        var messages = 0
        var bytes = 0
        var holes = 0
        var missing = 0
        init() {}
        init(_ name: String) { self.name = name }
        mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(WireError) {
            try visitor.field("kind", &name)
            try visitor.field("messages", &messages)
            try visitor.field("bytes", &bytes)
            try visitor.field("holes", &holes)
            try visitor.field("missing", &missing)
        }
    }

    struct Source: WireBody {
        static let kind = "recordingSource"
        var name = ""
        var sessions = 0
        init() {}
        init(_ name: String, sessions: Int) {
            self.name = name
            self.sessions = sessions
        }
        mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(WireError) {
            try visitor.field("source", &name)
            try visitor.field("sessions", &sessions)
        }
    }

    var file = ""
    var messages = 0
    var bytes = 0
    var unreadable = 0
    var topics = 0
    /// When the first and the last message were published.
    var first: WallTime?
    var last: WallTime?
    var holes = 0
    var missing = 0
    var kinds: [Kind] = []
    var sources: [Source] = []
    /// What is wrong with the file, or went wrong when it was made; empty for nothing.
    var fault = ""
    init() {}
    mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(WireError) {
        try visitor.field("file", &file)
        try visitor.field("messages", &messages)
        try visitor.field("bytes", &bytes)
        try visitor.field("unreadable", &unreadable)
        try visitor.field("topics", &topics)
        try visitor.optional("first", &first)
        try visitor.optional("last", &last)
        try visitor.field("holes", &holes)
        try visitor.field("missing", &missing)
        try visitor.field("kinds", &kinds)
        try visitor.field("sources", &sources)
        try visitor.field("fault", &fault)
    }
}
