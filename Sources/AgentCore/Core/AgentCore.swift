public import TradingModel

/// The language-model trader: facts in, questions and proposals out.
///
/// It is a strategy like the others: it proposes, risk decides. It runs at its own pace beside the rules, asks by a directive and
/// receives the answer as an event, so that a stored dialogue replays exactly. It never waits: an answer that comes after its
/// ``ModelQuestion/expiresAt`` is recorded and not acted on.
public struct AgentCore: Sendable {
    /// The name under which it proposes what a model decided: `agent:deepseek/deepseek-chat`.
    public static func strategy(of model: String) -> String { "agent:" + model }
    /// Whether a position of that strategy is the agent's, whichever of its models opened it.
    public static func isOwn(_ strategy: String) -> Bool { strategy.hasPrefix("agent:") }

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
        /// A question has ended; a cached answer is a stored one of the same question and costs nothing.
        case answered(questionID: String, AnswerEnd, latency: Span, isCached: Bool = false)
        /// Risk has judged a proposal.
        case verdict(Verdict)
        /// A position is closed.
        case closed(Trade)
        /// What the records hold at start.
        case restored(AgentImage)
        /// Headlines that others wrote, the oldest first; they replace what was known.
        case news([String])
    }

    public enum Directive: Sendable {
        /// Stored before it is asked.
        case persist(ModelQuestion)
        case persistAnswer(AnswerRecord)
        case ask(ModelQuestion)
        case propose(Proposal, OpeningMemory?, questionID: String)
        /// What a model decided has been opened or closed on paper; replaces what was stored of it.
        case persistPaper(PaperPosition)
        case log(isWarning: Bool, String)
    }

    public let settings: AgentSettings
    public internal(set) var budget: MoneyBudget
    /// Of single models, where they have one.
    var modelBudgets: [String: MoneyBudget] = [:]
    public internal(set) var records: [String: ModelRecord] = [:]
    /// Rests until this market time.
    public internal(set) var restsUntil: MarketTime?
    var market: MarketView
    var memory: AgentMemory
    var paper: PaperBook
    public internal(set) var account: AccountBrief?
    var plans: [Symbol: ExitPlan] = [:]
    private var builder: PromptBuilder
    var parser: AnswerParser
    /// Questions without an answer yet, by id.
    var open: [String: ModelQuestion] = [:]
    /// What a dialogue's prompt was made of, while one of its questions is open.
    var evidence: [String: [Symbol: [Evidence]]] = [:]
    /// What was held when a dialogue began: what the lead has opened since is no fault of a compared model.
    var heldThen: [String: [Symbol: PositionSide]] = [:]
    private var rate: QuestionRate
    /// Why a model was not asked the last time, so that it is said once and not at every boundary.
    private var unasked: [String: String] = [:]
    private var askedUpTo: MarketTime?
    private var news: [String] = []
    var failures = 0
    var lastWasRefused = false

    public init(settings: AgentSettings) {
        self.settings = settings
        budget = MoneyBudget(limit: settings.dailyBudget)
        modelBudgets = settings.modelBudgets.mapValues { MoneyBudget(limit: $0) }
        rate = QuestionRate(limit: settings.questionsPerMinute)
        paper = PaperBook(fee: settings.paperFee, timeToLive: settings.paperTimeToLive)
        market = MarketView(symbols: settings.symbols)
        memory = AgentMemory(limit: settings.memory)
        builder = PromptBuilder(template: settings.template, tokenBudget: settings.tokenBudget)
        parser = AnswerParser(context: AnswerContext(symbols: settings.symbols))
    }

    /// What is held, by whoever opened it: the context in which an answer is judged.
    public var positions: [Symbol: PositionSide] { plans.values.reduce(into: [:]) { $0[$1.symbol] = $1.side } }

    /// Takes one fact and appends what is to be done about it, in order.
    public mutating func handle(_ event: Event, at now: WallTime, into directives: inout [Directive]) {
        switch event {
        case .candle(let candle, let session, let sequence): market.take(candle, session: session, sequence: sequence)
        case .ticker(let ticker):
            market.take(ticker)
            for closed in paper.take(ticker) { directives.append(.persistPaper(closed)) }
        case .funding(let rate): market.take(rate)
        case .book(let book): market.take(book)
        case .account(let brief): account = brief
        case .plans(let all):
            plans = [:]
            all.forEach { note($0) }
        case .plan(let plan): note(plan)
        case .clock(let time): askIfDue(time, now, into: &directives)
        case .answered(let id, let end, let latency, let isCached):
            take(end, of: id, latency: latency, isCached: isCached, at: now, into: &directives)
        case .verdict(let verdict):
            guard Self.isOwn(verdict.strategy), !verdict.isApproved else { return }
            memory.forget(verdict.proposalID)
            memory.note(verdict)
        case .closed(let trade):
            if let model = memory.close(trade) {
                records[model, default: ModelRecord(model: model)].add(trade)
            }
        case .restored(let image): restore(image, at: now)
        case .news(let headlines): news = headlines
        }
    }

    private mutating func restore(_ image: AgentImage, at now: WallTime) {
        budget.restore(spent: image.spentToday.values.reduce(.zero, +), at: now)
        for model in modelBudgets.keys {
            modelBudgets[model]?.restore(spent: image.spentToday[model] ?? .zero, at: now)
        }
        memory.restore(image.openings, image.closedTrades)
        paper.restore(image.paper)
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
        evidence = evidence.filter { id, _ in open.values.contains { $0.dialogueID == id } }
        heldThen = heldThen.filter { evidence[$0.key] != nil }
        heldThen[dialogueID] = positions
        evidence[dialogueID] = Dictionary(
            settings.symbols.map { ($0, market.evidence($0, at: boundary)) }, uniquingKeysWith: { first, _ in first })
        do throws(PromptError) {
            let prompt = try builder.build(input)
            let isComplex = isComplex
            let lead = isComplex ? settings.models.reasoner : settings.models.chat
            for model in [lead] + settings.models.shadows.filter({ $0 != lead }) {
                let question = question(
                    prompt.messages, model, dialogueID, round: 1, boundary, now, template: prompt.templateVersion,
                    dropped: prompt.dropped, isShadow: model != lead, isComplex: isComplex)
                ask(question, now, into: &directives)
            }
        } catch {
            directives.append(.log(isWarning: true, error.description))
        }
    }

    func question(
        _ messages: [ChatMessage], _ model: String, _ dialogueID: String, round: Int, _ boundary: MarketTime,
        _ now: WallTime, template: String, dropped: [String], isShadow: Bool, isComplex: Bool
    ) -> ModelQuestion {
        let isReasoner = model == settings.models.reasoner && model != settings.models.chat
        let request = ChatRequest(
            model: model, messages: messages, maxTokens: isReasoner ? settings.reasonerTokens : settings.maxTokens,
            temperature: settings.temperature, isStream: settings.isStream, wantsCost: settings.wantsCost)
        return ModelQuestion(
            id: "q" + StableHash.of("\(dialogueID)|\(model)|\(round)").short(20), dialogueID: dialogueID, round: round,
            request: request, templateVersion: template, dropped: dropped, askedAt: now, boundary: boundary,
            expiresAt: now + settings.answerWithin, worstCost: settings.prices.worstCost(request) ?? .zero,
            isShadow: isShadow, isComplex: isComplex)
    }

    /// Sets the money aside and directs to store and ask; says why where the question is not asked.
    @discardableResult
    mutating func ask(_ question: ModelQuestion, _ now: WallTime, into directives: inout [Directive]) -> Bool {
        let model = question.request.model
        func refuse(_ kind: String, _ why: String) -> Bool {
            if unasked.updateValue(kind, forKey: model) != kind {
                directives.append(.log(isWarning: true, "model \(model) is not asked: \(why)"))
            }
            return false
        }
        guard settings.prices.prices[model] != nil else {
            return refuse("price", "it has no price, so its cost cannot be bounded; give it one")
        }
        guard rate.admit(now) else {
            return refuse(
                "rate", "\(rate.limit) questions were asked within this minute, see agent.questions_per_minute")
        }
        let worst = question.worstCost
        guard budget.reserve(worst, for: question.id, at: now) else {
            return refuse(
                "budget", "the question may cost \(worst) USD and \(budget.left) of today's \(budget.limit) are left")
        }
        if let own = modelBudgets[model], modelBudgets[model]?.reserve(worst, for: question.id, at: now) == false {
            budget.settle(question.id, cost: .zero, at: now)
            return refuse(
                "budget", "the question may cost \(worst) USD and \(own.left) of its \(own.limit) a day are left")
        }
        unasked[model] = nil
        open[question.id] = question
        records[model, default: ModelRecord(model: model)].questions += 1
        directives.append(.persist(question))
        directives.append(.ask(question))
        return true
    }

    /// Whether the moment is one in which an error costs most.
    private var isComplex: Bool {
        if lastWasRefused, settings.models.isComplexAfterRefusal { return true }
        if let account, account.drawdown >= settings.models.complexDrawdown, account.drawdown.isPositive { return true }
        for plan in plans.values where Self.isOwn(plan.strategy) && plan.status == .active {
            guard let price = market.lastPrice(plan.symbol), plan.entryPrice.isPositive else { continue }
            let way = plan.stopLoss.change(from: plan.entryPrice, .halfEven)
            let gone = price.change(from: plan.entryPrice, .halfEven)
            guard !way.isZero, way.isNegative == gone.isNegative else { continue }
            if gone.magnitude.double >= way.magnitude.double * settings.models.complexLoss.double { return true }
        }
        return false
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
            time: time, account: account, markets: markets, positions: positions, closedTrades: memory.closedTrades,
            news: news, denials: memory.denials)
    }
}
