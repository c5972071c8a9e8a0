import Indicators
import TradingModel

/// Price crosses its average and volume agrees.
///
/// - Long: C crosses above EMA20 and OBV > OBV[t-10]; left while C < EMA20 and OBV < OBV[t-10].
/// - Short: C crosses below EMA20 and OBV < OBV[t-10]; left while C > EMA20 and OBV > OBV[t-10].
/// - Strength: `|C - EMA| / EMA`.
///
/// `futures/TrendFollowingStrategy.py` of freqtrade-strategies, corrected: the original leaves a long when price
/// falls below while OBV *rises*, and compares OBV over one candle, which a crossing close has already decided.
public struct TrendFollowing: Strategy {
    public static let id = "trend_following"
    public static let summary = "The close crosses its average and on-balance volume agrees."
    public static let timeframe = Timeframe.fiveMinutes
    public static let strengthScale = 0.005
    public static let defaultWarmUp = 20
    public static let defaultLoad = 160

    static let period = Parameter.count("period", 20, in: 2...500, "Period of the EMA of closes, in candles.")
    static let lookback = Parameter.count("obv_lookback", 10, in: 1...200, "Candles over which OBV must have moved.")
    public static let ownParameters = [period, lookback]

    public let values: ParameterValues
    public var state = StrategyState()
    public let warmUp: Int
    private var average: EMA
    private var flow = OBV()
    private var pastFlow: Delay
    private var flowBefore: Double?
    private var crossing = Crossing()

    public init(_ values: ParameterValues) {
        self.values = values
        average = EMA(values.count(Self.period))
        pastFlow = Delay(values.count(Self.lookback))
        warmUp = max(average.period, values.count(Self.lookback))
    }

    public mutating func advance(_ bar: Bar) -> StrategyConditions {
        let average = average.update(bar.close)
        let flow = flow.update(bar)
        flowBefore = flow.flatMap { pastFlow.update($0) }
        let cross = crossing.update(bar.close, average)
        guard let average, let flow, let before = flowBefore else { return StrategyConditions() }
        let strength = abs(bar.close - average) / average
        return StrategyConditions(
            enterLong: cross == .above && flow > before, exitLong: bar.close < average && flow < before,
            enterShort: cross == .below && flow < before, exitShort: bar.close > average && flow > before,
            strengthLong: strength, strengthShort: strength)
    }

    public func indicatorReadings(at now: MarketTime) -> [Reading] {
        var readings: [Reading] = []
        readings.note("ema", average.value)
        readings.note("obv", flow.value)
        readings.note("obv_before", flowBefore)
        return readings
    }
}
