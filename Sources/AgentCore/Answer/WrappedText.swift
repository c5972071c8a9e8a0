/// A text that was escaped as a whole on its way, so that no value can be read from it as it stands.
///
/// Each of these has one reading: every quotation mark of the text is escaped, so none of them can begin a name or a value.
enum WrappedText {
    /// What the text was before it was escaped; `nil` where it was not.
    static func inner(_ bytes: TextBytes) -> [UInt8]? {
        var start = bytes.skipBlanks(from: 0)
        var end = bytes.count
        while end > start, [0x20, 0x09, 0x0a, 0x0d].contains(bytes[end - 1]) { end -= 1 }
        guard start < end else { return nil }
        // The whole text is one JSON string.
        if bytes[start] == UInt8(ascii: "\""), bytes[end - 1] == UInt8(ascii: "\""), end - start >= 2 {
            start += 1
            end -= 1
        }
        if isEscaped(bytes, from: start, to: end) { return UnescapedText.utf8(bytes, from: start, to: end) }
        return withoutEntities(bytes, from: start, to: end)
    }

    /// The text of a member that carries the answer as a string: `{"response": "{…}"}`; `nil` where none or two do.
    static func carried(_ bytes: TextBytes, _ tape: TextTape, root: Int) -> [UInt8]? {
        guard tape[root].kind == .object, tape[root].isClosed else { return nil }
        var found: [UInt8]?
        var child = root + 1
        while child < Int(tape[root].next) {
            let node = tape[child]
            if node.kind == .string, node.isClosed, carriers.contains(node.key) {
                let text = UnescapedText.utf8(bytes, from: Int(node.start), to: Int(node.end))
                let first = text.first { $0 > 0x20 }
                if first == UInt8(ascii: "{") || first == UInt8(ascii: "[") {
                    guard found == nil else { return nil }
                    found = text
                }
            }
            child = max(Int(node.next), child + 1)
        }
        return found
    }

    private static let carriers = Set(
        [
            "answer", "final_answer", "response", "output", "result", "content", "decision", "decisions",
            "trading_decision", "trading_decisions", "json",
        ].map { KeyHash.of($0) })

    /// Whether there is a quotation mark and each has a backslash before it.
    private static func isEscaped(_ bytes: TextBytes, from start: Int, to end: Int) -> Bool {
        var hasOne = false
        for index in start..<end where bytes[index] == UInt8(ascii: "\"") {
            guard index > start, bytes[index - 1] == UInt8(ascii: "\\") else { return false }
            hasOne = true
        }
        return hasOne
    }

    private static let entities: [(StaticString, UInt8)] = [
        ("&quot;", 0x22), ("&#34;", 0x22), ("&#x22;", 0x22), ("&apos;", 0x27), ("&#39;", 0x27), ("&lt;", 0x3c),
        ("&gt;", 0x3e), ("&nbsp;", 0x20), ("&amp;", 0x26),
    ]

    /// The text with the entities of HTML read, where it has quotation marks only as entities.
    private static func withoutEntities(_ bytes: TextBytes, from start: Int, to end: Int) -> [UInt8]? {
        var out: [UInt8] = []
        var hasQuotes = false
        var index = start
        while index < end {
            guard bytes[index] != UInt8(ascii: "\"") else { return nil }
            let entity = bytes[index] == UInt8(ascii: "&") ? entities.first { matches($0.0, bytes, index) } : nil
            if let (name, byte) = entity {
                if byte == UInt8(ascii: "\"") { hasQuotes = true }
                out.append(byte)
                index += name.utf8CodeUnitCount
            } else {
                out.append(bytes[index])
                index += 1
            }
        }
        return hasQuotes ? out : nil
    }

    private static func matches(_ name: StaticString, _ bytes: TextBytes, _ index: Int) -> Bool {
        for offset in 0..<name.utf8CodeUnitCount where bytes[index + offset] != name.utf8Start[offset] { return false }
        return true
    }
}
