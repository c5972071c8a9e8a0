public import TradingModel

/// How large an approved entry is. `docs/decisions/0003-sizing.md` has the reading of the words.
///
/// The size is the share of equity used as margin; leverage multiplies the exposure: margin = equity · size,
/// notional = margin · leverage. Every rounding goes down, so that no limit is exceeded by a last digit.
public enum PositionSizer {
    /// An entry that the instrument accepts.
    public struct Sizing: Hashable, Sendable {
        /// The share of equity that was wanted, before rounding to the lot.
        public var size: Ratio
        public var quantity: Quantity
        /// Quantity at the sizing price; exact.
        public var notional: Money
        /// Notional over leverage, rounded up.
        public var margin: Money
    }

    /// `maximum · (confidence − minimum) / (1 − minimum)`, clamped to the smallest and largest size; rounded down.
    ///
    /// `confidence` is in `limits.minimumConfidence...1`.
    public static func size(confidence: Ratio, limits: RiskLimits) -> Ratio {
        let range = Ratio.one - limits.minimumConfidence
        guard range.isPositive else { return limits.maximumSize }
        let surplus = confidence - limits.minimumConfidence
        // One rounding for the whole fraction: two would lose a digit that a third implementation might keep.
        let raw = Rounding.down.multiply(limits.maximumSize.raw, surplus.raw, dividedBy: range.raw) ?? 0
        return max(limits.minimumSize, min(limits.maximumSize, Ratio(raw: raw)))
    }

    /// The entry for a share of equity: rounded down to the lot, capped at the instrument's largest order, and denied
    /// where that is below its smallest. It is never rounded up.
    public static func sizing(
        size: Ratio, equity: Money, leverage: Int, price: Price, instrument: Instrument
    ) -> Result<Sizing, Denial.Failure> {
        let budget = max(.zero, equity).share(size, .down).times(leverage)
        var quantity = budget.quantity(at: price, .down) ?? instrument.maxQuantity
        if instrument.maxQuantity.isPositive { quantity = min(quantity, instrument.maxQuantity) }
        if instrument.lotSize.isPositive { quantity = quantity.rounded(toMultipleOf: instrument.lotSize, .down) }
        guard quantity.isPositive, quantity >= instrument.minQuantity else {
            return .failure(
                Denial.Failure(
                    Denial(
                        .belowMinimumQuantity,
                        [
                            Figure("quantity", "\(quantity)"),
                            Figure("minimum", "\(max(instrument.minQuantity, instrument.lotSize))"),
                        ])))
        }
        let notional = Money.notional(price, quantity)
        guard notional >= instrument.minNotional else {
            return .failure(
                Denial.Failure(
                    Denial(
                        .belowMinimumNotional,
                        [
                            Figure("notional", notional.text), Figure("minimum", instrument.minNotional.text),
                        ])))
        }
        let margin = notional.divided(by: leverage, .up)
        return .success(Sizing(size: size, quantity: quantity, notional: notional, margin: margin))
    }
}

extension Denial {
    /// A denial where `Result` wants an error.
    public struct Failure: Error, Hashable {
        public let denial: Denial
        init(_ denial: Denial) { self.denial = denial }
    }
}

extension Money {
    /// With at most two decimals, rounded half-even, for an operator's eyes.
    var text: String { rounded(toDigits: 2, .halfEven).description }
}
