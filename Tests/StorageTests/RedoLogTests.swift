import Foundation
import Testing
import TradingModel

@testable import Storage

/// What was committed in one short write is there after any death of the process, in order, once, and only in its own
/// database.
@Suite("Redo log")
struct RedoLogTests {
    private func database(_ directory: TemporaryDirectory, _ name: String = "a.sqlite") throws -> SQLiteDatabase {
        try SQLiteDatabase(
            path: directory.file(name), migrations: [RedoLog.schema], access: .readWrite(owner: "test"))
    }

    private func record(_ number: Int, bytes: Int = 300) -> [UInt8] {
        (0..<bytes).map { UInt8(truncatingIfNeeded: number &* 31 &+ $0) }
    }

    /// The records that a process finds that opens the pair now.
    private func found(_ directory: TemporaryDirectory) throws -> [[UInt8]] {
        let database = try database(directory)
        defer { database.shut() }
        return try RedoLog(database, .process).unfolded()
    }

    @Test(
        "What was appended and not folded comes back in order", arguments: [SQLiteDatabase.Durability.process, .power])
    func survives(durability: SQLiteDatabase.Durability) throws {
        let directory = TemporaryDirectory()
        let database = try database(directory)
        let log = try RedoLog(database, durability)
        #expect(try log.unfolded().isEmpty)
        let records = (0..<40).map { record($0, bytes: 1 + $0 * 13) }
        for record in records { try log.append(record) }
        database.shut()
        #expect(try found(directory) == records)
    }

    @Test("What was folded does not come again, however the new records lie over the old ones")
    func foldedOnce() throws {
        let directory = TemporaryDirectory()
        let first = try database(directory)
        let log = try RedoLog(first, .process)
        for number in 0..<5 { try log.append(record(number, bytes: 100)) }
        try first.transaction { () throws(StorageError) in try log.markFolded() }
        // The same length as the first of the old ones, so that the second old one lies right behind it.
        try log.append(record(9, bytes: 100))
        first.shut()
        #expect(try found(directory) == [record(9, bytes: 100)])
    }

    @Test("After a fold and nothing more there is nothing to do, and numbers go on")
    func nothingLeft() throws {
        let directory = TemporaryDirectory()
        let first = try database(directory)
        let log = try RedoLog(first, .process)
        for number in 0..<3 { try log.append(record(number)) }
        try first.transaction { () throws(StorageError) in try log.markFolded() }
        first.shut()
        #expect(try found(directory).isEmpty)
        let second = try database(directory)
        let again = try RedoLog(second, .process)
        #expect(try again.unfolded().isEmpty)
        #expect(again.last == 3)
        try again.append(record(7))
        second.shut()
        #expect(try found(directory) == [record(7)])
    }

    @Test("A record that is torn anywhere ends the reading, and those before it are whole")
    func torn() throws {
        for offset in stride(from: 0, to: 324, by: 17) {
            let directory = TemporaryDirectory()
            let database = try database(directory)
            let log = try RedoLog(database, .process)
            for number in 0..<3 { try log.append(record(number)) }
            database.shut()
            let path = directory.file("a.sqlite.redo")
            var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
            bytes[2 * 324 + offset] ^= 0x40
            try bytes.write(to: URL(fileURLWithPath: path))
            #expect(try found(directory) == [record(0), record(1)], "torn at byte \(offset)")
        }
    }

    @Test("The log of a database that was removed is not folded into its successor")
    func anotherDatabase() throws {
        let directory = TemporaryDirectory()
        let first = try database(directory)
        try RedoLog(first, .process).append(record(1))
        first.shut()
        for name in ["a.sqlite", "a.sqlite-wal", "a.sqlite-shm"] {
            try? FileManager.default.removeItem(atPath: directory.file(name))
        }
        #expect(try found(directory).isEmpty)
    }

    @Test("A log that cannot be written is refused with a sentence that names it")
    func unwritable() throws {
        let directory = TemporaryDirectory()
        let database = try database(directory)
        try FileManager.default.createDirectory(
            atPath: directory.file("a.sqlite.redo"), withIntermediateDirectories: false)
        let error = #expect(throws: StorageError.self) { try RedoLog(database, .process) }
        #expect(error?.description.contains("a.sqlite.redo cannot be opened") == true)
        #expect(error?.code.exitStatus == 74)
    }

