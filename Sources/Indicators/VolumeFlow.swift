/// The money flow index: `100 · P / (P + N)` over the last `period` flows, 0…100; 0 if there is none.
///
/// A flow is `TP · V`, positive if the typical price rose, negative if it fell, none if it stayed. Typical prices
/// within `1e-12` of each other (relative) count as equal: the same decimal sum may differ in the last bit as
/// `Double`. First defined at index `period`. Quong, Soudack, *Volume-weighted RSI: Money Flow*, 1989.
public struct MFI: StreamingIndicator {
    public let period: Int
    public private(set) var value: Double?
    private var previous: Double?
    private var inflow: RollingSum
    private var outflow: RollingSum

    public init(_ period: Int) {
        self.period = period
        inflow = RollingSum(period)
        outflow = RollingSum(period)
    }

    @discardableResult
    public mutating func update(_ bar: Bar) -> Double? {
        let typical = bar.typicalPrice
        guard let before = previous else {
            previous = typical
            return nil
        }
        previous = typical
        let change = typical - before
        let isMove = abs(change) > 1e-12 * typical
        let flow = typical * bar.volume
        inflow.update(isMove && change > 0 ? flow : 0)
        outflow.update(isMove && change < 0 ? flow : 0)
        guard inflow.isFull else { return nil }
        let total = inflow.value + outflow.value
        value = total == 0 ? 0 : 100 * (inflow.value / total)
        return value
    }
}

/// On-balance volume: the running sum of volumes, added where the close rose, taken away where it fell.
///
/// Starts at the first candle's volume; defined from index 0. In units of the base currency; only differences mean
/// anything. Granville, *Granville's New Key to Stock Market Profits*, 1963.
public struct OBV: StreamingIndicator {
    public private(set) var value: Double?
    private var previous: Double?
    private var total = CompensatedSum()

    public init() {}

    @discardableResult
    public mutating func update(_ bar: Bar) -> Double? {
        let before = previous ?? 0
        previous = bar.close
        if bar.close > before {
            total.add(bar.volume)
        } else if bar.close < before {
            total.add(-bar.volume)
        }
        value = total.value
        return value
    }
}
