/// The parabolic stop and reverse: a stop that follows the price ever faster and turns over when touched.
///
/// At index 1 the side is short if `-DM > 0`, else long. Long: a low at or below the stop turns it; else
/// `stop += af · (extreme - stop)`, never above the lows of this candle and the one before, where `af` starts at
/// `step` and grows by it with each new extreme up to `maximum`. Short mirrored. First defined at index 1. Wilder,
/// 1978; TA-Lib's alignment.
public struct ParabolicSAR: StreamingIndicator {
    public private(set) var value: Double?
    private let step: Double
    private let maximum: Double
    private var previous: Bar?
    private var isLong = true
    private var extreme = 0.0
    private var stop = 0.0
    private var acceleration = 0.0

    public init(step: Double = 0.02, maximum: Double = 0.2) {
        precondition(
            step > 0 && maximum >= step, "the acceleration of a SAR starts above 0 and does not exceed its maximum")
        self.step = step
        self.maximum = maximum
    }

    @discardableResult
    public mutating func update(_ bar: Bar) -> Double? {
        guard let before = previous else {
            previous = bar
            return nil
        }
        if value == nil {
            begin(bar, after: before)
            // At its first step "the candle before" is the candle itself.
            value = isLong ? advanceLong(bar, bar) : advanceShort(bar, bar)
        } else {
            value = isLong ? advanceLong(bar, before) : advanceShort(bar, before)
        }
        previous = bar
        return value
    }

    private mutating func begin(_ bar: Bar, after before: Bar) {
        let up = bar.high - before.high
        let down = before.low - bar.low
        isLong = !(down > 0 && down > up)
        extreme = isLong ? bar.high : bar.low
        stop = isLong ? before.low : before.high
        acceleration = step
    }

    private mutating func advanceLong(_ bar: Bar, _ before: Bar) -> Double {
        let output: Double
        if bar.low <= stop {
            isLong = false
            output = max(extreme, max(before.high, bar.high))
            acceleration = step
            extreme = bar.low
            stop = max(output + acceleration * (extreme - output), max(before.high, bar.high))
        } else {
            output = stop
            if bar.high > extreme {
                extreme = bar.high
                acceleration = min(acceleration + step, maximum)
            }
            stop = min(output + acceleration * (extreme - output), min(before.low, bar.low))
        }
        return output
    }

    private mutating func advanceShort(_ bar: Bar, _ before: Bar) -> Double {
        let output: Double
        if bar.high >= stop {
            isLong = true
            output = min(extreme, min(before.low, bar.low))
            acceleration = step
            extreme = bar.high
            stop = min(output + acceleration * (extreme - output), min(before.low, bar.low))
        } else {
            output = stop
            if bar.low < extreme {
                extreme = bar.low
                acceleration = min(acceleration + step, maximum)
            }
            stop = max(output + acceleration * (extreme - output), max(before.high, bar.high))
        }
        return output
    }
}
