/// Writes the fields of a body as members of an object.
struct FieldWriter: FieldVisitor {
    var writer: JSONWriter
    /// What stands before the next member.
    private var separator = UInt8(ascii: "{")

    init(_ writer: JSONWriter) { self.writer = writer }

    @inline(__always)
    mutating func field<T: WireValue>(_ name: StaticString, _ value: inout T) throws(WireError) { member(name, value) }

    @inline(__always)
    mutating func optional<T: WireValue>(_ name: StaticString, _ value: inout T?) throws(WireError) {
        if let value { member(name, value) }
    }

    @inline(__always)
    mutating func member<T: WireValue>(_ name: StaticString, _ value: T) {
        key(name)
        T.write(value, to: &writer)
        if writer.failure != .none { note(name) }
    }

    @inline(__always)
    mutating func key(_ name: StaticString) {
        let count = name.utf8CodeUnitCount
        writer.reserve(count + 4)
        // Through a local: a pointer kept in memory would be loaded and stored anew for every byte.
        let place = writer.position
        place[0] = separator
        place[1] = UInt8(ascii: "\"")
        (place + 2).update(from: name.utf8Start, count: count)
        place[count + 2] = UInt8(ascii: "\"")
        place[count + 3] = UInt8(ascii: ":")
        writer.position = place + (count + 4)
        separator = UInt8(ascii: ",")
    }

    /// Names the innermost field of a failure.
    @inline(never)
    private mutating func note(_ name: StaticString) {
        if writer.failedField == nil { writer.failedField = name }
    }

    /// Closes the object.
    @inline(__always)
    mutating func finish() {
        writer.reserve(2)
        if separator == UInt8(ascii: "{") { writer.put(separator) }
        writer.put(UInt8(ascii: "}"))
    }
}

/// Reads an object whose members stand in the order of the visit, without any space, unknown or repeated member: what
/// our own writer makes. It compares each key with the one expected and looks nothing up.
///
/// At the first surprise it stops reading and says so (``finish()``); ``IndexedReader`` then reads the object anew. A
/// member that is there but unreadable is an error at once, for no other order would make it readable.
struct CanonicalReader: FieldVisitor {
    var reader: JSONReader
    /// What stands before the next member; a byte that begins nothing once a surprise was met.
    private var separator = UInt8(ascii: "{")

    init(_ reader: JSONReader) { self.reader = reader }

    @inline(__always)
    mutating func field<T: WireValue>(_ name: StaticString, _ value: inout T) throws(WireError) {
        guard take(name) else {
            separator = 0
            return
        }
        do { value = try T.read(from: &reader) } catch { throw error.inside(name) }
    }

    @inline(__always)
    mutating func optional<T: WireValue>(_ name: StaticString, _ value: inout T?) throws(WireError) {
        // Absent, or elsewhere: in the latter case something is left over at the end.
        guard take(name), !reader.takeNull() else { return }
        do { value = try T.read(from: &reader) } catch { throw error.inside(name) }
    }

    @inline(__always)
    mutating func take(_ name: StaticString) -> Bool {
        guard separator != 0, reader.take(separator, key: name) else { return false }
        separator = UInt8(ascii: ",")
        return true
    }

    /// Takes the closing brace; `false` where the object was not in canonical form.
    @inline(__always)
    mutating func finish() -> Bool {
        if separator == UInt8(ascii: ",") { return reader.take(UInt8(ascii: "}")) }
        return separator == UInt8(ascii: "{") && reader.take(separator) && reader.take(UInt8(ascii: "}"))
    }
}

/// Reads an object whose members stand in any order: all members are validated and listed first, then looked up by name.
/// Members that nobody asks for are ignored.
struct IndexedReader: FieldVisitor {
    struct Member {
        /// Where the key's bytes are, quotes not counted.
        var key: UnsafeBufferPointer<UInt8>
        /// The key's bytes where it is written with escapes.
        var unescaped: [UInt8]?
        var value: UnsafePointer<UInt8>

