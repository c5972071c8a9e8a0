import Reporting
import Testing
import TradingModel

private func trade(
    _ id: String, entry: Int = 100, exit: Int = 110, quantity: Int = 2, entryAt: Int64 = 0, exitAt: Int64 = 3_600,
    fees: Int = 1, reason: ExitReason = .signal
) throws -> ComparedTrade {
    var trade = Trade()
    trade.id = id
    trade.symbol = try #require(Symbol("BTC/USDT"))
    trade.strategy = "momentum"
    trade.quantity = Quantity(quantity)
    trade.entryPrice = Price(entry)
    trade.exitPrice = Price(exit)
    trade.entryTime = MarketTime(micros: (entryAt + 1_000) * 1_000_000)
    trade.exitTime = MarketTime(micros: (exitAt + 1_000) * 1_000_000)
    trade.fees = Money(fees)
    trade.netPnL = Money((exit - entry) * quantity - fees)
    trade.exitReason = reason
    return ComparedTrade(trade)
}

@Suite("Comparing runs")
struct RunComparisonTests {
    @Test("equal runs are the same")
    func same() throws {
        let one = try trade("a")
        #expect(RunComparison([one], [one]).isSame)
        #expect(RunComparison([], []).isSame)
    }

    @Test("each cause gets its part, and the parts make the whole difference")
    func causes() throws {
        let cases: [(ComparedTrade, [RunComparison.Cause: Money])] = [
            (try trade("a", entry: 101), [.entrySlippage: Money(-2)]),
            (try trade("a", entry: 103, entryAt: 60), [.entryTiming: Money(-6)]),
            (try trade("a", exit: 111), [.exitSlippage: Money(2)]),
            (try trade("a", exit: 105, exitAt: 60), [.exitTiming: Money(-10)]),
            (try trade("a", exit: 95, reason: .stopLoss), [.exitReason: Money(-30)]),
            (try trade("a", fees: 4), [.fee: Money(-3)]),
            (try trade("a", quantity: 3, fees: 2), [.size: Money(10), .fee: Money(-1)]),
            (
                try trade("a", entry: 99, exit: 120, quantity: 4, exitAt: 9, fees: 3),
                [.size: Money(20), .entrySlippage: Money(4), .exitTiming: Money(40), .fee: Money(-2)]
            ),
        ]
        let base = try trade("a")
        for (other, expected) in cases {
            let comparison = RunComparison([base], [other])
            let parts = Dictionary(uniqueKeysWithValues: comparison.totals.map { ($0.cause, $0.amount) })
            #expect(parts == expected, "\(comparison.pairs.map(\.sentence))")
            #expect(comparison.difference == expected.values.reduce(.zero, +))
        }
    }

    @Test("a trade of one run alone is missing in the other, and near ones of other proposals belong together")
    func missing() throws {
        let comparison = RunComparison(
            [try trade("a"), try trade("b", entryAt: 9_000)],
            [try trade("c", entryAt: 300), try trade("d", entryAt: 99_000)])
        #expect(comparison.pairs.count == 3)
        #expect(comparison.totals.map(\.cause) == [.missingInA, .missingInB, .entryTiming])
    }
}
