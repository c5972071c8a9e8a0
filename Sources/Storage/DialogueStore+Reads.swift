public import TradingModel

extension StrategyStore {
    /// US dollars spent since `start`, by model: what answers cost, and what was set aside for questions that have none.
    ///
    /// A question of before `start` without an answer still counts where its time ran out only afterwards.
    public func spent(since start: WallTime) throws(StorageError) -> [String: Money] {
        var sums: [String: Money] = [:]
        try database.prepare(
            """
            SELECT q.model, coalesce(a.cost, q.worst_cost) FROM questions q LEFT JOIN answers a ON a.question_id = q.id
            WHERE q.asked_at >= ?1 OR (a.question_id IS NULL AND q.expires_at >= ?1) OR a.answered_at >= ?1
            """
        ).bind(1, start).forEach { (row) throws(StorageError) in
            sums[row.text(0), default: .zero] += try row.decimal(1)
        }
        return sums
    }

    /// What models cost since `start`, newest day first, then by model.
    public func costs(since start: WallTime) throws(StorageError) -> [CostRow] {
        var rows: [String: CostRow] = [:]
        try database.prepare(
            """
            SELECT q.asked_at / 86400000000, q.model, coalesce(a.cost, q.worst_cost), coalesce(a.is_cost_estimate, 1),
                coalesce(a.prompt_tokens, 0), coalesce(a.answer_tokens, 0)
            FROM questions q LEFT JOIN answers a ON a.question_id = q.id WHERE q.asked_at >= ?1
            """
        ).bind(1, start).forEach { (row) throws(StorageError) in
            var one = rows["\(row.int64(0)) \(row.text(1))"] ?? CostRow()
            one.day = row.int64(0)
            one.model = row.text(1)
            one.questions += 1
            let cost: Money = try row.decimal(2)
            one.cost += cost
            if row.bool(3) { one.estimated += cost }
            one.promptTokens += row.int(4)
            one.answerTokens += row.int(5)
            rows["\(one.day) \(one.model)"] = one
        }
        return rows.values.sorted { $0.day == $1.day ? $0.model < $1.model : $0.day > $1.day }
    }

    /// The answer to the same question, where one was usable; newest first.
    public func storedAnswer(cacheKey: String, since: WallTime) throws(StorageError) -> AnswerRow? {
        try answers(
            """
            JOIN questions q ON q.id = answers.question_id
            WHERE q.cache_key = ?1 AND answers.answered_at >= ?2 AND answers.outcome IN ('decided', 'held')
            ORDER BY answers.answered_at DESC LIMIT 1
            """, [cacheKey], since
        ).first
    }

    /// The latest questions, newest first; those of one dialogue or question, in order, where `id` is given.
    public func questions(
        limit: Int, id: String? = nil, model: String? = nil
    ) throws(StorageError) -> [QuestionRow] {
        var conditions: [String] = []
        if id != nil { conditions.append("(id = ?2 OR dialogue_id = ?2)") }
        if model != nil { conditions.append("model = ?3") }
        let filter = conditions.isEmpty ? "" : "WHERE " + conditions.joined(separator: " AND ")
        let statement = try database.prepare(
            """
            SELECT id, dialogue_id, round, model, strategy, is_simulated, is_compared, is_complex, boundary, asked_at,
                expires_at, template, dropped, parameters, base_url, cache_key, positions, symbols, prompt, worst_cost
            FROM questions \(filter) ORDER BY rowid \(id == nil ? "DESC" : "") LIMIT ?1
            """)
        statement.bind(1, limit)
        if let id { statement.bind(2, id) }
        if let model { statement.bind(3, model) }
        return try statement.all { (row) throws(StorageError) in
            var question = QuestionRow()
            question.id = row.text(0)
            question.dialogueID = row.text(1)
            question.round = row.int(2)
            question.model = row.text(3)
            question.strategy = row.text(4)
            question.isSimulated = row.bool(5)
            question.isCompared = row.bool(6)
            question.isComplex = row.bool(7)
            question.boundary = row.time(8)
            question.askedAt = row.time(9)
            question.expiresAt = row.time(10)
            question.template = row.text(11)
            question.dropped = row.text(12)
            question.parameters = row.text(13)
            question.baseURL = row.text(14)
            question.cacheKey = row.text(15)
            question.positions = row.text(16)
            question.symbols = row.text(17)
            question.prompt = try Self.unpack(row.blob(18), of: question.id)
            question.worstCost = try row.decimal(19)
            return question
        }
    }

    /// How a question ended; `nil` while it has not.
    public func answer(to questionID: String) throws(StorageError) -> AnswerRow? {
        try answers("WHERE answers.question_id = ?1", [questionID], nil).first
    }

