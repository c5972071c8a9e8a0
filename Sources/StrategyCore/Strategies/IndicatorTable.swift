public import Indicators
import TradingModel

/// One cell of an indicator table.
public enum Cell: Hashable, Sendable {
    /// Undefined here.
    case empty
    case number(Double)
    /// A time or a count.
    case whole(Int64)
    case flag(Bool)
    case word(String)

    /// As printed in a table: nothing, the shortest digits that read back the same, 0 or 1, or the word.
    public var text: String {
        switch self {
        case .empty: ""
        case .number(let value): "\(value)"
        case .whole(let value): String(value)
        case .flag(let value): value ? "1" : "0"
        case .word(let value): value
        }
    }
}

/// Every indicator, the regime and the raw conditions of every candle strategy, one row a candle, at default
/// parameters.
///
/// Columns have the names and the order of the golden files that prove them, without their `…_tie` columns: those say
/// where two independent programs may round a comparison apart, which one program cannot know of itself. Scalping has
/// no columns, as it needs order books.
public struct IndicatorTable: Sendable {
    /// How the numbers of a column are meant; in all of them NaN is an empty cell.
    public enum Column: Hashable, Sendable {
        /// A whole number.
        case whole
        case number
        /// 0 or 1.
        case flag
        /// An index of `Regime.allCases`.
        case regime
    }

    private var order = BarOrder()
    private var indicators = IndicatorColumns()
    private var regime = RegimeDetector()
    private var strategies: [any Strategy]

    /// The strategies with columns, in order: those of the golden files, then whatever was added.
    public static let strategyIDs = proven + others

    private static let proven = [
        Momentum.id, MeanReversion.id, UniversalMACD.id, MultiSupertrend.id, ADXSMA.id, Bandtastic.id,
        VolatilitySystem.id, IchimokuCloud.id, Keltner.id, Donchian.id, ParabolicStop.id, TrendFollowing.id,
        ConnorsRSI2.id, Squeeze.id, VWAPReversion.id,
    ]
    private static let others = StrategyCatalog.all.map { $0.id }.filter { !proven.contains($0) && $0 != Scalping.id }

    private static func conditions(_ ids: [String]) -> [String] {
        ids.flatMap { id in ["enter_long", "exit_long", "enter_short", "exit_short"].map { "\(id)_\($0)" } }
    }
    private static let fresh = ["\(VolatilitySystem.id)_fresh_long", "\(VolatilitySystem.id)_fresh_short"]

    /// The names of the cells of a row.
    public static let header: [String] =
        ["ts_ms", "open", "high", "low", "close", "volume"] + IndicatorColumns.names + [
            "natr", "natr_p90", "sqz_on", "regime",
        ] + conditions(proven) + fresh + conditions(others)

    /// What each column holds, in the order of ``header``.
    public static let columns: [Column] =
        [.whole] + Array(repeating: .number, count: 5 + IndicatorColumns.names.count + 2) + [.flag, .regime]
        + Array(repeating: .flag, count: 4 * strategyIDs.count + fresh.count)

    public init() {
        // Defaults are within their ranges, which a test holds for every strategy; none is dropped here.
        strategies = Self.strategyIDs.compactMap { try? StrategyCatalog.make(id: $0) }
    }

    /// The row of the next closed candle; refuses a candle that is out of order and changes nothing.
    public mutating func row(for bar: Bar) throws(BarError) -> [Cell] {
        var values: [Double] = []
        try append(bar, to: &values)
        return zip(values, Self.columns).map { value, column in
            if value.isNaN { return .empty }
            return switch column {
            case .whole: .whole(Int64(value))
            case .number: .number(value)
            case .flag: .flag(value != 0)
            case .regime: .word(Regime.allCases[Int(value)].rawValue)
            }
        }
    }

    /// Appends the row of the next closed candle, one number a column; refuses a candle that is out of order and
    /// changes nothing. Allocates nothing where `values` has the room.
    public mutating func append(_ bar: Bar, to values: inout [Double]) throws(BarError) {
        try order.admit(bar)
        let regimeNow = try regime.onCandle(bar)
        values.append(Double(bar.openTime.micros / 1_000))
        values.append(bar.open)
        values.append(bar.high)
        values.append(bar.low)
        values.append(bar.close)
        values.append(bar.volume)
        indicators.update(bar, appendingTo: &values)
        values.append(regime.normalizedRange ?? .nan)
        values.append(regime.hotBound ?? .nan)
        values.append(Self.flag(indicators.isSqueezed))
        values.append(Self.index(regimeNow))
        var fresh: StrategyConditions?
        for index in strategies.indices {
            if index == Self.proven.count { Self.appendFresh(fresh, to: &values) }
            try strategies[index].onCandle(bar)
            let conditions = strategies[index].conditions(at: bar.openTime)
            values.append(Self.flag(conditions?.enterLong))
            values.append(Self.flag(conditions?.exitLong))
            values.append(Self.flag(conditions?.enterShort))
            values.append(Self.flag(conditions?.exitShort))
            if strategies[index] is VolatilitySystem { fresh = conditions }
        }
        if strategies.count == Self.proven.count { Self.appendFresh(fresh, to: &values) }
    }

    private static func appendFresh(_ conditions: StrategyConditions?, to values: inout [Double]) {
        values.append(flag(conditions?.isFreshLong))
        values.append(flag(conditions?.isFreshShort))
    }

    private static func flag(_ value: Bool?) -> Double { value.map { $0 ? 1 : 0 } ?? .nan }

    private static func index(_ regime: Regime) -> Double {
        switch regime {
        case .unknown: 0
        case .trending: 1
        case .sideways: 2
        case .highVolatility: 3
        }
    }
}