    @Test("An order that was journalled is found at once, and in its tables after the process has died")
    func executionRecovers() throws {
        let directory = TemporaryDirectory()
        let path = directory.file("execution.sqlite")
        var store: ExecutionStore? = try ExecutionStore(path: path, access: .readWrite(owner: "test"))
        let submitted = order("a", status: .submitted)
        let accepted = order("a", status: .accepted)
        let paper = StoredPaperOrder(id: id("a"), number: 7, isTriggered: false, hasArrived: true)
        #expect(try store?.journal([.newOrder(submitted), .order(accepted), .paperOrder(paper)], at: wall(1)) == true)
        #expect(store?.mustFold == true)
        let reader = try ExecutionStore(path: path, access: .readOnly)
        #expect(try reader.orders(limit: 5).isEmpty)
        // Nothing is shut: this process dies.
        store?.shut()
        store = nil
        let next = try ExecutionStore(path: path, access: .readWrite(owner: "test"))
        #expect(try next.orders(limit: 5) == [accepted])
        #expect(try next.openOrders().map(\.stored) == [accepted])
        #expect(next.mustFold == false)
        #expect(try next.verify().orders == 0)
        // A second start finds nothing left to do.
        next.shut()
        #expect(try ExecutionStore(path: path, access: .readWrite(owner: "test")).orders(limit: 5) == [accepted])
    }

    @Test("Asking for a journalled order folds first, so that no id is ever taken for a new one")
    func askedAtOnce() throws {
        let directory = TemporaryDirectory()
        let store = try ExecutionStore(path: directory.file("execution.sqlite"), access: .readWrite(owner: "test"))
        let denied = order("a", status: .denied)
        #expect(try store.journal([.newOrder(denied)], at: wall(1)))
        #expect(try store.order(id("a"))?.stored == denied)
        #expect(try store.order(id("b")) == nil)
    }

    @Test("A fill is nothing that waits: the caller commits it")
    func fillsDoNotWait() throws {
        let directory = TemporaryDirectory()
        let store = try ExecutionStore(path: directory.file("execution.sqlite"), access: .readWrite(owner: "test"))
        let filled = order("a", status: .filled, filled: "1")
        #expect(try !store.journal([.newOrder(filled), .fill(fill("f", of: filled, "1", at: "100"))], at: wall(1)))
        #expect(store.mustFold == false)
        try store.commit([.newOrder(filled), .fill(fill("f", of: filled, "1", at: "100"))], at: wall(1))
        #expect(try store.order(id("a"))?.fills.count == 1)
    }

    @Test("Every record of risk that may wait comes back to the last digit after the process has died")
    func riskRecovers() throws {
        let directory = TemporaryDirectory()
        let path = directory.file("risk.sqlite")
        var verdict = Verdict()
        verdict.proposalID = "p1"
        verdict.symbol = btc
        verdict.isApproved = true
        verdict.clientOrderID = id("o1")
        verdict.quantity = quantity("0.123456789012")
        verdict.decidedAt = market(3)
        var plan = ExitPlan()
        plan.id = "p1"
        plan.symbol = btc
        plan.strategy = "momentum"
        plan.leverage = 3
        plan.entryOrderID = id("o1")
        plan.entryPrice = price("100.5")
        plan.timeToLive = .hours(36)
        let intent = StoredIntent(
            request: order("o1").order.request, planID: "p1", attempt: 0, expiresAt: wall(9), status: nil,
            filledQuantity: .zero, isSettled: false)
        let day = StoredDay(day: 5, startEquity: money("10000.000000000000000000000001"), trades: 2, reachedLoss: .zero)
        let store = try RiskStore(path: path)
        try store.journal([.day(day), .verdict(verdict), .plan(plan), .order(intent)])
        store.shut()
        let next = try RiskStore(path: path)
        #expect(try next.day() == day)
        #expect(try next.verdicts(5) == [verdict])
        #expect(try next.plans(spent: 5) == [plan])
        #expect(try next.intents() == [intent])
        #expect(!next.mustFold)
    }

    @Test("A second open plan of a symbol is refused before anything is written")
    func oneOpenPlan() throws {
        let directory = TemporaryDirectory()
        let store = try RiskStore(path: directory.file("risk.sqlite"))
        var plan = ExitPlan()
        plan.symbol = btc
        plan.leverage = 1
        plan.id = "p1"
        try store.journal([.plan(plan)])
        plan.id = "p2"
        for _ in 0..<2 {
            let error = #expect(throws: StorageError.self) { try store.journal([.plan(plan)]) }
            #expect(error?.code == .constraint)
            try store.fold()
        }
        plan.symbol = eth
        try store.journal([.plan(plan)])
        try store.fold()
        #expect(try store.plans(spent: 0).map(\.id) == ["p1", "p2"])
    }
}
