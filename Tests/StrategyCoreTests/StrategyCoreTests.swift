import Indicators
import StrategyCore
import Testing
import TradingModel

private let symbol = Symbol("BTC/USDT")!
private let key = SeriesKey(symbol: symbol, timeframe: .fifteenMinutes)
private let origin = StrategyCore.Origin(session: "s", sequence: 1)

/// A core with momentum on one symbol.
private func makeCore(lockStep: Bool = false, minimumConfidence: Double = 0.5) throws -> StrategyCore {
    var settings = StrategyCore.Settings()
    settings.symbols = [symbol]
    settings.strategies = [.init(id: "momentum")]
    settings.isLockStep = lockStep
    settings.minimumConfidence = minimumConfidence
    return try StrategyCore(settings: settings)
}

/// 15m candles that fall for 60 and then rise, so that momentum's averages cross upward in a trend.
private func candles(_ count: Int, from start: Int64 = 0) -> [Candle] {
    (0..<count).map { index in
        let level = index < 60 ? 1_000 - index * 5 : 700 + (index - 60) * 9
        return Candle(
            symbol: symbol, venue: .simulated, timeframe: .fifteenMinutes,
            openTime: MarketTime(micros: (start + Int64(index)) * 900_000_000),
            open: Price(level), high: Price(level + 3), low: Price(level - 3), close: Price(level + 1),
            volume: Quantity(5))
    }
}

private func clock(_ time: MarketTime, step: Int? = nil) -> StrategyCore.Event {
    var clock = MarketClock()
    clock.marketTime = time
    clock.step = step
    return .clock(clock)
}

/// What a run of events directs, in order.
private func run(_ core: inout StrategyCore, _ events: [StrategyCore.Event]) -> [StrategyCore.Directive] {
    var directives: [StrategyCore.Directive] = []
    for event in events { core.handle(event, at: .distantPast, into: &directives) }
    return directives
}

private func proposals(_ directives: [StrategyCore.Directive]) -> [Proposal] {
    directives.compactMap { if case .propose(let proposal) = $0 { proposal } else { nil } }
}

private func decisions(_ directives: [StrategyCore.Directive]) -> [Decision] {
    directives.compactMap { if case .publishDecision(let decision) = $0 { decision } else { nil } }
}

@Suite("The decision loop")
struct StrategyCoreTests {
    /// Feeds candles one by one with the clock at each close and every five minutes between.
    private func live(_ core: inout StrategyCore, _ list: [Candle]) -> [StrategyCore.Directive] {
        run(
            &core,
            list.flatMap { candle -> [StrategyCore.Event] in
                [
                    clock(candle.openTime + .minutes(5)), clock(candle.openTime + .minutes(10)),
                    .candle(candle, origin), clock(candle.closeTime),
                ]
            })
    }

