import CCurl
import Glibc
import Synchronization

/// A WebSocket that stays: it connects, subscribes, watches that something comes, and when the connection is lost it
/// connects and subscribes again, for ever, until it is closed.
///
/// libcurl makes the connection (TLS, certificates, proxy from the environment); the frames are ours, since libcurl's own
/// WebSocket is missing in what Debian 12 ships. Each session has one thread, on which its events are delivered in order;
/// a handler that blocks holds up its own session only.
public final class WebSocketSession: Sendable {
    public struct Configuration: Sendable {
        /// `wss://` or `ws://`.
        public var url: String
        public var headers: [(name: String, value: String)]
        /// Sent after every connect, in this order, before anything else.
        public var subscriptions: [String]
        /// Sent as a text each ``pingInterval``, where an exchange asks for it (`{"op":"ping"}`); else ping frames are.
        public var pingText: String?
        public var pingInterval: Duration
        /// No frame at all for this long means that the connection is dead.
        public var silence: Duration
        public var connectTimeout: Duration
        public var maximumMessageBytes: Int
        /// A file of certificates that are trusted; the system's where absent.
        public var certificateAuthorities: String?
        /// `http://proxy:3128`; what the environment says where absent.
        public var proxy: String?
        /// The pause before the first attempt to connect again; doubled up to ``longestPause`` while none succeeds.
        public var shortestPause: Duration
        public var longestPause: Duration

        public init(
            url: String, headers: [(name: String, value: String)] = [], subscriptions: [String] = [],
            pingText: String? = nil, pingInterval: Duration = .seconds(15), silence: Duration = .seconds(40),
            connectTimeout: Duration = .seconds(10), maximumMessageBytes: Int = 16 << 20,
            certificateAuthorities: String? = nil, shortestPause: Duration = .milliseconds(500),
            longestPause: Duration = .seconds(30), proxy: String? = nil
        ) {
            self.url = url
            self.headers = headers
            self.subscriptions = subscriptions
            self.pingText = pingText
            self.pingInterval = pingInterval
            self.silence = silence
            self.connectTimeout = connectTimeout
            self.maximumMessageBytes = maximumMessageBytes
            self.certificateAuthorities = certificateAuthorities
            self.proxy = proxy
            self.shortestPause = shortestPause
            self.longestPause = longestPause
        }
    }

    public enum Event: Sendable {
        /// The connection is there and the subscriptions are sent: what came before may have holes after it.
        case opened
        case text([UInt8])
        case binary([UInt8])
        /// The connection is gone; the next attempt follows after the pause.
        case lost(WebSocketError, nextAttemptIn: Duration)
        /// The last event: the session was closed, or its address can never be connected to.
        case ended(WebSocketError)
    }

    private let core: WebSocketThread

    /// Starts the thread and connects. Events come on that thread, one after the other.
    /// - Throws: ``WebSocketError`` where the system is out of threads or descriptors.
    public init(
        _ configuration: Configuration, _ handle: @escaping @Sendable (Event) -> Void
    ) throws(WebSocketError) {
        core = try WebSocketThread(configuration, handle)
    }

    deinit { core.close() }

    /// Sends a text over the connection that is there; while there is none it is dropped and `false` is returned, since
    /// what was meant for the lost connection is part of the subscriptions or too late.
    @discardableResult
    public func send(_ text: String) -> Bool { core.send(text) }

    /// Says goodbye and ends the thread; ``Event/ended(_:)`` follows.
    public func close() { core.close() }
}

/// The thread of a session.
///
/// `@unchecked Sendable`: `inbox` is a mutex, the descriptor and the configuration never change, and everything else is
/// touched only by the thread.
final class WebSocketThread: @unchecked Sendable {
    private struct Inbox {
        var texts: [String] = []
        var isOpen = false
        var isClosing = false
    }

    private let configuration: WebSocketSession.Configuration
    private let handle: @Sendable (WebSocketSession.Event) -> Void
    private let inbox = Mutex(Inbox())
    private let wakeDescriptor: Int32

    // Touched by the thread only.
    private var curl: UnsafeMutableRawPointer?
    private var outgoing: [UInt8] = []
    private var buffer = [UInt8](repeating: 0, count: 1 << 16)
    private var generator = SystemRandomNumberGenerator()

