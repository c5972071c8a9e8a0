import CZeroMQ
import Glibc
import Messaging
import Testing

@Suite("Publishing and subscribing", .timeLimit(.minutes(20)))
struct PublishSubscribeTests {
    /// A publisher that calls `whenLive` once somebody has subscribed to `sign`.
    private static func publisher(
        _ loop: EventLoop, _ endpoint: Endpoint, sign: String = "", highWater: Int32 = Publisher.standardHighWater,
        whenLive: @escaping () -> Void
    ) throws -> Publisher {
        try Publisher(
            loop: loop, endpoint: endpoint, highWater: highWater,
            onSubscription: { prefix, isNew in if isNew, prefix.elementsEqual(sign.utf8) { whenLive() } })
    }

    private static func send(_ publisher: Publisher?, _ topic: String, _ text: String) {
        topic.withBytes { topic in text.withBytes { publisher?.send(topic: topic, frame: $0) } }
    }

    @Test("a subscriber gets what its prefixes ask for, in order, and may keep the frames")
    func prefixes() async throws {
        let scratch = ScratchDirectory()
        try await withLoop { loop in
            let done = Promise<[String]>()
            try loop.run {
                var publisher: Publisher?
                publisher = try Self.publisher(loop, scratch.endpoint("a.pub"), sign: "~") {
                    for index in 0..<1_000 {
                        Self.send(publisher, "ticker.BTC", "\(index)")
                        Self.send(publisher, "ticker.ETH", "no")
                        Self.send(publisher, "candle", "\(index)")
                    }
                    Self.send(publisher, "~", "end")
                }
                var kept: [(String, ReceivedFrame)] = []
                _ = try Subscriber(
                    loop: loop, endpoint: scratch.endpoint("a.pub"), prefixes: ["ticker.B", "candle", "~"]
                ) { topic, frame in
                    kept.append((String(decoding: topic, as: UTF8.self), frame))
                    if frame.text == "end" { done.fulfil(kept.dropLast().map { $0.0 + " " + $0.1.text }) }
                }
            }
            #expect(await done.value == (0..<1_000).flatMap { ["ticker.BTC \($0)", "candle \($0)"] })
        }
    }

    @Test("whoever waits for an answer does not wait until everything that was published has been taken in")
    func urgency() async throws {
        let scratch = ScratchDirectory()
        let signal = eventfd(0, Int32(EFD_CLOEXEC) | Int32(EFD_NONBLOCK))
        defer { close(signal) }
        try await withLoop { server in
            try await withLoop { loop in
                let answeredAfter = Promise<Int>()
                let isLive = Promise<Bool>()
                var publisher: Publisher?
                try server.run {
                    publisher = try Self.publisher(server, scratch.endpoint("a.pub"), sign: "~") {
                        isLive.fulfil(true)
                    }
                }
                try loop.run {
                    var count = 0
                    _ = try Subscriber(loop: loop, endpoint: scratch.endpoint("a.pub"), prefixes: ["ticker", "~"]) {
                        _, _ in
                        count += 1
                        var one: UInt64 = 1
                        // With the first message two thousand more are sent, and then somebody asks.
                        if count == 1 {
                            server.run { for _ in 0..<2_000 { Self.send(publisher, "ticker", "x") } }
                            _ = write(signal, &one, 8)
                        }
                    }
                    _ = try loop.watch(signal, isUrgent: true) {
                        var counter: UInt64 = 0
                        if read(signal, &counter, 8) == 8 { answeredAfter.fulfil(count) }
                    }
                }
                _ = await isLive.value
                server.run { Self.send(publisher, "ticker", "first") }
                #expect(await answeredAfter.value <= 9)
            }
        }
    }

    @Test(
        "subscriptions arrive in byte order, on the first connection and on the next, so that the last proves the others"
    )
    func subscriptionOrder() async throws {
        let scratch = ScratchDirectory()
        let prefixes = [
            "~mine", "ticker.", "candle.BTC/USDT.5m", "~mind", "account", "health.feed", "candle.BTC/USDT.15m", "z",
            "Z",
        ]
        let sorted = prefixes.sorted { Array($0.utf8).lexicographicallyPrecedes(Array($1.utf8)) }
        try await withLoop { loop in
            _ = try loop.run {
                try Subscriber(loop: loop, endpoint: scratch.endpoint("a.pub"), prefixes: prefixes) { _, _ in }
            }
            for _ in 0..<3 {
                try await withLoop { server in
                    let arrived = Promise<[String]>()
                    _ = try server.run {
                        var seen: [String] = []
                        return try Publisher(
                            loop: server, endpoint: scratch.endpoint("a.pub"),
                            onSubscription: { prefix, isNew in
                                seen.append(String(decoding: prefix, as: UTF8.self))
                                if seen.count == prefixes.count { arrived.fulfil(seen) }
                            })
                    }
                    #expect(await arrived.value == sorted)
                }
            }
        }
    }

