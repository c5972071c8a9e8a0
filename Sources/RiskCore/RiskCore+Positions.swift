import TradingModel

/// Execution's facts about positions, and what they make of the plans.
extension RiskCore {
    mutating func take(_ position: Position, at now: WallTime, into directives: inout [RiskDirective]) {
        book.take(position)
        if position.isOpen {
            follow(position, at: now, into: &directives)
        } else {
            closed(position, at: now, into: &directives)
        }
        measureRisk()
        publishIfChanged(at: now, into: &directives)
    }

    /// A position is open: its plan becomes or stays active, with the position's own figures.
    mutating func follow(_ position: Position, at now: WallTime, into directives: inout [RiskDirective]) {
        guard var guarded = guardedPlan(of: position) else { return markUnguarded(position, into: &directives) }
        let id = guarded.plan.id
        unguarded.remove(position.symbol)
        let wasPending = guarded.plan.status == .pending
        let isRevived = plans[id] == nil
        let promised = guarded.plan
        let hasChanged = update(&guarded, with: position)
        if let expected = guarded.doubt?.expected {
            if position.quantity <= expected { guarded.doubt = nil }
        } else {
            guarded.doubt = nil
        }
        plans[id] = guarded
        noteExpiry(of: guarded.plan)
        planBySymbol[position.symbol] = id
        if wasPending || hasChanged || isRevived {
            persist(.plan(guarded.plan), into: &directives)
            directives.append(.publishPlan(guarded.plan))
        }
        if wasPending {
            let plan = guarded.plan
            if plan.takeProfit != promised.takeProfit {
                note(
                    .warning,
                    "the entry of \(plan.symbol) filled at \(plan.entryPrice), not before its target \(promised.takeProfit): stop and target are moved with it, as far from the entry as was approved at \(promised.entryPrice) (\(id))",
                    into: &directives)
            }
            note(
                .trade,
                "\(plan.side.rawValue) \(plan.symbol) open: \(plan.quantity) at \(plan.entryPrice) ×\(plan.leverage), stop \(plan.stopLoss), target \(plan.takeProfit) (\(id))",
                into: &directives)
        }
        if guarded.plan.status == .closing {
            advanceExit(of: id, at: now, into: &directives)
        } else if let reason = guarded.plan.exitReason {
            // It was to be left before it was open.
            leave(
                id, ExitCall(reason: reason, price: position.averageEntryPrice, alsoFired: []), at: now,
                into: &directives)
        } else if let ticker = market.tickers[position.symbol], ticker.eventTime >= position.openedAt {
            judge(ticker, at: now, into: &directives)
        }
        keepStop(of: id, at: now, into: &directives)
    }

    /// Brings a plan to a position's figures. Returns whether anything changed.
    private func update(_ guarded: inout GuardedPlan, with position: Position) -> Bool {
        var plan = guarded.plan
        if plan.status == .pending {
            moveWithEntry(&plan, filledAt: position.averageEntryPrice)
            plan.status = .active
            plan.firstFillAt = position.openedAt
            plan.best = position.averageEntryPrice
            plan.restingStop = .zero
            guarded.judgedAt = max(position.openedAt, plan.createdAt)
        }
        plan.leverage = position.leverage
        plan.entryPrice = position.averageEntryPrice
        plan.quantity = position.quantity
        // After an added entry best stays, but it is never worse than the new average: a peak is not below zero.
        plan.best = plan.side == .long ? max(plan.best, plan.entryPrice) : min(plan.best, plan.entryPrice)
        _ = exitGuard.tighten(&plan, tickSize: market.tickSize(of: plan.symbol))
        guard plan != guarded.plan else { return false }
        plan.updatedAt = max(plan.updatedAt, position.updatedAt)
        guarded.plan = plan
        return true
    }

