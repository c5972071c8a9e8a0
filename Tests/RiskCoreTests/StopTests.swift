import Portfolio
import RiskCore
import Testing
import TradingModel

/// The stop at the venue: there with the position, moved with the ladder, gone with the position, and never a second exit;
/// also where risk dies between any two directives.
@Suite struct StopTests {
    private func world(_ rules: RestingStopRules = RestingStopRules()) -> World {
        let world = World(limits { $0.restingStop = rules })
        world.broker.isExclusive = rules.isExclusive
        return world
    }

    private func open(_ world: World, leverage: Int = 10, stop: String = "95") throws {
        try world.boot()
        try world.tick("100")
        try world.propose(proposal(stop: stop, target: "150", leverage: leverage, at: world.time))
        try world.tick("100")
    }

    private func stops(_ world: World) -> [Order] {
        world.broker.order.compactMap { world.broker.journal[$0] }.filter { $0.request.purpose == .protectiveStop }
    }

    @Test func `an open position gets a stop behind the guard's own, and the plan says so`() throws {
        let world = world()
        try open(world)
        let stop = try #require(stops(world).first)
        #expect(stops(world).count == 1 && stop.status == .accepted && stop.request.type == .stopMarket)
        #expect(stop.request.stopPrice == price("94.9") && stop.request.side == .sell && stop.request.isReduceOnly)
        #expect(stop.request.quantity == world.broker.ledger.position(bitcoin)?.quantity)
        #expect(stop.request.exitReason == .stopLoss)
        let plan = try #require(world.core.openPlans.first)
        #expect(plan.stopOrderID == stop.id && plan.stopOrderPrice == price("94.9"))
    }

