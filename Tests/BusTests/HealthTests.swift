import Glibc
import Messaging
import Testing
import TradingModel
import Wire

@testable import ServiceRuntime

/// What a bus says of itself at this moment, asked for as anybody would.
func readings(_ bus: ServiceBus) -> [String: Double] {
    Dictionary(bus.healthNow().readings.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
}

@Suite("Signs of life", .timeLimit(.minutes(20)))
struct HealthTests {
    @Test(
        "health is published on every change at once and in between at its interval, with readings and where topics stand"
    )
    func health() async throws {
        let scratch = RunScratch()
        try await withStation(.risk, in: scratch, { $0.bus.healthMillis = 20 }) { risk in
            try await withStation(.strategy, in: scratch) { strategy in
                var beats: [Health] = []
                strategy.run { bus in
                    bus.subscribe(to: .risk, topics: ["health."], onGap: { Issue.record("\($0)") }) { message in
                        if let health = try? message.body(Health.self) { beats.append(health) }
                    }
                }
                await strategy.loop.until { beats.count > 3 }
                risk.run { bus in
                    bus.publish(MarketClock(), on: .clock)
                    bus.health.marketTime = MarketTime(micros: 77)
                    bus.health.count("risk.denied", by: 2)
                    bus.health.gauge("risk.equity", 10_000)
                    bus.health.set(.healthy)
                    bus.health.set(.healthy)
                    bus.health.set(.degraded, reason: "feed is silent")
                }
                await strategy.loop.until { beats.last?.condition == .degraded }
                strategy.run { _ in
                    let change = beats.drop { $0.condition == .starting }.map(\.condition)
                    #expect(change.first == .healthy && change.filter { $0 == .healthy }.count == 1)
                    let last = beats.last ?? Health()
                    #expect(last.service == "risk" && last.reason == "feed is silent" && last.pid == Int(getpid()))
                    #expect(last.marketTime == MarketTime(micros: 77) && last.residentBytes > 1 << 20)
                    #expect(last.sequences?.contains(TopicSequence(topic: "clock", sequence: 1)) == true)
                    let values = Dictionary(
                        last.readings.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
                    #expect(values["risk.denied"] == 2 && values["risk.equity"] == 10_000)
                    #expect((values["bus.published"] ?? 0) > 4 && (values["bus.bytesOut"] ?? 0) > 1_000)
                }
            }
        }
    }

    @Test("latencies of what is followed and asked are in the readings")
    func latencies() async throws {
        let scratch = RunScratch()
        try await withStation(.feed, in: scratch) { feed in
            try await withStation(.strategy, in: scratch) { strategy in
                feed.run { bus in
                    bus.serve { request in
                        bus.publish(Sample.ticker(1), on: .ticker(Sample.symbol))
                        request.reply(Acknowledgement())
                    }
                }
                var seen = 0
                strategy.run { bus in
                    bus.subscribe(to: .feed, topics: ["ticker."], onGap: { _ in }) { _ in seen += 1 }
                    bus.request(StatusRequest(), to: .feed, id: "1", timeToLive: .seconds(600)) { _ in
                        bus.request(FeedSnapshotRequest(), to: .feed, id: "2", timeToLive: .seconds(600)) { _ in
                            seen += 1
                        }
                    }
                }
                await strategy.loop.until { seen == 2 }
                let values = strategy.run { readings($0) }
                for name in ["latency.ticker", "latency.request.feedSnapshotRequest", "latency.request.statusRequest"] {
                    let (p50, p99) = (values[name + ".p50Micros"] ?? -1, values[name + ".p99Micros"] ?? -1)
                    #expect(p50 > 0 && p99 >= p50 && p99 < 30_000_000, "\(name)")
                }
                #expect(strategy.run { $0.silence(of: .feed) }.map { $0 < .seconds(30) } == true)
                #expect(strategy.run { $0.silence(of: .risk) } == nil)
            }
        }
    }

    @Test("a service that closes says so last")
    func goodbye() async throws {
        let scratch = RunScratch()
        try await withStation(.strategy, in: scratch) { strategy in
            var last = Health.Condition.starting
            strategy.run { bus in
                bus.subscribe(to: .risk, topics: ["health."], onGap: { _ in }) { message in
                    if let health = try? message.body(Health.self) { last = health.condition }
                }
            }
            try await withStation(.risk, in: scratch, { $0.bus.healthMillis = 20 }) { risk in
                risk.run { $0.health.set(.healthy) }
                await strategy.loop.until { last == .healthy }
                risk.run { $0.health.set(.stopping, reason: "asked to") }
            }
            await strategy.loop.until { last == .stopping }
            #expect(strategy.run { _ in last } == .stopping)
        }
    }
}
