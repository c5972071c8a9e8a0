public import RiskCore
public import ServiceRuntime
import TradingModel

extension RiskLimits {
    /// The limits as configured.
    public init(_ settings: Settings) {
        self.init()
        let risk = settings.risk
        symbols = Set(settings.symbols)
        drawdownWarning = risk.maxDrawdownWarningPct.ratio
        drawdownStop = risk.maxDrawdownStopPct.ratio
        drawdownRecovery = risk.recoveryPct.ratio
        isFlattenedOnHalt = risk.flattenOnHalt
        dailyLoss = risk.maxDailyLossPct.ratio
        dailyTrades = risk.maxDailyTrades
        calendar = DayCalendar(offset: risk.timeZoneOffset)
        minimumConfidence = risk.minConfidence
        maximumSize = risk.maxPositionPct.ratio
        minimumSize = risk.minPositionPct.ratio
        symbolExposure = risk.maxSymbolExposurePct.ratio
        totalExposure = risk.maxTotalExposurePct.ratio
        maximumLeverage = risk.maxLeverage
        isShortAllowed = settings.strategy.allowShort
        minimumRewardToRisk = risk.minRewardToRisk
        maintenanceMargin = settings.execution.maintenanceMarginPct.ratio
        priceAge = .milliseconds(Int64(risk.maxPriceAgeMillis))
        evidenceAge = .seconds(Int64(risk.maxEvidenceAgeSeconds))
        orderTimeToLive = .seconds(Int64(risk.orderTimeToLiveSeconds))
        exits.ladder = risk.ladder.tiers.map { ExitRules.Tier(threshold: $0.threshold.ratio, line: $0.line.ratio) }
        exits.pullback = risk.peakPullbackPct.ratio
        // Hours to whole microseconds: a 12-decimal hour is finer than the clock.
        exits.timeToLive = Span(micros: Int64(truncatingIfNeeded: risk.ttlHours.raw * 3_600_000_000 / Ratio.scale))
    }
}
