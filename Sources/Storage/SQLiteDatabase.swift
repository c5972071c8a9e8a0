import CSQLite
import Glibc

/// Why a database cannot be used or refused a statement.
public struct StorageError: Error, Sendable, CustomStringConvertible {
    public enum Code: String, Sendable {
        case cannotOpen, alreadyOpen, newerSchema, corrupt, diskFull, constraint, failed

        /// How a process ends that cannot go on for it, in the numbers of sysexits.h: a file that starting again does not
        /// mend, one that somebody else has, a defect of ours, or a disk that does not do what it should.
        public var exitStatus: Int32 {
            switch self {
            case .newerSchema, .corrupt: 65 // EX_DATAERR
            case .alreadyOpen: 75 // EX_TEMPFAIL
            case .constraint: 70 // EX_SOFTWARE
            case .cannotOpen, .diskFull, .failed: 74 // EX_IOERR
            }
        }
    }
    public let code: Code
    /// One sentence that names the file, the fault and what to do.
    public let description: String
    /// SQLite's extended result code; 0 where SQLite was not asked.
    public let sqliteCode: Int32

    public init(code: Code, description: String, sqliteCode: Int32 = 0) {
        self.code = code
        self.description = description
        self.sqliteCode = sqliteCode
    }
}

/// One connection to one SQLite file: WAL, append-only migrations, one writer a file.
///
/// Not Sendable: it belongs to the actor that opened it. libsqlite3 is spoken to directly because a commit lies on the
/// path of every order (`docs/decisions/0002-sqlite-directly.md`).
public final class SQLiteDatabase {
    public enum Access: Sendable {
        /// The single writer; `owner` names the service in the refusal that a second one gets.
        case readWrite(owner: String)
        case readOnly
    }

    /// What a commit survives.
    public enum Durability: String, Sendable {
        /// Any crash of the process, not a power cut. WAL with `synchronous=NORMAL`.
        case process = "NORMAL"
        /// A power cut too, as far as the disk keeps its word. WAL with `synchronous=FULL`.
        case power = "FULL"
    }

    public let path: String
    let handle: OpaquePointer
    private var lockDescriptor: Int32 = -1
    private var begin: Statement?
    private var commit: Statement?
    private var rollback: Statement?
    private var isInTransaction = false
    /// Transactions that only the write-ahead log holds, and how many there were at the last ``tidy()``.
    private var unmoved = 0
    private var unmovedBefore = 0

    /// Opens the file, takes the writer's lock, checks it and brings its schema up to `migrations.count`.
    ///
    /// `migrations` are append-only: entry i takes the schema from version i to i + 1, in one transaction each. Refused
    /// with one sentence and nothing touched: a second writer (with the pid of the first), a corrupt file, a newer schema.
    public init(
        path: String, migrations: [String], access: Access, durability: Durability = .process
    ) throws(StorageError) {
        self.path = path
        var lock: Int32 = -1
        if case .readWrite(let owner) = access { lock = try Self.takeLock(path: path, owner: owner) }
        var opened: OpaquePointer?
        let flags: Int32
        switch access {
        case .readWrite: flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX
        case .readOnly: flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX
        }
        let code = sqlite3_open_v2(path, &opened, flags, nil)
        guard code == SQLITE_OK, let opened else {
            let reason = opened.map { String(cString: sqlite3_errmsg($0)) } ?? "out of memory"
            sqlite3_close_v2(opened)
            if lock >= 0 { close(lock) }
            throw StorageError(
                code: .cannotOpen,
                description: "\(path) cannot be opened (\(reason)): check that it exists and is readable",
                sqliteCode: code)
        }
        handle = opened
        lockDescriptor = lock
        sqlite3_extended_result_codes(opened, 1)
        sqlite3_busy_timeout(opened, 2_000)
        do throws(StorageError) {
            try prepareSchema(migrations: migrations, access: access, durability: durability)
        } catch {
            shut()
            throw error
        }
    }

    deinit { shut() }

    /// Closes the connection and releases the writer's lock; later calls do nothing.
    public func shut() {
        begin = nil
        commit = nil
        rollback = nil
        guard !isClosed else { return }
        isClosed = true
        sqlite3_close_v2(handle)
        if lockDescriptor >= 0 { close(lockDescriptor) }
        lockDescriptor = -1
    }
    private var isClosed = false

    /// Runs statements that return nothing, separated by semicolons.
    public func execute(_ sql: String) throws(StorageError) {
        let code = sqlite3_exec(handle, sql, nil, nil, nil)
        guard code == SQLITE_OK else { throw failure(code, doing: sql) }
    }

    /// Compiles a statement to be kept and run many times.
    public func prepare(_ sql: String) throws(StorageError) -> Statement {
        var statement: OpaquePointer?
        let code = sqlite3_prepare_v3(handle, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &statement, nil)
        guard code == SQLITE_OK, let statement else { throw failure(code, doing: sql) }
        return Statement(handle: statement, database: self, sql: sql)
    }

