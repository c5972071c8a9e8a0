import TradingModel

/// What becomes of orders whose outcome is unknown: they are asked for, and sent again only where the venue has proven
/// that it never had them.
extension ExecutionCore {
    mutating func awaitAcknowledgement(_ id: ClientOrderID, attempt: Int, _ turn: inout Turn) {
        guard let timeout = policy.acknowledgementTimeout else { return }
        turn.timers.append((.acknowledgement(id, attempt: attempt), timeout))
    }

    /// A command's outcome is unknown.
    mutating func lose(_ id: ClientOrderID, _ step: VenueStep, _ reason: String, _ turn: inout Turn) {
        if !turn.heard.contains(id) { turn.heard.append(id) }
        switch step {
        case .submit:
            if apply(.lostTrack(reason: reason), to: id, at: marketTime, &turn) {
                turn.log(.error, "the outcome of order \(id) is unknown (\(reason)): asking the venue", isTrade: true)
            }
            pursue(id, &turn)
        case .cancel: pursue(id, &turn)
        case .query: askLater(id, &turn)
        }
    }

    /// Asks the venue for an order now, and again until it answers.
    mutating func pursue(_ id: ClientOrderID, _ turn: inout Turn) {
        guard let tracked = orders[id], !tracked.isOver, tracked.life.status != .initialized else { return }
        turn.commands.append(.query(tracked.life.reference))
        orders[id]?.isAsked = true
        askLater(id, &turn)
    }

    /// Asks the venue for every order that it may have spoken of unheard.
    mutating func askForOpenOrders(_ turn: inout Turn) {
        for id in open { pursue(id, &turn) }
        askForAccount(&turn)
    }

    private mutating func askLater(_ id: ClientOrderID, _ turn: inout Turn) {
        guard let tracked = orders[id], !tracked.isPursued, policy.acknowledgementTimeout != nil else { return }
        turn.timers.append((.query(id), backOff(id, tracked.queries)))
        orders[id]?.isPursued = true
        orders[id]?.queries += 1
    }

    /// `firstRetry · 2^tries`, at most `longestRetry`, less up to half of it by ``ExecutionPolicy/jitterSeed``.
    private func backOff(_ id: ClientOrderID, _ tries: Int) -> Span {
        let pause = min(policy.longestRetry, policy.firstRetry * (Int64(1) << Int64(min(tries, 20))))
        guard let seed = policy.jitterSeed else { return pause }
        var dice = SeededGenerator(seed: UInt64(truncatingIfNeeded: StableHash.of("\(seed)|\(id)|\(tries)").value))
        let half = pause.micros / 2
        return half > 0 ? pause - .microseconds(Int64(dice.next() % UInt64(half))) : pause
    }

    mutating func wake(_ timer: ExecutionTimer, _ turn: inout Turn) {
        switch timer {
        case .acknowledgement(let id, let attempt):
            guard case .submitted(let data) = orders[id]?.life.state, data.attempt == attempt else { return }
            lose(id, .submit, "no answer of the venue within \(policy.acknowledgementTimeout ?? .zero)", &turn)
        case .query(let id):
            orders[id]?.isPursued = false
            guard let order = orders[id],
                order.isAsked || order.life.status == .unresolved || order.life.isCancelRequested
            else { return }
            pursue(id, &turn)
        case .resend(let id):
            orders[id]?.isPursued = false
            sendAgain(id, &turn)
        case .account:
            isAccountTimerRunning = false
            if hasUnpublishedMark { turn.publishesAccount = true }
        case .reconciliation:
            isReconciliationTimerRunning = false
            if isAccountAwaited { askForAccount(&turn) }
        case .comparison:
            isComparisonTimerRunning = false
            askForAccount(&turn)
        }
    }

    /// The answer to a query.
    mutating func settle(_ id: ClientOrderID, _ answer: VenueAnswer, _ turn: inout Turn) {
        if !turn.heard.contains(id) { turn.heard.append(id) }
        orders[id]?.isAsked = false
        switch answer {
        case .neverHeard: disprove(id, &turn)
        case .known(let order):
            orders[id]?.queries = 0
            orders[id]?.denials = 0
            guard case .recovering(var recovery) = phase else { return settle([order], &turn) }
            if recovery.awaited.contains(id) { recovery.answers.append(order) }
            phase = .recovering(recovery)
        }
        // One that is asked again, or sent again, has yet to be settled.
        if orders[id]?.isAsked != true, orders[id]?.life.status != .submitted { stopAwaiting(id, &turn) }
    }

