/// Joins a stream of server-sent events into one answer, however its bytes are cut.
///
/// Comment lines (OpenRouter sends `: OPENROUTER PROCESSING` to keep the line open) are skipped, `data: [DONE]` ends the
/// stream, an error in the middle of it (OpenRouter sends one as a chunk with HTTP status 200) is the answer's failure.
/// Source: https://html.spec.whatwg.org/multipage/server-sent-events.html, https://openrouter.ai/docs/api-reference/streaming.
public struct ChatStream: Sendable {
    /// Bytes of one event; a longer one is refused.
    static let eventLimit = 1 << 20
    /// Bytes of all that was said.
    static let contentLimit = 4 << 20

    public private(set) var envelope = AnswerEnvelope()
    /// `[DONE]` was read.
    public private(set) var isDone = false
    /// Events that are no JSON.
    public private(set) var unreadable = 0
    /// More than this can be an answer was sent; the rest is not read.
    public private(set) var isTooLarge = false
    private var line: [UInt8] = []
    private var data: [UInt8] = []
    private var endsWithReturn = false

    public init() { envelope.isStream = true }

    /// Takes the next bytes, as they come.
    public mutating func feed(_ bytes: UnsafeBufferPointer<UInt8>) {
        for byte in bytes {
            if isTooLarge || isDone { return }
            switch byte {
            case 0x0a:
                if !endsWithReturn { endLine() }
                endsWithReturn = false
            case 0x0d:
                endLine()
                endsWithReturn = true
            default:
                endsWithReturn = false
                line.append(byte)
                if line.count > Self.eventLimit { isTooLarge = true }
            }
        }
    }

    /// The stream is over: what is left is an event too, where a server forgot the last blank line.
    public mutating func finish() {
        endLine()
        endEvent()
    }

    private mutating func endLine() {
        defer { line.removeAll(keepingCapacity: true) }
        guard !line.isEmpty else { return endEvent() }
        guard line.starts(with: "data:".utf8) else { return }
        var value = line.dropFirst(5)
        if value.first == 0x20 { value = value.dropFirst() }
        // Chunks are whole JSON objects: one that follows without a blank line is an event of its own.
        if !data.isEmpty, data.last == UInt8(ascii: "}"), value.first == UInt8(ascii: "{") { endEvent() }
        if !data.isEmpty { data.append(0x0a) }
        data += value
        if data.count > Self.eventLimit { isTooLarge = true }
    }

    private mutating func endEvent() {
        defer { data.removeAll(keepingCapacity: true) }
        guard !data.isEmpty else { return }
        if data.elementsEqual("[DONE]".utf8) {
            isDone = true
            return
        }
        data.withUnsafeBufferPointer { buffer in
            let bytes = TextBytes(all: buffer)
            guard bytes[bytes.skipBlanks(from: 0)] == UInt8(ascii: "{") else {
                unreadable += 1
                return
            }
            var reader = TolerantReader(bytes: bytes, tape: TextTape(), log: RepairLog())
            let root = reader.read(at: bytes.skipBlanks(from: 0))
            guard reader.tape[root].isClosed else {
                unreadable += 1
                return
            }
            envelope.take(JSONView(bytes: bytes, tape: reader.tape), root: root)
        }
        if envelope.content.utf8.count + envelope.reasoning.utf8.count > Self.contentLimit { isTooLarge = true }
    }
}

extension AnswerEnvelope {
    /// Reads a body that is a chat completion or an error; `nil` for anything else.
    public static func read(body: UnsafeBufferPointer<UInt8>) -> AnswerEnvelope? {
        let bytes = TextBytes(all: body)
        let start = bytes.skipBlanks(from: 0)
        guard bytes[start] == UInt8(ascii: "{") else { return nil }
        var reader = TolerantReader(bytes: bytes, tape: TextTape(), log: RepairLog())
        let root = reader.read(at: start)
        let view = JSONView(bytes: bytes, tape: reader.tape)
        guard view.isEnvelope(root) || view.isThere(view.member(root, "error")) else { return nil }
        var envelope = AnswerEnvelope()
        envelope.take(view, root: root)
        return envelope
    }
}

extension JSONView {
    /// A chat completion, whole or cut off.
    func isEnvelope(_ root: Int) -> Bool {
        guard let choices = member(root, "choices"), tape[choices].kind == .array else { return false }
        guard let choice = first(choices) else { return member(root, "object") != nil || member(root, "model") != nil }
        return member(choice, "message") != nil || member(choice, "delta") != nil
    }
}
