import TradingModel

/// What becomes of the orders that risk asked for. Denied is ours, rejected is the venue's, silence is unknown.
extension RiskCore {
    /// Execution has said how an order stands; `nil` where it has never heard of it.
    mutating func learn(_ id: ClientOrderID, _ order: Order?, at now: WallTime, into directives: inout [RiskDirective])
    {
        guard var tracked = orders[id], !tracked.intent.isSettled else { return }
        guard let order else {
            guard tracked.intent.status != nil else { return resend(tracked, at: now, into: &directives) }
            let sentence =
                "execution no longer knows order \(id), which it had acknowledged: its journal is another one"
            directives.append(.log(.error, sentence))
            return settle(tracked, as: .canceled, reason: sentence, at: now, into: &directives)
        }
        let isFirstAnswer = tracked.answer != .known
        tracked.answer = .known
        tracked.intent.status = order.status
        tracked.intent.filledQuantity = max(tracked.intent.filledQuantity, order.filledQuantity)
        tracked.intent.isSettled = order.status.isTerminal
        orders[id] = tracked
        if isFirstAnswer {
            answerWaiters(
                of: tracked, status: order.status, denial: denial(of: tracked, order.reason), into: &directives)
        }
        guard tracked.intent.isSettled else {
            if tracked.intent.request.purpose == .protectiveStop {
                stopHeard(tracked.intent, at: now, into: &directives)
            }
            return
        }
        persist(.order(tracked.intent), into: &directives)
        settle(tracked, reason: order.reason, at: now, into: &directives)
    }

    /// An entry that execution or the venue refused at once makes its verdict a denial.
    private func denial(of order: TrackedOrder, _ reason: String?) -> Denial? {
        guard order.intent.request.purpose == .entry, let status = order.intent.status,
            status == .denied || status == .rejected
        else { return nil }
        return Denial(
            .executionDenied, [Figure("order", status.rawValue), Figure("reason", "\"\(reason ?? "none given")\"")])
    }

    /// A request ended without an answer, or was not carried out by a service that may have had an earlier copy: ask.
    mutating func lose(_ id: ClientOrderID, at now: WallTime, into directives: inout [RiskDirective]) {
        guard var order = orders[id], !order.intent.isSettled else { return }
        let isNews = order.answer == .awaited
        order.answer = .unknown(nextQuery: isNews ? now : now + Self.queryInterval)
        orders[id] = order
        if isNews {
            directives.append(
                .log(
                    .warning,
                    "order \(id) of \(order.intent.request.symbol) is unresolved: execution did not answer; asking until it does"
                ))
            query(id, at: now, into: &directives)
        }
    }

    static let queryInterval = Span.milliseconds(500)

    /// Asks how an order stands. The next query is armed when this one is known to have failed.
    private mutating func query(_ id: ClientOrderID, at now: WallTime, into directives: inout [RiskDirective]) {
        orders[id]?.answer = .unknown(nextQuery: now + .seconds(60))
        directives.append(.query(id))
    }

    /// Asks for every order whose answer is overdue.
    mutating func queryOverdue(at now: WallTime, into directives: inout [RiskDirective]) {
        let overdue = orders.values.filter {
            if case .unknown(let next) = $0.answer, !$0.intent.isSettled { return next <= now }
            return false
        }
        for order in overdue.sorted(by: { $0.intent.id < $1.intent.id }) {
            query(order.intent.id, at: now, into: &directives)
        }
    }

