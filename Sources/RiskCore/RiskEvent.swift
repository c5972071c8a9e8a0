public import TradingModel

/// A request that waits for an answer. The shell chooses the number; the core only gives it back.
public struct RequestToken: Hashable, Sendable {
    public let number: Int
    public init(_ number: Int) { self.number = number }
}

/// A fact that has reached risk.
public enum RiskEvent: Sendable {
    /// What was saved; first of all, once.
    indirect case restored(RiskMemory)

    // Feed.
    /// Feed's present state; on start, after a gap and after a new run of feed.
    indirect case feedSnapshot(FeedView)
    /// A new run of feed has been heard; its snapshot follows.
    case feedSession(String)
    case ticker(Ticker)
    indirect case candle(Candle)
    /// What feed remembers of a series, oldest first; on start and after a gap.
    case candles(Symbol, Timeframe, [Candle])
    indirect case funding(FundingRate)
    /// Facts of feed were lost: its snapshot follows, and nothing is judged before it.
    case feedGap
    case staleness(Staleness)
    /// Everything up to this market time has been seen; ends a step in lock-step.
    case clock(MarketClock)

    // Strategy and operator.
    indirect case proposal(Proposal, RequestToken, expiresAt: WallTime?)
    indirect case command(OperatorCommand, RequestToken)
    /// Whether the kill file lies there; told every second.
    case killFile(isPresent: Bool)

    // Execution.
    indirect case order(Order)
    indirect case position(Position)
    indirect case account(AccountState)
    /// A round trip is complete.
    indirect case trade(Trade)
    case executionBarrier(Barrier)
    /// Facts of execution were lost, or it is a new run: its snapshot is needed.
    case executionGap
    /// The answer to ``RiskDirective/requestExecutionSnapshot(_:)`` of that number.
    indirect case executionSnapshot(ExecutionView, Int)
    /// The answer to a submission, query or cancel; no order where execution has never heard of the id.
    indirect case orderReport(ClientOrderID, Order?)
    /// A submission or query ended without an answer: the outcome is unknown.
    case orderUnanswered(ClientOrderID)

    /// Wall time has passed; a few times a second.
    case timer
}

/// What feed's snapshot says to risk.
public struct FeedView: Hashable, Sendable {
    public var session = ""
    public var instruments: [Instrument] = []
    public var tickers: [Ticker] = []
    public var clock = MarketClock()
    /// Series whose candles have been asked of feed: each is told with ``RiskEvent/candles(_:_:_:)``, and nothing is judged
    /// before all of them are.
    public var awaitedSeries: Set<CandleSeries> = []
    public init() {}
}

/// The candles of one symbol and length.
public struct CandleSeries: Hashable, Sendable {
    public let symbol: Symbol
    public let timeframe: Timeframe
    public init(_ symbol: Symbol, _ timeframe: Timeframe) {
        self.symbol = symbol
        self.timeframe = timeframe
    }
}

/// What execution's snapshot says to risk.
public struct ExecutionView: Hashable, Sendable {
    public var account = AccountState()
    public var positions: [Position] = []
    /// Orders that are not terminal.
    public var openOrders: [Order] = []
    public var isReconciled = false
    public var barrier: Barrier?
    /// The latest closed trades, of which some may not have been heard.
    public var recentTrades: [Trade] = []
    public init() {}
}

/// What risk's database gives back at start.
public struct RiskMemory: Hashable, Sendable {
    public var control = TradingControl()
    public var peakEquity: Money = .zero
    public var day: DayRecord?
    /// Plans that are not spent, and the latest of those that are.
    public var plans: [ExitPlan] = []
    /// Order requests of those plans, in the order in which they were made.
    public var orders: [OrderIntent] = []
    /// The latest verdicts, oldest first.
    public var verdicts: [Verdict] = []
    /// Trades and locks of the protections.
    public var trades: [ClosedTrade] = []
    public var locks: [TradingLock] = []
    /// Deposits less withdrawals as last accounted for.
    public var netDeposits: Money?
    public var clock: ClockMark?
    public init() {}
}
