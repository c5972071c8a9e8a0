/// The directional movement system: +DI, -DI and the average directional index, each 0…100.
///
/// `up = H - H[t-1]`, `down = L[t-1] - L`; +DM is `up` where it is positive and the larger, -DM likewise `down`.
/// +DM, -DM and true range are each smoothed by `S = S - S/period + x`, with S seeded by the sum of the first
/// `period - 1` values; `±DI = 100 · S(±DM) / S(TR)`, 0 if S(TR) is 0. `DX = 100 · |+DI - -DI| / (+DI + -DI)`;
/// ADX is Wilder's average of it, seeded with the sum of DX at `period…2·period - 1` divided by `period`; a candle with
/// `+DI + -DI = 0` leaves it as it is. DI is first defined at `period`, ADX at `2·period - 1`.
/// Wilder, 1978, in TA-Lib's alignment.
public struct ADX: StreamingIndicator {
    public struct Output: Hashable, Sendable {
        public let plusDI: Double
        public let minusDI: Double
        /// `nil` for the first `period - 1` values of DI.
        public let adx: Double?
    }

    public let period: Int
    public private(set) var value: Output?
    private let share: Double
    private var previous = (high: 0.0, low: 0.0, close: 0.0)
    /// The index of the last candle, 0 for the first; no longer counted once all is settled.
    private var index = -1
    /// ADX has been seeded.
    private var isSettled = false
    /// The smoothed +DM and -DM, side by side: one instruction serves both.
    private var moves = SIMD2<Double>.zero
    private var range = 0.0
    /// The sum of DX until ADX is seeded, then ADX.
    private var average = 0.0

    public init(_ period: Int) {
        precondition(period >= 2, "a directional index is taken over at least two candles")
        self.period = period
        share = 1 / Double(period)
    }

    public var adx: Double? { value?.adx }
    public var isWarm: Bool { value?.adx != nil }

    @inline(__always)
    @discardableResult
    public mutating func update(_ bar: Bar) -> Output? {
        guard !isSettled else {
            smooth(bar, fade: share)
            let (plusDI, minusDI) = directions
            if let dx = Self.dx(plusDI, minusDI) { average += (dx - average) * share }
            value = Output(plusDI: plusDI, minusDI: minusDI, adx: average)
            return value
        }
        return begin(bar)
    }

    /// One of the first `2·period` candles, while there is something to be seeded.
    // Inlined too: the state stays in registers only where nobody is given its address.
    @inline(__always)
    private mutating func begin(_ bar: Bar) -> Output? {
        index += 1
        guard index > 0 else {
            previous = (bar.high, bar.low, bar.close)
            return nil
        }
        smooth(bar, fade: index >= period ? share : 0)
        guard index >= period else { return nil }
        let (plusDI, minusDI) = directions
        if let dx = Self.dx(plusDI, minusDI) { average += dx }
        if index == 2 * period - 1 {
            average *= share
            isSettled = true
        }
        value = Output(plusDI: plusDI, minusDI: minusDI, adx: isSettled ? average : nil)
        return value
    }

    @inline(__always)
    private mutating func smooth(_ bar: Bar, fade: Double) {
        let before = previous
        previous = (bar.high, bar.low, bar.close)
        // Without a branch: which side moves is a coin toss, and a mispredicted branch costs more than the rest of the
        // update.
        let reach = SIMD2(bar.high - before.high, before.low - bar.low)
        let other = SIMD2(reach.y, reach.x)
        let moved = reach.replacing(with: 0, where: (reach .<= other) .| (reach .<= 0))
        moves += moved - moves * fade
        range += bar.trueRange(after: before.close) - range * fade
    }

    /// +DI and -DI of the sums as they are.
    @inline(__always)
    private var directions: (plus: Double, minus: Double) {
        let scaled = moves * (range == 0 ? 0 : 100 / range)
        return (scaled.x, scaled.y)
    }

    /// `nil` where neither side has moved.
    @inline(__always)
    private static func dx(_ plusDI: Double, _ minusDI: Double) -> Double? {
        let total = plusDI + minusDI
        return total == 0 ? nil : 100 * abs(plusDI - minusDI) / total
    }
}
