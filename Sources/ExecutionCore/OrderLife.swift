public import TradingModel

/// The life of one order: where it stands, with data only where it means something.
///
/// ```
/// initialized ──▶ submitted ──▶ accepted ──▶ partiallyFilled ──▶ filled
///   │  ▲              │  │          │               │
///   │  │ proven never │  └──────────┴───────────────┴──▶ canceled · expired · rejected
///   │  │ there        ▼                                       ▲
///   │  └───────── unresolved ─────────────────────────────────┘
///   └──▶ denied
/// ```
/// What the venue tells is never dropped: a fill before the acknowledgement, after a cancel or beyond the ordered
/// quantity is counted, and where it contradicts what was known the change says so.
public struct OrderLife: Hashable, Sendable {
    public let request: OrderRequest
    public let createdAt: MarketTime
    public internal(set) var updatedAt: MarketTime
    public internal(set) var state: State

    public enum State: Hashable, Sendable {
        case initialized(Initialized)
        case submitted(Submitted)
        case accepted(Accepted)
        case partiallyFilled(PartiallyFilled)
        case filled(Filled)
        case canceled(Ended)
        case expired(Ended)
        case rejected(Refused)
        case denied(Refused)
        case unresolved(Unresolved)
    }

    /// In the journal, not on its way.
    public struct Initialized: Hashable, Sendable {
        /// How often it was sent before and proven not to have arrived.
        public var attempts = 0
    }

    /// Sent, nothing heard yet.
    public struct Submitted: Hashable, Sendable {
        /// 1 for the first time.
        public var attempt: Int
        public var isCancelRequested = false
    }

    /// Resting or working at the venue, nothing traded.
    public struct Accepted: Hashable, Sendable {
        public var venueOrderID: String
        public var attempt: Int
        public var isCancelRequested = false
    }

    public struct PartiallyFilled: Hashable, Sendable {
        /// Absent where the fill was faster than the acknowledgement.
        public var venueOrderID: String?
        public var execution: Execution
        public var attempt: Int
        public var isCancelRequested = false
    }

    public struct Filled: Hashable, Sendable {
        public var venueOrderID: String?
        public var execution: Execution
    }

    /// Over without being filled whole.
    public struct Ended: Hashable, Sendable {
        public var venueOrderID: String?
        public var execution = Execution()
        public var reason: String?
    }

    /// Refused by the venue or by us; nothing traded.
    public struct Refused: Hashable, Sendable {
        public var reason: String
    }

    /// Sent, outcome unknown.
    public struct Unresolved: Hashable, Sendable {
        public var reason: String
        public var attempt: Int
        public var isCancelRequested = false
    }

    /// What has traded of an order.
    public struct Execution: Hashable, Sendable {
        public internal(set) var fills: [Fill] = []
        public internal(set) var quantity: Quantity = .zero
        /// Exact sum of price × quantity.
        public internal(set) var notional: Money = .zero

        public init() {}

        public init(fills: [Fill]) {
            for fill in fills { count(fill) }
        }

        mutating func count(_ fill: Fill) {
            fills.append(fill)
            quantity += fill.quantity
            notional += fill.notional
        }
    }

    public init(request: OrderRequest) {
        self.request = request
        createdAt = request.decidedAt
        updatedAt = request.decidedAt
        state = .initialized(Initialized())
    }
}

extension OrderLife {
    public var status: OrderStatus {
        switch state {
        case .initialized: .initialized
        case .submitted: .submitted
        case .accepted: .accepted
        case .partiallyFilled: .partiallyFilled
        case .filled: .filled
        case .canceled: .canceled
        case .expired: .expired
        case .rejected: .rejected
        case .denied: .denied
        case .unresolved: .unresolved
        }
    }

    public var venueOrderID: String? {
        switch state {
        case .accepted(let data): data.venueOrderID
        case .partiallyFilled(let data): data.venueOrderID
        case .filled(let data): data.venueOrderID
        case .canceled(let data), .expired(let data): data.venueOrderID
        case .initialized, .submitted, .rejected, .denied, .unresolved: nil
        }
    }