    /// Runs `body` in one transaction: committed when it returns, rolled back when it throws. Nested calls join the outer one.
    public func transaction<R>(_ body: () throws(StorageError) -> R) throws(StorageError) -> R {
        if isInTransaction { return try body() }
        if begin == nil {
            begin = try prepare("BEGIN IMMEDIATE")
            commit = try prepare("COMMIT")
            rollback = try prepare("ROLLBACK")
        }
        try begin?.run()
        isInTransaction = true
        defer { isInTransaction = false }
        do throws(StorageError) {
            let result = try body()
            try commit?.run()
            unmoved += 1
            return result
        } catch {
            // A failed COMMIT may already have rolled back; a second refusal here says nothing new.
            if sqlite3_get_autocommit(handle) == 0 { try? rollback?.run() }
            throw error
        }
    }

    /// Moves what the write-ahead log holds into the file, without waiting for readers. For idle moments.
    public func checkpoint() {
        unmoved = 0
        sqlite3_wal_checkpoint_v2(handle, nil, SQLITE_CHECKPOINT_PASSIVE, nil, nil)
    }

    /// A checkpoint where nothing was committed since the last call, or much: for a timer, so that no commit has to pay
    /// for one, and the log stays short and is written over instead of growing, which is three times as dear.
    public func tidy() {
        defer { unmovedBefore = unmoved }
        guard unmoved > 0, unmoved == unmovedBefore || unmoved > 1_000 else { return }
        checkpoint()
    }

    /// The rowid of the last insert.
    public var lastInsertRowID: Int64 { sqlite3_last_insert_rowid(handle) }
    /// Rows changed by the last statement.
    public var changes: Int { Int(sqlite3_changes(handle)) }

    func failure(_ code: Int32, doing sql: String) -> StorageError {
        let message = String(cString: sqlite3_errmsg(handle))
        let what = sql.prefix(60).replacing("\n", with: " ")
        switch code & 0xff {
        case SQLITE_FULL:
            return StorageError(
                code: .diskFull, description: "the disk of \(path) is full: free space, then restart; nothing was lost",
                sqliteCode: code)
        case SQLITE_CORRUPT, SQLITE_NOTADB:
            return StorageError(
                code: .corrupt,
                description: "\(path) is damaged (\(message)): restore it from a backup; the file was left as it is",
                sqliteCode: code)
        case SQLITE_CONSTRAINT:
            return StorageError(
                code: .constraint, description: "\(path) refused a row (\(message)) in: \(what)", sqliteCode: code)
        default:
            return StorageError(code: .failed, description: "\(path): \(message) in: \(what)", sqliteCode: code)
        }
    }
}

extension SQLiteDatabase {
    private static func takeLock(path: String, owner: String) throws(StorageError) -> Int32 {
        let lockPath = path + ".lock"
        let descriptor = open(lockPath, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw StorageError(
                code: .cannotOpen,
                description:
                    "\(lockPath) cannot be created (\(String(cString: strerror(errno)))): check the data directory and its rights"
            )
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            var buffer = [UInt8](repeating: 0, count: 64)
            let count = pread(descriptor, &buffer, buffer.count, 0)
            let holder = count > 0 ? String(decoding: buffer.prefix(count), as: UTF8.self) : "an unknown process"
            close(descriptor)
            throw StorageError(
                code: .alreadyOpen,
                description: "\(path) is already written by \(holder): stop that process before starting another")
        }
        let text = Array("\(owner), pid \(getpid())".utf8)
        ftruncate(descriptor, 0)
        _ = text.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, 0) }
        return descriptor
    }

    private func prepareSchema(migrations: [String], access: Access, durability: Durability) throws(StorageError) {
        let version = try userVersion()
        guard version <= migrations.count else {
            throw StorageError(
                code: .newerSchema,
                description:
                    "\(path) has schema \(version), this program knows \(migrations.count): use the newer program; the file was not touched"
            )
        }
        guard case .readWrite = access else {
            guard version == migrations.count else {
                throw StorageError(
                    code: .cannotOpen,
                    description:
                        "\(path) has schema \(version), not \(migrations.count): start its service once to bring it up to date"
                )
            }
            return
        }
        try execute(
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=\(durability.rawValue); PRAGMA foreign_keys=ON; PRAGMA temp_store=MEMORY"
        )
        // The pages are checked, not every row against the schema's CHECKs: those held when each row was written, and with
        // a long journal judging them again is three quarters of a start. `quartet db verify` does.
        try execute("PRAGMA ignore_check_constraints=ON")
        let check = try prepare("PRAGMA quick_check(1)").first { $0.text(0) } ?? "no answer"
        try execute("PRAGMA ignore_check_constraints=OFF")
        guard check == "ok" else {
            throw StorageError(
                code: .corrupt,
                description: "\(path) is damaged (\(check)): restore it from a backup; the file was left as it is")
        }
        for index in version..<migrations.count {
            try transaction { () throws(StorageError) in
                try execute(migrations[index])
                try execute("PRAGMA user_version=\(index + 1)")
            }
        }
    }

    private func userVersion() throws(StorageError) -> Int {
        try prepare("PRAGMA user_version").first { Int($0.int64(0)) } ?? 0
    }
}
