import Portfolio
import RiskCore
import Testing
import TradingModel

/// The life of a proposal, from the verdict to the spent plan, in real time and in lock-step.
@Suite struct LifeTests {
    private func world(isLockStep: Bool = false, _ change: (inout RiskLimits) -> Void = { _ in }) throws -> World {
        let world = World(limits(change), isLockStep: isLockStep)
        try world.boot()
        try world.tick("100")
        return world
    }

    @Test(arguments: [false, true])
    func `an approved entry is guarded from its fill to its exit`(isLockStep: Bool) throws {
        let world = try world(isLockStep: isLockStep)
        let verdict = try world.verdict(on: proposal(leverage: 10, at: world.time))
        #expect(verdict.isApproved && verdict.orderStatus == .accepted && verdict.quantity == quantity("100"))
        #expect(world.store.plan("p1")?.status == .pending)
        try world.tick("100")
        #expect(world.store.plan("p1")?.status == .active)
        try world.tick("101.5")
        #expect(world.store.plan("p1")?.best == price("101.5") && world.store.plan("p1")?.restingStop == price("100.8"))
        try world.tick("101.06")
        #expect(world.exits.isEmpty)
        try world.tick("101.05")
        #expect(world.exits.map(\.request.exitReason) == [.peakPullback])
        #expect(world.exits.first?.request.isReduceOnly == true && world.exits.first?.request.decidedAt == world.time)
        #expect(world.store.plan("p1")?.status == .closing)
        try world.tick("101")
        #expect(world.store.plan("p1")?.status == .spent)
        #expect(world.broker.ledger.holdings.isEmpty && world.core.openPlans.isEmpty)
        #expect(world.core.state.dailyTrades == 1)
    }

    @Test func `an exit is judged with every price and a price older than the last is ignored`() throws {
        let world = try world()
        _ = try world.verdict(on: proposal(at: world.time))
        try world.tick("100")
        try world.send(.ticker(ticker(price("90"), at: world.time - .seconds(1))))
        #expect(world.exits.isEmpty)
        try world.tick("95")
        #expect(world.exits.map(\.request.exitReason) == [.stopLoss])
    }

    @Test(arguments: [PositionSide.long, .short])
    func `an entry that fills beyond its target takes stop and target with it, and is not left at a loss at once`(
        side: PositionSide
    ) throws {
        let world = try world()
        let isLong = side == .long
        let asked = proposal(
            "p1", isLong ? .enterLong : .enterShort, stop: isLong ? "95" : "105", target: isLong ? "106" : "94",
            at: world.time)
        #expect(try world.verdict(on: asked).isApproved)
        // The answer was long on its way: the price is two beyond the target.
        try world.tick(isLong ? "108" : "92")
        let plan = try #require(world.store.plan("p1"))
        #expect(plan.status == .active && world.exits.isEmpty)
        #expect((isLong ? plan.entryPrice > price("106") : plan.entryPrice < price("94")))
        #expect(plan.takeProfit.raw - plan.entryPrice.raw == price("6").raw * (isLong ? 1 : -1))
        #expect(plan.stopLoss.raw - plan.entryPrice.raw == price("5").raw * (isLong ? -1 : 1))
        try world.tick(isLong ? "108.5" : "91.5")
        #expect(world.exits.isEmpty)
        try world.tick(isLong ? "115" : "85")
        #expect(world.exits.map(\.request.exitReason) == [.takeProfit])
        try world.tick(isLong ? "115" : "85")
        #expect(world.broker.ledger.holdings.isEmpty && world.broker.ledger.realizedPnL.isPositive)
    }

    @Test func `an entry that fills before its target keeps its plan as it was approved`() throws {
        let world = try world()
        _ = try world.verdict(on: proposal(stop: "95", target: "106", at: world.time))
        try world.tick("105")
        let plan = try #require(world.store.plan("p1"))
        #expect(plan.stopLoss == price("95") && plan.takeProfit == price("106"))
    }

    @Test func `a repeated proposal gets the stored verdict and no second order`() throws {
        let world = try world()
        let first = try world.verdict(on: proposal(at: world.time))
        let second = try world.verdict(on: proposal(at: world.time))
        #expect(first == second && world.entries.count == 1)
        let denied = try world.verdict(on: proposal("p2", at: world.time))
        #expect(denied.denial?.reason == .orderInFlight)
        #expect(try world.verdict(on: proposal("p2", at: world.time)) == denied)
        try world.boot()
        #expect(try world.verdict(on: proposal(at: world.time)) == first)
        #expect(try world.verdict(on: proposal("p2", at: world.time)) == denied)
        #expect(world.entries.count == 1)
    }

