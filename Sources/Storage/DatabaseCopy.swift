import CSQLite
import Glibc

/// Copies of databases that are being written.
public enum DatabaseCopy {
    /// Copies one moment of a database to a file that is not there yet, page by page, beside its writer.
    ///
    /// The whole copy is one read of SQLite's write-ahead log, so that what it holds was true at one moment, and the writer
    /// does not wait. Source: https://www.sqlite.org/backup.html
    /// - Returns: The version of its schema.
    public static func copy(_ source: String, to target: String) throws(StorageError) -> Int {
        let from = try open(source, SQLITE_OPEN_READONLY)
        defer { sqlite3_close_v2(from) }
        let to = try open(target, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_EXCLUSIVE)
        defer { sqlite3_close_v2(to) }
        guard let backup = sqlite3_backup_init(to, "main", from, "main") else {
            throw failure(sqlite3_errcode(to), source, sqlite3_errmsg(to))
        }
        var code = SQLITE_OK
        // A moment in which the writer makes the file's log anew is over soon.
        for _ in 0..<200 {
            code = sqlite3_backup_step(backup, -1)
            guard code == SQLITE_BUSY || code == SQLITE_LOCKED else { break }
            usleep(25_000)
        }
        let end = sqlite3_backup_finish(backup)
        guard code == SQLITE_DONE, end == SQLITE_OK else { throw failure(code, source, sqlite3_errmsg(to)) }
        // One file instead of three: the copy is read by people who have only it.
        guard sqlite3_exec(to, "PRAGMA journal_mode=DELETE", nil, nil, nil) == SQLITE_OK else {
            throw failure(sqlite3_errcode(to), target, sqlite3_errmsg(to))
        }
        return try version(of: to, target)
    }

    /// Proves a copy whole, page by page and row by row, and tells the version of its schema.
    public static func check(_ path: String) throws(StorageError) -> Int {
        let database = try open(path, SQLITE_OPEN_READONLY)
        defer { sqlite3_close_v2(database) }
        let found = try text(database, "PRAGMA integrity_check(1)", path)
        guard found == "ok" else {
            throw StorageError(code: .corrupt, description: "\(path) is damaged (\(found)); it was left as it is")
        }
        return try version(of: database, path)
    }

    private static func version(of database: OpaquePointer, _ path: String) throws(StorageError) -> Int {
        Int(try text(database, "PRAGMA user_version", path)) ?? 0
    }

    private static func text(_ database: OpaquePointer, _ sql: String, _ path: String) throws(StorageError) -> String {
        var statement: OpaquePointer?
        let code = sqlite3_prepare_v2(database, sql, -1, &statement, nil)
        guard code == SQLITE_OK, let statement else { throw failure(code, path, sqlite3_errmsg(database)) }
        defer { sqlite3_finalize(statement) }
        let step = sqlite3_step(statement)
        guard step == SQLITE_ROW, let bytes = sqlite3_column_text(statement, 0) else {
            throw failure(step, path, sqlite3_errmsg(database))
        }
        return String(cString: bytes)
    }

    private static func open(_ path: String, _ flags: Int32) throws(StorageError) -> OpaquePointer {
        var database: OpaquePointer?
        let code = sqlite3_open_v2(path, &database, flags | SQLITE_OPEN_NOMUTEX, nil)
        guard code == SQLITE_OK, let database else {
            let words = database.flatMap { sqlite3_errmsg($0) }
            defer { sqlite3_close_v2(database) }
            throw failure(code, path, words)
        }
        sqlite3_busy_timeout(database, 5_000)
        return database
    }

    private static func failure(_ code: Int32, _ path: String, _ words: UnsafePointer<CChar>?) -> StorageError {
        let reason = words.map { String(cString: $0) } ?? "out of memory"
        switch code & 0xff {
        case SQLITE_CORRUPT, SQLITE_NOTADB:
            return StorageError(code: .corrupt, description: "\(path) is damaged (\(reason))", sqliteCode: code)
        case SQLITE_FULL:
            return StorageError(
                code: .diskFull, description: "the disk is full: make room and copy \(path) again", sqliteCode: code)
        default:
            return StorageError(
                code: .failed, description: "\(path) cannot be copied or read (\(reason))", sqliteCode: code)
        }
    }
}
