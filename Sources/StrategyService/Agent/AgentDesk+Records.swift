import AgentCore
import DialogueArchive
import JSONText
import Logging
import Portfolio
import ServiceRuntime
import Storage
import TradingModel
import Wire

extension AgentDesk {
    /// Does what has been directed: everything of one event is committed in one transaction before anything of it leaves.
    func obey(_ pending: [AgentCore.Directive]) {
        var told: [Dialogue] = []
        let isRecorded = attempt("its dialogue") { () throws(StorageError) in
            try store.transaction { () throws(StorageError) in
                for directive in pending { try record(directive, &told) }
            }
        }
        guard isRecorded else { return }
        for dialogue in told { bus.publish(dialogue, on: .dialogue(dialogue.model)) }
        for directive in pending {
            switch directive {
            case .ask(let question): ask(question)
            case .propose(let proposal, _, _): propose(proposal)
            case .log(let isWarning, let sentence):
                if isWarning { log.warning("\(sentence)") } else { log.info("\(sentence)") }
            case .persist, .persistAnswer, .persistPaper: break
            }
        }
        if !told.isEmpty { publishLeaderboard() }
    }

    private func record(_ directive: AgentCore.Directive, _ told: inout [Dialogue]) throws(StorageError) {
        switch directive {
        case .persist(let question):
            let row = row(question)
            // The same question of an earlier run was paid for then, and is not asked again.
            guard try !store.hasQuestion(question.id) else { return }
            try store.store(row)
            asked[question.id] = row
            standings.addQuestion(row.model, isSimulated: row.isSimulated)
            told.append(Dialogue(row))
        case .persistAnswer(let answer):
            guard let question = asked.removeValue(forKey: answer.questionID) else { return }
            let dialogue = dialogue(question, answer)
            try store.store(row(answer, dialogue))
            standings.add(
                StandingsBook.Ending(
                    outcome: dialogue.outcome, isLate: answer.isLate, isCached: answer.isCached, latency: answer.latency
                ),
                answer.model)
            standings.addCost(answer.cost, answer.model)
            told.append(dialogue)
        case .propose(let proposal, let opening, let questionID):
            try store.store(row(proposal, opening, questionID))
        case .persistPaper(let position):
            try store.store(row(position))
            if let result = position.result { standings.addPaper(result, position.model) }
        case .ask, .log: break
        }
    }

    private func ask(_ question: ModelQuestion) {
        let row = asked[question.id]
        let window = bus.now - Self.cacheWindow
        var stored: AnswerRow?
        attempt("a question") { () throws(StorageError) in
            stored = try store.storedAnswer(cacheKey: question.request.cacheKey, since: window)
        }
        if let stored, let content = stored.content {
            var envelope = AnswerEnvelope()
            envelope.content = content
            envelope.finishReason = stored.finishReason
            envelope.provider = stored.provider
            return answered(question.id, .answer(envelope), .zero, isCached: true)
        }
        guard row != nil else {
            let sentence = "the same question was asked before this start and has no usable answer"
            return answered(question.id, .failure(sentence, wasSent: false), .zero)
        }
        send(question)
    }

    /// A stored answer to the very same question is taken for so long.
    private static let cacheWindow = Span.hours(24)

    private func propose(_ proposal: Proposal) {
        log.info(
            "\(proposal.symbol): \(proposal.strategy) proposes \(proposal.action.rawValue) with confidence \(proposal.confidence)",
            metadata: ["decision.id": "\(proposal.decisionID)"])
        let patience = Span.seconds(Int64(settings.strategy.proposalSeconds))
        bus.request(proposal, to: .risk, id: proposal.id, timeToLive: patience) { self.finished(proposal, $0) }
    }

