import Indicators
import TradingModel

/// One candle moves further than two usual ranges.
///
/// `d = C - C[t-1]`, `A = 2 · ATR14[t-1]`, so that the moving candle does not widen its own hurdle.
/// - Long: `d > A`; left while `-d > A`. Short: `-d > A`; left while `d > A`.
/// - Added entry: the entry is *fresh* (holds at t and not at t - 1), at most two entries a position, each of half
///   the size.
/// - Strength: `|d| / ATR[t-1] - 2`.
///
/// `futures/VolatilitySystem.py` of freqtrade-strategies, on 4h candles directly and with the ATR of the previous
/// candle.
public struct VolatilitySystem: Strategy {
    public static let id = "volatility_system"
    public static let summary = "A candle that moves further than two usual ranges, with one added entry."
    public static let timeframe = Timeframe.fourHours
    public static let strengthScale = 1.0
    public static let defaultWarmUp = 15
    public static let defaultLoad = 220

    static let period = Parameter.count("atr_period", 14, in: 2...100, "Period of the ATR, in candles.")
    static let factor = Parameter.number(
        "factor", 2, in: 0.5...10, "The move an entry needs, in ATRs of the candle before.")
    static let entries = Parameter.count(
        "max_entries", 2, in: 1...2, "Entries a position may have, each an equal share.")
    public static let ownParameters = [period, factor, entries]

    public let values: ParameterValues
    public var state = StrategyState()
    public let warmUp: Int
    public let maximumEntries: Int
    private let hurdle: Double
    private var range: ATR
    private var previousClose: Double?
    private var move = 0.0
    private var rangeBefore: Double?

    public init(_ values: ParameterValues) {
        self.values = values
        range = ATR(values.count(Self.period))
        hurdle = values[Self.factor]
        maximumEntries = values.count(Self.entries)
        warmUp = range.period + 1
    }

    public mutating func advance(_ bar: Bar) -> StrategyConditions {
        move = bar.close - (previousClose ?? bar.close)
        previousClose = bar.close
        rangeBefore = range.value
        range.update(bar)
        guard let usual = rangeBefore else { return StrategyConditions() }
        let jump = move > hurdle * usual
        let drop = -move > hurdle * usual
        let strength = Confidence.distance(move, inDeviations: usual) - hurdle
        var conditions = StrategyConditions(
            enterLong: jump, exitLong: drop, enterShort: drop, exitShort: jump,
            strengthLong: strength, strengthShort: strength)
        // The first candle after warm-up has none before it: what holds there is fresh.
        conditions.isFreshLong = jump && state.latest?.enterLong != true
        conditions.isFreshShort = drop && state.latest?.enterShort != true
        return conditions
    }

    public func indicatorReadings(at now: MarketTime) -> [Reading] {
        var readings = [Reading("move", move)]
        readings.note("atr_before", rangeBefore)
        return readings
    }
}
