/// What stands in the news: the titles of an RSS or Atom feed, or the lines of a text.
///
/// Whoever writes news writes into the prompt, so that it is data from end to end: bounded here, quoted by ``PromptText``.
public enum Headlines {
    /// A longer text is cut there.
    public static let longest = 1 << 20
    /// Characters of one headline that are kept; the prompt quotes fewer.
    static let longestHeadline = 300

    /// The latest headlines of a text, at most `limit`, the oldest first, each once. O(length).
    ///
    /// A feed has its newest item first, a text file its newest line last. What is neither gives none.
    public static func read(_ bytes: [UInt8], limit: Int) -> [String] {
        let text = bytes.prefix(longest)
        let isFeed = text.first { $0 > 0x20 && $0 < 0x80 } == UInt8(ascii: "<")
        let newestFirst = isFeed ? titles(Array(text)) : text.split(separator: 0x0a).reversed().map { calm($0) }
        var seen: Set<String> = []
        var kept: [String] = []
        for headline in newestFirst where !headline.isEmpty && kept.count < limit {
            if seen.insert(headline).inserted { kept.append(headline) }
        }
        return kept.reversed()
    }

    /// One headline in one line: blanks and control characters become single spaces.
    private static func calm<Bytes: Collection<UInt8>>(_ bytes: Bytes) -> String {
        var out = ""
        var isBlank = true
        for scalar in String(decoding: bytes.prefix(4 * longestHeadline), as: UTF8.self).unicodeScalars {
            guard out.unicodeScalars.count < longestHeadline else { break }
            if scalar.properties.isWhitespace || scalar.value < 0x20 || scalar.value == 0xfeff {
                if !isBlank { out += " " }
                isBlank = true
            } else {
                out.unicodeScalars.append(scalar)
                isBlank = false
            }
        }
        if isBlank, !out.isEmpty { out.removeLast() }
        return out
    }

    // MARK: Feeds

    /// The first title of each item, in the order of the feed; a title outside of items is the feed's own name.
    private static func titles(_ bytes: [UInt8]) -> [String] {
        var titles: [String] = []
        var isInItem = false
        var index = 0
        while let tag = nextTag(bytes, from: index) {
            index = tag.end
            if names(tag, "item", bytes) || names(tag, "entry", bytes) {
                isInItem = !tag.isClosing
            } else if isInItem, !tag.isClosing, names(tag, "title", bytes) {
                let content = content(bytes, from: tag.end)
                titles.append(calm(content.text))
                index = content.end
                isInItem = false
            }
        }
        return titles
    }

    private struct Tag {
        var name: Range<Int>
        var end: Int
        var isClosing: Bool
    }

    private static func nextTag(_ bytes: [UInt8], from start: Int) -> Tag? {
        var index = start
        while index < bytes.count {
            guard let open = bytes[index...].firstIndex(of: UInt8(ascii: "<")) else { return nil }
            if let section = cdata(bytes, at: open) {
                index = section.end
                continue
            }
            let isClosing = open + 1 < bytes.count && bytes[open + 1] == UInt8(ascii: "/")
            let first = open + (isClosing ? 2 : 1)
            let last = bytes[min(first, bytes.count)...].firstIndex { !isLetter($0) } ?? bytes.count
            guard let end = bytes[last...].firstIndex(of: UInt8(ascii: ">")) else { return nil }
            return Tag(name: first..<last, end: end + 1, isClosing: isClosing)
        }
        return nil
    }

    private static func isLetter(_ byte: UInt8) -> Bool { byte | 0x20 &- 0x61 <= 25 || byte == UInt8(ascii: ":") }

    private static func names(_ tag: Tag, _ name: StaticString, _ bytes: [UInt8]) -> Bool {
        guard tag.name.count == name.utf8CodeUnitCount else { return false }
        return tag.name.enumerated().allSatisfy { bytes[$1] | 0x20 == name.utf8Start[$0] }
    }

    /// `<![CDATA[…]]>`: its text and where it ends.
    private static func cdata(_ bytes: [UInt8], at start: Int) -> (text: ArraySlice<UInt8>, end: Int)? {
        let mark = Array("<![CDATA[".utf8)
        guard bytes[start...].starts(with: mark) else { return nil }
        var index = start + mark.count
        while index + 2 < bytes.count {
            if bytes[index] == 0x5d, bytes[index + 1] == 0x5d, bytes[index + 2] == 0x3e {
                return (bytes[(start + mark.count)..<index], index + 3)
            }
            index += 1
        }
        return (bytes[(start + mark.count)...], bytes.count)
    }

    /// The text up to the next tag, with CDATA opened and entities read.
    private static func content(_ bytes: [UInt8], from start: Int) -> (text: [UInt8], end: Int) {
        var out: [UInt8] = []
        var index = start
        while index < bytes.count, out.count < 8 * longestHeadline {
            if bytes[index] == UInt8(ascii: "<") {
                guard let section = cdata(bytes, at: index) else { break }
                out += section.text.prefix(8 * longestHeadline)
                index = section.end
            } else if bytes[index] == UInt8(ascii: "&"), let (character, length) = entity(bytes, at: index) {
                out += character.utf8
                index += length
            } else {
                out.append(bytes[index])
                index += 1
            }
        }
        return (out, index)
    }

    private static func entity(_ bytes: [UInt8], at start: Int) -> (String, Int)? {
        let window = bytes[start..<min(start + 12, bytes.count)]
        guard let end = window.firstIndex(of: UInt8(ascii: ";")) else { return nil }
        let name = String(decoding: bytes[(start + 1)..<end], as: UTF8.self)
        let named = ["amp": "&", "lt": "<", "gt": ">", "quot": "\"", "apos": "'", "nbsp": " "]
        if let character = named[name] { return (character, end + 1 - start) }
        guard name.hasPrefix("#") else { return nil }
        let digits = name.dropFirst()
        let isHex = digits.first == "x" || digits.first == "X"
        guard let value = isHex ? UInt32(digits.dropFirst(), radix: 16) : UInt32(digits),
            let scalar = UnicodeScalar(value)
        else { return nil }
        return (String(Character(scalar)), end + 1 - start)
    }
}
