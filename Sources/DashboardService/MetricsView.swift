import Portfolio
import TradingModel
import Wire

/// The answer of `GET /api/metrics`: the figures of the session, recomputed from all completed trades.
///
/// Capital figures come from the account as execution told it last; figures that have no meaning yet are absent.
struct MetricsView: WireBody {
    static let kind = "metrics"
    var at: WallTime = .distantPast
    var currency = "USDT"
    var startingBalance: Money = .zero
    var balance: Money?
    var equity: Money?
    var unrealizedPnL: Money?
    /// Equity less starting balance and deposits.
    var totalPnL: Money?
    var returnPct: Double?
    var peakEquity: Money?
    /// Now, percent of the peak.
    var drawdownPct: Double?
    var maxDrawdownPct: Double?
    var grossExposure: Money?
    var marginUsed: Money?
    var dailyLossPct: Double?
    var dailyTrades: Int?
    var all = GroupView()
    var sharpeRatio: Double?
    var sortinoRatio: Double?
    var byStrategy: [GroupView] = []
    var bySymbol: [GroupView] = []
    var byExit: [GroupView] = []
    var uptimeSeconds = 0
    /// Snapshots of these figures in the database, one every five minutes.
    var snapshots = 0
    init() {}
    mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(WireError) {
        try visitor.field("at", &at)
        try visitor.field("currency", &currency)
        try visitor.field("startingBalance", &startingBalance)
        try visitor.optional("balance", &balance)
        try visitor.optional("equity", &equity)
        try visitor.optional("unrealizedPnl", &unrealizedPnL)
        try visitor.optional("totalPnl", &totalPnL)
        try visitor.optional("returnPct", &returnPct)
        try visitor.optional("peakEquity", &peakEquity)
        try visitor.optional("drawdownPct", &drawdownPct)
        try visitor.optional("maxDrawdownPct", &maxDrawdownPct)
        try visitor.optional("grossExposure", &grossExposure)
        try visitor.optional("marginUsed", &marginUsed)
        try visitor.optional("dailyLossPct", &dailyLossPct)
        try visitor.optional("dailyTrades", &dailyTrades)
        try visitor.field("all", &all)
        try visitor.optional("sharpeRatio", &sharpeRatio)
        try visitor.optional("sortinoRatio", &sortinoRatio)
        try visitor.field("byStrategy", &byStrategy)
        try visitor.field("bySymbol", &bySymbol)
        try visitor.field("byExit", &byExit)
        try visitor.field("uptimeSeconds", &uptimeSeconds)
        try visitor.field("snapshots", &snapshots)
    }
}

/// The figures of a set of completed trades.
struct GroupView: WireBody, Hashable {
    static let kind = "tradeFigures"
    var name = ""
    var trades = 0
    var wins = 0
    var losses = 0
    /// 0...1.
    var winRate: Double?
    var profitFactor: Double?
    var grossPnL: Money = .zero
    var fees: Money = .zero
    var netPnL: Money = .zero
    var averageWin: Money?
    var averageLoss: Money?
    var expectancy: Money?
    var best: Money?
    var worst: Money?
    var averageHolding: Span?
    init() {}

    init(_ name: String, _ summary: PerformanceSummary) {
        self.name = name
        (trades, wins, losses) = (summary.trades, summary.wins, summary.losses)
        (winRate, profitFactor) = (summary.winRate, summary.profitFactor)
        (grossPnL, fees, netPnL) = (summary.grossPnL, summary.fees, summary.netPnL)
        (averageWin, averageLoss, expectancy) = (summary.averageWin, summary.averageLoss, summary.expectancy)
        (best, worst, averageHolding) = (summary.best, summary.worst, summary.averageHolding)
    }

    /// One group for each value of `key`, best result first.
    static func groups(
        _ trades: [Trade], _ startingBalance: Money, by key: (Trade) -> String
    ) -> [GroupView] {
        Dictionary(grouping: trades, by: key).map { name, trades in
            GroupView(name, PerformanceSummary(trades: trades, startingBalance: startingBalance))
        }.sorted { ($1.netPnL, $0.name) < ($0.netPnL, $1.name) }
    }

    mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(WireError) {
        try visitor.field("name", &name)
        try visitor.field("trades", &trades)
        try visitor.field("wins", &wins)
        try visitor.field("losses", &losses)
        try visitor.optional("winRate", &winRate)
        try visitor.optional("profitFactor", &profitFactor)
        try visitor.field("grossPnl", &grossPnL)
        try visitor.field("fees", &fees)
        try visitor.field("netPnl", &netPnL)
        try visitor.optional("averageWin", &averageWin)
        try visitor.optional("averageLoss", &averageLoss)
        try visitor.optional("expectancy", &expectancy)
        try visitor.optional("best", &best)
        try visitor.optional("worst", &worst)
        try visitor.optional("averageHoldingMicros", &averageHolding)
    }
}
