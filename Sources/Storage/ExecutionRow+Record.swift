import TradingModel

// What becomes of an order request, as one record of the redo log: every other kind of row goes straight to its table.

extension ExecutionRow {
    /// `nil` where one of the rows is of a kind that does not wait.
    static func record(of rows: [ExecutionRow], at now: WallTime) -> [UInt8]? {
        var binder = Binder()
        binder.time(now)
        for row in rows {
            switch row {
            case .newOrder(let stored):
                binder.text("newOrder")
                stored.bind(&binder)
            case .order(let stored):
                binder.text("order")
                stored.bind(&binder)
            case .paperOrder(let order):
                binder.text("paperOrder")
                order.bind(&binder)
            case .fill, .position, .trade, .account, .funding, .paperOrderRemoved, .paperAccount, .paperPosition:
                return nil
            }
        }
        return binder.record
    }

    static func rows(of record: [UInt8]) throws(StorageError) -> (rows: [ExecutionRow], at: WallTime) {
        var columns = Columns(try RecordValue.all(in: record))
        let now: WallTime = columns.time()
        var rows: [ExecutionRow] = []
        while !columns.isAtEnd {
            let kind = columns.text()
            switch kind {
            case "newOrder": rows.append(.newOrder(try StoredOrder(&columns)))
            case "order": rows.append(.order(try StoredOrder(&columns)))
            case "paperOrder": rows.append(.paperOrder(try StoredPaperOrder(&columns)))
            default:
                throw StorageError(
                    code: .corrupt, description: "execution.sqlite.redo has an entry of the unknown kind \"\(kind)\"")
            }
        }
        return (rows, now)
    }
}

extension StoredPaperOrder {
    func bind(_ binder: inout Binder) {
        binder.text(id.text)
        binder.number(number)
        binder.flag(isTriggered)
        binder.flag(hasArrived)
    }

    init(_ columns: inout Columns) throws(StorageError) {
        let id = try columns.orderID()
        let number = columns.number()
        let isTriggered = columns.flag()
        self.init(id: id, number: number, isTriggered: isTriggered, hasArrived: columns.flag())
    }
}