    @Test("a subscriber that starts before the publisher, and one that outlives it, hear the next one")
    func publisherRestarts() async throws {
        let scratch = ScratchDirectory()
        try await withLoop { loop in
            let heard = Shared<[String: Promise<Bool>]>(["one": Promise(), "two": Promise()])
            _ = try loop.run {
                try Subscriber(loop: loop, endpoint: scratch.endpoint("a.pub"), prefixes: [""]) { _, frame in
                    heard.value[frame.text]?.fulfil(true)
                }
            }
            for name in ["one", "two"] {
                try await withLoop { server in
                    try server.run {
                        var publisher: Publisher?
                        publisher = try Self.publisher(server, scratch.endpoint("a.pub")) {
                            Self.send(publisher, "t", name)
                        }
                    }
                    #expect(await heard.value[name]?.value == true)
                }
            }
        }
    }

    @Test("messages of one or of three parts are counted and skipped")
    func malformedMessages() async throws {
        let scratch = ScratchDirectory()
        try await withLoop { loop in
            let context = zmq_ctx_new()
            let socket = zmq_socket(context, ZMQ_XPUB)
            defer {
                zmq_close(socket)
                zmq_ctx_term(context)
            }
            zmq_bind(socket, try scratch.endpoint("foreign").description)
            let done = Promise<Int>()
            try loop.run {
                var subscriber: Subscriber?
                subscriber = try Subscriber(loop: loop, endpoint: scratch.endpoint("foreign"), prefixes: [""]) {
                    _, frame in
                    if frame.text == "good" { done.fulfil(subscriber?.malformed ?? -1) }
                }
            }
            var subscription = [UInt8](repeating: 0, count: 8)
            #expect(zmq_recv(socket, &subscription, 8, 0) == 1)
            for parts in [["alone"], ["a", "b", "c"], ["t", "good"]] {
                for (index, part) in parts.enumerated() {
                    zmq_send(socket, part, part.utf8.count, index + 1 < parts.count ? ZMQ_SNDMORE : 0)
                }
            }
            #expect(await done.value == 2)
        }
    }

    @Test(
        "a subscriber with a full queue loses messages, and neither the publisher nor another subscriber waits for it")
    func slowSubscriber() async throws {
        let scratch = ScratchDirectory()
        try await withLoop { loop in
            let (live, done) = (Promise<Bool>(), Promise<Int>())
            let publisher = try loop.run {
                try Self.publisher(loop, scratch.endpoint("a.pub"), sign: "t", highWater: 100) { live.fulfil(true) }
            }
            // It subscribes and never reads.
            let stalled = PlainSocket(ZMQ_SUB, options: [(ZMQ_RCVHWM, 10)], connect: try scratch.endpoint("a.pub"))
            stalled.set(ZMQ_SUBSCRIBE, Array("t".utf8))
            _ = await live.value
            let text = String(repeating: "x", count: 1_000)
            let listening = Promise<Bool>()
            try loop.run {
                var count = 0
                _ = try Subscriber(loop: loop, endpoint: scratch.endpoint("a.pub"), prefixes: ["t", "u"]) { topic, _ in
                    if topic.count == 2 { return listening.fulfil(true) }
                    count += 1
                    guard count < 20_000 else { return done.fulfil(count) }
                    // The next 20 once it has the last: its own queue is never full, so that it must lose nothing.
                    guard count % 20 == 0 else { return }
                    for _ in 0..<20 { Self.send(publisher, "t", text) }
                }
                // Sends on a topic of the second subscriber until it hears that.
                _ = loop.every(micros: 500) { if count == 0 { Self.send(publisher, "u!", "") } }
            }
            _ = await listening.value
            loop.run { for _ in 0..<20 { Self.send(publisher, "t", text) } }
            #expect(await done.value == 20_000)
            withExtendedLifetime(stalled) {}
        }
    }
}
