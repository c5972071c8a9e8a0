import TradingModel

extension Cause: WireBody {
    public static let kind = "cause"
    public mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(WireError) {
        try visitor.field("source", &source)
        try visitor.field("session", &session)
        try visitor.field("topic", &topic)
        try visitor.field("seq", &sequence)
    }
}

extension Envelope: WireBody {
    public static let kind = "envelope"
    public mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(WireError) {
        // First, and refused before anything else: another major may have other fields.
        var version = ProtocolMajor(number: major)
        try visitor.field("v", &version)
        major = version.number
        try visitor.field("kind", &kind)
        try visitor.field("source", &source)
        try visitor.field("session", &session)
        try visitor.field("seq", &sequence)
        try visitor.field("at", &at)
        try visitor.optional("cause", &cause)
        try visitor.optional("id", &id)
        try visitor.optional("expiresAt", &expiresAt)
    }
}

/// The `v` of an envelope, which can only be ours.
struct ProtocolMajor: WireValue {
    var number: Int

    static var blank: ProtocolMajor { ProtocolMajor(number: WireProtocol.major) }

    static func write(_ value: ProtocolMajor, to writer: inout JSONWriter) { Int.write(value.number, to: &writer) }

    static func read(from reader: inout JSONReader) throws(WireError) -> ProtocolMajor {
        let place = reader.position
        let number = try Int.read(from: &reader)
        guard number == WireProtocol.major else {
            throw reader.error(
                .wrongMajor, at: place, "the message is of protocol \(number), this is protocol \(WireProtocol.major)")
        }
        return ProtocolMajor(number: number)
    }

    static func schema(_ schemas: inout SchemaBuilder) -> JSONSchema {
        JSONSchema(["const": .integer(WireProtocol.major)])
    }
}

/// Frames ⇄ envelope and body.
///
/// On the wire the body is the last member of the envelope's object. A reader first takes the envelope, which says the
/// kind, and then the body as the type of that kind; both passes read each byte once.
public enum WireMessage {
    // MARK: Encoding

    /// One frame, length prefix included, in a block of memory that is valid inside `use` only. Does not allocate for
    /// messages under 1 KiB.
    ///
    /// Errors: `notFinite`, `outOfRange`, `badValue` with the field's name; `oversized`.
    @inlinable
    public static func withFrame<B: WireBody, R>(
        _ envelope: Envelope, _ body: B, _ use: (UnsafeRawBufferPointer) -> R
    ) throws(WireError) -> R {
        // The core knows no result type: a generic one would cost more than the writing.
        var result: R?
        try writeFrame(envelope, body) { result = use($0) }
        guard let result else { preconditionFailure("Invariant: a written frame is used, an unwritten one throws") }
        return result
    }

    /// The same without a result; for callers that are generic themselves, where a result's type would be looked up each time.
    public static func writeFrame<B: WireBody>(
        _ envelope: Envelope, _ body: B, _ use: (UnsafeRawBufferPointer) -> Void
    ) throws(WireError) {
        let failure: WireError? = withUnsafeTemporaryAllocation(byteCount: 1_024, alignment: 16) { memory in
            var writer = JSONWriter(memory)
            defer { if writer.isAllocated { writer.start.deallocate() } }
            writer.position += WireProtocol.headerBytes
            write(envelope, kind: B.kind, to: &writer)
            B.write(body, to: &writer)
            writer.reserve(1)
            writer.put(UInt8(ascii: "}"))
            if let error = seal(writer) { return error }
            use(writer.written)
            return nil
        }
        if let failure { throw failure }
    }

    /// The same into an array, whose storage is reused. `envelope.kind` is set from the body's type.
    public static func encode<B: WireBody>(
        _ envelope: Envelope, _ body: B, into buffer: inout [UInt8]
    ) throws(WireError) {
        buffer.removeAll(keepingCapacity: true)
        try writeFrame(envelope, body) { buffer.append(contentsOf: $0) }
    }

    /// The same as a new array.
    public static func encode<B: WireBody>(_ envelope: Envelope, _ body: B) throws(WireError) -> [UInt8] {
        var frame: [UInt8] = []
        try writeFrame(envelope, body) { frame = Array($0) }
        return frame
    }

