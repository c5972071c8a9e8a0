import CZlib
import Glibc

/// The lines of a text file, plain or gzip, read in pieces.
public final class LineReader {
    public let path: String
    /// Of the line last read, from 1.
    public private(set) var lineNumber = 0
    private let bytes: ByteReader
    private var buffer: [UInt8] = []
    private var start = 0
    private var hasEnded = false
    /// A longer line is not a row of numbers.
    private static let longestLine = 4_096

    public init(path: String) throws(CandleFileError) {
        self.path = path
        bytes = try ByteReader(path: path)
    }

    /// Calls `body` with the next line, without its end (`\n` or `\r\n`); `nil` after the last.
    public func next<R>(_ body: (UnsafeRawBufferPointer) -> R) throws(CandleFileError) -> R? {
        var searched = start
        while true {
            if let end = newline(from: searched) {
                defer { start = end + 1 }
                return line(start..<end, body)
            }
            searched = buffer.count
            if hasEnded {
                guard start < buffer.count else { return nil }
                defer { start = buffer.count }
                return line(start..<buffer.count, body)
            }
            guard buffer.count - start <= Self.longestLine else {
                throw CandleFileError(
                    .malformed,
                    "\(path):\(lineNumber + 1): the line has more than \(Self.longestLine) bytes, so it is no row of a candle file"
                )
            }
            searched -= start
            buffer.removeFirst(start)
            start = 0
            hasEnded = try !bytes.append(to: &buffer)
        }
    }

    private func newline(from position: Int) -> Int? {
        buffer.withUnsafeBytes { bytes in
            guard position < bytes.count, let base = bytes.baseAddress else { return nil }
            guard let found = memchr(base + position, 10, bytes.count - position) else { return nil }
            return found - UnsafeMutableRawPointer(mutating: base)
        }
    }

    private func line<R>(_ range: Range<Int>, _ body: (UnsafeRawBufferPointer) -> R) -> R {
        lineNumber += 1
        return buffer.withUnsafeBytes { bytes in
            var range = range
            if let last = range.last, bytes[last] == 13 { range = range.lowerBound..<last }
            return body(UnsafeRawBufferPointer(rebasing: bytes[range]))
        }
    }
}

/// The bytes of a file, unpacked where it is gzip; zlib tells the two apart.
public final class ByteReader {
    public let path: String
    private let file: gzFile
    private static let piece = 128 * 1_024

    public init(path: String) throws(CandleFileError) {
        self.path = path
        // zlib opens a directory without complaint and then reads nothing.
        var status = stat()
        guard stat(path, &status) == 0 else { throw Self.unreadable(path, errno) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw CandleFileError(.unreadable, "\(path) is not a file: name a file")
        }
        guard let file = gzopen(path, "rb") else { throw Self.unreadable(path, errno) }
        self.file = file
        gzbuffer(file, UInt32(Self.piece))
    }

    deinit { gzclose(file) }

    /// Appends the next bytes; `false` at the end.
    public func append(to buffer: inout [UInt8]) throws(CandleFileError) -> Bool {
        let old = buffer.count
        buffer.append(contentsOf: repeatElement(0, count: Self.piece))
        let count = buffer.withUnsafeMutableBytes { gzread(file, $0.baseAddress.map { $0 + old }, UInt32(Self.piece)) }
        buffer.removeLast(Self.piece - max(0, Int(count)))
        if count > 0 { return true }
        var code: Int32 = 0
        let message = gzerror(file, &code).map { String(cString: $0) } ?? ""
        switch code {
        case Z_OK, Z_STREAM_END: return false
        case Z_BUF_ERROR: throw CandleFileError(.malformed, "\(path) ends in the middle: it was cut off, copy it again")
        case Z_ERRNO: throw Self.unreadable(path, errno)
        default: throw CandleFileError(.malformed, "\(path) is no sound gzip file (\(message)): copy it again")
        }
    }

    private static func unreadable(_ path: String, _ code: Int32) -> CandleFileError {
        CandleFileError(
            .unreadable,
            "\(path) cannot be read (\(String(cString: strerror(code)).lowercased())): check the path and its rights")
    }
}
