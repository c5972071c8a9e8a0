import Portfolio
import Testing
import TradingModel

private func trade(_ net: String, fees: String = "1", day: Int64, hours: Int64 = 2) -> Trade {
    var trade = Trade()
    trade.id = "t\(day)"
    trade.netPnL = Money(net)!
    trade.fees = Money(fees)!
    trade.grossPnL = trade.netPnL + trade.fees
    trade.exitTime = MarketTime(micros: 0) + .hours(day * 24 + 12)
    trade.entryTime = trade.exitTime - .hours(hours)
    return trade
}

@Suite struct PerformanceTests {
    @Test func `wins, losses and their sums are counted after fees`() {
        let summary = PerformanceSummary(
            trades: [trade("30", day: 0), trade("-10", day: 1, hours: 4), trade("0", day: 2), trade("-5", day: 3)],
            startingBalance: Money(1_000))
        #expect(summary.trades == 4 && summary.wins == 1 && summary.losses == 2)
        #expect(summary.winRate == 0.25)
        #expect(summary.profitFactor == 2)
        #expect(summary.netPnL == Money(15) && summary.grossPnL == Money(19) && summary.fees == Money(4))
        #expect(summary.averageWin == Money(30) && summary.averageLoss == Money("-7.5")!)
        #expect(summary.expectancy == Money("3.75")!)
        #expect(summary.best == Money(30) && summary.worst == Money(-10))
        #expect(summary.averageHolding == .minutes(150) && summary.longestHolding == .hours(4))
        #expect(summary.maxDrawdownAmount == Money(15))
        #expect(summary.maxDrawdown == Ratio("0.014563106797")!)
        #expect(summary.sharpeRatio == nil)
    }

    @Test func `nothing traded means no figures, not zeros`() {
        let summary = PerformanceSummary(trades: [], startingBalance: Money(1_000))
        #expect(summary.winRate == nil && summary.profitFactor == nil && summary.expectancy == nil)
        #expect(summary.maxDrawdown == .zero && summary.sharpeRatio == nil)
    }

    @Test func `a profit factor without a loss does not exist`() {
        #expect(PerformanceSummary(trades: [trade("1", day: 0)], startingBalance: Money(10)).profitFactor == nil)
    }

    @Test func `daily returns close at midnight and repeat over silent days`() {
        let hour = Span.hours(1)
        let start = MarketTime(micros: 0)
        let curve = [
            EquityPoint(time: start + hour, equity: Money(90)),
            EquityPoint(time: start + hour * 23, equity: Money(110)),
            EquityPoint(time: start + hour * 73, equity: Money(121)),
        ]
        let returns = PerformanceSummary.dailyReturns(of: curve, startingBalance: Money(100))
        #expect(returns.count == 4)
        #expect(abs(returns[0] - 0.1) < 1e-12 && returns[1] == 0 && returns[2] == 0 && abs(returns[3] - 0.1) < 1e-12)
    }

    @Test func `annual ratios follow their definitions`() throws {
        let returns = [0.01, -0.02, 0.03, 0.0, 0.01, -0.01, 0.02, 0.0, 0.01, -0.005]
        let ratios = try #require(PerformanceSummary.annualRatios(of: returns))
        // Python: statistics.mean(r) / statistics.stdev(r) * math.sqrt(365)
        let sharpe = try #require(ratios.sharpe)
        let sortino = try #require(ratios.sortino)
        #expect(abs(sharpe - 5.882298056808132) < 1e-9)
        #expect(abs(sortino - 0.0045 / 0.0000525.squareRoot() * 365.0.squareRoot()) < 1e-9)
        #expect(PerformanceSummary.annualRatios(of: [Double](repeating: 0, count: 9)) == nil)
        #expect(try #require(PerformanceSummary.annualRatios(of: [Double](repeating: 0, count: 10))).sharpe == nil)
    }

    @Test func `a deposit is neither profit nor loss`() {
        var peak = PeakEquity()
        peak.observe(Money(1_000))
        peak.observe(Money(900))
        #expect(peak.drawdown == Ratio("0.1")!)
        peak.deposit(Money(-450))
        #expect(peak.peak == Money(500) && peak.drawdown == Ratio("0.1")!)
        peak.deposit(Money(450))
        #expect(peak.peak == Money(1_000) && peak.drawdown == Ratio("0.1")!)
        let isPeak = peak.observe(Money(1_001))
        #expect(isPeak && peak.drawdown == .zero)
        peak.deposit(Money(-1_001))
        #expect(peak.peak == .zero && peak.drawdown == .zero)
    }
}
