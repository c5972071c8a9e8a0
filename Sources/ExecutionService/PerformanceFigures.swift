import Portfolio
import TradingModel
import Wire

/// The figures of a set of trades as JSON: amounts as exact texts, ratios as numbers, absent where they have no meaning.
struct PerformanceFigures: WireBody {
    static let kind = "performance"
    var summary = PerformanceSummary()

    init() {}
    init(_ summary: PerformanceSummary) { self.summary = summary }

    mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(WireError) {
        try visitor.field("trades", &summary.trades)
        try visitor.field("wins", &summary.wins)
        try visitor.field("losses", &summary.losses)
        try visitor.optional("winRate", &summary.winRate)
        try visitor.optional("profitFactor", &summary.profitFactor)
        try visitor.field("grossPnl", &summary.grossPnL)
        try visitor.field("fees", &summary.fees)
        try visitor.field("netPnl", &summary.netPnL)
        try visitor.optional("returnOnStart", &summary.returnOnStart)
        try visitor.field("maxDrawdown", &summary.maxDrawdown)
        try visitor.field("maxDrawdownAmount", &summary.maxDrawdownAmount)
        try visitor.optional("averageWin", &summary.averageWin)
        try visitor.optional("averageLoss", &summary.averageLoss)
        try visitor.optional("expectancy", &summary.expectancy)
        try visitor.optional("best", &summary.best)
        try visitor.optional("worst", &summary.worst)
        try visitor.optional("averageHoldingMicros", &summary.averageHolding)
        try visitor.optional("longestHoldingMicros", &summary.longestHolding)
        try visitor.optional("sharpeRatio", &summary.sharpeRatio)
        try visitor.optional("sortinoRatio", &summary.sortinoRatio)
    }

    /// Name and value in reading order.
    var lines: [(String, String)] {
        [
            ("trades", "\(summary.trades) (\(summary.wins) won, \(summary.losses) lost)"),
            ("win rate", Self.percent(summary.winRate)),
            ("profit factor", Self.number(summary.profitFactor)),
            ("gross result", Self.money(summary.grossPnL)),
            ("fees", Self.money(summary.fees)),
            ("net result", Self.money(summary.netPnL)),
            ("return", Self.percent(summary.returnOnStart)),
            (
                "max drawdown",
                "\(summary.maxDrawdown.percent.rounded(toDigits: 2, .halfEven))% (\(Self.money(summary.maxDrawdownAmount)))"
            ),
            ("average win / loss", "\(Self.money(summary.averageWin)) / \(Self.money(summary.averageLoss))"),
            ("expectancy", Self.money(summary.expectancy)),
            ("best / worst", "\(Self.money(summary.best)) / \(Self.money(summary.worst))"),
            (
                "average / longest holding",
                "\(summary.averageHolding?.description ?? "-") / \(summary.longestHolding?.description ?? "-")"
            ),
            ("Sharpe / Sortino", "\(Self.number(summary.sharpeRatio)) / \(Self.number(summary.sortinoRatio))"),
        ]
    }

    static func money(_ value: Money?) -> String { value?.rounded(toDigits: 2, .halfEven).description ?? "-" }

    private static func number(_ value: Double?) -> String {
        value.flatMap { Ratio(rounding: $0, .halfEven)?.rounded(toDigits: 2, .halfEven).description } ?? "-"
    }

    private static func percent(_ value: Double?) -> String {
        value.flatMap { Ratio(rounding: $0 * 100, .halfEven).map { "\($0.rounded(toDigits: 2, .halfEven))%" } } ?? "-"
    }
}
