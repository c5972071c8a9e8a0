/// How long things took, in microseconds, as counts in fixed buckets: 8 to each power of two, so that a percentile is
/// right to an eighth. It forgets what is older than two windows.
final class LatencyHistogram {
    private static let bucketCount = 28 * 8
    private static let window: Int64 = 30_000_000

    private let current = UnsafeMutablePointer<UInt32>.allocate(capacity: bucketCount)
    private var previous = [UInt32](repeating: 0, count: bucketCount)
    private var windowStart: Int64 = 0

    init() { current.initialize(repeating: 0, count: LatencyHistogram.bucketCount) }

    deinit { current.deallocate() }

    /// Adds one duration; less than nothing (two clocks that disagree) counts as nothing. O(1).
    func add(micros: Int64) { current[LatencyHistogram.bucket(of: micros)] &+= 1 }

    /// The durations below which half and 99 of 100 fall; `nil` without any.
    var percentiles: (p50: Double, p99: Double)? {
        var counts = previous
        for index in counts.indices { counts[index] &+= current[index] }
        let total = counts.reduce(0) { $0 + Int($1) }
        guard total > 0 else { return nil }
        return (value(counts, at: (total + 1) / 2), value(counts, at: (total * 99 + 99) / 100))
    }

    /// Starts a new window when the present one is full.
    func rotate(at micros: Int64) {
        guard micros - windowStart >= LatencyHistogram.window else { return }
        for index in previous.indices { previous[index] = current[index] }
        current.update(repeating: 0, count: LatencyHistogram.bucketCount)
        windowStart = micros
    }

    private func value(_ counts: [UInt32], at rank: Int) -> Double {
        var seen = 0
        for (index, count) in counts.enumerated() {
            seen += Int(count)
            if seen >= rank { return LatencyHistogram.upperBound(of: index) }
        }
        return LatencyHistogram.upperBound(of: counts.count - 1)
    }

    /// 0…7 are exact; from there each power of two has eight buckets.
    static func bucket(of micros: Int64) -> Int {
        let value = UInt64(max(0, micros))
        guard value >= 8 else { return Int(value) }
        let exponent = 63 - value.leadingZeroBitCount
        return min(bucketCount - 1, (exponent - 2) * 8 + Int(value >> UInt64(exponent - 3) & 7))
    }

    /// The largest duration of a bucket.
    static func upperBound(of bucket: Int) -> Double {
        guard bucket >= 8 else { return Double(bucket) }
        let (exponent, step) = (bucket / 8 + 2, bucket % 8)
        return Double((1 << exponent) + (step + 1) << (exponent - 3) - 1)
    }
}
