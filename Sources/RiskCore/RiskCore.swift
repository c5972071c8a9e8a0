import Portfolio
public import TradingModel

/// The gate and the guard: decides on every proposal and watches every open position.
///
/// Pure: facts go in with the wall time at which they are handled, directives come out. What a directive depends on is
/// persisted by one before it, so that a crash between any two leaves a state from which the core goes on without losing
/// or doubling an order.
public struct RiskCore: Sendable {
    public let limits: RiskLimits
    let exitGuard: ExitGuard
    /// Whether somebody keeps what is persisted and reads what is logged below a warning. A backtest has neither files nor
    /// a log: for it neither is made. Nothing else depends on it.
    public var keepsRecords = true

    var market = MarketView()
    var history: CandleHistory
    var correlations = CorrelationMemory()
    var protections: ProtectionBook
    /// When entries were approved in the last hour of market time.
    var entryTimes: [MarketTime] = []
    var pulse = FeedPulse()
    /// Deposits less withdrawals that peak and day have been scaled for.
    var netDeposits: Money?
    /// What the open positions may lose, as of the last candle or change of a position.
    var portfolioRisk: ValueAtRisk?
    var book = AccountBook()
    var peak = PeakEquity()
    var control = TradingControl()
    var day: DayRecord?
    var isKillFilePresent = false

    /// Plans that are not spent, by id, and the one of each symbol.
    var plans: [String: GuardedPlan] = [:]
    /// No active plan's time to live ends before it; one that is left or spent may leave it too early, never too late.
    var firstExpiry = MarketTime(micros: .max)
    var planBySymbol: [Symbol: String] = [:]
    var spentPlans = BoundedMemory<String, ExitPlan>(capacity: 256)
    /// Positions that no plan watches: opened by a hand that is not ours.
    var unguarded: Set<Symbol> = []
    var orders: [ClientOrderID: TrackedOrder] = [:]
    var verdicts = BoundedMemory<String, Verdict>(capacity: 4_096)
    /// Who waits for the acknowledgement of an order, and with which proposal.
    var waiting: [ClientOrderID: [Waiter]] = [:]

    /// Execution has reconciled with its venue, as far as its last snapshot says.
    var isReconciled = false
    /// Proposals that came while feed's or execution's truth was being asked for.
    var deferred: [DeferredProposal] = []
    var snapshots = SnapshotRequests()
    var lockStep: LockStep
    var published = RiskState()
    /// What the log has last said about ``isAtRest``.
    var isRestTold = false
    var publishedAt: WallTime = .distantPast

    struct Waiter: Sendable {
        let proposalID: String
        let token: RequestToken
    }

    struct DeferredProposal: Sendable {
        let proposal: Proposal
        let token: RequestToken
        let expiresAt: WallTime?
    }

    /// Which snapshot of execution was asked for last, when, and which was answered last.
    struct SnapshotRequests: Sendable {
        var asked = 0
        var askedAt: WallTime = .distantPast
        var answered = 0
        var isOutstanding: Bool { answered < asked }
    }

    /// `isLockStep`: feed runs in steps (`docs/architecture.md`, "Lock-step"), so wall time decides nothing.
    public init(limits: RiskLimits, isLockStep: Bool) {
        self.limits = limits
        exitGuard = ExitGuard(rules: limits.exits)
        history = CandleHistory(measured: limits.valueAtRisk.timeframe)
        protections = ProtectionBook(limits.protections)
        lockStep = LockStep(isOn: isLockStep)
    }

    /// Takes in one fact and appends what is to be done about it, in order.
    public mutating func handle(_ event: RiskEvent, at now: WallTime, into directives: inout [RiskDirective]) {
        switch event {
        case .ticker, .candle, .staleness, .clock:
            admit(event, at: now, into: &directives)
        case .feedSession(let session): market.take(session: session)
        case .feedGap: market.loseTrack()
        case .candles(let symbol, let timeframe, let candles):
            remember(candles, symbol, timeframe, at: now, into: &directives)
        case .funding(let funding): market.take(funding)
        case .feedSnapshot(let view): take(view, at: now, into: &directives)
        case .restored(let memory): restore(memory, at: now)
        case .proposal(let proposal, let token, let expiresAt):
            consider(proposal, token: token, expiresAt: expiresAt, at: now, into: &directives)
        case .command(let command, let token): obey(command, token: token, at: now, into: &directives)
        case .killFile(let isPresent): takeKillFile(isPresent: isPresent, at: now, into: &directives)
        case .order(let order): learn(order.id, order, at: now, into: &directives)
        case .orderReport(let id, let order): learn(id, order, at: now, into: &directives)
        case .orderUnanswered(let id): lose(id, at: now, into: &directives)
        case .position(let position): take(position, at: now, into: &directives)
        case .account(let account):
            takeDeposits(account, into: &directives)
            book.take(account, prices: market.tickers)
            assess(at: now, into: &directives)
            publishIfChanged(at: now, into: &directives)
        case .trade(let trade): take(trade, at: now, into: &directives)
        case .executionBarrier(let barrier): lockStep.take(barrier)
        case .executionGap: requestSnapshot(at: now, into: &directives)
        case .executionSnapshot(let view, let number): take(view, number: number, at: now, into: &directives)
        case .timer: passTime(at: now, into: &directives)
        }
        if lockStep.isOn { runSteps(at: now, into: &directives) }
        if !deferred.isEmpty, canJudge { considerDeferred(at: now, into: &directives) }
    }

    // MARK: What others may ask

