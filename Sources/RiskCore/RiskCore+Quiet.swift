import Portfolio
public import TradingModel

/// What a driver that plays recorded prices may ask, so that it need not show risk the prices that change nothing.
extension RiskCore {
    /// The band of prices in which a symbol's position needs no judgement; `nil` where every price must be shown.
    public func quietBand(of symbol: Symbol) -> QuietBand? {
        guard let id = planBySymbol[symbol], let guarded = plans[id], guarded.doubt == nil,
            book.positions[symbol] != nil
        else { return nil }
        return exitGuard.quietBand(of: guarded.plan)
    }

    /// Equity at or below which a limit may be reached once it has been as high as `top`; `nil` where any equity must be
    /// shown.
    public func quietEquity(withPeak top: Money) -> Money? {
        guard control.automatic == .active, let day else { return nil }
        let warning = top - top.share(min(limits.drawdownWarning, limits.drawdownStop), .down)
        guard day.reachedLoss.isZero, day.startEquity.isPositive else { return warning }
        return max(warning, day.startEquity - day.startEquity.share(limits.dailyLoss, .down))
    }

    /// The best price since the entry of a symbol's open position.
    public func bestPrice(of symbol: Symbol) -> Price? { planBySymbol[symbol].flatMap { plans[$0]?.plan.best } }

    /// The most equity there has been.
    public var peakEquity: Money { peak.peak }

    /// Takes in that a symbol's price has been at `best` and is now that of `ticker`, both inside the quiet band; nothing is
    /// judged. `best` is absent where it did not get better.
    public mutating func catchUp(
        with ticker: Ticker, best: (price: Price, time: MarketTime)?, at now: WallTime,
        into directives: inout [RiskDirective]
    ) {
        guard market.take(ticker, at: now) else { return }
        _ = book.price(ticker.symbol, at: ticker.last)
        guard let id = planBySymbol[ticker.symbol], var guarded = plans[id], guarded.plan.status == .active else {
            return
        }
        if let best, exitGuard.follow(best.price, &guarded.plan, tickSize: market.tickSize(of: ticker.symbol)) {
            guarded.plan.updatedAt = best.time
            persist(.plan(guarded.plan), into: &directives)
        }
        guarded.judgedAt = ticker.eventTime
        guarded.price = ticker.last
        plans[id] = guarded
    }

    /// Takes in that equity has been as high as `top` between the prices that are shown, and is now what the last make it.
    public mutating func catchUp(withPeak top: Money, into directives: inout [RiskDirective]) {
        let isHigher = peak.observe(max(top, peak.peak))
        peak.observe(book.equity)
        if isHigher { persist(.peakEquity(peak.peak), into: &directives) }
    }

    /// The day that has begun; `nil` before the first.
    public var dayNumber: Int64? { day?.day }
    /// Whether an order is on its way, so that every price matters.
    public var hasUnsettledOrders: Bool { orders.values.contains { !$0.intent.isSettled } }
}
