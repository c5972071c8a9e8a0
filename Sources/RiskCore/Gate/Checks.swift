import TradingModel

/// One rule of the gate.
public struct Check: Sendable {
    /// As it stands in the documentation and the report of a simulation.
    public let name: String
    /// The denial, with its figures, or `nil` where the rule has nothing against it.
    let ask: @Sendable (inout Inquiry) -> Denial?
}

extension Check {
    /// The rules for an entry in the order in which they are asked; the first denial is the answer.
    ///
    /// First whether anything may be traded, then whether the question itself is sound, then whether the market is known
    /// well enough to answer, then the plan, then the account, and the size last because it needs all before it.
    public static let entry: [Check] = [
        Check(name: "well formed", ask: wellFormed),
        Check(name: "reconciled", ask: reconciled),
        Check(name: "trading state", ask: tradingState),
        Check(name: "protections", ask: protections),
        Check(name: "order rate", ask: orderRate),
        Check(name: "symbol", ask: symbol),
        Check(name: "confidence", ask: confidence),
        Check(name: "evidence", ask: evidence),
        Check(name: "price", ask: price),
        Check(name: "clock offset", ask: clockOffset),
        Check(name: "nothing open", ask: nothingOpen),
        Check(name: "side", ask: side),
        Check(name: "leverage", ask: leverage),
        Check(name: "stop", ask: stop),
        Check(name: "target", ask: target),
        Check(name: "reward to risk", ask: rewardToRisk),
        Check(name: "liquidation", ask: liquidation),
        Check(name: "invalidation", ask: invalidation),
        Check(name: "daily limits", ask: dailyLimits),
        Check(name: "drawdown", ask: drawdown),
        Check(name: "size", ask: size),
        Check(name: "exposure", ask: exposure),
        Check(name: "correlated exposure", ask: correlatedExposure),
        Check(name: "funds", ask: funds),
        Check(name: "value at risk", ask: valueAtRisk),
    ]

    /// Asks every rule in order. A result without denial has its sizing set.
    public static func firstDenial(_ inquiry: inout Inquiry) -> Denial? {
        for check in entry {
            if let denial = check.ask(&inquiry) { return denial }
        }
        return nil
    }

    // MARK: May anything be traded?

    static func wellFormed(_ inquiry: inout Inquiry) -> Denial? {
        let proposal = inquiry.proposal
        if proposal.id.isEmpty { return Denial(.malformed, [Figure("id", "empty")]) }
        if !proposal.action.isEntry { return Denial(.malformed, [Figure("action", proposal.action.rawValue)]) }
        if inquiry.confidence == nil { return Denial(.malformed, [Figure("confidence", "\(proposal.confidence)")]) }
        return nil
    }

    static func reconciled(_ inquiry: inout Inquiry) -> Denial? {
        inquiry.isReconciled ? nil : Denial(.notReconciled, [Figure("execution", "unknown")])
    }

    static func tradingState(_ inquiry: inout Inquiry) -> Denial? {
        guard let hold = inquiry.hold, hold.state != .active else { return nil }
        return Denial(
            hold.state == .halted ? .tradingHalted : .tradingReducing,
            [Figure("by", hold.who), Figure("why", "\"\(hold.why)\"")])
    }

    static func protections(_ inquiry: inout Inquiry) -> Denial? {
        guard let lock = inquiry.lock else { return nil }
        return Denial(
            .protectionLock,
            [
                Figure("protection", lock.protection), Figure("scope", lock.symbol?.name ?? "everything"),
                Figure("until", "\(lock.until)"), Figure("why", "\"\(lock.reason)\""),
            ])
    }

    static func orderRate(_ inquiry: inout Inquiry) -> Denial? {
        for (count, limit, span) in [
            (inquiry.entriesInMinute, inquiry.limits.entriesPerMinute, "minute"),
            (inquiry.entriesInHour, inquiry.limits.entriesPerHour, "hour"),
        ] where limit > 0 && count >= limit {
            return Denial(
                .orderRateLimit, [Figure("entries", "\(count)"), Figure("limit", "\(limit)"), Figure("per", span)])
        }
        return nil
    }

