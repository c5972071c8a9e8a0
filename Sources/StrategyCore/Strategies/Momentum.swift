import Indicators
import TradingModel

/// A fresh cross of two averages, when there is a trend to follow.
///
/// - Long: EMA12 crosses above EMA26 and ADX14 > 25; left while EMA12 < EMA26.
/// - Short: EMA12 crosses below EMA26 and ADX14 > 25; left while EMA12 > EMA26.
/// - Strength: `ADX - 25`.
///
/// Appel's crossing averages with Wilder's ADX as filter; common property.
public struct Momentum: Strategy {
    public static let id = "momentum"
    public static let summary = "A fresh cross of two averages, when there is a trend to follow."
    public static let timeframe = Timeframe.fifteenMinutes
    public static let strengthScale = 15.0
    public static let defaultWarmUp = 27
    public static let defaultLoad = 300

    static let fastPeriod = Parameter.count("fast", 12, in: 2...200, "Period of the fast EMA of closes, in candles.")
    static let slowPeriod = Parameter.count("slow", 26, in: 3...400, "Period of the slow EMA of closes, in candles.")
    static let adxPeriod = Parameter.count("adx_period", 14, in: 2...100, "Period of the ADX, in candles.")
    static let adxThreshold = Parameter.number("adx_threshold", 25, in: 0...100, "An entry needs an ADX above this.")
    public static let ownParameters = [fastPeriod, slowPeriod, adxPeriod, adxThreshold]

    public let values: ParameterValues
    public var state = StrategyState()
    public let warmUp: Int
    private let threshold: Double
    private var fast: EMA
    private var slow: EMA
    private var adx: ADX
    private var crossing = Crossing()

    public init(_ values: ParameterValues) {
        self.values = values
        fast = EMA(values.count(Self.fastPeriod))
        slow = EMA(values.count(Self.slowPeriod))
        adx = ADX(values.count(Self.adxPeriod))
        threshold = values[Self.adxThreshold]
        // The cross needs the slow average one candle before; ADX is defined from 2 · period - 1.
        warmUp = max(slow.period, 2 * adx.period - 1)
    }

    public static func check(_ values: ParameterValues) throws(ParameterError) {
        try values.require(fastPeriod, below: slowPeriod)
    }

    public mutating func advance(_ bar: Bar) -> StrategyConditions {
        let fast = fast.update(bar.close)
        let slow = slow.update(bar.close)
        adx.update(bar)
        let cross = crossing.update(fast, slow)
        guard let fast, let slow, let adx = adx.adx else { return StrategyConditions() }
        let isTrending = adx > threshold
        return StrategyConditions(
            enterLong: cross == .above && isTrending, exitLong: fast < slow,
            enterShort: cross == .below && isTrending, exitShort: fast > slow,
            strengthLong: adx - threshold, strengthShort: adx - threshold)
    }

    public func indicatorReadings(at now: MarketTime) -> [Reading] {
        var readings: [Reading] = []
        readings.note("ema_fast", fast.value)
        readings.note("ema_slow", slow.value)
        readings.note("adx", adx.adx)
        return readings
    }
}
