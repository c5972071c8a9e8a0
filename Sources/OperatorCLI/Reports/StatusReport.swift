import TradingModel
import Wire

/// Everything `quartet status` knows, and how it knows it.
struct StatusReport: WireBody {
    static let kind = "statusReport"
    var at: WallTime = .distantPast
    /// All four answer and say they are healthy.
    var isHealthy = false
    /// `running, pid 4711` or why not.
    var supervisor = ""
    var services: [ServiceReport] = []
    var trading: TradingReport?
    var account: AccountReport?
    var positions: [PositionReport] = []
    var feeds: [FeedReport] = []
    init() {}
    mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(WireError) {
        try visitor.field("at", &at)
        try visitor.field("isHealthy", &isHealthy)
        try visitor.field("supervisor", &supervisor)
        try visitor.field("services", &services)
        try visitor.optional("trading", &trading)
        try visitor.optional("account", &account)
        try visitor.field("positions", &positions)
        try visitor.field("feeds", &feeds)
    }
}

/// Where a part of a report comes from.
enum Provenance: String, Sendable, CaseIterable, WireValue {
    /// The service itself answered just now.
    case live
    /// The service is down: this is what its database says.
    case database
}

/// One service in a status.
struct ServiceReport: WireBody {
    static let kind = "serviceReport"
    var service = ""
    /// A condition of `health`, or `down`, or `silent`: it listens but does not answer.
    var condition = "down"
    /// One sentence: its own, or how its absence is known.
    var reason = ""
    /// What the supervisor says: `RUNNING`, `FATAL` …; empty where there is no supervisor.
    var supervisorState = ""
    var pid: Int?
    var uptime: Span?
    var residentBytes: Int?
    var marketTime: MarketTime?
    var session: String?
    /// Messages a second, since its start, or since the last look where it is watched.
    var receivedPerSecond: Double?
    var publishedPerSecond: Double?
    var received: Int?
    var published: Int?
    var gaps: Int?
    /// From publishing to handling, of the busiest facts it follows.
    var latencyOf: String?
    var latencyP50Micros: Double?
    var latencyP99Micros: Double?
    init() {}

    var isHealthy: Bool { condition == Health.Condition.healthy.rawValue }

    mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(WireError) {
        try visitor.field("service", &service)
        try visitor.field("condition", &condition)
        try visitor.field("reason", &reason)
        try visitor.field("supervisorState", &supervisorState)
        try visitor.optional("pid", &pid)
        try visitor.optional("uptimeMicros", &uptime)
        try visitor.optional("residentBytes", &residentBytes)
        try visitor.optional("marketTime", &marketTime)
        try visitor.optional("session", &session)
        try visitor.optional("receivedPerSecond", &receivedPerSecond)
        try visitor.optional("publishedPerSecond", &publishedPerSecond)
        try visitor.optional("received", &received)
        try visitor.optional("published", &published)
        try visitor.optional("gaps", &gaps)
        try visitor.optional("latencyOf", &latencyOf)
        try visitor.optional("latencyP50Micros", &latencyP50Micros)
        try visitor.optional("latencyP99Micros", &latencyP99Micros)
    }
}

