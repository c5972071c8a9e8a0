import Portfolio
import Testing
import TradingModel

@testable import RiskCore

@Suite struct TradingControlTests {
    @Test func `the drawdown reduces, halts and recovers without flapping`() {
        var control = TradingControl()
        var seen: [TradingState] = []
        for drawdown in ["0.1499", "0.15", "0.149", "0.1", "0.0999", "0.17", "0.2", "0.16", "0.11", "0.0999"] {
            _ = control.follow(drawdown: ratio(drawdown), limits: limits(), at: start)
            seen.append(control.state)
        }
        #expect(
            seen == [.active, .reducing, .reducing, .reducing, .active, .reducing, .halted, .halted, .halted, .active])
        #expect(control.automaticReason.isEmpty)
    }

    @Test func `the more severe of drawdown and hold counts, and neither undoes the other`() {
        var control = TradingControl()
        control.hold = .init(state: .reducing, who: "ann", why: "lunch", since: start)
        _ = control.follow(drawdown: ratio("0.2"), limits: limits(), at: start + .hours(1))
        #expect(control.state == .halted && control.since == start + .hours(1))
        _ = control.follow(drawdown: .zero, limits: limits(), at: start + .hours(2))
        #expect(control.state == .reducing && control.since == start)
        #expect(control.reason == "reducing by ann: lunch")
        control.symbolHolds[ether] = .init(state: .halted, who: "bob", why: "fork", since: start)
        #expect(control.hold(on: ether)?.state == .halted && control.hold(on: bitcoin)?.who == "ann")
        #expect(control.state == .reducing)
    }
}

@Suite struct DayCalendarTests {
    @Test func `a day begins at midnight of its zone`() {
        let midnight = MarketTime(micros: CivilTime.micros(year: 2025, month: 5, day: 21))
        let utc = DayCalendar.utc, tokyo = DayCalendar(offset: .hours(9)), lima = DayCalendar(offset: .hours(-5))
        #expect(utc.day(of: midnight) == utc.day(of: midnight - .microseconds(1)) + 1)
        #expect(tokyo.day(of: midnight) == utc.day(of: midnight))
        #expect(tokyo.day(of: midnight - .hours(9)) == tokyo.day(of: midnight - .hours(9) - .microseconds(1)) + 1)
        #expect(lima.day(of: midnight) == utc.day(of: midnight) - 1)
        #expect(utc.day(of: MarketTime(micros: -1)) == -1)
    }

    @Test func `a day is 23 or 25 hours long where clocks change, and midnight stays midnight`() {
        // Berlin 2025: +1 h until 30 March 01:00 UTC, +2 h until 26 October 01:00 UTC.
        func utc(_ month: Int, _ day: Int, _ hour: Int) -> MarketTime {
            MarketTime(micros: CivilTime.micros(year: 2025, month: month, day: day, hour: hour))
        }
        let berlin = DayCalendar(
            offset: .hours(1),
            changes: [.init(start: utc(10, 26, 1), offset: .hours(1)), .init(start: utc(3, 30, 1), offset: .hours(2))])
        let spring = berlin.day(of: utc(3, 29, 23))
        #expect(berlin.day(of: utc(3, 29, 22)) == spring - 1)
        #expect(berlin.day(of: utc(3, 30, 21)) == spring && berlin.day(of: utc(3, 30, 22)) == spring + 1)
        let autumn = berlin.day(of: utc(10, 25, 22))
        #expect(berlin.day(of: utc(10, 25, 21)) == autumn - 1)
        #expect(berlin.day(of: utc(10, 26, 22)) == autumn && berlin.day(of: utc(10, 26, 23)) == autumn + 1)
    }
}

/// Limits and states with the whole core around them.
@Suite struct ControlTests {
    private func world(_ change: (inout RiskLimits) -> Void = { _ in }) throws -> World {
        let world = World(limits(change))
        try world.boot()
        try world.tick("100")
        try world.tick("100", ether)
        return world
    }

