public import Portfolio
public import TradingModel

/// Execution's decisions: what becomes of every order, and what the books say. Events in, directives out.
///
/// The journal comes before the venue, the venue before the reply, the reply before the facts; within one call all
/// journal directives come first. An order is known by its client order id: a repeat of the same content is answered
/// with the order as it is now, a repeat with other content is refused.
public struct ExecutionCore: Sendable {
    public let policy: ExecutionPolicy
    /// Whether somebody keeps the journal and reads what is logged below a warning. A backtest has neither files nor a log:
    /// for it neither is made. Nothing else depends on it.
    public var keepsRecords = true
    public internal(set) var ledger: Ledger
    var phase = Phase.starting
    var orders: [ClientOrderID: TrackedOrder] = [:]
    /// Those that are not over, oldest first.
    var open: [ClientOrderID] = []
    var nextNumber = 1
    var instruments: [Symbol: Instrument] = [:]
    /// Last traded prices.
    var marks: [Symbol: Price] = [:]
    /// Symbols on which books and venue disagree, with the sentence that says how.
    var blocked: [Symbol: String] = [:]
    /// What a comparison with the venue found once; found again, it blocks.
    var suspected = Comparison()
    /// The symbols that a comparison has blocked: when books and venue agree again, they are free again.
    var disagreed: Set<Symbol> = []
    public internal(set) var marketTime: MarketTime = .distantPast
    public internal(set) var barrier: Barrier?
    /// A step that ended before we were ready to say so.
    var heldStep: Int?
    /// The venue was asked for the account and has not answered.
    var isAccountAwaited = false
    var isReconciliationTimerRunning = false
    var isComparisonTimerRunning = false
    /// Whoever asked to have books and venue compared, until the venue has answered.
    var comparing: [RequestToken] = []
    /// Payments of funding that are booked.
    var fundings: Set<String> = []
    /// When the last closed position of a symbol was open: its funding may still be told.
    var lastClosed: [Symbol: ClosedRange<MarketTime>] = [:]
    var hasUnpublishedMark = false
    var lastAccountAt: WallTime?
    var isAccountTimerRunning = false
    private var over = Ring<ClientOrderID>()
    private var readiness: ExecutionReadiness?

    enum Phase: Sendable, Equatable {
        case starting
        case recovering(Recovery)
        /// Books and venue were compared; `fault` says how they differ.
        case reconciled(fault: String?)
    }

    /// What is known so far of where the venue stands.
    struct Recovery: Sendable, Equatable {
        /// The venue has yet to answer for these orders, and then for the account.
        var awaited: Set<ClientOrderID> = []
        /// What it has answered. Nothing is booked before everything is there: fills of different orders are booked in
        /// the order in which they happened, or their results would not be the venue's.
        var answers: [VenueOrder] = []
    }

    public init(policy: ExecutionPolicy) {
        self.policy = policy
        ledger = Ledger(startingBalance: .zero)
    }

    /// Takes in one event and appends what must be done.
    public mutating func handle(_ event: ExecutionEvent, at now: WallTime, into directives: inout [ExecutionDirective])
    {
        var turn = Turn(now: now, keepsRecords: keepsRecords)
        switch event {
        case .ticker(let ticker): observe(ticker, &turn)
        case .clock(let clock): observe(clock, &turn)
        case .orderRequest(let request, let token): place(request, token, &turn)
        case .reports(let reports): for report in reports { take(report, &turn) }
        case .cancelRequest(let id, let token): cancel(id, token, &turn)
        case .orderQuery(let id, let token): answer(id, token, &turn)
        case .snapshotRequest(let token): answerSnapshot(token, &turn)
        case .reconcileRequest(let token): compare(for: token, &turn)
        case .recalled(let journaled): recall(journaled)
        case .timer(let timer): wake(timer, &turn)
        case .instruments(let list): learn(list, &turn)
        case .restored(let image): restore(image, &turn)
        }
        finish(&turn)
        turn.emit(into: &directives)
    }

    /// Whether an order is in memory; where it is not, the shell recalls it from the journal before it speaks of it.
    public func isTracking(_ id: ClientOrderID) -> Bool { orders[id] != nil }

    /// Whether prices matter right now: an order or a position is open.
    public var isAttentive: Bool { !ledger.holdings.isEmpty || !open.isEmpty }

    /// The present truth.
    public var image: ExecutionImage {
        ExecutionImage(
            account: account, positions: ledger.positions,
            openOrders: open.compactMap { orders[$0]?.life.order },
            isReconciled: phase == .reconciled(fault: nil), barrier: barrier)
    }

    var account: AccountState { ledger.account(at: marks, currency: policy.currency, time: marketTime) }

    /// Everything that follows from what happened in the turn, whatever it was.
    private mutating func finish(_ turn: inout Turn) {
        cancelOrphans(&turn)
        if turn.hasCashChanged { turn.write(.account(accountRecord)) }
        for id in turn.heard { answerWaiting(id, &turn) }
        for id in turn.changed { conclude(id, &turn) }
        for position in turn.positions { turn.facts.append(.position(position)) }
        if turn.hasCashChanged || turn.publishesAccount { publishAccount(&turn) }
        announceReadiness(&turn)
    }

