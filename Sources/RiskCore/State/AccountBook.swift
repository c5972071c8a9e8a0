import Portfolio
import TradingModel

/// Execution's facts about money, and the equity at our own last prices.
///
/// Positions and balance arrive as separate facts. Between the two of one fill an equity made of both would jump, so the
/// equity uses the positions *as they were when the last balance came*, and only exposures use the latest positions.
struct AccountBook: Sendable {
    private(set) var account: AccountState?
    /// The latest positions, open ones only.
    private(set) var positions: [Symbol: Position] = [:]
    /// The open positions the balance speaks of, and their results at the last prices; absent while unpriced.
    private var settled: [Symbol: Position] = [:]
    private var results: [Symbol: Money] = [:]
    private var openResult: Money = .zero

    var isKnown: Bool { account != nil }
    var balance: Money { account?.balance ?? .zero }

    /// Balance plus open results at the last prices. While a position has no price yet, the equity as execution said it.
    var equity: Money {
        guard results.count == settled.count else { return account?.equity ?? .zero }
        return balance + openResult
    }

    var marginUsed: Money { positions.values.reduce(.zero) { $0 + $1.marginUsed } }

    mutating func take(_ position: Position) {
        positions[position.symbol] = position.isOpen ? position : nil
    }

    mutating func take(_ account: AccountState, prices: [Symbol: Ticker]) {
        self.account = account
        settled = positions
        results = [:]
        openResult = .zero
        for position in settled.values {
            // A price older than the fill has never met this position: worth taken from both was never there.
            guard let ticker = prices[position.symbol], ticker.eventTime >= position.updatedAt else { continue }
            revalue(position, at: ticker.last)
        }
    }

    mutating func replace(positions: [Position], account: AccountState, prices: [Symbol: Ticker]) {
        self.positions = [:]
        for position in positions where position.isOpen { self.positions[position.symbol] = position }
        take(account, prices: prices)
    }

    /// Takes in a price. Returns whether the equity depends on it. O(1).
    mutating func price(_ symbol: Symbol, at price: Price) -> Bool {
        guard let position = settled[symbol] else { return false }
        revalue(position, at: price)
        return true
    }

    private mutating func revalue(_ position: Position, at price: Price) {
        let result = position.unrealizedPnL(at: price)
        openResult += result - (results.updateValue(result, forKey: position.symbol) ?? .zero)
    }
}
