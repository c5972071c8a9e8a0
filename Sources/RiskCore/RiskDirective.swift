public import TradingModel

/// What the shell must now do. Obeyed in order; adjacent ``persist(_:)`` are one transaction, committed before the next.
public enum RiskDirective: Hashable, Sendable {
    indirect case persist(RiskRecord)
    /// Request the order of execution, resending it under the same id until `expiresAt`. Ends in
    /// ``RiskEvent/orderReport(_:_:)`` or ``RiskEvent/orderUnanswered(_:)``.
    indirect case submit(OrderRequest, expiresAt: WallTime)
    /// Ask how an order stands; ends in the same.
    case query(ClientOrderID)
    /// Ask execution to cancel; an answer is an ``RiskEvent/orderReport(_:_:)``, silence is no news.
    case cancel(ClientOrderID)
    /// Ask execution for its snapshot until it answers; the answer carries the number. What execution publishes in the
    /// meantime waits, and what the snapshot contains is dropped.
    case requestExecutionSnapshot(Int)
    indirect case replyVerdict(Verdict, RequestToken)
    indirect case replyCommand(CommandResult, RequestToken)
    indirect case publishVerdict(Verdict)
    indirect case publishPlan(ExitPlan)
    indirect case publishState(RiskState)
    case publishBarrier(Barrier)
    /// One sentence for the log.
    case log(LogLevel, String)

    public enum LogLevel: String, Sendable {
        /// Entries, exits and their outcome: the trade log.
        case trade
        case info, warning, error
    }
}

/// A change to be saved. Each replaces what is saved under its key.
public enum RiskRecord: Hashable, Sendable {
    /// By proposal.
    case verdict(Verdict)
    /// By plan.
    case plan(ExitPlan)
    /// By client order id.
    case order(OrderIntent)
    case control(TradingControl)
    /// Added to the history.
    case change(StateChange)
    case peakEquity(Money)
    /// By day.
    case day(DayRecord)
    /// By trade.
    case trade(ClosedTrade)
    /// By protection, symbol and side.
    case lock(TradingLock)
    /// Deposits less withdrawals that peak and day have been scaled for.
    case netDeposits(Money)
    /// The one mark of what market time it was.
    case clock(ClockMark)
}

/// What market time it was at a moment of wall time, and how fast it went: what a guard without a feed goes by.
public struct ClockMark: Hashable, Sendable {
    public var market: MarketTime
    public var wall: WallTime
    public init(market: MarketTime, wall: WallTime) {
        self.market = market
        self.wall = wall
    }
}

/// An order request as risk keeps it: written before it is sent, so that a restart knows what may be on its way.
public struct OrderIntent: Hashable, Sendable {
    public var request: OrderRequest
    public var planID: String
    /// Counts the orders of one purpose for one plan, from 0.
    public var attempt: Int
    /// Until then the request may still reach execution.
    public var expiresAt: WallTime
    /// The latest known status; absent until execution has answered.
    public var status: OrderStatus?
    public var filledQuantity: Quantity
    /// Nothing more can happen to it.
    public var isSettled: Bool

    public init(
        request: OrderRequest, planID: String, attempt: Int, expiresAt: WallTime, status: OrderStatus? = nil,
        filledQuantity: Quantity = .zero, isSettled: Bool = false
    ) {
        self.request = request
        self.planID = planID
        self.attempt = attempt
        self.expiresAt = expiresAt
        self.status = status
        self.filledQuantity = filledQuantity
        self.isSettled = isSettled
    }

    public var id: ClientOrderID { request.clientOrderID }
}

extension RiskCore {
    /// Asks for a record to be saved, where anybody keeps records.
    @inline(__always)
    func persist(_ record: @autoclosure () -> RiskRecord, into directives: inout [RiskDirective]) {
        if keepsRecords { directives.append(.persist(record())) }
    }

    /// Says something that is no warning, where anybody reads it: the sentence is not made otherwise.
    @inline(__always)
    func note(
        _ level: RiskDirective.LogLevel, _ sentence: @autoclosure () -> String, into directives: inout [RiskDirective]
    ) {
        if keepsRecords { directives.append(.log(level, sentence())) }
    }
}
