/// A frame: four bytes of big-endian length, then that many bytes of UTF-8 JSON, at most 1 MiB.
public enum Frame {
    /// The JSON text of exactly one frame: the range of it in `frame`. Errors: empty, truncated, oversized, lengthMismatch.
    public static func payload(of frame: UnsafeRawBufferPointer) throws(WireError) -> Range<Int> {
        guard !frame.isEmpty else {
            throw WireError(.empty, "the frame has no bytes; it begins with four bytes of length")
        }
        guard frame.count >= WireProtocol.headerBytes else {
            throw WireError(
                .truncated, offset: frame.count, "the frame ends inside its length: it has \(frame.count) of 4 bytes")
        }
        let length = try length(frame)
        let available = frame.count - WireProtocol.headerBytes
        guard available >= length else {
            throw WireError(
                .truncated, offset: frame.count, "the frame says \(length) bytes of text, but only \(available) follow")
        }
        guard available == length else {
            throw WireError(
                .lengthMismatch, offset: WireProtocol.headerBytes + length,
                "the frame says \(length) bytes of text, but \(available) follow")
        }
        return WireProtocol.headerBytes..<frame.count
    }

    /// The length that the first four bytes say; at most 1 MiB and not 0.
    static func length(_ header: UnsafeRawBufferPointer) throws(WireError) -> Int {
        let length = Int(UInt32(bigEndian: header.loadUnaligned(as: UInt32.self)))
        guard length > 0 else { throw WireError(.empty, "the frame says that its text has no bytes") }
        guard length <= WireProtocol.maximumFrameBytes else {
            throw WireError(
                .oversized,
                "the frame says \(length) bytes of text; at most \(WireProtocol.maximumFrameBytes) are allowed")
        }
        return length
    }

    /// A frame around JSON text. Errors: empty, oversized.
    public static func wrap(_ text: some Collection<UInt8>) throws(WireError) -> [UInt8] {
        guard !text.isEmpty else { throw WireError(.empty, "a frame needs a text") }
        guard text.count <= WireProtocol.maximumFrameBytes else {
            throw WireError(
                .oversized, "the text has \(text.count) bytes; at most \(WireProtocol.maximumFrameBytes) are allowed")
        }
        var frame: [UInt8] = []
        frame.reserveCapacity(WireProtocol.headerBytes + text.count)
        withUnsafeBytes(of: UInt32(text.count).bigEndian) { frame.append(contentsOf: $0) }
        frame.append(contentsOf: text)
        return frame
    }
}

/// Splits a stream of frames back to back, as a recording holds them, into frames.
public struct FrameReader: Sendable {
    private var pending: [UInt8] = []
    private var consumed = 0
    /// Bytes of the stream that were given out as frames.
    public private(set) var offset = 0

    public init() {}

    /// Adds the next bytes of the stream.
    public mutating func append(_ bytes: some Sequence<UInt8>) {
        if consumed > 1 << 16 || consumed == pending.count {
            pending.removeFirst(consumed)
            consumed = 0
        }
        pending.append(contentsOf: bytes)
    }

    /// The next whole frame with its length prefix; `nil` where more bytes are needed.
    ///
    /// Errors: oversized and empty. After either the stream cannot be followed any further.
    public mutating func next() throws(WireError) -> [UInt8]? {
        let available = pending.count - consumed
        guard available >= WireProtocol.headerBytes else { return nil }
        let result: Result<Int, WireError> = pending.withUnsafeBytes { bytes in
            let header = UnsafeRawBufferPointer(rebasing: bytes[consumed..<consumed + WireProtocol.headerBytes])
            do throws(WireError) { return .success(try Frame.length(header)) } catch { return .failure(error) }
        }
        let size = WireProtocol.headerBytes + (try result.get())
        guard available >= size else { return nil }
        let frame = Array(pending[consumed..<consumed + size])
        consumed += size
        offset += size
        return frame
    }

    /// To be called at the end of the stream: refuses a frame that was cut off.
    public func finish() throws(WireError) {
        let rest = pending.count - consumed
        guard rest == 0 else {
            throw WireError(
                .truncated, offset: offset + rest, "the stream ends inside a frame that began at byte \(offset)")
        }
    }
}
