/// Decimal digits ⇄ scaled integers: what the parser, the descriptions and the wire share.
///
/// Works on bytes in place and allocates nothing, for it stands on the path of every price.
public enum DecimalText {
    /// Room for the longest text of a scaled 128-bit integer: sign, 39 digits, a zero and a point; and for the whole
    /// words that are written beyond its end.
    @inlinable public static var room: Int { 64 }

    // MARK: Writing

    /// Writes the shortest exact text from `start` on and returns its end; touches at most ``room`` bytes.
    public static func write(
        _ raw: Int128, fractionDigits: Int, to start: UnsafeMutablePointer<UInt8>
    ) -> UnsafeMutablePointer<UInt8> {
        var position = start
        if raw < 0 {
            position.pointee = UInt8(ascii: "-")
            position += 1
        }
        let magnitude = raw.magnitude
        guard fractionDigits == 12, magnitude <= UInt128(UInt64.max) else {
            return writeWide(magnitude, fractionDigits, to: position)
        }
        // Prices and quantities below 18 million: everything in 64 bits.
        let narrow = UInt64(truncatingIfNeeded: magnitude)
        let whole = narrow / 1_000_000_000_000
        position = write(whole, to: position)
        return writeTwelve(narrow &- whole &* 1_000_000_000_000, to: position)
    }

    /// Any magnitude: 128-bit division is dear, so the digits are taken in parts that fit 64 bits.
    private static func writeWide(
        _ magnitude: UInt128, _ fractionDigits: Int, to start: UnsafeMutablePointer<UInt8>
    ) -> UnsafeMutablePointer<UInt8> {
        let (whole, fraction) = magnitude.quotientAndRemainder(dividingBy: UInt128(PowerOfTen.of(fractionDigits)))
        var position = start
        if whole <= UInt128(UInt64.max) {
            position = write(UInt64(truncatingIfNeeded: whole), to: position)
        } else {
            let parts = whole.quotientAndRemainder(dividingBy: 1_000_000_000_000_000_000)
            position = write(parts.quotient, lowest: UInt64(truncatingIfNeeded: parts.remainder), to: position)
        }
        guard fraction != 0 else { return position }
        position.pointee = UInt8(ascii: ".")
        position += 1
        // Eighteen digits at a time, the last part as long as is left.
        var (rest, width) = (fraction, fractionDigits)
        while width > 18 {
            let parts = rest.quotientAndRemainder(dividingBy: UInt128(PowerOfTen.of(width - 18)))
            position = writePadded(UInt64(truncatingIfNeeded: parts.quotient), width: 18, to: position)
            rest = parts.remainder
            width -= 18
            if rest == 0 { return trimmed(position) }
        }
        return trimmed(writePadded(UInt64(truncatingIfNeeded: rest), width: width, to: position))
    }

    /// A whole part beyond 64 bits: what stands above the lowest 18 digits, then those.
    private static func write(
        _ upper: UInt128, lowest: UInt64, to start: UnsafeMutablePointer<UInt8>
    ) -> UnsafeMutablePointer<UInt8> {
        var position = start
        if upper <= UInt128(UInt64.max) {
            position = write(UInt64(truncatingIfNeeded: upper), to: position)
        } else {
            let parts = upper.quotientAndRemainder(dividingBy: 1_000_000_000_000_000_000)
            position = write(UInt64(truncatingIfNeeded: parts.quotient), to: position)
            position = writePadded(UInt64(truncatingIfNeeded: parts.remainder), width: 18, to: position)
        }
        return writePadded(lowest, width: 18, to: position)
    }

    /// The point and the digits of a fraction of 12 decimals without its trailing zeros; nothing for zero.
    @inline(__always)
    private static func writeTwelve(
        _ fraction: UInt64, to start: UnsafeMutablePointer<UInt8>
    ) -> UnsafeMutablePointer<UInt8> {
        guard fraction != 0 else { return start }
        start.pointee = UInt8(ascii: ".")
        let high = fraction / 10_000
        let low = fraction &- high &* 10_000
        let digits = eightDigits(high)
        store(digits, to: start + 1)
        // A digit's zeros at the end are the zero bytes at the top of its word.
        if low == 0 { return start + 9 - digits.leadingZeroBitCount >> 3 }
        let last = eightDigits(low) >> 32
        store(last, to: start + 9)
        return start + 13 - (last.leadingZeroBitCount - 32) >> 3
    }

    /// The end without the zeros before it; a digit that is not zero stands somewhere before.
    @inline(__always)
    private static func trimmed(_ end: UnsafeMutablePointer<UInt8>) -> UnsafeMutablePointer<UInt8> {
        var end = end
        while end[-1] == UInt8(ascii: "0") { end -= 1 }
        return end
    }

