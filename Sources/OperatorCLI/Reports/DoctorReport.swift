import Wire

/// What `doctor` found.
struct DoctorReport: WireBody {
    static let kind = "doctorReport"

    enum Verdict: String, Sendable, CaseIterable, WireValue {
        case ok
        /// Worth knowing; nothing is broken.
        case notice
        case failed
    }

    struct Finding: WireBody, Equatable {
        static let kind = "doctorFinding"
        /// The group it belongs to: `system`, `programs`, `configuration`, `directories`, `bus`, `databases`.
        var area = ""
        var check = ""
        var verdict: Verdict = .ok
        /// What was found, as one sentence or less.
        var found = ""
        /// What to do about it; empty where nothing is to be done.
        var advice = ""
        init() {}
        init(_ area: String, _ check: String, _ verdict: Verdict, _ found: String, advice: String = "") {
            (self.area, self.check, self.verdict, self.found, self.advice) = (area, check, verdict, found, advice)
        }
        mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(WireError) {
            try visitor.field("area", &area)
            try visitor.field("check", &check)
            try visitor.field("verdict", &verdict)
            try visitor.field("found", &found)
            try visitor.field("advice", &advice)
        }
    }

    var isHealthy = true
    var findings: [Finding] = []
    init() {}
    init(_ findings: [Finding]) {
        self.findings = findings
        isHealthy = !findings.contains { $0.verdict == .failed }
    }
    mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(WireError) {
        try visitor.field("isHealthy", &isHealthy)
        try visitor.field("findings", &findings)
    }
}
