import Indicators
import TradingModel

/// A cross confirmed by the cloud one can see.
///
/// Ichimoku (9, 26, 52), displacement 26; top and bottom are the larger and smaller of the two spans visible now.
/// - Long: tenkan crosses above kijun and C > top; left while tenkan < kijun or C < bottom.
/// - Short: tenkan crosses below kijun and C < bottom; left while tenkan > kijun or C > top.
/// - Strength: `(C - top) / C`, mirrored `(bottom - C) / C`.
///
/// Hosoda, the textbook rule; the known freqtrade variants disagree and mostly have no exit, so exits are ours.
public struct IchimokuCloud: Strategy {
    public static let id = "ichimoku"
    public static let summary = "A cross of tenkan and kijun, confirmed by the visible cloud."
    public static let timeframe = Timeframe.oneHour
    public static let strengthScale = 0.02
    public static let defaultWarmUp = 76
    public static let defaultLoad = 80

    static let conversion = Parameter.count("tenkan_period", 9, in: 2...100, "Period of tenkan, in candles.")
    static let base = Parameter.count("kijun_period", 26, in: 3...200, "Period of kijun, in candles.")
    static let long = Parameter.count("span_b_period", 52, in: 4...400, "Period of span B, in candles.")
    static let displacement = Parameter.count(
        "displacement", 26, in: 2...100, "How far the cloud is drawn ahead, the own candle counted as the first.")
    public static let ownParameters = [conversion, base, long, displacement]

    public let values: ParameterValues
    public var state = StrategyState()
    public let warmUp: Int
    private var lines: Ichimoku
    private var crossing = Crossing()

    public init(_ values: ParameterValues) {
        self.values = values
        let displacement = values.count(Self.displacement)
        let longest = max(values.count(Self.base), values.count(Self.long))
        lines = Ichimoku(
            conversion: values.count(Self.conversion), base: values.count(Self.base), long: values.count(Self.long),
            displacement: displacement)
        warmUp = longest - 1 + displacement - 1
    }

    public static func check(_ values: ParameterValues) throws(ParameterError) {
        try values.require(conversion, below: base)
        try values.require(base, below: long)
    }

    public mutating func advance(_ bar: Bar) -> StrategyConditions {
        let lines = lines.update(bar)
        let cross = crossing.update(lines?.tenkan, lines?.kijun)
        guard let lines, let tenkan = lines.tenkan, let kijun = lines.kijun, let spanA = lines.spanA,
            let spanB = lines.spanB
        else { return StrategyConditions() }
        let (top, bottom) = (max(spanA, spanB), min(spanA, spanB))
        let close = bar.close
        return StrategyConditions(
            enterLong: cross == .above && close > top, exitLong: tenkan < kijun || close < bottom,
            enterShort: cross == .below && close < bottom, exitShort: tenkan > kijun || close > top,
            strengthLong: (close - top) / close, strengthShort: (bottom - close) / close)
    }

    public func indicatorReadings(at now: MarketTime) -> [Reading] {
        var readings: [Reading] = []
        readings.note("tenkan", lines.value?.tenkan)
        readings.note("kijun", lines.value?.kijun)
        readings.note("span_a", lines.value?.spanA)
        readings.note("span_b", lines.value?.spanB)
        return readings
    }
}