    init(
        _ configuration: WebSocketSession.Configuration, _ handle: @escaping @Sendable (WebSocketSession.Event) -> Void
    ) throws(WebSocketError) {
        self.configuration = configuration
        self.handle = handle
        wakeDescriptor = eventfd(0, Int32(EFD_CLOEXEC) | Int32(EFD_NONBLOCK))
        guard wakeDescriptor >= 0, TransferLoop.isReady else {
            throw WebSocketError(.cannotConnect, "the system has no descriptor for a WebSocket")
        }
        var id = pthread_t()
        let code = pthread_create(
            &id, nil,
            { argument in
                guard let argument else { return nil }
                Unmanaged<WebSocketThread>.fromOpaque(argument).takeRetainedValue().main()
                return nil
            }, Unmanaged.passRetained(self).toOpaque())
        guard code == 0 else {
            Unmanaged.passUnretained(self).release()
            throw WebSocketError(.cannotConnect, "no thread can be started: \(String(cString: strerror(code)))")
        }
        pthread_detach(id)
    }

    deinit { Glibc.close(wakeDescriptor) }

    // MARK: From any thread

    func send(_ text: String) -> Bool {
        let isTaken = inbox.withLock { inbox in
            guard inbox.isOpen, !inbox.isClosing else { return false }
            inbox.texts.append(text)
            return true
        }
        if isTaken { wake() }
        return isTaken
    }

    func close() {
        inbox.withLock { $0.isClosing = true }
        wake()
    }

    private func wake() {
        var one: UInt64 = 1
        _ = Glibc.write(wakeDescriptor, &one, 8)
    }

    private var isClosing: Bool { inbox.withLock { $0.isClosing } }

    // MARK: The thread

    private func main() {
        quartet_name_thread("websocket")
        var pause = configuration.shortestPause
        while !isClosing {
            let started = ContinuousClock.now
            let error = connectAndRun()
            inbox.withLock { inbox in
                inbox.isOpen = false
                inbox.texts.removeAll()
            }
            if let curl { curl_easy_cleanup(curl) }
            curl = nil
            if error.code == .closed || error.code == .badRequest || isClosing { return handle(.ended(error)) }
            // A connection that held for a while begins with the shortest pause again.
            if ContinuousClock.now - started > .seconds(60) { pause = configuration.shortestPause }
            // A quarter more or less, so that many sessions do not come back at the same moment.
            let next = pause * Double.random(in: 0.75...1.25, using: &generator)
            handle(.lost(error, nextAttemptIn: next))
            wait(next)
            pause = min(pause * 2, configuration.longestPause)
        }
        handle(.ended(WebSocketError(.closed, "it was closed")))
    }

    /// Sleeps until the time is over or the session is closed.
    private func wait(_ duration: Duration) {
        let end = ContinuousClock.now + duration
        while !isClosing, ContinuousClock.now < end {
            var descriptor = pollfd(fd: wakeDescriptor, events: Int16(POLLIN), revents: 0)
            poll(&descriptor, 1, WebSocketThread.milliseconds(end - ContinuousClock.now))
            drainWake()
        }
    }

    private func drainWake() {
        var count: UInt64 = 0
        _ = Glibc.read(wakeDescriptor, &count, 8)
    }

    private func connectAndRun() -> WebSocketError {
        do throws(WebSocketError) {
            let address = try WebSocketAddress(configuration.url)
            for (name, value) in configuration.headers where (name + value).utf8.contains(where: { $0 < 0x20 }) {
                throw WebSocketError(.badRequest, "the header \"\(name.prefix(40))\" holds a control character")
            }
            try connect(address)
            let nonce = (0..<16).map { _ in UInt8.random(in: 0...255, using: &generator) }
            let handshake = WebSocketHandshake(
                host: address.host, path: address.path, headers: configuration.headers, nonce: nonce)
            var decoder = WebSocketDecoder(maximumBytes: configuration.maximumMessageBytes)
            try shakeHands(handshake, &decoder)
            outgoing = []
            for text in configuration.subscriptions { queue(.text, Array(text.utf8)) }
            inbox.withLock { $0.isOpen = true }
            handle(.opened)
            try run(&decoder)
            return WebSocketError(.closed, "it was closed")
        } catch {
            return error
        }
    }

