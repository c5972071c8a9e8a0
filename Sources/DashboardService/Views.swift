import TradingModel
import Wire

// What the API answers. Each is declared once; the JSON and the schemas of `docs/openapi.json` are made from it.

/// The answer of `GET /api/status`: everything that has to be seen at a glance.
struct StatusView: WireBody {
    static let kind = "status"
    var at: WallTime = .distantPast
    var marketTime: MarketTime?
    /// Market seconds per wall second; absent where the source runs as fast as it can.
    var rate: Double?
    var mode: String = ""
    /// `active`, `reducing`, `halted`, or `unknown` while risk has not been heard.
    var tradingState: String = "unknown"
    var risk: RiskState?
    var account: AccountState?
    var services: [ServiceView] = []
    var feeds: [FeedView] = []
    var openOrders = 0
    var unresolvedOrders = 0
    var drawdownWarningPct: Double = 0
    var drawdownStopPct: Double = 0
    var dailyLossLimitPct: Double = 0
    var startedAt: WallTime = .distantPast
    /// Counts up with everything that changed; a page that has seen it has nothing to fetch.
    var revision = 0
    init() {}
    mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(WireError) {
        try visitor.field("at", &at)
        try visitor.optional("marketTime", &marketTime)
        try visitor.optional("rate", &rate)
        try visitor.field("mode", &mode)
        try visitor.field("tradingState", &tradingState)
        try visitor.optional("risk", &risk)
        try visitor.optional("account", &account)
        try visitor.field("services", &services)
        try visitor.field("feeds", &feeds)
        try visitor.field("openOrders", &openOrders)
        try visitor.field("unresolvedOrders", &unresolvedOrders)
        try visitor.field("drawdownWarningPct", &drawdownWarningPct)
        try visitor.field("drawdownStopPct", &drawdownStopPct)
        try visitor.field("dailyLossLimitPct", &dailyLossLimitPct)
        try visitor.field("startedAt", &startedAt)
        try visitor.field("revision", &revision)
    }
}

/// One of the four services.
struct ServiceView: WireBody {
    static let kind = "service"
    var service = ""
    /// What it says of itself, or `silent` where it has said nothing for five seconds.
    var condition = "silent"
    var reason = ""
    var pid = 0
    var startedAt: WallTime?
    /// How often it was started anew while the dashboard watched.
    var restarts = 0
    var silentMillis: Int?
    var residentBytes = 0
    var publishedPerSecond: Double?
    var receivedPerSecond: Double?
    /// Holes in what the dashboard received from it.
    var gaps = 0
    var readings: [Reading] = []
    init() {}
    mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(WireError) {
        try visitor.field("service", &service)
        try visitor.field("condition", &condition)
        try visitor.field("reason", &reason)
        try visitor.field("pid", &pid)
        try visitor.optional("startedAt", &startedAt)
        try visitor.field("restarts", &restarts)
        try visitor.optional("silentMillis", &silentMillis)
        try visitor.field("residentBytes", &residentBytes)
        try visitor.optional("publishedPerSecond", &publishedPerSecond)
        try visitor.optional("receivedPerSecond", &receivedPerSecond)
        try visitor.field("gaps", &gaps)
        try visitor.field("readings", &readings)
    }
}

/// One symbol's prices and how old they are.
struct FeedView: WireBody {
    static let kind = "feed"
    var symbol: Symbol = .none
    var last: Price = .zero
    var bid: Price = .zero
    var ask: Price = .zero
    /// Wall time since the last price arrived here.
    var ageMillis = 0
    var isStale = false
    init() {}
    mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(WireError) {
        try visitor.field("symbol", &symbol)
        try visitor.field("last", &last)
        try visitor.field("bid", &bid)
        try visitor.field("ask", &ask)
        try visitor.field("ageMillis", &ageMillis)
        try visitor.field("isStale", &isStale)
    }
}

/// An open position with its exit plan and how far each exit is.
struct PositionView: WireBody {
    static let kind = "openPosition"
    var position = Position()
    var averageEntryPrice: Price = .zero
    var mark: Price?
    var unrealizedPnL: Money?
    /// Result over margin, percent.
    var returnPct: Double?
    var plan: ExitPlan?
    /// Percent the price has to move to reach each exit; negative is against the position.
    var stopDistancePct: Double?
    var targetDistancePct: Double?
    var restingStopDistancePct: Double?
    var timeToLiveLeftMicros: Span?
    init() {}
    mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(WireError) {
        try visitor.field("position", &position)
        try visitor.field("averageEntryPrice", &averageEntryPrice)
        try visitor.optional("mark", &mark)
        try visitor.optional("unrealizedPnl", &unrealizedPnL)
        try visitor.optional("returnPct", &returnPct)
        try visitor.optional("plan", &plan)
        try visitor.optional("stopDistancePct", &stopDistancePct)
        try visitor.optional("targetDistancePct", &targetDistancePct)
        try visitor.optional("restingStopDistancePct", &restingStopDistancePct)
        try visitor.optional("timeToLiveLeftMicros", &timeToLiveLeftMicros)
    }
}

/// A list under one name, with how many there are in all.
struct ListView<Element: WireBody>: WireBody {
    static var kind: String { Element.kind + "List" }
    var items: [Element] = []
    var total = 0
    init() {}
    init(_ items: [Element], total: Int? = nil) {
        self.items = items
        self.total = total ?? items.count
    }
    mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(WireError) {
        try visitor.field("items", &items)
        try visitor.field("total", &total)
    }
}

/// A point of the equity curve.
struct EquityView: WireBody {
    static let kind = "equityPoint"
    var time: MarketTime = .distantPast
    var equity: Money = .zero
    var drawdown: Ratio = .zero
    /// What the starting capital would be worth in the benchmark; absent where no price was known.
    var benchmark: Money?
    init() {}
    mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(WireError) {
        try visitor.field("time", &time)
        try visitor.field("equity", &equity)
        try visitor.field("drawdown", &drawdown)
        try visitor.optional("benchmark", &benchmark)
    }
}

/// What is needed before a POST.
struct SessionView: WireBody {
    static let kind = "session"
    /// Goes back in the header `X-CSRF-Token`.
    var csrfToken = ""
    var mode = ""
    init() {}
    mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(WireError) {
        try visitor.field("csrfToken", &csrfToken)
        try visitor.field("mode", &mode)
    }
}

/// The body of `POST /api/stop`.
struct StopRequest: WireBody {
    static let kind = "stopRequest"
    /// Kept with the command.
    var why: String?
    init() {}
    mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(WireError) { try visitor.optional("why", &why) }
}

/// Why a request was not carried out.
struct ProblemView: WireBody {
    static let kind = "problem"
    /// One sentence.
    var error = ""
    init() {}
    init(_ error: String) { self.error = error }
    mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(WireError) { try visitor.field("error", &error) }
}
