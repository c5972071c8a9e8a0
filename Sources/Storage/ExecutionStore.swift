public import Portfolio
public import TradingModel

/// `execution.sqlite`: the order journal, what was filled, what is held, and the paper venue's own books.
///
/// Keys are rowids, so that every insert goes to the end of its table. Money, prices and quantities are exact text,
/// times are microseconds. The tables of facts (`order_events`, `fills`, `trades`) can only grow: SQL refuses the rest.
public final class ExecutionStore {
    let database: SQLiteDatabase
    private(set) var writer: ExecutionWriter?
    private var commitsSinceCheckpoint = 0
    var findReport: Statement?
    /// Absent where the file was opened to be read only.
    private let redo: RedoLog?
    /// What was journalled and is not in its tables yet.
    private var journalled: [(rows: [ExecutionRow], at: WallTime)] = []

    /// Opens the file as its one writer, or to read beside it.
    public init(
        path: String, access: SQLiteDatabase.Access, durability: SQLiteDatabase.Durability = .process
    ) throws(StorageError) {
        database = try SQLiteDatabase(path: path, migrations: Self.migrations, access: access, durability: durability)
        guard case .readWrite = access else {
            redo = nil
            return
        }
        // The log is moved into the file by ``checkpoint()`` in idle moments, not by an unlucky commit.
        try database.execute("PRAGMA wal_autocheckpoint=0")
        redo = try RedoLog(database, durability)
        writer = try ExecutionWriter(database)
        try recoverJournal()
    }

    /// Called inside each transaction, when its rows are written and not committed. For tests that end the process there.
    public var onRowsWritten: (() -> Void)?

    /// Writes all rows in one transaction; all are there afterwards, or none. The wall time says when.
    public func commit(_ rows: [ExecutionRow], at now: WallTime) throws(StorageError) {
        guard let writer else {
            throw StorageError(code: .failed, description: "\(database.path) was opened to be read only")
        }
        try database.transaction { () throws(StorageError) in
            try fold(by: writer)
            try writer.write(rows, at: now)
            onRowsWritten?()
        }
        commitsSinceCheckpoint += 1
    }

    /// Commits rows in one short write to the ``RedoLog``; they are in their tables after the next ``commit(_:at:)`` or
    /// ``fold()``. Returns `false`, having done nothing, where one of them is of a kind that does not wait.
    public func journal(_ rows: [ExecutionRow], at now: WallTime) throws(StorageError) -> Bool {
        guard let redo, let writer, let record = ExecutionRow.record(of: rows, at: now) else { return false }
        try redo.append(record)
        journalled.append((rows, now))
        writer.expect(rows)
        if redo.used > RedoLog.mostBytes { try fold() }
        return true
    }

    /// Whether something waits to be folded.
    public var mustFold: Bool { !journalled.isEmpty }

    /// Moves what was journalled into its tables.
    public func fold() throws(StorageError) {
        guard mustFold else { return }
        try commit([], at: .distantPast)
    }

    private func fold(by writer: ExecutionWriter) throws(StorageError) {
        guard let redo, mustFold else { return }
        let waiting = journalled
        journalled.removeAll(keepingCapacity: true)
        for (rows, now) in waiting { try writer.write(rows, at: now) }
        try redo.markFolded()
    }

    /// Folds what a process that died has left behind.
    private func recoverJournal() throws(StorageError) {
        for record in try redo?.unfolded() ?? [] { journalled.append(try ExecutionRow.rows(of: record)) }
        try fold()
    }

    /// Moves the write-ahead log into the file where something was committed. For idle moments; milliseconds.
    public func checkpoint() {
        guard commitsSinceCheckpoint > 0 else { return }
        commitsSinceCheckpoint = 0
        database.checkpoint()
    }

    /// Commits that only the write-ahead log holds, as far as this process knows.
    public var uncheckpointedCommits: Int { commitsSinceCheckpoint }

    /// Makes the file refuse to grow beyond so many pages, as a full disk would. For tests of that.
    func limitPages(to count: Int) throws(StorageError) {
        try database.execute("PRAGMA max_page_count=\(count)")
    }

    /// The file.
    public var path: String { database.path }

    /// Closes the file; the store is not used afterwards.
    public func shut() {
        writer = nil
        findReport = nil
        database.shut()
    }
}

/// What one commit can hold.
public enum ExecutionRow: Hashable, Sendable {
    case newOrder(StoredOrder)
    /// A transition of an order that is there.
    case order(StoredOrder)
    case fill(Fill)
    /// The position of a symbol after a fill; quantity zero where it was closed.
    case position(StoredPosition)
    case trade(Trade, closingFillID: String)
    case account(StoredAccount)
    /// What a position paid for being held; before the position and the account that follow of it.
    case funding(FundingPayment)
    case paperOrder(StoredPaperOrder)
    case paperOrderRemoved(ClientOrderID)
    case paperAccount(StoredAccount)
    /// The paper venue's position of a symbol; `nil` where it holds none.
    case paperPosition(Symbol, StoredPosition?, matchedAt: MarketTime)
}

/// An order with what only execution needs.
public struct StoredOrder: Hashable, Sendable {
    public var order: Order
    /// How often it was sent.
    public var attempts: Int
    public var isCancelRequested: Bool
    /// The venue made it, not we.
    public var isExternal: Bool

    public init(order: Order, attempts: Int, isCancelRequested: Bool, isExternal: Bool) {
        self.order = order
        self.attempts = attempts
        self.isCancelRequested = isCancelRequested
        self.isExternal = isExternal
    }
}

/// A position with everything that ever entered it.
public struct StoredPosition: Hashable, Sendable {
    public var position: Position
    public var enteredQuantity: Quantity
    public var enteredNotional: Money

    public init(position: Position, enteredQuantity: Quantity, enteredNotional: Money) {
        self.position = position
        self.enteredQuantity = enteredQuantity
        self.enteredNotional = enteredNotional
    }

    public init(_ holding: Holding) {
        self.init(
            position: holding.position, enteredQuantity: holding.enteredQuantity,
            enteredNotional: holding.enteredNotional)
    }

    public var holding: Holding {
        Holding(position: position, enteredQuantity: enteredQuantity, enteredNotional: enteredNotional)
    }
}

/// Cash and its parts: balance = start + net deposits + realized − fees.
public struct StoredAccount: Hashable, Sendable {
    public var startingBalance: Money
    public var netDeposits: Money
    public var realizedPnL: Money
    public var fees: Money
    public var eventTime: MarketTime

    public init(
        startingBalance: Money, netDeposits: Money = .zero, realizedPnL: Money = .zero, fees: Money = .zero,
        eventTime: MarketTime = .distantPast
    ) {
        self.startingBalance = startingBalance
        self.netDeposits = netDeposits
        self.realizedPnL = realizedPnL
        self.fees = fees
        self.eventTime = eventTime
    }

    public var balance: Money { startingBalance + netDeposits + realizedPnL - fees }
}

/// An order that is open at the paper venue.
public struct StoredPaperOrder: Hashable, Sendable {
    public var id: ClientOrderID
    public var number: Int
    public var isTriggered: Bool
    public var hasArrived: Bool

    public init(id: ClientOrderID, number: Int, isTriggered: Bool, hasArrived: Bool) {
        self.id = id
        self.number = number
        self.isTriggered = isTriggered
        self.hasArrived = hasArrived
    }
}
