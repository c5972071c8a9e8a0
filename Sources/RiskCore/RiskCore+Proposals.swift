import Portfolio
import TradingModel

/// The gate: a proposal becomes a verdict, once.
extension RiskCore {
    mutating func consider(
        _ proposal: Proposal, token: RequestToken, expiresAt: WallTime?, at now: WallTime,
        into directives: inout [RiskDirective]
    ) {
        if let verdict = verdicts[proposal.id] {
            repeatVerdict(verdict, token: token, into: &directives)
        } else if !canJudge, deferred.count < 64 {
            deferred.append(DeferredProposal(proposal: proposal, token: token, expiresAt: expiresAt))
        } else if let expiresAt, now > expiresAt {
            deny(proposal, Denial(.expired, [Figure("late", "\(now - expiresAt)")]), token: token, into: &directives)
        } else if proposal.action.isExit {
            considerExit(proposal, token: token, at: now, into: &directives)
        } else {
            considerEntry(proposal, token: token, at: now, into: &directives)
        }
    }

    /// Feed and execution are known and nothing of theirs is on its way that would change the answer.
    var canJudge: Bool {
        missing == nil && !snapshots.isOutstanding && !lockStep.hasWaitingStep && !market.isLost
    }

    /// What waited for the truth is considered now that it is known.
    mutating func considerDeferred(at now: WallTime, into directives: inout [RiskDirective]) {
        let waited = deferred
        deferred = []
        for one in waited {
            consider(one.proposal, token: one.token, expiresAt: one.expiresAt, at: now, into: &directives)
        }
    }

    /// Answers what has waited so long that its sender is about to give up.
    mutating func denyOverdue(at now: WallTime, into directives: inout [RiskDirective]) {
        let patience = Span.milliseconds(500)
        let overdue = deferred.filter { $0.expiresAt.map { now + patience >= $0 } ?? false }
        guard !overdue.isEmpty else { return }
        deferred.removeAll { $0.expiresAt.map { now + patience >= $0 } ?? false }
        for one in overdue {
            deny(
                one.proposal,
                Denial(
                    .notReconciled,
                    [
                        Figure(
                            "waiting", "\"\(missing ?? (market.isLost ? "feed's snapshot" : "execution's snapshot"))\"")
                    ]),
                token: one.token,
                into: &directives)
        }
    }

    /// Everything the checks want to know about a proposal, as of now.
    func inquiry(about proposal: Proposal, at now: WallTime) -> Inquiry {
        let symbol = proposal.symbol
        var inquiry = Inquiry()
        inquiry.proposal = proposal
        inquiry.limits = limits
        inquiry.marketTime = market.time
        inquiry.silence = lockStep.isOn ? nil : market.silence(of: symbol, at: now)
        inquiry.feedSession = market.session
        inquiry.instrument = market.instruments[symbol]
        inquiry.ticker = market.tickers[symbol]
        inquiry.staleness = market.staleness[symbol]
        inquiry.isReconciled = isReconciled
        inquiry.hold = control.hold(on: symbol, strategy: proposal.strategy)
        inquiry.lock = protections.lock(on: symbol, inquiry.side, at: market.time)
        inquiry.entriesInMinute = entryTimes.count { $0 > market.time - .minutes(1) }
        inquiry.entriesInHour = entryTimes.count { $0 > market.time - .hours(1) }
        inquiry.unmeasured = unmeasured(proposal)
        inquiry.automatic = control.automatic
        inquiry.drawdown = peak.drawdown
        inquiry.day = day ?? DayRecord()
        inquiry.position = book.positions[symbol]
        inquiry.plan = planBySymbol[symbol].flatMap { plans[$0]?.plan }
        for order in orders.values where order.intent.request.symbol == symbol && !order.intent.isSettled {
            if order.isUnresolved { inquiry.unresolved = order.intent.id }
            if order.intent.request.purpose == .entry { inquiry.inFlight = order.intent.id }
        }
        inquiry.equity = book.equity
        inquiry.balance = book.balance
        let margins = self.margins
        inquiry.symbolMargin = margins[symbol] ?? .zero
        inquiry.totalMargin = margins.values.reduce(.zero, +)
        inquiry.holdings = holdings(except: symbol)
        inquiry.margins = margins
        inquiry.returns = history.returns
        return inquiry
    }

