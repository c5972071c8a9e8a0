/// What one unit of the base currency costs, in the quote currency. Exact to 12 decimals.
public struct Price: FixedPoint {
    public static let fractionDigits = 12
    public static let largestWhole: Int128 = 1_000_000_000_000
    public let raw: Int128
    @inlinable public init(raw: Int128) { self.raw = raw }
}

/// How much of the base currency. Exact to 12 decimals.
public struct Quantity: FixedPoint {
    public static let fractionDigits = 12
    public static let largestWhole: Int128 = 1_000_000_000_000_000
    public let raw: Int128
    @inlinable public init(raw: Int128) { self.raw = raw }
}

/// An amount of the quote currency. Exact to 24 decimals, so that price × quantity needs no rounding.
public struct Money: FixedPoint {
    public static let fractionDigits = 24
    public static let largestWhole: Int128 = 100_000_000_000_000
    public let raw: Int128
    @inlinable public init(raw: Int128) { self.raw = raw }
}

/// A dimensionless factor: a fee rate, a share of capital, a confidence. Exact to 12 decimals. `0.05` is five percent.
public struct Ratio: FixedPoint {
    public static let fractionDigits = 12
    public static let largestWhole: Int128 = 1_000_000_000_000
    public let raw: Int128
    @inlinable public init(raw: Int128) { self.raw = raw }

    public static let one = Ratio(1)

    /// Five percent is `Ratio.percent("5")`; exact.
    public static func percent(_ value: Ratio) -> Ratio { Ratio(raw: value.raw / 100) }

    /// The value in percent: 0.05 → 5.
    public var percent: Ratio { Ratio(raw: raw * 100) }
}

extension Price {
    /// The exact notional, or `nil` where it is beyond ``Money``.
    @inlinable public func notional(_ quantity: Quantity) -> Money? {
        let (product, overflow) = raw.multipliedReportingOverflow(by: quantity.raw)
        return overflow ? nil : Money(raw: product)
    }

    /// The price moved by a ratio, `price · (1 + ratio)`, rounded as named to 12 decimals. Traps beyond range.
    public func moved(by ratio: Ratio, _ rounding: Rounding) -> Price {
        guard let raw = rounding.multiply(raw, Ratio.scale + ratio.raw, dividedBy: Ratio.scale) else {
            preconditionFailure("Invariant: a price moved by a bounded ratio stays in range")
        }
        return Price(raw: raw)
    }

    /// `(self - base) / base`, rounded as named; `base` is positive.
    public func change(from base: Price, _ rounding: Rounding) -> Ratio {
        guard let raw = rounding.multiply(raw - base.raw, Ratio.scale, dividedBy: base.raw) else {
            preconditionFailure("Invariant: a change between two bounded prices stays in range")
        }
        return Ratio(raw: raw)
    }
}

extension Money {
    /// The exact notional; traps where it is beyond range. For values that ``Price/notional(_:)`` has already accepted.
    @inlinable public static func notional(_ price: Price, _ quantity: Quantity) -> Money {
        Money(raw: price.raw * quantity.raw)
    }

    /// A share of this amount, rounded as named to `digits` decimals. Traps beyond range.
    public func share(_ ratio: Ratio, _ rounding: Rounding, digits: Int = 8) -> Money {
        guard
            let raw = rounding.multiply(
                raw, ratio.raw, dividedBy: Ratio.scale * PowerOfTen.of(Money.fractionDigits - digits))
        else {
            preconditionFailure("Invariant: a share of a bounded amount stays in range")
        }
        return Money(raw: raw * PowerOfTen.of(Money.fractionDigits - digits))
    }

    /// The part `numerator / denominator` of this amount, rounded as named to the last digit. `denominator` is positive.
    public func part(_ numerator: Quantity, of denominator: Quantity, _ rounding: Rounding) -> Money {
        guard let raw = rounding.multiply(raw, numerator.raw, dividedBy: denominator.raw) else {
            preconditionFailure("Invariant: a part of a bounded amount stays in range")
        }
        return Money(raw: raw)
    }

    /// `self / other` as a ratio, rounded as named; `other` is positive. `nil` beyond range.
    public func ratio(to other: Money, _ rounding: Rounding) -> Ratio? {
        rounding.multiply(raw, Ratio.scale, dividedBy: other.raw).map(Ratio.init(raw:))
    }

    /// `self / quantity`, rounded as named to 12 decimals; `quantity` is positive.
    public func price(per quantity: Quantity, _ rounding: Rounding) -> Price {
        Price(raw: rounding.divide(raw, by: quantity.raw))
    }

    /// `self / price`, rounded as named to 12 decimals; `price` is positive. `nil` beyond range.
    public func quantity(at price: Price, _ rounding: Rounding) -> Quantity? {
        let raw = rounding.divide(raw, by: price.raw)
        return raw.magnitude <= UInt128(Quantity.largestWhole * Quantity.scale) ? Quantity(raw: raw) : nil
    }

    /// The amount divided by a whole number, rounded as named.
    public func divided(by divisor: Int, _ rounding: Rounding) -> Money {
        Money(raw: rounding.divide(raw, by: Int128(divisor)))
    }
}
