/// What a strategy wants done with one side of one symbol.
public enum SignalAction: String, Sendable, CaseIterable {
    case enterLong, exitLong, enterShort, exitShort, hold

    public var isEntry: Bool { self == .enterLong || self == .enterShort }
    public var isExit: Bool { self == .exitLong || self == .exitShort }
    /// The position side it speaks of; `nil` for hold.
    public var side: PositionSide? {
        switch self {
        case .enterLong, .exitLong: .long
        case .enterShort, .exitShort: .short
        case .hold: nil
        }
    }
}

/// What the market of one symbol and timeframe is like.
public enum Regime: String, Sendable, CaseIterable {
    case unknown, trending, sideways
    case highVolatility = "high_volatility"
}

/// A named number that was seen when a decision was made.
public struct Reading: Hashable, Sendable {
    public var name: String = ""
    public var value: Double = 0
    public init() {}
    public init(_ name: String, _ value: Double) {
        self.name = name
        self.value = value
    }
}

/// A strategy's view of one symbol at the close of one candle.
public struct Signal: Hashable, Sendable {
    /// The strategy's configuration name, such as `momentum`.
    public var strategy: String = ""
    public var symbol: Symbol = .none
    public var timeframe: Timeframe = .fiveMinutes
    public var action: SignalAction = .hold
    /// The open time of the candle it was computed on.
    public var candleOpenTime: MarketTime = .distantPast
    /// When that candle closed: from here on the signal may be acted on.
    public var time: MarketTime = .distantPast
    /// 0...1 for an entry, 0 for an exit.
    public var confidence: Double = 0
    /// The close of that candle.
    public var price: Price = .zero
    /// The share of capital the strategy would like; risk decides.
    public var positionSize: Ratio = .zero
    public var stopLoss: Price?
    public var takeProfit: Price?
    /// What was seen: indicator values, thresholds.
    public var metadata: [Reading] = []
    public init() {}
}

/// One input of a decision: which fact, and how old it was.
public struct Evidence: Hashable, Sendable {
    /// The topic the fact came on: `candle.BTC/USDT.15m`.
    public var topic: String = ""
    /// Feed's session and sequence number of that fact.
    public var session: String = ""
    public var sequence: Int = 0
    public var eventTime: MarketTime = .distantPast
    /// How long before the decision, in market time, the fact became true.
    public var age: Span = .zero
    /// Holes known in the series behind it.
    public var gaps: Int = 0
    public init() {}
}

/// What a strategy asks of risk: not yet sized, not yet approved.
public struct Proposal: Hashable, Sendable {
    /// Derived from strategy, symbol, action and candle, so that a repeat is the same proposal.
    public var id: String = ""
    public var decisionID: String = ""
    public var strategy: String = ""
    public var symbol: Symbol = .none
    /// `enterLong`, `enterShort`, `exitLong` or `exitShort`.
    public var action: SignalAction = .hold
    public var confidence: Double = 0
    /// The price the idea was formed at.
    public var price: Price = .zero
    public var stopLoss: Price?
    public var takeProfit: Price?
    public var leverage: Int = 1
    /// Conditions under which the idea is wrong, as text of the invalidation language; empty for none.
    public var invalidation: String = ""
    public var timeframe: Timeframe = .fiveMinutes
    public var regime: Regime = .unknown
    public var decidedAt: MarketTime = .distantPast
    public var evidence: [Evidence] = []
    /// The part of the size that risk allows which this entry is to take; absent for all of it.
    public var share: Ratio?
    public init() {}
}

/// The closed set of reasons for which risk denies a proposal.
public enum DenialReason: String, Sendable, CaseIterable {
    case tradingHalted = "TRADING_HALTED"
    case tradingReducing = "TRADING_REDUCING"
    case dailyLossLimit = "DAILY_LOSS_LIMIT"
    case dailyTradeLimit = "DAILY_TRADE_LIMIT"
    case drawdownLimit = "DRAWDOWN_LIMIT"
    case confidenceBelowMinimum = "CONFIDENCE_BELOW_MINIMUM"
    case unknownSymbol = "UNKNOWN_SYMBOL"
    case symbolExposureLimit = "SYMBOL_EXPOSURE_LIMIT"
    case totalExposureLimit = "TOTAL_EXPOSURE_LIMIT"
    case positionAlreadyOpen = "POSITION_ALREADY_OPEN"
    case noPositionToClose = "NO_POSITION_TO_CLOSE"
    case exitAlreadyPending = "EXIT_ALREADY_PENDING"
    case orderInFlight = "ORDER_IN_FLIGHT"
    case orderUnresolved = "ORDER_UNRESOLVED"
    case belowMinimumNotional = "BELOW_MINIMUM_NOTIONAL"
    case belowMinimumQuantity = "BELOW_MINIMUM_QUANTITY"
    case insufficientFunds = "INSUFFICIENT_FUNDS"
    case leverageOutOfRange = "LEVERAGE_OUT_OF_RANGE"
    case stopMissing = "STOP_MISSING"
    case stopOnWrongSide = "STOP_ON_WRONG_SIDE"
    case targetOnWrongSide = "TARGET_ON_WRONG_SIDE"
    case rewardToRiskTooLow = "REWARD_TO_RISK_TOO_LOW"
    case liquidationBeforeStop = "LIQUIDATION_BEFORE_STOP"
    case stalePrice = "STALE_PRICE"
    case staleEvidence = "STALE_EVIDENCE"
    case gappyEvidence = "GAPPY_EVIDENCE"
    case feedSessionChanged = "FEED_SESSION_CHANGED"
    case noMarketData = "NO_MARKET_DATA"
    case notReconciled = "NOT_RECONCILED"
    case invalidationUnreadable = "INVALIDATION_UNREADABLE"
    case invalidationNotReady = "INVALIDATION_NOT_READY"
    case orderRateLimit = "ORDER_RATE_LIMIT"
    case protectionLock = "PROTECTION_LOCK"
    case correlatedExposureLimit = "CORRELATED_EXPOSURE_LIMIT"
    case valueAtRiskLimit = "VALUE_AT_RISK_LIMIT"
    case conditionalValueAtRiskLimit = "CONDITIONAL_VALUE_AT_RISK_LIMIT"
    case clockOffset = "CLOCK_OFFSET"
    case shortSideDisabled = "SHORT_SIDE_DISABLED"
    case expired = "EXPIRED"
    case executionDenied = "EXECUTION_DENIED"
    case malformed = "MALFORMED"
}

