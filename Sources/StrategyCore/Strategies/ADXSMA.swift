import Indicators
import TradingModel

/// Slow cross in a strong trend.
///
/// - Long: SMA12 crosses above SMA48 and ADX14 > 30. Short: it crosses below and ADX14 > 30.
/// - Both sides are left while ADX14 < 30. At exactly 30 nothing happens.
/// - Strength: `ADX - 30`.
///
/// `futures/FAdxSmaStrategy.py` of freqtrade-strategies; the exit reads its own threshold, and the warm-up is that of
/// SMA48.
public struct ADXSMA: Strategy {
    public static let id = "adx_sma"
    public static let summary = "A slow cross of two averages in a strong trend."
    public static let timeframe = Timeframe.oneHour
    public static let strengthScale = 15.0
    public static let defaultWarmUp = 48
    public static let defaultLoad = 300

    static let fastPeriod = Parameter.count("fast", 12, in: 2...200, "Period of the fast SMA of closes, in candles.")
    static let slowPeriod = Parameter.count("slow", 48, in: 3...500, "Period of the slow SMA of closes, in candles.")
    static let adxPeriod = Parameter.count("adx_period", 14, in: 2...100, "Period of the ADX, in candles.")
    static let entryThreshold = Parameter.number("entry_adx", 30, in: 0...100, "An entry needs an ADX above this.")
    static let exitThreshold = Parameter.number("exit_adx", 30, in: 0...100, "A position is left below this ADX.")
    public static let ownParameters = [fastPeriod, slowPeriod, adxPeriod, entryThreshold, exitThreshold]

    public let values: ParameterValues
    public var state = StrategyState()
    public let warmUp: Int
    private let thresholds: (entry: Double, exit: Double)
    private var fast: SMA
    private var slow: SMA
    private var adx: ADX
    private var crossing = Crossing()

    public init(_ values: ParameterValues) {
        self.values = values
        fast = SMA(values.count(Self.fastPeriod))
        slow = SMA(values.count(Self.slowPeriod))
        adx = ADX(values.count(Self.adxPeriod))
        thresholds = (values[Self.entryThreshold], values[Self.exitThreshold])
        warmUp = max(slow.period, 2 * adx.period - 1)
    }

    public static func check(_ values: ParameterValues) throws(ParameterError) {
        try values.require(fastPeriod, below: slowPeriod)
    }

    public mutating func advance(_ bar: Bar) -> StrategyConditions {
        let cross = crossing.update(fast.update(bar.close), slow.update(bar.close))
        adx.update(bar)
        guard let adx = adx.adx else { return StrategyConditions() }
        let isStrong = adx > thresholds.entry
        let isOver = adx < thresholds.exit
        return StrategyConditions(
            enterLong: cross == .above && isStrong, exitLong: isOver,
            enterShort: cross == .below && isStrong, exitShort: isOver,
            strengthLong: adx - thresholds.entry, strengthShort: adx - thresholds.entry)
    }

    public func indicatorReadings(at now: MarketTime) -> [Reading] {
        var readings: [Reading] = []
        readings.note("sma_fast", fast.value)
        readings.note("sma_slow", slow.value)
        readings.note("adx", adx.adx)
        return readings
    }
}
