import CSQLite
public import TradingModel

/// A compiled statement. Parameters are numbered from 1, columns from 0.
public final class Statement {
    private let handle: OpaquePointer
    // Keeps the connection alive; sqlite3_close_v2 tolerates the other order anyway.
    private let database: SQLiteDatabase
    private let sql: String

    init(handle: OpaquePointer, database: SQLiteDatabase, sql: String) {
        self.handle = handle
        self.database = database
        self.sql = sql
    }

    deinit { sqlite3_finalize(handle) }

    @discardableResult public func bind(_ index: Int32, _ value: Int64) -> Statement {
        sqlite3_bind_int64(handle, index, value)
        return self
    }

    @discardableResult public func bind(_ index: Int32, _ value: Int) -> Statement { bind(index, Int64(value)) }
    @discardableResult public func bind(_ index: Int32, _ value: Bool) -> Statement { bind(index, value ? 1 : 0) }
    @discardableResult public func bind(_ index: Int32, _ value: Double) -> Statement {
        sqlite3_bind_double(handle, index, value)
        return self
    }

    /// NULL where there is no number.
    @discardableResult public func bind(_ index: Int32, number value: Double?) -> Statement {
        guard let value else { return bind(index, String?.none) }
        return bind(index, value)
    }

    @discardableResult public func bind(_ index: Int32, _ value: String) -> Statement {
        var value = value
        value.withUTF8 { utf8 in
            // An empty Swift string may have no address, which SQLite would take for NULL.
            if let base = utf8.baseAddress {
                base.withMemoryRebound(to: CChar.self, capacity: utf8.count) {
                    _ = sqlite3_bind_text(handle, index, $0, Int32(utf8.count), quartet_sqlite_transient())
                }
            } else {
                _ = sqlite3_bind_text(handle, index, "", 0, quartet_sqlite_transient())
            }
        }
        return self
    }

    @discardableResult public func bind(_ index: Int32, _ value: String?) -> Statement {
        guard let value else {
            sqlite3_bind_null(handle, index)
            return self
        }
        return bind(index, value)
    }

    @discardableResult public func bind(_ index: Int32, _ value: [UInt8]) -> Statement {
        value.withUnsafeBytes {
            _ = sqlite3_bind_blob64(handle, index, $0.baseAddress, UInt64($0.count), quartet_sqlite_transient())
        }
        return self
    }

    /// An exact decimal as its shortest text.
    @discardableResult public func bind<T: FixedPoint>(_ index: Int32, decimal value: T) -> Statement {
        withUnsafeTemporaryAllocation(byteCount: 64, alignment: 1) { buffer in
            let start = T.write(value.raw, endingAt: 64, into: buffer)
            guard let base = buffer.baseAddress else { return }
            sqlite3_bind_text(
                handle, index, base.advanced(by: start).assumingMemoryBound(to: CChar.self), Int32(64 - start),
                quartet_sqlite_transient())
        }
        return self
    }

    @discardableResult public func bind<T: FixedPoint>(_ index: Int32, decimal value: T?) -> Statement {
        guard let value else { return bind(index, String?.none) }
        return bind(index, decimal: value)
    }

    @discardableResult public func bind<T: Instant>(_ index: Int32, _ value: T) -> Statement {
        bind(index, value.micros)
    }
    @discardableResult public func bind<T: Instant>(_ index: Int32, _ value: T?) -> Statement {
        guard let value else { return bind(index, String?.none) }
        return bind(index, value.micros)
    }

    /// Runs to the end, ignoring rows, and is ready for the next bindings.
    public func run() throws(StorageError) {
        var code = sqlite3_step(handle)
        while code == SQLITE_ROW { code = sqlite3_step(handle) }
        try finish(code)
    }