extension ServiceReport {
    /// What a service's own sign of life says.
    init(_ health: Health, session: String, at now: WallTime) {
        service = health.service
        condition = health.condition.rawValue
        reason = health.reason
        pid = health.pid
        uptime = max(.zero, now - health.startedAt)
        residentBytes = health.residentBytes
        marketTime = health.marketTime
        self.session = session
        let readings = Dictionary(health.readings.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
        received = readings["bus.received"].map { Int($0) }
        published = readings["bus.published"].map { Int($0) }
        gaps = readings["bus.gaps"].map { Int($0) }
        let seconds = Double(max(1, (now - health.startedAt).micros)) / 1_000_000
        receivedPerSecond = received.map { Double($0) / seconds }
        publishedPerSecond = published.map { Double($0) / seconds }
        // Prices are what matters most to follow; a service that follows none has the next.
        for kind in [Ticker.kind, Candle.kind, MarketClock.kind, "request." + Barrier.kind] {
            guard let p50 = readings["latency.\(kind).p50Micros"], let p99 = readings["latency.\(kind).p99Micros"]
            else { continue }
            (latencyOf, latencyP50Micros, latencyP99Micros) = (kind, p50, p99)
            break
        }
    }

    /// Rates since an earlier look at the same run.
    mutating func measure(since earlier: ServiceReport, _ elapsed: Span) {
        guard earlier.session == session, elapsed > .zero, let received, let published,
            let before = earlier.received, let publishedBefore = earlier.published
        else { return }
        let seconds = Double(elapsed.micros) / 1_000_000
        receivedPerSecond = Double(received - before) / seconds
        publishedPerSecond = Double(published - publishedBefore) / seconds
    }
}

/// The trading state with where it comes from.
struct TradingReport: WireBody {
    static let kind = "tradingReport"
    var provenance: Provenance = .live
    var state = RiskState()
    /// Limits of the configuration, in percent, for comparison.
    var maxDrawdownStopPct: Double?
    var maxDailyLossPct: Double?
    var maxDailyTrades: Int?
    init() {}
    mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(WireError) {
        try visitor.field("provenance", &provenance)
        try visitor.field("state", &state)
        try visitor.optional("maxDrawdownStopPct", &maxDrawdownStopPct)
        try visitor.optional("maxDailyLossPct", &maxDailyLossPct)
        try visitor.optional("maxDailyTrades", &maxDailyTrades)
    }
}

/// The account with where it comes from.
struct AccountReport: WireBody {
    static let kind = "accountReport"
    var provenance: Provenance = .live
    var account = AccountState()
    var openOrders: Int?
    init() {}
    mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(WireError) {
        try visitor.field("provenance", &provenance)
        try visitor.field("account", &account)
        try visitor.optional("openOrders", &openOrders)
    }
}

/// An open position with its mark and its guard.
struct PositionReport: WireBody {
    static let kind = "positionReport"
    var position = Position()
    var provenance: Provenance = .live
    var averageEntryPrice: Price = .zero
    /// The last price of its symbol; absent where feed is down.
    var mark: Price?
    var unrealizedPnL: Money?
    /// From the exit plan; absent where risk is down.
    var stopLoss: Price?
    var restingStop: Price?
    /// The trigger of the stop that rests at the venue; absent where none does.
    var venueStop: Price?
    var takeProfit: Price?
    init() {}
    init(_ position: Position, provenance: Provenance, ticker: Ticker?, plan: ExitPlan?) {
        self.position = position
        self.provenance = provenance
        averageEntryPrice = position.averageEntryPrice
        mark = ticker?.last
        unrealizedPnL = ticker.map { position.unrealizedPnL(at: $0.last) }
        stopLoss = plan?.stopLoss
        restingStop = plan?.restingStop
        venueStop = plan?.stopOrderPrice
        takeProfit = plan?.takeProfit
    }
    mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(WireError) {
        try visitor.field("position", &position)
        try visitor.field("provenance", &provenance)
        try visitor.field("averageEntryPrice", &averageEntryPrice)
        try visitor.optional("mark", &mark)
        try visitor.optional("unrealizedPnl", &unrealizedPnL)
        try visitor.optional("stopLoss", &stopLoss)
        try visitor.optional("restingStop", &restingStop)
        try visitor.optional("venueStop", &venueStop)
        try visitor.optional("takeProfit", &takeProfit)
    }
}

/// How fresh a symbol's prices are.
struct FeedReport: WireBody {
    static let kind = "feedReport"
    var symbol: Symbol = .none
    var last: Price = .zero
    var bid: Price = .zero
    var ask: Price = .zero
    /// When it was true, by the venue's clock.
    var eventTime: MarketTime = .distantPast
    /// Since it reached this machine.
    var age: Span = .zero
    init() {}
    init(_ ticker: Ticker, at now: WallTime) {
        symbol = ticker.symbol
        last = ticker.last
        bid = ticker.bid
        ask = ticker.ask
        eventTime = ticker.eventTime
        age = max(.zero, now - ticker.receivedTime)
    }
    mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(WireError) {
        try visitor.field("symbol", &symbol)
        try visitor.field("last", &last)
        try visitor.field("bid", &bid)
        try visitor.field("ask", &ask)
        try visitor.field("eventTime", &eventTime)
        try visitor.field("ageMicros", &age)
    }
}
