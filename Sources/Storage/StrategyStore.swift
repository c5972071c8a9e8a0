public import TradingModel

/// `strategy.sqlite`: every signal that was given and every decision that was made, "nothing" included.
public final class StrategyStore {
    let database: SQLiteDatabase
    private let insertVoice: Statement
    private let insertSignal: Statement
    private let insertDecision: Statement
    private let insertContribution: Statement

    /// Append-only: a released entry is never changed.
    public static let migrations = [
        """
        CREATE TABLE signals (
            id INTEGER PRIMARY KEY,
            strategy TEXT NOT NULL,
            symbol TEXT NOT NULL,
            timeframe TEXT NOT NULL,
            action TEXT NOT NULL CHECK (action IN ('enterLong', 'exitLong', 'enterShort', 'exitShort', 'hold')),
            candle_open_time INTEGER NOT NULL,
            time INTEGER NOT NULL,
            confidence REAL NOT NULL CHECK (confidence BETWEEN 0 AND 1),
            price TEXT NOT NULL,
            position_size TEXT NOT NULL,
            stop_loss TEXT,
            take_profit TEXT,
            metadata TEXT NOT NULL,
            UNIQUE (strategy, symbol, timeframe, action, candle_open_time)
        ) STRICT;
        CREATE TABLE decisions (
            rowid INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            symbol TEXT NOT NULL,
            decided_at INTEGER NOT NULL,
            regime TEXT NOT NULL,
            action TEXT NOT NULL,
            strategy TEXT NOT NULL,
            confidence REAL NOT NULL CHECK (confidence BETWEEN 0 AND 1),
            proposal_id TEXT,
            reason TEXT NOT NULL
        ) STRICT;
        CREATE INDEX decisions_by_time ON decisions (decided_at);
        CREATE TABLE contributions (
            decision_id TEXT NOT NULL REFERENCES decisions (id),
            signal_id INTEGER NOT NULL REFERENCES signals (id),
            PRIMARY KEY (decision_id, signal_id)
        ) STRICT, WITHOUT ROWID;
        """,
        """
        ALTER TABLE decisions ADD COLUMN long_score REAL;
        ALTER TABLE decisions ADD COLUMN short_score REAL;
        CREATE INDEX decisions_by_symbol ON decisions (symbol, decided_at);
        CREATE INDEX decisions_by_proposal ON decisions (proposal_id) WHERE proposal_id IS NOT NULL;
        CREATE TABLE voices (
            decision_id TEXT NOT NULL REFERENCES decisions (id),
            position INTEGER NOT NULL,
            strategy TEXT NOT NULL,
            timeframe TEXT NOT NULL,
            action TEXT NOT NULL,
            confidence REAL NOT NULL CHECK (confidence BETWEEN 0 AND 1),
            weight REAL NOT NULL,
            regime TEXT NOT NULL,
            outcome TEXT NOT NULL,
            PRIMARY KEY (decision_id, position)
        ) STRICT, WITHOUT ROWID;
        """,
        dialogueMigration,
        // What was held when the answer was judged, so that it can be judged again.
        "ALTER TABLE answers ADD COLUMN positions TEXT NOT NULL DEFAULT '{}';",
    ]

    /// Opens the file as its single writer and brings it up to date, or to read beside it.
    public init(
        path: String, access: SQLiteDatabase.Access = .readWrite(owner: "strategy")
    ) throws(StorageError) {
        database = try SQLiteDatabase(path: path, migrations: Self.migrations, access: access)
        // The log is moved into the file by tidy() in idle moments, not by an unlucky commit.
        if case .readWrite = access { try database.execute("PRAGMA wal_autocheckpoint=0") }
        insertVoice = try database.prepare(
            """
            INSERT OR IGNORE INTO voices (decision_id, position, strategy, timeframe, action, confidence, weight, regime,
                outcome) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
            """)
        insertSignal = try database.prepare(
            """
            INSERT OR IGNORE INTO signals (strategy, symbol, timeframe, action, candle_open_time, time, confidence, price,
                position_size, stop_loss, take_profit, metadata) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
            """)
        insertDecision = try database.prepare(
            """
            INSERT OR IGNORE INTO decisions (id, symbol, decided_at, regime, action, strategy, confidence, proposal_id, reason,
                long_score, short_score) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
            """)
        insertContribution = try database.prepare(
            """
            INSERT OR IGNORE INTO contributions (decision_id, signal_id)
            SELECT ?1, id FROM signals
            WHERE strategy = ?2 AND symbol = ?3 AND timeframe = ?4 AND action = ?5 AND candle_open_time = ?6
            """)
    }

    /// Runs several writes as one transaction.
    public func transaction(_ body: () throws(StorageError) -> Void) throws(StorageError) {
        try database.transaction(body)
    }

    /// Stores a signal; the same signal a second time changes nothing.
    public func store(_ signal: Signal) throws(StorageError) {
        insertSignal.bind(1, signal.strategy).bind(2, signal.symbol.name).bind(3, signal.timeframe.rawValue)
            .bind(4, signal.action.rawValue).bind(5, signal.candleOpenTime).bind(6, signal.time)
            .bind(7, signal.confidence).bind(8, decimal: signal.price).bind(9, decimal: signal.positionSize)
            .bind(10, decimal: signal.stopLoss).bind(11, decimal: signal.takeProfit)
            .bind(12, signal.metadata.map { "\($0.name)=\($0.value)" }.joined(separator: " "))
        try insertSignal.run()
    }

    /// Stores a decision with its contributions, whose signals are stored already; a repeat changes nothing.
    public func store(_ decision: Decision) throws(StorageError) {
        insertDecision.bind(1, decision.id).bind(2, decision.symbol.name).bind(3, decision.decidedAt)
            .bind(4, decision.regime.rawValue).bind(5, decision.action.rawValue).bind(6, decision.strategy)
            .bind(7, decision.confidence).bind(8, decision.proposalID).bind(9, decision.reason)
            .bind(10, number: decision.longScore).bind(11, number: decision.shortScore)
        try insertDecision.run()
        for signal in decision.signals {
            insertContribution.bind(1, decision.id).bind(2, signal.strategy).bind(3, signal.symbol.name)
                .bind(4, signal.timeframe.rawValue).bind(5, signal.action.rawValue).bind(6, signal.candleOpenTime)
            try insertContribution.run()
        }
        for (position, contribution) in (decision.contributions ?? []).enumerated() {
            insertVoice.bind(1, decision.id).bind(2, position).bind(3, contribution.strategy)
                .bind(4, contribution.timeframe.rawValue).bind(5, contribution.action.rawValue)
                .bind(6, contribution.confidence).bind(7, contribution.weight).bind(8, contribution.regime.rawValue)
                .bind(9, contribution.outcome.rawValue)
            try insertVoice.run()
        }
    }

    /// Moves the write-ahead log into the file where the moment is right; see ``SQLiteDatabase/tidy()``.
    public func tidy() { database.tidy() }
    /// Releases the file.
    public func shut() { database.shut() }
}
