import Portfolio
import Testing
import TradingModel

@testable import RiskCore

/// What happens when feed falls silent, money comes or goes, the clock changes, or a strategy is held.
@Suite struct SteadinessTests {
    private func world(_ change: (inout RiskLimits) -> Void = { _ in }) throws -> World {
        let world = World(limits(change))
        try world.tick("100")
        try world.tick("100", ether)
        try world.boot()
        return world
    }

    private func reason(_ world: World, _ id: String, _ symbol: Symbol = ether) throws -> String? {
        try world.verdict(on: proposal(id, .enterLong, symbol, at: world.time)).denial?.description
    }

    private func clock(_ world: World, rate: Double?) throws {
        var clock = MarketClock()
        clock.marketTime = world.time
        clock.rate = rate
        try world.send(.clock(clock))
    }

    // MARK: Silence

    @Test func `long silence reduces, and only prices that keep coming lift it`() throws {
        let world = try world { $0.priceAge = .hours(2) }
        try world.wait(.milliseconds(59_900))
        #expect(world.core.state.state == .active)
        try world.wait(.milliseconds(100))
        #expect(world.core.state.state == .reducing)
        #expect(world.core.state.reason == "no price has come for 1m, the limit is 1m")
        #expect(try reason(world, "a") == "TRADING_REDUCING: by=feed why=\"no price has come for 1m, the limit is 1m\"")
        #expect(world.store.history.last?.who == "feed")
        // Ticks a second apart: lifted by the first that comes five seconds after the first of them.
        for _ in 0..<5 { try world.tick("100") }
        #expect(world.core.state.state == .reducing)
        try world.tick("100")
        #expect(world.core.state.state == .active && world.core.state.reason.isEmpty)
        #expect(try reason(world, "b") == nil)
    }

