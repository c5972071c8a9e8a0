public import TradingModel

/// The dialogue with language models in `strategy.sqlite`. Statements are prepared where they are used: a question comes once in
/// minutes.
extension StrategyStore {
    /// Stores a question. The same one a second time (asked again after a restart) keeps the first, with the time of the second.
    public func store(_ question: QuestionRow) throws(StorageError) {
        let statement = try database.prepare(
            """
            INSERT INTO questions (id, dialogue_id, round, model, strategy, is_simulated, is_compared, is_complex, boundary,
                asked_at, expires_at, template, dropped, parameters, base_url, cache_key, positions, symbols, prompt,
                worst_cost)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20)
            """)
        statement.bind(1, question.id).bind(2, question.dialogueID).bind(3, question.round).bind(4, question.model)
            .bind(5, question.strategy).bind(6, question.isSimulated).bind(7, question.isCompared)
            .bind(8, question.isComplex).bind(9, question.boundary).bind(10, question.askedAt)
            .bind(11, question.expiresAt).bind(12, question.template).bind(13, question.dropped)
            .bind(14, question.parameters).bind(15, question.baseURL).bind(16, question.cacheKey)
            .bind(17, question.positions).bind(18, question.symbols).bind(19, PackedText.pack(question.prompt))
            .bind(20, decimal: question.worstCost)
        try statement.run()
    }

    /// Whether a question of that id is stored.
    public func hasQuestion(_ id: String) throws(StorageError) -> Bool {
        try database.prepare("SELECT 1 FROM questions WHERE id = ?1").bind(1, id).first {
            (_) throws(StorageError) in true
        } ?? false
    }

    /// Stores how a question ended; a second end changes nothing.
    public func store(_ answer: AnswerRow) throws(StorageError) {
        let statement = try database.prepare(
            """
            INSERT OR IGNORE INTO answers (question_id, answered_at, latency, outcome, is_late, is_cached, reason, content,
                thoughts, finish_reason, provider, response_id, report, prompt_tokens, answer_tokens, cost,
                is_cost_estimate, positions)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)
            """)
        statement.bind(1, answer.questionID).bind(2, answer.answeredAt).bind(3, answer.latency.micros)
            .bind(4, answer.outcome.rawValue).bind(5, answer.isLate).bind(6, answer.isCached).bind(7, answer.reason)
        for (index, text) in [(Int32(8), answer.content), (9, answer.thoughts)] {
            if let text { statement.bind(index, PackedText.pack(text)) } else { statement.bind(index, String?.none) }
        }
        statement.bind(10, answer.finishReason).bind(11, answer.provider).bind(12, answer.responseID)
            .bind(13, answer.report).bind(14, answer.promptTokens).bind(15, answer.answerTokens)
            .bind(16, decimal: answer.cost).bind(17, answer.isCostEstimate).bind(18, answer.positions)
        try statement.run()
    }

    /// Stores a proposal before it leaves; the same again changes nothing.
    public func store(_ proposal: ModelProposalRow) throws(StorageError) {
        let statement = try database.prepare(
            """
            INSERT OR IGNORE INTO model_proposals (id, question_id, dialogue_id, model, strategy, symbol, action, price,
                stop_loss, take_profit, leverage, confidence, reasoning, invalidation, decided_at, equity, verdict, denial)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)
            """)
        statement.bind(1, proposal.id).bind(2, proposal.questionID).bind(3, proposal.dialogueID)
            .bind(4, proposal.model).bind(5, proposal.strategy).bind(6, proposal.symbol.name)
            .bind(7, proposal.action.rawValue).bind(8, decimal: proposal.price).bind(9, decimal: proposal.stopLoss)
            .bind(10, decimal: proposal.takeProfit).bind(11, proposal.leverage).bind(12, decimal: proposal.confidence)
            .bind(13, proposal.reasoning).bind(14, proposal.invalidation).bind(15, proposal.decidedAt)
            .bind(16, decimal: proposal.equity).bind(17, proposal.verdict.rawValue).bind(18, proposal.denial)
        try statement.run()
    }

    /// Stores what risk said to a proposal.
    public func store(_ verdict: Verdict) throws(StorageError) {
        let statement = try database.prepare(
            """
            UPDATE model_proposals SET verdict = ?2, denial = ?3, client_order_id = ?4, quantity = ?5, order_status = ?6
            WHERE id = ?1
            """)
        let word: ModelProposalVerdict = verdict.isApproved ? .approved : .denied
        statement.bind(1, verdict.proposalID).bind(2, word.rawValue).bind(3, verdict.denial?.description ?? "")
            .bind(4, verdict.clientOrderID?.text)
            .bind(5, decimal: verdict.isApproved ? verdict.quantity : Quantity?.none)
            .bind(6, verdict.orderStatus?.rawValue)
        try statement.run()
    }

    /// Notes that risk did not answer in time.
    public func noteUnanswered(_ proposalID: String, _ sentence: String) throws(StorageError) {
        try database.prepare(
            "UPDATE model_proposals SET verdict = 'unanswered', denial = ?2 WHERE id = ?1 AND verdict = 'awaited'"
        ).bind(1, proposalID).bind(2, sentence).run()
    }

    /// Stores what became of a position; `false` where no model opened it, or it is known already.
    public func store(_ trade: Trade) throws(StorageError) -> Bool {
        let statement = try database.prepare(
            """
            UPDATE model_proposals SET closed_at = ?2, side = ?3, entry_price = ?4, exit_price = ?5, net_pnl = ?6,
                exit_reason = ?7, verdict = 'approved'
            WHERE id = ?1 AND closed_at IS NULL RETURNING id
            """)
        statement.bind(1, trade.id).bind(2, trade.exitTime).bind(3, trade.side.rawValue)
            .bind(4, decimal: trade.entryPrice).bind(5, decimal: trade.exitPrice).bind(6, decimal: trade.netPnL)
            .bind(7, trade.exitReason.rawValue)
        return try !statement.all { (row) throws(StorageError) in row.text(0) }.isEmpty
    }

    /// Stores a position on paper as it stands now.
    public func store(_ paper: PaperPositionRow) throws(StorageError) {
        let statement = try database.prepare(
            """
            INSERT INTO paper_positions (id, model, symbol, side, exposure, entry_price, stop_loss, take_profit, opened_at,
                closed_at, exit_price, exit_reason, result)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)
            ON CONFLICT (id) DO UPDATE SET closed_at = excluded.closed_at, exit_price = excluded.exit_price,
                exit_reason = excluded.exit_reason, result = excluded.result
            """)
        statement.bind(1, paper.id).bind(2, paper.model).bind(3, paper.symbol.name).bind(4, paper.side.rawValue)
            .bind(5, decimal: paper.exposure).bind(6, decimal: paper.entryPrice).bind(7, decimal: paper.stopLoss)
            .bind(8, decimal: paper.takeProfit).bind(9, paper.openedAt)
        if let closedAt = paper.closedAt { statement.bind(10, closedAt) } else { statement.bind(10, String?.none) }
        statement.bind(11, decimal: paper.exitPrice).bind(12, paper.exitReason?.rawValue)
            .bind(13, decimal: paper.result)
        try statement.run()
    }
}