    static func symbol(_ inquiry: inout Inquiry) -> Denial? {
        let symbol = inquiry.proposal.symbol
        guard inquiry.limits.symbols.contains(symbol), inquiry.instrument != nil else {
            return Denial(.unknownSymbol, [Figure("symbol", symbol.name)])
        }
        return nil
    }

    static func confidence(_ inquiry: inout Inquiry) -> Denial? {
        guard let confidence = inquiry.confidence, confidence < inquiry.limits.minimumConfidence else { return nil }
        return Denial(
            .confidenceBelowMinimum,
            [
                Figure("confidence", "\(confidence)"), Figure("minimum", "\(inquiry.limits.minimumConfidence)"),
            ])
    }

    // MARK: Is the market known well enough?

    static func evidence(_ inquiry: inout Inquiry) -> Denial? {
        if inquiry.proposal.evidence.isEmpty { return Denial(.staleEvidence, [Figure("evidence", "none")]) }
        for evidence in inquiry.proposal.evidence {
            if evidence.session != inquiry.feedSession {
                return Denial(
                    .feedSessionChanged,
                    [
                        Figure("topic", evidence.topic), Figure("session", evidence.session),
                        Figure("present", inquiry.feedSession),
                    ])
            }
            if evidence.gaps != 0 {
                return Denial(.gappyEvidence, [Figure("topic", evidence.topic), Figure("gaps", "\(evidence.gaps)")])
            }
            let age = inquiry.marketTime - evidence.eventTime
            if age > inquiry.limits.evidenceAge {
                return Denial(
                    .staleEvidence,
                    [
                        Figure("topic", evidence.topic), Figure("age", "\(age)"),
                        Figure("limit", "\(inquiry.limits.evidenceAge)"),
                    ])
            }
        }
        return nil
    }

    static func price(_ inquiry: inout Inquiry) -> Denial? {
        guard let ticker = inquiry.ticker, ticker.last.isPositive else {
            return Denial(.noMarketData, [Figure("symbol", inquiry.proposal.symbol.name)])
        }
        if let staleness = inquiry.staleness { return Denial(.stalePrice, [Figure("feed", staleness)]) }
        let age = max(inquiry.marketTime - ticker.eventTime, inquiry.silence ?? .zero)
        guard age > inquiry.limits.priceAge else { return nil }
        return Denial(.stalePrice, [Figure("age", "\(age)"), Figure("limit", "\(inquiry.limits.priceAge)")])
    }

    /// A price that was true long before it came, or after: one of the two clocks is wrong, or the way is too long.
    static func clockOffset(_ inquiry: inout Inquiry) -> Denial? {
        guard let limit = inquiry.limits.clockOffset, let ticker = inquiry.ticker else { return nil }
        let offset = ticker.receivedTime.micros - ticker.eventTime.micros
        guard offset.magnitude > limit.micros.magnitude else { return nil }
        return Denial(.clockOffset, [Figure("offset", "\(Span(micros: offset))"), Figure("limit", "\(limit)")])
    }

    static func nothingOpen(_ inquiry: inout Inquiry) -> Denial? {
        if let unresolved = inquiry.unresolved { return Denial(.orderUnresolved, [Figure("order", unresolved.text)]) }
        if let position = inquiry.position, position.isOpen {
            return Denial(
                .positionAlreadyOpen,
                [Figure("side", position.side.rawValue), Figure("quantity", "\(position.quantity)")])
        }
        if let inFlight = inquiry.inFlight { return Denial(.orderInFlight, [Figure("order", inFlight.text)]) }
        if let plan = inquiry.plan {
            return Denial(.positionAlreadyOpen, [Figure("plan", plan.id), Figure("status", plan.status.rawValue)])
        }
        return nil
    }

    // MARK: Is the plan sound?

    static func side(_ inquiry: inout Inquiry) -> Denial? {
        guard inquiry.side == .short, !inquiry.limits.isShortAllowed else { return nil }
        return Denial(.shortSideDisabled, [Figure("symbol", inquiry.proposal.symbol.name)])
    }

    static func leverage(_ inquiry: inout Inquiry) -> Denial? {
        guard let instrument = inquiry.instrument else { return nil }
        let largest = inquiry.limits.maximumLeverage(of: instrument)
        guard !(1...max(1, largest)).contains(inquiry.proposal.leverage) else { return nil }
        return Denial(
            .leverageOutOfRange, [Figure("leverage", "\(inquiry.proposal.leverage)"), Figure("maximum", "\(largest)")])
    }

