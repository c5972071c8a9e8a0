import Foundation
import Storage
import Testing
import TradingModel

@Suite("SQLite: one writer a file, and faults in one sentence")
struct SQLiteDatabaseTests {
    private static let migrations = ["CREATE TABLE t (id INTEGER PRIMARY KEY, word TEXT NOT NULL UNIQUE) STRICT"]

    private func failure(_ body: () throws(StorageError) -> Void) -> StorageError? {
        do throws(StorageError) {
            try body()
            return nil
        } catch {
            return error
        }
    }

    private func open(
        _ path: String, _ migrations: [String] = Self.migrations, owner: String = "execution"
    ) throws(StorageError) -> SQLiteDatabase {
        try SQLiteDatabase(path: path, migrations: migrations, access: .readWrite(owner: owner))
    }

    @Test("Migrations run once each, in order, and what was there stays")
    func migrations() throws {
        let directory = TemporaryDirectory()
        let first = try open(directory.file("a.sqlite"))
        try first.execute("INSERT INTO t (word) VALUES ('kept')")
        first.shut()
        let more = Self.migrations + ["ALTER TABLE t ADD COLUMN size INTEGER NOT NULL DEFAULT 7"]
        for _ in 0..<2 {
            let again = try open(directory.file("a.sqlite"), more)
            #expect(try again.prepare("SELECT word, size FROM t").all { "\($0.text(0)) \($0.int(1))" } == ["kept 7"])
            again.shut()
        }
    }

