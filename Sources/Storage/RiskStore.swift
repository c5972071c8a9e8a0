public import TradingModel

/// `risk.sqlite`: verdicts, exit plans with their peaks, the orders they asked for, trading state with its history, days.
///
/// Every write replaces what is stored under its key, so that the same record twice changes nothing.
public final class RiskStore {
    let database: SQLiteDatabase
    private let saveVerdict: Statement
    private let savePlan: Statement
    private let saveBest: Statement
    private let saveOrder: Statement
    private let saveHold: Statement
    private let clearHolds: Statement
    private let saveControl: Statement
    private let savePeak: Statement
    private let saveDay: Statement
    private let insertChange: Statement
    /// Absent where the file was opened to be read only.
    let redo: RedoLog?
    private let saveStrategyHold: Statement
    private let clearStrategyHolds: Statement
    /// Plans as last written, so that a new peak costs one small update instead of a whole row.
    var written: [String: ExitPlan] = [:]
    /// What is in the journal and not yet in its tables.
    var journalled: [JournalEntry] = []

    /// Opens the file as its single writer and brings it up to date, or to read beside it.
    public init(
        path: String, access: SQLiteDatabase.Access = .readWrite(owner: "risk"),
        durability: SQLiteDatabase.Durability = .process
    ) throws(StorageError) {
        database = try SQLiteDatabase(path: path, migrations: Self.migrations, access: access, durability: durability)
        if case .readWrite = access { try database.execute("PRAGMA wal_autocheckpoint=0") }
        saveVerdict = try database.prepare(Self.upsert("verdicts", Verdict.columns, key: "proposal_id"))
        savePlan = try database.prepare(Self.upsert("plans", ExitPlan.columns, key: "id"))
        saveBest = try database.prepare("UPDATE plans SET best = ?1, resting_stop = ?2, updated_at = ?3 WHERE id = ?4")
        saveOrder = try database.prepare(Self.upsert("order_intents", StoredIntent.columns, key: "client_order_id"))
        saveHold = try database.prepare(
            "INSERT INTO holds (symbol, state, who, why, since) VALUES (?1, ?2, ?3, ?4, ?5)")
        clearHolds = try database.prepare("DELETE FROM holds")
        saveControl = try database.prepare(
            "INSERT OR REPLACE INTO control (id, automatic, automatic_reason, automatic_since) VALUES (1, ?1, ?2, ?3)")
        savePeak = try database.prepare("INSERT OR REPLACE INTO peak (id, equity) VALUES (1, ?1)")
        saveDay = try database.prepare(
            "INSERT OR REPLACE INTO days (day, start_equity, trades, reached_loss) VALUES (?1, ?2, ?3, ?4)")
        insertChange = try database.prepare(
            """
            INSERT INTO state_changes (event_time, wall_time, symbol, from_state, to_state, who, why, strategy)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
            """)
        saveStrategyHold = try database.prepare(
            "INSERT INTO strategy_holds (strategy, state, who, why, since) VALUES (?1, ?2, ?3, ?4, ?5)")
        clearStrategyHolds = try database.prepare("DELETE FROM strategy_holds")
        guard case .readWrite = access else {
            redo = nil
            return
        }
        redo = try RedoLog(database, durability)
        try recoverJournal()
    }

    /// Inserts a row, or replaces the one of the same key. `INSERT OR REPLACE` would also delete, without a word, any other
    /// row that stands in the way of a constraint; this refuses.
    private static func upsert(_ table: String, _ columns: String, key: String) -> String {
        let names = columns.split { $0 == "," || $0.isWhitespace }
        let marks = (1...names.count).map { "?\($0)" }.joined(separator: ", ")
        let changes = names.filter { $0 != key }.map { "\($0) = excluded.\($0)" }.joined(separator: ", ")
        return "INSERT INTO \(table) (\(columns)) VALUES (\(marks)) ON CONFLICT (\(key)) DO UPDATE SET \(changes)"
    }

    /// Runs several writes as one transaction.
    public func transaction(_ body: () throws(StorageError) -> Void) throws(StorageError) {
        try database.transaction(body)
    }
    /// Moves the write-ahead log into the file, at once or where the moment is right (``SQLiteDatabase/tidy()``).
    public func checkpoint() { database.checkpoint() }
    public func tidy() { database.tidy() }
    /// Releases the file.
    public func shut() { database.shut() }

    // MARK: Writing

    public func save(_ verdict: Verdict) throws(StorageError) {
        var binder = Binder(saveVerdict)
        verdict.bind(&binder)
        try saveVerdict.run()
    }