    public var execution: Execution {
        switch state {
        case .partiallyFilled(let data): data.execution
        case .filled(let data): data.execution
        case .canceled(let data), .expired(let data): data.execution
        case .initialized, .submitted, .accepted, .rejected, .denied, .unresolved: Execution()
        }
    }

    public var reason: String? {
        switch state {
        case .rejected(let data), .denied(let data): data.reason
        case .canceled(let data), .expired(let data): data.reason
        case .unresolved(let data): data.reason
        case .initialized, .submitted, .accepted, .partiallyFilled, .filled: nil
        }
    }

    /// How often it has been sent; 0 before the first time.
    public var attempts: Int {
        switch state {
        case .initialized(let data): data.attempts
        case .submitted(let data): data.attempt
        case .accepted(let data): data.attempt
        case .partiallyFilled(let data): data.attempt
        case .unresolved(let data): data.attempt
        case .filled, .canceled, .expired, .rejected: 1
        case .denied: 0
        }
    }

    public var isCancelRequested: Bool {
        switch state {
        case .submitted(let data): data.isCancelRequested
        case .accepted(let data): data.isCancelRequested
        case .partiallyFilled(let data): data.isCancelRequested
        case .unresolved(let data): data.isCancelRequested
        case .initialized, .filled, .canceled, .expired, .rejected, .denied: false
        }
    }

    public var reference: OrderReference {
        OrderReference(
            clientOrderID: request.clientOrderID, symbol: request.symbol, venueOrderID: venueOrderID,
            isConditional: request.stopPrice != nil)
    }

    /// The order as the other processes see it.
    public var order: Order {
        var order = Order()
        order.request = request
        order.status = status
        order.venueOrderID = venueOrderID
        let execution = execution
        order.filledQuantity = execution.quantity
        order.filledNotional = execution.notional
        order.reason = reason
        order.createdAt = createdAt
        order.updatedAt = updatedAt
        return order
    }

    /// Goes on from the journal; `nil` where the row contradicts itself (a filled order without fills).
    public init?(restoring order: Order, fills: [Fill], attempts: Int, isCancelRequested: Bool) {
        let execution = Execution(fills: fills)
        guard execution.quantity == order.filledQuantity, execution.notional == order.filledNotional else { return nil }
        request = order.request
        createdAt = order.createdAt
        updatedAt = order.updatedAt
        let (venueID, reason) = (order.venueOrderID, order.reason)
        let attempt = max(1, attempts)
        switch order.status {
        case .initialized: state = .initialized(Initialized(attempts: attempts))
        case .submitted: state = .submitted(Submitted(attempt: attempt, isCancelRequested: isCancelRequested))
        case .accepted:
            guard let venueID else { return nil }
            state = .accepted(Accepted(venueOrderID: venueID, attempt: attempt, isCancelRequested: isCancelRequested))
        case .partiallyFilled:
            state = .partiallyFilled(
                PartiallyFilled(
                    venueOrderID: venueID, execution: execution, attempt: attempt, isCancelRequested: isCancelRequested)
            )
        case .filled: state = .filled(Filled(venueOrderID: venueID, execution: execution))
        case .canceled: state = .canceled(Ended(venueOrderID: venueID, execution: execution, reason: reason))
        case .expired: state = .expired(Ended(venueOrderID: venueID, execution: execution, reason: reason))
        case .rejected: state = .rejected(Refused(reason: reason ?? ""))
        case .denied: state = .denied(Refused(reason: reason ?? ""))
        case .unresolved:
            state = .unresolved(
                Unresolved(reason: reason ?? "", attempt: attempt, isCancelRequested: isCancelRequested))
        }
        let mustHaveFills = status == .partiallyFilled || status == .filled
        guard fills.isEmpty || self.execution.quantity.isPositive, !mustHaveFills || !fills.isEmpty else { return nil }
    }
}
