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

    /// Puts an order back into memory that had been let go.
    mutating func recall(_ journaled: JournaledOrder) {
        guard orders[journaled.record.order.id] == nil, let tracked = tracked(journaled) else { return }
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

    /// Books what the venue did unheard and, at start, compares its account with the books. Nothing is flattened or
    /// reopened: what differs is said, and takes no new exposure.
    mutating func reconcile(_ account: VenueAccount, _ turn: inout Turn) {
        isAccountAwaited = false
        let ended = account.endedOrders.filter { $0.status != .rejected }
        guard case .recovering(let recovery) = phase else { return settle(ended + account.openOrders, &turn) }
        guard recovery.awaited.isEmpty else { return askForAccount(&turn) }
        settle(recovery.answers + ended + account.openOrders, &turn)
        let theirs = Dictionary(account.positions.map { ($0.symbol, $0) }, uniquingKeysWith: { first, _ in first })
        for symbol in Set(theirs.keys).union(ledger.holdings.keys).sorted() {
            let ours = ledger.position(symbol).map {
                VenuePosition(symbol: symbol, side: $0.side, quantity: $0.quantity)
            }
            guard ours != theirs[symbol] else { continue }
            block(symbol, "the books have \(Self.words(ours)), the venue has \(Self.words(theirs[symbol]))", &turn)
        }
        let open = Set(account.openOrders.map(\.request.clientOrderID))
        for id in self.open where !open.contains(id) {
            guard let life = orders[id]?.life, life.status == .accepted || life.status == .partiallyFilled else {
                continue
            }
            block(life.request.symbol, "order \(id) is open in the books and not at the venue", &turn)
        }
        var fault: String?
        if let cash = account.cash, cash != ledger.balance {
            fault = "the books have a balance of \(ledger.balance), the venue has \(cash)"
            turn.log(.error, "not reconciled: \(fault ?? "")")
        }
        phase = .reconciled(fault: fault)
        for position in ledger.positions { turn.note(position: position) }
        turn.publishesAccount = true
        if fault == nil, blocked.isEmpty { turn.log(.info, "reconciled with the venue: balance \(ledger.balance)") }
    }

    private static func words(_ position: VenuePosition?) -> String {
        position.map { "a \($0.side.rawValue) position of \($0.quantity)" } ?? "no position"
    }
}
