import ArgumentParser
import Portfolio
import Storage
import TradingModel
import Wire

struct ReportCommand: DeskCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "What trading has earned and lost so far.",
        discussion: """
            EXAMPLES
              quartet report
              quartet report --json | jq '.overall.netPnl'

            FIGURES
              win rate       trades with a net result above zero, of all
              profit factor  what winners won over what losers lost; – without a loser
              expectancy     mean net result of a trade
              drawdown       largest fall of the balance from its peak, over completed trades
              Sharpe         mean daily return over its deviation, times √365; – with fewer than 10 days
              Sortino        the same, counting only days of loss

            Sums are over completed trades and exact; open positions are not in them. Read from execution's \
            database, so it works when everything is down.
            """)
    @OptionGroup var options: SharedOptions

    func run(at desk: Desk) async throws {
        let books = desk.books
        let (trades, account, open, counts) = try books.execution { (store) throws(StorageError) in
            (try store.trades(), try store.account(), try store.openPositions().count, try store.orderCounts())
        }
        var report = SessionReport(
            trades: trades, startingBalance: account.map { $0.startingBalance + $0.netDeposits } ?? .zero)
        report.balance = account?.balance ?? .zero
        report.openPositions = open
        report.orders = counts.sorted { $0.key.rawValue < $1.key.rawValue }.map { .init($0.key, $0.value) }
        desk.show(report) { ReportView.lines($0, on: desk.canvas) }
    }
}

/// What `report --json` prints.
struct SessionReport: WireBody {
    static let kind = "sessionReport"

    struct OrderCount: WireBody {
        static let kind = "orderCount"
        var status: OrderStatus = .initialized
        var count = 0
        init() {}
        init(_ status: OrderStatus, _ count: Int) { (self.status, self.count) = (status, count) }
        mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(WireError) {
            try visitor.field("status", &status)
            try visitor.field("count", &count)
        }
    }

    var startingBalance: Money = .zero
    var balance: Money = .zero
    var openPositions = 0
    /// Market time of the first entry and the last exit.
    var first: MarketTime?
    var last: MarketTime?
    var overall = FigureSet()
    var bySymbol: [FigureSet] = []
    var byExitReason: [FigureSet] = []
    var byStrategy: [FigureSet] = []
    var orders: [OrderCount] = []
    init() {}

    init(trades: [Trade], startingBalance: Money) {
        self.startingBalance = startingBalance
        first = trades.map(\.entryTime).min()
        last = trades.map(\.exitTime).max()
        overall = FigureSet("all", trades, startingBalance)
        bySymbol = Self.grouped(trades, startingBalance) { $0.symbol.name }
        byExitReason = Self.grouped(trades, startingBalance) { $0.exitReason.rawValue }
        byStrategy = Self.grouped(trades, startingBalance) { $0.strategy }
    }

    private static func grouped(_ trades: [Trade], _ start: Money, by name: (Trade) -> String) -> [FigureSet] {
        Dictionary(grouping: trades, by: name).sorted { $0.key < $1.key }.map { FigureSet($0.key, $0.value, start) }
    }

    mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(WireError) {
        try visitor.field("startingBalance", &startingBalance)
        try visitor.field("balance", &balance)
        try visitor.field("openPositions", &openPositions)
        try visitor.optional("first", &first)
        try visitor.optional("last", &last)
        try visitor.field("overall", &overall)
        try visitor.field("bySymbol", &bySymbol)
        try visitor.field("byExitReason", &byExitReason)
        try visitor.field("byStrategy", &byStrategy)
        try visitor.field("orders", &orders)
    }
}

/// The figures of one group of trades, as `Portfolio` computes them.
struct FigureSet: WireBody {
    static let kind = "figureSet"
    var name = ""
    var summary = PerformanceSummary()
    init() {}
    init(_ name: String, _ trades: [Trade], _ startingBalance: Money) {
        self.name = name
        summary = PerformanceSummary(trades: trades, startingBalance: startingBalance)
    }
    mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(WireError) {
        try visitor.field("name", &name)
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
}
