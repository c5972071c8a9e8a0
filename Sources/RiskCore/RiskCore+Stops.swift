public import TradingModel

/// How the stop rests at the venue that works while risk, or this whole machine, does not.
public struct RestingStopRules: Hashable, Sendable {
    /// How far behind the guard's own stop the venue's waits, as a share of that price: the guard comes first where it
    /// is awake, so that the two do not race for the same position on every stop.
    public var margin: Ratio
    /// The venue sets aside what a resting sale would sell (spot): there is one stop at a time, and none beside an exit.
    public var isExclusive: Bool

    /// A tenth of a percent behind, more than one stop at a time.
    public init(margin: Ratio = Ratio(raw: Ratio.scale / 1_000), isExclusive: Bool = false) {
        self.margin = margin
        self.isExclusive = isExclusive
    }
}

/// The stops at the venue: one for each open position, moved with the ladder, gone with the position.
///
/// Where the venue allows two, the new one rests before the old one goes. An exit and a stop never both close: both only
/// reduce, and where the venue knows no such order the stop is gone for certain before the exit leaves.
extension RiskCore {
    /// Brings a plan's stop at the venue in step with the plan: places, replaces or waits, one order at a time.
    mutating func keepStop(of id: String, at now: WallTime, into directives: inout [RiskDirective]) {
        guard let rules = limits.restingStop, let guarded = plans[id], guarded.plan.status == .active,
            let position = book.positions[guarded.plan.symbol], position.isOpen,
            let trigger = trigger(of: guarded.plan, rules)
        else { return }
        let live = liveStops(of: guarded)
        // One that has begun to fill is a market order on its way.
        guard !live.contains(where: { $0.intent.filledQuantity.isPositive }) else { return }
        if let last = live.last {
            guard last.isResting else { return }
            let request = last.intent.request
            if request.stopPrice == trigger, request.quantity == position.quantity {
                for older in live.dropLast() { cancelStop(older, at: now, into: &directives) }
                return note(last.intent, of: id, into: &directives)
            }
            guard !rules.isExclusive else { return cancelStop(last, at: now, into: &directives) }
        }
        if let retryAt = guarded.stopRetryAt, now < retryAt { return }
        place(trigger, position.quantity, for: id, at: now, into: &directives)
    }

    /// The guard's stop moved away from the market by the margin, on a tick; `nil` where the plan has none.
    private func trigger(of plan: ExitPlan, _ rules: RestingStopRules) -> Price? {
        guard plan.restingStop.isPositive else { return nil }
        let tick = market.tickSize(of: plan.symbol)
        let price: Price
        switch plan.side {
        case .long: price = plan.restingStop.moved(by: -rules.margin, .floor)
        case .short: price = plan.restingStop.moved(by: rules.margin, .ceiling)
        }
        let onTick = tick.isPositive ? price.rounded(toMultipleOf: tick, plan.side == .long ? .floor : .ceiling) : price
        return onTick.isPositive ? onTick : nil
    }

    private func liveStops(of guarded: GuardedPlan) -> [TrackedOrder] {
        guarded.stops.compactMap { orders[$0] }.filter { !$0.intent.isSettled }
    }

    private mutating func place(
        _ trigger: Price, _ quantity: Quantity, for id: String, at now: WallTime, into directives: inout [RiskDirective]
    ) {
        guard var guarded = plans[id] else { return }
        let plan = guarded.plan
        let attempt = max(guarded.stops.count, (guarded.stops.last.flatMap { orders[$0]?.intent.attempt } ?? -1) + 1)
        var request = OrderRequest()
        request.clientOrderID = .derived(from: plan.id, purpose: .protectiveStop, attempt: attempt)
        request.proposalID = plan.id
        request.strategy = plan.strategy
        request.symbol = plan.symbol
        request.side = plan.side.closing
        request.type = .stopMarket
        request.quantity = quantity
        request.stopPrice = trigger
        request.isReduceOnly = true
        request.leverage = plan.leverage
        request.purpose = .protectiveStop
        let isOwn = plan.side == .long ? plan.restingStop <= plan.stopLoss : plan.restingStop >= plan.stopLoss
        request.exitReason = plan.stopLoss.isPositive && isOwn || exitGuard.tier(of: plan) == nil ? .stopLoss : .ladder
        request.referencePrice = guarded.price ?? market.tickers[plan.symbol]?.last ?? plan.entryPrice
        request.decidedAt = max(market.time, plan.updatedAt)
        let intent = OrderIntent(
            request: request, planID: id, attempt: attempt, expiresAt: now + limits.orderTimeToLive)
        guarded.stops.append(intent.id)
        plans[id] = guarded
        orders[intent.id] = TrackedOrder(intent: intent, answer: .awaited)
        persist(.order(intent), into: &directives)
        directives.append(.submit(request, expiresAt: intent.expiresAt))
    }

    /// The stop rests: that is said, once.
    private mutating func note(_ intent: OrderIntent, of id: String, into directives: inout [RiskDirective]) {
        guard var guarded = plans[id] else { return }
        (guarded.stopFault, guarded.stopRetryAt, guarded.stopFailures) = (nil, nil, 0)
        let isNews = guarded.plan.stopOrderID != intent.id
        guarded.plan.stopOrderID = intent.id
        guarded.plan.stopOrderPrice = intent.request.stopPrice
        plans[id] = guarded
        guard isNews else { return }
        directives.append(.publishPlan(guarded.plan))
        let price = intent.request.stopPrice ?? .zero
        directives.append(
            .log(
                .trade,
                "a stop rests at the venue for \(intent.request.quantity) \(intent.request.symbol) at \(price) (\(id))")
        )
    }

