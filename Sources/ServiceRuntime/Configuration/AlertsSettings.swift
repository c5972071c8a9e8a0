import TradingModel

/// Messages to the operator: where they go, what of it, how much and when.
public struct AlertsSettings: Sendable, Equatable, SettingSection {
    public var telegramChat = ""
    public var telegramUsers: [String] = []
    public var telegramURL = "https://api.telegram.org"
    public var pagerdutyURL = "https://events.pagerduty.com"
    public var telegramSeverity = AlertLevel.info
    public var slackSeverity = AlertLevel.warning
    public var discordSeverity = AlertLevel.warning
    public var pagerdutySeverity = AlertLevel.critical
    /// Rules whose severity is another than the standard one.
    public var rules: [String: AlertLevel] = [:]
    public var burst = 3
    public var windowSeconds = 300
    /// `22:00`; empty for none.
    public var quietFrom = ""
    public var quietTo = ""
    public var timeZone = "UTC"
    public var dailyLossSharePct: Percent = "80"
    public var drawdownPct: [Percent] = ["10", "15", "18"]
    public var silentSeconds = 30
    public var unhealthySeconds = 30
    public var unresolvedSeconds = 60
    public var staleSeconds = 60
    public var diskFreePct: Percent = "5"
    public var retryHours = 72

    public init() {}

    /// The zone of the quiet time.
    public var zone: ZoneTable { ZoneTable(named: timeZone) ?? .utc }

    /// Minutes of the local day from which to which it is quiet; `nil` for never.
    public var quietMinutes: (from: Int, to: Int)? {
        guard let from = TimeOfDay.minutes(quietFrom), let to = TimeOfDay.minutes(quietTo), from != to else {
            return nil
        }
        return (from, to)
    }

    mutating func visit<V: SettingVisitor>(_ visitor: inout V) {
        visitChannels(&visitor)
        visitor.setting(
            "rules", &rules, .alertRules,
            "Severities of single rules, such as position_opened: off or feed_stale: critical; docs/alerts.md lists the rules."
        )
        visitor.setting(
            "burst", &burst, .from(1, to: 100),
            "Alerts of one rule and subject within window_seconds that are sent at once; more are summed up.")
        visitor.setting("window_seconds", &windowSeconds, .from(1, to: 86_400), "The window of burst.")
        visitor.setting(
            "quiet_from", &quietFrom, .timeOfDay,
            "When the quiet time begins: until quiet_to only critical alerts are sent, the others are summed up afterwards; empty for none."
        )
        visitor.setting("quiet_to", &quietTo, .timeOfDay, "When it ends.")
        visitor.setting("time_zone", &timeZone, .zone, "The zone of the quiet time.")
        visitThresholds(&visitor)
        visitor.setting(
            "retry_hours", &retryHours, .from(1, to: 720),
            "Hours for which a message that a channel does not take is tried again.")
    }

    private mutating func visitChannels<V: SettingVisitor>(_ visitor: inout V) {
        visitor.setting(
            "telegram_chat", &telegramChat, .chat,
            "The number of the one chat that is told and obeyed; with TELEGRAM_BOT_TOKEN it makes the channel.")
        visitor.setting(
            "telegram_users", &telegramUsers, .chats,
            "The numbers of the users in it who may give commands; empty for all of them.")
        visitor.setting("telegram_url", &telegramURL, .webAddress, "Where the Bot API answers.")
        visitor.setting("pagerduty_url", &pagerdutyURL, .webAddress, "Where PagerDuty's Events API answers.")
        visitor.setting("telegram_severity", &telegramSeverity, "What Telegram is told and above.")
        visitor.setting(
            "slack_severity", &slackSeverity, "What Slack is told and above; SLACK_WEBHOOK_URL makes the channel.")
        visitor.setting(
            "discord_severity", &discordSeverity,
            "What Discord is told and above; DISCORD_WEBHOOK_URL makes the channel.")
        visitor.setting(
            "pagerduty_severity", &pagerdutySeverity,
            "What PagerDuty is told and above; PAGERDUTY_ROUTING_KEY makes the channel.")
    }

