import Foundation
import Portfolio
import Testing
import TradingModel

@testable import Storage

@Suite("execution.sqlite")
struct ExecutionStoreTests {
    private func open(
        _ directory: TemporaryDirectory, _ access: SQLiteDatabase.Access = .readWrite(owner: "test")
    ) throws(StorageError) -> ExecutionStore {
        try ExecutionStore(path: directory.file("execution.sqlite"), access: access)
    }

    /// Changes the file behind the store's back.
    private func tamper(_ directory: TemporaryDirectory, _ sql: String) throws {
        let database = try SQLiteDatabase(
            path: directory.file("execution.sqlite"), migrations: ExecutionStore.migrations,
            access: .readWrite(owner: "hand"))
        try database.execute(sql)
        database.shut()
    }

    @Test("An order with every field comes back as it was", arguments: OrderStatus.allCases)
    func roundTrip(status: OrderStatus) throws {
        let directory = TemporaryDirectory()
        let store = try open(directory)
        let part = status == .filled || status == .partiallyFilled || status == .canceled || status == .expired
        var stored = order("a", .sell, "3", status: status, filled: part ? "1.5" : "0")
        stored.order.request.type = .stopLimit
        stored.order.request.limitPrice = price("99.5")
        stored.order.request.stopPrice = price("100.25")
        stored.order.request.timeInForce = .immediateOrCancel
        stored.order.request.isReduceOnly = true
        stored.order.request.isPostOnly = true
        stored.attempts = 4
        stored.isCancelRequested = true
        stored.isExternal = true
        try store.commit([.newOrder(stored)], at: wall(1))
        var fills: [Fill] = []
        if part {
            fills = [fill("f1", of: stored, "1", at: "100"), fill("f2", of: stored, "0.5", at: "100", fee: "-0.01")]
            fills[1].liquidity = .maker
            fills[1].realizedPnL = money("-1.234567890123456789012345")
            try store.commit(fills.map { .fill($0) }, at: wall(2))
        }
        let report = try #require(try store.order(id("a")))
        #expect(report.stored == stored)
        #expect(report.fills == fills)
        #expect(try store.openOrders().map(\.stored) == (status.isTerminal ? [] : [stored]))
        #expect(try store.orders(limit: 5) == [stored])
        #expect(try store.order(id("b")) == nil)
        store.shut()
        #expect(try open(directory, .readOnly).order(id("a"))?.stored == stored)
    }

    @Test("A commit writes the order's last state once and every transition on the way")
    func transitions() throws {
        let directory = TemporaryDirectory()
        let store = try open(directory)
        let (submitted, accepted) = (order("a", status: .submitted), order("a"))
        try store.commit([.newOrder(submitted), .order(accepted)], at: wall(1))
        try store.commit([.order(order("a", status: .partiallyFilled, filled: "0.5"))], at: wall(2))
        #expect(try store.order(id("a"))?.stored.order.status == .partiallyFilled)
        store.shut()
        let database = try SQLiteDatabase(
            path: directory.file("execution.sqlite"), migrations: ExecutionStore.migrations, access: .readOnly)
        let events = try database.prepare("SELECT status, filled_quantity, wall_time FROM order_events ORDER BY id").all
        {
            "\($0.text(0)) \($0.text(1)) \($0.int64(2) - wall(0).micros)"
        }
        #expect(events == ["submitted 0 1000000", "accepted 0 1000000", "partially_filled 0.5 2000000"])
    }

