import Indicators
import TradingModel

/// A rule that reads the closed candles of one symbol and timeframe and says when to enter and when to leave.
///
/// Four parts: it is made from validated parameters (``init(_:)``), takes data (``onCandle(_:)``, ``onBook(_:)``),
/// generates signals (``conditions(at:)``, ``signals(at:allowingShort:)``) and tells its parameters (``parameters``,
/// ``values``). A conforming type writes ``advance(_:)`` and its parameters; order of series, warm-up, the volume
/// rule, the collision rule, confidence and suggested stops are the same for all and live in the extensions.
///
/// A strategy is a value: no clock, no I/O, and the same candles give the same signals. It keeps no position.
public protocol Strategy: Sendable {
    /// The configuration name, such as `mean_reversion`.
    static var id: String { get }
    /// The rule in one sentence.
    static var summary: String { get }
    /// The candle length it is meant for; a configuration may choose another.
    static var timeframe: Timeframe { get }
    /// In which it may open positions where neither the default activation nor the configuration names it; by default
    /// every known one.
    static var regimes: Set<Regime> { get }
    /// Its own parameters; every strategy has ``ProtectiveLevels`` factors besides.
    static var ownParameters: [Parameter] { get }
    /// The strength at which confidence reaches 0.75, in the strategy's own measure; positive.
    static var strengthScale: Double { get }
    /// ``warmUp`` at default parameters.
    static var defaultWarmUp: Int { get }
    /// Candles to load at default parameters, so that recursive averages have forgotten their seed (weight below 1e-6).
    static var defaultLoad: Int { get }

    /// Refuses parameters that are each within range but not together.
    static func check(_ values: ParameterValues) throws(ParameterError)
    /// A strategy that has seen nothing yet. The values are checked.
    init(_ values: ParameterValues)

    /// The parameters it was made with.
    var values: ParameterValues { get }
    /// What all strategies keep alike.
    var state: StrategyState { get set }
    /// The first index (0 = first candle seen) at which any signal may be given.
    var warmUp: Int { get }
    /// How many entries one position may have.
    var maximumEntries: Int { get }

    /// Feeds the next candle to the indicators and returns the conditions at its close, before warm-up and volume rule.
    mutating func advance(_ bar: Bar) -> StrategyConditions
    /// Takes the order book as it is now. Only strategies that read books do anything.
    mutating func onBook(_ book: OrderBook)
    /// The raw conditions as of the last closed candle, `nil` during warm-up. `now` only matters where a book's age
    /// does.
    func conditions(at now: MarketTime) -> StrategyConditions?
    /// The indicator values behind the last candle's conditions, thresholds first seen by their parameter names.
    func indicatorReadings(at now: MarketTime) -> [Reading]
}

/// What every strategy keeps besides its own indicators.
public struct StrategyState: Sendable {
    /// Candles seen and the open time of the last.
    public private(set) var order = BarOrder()
    public private(set) var last: Bar?
    /// The conditions of the last candle; `nil` during warm-up.
    public fileprivate(set) var latest: StrategyConditions?
    private var range = ATR(ProtectiveLevels.period)

    public init() {}

    /// ATR(14) of the series; `nil` for its first 14 candles.
    public var averageTrueRange: Double? { range.value }

    fileprivate mutating func admit(_ bar: Bar) throws(BarError) {
        try order.admit(bar)
        last = bar
        range.update(bar)
    }
}

/// One thing a strategy says at the close of a candle, with everything the decision loop needs of it.
public struct StrategySignal: Hashable, Sendable {
    public var action: SignalAction
    /// 0.5…1 for an entry, 0 for an exit.
    public var confidence: Double
    /// Suggested, unrounded; only with an entry.
    public var levels: ProtectiveLevels?
    /// The share of the size risk allows that this entry takes: 1, or less where entries may be added.
    public var entryShare: Double
    /// It holds now and did not one candle ago, so it may add to a position; never with an exit.
    public var isFresh: Bool
}

extension Strategy {
    /// All parameters, its own first.
    public static var parameters: [Parameter] { ownParameters + ProtectiveLevels.parameters }

    /// Validates and makes; parameters not given take their defaults.
    public static func make(_ given: [String: Double] = [:]) throws(ParameterError) -> Self {
        let values = try ParameterValues(strategy: id, parameters: parameters, given: given)
        try check(values)
        return Self(values)
    }

    public static func check(_ values: ParameterValues) throws(ParameterError) {}

    public static var regimes: Set<Regime> { [.trending, .sideways, .highVolatility] }

    public var id: String { Self.id }
    public var maximumEntries: Int { 1 }

    /// Candles to load at start: the default, stretched as the warm-up is by other parameters.
    public var load: Int {
        let stretched = (Self.defaultLoad * warmUp + Self.defaultWarmUp - 1) / Self.defaultWarmUp
        return max(Self.defaultLoad, stretched, warmUp + 1)
    }

    /// The same strategy before its first candle; for a series that has a hole.
    public func restarted() -> Self { Self(values) }

    /// Takes the next closed candle, or refuses one that is out of order and changes nothing.
    public mutating func onCandle(_ bar: Bar) throws(BarError) {
        try state.admit(bar)
        let conditions = advance(bar).requiringVolume(bar.volume)
        state.latest = state.order.count > warmUp ? conditions : nil
    }

    public mutating func onBook(_ book: OrderBook) {}

    public func conditions(at now: MarketTime) -> StrategyConditions? { state.latest }

    /// Exits first, then entries, after the collision rule. With the short side off no short entry is given; exits
    /// still are.
    public func signals(at now: MarketTime, allowingShort: Bool = true) -> [StrategySignal] {
        guard let conditions = conditions(at: now) else { return [] }
        return conditions.actions.compactMap { action in
            guard let side = action.side, action.isEntry else {
                return StrategySignal(action: action, confidence: 0, levels: nil, entryShare: 0, isFresh: false)
            }
            if side == .short && !allowingShort { return nil }
            return StrategySignal(
                action: action,
                confidence: Confidence.of(strength: conditions.strength(side), scale: Self.strengthScale),
                levels: suggestedLevels(side), entryShare: 1 / Double(maximumEntries), isFresh: conditions.isFresh(side)
            )
        }
    }

    /// Stop and target from the last close; `nil` before ATR(14) is defined.
    public func suggestedLevels(_ side: PositionSide) -> ProtectiveLevels? {
        guard let last = state.last else { return nil }
        return ProtectiveLevels.suggest(
            side, close: last.close, averageTrueRange: state.averageTrueRange, parameters: values)
    }

    /// What was seen: close, ATR, the strategy's indicators, then its parameters. Built when asked for.
    public func readings(at now: MarketTime) -> [Reading] {
        var readings: [Reading] = []
        if let last = state.last { readings.append(Reading("close", last.close)) }
        if let range = state.averageTrueRange { readings.append(Reading("atr_14", range)) }
        readings += indicatorReadings(at: now)
        return readings + values.all.map { Reading($0.parameter.name, $0.value) }
    }
}

extension [Reading] {
    /// Appends a reading where there is a value.
    mutating func note(_ name: String, _ value: Double?) {
        if let value { append(Reading(name, value)) }
    }
}
