/// Mean and spread of the last `window` values, without the loss of digits that plain sums of squares bring.
///
/// Sums of `x - K` and `(x - K)²` with K near the window's values; each value enters and leaves with the same rounded
/// square, so the compensated sums hold exactly what is in the window. Where the mean has moved so far from K that
/// the subtraction `Σ(x - K)² - (Σ(x - K))²/n` would lose more than six of its sixteen digits, K is moved to the mean
/// and the window summed afresh: O(1) otherwise, O(window) then. Values that are all equal give exactly that mean and
/// a spread of exactly 0. Chan, Golub, LeVeque, *Algorithms for Computing the Sample Variance*, 1983 (shifted data).
struct RollingMoments: Sendable {
    private var ring: Ring
    private let count: Double
    /// One over the count: a product costs a quarter of a quotient.
    private let share: Double
    private var shift = 0.0
    private var first = CompensatedSum()
    private var second = CompensatedSum()
    private var run = FlatRun()

    init(_ window: Int) {
        ring = Ring(window)
        count = Double(window)
        share = 1 / count
    }

    /// The mean and `Σ(x - mean)²` once the window is full.
    @inline(__always)
    mutating func update(_ x: Double) -> (mean: Double, squares: Double)? {
        run.update(x)
        let wasFull = ring.isFull
        let old = ring.push(x)
        guard ring.isFull else { return nil }
        if wasFull, let old {
            let (leaving, entering) = (old - shift, x - shift)
            first.add(-leaving)
            first.add(entering)
            second.add(-leaving * leaving)
            second.add(entering * entering)
        } else {
            sumAfresh()
        }
        if run.length >= ring.capacity { return (x, 0) }
        var (sum, squares) = (first.value, second.value)
        var spread = squares - sum * sum * share
        if spread < 1e-6 * squares && abs(sum) > 1e-14 * count * abs(shift) {
            sumAfresh()
            (sum, squares) = (first.value, second.value)
            spread = squares - sum * sum * share
        }
        return (shift + sum * share, max(spread, 0))
    }

    private mutating func sumAfresh() {
        var total = 0.0
        for x in ring.storage { total += x }
        shift = total / count
        first.reset()
        second.reset()
        for x in ring.storage {
            let distance = x - shift
            first.add(distance)
            second.add(distance * distance)
        }
    }
}
