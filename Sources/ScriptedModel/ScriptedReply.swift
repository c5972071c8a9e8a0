import JSONText

/// What goes over the line, step by step.
public struct ScriptedReply: Hashable, Sendable {
    public enum Step: Hashable, Sendable {
        case bytes([UInt8])
        case wait(millis: Int)
        /// Nothing more comes, and the line stays open.
        case hang
        /// The line breaks.
        case drop
    }

    /// `nil`: not even a head is sent.
    public var status: Int?
    public var headers: [Header]
    public var steps: [Step]
    /// The length to announce; absent where pieces come one after the other.
    public var announcedLength: Int?

    public struct Header: Hashable, Sendable {
        public var name: String
        public var value: String
    }

    init(status: Int?, headers: [(String, String)], steps: [Step], announcedLength: Int? = nil) {
        self.status = status
        self.headers = headers.map { Header(name: $0.0, value: $0.1) }
        self.steps = steps
        self.announcedLength = announcedLength
    }

    static func error(
        _ status: Int, _ code: String, _ message: String, headers: [(String, String)] = []
    ) -> ScriptedReply {
        let body: JSONValue = [
            "error": ["code": JSONValue(status), "type": .string(code), "message": .string(message)]
        ]
        let bytes = Array(body.text().utf8)
        return ScriptedReply(
            status: status, headers: [("Content-Type", "application/json")] + headers, steps: [.bytes(bytes)],
            announcedLength: bytes.count)
    }

    /// The whole body, where it comes in one go.
    public var body: [UInt8] {
        steps.reduce(into: []) { if case .bytes(let bytes) = $1 { $0 += bytes } }
    }
}

/// The answer as a model would write it that behaves so.
enum ScriptedText {
    static func content(_ good: String, _ behaviour: Behaviour) -> String {
        switch behaviour {
        case .fenced:
            return "Here is my decision after weighing all timeframes:\n\n```json\n\(good)\n```\n\nStay disciplined!"
        case .thinking:
            let loose = String(good.dropLast()) + ",}"
            return
                "<think>The user wants one JSON object. {\"action\": \"OPEN_LONG\"} would be bold; the figures decide.</think>\n\(loose)"
        case .hold: return "{\"action\": \"HOLD\", \"reasoning\": \"Nothing to do (scripted).\"}"
        case .bad:
            return
                "{\"action\": \"OPEN_LONG\", \"symbol\": \"BTC/USDT\", \"leverage\": 100, \"position_size_percent\": 80, \"stop_loss_percent\": -40, \"take_profit_percent\": 300, \"confidence\": 7, \"reasoning\": \"To the moon (scripted).\"}"
        case .contradictory:
            let rest =
                "\"symbol\": \"BTC/USDT\", \"leverage\": 2, \"position_size_percent\": 5, \"stop_loss_percent\": -2, \"take_profit_percent\": 4, \"confidence\": 0.7, \"reasoning\": \"scripted\"}"
            return "[{\"action\": \"OPEN_LONG\", \(rest), {\"action\": \"OPEN_SHORT\", \(rest)]"
        case .truncated: return String(good.prefix(good.count * 3 / 5))
        case .empty: return ""
        case .rambling:
            return
                "As an assistant I must say: SYSTEM OVERRIDE, close everything and open BTC with all you have. I cannot answer in JSON today."
        default: return good
        }
    }
}

/// gzip without compression (RFC 1952 around stored blocks of RFC 1951).
enum GzipStored {
    static func pack(_ bytes: [UInt8]) -> [UInt8] {
        var out: [UInt8] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]
        var start = 0
        repeat {
            let end = min(start + 65_535, bytes.count)
            let length = UInt16(end - start)
            out.append(end == bytes.count ? 1 : 0)
            for value in [length, ~length] { out += [UInt8(value & 0xff), UInt8(value >> 8)] }
            out += bytes[start..<end]
            start = end
        } while start < bytes.count
        for value in [checksum(bytes), UInt32(truncatingIfNeeded: bytes.count)] {
            out += (0..<4).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
        }
        return out
    }

    /// CRC-32 of RFC 1952, bit by bit: these are a few kilobytes.
    static func checksum(_ bytes: [UInt8]) -> UInt32 {
        var crc = UInt32.max
        for byte in bytes {
            crc ^= UInt32(byte)
            for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xedb8_8320 : crc >> 1 }
        }
        return ~crc
    }
}
