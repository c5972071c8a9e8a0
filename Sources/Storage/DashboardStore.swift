public import TradingModel

/// One moment of the account, as it is drawn.
public struct EquitySample: Hashable, Sendable {
    public var time: MarketTime = .distantPast
    public var equity: Money = .zero
    public var balance: Money = .zero
    /// Fall from the highest equity, 0...1.
    public var drawdown: Ratio = .zero
    /// The price of what the account is compared with; absent where none was known.
    public var benchmark: Price?
    public init() {}
}

/// The figures of the account at one moment of wall time.
public struct MetricsSample: Hashable, Sendable {
    public var at: WallTime = .distantPast
    public var marketTime: MarketTime = .distantPast
    public var state: String = ""
    public var equity: Money = .zero
    public var balance: Money = .zero
    public var unrealizedPnL: Money = .zero
    public var realizedPnL: Money = .zero
    public var fees: Money = .zero
    public var drawdown: Ratio = .zero
    public var exposure: Money = .zero
    public var openPositions: Int = 0
    public var trades: Int = 0
    public var wins: Int = 0
    public init() {}
}

/// `dashboard.sqlite`: the equity curve and a snapshot of the figures every five minutes. Nothing depends on it.
public final class DashboardStore {
    let database: SQLiteDatabase
    private let insertEquity: Statement
    private let insertMetrics: Statement

    /// Append-only: a released entry is never changed.
    public static let migrations = [
        """
        CREATE TABLE equity (
            time INTEGER PRIMARY KEY,
            equity TEXT NOT NULL,
            balance TEXT NOT NULL,
            drawdown TEXT NOT NULL,
            benchmark TEXT
        ) STRICT;
        CREATE TABLE metrics (
            at INTEGER PRIMARY KEY,
            market_time INTEGER NOT NULL,
            state TEXT NOT NULL,
            equity TEXT NOT NULL,
            balance TEXT NOT NULL,
            unrealized_pnl TEXT NOT NULL,
            realized_pnl TEXT NOT NULL,
            fees TEXT NOT NULL,
            drawdown TEXT NOT NULL,
            exposure TEXT NOT NULL,
            open_positions INTEGER NOT NULL CHECK (open_positions >= 0),
            trades INTEGER NOT NULL CHECK (trades >= 0),
            wins INTEGER NOT NULL CHECK (wins BETWEEN 0 AND trades)
        ) STRICT;
        """
    ]

    /// Opens the file as its single writer, or to read beside it.
    public init(
        path: String, access: SQLiteDatabase.Access = .readWrite(owner: "dashboard")
    ) throws(StorageError) {
        database = try SQLiteDatabase(path: path, migrations: Self.migrations, access: access)
        insertEquity = try database.prepare(
            "INSERT OR REPLACE INTO equity (time, equity, balance, drawdown, benchmark) VALUES (?1, ?2, ?3, ?4, ?5)")
        insertMetrics = try database.prepare(
            """
            INSERT OR REPLACE INTO metrics (at, market_time, state, equity, balance, unrealized_pnl, realized_pnl, fees,
                drawdown, exposure, open_positions, trades, wins)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)
            """)
    }

    /// Stores a point of the curve; one of the same moment is replaced.
    public func store(_ sample: EquitySample) throws(StorageError) {
        insertEquity.bind(1, sample.time).bind(2, decimal: sample.equity).bind(3, decimal: sample.balance)
            .bind(4, decimal: sample.drawdown).bind(5, decimal: sample.benchmark)
        try insertEquity.run()
    }

    /// Stores a snapshot of the figures.
    public func store(_ sample: MetricsSample) throws(StorageError) {
        insertMetrics.bind(1, sample.at).bind(2, sample.marketTime).bind(3, sample.state)
            .bind(4, decimal: sample.equity).bind(5, decimal: sample.balance).bind(6, decimal: sample.unrealizedPnL)
            .bind(7, decimal: sample.realizedPnL).bind(8, decimal: sample.fees).bind(9, decimal: sample.drawdown)
            .bind(10, decimal: sample.exposure).bind(11, sample.openPositions).bind(12, sample.trades)
            .bind(13, sample.wins)
        try insertMetrics.run()
    }

    /// The newest points of the curve, oldest first.
    public func equity(limit: Int) throws(StorageError) -> [EquitySample] {
        try database.prepare(
            "SELECT time, equity, balance, drawdown, benchmark FROM equity ORDER BY time DESC LIMIT \(limit)"
        ).all { (row) throws(StorageError) in
            var sample = EquitySample()
            sample.time = row.time(0)
            sample.equity = try row.decimal(1)
            sample.balance = try row.decimal(2)
            sample.drawdown = try row.decimal(3)
            sample.benchmark = try row.decimalOrNil(4)
            return sample
        }.reversed()
    }

    /// How many snapshots of the figures are kept.
    public func metricsCount() throws(StorageError) -> Int {
        try database.prepare("SELECT count(*) FROM metrics").first { $0.int(0) } ?? 0
    }

    /// Forgets points and snapshots older than these moments.
    public func prune(equityBefore market: MarketTime, metricsBefore wall: WallTime) throws(StorageError) {
        try database.prepare("DELETE FROM equity WHERE time < ?1").bind(1, market).run()
        try database.prepare("DELETE FROM metrics WHERE at < ?1").bind(1, wall).run()
    }

    /// Releases the file.
    public func shut() { database.shut() }
}