    /// What the proposal's condition would have to know and does not.
    private func unmeasured(_ proposal: Proposal) -> [Measure] {
        guard !proposal.invalidation.isEmpty,
            let condition = try? Invalidation(parsing: proposal.invalidation, timeframe: proposal.timeframe)
        else { return [] }
        let funding = market.funding(of: proposal.symbol, at: market.time)
        return measured(condition, proposal.symbol, since: nil).watch.unmeasured(funding: funding)
    }

    /// Margin in use or reserved, by symbol. While an entry is on its way its whole margin counts, unless
    /// the position already has more.
    var margins: [Symbol: Money] {
        var bySymbol = book.positions.mapValues(\.marginUsed)
        for order in orders.values where order.intent.request.purpose == .entry {
            let request = order.intent.request
            let isPending = plans[order.intent.planID]?.plan.status == .pending
            guard isPending || !order.intent.isSettled else { continue }
            let reserved = Money.notional(request.referencePrice, request.quantity).divided(by: request.leverage, .up)
            bySymbol[request.symbol] = max(bySymbol[request.symbol] ?? .zero, reserved)
        }
        return bySymbol
    }

    private mutating func considerEntry(
        _ proposal: Proposal, token: RequestToken, at now: WallTime, into directives: inout [RiskDirective]
    ) {
        var inquiry = inquiry(about: proposal, at: now)
        // Lent, not copied, and taken back with what the checks have added.
        swap(&inquiry.correlations, &correlations)
        let denial = Check.firstDenial(&inquiry)
        swap(&inquiry.correlations, &correlations)
        if let denial {
            deny(proposal, denial, token: token, into: &directives)
        } else if let sizing = inquiry.sizing {
            approve(proposal, inquiry, sizing, token: token, at: now, into: &directives)
        }
    }

    private mutating func approve(
        _ proposal: Proposal, _ inquiry: Inquiry, _ sizing: PositionSizer.Sizing, token: RequestToken, at now: WallTime,
        into directives: inout [RiskDirective]
    ) {
        let request = entryRequest(for: proposal, inquiry, sizing)
        let plan = exitPlan(for: proposal, inquiry, request)
        let intent = OrderIntent(request: request, planID: plan.id, attempt: 0, expiresAt: now + limits.orderTimeToLive)
        var verdict = verdict(on: proposal)
        verdict.isApproved = true
        verdict.clientOrderID = request.clientOrderID
        verdict.quantity = sizing.quantity
        verdict.notional = sizing.notional
        verdict.size = sizing.size
        verdict.leverage = proposal.leverage

        var today = day ?? DayRecord(day: limits.calendar.day(of: market.time), startEquity: book.equity)
        today.trades += 1
        day = today
        entryTimes.removeAll { $0 <= market.time - .hours(1) }
        entryTimes.append(market.time)
        verdicts.store(verdict, for: proposal.id)
        plans[plan.id] = guarded(plan)
        planBySymbol[plan.symbol] = plan.id
        orders[intent.id] = TrackedOrder(intent: intent, answer: .awaited)
        waiting[intent.id, default: []].append(Waiter(proposalID: proposal.id, token: token))

        persist(.day(today), into: &directives)
        persist(.verdict(verdict), into: &directives)
        persist(.plan(plan), into: &directives)
        persist(.order(intent), into: &directives)
        directives.append(.submit(request, expiresAt: intent.expiresAt))
        directives.append(.publishVerdict(verdict))
        directives.append(.publishPlan(plan))
        note(
            .trade,
            "\(proposal.action.rawValue) \(proposal.symbol) approved: \(sizing.quantity) at about \(inquiry.sizingPrice) ×\(proposal.leverage), margin \(sizing.margin.text), stop \(plan.stopLoss) (\(proposal.strategy), \(proposal.id))",
            into: &directives)
        if !plan.invalidation.isEmpty, plans[plan.id]?.watch == nil {
            directives.append(
                .log(
                    .warning,
                    "the invalidation \"\(plan.invalidation.prefix(120))\" of \(plan.symbol) cannot be read: the position is guarded without it (\(plan.id))"
                ))
        }
        publishIfChanged(at: now, into: &directives)
    }

