import Messaging
import Testing
import TradingModel
import Wire

@testable import ServiceRuntime

@Suite("Facts on the bus", .timeLimit(.minutes(20)))
struct FactTests {
    /// Whether any Health said `reading` is at least `value`.
    private static func reading(_ station: Station, _ name: String) -> Double {
        station.run { bus in readings(bus)[name] ?? 0 }
    }

    @Test("messages arrive in order, numbered from 1 a topic, with source, session and cause")
    func numbersAndCauses() async throws {
        let scratch = RunScratch()
        try await withStation(.feed, in: scratch) { feed in
            try await withStation(.strategy, in: scratch) { strategy in
                let done = Promise<[String]>()
                strategy.run { bus in
                    var seen: [String] = []
                    bus.subscribe(to: .feed, topics: ["ticker.", "clock"], onGap: { Issue.record("\($0)") }) {
                        message in
                        let cause = message.envelope.cause.map { " of \($0.topic) \($0.sequence)" } ?? ""
                        seen.append(
                            "\(message.topic) \(message.envelope.sequence) \(message.kind) \(message.envelope.source)\(cause)"
                        )
                        #expect(message.envelope.session.utf8.count == 13)
                        if message.kind == Ticker.kind {
                            #expect((try? message.body(Ticker.self))?.last == Price(message.envelope.sequence))
                        }
                        if seen.count == 4 { done.fulfil(seen) }
                    }
                    // Asked only once the subscription is in force, so that the answer says when to begin.
                    bus.request(FeedSnapshotRequest(), to: .feed, id: "1", timeToLive: .seconds(600)) { _ in }
                }
                feed.run { bus in
                    bus.serve { request in
                        let first = bus.publish(Sample.ticker(1), on: .ticker(Sample.symbol))
                        bus.publish(Sample.ticker(2), on: .ticker(Sample.symbol))
                        bus.publish(MarketClock(), on: .clock, cause: first)
                        bus.publish(Sample.ticker(3), on: .ticker(Sample.symbol))
                        #expect(bus.sequence(of: .ticker(Sample.symbol)) == 3)
                        #expect(bus.sequences(prefixes: ["ticker.", "cl"]).map(\.sequence) == [1, 3])
                        request.reply(Acknowledgement())
                    }
                }
                #expect(
                    await done.value == [
                        "ticker.BTC/USDT 1 ticker feed", "ticker.BTC/USDT 2 ticker feed",
                        "clock 1 clock feed of ticker.BTC/USDT 1",
                        "ticker.BTC/USDT 3 ticker feed",
                    ])
            }
        }
    }

    @Test("who subscribes to a service's health is told it at once, the second as well as the first")
    func newcomersHearTheHealth() async throws {
        let scratch = RunScratch()
        // No sign of life comes by itself while this test runs.
        try await withStation(.feed, in: scratch, { $0.bus.healthMillis = 3_600_000 }) { _ in
            try await withLoop { loop in
                for _ in 0..<2 {
                    let told = Promise<String>()
                    try loop.run {
                        _ = try Subscriber(
                            loop: loop, endpoint: try scratch.endpoint(.feed, "pub"), prefixes: ["health."]
                        ) { topic, _ in told.fulfil(String(decoding: topic, as: UTF8.self)) }
                    }
                    #expect(await told.value == "health.feed")
                }
            }
        }
    }

    @Test("what cannot be written is not published and takes no number")
    func unwritable() async throws {
        let scratch = RunScratch()
        try await withStation(.strategy, in: scratch) { strategy in
            strategy.run { bus in
                var figure = Reading("x", .nan)
                bus.publish(figure, on: Topic("t"))
                #expect(bus.sequence(of: Topic("t")) == 0)
                figure.value = 1
                #expect(bus.publish(figure, on: Topic("t")).sequence == 1)
            }
        }
    }

    @Test("a hole in the numbers is told once, with what is missing, before the message that shows it")
    func holes() async throws {
        let scratch = RunScratch()
        try await withLoop { loop in
            try await withStation(.strategy, in: scratch) { strategy in
                let forged = try loop.run { try ForgedPublisher(loop, scratch, .feed, session: "0000000000001") }
                var (story, last): ([String], Int) = ([], 0)
                strategy.run { bus in
                    bus.subscribe(
                        to: .feed, topics: ["t"],
                        onGap: { gap in
                            if case .hole(let topic, let expected, let found) = gap.kind {
                                story.append("\(topic) \(expected)..<\(found)")
                            }
                        },
                        { message in
                            last = message.envelope.sequence
                            story.append("\(last)")
                        })
                }
                await loop.until { forged.isLive }
                loop.run { for number in [1, 2, 5, 6, 7, 9, 10] { forged.send(MarketClock(), on: "t", number) } }
                await strategy.loop.until { last == 10 }
                #expect(strategy.run { _ in story } == ["1", "2", "t 3..<5", "5", "6", "7", "t 8..<9", "9", "10"])
                #expect(Self.reading(strategy, "bus.gaps") == 2)
            }
        }
    }

    @Test(
        "a topic may begin anywhere for a newcomer, but where the service said it stands a lost first message is a hole"
    )
    func newcomers() async throws {
        let scratch = RunScratch()
        try await withLoop { loop in
            try await withStation(.strategy, in: scratch) { strategy in
                let forged = try loop.run { try ForgedPublisher(loop, scratch, .feed, session: "0000000000001") }
                loop.run { forged.sequences = [TopicSequence(topic: "t.old", sequence: 41)] }
                var gaps: [Gap.Kind] = []
                var seen = 0
                strategy.run { bus in
                    bus.subscribe(to: .feed, topics: ["t."], onGap: { gaps.append($0.kind) }) { _ in seen += 1 }
                }
                await loop.until { forged.isLive }
                loop.run {
                    forged.send(MarketClock(), on: "t.old", 42)
                    forged.send(MarketClock(), on: "t.new", 2)
                }
                await strategy.loop.until { seen == 2 }
                #expect(strategy.run { _ in gaps } == [.hole(topic: "t.new", expected: 1, found: 2)])
            }
        }
    }

    @Test("a lost last message, which no later one betrays, is found by the next sign of life")
    func lostLast() async throws {
        let scratch = RunScratch()
        try await withLoop { loop in
            try await withStation(.risk, in: scratch) { risk in
                let forged = try loop.run { try ForgedPublisher(loop, scratch, .execution, session: "0000000000001") }
                var gaps: [Gap.Kind] = []
                risk.run { bus in
                    bus.subscribe(to: .execution, topics: ["position."], onGap: { gaps.append($0.kind) }) { _ in }
                }
                await loop.until { forged.isLive }
                loop.run {
                    forged.send(MarketClock(), on: "position.A", 1)
                    forged.sequences = ["account", "position.A", "position.B"].map {
                        TopicSequence(topic: $0, sequence: 1)
                    }
                    forged.beat()
                    forged.beat()
                }
                await risk.loop.until { !gaps.isEmpty }
                // `account` is not followed, `position.A` has arrived; the second beat has nothing new to say.
                #expect(risk.run { _ in gaps } == [.hole(topic: "position.B", expected: 1, found: 2)])
            }
        }
    }

    @Test("a new session is told once, and its numbers begin anew")
    func newSession() async throws {
        let scratch = RunScratch()
        try await withStation(.risk, in: scratch) { risk in
            var (gaps, seen): ([Gap.Kind], [Int]) = ([], [])
            risk.run { bus in
                bus.subscribe(to: .execution, topics: ["clock"], onGap: { gaps.append($0.kind) }) {
                    seen.append($0.envelope.sequence)
                }
            }
            for life in 0..<3 {
                try await withStation(.execution, in: scratch) { execution in
                    execution.run { bus in
                        _ = bus.every(.milliseconds(1)) { bus.publish(MarketClock(), on: .clock) }
                    }
                    let before = risk.run { _ in seen.count }
                    await risk.loop.until { gaps.count == life && seen.count > before + 5 }
                }
            }
            #expect(risk.run { _ in gaps } == [.newSession, .newSession])
        }
    }

    @Test("a connection that was lost and is there again is told, though the session is the same")
    func reconnected() async throws {
        let scratch = RunScratch()
        try await withStation(.risk, in: scratch) { risk in
            var gaps: [Gap.Kind] = []
            risk.run { bus in bus.subscribe(to: .execution, topics: ["clock"], onGap: { gaps.append($0.kind) }) { _ in }
            }
            for expected in [[], [Gap.Kind.reconnected]] {
                try await withLoop { loop in
                    let forged = try loop.run {
                        try ForgedPublisher(loop, scratch, .execution, session: "0000000000001")
                    }
                    await loop.until { forged.isLive }
                    await risk.loop.until { gaps.count == expected.count && risk.bus.silence(of: .execution) != nil }
                }
                #expect(risk.run { _ in gaps } == expected)
            }
        }
    }

    @Test("kinds this version does not know and malformed messages are counted and skipped")
    func unknownAndMalformed() async throws {
        let scratch = RunScratch()
        try await withLoop { loop in
            try await withStation(.strategy, in: scratch) { strategy in
                let forged = try loop.run { try ForgedPublisher(loop, scratch, .feed, session: "0000000000001") }
                var seen: [String] = []
                strategy.run { bus in
                    bus.subscribe(to: .feed, topics: ["t"], onGap: { Issue.record("\($0)") }) { seen.append($0.kind) }
                }
                await loop.until { forged.isLive }
                loop.run {
                    forged.send(MarketClock(), on: "t", 1, kind: "hologram")
                    forged.send([0, 0, 0, 9, 123], on: "t")
                    forged.send(MarketClock(), on: "t", 2)
                }
                await strategy.loop.until { !seen.isEmpty }
                #expect(strategy.run { _ in seen } == ["clock"])
                #expect(Self.reading(strategy, "bus.unknownKinds") == 1)
                #expect(Self.reading(strategy, "bus.malformed") == 1)
            }
        }
    }

    @Test("two followers of one service share its socket and each gets its own topics, in the service's order")
    func twoFollowers() async throws {
        let scratch = RunScratch()
        try await withStation(.feed, in: scratch) { feed in
            try await withStation(.strategy, in: scratch) { strategy in
                var story: [String] = []
                strategy.run { bus in
                    bus.subscribe(to: .feed, topics: ["a"], onGap: { Issue.record("\($0)") }) {
                        story.append("one \($0.topic)")
                    }
                    bus.subscribe(to: .feed, topics: ["ab", "c"], onGap: { Issue.record("\($0)") }) {
                        story.append("two \($0.topic)")
                    }
                    bus.request(FeedSnapshotRequest(), to: .feed, id: "1", timeToLive: .seconds(600)) { _ in }
                }
                feed.run { bus in
                    bus.serve { request in
                        for topic in ["a", "c", "ab", "x", "a"] { bus.publish(MarketClock(), on: Topic(topic)) }
                        request.reply(Acknowledgement())
                    }
                }
                await strategy.loop.until { story.count == 5 + 0 }
                #expect(strategy.run { _ in story } == ["one a", "two c", "one ab", "two ab", "one a"])
            }
        }
    }

    @Test("messages that were kept are whole when they are read later")
    func keptMessages() async throws {
        let scratch = RunScratch()
        try await withStation(.feed, in: scratch) { feed in
            try await withStation(.execution, in: scratch) { execution in
                var kept: [Inbound] = []
                execution.run { bus in
                    bus.subscribe(to: .feed, topics: ["ticker."], onGap: { Issue.record("\($0)") }) { kept.append($0) }
                    bus.request(FeedSnapshotRequest(), to: .feed, id: "1", timeToLive: .seconds(600)) { _ in }
                }
                feed.run { bus in
                    bus.serve { request in
                        for price in 1...500 { bus.publish(Sample.ticker(price), on: .ticker(Sample.symbol)) }
                        request.reply(Acknowledgement())
                    }
                }
                await execution.loop.until { kept.count == 500 }
                execution.run { _ in
                    #expect(kept.map { try? $0.body(Ticker.self).last } == (1...500).map { Price($0) })
                }
            }
        }
    }
}
