/// Where a root value of a text stands.
struct AnswerRoot {
    var node: Int
    /// Inside reasoning that precedes the answer.
    var isReasoning = false
    /// Inside a tag that names the answer, such as `<decision>`.
    var isTagged = false
    /// After something that began like JSON and was not, at a place where a quotation could stand.
    var isDoubtful = false
}

/// Finds the JSON values in a text of prose, fences and tags, and says which of them can be the answer.
struct AnswerScanner {
    static let rootLimit = 512

    private(set) var reader: TolerantReader
    private(set) var roots: ContiguousArray<AnswerRoot>
    /// Where the text ended inside a value, or reasoning was never closed.
    private(set) var truncatedAt: Int?
    private(set) var isReasoningOpen = false
    private(set) var nonsenseAt: Int?
    private(set) var limit: TolerantReader.Stop?

    private var reasoning: (name: Slice<UnsafeBufferPointer<UInt8>>, at: Int, isThink: Bool)?
    private var firstRootOfReasoning = 0
    private var answerTags = 0
    private var isFenced = false
    private var hasProse = false
    private var hasDoubt = false

    init(bytes: TextBytes, tape: TextTape, log: RepairLog, roots: ContiguousArray<AnswerRoot>) {
        reader = TolerantReader(bytes: bytes, tape: tape, log: log)
        self.roots = roots
    }

    /// 1 brace or bracket, 2 tag, 3 fence, 4 lead byte of a full-width bracket, 0 anything else but blanks (5).
    private static let classes: [UInt8] = {
        var table = [UInt8](repeating: 0, count: 256)
        for (byte, kind) in [(0x7b, 1), (0x5b, 1), (0x3c, 2), (0x60, 3), (0xef, 4), (0xe3, 4)] as [(Int, UInt8)] {
            table[byte] = kind
        }
        for byte in [0x20, 0x09, 0x0a, 0x0d] { table[byte] = 5 }
        return table
    }()

    /// O(length): the place only moves forward.
    mutating func scan() {
        let bytes = reader.bytes
        var index = 0
        AnswerScanner.classes.withUnsafeBufferPointer { classes in
            while index < bytes.count, limit == nil {
                switch classes[Int(bytes.all[index])] {
                case 5: index += 1
                case 1: index = opening(at: index, length: 1)
                case 2: index = tag(at: index)
                case 3: index = fence(at: index)
                case 4:
                    let mark = bytes.mark(index)
                    let isOpening = mark.twin == UInt8(ascii: "{") || mark.twin == UInt8(ascii: "[")
                    index = isOpening ? opening(at: index, length: mark.length) : prose(at: index)
                default:
                    index = prose(at: index)
                    while index < bytes.count, classes[Int(bytes.all[index])] == 0 { index += 1 }
                }
            }
        }
        finish()
    }

    private mutating func prose(at index: Int) -> Int {
        let blank = reader.bytes.blank(index)
        if blank > 0 { return index + blank }
        if !hasProse {
            hasProse = true
            reader.log.note(.prose, at: index)
        }
        return index + 1
    }

    private mutating func fence(at index: Int) -> Int {
        let bytes = reader.bytes
        guard bytes[index + 1] == 0x60, bytes[index + 2] == 0x60 else { return prose(at: index) }
        var end = index + 3
        if isFenced {
            isFenced = false
        } else {
            isFenced = true
            hasDoubt = false
            reader.log.note(.fence, at: index)
            // The language: `json`, `JSON5`, `python`.
            while bytes[end] | 0x20 &- 0x61 <= 25 || bytes[end] &- 0x30 <= 9 { end += 1 }
        }
        while bytes[end] == 0x60 { end += 1 }
        return end
    }

    private mutating func opening(at index: Int, length: Int) -> Int {
        let bytes = reader.bytes
        if let end = squareTag(at: index) { return end }
        guard opensValue(at: index, length: length) else { return prose(at: index) }
        guard roots.count < Self.rootLimit else {
            limit = .tooMany
            return bytes.count
        }
        let isDoubtful = hasDoubt && answerTags == 0 && !bytes.startsLine(index)
        let node = reader.read(at: index)
        roots.append(
            AnswerRoot(node: node, isReasoning: reasoning != nil, isTagged: answerTags > 0, isDoubtful: isDoubtful))
        switch reader.stop {
        case nil: break
        case .end: truncatedAt = truncatedAt ?? reader.place
        case .nonsense:
            hasDoubt = true
            nonsenseAt = nonsenseAt ?? reader.place
        case .tooDeep, .tooMany: limit = reader.stop
        }
        return max(reader.place, index + length)
    }

