/// The characters of a quoted text whose escapes are read.
enum UnescapedText {
    /// `bytes[start..<end]` with its escapes read; what is no escape stands for itself, half a surrogate pair is U+FFFD.
    static func read(_ bytes: TextBytes, from start: Int, to end: Int) -> String {
        String(decoding: utf8(bytes, from: start, to: end), as: UTF8.self)
    }

    static func utf8(_ bytes: TextBytes, from start: Int, to end: Int) -> [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(end - start)
        var index = start
        while index < end {
            let byte = bytes[index]
            guard byte == UInt8(ascii: "\\"), index + 1 < end else {
                out.append(byte)
                index += 1
                continue
            }
            let escape = bytes[index + 1]
            index += 2
            switch escape {
            case UInt8(ascii: "n"): out.append(0x0a)
            case UInt8(ascii: "t"): out.append(0x09)
            case UInt8(ascii: "r"): out.append(0x0d)
            case UInt8(ascii: "b"): out.append(0x08)
            case UInt8(ascii: "f"): out.append(0x0c)
            case UInt8(ascii: "u"): readUnicode(bytes, &index, end, into: &out)
            default: out.append(escape)
            }
        }
        return out
    }

    private static func readUnicode(_ bytes: TextBytes, _ index: inout Int, _ end: Int, into out: inout [UInt8]) {
        guard let first = hex(bytes, index, end) else {
            out.append(UInt8(ascii: "u"))
            return
        }
        index += 4
        var value = first
        if 0xd800...0xdbff ~= first {
            let isPair = bytes[index] == UInt8(ascii: "\\") && bytes[index + 1] == UInt8(ascii: "u")
            if isPair, let low = hex(bytes, index + 2, end), 0xdc00...0xdfff ~= low {
                value = 0x10000 + (first - 0xd800) << 10 + (low - 0xdc00)
                index += 6
            }
        }
        out.append(contentsOf: String(UnicodeScalar(value) ?? "\u{fffd}").utf8)
    }

    private static func hex(_ bytes: TextBytes, _ index: Int, _ end: Int) -> UInt32? {
        guard index + 4 <= end else { return nil }
        var value: UInt32 = 0
        for offset in 0..<4 {
            let byte = bytes[index + offset]
            switch byte {
            case 0x30...0x39: value = value << 4 | UInt32(byte - 0x30)
            case 0x41...0x46: value = value << 4 | UInt32(byte - 0x37)
            case 0x61...0x66: value = value << 4 | UInt32(byte - 0x57)
            default: return nil
            }
        }
        return value
    }
}
