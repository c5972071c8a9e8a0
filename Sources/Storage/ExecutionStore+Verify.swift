import Portfolio
import TradingModel

/// What ``ExecutionStore/verify()`` found.
public struct BooksCheck: Hashable, Sendable {
    public var orders = 0
    public var fills = 0
    public var trades = 0
    /// The first difference in one sentence; `nil` where the books are right.
    public var difference: String?
}

extension ExecutionStore {
    /// Recomputes everything from the fills alone — what each order filled, every realized result, positions, trades and
    /// cash — and compares it with what is stored, to the last digit. O(fills).
    ///
    /// It reads one moment of the file, also while the service goes on writing.
    public func verify() throws(StorageError) -> BooksCheck {
        try database.execute("BEGIN")
        // Nothing was written, so that ending the read cannot fail in a way that matters.
        defer { try? database.execute("COMMIT") }
        var check = BooksCheck()
        guard let account = try account() else {
            check.difference = try count("fills") == 0 ? nil : "there are fills but no account"
            return check
        }
        check.orders = try count("orders")
        check.difference = try firstOrderDifference()
        guard check.difference == nil else { return check }
        let books = try recompute(from: account, &check)
        guard check.difference == nil else { return check }
        check.difference = try difference(of: books, account)
        return check
    }

    private func count(_ table: String) throws(StorageError) -> Int {
        try database.prepare("SELECT count(*) FROM \(table)").first { $0.int(0) } ?? 0
    }

    /// What each order says it has filled against the sum of its fills.
    private func firstOrderDifference() throws(StorageError) -> String? {
        var sums: [Int64: (Quantity, Money)] = [:]
        try database.prepare("SELECT order_id, quantity, price FROM fills ORDER BY id").forEach {
            (row) throws(StorageError) in
            let (quantity, price): (Quantity, Price) = (try row.decimal(1), try row.decimal(2))
            let sum = sums[row.int64(0)] ?? (.zero, .zero)
            sums[row.int64(0)] = (sum.0 + quantity, sum.1 + .notional(price, quantity))
        }
        var difference: String?
        try database.prepare("SELECT id, client_order_id, filled_quantity, filled_notional FROM orders ORDER BY id")
            .forEach {
                (row) throws(StorageError) in
                guard difference == nil else { return }
                let stored: (Quantity, Money) = (try row.decimal(2), try row.decimal(3))
                let sum = sums[row.int64(0)] ?? (.zero, .zero)
                guard stored != sum else { return }
                difference =
                    "order \(row.text(1)) says it filled \(stored.0) for \(stored.1), its fills add up to \(sum.0) for \(sum.1)"
            }
        return difference
    }

    /// Books every fill anew, oldest first, and compares what each realized and which trades they completed.
    private func recompute(from account: StoredAccount, _ check: inout BooksCheck) throws(StorageError) -> Ledger {
        var ledger = Ledger(startingBalance: account.startingBalance)
        var trades: [String: Trade] = [:]
        try database.prepare("SELECT \(Trade.columns), closing_fill_id FROM trades").forEach {
            (row) throws(StorageError) in
            var columns = Columns(row)
            let trade = try Trade(&columns)
            trades[columns.text()] = trade
        }
        check.trades = trades.count
        var difference: String?
        var fills = 0
        // Payments of funding by the fill after which they came.
        var fundings: [Int64: [FundingPayment]] = [:]
        try database.prepare("SELECT funding_id, symbol, amount, event_time, after_fill FROM fundings ORDER BY id")
            .forEach {
                (row) throws(StorageError) in
                var columns = Columns(row)
                var payment = FundingPayment()
                payment.id = columns.text()
                payment.symbol = try columns.symbol()
                payment.amount = try columns.decimal()
                payment.eventTime = columns.time()
                fundings[row.int64(4), default: []].append(payment)
            }
        try database.prepare(
            "SELECT \(Fill.columns), f.id FROM fills AS f JOIN orders AS o ON o.id = f.order_id ORDER BY f.id"
        ).forEach { (row) throws(StorageError) in
            guard difference == nil else { return }
            var columns = Columns(row)
            let fill = try Fill(&columns)
            fills += 1
            let outcome = ledger.apply(fill)
            if outcome.realizedPnL != fill.realizedPnL {
                difference =
                    "fill \(fill.id) says it realized \(fill.realizedPnL), recomputed it is \(outcome.realizedPnL)"
            } else if outcome.trade != trades.removeValue(forKey: fill.id) {
                difference = "the trade that fill \(fill.id) completed is not the one that is stored"
            }
            for payment in fundings.removeValue(forKey: Int64(columns.number())) ?? [] where difference == nil {
                _ = ledger.charge(payment.amount, to: payment.symbol, at: payment.eventTime)
            }
        }
        check.fills = fills
        if difference == nil, let left = trades.keys.min() {
            difference = "a trade names fill \(left), which completes none"
        }
        check.difference = difference
        if !account.netDeposits.isZero { ledger.deposit(account.netDeposits) }
        return ledger
    }

