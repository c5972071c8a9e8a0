import Glibc
import Synchronization

/// An HTTP/1.1 and WebSocket server on one thread that holds its limits whatever its clients do.
///
/// The handler is called once a request is whole; it may take its time, other connections go on meanwhile. Requests of one
/// connection are answered in their order. The server listens when `init` returns, and until ``stop(grace:)`` or the end
/// of its life.
public final class WebServer: Sendable {
    public typealias Handler = @Sendable (WebRequest) async -> WebResponse

    /// What happened since the start; counters only grow.
    public struct Counters: Hashable, Sendable {
        /// Connections that are open now.
        public var open = 0
        public var accepted = 0
        /// Connections that were turned away because too many were open.
        public var refused = 0
        public var requests = 0
        /// Requests that were answered by the server itself because they broke a rule or a limit.
        public var rejected = 0
    }

    /// The address it listens on, as a number.
    public let host: String
    /// The port it listens on: the kernel's choice where 0 was asked for.
    public let port: Int
    private let loop: WebLoop

    /// - Parameters:
    ///   - host: an IPv4 or IPv6 address as a number; names are not looked up.
    ///   - port: 0 lets the kernel choose; see ``port``.
    /// - Throws: ``WebServerError`` where the address is none, is taken, or the system is out of descriptors.
    public init(
        host: String = "127.0.0.1", port: Int = 0, limits: WebServerLimits = WebServerLimits(),
        handler: @escaping Handler
    ) throws {
        let listener = try ListenSocket(host: host, port: port)
        self.host = host
        self.port = listener.port
        loop = try WebLoop(listener: listener, limits: limits, handler: handler)
        try loop.start()
    }

    deinit { loop.beginStop(grace: .zero) }

    /// Counters as they stand now.
    public var counters: Counters { loop.counters.withLock { $0 } }

    /// Closes the listening socket at once, lets requests that are being answered finish for `grace`, says 1001 to each
    /// WebSocket, and returns when every connection is closed and the thread has left.
    public func stop(grace: Duration = .seconds(2)) async {
        loop.beginStop(grace: grace)
        await loop.stopped()
    }
}

/// Why a server cannot listen.
public struct WebServerError: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String

    init(_ description: String) { self.description = description }

    /// With the sentence of `errno`.
    static func system(_ doing: String) -> WebServerError {
        WebServerError("\(doing) failed: \(String(cString: strerror(errno)))")
    }
}
