extension TolerantReader {
    /// Longest member name; a longer one is prose.
    private static let nameLimit = 96
    /// Longest number or bare word.
    private static let scalarLimit = 200

    /// A quoted name. A name neither holds a line feed nor is longer than ``nameLimit``.
    mutating func readName(quote: UInt8, length: Int) -> (start: Int, end: Int, key: UInt64)? {
        let start = place + length
        let isWide = length > 1
        var hash = KeyHash.seed
        var index = start
        let limit = min(bytes.count, start + Self.nameLimit)
        if !isWide {
            // The common case on its own: nothing but the quote and a line feed end the name.
            while index < limit {
                let byte = bytes.all[index]
                if byte == quote {
                    place = index + 1
                    return (start, index, hash)
                }
                if byte == 0x0a { break }
                hash = KeyHash.add(byte, to: hash)
                index += 1
            }
            place = index
            return nil
        }
        while index < limit {
            let byte = bytes.all[index]
            let mark = bytes.mark(index)
            if mark.twin == quote {
                place = index + mark.length
                return (start, index, hash)
            }
            if byte == 0x0a { break }
            hash = KeyHash.add(byte, to: hash)
            index += 1
        }
        place = index
        return nil
    }

    /// A name without quotes: letters, digits, `_`, `-`, `$`, up to the colon.
    mutating func readBareName() -> (start: Int, end: Int, key: UInt64)? {
        let start = place
        guard isNameStart(bytes[start]) else { return nil }
        var hash = KeyHash.seed
        var index = start
        while index - start < Self.nameLimit, isNameByte(bytes[index]) {
            hash = KeyHash.add(bytes[index], to: hash)
            index += 1
        }
        place = index
        log.note(.unquotedName, at: start)
        return (start, index, hash)
    }

    func isNameStart(_ byte: UInt8) -> Bool { (byte | 0x20) &- 0x61 <= 25 || byte == 0x5f }

    func isNameByte(_ byte: UInt8) -> Bool { isNameStart(byte) || byte &- 0x30 <= 9 || byte == 0x2d || byte == 0x24 }

    /// Whether `"name":` or `name:` stands at `index`.
    func looksLikeName(at index: Int) -> Bool {
        var place = index
        let mark = bytes.mark(place)
        let limit = index + Self.nameLimit
        if mark.twin == UInt8(ascii: "\"") || mark.twin == UInt8(ascii: "'") {
            place += mark.length
            while place < limit, place < bytes.count, bytes[place] != 0x0a {
                let inner = bytes.mark(place)
                if inner.twin == mark.twin {
                    place = bytes.skipBlanks(from: place + inner.length)
                    return bytes.mark(place).twin == UInt8(ascii: ":")
                }
                place += 1
            }
            return false
        }
        guard isNameStart(bytes[place]) else { return false }
        while place < limit, isNameByte(bytes[place]) { place += 1 }
        return bytes.mark(bytes.skipBlanks(from: place)).twin == UInt8(ascii: ":")
    }

    /// A quoted text. A quote ends it only where what follows can follow a value: models forget to escape.
    mutating func readText(quote: UInt8, length: Int, isMember: Bool) {
        if length > 1 {
            log.note(.smartQuotes, at: place)
        } else if quote == UInt8(ascii: "'") {
            log.note(.singleQuotes, at: place)
        }
        let start = place + length
        let node = tape.count
        tape.append(
            TextNode(
                kind: .string, isClosed: false, start: Int32(truncatingIfNeeded: start),
                end: Int32(truncatingIfNeeded: start), next: Int32(truncatingIfNeeded: node + 1)))
        var hasEscapes = false
        var isControlNoted = false
        var index = start
        let isWide = length > 1
        while index < bytes.count {
            let byte = bytes.all[index]
            if byte == quote || (isWide && byte >= 0x80) {
                let mark = bytes.mark(index)
                if mark.twin == quote, mark.length == 1 || isWide {
                    if ends(at: index + mark.length, isMember: isMember) {
                        close(node, at: index, behind: index + mark.length, hasEscapes)
                        return
                    }
                    log.note(.unescapedQuote, at: index)
                }
                index += max(mark.length, 1)
            } else if byte == UInt8(ascii: "\\") {
                hasEscapes = true
                if !isEscape(bytes[index + 1]) { log.note(.invalidEscape, at: index) }
                index += 2
            } else {
                if byte < 0x20, !isControlNoted {
                    isControlNoted = true
                    log.note(.controlCharacter, at: index)
                }
                index = isWide ? index + 1 : skipPlain(from: index + 1, quote: quote)
            }
        }
        place = bytes.count
        tape.finish(node, at: bytes.count, isClosed: false)
        halt(.end)
    }