    /// An order is different: it is told, and put where it now belongs.
    private mutating func conclude(_ id: ClientOrderID, _ turn: inout Turn) {
        guard let tracked = orders[id] else { return }
        let status = tracked.life.status
        if status != .initialized, status != .submitted { turn.facts.append(.order(tracked.life.order)) }
        let place = open.firstIndex(of: id)
        if status.isTerminal {
            if let place { open.remove(at: place) }
            stopAwaiting(id, &turn)
            if let oldest = over.push(id, limit: policy.remembered), orders[oldest]?.isOver ?? false {
                orders[oldest] = nil
            }
        } else if place == nil {
            open.append(id)
        }
    }

    private mutating func answerWaiting(_ id: ClientOrderID, _ turn: inout Turn) {
        guard let tokens = orders[id]?.takeAnswerable(), let tracked = orders[id] else { return }
        for token in tokens { turn.answers.append(.reply(tracked.answer, token)) }
    }

    private mutating func publishAccount(_ turn: inout Turn) {
        turn.facts.append(.account(account))
        hasUnpublishedMark = false
        lastAccountAt = turn.now
    }

    private mutating func announceReadiness(_ turn: inout Turn) {
        let present = presentReadiness
        guard readiness != present else { return }
        readiness = present
        turn.tail.append(.readiness(present))
        guard isServing, let step = heldStep else { return }
        heldStep = nil
        endStep(step, &turn)
    }

    private var accountRecord: AccountRecord {
        AccountRecord(
            startingBalance: ledger.startingBalance, netDeposits: ledger.netDeposits, realizedPnL: ledger.realizedPnL,
            fees: ledger.fees,
            balance: ledger.balance, eventTime: marketTime)
    }
}

// MARK: - Readiness

extension ExecutionCore {
    /// Whether orders are taken.
    public var isServing: Bool {
        guard case .reconciled = phase else { return false }
        return !instruments.isEmpty
    }

    var presentReadiness: ExecutionReadiness {
        switch phase {
        case .starting: return .recovering("the journal has not been read yet")
        case .recovering(let recovery):
            let count = recovery.awaited.count
            return .recovering("the venue has not answered for \(count == 0 ? "the account" : "\(count) orders") yet")
        case .reconciled(let fault):
            if instruments.isEmpty { return .recovering("feed has not told the instruments yet") }
            if let fault { return .degraded(fault) }
            guard let (symbol, why) = blocked.min(by: { $0.key < $1.key }) else { return .ready }
            return .degraded("no new exposure on \(symbol): \(why)")
        }
    }

    private var notReady: RequestRefusal? {
        guard case .recovering(let sentence) = presentReadiness else { return nil }
        return .notReady("execution is starting: \(sentence); ask again in a moment")
    }

    mutating func learn(_ list: [Instrument], _ turn: inout Turn) {
        for instrument in list {
            if instrument.isUsable {
                instruments[instrument.symbol] = instrument
            } else {
                turn.log(
                    .error, "the instrument \(instrument.symbol) has a step or a bound of zero, so it is not traded")
            }
        }
    }
}

// MARK: - Market

extension ExecutionCore {
    mutating func observe(_ ticker: Ticker, _ turn: inout Turn) {
        marketTime = max(marketTime, ticker.eventTime)
        guard ticker.last.isPositive else { return }
        marks[ticker.symbol] = ticker.last
        guard ledger.holdings[ticker.symbol] != nil else { return }
        hasUnpublishedMark = true
        guard !policy.isLockStep else { return }
        let age = lastAccountAt.map { turn.now - $0 } ?? policy.accountInterval
        if age >= policy.accountInterval || age < .zero {
            turn.publishesAccount = true
        } else if !isAccountTimerRunning {
            isAccountTimerRunning = true
            turn.timers.append((.account, policy.accountInterval - age))
        }
    }

    mutating func observe(_ clock: MarketClock, _ turn: inout Turn) {
        marketTime = max(marketTime, clock.marketTime)
        guard let step = clock.step else { return }
        if isServing {
            endStep(step, &turn)
        } else {
            heldStep = step
        }
    }

    /// Says that everything of this step has been handled. The account goes before it where a price moved it.
    mutating func endStep(_ step: Int, _ turn: inout Turn) {
        if barrier?.step != step {
            if hasUnpublishedMark {
                turn.facts.append(.account(account))
                hasUnpublishedMark = false
                lastAccountAt = turn.now
            }
            barrier = Barrier(step: step, isAttentive: isAttentive)
        }
        if let barrier { turn.tail.append(.barrier(barrier)) }
    }
}

// MARK: - Requests

