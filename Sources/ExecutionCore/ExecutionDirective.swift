public import TradingModel

/// What the shell must do now, in this order.
///
/// Adjacent ``journal(_:)`` directives are one transaction, and it is committed before the next directive that leaves the
/// process is obeyed.
public enum ExecutionDirective: Hashable, Sendable {
    case journal(JournalRecord)
    case send(VenueCommand)
    indirect case reply(OrderAnswer, RequestToken)
    indirect case replySnapshot(ExecutionImage, RequestToken)
    indirect case replyReconciliation(ReconciliationAnswer, RequestToken)
    case refuse(RequestRefusal, RequestToken)
    case publish(ExecutionFact)
    case barrier(Barrier)
    case schedule(ExecutionTimer, after: Span)
    case readiness(ExecutionReadiness)
    case log(LogLine)
}

/// A row to be written.
public indirect enum JournalRecord: Hashable, Sendable {
    /// A new order; refused by the journal where the id exists.
    case newOrder(OrderRecord)
    /// A transition of an order that the journal has.
    case order(OrderRecord)
    case fill(Fill)
    /// The position of a symbol after a fill; quantity zero where it was closed. With what entered it altogether.
    case position(Position, enteredQuantity: Quantity, enteredNotional: Money)
    /// A completed round trip and the fill that completed it.
    case trade(Trade, closingFillID: String)
    case account(AccountRecord)
    /// What a position paid for being held.
    case funding(FundingPayment)
}

/// Cash and its parts: balance = start + net deposits + realized − fees.
public struct AccountRecord: Hashable, Sendable {
    public var startingBalance: Money
    public var netDeposits: Money
    public var realizedPnL: Money
    public var fees: Money
    public var balance: Money
    public var eventTime: MarketTime
}

/// The answer to a request about an order.
public struct OrderAnswer: Hashable, Sendable {
    /// Absent where execution has never heard of the id.
    public var order: Order?
    public var fills: [Fill]
    public init(order: Order?, fills: [Fill] = []) {
        self.order = order
        self.fills = fills
    }
}

/// How books and venue compare.
public struct ReconciliationAnswer: Hashable, Sendable {
    /// One sentence each, by symbol.
    public var symbols: [Symbol: String]
    public var cash: String?
    public var blocked: [Symbol: String]
    /// Open at the venue.
    public var positions: Int
    public var openOrders: Int
    public var balance: Money
    public var venueBalance: Money?
}

/// A request that is not carried out.
public enum RequestRefusal: Hashable, Sendable {
    /// Start-up is not over. One sentence.
    case notReady(String)
    /// The request contradicts itself or an earlier one. One sentence.
    case malformed(String)

    public var sentence: String {
        switch self {
        case .notReady(let sentence), .malformed(let sentence): sentence
        }
    }
}

/// A fact for the bus.
public indirect enum ExecutionFact: Hashable, Sendable {
    case order(Order)
    case fill(Fill)
    case position(Position)
    case trade(Trade)
    case account(AccountState)
}

/// Execution's present truth, for a snapshot.
public struct ExecutionImage: Hashable, Sendable {
    public var account: AccountState
    public var positions: [Position]
    public var openOrders: [Order]
    public var isReconciled: Bool
    public var barrier: Barrier?
}

/// Whether requests are served.
public enum ExecutionReadiness: Hashable, Sendable {
    /// Not yet; one sentence says what is missing.
    case recovering(String)
    case ready
    /// Exits only; one sentence says why.
    case degraded(String)
}

/// A line for the log.
public struct LogLine: Hashable, Sendable {
    public enum Level: String, Hashable, Sendable {
        case info, warning, error
    }
    public var level: Level
    public var text: String
    /// For the trade log too.
    public var isTrade: Bool
    public init(_ level: Level, _ text: String, isTrade: Bool = false) {
        self.level = level
        self.text = text
        self.isTrade = isTrade
    }
}

/// What is not given by the events: patience and names.
public struct ExecutionPolicy: Hashable, Sendable {
    /// The market goes by steps; the account is published once a step instead of once a second.
    public var isLockStep = false
    /// How long the venue may take to acknowledge; `nil` where it answers at once.
    public var acknowledgementTimeout: Span?
    /// A "never heard of it" counts as proof only so long after the order was last sent.
    public var proofDelay: Span = .zero
    /// An order that opens exposure is not sent again later than this after it first was; one that reduces always is.
    public var resendWithin: Span = .seconds(5)
    public var firstRetry: Span = .milliseconds(500)
    public var longestRetry: Span = .seconds(30)
    /// Spreads retries, so that a thousand orders do not ask in the same moment: up to half of each pause is taken off,
    /// drawn from this seed, the order's id and the try. `nil` takes nothing off.
    public var jitterSeed: UInt64?
    /// How often books and venue are compared while orders are served; `nil` where the venue's books are in the journal.
    public var reconciliationInterval: Span?
    /// How far before the last known event the venue is asked for orders that ended.
    public var lookBack: Span = .hours(1)
    public var accountInterval: Span = .seconds(1)
    public var maxLeverage = Int.max
    /// An entry at market is denied where the last price is further from the one it was decided at; `nil` asks nothing.
    public var entryDeviation: Ratio?
    public var currency = "USDT"
    /// Orders that are over and still answered from memory.
    public var remembered = 256

    public init() {}
}
