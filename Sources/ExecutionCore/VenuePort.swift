public import TradingModel

/// What execution asks of a venue. Together with ``VenueReport`` it is the port every venue stands behind: the paper
/// venue answers at once and in memory, a live connector later and over a network; the core cannot tell them apart.
public indirect enum VenueCommand: Hashable, Sendable {
    /// Place this order under its client order id.
    case submit(OrderRequest)
    case cancel(OrderReference)
    /// How does this one order stand? Answered with ``VenueReport/answer(_:_:)``.
    case query(OrderReference)
    /// Open orders, orders that ended since then, positions and cash; answered with ``VenueReport/account(_:)``.
    case account(since: MarketTime)
}

/// What names an order at a venue.
public struct OrderReference: Hashable, Sendable {
    public var clientOrderID: ClientOrderID
    public var symbol: Symbol
    /// Known once the venue has accepted it.
    public var venueOrderID: String?
    /// It waits for a price: some venues keep such orders apart.
    public var isConditional: Bool

    public init(
        clientOrderID: ClientOrderID, symbol: Symbol, venueOrderID: String? = nil, isConditional: Bool = false
    ) {
        self.clientOrderID = clientOrderID
        self.symbol = symbol
        self.venueOrderID = venueOrderID
        self.isConditional = isConditional
    }
}

/// What a venue tells us, in the order in which it became true there. A report may come twice, late or early.
public indirect enum VenueReport: Hashable, Sendable {
    case accepted(ClientOrderID, venueOrderID: String, at: MarketTime)
    /// Refused by the venue, proven.
    case rejected(ClientOrderID, reason: String, at: MarketTime)
    case fill(VenueFill)
    case canceled(ClientOrderID, reason: String?, at: MarketTime)
    case expired(ClientOrderID, reason: String, at: MarketTime)
    /// The venue would not cancel, usually because the order is no longer open there.
    case cancelRejected(ClientOrderID, reason: String)
    /// The venue knows this client order id already: what it knows has to be asked.
    case duplicate(ClientOrderID)
    /// The outcome of a command is unknown: a timeout or a broken connection. It may have happened.
    case unknown(ClientOrderID, VenueStep, reason: String)
    /// Proven never to have left this machine: it may be sent again.
    case notSent(ClientOrderID, reason: String)
    case answer(ClientOrderID, VenueAnswer)
    /// An order at the venue that is not from us: a liquidation, or a hand at the exchange's own screen.
    case adopted(OrderRequest, venueOrderID: String, at: MarketTime)
    case account(VenueAccount)
    /// A position paid or received funding. It may be told more than once.
    case funding(FundingPayment)
    /// The connection was lost and is there again: reports may have been missed, so that every open order is asked for.
    case resumed
}

extension VenueReport {
    /// The orders it speaks of: those that are not in memory are recalled from the journal before.
    public var orderIDs: [ClientOrderID] {
        switch self {
        case .accepted(let id, _, _), .rejected(let id, _, _), .canceled(let id, _, _), .expired(let id, _, _): [id]
        case .cancelRejected(let id, _), .duplicate(let id), .unknown(let id, _, _), .notSent(let id, _),
            .answer(let id, _):
            [id]
        case .fill(let fill): [fill.clientOrderID]
        case .adopted(let request, _, _): [request.clientOrderID]
        case .account(let account): (account.openOrders + account.endedOrders).map(\.request.clientOrderID)
        case .resumed, .funding: []
        }
    }
}

/// Which command a ``VenueReport/unknown(_:_:reason:)`` speaks of.
public enum VenueStep: String, Hashable, Sendable, CaseIterable {
    case submit, cancel, query
}

/// (Part of) an order traded, in the venue's words.
public struct VenueFill: Hashable, Sendable {
    /// Unique at the venue.
    public var id: String
    public var clientOrderID: ClientOrderID
    public var venueOrderID: String?
    public var symbol: Symbol
    public var side: OrderSide
    public var price: Price
    public var quantity: Quantity
    /// Positive is paid, negative is a rebate; in `feeCurrency`.
    public var fee: Money
    /// The quote currency: a fee in another coin is converted before it gets here.
    public var feeCurrency: String
    /// What was charged in another coin than that, and the coin.
    public var paidFee: Money?
    public var paidFeeCurrency: String?
    public var liquidity: Liquidity
    public var eventTime: MarketTime

    public init(
        id: String, clientOrderID: ClientOrderID, venueOrderID: String?, symbol: Symbol, side: OrderSide, price: Price,
        quantity: Quantity, fee: Money, feeCurrency: String, liquidity: Liquidity, eventTime: MarketTime
    ) {
        self.id = id
        self.clientOrderID = clientOrderID
        self.venueOrderID = venueOrderID
        self.symbol = symbol
        self.side = side
        self.price = price
        self.quantity = quantity
        self.fee = fee
        self.feeCurrency = feeCurrency
        self.liquidity = liquidity
        self.eventTime = eventTime
    }
}

/// The answer to a query for one order.
public enum VenueAnswer: Hashable, Sendable {
    /// The venue has never heard of the id.
    case neverHeard
    case known(VenueOrder)
}

/// One order as the venue knows it.
public struct VenueOrder: Hashable, Sendable {
    /// As far as the venue tells it; purpose and strategy are ours and stay at their defaults.
    public var request: OrderRequest
    public var venueOrderID: String
    /// `accepted`, `partiallyFilled`, `filled`, `canceled`, `expired` or `rejected`.
    public var status: OrderStatus
    public var filledQuantity: Quantity
    /// All fills of the order that the venue still tells of.
    public var fills: [VenueFill]
    public var reason: String?
    public var updatedAt: MarketTime

    public init(
        request: OrderRequest, venueOrderID: String, status: OrderStatus, filledQuantity: Quantity, fills: [VenueFill],
        reason: String? = nil, updatedAt: MarketTime
    ) {
        self.request = request
        self.venueOrderID = venueOrderID
        self.status = status
        self.filledQuantity = filledQuantity
        self.fills = fills
        self.reason = reason
        self.updatedAt = updatedAt
    }
}

/// What the venue holds for us.
public struct VenueAccount: Hashable, Sendable {
    public var openOrders: [VenueOrder]
    /// Oldest first: among them may be what the venue did by itself while nobody listened.
    public var endedOrders: [VenueOrder]
    public var positions: [VenuePosition]
    /// Exact cash; absent where the venue's figure cannot be compared to the last digit.
    public var cash: Money?
    /// What the venue says the account holds in the quote currency, for a person to look at.
    public var wallet: Money?
    /// The positions are holdings of a spot account, in which there may be more than we have bought.
    public var isHoldings = false

    public init(openOrders: [VenueOrder], endedOrders: [VenueOrder] = [], positions: [VenuePosition], cash: Money?) {
        self.openOrders = openOrders
        self.endedOrders = endedOrders
        self.positions = positions
        self.cash = cash
    }
}

/// An open position as the venue knows it.
public struct VenuePosition: Hashable, Sendable {
    public var symbol: Symbol
    public var side: PositionSide
    public var quantity: Quantity

    public init(symbol: Symbol, side: PositionSide, quantity: Quantity) {
        self.symbol = symbol
        self.side = side
        self.quantity = quantity
    }
}

/// A venue as pure values: commands in, reports out.
///
/// A live connector keeps the commands it has not answered yet and reports when the network has spoken.
public protocol VenuePort {
    mutating func handle(_ command: VenueCommand, at now: WallTime, into reports: inout [VenueReport])
}
