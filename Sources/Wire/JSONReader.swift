/// Reads strict JSON (RFC 8259) from bytes that stay where they are.
///
/// It borrows: the bytes must outlive it. Positions in errors count from the first byte it was given. Every read
/// starts at the first byte of a value and ends behind its last one.
public struct JSONReader {
    let start: UnsafePointer<UInt8>
    var position: UnsafePointer<UInt8>
    var end: UnsafePointer<UInt8>
    /// How many objects and arrays are open.
    var depth = 0

    /// Reads `bytes[range]`; positions count from the start of `bytes`.
    init(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>) {
        guard let base = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self) else {
            // Nothing to read: one byte that is never looked at.
            let nothing = StaticString(" ").utf8Start
            (start, position, end) = (nothing, nothing, nothing)
            return
        }
        start = base
        position = base + range.lowerBound
        end = base + range.upperBound
    }

    var offset: Int { position - start }
    @inline(__always) var isAtEnd: Bool { position >= end }
    /// The next byte, or 0 at the end, which begins nothing.
    @inline(__always) var next: UInt8 { position < end ? position.pointee : 0 }

    // MARK: Errors

    @inline(never)
    func error(_ code: WireError.Code, at place: UnsafePointer<UInt8>? = nil, _ detail: String) -> WireError {
        WireError(code, offset: (place ?? position) - start, detail)
    }

    /// "expected …, found …", where a value of another type, or none, stands.
    @inline(never)
    func expected(_ what: String) -> WireError {
        if isAtEnd { return error(.badSyntax, "expected \(what), but the text ends here") }
        let words = found
        let isValue = words.first != "\"" && !words.hasPrefix("byte")
        return error(isValue ? .wrongType : .badSyntax, "expected \(what), found \(words)")
    }

    /// "expected …, found …", where the text is no JSON.
    @inline(never)
    func misplaced(_ what: String) -> WireError {
        error(.badSyntax, isAtEnd ? "expected \(what), but the text ends here" : "expected \(what), found \(found)")
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

    // MARK: Structure

    @inline(__always)
    mutating func skipWhitespace() {
        while position < end, position.pointee <= 0x20, isWhitespace(position.pointee) { position += 1 }
    }

    @inline(__always)
    private func isWhitespace(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09
    }

    /// Takes `byte` if it is next.
    @inline(__always)
    mutating func take(_ byte: UInt8) -> Bool {
        guard position < end, position.pointee == byte else { return false }
        position += 1
        return true
    }

    /// Takes `separator"name":` where it stands here without any space, and something follows.
    @inline(__always)
    mutating func take(_ separator: UInt8, key name: StaticString) -> Bool {
        let count = name.utf8CodeUnitCount
        guard end - position >= count + 5, position[0] == separator, position[1] == UInt8(ascii: "\"") else {
            return false
        }
        guard JSONReader.isEqual(position + 2, name.utf8Start, count) else { return false }
        let rest = position + (count + 2)
        // A space before the value is left to the slow path.
        guard rest[0] == UInt8(ascii: "\""), rest[1] == UInt8(ascii: ":"), rest[2] > 0x20 else { return false }
        position = rest + 2
        return true
    }

    @inline(__always)
    static func isEqual(_ a: UnsafePointer<UInt8>, _ b: UnsafePointer<UInt8>, _ count: Int) -> Bool {
        var index = 0
        while index < count {
            guard a[index] == b[index] else { return false }
            index += 1
        }
        return true
    }

    /// Opens an object or array.
    @inline(__always)
    mutating func descend() throws(WireError) {
        depth += 1
        if depth > WireProtocol.maximumDepth { throw tooDeep() }
    }

    @inline(never)
    private func tooDeep() -> WireError {
        error(.tooDeep, "objects and arrays are nested more than \(WireProtocol.maximumDepth) deep")
    }

    /// Refuses anything but space before the end.
    mutating func finish() throws(WireError) {
        skipWhitespace()
        guard isAtEnd else {
            throw error(
                .trailingBytes,
                "\(end - position) byte\(end - position == 1 ? " follows" : "s follow") the end of the text")
        }
    }

    // MARK: Values

    mutating func readBool() throws(WireError) -> Bool {
        if takeWord("true") { return true }
        if takeWord("false") { return false }
        throw expected("true or false")
    }

    /// Takes `null` if it is next.
    @inline(__always)
    mutating func takeNull() -> Bool {
        position < end && position.pointee == UInt8(ascii: "n") && takeWord("null")
    }

    private mutating func takeWord(_ word: StaticString) -> Bool {
        guard isHere(word) else { return false }
        position += word.utf8CodeUnitCount
        return true
    }

    private func isHere(_ word: StaticString) -> Bool {
        let count = word.utf8CodeUnitCount
        return end - position >= count && JSONReader.isEqual(position, word.utf8Start, count)
    }

    /// Validates one value of any type and goes behind it.
    mutating func skipValue() throws(WireError) {
        switch next {
        case UInt8(ascii: "\""): try skipString()
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): _ = try scanNumber()
        case UInt8(ascii: "{"): try skipObject()
        case UInt8(ascii: "["): try skipArray()
        default:
            guard takeWord("true") || takeWord("false") || takeWord("null") else { throw misplaced("a value") }
        }
    }

    private mutating func skipObject() throws(WireError) {
        try descend()
        position += 1
        skipWhitespace()
        if take(UInt8(ascii: "}")) {
            depth -= 1
            return
        }
        while true {
            guard next == UInt8(ascii: "\"") else { throw misplaced("a key in quotes") }
            try skipString()
            skipWhitespace()
            guard take(UInt8(ascii: ":")) else { throw misplaced("\":\"") }
            skipWhitespace()
            try skipValue()
            skipWhitespace()
            if take(UInt8(ascii: "}")) { break }
            guard take(UInt8(ascii: ",")) else { throw misplaced("\",\" or \"}\"") }
            skipWhitespace()
        }
        depth -= 1
    }

    private mutating func skipArray() throws(WireError) {
        try descend()
        position += 1
        skipWhitespace()
        if take(UInt8(ascii: "]")) {
            depth -= 1
            return
        }
        while true {
            try skipValue()
            skipWhitespace()
            if take(UInt8(ascii: "]")) { break }
            guard take(UInt8(ascii: ",")) else { throw misplaced("\",\" or \"]\"") }
            skipWhitespace()
        }
        depth -= 1
    }
}
