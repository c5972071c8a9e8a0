/// Why a WebSocket connection is at its end.
public struct WebSocketError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Code: String, Sendable, CaseIterable {
        case badRequest, cannotConnect, notTrusted, timedOut
        /// The server did not agree to speak WebSocket.
        case refused
        /// Nothing came for too long: a connection that is half open looks like a quiet market.
        case silent
        /// The connection broke without a word.
        case broken
        /// The server closed it.
        case closedByServer
        /// What came is against RFC 6455, or longer than allowed.
        case protocolViolation
        /// ``WebSocketSession/close()`` was called.
        case closed
    }

    public let code: Code
    public let detail: String
    /// The HTTP status of a refusal.
    public let status: Int?

    public init(_ code: Code, _ detail: String, status: Int? = nil) {
        self.code = code
        self.detail = detail
        self.status = status
    }

    public var description: String { "the WebSocket is \(code.rawValue): \(detail)" }
}

/// What a server sends, put together from its frames.
enum WebSocketMessage: Hashable, Sendable {
    case text([UInt8])
    case binary([UInt8])
    case ping([UInt8])
    case pong([UInt8])
    /// 1005 where the server gave no code.
    case close(code: Int, reason: String)
}

/// Takes the frames of a server apart (RFC 6455, section 5); bytes may come in any pieces.
struct WebSocketDecoder {
    private var bytes: [UInt8] = []
    private var position = 0
    /// The message that is being put together: its opcode, and its bytes so far.
    private var partial: (opcode: UInt8, bytes: [UInt8])?
    let maximumBytes: Int

    init(maximumBytes: Int) { self.maximumBytes = maximumBytes }

    mutating func append(_ more: some Sequence<UInt8>) {
        if position > 0, position >= bytes.count / 2 {
            bytes.removeFirst(position)
            position = 0
        }
        bytes.append(contentsOf: more)
    }

    /// The next whole message; `nil` where more bytes are needed. After an error the connection is of no use.
    mutating func next() throws(WebSocketError) -> WebSocketMessage? {
        while let (isFinal, opcode, payload) = try frame() {
            if let message = try take(isFinal, opcode, payload) { return message }
        }
        return nil
    }

    private func violation(_ detail: String) -> WebSocketError { WebSocketError(.protocolViolation, detail) }

    private mutating func frame() throws(WebSocketError) -> (isFinal: Bool, opcode: UInt8, payload: ArraySlice<UInt8>)?
    {
        let available = bytes.count - position
        guard available >= 2 else { return nil }
        let (first, second) = (bytes[position], bytes[position + 1])
        guard first & 0x70 == 0 else { throw violation("a frame sets reserved bits, and no extension was agreed") }
        guard second & 0x80 == 0 else { throw violation("a frame of the server is masked") }
        var length = Int(second & 0x7f)
        var header = 2
        if length >= 126 {
            header = length == 126 ? 4 : 10
            guard available >= header else { return nil }
            var wide: UInt64 = 0
            for index in 2..<header { wide = wide << 8 | UInt64(bytes[position + index]) }
            guard wide <= UInt64(maximumBytes) else {
                throw violation("a frame of \(wide) bytes is longer than the \(maximumBytes) allowed")
            }
            guard wide >= (header == 4 ? 126 : 65_536) else {
                throw violation("a length is not written the shortest way")
            }
            length = Int(wide)
        }
        let opcode = first & 0x0f
        let isFinal = first & 0x80 != 0
        if opcode >= 8 {
            guard isFinal, length <= 125 else {
                throw violation("a control frame is fragmented or longer than 125 bytes")
            }
        }
        guard available >= header + length else { return nil }
        let start = position + header
        position = start + length
        return (isFinal, opcode, bytes[start..<position])
    }

    private mutating func take(
        _ isFinal: Bool, _ opcode: UInt8, _ payload: ArraySlice<UInt8>
    ) throws(WebSocketError) -> WebSocketMessage? {
        switch opcode {
        case 0, 1, 2:
            return try takeData(isFinal, opcode, payload)
        case 8: return try close(payload)
        case 9: return .ping(Array(payload))
        case 10: return .pong(Array(payload))
        default: throw violation("\(opcode) is no opcode")
        }
    }

    private mutating func takeData(
        _ isFinal: Bool, _ opcode: UInt8, _ payload: ArraySlice<UInt8>
    ) throws(WebSocketError) -> WebSocketMessage? {
        if opcode == 0, partial == nil { throw violation("a continuation has nothing to continue") }
        if opcode != 0, partial != nil { throw violation("a message begins inside another") }
        var message = partial ?? (opcode, [])
        partial = nil
        guard message.bytes.count + payload.count <= maximumBytes else {
            throw violation("a message is longer than the \(maximumBytes) bytes allowed")
        }
        message.bytes.append(contentsOf: payload)
        guard isFinal else {
            partial = message
            return nil
        }
        guard message.opcode == 1 else { return .binary(message.bytes) }
        guard String(validating: message.bytes, as: UTF8.self) != nil else {
            throw violation("the bytes of a text are not UTF-8")
        }
        return .text(message.bytes)
    }

    private func close(_ payload: ArraySlice<UInt8>) throws(WebSocketError) -> WebSocketMessage {
        if payload.isEmpty { return .close(code: 1_005, reason: "") }
        guard payload.count >= 2 else { throw violation("a close frame has one byte") }
        let code = Int(payload[payload.startIndex]) << 8 | Int(payload[payload.startIndex + 1])
        guard (1_000...1_014).contains(code) && ![1_004, 1_005, 1_006].contains(code) || (3_000...4_999).contains(code)
        else { throw violation("\(code) is no code to close with") }
        guard let reason = String(validating: payload.dropFirst(2), as: UTF8.self) else {
            throw violation("the reason of a close frame is not UTF-8")
        }
        return .close(code: code, reason: reason)
    }
}

/// Writes the frames of a client: whole and masked.
enum WebSocketEncoder {
    enum Opcode: UInt8 {
        case text = 1
        case close = 8
        case ping = 9
        case pong = 10
    }

    /// `mask` is different for each frame and cannot be foreseen by whoever chose the payload (section 10.3).
    static func frame(_ opcode: Opcode, _ payload: [UInt8], mask: UInt32) -> [UInt8] {
        var out: [UInt8] = [0x80 | opcode.rawValue]
        switch payload.count {
        case ..<126: out.append(0x80 | UInt8(payload.count))
        case ..<65_536:
            out += [0x80 | 126, UInt8(payload.count >> 8), UInt8(payload.count & 0xff)]
        default:
            out.append(0x80 | 127)
            for shift in stride(from: 56, through: 0, by: -8) {
                out.append(UInt8(truncatingIfNeeded: payload.count >> shift))
            }
        }
        let key = withUnsafeBytes(of: mask.bigEndian, Array.init)
        out += key
        for (index, byte) in payload.enumerated() { out.append(byte ^ key[index & 3]) }
        return out
    }
}
