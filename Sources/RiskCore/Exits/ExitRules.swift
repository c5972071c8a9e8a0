public import TradingModel

/// When a position is left besides its own stop and target. Shares are of the margin, with leverage: 0.08 is +8 %.
public struct ExitRules: Hashable, Sendable {
    /// Once the peak has reached `threshold`, the position is left at `line`.
    public struct Tier: Hashable, Sendable {
        public var threshold: Ratio
        public var line: Ratio
        public init(threshold: Ratio, line: Ratio) {
            self.threshold = threshold
            self.line = line
        }
    }

    /// By rising threshold.
    public var ladder: [Tier] = [
        Tier(threshold: .hundredths(8), line: .hundredths(3)),
        Tier(threshold: .hundredths(15), line: .hundredths(8)),
        Tier(threshold: .hundredths(25), line: .hundredths(15)),
    ]
    /// The part of the peak whose loss ends the position; armed at the ladder's first threshold.
    public var pullback: Ratio = .hundredths(30)
    /// Market time after the first fill.
    public var timeToLive = Span.hours(36)

    public init() {}
}

/// A position is to be left.
public struct ExitCall: Hashable, Sendable {
    /// The first rule that fired.
    public var reason: ExitReason
    /// The price that was seen; what the fill brings is execution's fact.
    public var price: Price
    /// The other rules that fired on the same price, in their order.
    public var alsoFired: [ExitReason]
}
