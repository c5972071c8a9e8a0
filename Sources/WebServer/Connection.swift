import CEpoll
import Glibc

/// One client, on the loop's thread only.
final class Connection {
    enum Phase {
        /// A request is awaited or comes in.
        case reading
        /// The handler works on it.
        case handling(WebRequest, keepsAlive: Bool)
        /// The whole answer waits to go out.
        case answering(keepsAlive: Bool)
        case streaming(isChunked: Bool, keepsAlive: Bool, closed: @Sendable () -> Void)
        case webSocket(WebSocketDecoder, WebSocketHandler)
        /// Our close frame is sent; the client's is awaited.
        case webSocketClosing(WebSocketHandler, WebSocketEnd)
        /// The last answer is out and our side is shut; what still comes is thrown away until the client's side is too,
        /// since closing at once could take the answer back (RFC 9112, section 9.6).
        case lingering
        /// Open and dead.
        case silent(WebSocketHandler)
        case closed
    }

    let id: UInt64
    let descriptor: Int32
    let isRefusal: Bool
    unowned let loop: WebLoop
    var phase = Phase.reading
    var parser: RequestParser
    private var interest: UInt32 = 0
    private var hasPeerShut = false

    private var output: [[UInt8]] = []
    /// How much of the first of `output` is gone.
    private var sent = 0
    private(set) var queuedBytes = 0

    private var readDeadline: Int64
    private var sendDeadline = Int64.max

    init(id: UInt64, descriptor: Int32, peer: String, isRefusal: Bool, loop: WebLoop) {
        self.id = id
        self.descriptor = descriptor
        self.isRefusal = isRefusal
        self.loop = loop
        parser = RequestParser(peer: peer, limits: loop.limits)
        readDeadline = loop.now + loop.limits.headerTime.micros
    }

    func startWatching() -> Bool {
        interest = EPOLLIN.rawValue | EPOLLRDHUP.rawValue
        return loop.control(EPOLL_CTL_ADD, descriptor, id, interest)
    }

    // MARK: Events

    func handle(_ flags: UInt32) {
        if flags & (EPOLLERR.rawValue | EPOLLHUP.rawValue) != 0, !wantsInput {
            close(.broken("the client has gone"))
            return
        }
        if flags & EPOLLOUT.rawValue != 0 { flush() }
        if flags & EPOLLRDHUP.rawValue != 0 { peerShut() }
        if flags & (EPOLLIN.rawValue | EPOLLERR.rawValue | EPOLLHUP.rawValue) != 0 { readSome() }
        updateInterest()
    }

    private var wantsInput: Bool {
        switch phase {
        case .reading, .webSocket, .webSocketClosing, .lingering: true
        case .handling, .answering, .streaming, .silent, .closed: false
        }
    }

    /// The client will send no more. Who waits for an answer may still want it; a stream's reader is gone.
    private func peerShut() {
        hasPeerShut = true
        if case .streaming = phase { close(.broken("the client has gone")) }
    }

    func updateInterest() {
        if case .closed = phase { return }
        var wanted: UInt32 = hasPeerShut ? 0 : EPOLLRDHUP.rawValue
        if wantsInput { wanted |= EPOLLIN.rawValue }
        if case .silent = phase {} else if !output.isEmpty { wanted |= EPOLLOUT.rawValue }
        guard wanted != interest else { return }
        interest = wanted
        loop.control(EPOLL_CTL_MOD, descriptor, id, wanted)
    }

    private func readSome() {
        // A bound a round, so that one client that sends without end does not keep the others waiting.
        for _ in 0..<4 where wantsInput {
            let count = recv(descriptor, loop.scratch.baseAddress, loop.scratch.count, 0)
            if count > 0 {
                take(UnsafeRawBufferPointer(rebasing: loop.scratch[0..<count]))
                if count < loop.scratch.count { return }
            } else if count < 0, errno == EINTR {
                continue
            } else if count < 0, errno == EAGAIN {
                return
            } else {
                close(.broken("the client closed the connection"))
                return
            }
        }
    }