    @Test(
        "a fresh cross in a trend becomes one proposal with stop, target and evidence, at the boundary on which its candle closed"
    )
    func proposes() throws {
        var core = try makeCore()
        let said = proposals(live(&core, candles(100)))
        let proposal = try #require(said.first)
        #expect(said.filter { $0.action.isEntry }.count == 1)
        #expect(proposal.action == .enterLong)
        #expect(proposal.decidedAt.micros % 300_000_000 == 0)
        let evidence = try #require(proposal.evidence.first)
        #expect(evidence.eventTime == proposal.decidedAt && evidence.age == .zero && evidence.gaps == 0)
        let (stop, target) = (try #require(proposal.stopLoss), try #require(proposal.takeProfit))
        #expect(stop < proposal.price && proposal.price < target)
        #expect(proposal.confidence >= 0.5 && proposal.confidence <= 1)
    }

    @Test("every boundary is decided once for every symbol, nothing included, and with a reason")
    func decidesEveryBoundary() throws {
        var core = try makeCore()
        let made = decisions(live(&core, candles(100)))
        // 100 candles of 3 boundaries each; the first clock only tells where we are.
        #expect(made.count == 299)
        #expect(Set(made.map(\.id)).count == made.count)
        #expect(made.allSatisfy { !$0.reason.isEmpty })
        #expect(made.contains { $0.action == .hold })
    }

    @Test("the same candles give the same ids, whatever the session")
    func idsComeFromInputs() throws {
        var first = try makeCore()
        var second = try makeCore()
        let a = proposals(live(&first, candles(100)))
        let b = proposals(
            run(
                &second,
                candles(100).flatMap {
                    [
                        .candle($0, StrategyCore.Origin(session: "other", sequence: 99)), clock($0.closeTime),
                    ]
                }))
        #expect(a.map(\.id) == b.map(\.id))
    }

    @Test("a look-back is history: what it says about the past is not proposed again")
    func historyIsNotActedOn() throws {
        var core = try makeCore()
        let all = candles(100)
        let crossing = try #require(proposals(live(&core, all)).first)
        var restarted = try makeCore()
        let said = run(
            &restarted,
            [
                .history(key, all, origin), clock(all[99].closeTime + .minutes(4)),
                clock(all[99].closeTime + .minutes(5)),
            ])
        #expect(!proposals(said).contains { $0.id == crossing.id })
    }

    @Test("a hole asks for the look-back, and the strategy stays silent until it has it")
    func holeReloads() throws {
        var core = try makeCore()
        let all = candles(100)
        _ = run(&core, [.history(key, Array(all[0..<50]), origin)])
        let said = run(&core, [.candle(all[51], origin)])
        #expect(said.contains { if case .requestHistory(key, let limit) = $0 { limit >= 28 } else { false } })
        let after = run(&core, [.history(key, Array(all[0..<52]), origin), .candle(all[52], origin)])
        #expect(after.isEmpty)
    }

    @Test("a candle that was seen is not taken twice")
    func repeatsAreIgnored() throws {
        var core = try makeCore()
        var twice = try makeCore()
        let once = proposals(live(&core, candles(100)))
        let doubled = proposals(live(&twice, candles(100).flatMap { [$0, $0] }))
        #expect(once.map(\.id) == doubled.map(\.id))
    }

    @Test("with a plan open no entry is proposed, and only its own strategy's exit is")
    func openPlanSilencesEntries() throws {
        var core = try makeCore()
        var plan = ExitPlan()
        plan.symbol = symbol
        plan.strategy = "momentum"
        plan.side = .short
        plan.status = .active
        let said = run(&core, [.plans([plan])]) + live(&core, candles(100))
        let made = proposals(said)
        #expect(!made.contains { $0.action.isEntry })
        #expect(made.contains { $0.action == .exitShort })
        plan.strategy = "another"
        var other = try makeCore()
        #expect(proposals(run(&other, [.plans([plan])]) + live(&other, candles(100))).isEmpty)
    }

    @Test("below the minimum confidence nothing is proposed and the decision says so")
    func confidenceFilter() throws {
        var core = try makeCore(minimumConfidence: 1)
        let said = live(&core, candles(100))
        #expect(!proposals(said).contains { $0.action.isEntry && $0.confidence < 1 })
        #expect(decisions(said).contains { $0.reason.contains("below the minimum confidence") })
    }

    @Test("in a regime where its strategy rests an entry is not proposed, and the decision says so")
    func regimeFilter() throws {
        var settings = StrategyCore.Settings()
        settings.symbols = [symbol]
        settings.strategies = [.init(id: "momentum")]
        settings.activation = RegimeActivation(regimes: ["momentum": [.sideways]])
        var core = try StrategyCore(settings: settings)
        let said = live(&core, candles(100))
        #expect(!proposals(said).contains { $0.action.isEntry })
        #expect(decisions(said).contains { $0.reason.contains("opens nothing in a trending market") })
    }

    @Test("an unknown strategy is refused by name")
    func unknownStrategy() {
        var settings = StrategyCore.Settings()
        settings.symbols = [symbol]
        settings.strategies = [.init(id: "momentun")]
        #expect { try StrategyCore(settings: settings) } throws: { "\($0)".contains("momentun") }
    }

    @Test("a signal older than one decision interval is not acted on")
    func oldSignalsExpire() throws {
        var core = try makeCore()
        let all = candles(100)
        let crossing = try #require(proposals(live(&core, all)).first)
        var late = try makeCore()
        var said: [StrategyCore.Directive] = []
        for candle in all {
            let delay: Span = candle.closeTime == crossing.decidedAt ? .minutes(10) : .zero
            said += run(&late, [.candle(candle, origin), clock(candle.closeTime + delay)])
        }
        #expect(!proposals(said).contains { $0.id == crossing.id })
    }

    @Test("records are stored before they are published, and published before the proposal leaves")
    func orderOfDirectives() throws {
        var core = try makeCore()
        let said = live(&core, candles(100))
        let order = said.compactMap { directive -> String? in
            switch directive {
            case .persist(let signal): "store \(signal.candleOpenTime.micros)"
            case .publish(let signal): "publish \(signal.candleOpenTime.micros)"
            case .propose: "propose"
            default: nil
            }
        }
        for (index, word) in order.enumerated() where word.hasPrefix("publish") {
            #expect(order[..<index].contains(word.replacingOccurrences("publish", "store")))
        }
        #expect(order.contains("propose"))
    }
}

extension String {
    fileprivate func replacingOccurrences(_ old: String, _ new: String) -> String { new + dropFirst(old.count) }
}

@Suite("Lock-step in strategy")
struct StrategySteppingTests {
    @Test("feed's facts of a step wait for risk's barrier, and the step ends when every proposal is answered")
    func stepWaits() throws {
        var core = try makeCore(lockStep: true)
        let all = candles(100)
        var step = 0
        var pendingProposal: Proposal?
        for candle in all where pendingProposal == nil {
            step += 1
            #expect(run(&core, [.candle(candle, origin), clock(candle.closeTime, step: step)]).isEmpty)
            let released = run(&core, [.barrier(Barrier(step: step, isAttentive: false))])
            pendingProposal = proposals(released).first
            let finished = released.contains { if case .finishStep = $0 { true } else { false } }
            #expect(finished == (pendingProposal == nil))
        }
        let proposal = try #require(pendingProposal)
        var verdict = Verdict()
        verdict.proposalID = proposal.id
        verdict.isApproved = true
        let after = run(&core, [.verdict(verdict)])
        guard case .finishStep(let barrier)? = after.first else {
            Issue.record("the step did not end")
            return
        }
        #expect(barrier == Barrier(step: step, isAttentive: true))
    }

    @Test("a barrier of risk that arrives before the clock releases the step too")
    func barrierFirst() throws {
        var core = try makeCore(lockStep: true)
        #expect(run(&core, [.barrier(Barrier(step: 1, isAttentive: true))]).isEmpty)
        let said = run(&core, [clock(MarketTime(micros: 1), step: 1)])
        guard case .finishStep(let barrier)? = said.first else {
            Issue.record("the step did not end")
            return
        }
        #expect(barrier == Barrier(step: 1, isAttentive: true))
        #expect(run(&core, [clock(MarketTime(micros: 1), step: 1)]).isEmpty, "a repeated clock ends no step twice")
    }
}
