public import TradingModel

/// The last sequence number of one topic that a snapshot contains: drop what is not newer.
public struct TopicSequence: WireBody, Hashable {
    public static let kind = "topicSequence"
    public var topic = ""
    public var sequence = 0
    public init() {}
    public init(topic: String, sequence: Int) {
        self.topic = topic
        self.sequence = sequence
    }
    public mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(WireError) {
        try visitor.field("topic", &topic)
        try visitor.field("seq", &sequence)
    }
}

/// Asks any service for its present health; answered with ``Health``.
public struct StatusRequest: WireBody, Hashable {
    public static let kind = "statusRequest"
    public init() {}
    public mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(WireError) {}
}

/// The answer to a request that is not carried out.
public struct Refusal: WireBody, Hashable {
    public static let kind = "refusal"
    public enum Code: String, Sendable, CaseIterable {
        case expired, malformed, unknownKind, wrongMajor, notReady, overloaded, unavailable
    }
    public var code: Code = .malformed
    /// One sentence that names the thing, the value and what to do.
    public var sentence = ""
    public init() {}
    public init(_ code: Code, _ sentence: String) {
        self.code = code
        self.sentence = sentence
    }
    public mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(WireError) {
        try visitor.field("code", &code)
        try visitor.field("sentence", &sentence)
    }
}

/// Asks feed for everything but candles; answered with ``FeedSnapshot``.
public struct FeedSnapshotRequest: WireBody, Hashable {
    public static let kind = "feedSnapshotRequest"
    public init() {}
    public mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(WireError) {}
}

/// Feed's present state: instruments, the last ticker of each symbol, the clock and where each topic stands.
public struct FeedSnapshot: WireBody, Hashable {
    public static let kind = "feedSnapshot"
    public var instruments: [Instrument] = []
    public var tickers: [Ticker] = []
    /// The timeframes that are built; a source of 5m candles has no 1m.
    public var timeframes: [Timeframe] = []
    public var clock = MarketClock()
    public var sequences: [TopicSequence] = []
    public init() {}
    public mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(WireError) {
        try visitor.field("instruments", &instruments)
        try visitor.field("tickers", &tickers)
        try visitor.field("timeframes", &timeframes)
        try visitor.field("clock", &clock)
        try visitor.field("sequences", &sequences)
    }
}

/// Asks feed for the closed candles of one symbol and timeframe, newest `limit`; answered with ``Candles``.
public struct CandlesRequest: WireBody, Hashable {
    public static let kind = "candlesRequest"
    public var symbol: Symbol = .none
    public var timeframe: Timeframe = .fiveMinutes
    /// 1...1000.
    public var limit = 1_000
    public init() {}
    public mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(WireError) {
        try visitor.field("symbol", &symbol)
        try visitor.field("timeframe", &timeframe)
        try visitor.field("limit", &limit)
    }
}

/// Closed candles, oldest first, with the sequence number their topic had then.
public struct Candles: WireBody, Hashable {
    public static let kind = "candles"
    public var symbol: Symbol = .none
    public var timeframe: Timeframe = .fiveMinutes
    public var sequence = 0
    public var candles: [Candle] = []
    public init() {}
    public mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(WireError) {
        try visitor.field("symbol", &symbol)
        try visitor.field("timeframe", &timeframe)
        try visitor.field("seq", &sequence)
        try visitor.field("candles", &candles)
    }
}

extension Barrier: WireBody {
    public static let kind = "barrier"
    public mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(WireError) {
        try visitor.field("step", &step)
        try visitor.field("isAttentive", &isAttentive)
    }
}

/// A bare "done".
public struct Acknowledgement: WireBody, Hashable {
    public static let kind = "acknowledgement"
    public init() {}
    public mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(WireError) {}
}

/// Asks execution for account, positions and open orders; answered with ``ExecutionSnapshot``.
public struct ExecutionSnapshotRequest: WireBody, Hashable {
    public static let kind = "executionSnapshotRequest"
    public init() {}
    public mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(WireError) {}
}