    public func save(_ plan: ExitPlan) throws(StorageError) {
        defer { written[plan.id] = plan.status == .spent ? nil : plan }
        if var known = written[plan.id] {
            known.best = plan.best
            known.restingStop = plan.restingStop
            known.updatedAt = plan.updatedAt
            if known == plan {
                saveBest.bind(1, decimal: plan.best).bind(2, decimal: plan.restingStop).bind(3, plan.updatedAt).bind(
                    4, plan.id)
                return try saveBest.run()
            }
        }
        var binder = Binder(savePlan)
        plan.bind(&binder)
        try savePlan.run()
    }

    public func save(_ intent: StoredIntent) throws(StorageError) {
        var binder = Binder(saveOrder)
        intent.bind(&binder)
        try saveOrder.run()
    }

    /// Replaces the trading state and all holds.
    public func save(_ control: StoredControl) throws(StorageError) {
        saveControl.bind(1, control.automatic.rawValue).bind(2, control.automaticReason).bind(3, control.automaticSince)
        try saveControl.run()
        try clearHolds.run()
        try clearStrategyHolds.run()
        for hold in control.holds {
            if let strategy = hold.strategy {
                saveStrategyHold.bind(1, strategy).bind(2, hold.state.rawValue).bind(3, hold.who).bind(4, hold.why)
                    .bind(5, hold.since)
                try saveStrategyHold.run()
                continue
            }
            saveHold.bind(1, hold.symbol?.name ?? "").bind(2, hold.state.rawValue).bind(3, hold.who).bind(4, hold.why)
                .bind(5, hold.since)
            try saveHold.run()
        }
    }

    public func save(peakEquity: Money) throws(StorageError) {
        savePeak.bind(1, decimal: peakEquity)
        try savePeak.run()
    }

    public func save(_ day: StoredDay) throws(StorageError) {
        saveDay.bind(1, day.day).bind(2, decimal: day.startEquity).bind(3, day.trades).bind(4, decimal: day.reachedLoss)
        try saveDay.run()
    }

    public func add(_ change: StoredChange) throws(StorageError) {
        insertChange.bind(1, change.at).bind(2, change.wall).bind(3, change.symbol?.name ?? "").bind(
            4, change.from.rawValue
        )
        .bind(5, change.to.rawValue).bind(6, change.who).bind(7, change.why).bind(8, change.strategy ?? "")
        try insertChange.run()
    }

    // MARK: Reading

    public func control() throws(StorageError) -> StoredControl? {
        let holds = try database.prepare("SELECT symbol, state, who, why, since FROM holds ORDER BY symbol").all {
            (row) throws(StorageError) in
            StoredHold(
                symbol: Symbol(row.text(0)), state: try row.value(1), who: row.text(2), why: row.text(3),
                since: row.time(4))
        }
        let ofStrategies = try database.prepare(
            "SELECT strategy, state, who, why, since FROM strategy_holds ORDER BY strategy"
        ).all { (row) throws(StorageError) in
            StoredHold(
                symbol: nil, strategy: row.text(0), state: try row.value(1), who: row.text(2), why: row.text(3),
                since: row.time(4))
        }
        return try database.prepare("SELECT automatic, automatic_reason, automatic_since FROM control").first {
            (row) throws(StorageError) in
            StoredControl(
                automatic: try row.value(0), automaticReason: row.text(1), automaticSince: row.time(2),
                holds: holds + ofStrategies)
        }
    }

    public func peakEquity() throws(StorageError) -> Money? {
        try database.prepare("SELECT equity FROM peak").first { (row) throws(StorageError) in try row.decimal(0) }
    }

    /// The latest day that was begun.
    public func day() throws(StorageError) -> StoredDay? {
        try database.prepare("SELECT day, start_equity, trades, reached_loss FROM days ORDER BY day DESC LIMIT 1").first
        {
            (row) throws(StorageError) in
            StoredDay(
                day: row.int64(0), startEquity: try row.decimal(1), trades: row.int(2), reachedLoss: try row.decimal(3))
        }
    }

    /// Plans that are not spent and the latest `spent` of those that are, oldest first.
    public func plans(spent: Int) throws(StorageError) -> [ExitPlan] {
        let open = try plans("status <> 'spent' ORDER BY created_at, id")
        let over = try plans("status = 'spent' ORDER BY updated_at DESC, id LIMIT \(spent)")
        for plan in open { written[plan.id] = plan }
        return over.reversed() + open
    }