    private func answers(
        _ condition: String, _ texts: [String], _ since: WallTime?
    ) throws(StorageError) -> [AnswerRow] {
        let statement = try database.prepare(
            """
            SELECT answers.question_id, answered_at, latency, outcome, is_late, is_cached, reason, content, thoughts,
                finish_reason, provider, response_id, report, prompt_tokens, answer_tokens, cost, is_cost_estimate,
                answers.positions
            FROM answers \(condition)
            """)
        for (index, text) in texts.enumerated() { statement.bind(Int32(index + 1), text) }
        if let since { statement.bind(Int32(texts.count + 1), since) }
        return try statement.all { (row) throws(StorageError) in
            var answer = AnswerRow()
            answer.questionID = row.text(0)
            answer.answeredAt = row.time(1)
            answer.latency = Span(micros: row.int64(2))
            answer.outcome = try row.value(3)
            answer.isLate = row.bool(4)
            answer.isCached = row.bool(5)
            answer.reason = row.text(6)
            answer.content = row.isNull(7) ? nil : try Self.unpack(row.blob(7), of: answer.questionID)
            answer.thoughts = row.isNull(8) ? nil : try Self.unpack(row.blob(8), of: answer.questionID)
            answer.finishReason = row.text(9)
            answer.provider = row.text(10)
            answer.responseID = row.text(11)
            answer.report = row.text(12)
            answer.promptTokens = row.int(13)
            answer.answerTokens = row.int(14)
            answer.cost = try row.decimal(15)
            answer.isCostEstimate = row.bool(16)
            answer.positions = row.text(17)
            return answer
        }
    }

    private static func unpack(_ bytes: [UInt8], of id: String) throws(StorageError) -> String {
        guard let text = PackedText.unpack(bytes) else {
            throw StorageError(code: .corrupt, description: "the stored text of question \(id) is damaged")
        }
        return text
    }

    /// Proposals of models, oldest first, that meet an SQL condition with one text parameter.
    private func proposals(_ condition: String, _ text: String?) throws(StorageError) -> [ModelProposalRow] {
        let statement = try database.prepare(
            """
            SELECT id, question_id, dialogue_id, model, strategy, symbol, action, price, stop_loss, take_profit, leverage,
                confidence, reasoning, invalidation, decided_at, equity, verdict, denial, client_order_id, quantity,
                order_status, closed_at, side, entry_price, exit_price, net_pnl, exit_reason
            FROM model_proposals \(condition)
            """)
        if let text { statement.bind(1, text) }
        return try statement.all { (row) throws(StorageError) in
            var columns = Columns(row)
            var one = ModelProposalRow()
            one.id = columns.text()
            one.questionID = columns.text()
            one.dialogueID = columns.text()
            one.model = columns.text()
            one.strategy = columns.text()
            one.symbol = try columns.symbol()
            one.action = try columns.value()
            one.price = try columns.decimal()
            one.stopLoss = try columns.decimalOrNil()
            one.takeProfit = try columns.decimalOrNil()
            one.leverage = columns.number()
            one.confidence = try columns.decimal()
            one.reasoning = columns.text()
            one.invalidation = columns.text()
            one.decidedAt = columns.time()
            one.equity = try columns.decimal()
            one.verdict = try columns.value()
            one.denial = columns.text()
            one.clientOrderID = columns.textOrNil()
            one.quantity = try columns.decimalOrNil()
            one.orderStatus = try columns.valueOrNil()
            one.closedAt = columns.timeOrNil()
            one.side = try columns.valueOrNil()
            one.entryPrice = try columns.decimalOrNil()
            one.exitPrice = try columns.decimalOrNil()
            one.netPnL = try columns.decimalOrNil()
            one.exitReason = try columns.valueOrNil()
            return one
        }
    }

    /// One proposal of a model; `nil` where none has that id.
    public func proposal(_ id: String) throws(StorageError) -> ModelProposalRow? {
        try proposals("WHERE id = ?1", id).first
    }

    /// What a question led to.
    public func proposals(of questionID: String) throws(StorageError) -> [ModelProposalRow] {
        try proposals("WHERE question_id = ?1 ORDER BY rowid", questionID)
    }

    /// Openings that were not denied and whose position is not known to be closed, oldest first.
    public func openModelProposals() throws(StorageError) -> [ModelProposalRow] {
        try proposals(
            """
            WHERE closed_at IS NULL AND action IN ('enterLong', 'enterShort') AND verdict != 'denied'
            ORDER BY rowid DESC LIMIT 500
            """, nil
        ).reversed()
    }

    /// Positions that models opened and that are closed, the last `limit`, oldest first.
    public func closedModelProposals(limit: Int = 1_000_000) throws(StorageError) -> [ModelProposalRow] {
        try proposals("WHERE closed_at IS NOT NULL ORDER BY closed_at DESC, rowid DESC LIMIT \(limit)", nil).reversed()
    }

    /// Positions on paper, oldest first: those that are open, or those that are closed.
    public func paperPositions(open: Bool) throws(StorageError) -> [PaperPositionRow] {
        try database.prepare(
            """
            SELECT id, model, symbol, side, exposure, entry_price, stop_loss, take_profit, opened_at, closed_at, exit_price,
                exit_reason, result FROM paper_positions WHERE closed_at IS \(open ? "" : "NOT") NULL
            ORDER BY \(open ? "opened_at" : "closed_at"), id
            """
        ).all { (row) throws(StorageError) in
            var columns = Columns(row)
            var one = PaperPositionRow()
            one.id = columns.text()
            one.model = columns.text()
            one.symbol = try columns.symbol()
            one.side = try columns.value()
            one.exposure = try columns.decimal()
            one.entryPrice = try columns.decimal()
            one.stopLoss = try columns.decimal()
            one.takeProfit = try columns.decimal()
            one.openedAt = columns.time()
            one.closedAt = columns.timeOrNil()
            one.exitPrice = try columns.decimalOrNil()
            one.exitReason = try columns.valueOrNil()
            one.result = try columns.decimalOrNil()
            return one
        }
    }
}