    /// The trading state with its figures, as of the last facts.
    public var state: RiskState {
        var state = RiskState()
        state.state = control.state
        state.reason = reason
        state.since = control.since
        state.equity = book.equity
        state.peakEquity = peak.peak
        state.drawdown = peak.drawdown
        state.dayStartEquity = day?.startEquity ?? .zero
        state.dailyLoss = day?.loss(at: book.equity) ?? .zero
        state.dailyTrades = day?.trades ?? 0
        state.grossExposure = book.positions.values.reduce(.zero) { sum, position in
            sum + (market.tickers[position.symbol].map { .notional($0.last, position.quantity) } ?? position.cost)
        }
        state.openPositions = book.positions.count
        if let risk = portfolioRisk, !book.positions.isEmpty {
            state.valueAtRisk = risk.loss
            state.conditionalValueAtRisk = risk.tailLoss
        }
        return state
    }

    var reason: String { isAtRest ? "\(control.reason); \(Self.atRest)" : control.reason }

    /// The drawdown allows no entry and nothing is open that could make up for it: this does not end by itself.
    var isAtRest: Bool { control.automatic != .active && book.isKnown && book.positions.isEmpty && plans.isEmpty }
    static let atRest =
        "nothing is open, so the equity cannot recover by itself: quartet resume accepts the loss and counts the drawdown from the present equity"

    /// Plans that are not spent, by symbol.
    public var openPlans: [ExitPlan] { plans.values.map(\.plan).sorted { ($0.symbol, $0.id) < ($1.symbol, $1.id) } }
    /// The last lock-step barrier that was published.
    public var barrier: Barrier? { lockStep.own }
    /// One sentence what start-up still waits for; `nil` once both sides have been heard.
    public var missing: String? {
        if !book.isKnown { return "execution's truth is not known yet: nothing is opened until it is" }
        if market.instruments.isEmpty { return "feed has not told its instruments yet: nothing is opened until it has" }
        return history.awaited.isEmpty
            ? nil : "feed has not told \(history.awaited.count) series of candles yet: nothing is opened until it has"
    }

    /// One sentence why risk cannot do all of its work; `nil` while it can.
    public var impediment: String? {
        if !isReconciled { return "execution has not reconciled with its venue: nothing is opened until it has" }
        if let symbol = unguarded.min() {
            return "the position in \(symbol) has no exit plan: close it by hand or with quartet flatten"
        }
        if let naked = plans.values.filter({ $0.stopFault != nil && $0.plan.status == .active }).min(by: {
            $0.plan.symbol < $1.plan.symbol
        }) {
            return "no stop rests at the venue for \(naked.plan.symbol), risk alone watches: \(naked.stopFault ?? "")"
        }
        let unread = plans.values.filter { $0.watch == nil && !$0.plan.invalidation.isEmpty }.map(\.plan.symbol).min()
        return unread.map { "the invalidation of the position in \($0) cannot be read: it is guarded without it" }
    }

    // MARK: Feed

    private mutating func runSteps(at now: WallTime, into directives: inout [RiskDirective]) {
        repeat {
            let hasOpenRequests = orders.values.contains { $0.isOpenRequest }
            if let barrier = lockStep.finish(hasOpenRequests: hasOpenRequests, isAttentive: !plans.isEmpty) {
                directives.append(.publishBarrier(barrier))
            }
            guard history.awaited.isEmpty, let facts = lockStep.next() else { return }
            for fact in facts { handleFeed(fact, at: now, into: &directives) }
        } while true
    }

    private mutating func take(_ view: FeedView, at now: WallTime, into directives: inout [RiskDirective]) {
        if market.take(view) {
            directives.append(
                .log(.info, "feed's market time went back to \(view.clock.marketTime): a new run of feed"))
            for id in plans.keys { plans[id]?.judgedAt = .distantPast }
            history.clear()
        }
        pulse.hear(view.clock, at: now)
        history.awaited = view.awaitedSeries
        lockStep.clear()
        for ticker in view.tickers { admit(.ticker(ticker), at: now, into: &directives) }
        if view.clock.marketTime > .distantPast, !lockStep.isOn || view.clock.step != nil {
            admit(.clock(view.clock), at: now, into: &directives)
        }
    }

    /// In lock-step a fact of feed waits for execution's barrier.
    private mutating func admit(_ event: RiskEvent, at now: WallTime, into directives: inout [RiskDirective]) {
        if lockStep.isOn { lockStep.queue(event) } else { handleFeed(event, at: now, into: &directives) }
    }

    private mutating func handleFeed(_ event: RiskEvent, at now: WallTime, into directives: inout [RiskDirective]) {
        switch event {
        case .ticker(let ticker):
            guard market.take(ticker, at: now) else { return }
            if pulse.beat(at: now) { endSilence(at: now, into: &directives) }
            rollDay(into: &directives)
            let isEquityMoved = book.price(ticker.symbol, at: ticker.last)
            judge(ticker, at: now, into: &directives)
            if isEquityMoved { assess(at: now, into: &directives) }
        case .candle(let candle):
            guard history.take(candle) else { return }
            judge(candle, at: now, into: &directives)
            if candle.timeframe == history.measured { measureRisk() }
        case .staleness(let news):
            market.take(news)
        case .clock(let clock):
            pulse.hear(clock, at: now)
            market.advance(to: clock.marketTime)
            rollDay(into: &directives)
            judgeTime(at: now, into: &directives)
        default:
            preconditionFailure("Invariant: only feed's facts are handled here")
        }
    }
}