    /// A fill at or beyond the target would be "taken" at a loss with the next price: stop and target keep their distance
    /// from the entry instead, so that what is risked and hoped for is what was approved.
    private func moveWithEntry(_ plan: inout ExitPlan, filledAt fill: Price) {
        let sign = Int128(plan.side.sign)
        guard plan.takeProfit.isPositive, sign * (fill.raw - plan.takeProfit.raw) >= 0 else { return }
        let distance = plan.takeProfit.raw - plan.entryPrice.raw
        guard sign * distance > 0, fill.raw + distance > 0 else { return }
        plan.takeProfit = Price(raw: fill.raw + distance)
        if plan.stopLoss.isPositive {
            // Beyond the target the stop only ever comes closer.
            plan.stopLoss = Price(raw: max(1, fill.raw + plan.stopLoss.raw - plan.entryPrice.raw))
        }
    }

    /// The position's plan: by its proposal, also one that was thought spent, or the symbol's own where the ids agree.
    private func guardedPlan(of position: Position) -> GuardedPlan? {
        if let guarded = plans[position.proposalID] { return guarded.plan.side == position.side ? guarded : nil }
        if let id = planBySymbol[position.symbol], let guarded = plans[id], guarded.plan.side == position.side,
            position.proposalID.isEmpty || guarded.plan.status != .pending
        {
            return guarded
        }
        guard var plan = spentPlans[position.proposalID], plan.side == position.side,
            planBySymbol[position.symbol] == nil
        else { return nil }
        plan.status = plan.firstFillAt == nil ? .pending : .active
        var guarded = GuardedPlan(plan)
        guarded.exits = exitsOfRevived(plan)
        guarded.stops = orders.values.filter {
            $0.intent.planID == plan.id && $0.intent.request.purpose == .protectiveStop
        }
        .sorted { $0.intent.attempt < $1.intent.attempt }.map(\.intent.id)
        return guarded
    }

    /// The exit orders of a plan that comes back, so that the next one has an id of its own.
    private func exitsOfRevived(_ plan: ExitPlan) -> [ClientOrderID] {
        guard let last = plan.exitOrderID else { return [] }
        var exits: [ClientOrderID] = []
        repeat {
            exits.append(.derived(from: plan.id, purpose: .exit, attempt: exits.count))
        } while exits.last != last && exits.count < 1_000
        return exits
    }

    private mutating func markUnguarded(_ position: Position, into directives: inout [RiskDirective]) {
        guard unguarded.insert(position.symbol).inserted else { return }
        directives.append(
            .log(
                .error,
                "the \(position.side.rawValue) position of \(position.quantity) \(position.symbol) has no exit plan: nothing watches it; close it by hand or with quartet flatten"
            ))
    }

    private mutating func closed(_ position: Position, at now: WallTime, into directives: inout [RiskDirective]) {
        unguarded.remove(position.symbol)
        guard let id = planBySymbol[position.symbol], let plan = plans[id]?.plan else { return }
        guard position.proposalID == id || plan.status != .pending else { return }
        if plan.status == .active {
            directives.append(.log(.warning, "the position in \(plan.symbol) is closed, and not by risk (\(id))"))
        }
        spend(id, at: now, into: &directives)
    }

    /// A plan is done: its position is closed or was never opened.
    mutating func spend(_ id: String, at now: WallTime, into directives: inout [RiskDirective]) {
        guard var plan = plans.removeValue(forKey: id)?.plan else { return }
        plan.status = .spent
        (plan.stopOrderID, plan.stopOrderPrice) = (nil, nil)
        plan.updatedAt = max(plan.updatedAt, market.time)
        if planBySymbol[plan.symbol] == id { planBySymbol[plan.symbol] = nil }
        spentPlans.store(plan, for: id)
        _ = cancelStops(of: id, at: now, into: &directives)
        let settled = orders.values.filter { $0.intent.planID == id && $0.intent.isSettled }
        for order in settled { orders[order.intent.id] = nil }
        persist(.plan(plan), into: &directives)
        directives.append(.publishPlan(plan))
        publishIfChanged(at: now, into: &directives)
    }
}
