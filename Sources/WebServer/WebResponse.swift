/// What a server answers a request with.
public struct WebResponse: Sendable {
    /// What comes after the headers.
    public enum Content: Sendable {
        case bytes([UInt8])
        /// Chunks that go out as they are sent, for server-sent events; `opened` is called once the headers are on their
        /// way, `closed` when the client has gone or the stream is finished, both on the server's thread.
        case stream(opened: @Sendable (WebStream) -> Void, closed: @Sendable () -> Void)
        /// The connection becomes a WebSocket; a request that does not ask for one is answered 426.
        case webSocket(WebSocketHandler)
        /// No answer: the connection is reset. For stand-ins that play a broken server.
        case reset
    }

    public var status: Int
    public var headers: WebHeaders
    public var content: Content

    public init(status: Int = 200, headers: WebHeaders = [:], content: Content) {
        self.status = status
        self.headers = headers
        self.content = content
    }

    /// A text with its type.
    public init(status: Int = 200, type: String = "text/plain; charset=utf-8", _ text: String) {
        self.init(status: status, headers: ["Content-Type": type], content: .bytes(Array(text.utf8)))
    }

    /// A JSON text that is already written.
    public static func json(_ bytes: [UInt8], status: Int = 200) -> WebResponse {
        WebResponse(status: status, headers: ["Content-Type": "application/json"], content: .bytes(bytes))
    }

    /// The reason phrases of RFC 9110.
    static func reason(_ status: Int) -> String {
        reasons[status] ?? "Status"
    }

    private static let reasons: [Int: String] = [
        100: "Continue", 101: "Switching Protocols", 200: "OK", 201: "Created", 202: "Accepted", 204: "No Content",
        301: "Moved Permanently", 302: "Found", 303: "See Other", 304: "Not Modified", 307: "Temporary Redirect",
        400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed",
        408: "Request Timeout", 409: "Conflict", 411: "Length Required", 413: "Content Too Large",
        414: "URI Too Long", 415: "Unsupported Media Type", 417: "Expectation Failed", 418: "I'm a teapot",
        421: "Misdirected Request", 422: "Unprocessable Content", 426: "Upgrade Required", 429: "Too Many Requests",
        431: "Request Header Fields Too Large", 451: "Unavailable For Legal Reasons", 500: "Internal Server Error",
        501: "Not Implemented", 502: "Bad Gateway", 503: "Service Unavailable", 504: "Gateway Timeout",
        505: "HTTP Version Not Supported",
    ]
}

extension WebResponse {
    /// Status line and headers. A header that would break the response apart loses its control characters.
    func head(framing: WebHeaders, date: String) -> [UInt8] {
        var text = "HTTP/1.1 \(status) \(WebResponse.reason(status))\r\n"
        for field in headers.fields where framing[field.name] == nil {
            text += "\(WebResponse.clean(field.name)): \(WebResponse.clean(field.value))\r\n"
        }
        for field in framing.fields { text += "\(field.name): \(field.value)\r\n" }
        text += "Date: \(date)\r\n\r\n"
        return Array(text.utf8)
    }

    private static func clean(_ text: String) -> String {
        guard text.utf8.contains(where: { $0 < 0x20 || $0 == 0x7f }) else { return text }
        return String(decoding: text.utf8.filter { $0 >= 0x20 && $0 != 0x7f }, as: UTF8.self)
    }
}

/// The sending end of a response that has no end yet. Usable from any thread; what is sent after the end is dropped.
public struct WebStream: Sendable {
    let loop: WebLoop
    let connection: UInt64

    /// Sends one chunk, soon.
    public func send(_ bytes: [UInt8]) {
        guard !bytes.isEmpty else { return }
        loop.post { [connection] loop in loop.connection(connection)?.sendChunk(bytes) }
    }

    /// Breaks the connection in the middle of the response. For stand-ins that play a broken server.
    public func drop() {
        loop.post { [connection] loop in loop.connection(connection)?.reset(.closedByServer) }
    }

    /// Ends the response; the connection may carry another request after it.
    public func finish() {
        loop.post { [connection] loop in loop.connection(connection)?.finishStream() }
    }
}
