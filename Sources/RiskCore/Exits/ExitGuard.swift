public import TradingModel

/// The rules by which a position is left, asked on every price in a fixed order: stop loss, ladder, peak pullback, take
/// profit, invalidation, time to live. The first that fires names the exit.
///
/// Worst news first: a price that has broken the stop is called a stop even if it also broke everything above it. All
/// comparisons are of whole numbers and all bounds inclusive: binary fractions get the boundary cases wrong
/// (100.8 / 100 − 1 is not 0.008). The price is the venue's last trade, which is what stops are triggered by at the venues
/// (Binance `CONTRACT_PRICE`, Bybit `LastPrice`) and what candles are made of, so live and recorded days agree.
public struct ExitGuard: Hashable, Sendable {
    public let rules: ExitRules
    public init(rules: ExitRules) { self.rules = rules }

    /// Moves best and resting stop of a plan to a price. Returns whether either moved; the caller saves them first.
    public func follow(_ price: Price, _ plan: inout ExitPlan, tickSize: Price) -> Bool {
        var hasMoved = false
        if plan.side == .long ? price > plan.best : price < plan.best {
            plan.best = price
            hasMoved = true
        }
        return tighten(&plan, tickSize: tickSize) || hasMoved
    }

    /// Brings the resting stop to the tighter of stop and ladder line, rounded toward the market. It never loosens.
    public func tighten(_ plan: inout ExitPlan, tickSize: Price) -> Bool {
        var level = plan.restingStop
        for candidate in [
            tickSize.isPositive ? onTick(plan.stopLoss, plan.side, tickSize) : plan.stopLoss,
            ladderPrice(plan, tickSize),
        ] {
            guard let candidate, candidate.isPositive else { continue }
            if level.isZero || (plan.side == .long ? candidate > level : candidate < level) { level = candidate }
        }
        guard level != plan.restingStop else { return false }
        plan.restingStop = level
        return true
    }

    /// What a price (or the close of a candle that invalidates the idea) means for an open position whose best already
    /// counts that price.
    public func judge(_ plan: ExitPlan, at price: Price, time: MarketTime, isInvalidated: Bool = false) -> ExitCall? {
        var fired: [ExitReason] = []
        let isLong = plan.side == .long
        if plan.stopLoss.isPositive, isLong ? price <= plan.stopLoss : price >= plan.stopLoss {
            fired.append(.stopLoss)
        }
        if let tier = tier(of: plan), !isAbove(tier.line, plan, at: price) { fired.append(.ladder) }
        if isPulledBack(plan, at: price) { fired.append(.peakPullback) }
        if plan.takeProfit.isPositive, isLong ? price >= plan.takeProfit : price <= plan.takeProfit {
            fired.append(.takeProfit)
        }
        if isInvalidated { fired.append(.invalidation) }
        if hasExpired(plan, at: time) { fired.append(.ttl) }
        guard let reason = fired.first else { return nil }
        return ExitCall(reason: reason, price: price, alsoFired: Array(fired.dropFirst()))
    }

    /// Whether the time to live is over, to the microsecond.
    public func hasExpired(_ plan: ExitPlan, at time: MarketTime) -> Bool {
        guard let firstFillAt = plan.firstFillAt else { return false }
        return time - firstFillAt >= plan.timeToLive
    }

    /// The tier with the largest threshold that the peak has reached.
    public func tier(of plan: ExitPlan) -> ExitRules.Tier? {
        rules.ladder.last { isReached($0.threshold, plan, at: plan.best) }
    }

    // MARK: Exact comparisons. gain = side · (price − entry) · leverage, in units of the entry price.

    private func gain(_ plan: ExitPlan, at price: Price) -> Int128 {
        (price.raw - plan.entryPrice.raw) * Int128(plan.side.sign * plan.leverage)
    }

    /// pnl >= share, as gain · 1 >= share · entry.
    private func isReached(_ share: Ratio, _ plan: ExitPlan, at price: Price) -> Bool {
        gain(plan, at: price) * Ratio.scale >= share.raw * plan.entryPrice.raw
    }

    /// pnl > share.
    private func isAbove(_ share: Ratio, _ plan: ExitPlan, at price: Price) -> Bool {
        gain(plan, at: price) * Ratio.scale > share.raw * plan.entryPrice.raw
    }

    /// Armed at the first tier, and pnl <= peak · (1 − pullback).
    private func isPulledBack(_ plan: ExitPlan, at price: Price) -> Bool {
        guard let arm = rules.ladder.first?.threshold, isReached(arm, plan, at: plan.best) else { return false }
        return gain(plan, at: price) * Ratio.scale <= gain(plan, at: plan.best) * (Ratio.scale - rules.pullback.raw)
    }

    /// `entry · (1 + side · line / leverage)` on the tick next to it toward the market; `nil` before the first tier.
    private func ladderPrice(_ plan: ExitPlan, _ tickSize: Price) -> Price? {
        guard let tier = tier(of: plan) else { return nil }
        let whole = Ratio.scale * Int128(plan.leverage)
        let factor = whole + tier.line.raw * Int128(plan.side.sign)
        let step = max(1, tickSize.raw)
        let rounding: Rounding = plan.side == .long ? .ceiling : .floor
        return rounding.multiply(plan.entryPrice.raw, factor, dividedBy: whole * step).map { Price(raw: $0 * step) }
    }

    private func onTick(_ price: Price, _ side: PositionSide, _ tickSize: Price) -> Price {
        price.rounded(toMultipleOf: tickSize, side == .long ? .ceiling : .floor)
    }
}
