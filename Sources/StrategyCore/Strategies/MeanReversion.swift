import Indicators
import TradingModel

/// Outside the bands and exhausted.
///
/// - Long: C < lower Bollinger band (20, 2, population) and RSI14 < 30; left while C >= middle.
/// - Short: C > upper band and RSI14 > 70; left while C <= middle.
/// - Strength: `|C - middle| / sd - 2`.
///
/// Bollinger, *Bollinger on Bollinger Bands*, 2001; `BbandRsi` of freqtrade-strategies, here with both sides left at
/// the middle.
public struct MeanReversion: Strategy {
    public static let id = "mean_reversion"
    public static let summary = "Outside the Bollinger bands and exhausted by RSI."
    public static let timeframe = Timeframe.fifteenMinutes
    public static let strengthScale = 1.0
    public static let defaultWarmUp = 19
    public static let defaultLoad = 220

    static let period = Parameter.count("period", 20, in: 2...500, "Period of the Bollinger bands, in candles.")
    static let deviations = Parameter.number(
        "deviations", 2, in: 0.5...5, "Distance of the bands from the middle, in standard deviations.")
    static let rsiPeriod = Parameter.count("rsi_period", 14, in: 2...100, "Period of the RSI, in candles.")
    static let oversold = Parameter.number("oversold", 30, in: 0...50, "A long entry needs an RSI below this.")
    static let overbought = Parameter.number("overbought", 70, in: 50...100, "A short entry needs an RSI above this.")
    public static let ownParameters = [period, deviations, rsiPeriod, oversold, overbought]

    public let values: ParameterValues
    public var state = StrategyState()
    public let warmUp: Int
    private let k: Double
    private let bounds: (low: Double, high: Double)
    private var bands: BollingerBands
    private var rsi: RSI

    public init(_ values: ParameterValues) {
        self.values = values
        bands = BollingerBands(values.count(Self.period))
        rsi = RSI(values.count(Self.rsiPeriod))
        k = values[Self.deviations]
        bounds = (values[Self.oversold], values[Self.overbought])
        warmUp = max(bands.period - 1, rsi.period)
    }

    public mutating func advance(_ bar: Bar) -> StrategyConditions {
        let bands = bands.update(bar.close)
        let rsi = rsi.update(bar.close)
        guard let bands, let rsi else { return StrategyConditions() }
        let distance = Confidence.distance(bar.close - bands.middle, inDeviations: bands.deviation)
        return StrategyConditions(
            enterLong: bar.close < bands.lower(k) && rsi < bounds.low, exitLong: bar.close >= bands.middle,
            enterShort: bar.close > bands.upper(k) && rsi > bounds.high, exitShort: bar.close <= bands.middle,
            strengthLong: distance - k, strengthShort: distance - k)
    }

    public func indicatorReadings(at now: MarketTime) -> [Reading] {
        var readings: [Reading] = []
        readings.note("bb_lower", bands.value?.lower(k))
        readings.note("bb_middle", bands.value?.middle)
        readings.note("bb_upper", bands.value?.upper(k))
        readings.note("rsi", rsi.value)
        return readings
    }
}
