public import TradingModel

extension StrategyStore {
    /// How the models compare: best return first, the one that was asked more before another.
    public func standings() throws(StorageError) -> [ModelStanding] {
        var byModel: [String: ModelStanding] = [:]
        try countAnswers(into: &byModel)
        var returns: [String: [Double]] = [:]
        for trade in try closedModelProposals() {
            guard let result = trade.netPnL else { continue }
            byModel[trade.model, default: Self.standing(trade.model)].trades += 1
            if result.isPositive { byModel[trade.model]?.wins += 1 }
            byModel[trade.model]?.netPnL += result
            if let share = result.ratio(to: trade.equity, .halfEven), trade.equity.isPositive {
                returns[trade.model, default: []].append(share.double)
            }
        }
        var paper: [String: [Double]] = [:]
        for position in try paperPositions(open: false) {
            guard let result = position.result else { continue }
            byModel[position.model, default: Self.standing(position.model)].paperTrades += 1
            if result.isPositive { byModel[position.model]?.paperWins += 1 }
            paper[position.model, default: []].append(result.double)
        }
        for model in Array(byModel.keys) {
            byModel[model]?.returnOnEquity = TradeReturns.compounded(returns[model] ?? [])
            byModel[model]?.sharpeRatio = TradeReturns.sharpe(returns[model] ?? [])
            byModel[model]?.paperReturn = TradeReturns.compounded(paper[model] ?? [])
            byModel[model]?.paperSharpeRatio = TradeReturns.sharpe(paper[model] ?? [])
        }
        return byModel.values.sorted { a, b in
            if a.returnOnEquity != b.returnOnEquity { return a.returnOnEquity > b.returnOnEquity }
            if a.paperReturn != b.paperReturn { return a.paperReturn > b.paperReturn }
            return a.questions == b.questions ? a.model < b.model : a.questions > b.questions
        }
    }

    private static func standing(_ model: String) -> ModelStanding {
        var standing = ModelStanding()
        standing.model = model
        return standing
    }

    private func countAnswers(into byModel: inout [String: ModelStanding]) throws(StorageError) {
        var latency: [String: (sum: Int64, count: Int64)] = [:]
        try database.prepare(
            """
            SELECT q.model, max(q.is_simulated), count(*), sum(a.outcome = 'decided'), sum(a.outcome = 'held'),
                sum(a.outcome = 'refused'), sum(a.outcome = 'failed'), sum(a.is_late),
                sum(CASE WHEN a.outcome != 'failed' AND NOT a.is_cached THEN a.latency END),
                sum(a.outcome != 'failed' AND NOT a.is_cached)
            FROM questions q LEFT JOIN answers a ON a.question_id = q.id GROUP BY q.model
            """
        ).forEach { (row) throws(StorageError) in
            var one = Self.standing(row.text(0))
            one.isSimulated = row.bool(1)
            one.questions = row.int(2)
            one.decided = row.int(3)
            one.held = row.int(4)
            one.refused = row.int(5)
            one.failed = row.int(6)
            one.late = row.int(7)
            latency[one.model] = (row.int64(8), row.int64(9))
            byModel[one.model] = one
        }
        for (model, (sum, count)) in latency where count > 0 {
            byModel[model]?.averageLatency = Span(micros: sum / count)
        }
        // Money is added up exactly: SQLite would do it in binary floating point.
        for (model, amount) in try spent(since: .distantPast) { byModel[model]?.cost = amount }
    }
}

/// Figures of a series of returns, each a share of equity.
enum TradeReturns {
    /// The growth by all of them, one after the other.
    static func compounded(_ returns: [Double]) -> Ratio {
        Ratio(rounding: returns.reduce(1) { $0 * (1 + $1) } - 1, .halfEven)?.rounded(toDigits: 10, .halfEven) ?? .zero
    }

    /// Mean over sample standard deviation, not annualised; `nil` below two, or where they are all the same.
    static func sharpe(_ returns: [Double]) -> Double? {
        guard returns.count >= 2 else { return nil }
        let mean = returns.reduce(0, +) / Double(returns.count)
        let variance = returns.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(returns.count - 1)
        return variance > 0 ? mean / variance.squareRoot() : nil
    }
}