    private func difference(of books: Ledger, _ account: StoredAccount) throws(StorageError) -> String? {
        let pairs = [("realized", account.realizedPnL, books.realizedPnL), ("fees", account.fees, books.fees)]
        for (name, stored, recomputed) in pairs where stored != recomputed {
            return "the account says \(name) \(stored), recomputed from the fills it is \(recomputed)"
        }
        let balance = try database.prepare("SELECT balance FROM account").first { (row) throws(StorageError) -> Money in
            try row.decimal(0)
        }
        if let balance, balance != books.balance {
            return "the account says balance \(balance), recomputed from the fills it is \(books.balance)"
        }
        let stored = try openPositions().map(\.holding)
        if let sentence = Self.difference("the position", of: stored, from: books) { return sentence }
        return try paperDifference(from: books)
    }

    /// The paper venue's own books against the same fills.
    private func paperDifference(from books: Ledger) throws(StorageError) -> String? {
        guard let paper = try paperBooks() else { return nil }
        guard paper.account.balance == books.balance else {
            return
                "the paper venue says balance \(paper.account.balance), recomputed from the fills it is \(books.balance)"
        }
        let open = Set(try openOrders().map(\.stored.order.id))
        for order in paper.orders where !open.contains(order.id) {
            return "order \(order.id) is open at the paper venue and over in the journal"
        }
        let theirs = Dictionary(uniqueKeysWithValues: paper.positions.map { ($0.position.symbol, $0.position) })
        for symbol in Set(theirs.keys).union(books.holdings.keys).sorted() {
            let (a, b) = (theirs[symbol], books.position(symbol))
            guard a?.side != b?.side || a?.quantity != b?.quantity || a?.cost != b?.cost else { continue }
            return
                "the paper venue says \(Self.words(a)) of \(symbol), recomputed from the fills it is \(Self.words(b))"
        }
        return nil
    }

    private static func difference(_ what: String, of stored: [Holding], from books: Ledger) -> String? {
        let theirs = Dictionary(uniqueKeysWithValues: stored.map { ($0.position.symbol, $0) })
        for symbol in Set(theirs.keys).union(books.holdings.keys).sorted()
        where theirs[symbol] != books.holdings[symbol] {
            let (a, b) = (theirs[symbol]?.position, books.position(symbol))
            guard words(a) == words(b) else {
                return "\(what) of \(symbol) is stored as \(words(a)), recomputed from the fills it is \(words(b))"
            }
            return "\(what) of \(symbol) is stored with other times, fees or origin than its fills have"
        }
        return nil
    }

    private static func words(_ position: Position?) -> String {
        position.map { "\($0.side.rawValue) \($0.quantity) for \($0.cost)" } ?? "nothing"
    }
}