/// Execution's present truth.
public struct ExecutionSnapshot: WireBody, Hashable {
    public static let kind = "executionSnapshot"
    public var account = AccountState()
    public var positions: [Position] = []
    /// Orders that are not terminal.
    public var openOrders: [Order] = []
    /// Whether start-up reconciliation has succeeded.
    public var isReconciled = false
    public var barrier: Barrier?
    /// The latest closed trades, oldest first.
    public var recentTrades: [Trade]?
    public var sequences: [TopicSequence] = []
    public init() {}
    public mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(WireError) {
        try visitor.field("account", &account)
        try visitor.field("positions", &positions)
        try visitor.field("openOrders", &openOrders)
        try visitor.field("isReconciled", &isReconciled)
        try visitor.optional("barrier", &barrier)
        try visitor.optional("recentTrades", &recentTrades)
        try visitor.field("sequences", &sequences)
    }
}

/// Asks execution to compare its books with the venue now; answered with ``Reconciliation``.
public struct ReconcileRequest: WireBody, Hashable {
    public static let kind = "reconcileRequest"
    public init() {}
    public mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(WireError) {}
}

/// How books and venue compare at one moment. Nothing is traded to bring them together.
public struct Reconciliation: WireBody, Hashable {
    public static let kind = "reconciliation"
    /// One thing in which they differ.
    public struct Difference: WireBody, Hashable {
        public static let kind = "reconciliationDifference"
        /// Absent where it is about cash.
        public var symbol: Symbol?
        public var sentence = ""
        public init() {}
        public init(symbol: Symbol?, sentence: String) {
            self.symbol = symbol
            self.sentence = sentence
        }
        public mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(WireError) {
            try visitor.optional("symbol", &symbol)
            try visitor.field("sentence", &sentence)
        }
    }
    public var differences: [Difference] = []
    /// Symbols that take no new exposure, and why: by differences, and by contradictions of the venue since the start.
    public var blocked: [Difference] = []
    /// What was compared: open positions and orders at the venue, cash on both sides.
    public var positions = 0
    public var openOrders = 0
    public var balance: Money = .zero
    /// Absent where the venue does not tell cash.
    public var venueBalance: Money?
    public init() {}
    public mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(WireError) {
        try visitor.field("differences", &differences)
        try visitor.field("blocked", &blocked)
        try visitor.field("positions", &positions)
        try visitor.field("openOrders", &openOrders)
        try visitor.field("balance", &balance)
        try visitor.optional("venueBalance", &venueBalance)
    }
}

/// Asks execution how one order stands; answered with ``OrderReport``.
public struct OrderQuery: WireBody, Hashable {
    public static let kind = "orderQuery"
    public var clientOrderID: ClientOrderID = .none
    public init() {}
    public mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(WireError) {
        try visitor.field("clientOrderId", &clientOrderID)
    }
}

/// Asks execution to cancel an order; answered with ``OrderReport``.
public struct CancelRequest: WireBody, Hashable {
    public static let kind = "cancelRequest"
    public var clientOrderID: ClientOrderID = .none
    public init() {}
    public mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(WireError) {
        try visitor.field("clientOrderId", &clientOrderID)
    }
}

/// The answer to ``OrderRequest``, ``OrderQuery`` and ``CancelRequest``: the order as it is now and all its fills.
public struct OrderReport: WireBody, Hashable {
    public static let kind = "orderReport"
    /// Absent where execution has never heard of the id.
    public var order: Order?
    public var fills: [Fill] = []
    public init() {}
    public mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(WireError) {
        try visitor.optional("order", &order)
        try visitor.field("fills", &fills)
    }
}

/// Asks risk for its state and plans; answered with ``RiskSnapshot``.
public struct RiskSnapshotRequest: WireBody, Hashable {
    public static let kind = "riskSnapshotRequest"
    public init() {}
    public mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(WireError) {}
}

