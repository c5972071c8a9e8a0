public import TradingModel

/// The language-model trader: facts in, questions and proposals out.
///
/// It is a strategy like the others: it proposes, risk decides. It runs at its own pace beside the rules, asks by a directive and
/// receives the answer as an event, so that a stored dialogue replays exactly. It never waits: an answer that comes after its
/// ``ModelQuestion/expiresAt`` is recorded and not acted on.
public struct AgentCore: Sendable {
    /// The name under which it proposes.
    public static let strategy = "agent"

    public enum Event: Sendable {
        case candle(Candle, session: String, sequence: Int)
        case ticker(Ticker)
        case funding(FundingRate)
        case book(OrderBook)
        case account(AccountBrief)
        /// All plans risk holds; replaces what was known.
        case plans([ExitPlan])
        case plan(ExitPlan)
        /// Market time has come this far.
        case clock(MarketTime)
        /// A question has ended.
        case answered(questionID: String, AnswerEnd, latency: Span)
        /// Risk has judged a proposal.
        case verdict(Verdict)
        /// A position is closed.
        case closed(planID: String, exitPrice: Price, reason: ExitReason, at: MarketTime)
        /// What the records hold at start: money spent today, and what was remembered.
        case restored(spentToday: Money, openings: [String: OpeningMemory], closedTrades: [ClosedTradeBrief])
    }

    public enum Directive: Sendable {
        /// Stored before it is asked.
        case persist(ModelQuestion)
        case persistAnswer(AnswerRecord)
        case ask(ModelQuestion)
        case propose(Proposal, OpeningMemory?)
        case log(isWarning: Bool, String)
    }

    public let settings: AgentSettings
    public private(set) var budget: MoneyBudget
    public private(set) var records: [String: ModelRecord] = [:]
    /// Rests until this market time.
    public private(set) var restsUntil: MarketTime?
    var market: MarketView
    var memory: AgentMemory
    var account: AccountBrief?
    var plans: [Symbol: ExitPlan] = [:]
    private var builder: PromptBuilder
    private var parser: AnswerParser
    /// Questions without an answer yet, by id.
    private var open: [String: ModelQuestion] = [:]
    private var askedUpTo: MarketTime?
    private var failures = 0
    private var lastWasRefused = false

    public init(settings: AgentSettings) {
        self.settings = settings
        budget = MoneyBudget(limit: settings.dailyBudget)
        market = MarketView(symbols: settings.symbols)
        memory = AgentMemory(limit: settings.memory)
        builder = PromptBuilder(tokenBudget: settings.tokenBudget)
        parser = AnswerParser(context: AnswerContext(symbols: settings.symbols))
    }

    /// Takes one fact and appends what is to be done about it, in order.
    public mutating func handle(_ event: Event, at now: WallTime, into directives: inout [Directive]) {
        switch event {
        case .candle(let candle, let session, let sequence): market.take(candle, session: session, sequence: sequence)
        case .ticker(let ticker): market.take(ticker)
        case .funding(let rate): market.take(rate)
        case .book(let book): market.take(book)
        case .account(let brief): account = brief
        case .plans(let all):
            plans = [:]
            all.forEach { note($0) }
        case .plan(let plan): note(plan)
        case .clock(let time): askIfDue(time, now, into: &directives)
        case .answered(let id, let end, let latency): take(end, of: id, latency: latency, at: now, into: &directives)
        case .verdict(let verdict): if !verdict.isApproved { memory.forget(verdict.proposalID) }
        case .closed(let id, let price, let reason, let time):
            if let (model, result) = memory.close(id, exitPrice: price, reason: reason, at: time) {
                records[model, default: ModelRecord(model: model)].add(result)
            }
        case .restored(let spent, let openings, let trades):
            budget.restore(spent: spent, at: now)
            memory.restore(openings, trades)
        }
    }

    private mutating func note(_ plan: ExitPlan) {
        if plan.status != .spent {
            plans[plan.symbol] = plan
            memory.note(plan)
        } else if plans[plan.symbol]?.id == plan.id {
            plans[plan.symbol] = nil
        }
    }

    // MARK: - Asking

    private mutating func askIfDue(_ time: MarketTime, _ now: WallTime, into directives: inout [Directive]) {
        expire(now, into: &directives)
        let interval = settings.interval.micros
        let boundary = MarketTime(micros: time.micros - time.micros % interval)
        guard let known = askedUpTo else {
            // The first clock only tells where we are.
            askedUpTo = boundary
            return
        }
        guard boundary > known else { return }
        askedUpTo = boundary
        if let until = restsUntil {
            guard time >= until else { return }
            restsUntil = nil
            failures = 0
            directives.append(.log(isWarning: false, "the agent has rested and asks again"))
        }
        // One question at a time: the next boundary comes soon enough.
        guard !open.values.contains(where: { !$0.isShadow }) else { return }
        guard let input = promptInput(boundary) else { return }
        let dialogueID = "g" + StableHash.of("agent|\(boundary.micros)").short(16)
        do throws(PromptError) {
            let prompt = try builder.build(input)
            let lead = model()
            ask(prompt.messages, lead, prompt, dialogueID, round: 1, boundary, isShadow: false, now, into: &directives)
            for shadow in settings.models.shadows where shadow != lead {
                ask(
                    prompt.messages, shadow, prompt, dialogueID, round: 1, boundary, isShadow: true, now,
                    into: &directives)
            }
        } catch {
            directives.append(.log(isWarning: true, error.description))
        }
    }

