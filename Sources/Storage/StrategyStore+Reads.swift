public import TradingModel

extension StrategyStore {
    private static let decisionColumns =
        "id, symbol, decided_at, regime, action, strategy, confidence, proposal_id, reason, long_score, short_score"

    /// A decision by its own id or that of the proposal it made; `nil` where there is none.
    public func decision(_ id: String) throws(StorageError) -> Decision? {
        try first("WHERE id = ?1 OR proposal_id = ?1 LIMIT 1", [id])
    }

    /// The latest decision, of one symbol or of any; with `acting`, the latest that proposed something.
    public func lastDecision(of symbol: Symbol?, acting: Bool) throws(StorageError) -> Decision? {
        var conditions: [String] = []
        if symbol != nil { conditions.append("symbol = ?1") }
        if acting { conditions.append("action != 'hold'") }
        let filter = conditions.isEmpty ? "" : "WHERE " + conditions.joined(separator: " AND ")
        return try first("\(filter) ORDER BY decided_at DESC, rowid DESC LIMIT 1", symbol.map { [$0.name] } ?? [])
    }

    private func first(_ condition: String, _ texts: [String]) throws(StorageError) -> Decision? {
        let statement = try database.prepare("SELECT \(Self.decisionColumns) FROM decisions \(condition)")
        for (index, text) in texts.enumerated() { statement.bind(Int32(index + 1), text) }
        var found = try statement.first { (row) throws(StorageError) in
            var decision = Decision()
            decision.id = row.text(0)
            guard let symbol = Symbol(row.text(1)) else {
                throw StorageError(
                    code: .corrupt, description: "decision \(decision.id) has the symbol \"\(row.text(1))\"")
            }
            decision.symbol = symbol
            decision.decidedAt = row.time(2)
            decision.regime = try row.value(3)
            decision.action = try row.value(4)
            decision.strategy = row.text(5)
            decision.confidence = row.double(6)
            decision.proposalID = row.textOrNil(7)
            decision.reason = row.text(8)
            decision.longScore = row.isNull(9) ? nil : row.double(9)
            decision.shortScore = row.isNull(10) ? nil : row.double(10)
            return decision
        }
        if let id = found?.id {
            let contributions = try contributions(of: id)
            found?.contributions = contributions.isEmpty ? nil : contributions
            found?.signals = try signals(of: id)
        }
        return found
    }

    private func contributions(of id: String) throws(StorageError) -> [Contribution] {
        try database.prepare(
            """
            SELECT strategy, timeframe, action, confidence, weight, regime, outcome FROM voices
            WHERE decision_id = ?1 ORDER BY position
            """
        ).bind(1, id).all { (row) throws(StorageError) in
            var contribution = Contribution()
            contribution.strategy = row.text(0)
            contribution.timeframe = try row.value(1)
            contribution.action = try row.value(2)
            contribution.confidence = row.double(3)
            contribution.weight = row.double(4)
            contribution.regime = try row.value(5)
            contribution.outcome = try row.value(6)
            return contribution
        }
    }

    private func signals(of id: String) throws(StorageError) -> [Signal] {
        try database.prepare(
            """
            SELECT s.strategy, s.symbol, s.timeframe, s.action, s.candle_open_time, s.time, s.confidence, s.price,
                s.position_size, s.stop_loss, s.take_profit, s.metadata
            FROM contributions c JOIN signals s ON s.id = c.signal_id WHERE c.decision_id = ?1 ORDER BY s.id
            """
        ).bind(1, id).all { (row) throws(StorageError) in
            var signal = Signal()
            signal.strategy = row.text(0)
            signal.symbol = Symbol(row.text(1)) ?? .none
            signal.timeframe = try row.value(2)
            signal.action = try row.value(3)
            signal.candleOpenTime = row.time(4)
            signal.time = row.time(5)
            signal.confidence = row.double(6)
            signal.price = try row.decimal(7)
            signal.positionSize = try row.decimal(8)
            signal.stopLoss = try row.decimalOrNil(9)
            signal.takeProfit = try row.decimalOrNil(10)
            signal.metadata = row.text(11).split(separator: " ").compactMap { pair in
                let parts = pair.split(separator: "=", maxSplits: 1)
                guard parts.count == 2, let value = Double(parts[1]) else { return nil }
                return Reading(String(parts[0]), value)
            }
            return signal
        }
    }
}
