/// Takes requests apart as their bytes come (RFC 9112), and refuses what two readers could understand differently.
struct RequestParser {
    enum Outcome {
        case needsMore
        /// The headers are whole and the client waits for `100 Continue` before it sends the body.
        case needsContinue
        case request(WebRequest, keepsAlive: Bool)
        /// The answer that ends the connection, and what was wrong.
        case refused(status: Int, String)
    }

    struct Head {
        let method: String
        let target: WebTarget
        let headers: WebHeaders
        let keepsAlive: Bool
        let isChunked: Bool
        let length: Int
    }

    private enum Phase {
        case head
        case body(Head)
        case chunkSize(Head)
        case chunk(Head, remaining: Int)
        case trailers(Head)
    }

    private var phase = Phase.head
    private var bytes: [UInt8] = []
    private var position = 0
    /// Up to where the end of the headers has been looked for.
    private var searched = 0
    private var body: [UInt8] = []
    private var trailerBytes = 0
    let peer: String
    let headerLimit: Int
    let bodyLimit: Int

    init(peer: String, limits: WebServerLimits) {
        self.peer = peer
        headerLimit = limits.headerBytes
        bodyLimit = limits.bodyBytes
    }

    /// Whether nothing of a request has come.
    var isBetweenRequests: Bool {
        if case .head = phase { return position == bytes.count }
        return false
    }

    /// Whether the headers are whole and the body is not.
    var isInBody: Bool {
        if case .head = phase { return false }
        return true
    }

    mutating func append(_ more: UnsafeRawBufferPointer) {
        if position > 0 {
            bytes.removeFirst(position)
            searched = max(0, searched - position)
            position = 0
        }
        bytes.append(contentsOf: more)
    }

    /// What has come and is not of a request: after an upgrade it belongs to the next protocol.
    mutating func takeRest() -> [UInt8] {
        defer { (bytes, position, searched) = ([], 0, 0) }
        return Array(bytes[position...])
    }

    mutating func next() -> Outcome {
        while true {
            let outcome: Outcome?
            switch phase {
            case .head: outcome = readHead()
            case .body(let head): outcome = readBody(head)
            case .chunkSize(let head): outcome = readChunkSize(head)
            case .chunk(let head, let remaining): outcome = readChunk(head, remaining)
            case .trailers(let head): outcome = readTrailers(head)
            }
            if let outcome { return outcome }
        }
    }

    // MARK: Headers

    private mutating func readHead() -> Outcome? {
        while position + 1 < bytes.count, bytes[position] == 13, bytes[position + 1] == 10 { position += 2 }
        searched = max(searched, position)
        guard let end = endOfHead() else {
            guard bytes.count - position > headerLimit else { return .needsMore }
            let hasLine = bytes[position..<position + headerLimit].contains(10)
            return .refused(
                status: hasLine ? 431 : 414,
                "request line and headers are longer than the \(headerLimit) bytes allowed")
        }
        guard end - position <= headerLimit else {
            return .refused(
                status: 431, "request line and headers are longer than the \(headerLimit) bytes allowed")
        }
        let reading = HeadReader.read(bytes[position..<end])
        (position, searched) = (end, end)
        switch reading {
        case .failure(let refusal): return .refused(status: refusal.status, refusal.reason)
        case .success(let head):
            guard head.length <= bodyLimit else { return tooLong }
            phase = head.isChunked ? .chunkSize(head) : .body(head)
            let waits = head.headers.has("Expect", word: "100-continue") && (head.isChunked || head.length > 0)
            return waits && position == bytes.count ? .needsContinue : nil
        }
    }

    private mutating func endOfHead() -> Int? {
        var index = max(position, searched - 3)
        while index + 3 < bytes.count {
            if bytes[index] == 13, bytes[index + 1] == 10, bytes[index + 2] == 13, bytes[index + 3] == 10 {
                return index + 4
            }
            index += 1
        }
        searched = bytes.count
        return nil
    }

    // MARK: Bodies

    private var tooLong: Outcome {
        .refused(status: 413, "the body is longer than the \(bodyLimit) bytes allowed")
    }

    private mutating func finish(_ head: Head) -> Outcome {
        let request = WebRequest(
            method: head.method, path: head.target.path, query: head.target.query, rawQuery: head.target.rawQuery,
            headers: head.headers, body: body, peer: peer)
        phase = .head
        body = []
        trailerBytes = 0
        return .request(request, keepsAlive: head.keepsAlive)
    }

    private mutating func readBody(_ head: Head) -> Outcome? {
        guard bytes.count - position >= head.length else { return .needsMore }
        body = Array(bytes[position..<position + head.length])
        position += head.length
        return finish(head)
    }

    /// A line without its end; `nil` while it is not whole. Lines of chunks are short.
    private mutating func line() -> ArraySlice<UInt8>? {
        guard let end = bytes[position...].firstIndex(of: 10) else { return nil }
        defer { position = end + 1 }
        return bytes[position..<end]
    }

    private mutating func readChunkSize(_ head: Head) -> Outcome? {
        guard let line = line() else {
            guard bytes.count - position > 1_024 else { return .needsMore }
            return .refused(status: 400, "the size of a chunk is longer than a line may be")
        }
        let digits = line.prefix { $0 != UInt8(ascii: ";") && $0 != 13 }
        guard line.last == 13, (1...8).contains(digits.count),
            digits.allSatisfy({ HeadReader.isHexDigit($0) }),
            let size = Int(String(decoding: digits, as: UTF8.self), radix: 16)
        else { return .refused(status: 400, "the size of a chunk is no number") }
        guard body.count + size <= bodyLimit else { return tooLong }
        phase = size == 0 ? .trailers(head) : .chunk(head, remaining: size)
        return nil
    }

    private mutating func readChunk(_ head: Head, _ remaining: Int) -> Outcome? {
        guard bytes.count - position >= remaining + 2 else { return .needsMore }
        body += bytes[position..<position + remaining]
        position += remaining
        guard bytes[position] == 13, bytes[position + 1] == 10 else {
            return .refused(status: 400, "a chunk is longer than its size says")
        }
        position += 2
        phase = .chunkSize(head)
        return nil
    }

    private mutating func readTrailers(_ head: Head) -> Outcome? {
        guard let line = line() else {
            guard bytes.count - position > headerLimit else { return .needsMore }
            return .refused(status: 431, "the trailers are longer than the \(headerLimit) bytes allowed")
        }
        trailerBytes += line.count
        guard trailerBytes <= headerLimit else {
            return .refused(status: 431, "the trailers are longer than the \(headerLimit) bytes allowed")
        }
        return line.elementsEqual([13]) ? finish(head) : nil
    }
}
