import TradingModel

/// The shortest decimal text that reads back as the same `Double`, as `Double.description` gives it, several times as
/// fast and without a string.
///
/// Schubfach: Raffaello Giulietti, *The Schubfach way to render doubles*, 2020, with the rounding to odd of its
/// appendix. Of the shortest texts it is the one nearest to the value.
public enum ShortestDouble {
    /// No text is longer: sign, 17 digits, point, exponent; the rest is room for whole words written beyond its end.
    public static var room: Int { 64 }

    /// Writes a finite number from `start` on and returns its end; touches at most ``room`` bytes.
    ///
    /// Positional from 1e-4 up to 1e16, with an exponent beyond (`1e-05`); whole numbers end in `.0`.
    public static func write(_ value: Double, to start: UnsafeMutablePointer<UInt8>) -> UnsafeMutablePointer<UInt8> {
        var position = start
        if value.sign == .minus {
            position.pointee = UInt8(ascii: "-")
            position += 1
        }
        let magnitude = value.magnitude
        guard magnitude != 0 else { return literal("0.0", to: position) }
        guard magnitude >= 1e-30, magnitude < 1e30 else { return literal("\(magnitude)", to: position) }
        var (digits, exponent) = decimal(magnitude)
        while digits % 10 == 0 {
            digits /= 10
            exponent += 1
        }
        return write(digits, exponent, to: position)
    }

    private static func literal(
        _ text: String, to start: UnsafeMutablePointer<UInt8>
    ) -> UnsafeMutablePointer<UInt8> {
        var position = start
        for byte in text.utf8 {
            position.pointee = byte
            position += 1
        }
        return position
    }