    /// Calls `body` for each row in turn.
    public func forEach(_ body: (Row) throws(StorageError) -> Void) throws(StorageError) {
        var code = sqlite3_step(handle)
        do throws(StorageError) {
            while code == SQLITE_ROW {
                try body(Row(handle: handle, sql: sql))
                code = sqlite3_step(handle)
            }
        } catch {
            sqlite3_reset(handle)
            throw error
        }
        try finish(code)
    }

    /// All rows, turned into values.
    public func all<R>(_ body: (Row) throws(StorageError) -> R) throws(StorageError) -> [R] {
        var values: [R] = []
        try forEach { (row) throws(StorageError) in values.append(try body(row)) }
        return values
    }

    /// The first row turned into a value, or `nil` where there is none.
    public func first<R>(_ body: (Row) throws(StorageError) -> R) throws(StorageError) -> R? {
        let code = sqlite3_step(handle)
        guard code == SQLITE_ROW else {
            try finish(code)
            return nil
        }
        defer { sqlite3_reset(handle) }
        return try body(Row(handle: handle, sql: sql))
    }

    private func finish(_ code: Int32) throws(StorageError) {
        guard code == SQLITE_DONE else {
            let error = database.failure(code, doing: sql)
            sqlite3_reset(handle)
            throw error
        }
        sqlite3_reset(handle)
    }
}

/// One row of a result; valid during the call that hands it over.
public struct Row {
    let handle: OpaquePointer
    let sql: String

    public func int64(_ column: Int32) -> Int64 { sqlite3_column_int64(handle, column) }
    public func int(_ column: Int32) -> Int { Int(int64(column)) }
    public func bool(_ column: Int32) -> Bool { int64(column) != 0 }
    public func double(_ column: Int32) -> Double { sqlite3_column_double(handle, column) }
    public func isNull(_ column: Int32) -> Bool { sqlite3_column_type(handle, column) == SQLITE_NULL }

    public func text(_ column: Int32) -> String {
        guard let bytes = sqlite3_column_text(handle, column) else { return "" }
        let count = Int(sqlite3_column_bytes(handle, column))
        return String(decoding: UnsafeBufferPointer(start: bytes, count: count), as: UTF8.self)
    }

    public func textOrNil(_ column: Int32) -> String? { isNull(column) ? nil : text(column) }

    public func blob(_ column: Int32) -> [UInt8] {
        guard let bytes = sqlite3_column_blob(handle, column) else { return [] }
        return Array(UnsafeRawBufferPointer(start: bytes, count: Int(sqlite3_column_bytes(handle, column))))
    }

    public func time<T: Instant>(_ column: Int32, as type: T.Type = T.self) -> T { T(micros: int64(column)) }
    public func timeOrNil<T: Instant>(_ column: Int32, as type: T.Type = T.self) -> T? {
        isNull(column) ? nil : T(micros: int64(column))
    }

    /// An exact decimal; a text that is none means a damaged file.
    public func decimal<T: FixedPoint>(_ column: Int32, as type: T.Type = T.self) throws(StorageError) -> T {
        let text = text(column)
        do throws(DecimalError) {
            return try T.parse(text)
        } catch {
            throw StorageError(
                code: .corrupt,
                description: "a stored value is damaged: \(error) (column \(column) of: \(sql.prefix(60)))")
        }
    }

    public func decimalOrNil<T: FixedPoint>(_ column: Int32, as type: T.Type = T.self) throws(StorageError) -> T? {
        isNull(column) ? nil : try decimal(column, as: type)
    }

    /// A value of a closed set stored as its raw text; anything else means a damaged file or a newer program.
    public func value<T: RawRepresentable>(_ column: Int32, as type: T.Type = T.self) throws(StorageError) -> T
    where T.RawValue == String {
        guard let value = T(rawValue: text(column)) else {
            throw StorageError(
                code: .corrupt,
                description: "a stored value is damaged: \"\(text(column))\" is no \(T.self) (in: \(sql.prefix(60)))")
        }
        return value
    }
}
