import Portfolio
import TradingModel

/// One line of the summary: a name and its value; an empty name parts two blocks.
public struct SummaryLine: Sendable, Hashable {
    public let name: String
    public let value: String
    init(_ name: String, _ value: String) { (self.name, self.value) = (name, value) }
}

/// The summary in the order and under the names that users of freqtrade know, then what it does not have.
public enum SummaryMetrics {
    public static func lines(_ record: RunRecord, _ figures: RunFigures) -> [SummaryLine] {
        opening(record, figures) + results(record, figures) + sides(record) + extremes(record, figures)
            + falls(record, figures) + further(record, figures)
    }

    private static func opening(_ record: RunRecord, _ figures: RunFigures) -> [SummaryLine] {
        let word = record.occasion == .session ? "Session" : "Backtesting"
        let perDay = figures.days > 0 ? Double(record.trades.count) / figures.days : 0
        return [
            SummaryLine("\(word) from", Wording.time(record.from)),
            SummaryLine("\(word) to", Wording.time(record.to)),
            SummaryLine("Max open trades", "\(record.symbols.count) (one a symbol)"),
            SummaryLine("", ""),
            SummaryLine("Total/Daily Avg Trades", "\(record.trades.count) / \(Wording.number(perDay))"),
        ]
    }

    private static func results(_ record: RunRecord, _ figures: RunFigures) -> [SummaryLine] {
        let currency = record.currency
        let summary = figures.summary
        let daily = figures.days > 0 ? summary.netPnL.double / figures.days : nil
        let stake =
            record.trades.isEmpty
            ? nil
            : record.trades.reduce(0.0) {
                $0 + Money.notional($1.trade.entryPrice, $1.trade.quantity).double / Double(max(1, $1.trade.leverage))
            } / Double(record.trades.count)
        return [
            SummaryLine("Starting balance", "\(Wording.money(record.startingBalance)) \(currency)"),
            SummaryLine("Final balance", "\(Wording.money(record.finalBalance)) \(currency)"),
            SummaryLine("Absolute profit", "\(Wording.money(summary.netPnL)) \(currency)"),
            SummaryLine("Total profit %", Wording.percent(summary.returnOnStart)),
            SummaryLine("CAGR %", Wording.percent(figures.growthRate)),
            SummaryLine("Sortino", Wording.number(summary.sortinoRatio)),
            SummaryLine("Sharpe", Wording.number(summary.sharpeRatio)),
            SummaryLine("Calmar", Wording.number(figures.calmar)),
            SummaryLine("SQN", Wording.number(figures.systemQuality)),
            SummaryLine("Profit factor", Wording.number(summary.profitFactor)),
            SummaryLine(
                "Expectancy (Ratio)",
                "\(summary.expectancy.map { Wording.money($0, digits: 2) } ?? "–") (\(Wording.number(figures.expectancyRatio)))"
            ),
            SummaryLine("Avg. daily profit", "\(Wording.number(daily, digits: 3)) \(currency)"),
            SummaryLine("Avg. stake amount", "\(Wording.number(stake, digits: 3)) \(currency)"),
            SummaryLine("Total trade volume", "\(Wording.money(record.turnover)) \(currency)"),
            SummaryLine("", ""),
        ]
    }

    private static func sides(_ record: RunRecord) -> [SummaryLine] {
        func sum(_ side: PositionSide) -> (count: Int, net: Money) {
            let own = record.trades.filter { $0.trade.side == side }
            return (own.count, own.reduce(.zero) { $0 + $1.trade.netPnL })
        }
        let (long, short) = (sum(.long), sum(.short))
        func share(_ net: Money) -> String {
            Wording.percent(record.startingBalance.isPositive ? net.double / record.startingBalance.double : nil)
        }
        return [
            SummaryLine("Long / Short trades", "\(long.count) / \(short.count)"),
            SummaryLine("Long / Short profit %", "\(share(long.net)) / \(share(short.net))"),
            SummaryLine(
                "Long / Short profit \(record.currency)", "\(Wording.money(long.net)) / \(Wording.money(short.net))"),
            SummaryLine("", ""),
        ]
    }