    /// The characters that JSON lets stand behind a backslash.
    private func isEscape(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"),
            UInt8(ascii: "r"), UInt8(ascii: "t"), UInt8(ascii: "u"):
            return true
        default: return false
        }
    }

    /// The next byte from `index` on that is a quote, a backslash or a control character; eight bytes at a time.
    private func skipPlain(from index: Int, quote: UInt8) -> Int {
        var index = index
        let ones: UInt64 = 0x0101_0101_0101_0101
        let highs: UInt64 = 0x8080_8080_8080_8080
        let quotes = ones &* UInt64(quote)
        let slashes = ones &* UInt64(UInt8(ascii: "\\"))
        while index + 8 <= bytes.count {
            let word = UnsafeRawBufferPointer(bytes.all).loadUnaligned(fromByteOffset: index, as: UInt64.self)
            let a = word ^ quotes
            let b = word ^ slashes
            // Each term has the high bit of a byte set where that byte is the quote, the slash, or below 0x20.
            let hits = ((a &- ones) & ~a) | ((b &- ones) & ~b) | ((word &- (ones &* 0x20)) & ~word)
            if hits & highs != 0 { break }
            index += 8
        }
        while index < bytes.count {
            let byte = bytes.all[index]
            if byte == quote || byte == UInt8(ascii: "\\") || byte < 0x20 { break }
            index += 1
        }
        return index
    }

    private mutating func close(_ node: Int, at end: Int, behind: Int, _ hasEscapes: Bool) {
        tape.finish(node, at: end, isClosed: true)
        if hasEscapes { tape.markEscapes(node) }
        place = behind
    }

    /// Whether a text may end with a quote before `index`.
    private func ends(at index: Int, isMember: Bool) -> Bool {
        let place = bytes.skipBlanks(from: index)
        guard place < bytes.count else { return true }
        let mark = bytes.mark(place)
        switch mark.twin {
        case UInt8(ascii: "}"), UInt8(ascii: "]"), UInt8(ascii: "`"): return true
        case UInt8(ascii: ","):
            guard isMember else { return true }
            return continuesObject(at: bytes.skipBlanks(from: place + mark.length))
        case UInt8(ascii: "/"): return bytes[place + 1] == mark.twin || bytes[place + 1] == UInt8(ascii: "*")
        case UInt8(ascii: "#"): return true
        case UInt8(ascii: "<"): return bytes[place + 1] == UInt8(ascii: "/")
        case UInt8(ascii: "{"): return !isMember
        default: return isMember ? looksLikeName(at: place) : mark.twin == UInt8(ascii: "\"") && place > index
        }
    }

    /// Whether what follows a comma in an object can follow it.
    private func continuesObject(at place: Int) -> Bool {
        guard place < bytes.count else { return true }
        let mark = bytes.mark(place)
        switch mark.twin {
        case UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "}"), UInt8(ascii: "]"), UInt8(ascii: "/"),
            UInt8(ascii: "#"), UInt8(ascii: "`"), UInt8(ascii: ","):
            return true
        default: return looksLikeName(at: place)
        }
    }

    /// A number or a bare word: everything up to the next mark, line feed, comment or end.
    mutating func readScalar(isMember: Bool) {
        let start = place
        let first = bytes.mark(place).twin
        let isNumber = first &- 0x30 <= 9 || first == 0x2d || first == 0x2b || first == 0x2e || first == 0x24
        var index = start
        let limit = min(bytes.count, start + Self.scalarLimit)
        scan: while index < limit {
            let mark = bytes.mark(index)
            switch mark.twin {
            case UInt8(ascii: ","):
                guard isMember, isNumber, mark.length == 1, hasThousands(after: index + 1, from: start) else {
                    break scan
                }
                index += mark.length
            case UInt8(ascii: "}"), UInt8(ascii: "]"), UInt8(ascii: "{"), UInt8(ascii: "["), UInt8(ascii: "\""), 0x0a,
                0x0d, UInt8(ascii: "`"), UInt8(ascii: "<"):
                break scan
            case UInt8(ascii: "/") where bytes[index + 1] == UInt8(ascii: "/") || bytes[index + 1] == UInt8(ascii: "*"):
                break scan
            case UInt8(ascii: "#") where bytes.blank(index - 1) > 0: break scan
            default: index += mark.length
            }
        }
        var end = min(index, bytes.count)
        while end > start, bytes[end - 1] == 0x20 || bytes[end - 1] == 0x09 { end -= 1 }
        guard end > start, index < start + Self.scalarLimit else { return halt(isAtEnd ? .end : .nonsense) }
        place = index
        if !isNumber { noteWord(from: start, to: end) }
        let node = tape.count
        tape.append(
            TextNode(
                kind: isNumber ? .number : .word, isClosed: index < bytes.count,
                start: Int32(truncatingIfNeeded: start), end: Int32(truncatingIfNeeded: end),
                next: Int32(truncatingIfNeeded: node + 1)))
    }

    /// A bare word that JSON does not have: another language's, or a text without its quotes.
    private mutating func noteWord(from start: Int, to end: Int) {
        let word = bytes.slice(start, end)
        if word.elementsEqual("null".utf8) || word.elementsEqual("true".utf8) || word.elementsEqual("false".utf8) {
            return
        }
        let foreign: [StaticString] = [
            "none", "true", "false", "null", "nil", "undefined", "nan", "infinity", "inf", "n/a",
        ]
        let isForeign = foreign.contains { word.count == $0.utf8CodeUnitCount && bytes.hasWord($0, at: start) }
        log.note(isForeign ? .foreignWord : .unquotedText, at: start)
    }

    /// Whether a comma in an object's number is a thousands separator: exactly three digits follow, and before it there were
    /// at most three since the last one. After a real comma comes a name, and no name begins with a digit.
    private func hasThousands(after index: Int, from start: Int) -> Bool {
        for offset in 0..<3 where bytes[index + offset] &- 0x30 > 9 { return false }
        guard bytes[index + 3] &- 0x30 > 9 else { return false }
        var digits = 0
        var place = index - 2
        while place >= start, bytes[place] &- 0x30 <= 9 {
            digits += 1
            place -= 1
        }
        return (1...3).contains(digits)
    }
}
