import Portfolio
import RiskCore
import Testing
import TradingModel

/// Risk dies between any two directives and starts again from what was committed. No exit is lost, none doubled, no peak
/// forgotten, and the orders are the same as if nothing had happened.
@Suite struct CrashTests {
    enum Action: Sendable {
        case tick(String)
        case tickEther(String)
        case propose(String, SignalAction)
        case command(OperatorCommand.Verb)
        case wait
    }

    struct Story: Sendable, CustomTestStringConvertible {
        var name: String
        var fills: [Int] = []
        var rejections = 0
        var lostSubmissions = 0
        var lostAnswers = 0
        var actions: [Action]
        var testDescription: String { name }
    }

    static let stories: [Story] = [
        Story(
            name: "pullback",
            actions: [
                .tick("100"), .propose("p1", .enterLong), .tick("100"), .tick("101.5"), .tick("102.5"), .tick("102"),
                .tick("101.6"), .tick("101.5"), .tick("101"), .tick("100"),
            ]),
        Story(
            name: "stop in parts", fills: [100, 40, 0, 50, 100],
            actions: [
                .tick("100"), .propose("p1", .enterLong), .tick("100"), .tick("95"), .tick("94.9"), .tick("94.8"),
                .tick("94.7"), .tick("94.6"), .tick("94.5"), .tick("94.4"), .tick("94.3"), .tick("94.2"),
            ]),
        Story(
            name: "entry in part, rejected exits", fills: [50], rejections: 0,
            actions: [
                .tick("100"), .propose("p1", .enterLong), .tick("100.1"), .tick("101.6"), .tick("100.7"),
                .tick("100.6"), .tick("100.5"), .wait, .tick("100.4"),
            ]),
        Story(
            name: "signal exit, then another trade",
            actions: [
                .tick("100"), .propose("p1", .enterLong), .tick("100"), .propose("x1", .exitLong), .tick("100.2"),
                .propose("p2", .enterLong), .tick("100"), .tick("94"), .tick("93"),
            ]),
        Story(
            name: "answers and requests get lost", lostSubmissions: 2, lostAnswers: 2,
            actions: [
                .tick("100"), .propose("p1", .enterLong), .tick("100"), .wait, .tick("95"), .tick("94"), .wait,
                .tick("93"), .wait, .tick("92"),
            ]),
        Story(
            name: "an entry that the venue rejects, asked for twice", rejections: 1,
            actions: [
                .tick("100"), .propose("p1", .enterLong), .propose("p1", .enterLong), .propose("p2", .enterLong),
                .tick("100"), .tick("94"), .tick("93"),
            ]),
        Story(
            name: "two symbols, halted and flattened",
            actions: [
                .tick("100"), .tickEther("100"), .propose("p1", .enterLong), .propose("e1", .enterLong), .tick("100"),
                .tickEther("100"), .command(.halt), .tick("101"), .command(.flatten), .tick("101"), .tickEther("99"),
                .tick("102"),
            ]),
    ]

    private func prepare(_ story: Story, isLockStep: Bool) -> World {
        let world = World(limits { $0.dailyTrades = 100 }, isLockStep: isLockStep)
        world.broker.fillPercent = story.fills
        world.broker.rejections = story.rejections
        world.lostSubmissions = story.lostSubmissions
        world.lostAnswers = story.lostAnswers
        return world
    }

    private func perform(_ action: Action, in world: World) throws {
        switch action {
        case .tick(let text): try world.tick(text)
        case .tickEther(let text): try world.tick(text, ether)
        case .propose(let id, let action):
            try world.propose(
                proposal(id, action, id.hasPrefix("e") ? ether : bitcoin, target: "150", leverage: 10, at: world.time))
        case .command(let verb): _ = try world.command(verb)
        case .wait:
            try world.wait(.seconds(3))
            try world.wait(.seconds(3))
        }
    }

    /// What strategy and operator do when risk comes back: they ask again for what was not answered.
    private func repeatAfterRestart(_ action: Action, in world: World) throws {
        switch action {
        case .propose, .command: try perform(action, in: world)
        case .tick, .tickEther, .wait: break
        }
    }