    /// Execution has never heard of an order. The same request goes out again under the same id, unless it is an entry
    /// whose time is over: after `expiresAt` execution refuses late copies, so then it is certain that it never was.
    private mutating func resend(_ order: TrackedOrder, at now: WallTime, into directives: inout [RiskDirective]) {
        var order = order
        let isEntry = order.intent.request.purpose == .entry
        if isEntry, !lockStep.isOn, now > order.intent.expiresAt {
            let late = Figure("late", "\(now - order.intent.expiresAt)")
            let denial = Denial(.expired, [late, Figure("order", "never reached execution")])
            let reason = "it never reached execution"
            return settle(order, as: .expired, denial: denial, reason: reason, at: now, into: &directives)
        }
        // A plan that was told to close before its entry left has nothing to open.
        if isEntry, plans[order.intent.planID]?.plan.exitReason != nil {
            return abandon(order, at: now, into: &directives)
        }
        if order.intent.request.purpose == .protectiveStop, !isStopWanted(order.intent) {
            return abandon(order, at: now, into: &directives)
        }
        if !isEntry || lockStep.isOn { order.intent.expiresAt = now + limits.orderTimeToLive }
        order.answer = .awaited
        orders[order.intent.id] = order
        persist(.order(order.intent), into: &directives)
        directives.append(.submit(order.intent.request, expiresAt: order.intent.expiresAt))
    }

    /// Waits until no copy of the request can arrive any more; then the next query settles it.
    private mutating func abandon(_ order: TrackedOrder, at now: WallTime, into directives: inout [RiskDirective]) {
        guard now > order.intent.expiresAt else {
            orders[order.intent.id]?.answer = .unknown(nextQuery: order.intent.expiresAt + .milliseconds(1))
            return
        }
        let reason = "it was called back before it reached execution"
        settle(order, as: .canceled, reason: reason, at: now, into: &directives)
    }

    /// Ends an order of which it is certain that execution does not have it.
    private mutating func settle(
        _ order: TrackedOrder, as status: OrderStatus, denial: Denial? = nil, reason: String, at now: WallTime,
        into directives: inout [RiskDirective]
    ) {
        var order = order
        order.intent.status = status
        order.intent.isSettled = true
        order.answer = .known
        orders[order.intent.id] = order
        answerWaiters(of: order, status: status, denial: denial, into: &directives)
        persist(.order(order.intent), into: &directives)
        settle(order, reason: reason, at: now, into: &directives)
    }

    /// Nothing more can happen to an order: what does that mean for its plan?
    private mutating func settle(
        _ order: TrackedOrder, reason: String?, at now: WallTime, into directives: inout [RiskDirective]
    ) {
        let intent = order.intent
        guard var guarded = plans[intent.planID] else {
            orders[intent.id] = nil
            return
        }
        var words: String {
            "\(intent.request.purpose.rawValue) order \(intent.id) of \(intent.request.symbol) is \(intent.status?.rawValue ?? "settled")"
        }
        switch intent.request.purpose {
        case .entry:
            guard guarded.plan.status == .pending else { break }
            if intent.filledQuantity.isZero {
                directives.append(.log(.warning, "\(words), nothing was opened: \(reason ?? "no reason given")"))
                spend(intent.planID, at: now, into: &directives)
            } else {
                guarded.doubt = GuardedPlan.Doubt(since: now, snapshot: snapshots.asked)
                plans[intent.planID] = guarded
            }
        case .exit:
            guard guarded.plan.status == .closing, guarded.exits.last == intent.id else { break }
            if intent.filledQuantity.isZero {
                directives.append(
                    .log(
                        .error,
                        "\(words), the position is still open and is tried again: \(reason ?? "no reason given")"))
                // Execution denies what does not fit its books: then ours are not the same.
                if intent.status == .denied, !snapshots.isOutstanding { requestSnapshot(at: now, into: &directives) }
            } else {
                let expected = max(.zero, intent.request.quantity - intent.filledQuantity)
                let isShown = book.positions[guarded.plan.symbol].map { $0.quantity <= expected } ?? false
                if !isShown {
                    guarded.doubt = GuardedPlan.Doubt(since: now, snapshot: snapshots.asked, expected: expected)
                }
            }
            guarded.retry = lockStep.isOn ? .nextPrice : .at(now + backOff(after: intent.attempt))
            plans[intent.planID] = guarded
            advanceExit(of: intent.planID, at: now, into: &directives)
        case .protectiveStop:
            stopSettled(order, reason: reason, at: now, into: &directives)
        }
    }

    /// 250 ms, doubled with each attempt, at most five seconds: an exit is never given up.
    private func backOff(after attempt: Int) -> Span { .milliseconds(min(5_000, 250 << Int64(min(attempt, 5)))) }
}
