public import Portfolio
import TradingModel

extension StrategyStore {
    /// How the models compare, from everything that is stored.
    public func standings() throws(StorageError) -> StandingsBook {
        var book = StandingsBook()
        try database.prepare(
            """
            SELECT q.model, q.is_simulated, a.outcome, a.is_late, a.is_cached, a.latency
            FROM questions q LEFT JOIN answers a ON a.question_id = q.id ORDER BY q.rowid
            """
        ).forEach { (row) throws(StorageError) in
            let model = row.text(0)
            book.addQuestion(model, isSimulated: row.bool(1))
            guard !row.isNull(2) else { return }
            book.add(
                StandingsBook.Ending(
                    outcome: try row.value(2), isLate: row.bool(3), isCached: row.bool(4),
                    latency: Span(micros: row.int64(5))), model)
        }
        // Money is added up exactly: SQLite would do it in binary floating point.
        for (model, amount) in try spent(since: .distantPast) { book.addCost(amount, model) }
        for trade in try closedModelProposals() {
            if let result = trade.netPnL { book.addTrade(result, equity: trade.equity, trade.model) }
        }
        for position in try paperPositions(open: false) {
            if let result = position.result { book.addPaper(result, position.model) }
        }
        return book
    }
}
