import Testing
import TradingModel

@testable import StrategyCore

private let bitcoin = Symbol("BTC/USDT")!

/// A ballot of entries and exits at a confidence and weight each.
private func ballot(_ voices: [(String, SignalAction, Double, Double)], regime: Regime = .trending) -> Ballot {
    var ballot = Ballot(symbol: bitcoin)
    for (strategy, action, confidence, weight) in voices {
        var signal = Signal()
        (signal.strategy, signal.action, signal.confidence) = (strategy, action, confidence)
        var contribution = Contribution()
        (contribution.strategy, contribution.action) = (strategy, action)
        (contribution.confidence, contribution.weight) = (confidence, weight)
        ballot.voices.append(
            Ballot.Voice(signal: signal, evidence: Evidence(), regime: regime, contribution: contribution))
    }
    return ballot
}

private func counted(
    _ voices: [(String, SignalAction, Double, Double)], plan: ExitPlan? = nil, minimum: Double = 0.5,
    activation: RegimeActivation? = nil
) -> Ballot {
    var ballot = ballot(voices)
    ballot.count(plan: plan, management: Management(), activation: activation, minimumConfidence: minimum)
    return ballot
}

private func outcomes(_ ballot: Ballot) -> [ContributionOutcome] { ballot.contributions.map(\.outcome) }

@Suite("The weighing of signals")
struct BallotTests {
    @Test("where all agree the best is chosen with its own confidence, and the others are said to agree")
    func agreement() {
        let ballot = counted([("a", .enterLong, 0.6, 1), ("b", .enterLong, 0.9, 1), ("c", .enterLong, 0.7, 1)])
        #expect(ballot.best == 1)
        #expect(ballot.confidence == 0.9)
        #expect(outcomes(ballot) == [.agreed, .chosen, .agreed])
        #expect(ballot.longScore == 0.6 + 0.9 + 0.7 && ballot.shortScore == 0)
    }

    @Test("what speaks against an entry lowers its confidence by the share of the votes it has")
    func opposition() {
        let ballot = counted([("a", .enterLong, 0.9, 3), ("b", .enterShort, 0.9, 1)])
        #expect(ballot.best == 0)
        #expect(abs(ballot.confidence - 0.675) < 1e-12)
        #expect(outcomes(ballot) == [.chosen, .opposed])
        let weaker = counted([("a", .enterLong, 0.9, 1), ("b", .enterShort, 0.8, 1)])
        #expect(weaker.best == nil)
        #expect(outcomes(weaker) == [.undecided, .undecided])
        #expect(weaker.reason.contains("below the minimum confidence"))
    }

    @Test("sides that weigh the same cancel out")
    func tie() {
        let ballot = counted([("a", .enterLong, 0.8, 1), ("b", .enterShort, 0.8, 1)])
        #expect(ballot.best == nil && outcomes(ballot) == [.undecided, .undecided])
        #expect(ballot.reason == "as much speaks for a long as for a short position")
    }

    @Test("weights decide which side wins and which of it is best; without weight a strategy is only watched")
    func weights() {
        let ballot = counted([("a", .enterLong, 1, 1), ("b", .enterShort, 0.7, 5), ("c", .enterShort, 0.9, 2)])
        #expect(ballot.best == 1)
        #expect(outcomes(ballot) == [.opposed, .chosen, .agreed])
        let watched = counted([("a", .enterLong, 1, 0)])
        #expect(watched.best == nil && outcomes(watched) == [.withoutWeight])
        #expect(watched.reason.contains("only watched"))
    }

    @Test("equal votes go to the first by name, so that the same signals give the same choice")
    func order() {
        let one = counted([("b", .enterLong, 0.8, 1), ("a", .enterLong, 0.8, 1)])
        #expect(one.best.map { one.voices[$0].signal.strategy } == "a")
    }