    /// Brings orders to where the venue says they are, their fills in the order in which they happened.
    mutating func settle(_ known: [VenueOrder], _ turn: inout Turn) {
        for order in known {
            let id = order.request.clientOrderID
            if orders[id] == nil { adopt(order.request, order.venueOrderID, at: order.updatedAt, &turn) }
            guard order.status != .rejected else { continue }
            apply(.accepted(venueOrderID: order.venueOrderID), to: id, at: order.updatedAt, &turn)
        }
        let fills = known.flatMap(\.fills).enumerated().sorted {
            ($0.element.eventTime, $0.offset) < ($1.element.eventTime, $1.offset)
        }
        for (_, fill) in fills { take(fill, &turn) }
        for order in known { conclude(order, &turn) }
    }

    private mutating func conclude(_ order: VenueOrder, _ turn: inout Turn) {
        let (id, time) = (order.request.clientOrderID, order.updatedAt)
        switch order.status {
        case .canceled: apply(.canceled(reason: order.reason), to: id, at: time, &turn)
        case .expired: apply(.expired(reason: order.reason ?? "expired"), to: id, at: time, &turn)
        case .rejected: apply(.rejected(reason: order.reason ?? "no reason given"), to: id, at: time, &turn)
        case .filled:
            // The venue was asked for whole lots only.
            guard let life = orders[id]?.life, life.execution.quantity == order.filledQuantity,
                life.execution.quantity < life.request.quantity
            else { break }
            let rest = life.request.quantity - life.execution.quantity
            let reason = "the rest of \(rest) is no whole lot: it stays"
            if apply(.expired(reason: reason), to: id, at: time, &turn) {
                turn.log(.warning, "order \(id): \(reason)", isTrade: true)
            }
        default: break
        }
        guard let life = orders[id]?.life else { return }
        // Fewer than ours would only mean that the answer is older than our last fill.
        if order.filledQuantity > life.execution.quantity {
            block(
                life.request.symbol,
                "the venue has filled \(order.filledQuantity) of order \(id), "
                    + "the fills it tells of add up to \(life.execution.quantity)", &turn)
        }
        if life.isCancelRequested, !life.status.isTerminal { turn.commands.append(.cancel(life.reference)) }
    }

    /// The venue says that it never had the order.
    private mutating func disprove(_ id: ClientOrderID, _ turn: inout Turn) {
        guard let tracked = orders[id] else { return }
        let status = tracked.life.status
        if status == .unresolved || status == .submitted {
            if let sent = tracked.lastSentAt, turn.now - sent < policy.proofDelay {
                // It may still be on its way: too early to be a proof.
                orders[id]?.isAsked = true
                return askLater(id, &turn)
            }
        } else if status == .accepted || status == .partiallyFilled, policy.acknowledgementTimeout != nil,
            tracked.denials < 3
        {
            // A venue's answers may lag behind its own acceptance: it is believed only when it insists.
            orders[id]?.denials += 1
            orders[id]?.isAsked = true
            return askLater(id, &turn)
        }
        orders[id]?.queries = 0
        if apply(.neverArrived, to: id, at: marketTime, &turn) { sendAgain(id, &turn) }
    }

    /// Proven never to have left: tried again after a while.
    mutating func reschedule(_ id: ClientOrderID, _ reason: String, _ turn: inout Turn) {
        if !turn.heard.contains(id) { turn.heard.append(id) }
        guard apply(.neverArrived, to: id, at: marketTime, &turn), let tracked = orders[id],
            tracked.life.status == .initialized
        else { return }
        turn.log(.warning, "order \(id) could not be sent (\(reason)): it is tried again")
        orders[id]?.isPursued = true
        turn.timers.append((.resend(id), backOff(id, tracked.life.attempts - 1)))
    }

    /// Sends an order again that is proven not to be at the venue, unless its moment has passed.
    private mutating func sendAgain(_ id: ClientOrderID, _ turn: inout Turn) {
        guard let tracked = orders[id], case .initialized(let data) = tracked.life.state else { return }
        let isFresh = tracked.firstSentAt.map { turn.now - $0 <= policy.resendWithin } ?? false
        guard tracked.life.request.isReduceOnly || isFresh else {
            let reason = "it never reached the venue and its moment has passed"
            apply(.expired(reason: reason), to: id, at: marketTime, &turn)
            return turn.log(.warning, "order \(id) expired: \(reason)", isTrade: true)
        }
        apply(.submitted, to: id, at: marketTime, &turn)
        orders[id]?.firstSentAt = tracked.firstSentAt ?? turn.now
        orders[id]?.lastSentAt = turn.now
        turn.commands.append(.submit(tracked.life.request))
        awaitAcknowledgement(id, attempt: data.attempts + 1, &turn)
    }
}
