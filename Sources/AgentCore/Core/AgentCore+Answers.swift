import TradingModel

extension AgentCore {
    /// Questions nobody answered in time have failed.
    mutating func expire(_ now: WallTime, into directives: inout [Directive]) {
        // An answer may still come; it is taken as late for as long again.
        for question in open.values.sorted(by: { $0.id < $1.id }) where now > question.expiresAt + settings.answerWithin
        {
            take(
                .failure("no answer came"), of: question.id, latency: now - question.askedAt, isCached: false, at: now,
                into: &directives)
        }
    }

    mutating func take(
        _ end: AnswerEnd, of id: String, latency: Span, isCached: Bool, at now: WallTime,
        into directives: inout [Directive]
    ) {
        guard let question = open.removeValue(forKey: id) else {
            directives.append(
                .log(isWarning: true, "an answer to question \(id) came that is not open; it is not acted on"))
            return
        }
        let model = question.request.model
        var isLate = false
        if case .answer = end { isLate = now > question.expiresAt }
        var record = AnswerRecord(
            questionID: id, dialogueID: question.dialogueID, model: model, isShadow: question.isShadow, answeredAt: now,
            latency: latency, isLate: isLate, isCached: isCached, end: end, parsed: nil, cost: question.worstCost,
            isCostEstimate: true, proposalIDs: [], reason: "", positions: positions)
        if question.isShadow, let then = heldThen[question.dialogueID] { record.positions = then }
        settle(&record, question, now)
        var proposals: [(Proposal, OpeningMemory?)] = []
        if case .answer(let envelope) = end {
            parser.context.positions = record.positions
            var parsed = parser.parse(envelope)
            if settings.refusesUnreadableConditions {
                parsed.refuseConditions { settings.conditionFault($0, .fiveMinutes) }
            }
            record.parsed = parsed
            if !question.isShadow, !record.isLate { proposals = propose(parsed, question) }
        }
        record.proposalIDs = proposals.map(\.0.id)
        record.reason = reason(record)
        count(record)
        directives.append(.persistAnswer(record))
        for (proposal, opening) in proposals {
            if let opening { memory.remember(proposal.id, opening, model: model) }
            directives.append(.propose(proposal, opening, questionID: id))
        }
        if let parsed = record.parsed, !record.isLate {
            for one in paper.act(on: parsed, model: model, at: market.time, prices: market.lastPrice) {
                directives.append(.persistPaper(one))
            }
        }
        guard !question.isShadow else { return }
        judge(record, question, now, into: &directives)
    }

    private mutating func settle(_ record: inout AnswerRecord, _ question: ModelQuestion, _ now: WallTime) {
        var cost: Money?
        let model = question.request.model
        defer {
            budget.settle(question.id, cost: cost, at: now)
            modelBudgets[model]?.settle(question.id, cost: cost, at: now)
        }
        if record.isCached {
            cost = .zero
            record.cost = .zero
            record.isCostEstimate = false
            return
        }
        if case .failure(_, wasSent: false) = record.end {
            // It never reached anybody who could charge for it.
            cost = .zero
            record.cost = .zero
            return
        }
        if case .answer(let envelope) = record.end, let usage = envelope.usage,
            let known = settings.prices.cost(usage, model: model)
        {
            cost = known.amount
            record.cost = known.amount
            record.isCostEstimate = known.isEstimate
        }
    }

    /// One sentence why nothing is proposed; empty where something is.
    private func reason(_ record: AnswerRecord) -> String {
        guard record.proposalIDs.isEmpty else { return "" }
        if case .failure(let sentence, _) = record.end { return sentence }
        if record.isLate { return "the answer came too late" }
        guard let parsed = record.parsed else { return "" }
        if parsed.outcome == .held {
            let words = parsed.headline.reasoning
            return words.isEmpty ? "the model wants nothing done" : "the model holds: \(words)"
        }
        if parsed.outcome != .decided { return RepairRound.reason(record) }
        return record.isShadow
            ? "asked for comparison only"
            : "nothing it decided can be proposed (confidence, price or whose position it is)"
    }

    private mutating func count(_ record: AnswerRecord) {
        var one = records[record.model] ?? ModelRecord(model: record.model)
        one.cost += record.cost
        one.totalLatency = one.totalLatency + record.latency
        if record.isLate { one.late += 1 }
        switch record.parsed?.outcome {
        case .decided: one.decided += 1
        case .held: one.held += 1
        case .refused: one.refused += 1
        case nil: one.failed += 1
        }
        records[record.model] = one
    }

    /// One more round where the answer can be put right, a rest after too many failures in a row.
    private mutating func judge(
        _ record: AnswerRecord, _ question: ModelQuestion, _ now: WallTime, into directives: inout [Directive]
    ) {
        let isRefused = record.parsed?.outcome == .refused
        lastWasRefused = isRefused
        if !isRefused, record.parsed != nil, !record.isLate {
            failures = 0
            return
        }
        if let parsed = record.parsed, isRefused, !record.isLate, question.round == 1, RepairRound.isWorthwhile(parsed),
            case .answer(let envelope) = record.end
        {
            let again = self.question(
                question.request.messages + RepairRound.messages(envelope.content, parsed), question.request.model,
                question.dialogueID, round: 2, question.boundary, now, template: question.templateVersion,
                dropped: question.dropped, isShadow: false, isComplex: question.isComplex)
            if ask(again, now, into: &directives) { return }
        }
        failures += 1
        let why = record.isLate ? "the answer came too late" : RepairRound.reason(record)
        directives.append(.log(isWarning: true, "no decision from \(record.model) (\(failures) in a row): \(why)"))
        guard failures >= settings.failuresBeforeRest else { return }
        let until = question.boundary + settings.rest
        restsUntil = until
        directives.append(
            .log(
                isWarning: true,
                "the agent rests until \(until) (market time) after \(failures) questions without a usable answer"))
    }
}

extension ModelRecord {
    mutating func add(_ trade: Trade) {
        trades += 1
        if trade.netPnL.isPositive { wins += 1 }
    }
}
