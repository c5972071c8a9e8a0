public import TradingModel

/// Prices between which nothing happens to an open position but that its best price moves.
public struct QuietBand: Hashable, Sendable {
    /// Every price strictly above it is quiet; zero where no price is too low.
    public var above: Price
    /// Every price strictly below it is quiet; `nil` where no price is too high.
    public var below: Price?
    /// Until then, not counting the moment itself.
    public var before: MarketTime
}

/// For whoever plays many prices: which of them ``ExitGuard/judge(_:at:time:isInvalidated:)`` need not be asked about. Every rule of it has its
/// bound here; one that is added there is added here.
extension ExitGuard {
    /// The band of a plan as it stands.
    ///
    /// Before the ladder is armed it reaches to the arming price, so that the best price may move inside. Once armed it ends
    /// at the best price, since every new best moves the pullback's bound. Conservative by rounding, never generous.
    public func quietBand(of plan: ExitPlan) -> QuietBand? {
        guard let firstFillAt = plan.firstFillAt, plan.status == .active, plan.invalidation.isEmpty else { return nil }
        var adverse = plan.stopLoss
        var favourable: Price? = plan.takeProfit.isPositive ? plan.takeProfit : nil
        let isLong = plan.side == .long
        func tightenAdverse(_ price: Price) {
            if adverse.isZero || (isLong ? price > adverse : price < adverse) { adverse = price }
        }
        func tightenFavourable(_ price: Price) {
            guard let known = favourable else {
                favourable = price
                return
            }
            if isLong ? price < known : price > known { favourable = price }
        }
        if let arm = rules.ladder.first {
            if let tier = tier(of: plan) {
                tightenAdverse(line(plan, at: tier.line, adding: 1))
                // gain · scale <= gain(best) · (scale − pullback): the price at which equality holds.
                let kept = (plan.best.raw - plan.entryPrice.raw) * (Ratio.scale - rules.pullback.raw) / Ratio.scale
                tightenAdverse(Price(raw: plan.entryPrice.raw + kept + (isLong ? 1 : -1)))
                // Strictly below the next price up: the best itself is still quiet.
                tightenFavourable(Price(raw: plan.best.raw + (isLong ? 1 : -1)))
            } else {
                tightenFavourable(line(plan, at: arm.threshold, adding: -1))
            }
        }
        let before = firstFillAt + rules.timeToLive
        return isLong
            ? QuietBand(above: adverse, below: favourable, before: before)
            : QuietBand(above: favourable ?? .zero, below: adverse.isZero ? nil : adverse, before: before)
    }

    /// The price at which the result is `share`, moved by one raw step up the result (`adding` 1) or down it (−1).
    private func line(_ plan: ExitPlan, at share: Ratio, adding step: Int128) -> Price {
        let sign = Int128(plan.side.sign)
        let distance = share.raw * plan.entryPrice.raw / (Ratio.scale * Int128(plan.leverage))
        return Price(raw: plan.entryPrice.raw + sign * (distance + step))
    }
}
