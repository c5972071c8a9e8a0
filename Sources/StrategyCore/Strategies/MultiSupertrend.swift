import Indicators
import TradingModel

/// Three fast lines to get in, one to get out.
///
/// Supertrends (multiplier, period): buy (4,8), (7,9), (1,8); sell (1,16), (3,18), (6,18).
/// - Long: all three buy lines are up; left while sell line 2 is down.
/// - Short: all three sell lines are down; left while buy line 2 is up.
/// - Strength: the smallest `|C - line| / C` of the three lines that gave the entry.
///
/// Entries are states, and entry and exit of a side often hold together: then only the exit is given.
/// `futures/FSupertrendStrategy.py` of freqtrade-strategies, with the short side really on and a full warm-up.
public struct MultiSupertrend: Strategy {
    public static let id = "multi_supertrend"
    public static let summary = "Three supertrend lines agree to get in, one turns to get out."
    public static let timeframe = Timeframe.oneHour
    public static let strengthScale = 0.02
    public static let defaultWarmUp = 18
    public static let defaultLoad = 200

    /// Multiplier and period of each line, buy lines first.
    static let lines: [(multiplier: Parameter, period: Parameter)] = [
        line("buy1", 4, 8), line("buy2", 7, 9), line("buy3", 1, 8),
        line("sell1", 1, 16), line("sell2", 3, 18), line("sell3", 6, 18),
    ]
    public static let ownParameters = lines.flatMap { [$0.multiplier, $0.period] }

    private static func line(_ name: String, _ multiplier: Double, _ period: Int) -> (Parameter, Parameter) {
        (
            .number(
                "\(name)_multiplier", multiplier, in: 0.5...20, "Width of supertrend \(name), in mean true ranges."),
            .count("\(name)_period", period, in: 2...200, "Period of supertrend \(name), in candles.")
        )
    }

    public let values: ParameterValues
    public var state = StrategyState()
    public let warmUp: Int
    private var buy: [Supertrend]
    private var sell: [Supertrend]

    public init(_ values: ParameterValues) {
        self.values = values
        let all = Self.lines.map { Supertrend(multiplier: values[$0.multiplier], period: values.count($0.period)) }
        buy = Array(all[..<3])
        sell = Array(all[3...])
        warmUp = all.map(\.period).max() ?? 0
    }

    public mutating func advance(_ bar: Bar) -> StrategyConditions {
        for index in buy.indices { buy[index].update(bar) }
        for index in sell.indices { sell[index].update(bar) }
        return StrategyConditions(
            enterLong: buy.allSatisfy { $0.value?.isUp == true }, exitLong: sell[1].value?.isDown == true,
            enterShort: sell.allSatisfy { $0.value?.isDown == true }, exitShort: buy[1].value?.isUp == true,
            strengthLong: Self.nearest(buy, to: bar.close), strengthShort: Self.nearest(sell, to: bar.close))
    }

    public func indicatorReadings(at now: MarketTime) -> [Reading] {
        var readings: [Reading] = []
        for (index, line) in (buy + sell).enumerated() {
            readings.note("supertrend_\(index < 3 ? "buy" : "sell")\(index % 3 + 1)", line.value?.line)
        }
        return readings
    }

    private static func nearest(_ lines: [Supertrend], to close: Double) -> Double {
        lines.reduce(.infinity) { nearest, line in
            guard let value = line.value?.line else { return 0 }
            return min(nearest, abs(close - value) / close)
        }
    }
}
