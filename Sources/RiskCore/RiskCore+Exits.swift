import TradingModel

/// The guard at work: prices, candles and time are held against every open plan, and what fires is left exactly once.
extension RiskCore {
    mutating func judge(_ ticker: Ticker, at now: WallTime, into directives: inout [RiskDirective]) {
        guard let id = planBySymbol[ticker.symbol], let guarded = plans[id] else { return }
        switch guarded.plan.status {
        case .active:
            judge(id, price: ticker.last, time: ticker.eventTime, isInvalidated: false, at: now, into: &directives)
        case .closing:
            if guarded.retry == .nextPrice { plans[id]?.retry = .now }
            advanceExit(of: id, at: now, into: &directives)
        case .pending, .spent:
            break
        }
    }

    /// Best is moved and saved first, then the rules are asked.
    mutating func judge(
        _ id: String, price: Price, time: MarketTime, isInvalidated: Bool, at now: WallTime,
        into directives: inout [RiskDirective]
    ) {
        guard var guarded = plans[id], price.isPositive, time >= guarded.judgedAt else { return }
        guarded.judgedAt = time
        guarded.price = price
        let stop = guarded.plan.restingStop
        if exitGuard.follow(price, &guarded.plan, tickSize: market.tickSize(of: guarded.plan.symbol)) {
            guarded.plan.updatedAt = time
            persist(.plan(guarded.plan), into: &directives)
            if guarded.plan.restingStop != stop { directives.append(.publishPlan(guarded.plan)) }
        }
        plans[id] = guarded
        let hasStopMoved = guarded.plan.restingStop != stop
        if let call = exitGuard.judge(guarded.plan, at: price, time: time, isInvalidated: isInvalidated) {
            leave(id, call, at: now, into: &directives)
        } else if hasStopMoved {
            keepStop(of: id, at: now, into: &directives)
        }
    }

    /// Market time has passed: a silent symbol's time to live ends too, and with a dead feed the wall clock stands in.
    mutating func judgeTime(at now: WallTime, into directives: inout [RiskDirective]) {
        let time = lockStep.isOn ? market.time : max(market.time, pulse.estimate(at: now) ?? market.time)
        // Looking at every plan with every clock would cost more than all their prices.
        guard time >= firstExpiry else { return }
        var expired: [GuardedPlan] = []
        firstExpiry = MarketTime(micros: .max)
        for guarded in plans.values where guarded.plan.status == .active {
            if exitGuard.hasExpired(guarded.plan, at: time) {
                expired.append(guarded)
            } else {
                noteExpiry(of: guarded.plan)
            }
        }
        for guarded in expired.sorted(by: { $0.plan.symbol < $1.plan.symbol }) {
            let price = guarded.price ?? market.tickers[guarded.plan.symbol]?.last ?? guarded.plan.entryPrice
            leave(guarded.plan.id, ExitCall(reason: .ttl, price: price, alsoFired: []), at: now, into: &directives)
        }
    }

    /// Every plan whose time to live begins to run passes here.
    mutating func noteExpiry(of plan: ExitPlan) {
        guard plan.status == .active, let firstFillAt = plan.firstFillAt else { return }
        firstExpiry = min(firstExpiry, firstFillAt + plan.timeToLive)
    }

    /// Marks a plan as closing and orders the exit, once: saved first, then submitted.
    mutating func leave(_ id: String, _ call: ExitCall, at now: WallTime, into directives: inout [RiskDirective]) {
        guard var guarded = plans[id], guarded.plan.status == .active else { return }
        guarded.plan.status = .closing
        guarded.plan.exitReason = call.reason
        guarded.plan.updatedAt = market.time
        guarded.price = call.price
        guarded.retry = .now
        plans[id] = guarded
        advanceExit(of: id, at: now, into: &directives)
        guard keepsRecords else { return }
        let also = call.alsoFired.isEmpty ? "" : " (also \(call.alsoFired.map(\.rawValue).joined(separator: ", ")))"
        directives.append(
            .log(
                .trade,
                "exit \(guarded.plan.side.rawValue) \(guarded.plan.symbol) at about \(call.price): \(call.reason.rawValue)\(also), entry \(guarded.plan.entryPrice), best \(guarded.plan.best) (\(id))"
            ))
    }

    func exitOrderID(of id: String) -> ClientOrderID {
        .derived(from: id, purpose: .exit, attempt: plans[id]?.exits.count ?? 0)
    }