    /// The envelope up to where the body begins: what its visit writes, without the copy that a visit needs.
    private static func write(_ envelope: Envelope, kind: String, to writer: inout JSONWriter) {
        var members = FieldWriter(writer)
        members.member("v", envelope.major)
        members.member("kind", kind)
        members.member("source", envelope.source)
        members.member("session", envelope.session)
        members.member("seq", envelope.sequence)
        members.member("at", envelope.at)
        if let cause = envelope.cause { members.member("cause", cause) }
        if let id = envelope.id { members.member("id", id) }
        if let expiresAt = envelope.expiresAt { members.member("expiresAt", expiresAt) }
        members.key("body")
        writer = members.writer
    }

    /// Fills in the length prefix.
    private static func seal(_ writer: JSONWriter) -> WireError? {
        if let error = writer.error { return error }
        let length = writer.count - WireProtocol.headerBytes
        guard length <= WireProtocol.maximumFrameBytes else {
            return WireError(
                .oversized, "the message has \(length) bytes; at most \(WireProtocol.maximumFrameBytes) are allowed")
        }
        UnsafeMutableRawPointer(writer.start).storeBytes(of: UInt32(length).bigEndian, as: UInt32.self)
        return nil
    }

    // MARK: Decoding

    /// The envelope of a frame and where its body is.
    ///
    /// The body is not looked into, except where something may follow it. Errors: those of ``Frame``,
    /// `wrongMajor`, and every fault of the envelope.
    public static func decodeEnvelope(
        _ frame: UnsafeRawBufferPointer
    ) throws(WireError) -> (envelope: Envelope, body: Range<Int>) {
        let reader = JSONReader(frame, try Frame.payload(of: frame))
        var envelope = Envelope()
        var visitor = CanonicalReader(reader)
        visitor.reader.depth = 1
        try envelope.visit(&visitor)
        guard visitor.take("body") else { return try decodeIndexed(reader) }
        let start = visitor.reader.offset
        if visitor.reader.isLastMember() { return (envelope, start..<frame.count - 1) }
        guard visitor.reader.next == UInt8(ascii: "{") else {
            throw visitor.reader.expected("an object").inside("body")
        }
        do { try visitor.reader.skipValue() } catch { throw error.inside("body") }
        let end = visitor.reader.offset
        guard visitor.finish(), visitor.reader.isAtEnd else { return try decodeIndexed(reader) }
        return (envelope, start..<end)
    }

    /// The envelope with its members in any order.
    @inline(never)
    private static func decodeIndexed(_ reader: JSONReader) throws(WireError) -> (envelope: Envelope, body: Range<Int>)
    {
        var reader = reader
        reader.skipWhitespace()
        var visitor = try IndexedReader(reader)
        var end = visitor.reader
        try end.finish()
        var envelope = Envelope()
        try envelope.visit(&visitor)
        guard var body = try visitor.find("body") else {
            throw reader.error(.missingField, "the field is missing in this object").inside("body")
        }
        guard body.next == UInt8(ascii: "{") else { throw body.expected("an object").inside("body") }
        let start = body.offset
        do { try body.skipValue() } catch { throw error.inside("body") }
        return (envelope, start..<body.offset)
    }

    /// The body of a frame whose envelope has been read.
    public static func decodeBody<B: WireBody>(
        _: B.Type, of frame: UnsafeRawBufferPointer, _ range: Range<Int>
    ) throws(WireError) -> B {
        var reader = JSONReader(frame, range)
        reader.depth = 1
        do {
            let body = try B.read(from: &reader)
            try reader.finish()
            return body
        } catch { throw error.inside("body") }
    }
}

extension JSONReader {
    /// Whether the object that begins here is the last thing before the final `}` of the text. Only a quick proof
    /// counts: `true` where no `}` stands before the last two bytes, which are both `}`.
    ///
    /// Then this object can only end at the first of them, and if it does not, reading it will say so.
    @inline(__always)
    func isLastMember() -> Bool {
        guard end - position >= 3, position[0] == UInt8(ascii: "{"), end[-1] == UInt8(ascii: "}"),
            end[-2] == UInt8(ascii: "}")
        else {
            return false
        }
        var cursor = position
        let last = end - 2
        let brace = SIMD16<UInt8>(repeating: UInt8(ascii: "}"))
        while last - cursor >= 16 {
            let block = UnsafeRawPointer(cursor).loadUnaligned(as: SIMD16<UInt8>.self)
            if any(block .== brace) { return false }
            cursor += 16
        }
        while cursor < last {
            if cursor.pointee == UInt8(ascii: "}") { return false }
            cursor += 1
        }
        return true
    }
}
