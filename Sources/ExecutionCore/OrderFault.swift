public import TradingModel

/// Why an order must not go to a venue: a closed set. The code stands first in ``description``, one sentence follows.
public enum OrderFault: Hashable, Sendable, CustomStringConvertible {
    case unknownSymbol(Symbol)
    case limitPriceMissing(OrderType)
    case limitPriceNotAllowed(OrderType)
    case stopPriceMissing(OrderType)
    case stopPriceNotAllowed(OrderType)
    case postOnlyNotAllowed(OrderType, TimeInForce)
    case priceOffTick(String, Price, tick: Price)
    case quantityOffLot(Quantity, lot: Quantity)
    case belowMinimumQuantity(Quantity, minimum: Quantity)
    case aboveMaximumQuantity(Quantity, maximum: Quantity)
    case belowMinimumNotional(Money, minimum: Money)
    case notionalOutOfRange
    case leverageOutOfRange(Int, maximum: Int)
    case leverageDiffers(Int, position: Int)
    case nothingToReduce(Symbol)
    case wouldIncrease(OrderSide, PositionSide)
    case moreThanPosition(Quantity, position: Quantity)
    case insufficientMargin(needed: Money, free: Money)
    case tooManyOrders(Int)
    /// Ours only: an order on the symbol has an unknown outcome.
    case orderUnresolved(ClientOrderID)
    /// Ours only: the market has left the price at which an entry was decided.
    case priceMoved(from: Price, to: Price, limit: Ratio)
    /// Ours only: books and venue disagree on the symbol.
    case symbolBlocked(String)
    /// Ours only: books and venue disagree altogether.
    case notReconciled(String)

    public var code: String {
        switch self {
        case .unknownSymbol: "UNKNOWN_SYMBOL"
        case .limitPriceMissing: "LIMIT_PRICE_MISSING"
        case .limitPriceNotAllowed: "LIMIT_PRICE_NOT_ALLOWED"
        case .stopPriceMissing: "STOP_PRICE_MISSING"
        case .stopPriceNotAllowed: "STOP_PRICE_NOT_ALLOWED"
        case .postOnlyNotAllowed: "POST_ONLY_NOT_ALLOWED"
        case .priceOffTick: "PRICE_OFF_TICK"
        case .quantityOffLot: "QUANTITY_OFF_LOT"
        case .belowMinimumQuantity: "BELOW_MINIMUM_QUANTITY"
        case .aboveMaximumQuantity: "ABOVE_MAXIMUM_QUANTITY"
        case .belowMinimumNotional: "BELOW_MINIMUM_NOTIONAL"
        case .notionalOutOfRange: "NOTIONAL_OUT_OF_RANGE"
        case .leverageOutOfRange: "LEVERAGE_OUT_OF_RANGE"
        case .leverageDiffers: "LEVERAGE_DIFFERS"
        case .nothingToReduce: "NOTHING_TO_REDUCE"
        case .wouldIncrease: "REDUCE_ONLY_WOULD_INCREASE"
        case .moreThanPosition: "REDUCE_ONLY_EXCEEDS_POSITION"
        case .insufficientMargin: "INSUFFICIENT_MARGIN"
        case .tooManyOrders: "TOO_MANY_OPEN_ORDERS"
        case .orderUnresolved: "ORDER_UNRESOLVED"
        case .priceMoved: "PRICE_MOVED"
        case .symbolBlocked: "SYMBOL_BLOCKED"
        case .notReconciled: "NOT_RECONCILED"
        }
    }

    public var sentence: String {
        switch self {
        case .unknownSymbol(let symbol): "no instrument is known for \(symbol)"
        case .limitPriceMissing(let type): "a \(type.rawValue) order needs a limit price"
        case .limitPriceNotAllowed(let type): "a \(type.rawValue) order takes no limit price"
        case .stopPriceMissing(let type): "a \(type.rawValue) order needs a stop price"
        case .stopPriceNotAllowed(let type): "a \(type.rawValue) order takes no stop price"
        case .postOnlyNotAllowed(let type, let force):
            "a \(type.rawValue) \(force.rawValue) order cannot be post-only: only a resting limit order can"
        case .priceOffTick(let name, let price, let tick):
            "the \(name) \(price) is not a positive multiple of the tick \(tick)"
        case .quantityOffLot(let quantity, let lot):
            "the quantity \(quantity) is not a positive multiple of the lot \(lot)"
        case .belowMinimumQuantity(let quantity, let minimum):
            "the quantity \(quantity) is below the minimum \(minimum)"
        case .aboveMaximumQuantity(let quantity, let maximum):
            "the quantity \(quantity) is above the maximum \(maximum)"
        case .belowMinimumNotional(let notional, let minimum):
            "the order's value \(notional) is below the minimum \(minimum)"
        case .notionalOutOfRange: "the order's value is beyond what can be counted"
        case .leverageOutOfRange(let leverage, let maximum): "the leverage \(leverage) is outside 1 to \(maximum)"
        case .leverageDiffers(let leverage, let position):
            "the leverage \(leverage) differs from the open position's \(position)"
        case .nothingToReduce(let symbol): "there is no position in \(symbol) to reduce"
        case .wouldIncrease(let side, let position):
            "a \(side.rawValue) does not reduce a \(position.rawValue) position"
        case .moreThanPosition(let quantity, let position):
            "the quantity \(quantity) is more than the position's \(position)"
        case .insufficientMargin(let needed, let free): "the order needs \(needed) of margin and fee, \(free) is free"
        case .tooManyOrders(let limit): "\(limit) orders of the symbol are open already"
        case .orderUnresolved(let id):
            "the outcome of order \(id) is unknown: no new exposure until the venue has answered"
        case .priceMoved(let from, let to, let limit):
            "the price is \(to), and the entry was decided at \(from): that is more than \(limit.percent)% away"
        case .symbolBlocked(let why): "no new exposure: \(why)"
        case .notReconciled(let why): "books and venue have not been brought together: \(why)"
        }
    }