    /// Makes the next exit order of a closing plan if it is time for one: none on its way, the last one's outcome visible.
    mutating func advanceExit(of id: String, at now: WallTime, into directives: inout [RiskDirective]) {
        guard var guarded = plans[id], guarded.plan.status == .closing, guarded.doubt == nil else { return }
        if let last = guarded.exits.last, let order = orders[last], !order.intent.isSettled { return }
        switch guarded.retry {
        case .now: break
        case .nextPrice: return
        case .at(let time): if now < time { return }
        }
        guard mayExit(guarded, at: now, into: &directives) else { return }
        if let position = book.positions[guarded.plan.symbol] { guarded.plan.quantity = position.quantity }
        let intent = OrderIntent(
            request: exitRequest(guarded), planID: id, attempt: guarded.exits.count,
            expiresAt: now + limits.orderTimeToLive)
        guarded.plan.exitOrderID = intent.id
        guarded.exits.append(intent.id)
        plans[id] = guarded
        orders[intent.id] = TrackedOrder(intent: intent, answer: .awaited)
        persist(.plan(guarded.plan), into: &directives)
        persist(.order(intent), into: &directives)
        // An entry still filling would reopen what this closes.
        if let entry = orders[guarded.plan.entryOrderID], !entry.intent.isSettled {
            directives.append(.cancel(entry.intent.id))
        }
        directives.append(.submit(intent.request, expiresAt: intent.expiresAt))
        directives.append(.publishPlan(guarded.plan))
    }

    private func exitRequest(_ guarded: GuardedPlan) -> OrderRequest {
        let plan = guarded.plan
        var request = OrderRequest()
        request.clientOrderID = .derived(from: plan.id, purpose: .exit, attempt: guarded.exits.count)
        request.proposalID = plan.id
        request.strategy = plan.strategy
        request.symbol = plan.symbol
        request.side = plan.side.closing
        request.quantity = plan.quantity
        request.isReduceOnly = true
        request.leverage = plan.leverage
        request.purpose = .exit
        request.exitReason = plan.exitReason
        request.referencePrice = guarded.price ?? market.tickers[plan.symbol]?.last ?? plan.entryPrice
        // Right after a start feed may not have said what time it is.
        request.decidedAt = max(market.time, plan.updatedAt)
        return request
    }

    /// Leaves every open position, or the one of a symbol. An entry on its way is called back, and left should it fill.
    /// Returns the exit orders.
    mutating func leaveAll(
        because reason: ExitReason, symbol: Symbol?, strategy: String? = nil, at now: WallTime,
        into directives: inout [RiskDirective]
    ) -> [ClientOrderID] {
        var ordered: [ClientOrderID] = []
        for plan in openPlans
        where (symbol == nil || plan.symbol == symbol) && (strategy == nil || plan.strategy == strategy) {
            switch plan.status {
            case .active:
                let price = plans[plan.id]?.price ?? market.tickers[plan.symbol]?.last ?? plan.entryPrice
                ordered.append(exitOrderID(of: plan.id))
                leave(plan.id, ExitCall(reason: reason, price: price, alsoFired: []), at: now, into: &directives)
            case .pending:
                plans[plan.id]?.plan.exitReason = reason
                if let called = plans[plan.id]?.plan { persist(.plan(called), into: &directives) }
                directives.append(.cancel(plan.entryOrderID))
            case .closing, .spent:
                break
            }
        }
        for stray in unguarded.sorted() where symbol == nil || stray == symbol {
            // One plan a symbol: an entry that has just been called back keeps its own until it is settled.
            guard let position = book.positions[stray], planBySymbol[stray] == nil,
                strategy == nil || position.strategy == strategy
            else { continue }
            let id = adopt(position)
            ordered.append(exitOrderID(of: id))
            let price = market.tickers[stray]?.last ?? position.averageEntryPrice
            leave(id, ExitCall(reason: reason, price: price, alsoFired: []), at: now, into: &directives)
        }
        return ordered
    }

    /// A plan for a position that has none, so that it can be left like any other.
    private mutating func adopt(_ position: Position) -> String {
        var plan = ExitPlan()
        plan.id = "adopted|\(position.symbol)|\(position.openedAt.micros)"
        plan.symbol = position.symbol
        plan.side = position.side
        plan.strategy = position.strategy
        plan.leverage = position.leverage
        plan.status = .active
        plan.entryPrice = position.averageEntryPrice
        plan.best = plan.entryPrice
        plan.quantity = position.quantity
        plan.timeToLive = limits.exits.timeToLive
        plan.createdAt = market.time
        plan.firstFillAt = position.openedAt
        plan.updatedAt = market.time
        plans[plan.id] = GuardedPlan(plan)
        noteExpiry(of: plan)
        planBySymbol[plan.symbol] = plan.id
        unguarded.remove(position.symbol)
        return plan.id
    }
}
