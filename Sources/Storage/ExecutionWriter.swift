import TradingModel

/// The prepared statements that write `execution.sqlite`.
final class ExecutionWriter {
    private let database: SQLiteDatabase
    private let insertOrder: Statement
    private let updateOrder: Statement
    private let findOrder: Statement
    private let insertEvent: Statement
    private let insertFill: Statement
    private let insertFunding: Statement
    private let insertPosition: Statement
    private let updatePosition: Statement
    private let insertTrade: Statement
    private let saveAccount: Statement
    private let savePaperOrder: Statement
    private let removePaperOrder: Statement
    private let savePaperAccount: Statement
    private let savePaperPosition: Statement
    /// Rows of orders that are not over, by client order id.
    private var openOrders: [ClientOrderID: Int64] = [:]
    /// Hashes of every id the journal has: what is not among them is new, which saves nearly every order a search.
    private var known: Set<Int> = []

    init(_ database: SQLiteDatabase) throws(StorageError) {
        self.database = database
        let orderMarks = (1...StoredOrder.columnCount).map { "?\($0)" }.joined(separator: ", ")
        insertOrder = try database.prepare("INSERT INTO orders (\(StoredOrder.columns)) VALUES (\(orderMarks))")
        updateOrder = try database.prepare(
            """
            UPDATE orders SET status = ?1, venue_order_id = ?2, filled_quantity = ?3, filled_notional = ?4, reason = ?5,
                updated_at = ?6, attempts = ?7, is_cancel_requested = ?8 WHERE id = ?9
            """)
        findOrder = try database.prepare("SELECT id FROM orders WHERE client_order_id = ?1")
        insertEvent = try database.prepare(
            """
            INSERT INTO order_events (order_id, status, filled_quantity, reason, event_time, wall_time)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6)
            """)
        insertFill = try database.prepare(
            """
            INSERT INTO fills (fill_id, order_id, symbol, side, price, quantity, fee, fee_currency, liquidity, realized_pnl,
                event_time, paid_fee, paid_fee_currency, dust)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)
            """)
        insertFunding = try database.prepare(
            """
            INSERT INTO fundings (funding_id, symbol, amount, event_time, after_fill)
            VALUES (?1, ?2, ?3, ?4, (SELECT coalesce(max(id), 0) FROM fills))
            """)
        insertPosition = try database.prepare(
            """
            INSERT INTO positions (\(StoredPosition.columns), closed_at)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, CASE WHEN ?3 = '0' THEN ?9 END)
            """)
        updatePosition = try database.prepare(
            """
            UPDATE positions SET side = ?2, quantity = ?3, cost = ?4, leverage = ?5, strategy = ?6, proposal_id = ?7,
                opened_at = ?8, updated_at = ?9, realized_pnl = ?10, fees = ?11, entered_quantity = ?12,
                entered_notional = ?13, closed_at = CASE WHEN ?3 = '0' THEN ?9 END
            WHERE symbol = ?1 AND closed_at IS NULL
            """)
        insertTrade = try database.prepare(
            """
            INSERT INTO trades (\(Trade.columns), closing_fill_id)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)
            """)
        let account = """
            (id, starting_balance, net_deposits, realized_pnl, fees, balance, event_time) VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6)
            """
        saveAccount = try database.prepare("INSERT OR REPLACE INTO account \(account)")
        savePaperAccount = try database.prepare("INSERT OR REPLACE INTO paper_account \(account)")
        savePaperOrder = try database.prepare(
            """
            INSERT OR REPLACE INTO paper_orders (client_order_id, number, is_triggered, has_arrived) VALUES (?1, ?2, ?3, ?4)
            """)
        removePaperOrder = try database.prepare("DELETE FROM paper_orders WHERE client_order_id = ?1")
        savePaperPosition = try database.prepare(
            """
            INSERT OR REPLACE INTO paper_positions (symbol, matched_at, side, quantity, cost, leverage, opened_at, updated_at,
                realized_pnl, fees, entered_quantity, entered_notional)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
            """)
        try database.prepare("SELECT client_order_id FROM orders").forEach { (row) throws(StorageError) in
            if let id = ClientOrderID(row.text(0)) { known.insert(id.hashValue) }
        }
    }

    /// Whether the journal may have an order; `false` is certain. O(1), no I/O.
    func mayHave(_ id: ClientOrderID) -> Bool { known.contains(id.hashValue) }

    /// Rows that are committed and will be written: their orders are not new any more.
    func expect(_ rows: [ExecutionRow]) {
        for case .newOrder(let stored) in rows { known.insert(stored.order.id.hashValue) }
    }

