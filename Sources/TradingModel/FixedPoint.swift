/// An exact decimal number held as a scaled 128-bit integer.
///
/// `raw` is the value times `10^fractionDigits`. Every conforming type is a dimension of its own (a price is not a
/// quantity), so the compiler refuses to add them. Plain `+` and `-` trap on overflow: values are bounded where they
/// enter the system (``parse(_:)``), so an overflow is a defect and not an input.
public protocol FixedPoint: Hashable, Comparable, Sendable, CustomStringConvertible, LosslessStringConvertible {
    /// Decimal digits kept after the point.
    static var fractionDigits: Int { get }
    /// The largest absolute value accepted from outside, in whole units.
    static var largestWhole: Int128 { get }
    /// The value times `10^fractionDigits`.
    var raw: Int128 { get }
    init(raw: Int128)
}

/// How a result that does not fit the wanted precision is brought to it. There is no default: every call names one.
public enum Rounding: String, Sendable, CaseIterable {
    /// Toward zero.
    case down
    /// Away from zero.
    case up
    /// Toward negative infinity.
    case floor
    /// Toward positive infinity.
    case ceiling
    /// To the nearest; ties to the even neighbour (banker's rounding).
    case halfEven
}

/// Powers of ten that fit 128 bits.
public enum PowerOfTen {
    /// `10^exponent` for `exponent` in 0...38.
    ///
    /// A switch over constants: it needs no lazily made table, and folds where the exponent is known.
    @inlinable public static func of(_ exponent: Int) -> Int128 {
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
        case 12: 1_000_000_000_000
        case 13: 10_000_000_000_000
        case 14: 100_000_000_000_000
        case 15: 1_000_000_000_000_000
        case 16: 10_000_000_000_000_000
        case 17: 100_000_000_000_000_000
        case 18: 1_000_000_000_000_000_000
        case 19: 10_000_000_000_000_000_000
        case 20: 100_000_000_000_000_000_000
        case 21: 1_000_000_000_000_000_000_000
        case 22: 10_000_000_000_000_000_000_000
        case 23: 100_000_000_000_000_000_000_000
        case 24: 1_000_000_000_000_000_000_000_000
        case 25: 10_000_000_000_000_000_000_000_000
        case 26: 100_000_000_000_000_000_000_000_000
        case 27: 1_000_000_000_000_000_000_000_000_000
        case 28: 10_000_000_000_000_000_000_000_000_000
        case 29: 100_000_000_000_000_000_000_000_000_000
        case 30: 1_000_000_000_000_000_000_000_000_000_000
        case 31: 10_000_000_000_000_000_000_000_000_000_000
        case 32: 100_000_000_000_000_000_000_000_000_000_000
        case 33: 1_000_000_000_000_000_000_000_000_000_000_000
        case 34: 10_000_000_000_000_000_000_000_000_000_000_000
        case 35: 100_000_000_000_000_000_000_000_000_000_000_000
        case 36: 1_000_000_000_000_000_000_000_000_000_000_000_000
        case 37: 10_000_000_000_000_000_000_000_000_000_000_000_000
        case 38: 100_000_000_000_000_000_000_000_000_000_000_000_000
        default: preconditionFailure("a power of ten fits 128 bits for exponents 0...38")
        }
    }
}

extension Rounding {
    /// The quotient `numerator / denominator` as a whole number, rounded as named. `denominator` is positive.
    public func divide(_ numerator: Int128, by denominator: Int128) -> Int128 {
        precondition(denominator > 0, "a rounding divisor is positive")
        let (quotient, remainder) = numerator.quotientAndRemainder(dividingBy: denominator)
        guard remainder != 0 else { return quotient }
        let away: Int128 = numerator < 0 ? -1 : 1
        switch self {
        case .down: return quotient
        case .up: return quotient + away
        case .floor: return away < 0 ? quotient - 1 : quotient
        case .ceiling: return away > 0 ? quotient + 1 : quotient
        case .halfEven:
            let twice = remainder.magnitude &* 2
            if twice > denominator.magnitude { return quotient + away }
            if twice < denominator.magnitude { return quotient }
            return quotient % 2 == 0 ? quotient : quotient + away
        }
    }

    /// `a · b / divisor` with a 256-bit product, so that only a result beyond 128 bits fails. `divisor` is positive.
    public func multiply(_ a: Int128, _ b: Int128, dividedBy divisor: Int128) -> Int128? {
        let (product, overflow) = a.multipliedReportingOverflow(by: b)
        if !overflow { return divide(product, by: divisor) }
        let wide = a.magnitude.multipliedFullWidth(by: b.magnitude)
        guard wide.high < divisor.magnitude else { return nil }
        let (quotient, remainder) = divisor.magnitude.dividingFullWidth(wide)
        guard quotient <= UInt128(Int128.max) - 1 else { return nil }
        let isNegative = (a < 0) != (b < 0)
        let whole = isNegative ? -Int128(quotient) : Int128(quotient)
        guard remainder != 0 else { return whole }
        let away: Int128 = isNegative ? -1 : 1
        switch self {
        case .down: return whole
        case .up: return whole + away
        case .floor: return isNegative ? whole - 1 : whole
        case .ceiling: return isNegative ? whole : whole + 1
        case .halfEven:
            let rest = divisor.magnitude - remainder
            if remainder > rest { return whole + away }
            if remainder < rest { return whole }
            return whole % 2 == 0 ? whole : whole + away
        }
    }
}