    private static func extremes(_ record: RunRecord, _ figures: RunFigures) -> [SummaryLine] {
        let pairs = TradeGroup.all(record) { $0.trade.symbol.name }.dropLast()
        func pair(_ group: TradeGroup?) -> String {
            group.map { "\($0.name) \(Wording.percent($0.share))" } ?? "–"
        }
        func trade(_ one: ReportedTrade?) -> String {
            one.map { "\($0.trade.symbol) \(Wording.percent($0.trade.returnOnMargin.double))" } ?? "–"
        }
        let byReturn = record.trades.sorted { $0.trade.returnOnMargin < $1.trade.returnOnMargin }
        let won = record.trades.filter { $0.trade.netPnL.isPositive }.map { $0.trade.exitTime - $0.trade.entryTime }
        let lost = record.trades.filter { $0.trade.netPnL.isNegative }.map { $0.trade.exitTime - $0.trade.entryTime }
        func spans(_ list: [Span]) -> String {
            guard let least = list.min(), let most = list.max() else { return "– / – / –" }
            let mean = Span(micros: list.reduce(0) { $0 + $1.micros } / Int64(list.count))
            return "\(Wording.duration(least)) / \(Wording.duration(most)) / \(Wording.duration(mean))"
        }
        let days = figures.dayResults
        let (best, worst) = (days.max { $0.result < $1.result }, days.min { $0.result < $1.result })
        let count = (
            days.count { $0.result.isPositive }, days.count { $0.result.isZero }, days.count { $0.result.isNegative }
        )
        func day(_ one: (day: Int64, result: Money)?) -> String {
            one.map { "\(Wording.money($0.result)) \(record.currency)" } ?? "–"
        }
        return [
            SummaryLine("Best Pair", pair(pairs.first)),
            SummaryLine("Worst Pair", pair(pairs.last)),
            SummaryLine("Best trade", trade(byReturn.last)),
            SummaryLine("Worst trade", trade(byReturn.first)),
            SummaryLine("Best day", day(best)),
            SummaryLine("Worst day", day(worst)),
            SummaryLine("Days win/draw/lose", "\(count.0) / \(count.1) / \(count.2)"),
            SummaryLine("Min/Max/Avg. Duration Winners", spans(won)),
            SummaryLine("Min/Max/Avg. Duration Losers", spans(lost)),
            SummaryLine("Max Consecutive Wins / Loss", "\(figures.streaks.wins) / \(figures.streaks.losses)"),
        ] + counts(record) + [SummaryLine("", "")]
    }

    /// What is counted over a whole run, and for a session nowhere.
    private static func counts(_ record: RunRecord) -> [SummaryLine] {
        guard record.occasion == .backtest else { return [] }
        return [
            SummaryLine("Rejected Entry signals", "\(record.denials.values.reduce(0, +))"),
            SummaryLine("Entry/Exit Timeouts", "\(record.unfilledOrders)"),
        ]
    }

    private static func falls(_ record: RunRecord, _ figures: RunFigures) -> [SummaryLine] {
        let currency = record.currency
        let fall = figures.drawdown
        func profit(_ point: EquityPoint?) -> String {
            point.map { "\(Wording.money($0.equity - record.startingBalance)) \(currency)" } ?? "–"
        }
        let change = RunFigures.mean(record.sources.map(\.marketChange))
        return [
            SummaryLine("Min balance", "\(Wording.money(figures.lowestBalance)) \(currency)"),
            SummaryLine("Max balance", "\(Wording.money(figures.highestBalance)) \(currency)"),
            SummaryLine("Max % of account underwater", Wording.percent(figures.summary.maxDrawdown.double)),
            SummaryLine(
                "Absolute drawdown",
                "\(Wording.money(figures.summary.maxDrawdownAmount)) \(currency) (\(Wording.percent(fall?.share)))"),
            SummaryLine("Drawdown duration", Wording.duration(fall.map { $0.to.time - $0.from.time })),
            SummaryLine("Profit at drawdown start", profit(fall?.from)),
            SummaryLine("Profit at drawdown end", profit(fall?.to)),
            SummaryLine("Drawdown start", fall.map { Wording.time($0.from.time) } ?? "–"),
            SummaryLine("Drawdown end", fall.map { Wording.time($0.to.time) } ?? "–"),
            SummaryLine("Market change", Wording.percent(change)),
            SummaryLine("", ""),
        ]
    }

    private static func further(_ record: RunRecord, _ figures: RunFigures) -> [SummaryLine] {
        [
            SummaryLine("Omega (0)", Wording.number(figures.omega)),
            SummaryLine("Ulcer index %", Wording.number(figures.ulcer)),
            SummaryLine("CVaR 95 % of a day", Wording.percent(figures.conditionalValueAtRisk)),
            SummaryLine("Probability that Sharpe > 0", Wording.percent(figures.probabilisticSharpe)),
            SummaryLine(
                "Mean MAE / MFE",
                "\(Wording.percent(figures.meanAdverse)) / \(Wording.percent(figures.meanFavourable))"),
            SummaryLine("Longest time under water", Wording.duration(figures.longestUnderwater)),
            SummaryLine("Turnover (× start)", Wording.number(figures.turnover)),
            SummaryLine("Fees", "\(Wording.money(figures.summary.fees)) \(record.currency)"),
            SummaryLine("Fees of gross profit", Wording.percent(figures.feesOfGrossProfit)),
        ]
            + (record.occasion == .backtest
                ? [SummaryLine("Decisions / proposals", "\(record.decisions) / \(record.proposals)")] : [])
    }
}