    private func reason(_ world: World, _ id: String, _ symbol: Symbol = ether) throws -> DenialReason? {
        try world.tick("100", symbol, after: .seconds(1))
        return try world.verdict(on: proposal(id, .enterLong, symbol, at: world.time)).denial?.reason
    }

    /// A long of ten times leverage and a stop far away, so that the price decides the equity.
    private func open(_ world: World, leverage: Int = 9) throws {
        _ = try world.verdict(
            on: proposal(confidence: 1, stop: "90", target: "150", leverage: leverage, at: world.time))
        try world.tick("100")
    }

    @Test func `a falling equity reduces, then halts, and both are on record`() throws {
        let world = try world { $0.dailyLoss = .one }
        try open(world)
        try world.tick("91.6")
        #expect(world.core.state.state == .reducing)
        #expect(world.core.state.reason == "drawdown 15.23% has reached the warning at 15%")
        #expect(try reason(world, "a") == .drawdownLimit)
        try world.tick("90.01", after: .seconds(1))
        #expect(world.core.state.state == .reducing)
        try world.boot()
        #expect(world.core.state.state == .reducing && world.core.state.peakEquity == world.store.memory.peakEquity)
        #expect(world.store.history.map(\.to) == [.reducing] && world.store.history.first?.who == "drawdown")
    }

    @Test func `a drawdown with nothing left open says that it does not end by itself, and how it ends`() throws {
        let world = try world { $0.dailyLoss = .one }
        try open(world)
        try world.tick("91.6")
        try world.tick("89")
        try world.tick("89")
        #expect(world.core.openPlans.isEmpty && world.core.state.state != .active)
        #expect(world.core.state.reason.contains("quartet resume accepts the loss"))
        #expect(world.log.count { $0.contains("quartet resume accepts the loss") } == 1)
        // A deposit changes nothing of it, a restart neither.
        world.broker.ledger.deposit(money("5000"))
        try world.send(.account(world.broker.account(at: world.time)))
        try world.boot()
        #expect(try reason(world, "a") == .drawdownLimit)
        _ = try world.command(.resume)
        #expect(world.core.state.reason.isEmpty && world.core.state.drawdown.isZero)
        try world.tick("100", ether, after: .seconds(1))
        #expect(try world.verdict(on: proposal("b", .enterLong, ether, at: world.time)).isApproved)
    }

    @Test func `a halt flattens only where that is wanted`() throws {
        for isWanted in [false, true] {
            let world = try world {
                $0.dailyLoss = .one
                $0.drawdownWarning = ratio("0.05")
                $0.drawdownStop = ratio("0.1")
                $0.isFlattenedOnHalt = isWanted
            }
            try open(world)
            try world.tick("93")
            #expect(world.core.state.state == .halted)
            #expect(world.exits.map(\.request.exitReason) == (isWanted ? [.drawdownHalt] : []))
            // Exits pass in every state.
            if !isWanted {
                try world.tick("90")
                #expect(world.exits.map(\.request.exitReason) == [.stopLoss])
            }
        }
    }

    @Test func `the operator accepts a loss by resuming: the peak is counted anew`() throws {
        let world = try world {
            $0.dailyLoss = .one
            $0.drawdownWarning = ratio("0.05")
            $0.drawdownStop = ratio("0.1")
        }
        try open(world)
        try world.tick("93")
        #expect(world.core.state.state == .halted)
        let result = try world.command(.resume)
        #expect(result.isDone && result.state.state == .active && result.sentence.contains("the peak was"))
        try world.tick("92.99")
        #expect(world.core.state.state == .active && world.core.state.peakEquity < money("10000"))
        #expect(world.store.memory.peakEquity == world.core.state.peakEquity)
    }