    private func finished(_ proposal: Proposal, _ outcome: RequestOutcome) {
        switch outcome {
        case .reply(let message):
            do throws(WireError) {
                let verdict = try message.body(Verdict.self)
                if let denial = verdict.denial {
                    log.info(
                        "\(proposal.symbol): risk denied \(proposal.strategy)'s \(proposal.action.rawValue): \(denial)")
                }
                take(verdict)
            } catch {
                unanswered(proposal, "risk's verdict on \(proposal.id) was not understood: \(error)")
            }
        case .refused(let refusal):
            unanswered(proposal, "proposal \(proposal.id) was refused: \(refusal.sentence)")
        case .expired:
            unanswered(
                proposal,
                "proposal \(proposal.id) of \(proposal.symbol) expired unanswered: risk is down or slow; it keeps the truth"
            )
        }
    }

    // MARK: Told

    var leaderboard: Leaderboard {
        var board = Leaderboard()
        board.provider = source.label
        board.spentToday = core.budget.committed
        board.dailyBudget = core.budget.limit
        board.restsUntil = core.restsUntil
        board.standings = standings.standings
        return board
    }

    func publishLeaderboard() { bus.publish(leaderboard, on: .leaderboard) }

    /// Answers a request for dialogues.
    func dialogues(_ request: DialoguesRequest) throws(StorageError) -> Dialogues {
        var reply = Dialogues()
        reply.leaderboard = leaderboard
        reply.dialogues = try store.dialogues(limit: min(max(request.limit, 1), 200), id: request.dialogueID)
        reply.sequences = bus.sequences(prefixes: ["dialogue.", Topic.leaderboard.name])
        return reply
    }

    // MARK: Rows

    private func row(_ question: ModelQuestion) -> QuestionRow {
        var row = QuestionRow()
        row.id = question.id
        row.dialogueID = question.dialogueID
        row.round = question.round
        row.model = question.request.model
        row.strategy = AgentCore.strategy(of: question.request.model)
        row.isSimulated = source.isSimulated
        row.isCompared = question.isShadow
        row.isComplex = question.isComplex
        row.boundary = question.boundary
        row.askedAt = question.askedAt
        row.expiresAt = question.expiresAt
        row.template = question.templateVersion
        row.dropped = question.dropped.joined(separator: "; ")
        row.parameters = Self.parameters(question.request).text()
        row.baseURL = source.address
        row.cacheKey = question.request.cacheKey
        row.positions = Self.json(core.positions)
        row.symbols = core.settings.symbols.map(\.name).joined(separator: ",")
        row.prompt = question.request.messages.map { "## \($0.role.rawValue)\n\($0.content)" }.joined(separator: "\n")
        row.worstCost = question.worstCost
        return row
    }

    private static func parameters(_ request: ChatRequest) -> JSONValue {
        let temperature = JSONNumber(request.temperature.description).map(JSONValue.number) ?? 0
        return [
            "max_tokens": JSONValue(request.maxTokens), "temperature": temperature,
            "response_format": .string(request.wantsJSONObject ? "json_object" : "text"),
            "stream": .bool(request.isStream),
        ]
    }

    private static func json(_ positions: [Symbol: PositionSide]) -> String {
        let held = positions.sorted { $0.key < $1.key }.map { ($0.key.name, JSONValue.string($0.value.rawValue)) }
        return JSONValue.object(JSONObject(held)).text()
    }

    /// What is kept of one text: more was never read.
    private static let longestText = 256 << 10

    private static func kept(_ text: String) -> String {
        text.utf8.count <= longestText
            ? text : String(decoding: text.utf8.prefix(longestText), as: UTF8.self) + "… (cut)"
    }

    private func row(_ answer: AnswerRecord, _ dialogue: Dialogue) -> AnswerRow {
        var row = AnswerRow()
        row.questionID = answer.questionID
        row.answeredAt = answer.answeredAt
        row.latency = answer.latency
        row.outcome = dialogue.outcome
        row.isLate = answer.isLate
        row.isCached = answer.isCached
        row.reason = dialogue.reason
        if case .answer(let envelope) = answer.end {
            row.content = dialogue.answer
            row.thoughts = dialogue.thoughts
            row.finishReason = String(envelope.finishReason.prefix(100))
            row.provider = String(envelope.provider.prefix(100))
            row.responseID = String(envelope.id.prefix(100))
        }
        row.report = dialogue.report
        row.promptTokens = dialogue.promptTokens
        row.answerTokens = dialogue.answerTokens
        row.cost = answer.cost
        row.isCostEstimate = answer.isCostEstimate
        row.positions = Self.json(answer.positions)
        return row
    }

