public import TradingModel

/// The figures of a set of completed trades and the equity they made.
///
/// Amounts are exact; ratios are `Double` because they are read, not booked. A figure that has no meaning yet (a profit
/// factor without a loss, a Sharpe ratio of three days) is `nil` and never an invented number.
public struct PerformanceSummary: Hashable, Sendable {
    public var trades = 0
    /// Trades with a net result above zero. A trade at exactly zero is neither won nor lost.
    public var wins = 0
    public var losses = 0
    /// `wins / trades`, 0...1.
    public var winRate: Double?
    /// Sum of the net results of winners over the sum of the net losses of losers; `nil` without a loss.
    public var profitFactor: Double?
    /// Before fees.
    public var grossPnL: Money = .zero
    public var fees: Money = .zero
    /// After fees.
    public var netPnL: Money = .zero
    /// `netPnL / startingBalance`.
    public var returnOnStart: Double?
    /// Largest `(peak − equity) / peak` over the equity curve, 0...
    public var maxDrawdown: Ratio = .zero
    /// The same in money: largest `peak − equity`.
    public var maxDrawdownAmount: Money = .zero
    /// Mean net result of winners, rounded half-even to 8 decimals.
    public var averageWin: Money?
    /// Mean net result of losers (negative), rounded half-even to 8 decimals.
    public var averageLoss: Money?
    /// Mean net result of a trade, rounded half-even to 8 decimals.
    public var expectancy: Money?
    public var best: Money?
    public var worst: Money?
    public var averageHolding: Span?
    public var longestHolding: Span?
    /// Mean over standard deviation of daily returns times √365; see ``annualRatios(of:)``.
    public var sharpeRatio: Double?
    /// The same with the downside deviation below zero; see ``annualRatios(of:)``.
    public var sortinoRatio: Double?

    public init() {}

    /// Sums up `trades`; the drawdown and the annual ratios come from `curve`, which is ascending in time.
    ///
    /// Without a curve the one of realized results is used (``realizedCurve(of:startingBalance:)``), which does not see
    /// the open losses between entry and exit.
    public init(trades: [Trade], startingBalance: Money, curve: [EquityPoint]? = nil) {
        self.trades = trades.count
        count(trades)
        if startingBalance.isPositive { returnOnStart = netPnL.double / startingBalance.double }
        let curve = curve ?? Self.realizedCurve(of: trades, startingBalance: startingBalance)
        measureDrawdown(curve, startingBalance: startingBalance)
        if let ratios = Self.annualRatios(of: Self.dailyReturns(of: curve, startingBalance: startingBalance)) {
            (sharpeRatio, sortinoRatio) = (ratios.sharpe, ratios.sortino)
        }
    }

    /// Balance after each trade, in the order of their exits.
    public static func realizedCurve(of trades: [Trade], startingBalance: Money) -> [EquityPoint] {
        var balance = startingBalance
        return trades.sorted { ($0.exitTime, $0.id) < ($1.exitTime, $1.id) }.map { trade in
            balance += trade.netPnL
            return EquityPoint(time: trade.exitTime, equity: balance)
        }
    }

    private mutating func count(_ trades: [Trade]) {
        var (won, lost) = (Money.zero, Money.zero)
        var held = Span.zero
        for trade in trades {
            grossPnL += trade.grossPnL
            fees += trade.fees
            netPnL += trade.netPnL
            if trade.netPnL.isPositive {
                wins += 1
                won += trade.netPnL
            } else if trade.netPnL.isNegative {
                losses += 1
                lost += trade.netPnL
            }
            best = max(best ?? trade.netPnL, trade.netPnL)
            worst = min(worst ?? trade.netPnL, trade.netPnL)
            let holding = trade.exitTime - trade.entryTime
            held = held + holding
            longestHolding = max(longestHolding ?? holding, holding)
        }
        guard !trades.isEmpty else { return }
        winRate = Double(wins) / Double(trades.count)
        profitFactor = lost.isNegative ? won.double / -lost.double : nil
        averageWin = wins > 0 ? won.divided(by: wins, .halfEven).rounded(toDigits: 8, .halfEven) : nil
        averageLoss = losses > 0 ? lost.divided(by: losses, .halfEven).rounded(toDigits: 8, .halfEven) : nil
        expectancy = netPnL.divided(by: trades.count, .halfEven).rounded(toDigits: 8, .halfEven)
        averageHolding = Span(micros: held.micros / Int64(trades.count))
    }

    private mutating func measureDrawdown(_ curve: [EquityPoint], startingBalance: Money) {
        var peak = PeakEquity(peak: startingBalance)
        for point in curve {
            peak.observe(point.equity)
            maxDrawdown = max(maxDrawdown, peak.drawdown)
            maxDrawdownAmount = max(maxDrawdownAmount, peak.peak - point.equity)
        }
    }
}

extension PerformanceSummary {
    /// Fewer daily returns than this make no annual ratio.
    public static let fewestDailyReturns = 10

    /// Simple returns from one UTC day's last equity to the next, the first against the starting balance.
    ///
    /// A day without a point repeats the equity before it, a return of zero: crypto trades every day.
    public static func dailyReturns(of curve: [EquityPoint], startingBalance: Money) -> [Double] {
        let day = Span.hours(24).micros
        guard let first = curve.first else { return [] }
        var returns: [Double] = []
        var (before, now, today) = (startingBalance, startingBalance, first.time.micros / day)
        func close() { if before.isPositive { returns.append((now - before).double / before.double) } }
        for point in curve {
            while point.time.micros / day > today {
                close()
                before = now
                today += 1
            }
            now = point.equity
        }
        close()
        return returns
    }

    /// Sharpe and Sortino ratio of daily returns, risk-free rate 0, times √365 (a year of crypto has 365 days).
    ///
    /// Sharpe: mean over sample standard deviation (n − 1). Sortino: mean over the root of the mean square of the
    /// returns below zero, over all n days. `nil` with fewer than ``fewestDailyReturns`` or where a deviation is zero.
    /// W. F. Sharpe, *The Sharpe Ratio*, J. Portfolio Management 21 (1994); F. Sortino, L. Price, *Performance
    /// Measurement in a Downside Risk Framework*, J. of Investing 3 (1994).
    public static func annualRatios(of returns: [Double]) -> (sharpe: Double?, sortino: Double?)? {
        guard returns.count >= fewestDailyReturns else { return nil }
        let count = Double(returns.count)
        let mean = returns.reduce(0, +) / count
        let variance = returns.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (count - 1)
        let downside = returns.reduce(0) { $0 + min(0, $1) * min(0, $1) } / count
        let year = 365.0.squareRoot()
        return (
            variance > 0 ? mean / variance.squareRoot() * year : nil,
            downside > 0 ? mean / downside.squareRoot() * year : nil
        )
    }
}
