/// The value at the newest of `period` values of the straight line that fits them best (least squares).
///
/// First defined at `period - 1`. O(1): the sums `Σx` and `Σi·x` move with the window and are taken afresh once each
/// time around, so that no rounding stays longer than `2 · period` values. TA-Lib's LINEARREG.
public struct LinearRegression: StreamingIndicator {
    public let period: Int
    public private(set) var value: Double?
    private var ring: Ring
    private var sum = CompensatedSum()
    private var weighted = CompensatedSum()
    private var run = FlatRun()

    public init(_ period: Int) {
        precondition(period >= 2, "a line is fitted to at least two values")
        self.period = period
        ring = Ring(period)
    }

    @discardableResult
    public mutating func update(_ x: Double) -> Double? {
        run.update(x)
        let old = ring.push(x)
        guard ring.isFull else { return nil }
        if ring.next == 0 {
            // The oldest is first in the storage just now: index and weight agree.
            sumAfresh()
        } else if let old {
            // Every value moves one place toward the past: Σi·x loses Σx without the leaving value, whose place was 0.
            sum.add(-old)
            weighted.add(-sum.value)
            weighted.add(Double(period - 1) * x)
            sum.add(x)
        }
        if run.length >= period {
            value = x
            return x
        }
        let n = Double(period)
        // With i = 0…n-1: slope = (Σi·x - ī·Σx)/Σ(i - ī)², value at n - 1 = mean + slope · (n - 1)/2.
        let centred = weighted.value - (n - 1) / 2 * sum.value
        let slope = centred / (n * (n * n - 1) / 12)
        value = sum.value / n + slope * (n - 1) / 2
        return value
    }

    private mutating func sumAfresh() {
        sum.reset()
        weighted.reset()
        for index in 0..<period {
            sum.add(ring.storage[index])
            weighted.add(Double(index) * ring.storage[index])
        }
    }
}

/// Squeeze momentum: the fitted line's end through the last `period` distances of the close from the middle of its
/// range, in price.
///
/// `x = C - ((max H + min L)/2 + SMA(C))/2` over `period` candles, then ``LinearRegression`` over `period` x.
/// First defined at `2 · period - 2`. Carter, *Mastering the Trade*, 2005, in the popular linear-regression form.
public struct SqueezeMomentum: StreamingIndicator {
    public private(set) var value: Double?
    private var range: RollingRange
    private var average: SMA
    private var line: LinearRegression

    public init(_ period: Int = 20) {
        range = RollingRange(period)
        average = SMA(period)
        line = LinearRegression(period)
    }

    @discardableResult
    public mutating func update(_ bar: Bar) -> Double? {
        let range = range.update(bar)
        let average = average.update(bar.close)
        guard let range, let average else { return nil }
        value = line.update(bar.close - (range.middle + average) / 2)
        return value
    }
}
