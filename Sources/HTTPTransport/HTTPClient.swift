/// HTTP over libcurl: many requests at once on one thread, connections kept open and shared, HTTP/2 where offered.
///
/// The proxy is taken from the environment as curl does (`https_proxy`, `no_proxy`). Redirects are not followed: an
/// exchange's API has none, and a key must not travel elsewhere.
public final class HTTPClient: Sendable {
    /// What holds for all requests of a client.
    public struct Configuration: Sendable {
        /// A file of certificates that are trusted; the system's where absent.
        public var certificateAuthorities: String?
        /// Connections to one host at once; further requests wait, against their own deadline.
        public var connectionsPerHost: Int
        public var userAgent: String
        /// `http://proxy:3128`; what the environment says where absent.
        public var proxy: String?

        public init(
            certificateAuthorities: String? = nil, connectionsPerHost: Int = 8, userAgent: String = "quartet",
            proxy: String? = nil
        ) {
            self.certificateAuthorities = certificateAuthorities
            self.connectionsPerHost = connectionsPerHost
            self.userAgent = userAgent
            self.proxy = proxy
        }
    }

    private let loop: TransferLoop

    /// Starts the thread.
    /// - Throws: ``HTTPError`` where the system is out of threads or memory.
    public init(_ configuration: Configuration = Configuration()) throws(HTTPError) {
        loop = try TransferLoop(configuration)
    }

    deinit { loop.stop() }

    /// Sends a request and returns the answer, whatever its status. Canceling the task ends the request at once.
    public func send(_ request: HTTPRequest) async throws(HTTPError) -> HTTPResponse {
        let transfer = try Transfer(request)
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                transfer.whenDone { continuation.resume(returning: $0) }
                loop.start(transfer)
            }
        } onCancel: {
            loop.cancel(transfer)
        }
        return try result.get()
    }

    /// Ends all requests with ``HTTPError/Code/closed``, closes the connections and ends the thread.
    public func shutdown() { loop.stop() }
}