    /// Asks for a cancel, and again after a while for as long as the order is not settled.
    private mutating func cancelStop(
        _ order: TrackedOrder, at now: WallTime, into directives: inout [RiskDirective]
    ) {
        if let asked = order.cancelAskedAt, now - asked < Self.cancelInterval { return }
        orders[order.intent.id]?.cancelAskedAt = now
        directives.append(.cancel(order.intent.id))
    }

    private static let cancelInterval = Span.seconds(2)

    /// Takes back every stop of a plan. Returns whether one of them may still rest.
    mutating func cancelStops(of id: String, at now: WallTime, into directives: inout [RiskDirective]) -> Bool {
        let live = orders.values.filter {
            $0.intent.planID == id && $0.intent.request.purpose == .protectiveStop && !$0.intent.isSettled
        }
        for order in live.sorted(by: { $0.intent.attempt < $1.intent.attempt }) {
            cancelStop(order, at: now, into: &directives)
        }
        return !live.isEmpty
    }

    /// Whether an order to sell or buy back may leave now: where the venue takes one closing order only, the stops go first.
    mutating func mayExit(
        _ guarded: GuardedPlan, at now: WallTime, into directives: inout [RiskDirective]
    ) -> Bool {
        let id = guarded.plan.id
        guard limits.restingStop?.isExclusive ?? true, guarded.stops.contains(where: isLive) else { return true }
        persist(.plan(guarded.plan), into: &directives)
        return !cancelStops(of: id, at: now, into: &directives)
    }

    private func isLive(_ id: ClientOrderID) -> Bool { orders[id].map { !$0.intent.isSettled } ?? false }

    /// Whether a stop still protects what its plan watches.
    func isStopWanted(_ intent: OrderIntent) -> Bool {
        guard limits.restingStop != nil, let guarded = plans[intent.planID] else { return false }
        switch guarded.plan.status {
        case .active: return guarded.stops.last == intent.id
        case .closing: return limits.restingStop?.isExclusive == false && guarded.stops.last == intent.id
        case .pending, .spent: return false
        }
    }

    // MARK: News

    /// Execution has said how a stop stands that is not over.
    mutating func stopHeard(_ intent: OrderIntent, at now: WallTime, into directives: inout [RiskDirective]) {
        guard let plan = plans[intent.planID]?.plan else { return }
        if plan.status == .active { keepStop(of: plan.id, at: now, into: &directives) }
    }

    /// A stop is over: filled, taken back, or refused.
    mutating func stopSettled(
        _ order: TrackedOrder, reason: String?, at now: WallTime, into directives: inout [RiskDirective]
    ) {
        let intent = order.intent
        guard var guarded = plans[intent.planID] else { return }
        if guarded.plan.stopOrderID == intent.id {
            (guarded.plan.stopOrderID, guarded.plan.stopOrderPrice) = (nil, nil)
        }
        let name = "the stop \(intent.id) of \(intent.request.symbol)"
        if intent.filledQuantity.isPositive {
            directives.append(
                .log(.trade, "\(name) at the venue has closed \(intent.filledQuantity) (\(intent.planID))"))
        } else if guarded.stops.last == intent.id, order.cancelAskedAt == nil {
            guarded.stopFailures += 1
            guarded.stopRetryAt = now + .seconds(min(60, Int64(1) << Int64(min(guarded.stopFailures, 7) - 1)))
            guarded.stopFault = reason ?? intent.status?.rawValue ?? "no reason given"
            directives.append(
                .log(
                    .warning,
                    "\(name) does not rest at the venue, risk alone watches: \(guarded.stopFault ?? ""); it is tried again"
                ))
        }
        plans[intent.planID] = guarded
        switch guarded.plan.status {
        case .active where intent.filledQuantity.isZero: keepStop(of: intent.planID, at: now, into: &directives)
        case .closing: advanceExit(of: intent.planID, at: now, into: &directives)
        default: break
        }
    }

    /// Stops that nobody wants any more, and positions without one.
    mutating func tendStops(at now: WallTime, into directives: inout [RiskDirective]) {
        let unwanted = orders.values.filter {
            $0.intent.request.purpose == .protectiveStop && $0.isResting && !isStopWanted($0.intent)
                && !isReplacementAwaited($0.intent)
        }
        for order in unwanted.sorted(by: { $0.intent.id < $1.intent.id }) {
            cancelStop(order, at: now, into: &directives)
        }
        guard limits.restingStop != nil else { return }
        for plan in openPlans where plan.status == .active { keepStop(of: plan.id, at: now, into: &directives) }
    }

    /// An older stop stays while the newer one does not rest for certain.
    private func isReplacementAwaited(_ intent: OrderIntent) -> Bool {
        guard limits.restingStop != nil, let guarded = plans[intent.planID],
            guarded.plan.status == .active || guarded.plan.status == .closing, let last = guarded.stops.last
        else { return false }
        return orders[last]?.isResting != true
    }

    /// Execution tells of a stop that none of our plans knows: it would close a position that is not its own.
    mutating func cancelOrphans(among open: [Order], into directives: inout [RiskDirective]) {
        for order in open where order.request.purpose == .protectiveStop && orders[order.id] == nil {
            directives.append(
                .log(
                    .warning, "the stop \(order.id) of \(order.request.symbol) belongs to no position of ours: canceled"
                ))
            directives.append(.cancel(order.id))
        }
    }
}
