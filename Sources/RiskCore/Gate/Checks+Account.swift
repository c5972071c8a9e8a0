import TradingModel

/// The rules about the account: what was lost, what is in use, what is left.
extension Check {
    static func dailyLimits(_ inquiry: inout Inquiry) -> Denial? {
        let (day, limits) = (inquiry.day, inquiry.limits)
        let lost = max(day.reachedLoss, day.loss(at: inquiry.equity))
        if lost >= limits.dailyLoss {
            return Denial(
                .dailyLossLimit, [Figure("lost", lost.percentText), Figure("limit", limits.dailyLoss.percentText)])
        }
        if day.trades >= limits.dailyTrades {
            return Denial(
                .dailyTradeLimit, [Figure("trades", "\(day.trades)"), Figure("limit", "\(limits.dailyTrades)")])
        }
        return nil
    }

    /// The automatic state, with the figures behind it; it stays until the recovery and not only while above the limit.
    static func drawdown(_ inquiry: inout Inquiry) -> Denial? {
        let limits = inquiry.limits
        let limit: Ratio
        switch inquiry.automatic {
        case .active:
            guard inquiry.drawdown >= limits.drawdownWarning else { return nil }
            limit = limits.drawdownWarning
        case .reducing: limit = limits.drawdownWarning
        case .halted: limit = limits.drawdownStop
        }
        return Denial(
            .drawdownLimit,
            [
                Figure("drawdown", inquiry.drawdown.percentText), Figure("limit", limit.percentText),
                Figure("recovery", limits.drawdownRecovery.percentText),
            ])
    }

    static func size(_ inquiry: inout Inquiry) -> Denial? {
        guard let instrument = inquiry.instrument, let confidence = inquiry.confidence else {
            return Denial(.malformed)
        }
        var size = PositionSizer.size(confidence: confidence, limits: inquiry.limits)
        if let share = inquiry.proposal.share {
            // A strategy may ask for less than it is allowed, never for more.
            let part = min(max(share, .zero), .one)
            size = Ratio(raw: Rounding.down.multiply(size.raw, part.raw, dividedBy: Ratio.scale) ?? 0)
        }
        let result = PositionSizer.sizing(
            size: size, equity: inquiry.equity, leverage: inquiry.proposal.leverage, price: inquiry.sizingPrice,
            instrument: instrument)
        switch result {
        case .success(let sizing):
            inquiry.sizing = sizing
            return nil
        case .failure(let failure):
            return failure.denial
        }
    }

    /// Margin in the symbol and in all, this entry included, against their shares of equity.
    static func exposure(_ inquiry: inout Inquiry) -> Denial? {
        guard let sizing = inquiry.sizing else { return Denial(.malformed) }
        let symbolLimit = inquiry.equity.share(inquiry.limits.symbolExposure, .down)
        let symbolMargin = inquiry.symbolMargin + sizing.margin
        if symbolMargin > symbolLimit {
            return Denial(
                .symbolExposureLimit, [Figure("margin", symbolMargin.text), Figure("limit", symbolLimit.text)])
        }
        let totalLimit = inquiry.equity.share(inquiry.limits.totalExposure, .down)
        let totalMargin = inquiry.totalMargin + sizing.margin
        if totalMargin > totalLimit {
            return Denial(.totalExposureLimit, [Figure("margin", totalMargin.text), Figure("limit", totalLimit.text)])
        }
        return nil
    }

    /// Margin of what wins and loses together with this entry, itself included, against its share of equity.
    static func correlatedExposure(_ inquiry: inout Inquiry) -> Denial? {
        guard let sizing = inquiry.sizing else { return nil }
        let limit = inquiry.equity.share(inquiry.limits.correlatedExposure, .down)
        // A part is never more than the whole: what moves together need not be known where all of it fits.
        guard inquiry.totalMargin + sizing.margin > limit else { return nil }
        let group = inquiry.correlatedGroup()
        let margin = group.margin + sizing.margin
        guard !group.symbols.isEmpty, margin > limit else { return nil }
        return Denial(
            .correlatedExposureLimit,
            [
                Figure("margin", margin.text), Figure("limit", limit.text),
                Figure("with", group.symbols.map(\.name).joined(separator: ",")),
            ])
    }

    /// What everything open and this entry may lose over the horizon, and on average beyond that.
    static func valueAtRisk(_ inquiry: inout Inquiry) -> Denial? {
        let rules = inquiry.limits.valueAtRisk
        guard let sizing = inquiry.sizing, rules.limit.isPositive || rules.tailLimit.isPositive else { return nil }
        let entry = ValueAtRisk.Holding(
            inquiry.proposal.symbol, side: inquiry.side, quantity: sizing.quantity, price: inquiry.sizingPrice,
            stop: inquiry.proposal.stopLoss ?? .zero, equity: inquiry.equity)
        let figures = ValueAtRisk.of(inquiry.holdings + [entry], rules: rules, returns: inquiry.returns)
        for (reason, value, limit) in [
            (DenialReason.valueAtRiskLimit, figures.loss, rules.limit),
            (.conditionalValueAtRiskLimit, figures.tailLoss, rules.tailLimit),
        ] where limit.isPositive && value > limit {
            return Denial(
                reason,
                [
                    Figure("loss", value.percentText), Figure("limit", limit.percentText),
                    Figure("confidence", "\(rules.confidence.rawValue)%"),
                    Figure("horizon", "\(rules.timeframe.span * Int64(rules.horizonCandles))"),
                    Figure("unmeasured", "\(figures.unmeasured.count)"),
                ])
        }
        return nil
    }

    /// Margin and the entry's taker fee against what is free: the lesser of balance and equity, less all margin in use.
    static func funds(_ inquiry: inout Inquiry) -> Denial? {
        guard let sizing = inquiry.sizing, let instrument = inquiry.instrument else { return Denial(.malformed) }
        let free = min(inquiry.balance, inquiry.equity) - inquiry.totalMargin
        let needed = sizing.margin + sizing.notional.share(max(.zero, instrument.takerFee), .up)
        guard needed > free else { return nil }
        return Denial(.insufficientFunds, [Figure("needed", needed.text), Figure("free", free.text)])
    }
}
