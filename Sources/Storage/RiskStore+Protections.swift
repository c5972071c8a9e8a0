public import TradingModel

/// A closed trade as the protections remember it.
public struct StoredClosedTrade: Hashable, Sendable {
    public var id: String
    public var symbol: Symbol
    public var side: PositionSide
    public var closedAt: MarketTime
    public var reason: ExitReason
    public var profit: Ratio
    public init(
        id: String, symbol: Symbol, side: PositionSide, closedAt: MarketTime, reason: ExitReason, profit: Ratio
    ) {
        self.id = id
        self.symbol = symbol
        self.side = side
        self.closedAt = closedAt
        self.reason = reason
        self.profit = profit
    }
}

// Rare writes: their statements are prepared when they are needed.
extension RiskStore {
    public func save(_ trade: StoredClosedTrade) throws(StorageError) {
        let statement = try database.prepare(
            """
            INSERT OR REPLACE INTO closed_trades (id, symbol, side, closed_at, reason, profit)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6)
            """)
        var binder = Binder(statement)
        binder.text(trade.id)
        binder.text(trade.symbol.name)
        binder.text(trade.side.rawValue)
        binder.time(trade.closedAt)
        binder.text(trade.reason.rawValue)
        binder.decimal(trade.profit)
        try statement.run()
    }

    /// The latest closed trades, oldest first.
    public func closedTrades(_ limit: Int) throws(StorageError) -> [StoredClosedTrade] {
        let sql = """
            SELECT id, symbol, side, closed_at, reason, profit FROM closed_trades
            ORDER BY closed_at DESC, id LIMIT \(limit)
            """
        return try database.prepare(sql).all { (row) throws(StorageError) in
            var columns = Columns(row)
            return StoredClosedTrade(
                id: columns.text(), symbol: try columns.symbol(), side: try columns.value(), closedAt: columns.time(),
                reason: try columns.value(), profit: try columns.decimal())
        }.reversed()
    }

    /// Replaces the lock of the same protection, symbol and side.
    public func save(_ lock: TradingLock) throws(StorageError) {
        let statement = try database.prepare(
            """
            INSERT OR REPLACE INTO locks (protection, symbol, side, since, until, reason)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6)
            """)
        var binder = Binder(statement)
        binder.text(lock.protection)
        binder.text(lock.symbol?.name ?? "")
        binder.text(lock.side?.rawValue ?? "")
        binder.time(lock.since)
        binder.time(lock.until)
        binder.text(lock.reason)
        try statement.run()
    }

    /// The locks that end last.
    public func locks(_ limit: Int) throws(StorageError) -> [TradingLock] {
        let sql = "SELECT protection, symbol, side, since, until, reason FROM locks ORDER BY until DESC LIMIT \(limit)"
        return try database.prepare(sql).all { (row) throws(StorageError) in
            var lock = TradingLock()
            lock.protection = row.text(0)
            lock.symbol = Symbol(row.text(1))
            lock.side = PositionSide(rawValue: row.text(2))
            lock.since = row.time(3)
            lock.until = row.time(4)
            lock.reason = row.text(5)
            return lock
        }
    }

    public func save(netDeposits: Money) throws(StorageError) {
        let statement = try database.prepare("INSERT OR REPLACE INTO net_deposits (id, amount) VALUES (1, ?1)")
        statement.bind(1, decimal: netDeposits)
        try statement.run()
    }

    /// Deposits less withdrawals that peak and day have been scaled for.
    public func netDeposits() throws(StorageError) -> Money? {
        try database.prepare("SELECT amount FROM net_deposits").first { (row) throws(StorageError) in
            try row.decimal(0)
        }
    }

    public func save(clock market: MarketTime, at wall: WallTime) throws(StorageError) {
        let statement = try database.prepare(
            "INSERT OR REPLACE INTO clock (id, market_time, wall_time) VALUES (1, ?1, ?2)")
        var binder = Binder(statement)
        binder.time(market)
        binder.time(wall)
        try statement.run()
    }

    /// What market time it was at a moment of wall time.
    public func clock() throws(StorageError) -> (market: MarketTime, wall: WallTime)? {
        try database.prepare("SELECT market_time, wall_time FROM clock").first { (row) throws(StorageError) in
            (row.time(0), row.time(1))
        }
    }
}