    public var description: String { code + ": " + sentence }
}

extension OrderRequest {
    /// The first rule of the instrument, or of the position, that this order breaks; `nil` where it breaks none.
    ///
    /// `price` values a market order; an order that only reduces may be smaller than the minimum value, and than the
    /// minimum quantity where it closes the whole position, so that dust can be left.
    public func fault(
        in instrument: Instrument, position: Position?, price: Price, maxLeverage: Int = .max
    ) -> OrderFault? {
        if let fault = shapeFault { return fault }
        if let limitPrice, !instrument.accepts(limitPrice) {
            return .priceOffTick("limit price", limitPrice, tick: instrument.tickSize)
        }
        if let stopPrice, !instrument.accepts(stopPrice) {
            return .priceOffTick("stop price", stopPrice, tick: instrument.tickSize)
        }
        // A spot market takes its fee out of what was bought: what is left need not be whole lots, and must be left.
        let closesAll = isReduceOnly && quantity == position?.quantity
        guard quantity.isPositive, quantity.isMultiple(of: instrument.lotSize) || closesAll else {
            return .quantityOffLot(quantity, lot: instrument.lotSize)
        }
        guard quantity <= instrument.maxQuantity else {
            return .aboveMaximumQuantity(quantity, maximum: instrument.maxQuantity)
        }
        guard let notional = (limitPrice ?? stopPrice ?? price).notional(quantity),
            notional.magnitude < Money(Int(Money.largestWhole))
        else {
            return .notionalOutOfRange
        }
        if isReduceOnly { return reductionFault(in: instrument, position: position) }
        guard quantity >= instrument.minQuantity else {
            return .belowMinimumQuantity(quantity, minimum: instrument.minQuantity)
        }
        guard notional >= instrument.minNotional else {
            return .belowMinimumNotional(notional, minimum: instrument.minNotional)
        }
        let most = min(instrument.maxLeverage, maxLeverage)
        guard leverage >= 1, leverage <= most else { return .leverageOutOfRange(leverage, maximum: most) }
        if let position, position.isOpen, position.leverage != leverage {
            return .leverageDiffers(leverage, position: position.leverage)
        }
        return nil
    }

    private var shapeFault: OrderFault? {
        let needsLimit = type == .limit || type == .stopLimit
        let needsStop = type == .stopMarket || type == .stopLimit || type == .takeProfitMarket
        if needsLimit, limitPrice == nil { return .limitPriceMissing(type) }
        if !needsLimit, limitPrice != nil { return .limitPriceNotAllowed(type) }
        if needsStop, stopPrice == nil { return .stopPriceMissing(type) }
        if !needsStop, stopPrice != nil { return .stopPriceNotAllowed(type) }
        if isPostOnly, type != .limit || timeInForce != .goodTilCanceled {
            return .postOnlyNotAllowed(type, timeInForce)
        }
        return nil
    }

    private func reductionFault(in instrument: Instrument, position: Position?) -> OrderFault? {
        guard let position, position.isOpen else { return .nothingToReduce(symbol) }
        guard side == position.side.closing else { return .wouldIncrease(side, position.side) }
        guard quantity <= position.quantity else { return .moreThanPosition(quantity, position: position.quantity) }
        guard quantity >= instrument.minQuantity || quantity == position.quantity else {
            return .belowMinimumQuantity(quantity, minimum: instrument.minQuantity)
        }
        return nil
    }
}

extension Instrument {
    /// Whether its rules can be applied at all: steps and bounds are positive.
    public var isUsable: Bool {
        tickSize.isPositive && lotSize.isPositive && maxQuantity.isPositive && maxLeverage >= 1
            && !minNotional.isNegative
    }
}
