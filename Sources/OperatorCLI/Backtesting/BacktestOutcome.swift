import ExecutionCore
import Portfolio
import Reporting
import RiskCore
import ServiceRuntime
import Simulation
import StrategyCore
import TradingModel

/// What a played backtest becomes in a report.
enum BacktestOutcome {
    /// Bars drawn a symbol at most.
    static let chartBars = 1_500

    static func record(_ backtest: Backtest, _ plan: BacktestPlan, seconds: Double) -> RunRecord {
        let made = backtest.quartet.record
        var record = RunRecord()
        record.strategies = backtest.setup.strategy.strategies.map { "\($0.id) \($0.timeframe?.rawValue ?? "")" }
        record.symbols = backtest.setup.strategy.symbols
        record.currency = backtest.setup.policy.currency
        (record.from, record.to) = backtest.range
        record.startingBalance = backtest.setup.startingBalance
        record.finalBalance = backtest.balance
        record.seconds = seconds
        record.candles = backtest.candleCount
        record.decisions = made.decisionCount
        record.proposals = made.verdicts.count
        record.turnover = made.fills.reduce(.zero) { $0 + $1.notional }
        record.equity = backtest.equity
        for verdict in made.verdicts {
            if let denial = verdict.denial { record.denials[denial.reason.rawValue, default: 0] += 1 }
        }
        record.unfilledOrders = made.orders.count { $0.status.isTerminal && $0.status != .filled }
        let lengths = Dictionary(
            backtest.setup.strategy.strategies.map { ($0.id, $0.timeframe?.rawValue ?? "") }
        ) { first, _ in first }
        record.trades = made.trades.map { trade in
            let range = backtest.excursion(of: trade)
            let length = lengths[trade.strategy] ?? ""
            return ReportedTrade(
                trade: trade, entryTag: length.isEmpty ? trade.strategy : "\(trade.strategy) \(length)",
                adverse: range?.adverse, favourable: range?.favourable)
        }
        record.open = backtest.openPositions.compactMap { position in
            backtest.lastPrice(of: position.symbol).map { OpenTrade(position: position, price: $0) }
        }
        for symbol in record.symbols { addMarket(symbol, backtest, to: &record) }
        record.assumptions = assumptions(backtest, plan)
        record.remarks = plan.remarks + complaints(made.complaints)
        return record
    }

    private static func addMarket(_ symbol: Symbol, _ backtest: Backtest, to record: inout RunRecord) {
        let drawn = backtest.bars(of: symbol, limit: chartBars)
        guard let first = drawn.bars.first, let last = drawn.bars.last else { return }
        record.sources.append(
            .init(
                symbol: symbol, timeframe: backtest.timeframe(of: symbol), candles: backtest.candleCount(of: symbol),
                marketChange: last.close / first.open - 1))
        record.charts.append(
            PriceChart(
                symbol: symbol, span: drawn.span,
                bars: drawn.bars.map {
                    .init(time: $0.time, open: $0.open, high: $0.high, low: $0.low, close: $0.close)
                }))
    }

    /// The cores' warnings, each once, with how often it came.
    private static func complaints(_ all: [String]) -> [String] {
        guard !all.isEmpty else { return [] }
        let shown = all.prefix(3)
        return shown.map { $0 }
            + (all.count > shown.count ? ["and \(all.count - shown.count) more warnings of the cores"] : [])
    }

    private static func funding(_ backtest: Backtest) -> String {
        guard let schedule = backtest.setup.funding else { return "not charged" }
        let record = backtest.quartet.record
        let rate = schedule.constant.map { "\($0.percent)% every 8 hours" } ?? "the given rates"
        return "\(rate), \(record.fundingPayments) payments, "
            + "\(record.funding.magnitude.rounded(toDigits: 2, .halfEven)) \(record.funding.isNegative ? "received" : "paid"), among the fees"
    }

    private static func assumptions(_ backtest: Backtest, _ plan: BacktestPlan) -> [(name: String, value: String)] {
        let (settings, setup) = (plan.settings, backtest.setup)
        let path =
            switch settings.feed.intrabar {
            case .openHighLowClose: "open, high, low, close"
            case .openLowHighClose: "open, low, high, close"
            case .nearestExtremeFirst: "open, the extreme nearer to it, the other, close"
            }
        return [
            ("Inside a candle", "prices go \(path); exits are judged on the finest candles given"),
            ("Orders fill", "at the next price after the decision, as the paper venue fills them"),
            ("Slippage", "\(settings.execution.slippagePct) % of the price, against us"),
            ("Fees", "maker \(settings.execution.makerFeePct) %, taker \(settings.execution.takerFeePct) %"),
            (
                "Partial fills",
                settings.execution.partialFills
                    ? "at most \(settings.execution.fillSharePct) % of what is quoted, the rest on the next price"
                    : "off"
            ),
            ("Leverage", "\(settings.strategy.leverage), at most \(settings.risk.maxLeverage)"),
            ("Funding", funding(backtest)),
            ("Decisions", "every \(settings.strategy.decisionMinutes) minutes of market time"),
            ("Short side", settings.strategy.allowShort ? "on" : "off"),
            (
                "Risk",
                "at most \(settings.risk.maxPositionPct) % of equity a position, \(settings.risk.maxDailyTrades) entries a day"
            ),
            (
                "Played",
                setup.playing == .quick
                    ? "quickly: prices that change nothing are not shown to the cores" : "every price"
            ),
        ]
    }
}
