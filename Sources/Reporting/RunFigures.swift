import Glibc
public import Portfolio
public import TradingModel

/// The figures of a run. Amounts are exact; ratios are read, not booked, and absent where they have no meaning.
public struct RunFigures: Sendable {
    public let summary: PerformanceSummary
    public let days: Double
    public let dailyReturns: [Double]
    /// `(final / start)^(365 / days) − 1`.
    public let growthRate: Double?
    /// Growth rate over largest drawdown.
    public let calmar: Double?
    /// √trades · mean ÷ deviation of the trades' results. V. Tharp, *Trade Your Way to Financial Freedom*, 1998.
    public let systemQuality: Double?
    /// Expectancy in units of the mean loss.
    public let expectancyRatio: Double?
    /// Sum of the daily returns above zero over the sum below. C. Keating, W. Shadwick, *A Universal Performance
    /// Measure*, 2002; threshold 0.
    public let omega: Double?
    /// Root of the mean square of the daily drawdowns, in percent. P. Martin, *The Investor's Guide to Fidelity Funds*, 1989.
    public let ulcer: Double?
    /// Mean of the worst twentieth of the daily returns. R. Rockafellar, S. Uryasev, *Optimization of CVaR*, 2000.
    public let conditionalValueAtRisk: Double?
    /// The probability that the true Sharpe ratio is above zero. D. Bailey, M. López de Prado, *The Sharpe Ratio Efficient
    /// Frontier*, J. of Risk 15 (2012).
    public let probabilisticSharpe: Double?
    public let meanAdverse: Double?
    public let meanFavourable: Double?
    /// Value of all fills over the starting balance.
    public let turnover: Double?
    /// Fees over the sum of what winners won before fees.
    public let feesOfGrossProfit: Double?
    public let drawdown: DrawdownSpan?
    /// The longest time below a former peak.
    public let longestUnderwater: Span?
    public let streaks: (wins: Int, losses: Int)
    public let lowestBalance: Money
    public let highestBalance: Money
    /// Results of calendar days (UTC) with at least one exit.
    public let dayResults: [(day: Int64, result: Money)]

    /// Where the largest fall of equity began, ended and how deep it was.
    public struct DrawdownSpan: Sendable {
        public let from: EquityPoint
        public let to: EquityPoint
        /// Share of the peak.
        public let share: Double
        /// When the peak was reached again; absent where it was not.
        public let recovered: MarketTime?
    }

    public init(_ record: RunRecord) {
        let trades = record.trades.map(\.trade)
        let start = record.startingBalance
        let summary = PerformanceSummary(trades: trades, startingBalance: start, curve: record.equity)
        let returns = PerformanceSummary.dailyReturns(of: record.equity, startingBalance: start)
        self.summary = summary
        dailyReturns = returns
        days = max(0, Double((record.to - record.from).micros) / 86_400e6)
        let final = record.equity.last?.equity ?? record.finalBalance
        growthRate =
            days >= 1 && start.isPositive && final.isPositive
            ? pow(final.double / start.double, 365 / days) - 1 : nil
        let fall = summary.maxDrawdown.double
        calmar = growthRate.flatMap { fall > 0 ? $0 / fall : nil }
        let results = trades.map { $0.netPnL.double }
        systemQuality = Self.ratio(results).map { $0 * Double(results.count).squareRoot() }
        expectancyRatio = summary.expectancy.flatMap { mean in
            summary.averageLoss.flatMap { $0.isNegative ? mean.double / -$0.double : nil }
        }
        let gains = returns.reduce(0) { $0 + max(0, $1) }
        let losses = returns.reduce(0) { $0 - min(0, $1) }
        omega = losses > 0 ? gains / losses : nil
        ulcer = Self.ulcer(returns)
        conditionalValueAtRisk = Self.worstMean(returns)
        probabilisticSharpe = Self.probability(returns)
        meanAdverse = Self.mean(record.trades.compactMap(\.adverse))
        meanFavourable = Self.mean(record.trades.compactMap(\.favourable))
        turnover = start.isPositive ? record.turnover.double / start.double : nil
        let won = trades.reduce(Money.zero) { $0 + max(.zero, $1.grossPnL) }
        feesOfGrossProfit = won.isPositive ? summary.fees.double / won.double : nil
        (drawdown, longestUnderwater) = Self.falls(record.equity, start: start, end: record.to)
        let exits = trades.sorted { ($0.exitTime, $0.id) < ($1.exitTime, $1.id) }
        streaks = Self.streaks(exits)
        let balances = PerformanceSummary.realizedCurve(of: trades, startingBalance: start).map(\.equity) + [start]
        lowestBalance = balances.min() ?? start
        highestBalance = balances.max() ?? start
        dayResults = Dictionary(grouping: exits) { $0.exitTime.micros / 86_400_000_000 }
            .map { (day: $0.key, result: $0.value.reduce(.zero) { $0 + $1.netPnL }) }.sorted { $0.day < $1.day }
    }

    static func mean(_ values: [Double]) -> Double? {
        values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
    }

