/// Takes the frames of a client apart (RFC 6455, section 5); bytes may come in any pieces.
struct WebSocketDecoder {
    enum Item: Hashable {
        case message(WebSocketMessage)
        case close(code: Int, reason: String)
    }

    /// What the connection is closed with: 1002 against the protocol, 1007 not UTF-8, 1009 too long.
    struct Violation: Error, Hashable {
        let code: Int
        let reason: String
    }

    private var bytes: [UInt8] = []
    private var position = 0
    private var partial: (opcode: UInt8, bytes: [UInt8])?
    let limit: Int

    init(limit: Int) { self.limit = limit }

    mutating func append(_ more: some Sequence<UInt8>) {
        if position > 0, position >= bytes.count / 2 {
            bytes.removeFirst(position)
            position = 0
        }
        bytes.append(contentsOf: more)
    }

    /// The next whole message; `nil` where more bytes are needed. After an error the connection is of no use.
    mutating func next() throws(Violation) -> Item? {
        while let (isFinal, opcode, payload) = try frame() {
            switch opcode {
            case 0, 1, 2: if let message = try data(isFinal, opcode, payload) { return .message(message) }
            case 8: return try close(payload)
            case 9: return .message(.ping(payload))
            case 10: return .message(.pong(payload))
            default: throw against("\(opcode) is no opcode")
            }
        }
        return nil
    }

    private func against(_ reason: String) -> Violation { Violation(code: 1_002, reason: reason) }

    private var tooLong: Violation { Violation(code: 1_009, reason: "a message is longer than the \(limit) allowed") }

    private mutating func frame() throws(Violation) -> (isFinal: Bool, opcode: UInt8, payload: [UInt8])? {
        let available = bytes.count - position
        guard available >= 2 else { return nil }
        let (first, second) = (bytes[position], bytes[position + 1])
        guard first & 0x70 == 0 else { throw against("a frame sets reserved bits") }
        guard second & 0x80 != 0 else { throw against("a frame of the client is not masked") }
        var length = Int(second & 0x7f)
        var header = 2
        if length >= 126 {
            header = length == 126 ? 4 : 10
            guard available >= header else { return nil }
            var wide: UInt64 = 0
            for index in 2..<header { wide = wide << 8 | UInt64(bytes[position + index]) }
            guard wide <= UInt64(limit) else { throw tooLong }
            guard wide >= (header == 4 ? 126 : 65_536) else {
                throw against("a length is not written the shortest way")
            }
            length = Int(wide)
        }
        let opcode = first & 0x0f
        let isFinal = first & 0x80 != 0
        guard opcode < 8 || (isFinal && length <= 125) else {
            throw against("a control frame is fragmented or too long")
        }
        guard available >= header + 4 + length else { return nil }
        let key = position + header
        var payload = Array(bytes[(key + 4)..<(key + 4 + length)])
        for index in payload.indices { payload[index] ^= bytes[key + (index & 3)] }
        position = key + 4 + length
        return (isFinal, opcode, payload)
    }

    private mutating func data(
        _ isFinal: Bool, _ opcode: UInt8, _ payload: [UInt8]
    ) throws(Violation) -> WebSocketMessage? {
        if opcode == 0, partial == nil { throw against("a continuation has nothing to continue") }
        if opcode != 0, partial != nil { throw against("a message begins inside another") }
        var message = partial ?? (opcode, [])
        partial = nil
        guard message.bytes.count + payload.count <= limit else { throw tooLong }
        message.bytes += payload
        guard isFinal else {
            partial = message
            return nil
        }
        guard message.opcode == 1 else { return .binary(message.bytes) }
        guard let text = String(validating: message.bytes, as: UTF8.self) else {
            throw Violation(code: 1_007, reason: "the bytes of a text are not UTF-8")
        }
        return .text(text)
    }

    private func close(_ payload: [UInt8]) throws(Violation) -> Item {
        if payload.isEmpty { return .close(code: 1_005, reason: "") }
        guard payload.count >= 2 else { throw against("a close frame has one byte") }
        let code = Int(payload[0]) << 8 | Int(payload[1])
        guard (1_000...1_014).contains(code) && ![1_004, 1_005, 1_006].contains(code) || (3_000...4_999).contains(code)
        else { throw against("\(code) is no code to close with") }
        guard let reason = String(validating: payload.dropFirst(2), as: UTF8.self) else {
            throw Violation(code: 1_007, reason: "the reason of a close frame is not UTF-8")
        }
        return .close(code: code, reason: reason)
    }
}

/// Writes the frames of a server: whole and not masked.
enum WebSocketFrames {
    enum Opcode: UInt8 {
        case text = 1
        case binary = 2
        case close = 8
        case ping = 9
        case pong = 10
    }

    static func frame(_ opcode: Opcode, _ payload: [UInt8]) -> [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(payload.count + 10)
        out.append(0x80 | opcode.rawValue)
        switch payload.count {
        case ..<126: out.append(UInt8(payload.count))
        case ..<65_536: out += [126, UInt8(payload.count >> 8), UInt8(payload.count & 0xff)]
        default:
            out.append(127)
            for shift in stride(from: 56, through: 0, by: -8) {
                out.append(UInt8(truncatingIfNeeded: payload.count >> shift))
            }
        }
        return out + payload
    }

    static func close(code: Int, reason: String) -> [UInt8] {
        guard code != 1_005 else { return frame(.close, []) }
        var text = reason[...]
        while text.utf8.count > 123 { text.removeLast() }
        return frame(.close, [UInt8(code >> 8 & 0xff), UInt8(code & 0xff)] + Array(text.utf8))
    }
}
