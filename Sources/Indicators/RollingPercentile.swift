/// A percentile of the last `window` values, with linear interpolation between the two nearest of them.
///
/// Of the sorted values v0…v(n-1) it stands at `fraction · (n - 1)`. First defined at `window - 1`. O(log n) to find
/// a place and one move of at most n numbers in contiguous memory; no allocation.
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
        let place = firstPlace(of: x)
        if let old = ring.push(x) {
            let gap = firstPlace(of: old)
            // The values between gap and place close the one and open the other.
            if place > gap {
                move(from: gap + 1, to: gap, count: place - gap - 1)
                sorted[place - 1] = x
            } else {
                move(from: place, to: place + 1, count: gap - place)
                sorted[place] = x
            }
        } else {
            move(from: place, to: place + 1, count: count - place)
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

    /// Moves `count` sorted values from one index to another; the places may overlap.
    private mutating func move(from source: Int, to target: Int, count: Int) {
        guard count > 0 else { return }
        sorted.withUnsafeMutableBufferPointer { values in
            guard let base = values.baseAddress else { return }
            (base + target).update(from: base + source, count: count)
        }
    }
}