    @Test func `the ladder moves it, the new one resting before the old one goes`() throws {
        let world = world()
        try open(world)
        try world.tick("100.9")
        #expect(stops(world).map(\.status) == [.canceled, .accepted])
        // Peak +9 % with leverage 10: the line is +3 %, at 100.3.
        #expect(
            stops(world).last?.request.stopPrice == price("100.19") && stops(world).last?.request.exitReason == .ladder)
        try world.tick("101.6")
        #expect(stops(world).map(\.status) == [.canceled, .canceled, .accepted])
        #expect(stops(world).last?.request.stopPrice == price("100.69"))
        #expect(world.broker.sins.isEmpty, "\(world.broker.sins)")
    }

    @Test func `it goes with the position, whatever closed that`() throws {
        let world = world()
        try open(world)
        _ = try world.command(.flatten)
        try world.tick("100")
        #expect(stops(world).map(\.status) == [.canceled])
        #expect(world.core.openPlans.isEmpty && world.broker.ledger.holdings.isEmpty)
    }

    @Test func `where the venue sells it while risk was away, nothing is sold again`() throws {
        let world = world()
        try open(world)
        // Risk is down: only the venue sees the price.
        var dropped = RiskCoreTests.ticker(price("94"), at: world.time + .minutes(1))
        dropped.eventTime = world.time + .minutes(1)
        _ = world.broker.observe(dropped)
        #expect(world.broker.ledger.holdings.isEmpty)
        try world.boot()
        try world.tick("93", after: .minutes(2))
        try world.wait(.seconds(3))
        #expect(world.exits.isEmpty && world.core.openPlans.isEmpty && stops(world).map(\.status) == [.filled])
    }

    @Test func `a spot market's stop is gone for certain before anything else is sold`() throws {
        let world = world(RestingStopRules(isExclusive: true))
        try open(world)
        try world.tick("100.9")
        #expect(stops(world).map(\.status) == [.canceled, .accepted])
        // Between the ladder's line at 100.3 and the stop behind it.
        try world.tick("100.25")
        try world.tick("100.25")
        #expect(world.broker.ledger.holdings.isEmpty && stops(world).allSatisfy { $0.status == .canceled })
        #expect(world.exits.count == 1 && world.broker.sins.isEmpty, "\(world.broker.sins)")
    }

    @Test func `a stop the venue refuses is tried again after a while, and health says so until it rests`() throws {
        let world = world()
        world.broker.stopRejections = 2
        try open(world)
        #expect(stops(world).map(\.status) == [.rejected])
        #expect(world.core.impediment?.contains("no stop rests at the venue for BTC/USDT") == true)
        try world.wait(.milliseconds(500))
        #expect(stops(world).count == 1)
        try world.wait(.seconds(1))
        #expect(stops(world).map(\.status) == [.rejected, .rejected])
        try world.wait(.seconds(2))
        #expect(stops(world).map(\.status) == [.rejected, .rejected, .accepted] && world.core.impediment == nil)
    }

    @Test func `one that is taken away by another hand is placed again`() throws {
        let world = world()
        try open(world)
        let taken = world.broker.cancelByHand(stops(world)[0].id)
        try world.send(.order(try #require(taken)))
        try world.wait(.seconds(2))
        #expect(stops(world).map(\.status) == [.canceled, .accepted])
    }

    @Test func `a stop of no position of ours is canceled when execution tells of it`() throws {
        let world = world()
        try world.boot()
        var request = OrderRequest()
        request.clientOrderID = .derived(from: "forgotten", purpose: .protectiveStop)
        (request.symbol, request.side, request.quantity) = (bitcoin, .sell, quantity("1"))
        (request.type, request.stopPrice, request.purpose) = (.stopMarket, price("90"), .protectiveStop)
        _ = world.broker.place(request)
        try world.send(.executionGap)
        #expect(stops(world).map(\.status) == [.canceled])
    }

    @Test func `with the setting off, stops from before are taken back`() throws {
        let world = world()
        try open(world)
        let without = World(limits())
        (without.broker, without.store) = (world.broker, world.store)
        try without.boot()
        try without.wait(.seconds(1))
        #expect(stops(without).map(\.status) == [.canceled])
    }

    @Test func `a stop is told apart from other orders by its id alone`() {
        for purpose in OrderPurpose.allCases {
            #expect(ClientOrderID.derived(from: "p1", purpose: purpose, attempt: 3).derivedPurpose == purpose)
        }
        #expect(ClientOrderID("quiet")?.derivedPurpose == nil)
    }

    // MARK: Dying

    struct Story: Sendable, CustomTestStringConvertible {
        var name: String
        var fills: [Int] = []
        var lostSubmissions = 0
        var lostAnswers = 0
        var stopRejections = 0
        /// `crash` is the price the venue alone sees.
        var prices: [String]
        var isExclusive = false
        var testDescription: String { "\(name)\(isExclusive ? ", one at a time" : "")" }
    }

    static let stories: [Story] = [false, true].flatMap { isExclusive in
        [
            Story(name: "ladder, then pullback", prices: ["100.9", "101.6", "102.6", "101.7", "101"]),
            Story(name: "gap through guard and venue", prices: ["100.9", "94", "93.9"]),
            Story(name: "own stop", prices: ["99", "94.95", "94.95", "94.95"]),
            Story(name: "entry in parts", fills: [60], prices: ["100.9", "101.6", "100.5", "100.4"]),
            Story(name: "stop in parts", fills: [100, 40, 30, 100], prices: ["94", "93.9", "93.8", "93.7"]),
            Story(
                name: "requests and answers are lost", lostSubmissions: 2, lostAnswers: 3,
                prices: ["100.9", "101.6", "100.5", "100.4"]),
            Story(name: "stops are refused", stopRejections: 2, prices: ["100.9", "101.6", "100.5", "100.4"]),
        ].map {
            var story = $0
            story.isExclusive = isExclusive
            return story
        }
    }

    private func run(_ story: Story, crash: Int?) throws -> (world: World, hasCrashed: Bool) {
        let world = world(RestingStopRules(isExclusive: story.isExclusive))
        world.broker.fillPercent = story.fills
        world.broker.stopRejections = story.stopRejections
        (world.lostSubmissions, world.lostAnswers) = (story.lostSubmissions, story.lostAnswers)
        world.crashBefore = crash
        var hasCrashed = false
        func attempt(_ act: () throws -> Void, again: Bool = false) throws {
            do { try act() } catch is World.Crash {
                hasCrashed = true
                world.crashBefore = nil
                try world.boot()
                if again { try act() }
            }
        }
        try attempt { try world.boot() }
        try attempt { try world.tick("100") }
        let entry = proposal(target: "150", leverage: 10, at: world.time)
        try attempt({ try world.propose(entry) }, again: true)
        try attempt { try world.tick("100") }
        for value in story.prices {
            try attempt { try world.tick(value) }
            try attempt { try world.wait(.seconds(3)) }
            try attempt { try world.wait(.seconds(3)) }
            check(world, story, crash)
        }
        for _ in 0..<6 {
            try attempt { try world.tick("92") }
            try attempt { try world.wait(.seconds(6)) }
        }
        return (world, hasCrashed)
    }

    /// In a calm moment each open position that is not being left has one stop, and nothing else rests.
    private func check(_ world: World, _ story: Story, _ crash: Int?) {
        let resting = world.broker.openStops(bitcoin)
        let position = world.broker.ledger.position(bitcoin)
        let plan = world.core.openPlans.first
        if let position, let plan, plan.status == .active, story.stopRejections == 0 {
            #expect(resting.count == 1, "\(story.testDescription), died before \(crash ?? -1): \(resting.count) stops")
            let stop = resting.first.flatMap { world.broker.journal[$0] }
            #expect(stop?.request.quantity == position.quantity && stop?.id == plan.stopOrderID)
        }
        if position == nil {
            #expect(resting.isEmpty, "\(story.testDescription), died before \(crash ?? -1): a stop without a position")
        }
    }

    @Test(arguments: stories)
    func `dying between any two directives leaves no orphan, no second exit and no naked position`(story: Story) throws
    {
        var crash: Int?
        var hasCrashed = true
        while hasCrashed {
            let (world, crashed) = try run(story, crash: crash)
            let words = "\(story.testDescription), died before directive \(crash ?? -1)"
            #expect(world.broker.ledger.holdings.isEmpty && world.core.openPlans.isEmpty, "\(words): still open")
            #expect(world.broker.openStops(bitcoin).isEmpty, "\(words): a stop still rests")
            #expect(
                world.broker.checkInvariants().isEmpty && world.broker.sins.isEmpty, "\(words): \(world.broker.sins)")
            hasCrashed = crash == nil || crashed
            crash = (crash ?? -1) + 1
        }
        #expect(crash ?? 0 > 20)
    }
}
