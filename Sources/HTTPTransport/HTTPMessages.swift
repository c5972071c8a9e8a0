/// What is asked of a server.
public struct HTTPRequest: Sendable, CustomStringConvertible {
    public var method: String
    /// `http` or `https`, complete with its query.
    public var url: String
    public var headers: [(name: String, value: String)]
    public var body: [UInt8]
    /// Everything together may take this long, from the call on.
    public var timeout: Duration
    /// Connecting, TLS included, may take this long.
    public var connectTimeout: Duration
    /// A longer body ends the request with an error; counted after decompression.
    public var maximumResponseBytes: Int
    /// Whether the request may reach the server twice without harm. `GET` may; an order may not.
    ///
    /// A connection that is kept open can die in the moment it is used again, and libcurl then sends the request once
    /// more over a new one. For a request that is not repeatable that is an error instead, which says that it may have
    /// been sent.
    public var isRepeatable: Bool
    /// Seconds without a byte after which an answer has ended; absent where only ``timeout`` counts.
    public var idleSeconds: Int?
    /// Called with each piece of the body as it comes, decompressed, on the client's thread: it must be quick. `false` ends the
    /// request with what came so far as the answer.
    public var onBody: (@Sendable ([UInt8]) -> Bool)?

    public init(
        method: String = "GET", url: String, headers: [(name: String, value: String)] = [], body: [UInt8] = [],
        timeout: Duration = .seconds(10), connectTimeout: Duration = .seconds(5),
        maximumResponseBytes: Int = 32 << 20, isRepeatable: Bool? = nil
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.timeout = timeout
        self.connectTimeout = connectTimeout
        self.maximumResponseBytes = maximumResponseBytes
        self.isRepeatable = isRepeatable ?? (method == "GET" || method == "HEAD")
    }

    /// Method and address without the query, in which signatures stand, and without headers, in which keys stand.
    public var description: String { "\(method) \(url.prefix { $0 != "?" && $0 != "#" })" }
}

/// What a server answered, whatever its status.
public struct HTTPResponse: Sendable {
    public var status: Int
    /// In the order in which they came, names in lower case.
    public var headers: [(name: String, value: String)]
    public var body: [UInt8]
    /// `1.1` or `2`.
    public var version: String
    /// From the call to the last byte.
    public var duration: Duration
    /// Connections that were made for it: 0 where an open one served.
    public var newConnections: Int

    /// The first header of that name; `name` is in lower case.
    public func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }
    public var text: String { String(decoding: body, as: UTF8.self) }
}

/// Why there is no answer.
public struct HTTPError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Code: String, Sendable, CaseIterable {
        /// The address, a header or the method cannot be sent.
        case badRequest
        case cannotResolve
        case cannotConnect
        /// The certificate or the TLS handshake was not accepted.
        case notTrusted
        case timedOut
        case canceled
        /// The answer is longer than allowed.
        case tooLarge
        /// The connection broke, or what came over it is no HTTP.
        case broken
        /// The client has been shut down.
        case closed
    }

    public let code: Code
    /// Method and address, without query.
    public let request: String
    public let detail: String
    /// Whether (a part of) the request may have reached the server: where not, it did not happen, for certain.
    public let mayHaveBeenSent: Bool

    public init(_ code: Code, request: String, detail: String, mayHaveBeenSent: Bool) {
        self.code = code
        self.request = request
        self.detail = detail
        self.mayHaveBeenSent = mayHaveBeenSent
    }

    public var description: String {
        "\(request): \(detail)" + (mayHaveBeenSent ? "; it may have reached the server" : "; it was not sent")
    }
}
