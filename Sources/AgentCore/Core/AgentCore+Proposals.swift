import TradingModel

extension AgentCore {
    /// What an answer leads to: closes first, then openings, the most confident first.
    func propose(_ answer: ParsedAnswer, _ question: ModelQuestion) -> [(Proposal, OpeningMemory?)] {
        let decisions = answer.decisions.map(\.decision)
        let closes = decisions.filter { $0.action == .close }
        let openings = decisions.filter { $0.action.opens != nil }.enumerated().sorted { a, b in
            let (x, y) = (a.element.confidence ?? .zero, b.element.confidence ?? .zero)
            return x == y ? a.offset < b.offset : x > y
        }.map(\.element)
        return (closes + openings).compactMap { proposal($0, question) }
    }

    private func proposal(_ decision: AgentDecision, _ question: ModelQuestion) -> (Proposal, OpeningMemory?)? {
        guard let symbol = decision.symbol, let price = market.lastPrice(symbol) else { return nil }
        var proposal = Proposal()
        proposal.decisionID = question.dialogueID
        proposal.strategy = Self.strategy(of: question.request.model)
        proposal.symbol = symbol
        proposal.price = price
        proposal.confidence = decision.confidence?.double ?? 0
        proposal.timeframe = .fiveMinutes
        proposal.decidedAt = question.boundary
        // What the model has seen, however much has happened since: risk refuses what is too old.
        proposal.evidence = evidence[question.dialogueID]?[symbol] ?? []
        var opening: OpeningMemory?
        if decision.action == .close {
            // Only what it opened itself: another strategy's position is that strategy's to leave.
            guard let plan = plans[symbol], Self.isOwn(plan.strategy), plan.status == .active else { return nil }
            // Risk lets only who opened a position leave it: one model closes what another opened in its name.
            proposal.strategy = plan.strategy
            proposal.action = plan.side == .long ? .exitLong : .exitShort
        } else {
            guard let side = decision.action.opens, let plan = decision.plan, let confidence = decision.confidence,
                confidence >= settings.minimumConfidence
            else { return nil }
            proposal.action = side == .long ? .enterLong : .enterShort
            proposal.leverage = plan.leverage
            // Never more than the model asked for: risk sizes up to its largest share, this is the part of it.
            if settings.maximumSize > plan.positionSize {
                proposal.share = Ratio(
                    raw: Rounding.down.multiply(plan.positionSize.raw, Ratio.scale, dividedBy: settings.maximumSize.raw)
                        ?? 0)
            }
            if settings.conditionFault(decision.invalidation, proposal.timeframe) == nil {
                proposal.invalidation = decision.invalidation
            }
            let away = side == .long ? plan.stopLoss : -plan.stopLoss
            let toward = side == .long ? plan.takeProfit : -plan.takeProfit
            proposal.stopLoss = price.moved(by: away, .halfEven)
            proposal.takeProfit = price.moved(by: toward, .halfEven)
            opening = OpeningMemory(
                openedAt: question.boundary, confidence: confidence, reasoning: decision.reasoning,
                invalidation: decision.invalidation)
        }
        let words = "agent|\(question.dialogueID)|\(symbol)|\(proposal.action.rawValue)"
        proposal.id = "p" + StableHash.of(words).short(24)
        return (proposal, opening)
    }
}

/// The one round in which a model may put its answer right.
enum RepairRound {
    /// Bytes of the first answer that are shown again.
    static let echoLimit = 6_000

    /// Whether telling the model can help: not where the provider failed, the answer was far too long, or the model refused.
    static func isWorthwhile(_ parsed: ParsedAnswer) -> Bool {
        let hopeless: Set<HoldReason> = [.providerError, .refusedByModel, .tooLarge]
        return !parsed.allCauses.contains { hopeless.contains($0.reason) }
    }

    /// The first answer as it was, and every reason against it.
    static func messages(_ content: String, _ parsed: ParsedAnswer) -> [ChatMessage] {
        var echo =
            content.utf8.count > echoLimit
            ? String(decoding: content.utf8.prefix(echoLimit), as: UTF8.self) + "…" : content
        if echo.isEmpty { echo = "(empty)" }
        let faults = parsed.allCauses.filter { !$0.reason.isWish }.prefix(12)
            .map { "- \($0.reason.rawValue): \(PromptText.sentence($0.sentence))" }
        let text = """
            Your answer could not be used:
            \(faults.joined(separator: "\n"))
            Answer again with exactly one JSON object that keeps the schema, and nothing else. If you are not sure, answer HOLD.
            """
        return [ChatMessage(.assistant, echo), ChatMessage(.user, text)]
    }

    /// Why there was no decision, in one sentence.
    static func reason(_ record: AnswerRecord) -> String {
        if case .failure(let sentence, _) = record.end { return sentence }
        return record.parsed?.allCauses.first { !$0.reason.isWish }?.sentence ?? "no reason is known"
    }
}

extension PromptText {
    /// One of our own sentences that may hold a model's words: in one line, without marks that mean something in a prompt.
    static func sentence(_ text: String) -> String {
        String(
            text.unicodeScalars.prefix(400).map {
                $0.value < 0x20 || "`<>=#".unicodeScalars.contains($0) ? " " : Character($0)
            })
    }
}
