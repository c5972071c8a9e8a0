public import TradingModel

/// An order with all its fills.
public struct StoredOrderReport: Hashable, Sendable {
    public var stored: StoredOrder
    public var fills: [Fill]
}

/// What the paper venue had saved.
public struct StoredPaperBooks: Hashable, Sendable {
    public var account: StoredAccount
    public var positions: [StoredPosition]
    /// The last ticker that filled something, by symbol.
    public var matchedAt: [Symbol: MarketTime]
    public var orders: [StoredPaperOrder]
}

extension ExecutionStore {
    /// Cash and its parts; `nil` in a file that has never traded.
    public func account() throws(StorageError) -> StoredAccount? { try account(of: "account") }

    private func account(of table: String) throws(StorageError) -> StoredAccount? {
        try database.prepare("SELECT \(StoredAccount.columns) FROM \(table)").first { (row) throws(StorageError) in
            var columns = Columns(row)
            return try StoredAccount(&columns)
        }
    }

    /// One order with its fills; `nil` where the journal does not have it. O(log orders); O(1) for one that is new.
    public func order(_ id: ClientOrderID) throws(StorageError) -> StoredOrderReport? {
        if let writer, !writer.mayHave(id) { return nil }
        try fold()
        if findReport == nil {
            findReport = try database.prepare(
                "SELECT id, \(StoredOrder.columns) FROM orders WHERE client_order_id = ?1")
        }
        let found = try findReport?.bind(1, id.text).first { (row) throws(StorageError) in
            var columns = Columns(row, from: 1)
            return (row.int64(0), try StoredOrder(&columns))
        }
        guard let (row, stored) = found else { return nil }
        return StoredOrderReport(stored: stored, fills: try fills(ofOrderRow: row))
    }

    private func fills(ofOrderRow row: Int64) throws(StorageError) -> [Fill] {
        try database.prepare("\(Self.selectFills) WHERE f.order_id = ?1 ORDER BY f.id").bind(1, row).all {
            (row) throws(StorageError) in
            var columns = Columns(row)
            return try Fill(&columns)
        }
    }

    /// Orders that are not over, oldest first. O(orders), for start-up only: an index of them would cost every order a page.
    public func openOrders() throws(StorageError) -> [StoredOrderReport] {
        let open = try database.prepare(
            """
            SELECT id, \(StoredOrder.columns) FROM orders
            WHERE status IN ('initialized', 'submitted', 'accepted', 'partially_filled', 'unresolved') ORDER BY id
            """
        ).all { (row) throws(StorageError) in
            var columns = Columns(row, from: 1)
            return (row.int64(0), try StoredOrder(&columns))
        }
        var reports: [StoredOrderReport] = []
        for (row, stored) in open {
            reports.append(StoredOrderReport(stored: stored, fills: try fills(ofOrderRow: row)))
        }
        return reports
    }

    /// The newest orders, newest first.
    public func orders(limit: Int) throws(StorageError) -> [StoredOrder] {
        try database.prepare("SELECT \(StoredOrder.columns) FROM orders ORDER BY id DESC LIMIT ?1").bind(1, limit).all {
            (row) throws(StorageError) in
            var columns = Columns(row)
            return try StoredOrder(&columns)
        }
    }

    /// The newest fills, newest first.
    public func fills(limit: Int) throws(StorageError) -> [Fill] {
        try database.prepare("\(Self.selectFills) ORDER BY f.id DESC LIMIT ?1").bind(1, limit).all {
            (row) throws(StorageError) in
            var columns = Columns(row)
            return try Fill(&columns)
        }
    }

    /// What is open, by symbol.
    public func openPositions() throws(StorageError) -> [StoredPosition] {
        try positions("WHERE closed_at IS NULL ORDER BY symbol")
    }

    /// The newest positions that are closed, newest first.
    public func closedPositions(limit: Int) throws(StorageError) -> [StoredPosition] {
        try positions("WHERE closed_at IS NOT NULL ORDER BY id DESC LIMIT \(limit)")
    }

    private func positions(_ condition: String) throws(StorageError) -> [StoredPosition] {
        try database.prepare("SELECT \(StoredPosition.columns) FROM positions \(condition)").all {
            (row) throws(StorageError) in
            var columns = Columns(row)
            return try StoredPosition(&columns)
        }
    }

    /// The newest completed trades, oldest of them first.
    public func trades(limit: Int = .max) throws(StorageError) -> [Trade] {
        try database.prepare(
            "SELECT \(Trade.columns) FROM (SELECT * FROM trades ORDER BY id DESC LIMIT ?1) ORDER BY id"
        )
        .bind(1, limit).all { (row) throws(StorageError) in
            var columns = Columns(row)
            return try Trade(&columns)
        }
    }

    /// How many orders came to which status.
    public func orderCounts() throws(StorageError) -> [OrderStatus: Int] {
        var counts: [OrderStatus: Int] = [:]
        try database.prepare("SELECT status, count(*) FROM orders GROUP BY status").forEach {
            (row) throws(StorageError) in
            counts[try row.value(0, as: OrderStatus.self)] = row.int(1)
        }
        return counts
    }

    /// What the paper venue had saved; `nil` in a file that has never traded on paper.
    public func paperBooks() throws(StorageError) -> StoredPaperBooks? {
        guard let account = try account(of: "paper_account") else { return nil }
        var books = StoredPaperBooks(account: account, positions: [], matchedAt: [:], orders: [])
        try database.prepare(
            """
            SELECT matched_at, symbol, side, quantity, cost, leverage, '', '', opened_at, updated_at, realized_pnl, fees,
                entered_quantity, entered_notional FROM paper_positions ORDER BY symbol
            """
        ).forEach { (row) throws(StorageError) in
            var columns = Columns(row, from: 1)
            if row.isNull(2) {
                books.matchedAt[try columns.symbol()] = row.time(0)
            } else {
                let stored = try StoredPosition(&columns)
                books.positions.append(stored)
                books.matchedAt[stored.position.symbol] = row.time(0)
            }
        }
        books.orders = try database.prepare(
            "SELECT client_order_id, number, is_triggered, has_arrived FROM paper_orders ORDER BY number"
        ).all { (row) throws(StorageError) in
            var columns = Columns(row)
            return StoredPaperOrder(
                id: try columns.orderID(), number: columns.number(), isTriggered: columns.flag(),
                hasArrived: columns.flag())
        }
        return books
    }

    /// The ids of the newest payments of funding.
    public func fundings(limit: Int) throws(StorageError) -> Set<String> {
        Set(
            try database.prepare("SELECT funding_id FROM fundings ORDER BY id DESC LIMIT ?1").bind(1, limit).all {
                $0.text(0)
            })
    }

    /// The last funding time that each symbol has paid for.
    public func lastFundings() throws(StorageError) -> [Symbol: MarketTime] {
        var last: [Symbol: MarketTime] = [:]
        try database.prepare("SELECT symbol, max(event_time) FROM fundings GROUP BY symbol").forEach {
            (row) throws(StorageError) in
            if let symbol = Symbol(row.text(0)) { last[symbol] = MarketTime(micros: row.int64(1)) }
        }
        return last
    }

    static let selectFills = "SELECT \(Fill.columns) FROM fills AS f JOIN orders AS o ON o.id = f.order_id"
}