/// A denial with its figures: `DAILY_LOSS_LIMIT: lost=5.2% limit=5%`.
public struct Denial: Hashable, Sendable, CustomStringConvertible {
    public var reason: DenialReason = .malformed
    /// The figures as `name=value` pairs in reading order.
    public var figures: [Figure] = []
    public init() {}
    public init(_ reason: DenialReason, _ figures: [Figure] = []) {
        self.reason = reason
        self.figures = figures
    }
    public var description: String {
        figures.isEmpty
            ? reason.rawValue : reason.rawValue + ": " + figures.map { "\($0.name)=\($0.value)" }.joined(separator: " ")
    }
}

/// A named figure already in the words an operator reads: `limit=5%`.
public struct Figure: Hashable, Sendable {
    public var name: String = ""
    public var value: String = ""
    public init() {}
    public init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}

/// Risk's answer to a proposal: denied with one reason, or approved with size, order and exit plan.
public struct Verdict: Hashable, Sendable {
    public var proposalID: String = ""
    public var decisionID: String = ""
    public var strategy: String = ""
    public var symbol: Symbol = .none
    public var action: SignalAction = .hold
    public var isApproved: Bool = false
    /// Present exactly when not approved.
    public var denial: Denial?
    /// Present exactly when approved.
    public var clientOrderID: ClientOrderID?
    public var quantity: Quantity = .zero
    public var notional: Money = .zero
    public var leverage: Int = 1
    /// The share of equity the size is.
    public var size: Ratio = .zero
    public var stopLoss: Price?
    public var takeProfit: Price?
    /// How the order stood when the verdict was given.
    public var orderStatus: OrderStatus?
    public var decidedAt: MarketTime = .distantPast
    public init() {}
}

/// What may be traded now.
public enum TradingState: String, Sendable, CaseIterable, Comparable {
    case active
    /// Exits only.
    case reducing
    /// Nothing new; exits of open positions pass unless the operator chose otherwise.
    case halted

    private var severity: Int {
        switch self {
        case .active: 0
        case .reducing: 1
        case .halted: 2
        }
    }
    /// More severe is greater.
    public static func < (a: TradingState, b: TradingState) -> Bool { a.severity < b.severity }
}

/// The trading state with its reason and the figures behind it.
public struct RiskState: Hashable, Sendable {
    public var state: TradingState = .active
    /// One sentence: who or what set it, and why.
    public var reason: String = ""
    public var since: MarketTime = .distantPast
    public var equity: Money = .zero
    public var peakEquity: Money = .zero
    public var drawdown: Ratio = .zero
    public var dayStartEquity: Money = .zero
    /// Loss since the day began as a share of the day's first equity; 0 when in profit.
    public var dailyLoss: Ratio = .zero
    public var dailyTrades: Int = 0
    public var grossExposure: Money = .zero
    public var openPositions: Int = 0
    /// What the open positions may lose over the horizon, as a share of equity, by the worse of history and normal
    /// distribution; absent where nothing was measured.
    public var valueAtRisk: Ratio?
    /// What they lose on average where they lose more than that.
    public var conditionalValueAtRisk: Ratio?
    public init() {}
}

/// One limit against its present use.
public struct LimitUse: Hashable, Sendable {
    /// As the setting is called: `max_daily_loss_pct`.
    public var name: String = ""
    /// What it is about: `account`, a symbol.
    public var scope: String = ""
    /// In an operator's words: `3.2%`.
    public var used: String = ""
    public var limit: String = ""
    /// Use over limit; at least 1 where the limit is reached.
    public var share: Ratio = .zero
    /// Whether there is such a limit: 0 asks for none.
    public var isAsked: Bool { limit != "0" && limit != "0%" }
    public init() {}
    public init(_ name: String, scope: String, used: String, limit: String, share: Ratio) {
        self.name = name
        self.scope = scope
        self.used = used
        self.limit = limit
        self.share = share
    }
}