    @Test func `a position is left when its strategy says so, and by no other`() throws {
        let world = try world()
        #expect(try world.verdict(on: proposal("x0", .exitLong, at: world.time)).denial?.reason == .noPositionToClose)
        _ = try world.verdict(on: proposal(at: world.time))
        #expect(try world.verdict(on: proposal("x1", .exitLong, at: world.time)).denial?.reason == .orderInFlight)
        try world.tick("100")
        var other = proposal("x2", .exitLong, at: world.time)
        other.strategy = "another"
        #expect(try world.verdict(on: other).denial?.reason == .noPositionToClose)
        #expect(try world.verdict(on: proposal("x3", .exitShort, at: world.time)).denial?.reason == .noPositionToClose)
        let verdict = try world.verdict(on: proposal("x4", .exitLong, at: world.time))
        #expect(
            verdict.isApproved && verdict.clientOrderID == world.exits.first?.id && verdict.orderStatus == .accepted)
        #expect(try world.verdict(on: proposal("x5", .exitLong, at: world.time)).denial?.reason == .exitAlreadyPending)
        try world.tick("100.5")
        #expect(world.store.plan("p1")?.exitReason == .signal && world.broker.ledger.holdings.isEmpty)
    }

    @Test func `an entry that the venue rejects at once is a denial and leaves no plan`() throws {
        let world = try world()
        world.broker.rejections = 1
        let verdict = try world.verdict(on: proposal(at: world.time))
        #expect(verdict.denial?.description == "EXECUTION_DENIED: order=rejected reason=\"the venue says no\"")
        #expect(world.store.plan("p1")?.status == .spent && world.store.verdict("p1") == verdict)
        #expect(try world.verdict(on: proposal("p2", at: world.time)).isApproved)
    }

    @Test(arguments: [false, true])
    func `an exit that is rejected or half filled is tried again until the position is closed`(isLockStep: Bool) throws
    {
        let world = try world(isLockStep: isLockStep)
        _ = try world.verdict(on: proposal(at: world.time))
        try world.tick("100")
        world.broker.rejections = 1
        try world.tick("95")
        #expect(world.exits.map(\.status) == [.rejected])
        world.broker.fillPercent = [40, 100]
        for text in ["94.9", "94.8", "94.7", "94.6"] { try world.tick(text) }
        #expect(world.exits.map(\.status) == [.rejected, .canceled, .filled])
        #expect(world.exits.map(\.request.quantity) == [quantity("10"), quantity("10"), quantity("6")])
        #expect(world.exits.allSatisfy { $0.request.exitReason == .stopLoss })
        #expect(world.broker.ledger.holdings.isEmpty && world.store.plan("p1")?.status == .spent)
        #expect(Set(world.exits.map(\.id)).count == 3)
    }

    @Test func `time to live ends by the clock when the symbol is silent`() throws {
        let world = try world()
        _ = try world.verdict(on: proposal(at: world.time))
        try world.tick("100")
        try world.pass(.hours(36) - .microseconds(1))
        #expect(world.exits.isEmpty)
        try world.pass(.microseconds(1))
        #expect(world.exits.map(\.request.exitReason) == [.ttl])
    }

    @Test func `a closed candle beyond the level invalidates, an open price does not`() throws {
        let world = try world()
        var idea = proposal(at: world.time)
        idea.invalidation = "close below 98"
        _ = try world.verdict(on: idea)
        #expect(world.store.plan("p1")?.invalidation == "close 5m below 98")
        try world.tick("100")
        try world.tick("97.5")
        var candle = Candle()
        candle.symbol = bitcoin
        candle.timeframe = .fiveMinutes
        candle.close = price("97.5")
        candle.openTime = world.time - .minutes(5)
        try world.send(.candle(candle))
        #expect(world.exits.map(\.request.exitReason) == [.invalidation])
    }

    @Test func `a candle that closed before the last price still invalidates, at that price`() throws {
        let world = try world()
        var idea = proposal(at: world.time)
        idea.invalidation = "close 5m below 98"
        _ = try world.verdict(on: idea)
        try world.tick("100")
        try world.tick("99", after: .minutes(5))
        var candle = Candle()
        candle.symbol = bitcoin
        candle.timeframe = .fiveMinutes
        candle.close = price("97")
        candle.openTime = world.time - .minutes(5) - .seconds(1)
        try world.send(.candle(candle))
        #expect(world.exits.map(\.request.referencePrice) == [price("99")])
        #expect(world.store.plan("p1")?.best == price("100"))
    }

    @Test func `an unanswered entry is unknown: its symbol takes no exposure until execution has said`() throws {
        let world = try world()
        world.lostAnswers = 1
        let number = try world.propose(proposal(at: world.time))
        // The query that follows at once finds the order.
        #expect(world.verdicts[number]?.isApproved == true && world.entries.count == 1)
        try world.tick("100")
        #expect(world.store.plan("p1")?.status == .active)
    }

    @Test func `an entry that never reached execution is sent again while it may, and is spent after`() throws {
        let world = try world()
        world.lostSubmissions = 1
        let first = try world.propose(proposal(at: world.time))
        #expect(world.verdicts[first]?.isApproved == true && world.entries.count == 1)
        // Too late to be sent again: execution would refuse it, so it is certain that it never was.
        let late = try self.world { $0.orderTimeToLive = .microseconds(-1) }
        late.lostSubmissions = 1
        let verdict = try late.verdict(on: proposal(at: late.time))
        #expect(verdict.denial?.reason == .expired && late.entries.isEmpty)
        #expect(late.store.plan("p1")?.status == .spent)
        #expect(try late.verdict(on: proposal(at: late.time)) == verdict)
    }

    @Test func `an exit that never reached execution is sent again for ever`() throws {
        let world = try world { $0.orderTimeToLive = .microseconds(-1) }
        _ = try world.verdict(on: proposal(at: world.time))
        try world.tick("100")
        world.lostSubmissions = 5
        try world.tick("95")
        #expect(world.exits.count == 1)
        try world.tick("94")
        #expect(world.broker.ledger.holdings.isEmpty && world.exits.count == 1)
    }

    @Test func `flatten closes what is open and calls back what is not`() throws {
        let world = try world()
        _ = try world.verdict(on: proposal(at: world.time))
        try world.tick("100")
        try world.tick("100", ether)
        _ = try world.verdict(on: proposal("p2", .enterLong, ether, at: world.time))
        let result = try world.command(.flatten)
        #expect(result.isDone && result.orders == world.exits.map(\.id) && result.orders.count == 1)
        try world.tick("101")
        try world.tick("101", ether)
        #expect(world.broker.ledger.holdings.isEmpty && world.core.openPlans.isEmpty)
        #expect(world.entries.last?.status == .canceled)
        #expect(world.store.plan("p1")?.exitReason == .operatorFlatten)
        #expect(try world.command(.flatten).sentence == "nothing is open in everything; the trading state is active")
    }

    @Test func `a position without a plan is said, takes no new exposure and can be flattened`() throws {
        let world = try world()
        var fill = Fill()
        (fill.symbol, fill.side, fill.price, fill.quantity) = (bitcoin, .buy, price("100"), quantity("2"))
        fill.eventTime = world.time
        _ = world.broker.ledger.apply(fill)
        try world.send(.executionGap)
        #expect(
            world.core.impediment
                == "the position in BTC/USDT has no exit plan: close it by hand or with quartet flatten")
        #expect(try world.verdict(on: proposal(at: world.time)).denial?.reason == .positionAlreadyOpen)
        try world.tick("50")
        #expect(world.exits.isEmpty)
        _ = try world.command(.flatten, bitcoin)
        try world.tick("51")
        #expect(world.broker.ledger.holdings.isEmpty && world.core.impediment == nil)
    }

    @Test func `a position that closes without us spends its plan`() throws {
        let world = try world()
        _ = try world.verdict(on: proposal(at: world.time))
        try world.tick("100")
        var fill = Fill()
        (fill.symbol, fill.side, fill.price, fill.quantity) = (bitcoin, .sell, price("99"), quantity("10"))
        _ = world.broker.ledger.apply(fill)
        try world.send(.executionGap)
        #expect(world.store.plan("p1")?.status == .spent)
        try world.tick("90")
        #expect(world.exits.isEmpty)
    }

    @Test func `proposals wait for execution's truth instead of being judged without it`() throws {
        let world = World()
        try world.send(.restored(RiskMemory()))
        let number = try world.propose(proposal(at: world.time))
        #expect(world.verdicts[number] == nil)
        try world.wait(.seconds(9))
        #expect(world.verdicts[number] == nil)
        try world.wait(.milliseconds(600))
        #expect(world.verdicts[number]?.denial?.reason == .notReconciled)
    }
}
