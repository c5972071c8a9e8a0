/// One value of a text that was read as JSON with tolerance.
struct TextNode {
    enum Kind: UInt8 {
        case object, array, string, number, word
    }
    var kind: Kind
    /// An object or array that the text closes, a string that ends; scalars are always closed.
    var isClosed: Bool
    /// A string with `\` in it.
    var hasEscapes = false
    /// The bytes of a scalar without its quotes; of an object or array from its opening mark.
    var start: Int32
    var end: Int32
    /// The member's name in its object, without quotes; empty outside objects.
    var keyStart: Int32 = 0
    var keyEnd: Int32 = 0
    /// ``KeyHash`` of the name.
    var key: UInt64 = 0
    /// The index behind the node's last descendant.
    var next: Int32
}

/// A hash over the letters and digits of a name in lower case, so that `Position-Size %` and `position_size` are one.
enum KeyHash {
    static let seed: UInt64 = 0xcbf2_9ce4_8422_2325

    @inline(__always)
    static func add(_ byte: UInt8, to hash: UInt64) -> UInt64 {
        var folded = byte
        if byte &- 0x41 <= 25 { folded |= 0x20 }
        let counts = folded &- 0x61 <= 25 || folded &- 0x30 <= 9 || folded >= 0x80 || folded == 0x25
        return counts ? (hash ^ UInt64(folded)) &* 0x0000_0100_0000_01b3 : hash
    }

    static func of(_ text: String) -> UInt64 { text.utf8.reduce(seed) { add($1, to: $0) } }

    static func of(_ bytes: Slice<UnsafeBufferPointer<UInt8>>) -> UInt64 {
        var hash = seed
        for byte in bytes { hash = add(byte, to: hash) }
        return hash
    }
}

/// The values of a text in reading order, a parent before its children; the storage is kept from text to text.
struct TextTape {
    private(set) var nodes: ContiguousArray<TextNode> = []

    var count: Int { nodes.count }
    subscript(index: Int) -> TextNode { nodes[index] }

    mutating func clear() { nodes.removeAll(keepingCapacity: true) }

    @inline(__always)
    mutating func append(_ node: TextNode) { nodes.append(node) }

    @inline(__always)
    mutating func finish(_ index: Int, at end: Int, isClosed: Bool) {
        nodes[index].isClosed = isClosed
        nodes[index].end = Int32(truncatingIfNeeded: end)
        nodes[index].next = Int32(truncatingIfNeeded: nodes.count)
    }

    mutating func markEscapes(_ index: Int) { nodes[index].hasEscapes = true }

    @inline(__always)
    mutating func name(_ index: Int, start: Int, end: Int, key: UInt64) {
        nodes[index].keyStart = Int32(truncatingIfNeeded: start)
        nodes[index].keyEnd = Int32(truncatingIfNeeded: end)
        nodes[index].key = key
    }
}

/// The bytes of a text, read without ever leaving it: beyond the end there are zeros.
struct TextBytes {
    let all: UnsafeBufferPointer<UInt8>

    var count: Int { all.count }

    @inline(__always)
    subscript(index: Int) -> UInt8 { index >= 0 && index < all.count ? all[index] : 0 }

    func slice(_ start: Int, _ end: Int) -> Slice<UnsafeBufferPointer<UInt8>> {
        let from = min(max(start, 0), all.count)
        return all[from..<min(max(end, from), all.count)]
    }

    func text(_ start: Int, _ end: Int) -> String { String(decoding: slice(start, end), as: UTF8.self) }

    /// Whether `word` (ASCII, lower case) stands at `index`, in any case.
    func hasWord(_ word: StaticString, at index: Int) -> Bool {
        guard index >= 0, word.utf8CodeUnitCount <= count - index else { return false }
        for offset in 0..<word.utf8CodeUnitCount {
            let byte = all[index + offset]
            let folded = byte &- 0x41 <= 25 ? byte | 0x20 : byte
            if folded != word.utf8Start[offset] { return false }
        }
        return true
    }

    /// A mark as its ASCII twin, with its length in bytes: `：` is `:` and three bytes. Other characters are 0.
    @inline(__always)
    func mark(_ index: Int) -> (twin: UInt8, length: Int) {
        let byte = self[index]
        return byte < 0x80 ? (byte, 1) : wideMark(index)
    }

    /// Twins of full-width punctuation and of the quotes that word processors make.
    private func wideMark(_ index: Int) -> (twin: UInt8, length: Int) {
        let second = self[index + 1]
        let third = self[index + 2]
        switch (self[index], second) {
        case (0xef, 0xbc):
            switch third {
            case 0x9a: return (UInt8(ascii: ":"), 3)
            case 0x8c: return (UInt8(ascii: ","), 3)
            case 0xbb: return (UInt8(ascii: "["), 3)
            case 0xbd: return (UInt8(ascii: "]"), 3)
            case 0x82: return (UInt8(ascii: "\""), 3)
            case 0x87: return (UInt8(ascii: "'"), 3)
            case 0x8d: return (UInt8(ascii: "-"), 3)
            case 0x8b: return (UInt8(ascii: "+"), 3)
            case 0x8e: return (UInt8(ascii: "."), 3)
            case 0x85: return (UInt8(ascii: "%"), 3)
            case 0x90...0x99: return (third - 0x60, 3)
            default: return (0, 3)
            }
        case (0xef, 0xbd) where third == 0x9b: return (UInt8(ascii: "{"), 3)
        case (0xef, 0xbd) where third == 0x9d: return (UInt8(ascii: "}"), 3)
        case (0xe3, 0x80) where third == 0x90: return (UInt8(ascii: "["), 3)
        case (0xe3, 0x80) where third == 0x91: return (UInt8(ascii: "]"), 3)
        case (0xe3, 0x80) where third == 0x81: return (UInt8(ascii: ","), 3)
        case (0xe2, 0x80) where third == 0x9c || third == 0x9d || third == 0x9e || third == 0x9f:
            return (UInt8(ascii: "\""), 3)
        case (0xe2, 0x80) where third == 0x98 || third == 0x99: return (UInt8(ascii: "'"), 3)
        case (0xe2, 0x80) where third == 0x93 || third == 0x92: return (UInt8(ascii: "-"), 3)
        case (0xe2, 0x88) where third == 0x92: return (UInt8(ascii: "-"), 3)
        default: return (0, 1)
        }
    }

    /// The length of the blank at `index`: ASCII white space, no-break and zero-width spaces, the ideographic space, a
    /// byte order mark; 0 where there is none.
    @inline(__always)
    func blank(_ index: Int) -> Int {
        let byte = self[index]
        if byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 { return 1 }
        return byte < 0x80 ? 0 : wideBlank(index)
    }

    private func wideBlank(_ index: Int) -> Int {
        switch (self[index], self[index + 1], self[index + 2]) {
        case (0xc2, 0xa0, _): 2
        case (0xe3, 0x80, 0x80), (0xef, 0xbb, 0xbf): 3
        case (0xe2, 0x80, 0x80...0x8f), (0xe2, 0x80, 0xa8...0xaf): 3
        default: 0
        }
    }

    @inline(__always)
    func skipBlanks(from index: Int) -> Int {
        var index = index
        while true {
            let length = blank(index)
            if length == 0 { return index }
            index += length
        }
    }

    /// Whether the bytes from the last line feed before `index` up to it are blank.
    func startsLine(_ index: Int) -> Bool {
        var place = index - 1
        while place >= 0, self[place] == 0x20 || self[place] == 0x09 { place -= 1 }
        return place < 0 || self[place] == 0x0a || self[place] == 0x0d
    }
}
