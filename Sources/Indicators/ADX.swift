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
    /// The index of the last candle: 0 for the first.
    private var index = -1
    private var plus = 0.0
    private var minus = 0.0
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

    @discardableResult
    public mutating func update(_ bar: Bar) -> Output? {
        if index < 2 * period - 1 { index += 1 }
        let before = previous
        previous = (bar.high, bar.low, bar.close)
        guard index > 0 else { return nil }
        // The positive part, as (x + |x|)/2 without a branch: which side moves is a coin toss, and a mispredicted
        // branch costs more than the rest of the update. Doubling and halving are exact.
        let rise = bar.high - before.high
        let fall = before.low - bar.low
        let up = (rise + abs(rise)) * 0.5
        let down = (fall + abs(fall)) * 0.5
        let fade = index >= period ? share : 0
        plus += (up > down ? up : 0) - plus * fade
        minus += (down > up ? down : 0) - minus * fade
        range += bar.trueRange(after: before.close) - range * fade
        guard index >= period else { return nil }
        value = output()
        return value
    }

    private mutating func output() -> Output {
        let scale = range == 0 ? 0 : 100 / range
        let plusDI = plus * scale
        let minusDI = minus * scale
        let total = plusDI + minusDI
        let isSeeding = index < 2 * period - 1 || value?.adx == nil
        if total != 0 {
            let dx = 100 * abs(plusDI - minusDI) / total
            average += isSeeding ? dx : (dx - average) * share
        }
        guard index == 2 * period - 1 else { return Output(plusDI: plusDI, minusDI: minusDI, adx: nil) }
        if isSeeding { average *= share }
        return Output(plusDI: plusDI, minusDI: minusDI, adx: average)
    }
}
