import TradingModel

// The columns of each noun stand here once for reading and once for writing, in the same order.

extension OrderRequest {
    func bind(_ binder: inout Binder) {
        binder.text(clientOrderID.text)
        binder.text(proposalID)
        binder.text(strategy)
        binder.text(symbol.name)
        binder.text(side.rawValue)
        binder.text(type.rawValue)
        binder.decimal(quantity)
        binder.decimal(limitPrice)
        binder.decimal(stopPrice)
        binder.text(timeInForce.rawValue)
        binder.flag(isReduceOnly)
        binder.flag(isPostOnly)
        binder.number(leverage)
        binder.text(purpose.rawValue)
        binder.text(exitReason?.rawValue)
        binder.decimal(referencePrice)
        binder.time(decidedAt)
    }

    init(stored columns: inout Columns) throws(StorageError) {
        self.init()
        clientOrderID = try columns.orderID()
        proposalID = columns.text()
        strategy = columns.text()
        symbol = try columns.symbol()
        side = try columns.value()
        type = try columns.value()
        quantity = try columns.decimal()
        limitPrice = try columns.decimalOrNil()
        stopPrice = try columns.decimalOrNil()
        timeInForce = try columns.value()
        isReduceOnly = columns.flag()
        isPostOnly = columns.flag()
        leverage = columns.number()
        purpose = try columns.value()
        exitReason = try columns.valueOrNil()
        referencePrice = try columns.decimal()
        decidedAt = columns.time()
    }
}

extension StoredOrder {
    static let columns = """
        client_order_id, proposal_id, strategy, symbol, side, type, quantity, limit_price, stop_price, time_in_force,
        is_reduce_only, is_post_only, leverage, purpose, exit_reason, reference_price, decided_at, status, venue_order_id,
        filled_quantity, filled_notional, reason, created_at, updated_at, attempts, is_cancel_requested, is_external
        """
    static let columnCount: Int32 = 27

    func bind(_ binder: inout Binder) {
        order.request.bind(&binder)
        binder.text(order.status.rawValue)
        binder.text(order.venueOrderID)
        binder.decimal(order.filledQuantity)
        binder.decimal(order.filledNotional)
        binder.text(order.reason)
        binder.time(order.createdAt)
        binder.time(order.updatedAt)
        binder.number(attempts)
        binder.flag(isCancelRequested)
        binder.flag(isExternal)
    }

    init(_ columns: inout Columns) throws(StorageError) {
        var order = Order()
        order.request = try OrderRequest(stored: &columns)
        order.status = try columns.value()
        order.venueOrderID = columns.textOrNil()
        order.filledQuantity = try columns.decimal()
        order.filledNotional = try columns.decimal()
        order.reason = columns.textOrNil()
        order.createdAt = columns.time()
        order.updatedAt = columns.time()
        self.init(
            order: order, attempts: columns.number(), isCancelRequested: columns.flag(), isExternal: columns.flag())
    }
}

extension Fill {
    /// Of `fills AS f JOIN orders AS o ON o.id = f.order_id`.
    static let columns = """
        f.fill_id, o.client_order_id, f.symbol, f.side, f.price, f.quantity, f.fee, f.fee_currency, f.liquidity,
        f.realized_pnl, f.event_time, o.purpose, o.exit_reason, o.strategy, o.proposal_id, o.leverage, f.paid_fee,
        f.paid_fee_currency, f.dust
        """

    init(_ columns: inout Columns) throws(StorageError) {
        self.init()
        id = columns.text()
        clientOrderID = try columns.orderID()
        symbol = try columns.symbol()
        side = try columns.value()
        price = try columns.decimal()
        quantity = try columns.decimal()
        fee = try columns.decimal()
        feeCurrency = columns.text()
        liquidity = try columns.value()
        realizedPnL = try columns.decimal()
        eventTime = columns.time()
        purpose = try columns.value()
        exitReason = try columns.valueOrNil()
        strategy = columns.text()
        proposalID = columns.text()
        leverage = columns.number()
        paidFee = try columns.decimalOrNil()
        paidFeeCurrency = columns.textOrNil()
        dust = try columns.decimalOrNil()
    }
}

extension StoredPosition {
    static let columns = """
        symbol, side, quantity, cost, leverage, strategy, proposal_id, opened_at, updated_at, realized_pnl, fees,
        entered_quantity, entered_notional
        """

    init(_ columns: inout Columns) throws(StorageError) {
        var position = Position()
        position.symbol = try columns.symbol()
        position.side = try columns.value()
        position.quantity = try columns.decimal()
        position.cost = try columns.decimal()
        position.leverage = columns.number()
        position.strategy = columns.text()
        position.proposalID = columns.text()
        position.openedAt = columns.time()
        position.updatedAt = columns.time()
        position.realizedPnL = try columns.decimal()
        position.fees = try columns.decimal()
        self.init(position: position, enteredQuantity: try columns.decimal(), enteredNotional: try columns.decimal())
    }

    func bind(_ binder: inout Binder) {
        binder.text(position.symbol.name)
        binder.text(position.side.rawValue)
        binder.decimal(position.quantity)
        binder.decimal(position.cost)
        binder.number(position.leverage)
        binder.text(position.strategy)
        binder.text(position.proposalID)
        binder.time(position.openedAt)
        binder.time(position.updatedAt)
        binder.decimal(position.realizedPnL)
        binder.decimal(position.fees)
        binder.decimal(enteredQuantity)
        binder.decimal(enteredNotional)
    }
}

extension Trade {
    static let columns = """
        trade_id, symbol, side, strategy, leverage, quantity, entry_price, exit_price, entry_time, exit_time, gross_pnl,
        fees, net_pnl, return_on_margin, exit_reason
        """

    init(_ columns: inout Columns) throws(StorageError) {
        self.init()
        id = columns.text()
        symbol = try columns.symbol()
        side = try columns.value()
        strategy = columns.text()
        leverage = columns.number()
        quantity = try columns.decimal()
        entryPrice = try columns.decimal()
        exitPrice = try columns.decimal()
        entryTime = columns.time()
        exitTime = columns.time()
        grossPnL = try columns.decimal()
        fees = try columns.decimal()
        netPnL = try columns.decimal()
        returnOnMargin = try columns.decimal()
        exitReason = try columns.value()
    }

    func bind(_ binder: inout Binder) {
        binder.text(id)
        binder.text(symbol.name)
        binder.text(side.rawValue)
        binder.text(strategy)
        binder.number(leverage)
        binder.decimal(quantity)
        binder.decimal(entryPrice)
        binder.decimal(exitPrice)
        binder.time(entryTime)
        binder.time(exitTime)
        binder.decimal(grossPnL)
        binder.decimal(fees)
        binder.decimal(netPnL)
        binder.decimal(returnOnMargin)
        binder.text(exitReason.rawValue)
    }
}

extension StoredAccount {
    static let columns = "starting_balance, net_deposits, realized_pnl, fees, event_time"

    init(_ columns: inout Columns) throws(StorageError) {
        self.init(
            startingBalance: try columns.decimal(), netDeposits: try columns.decimal(),
            realizedPnL: try columns.decimal(),
            fees: try columns.decimal(), eventTime: columns.time())
    }

    func bind(_ binder: inout Binder) {
        binder.decimal(startingBalance)
        binder.decimal(netDeposits)
        binder.decimal(realizedPnL)
        binder.decimal(fees)
        binder.decimal(balance)
        binder.time(eventTime)
    }
}
