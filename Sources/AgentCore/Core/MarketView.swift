import TradingModel

/// What the agent sees of its markets, kept up with every fact.
struct MarketView: Sendable {
    private struct One: Sendable {
        var panels: [Timeframe: MarketPanel] = [:]
        var price: Price?
        var funding: Ratio?
        var book: BookBrief?
        /// Closes of the last day, one an hour, with their close times.
        var hours: [(MarketTime, Price)] = []
        var evidence: [Timeframe: Evidence] = [:]
    }

    private var markets: [Symbol: One] = [:]

    init(symbols: [Symbol]) {
        for symbol in symbols {
            var one = One()
            for timeframe in Timeframe.allCases { one.panels[timeframe] = MarketPanel(timeframe: timeframe) }
            markets[symbol] = one
        }
    }

    mutating func take(_ candle: Candle, session: String, sequence: Int) {
        guard markets[candle.symbol]?.panels[candle.timeframe]?.take(candle) == true else { return }
        if candle.timeframe == .oneMinute || markets[candle.symbol]?.price == nil {
            markets[candle.symbol]?.price = candle.close
        }
        if candle.timeframe == .oneHour {
            markets[candle.symbol]?.hours.append((candle.closeTime, candle.close))
            if let count = markets[candle.symbol]?.hours.count, count > 25 {
                markets[candle.symbol]?.hours.removeFirst()
            }
        }
        var evidence = Evidence()
        evidence.topic = "candle.\(candle.symbol).\(candle.timeframe)"
        evidence.session = session
        evidence.sequence = sequence
        evidence.eventTime = candle.closeTime
        evidence.gaps = candle.missing > 0 ? 1 : 0
        markets[candle.symbol]?.evidence[candle.timeframe] = evidence
    }

    mutating func take(_ ticker: Ticker) { markets[ticker.symbol]?.price = ticker.last }
    mutating func take(_ rate: FundingRate) { markets[rate.symbol]?.funding = rate.rate }
    mutating func take(_ book: OrderBook) { markets[book.symbol]?.book = BookBrief(book) }

    func lastPrice(_ symbol: Symbol) -> Price? { markets[symbol]?.price }

    /// `nil` before anything is known of the market.
    func brief(_ symbol: Symbol) -> MarketBrief? {
        guard let one = markets[symbol], let price = one.price else { return nil }
        let known = Timeframe.allCases.compactMap { one.panels[$0] }.filter { $0.last != nil }
        guard !known.isEmpty else { return nil }
        var change: Ratio?
        if let (newest, _) = one.hours.last, let old = one.hours.first(where: { newest - $0.0 == .hours(24) })?.1,
            old.isPositive
        {
            change = price.change(from: old, .halfEven)
        }
        return MarketBrief(
            symbol: symbol, lastPrice: price, change24h: change, timeframes: known.map(\.brief), funding: one.funding,
            book: one.book)
    }

    /// The newest closed candle of each timeframe up to 15m, with its age at `time`.
    func evidence(_ symbol: Symbol, at time: MarketTime) -> [Evidence] {
        guard let one = markets[symbol] else { return [] }
        return [Timeframe.oneMinute, .fiveMinutes, .fifteenMinutes].compactMap { timeframe in
            guard var evidence = one.evidence[timeframe], evidence.eventTime <= time else { return nil }
            evidence.age = time - evidence.eventTime
            return evidence
        }
    }
}

/// Why positions were opened, and what became of them.
struct AgentMemory: Sendable {
    private struct Open: Sendable {
        var memory: OpeningMemory
        var plan: ExitPlan?
        var model: String
    }

    private let limit: Int
    private var openings: [String: Open] = [:]
    private(set) var closedTrades: [ClosedTradeBrief] = []

    init(limit: Int) { self.limit = limit }

    func opening(_ planID: String) -> OpeningMemory? { openings[planID]?.memory }

    /// A proposal was approved or is on its way: what was said about it.
    mutating func remember(_ proposalID: String, _ memory: OpeningMemory, model: String) {
        openings[proposalID] = Open(memory: memory, plan: nil, model: model)
    }

    mutating func forget(_ proposalID: String) { openings[proposalID] = nil }

    mutating func note(_ plan: ExitPlan) { openings[plan.id]?.plan = plan }

    mutating func restore(_ memories: [String: OpeningMemory], _ trades: [ClosedTradeBrief]) {
        for (id, memory) in memories { openings[id] = Open(memory: memory, plan: openings[id]?.plan, model: "") }
        closedTrades = Array(trades.suffix(limit))
    }

    /// Turns an opening into a closed trade; returns the model and the result.
    mutating func close(
        _ planID: String, exitPrice: Price, reason: ExitReason, at time: MarketTime
    ) -> (model: String, result: Ratio)? {
        guard let open = openings.removeValue(forKey: planID), let plan = open.plan, plan.entryPrice.isPositive else {
            return nil
        }
        func favour(_ price: Price) -> Ratio {
            let change = price.change(from: plan.entryPrice, .halfEven)
            return plan.side == .long ? change : -change
        }
        closedTrades.append(
            ClosedTradeBrief(
                symbol: plan.symbol, side: plan.side, leverage: plan.leverage, memory: open.memory, closedAt: time,
                result: favour(exitPrice), exitReason: reason, promisedTarget: favour(plan.takeProfit),
                promisedStop: favour(plan.stopLoss)))
        if closedTrades.count > limit { closedTrades.removeFirst(closedTrades.count - limit) }
        return (open.model, favour(exitPrice))
    }
}
