/// The relative strength index: `100 · G / (G + D)` with G, D the averages of rises and falls of the close, 0…100.
///
/// `a = (a · (period - 1) + x) / period`, seeded with the means of the rises and falls at 1…`period`; 0 if G + D is
/// exactly 0. First defined at index `period`. Wilder, 1978.
public struct RSI: StreamingIndicator {
    public let period: Int
    public private(set) var value: Double?
    private var previous: Double?
    private var rises: SeededAverage
    private var falls: SeededAverage

    public init(_ period: Int) {
        self.period = period
        rises = SeededAverage(period, weight: 1 / Double(period))
        falls = rises
    }

    @inline(__always)
    @discardableResult
    public mutating func update(_ close: Double) -> Double? {
        guard let before = previous else {
            previous = close
            return nil
        }
        previous = close
        let change = close - before
        // Both take the change before either is asked, or the second would miss those of the warm-up.
        // The positive parts, as (x + |x|)/2 without a branch: which way a price goes is a coin toss, and a mispredicted
        // branch costs more than the rest of the update. Doubling and halving are exact.
        let size = abs(change)
        let gain = rises.update((size + change) * 0.5)
        let loss = falls.update((size - change) * 0.5)
        guard let gain, let loss else { return nil }
        let total = gain + loss
        value = total == 0 ? 0 : 100 * (gain / total)
        return value
    }
}