    private func plans(_ condition: String) throws(StorageError) -> [ExitPlan] {
        try database.prepare("SELECT \(ExitPlan.columns) FROM plans WHERE \(condition)").all {
            (row) throws(StorageError) in
            var columns = Columns(row)
            return try ExitPlan(stored: &columns)
        }
    }

    /// The orders asked for by plans that are not spent, and any other that is not settled; attempts in their order.
    public func intents() throws(StorageError) -> [StoredIntent] {
        let sql = """
            SELECT \(StoredIntent.columns) FROM order_intents
            WHERE is_settled = 0 OR plan_id IN (SELECT id FROM plans WHERE status <> 'spent')
            ORDER BY plan_id, purpose, attempt
            """
        return try database.prepare(sql).all { (row) throws(StorageError) in
            var columns = Columns(row)
            return try StoredIntent(&columns)
        }
    }

    /// The verdict on one proposal; `nil` where risk has not judged it.
    public func verdict(proposal id: String) throws(StorageError) -> Verdict? {
        try database.prepare("SELECT \(Verdict.columns) FROM verdicts WHERE proposal_id = ?1").bind(1, id).first {
            (row) throws(StorageError) in
            var columns = Columns(row)
            return try Verdict(stored: &columns)
        }
    }

    /// The latest verdicts, oldest first.
    public func verdicts(_ limit: Int) throws(StorageError) -> [Verdict] {
        let sql = "SELECT \(Verdict.columns) FROM verdicts ORDER BY decided_at DESC, proposal_id LIMIT \(limit)"
        return try database.prepare(sql).all { (row) throws(StorageError) in
            var columns = Columns(row)
            return try Verdict(stored: &columns)
        }.reversed()
    }
}

// MARK: - What is stored

/// An order that risk asked of execution.
public struct StoredIntent: Hashable, Sendable {
    public var request: OrderRequest
    public var planID: String
    public var attempt: Int
    public var expiresAt: WallTime
    public var status: OrderStatus?
    public var filledQuantity: Quantity
    public var isSettled: Bool

    public init(
        request: OrderRequest, planID: String, attempt: Int, expiresAt: WallTime, status: OrderStatus?,
        filledQuantity: Quantity, isSettled: Bool
    ) {
        self.request = request
        self.planID = planID
        self.attempt = attempt
        self.expiresAt = expiresAt
        self.status = status
        self.filledQuantity = filledQuantity
        self.isSettled = isSettled
    }
}

/// A trading state set by hand.
public struct StoredHold: Hashable, Sendable {
    /// Absent where it holds for everything, or for a strategy.
    public var symbol: Symbol?
    /// Present where it holds for one strategy.
    public var strategy: String?
    public var state: TradingState
    public var who: String
    public var why: String
    public var since: MarketTime
    public init(
        symbol: Symbol?, strategy: String? = nil, state: TradingState, who: String, why: String, since: MarketTime
    ) {
        self.symbol = symbol
        self.strategy = strategy
        self.state = state
        self.who = who
        self.why = why
        self.since = since
    }
}

/// The trading state: the drawdown's word and every hold.
public struct StoredControl: Hashable, Sendable {
    public var automatic: TradingState
    public var automaticReason: String
    public var automaticSince: MarketTime
    public var holds: [StoredHold]
    public init(automatic: TradingState, automaticReason: String, automaticSince: MarketTime, holds: [StoredHold]) {
        self.automatic = automatic
        self.automaticReason = automaticReason
        self.automaticSince = automaticSince
        self.holds = holds
    }
}

/// The counters of one day.
public struct StoredDay: Hashable, Sendable {
    public var day: Int64
    public var startEquity: Money
    public var trades: Int
    public var reachedLoss: Ratio
    public init(day: Int64, startEquity: Money, trades: Int, reachedLoss: Ratio) {
        self.day = day
        self.startEquity = startEquity
        self.trades = trades
        self.reachedLoss = reachedLoss
    }
}

/// One change of what may be traded: who, when, why.
public struct StoredChange: Hashable, Sendable {
    public var at: MarketTime
    public var wall: WallTime
    public var symbol: Symbol?
    public var strategy: String?
    public var from: TradingState
    public var to: TradingState
    public var who: String
    public var why: String
    public init(
        at: MarketTime, wall: WallTime, symbol: Symbol?, strategy: String? = nil, from: TradingState,
        to: TradingState, who: String, why: String
    ) {
        self.at = at
        self.wall = wall
        self.symbol = symbol
        self.strategy = strategy
        self.from = from
        self.to = to
        self.who = who
        self.why = why
    }
}
