import Messaging
import Testing
import TradingModel
import Wire

@testable import ServiceRuntime

@Suite("A copy of another service's state", .timeLimit(.minutes(20)))
struct CloneTests {
    private static let symbols = (0..<12).compactMap { Symbol("S\($0)/USDT") }

    /// What execution does, with a state that outlives its processes: changes are published, snapshots answered, late.
    private final class Owner {
        var state: [Symbol: Int] = [:]
        private var generator: SeededGenerator
        private let station: Station
        private var changes = 0

        init(_ station: Station, _ state: [Symbol: Int], seed: UInt64) {
            self.station = station
            self.state = state
            generator = SeededGenerator(seed: seed)
        }

        func start() {
            station.bus.serve { [self] request in
                // The state and the numbers of the moment it arrives; the answer may come later than newer messages.
                var snapshot = ExecutionSnapshot()
                snapshot.positions = state.map { Sample.position($0.key, $0.value) }
                snapshot.sequences = station.bus.sequences(prefixes: ["position."])
                if Int.random(in: 0..<4, using: &generator) == 0 { return request.refuse(.notReady, "not yet") }
                station.bus.after(.microseconds(Int64.random(in: 0..<3_000, using: &generator))) {
                    request.reply(snapshot)
                }
            }
        }

        /// Changes `count` positions at once.
        func change(_ count: Int) {
            for _ in 0..<count {
                guard let symbol = symbols.randomElement(using: &generator) else { return }
                changes += 1
                state[symbol] = changes * 1_000 + Int.random(in: 1..<1_000, using: &generator)
                station.bus.publish(Sample.position(symbol, state[symbol] ?? 0), on: .position(symbol))
            }
        }
    }

    /// What risk holds.
    private final class Replica {
        var state: [Symbol: Int] = [:]
        var snapshots = 0
        var gaps = 0

        func follow(_ bus: ServiceBus) {
            bus.mirror(
                .execution, topics: ["position."], request: ExecutionSnapshotRequest(), timeToLive: .milliseconds(200),
                sequences: { $0.sequences }, onGap: { [self] _ in gaps += 1 },
                apply: { [self] (snapshot: ExecutionSnapshot, _) in
                    snapshots += 1
                    state = Dictionary(
                        uniqueKeysWithValues: snapshot.positions.map { ($0.symbol, CloneTests.whole($0.quantity)) })
                },
                { [self] message in
                    guard let position = try? message.body(Position.self) else {
                        Issue.record("a position was malformed")
                        return
                    }
                    state[position.symbol] = CloneTests.whole(position.quantity)
                })
        }
    }

    private static func whole(_ quantity: Quantity) -> Int { Int(quantity.description) ?? -1 }

    /// Runs one life of execution and returns its state once the copy agrees with it.
    private static func live(
        _ scratch: RunScratch, _ replica: Replica, _ risk: Station, _ state: [Symbol: Int], seed: UInt64,
        burst: ClosedRange<Int>, queue: Int
    ) async throws -> [Symbol: Int] {
        var chance = SeededGenerator(seed: seed)
        return try await withStation(
            .execution, in: scratch,
            {
                $0.bus.healthMillis = 20
                $0.bus.publishQueue = queue
            }
        ) { execution in
            let owner = Owner(execution, state, seed: chance.next())
            var rounds = 0
            execution.run { bus in
                owner.start()
                _ = bus.every(.microseconds(400)) {
                    guard rounds < 150 else { return }
                    rounds += 1
                    owner.change(Int.random(in: burst, using: &chance))
                }
            }
            await execution.loop.until { rounds == 150 }
            let final = execution.run { _ in owner.state }
            await risk.loop.until { replica.state == final }
            return final
        }
    }

    @Test(
        "agrees with it in the end, while it publishes, refuses, answers late and restarts",
        arguments: [1, 2, 3, 4] as [UInt64])
    func convergesOverRestarts(seed: UInt64) async throws {
        let scratch = RunScratch()
        try await withStation(.risk, in: scratch) { risk in
            let replica = Replica()
            risk.run { replica.follow($0) }
            var state: [Symbol: Int] = [:]
            for life in 0..<3 {
                state = try await Self.live(
                    scratch, replica, risk, state, seed: seed * 100 + UInt64(life), burst: 0...4, queue: 10_000)
            }
            #expect(risk.run { _ in replica.snapshots } >= 3, "seed \(seed)")
        }
    }

    @Test(
        "agrees with it in the end, also when a queue of a few messages loses most of them, the last among them",
        arguments: [5, 6] as [UInt64])
    func convergesOverLosses(seed: UInt64) async throws {
        let scratch = RunScratch()
        try await withStation(.risk, in: scratch, { $0.bus.subscribeQueue = 10 }) { risk in
            let replica = Replica()
            risk.run { replica.follow($0) }
            _ = try await Self.live(scratch, replica, risk, [:], seed: seed, burst: 0...400, queue: 20)
            #expect(risk.run { _ in replica.gaps } > 0, "nothing was lost, so that nothing was shown; seed \(seed)")
        }
    }

    @Test("drops what the snapshot contains and waits with what came before it")
    func olderIsDropped() async throws {
        let scratch = RunScratch()
        try await withStation(.execution, in: scratch) { execution in
            try await withStation(.risk, in: scratch) { risk in
                var kept: [InboundRequest] = []
                execution.run { bus in bus.serve { kept.append($0) } }
                var story: [String] = []
                risk.run { bus in
                    bus.mirror(
                        .execution, topics: ["clock"], request: ExecutionSnapshotRequest(),
                        sequences: { (s: ExecutionSnapshot) in s.sequences },
                        apply: { _, _ in story.append("snapshot") }, { story.append("\($0.envelope.sequence)") })
                }
                await execution.loop.until { kept.count == 1 }
                execution.run { bus in
                    for _ in 1...3 { bus.publish(MarketClock(), on: .clock) }
                    var snapshot = ExecutionSnapshot()
                    snapshot.sequences = bus.sequences(prefixes: ["clock"])
                    for _ in 4...6 { bus.publish(MarketClock(), on: .clock) }
                    for request in kept { request.reply(snapshot) }
                    kept = []
                }
                await risk.loop.until { story.last == "6" }
                #expect(risk.run { _ in story } == ["snapshot", "4", "5", "6"])
            }
        }
    }

    @Test("a question to a service that is followed waits until the subscription is in force")
    func questionsWait() async throws {
        let scratch = RunScratch()
        try await withStation(.risk, in: scratch) { risk in
            var story: [String] = []
            risk.run { bus in
                bus.subscribe(to: .execution, topics: ["clock"], onGap: { Issue.record("\($0)") }) {
                    story.append("\($0.envelope.sequence)")
                }
                bus.request(StatusRequest(), to: .execution, id: "1", timeToLive: .seconds(600)) { _ in
                    story.append("answer")
                }
            }
            try await withStation(.execution, in: scratch) { execution in
                // Published when the question arrives: were the subscription not in force, the first would be missing.
                execution.run { bus in
                    bus.serve { request in request.reply(Acknowledgement()) }
                    _ = bus.every(.microseconds(100)) {
                        if readings(bus)["bus.requests"] ?? 0 > 0 { bus.publish(MarketClock(), on: .clock) }
                    }
                }
                await risk.loop.until { story.count > 4 }
            }
            #expect(risk.run { _ in story.filter { $0 != "answer" }.first } == "1")
        }
    }
}
