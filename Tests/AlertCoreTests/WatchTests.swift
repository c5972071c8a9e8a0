import AlertCore
import Testing
import TradingModel

@Suite("What the watch makes of facts")
struct WatchTests {
    @Test("each change of the trading state is told once, the way back as its end")
    func tradingState() {
        var witness = Witness()
        #expect(witness.take(.state(state(.active))).isEmpty)
        let halted = witness.take(.state(state(.halted, "drawdown 20.1%")), 1)
        #expect(halted.map(\.rule) == [.tradingHalted] && halted[0].phase == .firing && halted[0].severity == .critical)
        #expect(halted[0].text == "drawdown 20.1%")
        #expect(witness.take(.state(state(.halted, "another word")), 2).isEmpty)
        let reducing = witness.take(.state(state(.reducing, "by hand")), 3)
        #expect(reducing.map(\.phase) == [.resolved, .firing] && reducing[0].incident == halted[0].incident)
        let active = witness.take(.state(state(.active, "resumed")), 4)
        #expect(active.map(\.phase) == [.resolved] && active[0].rule == .tradingReducing)
        #expect(active[0].text == "Trading is active: resumed")
    }

    @Test("after a restart a state that was told is not told again, and one that changed meanwhile is")
    func restart() {
        var witness = Witness()
        let first = witness.take(.state(state(.halted)))
        var again = Witness(memory: witness.watch.memory)
        #expect(again.take(.state(state(.halted)), 60).isEmpty)
        let end = again.take(.state(state(.active)), 61)
        #expect(end.map(\.phase) == [.resolved] && end[0].incident == first[0].incident)
    }

    @Test(
        "a day's loss and a drawdown are told at their line, once while they swing around it",
        arguments: [
            // loss, drawdown, rules and phases that are told
            [
                ("0.0399", "0.0999", ""), ("0.04", "0", "daily_loss_near firing"), ("0.037", "0", ""),
                ("0.041", "0", ""), ("0.0359", "0", "daily_loss_near resolved"), ("0.039", "0", ""),
            ],
            [
                ("0", "0.1", "drawdown_warning firing"), ("0", "0.09", ""), ("0", "0.15", "drawdown_warning firing"),
                ("0", "0.12", ""), ("0", "0.119", "drawdown_warning resolved"),
                ("0", "0.079", "drawdown_warning resolved"),
            ],
        ])
    func lines(steps: [(loss: String, drawdown: String, told: String)]) {
        var witness = Witness()
        for (index, step) in steps.enumerated() {
            let told = witness.take(.state(state(.active, loss: step.loss, drawdown: step.drawdown)), Int64(index))
            let words = told.map { "\($0.rule.rawValue) \($0.phase.rawValue)" }.joined(separator: ", ")
            #expect(words == step.told, "step \(index): loss \(step.loss), drawdown \(step.drawdown)")
        }
        for alert in witness.alerts where alert.rule == .drawdownWarning {
            #expect(alert.severity == (alert.key == "15%" ? .critical : .warning))
        }
    }

    @Test("what is open and closed before the first start is no news; what happened while it was away is")
    func snapshots() {
        var witness = Witness()
        let books = AlertFact.books(positions: [position(btc, "p1")], openOrders: [], trades: [trade("t1")])
        #expect(witness.take(books).isEmpty)
        #expect(witness.take(.position(position(btc, "p1"))).isEmpty)
        #expect(witness.take(.trade(trade("t1"))).isEmpty)
        var again = Witness(memory: witness.watch.memory)
        let missed = again.take(
            .books(
                positions: [position(btc, "p1"), position(eth, "p2")], openOrders: [],
                trades: [trade("t1"), trade("t2", .stopLoss, net: "-3")]), 60)
        #expect(missed.map(\.rule) == [.positionOpened, .stopFilled])
        #expect(missed[1].text.hasPrefix("-3 after fees"))
        // The same news as facts is the same alert.
        #expect(again.take(.trade(trade("t2", .stopLoss, net: "-3")), 61).isEmpty)
        #expect(again.take(.position(position(eth, "p2")), 61).isEmpty)
    }

    @Test("a position that is closed and opened anew by another proposal is told again")
    func reopened() {
        var witness = Witness()
        _ = witness.take(.books(positions: [], openOrders: [], trades: []))
        #expect(witness.take(.position(position(btc, "p1"))).map(\.rule) == [.positionOpened])
        #expect(witness.take(.position(position(btc, "p1"))).isEmpty)
        var closed = position(btc, "p1")
        closed.quantity = .zero
        #expect(witness.take(.position(closed)).isEmpty)
        #expect(witness.take(.position(position(btc, "p3"))).map(\.rule) == [.positionOpened])
    }

