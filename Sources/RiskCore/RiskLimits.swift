public import TradingModel

/// Everything the gate and the guard hold a proposal or a position against. Shares are ratios: 0.05 is five percent.
public struct RiskLimits: Hashable, Sendable {
    /// What may be traded at all.
    public var symbols: Set<Symbol> = []

    /// Drawdown from peak equity from which on nothing is opened.
    public var drawdownWarning: Ratio = .hundredths(15)
    /// Drawdown from which on nothing is traded.
    public var drawdownStop: Ratio = .hundredths(20)
    /// Drawdown below which either is lifted again; lower than the warning, so that the state does not flap.
    public var drawdownRecovery: Ratio = .hundredths(10)
    /// Whether the drawdown stop also closes what is open. Off: the stops in place are better than a market order at the low.
    public var isFlattenedOnHalt = false

    /// Loss since midnight, as a share of the day's first equity, from which on nothing is opened that day.
    public var dailyLoss: Ratio = .hundredths(5)
    /// Entries a day.
    public var dailyTrades = 20
    /// Where midnight is.
    public var calendar = DayCalendar.utc

    /// Below it a proposal is denied; from here to 1 the size grows from nothing to ``maximumSize``.
    public var minimumConfidence: Ratio = .hundredths(50)
    /// Largest and smallest share of equity used as margin of one position.
    public var maximumSize: Ratio = .hundredths(20)
    public var minimumSize: Ratio = .hundredths(1)
    /// Largest margin in one symbol, and in all together, as a share of equity.
    public var symbolExposure: Ratio = .hundredths(20)
    public var totalExposure: Ratio = .one
    public var maximumLeverage = 25
    /// Lower bounds for single symbols.
    public var leverageBySymbol: [Symbol: Int] = [:]
    public var isShortAllowed = true
    /// Largest margin of positions that move together, as a share of equity, and from which correlation on they do.
    public var correlatedExposure: Ratio = .hundredths(60)
    public var correlationThreshold: Ratio = .hundredths(70)
    public var valueAtRisk = ValueAtRiskRules()
    /// Entries in a minute and in an hour of market time; 0 asks for none. Exits never wait.
    public var entriesPerMinute = 10
    public var entriesPerHour = 60
    /// After losses of a kind nothing is opened for a while.
    public var protections: [Protection] = []

    /// Smallest distance to the target in multiples of the distance to the stop, both from the live price; 0 asks for none.
    public var minimumRewardToRisk: Ratio = .one
    /// Share of the notional the venue wants kept as margin; it pulls the liquidation price toward the entry.
    public var maintenanceMargin: Ratio = .thousandths(5)

    /// Market time after which the last price of a symbol is too old; in real time also the wall time since it arrived.
    public var priceAge = Span.seconds(10)
    /// Market time after which a candle behind a proposal is too old.
    public var evidenceAge = Span.seconds(900)
    /// How far the venue's clock and this machine's may be apart when a price arrives; absent where market time is not of
    /// this moment (a simulated or recorded market).
    public var clockOffset: Span?
    /// Wall time without any price after which nothing is opened until prices have come for a while; zero asks for none.
    public var silence = Span.seconds(60)
    /// Whether a proposal is denied whose invalidation cannot be read or not be measured yet. Off: it is marked, and the
    /// position is guarded by everything else.
    public var isUnreadableInvalidationRefused = true

    public var exits = ExitRules()
    /// How a stop rests at the venue for each open position; `nil` where none does.
    public var restingStop: RestingStopRules?
    /// How long an order request is resent before it counts as unanswered.
    public var orderTimeToLive = Span.seconds(5)

    public init() {}

    /// The largest leverage of a symbol: the least of the general bound, the symbol's own and the instrument's.
    func maximumLeverage(of instrument: Instrument) -> Int {
        min(maximumLeverage, leverageBySymbol[instrument.symbol] ?? maximumLeverage, max(1, instrument.maxLeverage))
    }
}

extension Ratio {
    static func hundredths(_ count: Int) -> Ratio { Ratio(raw: Int128(count) * scale / 100) }
    static func thousandths(_ count: Int) -> Ratio { Ratio(raw: Int128(count) * scale / 1_000) }

    /// In percent with at most two decimals, rounded half-even, for an operator's eyes: `5.2%`.
    var percentText: String { "\(percent.rounded(toDigits: 2, .halfEven))%" }
}