    /// Whether a brace or bracket in prose begins a value and not a remark.
    private func opensValue(at index: Int, length: Int) -> Bool {
        let bytes = reader.bytes
        let place = bytes.skipBlanks(from: index + length)
        let mark = bytes.mark(place)
        if mark.twin == UInt8(ascii: "\"") || mark.twin == UInt8(ascii: "'") { return true }
        if bytes.mark(index).twin == UInt8(ascii: "{") {
            if mark.twin == UInt8(ascii: "}") { return true }
            if mark.twin == UInt8(ascii: "/") || mark.twin == UInt8(ascii: "#") { return true }
            return reader.looksLikeName(at: place) || place >= bytes.count
        }
        switch mark.twin {
        case UInt8(ascii: "{"), UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: "-"), UInt8(ascii: "/"): return true
        default: return mark.twin &- 0x30 <= 9 || place >= bytes.count
        }
    }

    /// `[THINK]` and `[/THINK]`, as Mistral's models write.
    private mutating func squareTag(at index: Int) -> Int? {
        let bytes = reader.bytes
        let isClosing = bytes[index + 1] == UInt8(ascii: "/")
        let start = index + (isClosing ? 2 : 1)
        guard bytes.hasWord("think]", at: start) else { return nil }
        turn(name: bytes.slice(start, start + 5), isClosing: isClosing, at: index)
        return start + 6
    }

    private mutating func tag(at index: Int) -> Int {
        let bytes = reader.bytes
        if bytes.hasWord("<|channel|>", at: index) {
            // The channels of gpt-oss: all before `final` is reasoning.
            let name = bytes.slice(index + 2, index + 9)
            if bytes.hasWord("final", at: index + 11) {
                turn(name: name, isClosing: true, at: index)
            } else {
                turn(name: name, isClosing: false, at: index)
            }
            return index + 11
        }
        let isClosing = bytes[index + 1] == UInt8(ascii: "/")
        let start = index + (isClosing ? 2 : 1)
        var end = start
        while end - start < 32, reader.isNameByte(bytes[end]) { end += 1 }
        guard end > start else { return prose(at: index) }
        var close = end
        while close - end < 120, close < bytes.count, bytes[close] != UInt8(ascii: ">"), bytes[close] != 0x0a {
            close += 1
        }
        guard bytes[close] == UInt8(ascii: ">") else { return prose(at: index) }
        turn(name: bytes.slice(start, end), isClosing: isClosing, at: index)
        return close + 1
    }

    private mutating func turn(name: Slice<UnsafeBufferPointer<UInt8>>, isClosing: Bool, at index: Int) {
        let key = KeyHash.of(name)
        if Tags.reasoning.contains(key) {
            isClosing ? leaveReasoning(key, at: index) : enterReasoning(name, key, at: index)
        } else if Tags.answer.contains(key) {
            if isClosing {
                answerTags = max(0, answerTags - 1)
            } else {
                answerTags += 1
                hasDoubt = false
                reader.log.note(.tag, at: index)
                // Reasoning that was not closed ends where the answer begins; a think block does not, it may hold drafts.
                if let open = reasoning, !open.isThink { reasoning = nil }
            }
        }
    }

    private mutating func enterReasoning(_ name: Slice<UnsafeBufferPointer<UInt8>>, _ key: UInt64, at index: Int) {
        guard reasoning == nil else { return }
        reasoning = (name, index, Tags.think.contains(key))
        reader.log.note(.reasoningLeftOut, at: index)
    }

    private mutating func leaveReasoning(_ key: UInt64, at index: Int) {
        if let open = reasoning {
            if KeyHash.of(open.name) == key { reasoning = nil }
        } else if Tags.think.contains(key) {
            // The provider cut the opening tag off: everything so far was reasoning.
            for place in roots.indices { roots[place].isReasoning = true }
            reader.log.note(.reasoningLeftOut, at: 0)
        }
        hasDoubt = false
    }

    private mutating func finish() {
        guard let reasoning else { return }
        isReasoningOpen = true
        if reasoning.isThink { truncatedAt = truncatedAt ?? reader.bytes.count }
    }
}

/// The names of tags that mean something.
private enum Tags {
    static let think: Set<UInt64> = Set(["think", "thinking", "thought", "channel"].map(KeyHash.of))
    static let reasoning: Set<UInt64> = think.union(
        [
            "thoughts", "reasoning", "analysis", "scratchpad", "reflection", "chain_of_thought", "cot", "rationale",
            "reasoning_process", "thinking_process", "inner_monologue", "cot_trace", "market_analysis",
        ].map(KeyHash.of))
    static let answer: Set<UInt64> = Set(
        [
            "decision", "decisions", "final_decision", "trading_decision", "trading_decisions", "answer",
            "final_answer",
            "final", "output", "json", "result", "response",
        ].map(KeyHash.of))
}
