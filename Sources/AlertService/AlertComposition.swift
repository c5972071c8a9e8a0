import AlertCore
import FoundationEssentials
import ServiceRuntime
import TradingModel
import Wire

/// Configuration → the settings of the core.
enum AlertComposition {
    static func limits(_ settings: Settings) -> AlertLimits {
        let alerts = settings.alerts
        var limits = AlertLimits()
        limits.maxDailyLoss = settings.risk.maxDailyLossPct.ratio
        limits.dailyLossShare = alerts.dailyLossSharePct.ratio
        limits.drawdowns = alerts.drawdownPct.map(\.ratio).sorted()
        limits.drawdownWarning = settings.risk.maxDrawdownWarningPct.ratio
        limits.silence = .seconds(Int64(alerts.silentSeconds))
        limits.unhealthy = .seconds(Int64(alerts.unhealthySeconds))
        limits.unresolved = .seconds(Int64(alerts.unresolvedSeconds))
        limits.stale = .seconds(Int64(alerts.staleSeconds))
        limits.diskFree = alerts.diskFreePct.ratio
        limits.services = ServiceName.quartet.map(\.rawValue)
        limits.symbols = settings.symbols
        return limits
    }

    static func policy(_ settings: AlertsSettings) -> AlertPolicy {
        var policy = AlertPolicy()
        for (name, level) in settings.rules {
            guard let rule = AlertRule(rawValue: name) else { continue }
            policy.severities[rule] = .some(AlertSeverity(rawValue: level.rawValue))
        }
        policy.burst = settings.burst
        policy.window = .seconds(Int64(settings.windowSeconds))
        if let quiet = settings.quietMinutes { (policy.quietFrom, policy.quietTo) = quiet }
        let zone = settings.zone
        policy.zone = AlertZone(initial: zone.initial, changes: zone.changes.map { ($0.startMicros, $0.offset) })
        return policy
    }

    static func deliveryPolicy(_ settings: AlertsSettings) -> DeliveryPolicy {
        var policy = DeliveryPolicy()
        policy.patience = .hours(Int64(settings.retryHours))
        return policy
    }

    /// What `/show_config` answers: nothing secret is among it.
    static func summary(_ settings: Settings) -> String {
        let risk = settings.risk
        return """
            mode \(settings.mode.rawValue), market data \(settings.feed.source.rawValue)
            symbols \(settings.symbols.map(\.name).joined(separator: ", "))
            daily loss \(risk.maxDailyLossPct)%, trades a day \(risk.maxDailyTrades)
            drawdown warning \(risk.maxDrawdownWarningPct)%, stop \(risk.maxDrawdownStopPct)%
            position \(risk.maxPositionPct)%, leverage \(risk.maxLeverage)x, time to live \(risk.ttlHours) h
            """
    }
}

/// The environment of this process.
enum Environment {
    static var variables: [String: String] { ProcessInfo.processInfo.environment }
}