    @Test(
        "Constraints stand in SQL: ids are unique, facts only grow, what contradicts itself is refused, and nothing of such a commit stays"
    )
    func constraints() throws {
        let directory = TemporaryDirectory()
        let store = try open(directory)
        let first = order("a", status: .filled, filled: "1")
        try store.commit([.newOrder(first), .fill(fill("f", of: first, "1", at: "100"))], at: wall(1))
        func refused(_ rows: [ExecutionRow]) -> Bool {
            do throws(StorageError) {
                try store.commit(rows, at: wall(2))
                return false
            } catch {
                return error.code == .constraint
            }
        }
        #expect(refused([.newOrder(order("b")), .newOrder(order("a"))]))
        #expect(try store.order(id("b")) == nil)
        #expect(refused([.fill(fill("f", of: first, "1", at: "100"))]))
        #expect(refused([.newOrder(order("c", status: .rejected, filled: "1"))]))
        #expect(refused([.newOrder(order("d", status: .filled, filled: "0"))]))
        #expect(refused([.fill(fill("g", of: first, "0", at: "100"))]))
        store.shut()
        for sql in [
            "DELETE FROM orders", "DELETE FROM fills", "UPDATE fills SET price = '1'", "DELETE FROM order_events",
            "UPDATE order_events SET status = 'x'",
        ] {
            #expect(throws: StorageError.self) { try tamper(directory, sql) }
        }
        #expect(throws: StorageError.self) { try tamper(directory, "UPDATE orders SET status = 'lost'") }
        #expect(throws: StorageError.self) {
            try tamper(directory, "UPDATE orders SET quantity = 1.5, filled_quantity = NULL")
        }
    }

    @Test("A change of an order that was never written is an error, not a row")
    func unknownOrder() throws {
        let directory = TemporaryDirectory()
        let store = try open(directory)
        #expect(throws: StorageError.self) { try store.commit([.order(order("a"))], at: wall(1)) }
    }

    @Test("Positions, trades, account and the paper venue's books come back, also after a restart")
    func books() throws {
        let directory = TemporaryDirectory()
        let keeper = try Bookkeeper(open(directory))
        try keeper.tradeAWhile()
        try keeper.store.commit(
            [
                .newOrder(order("open")),
                .paperOrder(StoredPaperOrder(id: id("open"), number: 7, isTriggered: true, hasArrived: false)),
                .newOrder(order("gone")),
                .paperOrder(StoredPaperOrder(id: id("gone"), number: 8, isTriggered: false, hasArrived: true)),
                .paperOrderRemoved(id("gone")),
            ], at: wall(9))
        keeper.store.shut()
        let store = try open(directory, .readOnly)
        #expect(Set(try store.openPositions().map(\.holding)) == Set(keeper.ledger.holdings.values))
        #expect(try store.closedPositions(limit: 10).map(\.position.realizedPnL).count == 2)
        #expect(try store.trades().map(\.id) == ["proposal-a", "proposal-e"])
        #expect(try store.trades(limit: 1).map(\.id) == ["proposal-e"])
        #expect(try store.fills(limit: 2).map(\.id) == ["g-1", "f-1"])
        #expect(try store.account()?.balance == keeper.ledger.balance)
        #expect(try store.orderCounts() == [.filled: 7, .accepted: 2])
        let paper = try #require(try store.paperBooks())
        #expect(paper.account.balance == keeper.ledger.balance)
        #expect(paper.orders.map(\.id) == [id("open")])
        #expect(paper.orders.map(\.isTriggered) == [true])
        #expect(paper.matchedAt == [btc: market(7), eth: market(8)])
        #expect(paper.positions.map(\.position.quantity) == [quantity("2"), quantity("0.5")])
    }

    @Test("Books that are right are found right, beside a writer too")
    func verified() throws {
        let directory = TemporaryDirectory()
        let keeper = try Bookkeeper(open(directory))
        #expect(try keeper.store.verify().difference == nil)
        try keeper.tradeAWhile()
        let check = try open(directory, .readOnly).verify()
        #expect(check == BooksCheck(orders: 7, fills: 7, trades: 2, difference: nil))
    }

    private static let differences: [(sql: String, sentence: String)] = [
        (
            "UPDATE positions SET quantity = '2.5' WHERE closed_at IS NULL AND symbol = 'BTC/USDT'",
            "the position of BTC/USDT is stored as long 2.5 for 196"
        ),
        (
            "UPDATE positions SET fees = '0' WHERE closed_at IS NULL AND symbol = 'BTC/USDT'",
            "other times, fees or origin"
        ),
        ("UPDATE account SET realized_pnl = '0'", "the account says realized 0, recomputed from the fills it is"),
        (
            "UPDATE account SET fees = '0.000000000000000000000001'",
            "the account says fees 0.000000000000000000000001, recomputed"
        ),
        ("UPDATE account SET balance = '10000'", "the account says balance 10000, recomputed"),
        (
            "UPDATE orders SET filled_quantity = '0.9' WHERE client_order_id = 'a'",
            "order a says it filled 0.9 for 100, its fills add up to 1 for 100"
        ),
        ("UPDATE paper_account SET realized_pnl = '0'", "the paper venue says balance"),
        (
            "UPDATE paper_positions SET quantity = '9' WHERE symbol = 'ETH/USDT'",
            "the paper venue says long 9 for 25.505 of ETH/USDT"
        ),
        (
            "DROP TRIGGER fills_grow; UPDATE fills SET realized_pnl = '1' WHERE fill_id = 'c-1'",
            "fill c-1 says it realized 1, recomputed it is"
        ),
        ("DROP TRIGGER fills_grow; UPDATE fills SET price = '104.99' WHERE fill_id = 'c-1'", "order c says it filled"),
        (
            "DROP TRIGGER trades_stay; DELETE FROM trades WHERE trade_id = 'proposal-a'",
            "the trade that fill d-1 completed is not the one that is stored"
        ),
        (
            "DROP TRIGGER trades_grow; UPDATE trades SET net_pnl = '5' WHERE trade_id = 'proposal-e'",
            "the trade that fill f-1 completed is not the one"
        ),
        (
            "DROP TRIGGER fills_stay; PRAGMA foreign_keys=OFF; DELETE FROM fills WHERE fill_id = 'g-1'",
            "order g says it filled 0.5"
        ),
    ]

    @Test("A planted difference is found and named", arguments: 0..<differences.count)
    func planted(index: Int) throws {
        let directory = TemporaryDirectory()
        let keeper = try Bookkeeper(open(directory))
        try keeper.tradeAWhile()
        keeper.store.shut()
        try tamper(directory, Self.differences[index].sql)
        let difference = try open(directory, .readOnly).verify().difference
        #expect(difference?.contains(Self.differences[index].sentence) == true, "\(difference ?? "nothing was found")")
    }

    @Test("The write-ahead log is moved into the file when asked, not by a commit")
    func checkpoint() throws {
        let directory = TemporaryDirectory()
        let store = try open(directory)
        func size(_ suffix: String) throws -> Int {
            let attributes = try FileManager.default.attributesOfItem(
                atPath: directory.file("execution.sqlite") + suffix)
            return (attributes[.size] as? Int) ?? -1
        }
        for index in 0..<1_500 { try store.commit([.newOrder(order("o\(index)", status: .denied))], at: wall(1)) }
        let before = try size("")
        #expect(try size("-wal") > 4_000_000)
        store.checkpoint()
        #expect(try size("") > before + 200_000)
        #expect(store.uncheckpointedCommits == 0)
        // The log starts again from its beginning, so that it does not grow for ever.
        let log = try size("-wal")
        for index in 0..<100 { try store.commit([.newOrder(order("p\(index)", status: .denied))], at: wall(1)) }
        #expect(try size("-wal") == log)
    }

    @Test("A full disk refuses the commit whole; what was there before stays and can be read")
    func fullDisk() throws {
        let directory = TemporaryDirectory()
        let keeper = try Bookkeeper(open(directory))
        try keeper.tradeAWhile()
        keeper.store.shut()
        let store = try open(directory)
        try store.limitPages(to: 60)
        var error: StorageError?
        var written = 0
        while error == nil {
            do throws(StorageError) {
                let rows = (0..<10).map { ExecutionRow.newOrder(order("n\(written)-\($0)", status: .denied)) }
                try store.commit(rows, at: wall(10))
                written += 1
            } catch let failure {
                error = failure
            }
        }
        #expect(error?.code == .diskFull)
        store.shut()
        let reader = try open(directory, .readOnly)
        #expect(try reader.orderCounts()[.denied] == written * 10)
        #expect(try reader.verify().difference == nil)
    }
}