    func write(_ rows: [ExecutionRow], at now: WallTime) throws(StorageError) {
        let last = lastRows(of: rows)
        var inserted: ClientOrderID?
        for row in rows {
            switch row {
            case .newOrder(let stored):
                try insert(last[stored.order.id] ?? stored)
                inserted = stored.order.id
                try note(stored, at: now)
            case .order(let stored):
                if stored.order.id != inserted, stored == last[stored.order.id] { try update(stored) }
                try note(stored, at: now)
            case .fill(let fill): try write(fill)
            case .position(let stored): try write(stored)
            case .trade(let trade, let closingFillID):
                var binder = Binder(insertTrade)
                trade.bind(&binder)
                binder.text(closingFillID)
                try insertTrade.run()
            case .funding(let payment):
                var binder = Binder(insertFunding)
                binder.text(payment.id)
                binder.text(payment.symbol.name)
                binder.decimal(payment.amount)
                binder.time(payment.eventTime)
                try insertFunding.run()
            case .account(let account): try write(account, by: saveAccount)
            case .paperAccount(let account): try write(account, by: savePaperAccount)
            case .paperOrder(let order):
                var binder = Binder(savePaperOrder)
                order.bind(&binder)
                try savePaperOrder.run()
            case .paperOrderRemoved(let id): try removePaperOrder.bind(1, id.text).run()
            case .paperPosition(let symbol, let stored, let matchedAt): try write(symbol, stored, matchedAt)
            }
        }
    }

    /// The last state of each order in one commit: the row is written once, with that; every transition has its event.
    private func lastRows(of rows: [ExecutionRow]) -> [ClientOrderID: StoredOrder] {
        var last: [ClientOrderID: StoredOrder] = [:]
        for row in rows {
            switch row {
            case .newOrder(let stored), .order(let stored): last[stored.order.id] = stored
            default: break
            }
        }
        return last
    }

    private func insert(_ stored: StoredOrder) throws(StorageError) {
        var binder = Binder(insertOrder)
        stored.bind(&binder)
        try insertOrder.run()
        openOrders[stored.order.id] = database.lastInsertRowID
        known.insert(stored.order.id.hashValue)
    }

    private func update(_ stored: StoredOrder) throws(StorageError) {
        var binder = Binder(updateOrder)
        binder.text(stored.order.status.rawValue)
        binder.text(stored.order.venueOrderID)
        binder.decimal(stored.order.filledQuantity)
        binder.decimal(stored.order.filledNotional)
        binder.text(stored.order.reason)
        binder.time(stored.order.updatedAt)
        binder.number(stored.attempts)
        binder.flag(stored.isCancelRequested)
        binder.number(try rowID(of: stored.order.id))
        try updateOrder.run()
    }

    /// Appends a transition.
    private func note(_ stored: StoredOrder, at now: WallTime) throws(StorageError) {
        let id = stored.order.id
        var binder = Binder(insertEvent)
        binder.number(try rowID(of: id))
        binder.text(stored.order.status.rawValue)
        binder.decimal(stored.order.filledQuantity)
        binder.text(stored.order.reason)
        binder.time(stored.order.updatedAt)
        binder.time(now)
        try insertEvent.run()
        if stored.order.status.isTerminal { openOrders[id] = nil }
    }

    private func rowID(of id: ClientOrderID) throws(StorageError) -> Int64 {
        if let row = openOrders[id] { return row }
        guard let row = try findOrder.bind(1, id.text).first({ $0.int64(0) }) else {
            throw StorageError(
                code: .failed, description: "\(database.path): order \(id) is changed but was never written")
        }
        return row
    }

    private func write(_ fill: Fill) throws(StorageError) {
        var binder = Binder(insertFill)
        binder.text(fill.id)
        binder.number(try rowID(of: fill.clientOrderID))
        binder.text(fill.symbol.name)
        binder.text(fill.side.rawValue)
        binder.decimal(fill.price)
        binder.decimal(fill.quantity)
        binder.decimal(fill.fee)
        binder.text(fill.feeCurrency)
        binder.text(fill.liquidity.rawValue)
        binder.decimal(fill.realizedPnL)
        binder.time(fill.eventTime)
        binder.decimal(fill.paidFee)
        binder.text(fill.paidFeeCurrency)
        binder.decimal(fill.dust)
        try insertFill.run()
    }

    private func write(_ stored: StoredPosition) throws(StorageError) {
        var binder = Binder(updatePosition)
        stored.bind(&binder)
        try updatePosition.run()
        guard database.changes == 0 else { return }
        binder = Binder(insertPosition)
        stored.bind(&binder)
        try insertPosition.run()
    }

    private func write(_ account: StoredAccount, by statement: Statement) throws(StorageError) {
        var binder = Binder(statement)
        account.bind(&binder)
        try statement.run()
    }

    private func write(_ symbol: Symbol, _ stored: StoredPosition?, _ matchedAt: MarketTime) throws(StorageError) {
        var binder = Binder(savePaperPosition)
        binder.text(symbol.name)
        binder.time(matchedAt)
        let position = stored?.position
        binder.text(position?.side.rawValue)
        binder.decimal(position?.quantity)
        binder.decimal(position?.cost)
        // A missing number is stored as NULL through its text; STRICT turns the digits of a present one back into one.
        binder.text(position.map { String($0.leverage) })
        binder.time(position?.openedAt)
        binder.time(position?.updatedAt)
        binder.decimal(position?.realizedPnL)
        binder.decimal(position?.fees)
        binder.decimal(stored?.enteredQuantity)
        binder.decimal(stored?.enteredNotional)
        try savePaperPosition.run()
    }
}
