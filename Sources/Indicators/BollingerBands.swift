/// The mean of the last `period` values and their standard deviation, from which bands are drawn:
/// `mean ± k · deviation`.
///
/// The divisor of the variance is `period` (population, Bollinger's and TA-Lib's) or `period - 1` (sample). First
/// defined at `period - 1`. Bollinger, *Bollinger on Bollinger Bands*, 2001.
public struct BollingerBands: StreamingIndicator {
    public enum Deviation: String, Sendable { case population, sample }

    public struct Output: Hashable, Sendable {
        public let middle: Double
        public let deviation: Double

        /// `middle + k · deviation`.
        public func upper(_ k: Double) -> Double { middle + k * deviation }
        /// `middle - k · deviation`.
        public func lower(_ k: Double) -> Double { middle - k * deviation }
    }

    public let period: Int
    public private(set) var value: Output?
    /// One over the divisor of the variance.
    private let share: Double
    private var moments: RollingMoments

    public init(_ period: Int, deviation: Deviation = .population) {
        precondition(period >= 2, "a deviation is taken over at least two values")
        self.period = period
        share = 1 / Double(deviation == .population ? period : period - 1)
        moments = RollingMoments(period)
    }

    @inline(__always)
    @discardableResult
    public mutating func update(_ x: Double) -> Output? {
        guard let (mean, squares) = moments.update(x) else { return nil }
        value = Output(middle: mean, deviation: (squares * share).squareRoot())
        return value
    }
}