    /// Exactly `width` digits, zeros in front.
    private static func writePadded(
        _ value: UInt64, width: Int, to start: UnsafeMutablePointer<UInt8>
    ) -> UnsafeMutablePointer<UInt8> {
        var rest = value
        for index in stride(from: width - 1, through: 0, by: -1) {
            start[index] = UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
        return start + width
    }

    /// Writes `value` without leading zeros and returns its end; touches at most 28 bytes.
    @inlinable @inline(__always)
    public static func write(_ value: UInt64, to start: UnsafeMutablePointer<UInt8>) -> UnsafeMutablePointer<UInt8> {
        guard value >= 100_000_000 else { return writeShort(value, to: start) }
        let high = value / 100_000_000
        let position = high < 100_000_000 ? writeShort(high, to: start) : writeLong(high, to: start)
        store(eightDigits(value &- high &* 100_000_000), to: position)
        return position + 8
    }

    @usableFromInline
    static func writeLong(_ value: UInt64, to start: UnsafeMutablePointer<UInt8>) -> UnsafeMutablePointer<UInt8> {
        write(value, to: start)
    }

    /// A value below 10^8 without leading zeros; touches eight bytes.
    @inlinable @inline(__always)
    static func writeShort(_ value: UInt64, to start: UnsafeMutablePointer<UInt8>) -> UnsafeMutablePointer<UInt8> {
        let digits = eightDigits(value)
        // Zeros in front are the zero bytes at the bottom of the word; the last digit stays even if it is zero.
        let zeros = min(digits.trailingZeroBitCount >> 3, 7)
        store(digits >> UInt64(truncatingIfNeeded: zeros &* 8), to: start)
        return start + (8 - zeros)
    }

    /// Stores eight digit values as text.
    @inlinable @inline(__always)
    static func store(_ digits: UInt64, to start: UnsafeMutablePointer<UInt8>) {
        UnsafeMutableRawPointer(start).storeBytes(of: (digits | 0x3030_3030_3030_3030).littleEndian, as: UInt64.self)
    }

    /// The eight digits of a value below 10^8, one a byte, the first in the lowest byte.
    ///
    /// Splits halves, quarters and digits in one word, multiplying by reciprocals (10486 / 2^20 is 1/100 for values
    /// below 10,000; 103 / 2^10 is 1/10 below 100), as Paul Khuong describes in "How to print integers really fast",
    /// pvk.ca 2017.
    @inlinable @inline(__always)
    static func eightDigits(_ value: UInt64) -> UInt64 {
        let high = value / 10_000
        let fours = high | (value &- high &* 10_000) << 32
        let hundreds = ((fours &* 10_486) >> 20) & 0x0000_007f_0000_007f
        let twos = hundreds | (fours &- hundreds &* 100) << 16
        let tens = ((twos &* 103) >> 10) & 0x000f_000f_000f_000f
        return tens | (twos &- tens &* 10) << 8
    }

    /// `10^exponent` for `exponent` in 0...12.
    @inline(__always)
    private static func power(_ exponent: Int) -> UInt64 {
        switch exponent {
        case 0: 1
        case 1: 10
        case 2: 100
        case 3: 1_000
        case 4: 10_000
        case 5: 100_000
        case 6: 1_000_000
        case 7: 10_000_000
        case 8: 100_000_000
        case 9: 1_000_000_000
        case 10: 10_000_000_000
        case 11: 100_000_000_000
        default: 1_000_000_000_000
        }
    }

    // MARK: Reading

    /// Reads `-?digits.digits` or `-?digits` that is followed by `"`, where it is as short as numbers usually are: at
    /// most 12 digits before the point, `fractionDigits` and at most 12 behind it, 18 together. Every dimension holds
    /// twelve whole digits, so no range is left to be checked.
    ///
    /// Returns the scaled value and where the quote is; `nil` for anything else, which ``FixedPoint/parse(_:)`` then
    /// reads or refuses.
    public static func readQuoted(
        _ start: UnsafePointer<UInt8>, before end: UnsafePointer<UInt8>, fractionDigits: Int
    ) -> (raw: Int128, quote: UnsafePointer<UInt8>)? {
        // Whatever is accepted ends within 21 bytes; texts near the end of the memory take the other way.
        guard end - start >= 24, (12...24).contains(fractionDigits) else { return nil }
        var cursor = start
        let isNegative = cursor.pointee == UInt8(ascii: "-")
        if isNegative { cursor += 1 }
        let first = cursor
        var value: UInt64 = 0
        var digit = cursor.pointee &- UInt8(ascii: "0")
        while digit <= 9, cursor - first < 13 {
            value = value &* 10 &+ UInt64(digit)
            cursor += 1
            digit = cursor.pointee &- UInt8(ascii: "0")
        }
        let whole = cursor - first
        guard whole >= 1, whole <= 12 else { return nil }
        var decimals = 0
        if cursor.pointee == UInt8(ascii: ".") {
            cursor += 1
            let point = cursor
            let most = min(12, 18 - whole)
            digit = cursor.pointee &- UInt8(ascii: "0")
            while digit <= 9, cursor - point < most {
                value = value &* 10 &+ UInt64(digit)
                cursor += 1
                digit = cursor.pointee &- UInt8(ascii: "0")
            }
            decimals = cursor - point
            guard decimals >= 1 else { return nil }
        }
        guard cursor.pointee == UInt8(ascii: "\"") else { return nil }
        // Below 10^18 times at most 10^12: no overflow of 128 bits; the rest of the scale is a second factor.
        let product = value.multipliedFullWidth(by: power(12 - decimals))
        var raw = Int128(truncatingIfNeeded: UInt128(product.high) << 64 | UInt128(product.low))
        if fractionDigits > 12 { raw *= PowerOfTen.of(fractionDigits - 12) }
        return (isNegative ? -raw : raw, cursor)
    }
}
