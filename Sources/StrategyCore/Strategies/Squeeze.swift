import Indicators
import TradingModel

/// Quiet ends: the Bollinger bands leave the Keltner channel, and momentum tells which way.
///
/// *On*: upper band (20, 2, population) < upper channel (20, 1.5, ATR 20) and lower band > lower channel.
/// - Long: on at t - 1, not on at t, momentum > 0; left while momentum < 0.
/// - Short: the same with momentum < 0; left while momentum > 0.
/// - Strength: `|momentum| / C`.
///
/// Carter, *Mastering the Trade*, 2005, in the popular linear-regression form, with EMA and Wilder ATR in the Keltner
/// part.
public struct Squeeze: Strategy {
    public static let id = "squeeze"
    public static let summary = "A quiet market wakes, and momentum tells which way."
    public static let timeframe = Timeframe.oneHour
    public static let strengthScale = 0.005
    public static let defaultWarmUp = 38
    public static let defaultLoad = 300

    static let period = Parameter.count("period", 20, in: 2...500, "Period of bands and channel, in candles.")
    static let deviations = Parameter.number("deviations", 2, in: 0.5...5, "Half width of the bands, in deviations.")
    static let factor = Parameter.number("factor", 1.5, in: 0.25...10, "Half width of the channel, in ATRs.")
    static let atrPeriod = Parameter.count("atr_period", 20, in: 2...200, "Period of the channel's ATR, in candles.")
    static let momentumPeriod = Parameter.count(
        "momentum_period", 20, in: 2...200, "Period of the momentum, in candles.")
    public static let ownParameters = [period, deviations, factor, atrPeriod, momentumPeriod]

    public let values: ParameterValues
    public var state = StrategyState()
    public let warmUp: Int
    private let widths: (bands: Double, channel: Double)
    private var bands: BollingerBands
    private var channel: KeltnerChannel
    private var momentum: SqueezeMomentum
    /// Whether the market is squeezed; `nil` before bands and channel are defined.
    private(set) var isOn: Bool?

    public init(_ values: ParameterValues) {
        self.values = values
        let (period, atrPeriod) = (values.count(Self.period), values.count(Self.atrPeriod))
        let momentumPeriod = values.count(Self.momentumPeriod)
        bands = BollingerBands(period)
        channel = KeltnerChannel(period, rangePeriod: atrPeriod)
        momentum = SqueezeMomentum(momentumPeriod)
        widths = (values[Self.deviations], values[Self.factor])
        // The release needs bands and channel one candle before.
        warmUp = max(2 * momentumPeriod - 2, max(period - 1, atrPeriod) + 1)
    }

    public mutating func advance(_ bar: Bar) -> StrategyConditions {
        let bands = bands.update(bar.close)
        let channel = channel.update(bar)
        let momentum = momentum.update(bar)
        let wasOn = isOn
        if let bands, let channel {
            isOn =
                bands.upper(widths.bands) < channel.upper(widths.channel)
                && bands.lower(widths.bands) > channel.lower(widths.channel)
        }
        guard let momentum else { return StrategyConditions() }
        let isReleased = wasOn == true && isOn == false
        let strength = abs(momentum) / bar.close
        return StrategyConditions(
            enterLong: isReleased && momentum > 0, exitLong: momentum < 0,
            enterShort: isReleased && momentum < 0, exitShort: momentum > 0,
            strengthLong: strength, strengthShort: strength)
    }

    public func indicatorReadings(at now: MarketTime) -> [Reading] {
        var readings: [Reading] = []
        readings.note("momentum", momentum.value)
        readings.note("squeezed", isOn.map { $0 ? 1 : 0 })
        readings.note("bb_upper", bands.value?.upper(widths.bands))
        readings.note("kc_upper", channel.value?.upper(widths.channel))
        return readings
    }
}
