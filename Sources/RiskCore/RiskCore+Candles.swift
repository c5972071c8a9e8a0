import TradingModel

/// Closed candles: what they say against an idea, and what they say about the portfolio.
extension RiskCore {
    /// A closed candle. If it decides the plan's condition its close counts as a price too, unless a newer one was judged.
    mutating func judge(_ candle: Candle, at now: WallTime, into directives: inout [RiskDirective]) {
        guard let id = planBySymbol[candle.symbol], var watch = plans[id]?.watch else { return }
        // Out of the dictionary while it changes, so that nothing is copied.
        plans[id]?.watch = nil
        watch.take(candle)
        plans[id]?.watch = watch
        guard let guarded = plans[id], guarded.plan.status == .active, candle.close.isPositive,
            watch.condition.timeframes.contains(candle.timeframe),
            let firstFillAt = guarded.plan.firstFillAt, candle.closeTime > firstFillAt
        else { return }
        let funding = market.funding(of: candle.symbol, at: candle.closeTime)
        let isInvalidated = watch.holds(at: candle.closeTime, funding: funding) ?? false
        if candle.closeTime >= guarded.judgedAt {
            judge(
                id, price: candle.close, time: candle.closeTime, isInvalidated: isInvalidated, at: now,
                into: &directives)
        } else if isInvalidated, let price = guarded.price {
            judge(id, price: price, time: guarded.judgedAt, isInvalidated: true, at: now, into: &directives)
        }
    }

    /// What feed remembers of a series: conditions are measured anew, and a candle that closed while nobody listened is
    /// judged now.
    mutating func remember(
        _ candles: [Candle], _ symbol: Symbol, _ timeframe: Timeframe, at now: WallTime,
        into directives: inout [RiskDirective]
    ) {
        history.merge(candles, symbol, timeframe)
        if timeframe == history.measured { measureRisk() }
        guard let id = planBySymbol[symbol], let guarded = plans[id], let condition = guarded.watch?.condition,
            condition.timeframes.contains(timeframe)
        else { return }
        let (watch, invalidatedBy) = measured(condition, symbol, since: guarded.plan.firstFillAt)
        plans[id]?.watch = watch
        guard let candle = invalidatedBy, guarded.plan.status == .active else { return }
        directives.append(
            .log(
                .warning,
                "the idea in \(symbol) was invalidated by the candle that closed at \(candle.closeTime) (\(id))"))
        let price = guarded.price ?? market.tickers[symbol]?.last ?? candle.close
        let time = max(guarded.judgedAt, candle.closeTime)
        judge(id, price: price, time: time, isInvalidated: true, at: now, into: &directives)
    }

    /// A condition measured over what is remembered, and the first candle since `since` that fulfilled it. The funding of
    /// the past is not remembered: a condition that needs it is decided by the candles to come.
    func measured(
        _ condition: Invalidation, _ symbol: Symbol, since: MarketTime?
    ) -> (watch: InvalidationWatch, invalidatedBy: Candle?) {
        var watch = InvalidationWatch(condition)
        var invalidatedBy: Candle?
        var candles = condition.timeframes.flatMap { history.candles(symbol, $0) }
        // One series is in order already.
        if condition.timeframes.count > 1 {
            candles.sort { ($0.closeTime, $0.timeframe) < ($1.closeTime, $1.timeframe) }
        }
        for candle in candles {
            watch.take(candle)
            guard invalidatedBy == nil, let since, candle.closeTime > since else { continue }
            if watch.holds(at: candle.closeTime, funding: nil) == true { invalidatedBy = candle }
        }
        return (watch, invalidatedBy)
    }

    // MARK: The portfolio

    /// Works out what the open positions may lose; for the figure that is published.
    mutating func measureRisk() {
        guard !lockStep.isOn || !book.positions.isEmpty else {
            portfolioRisk = nil
            return
        }
        let holdings = self.holdings(except: nil)
        portfolioRisk =
            holdings.isEmpty
            ? nil : ValueAtRisk.of(holdings, rules: limits.valueAtRisk, returns: history.returns)
    }

    /// Everything open, and every entry on its way with its whole size.
    func holdings(except symbol: Symbol?) -> [ValueAtRisk.Holding] {
        var holdings: [ValueAtRisk.Holding] = []
        for position in book.positions.values where position.symbol != symbol {
            let stop = planBySymbol[position.symbol].flatMap { plans[$0]?.plan.stopLoss } ?? .zero
            let price = market.tickers[position.symbol]?.last ?? position.averageEntryPrice
            holdings.append(
                ValueAtRisk.Holding(
                    position.symbol, side: position.side, quantity: position.quantity, price: price, stop: stop,
                    equity: book.equity))
        }
        for guarded in plans.values
        where guarded.plan.status == .pending && guarded.plan.symbol != symbol
            && book.positions[guarded.plan.symbol] == nil
        {
            let plan = guarded.plan
            holdings.append(
                ValueAtRisk.Holding(
                    plan.symbol, side: plan.side, quantity: plan.quantity, price: plan.entryPrice, stop: plan.stopLoss,
                    equity: book.equity))
        }
        return holdings.sorted { $0.symbol < $1.symbol }
    }
}