/// Risk's present state.
public struct RiskSnapshot: WireBody, Hashable {
    public static let kind = "riskSnapshot"
    public var state = RiskState()
    /// Plans that are not spent.
    public var plans: [ExitPlan] = []
    public var barrier: Barrier?
    public var sequences: [TopicSequence] = []
    public init() {}
    public mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(WireError) {
        try visitor.field("state", &state)
        try visitor.field("plans", &plans)
        try visitor.optional("barrier", &barrier)
        try visitor.field("sequences", &sequences)
    }
}

/// Asks risk for its limits against their present use; answered with ``RiskReport``.
public struct RiskReportRequest: WireBody, Hashable {
    public static let kind = "riskReportRequest"
    public init() {}
    public mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(WireError) {}
}

/// Every limit against its present use, and what else keeps risk from opening anything.
public struct RiskReport: WireBody, Hashable {
    public static let kind = "riskReport"
    public var state = RiskState()
    public var limits: [LimitUse] = []
    /// Locks of the protections that hold now.
    public var locks: [TradingLock] = []
    /// One sentence why risk cannot do all of its work; absent while it can.
    public var impediment: String?
    public var marketTime: MarketTime = .distantPast
    public init() {}
    public mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(WireError) {
        try visitor.field("state", &state)
        try visitor.field("limits", &limits)
        try visitor.field("locks", &locks)
        try visitor.optional("impediment", &impediment)
        try visitor.field("marketTime", &marketTime)
    }
}

/// Asks risk what the gate would say to a proposal, changing nothing; answered with ``RiskSimulation``.
public struct RiskSimulationRequest: WireBody, Hashable {
    public static let kind = "riskSimulationRequest"
    public var proposal = Proposal()
    /// Take feed's present session, the present moment and an evidence of now: for a proposal written by hand.
    public var isHypothetical = false
    public init() {}
    public mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(WireError) {
        try visitor.field("proposal", &proposal)
        try visitor.field("isHypothetical", &isHypothetical)
    }
}

/// What the gate would say, and every check behind it.
public struct RiskSimulation: WireBody, Hashable {
    public static let kind = "riskSimulation"
    public var verdict = Verdict()
    public var checks: [CheckOutcome] = []
    public init() {}
    public mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(WireError) {
        try visitor.field("verdict", &verdict)
        try visitor.field("checks", &checks)
    }
}

extension OperatorCommand: WireBody {
    public static let kind = "command"
    public mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(WireError) {
        try visitor.field("verb", &verb)
        try visitor.optional("symbol", &symbol)
        try visitor.optional("strategy", &strategy)
        try visitor.field("who", &who)
        try visitor.field("why", &why)
    }
}

extension CommandResult: WireBody {
    public static let kind = "commandResult"
    public mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(WireError) {
        try visitor.field("isDone", &isDone)
        try visitor.field("sentence", &sentence)
        try visitor.field("state", &state)
        try visitor.field("orders", &orders)
    }
}

/// A service's sign of life, every second and on every change.
public struct Health: WireBody, Hashable {
    public static let kind = "health"
    public enum Condition: String, Sendable, CaseIterable {
        case starting, recovering, healthy, degraded, stopping
    }
    public var service = ""
    public var condition: Condition = .starting
    /// One sentence; empty when healthy.
    public var reason = ""
    public var pid = 0
    public var startedAt: WallTime = .distantPast
    public var marketTime: MarketTime?
    /// Resident memory in bytes.
    public var residentBytes = 0
    /// Named counters and gauges: `bus.received`, `bus.gaps`, `latency.ticker.p50Micros`, …
    public var readings: [Reading] = []
    /// Where each topic of this service's bus stood when this was said: a subscriber whose last message of a topic was
    /// another has lost the newest.
    public var sequences: [TopicSequence]?
    public init() {}
    public mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(WireError) {
        try visitor.field("service", &service)
        try visitor.field("condition", &condition)
        try visitor.field("reason", &reason)
        try visitor.field("pid", &pid)
        try visitor.field("startedAt", &startedAt)
        try visitor.optional("marketTime", &marketTime)
        try visitor.field("residentBytes", &residentBytes)
        try visitor.field("readings", &readings)
        try visitor.optional("sequences", &sequences)
    }
}
