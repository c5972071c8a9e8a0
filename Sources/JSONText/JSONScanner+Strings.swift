extension JSONScanner {
    /// The next string where it stands.
    @inline(__always)
    public mutating func slice() throws(JSONError) -> JSONSlice {
        skipWhitespace()
        if let plain = takePlainString() { return JSONSlice(plain, isPlain: true) }
        return try scanSlice()
    }

    /// The next string, its escapes resolved.
    public mutating func string() throws(JSONError) -> String { try slice().string }

    /// The bytes of a string that is plain, behind which it goes; `nil`, and nothing taken, for anything else.
    @inline(__always)
    mutating func takePlainString() -> UnsafeBufferPointer<UInt8>? {
        guard position < end, position.pointee == UInt8(ascii: "\"") else { return nil }
        let first = position + 1
        let stop = JSONScanner.endOfPlain(first, end)
        guard stop < end, stop.pointee == UInt8(ascii: "\"") else { return nil }
        position = stop + 1
        return UnsafeBufferPointer(start: first, count: stop - first)
    }

    /// The first byte from `place` on that is a quote, a backslash, a control character or not ASCII; `end` if none.
    @inline(__always)
    static func endOfPlain(_ place: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>) -> UnsafePointer<UInt8> {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let tops: UInt64 = 0x8080_8080_8080_8080
        var cursor = place
        while end - cursor >= 8 {
            let word = UInt64(littleEndian: UnsafeRawPointer(cursor).loadUnaligned(as: UInt64.self))
            // Subtracting sets a byte's top bit where the byte is sought; a borrow spoils only bytes above the first.
            let quote = word ^ (ones &* UInt64(UInt8(ascii: "\"")))
            let backslash = word ^ (ones &* UInt64(UInt8(ascii: "\\")))
            let isControl = (word &- ones &* 0x20) & ~word
            let isMark = ((quote &- ones) & ~quote) | ((backslash &- ones) & ~backslash) | isControl
            let hits = (isMark & tops) | (word & tops)
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

    /// Validates any string and goes behind it.
    @inline(never)
    mutating func scanSlice() throws(JSONError) -> JSONSlice {
        let first = position
        guard take(UInt8(ascii: "\"")) else { throw expected(.string) }
        while true {
            guard position < end else {
                throw error(.badSyntax, at: first, "a string is not closed before the text ends")
            }
            let byte = position.pointee
            switch byte {
            case UInt8(ascii: "\""):
                position += 1
                return JSONSlice(UnsafeBufferPointer(start: first + 1, count: position - first - 2), isPlain: false)
            case UInt8(ascii: "\\"): try scanEscape()
            case 0..<0x20:
                throw error(
                    .badSyntax,
                    "a string holds the control character 0x\(String(byte, radix: 16)), which must be escaped")
            case 0x20..<0x80: position += 1
            default:
                let count = sequenceLength
                guard count > 0 else { throw error(.badUTF8, "the bytes of a string are not valid UTF-8") }
                position += count
            }
        }
    }

    /// The length of the valid UTF-8 sequence of two to four bytes that begins here, or 0 (Unicode 15, table 3-7).
    private var sequenceLength: Int {
        let bounds: (count: Int, low: UInt8, high: UInt8)
        switch position.pointee {
        case 0xc2...0xdf: bounds = (2, 0x80, 0xbf)
        case 0xe0: bounds = (3, 0xa0, 0xbf)
        case 0xed: bounds = (3, 0x80, 0x9f)
        case 0xe1...0xef: bounds = (3, 0x80, 0xbf)
        case 0xf0: bounds = (4, 0x90, 0xbf)
        case 0xf1...0xf3: bounds = (4, 0x80, 0xbf)
        case 0xf4: bounds = (4, 0x80, 0x8f)
        default: return 0
        }
        guard end - position >= bounds.count, position[1] >= bounds.low, position[1] <= bounds.high else { return 0 }
        for index in 2..<max(2, bounds.count) where position[index] & 0xc0 != 0x80 { return 0 }
        return bounds.count
    }

    private mutating func scanEscape() throws(JSONError) {
        let first = position
        position += 1
        let letter = next
        if !isAtEnd { position += 1 }
        switch letter {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            return
        case UInt8(ascii: "u"):
            guard scanScalar() else {
                throw error(
                    .badSyntax, at: first,
                    "a \\u escape needs four hexadecimal digits, and a surrogate needs its partner")
            }
        default: throw error(.badSyntax, at: first, "a backslash is followed by none of \" \\ / b f n r t u")
        }
    }

    /// The rest of an escape after `\u`, with the second half of a surrogate pair.
    private mutating func scanScalar() -> Bool {
        guard let unit = scanFourHexDigits() else { return false }
        guard (0xd800...0xdfff).contains(unit) else { return true }
        guard unit < 0xdc00, take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")), let low = scanFourHexDigits() else {
            return false
        }
        return (0xdc00...0xdfff).contains(low)
    }

    private mutating func scanFourHexDigits() -> UInt32? {
        guard end - position >= 4 else { return nil }
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard let digit = JSONEscapes.hexDigit(position.pointee) else { return nil }
            value = value << 4 | UInt32(digit)
            position += 1
        }
        return value
    }
}
