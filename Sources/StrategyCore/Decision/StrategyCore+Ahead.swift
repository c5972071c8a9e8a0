public import TradingModel

/// For a driver that plays many candles: series by position instead of by name, and boundaries at which nothing can come
/// of a decision are passed without making it.
///
/// What is passed is exactly what ``handle(_:at:into:)`` would have decided to be "nothing".
extension StrategyCore {
    /// Where a series is kept; `nil` where no strategy reads it.
    public func position(of key: SeriesKey) -> Int? { series.position(of: key) }

    /// Takes a candle of a series at once, before the clock that ends its step.
    public mutating func takeAhead(
        _ candle: Candle, _ origin: Origin, of position: Int, into directives: inout [Directive]
    ) {
        take(candle, origin, at: position, into: &directives)
    }

    /// Whether the last candle of a series may lead to a proposal at its decision boundary: it gives an entry that its
    /// regime admits where no plan is open, or the strategy of the open plan wants to leave.
    public func mayPropose(_ position: Int) -> Bool {
        guard series[position].isFresh else { return false }
        return series[position].mayPropose(
            against: openPlans.isEmpty ? nil : openPlans[series.keys[position].symbol],
            allowingShort: settings.isShortAllowed, activation: activation)
    }

    /// Notes that the last candle of a series has been weighed and found to mean nothing.
    public mutating func passOver(_ position: Int) { series[position].markWeighed() }

    /// Notes that a boundary has passed at which nothing was to be decided.
    public mutating func pass(boundaryAt time: MarketTime) {
        marketTime = max(marketTime, time)
        let interval = settings.decisionInterval.micros
        let boundary = MarketTime(micros: time.micros - time.micros % interval)
        decidedUpTo = max(decidedUpTo ?? .distantPast, boundary)
    }
}

extension CandleSeries {
    func mayPropose(against plan: ExitPlan?, allowingShort: Bool, activation: RegimeActivation?) -> Bool {
        for strategy in strategies {
            guard let conditions = strategy.conditions(at: last?.closeTime ?? .distantPast) else { continue }
            if let plan {
                guard plan.strategy == strategy.id else { continue }
                if plan.side == .long ? conditions.exitLong : conditions.exitShort { return true }
            } else {
                let isEntry =
                    conditions.enterLong && !conditions.exitLong
                    || allowingShort && conditions.enterShort && !conditions.exitShort
                if isEntry, activation?.isActive(strategy.id, in: regime.regime) ?? true { return true }
            }
        }
        return false
    }
}
