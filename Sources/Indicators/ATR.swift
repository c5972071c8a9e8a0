/// The true range: `max(H - L, |H - C[t-1]|, |L - C[t-1]|)`.
///
/// Undefined at index 0, where there is no close before. Wilder, 1978.
public struct TrueRange: StreamingIndicator {
    public private(set) var value: Double?
    private var previousClose: Double?

    public init() {}

    @inline(__always)
    @discardableResult
    public mutating func update(_ bar: Bar) -> Double? {
        if let previousClose {
            value = bar.trueRange(after: previousClose)
        }
        previousClose = bar.close
        return value
    }
}

extension Bar {
    /// `max(H - L, |H - C[t-1]|, |L - C[t-1]|)`.
    @inline(__always)
    func trueRange(after previousClose: Double) -> Double {
        max(high - low, max(abs(high - previousClose), abs(low - previousClose)))
    }
}

/// The average true range: Wilder's average of the true range, in units of price.
///
/// Seeded with the mean of the true ranges 1…`period`; first defined at index `period`. Wilder, 1978.
public struct ATR: StreamingIndicator {
    public let period: Int
    public private(set) var value: Double?
    private var previousClose = Double.nan
    private var average: SeededAverage

    public init(_ period: Int) {
        self.period = period
        average = SeededAverage(period, weight: 1 / Double(period))
    }

    @inline(__always)
    @discardableResult
    public mutating func update(_ bar: Bar) -> Double? {
        let before = previousClose
        previousClose = bar.close
        // NaN stands for "no candle before": a bar's close never is.
        guard !before.isNaN else { return nil }
        value = average.update(bar.trueRange(after: before))
        return value
    }
}
