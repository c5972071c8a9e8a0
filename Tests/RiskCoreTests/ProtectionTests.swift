import Testing
import TradingModel

@testable import RiskCore

/// A closed trade `minutes` after the start.
private func closed(
    _ minutes: Int64, _ symbol: Symbol = bitcoin, _ side: PositionSide = .long, reason: ExitReason = .stopLoss,
    profit: String = "-0.02"
) -> ClosedTrade {
    ClosedTrade(
        id: "t\(minutes)-\(symbol)", symbol: symbol, side: side, closedAt: start + .minutes(minutes), reason: reason,
        profit: ratio(profit))
}

@Suite struct ProtectionTests {
    /// The locks that hold one minute after the last trade: `symbol side until`.
    private func locks(_ protection: Protection, _ trades: [ClosedTrade], after minutes: Int64 = 1) -> [String] {
        var book = ProtectionBook([protection])
        for trade in trades { _ = book.take(trade) }
        let now = (trades.last?.closedAt ?? start) + .minutes(minutes)
        return book.present(at: now).map {
            "\($0.symbol?.name ?? "*") \($0.side?.rawValue ?? "*") \(($0.until - start).micros / 60_000_000)"
        }
    }

    @Test func `StoplossGuard locks everything and the pair after so many stops in the look-back`() {
        let guarded = Protection(.stoplossGuard, lookBack: .minutes(60), tradeLimit: 2, stopDuration: .minutes(30))
        #expect(locks(guarded, [closed(0)]) == [])
        #expect(locks(guarded, [closed(0), closed(20, ether)]) == ["* * 50"])
        #expect(locks(guarded, [closed(0), closed(20)]) == ["* * 50", "BTC/USDT * 50"])
        // A close exactly at the beginning of the look-back does not count any more.
        #expect(locks(guarded, [closed(0), closed(60)]) == [])
        #expect(locks(guarded, [closed(0), closed(20, profit: "0.01")]) == [], "a stop in profit is none")
        #expect(locks(guarded, [closed(0), closed(20, reason: .takeProfit)]) == [])
        #expect(locks(guarded, [closed(0), closed(20, reason: .peakPullback)]) == ["* * 50", "BTC/USDT * 50"])
        #expect(locks(guarded, [closed(0), closed(20)], after: 30) == [], "over at the minute")
    }

    @Test func `StoplossGuard may count one pair or one side only`() {
        var guarded = Protection(.stoplossGuard, tradeLimit: 2, isOnlyPerPair: true)
        #expect(locks(guarded, [closed(0), closed(20, ether)]) == [])
        #expect(locks(guarded, [closed(0), closed(20)]) == ["BTC/USDT * 80"])
        guarded.isOnlyPerPair = false
        guarded.isOnlyPerSide = true
        #expect(locks(guarded, [closed(0), closed(20, bitcoin, .short)]) == [])
        #expect(locks(guarded, [closed(0), closed(20)]) == ["* long 80", "BTC/USDT long 80"])
    }

    @Test func `CooldownPeriod locks the pair of every trade`() {
        let cooldown = Protection(.cooldownPeriod, stopDuration: .minutes(10))
        #expect(
            locks(cooldown, [closed(0, reason: .takeProfit, profit: "0.1"), closed(5, ether)]) == [
                "BTC/USDT * 10", "ETH/USDT * 15",
            ])
    }

    @Test func `LowProfitPairs locks a pair whose trades brought too little together`() {
        let low = Protection(.lowProfitPairs, tradeLimit: 2, requiredProfit: ratio("0.02"))
        #expect(locks(low, [closed(0)]) == [])
        #expect(locks(low, [closed(0, profit: "0.03"), closed(5, profit: "-0.01")]) == [], "exactly what is wanted")
        #expect(locks(low, [closed(0, profit: "0.03"), closed(5, profit: "-0.010000000001")]) == ["BTC/USDT * 65"])
        #expect(locks(low, [closed(0, ether), closed(5)]) == [])
    }

    @Test func `MaxDrawdown locks everything after too deep a fall of the sum of returns`() {
        let fall = Protection(.maxDrawdown, tradeLimit: 3, maximumAllowedDrawdown: ratio("0.05"))
        let trades = [closed(0, profit: "0.10"), closed(1, ether, profit: "-0.03"), closed(2, profit: "-0.02")]
        #expect(locks(fall, trades) == [], "exactly what is allowed")
        #expect(locks(fall, trades + [closed(3, profit: "-0.000000000001")]) == ["* * 63"])
        #expect(locks(fall, [closed(0, profit: "-0.10")]) == [], "too few trades")
        #expect(
            locks(fall, [closed(0, profit: "-0.06"), closed(1, profit: "0.01"), closed(2, profit: "0.01")]) == [
                "* * 62"
            ])
    }

    @Test func `a trade told twice counts once and a lock is only prolonged`() {
        var book = ProtectionBook([Protection(.cooldownPeriod, stopDuration: .minutes(10))])
        #expect(book.take(closed(5))?.count == 1)
        #expect(book.take(closed(5)) == nil)
        #expect(book.take(closed(4))?.isEmpty == true, "an older one does not shorten it")
    }

    @Test func `a lock denies entries of its side until its minute, over a restart`() throws {
        let world = World(limits { $0.protections = [Protection(.cooldownPeriod, stopDuration: .minutes(30))] })
        try world.tick("100")
        try world.boot()
        _ = try world.verdict(on: proposal(at: world.time))
        try world.tick("100")
        try world.tick("95")
        try world.tick("95")
        var trade = Trade()
        trade.id = "p1"
        trade.symbol = bitcoin
        trade.exitTime = world.time
        trade.exitReason = .stopLoss
        trade.returnOnMargin = ratio("-0.05")
        try world.send(.trade(trade))
        func ask(_ id: String) throws -> String {
            try world.verdict(on: proposal(id, stop: "90", target: "110", at: world.time)).denial?.description
                ?? "approved"
        }
        let expected =
            "PROTECTION_LOCK: protection=CooldownPeriod scope=BTC/USDT until=\(world.time + .minutes(30)) why=\"a trade closed: 30m to cool down\""
        #expect(try ask("p2") == expected)
        try world.boot()
        #expect(try ask("p3") == expected)
        try world.tick("95", after: .minutes(30))
        #expect(try ask("p4") == "approved")
    }
}
