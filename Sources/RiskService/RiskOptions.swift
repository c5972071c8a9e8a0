import RiskCore
import ServiceRuntime
import Storage
import TradingModel

extension RiskLimits {
    /// The limits as configured.
    init(_ settings: Settings) {
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

extension Settings {
    /// What a commit of risk's database survives: the same as the order journal's (`docs/decisions/0004-journal-durability.md`).
    var riskDurability: SQLiteDatabase.Durability {
        switch execution.synchronous {
        case .auto: mode == .live ? .power : .process
        case .normal: .process
        case .full: .power
        }
    }
}

extension StorageError {
    /// How a process ends that met this error.
    var status: ExitStatus {
        switch code {
        case .newerSchema, .corrupt: .dataFormat
        case .alreadyOpen: .temporary
        case .cannotOpen, .diskFull: .inputOutput
        case .constraint, .failed: .software
        }
    }
}
