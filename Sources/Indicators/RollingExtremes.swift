/// The greatest of the last `window` values and its age.
///
/// A monotonic deque in fixed storage: each value enters and leaves once, so an update is O(1) amortised. Of equal
/// values the newest counts. Lemire, *Streaming Maximum-Minimum Filter Using No More than Three Comparisons per
/// Element*, 2006.
public struct RollingMaximum: StreamingIndicator {
    public let window: Int
    public private(set) var value: Double?
    private var values: ContiguousArray<Double>
    private var positions: ContiguousArray<Int>
    /// Where the front of the deque stands in the storage, and how many candidates it holds.
    private var head = 0
    private var count = 0
    private var position = -1

    public init(_ window: Int) {
        precondition(window >= 1, "a window holds at least one value")
        self.window = window
        values = ContiguousArray(repeating: 0, count: window)
        positions = ContiguousArray(repeating: 0, count: window)
    }

    /// How many values ago the greatest was; 0 for the newest, 0 before the first.
    public var age: Int { count == 0 ? 0 : position - positions[head] }

    @discardableResult
    public mutating func update(_ x: Double) -> Double? {
        position += 1
        if count > 0 && positions[head] <= position - window {
            head = head + 1 == window ? 0 : head + 1
            count -= 1
        }
        while count > 0 && values[slot(count - 1)] <= x { count -= 1 }
        let free = slot(count)
        values[free] = x
        positions[free] = position
        count += 1
        guard position >= window - 1 else { return nil }
        value = values[head]
        return value
    }

    @inline(__always)
    private func slot(_ offset: Int) -> Int {
        let index = head + offset
        return index >= window ? index - window : index
    }
}

/// The least of the last `window` values and its age; of equal values the newest counts. O(1) amortised.
public struct RollingMinimum: StreamingIndicator {
    private var negated: RollingMaximum

    public init(_ window: Int) { negated = RollingMaximum(window) }

    public var window: Int { negated.window }
    public var value: Double? { negated.value.map { -$0 } }
    /// How many values ago the least was.
    public var age: Int { negated.age }

    @discardableResult
    @inline(__always)
    public mutating func update(_ x: Double) -> Double? { negated.update(-x).map { -$0 } }
}

/// The highest high and lowest low of the last `window` candles, this one included.
public struct RollingRange: StreamingIndicator {
    public struct Output: Hashable, Sendable {
        public let high: Double
        public let low: Double
        /// `(high + low) / 2`.
        public var middle: Double { (high + low) / 2 }
    }

    public private(set) var value: Output?
    private var highs: RollingMaximum
    private var lows: RollingMinimum

    public init(_ window: Int) {
        highs = RollingMaximum(window)
        lows = RollingMinimum(window)
    }

    /// How many candles ago the highest high and the lowest low were.
    public var ages: (high: Int, low: Int) { (highs.age, lows.age) }

    @discardableResult
    public mutating func update(_ bar: Bar) -> Output? {
        let high = highs.update(bar.high)
        let low = lows.update(bar.low)
        guard let high, let low else { return nil }
        value = Output(high: high, low: low)
        return value
    }
}
