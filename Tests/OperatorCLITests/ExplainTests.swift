import Foundation
import Storage
import Testing
import TradingModel

@testable import OperatorCLI

@Suite("quartet explain")
struct ExplainTests {
    private func decision() -> Decision {
        var decision = Decision()
        decision.id = "d1"
        decision.symbol = Symbol("BTC/USDT")!
        decision.decidedAt = MarketTime(micros: CivilTime.micros(year: 2025, month: 1, day: 1, hour: 12))
        decision.regime = .trending
        decision.action = .enterLong
        decision.strategy = "momentum"
        decision.confidence = 0.675
        decision.proposalID = "p1"
        decision.reason = "momentum gives enterLong, the strongest of 2 entries"
        (decision.longScore, decision.shortScore) = (2.7, 0.9)
        for (strategy, action, outcome) in [
            ("momentum", SignalAction.enterLong, ContributionOutcome.chosen), ("donchian", .enterShort, .opposed),
            ("keltner", .hold, .silent), ("squeeze", .hold, .warmingUp),
        ] {
            var contribution = Contribution()
            (contribution.strategy, contribution.action, contribution.outcome) = (strategy, action, outcome)
            contribution.timeframe = .fifteenMinutes
            contribution.regime = .trending
            contribution.confidence = action.isEntry ? 0.9 : 0
            contribution.weight = strategy == "momentum" ? 3 : 1
            decision.contributions = (decision.contributions ?? []) + [contribution]
            guard action != .hold else { continue }
            var signal = Signal()
            (signal.strategy, signal.symbol, signal.action) = (strategy, decision.symbol, action)
            signal.timeframe = .fifteenMinutes
            signal.confidence = 0.9
            signal.price = Price("95000.1")!
            signal.stopLoss = Price(94_000)
            signal.takeProfit = Price(97_000)
            signal.metadata = [Reading("adx", 31.25), Reading("ema_fast", 94_871.123456)]
            decision.signals.append(signal)
        }
        return decision
    }

    private func keep(_ decision: Decision, in directory: String) throws {
        let store = try StrategyStore(path: directory + "/strategy.sqlite")
        for signal in decision.signals { try store.store(signal) }
        try store.store(decision)
        store.shut()
    }

    @Test("a decision is told from the database: what was done, why, and each strategy's word and fate")
    func told() throws {
        try withTemporaryDirectory { directory in
            let stored = decision()
            try keep(stored, in: directory)
            let books = Books(directory: directory)
            let found = try books.strategy { (store) throws(StorageError) in try store.decision("d1") }
            #expect(found == stored)
            #expect(try books.strategy { (store) throws(StorageError) in try store.decision("p1") } == stored)
            #expect(try books.strategy { (store) throws(StorageError) in try store.decision("x") } == nil)
            let last = try books.strategy { (store) throws(StorageError) in
                try store.lastDecision(of: stored.symbol, acting: true)
            }
            #expect(last == stored)
            var report = ExplanationReport()
            report.decision = stored
            let lines = Explanation.lines(
                report, on: Canvas(isTerminal: false, width: .max, palette: Palette(isColoured: false)))
            #expect(
                lines == [
                    "BTC/USDT at 2025-01-01T12:00:00Z: buy, as momentum proposes, with confidence 0.675",
                    "Because momentum gives enterLong, the strongest of 2 entries.",
                    "Weight times confidence adds up to 2.7 for long and 0.9 for short: 75 % for one side.",
                    "Proposal p1: risk has no record of it.", "", "What each strategy said:",
                    "  momentum (15m, trending) said buy, confidence 0.9, weight 3: this was proposed.",
                    "      adx 31.25, ema_fast 94871.1",
                    "      close 95000.1, suggested stop 94000, target 97000",
                    "  donchian (15m, trending) said sell short, confidence 0.9: the other side won.",
                    "      adx 31.25, ema_fast 94871.1",
                    "      close 95000.1, suggested stop 94000, target 97000",
                    "  keltner (15m, trending) said nothing: none of its conditions held.",
                    "  squeeze (15m, trending) has not seen enough candles yet.",
                ])
        }
    }

    @Test("what is asked wrongly or not there is said")
    func refusals() async throws {
        #expect(await Entry.run(["explain"]) == 2)
        #expect(await Entry.run(["explain", "d1", "--last"]) == 2)
        #expect(await Entry.run(["explain", "d1", "--symbol", "BTC/USDT"]) == 2)
    }
}
