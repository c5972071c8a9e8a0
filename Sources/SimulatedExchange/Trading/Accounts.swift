import TradingModel

/// What the account holds at spot: free and locked, exact to eight decimals.
struct SpotAccount: Sendable {
    struct Balance: Hashable, Sendable {
        var free = Money.zero
        var locked = Money.zero
    }

    private(set) var balances: [String: Balance] = [:]
    private(set) var updatedAt: Int64 = 0

    init(_ start: [String: Money]) {
        for (asset, amount) in start { balances[asset] = Balance(free: amount) }
    }

    var assets: [String] { balances.keys.sorted() }
    subscript(asset: String) -> Balance { balances[asset] ?? Balance() }

    mutating func credit(_ asset: String, _ amount: Money, at time: Int64) {
        balances[asset, default: Balance()].free += amount
        updatedAt = time
    }

    mutating func lock(_ asset: String, _ amount: Money, at time: Int64) {
        balances[asset, default: Balance()].free -= amount
        balances[asset, default: Balance()].locked += amount
        updatedAt = time
    }

    /// Gives back what was locked, or a part of it.
    mutating func unlock(_ asset: String, _ amount: Money, at time: Int64) { lock(asset, -amount, at: time) }

    /// What was locked is spent.
    mutating func spendLocked(_ asset: String, _ amount: Money, at time: Int64) {
        balances[asset, default: Balance()].locked -= amount
        updatedAt = time
    }
}

/// One position: lots (negative for short) and what they cost.
struct BoxPosition: Hashable, Sendable {
    var lots: Int64 = 0
    /// Sum of price × quantity of what is held, with the sign of `lots`.
    var cost = Money.zero
    /// Realized since the position was opened.
    var realized = Money.zero
    /// Wallet money set aside for it, where its margin is isolated.
    var isolatedWallet = Money.zero
    var updatedAt: Int64 = 0
}

/// What the account holds at USDⓈ-M: wallets by asset, positions, settings by symbol.
struct FuturesAccount: Sendable {
    struct Key: Hashable, Sendable {
        var listing: Int
        var side: BoxOrder.PositionSide
    }

    struct Terms: Hashable, Sendable {
        var leverage = 20
        var isIsolated = false
    }

    struct Income: Sendable {
        var kind: String
        var asset: String
        var amount: Money
        var symbol: String
        var time: Int64
        var id: Int64
        var trade: Int64?
    }

    var wallets: [String: Money]
    var positions: [Key: BoxPosition] = [:]
    private var termsOfListing: [Int: Terms] = [:]
    var isHedged = false
    private(set) var income: [Income] = []
    private(set) var updatedAt: Int64 = 0

    init(_ start: [String: Money]) { wallets = start }

    func terms(_ listing: Int) -> Terms { termsOfListing[listing] ?? Terms() }
    mutating func setTerms(_ listing: Int, _ terms: Terms) { termsOfListing[listing] = terms }
    func position(_ listing: Int, _ side: BoxOrder.PositionSide) -> BoxPosition {
        positions[Key(listing: listing, side: side)] ?? BoxPosition()
    }

    /// Positions that are open, in a fixed order.
    var open: [(key: Key, position: BoxPosition)] {
        positions.filter { $0.value.lots != 0 }.sorted {
            ($0.key.listing, $0.key.side.rawValue) < ($1.key.listing, $1.key.side.rawValue)
        }.map { ($0.key, $0.value) }
    }

    mutating func book(
        _ kind: String, _ amount: Money, _ asset: String, _ symbol: String, at time: Int64, trade: Int64? = nil
    ) {
        wallets[asset, default: .zero] += amount
        updatedAt = time
        guard !amount.isZero else { return }
        income.append(
            Income(
                kind: kind, asset: asset, amount: amount, symbol: symbol, time: time, id: Int64(income.count + 1),
                trade: trade))
    }
}
