/// Our idempotency key for an order: derived from what asked for it, 1...36 characters of `A-Z a-z 0-9 _ -`.
public struct ClientOrderID: Hashable, Comparable, Sendable, CustomStringConvertible {
    public let text: String

    /// `nil` unless the text is legal at every venue we speak to (Bybit: at most 36; Binance: `[.A-Z:/a-z0-9_-]{1,36}`).
    public init?(_ text: String) {
        let isLegal =
            (1...36).contains(text.utf8.count)
            && text.utf8.allSatisfy {
                (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0) || $0 == 95 || $0 == 45
            }
        guard isLegal else { return nil }
        self.text = text
    }

    private init(unchecked text: String) { self.text = text }
    /// The value of a body before it is decoded; never sent.
    public static let none = ClientOrderID(unchecked: "")

    /// The order of a purpose derived from a proposal: `q` + purpose letter + 128 bits of hash in base 32, 28 characters.
    ///
    /// The same inputs give the same id for ever, so a retry by anyone is the same order.
    public static func derived(from proposalID: String, purpose: OrderPurpose, attempt: Int = 0) -> ClientOrderID {
        let hash = StableHash.of("\(proposalID)|\(purpose.rawValue)|\(attempt)")
        return ClientOrderID(unchecked: "q" + purpose.letter + hash.base32)
    }

    /// What an order is for, where the id has the form of ``derived(from:purpose:attempt:)``; `nil` for any other.
    public var derivedPurpose: OrderPurpose? {
        guard text.utf8.count == 28, text.hasPrefix("q") else { return nil }
        return OrderPurpose.allCases.first { text.dropFirst().hasPrefix($0.letter) }
    }

    public var description: String { text }
    public static func < (a: ClientOrderID, b: ClientOrderID) -> Bool { a.text < b.text }
}

/// What an order is for.
public enum OrderPurpose: String, Sendable, CaseIterable {
    case entry, exit
    case protectiveStop = "protective_stop"

    var letter: String {
        switch self {
        case .entry: "e"
        case .exit: "x"
        case .protectiveStop: "s"
        }
    }
}

public enum OrderType: String, Sendable, CaseIterable {
    case market, limit
    case stopMarket = "stop_market"
    case stopLimit = "stop_limit"
    case takeProfitMarket = "take_profit_market"
}

public enum TimeInForce: String, Sendable, CaseIterable {
    case goodTilCanceled = "GTC"
    case immediateOrCancel = "IOC"
    case fillOrKill = "FOK"
}

/// Where an order stands. *Denied* is ours, *rejected* is the venue's, *unresolved* is unknown.
public enum OrderStatus: String, Sendable, CaseIterable {
    /// In the journal, not yet sent.
    case initialized
    /// Sent, nothing heard yet.
    case submitted
    case accepted
    case partiallyFilled = "partially_filled"
    case filled
    case canceled
    case expired
    case rejected
    /// Refused by execution before it was sent.
    case denied
    /// Outcome unknown: no new exposure on its symbol until the venue has been asked for its id.
    case unresolved

    /// Whether nothing more can happen to it.
    public var isTerminal: Bool {
        switch self {
        case .filled, .canceled, .expired, .rejected, .denied: true
        case .initialized, .submitted, .accepted, .partiallyFilled, .unresolved: false
        }
    }
}

/// What risk asks execution to place: the full content of an order.
public struct OrderRequest: Hashable, Sendable {
    public var clientOrderID: ClientOrderID = .none
    public var proposalID: String = ""
    public var strategy: String = ""
    public var symbol: Symbol = .none
    public var side: OrderSide = .buy
    public var type: OrderType = .market
    public var quantity: Quantity = .zero
    public var limitPrice: Price?
    public var stopPrice: Price?
    public var timeInForce: TimeInForce = .goodTilCanceled
    public var isReduceOnly: Bool = false
    public var isPostOnly: Bool = false
    public var leverage: Int = 1
    public var purpose: OrderPurpose = .entry
    /// Why it is an exit; absent for an entry.
    public var exitReason: ExitReason?
    /// The price the decision was made at, for slippage.
    public var referencePrice: Price = .zero
    public var decidedAt: MarketTime = .distantPast
    public init() {}
}

/// An order as execution knows it.
public struct Order: Hashable, Sendable {
    public var request: OrderRequest = OrderRequest()
    public var status: OrderStatus = .initialized
    public var venueOrderID: String?
    public var filledQuantity: Quantity = .zero
    /// Exact sum of price × quantity over its fills.
    public var filledNotional: Money = .zero
    /// Why it was denied or rejected: the venue's or our own words.
    public var reason: String?
    public var createdAt: MarketTime = .distantPast
    public var updatedAt: MarketTime = .distantPast
    public init() {}

    public var id: ClientOrderID { request.clientOrderID }
    public var remainingQuantity: Quantity { request.quantity - filledQuantity }
    /// Exact to 12 decimals, rounded half-even; `nil` before the first fill.
    public var averageFillPrice: Price? {
        filledQuantity.isPositive ? filledNotional.price(per: filledQuantity, .halfEven) : nil
    }
}

