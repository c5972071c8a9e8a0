import CZeroMQ
import Messaging
import Testing

@Suite("Requests and replies", .timeLimit(.minutes(20)))
struct RequestReplyTests {
    private static let life: Int64 = 600_000_000

    private static func responder(
        _ loop: EventLoop, _ endpoint: Endpoint, keepFor: Int64 = life, mostReplies: Int = 4_096,
        mostBytes: Int = 8 << 20,
        _ handler: @escaping (Responder.Request) -> Void
    ) throws -> Responder {
        try Responder(
            loop: loop, endpoint: endpoint, mostReplies: mostReplies, mostBytes: mostBytes,
            identify: { frame in frame.text.contains(":") ? .init(id: frame.text.identifier, keepFor: keepFor) : nil },
            handler: handler)
    }

    private static func requester(_ loop: EventLoop, _ endpoint: Endpoint) throws -> Requester {
        try Requester(loop: loop, endpoint: endpoint) { $0.text.contains(":") ? $0.text.identifier : nil }
    }

    /// Sends from any thread and waits for the outcome: the text of the reply, or "expired".
    private static func ask(
        _ requester: Requester, _ loop: EventLoop, _ text: String, life: Int64 = life, retry: Int64 = 500_000
    ) -> Promise<String> {
        let outcome = Promise<String>()
        loop.run {
            let isTaken = text.withBytes { bytes in
                requester.send(id: text.identifier, frame: bytes, timeToLive: life, retryEvery: retry) { result in
                    switch result {
                    case .reply(let frame): outcome.fulfil(frame.text)
                    case .expired: outcome.fulfil("expired")
                    }
                }
            }
            if !isTaken { outcome.fulfil("refused") }
        }
        return outcome
    }

    @Test("a request gets its reply")
    func requestAndReply() async throws {
        let scratch = ScratchDirectory()
        try await withLoop { loop in
            let requester = try loop.run {
                _ = try Self.responder(loop, scratch.endpoint("a.rep")) { request in
                    (request.frame.text + "!").withBytes { request.reply($0) }
                }
                return try Self.requester(loop, scratch.endpoint("a.rep"))
            }
            #expect(await Self.ask(requester, loop, "1:hello").value == "1:hello!")
        }
    }

