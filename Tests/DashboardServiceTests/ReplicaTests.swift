import Foundation
import ServiceRuntime
import Testing
import TradingModel
import Wire

@testable import DashboardService

private let bitcoin = Symbol("BTC/USDT") ?? .none
private func minute(_ number: Int64) -> MarketTime { MarketTime(micros: 1_700_000_000_000_000 + number * 60_000_000) }
private func second(_ number: Int64) -> WallTime { WallTime(micros: 1_800_000_000_000_000 + number * 1_000_000) }

private func trade(_ id: String, _ net: String, at end: Int64, by strategy: String = "momentum") -> Trade {
    var trade = Trade()
    (trade.id, trade.symbol, trade.strategy) = (id, bitcoin, strategy)
    (trade.entryTime, trade.exitTime) = (minute(end - 5), minute(end))
    trade.netPnL = Money(net) ?? .zero
    trade.grossPnL = trade.netPnL
    return trade
}

@Suite("The dashboard's replica")
struct ReplicaTests {
    @Test("a trade that is told twice counts once, and trades stand in the order of their ends")
    func trades() {
        var replica = Replica()
        for one in [
            trade("b", "2", at: 20), trade("a", "-1", at: 10), trade("b", "2", at: 20), trade("c", "0", at: 15),
        ] {
            replica.take(one)
        }
        #expect(replica.trades.map(\.id) == ["a", "c", "b"])
        let view = replica.metrics(at: second(0), settings: Settings(), startedAt: second(-5), maxDrawdown: .zero)
        #expect(view.all.trades == 3 && view.all.wins == 1 && view.all.losses == 1)
        #expect(view.all.netPnL == Money("1"))
        #expect(view.all.profitFactor == 2)
        #expect(view.uptimeSeconds == 5)
        #expect(view.balance == nil, "what nobody has told is absent and not zero")
    }

    @Test("a position's result and distances follow the price, for both sides")
    func positions() throws {
        for (side, mark, result, stop, target) in [
            (PositionSide.long, "110", "20", -10.0 / 1.1, 20.0 / 1.1),
            (.short, "110", "-20", 10.0 / 1.1, -20.0 / 1.1),
        ] {
            var replica = Replica()
            var account = AccountState()
            account.balance = Money(1_000)
            replica.account = account
            var position = Position()
            (position.symbol, position.side, position.leverage) = (bitcoin, side, 2)
            (position.quantity, position.cost) = (Quantity(2), Money(200))
            replica.take(position)
            var plan = ExitPlan()
            (plan.symbol, plan.status, plan.stopLoss, plan.takeProfit) = (bitcoin, .active, Price(100), Price(130))
            replica.take(plan)
            var ticker = Ticker()
            (ticker.symbol, ticker.last) = (bitcoin, try #require(Price(mark)))
            replica.take(ticker, at: second(0))
            let view = try #require(replica.openPositions().first)
            #expect(view.unrealizedPnL == Money(result))
            #expect(abs(try #require(view.stopDistancePct) - stop) < 1e-9)
            #expect(abs(try #require(view.targetDistancePct) - target) < 1e-9)
            #expect(replica.liveAccount?.equity == Money(1_000) + (Money(result) ?? .zero))
            position.quantity = .zero
            replica.take(position)
            #expect(replica.openPositions().isEmpty)
        }
    }

    @Test("a service that says nothing for five seconds is silent, and a new session is a restart")
    func silence() {
        var replica = Replica()
        #expect(replica.service(.feed, at: second(0)).condition == "silent")
        var health = Health()
        health.condition = .healthy
        health.readings = [Reading("bus.published", 100)]
        replica.take(health, session: "a", from: .feed, at: second(0))
        #expect(replica.service(.feed, at: second(4)).condition == "healthy")
        #expect(replica.service(.feed, at: second(5)).condition == "silent")
        health.readings = [Reading("bus.published", 150)]
        replica.take(health, session: "a", from: .feed, at: second(10))
        #expect(replica.service(.feed, at: second(10)).publishedPerSecond == 5)
        health.readings = [Reading("bus.published", 3)]
        replica.take(health, session: "b", from: .feed, at: second(11))
        #expect(replica.service(.feed, at: second(11)).restarts == 1)
        #expect(replica.service(.feed, at: second(11)).publishedPerSecond == nil)
    }

    @Test("an order that ended while nobody listened is gone with the next snapshot")
    func snapshots() {
        var replica = Replica()
        var order = Order()
        order.request.clientOrderID = .derived(from: "p", purpose: .entry)
        order.status = .unresolved
        replica.take(order)
        #expect(replica.status(at: second(0), settings: Settings(), startedAt: second(0)).unresolvedOrders == 1)
        replica.take(ExecutionSnapshot())
        #expect(replica.status(at: second(0), settings: Settings(), startedAt: second(0)).unresolvedOrders == 0)
        #expect(replica.newestOrders.isEmpty)
    }

    @Test("every list stays within its bound however long the market runs")
    func bounds() {
        var replica = Replica()
        for number in 0..<2_000 {
            var decision = Decision()
            decision.id = "\(number)"
            replica.take(decision)
            var verdict = Verdict()
            verdict.proposalID = "\(number)"
            replica.take(verdict)
            var order = Order()
            order.request.clientOrderID = .derived(from: "\(number)", purpose: .entry)
            order.status = .filled
            replica.take(order)
        }
        #expect(replica.decisions.count == Replica.keptDecisions && replica.decisions.last?.id == "1999")
        #expect(replica.verdicts.count == Replica.keptVerdicts)
        #expect(replica.newestOrders.count == Replica.keptOrders)
    }
}