public enum Liquidity: String, Sendable, CaseIterable {
    case maker, taker
}

/// (Part of) our order traded.
public struct Fill: Hashable, Sendable {
    /// Unique at the venue; derived from order and position in it where the venue is paper.
    public var id: String = ""
    public var clientOrderID: ClientOrderID = .none
    public var symbol: Symbol = .none
    public var side: OrderSide = .buy
    public var price: Price = .zero
    public var quantity: Quantity = .zero
    /// Positive is paid, negative is a rebate; in `feeCurrency`.
    public var fee: Money = .zero
    public var feeCurrency: String = ""
    /// What was charged in another coin, of which `fee` is the worth; absent where `fee` itself was charged.
    public var paidFee: Money?
    public var paidFeeCurrency: String?
    public var liquidity: Liquidity = .taker
    /// Less than a lot that is left after it and can be sold nowhere: the position ends with this fill, and what the rest
    /// has cost is lost. Absent where nothing of the kind is left.
    public var dust: Quantity?
    /// What this fill realized before fees, in the quote currency; zero where it opens or adds.
    public var realizedPnL: Money = .zero
    /// Copied from the order, so that a fill explains itself.
    public var purpose: OrderPurpose = .entry
    public var exitReason: ExitReason?
    public var strategy: String = ""
    public var proposalID: String = ""
    public var leverage: Int = 1
    public var eventTime: MarketTime = .distantPast
    public init() {}

    public var notional: Money { .notional(price, quantity) }

    /// What the fee took out of what was bought, where it was charged in the coin itself, as spot markets do.
    public var surrendered: Quantity? {
        guard side == .buy, let paidFee, paidFee.isPositive, paidFeeCurrency == symbol.baseCurrency else { return nil }
        return Quantity(paidFee.description)
    }
}

/// What a position paid or received for being held over a funding time of its perpetual contract.
public struct FundingPayment: Hashable, Sendable {
    /// Unique at the venue.
    public var id: String = ""
    public var symbol: Symbol = .none
    /// Positive is paid, negative is received; in the quote currency.
    public var amount: Money = .zero
    public var eventTime: MarketTime = .distantPast
    public init() {}
}

/// An open (or just closed: quantity zero) position of one symbol.
public struct Position: Hashable, Sendable {
    public var symbol: Symbol = .none
    public var side: PositionSide = .long
    public var quantity: Quantity = .zero
    /// Exact sum of price × quantity of what is still open.
    public var cost: Money = .zero
    public var leverage: Int = 1
    public var strategy: String = ""
    public var proposalID: String = ""
    public var openedAt: MarketTime = .distantPast
    public var updatedAt: MarketTime = .distantPast
    /// Realized by reductions so far, before fees.
    public var realizedPnL: Money = .zero
    /// All fees since it was opened, funding that was paid or received among them.
    public var fees: Money = .zero
    public init() {}

    public var isOpen: Bool { quantity.isPositive }
    /// `cost / quantity` rounded half-even to 12 decimals; zero when closed.
    public var averageEntryPrice: Price { isOpen ? cost.price(per: quantity, .halfEven) : .zero }
    /// Open result at `price`, before fees; exact.
    public func unrealizedPnL(at price: Price) -> Money {
        let value = Money.notional(price, quantity)
        return side == .long ? value - cost : cost - value
    }
}

/// A completed round trip: a position from its first fill to its last.
public struct Trade: Hashable, Sendable {
    /// The proposal's id.
    public var id: String = ""
    public var symbol: Symbol = .none
    public var side: PositionSide = .long
    public var strategy: String = ""
    public var leverage: Int = 1
    public var quantity: Quantity = .zero
    public var entryPrice: Price = .zero
    public var exitPrice: Price = .zero
    public var entryTime: MarketTime = .distantPast
    public var exitTime: MarketTime = .distantPast
    /// Before fees.
    public var grossPnL: Money = .zero
    public var fees: Money = .zero
    /// After fees.
    public var netPnL: Money = .zero
    /// Net result over the margin used, `net / (entry notional / leverage)`; 0.2 is 20 %.
    public var returnOnMargin: Ratio = .zero
    public var exitReason: ExitReason = .signal
    public init() {}
}

/// Cash and what is open, as execution knows it.
public struct AccountState: Hashable, Sendable {
    public var currency: String = "USDT"
    /// Cash: the start plus deposits, realized results and funding, less fees.
    public var balance: Money = .zero
    /// Balance plus unrealized results at the last prices.
    public var equity: Money = .zero
    public var unrealizedPnL: Money = .zero
    /// Entry notional over leverage of all open positions.
    public var marginUsed: Money = .zero
    public var realizedPnL: Money = .zero
    public var fees: Money = .zero
    public var openPositions: Int = 0
    /// Deposits less withdrawals since the account was opened: neither profit nor loss. Absent where nobody counts them.
    public var netDeposits: Money?
    public var eventTime: MarketTime = .distantPast
    public init() {}
}