    private func connect(_ address: WebSocketAddress) throws(WebSocketError) {
        guard let curl = curl_easy_init() else { throw WebSocketError(.cannotConnect, "libcurl has no memory") }
        self.curl = curl
        _ = quartet_curl_set_text(curl, CURLOPT_URL, address.url)
        _ = quartet_curl_set_text(curl, CURLOPT_PROTOCOLS_STR, "http,https")
        _ = quartet_curl_set_long(curl, CURLOPT_CONNECT_ONLY, 1)
        _ = quartet_curl_set_long(curl, CURLOPT_NOSIGNAL, 1)
        // HTTP/2 must not be agreed on: the handshake is HTTP/1.1.
        _ = quartet_curl_set_long(curl, CURLOPT_SSL_ENABLE_ALPN, 0)
        _ = quartet_curl_set_long(curl, CURLOPT_HTTPPROXYTUNNEL, 1)
        _ = quartet_curl_set_long(curl, CURLOPT_TCP_KEEPALIVE, 1)
        _ = quartet_curl_set_long(
            curl, CURLOPT_CONNECTTIMEOUT_MS, Int(WebSocketThread.milliseconds(configuration.connectTimeout)))
        if let proxy = configuration.proxy { _ = quartet_curl_set_text(curl, CURLOPT_PROXY, proxy) }
        if let file = configuration.certificateAuthorities { _ = quartet_curl_set_text(curl, CURLOPT_CAINFO, file) }
        let code = curl_easy_perform(curl)
        guard code != CURLE_OK else { return }
        let words = String(cString: curl_easy_strerror(code))
        switch code {
        case CURLE_OPERATION_TIMEDOUT: throw WebSocketError(.timedOut, words)
        case CURLE_URL_MALFORMAT, CURLE_UNSUPPORTED_PROTOCOL: throw WebSocketError(.badRequest, words)
        case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CONNECT_ERROR, CURLE_SSL_CACERT_BADFILE:
            throw WebSocketError(.notTrusted, words)
        default: throw WebSocketError(.cannotConnect, words)
        }
    }

    private func shakeHands(
        _ handshake: WebSocketHandshake, _ decoder: inout WebSocketDecoder
    ) throws(WebSocketError) {
        outgoing = handshake.request
        let deadline = ContinuousClock.now + configuration.connectTimeout
        var answer: [UInt8] = []
        while true {
            try flush()
            let ending = receive { answer.append(contentsOf: $0) }
            if let end = try handshake.accept(answer) {
                // What follows the answer is the first of the frames.
                return decoder.append(answer[end...])
            }
            if let ending { throw ending }
            guard ContinuousClock.now < deadline else {
                throw WebSocketError(.timedOut, "the server did not answer the handshake")
            }
            if isClosing { throw WebSocketError(.closed, "it was closed") }
            sleep(until: deadline)
        }
    }

    /// Reads and writes until the connection ends.
    private func run(_ decoder: inout WebSocketDecoder) throws(WebSocketError) {
        var lastFrame = ContinuousClock.now
        var lastPing = lastFrame
        var ending: WebSocketError?
        while true {
            while let message = try decoder.next() {
                lastFrame = ContinuousClock.now
                try take(message)
            }
            if let ending { throw ending }
            let texts = inbox.withLock { inbox in
                defer { inbox.texts.removeAll() }
                return inbox.texts
            }
            for text in texts { queue(.text, Array(text.utf8)) }
            let now = ContinuousClock.now
            if isClosing {
                queue(.close, [0x03, 0xe8])
                try flush()
                return
            }
            guard now - lastFrame < configuration.silence else {
                throw WebSocketError(.silent, "nothing came for \(configuration.silence)")
            }
            if now - lastPing >= configuration.pingInterval {
                lastPing = now
                if let text = configuration.pingText { queue(.text, Array(text.utf8)) } else { queue(.ping, []) }
            }
            try flush()
            sleep(until: min(lastFrame + configuration.silence, lastPing + configuration.pingInterval))
            ending = receive { decoder.append($0) }
        }
    }