    @Test("a thousand requests are outstanding at once and answered in the reverse order; one more is refused")
    func pipelining() async throws {
        let scratch = ScratchDirectory()
        try await withLoop { loop in
            var requests: [Responder.Request] = []
            let all = Promise<Bool>()
            let requester = try loop.run {
                _ = try Self.responder(loop, scratch.endpoint("a.rep")) { request in
                    requests.append(request)
                    if requests.count == 1_000 { all.fulfil(true) }
                }
                return try Self.requester(loop, scratch.endpoint("a.rep"))
            }
            let outcomes = (0..<1_000).map { Self.ask(requester, loop, "\($0):x", retry: Self.life) }
            #expect(await Self.ask(requester, loop, "more:x").value == "refused")
            _ = await all.value
            loop.run {
                for request in requests.reversed() {
                    (request.frame.text.identifier + ":done").withBytes { request.reply($0) }
                }
                requests = []
            }
            for (index, outcome) in outcomes.enumerated() { #expect(await outcome.value == "\(index):done") }
            #expect(loop.run { requester.outstanding } == 0)
        }
    }

    @Test(
        "plain REQ sockets, with and without correlation, and a bare DEALER are answered",
        arguments: ["REQ", "correlated", "named", "DEALER"])
    func plainClients(client: String) async throws {
        let scratch = ScratchDirectory()
        try await withLoop { loop in
            let responder = try loop.run {
                try Self.responder(loop, scratch.endpoint("a.rep")) { request in
                    (request.frame.text + "!").withBytes {
                        request.reply($0, keep: !request.frame.text.hasPrefix("again"))
                    }
                }
            }
            var options: [(Int32, Int32)] = []
            if client == "correlated" {
                options = [(Int32(ZMQ_REQ_CORRELATE), Int32(1)), (Int32(ZMQ_REQ_RELAXED), Int32(1))]
            }
            let plain = PlainSocket(
                client == "DEALER" ? ZMQ_DEALER : ZMQ_REQ, options: options, connect: try scratch.endpoint("a.rep"))
            for text in ["1:a", "1:a", "again:b", "no colon"] {
                plain.send([text])
                #expect(plain.receive() == [text + "!"])
            }
            #expect(loop.run { responder.repeats } == 1)
            #expect(loop.run { responder.received } == 3)
        }
    }

    @Test("messages that are no requests are counted and harm nobody")
    func malformedMessages() async throws {
        let scratch = ScratchDirectory()
        try await withLoop { loop in
            let responder = try loop.run {
                try Self.responder(loop, scratch.endpoint("a.rep")) { request in
                    (request.frame.text + "!").withBytes { request.reply($0) }
                }
            }
            let plain = PlainSocket(ZMQ_DEALER, connect: try scratch.endpoint("a.rep"))
            plain.send((0..<40).map { "part \($0)" })
            plain.send(["", ""])
            plain.send(["", "1:x"])
            // An empty frame is a request without an id; it is handed on, and answered here.
            #expect(plain.receive() == ["", "!"])
            #expect(plain.receive() == ["", "1:x!"])
            #expect(loop.run { responder.malformed } == 1)
        }
    }

    @Test("a repeat is answered from the store, without the handler")
    func storedReplies() async throws {
        let scratch = ScratchDirectory()
        try await withLoop { loop in
            var handled = 0
            let responder = try loop.run {
                try Self.responder(loop, scratch.endpoint("a.rep")) { request in
                    handled += 1
                    "\(request.frame.text.identifier):\(handled)".withBytes { request.reply($0) }
                }
            }
            // Each from a client of its own, as after a restart.
            for _ in 0..<3 {
                let requester = try loop.run { try Self.requester(loop, scratch.endpoint("a.rep")) }
                #expect(await Self.ask(requester, loop, "x:go").value == "x:1")
                loop.run { requester.close() }
            }
            #expect(loop.run { (handled, responder.repeats) } == (1, 2))
        }
    }

    @Test("repeats that come while the first is worked on are merged, and all are answered once it is")
    func mergedRepeats() async throws {
        let scratch = ScratchDirectory()
        try await withLoop { loop in
            var underWay: [Responder.Request] = []
            let arrived = Promise<Bool>()
            let responder = try loop.run {
                try Self.responder(loop, scratch.endpoint("a.rep")) { request in
                    underWay.append(request)
                    arrived.fulfil(true)
                }
            }
            let requesters = try loop.run {
                try (0..<3).map { _ in try Self.requester(loop, scratch.endpoint("a.rep")) }
            }
            let outcomes = requesters.map { Self.ask($0, loop, "x:go", retry: Self.life) }
            _ = await arrived.value
            let merged = Promise<Bool>()
            loop.run {
                _ = loop.every(micros: 200) { if responder.merged == 2 { merged.fulfil(true) } }
            }
            _ = await merged.value
            loop.run {
                #expect(underWay.count == 1 && responder.pending == 1)
                for request in underWay {
                    "x:done".withBytes { request.reply($0) }
                    "x:twice".withBytes { request.reply($0) }
                }
                underWay = []
            }
            for outcome in outcomes { #expect(await outcome.value == "x:done") }
        }
    }

    @Test("a request whose first two replies are lost is answered at the third attempt, with one execution")
    func lostReplies() async throws {
        let scratch = ScratchDirectory()
        try await withLoop { loop in
            // A foreign ROUTER of its own that swallows replies: what a crash between work and answer looks like.
            var (seen, executed) = (0, Set<String>())
            _ = try loop.run {
                try Responder(
                    loop: loop, endpoint: scratch.endpoint("a.rep"), identify: { _ in nil },
                    handler: { request in
                        seen += 1
                        executed.insert(request.frame.text)
                        if seen >= 3 { request.frame.text.withBytes { request.reply($0) } }
                    })
            }
            let requester = try loop.run { try Self.requester(loop, scratch.endpoint("a.rep")) }
            #expect(await Self.ask(requester, loop, "x:go", retry: 20_000).value == "x:go")
            // On a slow machine one more may have left before the answer came.
            #expect(loop.run { (executed.count, seen >= 3, requester.resent >= 2) } == (1, true, true))
        }
    }

    @Test("a reply that comes too late is never taken for the answer to the next request")
    func lateReplies() async throws {
        let scratch = ScratchDirectory()
        try await withLoop { loop in
            var first: Responder.Request?
            let second = Promise<Bool>()
            let requester = try loop.run {
                _ = try Responder(
                    loop: loop, endpoint: scratch.endpoint("a.rep"), identify: { _ in nil },
                    handler: { request in
                        guard request.frame.text == "2:b" else {
                            first = request
                            return
                        }
                        // The stale one goes out first, on the same connection.
                        if let first { "1:late".withBytes { first.reply($0) } }
                        "2:right".withBytes { request.reply($0) }
                        second.fulfil(true)
                    })
                return try Self.requester(loop, scratch.endpoint("a.rep"))
            }
            // It expires before its first retry, so that the socket, and the way back, stay open.
            #expect(await Self.ask(requester, loop, "1:a", life: 30_000, retry: Self.life).value == "expired")
            #expect(await Self.ask(requester, loop, "2:b", retry: Self.life).value == "2:right")
            #expect(loop.run { requester.stale } == 1)
        }
    }

    @Test("a request to nobody expires once, and is answered when a server starts in time")
    func serverStartsLate() async throws {
        let scratch = ScratchDirectory()
        try await withLoop { loop in
            let requester = try loop.run { try Self.requester(loop, scratch.endpoint("a.rep")) }
            #expect(await Self.ask(requester, loop, "1:a", life: 40_000, retry: 10_000).value == "expired")
            let pending = Self.ask(requester, loop, "2:b", retry: 10_000)
            let retried = Promise<Bool>()
            loop.run { _ = loop.every(micros: 1_000) { if requester.resent > 8 { retried.fulfil(true) } } }
            _ = await retried.value
            try await withLoop { server in
                try server.run {
                    _ = try Self.responder(server, scratch.endpoint("a.rep")) { request in
                        request.frame.text.withBytes { request.reply($0) }
                    }
                }
                #expect(await pending.value == "2:b")
            }
        }
    }

    @Test("a server that dies between request and reply and comes back answers the retry")
    func serverRestarts() async throws {
        let scratch = ScratchDirectory()
        try await withLoop { loop in
            let requester = try loop.run { try Self.requester(loop, scratch.endpoint("a.rep")) }
            let arrived = Promise<Bool>()
            var pending: Promise<String>?
            try await withLoop { server in
                try server.run {
                    _ = try Self.responder(server, scratch.endpoint("a.rep")) { _ in arrived.fulfil(true) }
                }
                pending = Self.ask(requester, loop, "1:a", retry: 20_000)
                _ = await arrived.value
            }
            try await withLoop { server in
                try server.run {
                    _ = try Self.responder(server, scratch.endpoint("a.rep")) { request in
                        "1:new".withBytes { request.reply($0) }
                    }
                }
                #expect(await pending?.value == "1:new")
            }
        }
    }

    @Test("a closed requester ends what is outstanding as expired and takes no more")
    func closing() async throws {
        let scratch = ScratchDirectory()
        try await withLoop { loop in
            let requester = try loop.run { try Self.requester(loop, scratch.endpoint("a.rep")) }
            let outcome = Self.ask(requester, loop, "1:a")
            loop.run { requester.close() }
            #expect(await outcome.value == "expired")
            #expect(await Self.ask(requester, loop, "2:a").value == "refused")
        }
    }

    @Test("two callers of the same id share one request and both get the reply")
    func sharedID() async throws {
        let scratch = ScratchDirectory()
        try await withLoop { loop in
            let responder = try loop.run {
                try Self.responder(loop, scratch.endpoint("a.rep")) { request in
                    request.frame.text.withBytes { request.reply($0) }
                }
            }
            let requester = try loop.run { try Self.requester(loop, scratch.endpoint("a.rep")) }
            let outcomes = loop.run { [Self.ask(requester, loop, "1:a"), Self.ask(requester, loop, "1:a")] }
            for outcome in outcomes { #expect(await outcome.value == "1:a") }
            #expect(loop.run { (responder.received, responder.repeats, requester.sent) } == (1, 0, 1))
        }
    }

    @Test(
        "whatever a lossy, late, restarting server does, each request gets its own reply or expires, and is executed once a server's life",
        arguments: [11, 12, 13] as [UInt64])
    func hostileServer(seed: UInt64) async throws {
        let scratch = ScratchDirectory()
        try await withLoop { loop in
            let requester = try loop.run { try Self.requester(loop, scratch.endpoint("a.rep")) }
            var generator = SeededGenerator(seed: seed)
            for life in 0..<4 {
                try await withLoop { server in
                    let chance = Shared(SeededGenerator(seed: generator.next()))
                    let executed = Shared<[String: Int]>([:])
                    let responder = try server.run {
                        try Self.responder(server, scratch.endpoint("a.rep")) { request in
                            let text = request.frame.text
                            executed.update { $0[text, default: 0] += 1 }
                            let delay = chance.update { Int64.random(in: 0..<30_000, using: &$0) }
                            server.after(micros: delay) { text.withBytes { request.reply($0) } }
                        }
                    }
                    let outcomes = (0..<60).map { index in
                        let patience = chance.update { Int64.random(in: 5_000..<200_000, using: &$0) }
                        return Self.ask(requester, loop, "\(life)-\(index):x", life: patience, retry: 4_000)
                    }
                    for (index, outcome) in outcomes.enumerated() {
                        let text = await outcome.value
                        #expect(text == "\(life)-\(index):x" || text == "expired", "seed \(seed)")
                    }
                    #expect(executed.value.values.allSatisfy { $0 == 1 }, "seed \(seed)")
                    #expect(server.run { responder.received } == executed.value.count, "seed \(seed)")
                }
            }
            #expect(loop.run { requester.outstanding } == 0)
        }
    }
}
