public import TradingModel

/// The highest equity so far and the fall from it.
///
/// Deposits and withdrawals scale the peak with the equity, as the units of a fund would: they are neither profit nor
/// loss, and the drawdown after one is the drawdown before it.
public struct PeakEquity: Hashable, Sendable {
    /// The high-water mark; zero before the first equity.
    public private(set) var peak: Money
    public private(set) var last: Money

    public init(peak: Money = .zero) {
        self.peak = peak
        last = peak
    }

    /// Takes in an equity. Returns whether it is a new peak.
    @discardableResult
    public mutating func observe(_ equity: Money) -> Bool {
        last = equity
        guard equity > peak else { return false }
        peak = equity
        return true
    }

    /// Scales the peak by `(last + amount) / last`, rounded up; `amount` was brought (positive) or taken away (negative).
    public mutating func deposit(_ amount: Money) { rebase(from: last, to: last + amount) }

    /// Scales the peak by `after / before`, rounded up: the same money counted anew. Where nothing is left (or was there)
    /// to measure a fall against, the count begins anew.
    public mutating func rebase(from before: Money, to after: Money) {
        if before.isPositive, after.isPositive,
            let raw = Rounding.up.multiply(peak.raw, after.raw, dividedBy: before.raw)
        {
            peak = max(after, Money(raw: raw))
        } else {
            peak = max(.zero, after)
        }
        last = after
    }

    /// `(peak − last) / peak`, 0...; rounded up to 12 decimals, so that a limit is never passed unseen. Zero without a peak.
    public var drawdown: Ratio {
        guard peak.isPositive, last < peak else { return .zero }
        return (peak - last).ratio(to: peak, .up) ?? .zero
    }
}

/// Equity at a moment.
public struct EquityPoint: Hashable, Sendable {
    public var time: MarketTime
    public var equity: Money
    public init(time: MarketTime, equity: Money) {
        self.time = time
        self.equity = equity
    }
}