    @Test func `an operator's halt outlives a recovery and a restart`() throws {
        let world = try world()
        #expect(try world.command(.halt).state.state == .halted)
        #expect(try reason(world, "a") == .tradingHalted)
        try world.boot()
        #expect(world.core.state.state == .halted && world.core.state.reason == "halted by ann@pts/0: a test")
        #expect(try reason(world, "b") == .tradingHalted)
        #expect(try world.command(.reduce).state.state == .reducing)
        #expect(try reason(world, "c") == .tradingReducing)
        #expect(try world.command(.resume).state.state == .active)
        #expect(try reason(world, "d") == nil)
        #expect(
            world.store.history.map { "\($0.from)>\($0.to) \($0.who)" } == [
                "active>halted ann@pts/0", "halted>reducing ann@pts/0", "reducing>active ann@pts/0",
            ])
    }

    @Test func `a hold on one symbol leaves the others alone`() throws {
        let world = try world()
        #expect(try world.command(.halt, ether).isDone)
        #expect(world.core.state.state == .active && world.core.state.reason == "ETH/USDT halted by ann@pts/0: a test")
        #expect(try reason(world, "a", ether) == .tradingHalted)
        #expect(try reason(world, "b", bitcoin) == nil)
        #expect(try world.command(.resume, bitcoin).isDone == false)
        #expect(try world.command(.resume, ether).isDone)
        #expect(try reason(world, "c", ether) == nil)
        #expect(try world.command(.halt, Symbol("DOGE/USDT")).isDone == false)
    }

    @Test func `the kill file halts without a bus and is not undone by taking it away`() throws {
        let world = try world()
        try world.send(.killFile(isPresent: true))
        try world.send(.killFile(isPresent: true))
        #expect(world.core.state.state == .halted && world.store.history.count == 1)
        #expect(try world.command(.resume).isDone == false)
        #expect(try world.command(.halt).isDone == false)
        try world.send(.killFile(isPresent: false))
        #expect(world.core.state.state == .halted)
        #expect(try world.command(.resume).state.state == .active)
    }

    @Test func `a lost day is over until midnight, whatever the market does`() throws {
        let world = try world()
        try open(world)
        try world.tick("97.2")
        #expect(try reason(world, "a") == .dailyLossLimit)
        try world.tick("101")
        #expect(try reason(world, "b") == .dailyLossLimit)
        try world.boot()
        #expect(try reason(world, "c") == .dailyLossLimit)
        try world.tick("101", after: .hours(15))
        #expect(world.store.memory.day?.reachedLoss == .zero)
        #expect(try reason(world, "d") == nil)
    }

    @Test func `the day's trades are counted over restarts and begin anew at midnight of the zone`() throws {
        let world = try world {
            $0.dailyTrades = 2
            $0.calendar = DayCalendar(offset: .hours(2))
        }
        #expect(try reason(world, "a", ether) == nil)
        try world.boot()
        #expect(try reason(world, "b", bitcoin) == nil)
        try world.tick("100")
        try world.tick("100", ether)
        try world.tick("120")
        try world.tick("120", ether)
        try world.tick("120")
        try world.tick("120", ether)
        try world.boot()
        #expect(try reason(world, "c", ether) == .dailyTradeLimit)
        try world.pass(
            MarketTime(micros: CivilTime.micros(year: 2025, month: 5, day: 20, hour: 22)) - world.time - .seconds(2))
        #expect(try reason(world, "d", ether) == .dailyTradeLimit)
        #expect(try reason(world, "e", ether) == nil)
        #expect(world.core.state.dailyTrades == 1)
    }

    @Test func `a fill's two facts never make a false equity between them`() throws {
        let world = try world()
        try open(world)
        try world.tick("120")
        let peak = world.core.state.peakEquity
        let position = world.broker.ledger.position(bitcoin)!
        var closed = position
        (closed.quantity, closed.cost) = (.zero, .zero)
        try world.send(.position(closed))
        try world.send(.ticker(ticker(price("120"), at: world.time + .seconds(1))))
        #expect(world.core.state.equity == peak && world.core.state.drawdown == .zero)
    }
}

@Suite struct LockStepTests {
    private func clock(_ step: Int, at time: MarketTime) -> RiskEvent {
        var clock = MarketClock()
        clock.marketTime = time
        clock.step = step
        return .clock(clock)
    }

