public import JSONText
public import TradingModel

/// What can be asked of an exchange's trading API.
public enum TradingCall: Hashable, Sendable {
    case create(OrderDraft)
    /// Changes an open order in place, or replaces it where the exchange cannot.
    case amend(OrderKey, OrderDraft)
    case cancel(OrderKey)
    case cancelAll(MarketSymbol?, isConditional: Bool)
    /// How does this order stand?
    case query(OrderKey)
    case openOrders(MarketSymbol?, isConditional: Bool, limit: Int?)
    case orderHistory(MarketSymbol?, isConditional: Bool, TimeWindow)
    /// Our fills, of one order where its id is given.
    case fills(MarketSymbol?, OrderKey?, TimeWindow)
    case balances
    case positions(MarketSymbol?)
    case leverage(MarketSymbol)
    case setLeverage(MarketSymbol, String)
    case setMarginMode(MarketSymbol?, MarginMode)
    case positionMode(MarketSymbol?)
    /// Two positions a symbol, one each way (hedge), or one (one-way).
    case setPositionMode(MarketSymbol?, isHedged: Bool)
    case fees(MarketSymbol)
    /// Funding paid and received.
    case funding(MarketSymbol?, TimeWindow)
    case openUserStream
    case keepUserStream(key: String)
    case closeUserStream(key: String)
    /// What the key may do.
    case keyPermissions
    case serverTime
}

/// What names an order: its client order id where there is one, else the exchange's id.
public struct OrderKey: Hashable, Sendable {
    public var symbol: MarketSymbol
    public var clientOrderID: String?
    public var venueOrderID: String?
    /// It waits for a trigger: some exchanges keep such orders apart.
    public var isConditional: Bool

    public init(
        symbol: MarketSymbol, clientOrderID: String? = nil, venueOrderID: String? = nil, isConditional: Bool = false
    ) {
        self.symbol = symbol
        self.clientOrderID = clientOrderID
        self.venueOrderID = venueOrderID
        self.isConditional = isConditional
    }
}

/// From when to when, in milliseconds since 1970, and how many.
public struct TimeWindow: Hashable, Sendable {
    public var since: Int64?
    public var until: Int64?
    public var limit: Int?
    public init(since: Int64? = nil, until: Int64? = nil, limit: Int? = nil) {
        self.since = since
        self.until = until
        self.limit = limit
    }
}

public enum MarginMode: String, Sendable, CaseIterable {
    case cross, isolated
}

/// The full content of an order, in the words of no exchange.
public struct OrderDraft: Hashable, Sendable {
    public enum Kind: String, Sendable {
        case market, limit
    }

    /// The price at which the order wakes, and what that means.
    public struct Trigger: Hashable, Sendable {
        public enum Meaning: Sendable {
            /// The market moved against: a buy wakes above, a sell below.
            case stop
            /// The market moved in favour: a buy wakes below, a sell above.
            case takeProfit
            /// Neither is said; ``direction`` may say where it wakes.
            case plain
        }
        public enum Direction: Sendable {
            case above, below
        }
        public enum Source: String, Sendable {
            case last, mark, index
        }
        public var price: ExactDecimal
        public var meaning: Meaning
        public var direction: Direction?
        /// Which price is watched; the exchange's default where it is not said.
        public var source: Source?

        public init(
            price: ExactDecimal, meaning: Meaning, direction: Direction? = nil, source: Source? = nil
        ) {
            self.price = price
            self.meaning = meaning
            self.direction = direction
            self.source = source
        }
    }

    /// A stop or target that is to rest with the order and guard what it buys or sells.
    public struct Attachment: Hashable, Sendable {
        public var trigger: ExactDecimal
        /// Absent for a market order.
        public var limitPrice: ExactDecimal?
        public init(trigger: ExactDecimal, limitPrice: ExactDecimal? = nil) {
            self.trigger = trigger
            self.limitPrice = limitPrice
        }
    }

