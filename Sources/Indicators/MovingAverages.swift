/// The simple moving average: the mean of the last `period` values.
///
/// First defined at index `period - 1`. Where all of them are equal it is exactly that value, so that "close above its
/// average" cannot be decided by a rounding residue in a market that stands still.
public struct SMA: StreamingIndicator {
    public let period: Int
    public private(set) var value: Double?
    private let share: Double
    private var sum: RollingSum
    private var run = FlatRun()

    public init(_ period: Int) {
        self.period = period
        share = Double(period)
        sum = RollingSum(period)
    }

    @inline(__always)
    @discardableResult
    public mutating func update(_ x: Double) -> Double? {
        run.update(x)
        guard let total = sum.update(x) else { return nil }
        value = run.length >= period ? x : total / share
        return value
    }
}

/// The exponential moving average: `e += (x - e) · 2 / (period + 1)`.
///
/// Seeded at index `period - 1` with the mean of the first `period` values (TA-Lib's definition).
public struct EMA: StreamingIndicator {
    public let period: Int
    public private(set) var value: Double?
    private var average: SeededAverage

    public init(_ period: Int) {
        self.period = period
        average = SeededAverage(period, weight: 2 / Double(period + 1))
    }

    @inline(__always)
    @discardableResult
    public mutating func update(_ x: Double) -> Double? {
        value = average.update(x)
        return value
    }
}

/// Wilder's average: `a = (a · (period - 1) + x) / period`.
///
/// Seeded with the mean of the first `period` values. J. Welles Wilder, *New Concepts in Technical Trading Systems*,
/// 1978.
public struct WilderAverage: StreamingIndicator {
    public let period: Int
    public private(set) var value: Double?
    private var average: SeededAverage

    public init(_ period: Int) {
        self.period = period
        average = SeededAverage(period, weight: 1 / Double(period))
    }

    @inline(__always)
    @discardableResult
    public mutating func update(_ x: Double) -> Double? {
        value = average.update(x)
        return value
    }
}

/// The recursion behind ``EMA`` and ``WilderAverage``: `a += (x - a) · weight`, seeded with the mean of the first
/// `period` values.
struct SeededAverage: Sendable {
    private let period: Int
    private let weight: Double
    private var average = 0.0
    private var count = 0

    init(_ period: Int, weight: Double) {
        precondition(period >= 1, "an average is taken over at least one value")
        self.period = period
        self.weight = weight
    }

    @inline(__always)
    mutating func update(_ x: Double) -> Double? {
        if count == period {
            average += (x - average) * weight
            return average
        }
        count += 1
        average += x
        guard count == period else { return nil }
        average /= Double(period)
        return average
    }
}
