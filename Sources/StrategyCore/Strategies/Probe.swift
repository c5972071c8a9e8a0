import Indicators
import TradingModel

/// Enters long and leaves again on alternate candles, whatever the market does: for latency measurements and restart
/// drills on paper, never for money.
///
/// - Long: the candle's number since 1970 is even; left while it is odd. No short side.
public struct Probe: Strategy {
    public static let id = "probe"
    public static let summary = "Enters and leaves on alternate candles; for drills and measurements on paper only."
    public static let timeframe = Timeframe.oneMinute
    public static let strengthScale = 1.0
    public static let defaultWarmUp = 15
    public static let defaultLoad = 20
    public static let ownParameters: [Parameter] = []

    public let values: ParameterValues
    public var state = StrategyState()
    /// ATR(14) is needed for the suggested stop.
    public let warmUp = Probe.defaultWarmUp
    private var spacing: Int64 = 60_000_000
    private var previous: MarketTime?

    public init(_ values: ParameterValues) { self.values = values }

    public mutating func advance(_ bar: Bar) -> StrategyConditions {
        if let previous { spacing = (bar.openTime - previous).micros }
        previous = bar.openTime
        let isEven = (bar.openTime.micros / max(1, spacing)).isMultiple(of: 2)
        return StrategyConditions(
            enterLong: isEven, exitLong: !isEven, enterShort: false, exitShort: false, strengthLong: 1, strengthShort: 1
        )
    }

    public func indicatorReadings(at now: MarketTime) -> [Reading] { [] }
}
