/// How much an alert matters; the order is rising.
public enum AlertSeverity: String, Sendable, CaseIterable, Comparable {
    case info, warning, critical

    private var rank: Int {
        switch self {
        case .info: 0
        case .warning: 1
        case .critical: 2
        }
    }

    public static func < (a: AlertSeverity, b: AlertSeverity) -> Bool { a.rank < b.rank }
}

/// What an alert can be about: one glossary for the configuration, the messages, the runbook and PagerDuty's `class`.
///
/// A *condition* holds from a moment to another and is told when it begins and when it is over; an *event* happens.
public enum AlertRule: String, Sendable, CaseIterable {
    case tradingHalted = "trading_halted"
    case tradingReducing = "trading_reducing"
    case positionOpened = "position_opened"
    case positionClosed = "position_closed"
    case stopFilled = "stop_filled"
    case orderRejected = "order_rejected"
    case unresolvedOrders = "unresolved_orders"
    case dailyLossNear = "daily_loss_near"
    case drawdownWarning = "drawdown_warning"
    case serviceUnhealthy = "service_unhealthy"
    case serviceSilent = "service_silent"
    case serviceRestarting = "service_restarting"
    case feedStale = "feed_stale"
    case feedSilent = "feed_silent"
    case modelBudgetSpent = "model_budget_spent"
    case agentResting = "agent_resting"
    case reconcileDisagreement = "reconcile_disagreement"
    case journalFailed = "journal_failed"
    case diskLow = "disk_low"
    case memoryHigh = "memory_high"
    case channelFailing = "channel_failing"
    /// What was held back during the quiet time, in one message.
    case quietSummary = "quiet_summary"
    /// Sent on request, to see that a channel works.
    case test
    /// The answer to a command of the operator.
    case reply

    /// Those an operator can configure.
    public static let configurable = allCases.filter { $0 != .reply && $0 != .quietSummary && $0 != .test }

    /// The severity where the configuration says nothing else.
    public var standard: AlertSeverity {
        switch self {
        case .positionOpened, .positionClosed, .test, .reply: .info
        case .tradingReducing, .stopFilled, .orderRejected, .dailyLossNear, .drawdownWarning, .serviceUnhealthy,
            .serviceRestarting, .feedStale, .modelBudgetSpent, .agentResting, .memoryHigh, .channelFailing,
            .quietSummary:
            .warning
        case .tradingHalted, .unresolvedOrders, .serviceSilent, .feedSilent, .reconcileDisagreement, .journalFailed,
            .diskLow:
            .critical
        }
    }

    /// What it says at the head of a message.
    public var title: String {
        switch self {
        case .tradingHalted: "Trading is halted"
        case .tradingReducing: "Trading is reducing: exits only"
        case .positionOpened: "Position opened"
        case .positionClosed: "Position closed"
        case .stopFilled: "Stopped out"
        case .orderRejected: "Order rejected"
        case .unresolvedOrders: "Order unresolved"
        case .dailyLossNear: "Daily loss near its limit"
        case .drawdownWarning: "Drawdown"
        case .serviceUnhealthy: "Service unhealthy"
        case .serviceSilent: "Service silent"
        case .serviceRestarting: "Service keeps restarting"
        case .feedStale: "No fresh price"
        case .feedSilent: "No price of any symbol"
        case .modelBudgetSpent: "Model budget spent"
        case .agentResting: "Agent rests"
        case .reconcileDisagreement: "Books and venue disagree"
        case .journalFailed: "A database has failed"
        case .diskLow: "Disk nearly full"
        case .memoryHigh: "Memory high"
        case .channelFailing: "A channel of alerts fails"
        case .quietSummary: "While it was quiet"
        case .test: "Test"
        case .reply: "Answer"
        }
    }
}
