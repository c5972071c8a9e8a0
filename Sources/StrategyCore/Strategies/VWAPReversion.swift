import Indicators
import TradingModel

/// Too far from what was paid.
///
/// VWAP over 96 candles (a day of 15m; rolling, since crypto has no session to reset at) and the deviation around it.
/// - Long: `C < VWAP - 2·sd`; left while C >= VWAP. Short: `C > VWAP + 2·sd`; left while C <= VWAP.
/// - Without any volume in the window there is no signal.
/// - Strength: `|C - VWAP| / sd - 2`.
///
/// VWAP as benchmark: Berkowitz, Logue, Noser, 1988; the bands are ours.
public struct VWAPReversion: Strategy {
    public static let id = "vwap_reversion"
    public static let summary = "The close is too far from the volume-weighted average price."
    public static let timeframe = Timeframe.fifteenMinutes
    public static let strengthScale = 1.0
    public static let defaultWarmUp = 95
    public static let defaultLoad = 100

    static let window = Parameter.count("window", 96, in: 2...2000, "Candles the average is taken over.")
    static let factor = Parameter.number(
        "factor", 2, in: 0.5...5, "Distance of an entry from the average, in deviations.")
    public static let ownParameters = [window, factor]

    public let values: ParameterValues
    public var state = StrategyState()
    public let warmUp: Int
    private let k: Double
    private var average: VWAP

    public init(_ values: ParameterValues) {
        self.values = values
        average = VWAP(values.count(Self.window))
        k = values[Self.factor]
        warmUp = average.period - 1
    }

    public mutating func advance(_ bar: Bar) -> StrategyConditions {
        guard let average = average.update(bar) else { return StrategyConditions() }
        let reach = k * average.deviation
        let strength = Confidence.distance(bar.close - average.mean, inDeviations: average.deviation) - k
        return StrategyConditions(
            enterLong: bar.close < average.mean - reach, exitLong: bar.close >= average.mean,
            enterShort: bar.close > average.mean + reach, exitShort: bar.close <= average.mean,
            strengthLong: strength, strengthShort: strength)
    }

    public func indicatorReadings(at now: MarketTime) -> [Reading] {
        var readings: [Reading] = []
        readings.note("vwap", average.value?.mean)
        readings.note("vwap_deviation", average.value?.deviation)
        return readings
    }
}
