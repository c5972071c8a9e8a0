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
        let zone = risk.zone
        calendar = DayCalendar(
            offset: zone.initial,
            changes: zone.changes.map {
                DayCalendar.Offset(start: MarketTime(micros: $0.startMicros), offset: $0.offset)
            })
        minimumConfidence = risk.minConfidence
        maximumSize = risk.maxPositionPct.ratio
        minimumSize = risk.minPositionPct.ratio
        symbolExposure = risk.maxSymbolExposurePct.ratio
        totalExposure = risk.maxTotalExposurePct.ratio
        correlatedExposure = risk.maxCorrelatedExposurePct.ratio
        correlationThreshold = risk.correlationThreshold
        valueAtRisk.limit = risk.maxVarPct.ratio
        valueAtRisk.tailLimit = risk.maxCvarPct.ratio
        valueAtRisk.confidence = ValueAtRiskRules.Confidence(rawValue: risk.varConfidence.rawValue) ?? .ninetyFive
        valueAtRisk.horizonCandles = risk.varHorizonHours
        valueAtRisk.minimumReturns = risk.varMinCandles
        entriesPerMinute = risk.maxEntriesPerMinute
        entriesPerHour = risk.maxEntriesPerHour
        protections = risk.protections.compactMap(Protection.init)
        isUnreadableInvalidationRefused = risk.unreadableInvalidation == .refuse
        silence = .seconds(Int64(risk.silenceSeconds))
        // Only a price of this moment can be held against this machine's clock.
        clockOffset = settings.feed.isLive ? .milliseconds(Int64(risk.maxClockOffsetMillis)) : nil
        for (symbol, leverage) in risk.maxLeverageBySymbol { leverageBySymbol[symbol] = leverage }
        maximumLeverage = risk.maxLeverage
        isShortAllowed = settings.strategy.allowShort
        minimumRewardToRisk = risk.minRewardToRisk
        maintenanceMargin = settings.execution.maintenanceMarginPct.ratio
        priceAge = .milliseconds(Int64(risk.maxPriceAgeMillis))
        evidenceAge = .seconds(Int64(risk.maxEvidenceAgeSeconds))
        orderTimeToLive = .seconds(Int64(risk.orderTimeToLiveSeconds))
        exits.ladder = risk.ladder.tiers.map { ExitRules.Tier(threshold: $0.threshold.ratio, line: $0.line.ratio) }
        exits.pullback = risk.peakPullbackPct.ratio
        // MEXC has no conditional orders. What rests on a spot market sets aside what it would sell.
        if settings.mode == .live, risk.restingStop, settings.feed.venue != .mexc {
            restingStop = RestingStopRules(
                margin: risk.restingStopMarginPct.ratio,
                isExclusive: settings.feed.venue == .binance || settings.feed.venue == .bybit)
        }
        // Hours to whole microseconds: a 12-decimal hour is finer than the clock.
        exits.timeToLive = Span(micros: Int64(truncatingIfNeeded: risk.ttlHours.raw * 3_600_000_000 / Ratio.scale))
    }
}

extension Protection {
    /// `nil` where the name is of no protection; the settings have refused that already.
    init?(_ setting: ProtectionSetting) {
        guard let method = Method(rawValue: setting.method.rawValue) else { return nil }
        self.init(
            method, lookBack: .minutes(Int64(setting.lookbackMinutes)), tradeLimit: setting.tradeLimit,
            stopDuration: .minutes(Int64(setting.stopMinutes)), requiredProfit: setting.requiredProfit,
            isOnlyPerPair: setting.onlyPerPair, isOnlyPerSide: setting.onlyPerSide,
            maximumAllowedDrawdown: setting.maxAllowedDrawdown)
    }
}