    @Test("what rests in the regime or is too weak has no vote")
    func hurdles() {
        let activation = RegimeActivation(regimes: ["a": [.sideways], "b": [.trending], "c": [.trending]])
        let ballot = counted(
            [("a", .enterShort, 1, 1), ("b", .enterLong, 0.7, 1), ("c", .enterShort, 0.55, 1)], minimum: 0.6,
            activation: activation)
        #expect(outcomes(ballot) == [.resting, .chosen, .belowConfidence])
        #expect(ballot.shortScore == 0 && ballot.confidence == 0.7)
    }

    @Test("the exit of the open position goes before every entry; other exits have nothing to leave")
    func exits() {
        var plan = ExitPlan()
        (plan.symbol, plan.strategy, plan.side, plan.status) = (bitcoin, "a", .long, .active)
        let ballot = counted(
            [("b", .exitLong, 0, 1), ("a", .exitLong, 0, 1), ("c", .enterLong, 0.9, 1)], plan: plan)
        #expect(ballot.exit == 1 && ballot.best == nil)
        #expect(outcomes(ballot) == [.nothingToLeave, .chosen, .outranked])
        let held = counted([("c", .enterLong, 0.9, 1)], plan: plan)
        #expect(held.best == nil && outcomes(held) == [.positionOpen])
    }

    @Test("silence has its reason too")
    func silence() {
        #expect(counted([]).reason == "no candle of an active strategy has closed")
        var asked = ballot([])
        var contribution = Contribution()
        asked.silent = [contribution]
        asked.count(plan: nil, management: Management(), activation: nil, minimumConfidence: 0.5)
        #expect(asked.reason == "no active strategy gives a signal")
        contribution.outcome = .warmingUp
        asked.silent = [contribution]
        asked.count(plan: nil, management: Management(), activation: nil, minimumConfidence: 0.5)
        #expect(asked.reason == "the strategies have not seen enough candles yet")
    }
}

@Suite("The manager")
struct ManagerTests {
    private let symbols = ["BTC/USDT", "ETH/USDT", "SOL/USDT"].compactMap(Symbol.init)

    private func settings(_ change: (inout Management) -> Void = { _ in }) -> StrategyCore.Settings {
        var settings = StrategyCore.Settings()
        settings.symbols = symbols
        settings.strategies = [.init(id: "momentum")]
        change(&settings.management)
        return settings
    }

    /// The same rise after a fall on every symbol, so that all want to enter on the same boundary.
    private func play(_ settings: StrategyCore.Settings) throws -> (decisions: [Decision], proposals: [Proposal]) {
        var core = try StrategyCore(settings: settings)
        var directives: [StrategyCore.Directive] = []
        for index in 0..<100 {
            let level = index < 60 ? 1_000 - index * 5 : 700 + (index - 60) * 9
            let open = MarketTime(micros: Int64(index) * 900_000_000)
            for symbol in symbols {
                let candle = Candle(
                    symbol: symbol, venue: .simulated, timeframe: .fifteenMinutes, openTime: open, open: Price(level),
                    high: Price(level + 3), low: Price(level - 3), close: Price(level + 1), volume: Quantity(5))
                core.handle(
                    .candle(candle, StrategyCore.Origin(session: "s", sequence: index)), at: .distantPast,
                    into: &directives)
            }
            var clock = MarketClock()
            clock.marketTime = open + .minutes(15)
            core.handle(.clock(clock), at: .distantPast, into: &directives)
        }
        var result: (decisions: [Decision], proposals: [Proposal]) = ([], [])
        for directive in directives {
            if case .publishDecision(let decision) = directive { result.decisions.append(decision) }
            if case .propose(let proposal) = directive { result.proposals.append(proposal) }
        }
        return result
    }

