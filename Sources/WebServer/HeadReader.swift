/// Request line and headers as values, strictly: what is ambiguous is refused, because a proxy in front of the server
/// could read it the other way.
enum HeadReader {
    struct Refusal: Error {
        let status: Int
        let reason: String
    }

    static func read(_ bytes: ArraySlice<UInt8>) -> Result<RequestParser.Head, Refusal> {
        Result { () throws(Refusal) in
            var lines = try lines(bytes)
            let (method, target, isOldVersion) = try requestLine(lines.removeFirst())
            var headers = WebHeaders()
            for line in lines {
                let (name, value) = try field(line)
                headers.add(name, value)
            }
            let hosts = headers.values("Host")
            guard hosts.count == 1 || (isOldVersion && hosts.isEmpty) else {
                throw bad("a request of HTTP/1.1 names its host exactly once")
            }
            // Whoever judges a request by its host must not be shown another than the one it is for (RFC 9112, section 3.2.2).
            if let named = target.host, let host = hosts.first, named.lowercased() != host.lowercased() {
                throw bad("the target names another host than the header")
            }
            let (isChunked, length) = try framing(headers, isOldVersion)
            let keepsAlive =
                isOldVersion
                ? headers.has("Connection", word: "keep-alive") : !headers.has("Connection", word: "close")
            return RequestParser.Head(
                method: method, target: target, headers: headers, keepsAlive: keepsAlive, isChunked: isChunked,
                length: length)
        }
    }

    private static func bad(_ reason: String, status: Int = 400) -> Refusal { Refusal(status: status, reason: reason) }

    /// The lines without their ends, of a head that ends with an empty line.
    private static func lines(_ bytes: ArraySlice<UInt8>) throws(Refusal) -> [ArraySlice<UInt8>] {
        var lines: [ArraySlice<UInt8>] = []
        for line in bytes.dropLast(4).split(separator: 10, omittingEmptySubsequences: false) {
            lines.append(line)
        }
        for index in lines.indices.dropLast() {
            guard lines[index].last == 13 else { throw bad("a line ends without a carriage return") }
            lines[index].removeLast()
        }
        guard lines.count <= 200 else { throw bad("there are more than 200 headers", status: 431) }
        for line in lines where line.contains(where: { $0 < 0x20 && $0 != 9 || $0 == 0x7f }) {
            throw bad("a header holds a control character")
        }
        return lines
    }

    private static func requestLine(
        _ line: ArraySlice<UInt8>
    ) throws(Refusal) -> (method: String, target: WebTarget, isOldVersion: Bool) {
        let words = line.split(separator: 0x20, omittingEmptySubsequences: false)
        guard words.count == 3, words[0].count <= 32, !words[0].isEmpty, words[0].allSatisfy(isTokenByte) else {
            throw bad("the first line is not METHOD TARGET VERSION")
        }
        let version = String(decoding: words[2], as: UTF8.self)
        guard version.hasPrefix("HTTP/"), version.utf8.count == 8 else {
            throw bad("the first line is not METHOD TARGET VERSION")
        }
        guard version == "HTTP/1.1" || version == "HTTP/1.0" else {
            throw bad("only HTTP/1.1 and HTTP/1.0 are spoken here", status: 505)
        }
        guard words[1].count <= 8_192 else { throw bad("the target is longer than 8192 bytes", status: 414) }
        guard words[1].allSatisfy({ $0 > 0x20 && $0 < 0x7f }),
            let target = WebTarget(words[1].elementsEqual([UInt8(ascii: "*")]) ? "/*" : ascii(words[1]))
        else { throw bad("the target is no path that is served") }
        return (ascii(words[0]), target, version == "HTTP/1.0")
    }

    private static func field(_ line: ArraySlice<UInt8>) throws(Refusal) -> (String, String) {
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { throw bad("a header has no colon") }
        let name = line[..<colon]
        guard !name.isEmpty, name.allSatisfy(isTokenByte) else { throw bad("a header's name is no name") }
        guard let value = String(validating: line[(colon + 1)...], as: UTF8.self) else {
            throw bad("a header's value is not UTF-8")
        }
        return (ascii(name), WebHeaders.trimmed(value))
    }

    /// How the body is delimited. Both ways at once, or one twice, is how requests are smuggled past a proxy.
    private static func framing(
        _ headers: WebHeaders, _ isOldVersion: Bool
    ) throws(Refusal) -> (isChunked: Bool, length: Int) {
        let lengths = headers.values("Content-Length")
        let encodings = headers.values("Transfer-Encoding")
        guard encodings.isEmpty || (lengths.isEmpty && !isOldVersion) else {
            throw bad("the body is delimited in two ways")
        }
        if let encoding = encodings.first {
            guard encodings.count == 1, encoding.lowercased() == "chunked" else {
                throw bad("only the transfer coding chunked is understood", status: 501)
            }
            return (true, 0)
        }
        guard let text = lengths.first else { return (false, 0) }
        guard lengths.count == 1, (1...18).contains(text.utf8.count),
            text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let length = Int(text)
        else { throw bad("Content-Length is no number") }
        return (false, length)
    }

    private static func ascii(_ bytes: ArraySlice<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }

    static func isHexDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x46, 0x61...0x66: true
        default: false
        }
    }

    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5a, 0x61...0x7a: true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }
}
