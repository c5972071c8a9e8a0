/// One whole request: its headers and body are read and within the limits before anyone sees it.
public struct WebRequest: Sendable {
    /// A name and its value, both decoded; a name without `=` has an empty value.
    public struct QueryItem: Hashable, Sendable {
        public let name: String
        public let value: String
        public init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    /// As it was sent: methods are case-sensitive.
    public let method: String
    /// Decoded, beginning with `/`; never holds a segment `..`, a control character or bytes that are not UTF-8.
    public let path: String
    /// The query in the order it was sent.
    public let query: [QueryItem]
    /// The query as it was sent, still encoded, without `?`: what signatures are computed over.
    public let rawQuery: String
    public let headers: WebHeaders
    public let body: [UInt8]
    /// The client's address and port, `127.0.0.1:49152`.
    public let peer: String

    public init(
        method: String, path: String, query: [QueryItem] = [], rawQuery: String = "", headers: WebHeaders = [:],
        body: [UInt8] = [], peer: String = ""
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.rawQuery = rawQuery
        self.headers = headers
        self.body = body
        self.peer = peer
    }

    /// The first value of a query's name.
    public func queryValue(_ name: String) -> String? { query.first { $0.name == name }?.value }

    /// Whether the client asks to speak WebSocket (RFC 6455, section 4.2.1).
    public var asksForWebSocket: Bool {
        method == "GET" && headers.has("Upgrade", word: "websocket") && headers.has("Connection", word: "upgrade")
    }
}
