/// Reads JSON as models write it onto a tape: one pass, every byte looked at a bounded number of times, nothing thrown.
///
/// What is not JSON but has only one reading (a comment, a trailing comma, full-width punctuation outside strings) is read and
/// noted. What has none stops the value: it and everything around it stay *open*, and no open object is ever a decision.
struct TolerantReader {
    static let depthLimit = 48
    /// Values in one text; more are no answer to the question that was asked.
    static let nodeLimit = 100_000

    enum Stop: Equatable {
        /// The text ends inside a value.
        case end
        /// The text makes no sense from here on.
        case nonsense
        case tooDeep, tooMany
    }

    let bytes: TextBytes
    var tape: TextTape
    var log: RepairLog
    var place = 0
    private(set) var stop: Stop?
    private var openArrays = 0

    init(bytes: TextBytes, tape: TextTape, log: RepairLog) {
        self.bytes = bytes
        self.tape = tape
        self.log = log
    }

    /// Reads the value that opens at `index` with a brace or bracket; returns its node. ``place`` is behind it afterwards.
    mutating func read(at index: Int) -> Int {
        place = index
        stop = nil
        openArrays = 0
        let root = tape.count
        readValue(depth: 0, isMember: false)
        return root
    }

    mutating func halt(_ why: Stop) { if stop == nil { stop = why } }

    /// Skips blanks and comments.
    mutating func skipGaps() {
        while true {
            place = bytes.skipBlanks(from: place)
            let byte = bytes[place]
            guard byte == UInt8(ascii: "/") || byte == UInt8(ascii: "#") else { return }
            if byte == UInt8(ascii: "#") || bytes[place + 1] == UInt8(ascii: "/") {
                log.note(.comment, at: place)
                while place < bytes.count, bytes[place] != 0x0a { place += 1 }
            } else if bytes[place + 1] == UInt8(ascii: "*") {
                log.note(.comment, at: place)
                place += 2
                while place < bytes.count, !(bytes[place] == UInt8(ascii: "*") && bytes[place + 1] == UInt8(ascii: "/"))
                {
                    place += 1
                }
                place = min(place + 2, bytes.count)
            } else {
                return
            }
        }
    }

    var isAtEnd: Bool { place >= bytes.count }

    mutating func noteWidth(_ length: Int) { if length > 1 { log.note(.fullWidthPunctuation, at: place) } }

    mutating func readValue(depth: Int, isMember: Bool) {
        guard tape.count < Self.nodeLimit else { return halt(.tooMany) }
        let mark = bytes.mark(place)
        switch mark.twin {
        case UInt8(ascii: "{"):
            guard depth < Self.depthLimit else { return halt(.tooDeep) }
            noteWidth(mark.length)
            readObject(openedBy: mark.length, depth: depth)
        case UInt8(ascii: "["):
            guard depth < Self.depthLimit else { return halt(.tooDeep) }
            noteWidth(mark.length)
            readArray(openedBy: mark.length, depth: depth)
        case UInt8(ascii: "\""), UInt8(ascii: "'"):
            readText(quote: mark.twin, length: mark.length, isMember: isMember)
        default:
            readScalar(isMember: isMember)
        }
    }

    private mutating func open(_ kind: TextNode.Kind) -> Int {
        let index = tape.count
        let start = Int32(truncatingIfNeeded: place)
        tape.append(TextNode(kind: kind, isClosed: false, start: start, end: start, next: start))
        return index
    }

    private mutating func readObject(openedBy length: Int, depth: Int) {
        let node = open(.object)
        var isClosed = false
        defer { tape.finish(node, at: place, isClosed: isClosed) }
        place += length
        while stop == nil {
            skipGaps()
            let mark = bytes.mark(place)
            switch mark.twin {
            case UInt8(ascii: "}"):
                noteWidth(mark.length)
                place += mark.length
                isClosed = true
                return
            case UInt8(ascii: "]") where openArrays > 0:
                log.note(.missingBracket, at: place)
                isClosed = true
                return
            case UInt8(ascii: "]"):
                log.note(.strayBracket, at: place)
                place += mark.length
            case UInt8(ascii: ","):
                log.note(.extraComma, at: place)
                place += mark.length
            case UInt8(ascii: "\""), UInt8(ascii: "'"):
                readMember(quote: mark.twin, length: mark.length, depth: depth)
            default:
                if isAtEnd { return halt(.end) }
                if isAtFenceOrTag {
                    log.note(.missingBracket, at: place)
                    isClosed = true
                    return
                }
                readMember(quote: nil, length: 0, depth: depth)
            }
        }
    }