    private func take(_ message: WebSocketMessage) throws(WebSocketError) {
        switch message {
        case .text(let bytes): handle(.text(bytes))
        case .binary(let bytes): handle(.binary(bytes))
        case .ping(let bytes): queue(.pong, bytes)
        case .pong: break
        case .close(let code, let reason):
            queue(.close, [UInt8(truncatingIfNeeded: code >> 8), UInt8(truncatingIfNeeded: code)])
            try? flush()
            throw WebSocketError(.closedByServer, "code \(code)\(reason.isEmpty ? "" : ": " + reason)")
        }
    }

    private func queue(_ opcode: WebSocketEncoder.Opcode, _ payload: [UInt8]) {
        // 1005 says that there was no code; it is not sent back.
        let payload = opcode == .close && payload == [0x03, 0xed] ? [] : payload
        outgoing += WebSocketEncoder.frame(opcode, payload, mask: UInt32.random(in: .min ... .max, using: &generator))
    }

    // MARK: Bytes

    private func flush() throws(WebSocketError) {
        while !outgoing.isEmpty {
            var count = 0
            let code = outgoing.withUnsafeBytes { curl_easy_send(curl, $0.baseAddress, $0.count, &count) }
            if code == CURLE_AGAIN { return }
            guard code == CURLE_OK else { throw WebSocketError(.broken, String(cString: curl_easy_strerror(code))) }
            outgoing.removeFirst(count)
        }
    }

    /// Hands over all that has come; TLS may hold bytes that the socket no longer shows, so it reads until none are left.
    /// How the connection ended, where it has: what came before the end is to be looked at first.
    private func receive(_ take: (ArraySlice<UInt8>) -> Void) -> WebSocketError? {
        while true {
            var count = 0
            let code = buffer.withUnsafeMutableBytes { curl_easy_recv(curl, $0.baseAddress, $0.count, &count) }
            if code == CURLE_AGAIN { return nil }
            guard code == CURLE_OK else { return WebSocketError(.broken, String(cString: curl_easy_strerror(code))) }
            guard count > 0 else { return WebSocketError(.broken, "the server ended the connection without a word") }
            take(buffer[..<count])
        }
    }

    /// Sleeps until bytes can be read (or written, where some wait), the session is spoken to, or the time has come.
    private func sleep(until deadline: ContinuousClock.Instant) {
        var socket: curl_socket_t = -1
        _ = quartet_curl_get_socket(curl, &socket)
        let events = Int16(POLLIN) | (outgoing.isEmpty ? 0 : Int16(POLLOUT))
        var descriptors = [
            pollfd(fd: socket, events: events, revents: 0),
            pollfd(fd: wakeDescriptor, events: Int16(POLLIN), revents: 0),
        ]
        poll(&descriptors, 2, WebSocketThread.milliseconds(deadline - ContinuousClock.now))
        drainWake()
    }

    /// At least 1, so that a deadline of a fraction of a millisecond is no busy wait.
    private static func milliseconds(_ duration: Duration) -> Int32 {
        let parts = duration.components
        guard parts.seconds >= 0 else { return 1 }
        guard parts.seconds < 86_400 else { return 86_400_000 }
        return max(1, Int32(parts.seconds * 1_000 + parts.attoseconds / 1_000_000_000_000_000))
    }
}

/// The parts of a `ws` or `wss` address.
struct WebSocketAddress {
    /// The same as `http` or `https`, for libcurl.
    let url: String
    let host: String
    let path: String

    init(_ text: String) throws(WebSocketError) {
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else {
            throw WebSocketError(.badRequest, "the address holds a character that must be percent-encoded")
        }
        let scheme: String
        let rest: Substring
        if text.hasPrefix("wss://") {
            (scheme, rest) = ("https://", text.dropFirst(6))
        } else if text.hasPrefix("ws://") {
            (scheme, rest) = ("http://", text.dropFirst(5))
        } else {
            throw WebSocketError(.badRequest, "\"\(text.prefix(40))\" begins with neither wss:// nor ws://")
        }
        let host = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        guard !host.isEmpty, !host.contains("@") else {
            throw WebSocketError(.badRequest, "\"\(text.prefix(40))\" names no host")
        }
        let path = rest.dropFirst(host.count).prefix { $0 != "#" }
        url = scheme + host + "/"
        self.host = String(host)
        self.path = path.hasPrefix("/") ? String(path) : "/" + path
    }
}
