/// Pulls strict JSON (RFC 8259) out of bytes that stay where they are, without a tree in between.
///
/// It borrows: the bytes must outlive it and every ``JSONSlice`` it hands out. What it goes over is validated, skipped
/// values included: grammar, escapes, UTF-8, depth. It keeps no list of keys, so whoever reads an object decides what
/// a repeated key means; ``JSONValue`` refuses them.
///
/// ```
/// var scanner = JSONScanner(bytes)
/// try scanner.beginObject()
/// while let key = try scanner.nextKey() {
///     if key == "bid" { bid = try scanner.decimal(Price.self) } else { try scanner.skip() }
/// }
/// try scanner.finish()
/// ```
public struct JSONScanner {
    /// What begins at the next byte.
    public enum Kind: String, Sendable {
        case object = "an object"
        case array = "an array"
        case string = "a string"
        case number = "a number"
        case bool = "true or false"
        case null = "null"
    }

    let start: UnsafePointer<UInt8>
    var position: UnsafePointer<UInt8>
    let end: UnsafePointer<UInt8>
    var depth = 0
    let limits: JSONLimits
    /// The object or array that was opened last has shown none of its members yet.
    private var isFirst = false

    public init(_ bytes: UnsafeRawBufferPointer, limits: JSONLimits = .standard) {
        self.limits = limits
        guard let base = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self) else {
            // Nothing to read: one byte that is never looked at.
            let nothing = StaticString(" ").utf8Start
            (start, position, end) = (nothing, nothing, nothing)
            return
        }
        start = base
        position = base
        end = base + bytes.count
    }

    /// Bytes gone over so far.
    public var offset: Int { position - start }
    @inline(__always) var isAtEnd: Bool { position >= end }
    /// The next byte, or 0 at the end, which begins nothing.
    @inline(__always) var next: UInt8 { position < end ? position.pointee : 0 }

    // MARK: Structure

    /// What the next value is; throws where no value begins.
    public mutating func kind() throws(JSONError) -> Kind {
        skipWhitespace()
        switch next {
        case UInt8(ascii: "{"): return .object
        case UInt8(ascii: "["): return .array
        case UInt8(ascii: "\""): return .string
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number
        case UInt8(ascii: "t"), UInt8(ascii: "f"): return .bool
        case UInt8(ascii: "n"): return .null
        default: throw misplaced("a value")
        }
    }

    /// Goes into an object.
    @inline(__always)
    public mutating func beginObject() throws(JSONError) {
        skipWhitespace()
        guard take(UInt8(ascii: "{")) else { throw expected(.object) }
        try descend()
    }

    /// The next key of the object gone into last, with the value next; `nil` behind its end.
    @inline(__always)
    public mutating func nextKey() throws(JSONError) -> JSONSlice? {
        guard try goesOn(UInt8(ascii: "}"), "\",\" or \"}\"") else { return nil }
        let key: JSONSlice
        if let plain = takePlainString() {
            key = JSONSlice(plain, isPlain: true)
        } else {
            guard next == UInt8(ascii: "\"") else { throw misplaced("a key in quotes") }
            key = try scanSlice()
        }
        if take(UInt8(ascii: ":")) { return key }
        skipWhitespace()
        guard take(UInt8(ascii: ":")) else { throw misplaced("\":\"") }
        return key
    }

    /// Goes into an array.
    @inline(__always)
    public mutating func beginArray() throws(JSONError) {
        skipWhitespace()
        guard take(UInt8(ascii: "[")) else { throw expected(.array) }
        try descend()
    }

    /// Whether the array gone into last has one more element, which is next; `false` behind its end.
    @inline(__always)
    public mutating func nextElement() throws(JSONError) -> Bool {
        try goesOn(UInt8(ascii: "]"), "\",\" or \"]\"")
    }

    /// Refuses anything but space behind the value.
    public mutating func finish() throws(JSONError) {
        skipWhitespace()
        guard isAtEnd else {
            let count = end - position
            throw error(.trailingText, "\(count) more byte\(count == 1 ? " follows" : "s follow") the end of the value")
        }
    }

    @inline(__always)
    private mutating func descend() throws(JSONError) {
        depth += 1
        isFirst = true
        if depth > limits.depth || end - start > limits.bytes { throw tooLarge() }
    }

    @inline(__always)
    private mutating func goesOn(_ close: UInt8, _ wanted: StaticString) throws(JSONError) -> Bool {
        skipWhitespace()
        if take(close) {
            depth -= 1
            isFirst = false
            return false
        }
        if isFirst {
            isFirst = false
            return true
        }
        guard take(UInt8(ascii: ",")) else { throw misplaced("\(wanted)") }
        skipWhitespace()
        return true
    }

    // MARK: Values

    public mutating func bool() throws(JSONError) -> Bool {
        skipWhitespace()
        if takeWord("true") { return true }
        if takeWord("false") { return false }
        throw expected(.bool)
    }

    /// Takes `null` if it is next.
    @inline(__always)
    public mutating func takeNull() -> Bool {
        skipWhitespace()
        return next == UInt8(ascii: "n") && takeWord("null")
    }

    /// Validates one value of any type and goes behind it.
    public mutating func skip() throws(JSONError) {
        switch try kind() {
        case .string:
            if takePlainString() == nil { _ = try scanSlice() }
        case .number: _ = try scanNumber()
        case .object:
            try beginObject()
            while try nextKey() != nil { try skip() }
        case .array:
            try beginArray()
            while try nextElement() { try skip() }
        case .bool: _ = try bool()
        case .null: guard takeNull() else { throw misplaced("a value") }
        }
    }

    /// Validates the next value and returns its bytes as they stand.
    public mutating func rawValue() throws(JSONError) -> UnsafeRawBufferPointer {
        skipWhitespace()
        let first = position
        try skip()
        return UnsafeRawBufferPointer(start: first, count: position - first)
    }

    // MARK: Bytes

    @inline(__always)
    mutating func skipWhitespace() {
        while position < end, position.pointee <= 0x20, isWhitespace(position.pointee) { position += 1 }
    }

    @inline(__always)
    private func isWhitespace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 }

    /// Takes `byte` if it is next.
    @inline(__always)
    mutating func take(_ byte: UInt8) -> Bool {
        guard position < end, position.pointee == byte else { return false }
        position += 1
        return true
    }

    func isHere(_ word: StaticString) -> Bool {
        let count = word.utf8CodeUnitCount
        guard end - position >= count else { return false }
        for index in 0..<count where position[index] != word.utf8Start[index] { return false }
        return true
    }

    private mutating func takeWord(_ word: StaticString) -> Bool {
        guard isHere(word) else { return false }
        position += word.utf8CodeUnitCount
        return true
    }
}

