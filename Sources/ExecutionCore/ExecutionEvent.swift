public import Portfolio
public import TradingModel

/// A fact that has arrived at execution.
public enum ExecutionEvent: Sendable {
    /// The first event: what the journal holds.
    indirect case restored(JournalImage)
    case instruments([Instrument])
    indirect case orderRequest(OrderRequest, RequestToken)
    case cancelRequest(ClientOrderID, RequestToken)
    case orderQuery(ClientOrderID, RequestToken)
    case snapshotRequest(RequestToken)
    /// Compare books and venue now.
    case reconcileRequest(RequestToken)
    /// An order from the journal that is no longer kept in memory; precedes the event that speaks of it.
    indirect case recalled(JournaledOrder)
    case ticker(Ticker)
    case clock(MarketClock)
    /// What the venue tells, in its order.
    case reports([VenueReport])
    case timer(ExecutionTimer)
}

/// Which request a reply belongs to; the shell keeps the way back.
public struct RequestToken: Hashable, Sendable {
    public let number: Int
    public init(_ number: Int) { self.number = number }
}

/// A moment that the core has asked to be told of.
public enum ExecutionTimer: Hashable, Sendable {
    /// The venue has not acknowledged this attempt in time.
    case acknowledgement(ClientOrderID, attempt: Int)
    /// Ask the venue again how an order stands.
    case query(ClientOrderID)
    /// Send again what is proven not to have arrived.
    case resend(ClientOrderID)
    /// Publish the account, at most once a second.
    case account
    /// The venue has not answered for the account yet.
    case reconciliation
    /// Compare books and venue again.
    case comparison
}

/// What the journal holds when the process starts.
public struct JournalImage: Hashable, Sendable {
    public var startingBalance: Money
    public var netDeposits: Money = .zero
    public var realizedPnL: Money = .zero
    public var fees: Money = .zero
    public var holdings: [Holding] = []
    /// The last moment of which the journal tells.
    public var lastEventTime: MarketTime = .distantPast
    /// Orders that are not over, oldest first.
    public var openOrders: [JournaledOrder] = []
    /// Payments of funding that are booked; the latest are enough.
    public var fundings: Set<String> = []
    /// The latest closed trades, whose funding may still be told.
    public var trades: [Trade] = []

    public init(startingBalance: Money) { self.startingBalance = startingBalance }
}

/// An order with its fills as the journal holds them.
public struct JournaledOrder: Hashable, Sendable {
    public var record: OrderRecord
    public var fills: [Fill]

    public init(record: OrderRecord, fills: [Fill]) {
        self.record = record
        self.fills = fills
    }
}

/// The journal's row of an order: the order and what only execution needs.
public struct OrderRecord: Hashable, Sendable {
    public var order: Order
    /// How often it was sent.
    public var attempts: Int
    public var isCancelRequested: Bool
    /// It is not from us: the venue made it.
    public var isExternal: Bool

    public init(order: Order, attempts: Int = 0, isCancelRequested: Bool = false, isExternal: Bool = false) {
        self.order = order
        self.attempts = attempts
        self.isCancelRequested = isCancelRequested
        self.isExternal = isExternal
    }
}