    private mutating func visitThresholds<V: SettingVisitor>(_ visitor: inout V) {
        visitor.setting(
            "daily_loss_share_pct", &dailyLossSharePct, .from("1", to: "100"),
            "The part of risk.max_daily_loss_pct from which a day's loss is near it.")
        visitor.setting(
            "drawdown_pct", &drawdownPct, .count(0, to: 10),
            "Falls below the highest equity that are told; from risk.max_drawdown_warning_pct on they are critical.")
        visitor.setting(
            "silent_seconds", &silentSeconds, .from(1, to: 3_600), "Seconds without a sign of life of a service.")
        visitor.setting(
            "unhealthy_seconds", &unhealthySeconds, .from(1, to: 3_600),
            "Seconds for which a service may be degraded or recovering before it is told.")
        visitor.setting(
            "unresolved_seconds", &unresolvedSeconds, .from(1, to: 3_600),
            "Seconds for which an order's outcome may be unknown before it is told.")
        visitor.setting(
            "stale_seconds", &staleSeconds, .from(1, to: 3_600),
            "Seconds for which a symbol may be stale before it is told, on top of feed's own patience.")
        visitor.setting(
            "disk_free_pct", &diskFreePct, .from("0", to: "50"),
            "Free space on the disk of the databases below which it is told.")
    }
}

/// From which severity on.
public enum AlertLevel: String, Sendable, CaseIterable, SettingChoice {
    case info, warning, critical, off
}

/// `22:30` as minutes of the day.
enum TimeOfDay {
    static func minutes(_ text: String) -> Int? {
        let bytes = Array(text.utf8)
        guard bytes.count == 5, bytes[2] == UInt8(ascii: ":"), let hours = Int(text.prefix(2)),
            let minutes = Int(text.suffix(2)), (0..<24).contains(hours), (0..<60).contains(minutes),
            bytes.filter({ (48...57).contains($0) }).count == 4
        else { return nil }
        return hours * 60 + minutes
    }
}

extension SettingRange where Value == String {
    static var timeOfDay: SettingRange {
        SettingRange("that is empty or a time such as 22:30") { $0.isEmpty || TimeOfDay.minutes($0) != nil }
    }

    /// Empty, or a number as Telegram gives chats and users; groups are negative.
    static var chat: SettingRange { SettingRange("that is empty or a number such as -1001234567890", isChatOrEmpty) }
}

private func isChatOrEmpty(_ text: String) -> Bool { text.isEmpty || isChat(text) }

private func isChat(_ text: String) -> Bool {
    let digits = text.hasPrefix("-") ? text.dropFirst() : text[...]
    return (1...19).contains(digits.utf8.count) && digits.utf8.allSatisfy { (48...57).contains($0) }
}

extension SettingRange where Value == [String] {
    static var chats: SettingRange {
        SettingRange("of at most 20 numbers such as 123456789") { $0.count <= 20 && $0.allSatisfy(isChat) }
    }
}

extension SettingRange where Value == [String: AlertLevel] {
    static var alertRules: SettingRange {
        SettingRange("whose names are rules, such as position_opened") {
            $0.keys.allSatisfy(AlertsSettings.ruleNames.contains)
        }
    }
}

extension AlertsSettings {
    /// The rules that can be configured; a test holds them against the alert service's own list.
    public static let ruleNames: Set<String> = [
        "trading_halted", "trading_reducing", "position_opened", "position_closed", "stop_filled", "order_rejected",
        "unresolved_orders", "daily_loss_near", "drawdown_warning", "service_unhealthy", "service_silent",
        "service_restarting", "feed_stale", "feed_silent", "model_budget_spent", "agent_resting",
        "reconcile_disagreement", "journal_failed", "disk_low", "memory_high", "channel_failing",
    ]

    /// Whether at least one channel can be used, judged by the environment without reading a secret.
    public func hasChannel(environment: [String: String]) -> Bool {
        let webhooks: [SecretName] = [.slackWebhookURL, .discordWebhookURL, .pagerdutyRoutingKey]
        if webhooks.contains(where: { Secrets.origin(of: $0, environment: environment) != nil }) { return true }
        return !telegramChat.isEmpty && Secrets.origin(of: .telegramBotToken, environment: environment) != nil
    }
}
