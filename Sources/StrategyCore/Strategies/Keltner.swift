import Indicators
import TradingModel

/// Out of the channel with force.
///
/// - Long: C crosses above the upper Keltner line (EMA20 + 2·ATR10) and RSI14 > 55; left while C < middle.
/// - Short: C crosses below the lower line and RSI14 < 45; left while C > middle.
/// - Strength: `RSI - 55`, mirrored `45 - RSI`.
///
/// `keltnerchannel` of davidzr/freqtrade-strategies (long only), with the usual modern channel: EMA middle, Wilder
/// ATR, factor 2.
public struct Keltner: Strategy {
    public static let id = "keltner"
    public static let summary = "The close breaks out of the Keltner channel with force."
    public static let timeframe = Timeframe.oneHour
    public static let strengthScale = 10.0
    public static let defaultWarmUp = 20
    public static let defaultLoad = 220

    static let period = Parameter.count("period", 20, in: 2...500, "Period of the channel's EMA, in candles.")
    static let factor = Parameter.number("factor", 2, in: 0.25...10, "Half width of the channel, in ATRs.")
    static let atrPeriod = Parameter.count("atr_period", 10, in: 2...100, "Period of the channel's ATR, in candles.")
    static let rsiPeriod = Parameter.count("rsi_period", 14, in: 2...100, "Period of the RSI, in candles.")
    static let longRSI = Parameter.number("long_rsi", 55, in: 0...100, "A long entry needs an RSI above this.")
    static let shortRSI = Parameter.number("short_rsi", 45, in: 0...100, "A short entry needs an RSI below this.")
    public static let ownParameters = [period, factor, atrPeriod, rsiPeriod, longRSI, shortRSI]

    public let values: ParameterValues
    public var state = StrategyState()
    public let warmUp: Int
    private let k: Double
    private let bounds: (long: Double, short: Double)
    private var channel: KeltnerChannel
    private var rsi: RSI
    private var upperCrossing = Crossing()
    private var lowerCrossing = Crossing()

    public init(_ values: ParameterValues) {
        self.values = values
        let (period, atrPeriod) = (values.count(Self.period), values.count(Self.atrPeriod))
        channel = KeltnerChannel(period, rangePeriod: atrPeriod)
        rsi = RSI(values.count(Self.rsiPeriod))
        k = values[Self.factor]
        bounds = (values[Self.longRSI], values[Self.shortRSI])
        // The cross needs the channel one candle before.
        warmUp = max(max(period - 1, atrPeriod) + 1, rsi.period)
    }

    public mutating func advance(_ bar: Bar) -> StrategyConditions {
        let channel = channel.update(bar)
        let rsi = rsi.update(bar.close)
        let upperCross = upperCrossing.update(bar.close, channel?.upper(k))
        let lowerCross = lowerCrossing.update(bar.close, channel?.lower(k))
        guard let channel, let rsi else { return StrategyConditions() }
        return StrategyConditions(
            enterLong: upperCross == .above && rsi > bounds.long, exitLong: bar.close < channel.middle,
            enterShort: lowerCross == .below && rsi < bounds.short, exitShort: bar.close > channel.middle,
            strengthLong: rsi - bounds.long, strengthShort: bounds.short - rsi)
    }

    public func indicatorReadings(at now: MarketTime) -> [Reading] {
        var readings: [Reading] = []
        readings.note("kc_lower", channel.value?.lower(k))
        readings.note("kc_middle", channel.value?.middle)
        readings.note("kc_upper", channel.value?.upper(k))
        readings.note("rsi", rsi.value)
        return readings
    }
}
