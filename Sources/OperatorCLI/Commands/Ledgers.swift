import ArgumentParser
import Storage
import TradingModel
import Wire

struct PositionsCommand: DeskCommand {
    static let configuration = CommandConfiguration(
        commandName: "positions",
        abstract: "What is held, what it is worth now, and where it will be left.",
        discussion: """
            EXAMPLES
              quartet positions
              quartet positions --json | jq '.positions[].unrealizedPnl'

            COLUMNS
              side      long earns when the price rises, short when it falls
              entry     average price paid             result   at the mark, before fees
              mark      last price; – where feed is down
              stop      where it is left at a loss; moves up as the position gains
              target    where it is left with a gain   lev      leverage

            From execution, or from its database where that is down; marks from feed, stops from risk.
            """)
    @OptionGroup var options: SharedOptions

    func run(at desk: Desk) async throws {
        let status = await StatusCollector(desk: desk, bus: try desk.bus()).collect()
        guard status.account != nil else {
            throw Failure(
                "execution does not answer and has no database yet: nothing has been traded; start with quartet up")
        }
        var report = PositionsReport()
        report.positions = status.positions
        report.isLive = status.account?.provenance == .live
        desk.show(report) { PositionsView.table($0.positions, isExact: !desk.canvas.isTerminal).lines(on: desk.canvas) }
        if !report.isLive { desk.output.remark("execution does not answer: this is what its database says") }
    }
}

/// What `positions --json` prints.
struct PositionsReport: WireBody {
    static let kind = "positionsReport"
    var isLive = true
    var positions: [PositionReport] = []
    init() {}
    mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(WireError) {
        try visitor.field("isLive", &isLive)
        try visitor.field("positions", &positions)
    }
}

struct TradesCommand: DeskCommand {
    static let configuration = CommandConfiguration(
        commandName: "trades",
        abstract: "Completed round trips, newest last.",
        discussion: """
            EXAMPLES
              quartet trades                      the last 20
              quartet trades -n 1000 --symbol BTC/USDT
              quartet trades --json | jq '.trades[] | select(.exitReason == "stop_loss")'

            COLUMNS
              closed   when its last part was sold (UTC, market time)   held   from first fill to last
              entry    average price in                                  exit   average price out
              fees     of all its fills                                  net    result after fees
              return   net over the margin used                          why    what closed it

            Read from execution's database, so it works when everything is down.
            """)
    @OptionGroup var options: SharedOptions

    @Option(name: [.customShort("n"), .long], help: ArgumentHelp("How many.", valueName: "count"))
    var count = 20

    @Option(name: .long, help: ArgumentHelp("Only this symbol.", valueName: "symbol"))
    var symbol: Symbol?

    func validate() throws {
        guard count > 0 else { throw ValidationError("-n is 1 or more") }
    }

    func run(at desk: Desk) async throws {
        let books = desk.books
        let all = try books.execution { (store) throws(StorageError) in
            try store.trades(limit: symbol == nil ? count : .max)
        }
        var report = TradesReport()
        report.trades = Array(all.filter { symbol == nil || $0.symbol == symbol }.suffix(count))
        desk.show(report) { TradesView.table($0.trades, isExact: !desk.canvas.isTerminal).lines(on: desk.canvas) }
    }
}

/// What `trades --json` prints.
struct TradesReport: WireBody {
    static let kind = "tradesReport"
    var trades: [Trade] = []
    init() {}
    mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(WireError) { try visitor.field("trades", &trades) }
}

struct OrdersCommand: DeskCommand {
    static let configuration = CommandConfiguration(
        commandName: "orders",
        abstract: "Orders from the journal, newest last.",
        discussion: """
            EXAMPLES
              quartet orders              the last 20
              quartet orders --open       only those that are not over
              quartet orders --json | jq '.orders[] | select(.status == "unresolved")'

            COLUMNS
              decided  when risk wanted it (market time)     filled  how much of the quantity traded
              purpose  entry, exit or protective_stop        price   average of its fills
              status   denied is ours, rejected is the venue's, unresolved is not known yet

            Read from execution's database, so it works when everything is down.
            """)
    @OptionGroup var options: SharedOptions

    @Option(name: [.customShort("n"), .long], help: ArgumentHelp("How many.", valueName: "count"))
    var count = 20

    @Flag(name: .long, help: "Only orders that are not over.")
    var open = false

    func validate() throws {
        guard count > 0 else { throw ValidationError("-n is 1 or more") }
    }

    func run(at desk: Desk) async throws {
        let books = desk.books
        var report = OrdersReport()
        report.orders = try books.execution { (store) throws(StorageError) in
            open
                ? Array(try store.openOrders().map(\.stored.order).suffix(count))
                : try store.orders(limit: count).map(\.order).reversed()
        }
        desk.show(report) { OrdersView.table($0.orders, isExact: !desk.canvas.isTerminal).lines(on: desk.canvas) }
    }
}

/// What `orders --json` prints.
struct OrdersReport: WireBody {
    static let kind = "ordersReport"
    var orders: [Order] = []
    init() {}
    mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(WireError) { try visitor.field("orders", &orders) }
}
