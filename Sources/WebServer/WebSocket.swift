/// What a client sends over a WebSocket, put together from its frames.
public enum WebSocketMessage: Hashable, Sendable {
    case text(String)
    case binary([UInt8])
    /// Answered by the server itself before the handler hears of it.
    case ping([UInt8])
    case pong([UInt8])
}

/// Why a WebSocket is over.
public enum WebSocketEnd: Hashable, Sendable {
    /// The client said goodbye with this code; 1005 where it gave none.
    case closedByClient(code: Int, reason: String)
    /// This side closed, or dropped the connection.
    case closedByServer
    /// The connection broke, the client was too slow, or it spoke against RFC 6455.
    case broken(String)
}

/// What happens to a WebSocket. All three are called on the server's thread, in order; they may not block.
public struct WebSocketHandler: Sendable {
    public var opened: @Sendable (WebSocketConnection) -> Void
    public var received: @Sendable (WebSocketConnection, WebSocketMessage) -> Void
    public var closed: @Sendable (WebSocketConnection, WebSocketEnd) -> Void

    public init(
        opened: @escaping @Sendable (WebSocketConnection) -> Void = { _ in },
        received: @escaping @Sendable (WebSocketConnection, WebSocketMessage) -> Void = { _, _ in },
        closed: @escaping @Sendable (WebSocketConnection, WebSocketEnd) -> Void = { _, _ in }
    ) {
        self.opened = opened
        self.received = received
        self.closed = closed
    }
}

/// The server's end of one WebSocket. Usable from any thread; what is sent after its end is dropped.
public struct WebSocketConnection: Hashable, Sendable {
    /// Different for each connection of one server.
    public let id: UInt64
    let loop: WebLoop

    public static func == (left: WebSocketConnection, right: WebSocketConnection) -> Bool {
        left.id == right.id && left.loop === right.loop
    }

    public func hash(into hasher: inout Hasher) { hasher.combine(id) }

    public func send(text: String) { send(frame: WebSocketFrames.frame(.text, Array(text.utf8))) }

    /// Sends bytes that are a UTF-8 text without making a `String` of them.
    public func send(utf8 bytes: [UInt8]) { send(frame: WebSocketFrames.frame(.text, bytes)) }

    public func send(binary bytes: [UInt8]) { send(frame: WebSocketFrames.frame(.binary, bytes)) }

    /// At most 125 bytes; longer ones are cut.
    public func ping(_ bytes: [UInt8] = []) { send(frame: WebSocketFrames.frame(.ping, Array(bytes.prefix(125)))) }

    /// Says goodbye and waits a moment for the client's answer.
    public func close(code: Int = 1_000, reason: String = "") {
        loop.post { [id] loop in loop.connection(id)?.closeWebSocket(code: code, reason: reason) }
    }

    /// Resets the connection without a word, as a crash of the machine behind it looks.
    public func drop() {
        loop.post { [id] loop in loop.connection(id)?.reset(.closedByServer) }
    }

    /// Neither reads nor sends any more but keeps the connection open, as a broken path looks to the client.
    public func fallSilent() {
        loop.post { [id] loop in loop.connection(id)?.fallSilent() }
    }

    private func send(frame: [UInt8]) {
        loop.post { [id] loop in loop.connection(id)?.sendFrame(frame) }
    }
}
