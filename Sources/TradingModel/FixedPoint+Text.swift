/// Why a text is not a decimal number.
public struct DecimalError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Code: String, Sendable {
        case empty, invalidCharacter, noDigits, tooManyFractionDigits, outOfRange
    }
    public let code: Code
    /// The text as given, cut at 40 characters.
    public let text: String
    public let type: String

    public init(code: Code, text: String, type: String) {
        self.code = code
        self.text = String(text.prefix(40))
        self.type = type
    }

    public var description: String {
        switch code {
        case .empty: "an empty text is not a \(type): write a decimal number such as 12.5"
        case .invalidCharacter: "\"\(text)\" is not a \(type): write digits with at most one point, such as 12.5"
        case .noDigits: "\"\(text)\" has no digits, so it is not a \(type)"
        case .tooManyFractionDigits: "\"\(text)\" has more decimals than a \(type) can hold"
        case .outOfRange: "\"\(text)\" is out of the range of a \(type)"
        }
    }
}

extension FixedPoint {
    /// The strict parser: `-?digits(.digits)?` with an optional exponent, nothing before, between or after.
    ///
    /// Refused are `""`, `"-"`, `"+1"`, `".5"`, `"1."`, `"12abc"`, `"1,000"`, `" 1"`, `"NaN"`; decimals beyond the
    /// precision unless they are zeros; magnitudes above ``largestWhole``. An exponent (`1e-7`, as some exchanges write
    /// small steps) is read exactly, in -30...30. O(length), no allocation.
    public static func parse(_ bytes: UnsafeRawBufferPointer) throws(DecimalError) -> Self {
        let count = bytes.count
        func fail(_ code: DecimalError.Code) -> DecimalError {
            DecimalError(code: code, text: String(decoding: bytes.prefix(40), as: UTF8.self), type: "\(Self.self)")
        }
        guard count > 0 else { throw fail(.empty) }
        guard count <= 80 else { throw fail(.outOfRange) }
        var index = 0
        let isNegative = bytes[0] == UInt8(ascii: "-")
        if isNegative { index = 1 }

        var digits = DigitAccumulator()
        let wholeStart = index
        while index < count, let digit = digitValue(bytes[index]) {
            guard digits.append(digit) else { throw fail(.outOfRange) }
            index += 1
        }
        guard index > wholeStart else { throw fail(index == count ? .noDigits : .invalidCharacter) }
        var decimals = 0
        if index < count, bytes[index] == UInt8(ascii: ".") {
            index += 1
            let fractionStart = index
            var pendingZeros = 0
            while index < count, let digit = digitValue(bytes[index]) {
                // Trailing zeros carry no value; they are only counted until a digit follows them.
                if digit == 0 {
                    pendingZeros += 1
                } else {
                    for _ in 0..<pendingZeros { guard digits.append(0) else { throw fail(.tooManyFractionDigits) } }
                    guard digits.append(digit) else { throw fail(.tooManyFractionDigits) }
                    decimals += pendingZeros + 1
                    pendingZeros = 0
                }
                index += 1
            }
            guard index > fractionStart else { throw fail(.invalidCharacter) }
        }
        var exponent = 0
        if index < count, bytes[index] | 0x20 == UInt8(ascii: "e") {
            guard let value = parseExponent(bytes, from: &index) else { throw fail(.invalidCharacter) }
            exponent = value
        }
        guard index == count else { throw fail(.invalidCharacter) }
        let magnitude = digits.value
        if magnitude == 0 { return zero }

        let shift = fractionDigits - decimals + exponent
        var scaled: Int128
        if shift >= 0 {
            guard shift <= 38 else { throw fail(.outOfRange) }
            let (product, overflow) = magnitude.multipliedReportingOverflow(by: PowerOfTen.of(shift))
            guard !overflow else { throw fail(.outOfRange) }
            scaled = product
        } else {
            guard -shift <= 38 else { throw fail(.tooManyFractionDigits) }
            let (quotient, remainder) = magnitude.quotientAndRemainder(dividingBy: PowerOfTen.of(-shift))
            guard remainder == 0 else { throw fail(.tooManyFractionDigits) }
            scaled = quotient
        }
        guard scaled <= largestWhole * scale else { throw fail(.outOfRange) }
        if isNegative { scaled = -scaled }
        return Self(raw: scaled)
    }

    /// The strict parser on a string; see ``parse(_:)-(UnsafeRawBufferPointer)``.
    public static func parse(_ text: String) throws(DecimalError) -> Self {
        var text = text
        let result: Result<Self, DecimalError> = text.withUTF8 { utf8 in
            do throws(DecimalError) {
                return .success(try parse(UnsafeRawBufferPointer(utf8)))
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    public init?(_ description: String) {
        guard let value = try? Self.parse(description) else { return nil }
        self = value
    }

    /// The shortest exact text: no exponent, no trailing zeros, `-` only where the value is negative.
    public var description: String {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: DecimalText.room) { buffer in
            guard let start = buffer.baseAddress else { return "" }
            let end = DecimalText.write(raw, fractionDigits: Self.fractionDigits, to: start)
            return String(decoding: UnsafeBufferPointer(start: start, count: end - start), as: UTF8.self)
        }
    }

    /// Writes the shortest exact text right-aligned so that it ends before `end`, and returns where it starts.
    /// `buffer` has at least 48 bytes before `end`. No allocation.
    public static func write(_ raw: Int128, endingAt end: Int, into buffer: UnsafeMutableRawBufferPointer) -> Int {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: DecimalText.room) { scratch in
            guard let first = scratch.baseAddress else { return end }
            let count = DecimalText.write(raw, fractionDigits: fractionDigits, to: first) - first
            for index in 0..<count { buffer[end - count + index] = scratch[index] }
            return end - count
        }
    }
}

@inline(__always)
private func digitValue(_ byte: UInt8) -> UInt8? {
    let value = byte &- UInt8(ascii: "0")
    return value <= 9 ? value : nil
}

private func parseExponent(_ bytes: UnsafeRawBufferPointer, from index: inout Int) -> Int? {
    index += 1
    guard index < bytes.count else { return nil }
    var isNegative = false
    if bytes[index] == UInt8(ascii: "-") || bytes[index] == UInt8(ascii: "+") {
        isNegative = bytes[index] == UInt8(ascii: "-")
        index += 1
    }
    var value = 0
    var count = 0
    while index < bytes.count, let digit = digitValue(bytes[index]) {
        value = value * 10 + Int(digit)
        count += 1
        index += 1
        if value > 30 { return nil }
    }
    return count == 0 ? nil : (isNegative ? -value : value)
}

/// Collects decimal digits, in 64 bits as long as they fit.
private struct DigitAccumulator {
    private var narrow: UInt64 = 0
    private var wide: Int128 = 0
    private var count = 0

    var value: Int128 { count <= 18 ? Int128(narrow) : wide }

    /// `false` once more than 38 significant digits were given.
    mutating func append(_ digit: UInt8) -> Bool {
        if count == 0, digit == 0 { return true }
        count += 1
        if count <= 18 {
            narrow = narrow &* 10 &+ UInt64(digit)
            return true
        }
        if count == 19 { wide = Int128(narrow) }
        guard count <= 38 else { return false }
        wide = wide * 10 + Int128(digit)
        return true
    }
}
