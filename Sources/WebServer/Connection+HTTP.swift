import Glibc
import Synchronization

extension Connection {
    /// Waits for the next request, which may already be there.
    func awaitRequest() {
        phase = .reading
        setReadTime(loop.limits.idleTime)
        if !parser.isBetweenRequests { setReadTime(loop.limits.headerTime) }
        readRequests()
        updateInterest()
    }

    func readRequests() {
        guard case .reading = phase else { return }
        let wasInBody = parser.isInBody
        switch parser.next() {
        case .needsMore: break
        case .needsContinue:
            setReadTime(loop.limits.bodyTime)
            send(Array("HTTP/1.1 100 Continue\r\n\r\n".utf8))
            return
        case .refused(let status, let reason):
            loop.counters.withLock { $0.rejected += 1 }
            refuse(status: status, reason)
            return
        case .request(let request, let keepsAlive):
            start(request, keepsAlive)
            return
        }
        if parser.isInBody, !wasInBody { setReadTime(loop.limits.bodyTime) }
    }

    private func start(_ request: WebRequest, _ keepsAlive: Bool) {
        phase = .handling(request, keepsAlive: keepsAlive)
        setReadTime(nil)
        loop.counters.withLock { $0.requests += 1 }
        updateInterest()
        Task { [loop, id] in
            let response = await loop.handler(request)
            loop.post { $0.connection(id)?.answer(response) }
        }
    }

    /// Answers in the server's own name and ends the connection.
    func refuse(status: Int, _ reason: String) {
        let response = WebResponse(status: status, reason + "\n")
        setReadTime(nil)
        phase = .answering(keepsAlive: false)
        sendWhole(response, Array((reason + "\n").utf8), keepsAlive: false, isHead: false)
    }

    /// Sends what the handler made of the request.
    func answer(_ response: WebResponse) {
        guard case .handling(let request, var keepsAlive) = phase else { return }
        keepsAlive = keepsAlive && !loop.isStopping
        switch response.content {
        case .bytes(let bytes):
            phase = .answering(keepsAlive: keepsAlive)
            sendWhole(response, bytes, keepsAlive: keepsAlive, isHead: request.method == "HEAD")
        case .stream(let opened, let closed):
            startStream(response, request, keepsAlive, opened, closed)
        case .webSocket(let handler): openWebSocket(response, request, handler)
        case .reset: reset(.closedByServer)
        }
    }

    private func sendWhole(_ response: WebResponse, _ bytes: [UInt8], keepsAlive: Bool, isHead: Bool) {
        var framing: WebHeaders = ["Connection": keepsAlive ? "keep-alive" : "close"]
        let hasNoBody = response.status == 204 || response.status == 304
        if !hasNoBody { framing.add("Content-Length", "\(bytes.count)") }
        let head = response.head(framing: framing, date: loop.dateText())
        send(isHead || hasNoBody ? head : head + bytes)
    }

    // MARK: Streams

    private func startStream(
        _ response: WebResponse, _ request: WebRequest, _ keepsAlive: Bool,
        _ opened: @Sendable (WebStream) -> Void, _ closed: @escaping @Sendable () -> Void
    ) {
        var framing: WebHeaders = ["Connection": keepsAlive ? "keep-alive" : "close"]
        framing.add("Transfer-Encoding", "chunked")
        let head = response.head(framing: framing, date: loop.dateText())
        guard request.method != "HEAD" else {
            phase = .answering(keepsAlive: keepsAlive)
            send(head)
            return
        }
        phase = .streaming(isChunked: true, keepsAlive: keepsAlive, closed: closed)
        send(head)
        opened(WebStream(loop: loop, connection: id))
    }

    func sendChunk(_ bytes: [UInt8]) {
        guard case .streaming = phase else { return }
        guard queuedBytes + bytes.count <= loop.limits.queuedBytes else {
            reset(.broken("the client is slower than the stream"))
            return
        }
        send(Array((String(bytes.count, radix: 16) + "\r\n").utf8) + bytes + [13, 10])
    }

    func finishStream() {
        guard case .streaming(_, let keepsAlive, let closed) = phase else { return }
        phase = .answering(keepsAlive: keepsAlive)
        closed()
        send(Array("0\r\n\r\n".utf8))
    }
}
