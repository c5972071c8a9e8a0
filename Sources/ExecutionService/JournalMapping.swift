import ExecutionCore
import Storage
import TradingModel

extension ExecutionRow {
    /// The row of a journal record.
    init(_ record: JournalRecord) {
        switch record {
        case .newOrder(let order): self = .newOrder(StoredOrder(order))
        case .order(let order): self = .order(StoredOrder(order))
        case .fill(let fill): self = .fill(fill)
        case .position(let position, let enteredQuantity, let enteredNotional):
            self = .position(
                StoredPosition(position: position, enteredQuantity: enteredQuantity, enteredNotional: enteredNotional))
        case .funding(let payment): self = .funding(payment)
        case .trade(let trade, let closingFillID): self = .trade(trade, closingFillID: closingFillID)
        case .account(let account):
            self = .account(
                StoredAccount(
                    startingBalance: account.startingBalance, netDeposits: account.netDeposits,
                    realizedPnL: account.realizedPnL,
                    fees: account.fees, eventTime: account.eventTime))
        }
    }
}

extension StoredOrder {
    init(_ record: OrderRecord) {
        self.init(
            order: record.order, attempts: record.attempts, isCancelRequested: record.isCancelRequested,
            isExternal: record.isExternal)
    }
}

extension JournaledOrder {
    init(_ report: StoredOrderReport) {
        let stored = report.stored
        self.init(
            record: OrderRecord(
                order: stored.order, attempts: stored.attempts, isCancelRequested: stored.isCancelRequested,
                isExternal: stored.isExternal),
            fills: report.fills)
    }
}

extension JournalImage {
    /// Everything the core needs from the file to go on.
    init(_ account: StoredAccount, store: ExecutionStore) throws(StorageError) {
        self.init(startingBalance: account.startingBalance)
        netDeposits = account.netDeposits
        realizedPnL = account.realizedPnL
        fees = account.fees
        lastEventTime = account.eventTime
        holdings = try store.openPositions().map(\.holding)
        fundings = try store.fundings(limit: 1_000)
        trades = try store.trades(limit: 200)
        openOrders = try store.openOrders().map { JournaledOrder($0) }
    }
}