// MARK: - Errors

extension JSONScanner {
    @inline(never)
    func error(_ code: JSONError.Code, at place: UnsafePointer<UInt8>? = nil, _ detail: String) -> JSONError {
        JSONError(code, offset: (place ?? position) - start, detail)
    }

    /// "expected …, found …", where a value of another type, or none, stands.
    @inline(never)
    func expected(_ kind: Kind) -> JSONError {
        if isAtEnd { return error(.badSyntax, "expected \(kind.rawValue), but the text ends here") }
        let words = found
        let isValue = words.first != "\"" && !words.hasPrefix("byte")
        return error(isValue ? .wrongType : .badSyntax, "expected \(kind.rawValue), found \(words)")
    }

    /// "expected …, found …", where the text is no JSON.
    @inline(never)
    func misplaced(_ what: String) -> JSONError {
        error(.badSyntax, isAtEnd ? "expected \(what), but the text ends here" : "expected \(what), found \(found)")
    }

    @inline(never)
    private func tooLarge() -> JSONError {
        if end - start > limits.bytes {
            return error(.tooLarge, "the text has \(end - start) bytes, more than the \(limits.bytes) allowed")
        }
        return error(.tooLarge, "objects and arrays are nested more than \(limits.depth) deep")
    }

    /// What stands here, in words.
    private var found: String {
        switch next {
        case UInt8(ascii: "\""): "a string"
        case UInt8(ascii: "{"): "an object"
        case UInt8(ascii: "["): "an array"
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): "a number"
        case UInt8(ascii: "t") where isHere("true"): "true"
        case UInt8(ascii: "f") where isHere("false"): "false"
        case UInt8(ascii: "n") where isHere("null"): "null"
        case 0x21...0x7e: "\"\(Character(Unicode.Scalar(next)))\""
        default: "byte 0x" + String(next, radix: 16)
        }
    }
}
