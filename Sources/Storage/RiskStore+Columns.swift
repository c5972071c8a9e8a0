import TradingModel

// The columns of each noun stand here once for reading and once for writing, in the same order.

extension Verdict {
    static let columns = """
        proposal_id, decision_id, strategy, symbol, action, is_approved, denial_reason, denial_figures, client_order_id,
        quantity, notional, leverage, size, stop_loss, take_profit, order_status, decided_at
        """

    func bind(_ binder: inout Binder) {
        binder.text(proposalID)
        binder.text(decisionID)
        binder.text(strategy)
        binder.text(symbol.name)
        binder.text(action.rawValue)
        binder.flag(isApproved)
        binder.text(denial?.reason.rawValue)
        binder.text(denial?.figures.map { "\($0.name)=\($0.value)" }.joined(separator: "\n"))
        binder.text(clientOrderID?.text)
        binder.decimal(quantity)
        binder.decimal(notional)
        binder.number(leverage)
        binder.decimal(size)
        binder.decimal(stopLoss)
        binder.decimal(takeProfit)
        binder.text(orderStatus?.rawValue)
        binder.time(decidedAt)
    }

    init(stored columns: inout Columns) throws(StorageError) {
        self.init()
        proposalID = columns.text()
        decisionID = columns.text()
        strategy = columns.text()
        symbol = try columns.symbol()
        action = try columns.value()
        isApproved = columns.flag()
        let reason: DenialReason? = try columns.valueOrNil()
        let figures = columns.textOrNil() ?? ""
        if let reason {
            denial = Denial(
                reason,
                figures.split(separator: "\n").map { line in
                    Figure(String(line.prefix { $0 != "=" }), String(line.drop { $0 != "=" }.dropFirst()))
                })
        }
        if let text = columns.textOrNil() { clientOrderID = ClientOrderID(text) }
        quantity = try columns.decimal()
        notional = try columns.decimal()
        leverage = columns.number()
        size = try columns.decimal()
        stopLoss = try columns.decimalOrNil()
        takeProfit = try columns.decimalOrNil()
        orderStatus = try columns.valueOrNil()
        decidedAt = columns.time()
    }
}

extension ExitPlan {
    static let columns = """
        id, symbol, side, strategy, leverage, status, entry_order_id, entry_price, quantity, stop_loss, take_profit,
        time_to_live, invalidation, created_at, first_fill_at, best, resting_stop, exit_reason, exit_order_id, updated_at
        """

    func bind(_ binder: inout Binder) {
        binder.text(id)
        binder.text(symbol.name)
        binder.text(side.rawValue)
        binder.text(strategy)
        binder.number(leverage)
        binder.text(status.rawValue)
        binder.text(entryOrderID.text)
        binder.decimal(entryPrice)
        binder.decimal(quantity)
        binder.decimal(stopLoss)
        binder.decimal(takeProfit)
        binder.number(timeToLive.micros)
        binder.text(invalidation)
        binder.time(createdAt)
        binder.time(firstFillAt)
        binder.decimal(best)
        binder.decimal(restingStop)
        binder.text(exitReason?.rawValue)
        binder.text(exitOrderID?.text)
        binder.time(updatedAt)
    }

    init(stored columns: inout Columns) throws(StorageError) {
        self.init()
        id = columns.text()
        symbol = try columns.symbol()
        side = try columns.value()
        strategy = columns.text()
        leverage = columns.number()
        status = try columns.value()
        entryOrderID = ClientOrderID(columns.text()) ?? .none
        entryPrice = try columns.decimal()
        quantity = try columns.decimal()
        stopLoss = try columns.decimal()
        takeProfit = try columns.decimal()
        timeToLive = Span(micros: Int64(columns.number()))
        invalidation = columns.text()
        createdAt = columns.time()
        firstFillAt = columns.timeOrNil()
        best = try columns.decimal()
        restingStop = try columns.decimal()
        exitReason = try columns.valueOrNil()
        exitOrderID = columns.textOrNil().flatMap { ClientOrderID($0) }
        updatedAt = columns.time()
    }
}

extension StoredIntent {
    static let columns = """
        client_order_id, proposal_id, strategy, symbol, side, type, quantity, limit_price, stop_price, time_in_force,
        is_reduce_only, is_post_only, leverage, purpose, exit_reason, reference_price, decided_at, plan_id, attempt,
        expires_at, status, filled_quantity, is_settled
        """

    func bind(_ binder: inout Binder) {
        request.bind(&binder)
        binder.text(planID)
        binder.number(attempt)
        binder.time(expiresAt)
        binder.text(status?.rawValue)
        binder.decimal(filledQuantity)
        binder.flag(isSettled)
    }

    init(_ columns: inout Columns) throws(StorageError) {
        let request = try OrderRequest(stored: &columns)
        let planID = columns.text()
        let attempt = columns.number()
        let expiresAt: WallTime = columns.time()
        let status: OrderStatus? = try columns.valueOrNil()
        let filled: Quantity = try columns.decimal()
        self.init(
            request: request, planID: planID, attempt: attempt, expiresAt: expiresAt, status: status,
            filledQuantity: filled,
            isSettled: columns.flag())
    }
}