    @Test("every decision tells what each strategy that was asked said, nothing included")
    func contributions() throws {
        let (decisions, proposals) = try play(settings())
        #expect(decisions.allSatisfy { Set(($0.contributions ?? []).map(\.strategy)) == ["momentum"] })
        #expect(decisions.first?.contributions?.first?.outcome == .warmingUp)
        let entered = try #require(decisions.first { $0.action == .enterLong })
        #expect(entered.contributions?.filter { $0.action == .enterLong }.map(\.outcome) == [.chosen])
        #expect(entered.contributions?.filter { $0.action.isExit }.allSatisfy { $0.outcome == .nothingToLeave } == true)
        #expect(entered.longScore == entered.confidence && entered.shortScore == 0)
        #expect(proposals.first { $0.action.isEntry }?.share == nil)
        #expect(decisions.contains { $0.contributions?.contains { $0.outcome == .nothingToLeave } == true })
    }

    @Test("the limits over all strategies and symbols leave room for so many positions, and the rest is said")
    func exposure() throws {
        let free = try play(settings()).proposals.filter { $0.action.isEntry }
        #expect(free.count == 3)
        let limited = try play(settings { $0.maximumExposure = 2 })
        #expect(limited.proposals.count { $0.action.isEntry } == 2)
        let refused = try #require(
            limited.decisions.first { $0.contributions?.contains { $0.outcome == .exposureLimit } == true })
        #expect(refused.action == .hold && refused.reason.contains("strategy.max_exposure 2"))
        #expect(try play(settings { $0.maximumSideExposure = 1 }).proposals.count { $0.action.isEntry } == 1)
        // Half positions: twice as many have room.
        let halves = settings {
            $0.maximumSideExposure = 1
            $0.allocations = ["momentum": 0.5]
        }
        #expect(try play(halves).proposals.count { $0.action.isEntry } == 2)
    }

    @Test("a strategy's allocation is the share its entries ask for")
    func allocation() throws {
        let proposal = try #require(
            try play(settings { $0.allocations = ["momentum": 0.25] }).proposals.first { $0.action.isEntry })
        #expect(proposal.share == Ratio("0.25"))
    }

    @Test("regimes are configured by strategy")
    func regimes() throws {
        #expect(try !play(settings { $0.regimes = ["momentum": "sideways"] }).proposals.contains { $0.action.isEntry })
        #expect(try play(settings { $0.regimes = ["momentum": "all"] }).proposals.contains { $0.action.isEntry })
        #expect(try !play(settings { $0.regimes = ["momentum": "none"] }).proposals.contains { $0.action.isEntry })
    }

    @Test("what cannot be is refused at start, in a sentence with the setting, the value and what it may be")
    func refusals() {
        func sentence(_ change: (inout StrategyCore.Settings) -> Void) -> String {
            var settings = settings()
            change(&settings)
            do {
                _ = try StrategyCore(settings: settings)
                return "no refusal"
            } catch {
                return error.description
            }
        }
        #expect(
            sentence { $0.management.weights = ["momentun": 1] }
                == "strategy.weights names \"momentun\", which is no strategy; did you mean momentum?")
        #expect(
            sentence { $0.management.weights = ["momentum": -1] }
                == "strategy.weights.momentum = -1.0 is outside its range 0 to 100.")
        #expect(
            sentence { $0.management.allocations = ["momentum": .nan] }
                == "strategy.allocations.momentum = nan is outside its range 0 to 1.")
        #expect(sentence { $0.management.regimes = ["momentum": "trendy"] }.contains("says \"trendy\"; a regime is"))
        #expect(sentence { $0.management.maximumExposure = -2 }.contains("outside its range 0 to 1000"))
        #expect(sentence { $0.configuredParameters = ["momentun.fast": 5] }.contains("did you mean momentum?"))
        #expect(sentence { $0.configuredParameters = ["donchian.exits": 5] }.contains("did you mean exit?"))
        #expect(
            sentence { $0.configuredParameters = ["donchian.exit": 1e9] }.hasPrefix(
                "donchian.exit = 1000000000 is outside its range"))
        #expect(sentence { $0.configuredParameters = ["fast": 5] }.contains("must name strategy.parameter"))
    }
}
