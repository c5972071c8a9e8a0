/// Why bytes are no message of protobuf.
public struct ProtobufError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Bytes before the place.
    public let offset: Int
    public let detail: String
    public var description: String { "\(detail) (at byte \(offset))" }
}

/// Reads the fields of one message in protobuf's wire format ("Encoding", protobuf.dev).
struct ProtobufReader {
    enum Value {
        case integer(UInt64)
        case bytes(ArraySlice<UInt8>)
    }

    private let bytes: ArraySlice<UInt8>
    private var position: Int

    init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        position = bytes.startIndex
    }

    /// The next field; `nil` at the end.
    mutating func next() throws(ProtobufError) -> (number: Int, value: Value)? {
        guard position < bytes.endIndex else { return nil }
        let tag = try varint()
        let number = Int(truncatingIfNeeded: tag >> 3)
        guard number > 0, number < 1 << 29 else { throw error("\(number) is no field number") }
        switch tag & 7 {
        case 0: return (number, .integer(try varint()))
        case 1: return (number, .integer(try fixed(8)))
        case 2:
            let length = try varint()
            guard length <= UInt64(bytes.endIndex - position) else {
                throw error("a field of \(length) bytes does not fit the \(bytes.endIndex - position) that are left")
            }
            let field = bytes[position..<position + Int(length)]
            position += Int(length)
            return (number, .bytes(field))
        case 5: return (number, .integer(try fixed(4)))
        default: throw error("wire type \(tag & 7) is not one of protobuf 3")
        }
    }

    private mutating func varint() throws(ProtobufError) -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 70, by: 7) {
            guard position < bytes.endIndex else { throw error("a number is cut off") }
            let byte = bytes[position]
            position += 1
            guard shift < 63 || byte <= 1 else { break }
            value |= UInt64(byte & 0x7f) << shift
            if byte < 0x80 { return value }
        }
        throw error("a number has more than 64 bits")
    }

    private mutating func fixed(_ count: Int) throws(ProtobufError) -> UInt64 {
        guard bytes.endIndex - position >= count else { throw error("a number is cut off") }
        var value: UInt64 = 0
        for index in 0..<count { value |= UInt64(bytes[position + index]) << UInt64(index * 8) }
        position += count
        return value
    }

    func error(_ detail: String) -> ProtobufError {
        ProtobufError(offset: position - bytes.startIndex, detail: detail)
    }
}