    @Test func `a stutter begins the count anew, and a resume does not talk silence away`() throws {
        let world = try world()
        try world.wait(.seconds(60))
        for _ in 0..<4 { try world.tick("100") }
        try world.wait(.seconds(3))
        for _ in 0..<5 { try world.tick("100") }
        #expect(world.core.state.state == .reducing)
        let result = try world.command(.resume)
        #expect(
            result.sentence == "every hold is lifted; trading stays reducing: no price has come for 1m, the limit is 1m"
        )
        try world.tick("100")
        #expect(world.core.state.state == .active)
    }

    @Test func `exits go on in silence and in lock-step wall time means nothing`() throws {
        let lockStep = World(limits(), isLockStep: true)
        try lockStep.tick("100")
        try lockStep.boot()
        try lockStep.wait(.hours(10))
        #expect(lockStep.core.state.state == .active)
    }

    @Test func `after a hole in feed's facts nothing is judged before its snapshot`() throws {
        let world = try world()
        try world.send(.feedGap)
        let number = try world.propose(proposal("a", at: world.time))
        #expect(world.verdicts[number] == nil)
        try world.wait(.milliseconds(9_600))
        #expect(world.verdicts[number]?.denial?.description == "NOT_RECONCILED: waiting=\"feed's snapshot\"")
        try world.tick("100")
        var view = FeedView()
        view.session = "feed-1"
        view.clock.marketTime = world.time
        view.tickers = Array(world.tickers.values)
        try world.send(.feedSnapshot(view))
        #expect(try reason(world, "b", bitcoin) == nil)
    }

    @Test func `candles that feed still owes are waited for`() throws {
        let world = try world()
        var view = FeedView()
        view.session = "feed-1"
        view.clock.marketTime = world.time
        view.tickers = Array(world.tickers.values)
        view.awaitedSeries = [CandleSeries(bitcoin, .oneHour)]
        try world.send(.feedSnapshot(view))
        let number = try world.propose(proposal("a", at: world.time))
        #expect(world.verdicts[number] == nil)
        #expect(world.core.missing == "feed has not told 1 series of candles yet: nothing is opened until it has")
        try world.send(.candles(bitcoin, .oneHour, []))
        #expect(world.verdicts[number]?.isApproved == true)
    }

    // MARK: Time to live without feed

    @Test func `with a dead feed the wall clock ends the time to live, to the second`() throws {
        let world = try world()
        _ = try world.verdict(on: proposal(at: world.time))
        try world.tick("100")
        try clock(world, rate: 1)
        try world.wait(.hours(36) - .milliseconds(1))
        #expect(world.exits.isEmpty)
        try world.wait(.milliseconds(1))
        #expect(world.exits.map(\.request.exitReason) == [.ttl])
    }

    @Test func `the mark of the clock survives a restart without feed`() throws {
        let world = try world()
        _ = try world.verdict(on: proposal(at: world.time))
        try world.tick("100")
        try clock(world, rate: 1)
        try world.wait(.seconds(30))
        #expect(world.store.memory.clock?.market == world.time)
        world.core = RiskCore(limits: world.limits, isLockStep: false)
        try world.send(.restored(world.store.restored))
        try world.send(.executionGap)
        try world.wait(.hours(36) - .seconds(31))
        #expect(world.exits.isEmpty)
        try world.wait(.seconds(1))
        #expect(world.exits.map(\.request.exitReason) == [.ttl])
    }

    @Test(arguments: [60, nil] as [Double?])
    func `a simulated market stands still with its feed`(rate: Double?) throws {
        let world = try world()
        _ = try world.verdict(on: proposal(at: world.time))
        try world.tick("100")
        try clock(world, rate: rate)
        try world.wait(.hours(100))
        #expect(world.exits.isEmpty)
    }

    // MARK: Money that comes and goes

    private func transfer(_ amount: String, _ world: World) throws {
        world.broker.ledger.deposit(money(amount))
        try world.send(.account(world.broker.account(at: world.time)))
    }

    @Test func `a withdrawal is no loss and a deposit no profit`() throws {
        let world = try world()
        try open(world, price: "100")
        try world.tick("90")
        let (drawdown, lost) = (world.core.state.drawdown, world.core.state.dailyLoss)
        #expect(drawdown.isPositive && lost.isPositive)
        try transfer("-4000", world)
        #expect(abs(world.core.state.drawdown.double - drawdown.double) < 1e-9)
        #expect(abs(world.core.state.dailyLoss.double - lost.double) < 1e-9)
        try transfer("20000", world)
        #expect(abs(world.core.state.drawdown.double - drawdown.double) < 1e-9)
        #expect(abs(world.core.state.dailyLoss.double - lost.double) < 1e-9)
        #expect(world.core.state.drawdown >= drawdown, "rounded up: no limit is passed unseen")
        #expect(world.log.contains { $0.contains("a withdrawal of 4000 is neither profit nor loss") })
    }

    @Test func `money that came while risk was down is accounted for at its start`() throws {
        let world = try world()
        try world.tick("100")
        world.broker.ledger.deposit(money("-5000"))
        try world.boot()
        #expect(world.core.state.drawdown == .zero && world.core.state.dailyLoss == .zero)
        #expect(world.core.state.peakEquity == money("5000") && world.core.state.state == .active)
        #expect(world.store.memory.netDeposits == money("-5000"))
        try world.boot()
        #expect(world.core.state.peakEquity == money("5000"))
    }

    private func open(_ world: World, price level: String) throws {
        let idea = proposal("p", .enterLong, bitcoin, confidence: 1, stop: "50", target: "200", at: world.time)
        #expect(try world.verdict(on: idea).isApproved)
        try world.tick(level)
    }

    // MARK: Holds of strategies

    @Test func `a strategy is held by itself, over a restart, and left by itself`() throws {
        let world = try world()
        #expect(
            try world.command(.halt, strategy: "momentum").sentence
                == "strategy momentum is halted: nothing is opened, exits go on")
        #expect(try reason(world, "a") == "TRADING_HALTED: by=ann@pts/0 why=\"a test\"")
        try world.boot()
        #expect(try reason(world, "b") == "TRADING_HALTED: by=ann@pts/0 why=\"a test\"")
        #expect(world.core.state.state == .active, "others trade on")
        var other = proposal("c", .enterLong, ether, at: world.time)
        other.strategy = "keltner"
        #expect(try world.verdict(on: other).isApproved)
        #expect(world.store.history.last?.strategy == "momentum")
        #expect(try world.command(.resume, strategy: "momentum").isDone)
        #expect(try world.command(.resume, strategy: "momentum").isDone == false)
        #expect(try reason(world, "d", bitcoin) == nil)
        try world.tick("100")
        try world.tick("100", ether)
        let left = try world.command(.flatten, strategy: "keltner")
        #expect(left.orders.count == 1 && left.sentence.hasPrefix("1 positions are being closed"))
        #expect(world.exits.map(\.request.symbol) == [ether])
        #expect(try world.command(.halt, bitcoin, strategy: "momentum").isDone == false, "one of them at a time")
    }

    // MARK: Rates, clocks, days

    @Test func `entries in a minute and in an hour are bounded, over a restart`() throws {
        let world = try world {
            $0.entriesPerMinute = 1
            $0.entriesPerHour = 2
        }
        #expect(try reason(world, "a", bitcoin) == nil)
        #expect(try reason(world, "b", ether) == "ORDER_RATE_LIMIT: entries=1 limit=1 per=minute")
        try world.boot()
        #expect(try reason(world, "c", ether) == "ORDER_RATE_LIMIT: entries=1 limit=1 per=minute")
        try world.tick("100", ether)
        #expect(try reason(world, "d", ether) == nil)
        try world.tick("100", solana)
        #expect(try reason(world, "e", solana) == "ORDER_RATE_LIMIT: entries=2 limit=2 per=hour")
        try world.tick("100", solana, after: .minutes(57))
        #expect(try reason(world, "f", solana) == "ORDER_RATE_LIMIT: entries=2 limit=2 per=hour")
        try world.tick("100", solana)
        #expect(try reason(world, "g", solana) == nil)
    }

    @Test func `a price whose clock is far from ours is not traded on`() throws {
        let world = try world { $0.clockOffset = .seconds(5) }
        for (offset, answer) in [
            (5_000_000, nil), (5_000_001, "CLOCK_OFFSET: offset=5s limit=5s"),
            (-6_000_000, "CLOCK_OFFSET: offset=-6s limit=5s"),
        ] as [(Int64, String?)] {
            var last = ticker(price("100"), at: world.time)
            last.receivedTime = WallTime(micros: last.eventTime.micros + offset)
            try world.send(.ticker(last))
            #expect(try reason(world, "o\(offset)", bitcoin) == answer)
            try world.tick("100")
            _ = try world.command(.flatten)
            try world.tick("100")
        }
    }

    @Test func `the day turns at local midnight through daylight saving`() throws {
        // Berlin, 2025: +1 h, from 30 March 01:00 UTC +2 h, from 26 October 01:00 UTC +1 h.
        func micros(_ month: Int, _ day: Int, _ hour: Int) -> MarketTime {
            MarketTime(micros: CivilTime.micros(year: 2025, month: month, day: day, hour: hour))
        }
        let calendar = DayCalendar(
            offset: .hours(1),
            changes: [
                .init(start: micros(3, 30, 1), offset: .hours(2)), .init(start: micros(10, 26, 1), offset: .hours(1)),
            ])
        func length(of day: (Int, Int)) -> Int64 {
            let noon = micros(day.0, day.1, 12)
            let number = calendar.day(of: noon)
            let minutes = (-24 * 60..<24 * 60).filter { calendar.day(of: noon + .minutes(Int64($0))) == number }
            return Int64(minutes.count) / 60
        }
        #expect(length(of: (3, 29)) == 24 && length(of: (3, 30)) == 23 && length(of: (10, 26)) == 25)
        #expect(calendar.day(of: micros(3, 29, 23)) == calendar.day(of: micros(3, 30, 12)))
        #expect(calendar.day(of: micros(3, 30, 22)) == calendar.day(of: micros(3, 31, 12)))
    }

    // MARK: What an operator is shown

    @Test func `a simulation says what every check says and changes nothing`() throws {
        let world = try world()
        let before = world.obeyed
        let good = world.core.simulate(world.core.asIfProposedNow(proposal("", at: start)), at: world.now)
        #expect(good.verdict.isApproved && good.checks.count == Check.entry.count)
        #expect(good.checks.allSatisfy { $0.denial == nil && !$0.isSkipped })
        var bad = proposal("x", leverage: 99, at: world.time)
        bad.stopLoss = price("101")
        let answer = world.core.simulate(bad, at: world.now)
        #expect(answer.verdict.denial?.reason == .leverageOutOfRange)
        #expect(answer.checks.compactMap(\.denial?.reason).contains(.stopOnWrongSide))
        #expect(world.obeyed == before && world.core.openPlans.isEmpty)
        let real = try world.verdict(on: proposal("real", at: world.time))
        #expect(real.quantity == good.verdict.quantity)
    }

    @Test func `limits are shown against their use`() throws {
        let world = try world { $0.entriesPerHour = 4 }
        try open(world, price: "100")
        let uses = world.core.limitUses(at: world.now)
        func line(_ name: String, _ scope: String) -> String {
            uses.first { $0.name == name && $0.scope == scope }.map { "\($0.used) of \($0.limit) is \($0.share)" }
                ?? "none"
        }
        #expect(line("max_symbol_exposure_pct", "BTC/USDT") == "20% of 20% is 1.000120014405")
        #expect(line("max_daily_trades", "account") == "1 of 20 is 0.05")
        #expect(line("max_entries_per_hour", "account") == "1 of 4 is 0.25")
        #expect(line("max_price_age_millis", "ETH/USDT") == "1m of 2m is 0.5")
    }
}