    /// `digits · 10^exponent`, digits not ending in zero.
    private static func write(
        _ digits: UInt64, _ exponent: Int, to start: UnsafeMutablePointer<UInt8>
    ) -> UnsafeMutablePointer<UInt8> {
        let zero = UInt8(ascii: "0")
        return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: DecimalText.room) { scratch in
            guard let text = scratch.baseAddress else { return start }
            let count = DecimalText.write(digits, to: text) - text
            // Digits in front of the point.
            let whole = count + exponent
            var position = start
            if whole > 16 || whole < -3 {
                position.pointee = text[0]
                position += 1
                if count > 1 {
                    position.pointee = UInt8(ascii: ".")
                    (position + 1).update(from: text + 1, count: count - 1)
                    position += count
                }
                return writeExponent(whole - 1, to: position)
            }
            if whole <= 0 {
                position[0] = zero
                position[1] = UInt8(ascii: ".")
                position += 2
                for _ in 0..<(-whole) {
                    position.pointee = zero
                    position += 1
                }
                position.update(from: text, count: count)
                return position + count
            }
            let leading = min(whole, count)
            position.update(from: text, count: leading)
            position += leading
            for _ in leading..<whole {
                position.pointee = zero
                position += 1
            }
            position.pointee = UInt8(ascii: ".")
            position += 1
            guard count > whole else {
                position.pointee = zero
                return position + 1
            }
            position.update(from: text + whole, count: count - whole)
            return position + (count - whole)
        }
    }

    private static func writeExponent(
        _ exponent: Int, to start: UnsafeMutablePointer<UInt8>
    ) -> UnsafeMutablePointer<UInt8> {
        start[0] = UInt8(ascii: "e")
        start[1] = exponent < 0 ? UInt8(ascii: "-") : UInt8(ascii: "+")
        start[2] = UInt8(ascii: "0") + UInt8(abs(exponent) / 10)
        start[3] = UInt8(ascii: "0") + UInt8(abs(exponent) % 10)
        return start + 4
    }

    // MARK: Digits

    /// The shortest digits of a number of normal size, perhaps with zeros at their end.
    private static func decimal(_ value: Double) -> (digits: UInt64, exponent: Int) {
        let significand = value.significandBitPattern
        let c = significand | 1 << 52
        let q = Int(value.exponentBitPattern) - 1_075
        if q <= 0, q > -53, c & (1 << UInt64(-q) - 1) == 0 { return (c >> UInt64(-q), 0) }
        let isEven = c & 1 == 0
        let isLowerCloser = significand == 0
        let k = (q * 1_262_611 - (isLowerCloser ? 524_031 : 0)) >> 22
        let h = UInt64(q + (-k * 1_741_647) >> 19 + 1)
        let power = powers[-k - leastPower]
        let below = roundedToOdd(power, (4 &* c &- 2 &+ (isLowerCloser ? 1 : 0)) << h)
        let middle = roundedToOdd(power, (4 &* c) << h)
        let above = roundedToOdd(power, (4 &* c &+ 2) << h)
        let lower = below &+ (isEven ? 0 : 1)
        let upper = above &- (isEven ? 0 : 1)
        let s = middle >> 2
        if s >= 10 {
            let tens = s / 10
            let isDownInside = lower <= 40 &* tens
            let isUpInside = 40 &* tens &+ 40 <= upper
            if isDownInside != isUpInside { return (tens + (isUpInside ? 1 : 0), k + 1) }
        }
        let isDownInside = lower <= 4 &* s
        let isUpInside = 4 &* s &+ 4 <= upper
        if isDownInside != isUpInside { return (s + (isUpInside ? 1 : 0), k) }
        let half = 4 &* s &+ 2
        return (s + (middle > half || (middle == half && s & 1 != 0) ? 1 : 0), k)
    }

    @inline(__always)
    private static func roundedToOdd(_ power: (high: UInt64, low: UInt64), _ x: UInt64) -> UInt64 {
        let carried = power.low.multipliedFullWidth(by: x).high
        let product = power.high.multipliedFullWidth(by: x)
        let (low, overflow) = product.low.addingReportingOverflow(carried)
        return product.high &+ (overflow ? 1 : 0) | (low > 1 ? 1 : 0)
    }

    private static let leastPower = -50
    /// `10^k` for k in -50...50 as its 128 leading bits, rounded up.
    private static let powers: [(high: UInt64, low: UInt64)] = (-50...50).map { k in
        // 10^k · 2^(127 - floor(log2 10^k)) in limbs of 32 bits, least first.
        let shift = 127 - (k * 1_741_647) >> 19
        var limbs = [UInt32](repeating: 0, count: 16)
        var isExact = true
        if k >= 0 {
            limbs[0] = 1
            for _ in 0..<k { multiply(&limbs, by: 10) }
            if shift >= 0 { for _ in 0..<shift { multiply(&limbs, by: 2) } }
            if shift < 0 { for _ in 0..<(-shift) where divide(&limbs, by: 2) != 0 { isExact = false } }
        } else {
            limbs[shift / 32] = 1 << UInt32(shift % 32)
            for _ in 0..<(-k) where divide(&limbs, by: 10) != 0 { isExact = false }
        }
        var low = UInt64(limbs[1]) << 32 | UInt64(limbs[0])
        var high = UInt64(limbs[3]) << 32 | UInt64(limbs[2])
        if !isExact {
            low &+= 1
            if low == 0 { high += 1 }
        }
        return (high, low)
    }

    private static func multiply(_ limbs: inout [UInt32], by factor: UInt64) {
        var carry: UInt64 = 0
        for index in limbs.indices {
            let product = UInt64(limbs[index]) * factor + carry
            limbs[index] = UInt32(truncatingIfNeeded: product)
            carry = product >> 32
        }
    }

    /// Divides in place and returns the remainder.
    private static func divide(_ limbs: inout [UInt32], by divisor: UInt64) -> UInt64 {
        var remainder: UInt64 = 0
        for index in limbs.indices.reversed() {
            let part = remainder << 32 | UInt64(limbs[index])
            limbs[index] = UInt32(truncatingIfNeeded: part / divisor)
            remainder = part % divisor
        }
        return remainder
    }
}
