public import TradingModel

/// Fills become positions become cash, exactly: nothing is rounded away and nothing appears from nowhere.
///
/// Average-cost accounting by exact cost. A fill on the position's own side adds `price × quantity` to its cost. A fill
/// on the other side removes `cost · q / Q`, rounded half-even to the 24th decimal, and the remainder stays in the
/// position; the last fill removes whatever is left, so over a whole round trip the removed cost is the entered cost to
/// the last digit. A fill larger than the position closes it and opens the rest on the other side.
///
/// Fees are in the quote currency; a venue that charges another currency is converted before it gets here. What a spot market
/// takes out of the coin that was bought leaves the position at the fill's price. What is left of a sale and is less than a lot
/// (``Fill/dust``) leaves it for nothing: cash is then what the venue's cash is, and the coins are over and above.
public struct Ledger: Hashable, Sendable {
    /// Cash at the beginning.
    public let startingBalance: Money
    /// Deposits less withdrawals since then.
    public private(set) var netDeposits: Money = .zero
    /// Sum of everything realized, before fees.
    public private(set) var realizedPnL: Money = .zero
    /// Sum of all fees; a rebate lowers it.
    public private(set) var fees: Money = .zero
    /// Cash: start + net deposits + realized − fees.
    public private(set) var balance: Money
    /// What is open, by symbol. Never holds a closed one.
    public private(set) var holdings: [Symbol: Holding] = [:]

    public init(startingBalance: Money) {
        self.startingBalance = startingBalance
        balance = startingBalance
    }

    /// Goes on from saved totals. The balance is derived, so it cannot disagree with them.
    public init(startingBalance: Money, netDeposits: Money, realizedPnL: Money, fees: Money, holdings: [Holding]) {
        self.startingBalance = startingBalance
        self.netDeposits = netDeposits
        self.realizedPnL = realizedPnL
        self.fees = fees
        balance = startingBalance + netDeposits + realizedPnL - fees
        for holding in holdings where holding.position.isOpen { self.holdings[holding.position.symbol] = holding }
    }

    /// Books one fill. The caller sees to it that a fill is applied once. O(1).
    public mutating func apply(_ fill: Fill) -> FillOutcome {
        precondition(
            fill.quantity.isPositive && fill.price.isPositive, "Invariant: a fill has a positive price and quantity")
        var outcome = book(fill)
        if let part = fill.surrendered, var holding = holdings[fill.symbol], holding.position.side == .long,
            part < holding.position.quantity
        {
            // It was never ours to sell: as if it had been sold at once for the fee.
            outcome.realizedPnL += holding.reduce(by: part, fill: fill, fee: .zero)
            holdings[fill.symbol] = holding
            outcome.position = holding.position
        }
        realizedPnL += outcome.realizedPnL
        fees += fill.fee
        balance += outcome.realizedPnL - fill.fee
        return outcome
    }

    /// Books what a position paid (negative: received) for being held. It counts among its fees, and among the account's; where
    /// the position is gone already, among the account's alone. Returns the position.
    public mutating func charge(_ amount: Money, to symbol: Symbol, at time: MarketTime) -> Position? {
        fees += amount
        balance -= amount
        guard var holding = holdings[symbol] else { return nil }
        holding.charge(amount, at: time)
        holdings[symbol] = holding
        return holding.position
    }

    /// Books money that was brought (positive) or taken away (negative): neither profit nor loss.
    public mutating func deposit(_ amount: Money) {
        netDeposits += amount
        balance += amount
    }

    /// The open position of a symbol.
    public func position(_ symbol: Symbol) -> Position? { holdings[symbol]?.position }

    /// Open positions in the order of their symbols.
    public var positions: [Position] { holdings.values.map(\.position).sorted { $0.symbol < $1.symbol } }

    private mutating func book(_ fill: Fill) -> FillOutcome {
        guard var holding = holdings[fill.symbol] else {
            let holding = Holding(opening: fill, quantity: fill.quantity, fee: fill.fee)
            holdings[fill.symbol] = holding
            return FillOutcome(position: holding.position)
        }
        if fill.side == holding.position.side.opening {
            holding.add(fill)
            holdings[fill.symbol] = holding
            return FillOutcome(position: holding.position)
        }
        let closed = min(fill.quantity, holding.position.quantity)
        // A flip pays one fee: the closing part takes its share, the opening part the exact rest.
        let closingFee = closed == fill.quantity ? fill.fee : fill.fee.part(closed, of: fill.quantity, .halfEven)
        var realized = holding.reduce(by: closed, fill: fill, fee: closingFee)
        if let dust = fill.dust, dust == holding.position.quantity { realized += holding.writeOff() }
        var outcome = FillOutcome(realizedPnL: realized, position: holding.position)
        guard !holding.position.isOpen else {
            holdings[fill.symbol] = holding
            return outcome
        }
        outcome.trade = holding.trade(exit: fill)
        holdings[fill.symbol] = nil
        let rest = fill.quantity - closed
        if rest.isPositive {
            let opened = Holding(opening: fill, quantity: rest, fee: fill.fee - closingFee)
            holdings[fill.symbol] = opened
            outcome.position = opened.position
        }
        return outcome
    }
}

