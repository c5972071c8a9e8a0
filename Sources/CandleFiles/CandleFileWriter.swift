import CZlib
import Glibc
public import TradingModel

/// Bytes into a file, packed where its name ends in `.gz`.
///
/// A file that is new or replaced is written beside its place and moved there by ``finish()``, so that nobody meets
/// half of it; what is not finished is removed. Anything else of that name (a pipe, `/dev/stdout`) is written straight
/// into. The same bytes give the same file: gzip's time stamp stays empty.
public final class OutputFile {
    public let path: String
    private let workPath: String
    private var file: gzFile?
    private static let piece = 256 * 1_024

    /// `compression` is zlib's level, 1 (fastest) to 9 (smallest); it matters for `.gz` only. Bytes that are packed
    /// already (``GzipMember``) are written as they are.
    public init(path: String, compression: Int = 6, isPackedAlready: Bool = false) throws(CandleFileError) {
        self.path = path
        var status = stat()
        let isSpecial = stat(path, &status) == 0 && status.st_mode & S_IFMT != S_IFREG
        guard !isSpecial || status.st_mode & S_IFMT != S_IFDIR else {
            throw CandleFileError(.unwritable, "\(path) is a directory: name a file to write")
        }
        workPath = isSpecial ? path : path + ".part"
        // zlib's transparent mode ("T") writes plain bytes.
        let mode = path.hasSuffix(".gz") && !isPackedAlready ? "wb\(min(max(compression, 1), 9))" : "wbT"
        guard let file = gzopen(workPath, mode) else { throw Self.unwritable(path, errno) }
        self.file = file
        gzbuffer(file, UInt32(Self.piece))
    }

    deinit {
        guard let file else { return }
        gzclose(file)
        if workPath != path { unlink(workPath) }
    }

    /// Appends bytes.
    public func write(_ bytes: UnsafeRawBufferPointer) throws(CandleFileError) {
        guard let file, !bytes.isEmpty else { return }
        var start = 0
        while start < bytes.count {
            let count = min(bytes.count - start, 1 << 30)
            let piece = UnsafeRawBufferPointer(rebasing: bytes[start..<start + count])
            guard gzwrite(file, piece.baseAddress, UInt32(count)) == Int32(count) else {
                throw Self.unwritable(path, errno)
            }
            start += count
        }
    }

    /// Appends bytes.
    public func write(_ bytes: [UInt8]) throws(CandleFileError) {
        let result: Result<Void, CandleFileError> = bytes.withUnsafeBytes { bytes in
            do throws(CandleFileError) {
                return .success(try write(bytes))
            } catch {
                return .failure(error)
            }
        }
        try result.get()
    }

    /// Ends the file and puts it in its place.
    public func finish() throws(CandleFileError) {
        guard let file else { return }
        self.file = nil
        guard gzclose(file) == Z_OK else {
            let code = errno
            if workPath != path { unlink(workPath) }
            throw Self.unwritable(path, code)
        }
        guard workPath == path || rename(workPath, path) == 0 else {
            let code = errno
            unlink(workPath)
            throw Self.unwritable(path, code)
        }
    }

    private static func unwritable(_ path: String, _ code: Int32) -> CandleFileError {
        CandleFileError(
            .unwritable,
            "\(path) cannot be written (\(String(cString: strerror(code)).lowercased())): check the path, its rights and the space left"
        )
    }
}

/// Writes a candle file that ``CandleFile`` reads back the same: ``CandleFile/header`` and exact decimals.
public final class CandleFileWriter {
    private let file: OutputFile
    private var buffer: [UInt8] = []
    private static let piece = 64 * 1_024

    /// Begins the file; packed where `path` ends in `.gz`.
    public init(path: String) throws(CandleFileError) {
        file = try OutputFile(path: path)
        buffer.reserveCapacity(Self.piece + 512)
        buffer.append(contentsOf: CandleFile.header.utf8)
        buffer.append(UInt8(ascii: "\n"))
    }

    /// Appends a candle; its open time is written in whole milliseconds.
    public func write(_ candle: Candle) throws(CandleFileError) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 6 * (DecimalText.room + 1)) { row in
            guard let start = row.baseAddress else { return }
            var end = DecimalText.write(UInt64(max(0, candle.openTime.micros / 1_000)), to: start)
            for price in [candle.open, candle.high, candle.low, candle.close] {
                end.pointee = UInt8(ascii: ",")
                end = DecimalText.write(price.raw, fractionDigits: Price.fractionDigits, to: end + 1)
            }
            end.pointee = UInt8(ascii: ",")
            end = DecimalText.write(candle.volume.raw, fractionDigits: Quantity.fractionDigits, to: end + 1)
            end.pointee = UInt8(ascii: "\n")
            buffer.append(contentsOf: UnsafeBufferPointer(start: start, count: end + 1 - start))
        }
        if buffer.count >= Self.piece { try flush() }
    }

    /// Ends the file and puts it in its place.
    public func finish() throws(CandleFileError) {
        try flush()
        try file.finish()
    }

    private func flush() throws(CandleFileError) {
        try file.write(buffer)
        buffer.removeAll(keepingCapacity: true)
    }
}