    private mutating func ask(
        _ messages: [ChatMessage], _ model: String, _ prompt: BuiltPrompt, _ dialogueID: String, round: Int,
        _ boundary: MarketTime, isShadow: Bool, _ now: WallTime, into directives: inout [Directive]
    ) {
        let request = ChatRequest(
            model: model, messages: messages, maxTokens: settings.maxTokens, isStream: settings.isStream,
            wantsCost: settings.wantsCost)
        let id = "q" + StableHash.of("\(dialogueID)|\(model)|\(round)").short(20)
        guard let worst = settings.prices.worstCost(request) else {
            directives.append(
                .log(
                    isWarning: true,
                    "model \(model) is not asked: it has no price, so its cost cannot be bounded; give it one"))
            return
        }
        guard budget.reserve(worst, for: id, at: now) else {
            directives.append(
                .log(
                    isWarning: true,
                    "model \(model) is not asked: the question may cost \(worst) USD and \(budget.left) of today's \(budget.limit) are left"
                ))
            return
        }
        let question = ModelQuestion(
            id: id, dialogueID: dialogueID, round: round, request: request, templateVersion: prompt.templateVersion,
            dropped: prompt.dropped, askedAt: now, boundary: boundary, expiresAt: now + settings.answerWithin,
            worstCost: worst, isShadow: isShadow)
        open[id] = question
        records[model, default: ModelRecord(model: model)].questions += 1
        directives.append(.persist(question))
        directives.append(.ask(question))
    }

    /// The chat model, or the reasoner where the moment is complex.
    private func model() -> String {
        if lastWasRefused { return settings.models.reasoner }
        if let account, account.drawdown >= settings.models.complexDrawdown { return settings.models.reasoner }
        for plan in plans.values where plan.strategy == Self.strategy && plan.status == .active {
            guard let price = market.lastPrice(plan.symbol), plan.entryPrice.isPositive else { continue }
            let way = plan.stopLoss.change(from: plan.entryPrice, .halfEven)
            let gone = price.change(from: plan.entryPrice, .halfEven)
            guard !way.isZero, way.isNegative == gone.isNegative else { continue }
            if gone.magnitude.double >= way.magnitude.double * settings.models.complexLoss.double {
                return settings.models.reasoner
            }
        }
        return settings.models.chat
    }

    private func promptInput(_ time: MarketTime) -> PromptInput? {
        guard let account else { return nil }
        let markets = settings.symbols.compactMap { market.brief($0) }
        guard !markets.isEmpty else { return nil }
        let positions = plans.values.filter { $0.status == .active || $0.status == .closing }
            .sorted { $0.symbol < $1.symbol }
            .compactMap { plan in
                market.lastPrice(plan.symbol).map {
                    PositionBrief(plan: plan, lastPrice: $0, memory: memory.opening(plan.id))
                }
            }
        return PromptInput(
            time: time, account: account, markets: markets, positions: positions, closedTrades: memory.closedTrades)
    }

    // MARK: - Answers

    /// Questions nobody answered in time have failed.
    private mutating func expire(_ now: WallTime, into directives: inout [Directive]) {
        // An answer may still come; it is taken as late for as long again.
        for question in open.values.sorted(by: { $0.id < $1.id }) where now > question.expiresAt + settings.answerWithin
        {
            take(
                .failure("no answer came"), of: question.id, latency: now - question.askedAt, at: now, into: &directives
            )
        }
    }

    private mutating func take(
        _ end: AnswerEnd, of id: String, latency: Span, at now: WallTime, into directives: inout [Directive]
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
            latency: latency, isLate: isLate, end: end, parsed: nil, cost: question.worstCost,
            isCostEstimate: true, proposalIDs: [])
        settle(&record, question, now)
        var proposals: [(Proposal, OpeningMemory?)] = []
        if case .answer(let envelope) = end {
            parser.context.positions = plans.values.reduce(into: [:]) { $0[$1.symbol] = $1.side }
            let parsed = parser.parse(envelope)
            record.parsed = parsed
            if !question.isShadow, !record.isLate { proposals = propose(parsed, question) }
        }
        record.proposalIDs = proposals.map(\.0.id)
        count(record)
        directives.append(.persistAnswer(record))
        for (proposal, opening) in proposals {
            if let opening { memory.remember(proposal.id, opening, model: model) }
            directives.append(.propose(proposal, opening))
        }
        guard !question.isShadow else { return }
        judge(record, question, now, into: &directives)
    }

    private mutating func settle(_ record: inout AnswerRecord, _ question: ModelQuestion, _ now: WallTime) {
        var cost: Money?
        if case .answer(let envelope) = record.end, let usage = envelope.usage,
            let known = settings.prices.cost(usage, model: question.request.model)
        {
            cost = known.amount
            record.cost = known.amount
            record.isCostEstimate = known.isEstimate
        }
        budget.settle(question.id, cost: cost, at: now)
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
            let messages = question.request.messages + RepairRound.messages(envelope.content, parsed)
            let prompt = BuiltPrompt(
                messages: messages, templateVersion: question.templateVersion, tokenBound: 0, dropped: question.dropped)
            let openBefore = open.count
            ask(
                messages, question.request.model, prompt, question.dialogueID, round: 2, question.boundary,
                isShadow: false,
                now, into: &directives)
            if open.count > openBefore { return }
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
    mutating func add(_ result: Ratio) {
        trades += 1
        if result.isPositive { wins += 1 }
        totalResult += result
    }
}
