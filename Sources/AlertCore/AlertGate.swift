public import TradingModel

/// How far local time is ahead of UTC, and when that changes.
public struct AlertZone: Hashable, Sendable {
    /// Before the first change.
    public var initial: Span
    /// By rising start, in microseconds since 1970 UTC.
    public var changes: [(start: Int64, offset: Span)]

    public static let utc = AlertZone(initial: .zero, changes: [])
    public init(initial: Span, changes: [(start: Int64, offset: Span)]) {
        self.initial = initial
        self.changes = changes
    }

    public static func == (a: AlertZone, b: AlertZone) -> Bool {
        a.initial == b.initial && a.changes.elementsEqual(b.changes) { $0 == $1 }
    }

    public func hash(into hasher: inout Hasher) { hasher.combine(initial) }

    /// The minute of the local day, 0..<1440, of a moment.
    public func minute(at now: WallTime) -> Int {
        let offset = changes.last { $0.start <= now.micros }?.offset ?? initial
        let time = CivilTime(micros: now.micros + offset.micros)
        return time.hour * 60 + time.minute
    }
}

/// What is let through, held or dropped.
public struct AlertPolicy: Hashable, Sendable {
    /// Where a rule is not standard; absent in the map is standard, `nil` in it is off.
    public var severities: [AlertRule: AlertSeverity?] = [:]
    /// Alerts of one rule and key within ``window`` that are sent at once; more are summed up at its end.
    public var burst = 3
    public var window: Span = .minutes(5)
    /// Minutes of the local day from which to which only critical alerts pass; equal for none.
    public var quietFrom = 0
    public var quietTo = 0
    public var zone = AlertZone.utc
    public init() {}

    /// Whether a moment lies in the quiet time. On the days when clocks change it is what a clock on the wall says.
    public func isQuiet(at now: WallTime) -> Bool {
        let minute = zone.minute(at: now)
        return quietFrom <= quietTo
            ? (quietFrom..<quietTo).contains(minute) : minute >= quietFrom || minute < quietTo
    }
}

/// Decides what becomes of an alert: throttling by rule and key, the quiet time, rules that are off or muted.
public struct AlertGate: Sendable {
    struct Kind: Hashable, Sendable {
        let rule: AlertRule
        let key: String
    }

    public var policy: AlertPolicy
    /// Until when a rule is muted; the key `nil` is all of them.
    public private(set) var mutes: [AlertRule?: WallTime] = [:]
    private var recent: [Kind: [WallTime]] = [:]
    private var throttled: [Kind: [Alert]] = [:]
    private var quiet: [Alert] = []
    /// What became of the beginnings of conditions that are not over.
    private var incidents: [String: AlertDisposition] = [:]

    public init(policy: AlertPolicy) { self.policy = policy }

    /// Takes in what an earlier run has committed.
    public mutating func restore(_ alert: Alert, _ disposition: AlertDisposition) {
        switch disposition {
        case .sent: recent[kind(of: alert), default: []].append(alert.at)
        case .throttled: throttled[kind(of: alert), default: []].append(alert)
        case .quiet: quiet.append(alert)
        case .muted, .off, .summarized: break
        }
        note(alert, disposition)
    }

    public mutating func mute(_ rule: AlertRule?, until: WallTime) { mutes[rule] = until }

    /// An alert with the severity that the configuration gives it, and what becomes of it.
    public mutating func admit(_ alert: Alert, at now: WallTime) -> (alert: Alert, disposition: AlertDisposition) {
        var alert = alert
        if let configured = policy.severities[alert.rule] {
            guard let severity = configured else {
                note(alert, .off)
                return (alert, .off)
            }
            alert.severity = severity
        }
        let disposition = judge(alert, at: now)
        switch disposition {
        case .sent: recent[kind(of: alert), default: []].append(now)
        case .throttled: throttled[kind(of: alert), default: []].append(alert)
        case .quiet: quiet.append(alert)
        case .muted, .off, .summarized: break
        }
        note(alert, disposition)
        return (alert, disposition)
    }

    private func judge(_ alert: Alert, at now: WallTime) -> AlertDisposition {
        if [.reply, .summary, .acknowledged].contains(alert.phase) || alert.rule == .test { return .sent }
        if alert.phase == .resolved {
            // The end of what was told is told; the end of what was held is held beside it.
            switch incidents[alert.incident] {
            case .sent?, .summarized?, nil:
                return alert.severity == .critical || !policy.isQuiet(at: now) ? .sent : .quiet
            case let other?: return other
            }
        }
        if [alert.rule, nil].contains(where: { (mutes[$0] ?? .distantPast) > now }) { return .muted }
        if alert.severity < .critical, policy.isQuiet(at: now) { return .quiet }
        let kind = kind(of: alert)
        let before = (recent[kind] ?? []).count { now - $0 < policy.window }
        return before >= policy.burst || throttled[kind] != nil ? .throttled : .sent
    }

    private mutating func note(_ alert: Alert, _ disposition: AlertDisposition) {
        switch alert.phase {
        case .firing: incidents[alert.incident] = disposition
        case .resolved: incidents[alert.incident] = nil
        case .event, .acknowledged, .summary, .reply: break
        }
    }

    private func kind(of alert: Alert) -> Kind { Kind(rule: alert.rule, key: alert.key) }

    /// The summaries that are due, each with the ids of the alerts that it tells of.
    public mutating func due(at now: WallTime) -> [(summary: Alert, of: [String])] {
        var found: [(summary: Alert, of: [String])] = []
        if !quiet.isEmpty, !policy.isQuiet(at: now) {
            found.append((quietSummary(at: now), quiet.map(\.id)))
            for alert in quiet where incidents[alert.incident] == .quiet { incidents[alert.incident] = .summarized }
            quiet = []
        }
        for (kind, held) in throttled.sorted(by: {
            ($0.key.rule.rawValue, $0.key.key) < ($1.key.rule.rawValue, $1.key.key)
        }) {
            let times = (recent[kind] ?? []).filter { now - $0 < policy.window }
            recent[kind] = times.isEmpty ? nil : times
            guard times.count < policy.burst, let last = held.last else { continue }
            let count = held.count == 1 ? "1 more" : "\(held.count) more"
            let summary = Alert(
                id: "quartet/more/\(last.id)", rule: kind.rule, key: kind.key, phase: .summary,
                severity: held.map(\.severity).max() ?? .info,
                text: "And \(count) within \(policy.window); the latest: \(last.text)", at: now)
            found.append((summary, held.map(\.id)))
            recent[kind, default: []].append(now)
            for alert in held where incidents[alert.incident] == .throttled { incidents[alert.incident] = .summarized }
            throttled[kind] = nil
        }
        for (kind, times) in recent where times.allSatisfy({ now - $0 >= policy.window }) { recent[kind] = nil }
        return found
    }

    /// Lines of a summary; more are only counted.
    private static let mostLines = 20

    private func quietSummary(at now: WallTime) -> Alert {
        let lines = quiet.prefix(AlertGate.mostLines).map { "\($0.at): \($0.headline): \($0.text)" }
        let rest = quiet.count - lines.count
        return Alert(
            id: "quartet/quiet/\(now.micros)", rule: .quietSummary, key: "", phase: .summary,
            severity: quiet.map(\.severity).max() ?? .info,
            text: (lines + (rest > 0 ? ["And \(rest) more: quartet alerts list."] : [])).joined(separator: "\n"),
            at: now)
    }
}
