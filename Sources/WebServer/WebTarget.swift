/// The parts of a request's target (RFC 9112, section 3.2), decoded.
struct WebTarget: Hashable {
    let path: String
    let query: [WebRequest.QueryItem]
    let rawQuery: String
    /// The host of a target in absolute form.
    let host: String?

    /// `nil` where the target is none, or says what no honest client says: `..` as a segment, a control character, an
    /// escape that is cut, bytes that are not UTF-8.
    init?(_ text: String) {
        var rest = text[...]
        var host: String?
        if rest.first != "/" {
            guard rest.lowercased().hasPrefix("http://") else { return nil }
            rest = rest.dropFirst(7)
            let end = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
            host = String(rest[..<end])
            rest = rest[end...]
            guard host?.isEmpty == false, rest.first == "/" else { return nil }
        }
        guard !rest.contains("#") else { return nil }
        let parts = rest.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        guard let path = WebTarget.decode(parts[0], plusIsSpace: false) else { return nil }
        guard !path.split(separator: "/").contains(where: { $0 == ".." || $0 == "." }) else { return nil }
        self.path = path
        self.host = host
        rawQuery = parts.count > 1 ? String(parts[1]) : ""
        guard let query = WebTarget.items(rawQuery) else { return nil }
        self.query = query
    }

    /// The items of a query or of a form; `nil` where an escape is wrong.
    static func items(_ text: String) -> [WebRequest.QueryItem]? {
        var items: [WebRequest.QueryItem] = []
        for pair in text.split(separator: "&") {
            let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = decode(sides[0], plusIsSpace: true),
                let value = sides.count > 1 ? decode(sides[1], plusIsSpace: true) : ""
            else { return nil }
            items.append(WebRequest.QueryItem(name: name, value: value))
        }
        return items
    }

    private static func decode(_ text: Substring, plusIsSpace: Bool) -> String? {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%") {
                guard let high = rest.popFirst().flatMap(digit), let low = rest.popFirst().flatMap(digit) else {
                    return nil
                }
                bytes.append(high << 4 | low)
            } else {
                bytes.append(plusIsSpace && byte == UInt8(ascii: "+") ? 0x20 : byte)
            }
        }
        guard !bytes.contains(where: { $0 < 0x20 || $0 == 0x7f }) || plusIsSpace, !bytes.contains(0) else {
            return nil
        }
        return String(validating: bytes, as: UTF8.self)
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}

extension WebRequest {
    /// The items of a body of type `application/x-www-form-urlencoded`; `nil` where it is none.
    public var form: [QueryItem]? {
        String(validating: body, as: UTF8.self).flatMap(WebTarget.items)
    }
}
