import JSONText
public import TradingModel

/// A decimal number exactly as an exchange or a person wrote it: up to 38 digits, no rounding that is not named.
///
/// Prices and quantities of the model have twelve decimals; what goes to an exchange may be written with more, and must
/// then be cut to the instrument's step and not be refused for its length.
public struct ExactDecimal: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The value is `coefficient / 10^scale`; no zeros at the end, so that equal values are equal.
    private let coefficient: Int128
    private let scale: Int

    public static let zero = ExactDecimal(coefficient: 0, scale: 0)

    /// `nil` for what is no decimal number, or has more than 37 significant digits.
    public init?(_ text: String) {
        guard let plain = JSONNumber.plainDecimal(text) else { return nil }
        let parts = plain.split(separator: ".", maxSplits: 1)
        let fraction = parts.count == 2 ? parts[1] : ""
        let digits = parts[0] + fraction
        guard digits.drop(while: { $0 == "0" || $0 == "-" }).count <= 37, fraction.count <= 37,
            let value = Int128(digits)
        else { return nil }
        self.init(coefficient: value, scale: fraction.count)
    }

    public init(_ value: some FixedPoint) {
        self.init(coefficient: value.raw, scale: type(of: value).fractionDigits)
    }

    private init(coefficient: Int128, scale: Int) {
        var (value, digits) = (coefficient, scale)
        while digits > 0, value % 10 == 0 {
            value /= 10
            digits -= 1
        }
        (self.coefficient, self.scale) = (value, digits)
    }

    public var isZero: Bool { coefficient == 0 }
    public var isPositive: Bool { coefficient > 0 }

    /// The plain text: no exponent, no zeros at the end.
    public var description: String {
        let digits = String(coefficient.magnitude)
        let sign = coefficient < 0 ? "-" : ""
        guard scale > 0 else { return sign + digits }
        let padded = String(repeating: "0", count: max(0, scale + 1 - digits.count)) + digits
        return sign + padded.dropLast(scale) + "." + padded.suffix(scale)
    }

    /// As a number of the model; `nil` where it has more decimals than that keeps, or is out of its range.
    public func fixedPoint<D: FixedPoint>(_ type: D.Type = D.self) -> D? { D(description) }

    /// The product; `nil` beyond 38 digits.
    public func times(_ other: ExactDecimal) -> ExactDecimal? {
        let (product, overflow) = coefficient.multipliedReportingOverflow(by: other.coefficient)
        guard !overflow, scale + other.scale <= 37 else { return nil }
        return ExactDecimal(coefficient: product, scale: scale + other.scale)
    }

    /// The multiple of `step` next to this value in the named direction; `nil` where `step` is not positive or the digits
    /// do not suffice.
    public func rounded(toMultipleOf step: ExactDecimal, _ rounding: Rounding) -> ExactDecimal? {
        guard step.isPositive, let (value, unit, digits) = aligned(with: step) else { return nil }
        return ExactDecimal(coefficient: rounding.quotient(value, by: unit) * unit, scale: digits)
    }

    public func isMultiple(of step: ExactDecimal) -> Bool { rounded(toMultipleOf: step, .down) == self }

    public static func < (a: ExactDecimal, b: ExactDecimal) -> Bool {
        guard let (left, right, _) = a.aligned(with: b) else {
            return Double(a.description) ?? 0 < Double(b.description) ?? 0
        }
        return left < right
    }

    /// Both coefficients at the larger scale.
    private func aligned(with other: ExactDecimal) -> (Int128, Int128, Int)? {
        let digits = max(scale, other.scale)
        let (left, leftOverflow) = coefficient.multipliedReportingOverflow(by: PowerOfTen.of(digits - scale))
        let (right, rightOverflow) = other.coefficient.multipliedReportingOverflow(
            by: PowerOfTen.of(digits - other.scale))
        return leftOverflow || rightOverflow ? nil : (left, right, digits)
    }
}

extension Rounding {
    /// The whole quotient, rounded as named; `divisor` is positive.
    fileprivate func quotient(_ value: Int128, by divisor: Int128) -> Int128 {
        let (whole, remainder) = value.quotientAndRemainder(dividingBy: divisor)
        guard remainder != 0 else { return whole }
        let away: Int128 = value < 0 ? -1 : 1
        switch self {
        case .down: return whole
        case .up: return whole + away
        case .floor: return value < 0 ? whole - 1 : whole
        case .ceiling: return value < 0 ? whole : whole + 1
        case .halfEven:
            let twice = remainder.magnitude * 2
            if twice == divisor.magnitude { return whole % 2 == 0 ? whole : whole + away }
            return twice > divisor.magnitude ? whole + away : whole
        }
    }
}
