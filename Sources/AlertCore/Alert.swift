public import TradingModel

/// One thing to be told, once.
public struct Alert: Hashable, Sendable {
    public enum Phase: String, Sendable, CaseIterable {
        /// It happened.
        case event
        /// A condition begins to hold.
        case firing
        /// A condition is over.
        case resolved
        /// Somebody knows of it: for channels that keep incidents.
        case acknowledged
        /// Several alerts in one.
        case summary
        /// The answer to a command.
        case reply
    }

    /// Derived from what it tells, so that the same thing seen twice is one alert.
    public var id: String
    public var rule: AlertRule
    /// What of the rule it is about: a symbol, a service, `account`.
    public var key: String
    public var phase: Phase
    public var severity: AlertSeverity
    public var text: String
    public var at: WallTime
    /// The same for the beginning and the end of a condition; at most 255 characters.
    public var incident: String

    public init(
        id: String, rule: AlertRule, key: String, phase: Phase, severity: AlertSeverity, text: String, at: WallTime,
        incident: String? = nil
    ) {
        self.id = id
        self.rule = rule
        self.key = key
        self.phase = phase
        self.severity = severity
        self.text = text
        self.at = at
        self.incident = incident ?? id
    }

    /// One line: `Stopped out: BTC/USDT`.
    public var headline: String {
        let subject = ["account", ""].contains(key) ? "" : ": \(key)"
        return phase == .resolved ? "Over: \(rule.title)\(subject)" : "\(rule.title)\(subject)"
    }
}

/// What became of an alert on its way to the channels.
public enum AlertDisposition: String, Sendable, CaseIterable {
    /// It goes to the channels.
    case sent
    /// Held: too many of its kind; told in a summary.
    case throttled
    /// Held for the end of the quiet time.
    case quiet
    /// An operator does not want to hear of it for a while.
    case muted
    /// The configuration does not want it.
    case off
    /// Held before, and told in a summary since.
    case summarized
}

/// What follows from a fact: alerts, and changes of the watch's memory that are to be committed with them.
public struct AlertNotes: Sendable {
    public var alerts: [Alert] = []
    /// `nil` forgets the key.
    public var changes: [(key: String, value: String?)] = []
    public init() {}
    public var isEmpty: Bool { alerts.isEmpty && changes.isEmpty }
}
