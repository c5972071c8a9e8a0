public import TradingModel

/// A string where it stands in the text, between its quotes, escapes unresolved. Valid as long as the text is.
public struct JSONSlice {
    public let bytes: UnsafeBufferPointer<UInt8>
    /// ASCII without escapes, which every name, id and decimal is.
    public let isPlain: Bool

    init(_ bytes: UnsafeBufferPointer<UInt8>, isPlain: Bool) {
        self.bytes = bytes
        self.isPlain = isPlain
    }

    /// The one byte of a one-letter string, as short keys are; 0 for any other.
    @inline(__always) public var letter: UInt8 { bytes.count == 1 ? bytes[0] : 0 }

    /// The string, its escapes resolved.
    public var string: String {
        if isPlain { return String(decoding: bytes, as: UTF8.self) }
        return String(decoding: JSONEscapes.resolved(bytes), as: UTF8.self)
    }

    /// Whether it is `word`, escapes resolved. `word` is ASCII.
    @inline(__always)
    public static func == (slice: JSONSlice, word: StaticString) -> Bool {
        guard slice.isPlain else { return slice.string == "\(word)" }
        guard slice.bytes.count == word.utf8CodeUnitCount, let first = slice.bytes.baseAddress else {
            return slice.bytes.isEmpty && word.utf8CodeUnitCount == 0
        }
        let letters = word.utf8Start
        var index = 0
        while index < slice.bytes.count {
            guard first[index] == letters[index] else { return false }
            index += 1
        }
        return true
    }

    @inline(__always)
    public static func ~= (word: StaticString, slice: JSONSlice) -> Bool { slice == word }

    /// The exact decimal it spells, strictly.
    public func decimal<D: FixedPoint>(_ type: D.Type) throws(DecimalError) -> D {
        guard isPlain else { throw DecimalError(code: .invalidCharacter, text: string, type: "\(D.self)") }
        return try D.parse(UnsafeRawBufferPointer(bytes))
    }
}

/// Resolving the escapes of a string that a scanner has validated.
enum JSONEscapes {
    static func resolved(_ bytes: UnsafeBufferPointer<UInt8>) -> [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(bytes.count)
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            guard byte == UInt8(ascii: "\\"), index + 1 < bytes.count else {
                out.append(byte)
                index += 1
                continue
            }
            let letter = bytes[index + 1]
            index += 2
            switch letter {
            case UInt8(ascii: "b"): out.append(0x08)
            case UInt8(ascii: "f"): out.append(0x0c)
            case UInt8(ascii: "n"): out.append(0x0a)
            case UInt8(ascii: "r"): out.append(0x0d)
            case UInt8(ascii: "t"): out.append(0x09)
            case UInt8(ascii: "u"): appendScalar(bytes, &index, to: &out)
            default: out.append(letter)
            }
        }
        return out
    }

    /// The scalar of the hexadecimal digits at `index`, with its partner where it is half of a pair.
    private static func appendScalar(_ bytes: UnsafeBufferPointer<UInt8>, _ index: inout Int, to out: inout [UInt8]) {
        var unit = hex(bytes, index)
        index += 4
        if (0xd800..<0xdc00).contains(unit) {
            unit = 0x1_0000 + (unit - 0xd800) << 10 + (hex(bytes, index + 2) &- 0xdc00)
            index += 6
        }
        let scalar = Unicode.Scalar(unit) ?? "\u{fffd}"
        out.append(contentsOf: Array(String(Character(scalar)).utf8))
    }

    private static func hex(_ bytes: UnsafeBufferPointer<UInt8>, _ place: Int) -> UInt32 {
        guard place + 4 <= bytes.count else { return 0xfffd }
        var value: UInt32 = 0
        for index in place..<place + 4 {
            value = value << 4 | UInt32(truncatingIfNeeded: hexDigit(bytes[index]) ?? 0)
        }
        return value
    }

    static func hexDigit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