    /// A new plan with its condition measured over what is remembered.
    private func guarded(_ plan: ExitPlan) -> GuardedPlan {
        var guarded = GuardedPlan(plan)
        if let condition = guarded.watch?.condition {
            guarded.watch = measured(condition, plan.symbol, since: nil).watch
        }
        return guarded
    }

    private func entryRequest(
        for proposal: Proposal, _ inquiry: Inquiry, _ sizing: PositionSizer.Sizing
    ) -> OrderRequest {
        var request = OrderRequest()
        request.clientOrderID = .derived(from: proposal.id, purpose: .entry)
        request.proposalID = proposal.id
        request.strategy = proposal.strategy
        request.symbol = proposal.symbol
        request.side = inquiry.side.opening
        request.quantity = sizing.quantity
        request.leverage = proposal.leverage
        request.purpose = .entry
        request.referencePrice = inquiry.sizingPrice
        request.decidedAt = max(proposal.decidedAt, market.time)
        return request
    }

    private func exitPlan(for proposal: Proposal, _ inquiry: Inquiry, _ request: OrderRequest) -> ExitPlan {
        var plan = ExitPlan()
        plan.id = proposal.id
        plan.symbol = proposal.symbol
        plan.side = inquiry.side
        plan.strategy = proposal.strategy
        plan.leverage = proposal.leverage
        plan.entryOrderID = request.clientOrderID
        plan.entryPrice = inquiry.livePrice
        plan.quantity = request.quantity
        plan.stopLoss = proposal.stopLoss ?? .zero
        plan.takeProfit = proposal.takeProfit ?? .zero
        plan.timeToLive = limits.exits.timeToLive
        // Saved with its timeframe, so that the sentence stands alone; what cannot be read is kept as it is.
        let condition = try? Invalidation(parsing: proposal.invalidation, timeframe: proposal.timeframe)
        plan.invalidation = condition?.description ?? String(proposal.invalidation.prefix(InvalidationLexer.longest))
        plan.createdAt = request.decidedAt
        plan.updatedAt = request.decidedAt
        plan.best = plan.entryPrice
        _ = exitGuard.tighten(&plan, tickSize: market.tickSize(of: plan.symbol))
        return plan
    }

    // MARK: Exits that a strategy asks for

    private mutating func considerExit(
        _ proposal: Proposal, token: RequestToken, at now: WallTime, into directives: inout [RiskDirective]
    ) {
        guard !proposal.id.isEmpty else {
            return deny(proposal, Denial(.malformed, [Figure("id", "empty")]), token: token, into: &directives)
        }
        let id = planBySymbol[proposal.symbol]
        guard let id, let plan = plans[id]?.plan, plan.strategy == proposal.strategy, plan.side == proposal.action.side
        else {
            let denial = Denial(
                .noPositionToClose,
                [
                    Figure("symbol", proposal.symbol.name), Figure("side", proposal.action.side?.rawValue ?? "none"),
                    Figure("strategy", proposal.strategy),
                ])
            return deny(proposal, denial, token: token, into: &directives)
        }
        switch plan.status {
        case .pending:
            deny(
                proposal, Denial(.orderInFlight, [Figure("order", plan.entryOrderID.text)]), token: token,
                into: &directives)
        case .closing, .spent:
            deny(
                proposal, Denial(.exitAlreadyPending, [Figure("reason", plan.exitReason?.rawValue ?? "none")]),
                token: token, into: &directives)
        case .active:
            let price = plans[id]?.price ?? market.tickers[plan.symbol]?.last ?? plan.entryPrice
            var verdict = verdict(on: proposal)
            verdict.isApproved = true
            verdict.clientOrderID = exitOrderID(of: id)
            verdict.quantity = book.positions[plan.symbol]?.quantity ?? plan.quantity
            verdict.notional = .notional(price, verdict.quantity)
            verdict.leverage = plan.leverage
            verdicts.store(verdict, for: proposal.id)
            waiting[exitOrderID(of: id), default: []].append(Waiter(proposalID: proposal.id, token: token))
            persist(.verdict(verdict), into: &directives)
            leave(id, ExitCall(reason: .signal, price: price, alsoFired: []), at: now, into: &directives)
            directives.append(.publishVerdict(verdict))
        }
    }

