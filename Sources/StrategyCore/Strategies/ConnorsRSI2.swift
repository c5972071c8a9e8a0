import Indicators
import TradingModel

/// Buy the dip of an uptrend, sell the bounce of a downtrend.
///
/// - Long: C > SMA200 and RSI2 < 10; left while C > SMA5.
/// - Short: C < SMA200 and RSI2 > 90; left while C < SMA5.
/// - Strength: `10 - RSI2`, mirrored `RSI2 - 90`.
///
/// Connors, Alvarez, *Short Term Trading Strategies That Work*, 2008 (daily stocks); here on 1h.
public struct ConnorsRSI2: Strategy {
    public static let id = "connors_rsi2"
    public static let summary = "A dip in an uptrend or a bounce in a downtrend by a two-candle RSI."
    public static let timeframe = Timeframe.oneHour
    public static let strengthScale = 5.0
    public static let defaultWarmUp = 199
    public static let defaultLoad = 210

    static let rsiPeriod = Parameter.count("rsi_period", 2, in: 2...20, "Period of the RSI, in candles.")
    static let oversold = Parameter.number("oversold", 10, in: 0...50, "A long entry needs an RSI below this.")
    static let overbought = Parameter.number("overbought", 90, in: 50...100, "A short entry needs an RSI above this.")
    static let trendPeriod = Parameter.count(
        "trend", 200, in: 10...1000, "Period of the SMA that tells the trend, in candles.")
    static let exitPeriod = Parameter.count(
        "exit", 5, in: 2...200, "Period of the SMA that tells the exit, in candles.")
    public static let ownParameters = [rsiPeriod, oversold, overbought, trendPeriod, exitPeriod]

    public let values: ParameterValues
    public var state = StrategyState()
    public let warmUp: Int
    private let bounds: (low: Double, high: Double)
    private var rsi: RSI
    private var trend: SMA
    private var exit: SMA

    public init(_ values: ParameterValues) {
        self.values = values
        rsi = RSI(values.count(Self.rsiPeriod))
        trend = SMA(values.count(Self.trendPeriod))
        exit = SMA(values.count(Self.exitPeriod))
        bounds = (values[Self.oversold], values[Self.overbought])
        warmUp = max(trend.period - 1, exit.period - 1, rsi.period)
    }

    public static func check(_ values: ParameterValues) throws(ParameterError) {
        try values.require(exitPeriod, below: trendPeriod)
    }

    public mutating func advance(_ bar: Bar) -> StrategyConditions {
        let rsi = rsi.update(bar.close)
        let trend = trend.update(bar.close)
        let exit = exit.update(bar.close)
        guard let rsi, let trend, let exit else { return StrategyConditions() }
        return StrategyConditions(
            enterLong: bar.close > trend && rsi < bounds.low, exitLong: bar.close > exit,
            enterShort: bar.close < trend && rsi > bounds.high, exitShort: bar.close < exit,
            strengthLong: bounds.low - rsi, strengthShort: rsi - bounds.high)
    }

    public func indicatorReadings(at now: MarketTime) -> [Reading] {
        var readings: [Reading] = []
        readings.note("rsi", rsi.value)
        readings.note("sma_trend", trend.value)
        readings.note("sma_exit", exit.value)
        return readings
    }
}
