public import Portfolio
public import TradingModel

/// How the paper venue treats orders.
public struct PaperRules: Hashable, Sendable {
    /// How much worse than the quote a taker fills; 0.0005 is five basis points. The price is then brought to the tick
    /// against us.
    public var slippage: Ratio
    /// Fee of a fill that rested, as a share of its value; negative is a rebate.
    public var makerFee: Ratio
    /// Fee of a fill that took.
    public var takerFee: Ratio
    /// The share of the quoted quantity one ticker may fill; `nil` fills any quantity at the quote.
    public var fillShare: Ratio?
    public var maxLeverage: Int
    /// A position is liquidated when margin plus open result falls to this share of its value.
    public var maintenanceMargin: Ratio
    /// Open orders a symbol may have.
    public var maxOpenOrders: Int
    /// Ended orders that a query still finds.
    public var remembered: Int

    /// The defaults: slippage 0.05 %, maker 0.02 %, taker 0.06 %, the whole quoted quantity, maintenance 0.5 %.
    public init(
        slippage: Ratio = Ratio(raw: 500_000_000), makerFee: Ratio = Ratio(raw: 200_000_000),
        takerFee: Ratio = Ratio(raw: 600_000_000),
        fillShare: Ratio? = .one, maxLeverage: Int = 25, maintenanceMargin: Ratio = Ratio(raw: 5_000_000_000),
        maxOpenOrders: Int = 200,
        remembered: Int = 1_000
    ) {
        self.slippage = slippage
        self.makerFee = makerFee
        self.takerFee = takerFee
        self.fillShare = fillShare
        self.maxLeverage = maxLeverage
        self.maintenanceMargin = maintenanceMargin
        self.maxOpenOrders = maxOpenOrders
        self.remembered = remembered
    }

    /// The fee of a fill: value times rate, rounded half-even to 8 decimals.
    func fee(on notional: Money, _ liquidity: Liquidity) -> Money {
        notional.share(liquidity == .maker ? makerFee : takerFee, .halfEven)
    }

    /// What a taker pays (ask) or gets (bid): the quote moved against us by the slippage, then to the tick against us.
    func takerPrice(_ side: OrderSide, quote: Ticker, tick: Price) -> Price {
        switch side {
        case .buy: quote.ask.moved(by: slippage, .ceiling).rounded(toMultipleOf: tick, .ceiling)
        case .sell: max(tick, quote.bid.moved(by: -slippage, .floor).rounded(toMultipleOf: tick, .floor))
        }
    }
}

/// An open order at the paper venue.
public struct PaperOrder: Hashable, Sendable {
    public var request: OrderRequest
    /// Priority: the lower was accepted earlier.
    public var number: Int
    /// A stop or take-profit has met its price.
    public var isTriggered: Bool
    /// It has met its first price and rests since; a limit order that rests is a maker.
    public var hasArrived: Bool
    public var fills: [VenueFill]

    public init(
        request: OrderRequest, number: Int, isTriggered: Bool = false, hasArrived: Bool = false, fills: [VenueFill] = []
    ) {
        self.request = request
        self.number = number
        self.isTriggered = isTriggered
        self.hasArrived = hasArrived
        self.fills = fills
    }

    public var id: ClientOrderID { request.clientOrderID }
    public var filledQuantity: Quantity { fills.reduce(.zero) { $0 + $1.quantity } }
    public var remainingQuantity: Quantity { request.quantity - filledQuantity }
    /// Derived, so that the same order has the same id in every run.
    public var venueOrderID: String { Self.venueOrderID(of: id) }

    static func venueOrderID(of id: ClientOrderID) -> String { "paper-" + id.text }

    func asVenueOrder(_ status: OrderStatus? = nil, reason: String? = nil, at time: MarketTime) -> VenueOrder {
        VenueOrder(
            request: request, venueOrderID: venueOrderID,
            status: status ?? (fills.isEmpty ? .accepted : .partiallyFilled),
            filledQuantity: filledQuantity, fills: fills, reason: reason, updatedAt: time)
    }
}

/// A change of the paper venue's own books, to be saved in the transaction of whatever it causes.
public enum PaperChange: Hashable, Sendable {
    /// New or different.
    case order(PaperOrder)
    /// No longer open.
    case removed(ClientOrderID)
    case books(PaperBooks)
}

/// Cash and one symbol's position at the paper venue, after a fill.
public struct PaperBooks: Hashable, Sendable {
    public var startingBalance: Money
    public var netDeposits: Money
    public var realizedPnL: Money
    public var fees: Money
    public var symbol: Symbol
    /// `nil` where nothing is open.
    public var holding: Holding?
    /// The ticker of the fill; the symbol's later fills are on later tickers.
    public var matchedAt: MarketTime
}

/// Everything the paper venue knows, as it is saved.
public struct PaperState: Hashable, Sendable {
    public var startingBalance: Money
    public var netDeposits: Money
    public var realizedPnL: Money
    public var fees: Money
    public var holdings: [Holding]
    public var matchedAt: [Symbol: MarketTime]
    /// The funding time that each symbol has paid for last.
    public var fundedAt: [Symbol: MarketTime] = [:]
    public var orders: [PaperOrder]

    /// A new account.
    public init(startingBalance: Money) {
        self.startingBalance = startingBalance
        netDeposits = .zero
        realizedPnL = .zero
        fees = .zero
        holdings = []
        matchedAt = [:]
        orders = []
    }
}
