/// Moving average convergence/divergence: fast EMA - slow EMA, its signal line and their difference, in units of price.
///
/// Both averages are seeded at index `slow - 1`: the slow one with the mean of the first `slow` values, the fast one
/// with the mean of the `fast` values ending there; so the line differs from EMA(fast) - EMA(slow) by a fading seed.
/// The signal is an EMA of the line, seeded with its first `signal` values. All three are first defined at
/// `slow + signal - 2`. Appel; TA-Lib's alignment.
public struct MACD: StreamingIndicator {
    public struct Output: Hashable, Sendable {
        public let macd: Double
        public let signal: Double
        /// `macd - signal`.
        public let histogram: Double
    }

    public private(set) var value: Output?
    private var fast: SeededAverage
    private var slow: SeededAverage
    private var signal: SeededAverage
    /// Values the fast average leaves out so that both are seeded at the same index.
    private var skips: Int

    public init(fast: Int = 12, slow: Int = 26, signal: Int = 9) {
        precondition(fast <= slow, "the fast period of a MACD is not above the slow one")
        self.fast = SeededAverage(fast, weight: 2 / Double(fast + 1))
        self.slow = SeededAverage(slow, weight: 2 / Double(slow + 1))
        self.signal = SeededAverage(signal, weight: 2 / Double(signal + 1))
        skips = slow - fast
    }

    @inline(__always)
    @discardableResult
    public mutating func update(_ close: Double) -> Output? {
        let slowNow = slow.update(close)
        guard skips == 0 else {
            skips -= 1
            return nil
        }
        guard let fastNow = fast.update(close), let slowNow else { return nil }
        let line = fastNow - slowNow
        guard let signalNow = signal.update(line) else { return nil }
        value = Output(macd: line, signal: signalNow, histogram: line - signalNow)
        return value
    }
}
