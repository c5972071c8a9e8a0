import Glibc

/// Records that are committed before they are in their tables: one write to a file that is written over and over.
///
/// A transaction of a few rows costs a dozen pages of tables and indices, which is most of what an order costs. What must
/// be on disk before an order may go on is therefore appended here, with one `pwrite`, and *folded* into the database in
/// a transaction a few milliseconds later, which also stores the number of the last record it holds. Whoever opens the
/// pair after a crash folds first, so that nothing that was committed is missing and nothing comes twice.
///
/// A record is its length, its number and a hash in 24 bytes, then its payload. Numbers have no holes. The file begins
/// anew after each fold: what follows the newest record is old, has a smaller number, and ends the reading, as does a
/// record that a power cut has torn. It belongs to whoever holds the lock of the database beside it.
final class RedoLog {
    static let headerBytes = 24
    /// Allocated and written once, so that a later write finds its pages: three times as fast as growing the file.
    static let initialBytes = 256 << 10
    /// A fold is due at the latest when so much waits.
    static let mostBytes = 192 << 10

    let path: String
    /// The number of the last record.
    private(set) var last: Int64
    /// Bytes that wait to be folded.
    private(set) var used = 0
    private let descriptor: Int32
    private let isSynced: Bool
    /// Of this database and no other: the log of a file that was removed is not folded into its successor.
    private let salt: Int64
    private let saveFolded: Statement
    private var buffer: [UInt8] = []

    /// The table that a database with a redo log has.
    static let schema = """
        CREATE TABLE redo (id INTEGER PRIMARY KEY CHECK (id = 1), folded INTEGER NOT NULL, salt INTEGER NOT NULL) STRICT;
        INSERT INTO redo (id, folded, salt) VALUES (1, 0, random());
        """

    /// Opens the log beside a database, or makes it. With `.power` an append waits until the disk has it.
    init(_ database: SQLiteDatabase, _ durability: SQLiteDatabase.Durability) throws(StorageError) {
        path = database.path + ".redo"
        isSynced = durability == .power
        let state = try database.prepare("SELECT folded, salt FROM redo").first { ($0.int64(0), $0.int64(1)) }
        guard let state else {
            throw StorageError(
                code: .corrupt,
                description: "\(database.path) is damaged (its table redo is empty): restore it from a backup")
        }
        (last, salt) = state
        saveFolded = try database.prepare("UPDATE redo SET folded = ?1")
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Self.failure("opened", path) }
        let size = lseek(descriptor, 0, SEEK_END)
        guard size >= 0, size < Self.initialBytes else { return }
        let zeros = [UInt8](repeating: 0, count: Self.initialBytes - Int(size))
        do throws(StorageError) {
            try write(zeros, at: Int(size))
            guard fdatasync(descriptor) == 0 else { throw Self.failure("written", path) }
        } catch {
            close(descriptor)
            throw error
        }
    }

    deinit { close(descriptor) }

    /// Commits one record: on return it survives what the log was opened to survive.
    func append(_ payload: [UInt8]) throws(StorageError) {
        buffer.removeAll(keepingCapacity: true)
        Self.add(UInt64(payload.count), to: &buffer)
        Self.add(UInt64(bitPattern: last + 1), to: &buffer)
        Self.add(hash(payload, number: last + 1), to: &buffer)
        buffer += payload
        try write(buffer, at: used)
        if isSynced, fdatasync(descriptor) != 0 { throw Self.failure("written", path) }
        used += buffer.count
        last += 1
    }

    /// Says, inside the transaction that folds them, that the database holds every record so far. The next one goes to
    /// the front; should the transaction fail after all, the caller appends no more.
    func markFolded() throws(StorageError) {
        try saveFolded.bind(1, last).run()
        used = 0
    }

    /// The records after the one that was folded last, in order; appending goes on behind them.
    func unfolded() throws(StorageError) -> [[UInt8]] {
        let size = Int(lseek(descriptor, 0, SEEK_END))
        var bytes = [UInt8](repeating: 0, count: max(0, size))
        var count = 0
        while count < size {
            let got = bytes.withUnsafeMutableBytes {
                pread(descriptor, $0.baseAddress.map { $0 + count }, size - count, off_t(count))
            }
            guard got > 0 else { throw Self.failure("read", path) }
            count += got
        }
        var records: [[UInt8]] = []
        var offset = 0
        while offset + Self.headerBytes <= size {
            let length = Int(clamping: Self.number(bytes, offset))
            let number = Int64(bitPattern: Self.number(bytes, offset + 8))
            guard number == last + 1, length <= size - offset - Self.headerBytes else { break }
            let payload = Array(bytes[offset + Self.headerBytes..<offset + Self.headerBytes + length])
            guard Self.number(bytes, offset + 16) == hash(payload, number: number) else { break }
            records.append(payload)
            last = number
            offset += Self.headerBytes + length
        }
        used = offset
        return records
    }

    private func write(_ bytes: [UInt8], at offset: Int) throws(StorageError) {
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes {
                pwrite(descriptor, $0.baseAddress.map { $0 + done }, bytes.count - done, off_t(offset + done))
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw Self.failure("written", path) }
            done += count
        }
    }

    private static func failure(_ what: String, _ path: String) -> StorageError {
        let code = errno
        if code == ENOSPC || code == EDQUOT {
            return StorageError(
                code: .diskFull, description: "the disk of \(path) is full: free space, then restart; nothing was lost")
        }
        return StorageError(
            code: .cannotOpen,
            description:
                "\(path) cannot be \(what) (\(String(cString: strerror(code)))): check the data directory, its disk and its rights"
        )
    }

    private static func add(_ value: UInt64, to bytes: inout [UInt8]) {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }

    private static func number(_ bytes: [UInt8], _ offset: Int) -> UInt64 {
        bytes.withUnsafeBytes { UInt64(littleEndian: $0.loadUnaligned(fromByteOffset: offset, as: UInt64.self)) }
    }

    /// Of length (by what it covers), number and bytes: FNV-1a over words of eight bytes, mixed; against torn writes, not against anybody.
    private func hash(_ payload: [UInt8], number: Int64) -> UInt64 {
        var value =
            0xcbf2_9ce4_8422_2325 ^ UInt64(bitPattern: number) ^ UInt64(bitPattern: salt) &* 0x9e37_79b9_7f4a_7c15
        payload.withUnsafeBytes { bytes in
            var offset = 0
            while offset + 8 <= bytes.count {
                value = (value ^ bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)) &* 0x100_0000_01b3
                value ^= value >> 29
                offset += 8
            }
            while offset < bytes.count {
                value = (value ^ UInt64(bytes[offset])) &* 0x100_0000_01b3
                offset += 1
            }
        }
        return value ^ value >> 32
    }
}