    /// Mean over sample deviation.
    private static func ratio(_ values: [Double]) -> Double? {
        guard values.count >= 2, let mean = mean(values) else { return nil }
        let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count - 1)
        return variance > 0 ? mean / variance.squareRoot() : nil
    }

    private static func ulcer(_ returns: [Double]) -> Double? {
        guard !returns.isEmpty else { return nil }
        var (level, peak, sum) = (1.0, 1.0, 0.0)
        for value in returns {
            level *= 1 + value
            peak = max(peak, level)
            let fall = (peak - level) / peak * 100
            sum += fall * fall
        }
        return (sum / Double(returns.count)).squareRoot()
    }

    /// Mean of the worst 5 %, at least one day; `nil` with fewer than twenty days.
    private static func worstMean(_ returns: [Double]) -> Double? {
        guard returns.count >= 20 else { return nil }
        return mean(Array(returns.sorted().prefix(max(1, returns.count / 20))))
    }

    private static func probability(_ returns: [Double]) -> Double? {
        guard returns.count >= PerformanceSummary.fewestDailyReturns, let ratio = ratio(returns),
            let mean = mean(returns)
        else { return nil }
        let count = Double(returns.count)
        func moment(_ power: Int) -> Double {
            returns.reduce(0) { sum, value in
                var product = 1.0
                for _ in 0..<power { product *= value - mean }
                return sum + product
            } / count
        }
        let deviation = moment(2).squareRoot()
        guard deviation > 0 else { return nil }
        let skew = moment(3) / (deviation * deviation * deviation)
        let kurtosis = moment(4) / (deviation * deviation * deviation * deviation)
        let spread = 1 - skew * ratio + (kurtosis - 1) / 4 * ratio * ratio
        guard spread > 0 else { return nil }
        let z = ratio * (count - 1).squareRoot() / spread.squareRoot()
        return erfc(-z / 2.0.squareRoot()) / 2
    }

    private static func streaks(_ trades: [Trade]) -> (wins: Int, losses: Int) {
        var (wins, losses, won, lost) = (0, 0, 0, 0)
        for trade in trades {
            won = trade.netPnL.isPositive ? won + 1 : 0
            lost = trade.netPnL.isNegative ? lost + 1 : 0
            (wins, losses) = (max(wins, won), max(losses, lost))
        }
        return (wins, losses)
    }

    private static func falls(_ curve: [EquityPoint], start: Money, end: MarketTime) -> (DrawdownSpan?, Span?) {
        var peak = EquityPoint(time: curve.first?.time ?? end, equity: start)
        var deepest: (from: EquityPoint, to: EquityPoint, share: Double)?
        var longest = Span.zero
        var recovered: MarketTime?
        for point in curve {
            if point.equity >= peak.equity {
                if let deepest, recovered == nil, deepest.from.equity == peak.equity { recovered = point.time }
                peak = point
            } else {
                longest = max(longest, point.time - peak.time)
                let share = (peak.equity - point.equity).double / peak.equity.double
                if share > deepest?.share ?? 0 {
                    deepest = (peak, point, share)
                    recovered = nil
                }
            }
        }
        guard let deepest else { return (nil, nil) }
        let span = DrawdownSpan(from: deepest.from, to: deepest.to, share: deepest.share, recovered: recovered)
        return (span, longest)
    }
}

/// The trades of one group: a symbol, an entry tag, an exit reason.
public struct TradeGroup: Sendable {
    public let name: String
    public let trades: Int
    public let wins: Int
    public let draws: Int
    public let losses: Int
    /// Mean of the trades' returns on margin, a share.
    public let meanReturn: Double?
    public let net: Money
    /// Net over the starting balance.
    public let share: Double
    public let meanHolding: Span?
    public let meanAdverse: Double?
    public let meanFavourable: Double?

    public init(_ name: String, _ trades: [ReportedTrade], startingBalance: Money) {
        self.name = name
        self.trades = trades.count
        wins = trades.count { $0.trade.netPnL.isPositive }
        losses = trades.count { $0.trade.netPnL.isNegative }
        draws = trades.count - wins - losses
        meanReturn = RunFigures.mean(trades.map { $0.trade.returnOnMargin.double })
        net = trades.reduce(.zero) { $0 + $1.trade.netPnL }
        share = startingBalance.isPositive ? net.double / startingBalance.double : 0
        let held = trades.reduce(Int64(0)) { $0 + ($1.trade.exitTime - $1.trade.entryTime).micros }
        meanHolding = trades.isEmpty ? nil : Span(micros: held / Int64(trades.count))
        meanAdverse = RunFigures.mean(trades.compactMap(\.adverse))
        meanFavourable = RunFigures.mean(trades.compactMap(\.favourable))
    }

    /// The groups by a name, the best result first, and all of them together last.
    public static func all(_ record: RunRecord, by name: (ReportedTrade) -> String) -> [TradeGroup] {
        let groups = Dictionary(grouping: record.trades, by: name)
            .map { TradeGroup($0.key, $0.value, startingBalance: record.startingBalance) }
            .sorted { ($1.net, $0.name) < ($0.net, $1.name) }
        return groups + [TradeGroup("TOTAL", record.trades, startingBalance: record.startingBalance)]
    }
}