/// Nothing is opened until a moment of market time: a protection has tripped.
public struct TradingLock: Hashable, Sendable {
    /// The protection's name: `StoplossGuard`, `CooldownPeriod`, `LowProfitPairs`, `MaxDrawdown`.
    public var protection: String = ""
    /// Absent where everything is locked.
    public var symbol: Symbol?
    /// Absent where both sides are locked.
    public var side: PositionSide?
    public var since: MarketTime = .distantPast
    /// From then on it no longer holds.
    public var until: MarketTime = .distantPast
    /// One sentence with the figures.
    public var reason: String = ""
    public init() {}
}

/// What one check of the gate said to a proposal.
public struct CheckOutcome: Hashable, Sendable {
    public var name: String = ""
    /// Absent where the check has nothing against it.
    public var denial: Denial?
    /// Not asked: a check before it has denied and nothing after it can be computed.
    public var isSkipped: Bool = false
    public init() {}
    public init(_ name: String, denial: Denial?, isSkipped: Bool = false) {
        self.name = name
        self.denial = denial
        self.isSkipped = isSkipped
    }
}

/// Why a position is left.
public enum ExitReason: String, Sendable, CaseIterable {
    case stopLoss = "stop_loss"
    case ladder
    case peakPullback = "peak_pullback"
    case takeProfit = "take_profit"
    case invalidation
    case ttl
    case signal
    case operatorFlatten = "operator_flatten"
    case drawdownHalt = "drawdown_halt"
    case liquidation
}

/// Where an exit plan stands.
public enum ExitPlanStatus: String, Sendable, CaseIterable {
    /// Written, the entry not yet filled.
    case pending
    /// Guarding an open position.
    case active
    /// An exit has fired and its order is on its way.
    case closing
    /// Done: the position is closed or was never opened.
    case spent
}

/// How a position is to be left; written before the entry order leaves, watched on every price.
public struct ExitPlan: Hashable, Sendable {
    /// The proposal's id.
    public var id: String = ""
    public var symbol: Symbol = .none
    public var side: PositionSide = .long
    public var strategy: String = ""
    public var leverage: Int = 1
    public var status: ExitPlanStatus = .pending
    public var entryOrderID: ClientOrderID = .none
    /// The average fill price; the proposal's price until the first fill.
    public var entryPrice: Price = .zero
    public var quantity: Quantity = .zero
    public var stopLoss: Price = .zero
    public var takeProfit: Price = .zero
    /// Market time after the first fill at which the position is left in any case.
    public var timeToLive: Span = .zero
    public var invalidation: String = ""
    public var createdAt: MarketTime = .distantPast
    public var firstFillAt: MarketTime?
    /// The most favourable price since entry; starts at entry.
    public var best: Price = .zero
    /// Where the protective stop stands: the tighter of stop and ladder line, rounded toward the market.
    public var restingStop: Price = .zero
    /// The stop that rests at the venue and the price that triggers it; absent while none is known to rest.
    public var stopOrderID: ClientOrderID?
    public var stopOrderPrice: Price?
    public var exitReason: ExitReason?
    public var exitOrderID: ClientOrderID?
    public var updatedAt: MarketTime = .distantPast
    public init() {}
}

/// What strategy decided on a decision boundary for one symbol, including "nothing", and every contribution to it.
public struct Decision: Hashable, Sendable {
    /// Derived from symbol and boundary.
    public var id: String = ""
    public var symbol: Symbol = .none
    public var decidedAt: MarketTime = .distantPast
    public var regime: Regime = .unknown
    /// `hold` for "nothing".
    public var action: SignalAction = .hold
    public var strategy: String = ""
    public var confidence: Double = 0
    public var proposalID: String?
    /// One sentence in plain words.
    public var reason: String = ""
    public var signals: [Signal] = []
    /// What every strategy that was asked said, and what became of it; absent where an older version decided.
    public var contributions: [Contribution]?
    /// The sums of weight times confidence of the entries that counted, for either side.
    public var longScore: Double?
    public var shortScore: Double?
    public init() {}
}

/// What the operator tells risk to do.
public struct OperatorCommand: Hashable, Sendable {
    public enum Verb: String, Sendable, CaseIterable {
        case halt, reduce, resume, flatten
    }
    public var verb: Verb = .halt
    /// Only this symbol; absent for everything.
    public var symbol: Symbol?
    /// Only what this strategy proposes or has open; absent for everything.
    public var strategy: String?
    /// Who says so: login name and terminal.
    public var who: String = ""
    public var why: String = ""
    public init() {}
}

/// Risk's answer to the operator.
public struct CommandResult: Hashable, Sendable {
    public var isDone: Bool = false
    /// One sentence: what was done, or why not.
    public var sentence: String = ""
    public var state = RiskState()
    /// Exit orders that the command caused.
    public var orders: [ClientOrderID] = []
    public init() {}
}