    static func stop(_ inquiry: inout Inquiry) -> Denial? {
        guard let stop = inquiry.proposal.stopLoss, stop.isPositive else { return Denial(.stopMissing) }
        let price = inquiry.livePrice
        guard inquiry.side == .long ? stop < price : stop > price else {
            return Denial(
                .stopOnWrongSide,
                [Figure("stop", "\(stop)"), Figure("price", "\(price)"), Figure("side", inquiry.side.rawValue)])
        }
        return nil
    }

    static func target(_ inquiry: inout Inquiry) -> Denial? {
        guard let target = inquiry.proposal.takeProfit else { return nil }
        let price = inquiry.livePrice
        guard target.isPositive, inquiry.side == .long ? target > price : target < price else {
            return Denial(
                .targetOnWrongSide,
                [
                    Figure("target", "\(target)"), Figure("price", "\(price)"), Figure("side", inquiry.side.rawValue),
                ])
        }
        return nil
    }

    /// `|target − price| >= minimum · |price − stop|`, in whole numbers.
    static func rewardToRisk(_ inquiry: inout Inquiry) -> Denial? {
        let minimum = inquiry.limits.minimumRewardToRisk
        guard minimum.isPositive, let stop = inquiry.proposal.stopLoss else { return nil }
        guard let target = inquiry.proposal.takeProfit else {
            return Denial(.rewardToRiskTooLow, [Figure("target", "none"), Figure("minimum", "\(minimum)")])
        }
        let price = inquiry.livePrice
        let (reward, risk) = ((target - price).magnitude, (price - stop).magnitude)
        guard let needed = Rounding.up.multiply(risk.raw, minimum.raw, dividedBy: Ratio.scale), reward.raw < needed
        else { return nil }
        let ratio = reward.change(from: risk, .floor) + .one
        return Denial(
            .rewardToRiskTooLow,
            [Figure("ratio", "\(ratio.rounded(toDigits: 4, .floor))"), Figure("minimum", "\(minimum)")])
    }

    /// Isolated margin: the venue liquidates a long at `price · (1 − 1/leverage + maintenance)`, a short mirrored. The
    /// stop has to come first.
    static func liquidation(_ inquiry: inout Inquiry) -> Denial? {
        guard let stop = inquiry.proposal.stopLoss else { return nil }
        let level = liquidationPrice(
            of: inquiry.side, at: inquiry.livePrice, leverage: inquiry.proposal.leverage,
            maintenance: inquiry.limits.maintenanceMargin)
        guard inquiry.side == .long ? stop <= level : stop >= level else { return nil }
        return Denial(.liquidationBeforeStop, [Figure("liquidation", "\(level)"), Figure("stop", "\(stop)")])
    }

    /// Where an isolated position opened at `price` is liquidated, rounded toward the market.
    public static func liquidationPrice(
        of side: PositionSide, at price: Price, leverage: Int, maintenance: Ratio
    ) -> Price {
        let whole = Ratio.scale * Int128(leverage)
        let distance = (Ratio.scale - maintenance.raw * Int128(leverage)) * Int128(side.sign)
        let rounding: Rounding = side == .long ? .ceiling : .floor
        return Price(raw: rounding.multiply(price.raw, whole - distance, dividedBy: whole) ?? price.raw)
    }

    static func invalidation(_ inquiry: inout Inquiry) -> Denial? {
        let text = inquiry.proposal.invalidation
        guard !text.isEmpty, inquiry.limits.isUnreadableInvalidationRefused else { return nil }
        do throws(InvalidationError) {
            _ = try Invalidation(parsing: text, timeframe: inquiry.proposal.timeframe)
        } catch {
            return Denial(
                .invalidationUnreadable,
                [
                    Figure("at", "\(error.position)"), Figure("problem", "\"\(error.problem)\""),
                    Figure("text", "\"\(text.prefix(120))\""),
                ])
        }
        guard !inquiry.unmeasured.isEmpty else { return nil }
        let missing = inquiry.unmeasured.map(\.description).joined(separator: ", ")
        return Denial(.invalidationNotReady, [Figure("unmeasured", "\"\(missing)\"")])
    }
}