    @Test("an order in doubt is told after its time, and its end when it is settled or gone from the snapshot")
    func unresolved() {
        var witness = Witness { $0.services = [] }
        var order = Order()
        order.request.symbol = btc
        order.request.clientOrderID = ClientOrderID("q1") ?? .none
        order.status = .unresolved
        #expect(witness.take(.order(order)).isEmpty)
        #expect(witness.take(.tick, 59).isEmpty)
        #expect(witness.take(.tick, 60).map(\.rule) == [.unresolvedOrders])
        #expect(witness.take(.tick, 61).isEmpty)
        #expect(witness.take(.books(positions: [], openOrders: [order], trades: []), 62).isEmpty)
        #expect(witness.take(.books(positions: [], openOrders: [], trades: []), 63).map(\.phase) == [.resolved])
        order.status = .rejected
        order.reason = "insufficient balance"
        let rejected = witness.take(.order(order), 64)
        #expect(rejected.map(\.rule) == [.orderRejected] && rejected[0].text.contains("insufficient balance"))
    }

    @Test("silence, illness, a failed journal and books that disagree are told apart")
    func services() {
        var witness = Witness()
        #expect(witness.take(.tick).isEmpty)
        _ = witness.take(.life(life("feed")), 1)
        #expect(witness.take(.tick, 29).isEmpty)
        #expect(witness.take(.tick, 30).map(\.key) == ["risk"])
        #expect(witness.take(.tick, 31).map(\.key) == ["feed"])
        let heard = witness.take(.life(life("risk")), 40)
        #expect(heard.map(\.phase) == [.resolved] && heard[0].rule == .serviceSilent)
        let failed = witness.take(.life(life("risk", "degraded", reason: "the database has failed: full")), 41)
        #expect(failed.map(\.rule) == [.journalFailed])
        let books = witness.take(
            .life(life("execution", "degraded", reason: "no new exposure on BTC/USDT: 1 and 2")), 42)
        #expect(books.map(\.rule) == [.reconcileDisagreement] && books[0].severity == .critical)
        // Another service's good health is not the end of it.
        #expect(!witness.take(.life(life("strategy")), 43).contains { $0.rule == .reconcileDisagreement })
        #expect(witness.take(.life(life("execution")), 44).map(\.phase) == [.resolved])
        #expect(witness.take(.life(life("strategy", "recovering", reason: "waiting")), 50).isEmpty)
        #expect(witness.take(.life(life("strategy", "recovering", reason: "waiting")), 79).isEmpty)
        #expect(
            witness.take(.life(life("strategy", "recovering", reason: "waiting")), 80).map(\.rule) == [
                .serviceUnhealthy
            ])
        #expect(witness.take(.life(life("strategy")), 81).map(\.phase) == [.resolved])
    }

    @Test("three starts within ten minutes are told, three within an hour are not")
    func restarts() {
        for (gap, told) in [(Int64(100), 1), (900, 0)] {
            var witness = Witness()
            for start in 0..<4 {
                _ = witness.take(.life(life("feed", session: "run \(start)")), Int64(start) * gap)
            }
            #expect(witness.alerts.count { $0.rule == .serviceRestarting } == told, "every \(gap) s")
        }
    }

    @Test("one stale symbol is its own alert, all of them are one")
    func stale() {
        var witness = Witness()
        var staleness = Staleness()
        staleness.isStale = true
        staleness.symbol = btc
        #expect(witness.take(.staleness(staleness)).isEmpty)
        #expect(witness.take(.tick, 60).filter { $0.rule == .feedStale }.map(\.key) == ["BTC/USDT"])
        staleness.symbol = eth
        _ = witness.take(.staleness(staleness), 70)
        let silent = witness.take(.tick, 130).filter { $0.rule == .feedSilent }
        #expect(silent.map(\.phase) == [.firing] && silent[0].severity == .critical)
        staleness.isStale = false
        #expect(witness.take(.staleness(staleness), 140).contains { $0.rule == .feedSilent && $0.phase == .resolved })
    }

    @Test("a spent budget, a resting agent, a full disk and a failing channel are conditions")
    func others() {
        var witness = Witness()
        var board = Leaderboard()
        board.dailyBudget = Money(1)
        board.spentToday = Money(1)
        board.restsUntil = MarketTime(micros: 0)
        #expect(witness.take(.leaderboard(board)).map(\.rule) == [.modelBudgetSpent, .agentResting])
        #expect(witness.take(.leaderboard(board)).isEmpty)
        #expect(witness.take(.leaderboard(Leaderboard())).map(\.phase) == [.resolved, .resolved])
        #expect(witness.take(.disk(freeBytes: 49, totalBytes: 1_000)).map(\.rule) == [.diskLow])
        #expect(witness.take(.disk(freeBytes: 55, totalBytes: 1_000)).isEmpty)
        #expect(witness.take(.disk(freeBytes: 61, totalBytes: 1_000)).map(\.phase) == [.resolved])
        #expect(witness.take(.channel(.slack, fault: "no")).map(\.key) == ["slack"])
        #expect(witness.take(.channel(.slack, fault: nil)).map(\.phase) == [.resolved])
    }
}