        func isNamed(_ name: StaticString) -> Bool {
            let expected = UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)
            return unescaped.map { $0.elementsEqual(expected) } ?? key.elementsEqual(expected)
        }
    }

    /// Stands behind the object.
    private(set) var reader: JSONReader
    private let object: UnsafePointer<UInt8>
    private var members: [Member] = []

    init(_ reader: JSONReader) throws(WireError) {
        self.reader = reader
        object = reader.position
        try list()
    }

    private mutating func list() throws(WireError) {
        guard reader.next == UInt8(ascii: "{") else { throw reader.expected("an object") }
        try reader.descend()
        reader.position += 1
        reader.skipWhitespace()
        if reader.take(UInt8(ascii: "}")) {
            reader.depth -= 1
            return
        }
        while true {
            try member()
            reader.skipWhitespace()
            if reader.take(UInt8(ascii: "}")) { break }
            guard reader.take(UInt8(ascii: ",")) else { throw reader.misplaced("\",\" or \"}\"") }
            reader.skipWhitespace()
        }
        reader.depth -= 1
    }

    private mutating func member() throws(WireError) {
        guard reader.next == UInt8(ascii: "\"") else { throw reader.misplaced("a key in quotes") }
        let quote = reader.position
        var unescaped: [UInt8]?
        if reader.takePlainString() == nil { unescaped = try reader.readStringBytes() }
        let key = UnsafeBufferPointer(start: quote + 1, count: reader.position - quote - 2)
        reader.skipWhitespace()
        guard reader.take(UInt8(ascii: ":")) else { throw reader.misplaced("\":\"") }
        reader.skipWhitespace()
        members.append(Member(key: key, unescaped: unescaped, value: reader.position))
        do { try reader.skipValue() } catch {
            throw error.inside(String(decoding: key.prefix(64), as: UTF8.self))
        }
    }

    /// A reader at the value of the only member of that name.
    func find(_ name: StaticString) throws(WireError) -> JSONReader? {
        var found: JSONReader?
        for member in members where member.isNamed(name) {
            var there = reader
            there.position = member.value
            there.depth += 1
            guard found == nil else {
                throw there.error(.duplicateField, "the field occurs more than once in its object").inside(name)
            }
            found = there
        }
        return found
    }

    mutating func field<T: WireValue>(_ name: StaticString, _ value: inout T) throws(WireError) {
        guard var there = try find(name) else {
            throw reader.error(.missingField, at: object, "the field is missing in this object").inside(name)
        }
        do { value = try T.read(from: &there) } catch { throw error.inside(name) }
    }

    mutating func optional<T: WireValue>(_ name: StaticString, _ value: inout T?) throws(WireError) {
        guard var there = try find(name), !there.takeNull() else { return }
        do { value = try T.read(from: &there) } catch { throw error.inside(name) }
    }
}

extension WireBody {
    public static var blank: Self { Self() }

    public static func write(_ value: Self, to writer: inout JSONWriter) {
        var value = value
        var visitor = FieldWriter(writer)
        // A writer's visit does not throw; what it cannot write it notes.
        try? value.visit(&visitor)
        visitor.finish()
        writer = visitor.writer
    }

    public static func read(from reader: inout JSONReader) throws(WireError) -> Self {
        guard reader.depth < WireProtocol.maximumDepth else { return try readIndexed(from: &reader) }
        var body = Self()
        var visitor = CanonicalReader(reader)
        visitor.reader.depth += 1
        try body.visit(&visitor)
        guard visitor.finish() else { return try readIndexed(from: &reader) }
        reader.position = visitor.reader.position
        return body
    }

    @inline(never)
    private static func readIndexed(from reader: inout JSONReader) throws(WireError) -> Self {
        var visitor = try IndexedReader(reader)
        var body = Self()
        try body.visit(&visitor)
        reader = visitor.reader
        return body
    }
}