    // MARK: Verdicts

    private func verdict(on proposal: Proposal) -> Verdict {
        var verdict = Verdict()
        verdict.proposalID = proposal.id
        verdict.decisionID = proposal.decisionID
        verdict.strategy = proposal.strategy
        verdict.symbol = proposal.symbol
        verdict.action = proposal.action
        verdict.stopLoss = proposal.stopLoss
        verdict.takeProfit = proposal.takeProfit
        verdict.decidedAt = max(proposal.decidedAt, market.time)
        return verdict
    }

    private mutating func deny(
        _ proposal: Proposal, _ denial: Denial, token: RequestToken, into directives: inout [RiskDirective]
    ) {
        var verdict = verdict(on: proposal)
        verdict.denial = denial
        // Without an id it could not be found again.
        if !proposal.id.isEmpty {
            verdicts.store(verdict, for: proposal.id)
            persist(.verdict(verdict), into: &directives)
        }
        directives.append(.replyVerdict(verdict, token))
        directives.append(.publishVerdict(verdict))
        note(
            .info, "\(proposal.action.rawValue) \(proposal.symbol) of \(proposal.strategy) denied: \(denial)",
            into: &directives)
    }

    /// The same proposal again: the same verdict, at once or when its order has been acknowledged.
    private mutating func repeatVerdict(_ verdict: Verdict, token: RequestToken, into directives: inout [RiskDirective])
    {
        if let id = verdict.clientOrderID, let order = orders[id], order.isOpenRequest {
            waiting[id, default: []].append(Waiter(proposalID: verdict.proposalID, token: token))
        } else {
            directives.append(.replyVerdict(verdict, token))
        }
    }

    /// Execution has answered for an order: whoever waited for it gets the verdict, which keeps the order's status.
    ///
    /// An entry's verdict is amended even where nobody waits any more, so that a repeat after a restart hears the truth.
    /// The answer goes out before the amendment is saved: should that get lost, the order is not settled on disk either,
    /// execution is asked again and says the same.
    mutating func answerWaiters(
        of order: TrackedOrder, status: OrderStatus, denial: Denial?, into directives: inout [RiskDirective]
    ) {
        let waiters = waiting.removeValue(forKey: order.intent.id) ?? []
        var proposals = order.intent.request.purpose == .entry ? [order.intent.request.proposalID] : []
        for waiter in waiters where !proposals.contains(waiter.proposalID) { proposals.append(waiter.proposalID) }
        var amended: [Verdict] = []
        for proposal in proposals {
            guard var verdict = verdicts[proposal], verdict.orderStatus == nil || denial != nil else { continue }
            verdict.orderStatus = status
            if let denial {
                verdict.isApproved = false
                verdict.denial = denial
                verdict.clientOrderID = nil
            }
            verdicts.store(verdict, for: proposal)
            amended.append(verdict)
        }
        for waiter in waiters {
            if let verdict = verdicts[waiter.proposalID] { directives.append(.replyVerdict(verdict, waiter.token)) }
        }
        for verdict in amended {
            persist(.verdict(verdict), into: &directives)
            if denial != nil { directives.append(.publishVerdict(verdict)) }
        }
    }
}