/// What one fill did.
public struct FillOutcome: Hashable, Sendable {
    /// Realized by this fill before fees; zero where it opens or adds.
    public var realizedPnL: Money = .zero
    /// The position afterwards; quantity zero where the fill closed it exactly.
    public var position: Position
    /// The round trip that this fill completed.
    public var trade: Trade?
}

/// An open position with what its completed ``Trade`` will need.
public struct Holding: Hashable, Sendable {
    public private(set) var position: Position
    /// Everything that was ever bought (long) or sold (short) into it.
    public private(set) var enteredQuantity: Quantity
    /// Exact sum of price × quantity of that.
    public private(set) var enteredNotional: Money

    /// Goes on from saved figures.
    public init(position: Position, enteredQuantity: Quantity, enteredNotional: Money) {
        self.position = position
        self.enteredQuantity = enteredQuantity
        self.enteredNotional = enteredNotional
    }

    init(opening fill: Fill, quantity: Quantity, fee: Money) {
        let cost = Money.notional(fill.price, quantity)
        var position = Position()
        position.symbol = fill.symbol
        position.side = fill.side == .buy ? .long : .short
        position.quantity = quantity
        position.cost = cost
        position.leverage = max(1, fill.leverage)
        position.strategy = fill.strategy
        position.proposalID = fill.proposalID
        position.openedAt = fill.eventTime
        position.updatedAt = fill.eventTime
        position.fees = fee
        self.init(position: position, enteredQuantity: quantity, enteredNotional: cost)
    }

    /// What was taken out of it so far, at the prices of its exits: follows from cost and realized result.
    public var exitedNotional: Money {
        let removedCost = enteredNotional - position.cost
        return position.side == .long ? removedCost + position.realizedPnL : removedCost - position.realizedPnL
    }

    mutating func charge(_ amount: Money, at time: MarketTime) {
        position.fees += amount
        position.updatedAt = max(position.updatedAt, time)
    }

    mutating func add(_ fill: Fill) {
        let cost = fill.notional
        position.quantity += fill.quantity
        position.cost += cost
        // Leverage belongs to the symbol at every venue: a change holds for the whole position.
        position.leverage = max(1, fill.leverage)
        position.fees += fill.fee
        position.updatedAt = fill.eventTime
        enteredQuantity += fill.quantity
        enteredNotional += cost
    }

    mutating func reduce(by quantity: Quantity, fill: Fill, fee: Money) -> Money {
        let isLast = quantity == position.quantity
        let removed = isLast ? position.cost : position.cost.part(quantity, of: position.quantity, .halfEven)
        let proceeds = Money.notional(fill.price, quantity)
        let realized = position.side == .long ? proceeds - removed : removed - proceeds
        position.quantity -= quantity
        position.cost -= removed
        position.realizedPnL += realized
        position.fees += fee
        position.updatedAt = fill.eventTime
        return realized
    }

    /// Ends the position without a price for what is left. Returns the result: minus what that had cost.
    mutating func writeOff() -> Money {
        let lost = position.side == .long ? -position.cost : position.cost
        position.quantity = .zero
        position.cost = .zero
        position.realizedPnL += lost
        return lost
    }

    func trade(exit fill: Fill) -> Trade {
        var trade = Trade()
        trade.id = position.proposalID
        trade.symbol = position.symbol
        trade.side = position.side
        trade.strategy = position.strategy
        trade.leverage = position.leverage
        trade.quantity = enteredQuantity
        trade.entryPrice = enteredNotional.price(per: enteredQuantity, .halfEven)
        trade.exitPrice = exitedNotional.price(per: enteredQuantity, .halfEven)
        trade.entryTime = position.openedAt
        trade.exitTime = fill.eventTime
        trade.grossPnL = position.realizedPnL
        trade.fees = position.fees
        trade.netPnL = trade.grossPnL - trade.fees
        let margin = enteredNotional.divided(by: position.leverage, .up)
        trade.returnOnMargin = margin.isPositive ? trade.netPnL.ratio(to: margin, .halfEven) ?? .zero : .zero
        trade.exitReason = fill.exitReason ?? .signal
        return trade
    }
}
