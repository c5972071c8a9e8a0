public import TradingModel

extension Ledger {
    /// Open result at `prices`, before fees; a symbol without a price counts as unmoved. Exact.
    public func unrealizedPnL(at prices: [Symbol: Price]) -> Money {
        holdings.values.reduce(.zero) { sum, holding in
            guard let price = prices[holding.position.symbol] else { return sum }
            return sum + holding.position.unrealizedPnL(at: price)
        }
    }

    /// Balance plus open result at `prices`. Exact.
    public func equity(at prices: [Symbol: Price]) -> Money { balance + unrealizedPnL(at: prices) }

    /// Entry cost over leverage of everything open; rounded up a position, so that it is never understated.
    public var marginUsed: Money { holdings.values.reduce(.zero) { $0 + $1.position.marginUsed } }

    /// The account as a fact to publish.
    public func account(at prices: [Symbol: Price], currency: String = "USDT", time: MarketTime) -> AccountState {
        var account = AccountState()
        account.currency = currency
        account.balance = balance
        account.unrealizedPnL = unrealizedPnL(at: prices)
        account.equity = balance + account.unrealizedPnL
        account.marginUsed = marginUsed
        account.realizedPnL = realizedPnL
        account.fees = fees
        account.openPositions = holdings.count
        account.netDeposits = netDeposits
        account.eventTime = time
        return account
    }

    /// Every rule of the ledger that is broken, one sentence each; empty when all hold. For tests and start-up.
    public func checkInvariants() -> [String] {
        var broken: [String] = []
        let expected = startingBalance + netDeposits + realizedPnL - fees
        if balance != expected {
            broken.append("the balance is \(balance), but start + deposits + realized - fees is \(expected)")
        }
        for (symbol, holding) in holdings {
            let position = holding.position
            if position.symbol != symbol { broken.append("the position of \(symbol) names \(position.symbol)") }
            if !position.isOpen { broken.append("the closed position of \(symbol) is still held") }
            if !position.cost.isPositive { broken.append("the position of \(symbol) costs \(position.cost)") }
            if position.leverage < 1 { broken.append("the position of \(symbol) has leverage \(position.leverage)") }
            if holding.enteredQuantity < position.quantity {
                broken.append("the position of \(symbol) is larger than what entered it")
            }
        }
        return broken
    }
}

extension Position {
    /// Entry cost over leverage, rounded up.
    public var marginUsed: Money { cost.divided(by: max(1, leverage), .up) }

    /// The open result over the margin, `side · (price − entry) / entry · leverage`, rounded half-even; 0.2 is 20 %.
    ///
    /// This is the leverage-adjusted result; fees are not in it.
    public func leveragedReturn(at price: Price) -> Ratio {
        guard cost.isPositive else { return .zero }
        return unrealizedPnL(at: price).times(leverage).ratio(to: cost, .halfEven) ?? .zero
    }
}