    @Test("A migration that fails leaves the schema where it was")
    func failedMigration() throws {
        let directory = TemporaryDirectory()
        try open(directory.file("a.sqlite")).shut()
        let broken = Self.migrations + ["CREATE TABLE u (id INTEGER); CREATE NONSENSE"]
        #expect(
            failure { () throws(StorageError) in try open(directory.file("a.sqlite"), broken).shut() }?.code == .failed)
        let again = try open(directory.file("a.sqlite"))
        #expect(try again.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all { $0.text(0) } == ["t"])
    }

    @Test("A file of a newer schema is refused and not touched")
    func newerSchema() throws {
        let directory = TemporaryDirectory()
        let path = directory.file("a.sqlite")
        try open(path, Self.migrations + ["CREATE TABLE u (id INTEGER)"]).shut()
        let before = try Data(contentsOf: URL(fileURLWithPath: path))
        let error = try #require(failure { () throws(StorageError) in try open(path).shut() })
        #expect(error.code == .newerSchema)
        #expect(
            error.description
                == "\(path) has schema 2, this program knows 1: use the newer program; the file was not touched")
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before)
    }

    @Test("A second writer is refused with the name and the pid of the first; a reader is not")
    func secondWriter() throws {
        let directory = TemporaryDirectory()
        let path = directory.file("a.sqlite")
        let first = try open(path)
        try first.execute("INSERT INTO t (word) VALUES ('x')")
        let error = try #require(failure { () throws(StorageError) in try open(path, owner: "other").shut() })
        #expect(error.code == .alreadyOpen)
        #expect(error.description.contains("already written by execution, pid \(getpid())"))
        let reader = try SQLiteDatabase(path: path, migrations: Self.migrations, access: .readOnly)
        #expect(try reader.prepare("SELECT word FROM t").all { $0.text(0) } == ["x"])
        first.shut()
        try open(path, owner: "other").shut()
    }

    @Test("A file that is no database, or is damaged, is refused and left as it is")
    func corrupt() throws {
        let directory = TemporaryDirectory()
        let noise = directory.file("noise.sqlite")
        try Data((0..<8_192).map { UInt8(truncatingIfNeeded: $0 &* 31) }).write(to: URL(fileURLWithPath: noise))
        let before = try Data(contentsOf: URL(fileURLWithPath: noise))
        let first = try #require(failure { () throws(StorageError) in try open(noise).shut() })
        #expect(first.code == .corrupt)
        #expect(first.description.contains("restore it from a backup"))
        #expect(try Data(contentsOf: URL(fileURLWithPath: noise)) == before)

        let path = directory.file("a.sqlite")
        let database = try open(path)
        for word in 0..<2_000 { try database.prepare("INSERT INTO t (word) VALUES (?1)").bind(1, "word \(word)").run() }
        database.shut()
        var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        #expect(bytes.count > 40_000)
        for index in 9_000..<30_000 { bytes[index] = 0xA5 }
        try bytes.write(to: URL(fileURLWithPath: path))
        let second = try #require(failure { () throws(StorageError) in try open(path).shut() })
        #expect(second.code == .corrupt)
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == bytes)
    }

    @Test("A full disk is said in one sentence, and what was committed before is there")
    func fullDisk() throws {
        let directory = TemporaryDirectory()
        let path = directory.file("a.sqlite")
        let database = try open(path)
        try database.execute("PRAGMA max_page_count=12")
        let insert = try database.prepare("INSERT INTO t (word) VALUES (?1)")
        var written = 0
        var error: StorageError?
        while error == nil {
            error = failure { () throws(StorageError) in
                try database.transaction { () throws(StorageError) in
                    try insert.bind(1, String(repeating: "x", count: 500) + "\(written)").run()
                }
            }
            if error == nil { written += 1 }
        }
        #expect(error?.code == .diskFull)
        #expect(error?.description == "the disk of \(path) is full: free space, then restart; nothing was lost")
        #expect(written > 10)
        database.shut()
        let again = try open(path)
        #expect(try again.prepare("SELECT count(*) FROM t").first { $0.int(0) } == written)
    }

    @Test("A transaction that throws leaves nothing; the next one works; an inner one is part of the outer")
    func transactions() throws {
        let directory = TemporaryDirectory()
        let database = try open(directory.file("a.sqlite"))
        let insert = try database.prepare("INSERT INTO t (word) VALUES (?1)")
        let error = failure { () throws(StorageError) in
            try database.transaction { () throws(StorageError) in
                try insert.bind(1, "a").run()
                try database.transaction { () throws(StorageError) in try insert.bind(1, "b").run() }
                try insert.bind(1, "a").run()
            }
        }
        #expect(error?.code == .constraint)
        #expect(try database.prepare("SELECT count(*) FROM t").first { $0.int(0) } == 0)
        try database.transaction { () throws(StorageError) in try insert.bind(1, "c").run() }
        #expect(try database.prepare("SELECT word FROM t").all { $0.text(0) } == ["c"])
    }

    @Test("Exact decimals, times, absent values and empty texts come back as they were")
    func values() throws {
        let directory = TemporaryDirectory()
        let database = try open(
            directory.file("a.sqlite"), ["CREATE TABLE v (a TEXT, b TEXT, c INTEGER, d TEXT, e BLOB)"])
        let largest = Money(raw: Money.largestWhole * Money.scale)
        try database.prepare("INSERT INTO v VALUES (?1, ?2, ?3, ?4, ?5)").bind(1, decimal: largest).bind(
            2, decimal: Price?.none
        )
        .bind(3, market(5)).bind(4, "").bind(5, [1, 2, 3]).run()
        let row = try database.prepare("SELECT * FROM v").first { (row) throws(StorageError) in
            let amount: Money = try row.decimal(0)
            let price: Price? = try row.decimalOrNil(1)
            return
                "\(amount) \(price.map(\.description) ?? "nil") \(row.time(2, as: MarketTime.self).micros) \(row.isNull(3)) \(row.blob(4))"
        }
        #expect(row == "\(largest) nil \(market(5).micros) false [1, 2, 3]")
        try database.execute("UPDATE v SET a = '12abc'")
        let error = failure { () throws(StorageError) in
            _ = try database.prepare("SELECT a FROM v").first { (row) throws(StorageError) -> Money in
                try row.decimal(0)
            }
        }
        #expect(error?.code == .corrupt)
        #expect(error?.description.contains("\"12abc\" is not a Money") == true)
    }

    @Test("A directory that is not there is said, not made")
    func missingDirectory() {
        let error = failure { () throws(StorageError) in try open("/nowhere/at/all/a.sqlite").shut() }
        #expect(error?.code == .cannotOpen)
    }
}
