import Indicators
import TradingModel

/// Two averages and nothing else, always on one side or about to be: for measuring backtests beside other programs, which
/// all bring this example, never for money.
///
/// - Long while the fast EMA is above the slow one; left while it is below.
/// - Short mirrored.
/// - Strength: 1, so that every entry counts the same.
public struct EMACross: Strategy {
    public static let id = "ema_cross"
    public static let summary = "Long above, short below the slow average; for measurements on paper only."
    public static let timeframe = Timeframe.oneMinute
    public static let strengthScale = 1.0
    public static let defaultWarmUp = 26
    public static let defaultLoad = 300

    static let fastPeriod = Parameter.count("fast", 12, in: 2...200, "Period of the fast EMA of closes, in candles.")
    static let slowPeriod = Parameter.count("slow", 26, in: 3...400, "Period of the slow EMA of closes, in candles.")
    public static let ownParameters = [fastPeriod, slowPeriod]

    public let values: ParameterValues
    public var state = StrategyState()
    public let warmUp: Int
    private var fast: EMA
    private var slow: EMA

    public init(_ values: ParameterValues) {
        self.values = values
        fast = EMA(values.count(Self.fastPeriod))
        slow = EMA(values.count(Self.slowPeriod))
        warmUp = slow.period
    }

    public static func check(_ values: ParameterValues) throws(ParameterError) {
        try values.require(fastPeriod, below: slowPeriod)
    }

    public mutating func advance(_ bar: Bar) -> StrategyConditions {
        let fast = fast.update(bar.close)
        let slow = slow.update(bar.close)
        guard let fast, let slow else { return StrategyConditions() }
        return StrategyConditions(
            enterLong: fast > slow, exitLong: fast < slow, enterShort: fast < slow, exitShort: fast > slow,
            strengthLong: 1, strengthShort: 1)
    }

    public func indicatorReadings(at now: MarketTime) -> [Reading] {
        var readings: [Reading] = []
        readings.note("ema_fast", fast.value)
        readings.note("ema_slow", slow.value)
        return readings
    }
}