    /// One `name: value` with the comma behind it.
    private mutating func readMember(quote: UInt8?, length: Int, depth: Int) {
        let name: (start: Int, end: Int, key: UInt64)?
        if let quote {
            if length > 1 {
                log.note(.smartQuotes, at: place)
            } else if quote == UInt8(ascii: "'") {
                log.note(.singleQuotes, at: place)
            }
            name = readName(quote: quote, length: length)
        } else {
            name = readBareName()
        }
        guard let name, stop == nil else { return halt(isAtEnd ? .end : .nonsense) }
        skipGaps()
        let colon = bytes.mark(place)
        guard colon.twin == UInt8(ascii: ":") else { return halt(isAtEnd ? .end : .nonsense) }
        noteWidth(colon.length)
        place += colon.length
        skipGaps()
        guard !isAtEnd else { return halt(.end) }
        let value = tape.count
        readValue(depth: depth + 1, isMember: true)
        if value < tape.count { tape.name(value, start: name.start, end: name.end, key: name.key) }
        if stop == nil { readSeparator(isMember: true) }
    }

    /// What stands between two members or elements.
    private mutating func readSeparator(isMember: Bool) {
        skipGaps()
        let mark = bytes.mark(place)
        switch mark.twin {
        case UInt8(ascii: ","):
            noteWidth(mark.length)
            let comma = place
            place += mark.length
            skipGaps()
            let after = bytes.mark(place).twin
            if after == UInt8(ascii: "}") || after == UInt8(ascii: "]") { log.note(.trailingComma, at: comma) }
        case UInt8(ascii: "}"), UInt8(ascii: "]"):
            return
        default:
            if isAtEnd || isAtFenceOrTag { return }
            let startsValue =
                isMember
                ? looksLikeName(at: place) : mark.twin == UInt8(ascii: "{") || mark.twin == UInt8(ascii: "\"")
            guard startsValue else { return halt(.nonsense) }
            log.note(.missingComma, at: place)
        }
    }

    private mutating func readArray(openedBy length: Int, depth: Int) {
        let node = open(.array)
        var isClosed = false
        openArrays += 1
        defer {
            openArrays -= 1
            tape.finish(node, at: place, isClosed: isClosed)
        }
        place += length
        while stop == nil {
            skipGaps()
            let mark = bytes.mark(place)
            switch mark.twin {
            case UInt8(ascii: "]"):
                noteWidth(mark.length)
                place += mark.length
                isClosed = true
                return
            case UInt8(ascii: "}") where depth > 0:
                log.note(.missingBracket, at: place)
                isClosed = true
                return
            case UInt8(ascii: ","), UInt8(ascii: "}"):
                log.note(mark.twin == UInt8(ascii: ",") ? .extraComma : .strayBracket, at: place)
                place += mark.length
            default:
                if isAtEnd { return halt(.end) }
                if isAtFenceOrTag {
                    log.note(.missingBracket, at: place)
                    isClosed = true
                    return
                }
                readValue(depth: depth + 1, isMember: false)
                if stop == nil { readSeparator(isMember: false) }
            }
        }
    }

    /// At the end of a fence or tag: the model has ended what it wrote, so what is open is closed.
    var isAtFenceOrTag: Bool {
        let byte = bytes[place]
        if byte == UInt8(ascii: "`") { return bytes[place + 1] == byte && bytes[place + 2] == byte }
        return byte == UInt8(ascii: "<") && bytes[place + 1] == UInt8(ascii: "/")
    }
}
