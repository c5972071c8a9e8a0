public import TradingModel

/// Everything an entry is judged by, gathered at one moment. A value: the same inquiry always gets the same answer.
public struct Inquiry: Hashable, Sendable {
    public var proposal = Proposal()
    public var limits = RiskLimits()

    /// Market time now, as far as feed has said.
    public var marketTime: MarketTime = .distantPast
    /// Wall time since the symbol's last price arrived; absent in lock-step, where wall time means nothing.
    public var silence: Span?
    /// Feed's present run.
    public var feedSession = ""
    public var instrument: Instrument?
    public var ticker: Ticker?
    /// Feed calls the symbol stale, in one sentence.
    public var staleness: String?
    /// Measures of the proposal's invalidation that are not known yet.
    public var unmeasured: [Measure] = []

    /// Execution's truth is known and reconciled with the venue.
    public var isReconciled = false
    /// The operator's hold that counts for the symbol.
    public var hold: TradingControl.Hold?
    /// The protection that has locked the symbol's side.
    public var lock: TradingLock?
    /// Entries approved in the last minute and hour of market time.
    public var entriesInMinute = 0
    public var entriesInHour = 0
    public var automatic: TradingState = .active
    public var drawdown: Ratio = .zero
    public var day = DayRecord()

    /// The symbol's open position.
    public var position: Position?
    /// The symbol's plan that is not spent.
    public var plan: ExitPlan?
    /// An order of the symbol whose outcome is unknown.
    public var unresolved: ClientOrderID?
    /// An entry of the symbol that is not settled.
    public var inFlight: ClientOrderID?

    public var equity: Money = .zero
    public var balance: Money = .zero
    /// Margin of open positions and of entries on their way: in the symbol, and in all.
    public var symbolMargin: Money = .zero
    public var totalMargin: Money = .zero
    /// The same by symbol.
    public var margins: [Symbol: Money] = [:]
    /// What is open or on its way, and the returns of every symbol there is.
    var holdings: [ValueAtRisk.Holding] = []
    var returns: [Symbol: ReturnSeries] = [:]
    /// What is known of the correlations; more of it after the check that asks for them.
    var correlations = CorrelationMemory()

    /// Set by the size check, used by those after it.
    public var sizing: PositionSizer.Sizing?

    public init() {}

    /// What would win and lose with this entry, its own symbol's margin included.
    mutating func correlatedGroup() -> CorrelatedGroup {
        CorrelatedGroup.of(
            proposal.symbol, side, among: holdings, margins: margins, returns: returns, limits: limits,
            memory: &correlations)
    }

    var side: PositionSide { proposal.action.side ?? .long }

    /// The last trade: what the exit guard will judge by, so a stop beyond it would fire at once.
    var livePrice: Price { ticker?.last ?? .zero }

    /// The dearer of last trade and the quote the entry would meet: the size is never understated.
    var sizingPrice: Price {
        guard let ticker else { return .zero }
        return max(ticker.last, side == .long ? ticker.ask : ticker.bid)
    }

    /// The proposal's confidence as an exact number, to 12 decimals; `nil` unless it is in 0...1.
    var confidence: Ratio? {
        guard (0...1).contains(proposal.confidence) else { return nil }
        return Ratio(rounding: proposal.confidence, .halfEven)
    }
}
