extension JSONReader {
    /// The bytes of a string that is plain: ASCII without escapes, which every name, id and decimal is. `nil`, and
    /// nothing taken, for any other string and for what is no string.
    @inline(__always)
    mutating func takePlainString() -> UnsafeBufferPointer<UInt8>? {
        guard position < end, position.pointee == UInt8(ascii: "\"") else { return nil }
        let first = position + 1
        let stop = JSONReader.endOfPlain(first, end)
        guard stop < end, stop.pointee == UInt8(ascii: "\"") else { return nil }
        position = stop + 1
        return UnsafeBufferPointer(start: first, count: stop - first)
    }

    /// The first byte from `place` on that is a quote, a backslash, a control character or not ASCII; `end` if none.
    @inline(__always)
    static func endOfPlain(_ place: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>) -> UnsafePointer<UInt8> {
        var cursor = place
        while end - cursor >= 8 {
            let word = UInt64(littleEndian: UnsafeRawPointer(cursor).loadUnaligned(as: UInt64.self))
            let hits = JSONText.marks(word) | (word & JSONText.tops)
            if hits != 0 { return cursor + hits.trailingZeroBitCount >> 3 }
            cursor += 8
        }
        while cursor < end {
            let byte = cursor.pointee
            if byte < 0x20 || byte >= 0x80 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { break }
            cursor += 1
        }
        return cursor
    }

    /// A string, its escapes resolved.
    @inline(__always)
    mutating func readString() throws(WireError) -> String {
        if let plain = takePlainString() { return String(decoding: plain, as: UTF8.self) }
        return String(decoding: try readStringBytes(), as: UTF8.self)
    }

    /// Validates a string and goes behind it.
    mutating func skipString() throws(WireError) {
        if takePlainString() != nil { return }
        try scanString { _ in }
    }

    /// The bytes of any string, its escapes resolved, as valid UTF-8.
    @inline(never)
    mutating func readStringBytes() throws(WireError) -> [UInt8] {
        var bytes: [UInt8] = []
        try scanString { bytes.append($0) }
        return bytes
    }

    private mutating func scanString(_ emit: (UInt8) -> Void) throws(WireError) {
        let first = position
        guard take(UInt8(ascii: "\"")) else { throw expected("a string") }
        while true {
            guard position < end else {
                throw error(.badSyntax, at: first, "a string is not closed before the text ends")
            }
            let byte = position.pointee
            switch byte {
            case UInt8(ascii: "\""):
                position += 1
                return
            case UInt8(ascii: "\\"): try scanEscape(emit)
            case 0..<0x20:
                throw error(
                    .badSyntax,
                    "a string holds the control character 0x\(String(byte, radix: 16)), which must be escaped")
            case 0x20..<0x80:
                emit(byte)
                position += 1
            default:
                let count = sequenceLength
                guard count > 0 else { throw error(.badUTF8, "the bytes of a string are not valid UTF-8") }
                for index in 0..<count { emit(position[index]) }
                position += count
            }
        }
    }

    /// The length of the valid UTF-8 sequence of two to four bytes that begins here, or 0 (Unicode 15, table 3-7).
    private var sequenceLength: Int {
        let available = end - position
        let lead = position.pointee
        let bounds: (count: Int, low: UInt8, high: UInt8)
        switch lead {
        case 0xc2...0xdf: bounds = (2, 0x80, 0xbf)
        case 0xe0: bounds = (3, 0xa0, 0xbf)
        case 0xed: bounds = (3, 0x80, 0x9f)
        case 0xe1...0xef: bounds = (3, 0x80, 0xbf)
        case 0xf0: bounds = (4, 0x90, 0xbf)
        case 0xf1...0xf3: bounds = (4, 0x80, 0xbf)
        case 0xf4: bounds = (4, 0x80, 0x8f)
        default: return 0
        }
        guard available >= bounds.count, position[1] >= bounds.low, position[1] <= bounds.high else { return 0 }
        for index in 2..<max(2, bounds.count) where position[index] & 0xc0 != 0x80 { return 0 }
        return bounds.count
    }

    private mutating func scanEscape(_ emit: (UInt8) -> Void) throws(WireError) {
        let first = position
        position += 1
        let letter = next
        if !isAtEnd { position += 1 }
        switch letter {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): emit(letter)
        case UInt8(ascii: "b"): emit(0x08)
        case UInt8(ascii: "f"): emit(0x0c)
        case UInt8(ascii: "n"): emit(0x0a)
        case UInt8(ascii: "r"): emit(0x0d)
        case UInt8(ascii: "t"): emit(0x09)
        case UInt8(ascii: "u"):
            guard let scalar = scanScalar() else {
                throw error(
                    .badEscape, at: first,
                    "a \\u escape needs four hexadecimal digits, and a surrogate needs its partner")
            }
            for byte in UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter { emit(byte) }
        default: throw error(.badEscape, at: first, "a backslash is followed by none of \" \\ / b f n r t u")
        }
    }

    /// The rest of an escape after `\u`, with the second half of a surrogate pair.
    private mutating func scanScalar() -> Unicode.Scalar? {
        guard let unit = scanFourHexDigits() else { return nil }
        guard (0xd800...0xdfff).contains(unit) else { return Unicode.Scalar(unit) }
        guard unit < 0xdc00, take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")), let low = scanFourHexDigits(),
            (0xdc00...0xdfff).contains(low)
        else { return nil }
        return Unicode.Scalar(0x1_0000 + (unit - 0xd800) << 10 + (low - 0xdc00))
    }

    private mutating func scanFourHexDigits() -> UInt32? {
        guard end - position >= 4 else { return nil }
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard let digit = Character(Unicode.Scalar(position.pointee)).hexDigitValue, position.pointee < 0x80 else {
                return nil
            }
            value = value << 4 | UInt32(digit)
            position += 1
        }
        return value
    }
}
