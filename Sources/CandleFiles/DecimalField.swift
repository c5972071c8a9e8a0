/// A decimal text as the nearest `Double`.
public enum DecimalField {
    /// Reads `-?digits(.digits)?` with an optional exponent; `nil` for anything else (`""`, `nan`, `+1`, `.5`, `1,5`)
    /// and for what is beyond the range of `Double`.
    ///
    /// Correctly rounded: up to 2^53 and 22 decimals by one exact division (Clinger, *How to Read Floating Point
    /// Numbers Accurately*, 1990), the rest by the standard library.
    public static func double(_ bytes: UnsafeRawBufferPointer) -> Double? {
        var index = 0
        let count = bytes.count
        guard count > 0 else { return nil }
        let isNegative = bytes[0] == UInt8(ascii: "-")
        if isNegative { index = 1 }
        var mantissa: UInt64 = 0
        var (digits, decimals, isLong) = (0, 0, false)
        var pointSeen = false
        while index < count {
            let byte = bytes[index]
            let digit = byte &- UInt8(ascii: "0")
            if digit <= 9 {
                if mantissa < 900_000_000_000_000_000 {
                    mantissa = mantissa &* 10 &+ UInt64(digit)
                } else {
                    isLong = true
                }
                digits += 1
                if pointSeen { decimals += 1 }
            } else if byte == UInt8(ascii: "."), !pointSeen, digits > 0, index + 1 < count {
                pointSeen = true
            } else {
                break
            }
            index += 1
        }
        guard digits > 0, !(pointSeen && decimals == 0) else { return nil }
        guard index == count, !isLong, mantissa <= 1 << 53, decimals <= 22 else {
            guard index == count || isExponent(bytes, from: index) else { return nil }
            return Double(String(decoding: bytes, as: UTF8.self)).flatMap { $0.isFinite ? $0 : nil }
        }
        let value = Double(mantissa) / power[decimals]
        return isNegative ? -value : value
    }

    /// The same of a string.
    static func double(_ text: String) -> Double? {
        var text = text
        return text.withUTF8 { double(UnsafeRawBufferPointer($0)) }
    }

    private static func isExponent(_ bytes: UnsafeRawBufferPointer, from start: Int) -> Bool {
        var index = start
        guard bytes[index] | 0x20 == UInt8(ascii: "e") else { return false }
        index += 1
        if index < bytes.count, bytes[index] == UInt8(ascii: "-") || bytes[index] == UInt8(ascii: "+") { index += 1 }
        guard index < bytes.count else { return false }
        return bytes[index...].allSatisfy { $0 &- 48 <= 9 }
    }

    /// Exact as `Double` up to 10^22.
    private static let power: [Double] = [
        1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
        1e20, 1e21, 1e22,
    ]
}
