public import JSONText

/// Takes a text apart into the messages in it: one a line, or a message over several lines.
///
/// What cannot be read costs one error and the line it begins on; the next line is tried again. MEXC's protobuf messages
/// stand as hexadecimal digits or base64, one a line.
public struct MessageLines: Sequence {
    /// One message, or why there is none, with the line on which it begins, counted from 1.
    public struct Entry: Sendable {
        public let line: Int
        public let value: Result<JSONValue, JSONError>
    }

    private let bytes: [UInt8]
    private let venue: VenueDialect

    public init(_ bytes: [UInt8], venue: VenueDialect) {
        self.bytes = bytes
        self.venue = venue
    }

    public func makeIterator() -> AnyIterator<Entry> {
        var position = 0
        var line = 1
        // A mark of the byte order at the beginning is no part of the text.
        if bytes.starts(with: [0xef, 0xbb, 0xbf]) { position = 3 }
        return AnyIterator {
            while position < bytes.count, bytes[position] <= 0x20 {
                if bytes[position] == 0x0a { line += 1 }
                position += 1
            }
            guard position < bytes.count else { return nil }
            let (value, length) = read(at: position)
            let entry = Entry(line: line, value: value)
            line += bytes[position..<position + length].count { $0 == 0x0a }
            position += length
            return entry
        }
    }

    /// The message that begins at `position`, and how many bytes it takes.
    private func read(at position: Int) -> (Result<JSONValue, JSONError>, Int) {
        let rest = bytes[position...]
        let lineLength = rest.firstIndex(of: 0x0a).map { $0 - position } ?? rest.count
        if venue == .mexc, let value = protobuf(rest.prefix(lineLength)) { return (value, lineLength) }
        return bytes.withUnsafeBytes { raw in
            var scanner = JSONScanner(UnsafeRawBufferPointer(rebasing: raw[position...]))
            do throws(JSONError) {
                let value = try scanner.value()
                let behind = rest.dropFirst(scanner.offset).prefix { $0 != 0x0a }
                guard behind.allSatisfy({ $0 <= 0x20 }) else {
                    let count = behind.count
                    return (
                        .failure(
                            JSONError(
                                .trailingText, offset: scanner.offset,
                                "\(count) more byte\(count == 1 ? " follows" : "s follow") the end of the message")),
                        scanner.offset + behind.count
                    )
                }
                return (.success(value), scanner.offset)
            } catch {
                return (.failure(error), lineLength)
            }
        }
    }

    /// A line of hexadecimal digits or base64 as a message; `nil` where it is neither.
    private func protobuf(_ line: ArraySlice<UInt8>) -> Result<JSONValue, JSONError>? {
        var line = line
        while let last = line.last, last <= 0x20 { line.removeLast() }
        guard line.count >= 8, let bytes = MessageLines.hexadecimal(line) ?? MessageLines.base64(line) else {
            return nil
        }
        do throws(ProtobufError) {
            return .success(try MexcProtobuf.json(bytes))
        } catch {
            return .failure(JSONError(.badValue, offset: error.offset, error.detail))
        }
    }

    static func hexadecimal(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        guard text.count.isMultiple(of: 2) else { return nil }
        var out: [UInt8] = []
        var high: UInt8?
        for byte in text {
            guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue, byte < 0x80 else { return nil }
            if let first = high {
                out.append(first << 4 | UInt8(digit))
                high = nil
            } else {
                high = UInt8(digit)
            }
        }
        return out
    }

    /// RFC 4648 base64, with or without its padding.
    static func base64(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        var out: [UInt8] = []
        var bits: UInt32 = 0
        var count = 0
        for byte in text {
            let value: UInt8
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): value = byte - 65
            case UInt8(ascii: "a")...UInt8(ascii: "z"): value = byte - 71
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = byte + 4
            case UInt8(ascii: "+"): value = 62
            case UInt8(ascii: "/"): value = 63
            case UInt8(ascii: "="): continue
            default: return nil
            }
            bits = bits << 6 | UInt32(value)
            count += 6
            if count >= 8 {
                count -= 8
                out.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
            }
        }
        return out
    }
}