extension FixedPoint {
    @inlinable public static var zero: Self { Self(raw: 0) }
    @inlinable public static var scale: Int128 { PowerOfTen.of(fractionDigits) }

    /// A whole number of units.
    @inlinable public init(_ whole: Int) { self.init(raw: Int128(whole) * Self.scale) }

    @inlinable public var isZero: Bool { raw == 0 }
    @inlinable public var isPositive: Bool { raw > 0 }
    @inlinable public var isNegative: Bool { raw < 0 }
    @inlinable public var magnitude: Self { raw < 0 ? Self(raw: -raw) : self }

    @inlinable public static func < (a: Self, b: Self) -> Bool { a.raw < b.raw }
    @inlinable public static func + (a: Self, b: Self) -> Self { Self(raw: a.raw + b.raw) }
    @inlinable public static func - (a: Self, b: Self) -> Self { Self(raw: a.raw - b.raw) }
    @inlinable public static prefix func - (a: Self) -> Self { Self(raw: -a.raw) }
    @inlinable public static func += (a: inout Self, b: Self) { a = a + b }
    @inlinable public static func -= (a: inout Self, b: Self) { a = a - b }

    /// The value times a whole number; traps on overflow.
    @inlinable public func times(_ factor: Int) -> Self { Self(raw: raw * Int128(factor)) }

    /// The multiple of `step` next to this value in the named direction. `step` is positive.
    public func rounded(toMultipleOf step: Self, _ rounding: Rounding) -> Self {
        precondition(step.raw > 0, "a step is positive")
        return Self(raw: rounding.divide(raw, by: step.raw) * step.raw)
    }

    /// The value with at most `digits` decimals, rounded as named.
    public func rounded(toDigits digits: Int, _ rounding: Rounding) -> Self {
        guard digits < Self.fractionDigits else { return self }
        return rounded(toMultipleOf: Self(raw: PowerOfTen.of(Self.fractionDigits - digits)), rounding)
    }

    /// Whether the value is a whole multiple of `step`.
    public func isMultiple(of step: Self) -> Bool { step.raw != 0 && raw % step.raw == 0 }

    /// The nearest `Double`. The way back is ``init(rounding:_:)``; no other crossing exists.
    @inlinable public var double: Double {
        // Exact for |raw| < 2^53, else within one unit in the last place: both factors are correctly rounded.
        WideInteger.double(raw) / WideInteger.scale(fractionDigits: Self.fractionDigits)
    }

    /// The crossing from floating point: finite and within range, rounded as named to this type's precision; else `nil`.
    public init?(rounding value: Double, _ rounding: Rounding) {
        guard value.isFinite, value.magnitude <= WideInteger.double(Self.largestWhole) else { return nil }
        let scaled = value * WideInteger.scale(fractionDigits: Self.fractionDigits)
        let rule: FloatingPointRoundingRule =
            switch rounding {
            case .down: .towardZero
            case .up: .awayFromZero
            case .floor: .down
            case .ceiling: .up
            case .halfEven: .toNearestOrEven
            }
        let whole = scaled.rounded(rule)
        self.init(raw: Int64(exactly: whole).map { Int128($0) } ?? Int128(whole))
    }
}

/// Conversions of 128-bit integers, for which the standard library goes the slow, generic way.
public enum WideInteger {
    /// The nearest `Double`, ties to even.
    @inlinable public static func double(_ value: Int128) -> Double {
        if let small = Int64(exactly: value) { return Double(small) }
        let magnitude = value.magnitude
        let shift = 64 - magnitude.leadingZeroBitCount
        guard shift > 0 else { return value < 0 ? -Double(UInt64(magnitude)) : Double(UInt64(magnitude)) }
        // The upper 64 bits, the last of them set where any bit below is: 64 bits round to 53 as all 128 would.
        var upper = UInt64(truncatingIfNeeded: magnitude >> UInt128(shift))
        if magnitude & ((1 << UInt128(shift)) - 1) != 0 { upper |= 1 }
        let result = Double(sign: .plus, exponent: shift, significand: Double(upper))
        return value < 0 ? -result : result
    }

    /// `10^fractionDigits`, the nearest `Double`.
    @inlinable public static func scale(fractionDigits: Int) -> Double {
        switch fractionDigits {
        case 12: 1e12
        case 24: 1e24
        default: double(PowerOfTen.of(fractionDigits))
        }
    }
}