    /// Runs a story, dying before the `crash`-th directive; returns whether it got that far.
    private func run(_ story: Story, _ world: World, crash: Int?) throws -> Bool {
        world.crashBefore = crash
        var hasCrashed = false
        // At the end time enough for what was lost to be found, and prices for what is still to be filled.
        let ending: [Action] = [
            .wait, .wait, .tick("92"), .tickEther("92"), .tick("92"), .tickEther("92"), .tick("92"), .tickEther("92"),
        ]
        for action in [nil] + (story.actions + ending).map(Optional.some) {
            do {
                if let action { try perform(action, in: world) } else { try world.boot() }
            } catch is World.Crash {
                hasCrashed = true
                world.crashBefore = nil
                try world.boot()
                if let action { try repeatAfterRestart(action, in: world) }
            }
        }
        return hasCrashed
    }

    @Test(arguments: stories, [false, true])
    func `dying between any two directives changes no order and no fill`(story: Story, isLockStep: Bool) throws {
        let calm = prepare(story, isLockStep: isLockStep)
        _ = try run(story, calm, crash: nil)
        #expect(
            calm.broker.ledger.holdings.isEmpty && calm.core.openPlans.isEmpty && calm.broker.checkInvariants().isEmpty)
        var crash = 0
        while true {
            let world = prepare(story, isLockStep: isLockStep)
            guard try run(story, world, crash: crash) else { break }
            let difference = difference(world, calm)
            guard difference.isEmpty else {
                Issue.record(
                    "\(story.name), lock-step \(isLockStep), died before directive \(crash): \(difference)\n\(world.log.joined(separator: "\n"))"
                )
                return
            }
            crash += 1
        }
        #expect(crash > 20)
    }

    private func difference(_ world: World, _ calm: World) -> String {
        if !world.broker.ledger.holdings.isEmpty { return "a position is still open" }
        if !world.core.openPlans.isEmpty { return "a plan is not spent: \(world.core.openPlans)" }
        let fault = world.broker.checkInvariants()
        if !fault.isEmpty { return fault.joined(separator: ", ") }
        func orders(_ world: World) -> [String] {
            world.broker.order.compactMap { world.broker.journal[$0] }.map {
                "\($0.id) \($0.request.purpose.rawValue) \($0.request.quantity) \($0.status.rawValue) \($0.request.exitReason?.rawValue ?? "-") \($0.request.decidedAt)"
            }
        }
        if world.isLockStep, orders(world) != orders(calm) {
            return "orders \(orders(world))\ninstead of \(orders(calm))"
        }
        // In real time an exit that came to nothing is tried again after a while of wall time, which a restart cuts short.
        guard world.isLockStep || world.exits.count <= world.entries.count else { return "" }
        if world.broker.ledger.balance != calm.broker.ledger.balance {
            return "balance \(world.broker.ledger.balance) instead of \(calm.broker.ledger.balance)"
        }
        for id in ["p1", "p2", "e1"] {
            let (plan, other) = (world.store.plan(id), calm.store.plan(id))
            if plan?.best != other?.best || plan?.exitReason != other?.exitReason
                || plan?.restingStop != other?.restingStop
            {
                return "plan \(String(describing: plan))\ninstead of \(String(describing: other))"
            }
        }
        for id in ["p1", "p2", "e1", "x1"] {
            let (verdict, other) = (world.store.verdict(id), calm.store.verdict(id))
            if verdict?.denial?.reason != other?.denial?.reason || verdict?.quantity != other?.quantity {
                return "verdict \(String(describing: verdict))\ninstead of \(String(describing: other))"
            }
            // Whoever was answered, whenever, was answered the same.
            let answers = Set(world.verdicts.values.filter { $0.proposalID == id }.map(\.isApproved))
            if answers.count > 1 || answers.contains(!(verdict?.isApproved ?? false)) {
                return "answers of \(id) differ"
            }
        }
        if world.store.memory.peakEquity != calm.store.memory.peakEquity {
            return "peak equity \(world.store.memory.peakEquity) instead of \(calm.store.memory.peakEquity)"
        }
        if world.store.memory.day != calm.store.memory.day {
            return "day \(String(describing: world.store.memory.day))"
        }
        return ""
    }
}

extension Broker {
    /// What no run may do: exits beyond the position, two orders of one id, fills that the ledger does not know.
    func checkInvariants() -> [String] {
        var faults = ledger.checkInvariants()
        var open: [Symbol: Quantity] = [:]
        for fill in fills {
            let signed = fill.side == .buy ? fill.quantity : -fill.quantity
            open[fill.symbol, default: .zero] += signed
            if fill.exitReason != nil,
                open[fill.symbol].map({ fill.side == .sell ? $0.isNegative : $0.isPositive }) ?? false
            {
                faults.append("exit \(fill.id) went beyond the position")
            }
        }
        if Set(fills.map(\.id)).count != fills.count { faults.append("a fill twice") }
        return faults
    }
}
