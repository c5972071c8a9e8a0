/// A percentile of the last `window` values, with linear interpolation between the two nearest of them.
///
/// Of the sorted values v0…v(n-1) it stands at `fraction · (n - 1)`. First defined at `window - 1`. O(log n) to find a place and one
/// move of at most n numbers in contiguous memory; no allocation.
public struct RollingPercentile: StreamingIndicator {
    public let window: Int
    public private(set) var value: Double?
    private var ring: Ring
    private var sorted: ContiguousArray<Double>
    private var count = 0
    private let lower: Int
    private let rest: Double

    /// `fraction` is in 0…1: 0.9 for the 90th percentile.
    public init(_ window: Int, fraction: Double) {
        precondition((0...1).contains(fraction), "a percentile's fraction is in 0...1")
        self.window = window
        ring = Ring(window)
        sorted = ContiguousArray(repeating: 0, count: window)
        let place = fraction * Double(window - 1)
        lower = min(Int(place), max(window - 2, 0))
        rest = place - Double(lower)
    }

    @discardableResult
    public mutating func update(_ x: Double) -> Double? {
        if let old = ring.push(x) {
            replace(old, with: x)
        } else {
            let place = firstPlace(of: x)
            shift(from: place, to: count)
            sorted[place] = x
            count += 1
        }
        guard ring.isFull else { return nil }
        let base = sorted[lower]
        value = window == 1 ? base : base + rest * (sorted[lower + 1] - base)
        return value
    }

    /// The number of sorted values below x.
    private func firstPlace(of x: Double) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if sorted[middle] < x { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private mutating func replace(_ old: Double, with x: Double) {
        let gap = firstPlace(of: old)
        if x >= old {
            // Values in between move down by one; x lands before the first value not below it.
            var place = gap
            while place + 1 < window && sorted[place + 1] < x {
                sorted[place] = sorted[place + 1]
                place += 1
            }
            sorted[place] = x
        } else {
            let place = firstPlace(of: x)
            shift(from: place, to: gap)
            sorted[place] = x
        }
    }

    /// Moves the values at `from..<to` up by one.
    private mutating func shift(from: Int, to: Int) {
        var place = to
        while place > from {
            sorted[place] = sorted[place - 1]
            place -= 1
        }
    }
}
