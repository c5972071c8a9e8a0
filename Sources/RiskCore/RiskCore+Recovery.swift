import Portfolio
import TradingModel

/// Start-up is recovery: what was saved, then execution's truth, then what happened in between.
extension RiskCore {
    /// Goes on from what was saved. Every order that was not settled counts as unknown until execution has been asked.
    mutating func restore(_ memory: RiskMemory, at now: WallTime) {
        control = memory.control
        peak = PeakEquity(peak: memory.peakEquity)
        day = memory.day
        netDeposits = memory.netDeposits
        pulse.restore(memory.clock)
        protections.restore(trades: memory.trades, locks: memory.locks)
        // One that execution or its venue refused later has a size, and has used up its turn all the same.
        for verdict in memory.verdicts where verdict.action.isEntry && verdict.quantity.isPositive {
            entryTimes.append(verdict.decidedAt)
        }
        entryTimes = entryTimes.suffix(max(limits.entriesPerHour, limits.entriesPerMinute))
        for verdict in memory.verdicts { verdicts.store(verdict, for: verdict.proposalID) }
        for plan in memory.plans {
            if plan.status == .spent {
                spentPlans.store(plan, for: plan.id)
            } else {
                plans[plan.id] = GuardedPlan(plan)
                noteExpiry(of: plan)
                planBySymbol[plan.symbol] = plan.id
            }
        }
        for intent in memory.orders {
            if intent.request.purpose == .exit { plans[intent.planID]?.exits.append(intent.id) }
            if intent.request.purpose == .protectiveStop { plans[intent.planID]?.stops.append(intent.id) }
            guard !intent.isSettled || plans[intent.planID] != nil else { continue }
            orders[intent.id] = TrackedOrder(
                intent: intent, answer: intent.isSettled ? .known : .unknown(nextQuery: now))
        }
        if lockStep.isOn { for (id, guarded) in plans where !guarded.exits.isEmpty { plans[id]?.retry = .nextPrice } }
        // A settled order whose fills may or may not show in the position: execution's snapshot is the first truth.
        for (id, guarded) in plans where hasSettledFill(guarded) {
            plans[id]?.doubt = GuardedPlan.Doubt(
                since: now, snapshot: 0, expected: guarded.plan.status == .closing ? .zero : nil)
        }
    }

    private func hasSettledFill(_ guarded: GuardedPlan) -> Bool {
        let id = guarded.plan.status == .pending ? guarded.plan.entryOrderID : guarded.exits.last
        guard let id, let order = orders[id] else { return false }
        return order.intent.isSettled && order.intent.filledQuantity.isPositive
    }

    mutating func requestSnapshot(at now: WallTime, into directives: inout [RiskDirective]) {
        snapshots.asked += 1
        snapshots.askedAt = now
        directives.append(.requestExecutionSnapshot(snapshots.asked))
    }

    /// Execution's truth at one moment: everything that is not in it is not so.
    mutating func take(_ view: ExecutionView, number: Int, at now: WallTime, into directives: inout [RiskDirective]) {
        guard number > snapshots.answered else { return }
        snapshots.answered = number
        if let barrier = view.barrier { lockStep.take(barrier) }
        if view.isReconciled != isReconciled || !book.isKnown {
            let words =
                view.isReconciled
                ? "reconciled with its venue" : "not reconciled with its venue: nothing is opened until it is"
            directives.append(
                .log(
                    view.isReconciled ? .info : .warning,
                    "execution's truth is known: \(view.positions.count) open positions, \(view.openOrders.count) open orders; it is \(words)"
                ))
        }
        isReconciled = view.isReconciled
        takeDeposits(view.account, into: &directives)
        for trade in view.recentTrades { take(trade, at: now, into: &directives) }
        book.replace(positions: view.positions, account: view.account, prices: market.tickers)
        measureRisk()
        reconcileOrders(view.openOrders, at: now, into: &directives)
        reconcilePlans(view.positions, number: number, at: now, into: &directives)
        rollDay(into: &directives)
        assess(at: now, into: &directives)
        publishState(at: now, into: &directives)
    }

    /// Orders we follow that are open there are known; others may have ended unseen and are asked for.
    private mutating func reconcileOrders(_ open: [Order], at now: WallTime, into directives: inout [RiskDirective]) {
        for order in open { learn(order.id, order, at: now, into: &directives) }
        cancelOrphans(among: open, into: &directives)
        let isOpen = Set(open.map(\.id))
        for order in orders.values
        where !order.intent.isSettled && order.answer == .known && !isOpen.contains(order.intent.id) {
            orders[order.intent.id]?.answer = .unknown(nextQuery: now)
        }
        queryOverdue(at: now, into: &directives)
    }

    private mutating func reconcilePlans(
        _ positions: [Position], number: Int, at now: WallTime, into directives: inout [RiskDirective]
    ) {
        unguarded = unguarded.filter { symbol in positions.contains { $0.symbol == symbol && $0.isOpen } }
        // A doubt older than the question is settled by the answer.
        for (id, guarded) in plans {
            if let doubt = guarded.doubt, number > doubt.snapshot { plans[id]?.doubt = nil }
        }
        for position in positions.sorted(by: { $0.symbol < $1.symbol }) where position.isOpen {
            follow(position, at: now, into: &directives)
        }
        for plan in openPlans where book.positions[plan.symbol] == nil {
            switch plan.status {
            case .pending:
                // Opened and closed while nobody looked; an entry still on its way keeps its plan.
                if plans[plan.id]?.doubt == nil, orders[plan.entryOrderID]?.intent.isSettled ?? true {
                    spend(plan.id, at: now, into: &directives)
                }
            case .active, .closing:
                directives.append(.log(.info, "the position in \(plan.symbol) is closed at execution (\(plan.id))"))
                spend(plan.id, at: now, into: &directives)
            case .spent:
                break
            }
        }
    }

    // MARK: Wall time

    /// What waits for wall time: queries, exits to be tried again, fills that do not show, a snapshot that did not come.
    mutating func passTime(at now: WallTime, into directives: inout [RiskDirective]) {
        denyOverdue(at: now, into: &directives)
        if !lockStep.isOn { listenToFeed(at: now, into: &directives) }
        if book.isKnown { queryOverdue(at: now, into: &directives) }
        if book.isKnown { tendStops(at: now, into: &directives) }
        for plan in openPlans where plan.status == .closing { advanceExit(of: plan.id, at: now, into: &directives) }
        let isInDoubt = plans.values.contains { $0.doubt.map { now - $0.since > .seconds(2) } ?? false }
        let isSnapshotNeeded = !snapshots.isOutstanding && (isInDoubt || (!isReconciled && snapshots.asked > 0))
        if isSnapshotNeeded, now - snapshots.askedAt >= .seconds(1) { requestSnapshot(at: now, into: &directives) }
        if now - publishedAt >= .seconds(1), book.isKnown, state != published {
            publishState(at: now, into: &directives)
        }
    }
}