extension ExecutionCore {
    mutating func place(_ request: OrderRequest, _ token: RequestToken, _ turn: inout Turn) {
        let id = request.clientOrderID
        if let refusal = notReady { return turn.answers.append(.refuse(refusal, token)) }
        if let tracked = orders[id] {
            if let field = tracked.life.request.firstDifference(from: request) {
                let sentence = "order \(id) exists with another \(field): a changed order needs an id of its own"
                return turn.answers.append(.refuse(.malformed(sentence), token))
            }
            return turn.answers.append(.reply(tracked.answer, token))
        }
        guard ClientOrderID(id.text) != nil else {
            return turn.answers.append(
                .refuse(
                    .malformed("\"\(id)\" is not a client order id: it has 1 to 36 characters of A-Z a-z 0-9 _ -"),
                    token))
        }
        var tracked = TrackedOrder(life: OrderLife(request: request), number: nextNumber)
        nextNumber += 1
        if let fault = fault(in: request) {
            _ = tracked.life.apply(.denied(reason: fault.description), at: request.decidedAt)
            turn.answers.append(.reply(tracked.answer, token))
            turn.log(.warning, "order \(id) denied: \(request.summary): \(fault)", isTrade: true)
        } else {
            _ = tracked.life.apply(.submitted, at: request.decidedAt)
            tracked.waiting.append(TrackedOrder.Waiting(token: token, isCancel: false))
            tracked.firstSentAt = turn.now
            tracked.lastSentAt = turn.now
            turn.commands.append(.submit(request))
            awaitAcknowledgement(id, attempt: 1, &turn)
        }
        turn.write(.newOrder(tracked.record))
        turn.note(changed: id)
        orders[id] = tracked
    }

    /// Why this order must not leave; `nil` where it may.
    private func fault(in request: OrderRequest) -> OrderFault? {
        guard let instrument = instruments[request.symbol] else { return .unknownSymbol(request.symbol) }
        if !request.isReduceOnly {
            if case .reconciled(let fault?) = phase { return .notReconciled(fault) }
            if let why = blocked[request.symbol] { return .symbolBlocked(why) }
            if let id = unresolved(on: request.symbol) { return .orderUnresolved(id) }
            if let fault = deviation(of: request) { return fault }
        }
        let price = request.referencePrice.isPositive ? request.referencePrice : marks[request.symbol] ?? .zero
        return request.fault(
            in: instrument, position: ledger.position(request.symbol), price: price, maxLeverage: policy.maxLeverage)
    }

    /// A request that was long on its way asks for a price that is gone; a limit order names its own.
    private func deviation(of request: OrderRequest) -> OrderFault? {
        guard let limit = policy.entryDeviation, request.type == .market, request.purpose == .entry,
            request.referencePrice.isPositive, let price = marks[request.symbol]
        else { return nil }
        let away = price.raw - request.referencePrice.raw
        guard (away < 0 ? -away : away) * Ratio.scale > limit.raw * request.referencePrice.raw else { return nil }
        return .priceMoved(from: request.referencePrice, to: price, limit: limit)
    }

    /// The oldest order of a symbol whose outcome is unknown, or which waits to be sent again.
    private func unresolved(on symbol: Symbol) -> ClientOrderID? {
        open.first { id in
            guard let life = orders[id]?.life, life.request.symbol == symbol else { return false }
            return life.status == .unresolved || life.status == .initialized
        }
    }

    mutating func cancel(_ id: ClientOrderID, _ token: RequestToken, _ turn: inout Turn) {
        if let refusal = notReady { return turn.answers.append(.refuse(refusal, token)) }
        guard let tracked = orders[id] else { return turn.answers.append(.reply(OrderAnswer(order: nil), token)) }
        guard apply(.cancelRequested, to: id, at: marketTime, &turn), let life = orders[id]?.life else {
            return turn.answers.append(.reply(tracked.answer, token))
        }
        switch life.status {
        case .accepted, .partiallyFilled:
            orders[id]?.waiting.append(TrackedOrder.Waiting(token: token, isCancel: true))
            turn.commands.append(.cancel(life.reference))
        default:
            // Not known to be at the venue: it is canceled as soon as it is, or never gets there.
            turn.answers.append(.reply(OrderAnswer(order: life.order, fills: life.execution.fills), token))
        }
    }

    mutating func answer(_ id: ClientOrderID, _ token: RequestToken, _ turn: inout Turn) {
        guard case .reconciled = phase else {
            return turn.answers.append(.refuse(notReady ?? .notReady("execution is starting"), token))
        }
        turn.answers.append(.reply(orders[id]?.answer ?? OrderAnswer(order: nil), token))
    }

    mutating func compare(for token: RequestToken, _ turn: inout Turn) {
        guard case .reconciled = phase else {
            return turn.answers.append(.refuse(notReady ?? .notReady("execution is starting"), token))
        }
        comparing.append(token)
        askForAccount(&turn)
    }

    mutating func answerSnapshot(_ token: RequestToken, _ turn: inout Turn) {
        guard case .reconciled = phase else {
            return turn.answers.append(.refuse(notReady ?? .notReady("execution is starting"), token))
        }
        turn.answers.append(.replySnapshot(image, token))
    }
}