    private func take(_ bytes: UnsafeRawBufferPointer) {
        switch phase {
        case .reading:
            if parser.isBetweenRequests { readDeadline = loop.now + loop.limits.headerTime.micros }
            parser.append(bytes)
            readRequests()
        case .webSocket, .webSocketClosing: takeFrames(bytes)
        case .handling, .answering, .streaming, .lingering, .silent, .closed: break
        }
    }

    func checkDeadlines(at moment: Int64) {
        if case .silent = phase { return }
        if moment >= sendDeadline {
            reset(.broken("the client took nothing for too long"))
            return
        }
        guard moment >= readDeadline else { return }
        switch phase {
        case .reading:
            if parser.isBetweenRequests {
                close(.closedByServer)
            } else {
                refuse(status: 408, "the request took too long to arrive")
            }
        case .webSocketClosing(_, let end): close(end)
        case .lingering: close(.closedByServer)
        case .handling, .answering, .streaming, .webSocket, .silent, .closed: break
        }
    }

    func setReadTime(_ time: Duration?) { readDeadline = time.map { loop.now + $0.micros } ?? .max }

    // MARK: Sending

    /// Queues bytes and sends what the socket takes now.
    func send(_ bytes: [UInt8]) {
        if case .closed = phase { return }
        if case .silent = phase { return }
        if output.isEmpty { sendDeadline = loop.now + loop.limits.sendTime.micros }
        output.append(bytes)
        queuedBytes += bytes.count
        flush()
        updateInterest()
    }

    private func flush() {
        var index = 0
        while index < output.count {
            let count = output[index].withUnsafeBytes { bytes in
                Glibc.send(
                    descriptor, bytes.baseAddress.map { $0 + sent }, bytes.count - sent, Int32(MSG_NOSIGNAL))
            }
            if count < 0, errno == EINTR { continue }
            if count < 0, errno == EAGAIN { break }
            guard count > 0 else {
                output = []
                close(.broken("the client has gone"))
                return
            }
            sent += count
            queuedBytes -= count
            sendDeadline = loop.now + loop.limits.sendTime.micros
            if sent == output[index].count { (index, sent) = (index + 1, 0) }
        }
        output.removeFirst(index)
        guard output.isEmpty else { return }
        sendDeadline = .max
        allIsSent()
    }

    private func allIsSent() {
        guard case .answering(let keepsAlive) = phase else { return }
        if keepsAlive, !loop.isStopping, !hasPeerShut { awaitRequest() } else { linger() }
    }

    /// Shuts our side and waits a moment for the client's.
    private func linger() {
        phase = .lingering
        shutdown(descriptor, Int32(SHUT_WR))
        setReadTime(.seconds(2))
    }

    // MARK: Ends

    func close(_ end: WebSocketEnd) {
        let last = phase
        if case .closed = last { return }
        phase = .closed
        Glibc.close(descriptor)
        loop.remove(self)
        switch last {
        case .streaming(_, _, let closed): closed()
        case .webSocket(_, let handler), .silent(let handler):
            handler.closed(WebSocketConnection(id: id, loop: loop), end)
        case .webSocketClosing(let handler, let end): handler.closed(WebSocketConnection(id: id, loop: loop), end)
        case .reading, .handling, .answering, .lingering, .closed: break
        }
    }

    /// Closes so that the client sees a reset and not a goodbye.
    func reset(_ end: WebSocketEnd) {
        if case .closed = phase { return }
        var option = Glibc.linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<Glibc.linger>.size))
        close(end)
    }

    func prepareToStop() {
        switch phase {
        case .reading: close(.closedByServer)
        case .streaming(_, _, let closed):
            phase = .answering(keepsAlive: false)
            closed()
            allIsSentIfEmpty()
        case .webSocket: closeWebSocket(code: 1_001, reason: "the server stops")
        case .silent: reset(.closedByServer)
        case .handling, .answering, .webSocketClosing, .lingering, .closed: break
        }
    }

    func allIsSentIfEmpty() {
        if output.isEmpty { allIsSent() }
        updateInterest()
    }
}
