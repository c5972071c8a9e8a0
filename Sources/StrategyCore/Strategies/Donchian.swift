import Indicators
import TradingModel

/// The turtles: a close beyond the extremes of the candles before.
///
/// - Long: C > highest high of the 20 candles before; left while C < lowest low of the 10 before.
/// - Short: C < lowest low of the 20 before; left while C > highest high of the 10 before.
/// - Strength: `(C - highest H) / C`, mirrored `(lowest L - C) / C`.
///
/// Donchian; the Turtle rules in Faith, *Way of the Turtle*, 2007, on closes instead of touches, without skip rule
/// and units.
public struct Donchian: Strategy {
    public static let id = "donchian"
    public static let summary = "A close beyond the extremes of the candles before it."
    public static let timeframe = Timeframe.fourHours
    public static let strengthScale = 0.01
    public static let defaultWarmUp = 20
    public static let defaultLoad = 25

    static let entryPeriod = Parameter.count(
        "entry", 20, in: 2...500, "Candles before this one whose extreme is the entry.")
    static let exitPeriod = Parameter.count(
        "exit", 10, in: 2...500, "Candles before this one whose extreme is the exit.")
    public static let ownParameters = [entryPeriod, exitPeriod]

    public let values: ParameterValues
    public var state = StrategyState()
    public let warmUp: Int
    private var entry: DonchianChannel
    private var exit: DonchianChannel

    public init(_ values: ParameterValues) {
        self.values = values
        entry = DonchianChannel(values.count(Self.entryPeriod))
        exit = DonchianChannel(values.count(Self.exitPeriod))
        warmUp = max(values.count(Self.entryPeriod), values.count(Self.exitPeriod))
    }

    public mutating func advance(_ bar: Bar) -> StrategyConditions {
        let entry = entry.update(bar)
        let exit = exit.update(bar)
        guard let entry, let exit else { return StrategyConditions() }
        let close = bar.close
        return StrategyConditions(
            enterLong: close > entry.high, exitLong: close < exit.low,
            enterShort: close < entry.low, exitShort: close > exit.high,
            strengthLong: (close - entry.high) / close, strengthShort: (entry.low - close) / close)
    }

    public func indicatorReadings(at now: MarketTime) -> [Reading] {
        var readings: [Reading] = []
        readings.note("entry_high", entry.value?.high)
        readings.note("entry_low", entry.value?.low)
        readings.note("exit_high", exit.value?.high)
        readings.note("exit_low", exit.value?.low)
        return readings
    }
}
