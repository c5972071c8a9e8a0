import TradingModel

/// Why positions were opened, and what became of them.
struct AgentMemory: Sendable {
    private struct Open: Sendable {
        var memory: OpeningMemory
        var plan: ExitPlan?
        var model: String
    }

    /// Denials that the next prompt tells.
    static let denialLimit = 5

    private let limit: Int
    private var openings: [String: Open] = [:]
    private(set) var closedTrades: [ClosedTradeBrief] = []
    /// What risk denied of late, oldest first.
    private(set) var denials: [DenialBrief] = []

    init(limit: Int) { self.limit = limit }

    func opening(_ planID: String) -> OpeningMemory? { openings[planID]?.memory }

    /// A proposal was approved or is on its way: what was said about it.
    mutating func remember(_ proposalID: String, _ memory: OpeningMemory, model: String) {
        openings[proposalID] = Open(memory: memory, plan: nil, model: model)
    }

    mutating func forget(_ proposalID: String) { openings[proposalID] = nil }

    mutating func note(_ plan: ExitPlan) { openings[plan.id]?.plan = plan }

    mutating func note(_ verdict: Verdict) {
        guard let denial = verdict.denial else { return }
        denials.append(
            DenialBrief(symbol: verdict.symbol, action: verdict.action, at: verdict.decidedAt, denial: denial))
        if denials.count > Self.denialLimit { denials.removeFirst() }
    }

    mutating func restore(
        _ memories: [String: (memory: OpeningMemory, model: String)], _ trades: [ClosedTradeBrief]
    ) {
        for (id, one) in memories {
            openings[id] = Open(memory: one.memory, plan: openings[id]?.plan, model: one.model)
        }
        closedTrades = Array(trades.suffix(limit))
    }

    /// Turns an opening into a closed trade; returns the model that opened it, or `nil` where it was not the agent's.
    mutating func close(_ trade: Trade) -> String? {
        guard let open = openings.removeValue(forKey: trade.id) else { return nil }
        func favour(_ price: Price) -> Ratio {
            guard trade.entryPrice.isPositive else { return .zero }
            let change = price.change(from: trade.entryPrice, .halfEven)
            return trade.side == .long ? change : -change
        }
        closedTrades.append(
            ClosedTradeBrief(
                symbol: trade.symbol, side: trade.side, leverage: trade.leverage, memory: open.memory,
                closedAt: trade.exitTime, result: favour(trade.exitPrice), exitReason: trade.exitReason,
                promisedTarget: open.plan.map { favour($0.takeProfit) } ?? .zero,
                promisedStop: open.plan.map { favour($0.stopLoss) } ?? .zero))
        if closedTrades.count > limit { closedTrades.removeFirst(closedTrades.count - limit) }
        return open.model
    }
}