    /// A stop that follows the price.
    public struct Trailing: Hashable, Sendable {
        public enum Distance: Hashable, Sendable {
            /// In percent: 1.5 is 1.5 %.
            case percent(ExactDecimal)
            /// In the quote currency.
            case amount(ExactDecimal)
        }
        public var distance: Distance
        public var activation: ExactDecimal?
        public init(distance: Distance, activation: ExactDecimal? = nil) {
            self.distance = distance
            self.activation = activation
        }
    }

    public var symbol: MarketSymbol
    public var side: OrderSide
    public var kind: Kind
    /// In the base currency.
    public var quantity: ExactDecimal?
    /// What a market order may spend or take, in the quote currency, instead of a quantity.
    public var cost: ExactDecimal?
    public var limitPrice: ExactDecimal?
    public var trigger: Trigger?
    /// A second trigger beside a stop, where both are to guard one position.
    public var takeProfit: ExactDecimal?
    public var trailing: Trailing?
    public var attachedStop: Attachment?
    public var attachedTarget: Attachment?
    /// The exchange's default (good till canceled) where it is not said.
    public var timeInForce: TimeInForce?
    public var isPostOnly = false
    public var isReduceOnly = false
    /// The whole position is to be closed when the trigger fires, whatever its quantity is then.
    public var closesPosition = false
    /// The account holds two positions a symbol, one each way.
    public var isHedged = false
    public var icebergQuantity: ExactDecimal?
    public var clientOrderID: String?
    /// Only checked by the exchange, not placed.
    public var isTest = false
    public var marginMode: MarginMode?
    public var leverage: String?
    /// Asked for in the words of ccxt, whose defaults apply.
    public var isUnified = false
    /// The answer is to tell fills, not only an id.
    public var wantsFullAnswer = false

    public init(symbol: MarketSymbol, side: OrderSide, kind: Kind, quantity: ExactDecimal?) {
        self.symbol = symbol
        self.side = side
        self.kind = kind
        self.quantity = quantity
    }

    /// Quartet's own order.
    public init(_ request: OrderRequest) {
        let isLimit = request.type == .limit || request.type == .stopLimit
        self.init(
            symbol: MarketSymbol(request.symbol), side: request.side, kind: isLimit ? .limit : .market,
            quantity: ExactDecimal(request.quantity))
        limitPrice = request.limitPrice.map { ExactDecimal($0) }
        if let stopPrice = request.stopPrice {
            trigger = Trigger(
                price: ExactDecimal(stopPrice), meaning: request.type == .takeProfitMarket ? .takeProfit : .stop)
        }
        timeInForce = isLimit ? request.timeInForce : nil
        isPostOnly = request.isPostOnly
        isReduceOnly = request.isReduceOnly
        clientOrderID = request.clientOrderID.text
        wantsFullAnswer = true
    }

    /// It rests apart from the book until a price is reached.
    public var isConditional: Bool { trigger != nil || trailing != nil || takeProfit != nil }
}

/// The steps that prices and quantities are brought to.
public struct TradingSteps: Hashable, Sendable {
    public var price: ExactDecimal?
    public var quantity: ExactDecimal?
    /// Of a quantity in the quote currency.
    public var cost: ExactDecimal?
    public init(price: ExactDecimal? = nil, quantity: ExactDecimal? = nil, cost: ExactDecimal? = nil) {
        self.price = price
        self.quantity = quantity
        self.cost = cost
    }

    public init(_ instrument: Instrument) {
        self.init(price: ExactDecimal(instrument.tickSize), quantity: ExactDecimal(instrument.lotSize))
    }
}

/// A call with everything that becomes part of its request.
public struct TradingOrderForm: Hashable, Sendable {
    public var market: TradingMarket
    public var call: TradingCall
    public var steps: TradingSteps
    /// The exchange's own words, passed on as they are.
    public var extras: JSONObject

    public init(
        market: TradingMarket, call: TradingCall, steps: TradingSteps = TradingSteps(),
        extras: JSONObject = JSONObject()
    ) {
        self.market = market
        self.call = call
        self.steps = steps
        self.extras = extras
    }
}
