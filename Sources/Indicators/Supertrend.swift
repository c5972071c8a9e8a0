/// The supertrend: a line below a rising and above a falling market that only tightens until the close has left it.
///
/// A = *simple* mean of the last `period` true ranges; `ub, lb = (H + L)/2 ± multiplier · A`. `U = ub` if
/// `ub < U[t-1]` or `C[t-1] > U[t-1]`, else unchanged; L mirrored. The line starts on the upper band, leaves it when
/// `C > U`, and leaves the lower band when `C < L`. The side is kept as state, so meeting bands cannot confuse it.
/// First defined at index `period`. Seban.
public struct Supertrend: StreamingIndicator {
    public struct Output: Hashable, Sendable {
        public let line: Double
        /// The close is at or above the line; false for both where the line is not positive.
        public let isUp: Bool
        public let isDown: Bool
    }

    public let period: Int
    public let multiplier: Double
    public private(set) var value: Output?
    private var trueRange = TrueRange()
    private var meanRange: RunningMean
    private var previousClose = 0.0
    private var upper = Double.infinity
    private var lower = 0.0
    private var isOnUpper = true

    public init(multiplier: Double, period: Int) {
        self.multiplier = multiplier
        self.period = period
        meanRange = RunningMean(period)
    }

    @discardableResult
    public mutating func update(_ bar: Bar) -> Output? {
        let before = previousClose
        previousClose = bar.close
        guard let range = trueRange.update(bar), let mean = meanRange.update(range) else { return nil }
        let reach = multiplier * mean
        let upperNow = bar.medianPrice + reach
        let lowerNow = bar.medianPrice - reach
        if upperNow < upper || before > upper { upper = upperNow }
        if lowerNow > lower || before < lower { lower = lowerNow }
        isOnUpper = isOnUpper ? bar.close <= upper : bar.close < lower
        let line = isOnUpper ? upper : lower
        value = Output(line: line, isUp: line > 0 && bar.close >= line, isDown: line > 0 && bar.close < line)
        return value
    }
}

/// The mean of the last `period` values as TA-Lib's SMA rounds it: one plain running sum, a value in, the oldest out.
///
/// A line that remembers its path turns on the last bit where the close meets it, so two programs show the same line
/// only if they round alike; everywhere else sums are compensated. The residue stays below 1e-12 of the sum over ten
/// million candles.
private struct RunningMean: Sendable {
    private var ring: Ring
    private var sum = 0.0

    init(_ period: Int) { ring = Ring(period) }

    /// The mean once `period` values are in.
    mutating func update(_ x: Double) -> Double? {
        sum += x
        // The value that leaves with the next one stays in the sum until then.
        let total = sum
        _ = ring.push(x)
        guard ring.isFull else { return nil }
        sum -= ring.oldest
        return total / Double(ring.capacity)
    }
}
