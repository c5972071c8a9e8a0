public import TradingModel

/// `feed.sqlite`: closed candles, the instruments, and where the source stands, so that a restart needs only the gap.
public final class FeedStore {
    /// Where the source of market data stood when last written.
    public struct SourceState: Hashable, Sendable {
        /// Which market this is; another source does not go on from here.
        public var fingerprint = ""
        /// Everything up to and including this market time has been published.
        public var position: MarketTime = .distantPast
        /// All candles that had closed by then are in this file; never later than ``position``.
        public var stored: MarketTime = .distantPast
        /// The source's own state at or before ``stored``; `nil` for a source that needs none.
        public var checkpoint: String?
        /// In lock-step: the step under way, which begins after ``position``, and the market time it reaches to.
        public var step: Int?
        public var stepEnd: MarketTime?
        public init() {}
    }

    /// How many candles of a series may be stored beyond the look-back before the oldest are removed.
    private static let slack = 250
    private let database: SQLiteDatabase
    private let lookBack: Int
    private let insertCandle: Statement
    private let pruneCandles: Statement
    private let writeSource: Statement
    private let writeStep: Statement
    private let insertInstrument: Statement
    /// Candles written since the series was pruned.
    private var unpruned: [SeriesName: Int] = [:]

    private struct SeriesName: Hashable {
        let symbol: Symbol
        let timeframe: Timeframe
    }

    /// Append-only: a released entry is never changed.
    public static let migrations = [
        """
        CREATE TABLE candles (
            symbol TEXT NOT NULL,
            timeframe TEXT NOT NULL CHECK (timeframe IN ('1m', '3m', '5m', '15m', '30m', '1h', '4h')),
            open_time INTEGER NOT NULL,
            venue TEXT NOT NULL,
            open TEXT NOT NULL,
            high TEXT NOT NULL,
            low TEXT NOT NULL,
            close TEXT NOT NULL,
            volume TEXT NOT NULL,
            missing INTEGER NOT NULL CHECK (missing >= 0),
            is_backfill INTEGER NOT NULL CHECK (is_backfill IN (0, 1)),
            received_time INTEGER NOT NULL,
            PRIMARY KEY (symbol, timeframe, open_time)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE source (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            fingerprint TEXT NOT NULL,
            position INTEGER NOT NULL,
            stored INTEGER NOT NULL,
            checkpoint TEXT,
            step INTEGER,
            step_end INTEGER,
            CHECK (stored <= position),
            CHECK ((step IS NULL) = (step_end IS NULL))
        ) STRICT;
        CREATE TABLE instruments (
            symbol TEXT PRIMARY KEY,
            venue TEXT NOT NULL,
            tick_size TEXT NOT NULL,
            lot_size TEXT NOT NULL,
            min_quantity TEXT NOT NULL,
            max_quantity TEXT NOT NULL,
            min_notional TEXT NOT NULL,
            max_leverage INTEGER NOT NULL CHECK (max_leverage >= 1),
            maker_fee TEXT NOT NULL,
            taker_fee TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;
        """
    ]

    /// Opens the file as its single writer and brings it up to date, or to read beside it. `lookBack` candles of each
    /// series are kept.
    public init(
        path: String, lookBack: Int, access: SQLiteDatabase.Access = .readWrite(owner: "feed")
    ) throws(StorageError) {
        self.lookBack = lookBack
        database = try SQLiteDatabase(path: path, migrations: Self.migrations, access: access)
        insertCandle = try database.prepare(
            """
            INSERT OR REPLACE INTO candles (symbol, timeframe, open_time, venue, open, high, low, close, volume, missing,
                is_backfill, received_time) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
            """)
        pruneCandles = try database.prepare(
            """
            DELETE FROM candles WHERE symbol = ?1 AND timeframe = ?2 AND open_time < (SELECT open_time FROM candles
                WHERE symbol = ?1 AND timeframe = ?2 ORDER BY open_time DESC LIMIT 1 OFFSET ?3)
            """)
        writeSource = try database.prepare(
            """
            INSERT OR REPLACE INTO source (id, fingerprint, position, stored, checkpoint, step, step_end)
            VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6)
            """)
        writeStep = try database.prepare("UPDATE source SET position = ?1, step = ?2, step_end = ?3")
        insertInstrument = try database.prepare(
            """
            INSERT OR REPLACE INTO instruments (symbol, venue, tick_size, lot_size, min_quantity, max_quantity, min_notional,
                max_leverage, maker_fee, taker_fee) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
            """)
    }

    /// Runs several writes as one transaction.
    public func transaction(_ body: () throws(StorageError) -> Void) throws(StorageError) {
        try database.transaction(body)
    }

    // MARK: Candles