    private func dialogue(_ question: QuestionRow, _ answer: AnswerRecord) -> Dialogue {
        var dialogue = Dialogue(question)
        dialogue.answeredAt = answer.answeredAt
        dialogue.latency = answer.latency
        dialogue.isLate = answer.isLate
        dialogue.isCached = answer.isCached
        dialogue.reason = String(answer.reason.prefix(1_000))
        dialogue.proposalIDs = answer.proposalIDs
        dialogue.cost = answer.cost
        dialogue.isCostEstimate = answer.isCostEstimate
        dialogue.prompt = question.prompt
        switch answer.parsed?.outcome {
        case .decided: dialogue.outcome = .decided
        case .held: dialogue.outcome = .held
        case .refused: dialogue.outcome = .refused
        case nil: dialogue.outcome = .failed
        }
        if let parsed = answer.parsed {
            dialogue.decisions = parsed.decisions.prefix(20).map(ModelDecision.init)
            dialogue.repairs = parsed.repairs.prefix(30).map(\.words)
        }
        if case .answer(let envelope) = answer.end {
            dialogue.promptTokens = envelope.usage?.promptTokens ?? 0
            dialogue.answerTokens = envelope.usage?.completionTokens ?? 0
            dialogue.answer = Self.kept(envelope.content)
            if !envelope.reasoning.isEmpty { dialogue.thoughts = Self.kept(envelope.reasoning) }
        }
        return dialogue
    }

    private func row(_ proposal: Proposal, _ opening: OpeningMemory?, _ questionID: String) -> ModelProposalRow {
        var row = ModelProposalRow()
        row.id = proposal.id
        row.questionID = questionID
        row.dialogueID = proposal.decisionID
        row.model = asked[questionID]?.model ?? String(proposal.strategy.dropFirst("agent:".count))
        row.strategy = proposal.strategy
        row.symbol = proposal.symbol
        row.action = proposal.action
        row.price = proposal.price
        row.stopLoss = proposal.stopLoss
        row.takeProfit = proposal.takeProfit
        row.leverage = proposal.leverage
        row.confidence = opening?.confidence ?? .zero
        row.reasoning = opening?.reasoning ?? ""
        row.invalidation = opening?.invalidation ?? ""
        row.decidedAt = proposal.decidedAt
        row.equity = core.account?.equity ?? .zero
        return row
    }

    private func row(_ position: PaperPosition) -> PaperPositionRow {
        var row = PaperPositionRow()
        row.id = position.id
        row.model = position.model
        row.symbol = position.symbol
        row.side = position.side
        row.exposure = position.exposure
        row.entryPrice = position.entryPrice
        row.stopLoss = position.stopLoss
        row.takeProfit = position.takeProfit
        row.openedAt = position.openedAt
        row.closedAt = position.closedAt
        row.exitPrice = position.exitPrice
        row.exitReason = position.exitReason
        row.result = position.result
        return row
    }
}

extension ModelDecision {
    /// As the parser judged it.
    init(_ judged: JudgedDecision) {
        self.init()
        let decision = judged.decision
        action = decision.action.rawValue
        asked = String(judged.asked.prefix(100))
        symbol = decision.symbol
        leverage = decision.plan?.leverage
        positionSize = decision.plan?.positionSize
        stopLoss = decision.plan?.stopLoss
        takeProfit = decision.plan?.takeProfit
        confidence = decision.confidence
        reasoning = String(decision.reasoning.prefix(4_000))
        invalidation = String(decision.invalidation.prefix(1_000))
        reasons = judged.causes.map { "\($0.reason.rawValue): \($0.sentence.prefix(500))" }
    }
}
