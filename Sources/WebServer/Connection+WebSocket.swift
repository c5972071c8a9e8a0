extension Connection {
    func openWebSocket(_ response: WebResponse, _ request: WebRequest, _ handler: WebSocketHandler) {
        guard let accept = WebSocketOpening.accept(request) else {
            phase = .handling(request, keepsAlive: true)
            var refusal = WebResponse(status: 426, "this address speaks WebSocket (RFC 6455, version 13)\n")
            refusal.headers["Upgrade"] = "websocket"
            refusal.headers["Sec-WebSocket-Version"] = "13"
            answer(refusal)
            return
        }
        var opening = response
        opening.status = 101
        let framing: WebHeaders = ["Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Accept": accept]
        let rest = parser.takeRest()
        phase = .webSocket(WebSocketDecoder(limit: loop.limits.messageBytes), handler)
        send(opening.head(framing: framing, date: loop.dateText()))
        guard case .webSocket = phase else { return }
        handler.opened(WebSocketConnection(id: id, loop: loop))
        if !rest.isEmpty { rest.withUnsafeBytes { takeFrames($0) } }
        updateInterest()
    }

    func takeFrames(_ bytes: UnsafeRawBufferPointer) {
        switch phase {
        case .webSocket(var decoder, let handler):
            decoder.append(bytes)
            phase = .webSocket(decoder, handler)
            readMessages(handler)
        case .webSocketClosing(let handler, let end):
            // Only the client's close frame matters now; its first byte tells it in all but fragmented floods, which the
            // deadline ends.
            if bytes.contains(where: { $0 == 0x88 }) { close(end) } else { phase = .webSocketClosing(handler, end) }
        case .reading, .handling, .answering, .streaming, .lingering, .silent, .closed: break
        }
    }

    private func readMessages(_ handler: WebSocketHandler) {
        let connection = WebSocketConnection(id: id, loop: loop)
        while case .webSocket(var decoder, _) = phase {
            do throws(WebSocketDecoder.Violation) {
                // The phase holds no decoder meanwhile, so that its bytes are not copied.
                phase = .webSocket(WebSocketDecoder(limit: 0), handler)
                let item = try decoder.next()
                phase = .webSocket(decoder, handler)
                switch item {
                case nil: return
                case .message(let message):
                    if case .ping(let bytes) = message { sendFrame(WebSocketFrames.frame(.pong, bytes)) }
                    handler.received(connection, message)
                case .close(let code, let reason):
                    sendFrame(WebSocketFrames.close(code: code, reason: ""))
                    close(.closedByClient(code: code, reason: reason))
                    return
                }
            } catch {
                sendFrame(WebSocketFrames.close(code: error.code, reason: error.reason))
                close(.broken(error.reason))
                return
            }
        }
    }

    func sendFrame(_ frame: [UInt8]) {
        guard case .webSocket = phase else { return }
        guard queuedBytes + frame.count <= loop.limits.queuedBytes else {
            reset(.broken("the client is slower than what it asked for"))
            return
        }
        send(frame)
    }

    func closeWebSocket(code: Int, reason: String) {
        guard case .webSocket(_, let handler) = phase else { return }
        sendFrame(WebSocketFrames.close(code: code, reason: reason))
        guard case .webSocket = phase else { return }
        phase = .webSocketClosing(handler, .closedByServer)
        setReadTime(.seconds(2))
        updateInterest()
    }

    func fallSilent() {
        guard case .webSocket(_, let handler) = phase else { return }
        phase = .silent(handler)
        setReadTime(nil)
        updateInterest()
    }
}
