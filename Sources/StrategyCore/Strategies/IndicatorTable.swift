import Indicators
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

    init(_ value: Double?) { self = value.map(Cell.number) ?? .empty }
    init(_ value: Bool?) { self = value.map(Cell.flag) ?? .empty }

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
    private var order = BarOrder()
    private var indicators = IndicatorColumns()
    private var regime = RegimeDetector()
    private var strategies: [any Strategy]

    /// The strategies with columns, in order.
    public static let strategyIDs = StrategyCatalog.all.map { $0.id }.filter { $0 != Scalping.id }

    /// The names of the cells of a row.
    public static let header: [String] =
        ["ts_ms", "open", "high", "low", "close", "volume"] + IndicatorColumns.names + [
            "natr", "natr_p90", "sqz_on", "regime",
        ]
        + strategyIDs.flatMap { id in ["enter_long", "exit_long", "enter_short", "exit_short"].map { "\(id)_\($0)" } }
        + ["\(VolatilitySystem.id)_fresh_long", "\(VolatilitySystem.id)_fresh_short"]

    public init() {
        // Defaults are within their ranges, which a test holds for every strategy; none is dropped here.
        strategies = Self.strategyIDs.compactMap { try? StrategyCatalog.make(id: $0) }
    }

    /// The row of the next closed candle; refuses a candle that is out of order and changes nothing.
    public mutating func row(for bar: Bar) throws(BarError) -> [Cell] {
        try order.admit(bar)
        let regimeNow = try regime.onCandle(bar)
        var cells: [Cell] = [.whole(bar.openTime.micros / 1_000)]
        cells.reserveCapacity(Self.header.count)
        cells += [bar.open, bar.high, bar.low, bar.close, bar.volume].map(Cell.number)
        cells += indicators.update(bar)
        cells += [
            Cell(regime.normalizedRange), Cell(regime.hotBound), Cell(indicators.isSqueezed), .word(regimeNow.rawValue),
        ]
        var fresh: [Cell] = []
        for index in strategies.indices {
            try strategies[index].onCandle(bar)
            let conditions = strategies[index].conditions(at: bar.openTime)
            cells += [
                Cell(conditions?.enterLong), Cell(conditions?.exitLong), Cell(conditions?.enterShort),
                Cell(conditions?.exitShort),
            ]
            if strategies[index] is VolatilitySystem {
                fresh = [Cell(conditions?.isFreshLong), Cell(conditions?.isFreshShort)]
            }
        }
        return cells + fresh
    }
}
