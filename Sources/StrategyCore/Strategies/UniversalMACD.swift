import Indicators
import TradingModel

/// The averages' ratio inside a narrow band: `u = EMA(12)/EMA(26) - 1`, the same at every price level.
///
/// - Long: `-0.01416 <= u <= -0.01176`; left when u enters `[-0.02323, -0.00707]` from outside.
/// - Short: the mirrored bands above zero.
/// - Strength: `|u| - 0.01176`, which ends at 0.0024.
///
/// `UniversalMACD.py` of freqtrade-strategies (long only). Bounds are sorted before use: the original ships its exit
/// bounds crossed, so that its exit never fires. Sorted, the exit band contains the entry band and as a state would
/// close every position at once; therefore this exit, alone of all, is an event, and is not repeated after a restart.
public struct UniversalMACD: Strategy {
    public static let id = "universal_macd"
    public static let summary = "The ratio of two averages inside a narrow band."
    public static let timeframe = Timeframe.fiveMinutes
    public static let strengthScale = 0.0012
    public static let defaultWarmUp = 26
    public static let defaultLoad = 200

    static let fastPeriod = Parameter.count("fast", 12, in: 2...200, "Period of the fast EMA of closes, in candles.")
    static let slowPeriod = Parameter.count("slow", 26, in: 3...400, "Period of the slow EMA of closes, in candles.")
    static let entryFrom = bound("entry_from", -0.01416, "One bound of the long entry band of fast/slow - 1.")
    static let entryTo = bound("entry_to", -0.01176, "The other bound of the long entry band.")
    static let exitFrom = bound("exit_from", -0.00707, "One bound of the long exit band of fast/slow - 1.")
    static let exitTo = bound("exit_to", -0.02323, "The other bound of the long exit band.")
    public static let ownParameters = [fastPeriod, slowPeriod, entryFrom, entryTo, exitFrom, exitTo]

    /// Below zero, so that a band and its mirror image have no member in common.
    private static func bound(_ name: String, _ value: Double, _ help: String) -> Parameter {
        Parameter.number(name, value, in: -0.2 ... -0.0001, help + " Bounds are sorted; the short side mirrors them.")
    }

    public let values: ParameterValues
    public var state = StrategyState()
    public let warmUp: Int
    private let entry: ClosedRange<Double>
    private let exit: ClosedRange<Double>
    private var fast: EMA
    private var slow: EMA
    private var ratio: Double?

    public init(_ values: ParameterValues) {
        self.values = values
        fast = EMA(values.count(Self.fastPeriod))
        slow = EMA(values.count(Self.slowPeriod))
        entry = Self.band(values[Self.entryFrom], values[Self.entryTo])
        exit = Self.band(values[Self.exitFrom], values[Self.exitTo])
        // The exit needs the ratio one candle before.
        warmUp = slow.period
    }

    public static func check(_ values: ParameterValues) throws(ParameterError) {
        try values.require(fastPeriod, below: slowPeriod)
    }

    public mutating func advance(_ bar: Bar) -> StrategyConditions {
        let fast = fast.update(bar.close)
        let slow = slow.update(bar.close)
        guard let fast, let slow else { return StrategyConditions() }
        let u = fast / slow - 1
        let before = ratio
        ratio = u
        guard let before else { return StrategyConditions() }
        let strength = abs(u) - abs(entry.upperBound)
        return StrategyConditions(
            enterLong: entry.contains(u), exitLong: exit.contains(u) && !exit.contains(before),
            enterShort: entry.contains(-u), exitShort: exit.contains(-u) && !exit.contains(-before),
            strengthLong: strength, strengthShort: strength)
    }

    public func indicatorReadings(at now: MarketTime) -> [Reading] {
        var readings: [Reading] = []
        readings.note("ema_fast", fast.value)
        readings.note("ema_slow", slow.value)
        readings.note("ratio", ratio)
        return readings
    }

    private static func band(_ a: Double, _ b: Double) -> ClosedRange<Double> { min(a, b)...max(a, b) }
}
