import Indicators
import TradingModel

/// The stop turns over, and there is a trend.
///
/// - Long: C crosses above SAR(0.02, 0.2) and ADX14 > 20; left while C < SAR.
/// - Short: C crosses below SAR and ADX14 > 20; left while C > SAR.
/// - Strength: `ADX - 20`.
///
/// Wilder, *New Concepts in Technical Trading Systems*, 1978; the ADX filter is ours.
public struct ParabolicStop: Strategy {
    public static let id = "parabolic_sar"
    public static let summary = "The parabolic stop turns over while there is a trend."
    public static let timeframe = Timeframe.oneHour
    public static let strengthScale = 15.0
    public static let defaultWarmUp = 27
    public static let defaultLoad = 300

    static let step = Parameter.number(
        "step", 0.02, in: 0.001...0.2, "First acceleration of the SAR, and its increment.")
    static let maximum = Parameter.number("maximum", 0.2, in: 0.01...1, "Largest acceleration of the SAR.")
    static let adxPeriod = Parameter.count("adx_period", 14, in: 2...100, "Period of the ADX, in candles.")
    static let adxThreshold = Parameter.number("adx_threshold", 20, in: 0...100, "An entry needs an ADX above this.")
    public static let ownParameters = [step, maximum, adxPeriod, adxThreshold]

    public let values: ParameterValues
    public var state = StrategyState()
    public let warmUp: Int
    private let threshold: Double
    private var sar: ParabolicSAR
    private var adx: ADX
    private var crossing = Crossing()

    public init(_ values: ParameterValues) {
        self.values = values
        sar = ParabolicSAR(step: values[Self.step], maximum: values[Self.maximum])
        adx = ADX(values.count(Self.adxPeriod))
        threshold = values[Self.adxThreshold]
        // SAR is defined from 1, so a cross from 2; ADX from 2 · period - 1.
        warmUp = max(2, 2 * adx.period - 1)
    }

    public static func check(_ values: ParameterValues) throws(ParameterError) {
        try values.require(step, below: maximum)
    }

    public mutating func advance(_ bar: Bar) -> StrategyConditions {
        let sar = sar.update(bar)
        adx.update(bar)
        let cross = crossing.update(bar.close, sar)
        guard let sar, let adx = adx.adx else { return StrategyConditions() }
        let isTrending = adx > threshold
        return StrategyConditions(
            enterLong: cross == .above && isTrending, exitLong: bar.close < sar,
            enterShort: cross == .below && isTrending, exitShort: bar.close > sar,
            strengthLong: adx - threshold, strengthShort: adx - threshold)
    }

    public func indicatorReadings(at now: MarketTime) -> [Reading] {
        var readings: [Reading] = []
        readings.note("sar", sar.value)
        readings.note("adx", adx.adx)
        return readings
    }
}
