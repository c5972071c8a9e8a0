/// What a client may ask of a ``WebServer`` before it is turned away.
///
/// Every limit is on: a server without one of them can be held still by a client that is slow or talks too much.
public struct WebServerLimits: Sendable {
    /// Connections at once; the next is answered `503 Service Unavailable` and closed.
    public var connections = 1_024
    /// Bytes of request line and headers together; beyond it the answer is 431, for the request line alone 414.
    public var headerBytes = 16_384
    /// Bytes of a request's body; beyond it the answer is 413.
    public var bodyBytes = 1_048_576
    /// Time from a connection's first moment, or a request's first byte, to the end of its headers; then 408.
    public var headerTime = Duration.seconds(10)
    /// Time from the end of the headers to the end of the body; then 408.
    public var bodyTime = Duration.seconds(30)
    /// How long a connection may wait between two requests; then it is closed without a word.
    public var idleTime = Duration.seconds(60)
    /// How long bytes may wait without the client taking one of them; then the connection is dropped.
    public var sendTime = Duration.seconds(30)
    /// Bytes of a stream or a WebSocket that may wait for a slow client; beyond it the connection is dropped.
    public var queuedBytes = 8_388_608
    /// Bytes of one WebSocket message from a client; beyond it the connection is closed with 1009.
    public var messageBytes = 1_048_576

    public init() {}
}

extension Duration {
    var micros: Int64 {
        let (seconds, attoseconds) = components
        return seconds &* 1_000_000 &+ attoseconds / 1_000_000_000_000
    }
}