    /// Stores a candle over the one with the same symbol, timeframe and open time; now and then removes what is older
    /// than the look-back.
    public func store(_ candle: Candle) throws(StorageError) {
        insertCandle.bind(1, candle.symbol.name).bind(2, candle.timeframe.rawValue).bind(3, candle.openTime)
            .bind(4, candle.venue.name).bind(5, decimal: candle.open).bind(6, decimal: candle.high).bind(
                7, decimal: candle.low
            )
            .bind(8, decimal: candle.close).bind(9, decimal: candle.volume).bind(10, candle.missing).bind(
                11, candle.isBackfill
            )
            .bind(12, candle.receivedTime)
        try insertCandle.run()
        let series = SeriesName(symbol: candle.symbol, timeframe: candle.timeframe)
        let count = unpruned[series, default: 0] + 1
        unpruned[series] = count
        guard count >= Self.slack else { return }
        unpruned[series] = 0
        pruneCandles.bind(1, candle.symbol.name).bind(2, candle.timeframe.rawValue).bind(3, lookBack - 1)
        try pruneCandles.run()
    }

    /// The newest candles of a series that had closed by `time`, at most the look-back, newest first.
    public func candles(
        _ symbol: Symbol, _ timeframe: Timeframe, closedBy time: MarketTime
    ) throws(StorageError) -> [Candle] {
        let query = try database.prepare(
            """
            SELECT open_time, venue, open, high, low, close, volume, missing, is_backfill, received_time FROM candles
            WHERE symbol = ?1 AND timeframe = ?2 AND open_time <= ?3 ORDER BY open_time DESC LIMIT ?4
            """)
        query.bind(1, symbol.name).bind(2, timeframe.rawValue).bind(3, time - timeframe.span).bind(4, lookBack)
        return try query.all { (row) throws(StorageError) in
            Candle(
                symbol: symbol, venue: VenueID(row.text(1)), timeframe: timeframe, openTime: row.time(0),
                open: try row.decimal(2),
                high: try row.decimal(3), low: try row.decimal(4), close: try row.decimal(5),
                volume: try row.decimal(6),
                missing: row.int(7), isBackfill: row.bool(8), receivedTime: row.time(9))
        }
    }

    // MARK: Source

    /// Where the source stood; `nil` in a new file.
    public func sourceState() throws(StorageError) -> SourceState? {
        try database.prepare("SELECT fingerprint, position, stored, checkpoint, step, step_end FROM source").first {
            row in
            var state = SourceState()
            state.fingerprint = row.text(0)
            state.position = row.time(1)
            state.stored = row.time(2)
            state.checkpoint = row.textOrNil(3)
            state.step = row.isNull(4) ? nil : row.int(4)
            state.stepEnd = row.timeOrNil(5)
            return state
        }
    }

    /// Replaces what is known of the source.
    public func store(_ state: SourceState) throws(StorageError) {
        writeSource.bind(1, state.fingerprint).bind(2, state.position).bind(3, state.stored).bind(4, state.checkpoint)
        if let step = state.step { writeSource.bind(5, step) } else { writeSource.bind(5, String?.none) }
        writeSource.bind(6, state.stepEnd)
        try writeSource.run()
    }

    /// Writes the step under way, which begins after `position`, and nothing else of the source.
    public func store(step: Int, after position: MarketTime, end: MarketTime) throws(StorageError) {
        writeStep.bind(1, position).bind(2, step).bind(3, end)
        try writeStep.run()
    }

    // MARK: Instruments

    /// Stores an instrument over what was known of its symbol.
    public func store(_ instrument: Instrument) throws(StorageError) {
        insertInstrument.bind(1, instrument.symbol.name).bind(2, instrument.venue.name).bind(
            3, decimal: instrument.tickSize
        )
        .bind(4, decimal: instrument.lotSize).bind(5, decimal: instrument.minQuantity).bind(
            6, decimal: instrument.maxQuantity
        )
        .bind(7, decimal: instrument.minNotional).bind(8, instrument.maxLeverage).bind(9, decimal: instrument.makerFee)
        .bind(10, decimal: instrument.takerFee)
        try insertInstrument.run()
    }

    /// The instruments that were stored last, by symbol.
    public func instruments() throws(StorageError) -> [Instrument] {
        let query = try database.prepare(
            """
            SELECT symbol, venue, tick_size, lot_size, min_quantity, max_quantity, min_notional, max_leverage, maker_fee,
                taker_fee FROM instruments ORDER BY symbol
            """)
        return try query.all { (row) throws(StorageError) in
            var instrument = Instrument()
            instrument.symbol = Symbol(row.text(0)) ?? .none
            instrument.venue = VenueID(row.text(1))
            instrument.tickSize = try row.decimal(2)
            instrument.lotSize = try row.decimal(3)
            instrument.minQuantity = try row.decimal(4)
            instrument.maxQuantity = try row.decimal(5)
            instrument.minNotional = try row.decimal(6)
            instrument.maxLeverage = row.int(7)
            instrument.makerFee = try row.decimal(8)
            instrument.takerFee = try row.decimal(9)
            return instrument
        }.filter { $0.symbol != .none }
    }

    /// Moves the write-ahead log into the file; for idle moments.
    public func checkpoint() { database.checkpoint() }
    /// Releases the file.
    public func shut() { database.shut() }
}