    private func barriers(_ core: inout RiskCore, _ event: RiskEvent) -> [RiskDirective] {
        var directives: [RiskDirective] = []
        core.handle(event, at: wallStart, into: &directives)
        return directives.filter {
            switch $0 {
            case .publishBarrier, .submit: true
            default: false
            }
        }
    }

    private func core(withPosition: Bool = true) -> RiskCore {
        var core = RiskCore(limits: limits(), isLockStep: true)
        var memory = RiskMemory()
        if withPosition { memory.plans = [activePlan(.long, leverage: 1, entry: "100", stop: "95", target: "150")] }
        _ = barriers(&core, .restored(memory))
        _ = barriers(&core, .executionGap)
        var view = ExecutionView()
        view.isReconciled = true
        view.account.balance = money("10000")
        view.account.equity = money("10000")
        if withPosition {
            var position = Position()
            (position.symbol, position.proposalID, position.quantity, position.cost) = (
                bitcoin, "p1", quantity("1"), money("100")
            )
            position.openedAt = start
            view.positions = [position]
        }
        _ = barriers(&core, .executionSnapshot(view, 1))
        return core
    }

    @Test func `a step waits for execution's barrier and its own barrier waits for every answer`() {
        var core = core()
        #expect(barriers(&core, .ticker(ticker(price("95"), at: start + .seconds(1)))).isEmpty)
        #expect(barriers(&core, clock(1, at: start + .seconds(1))).isEmpty)
        let exits = barriers(&core, .executionBarrier(Barrier(step: 1, isAttentive: true)))
        guard case .submit(let request, _) = exits.first, exits.count == 1 else {
            Issue.record("one exit and no barrier yet, but \(exits)")
            return
        }
        #expect(request.exitReason == .stopLoss)
        // The next step's facts wait too.
        #expect(barriers(&core, .ticker(ticker(price("90"), at: start + .seconds(2)))).isEmpty)
        var order = Order()
        order.request = request
        order.status = .accepted
        #expect(
            barriers(&core, .orderReport(order.id, order)) == [.publishBarrier(Barrier(step: 1, isAttentive: true))])
        #expect(core.barrier == Barrier(step: 1, isAttentive: true))
    }

    @Test func `without plans and orders the step is not attentive`() {
        var core = core(withPosition: false)
        _ = barriers(&core, clock(1, at: start))
        #expect(
            barriers(&core, .executionBarrier(Barrier(step: 1, isAttentive: false))) == [
                .publishBarrier(Barrier(step: 1, isAttentive: false))
            ])
        _ = barriers(&core, clock(2, at: start))
        #expect(
            barriers(&core, .executionBarrier(Barrier(step: 2, isAttentive: true))) == [
                .publishBarrier(Barrier(step: 2, isAttentive: true))
            ])
    }

    @Test func `a step that is heard again is answered again, and a count that begins anew waits for its own barrier`()
    {
        var core = core(withPosition: false)
        for step in 1...3 {
            _ = barriers(&core, clock(step, at: start))
            #expect(barriers(&core, .executionBarrier(Barrier(step: step, isAttentive: false))).count == 1)
        }
        #expect(barriers(&core, clock(3, at: start)) == [.publishBarrier(Barrier(step: 3, isAttentive: false))])
        #expect(barriers(&core, clock(1, at: start)).isEmpty)
        #expect(
            barriers(&core, .executionBarrier(Barrier(step: 1, isAttentive: false))) == [
                .publishBarrier(Barrier(step: 1, isAttentive: false))
            ])
    }

    @Test func `the snapshot of execution brings the barrier that was missed`() {
        var core = core(withPosition: false)
        _ = barriers(&core, clock(1, at: start))
        _ = barriers(&core, .executionGap)
        var view = ExecutionView()
        view.isReconciled = true
        view.barrier = Barrier(step: 1, isAttentive: false)
        #expect(barriers(&core, .executionSnapshot(view, 2)) == [.publishBarrier(Barrier(step: 1, isAttentive: false))])
    }
}
