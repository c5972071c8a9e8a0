import Portfolio
import TradingModel

/// Start-up: what the journal says, what the venue says, and whether they agree.
extension ExecutionCore {
    /// Takes in the journal and asks the venue for every order that is not over.
    mutating func restore(_ image: JournalImage, _ turn: inout Turn) {
        ledger = Ledger(
            startingBalance: image.startingBalance, netDeposits: image.netDeposits, realizedPnL: image.realizedPnL,
            fees: image.fees,
            holdings: image.holdings)
        marketTime = image.lastEventTime
        fundings = image.fundings
        for trade in image.trades { remember(trade) }
        var awaited: Set<ClientOrderID> = []
        for journaled in image.openOrders {
            guard let tracked = tracked(journaled) else {
                let order = journaled.record.order
                block(order.request.symbol, "the journal's order \(order.id) contradicts its fills", &turn)
                continue
            }
            orders[tracked.id] = tracked
            open.append(tracked.id)
            awaited.insert(tracked.id)
            // It may have left in the last moment of the process before this one, and still be on its way.
            orders[tracked.id]?.lastSentAt = turn.now
            // Whether it left before the process died is not known.
            apply(
                .lostTrack(reason: "execution was restarted before the venue answered"), to: tracked.id,
                at: tracked.life.updatedAt, &turn)
        }
        phase = .recovering(Recovery(awaited: awaited))
        turn.log(
            .info,
            "restored: balance \(ledger.balance), \(ledger.holdings.count) positions, \(awaited.count) open orders")
        askForAccount(&turn)
    }

    /// Asks for what is still missing: at start orders first, the account when they have answered.
    mutating func askForAccount(_ turn: inout Turn) {
        isAccountAwaited = true
        if policy.acknowledgementTimeout != nil, !isReconciliationTimerRunning {
            isReconciliationTimerRunning = true
            turn.timers.append((.reconciliation, policy.firstRetry * 4))
        }
        guard case .recovering(let recovery) = phase, !recovery.awaited.isEmpty else {
            return turn.commands.append(.account(since: marketTime - policy.lookBack))
        }
        for id in open where recovery.awaited.contains(id) {
            if let tracked = orders[id] { turn.commands.append(.query(tracked.life.reference)) }
        }
    }

    /// The venue has answered for an order, be it by a report of its end; what it missed comes with the account.
    mutating func stopAwaiting(_ id: ClientOrderID, _ turn: inout Turn) {
        guard case .recovering(var recovery) = phase, recovery.awaited.remove(id) != nil else { return }
        phase = .recovering(recovery)
        if recovery.awaited.isEmpty { askForAccount(&turn) }
    }

    /// Puts an order back into memory that had been let go; before the journal was read there is nothing to put it back to.
    mutating func recall(_ journaled: JournaledOrder) {
        guard phase != .starting, orders[journaled.record.order.id] == nil, let tracked = tracked(journaled) else {
            return
        }
        orders[tracked.id] = tracked
        if !tracked.isOver { open.append(tracked.id) }
    }

    private mutating func tracked(_ journaled: JournaledOrder) -> TrackedOrder? {
        let record = journaled.record
        guard
            let life = OrderLife(
                restoring: record.order, fills: journaled.fills, attempts: record.attempts,
                isCancelRequested: record.isCancelRequested)
        else { return nil }
        defer { nextNumber += 1 }
        return TrackedOrder(life: life, number: nextNumber, isExternal: record.isExternal)
    }

    /// Books what the venue did unheard, then compares its account with the books: at start, and ever after. Nothing is
    /// flattened or reopened: what differs is said, and takes no new exposure.
    mutating func reconcile(_ account: VenueAccount, _ turn: inout Turn) {
        isAccountAwaited = false
        let ended = account.endedOrders.filter { $0.status != .rejected }
        guard case .recovering(let recovery) = phase else {
            settle(ended + account.openOrders, &turn)
            return compare(with: account, &turn)
        }
        guard recovery.awaited.isEmpty else { return askForAccount(&turn) }
        settle(recovery.answers + ended + account.openOrders, &turn)
        let found = comparison(with: account)
        for (symbol, sentence) in found.symbols.sorted(by: { $0.key < $1.key }) {
            disagreed.insert(symbol)
            block(symbol, sentence, &turn)
        }
        if let cash = found.cash { turn.log(.error, "not reconciled: \(cash)") }
        phase = .reconciled(fault: found.cash)
        for position in ledger.positions { turn.note(position: position) }
        turn.publishesAccount = true
        if found.cash == nil, blocked.isEmpty {
            turn.log(.info, "reconciled with the venue: balance \(ledger.balance)")
        }
        compareLater(&turn)
    }
}
