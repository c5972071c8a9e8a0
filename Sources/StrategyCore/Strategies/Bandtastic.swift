import Indicators
import TradingModel

/// Four band levels, each a trigger.
///
/// Bollinger bands of the **typical price** (20, sample deviation); the **close** is compared. k = 1…4 picks the level.
/// - Long: `C < middle - 1·sd`; left while `C > middle + 2·sd` and MFI14 > 46.
/// - Short: `C > middle + 1·sd`; left while `C < middle - 2·sd` and MFI14 < 54, that is 100 - 46.
/// - Strength: `|C - middle| / sd - k` of the entry trigger.
///
/// `Bandtastic.py` of freqtrade-strategies (long only) without its optional filters; a full window is required.
public struct Bandtastic: Strategy {
    public static let id = "bandtastic"
    public static let summary = "One of four Bollinger levels to get in, another and money flow to get out."
    public static let timeframe = Timeframe.fifteenMinutes
    public static let strengthScale = 1.0
    public static let defaultWarmUp = 19
    public static let defaultLoad = 40

    static let period = Parameter.count("period", 20, in: 2...500, "Period of the typical price's bands, in candles.")
    static let entryTrigger = Parameter.count("entry_trigger", 1, in: 1...4, "Band level of the entry, in deviations.")
    static let exitTrigger = Parameter.count("exit_trigger", 2, in: 1...4, "Band level of the exit, in deviations.")
    static let mfiPeriod = Parameter.count("mfi_period", 14, in: 2...100, "Period of the money flow index, in candles.")
    static let exitMFI = Parameter.number(
        "exit_mfi", 46, in: 0...100, "A long is left above this money flow index, a short below 100 minus it.")
    public static let ownParameters = [period, entryTrigger, exitTrigger, mfiPeriod, exitMFI]

    public let values: ParameterValues
    public var state = StrategyState()
    public let warmUp: Int
    private let triggers: (entry: Double, exit: Double)
    private let flowBound: Double
    private var bands: BollingerBands
    private var flow: MFI

    public init(_ values: ParameterValues) {
        self.values = values
        bands = BollingerBands(values.count(Self.period), deviation: .sample)
        flow = MFI(values.count(Self.mfiPeriod))
        triggers = (values[Self.entryTrigger], values[Self.exitTrigger])
        flowBound = values[Self.exitMFI]
        warmUp = max(bands.period - 1, flow.period)
    }

    public mutating func advance(_ bar: Bar) -> StrategyConditions {
        let bands = bands.update(bar.typicalPrice)
        let flow = flow.update(bar)
        guard let bands, let flow else { return StrategyConditions() }
        let close = bar.close
        let strength = Confidence.distance(close - bands.middle, inDeviations: bands.deviation) - triggers.entry
        return StrategyConditions(
            enterLong: close < bands.lower(triggers.entry),
            exitLong: close > bands.upper(triggers.exit) && flow > flowBound,
            enterShort: close > bands.upper(triggers.entry),
            exitShort: close < bands.lower(triggers.exit) && flow < 100 - flowBound,
            strengthLong: strength, strengthShort: strength)
    }

    public func indicatorReadings(at now: MarketTime) -> [Reading] {
        var readings: [Reading] = []
        readings.note("tpbb_middle", bands.value?.middle)
        readings.note("tpbb_deviation", bands.value?.deviation)
        readings.note("mfi", flow.value)
        return readings
    }
}
