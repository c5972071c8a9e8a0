import Indicators
import TradingModel

/// A signal with the series that gave it, while a decision is being made.
private struct Contribution {
    var signal: Signal
    var evidence: Evidence
    var regime: Regime
}

extension StrategyCore {
    /// Decides once for every boundary that market time has passed, with what is known now.
    ///
    /// Boundaries passed unseen (a restart, a stall) are not made up for: one decision covers them, and what is too old
    /// by then is not acted on.
    mutating func decideIfDue(into directives: inout [Directive]) {
        let interval = settings.decisionInterval.micros
        let boundary = MarketTime(micros: marketTime.micros - marketTime.micros % interval)
        guard boundary > (decidedUpTo ?? .distantPast) else { return }
        // The first clock only tells where we are; in lock-step it may stand right on a boundary that is ours to decide.
        guard decidedUpTo != nil || (settings.isLockStep && boundary == marketTime) else {
            decidedUpTo = boundary
            return
        }
        decidedUpTo = boundary

        var proposals: [Proposal] = []
        for symbol in settings.symbols { decide(symbol, at: boundary, proposals: &proposals, into: &directives) }
        // The strongest idea goes first: the limits may not leave room for the rest. Exits free room and precede entries.
        let ordered = proposals.enumerated().sorted { a, b in
            if a.element.action.isExit != b.element.action.isExit { return a.element.action.isExit }
            if a.element.confidence != b.element.confidence { return a.element.confidence > b.element.confidence }
            return a.offset < b.offset
        }
        for (_, proposal) in ordered {
            awaited.insert(proposal.id)
            directives.append(.propose(proposal))
        }
    }

    private mutating func decide(
        _ symbol: Symbol, at boundary: MarketTime, proposals: inout [Proposal], into directives: inout [Directive]
    ) {
        let contributions = weigh(symbol, at: boundary)
        for contribution in contributions {
            directives.append(.persist(contribution.signal))
            directives.append(.publish(contribution.signal))
        }
        var decision = Decision()
        decision.id = "d" + StableHash.of("\(symbol)|\(boundary.micros)").short(16)
        decision.symbol = symbol
        decision.decidedAt = boundary
        decision.signals = contributions.map(\.signal)
        decision.regime = contributions.first?.regime ?? .unknown

        let plan = openPlans[symbol]
        let exit = contributions.first { $0.signal.action.isExit && isOurs(plan, $0.signal) }
        let entries = contributions.filter { $0.signal.action.isEntry }
        let active = entries.filter { settings.activation?.isActive($0.signal.strategy, in: $0.regime) ?? true }
        let best = active.filter { $0.signal.confidence >= settings.minimumConfidence }
            .max { ($0.signal.confidence, $1.signal.strategy) < ($1.signal.confidence, $0.signal.strategy) }
        if let exit {
            propose(exit, for: &decision, proposals: &proposals)
            decision.reason = "\(exit.signal.strategy) says to leave its \(plan?.side.rawValue ?? "") position"
        } else if let best, let plan {
            decision.reason =
                "\(best.signal.strategy) gives \(best.signal.action.rawValue), but a \(plan.side.rawValue) plan of \(plan.strategy) is \(plan.status.rawValue)"
        } else if let best {
            propose(best, for: &decision, proposals: &proposals)
            decision.reason =
                "\(best.signal.strategy) gives \(best.signal.action.rawValue), the most confident of \(entries.count)"
        } else if let resting = entries.first, active.isEmpty {
            decision.reason =
                "\(resting.signal.strategy) gives \(resting.signal.action.rawValue), but opens nothing in a \(resting.regime.rawValue) market"
        } else if let weak = active.first {
            decision.reason =
                "\(weak.signal.strategy) gives \(weak.signal.action.rawValue), below the minimum confidence \(settings.minimumConfidence)"
        } else {
            decision.reason =
                contributions.isEmpty
                ? "no active strategy gives a signal" : "only exits, and no position of theirs is open"
        }
        directives.append(.persistDecision(decision))
        directives.append(.publishDecision(decision))
    }

    private func isOurs(_ plan: ExitPlan?, _ signal: Signal) -> Bool {
        guard let plan, plan.status == .active else { return false }
        return plan.strategy == signal.strategy && plan.side == signal.action.side
    }

    /// The signals of all series of a symbol whose last candle closed since the boundary before; marks them weighed.
    private mutating func weigh(_ symbol: Symbol, at boundary: MarketTime) -> [Contribution] {
        var contributions: [Contribution] = []
        for position in series.positions(of: symbol) where series[position].isFresh {
            let one = series[position]
            guard let candle = one.last, candle.closeTime <= boundary else { continue }
            series[position].markWeighed()
            let age = boundary - candle.closeTime
            guard age <= settings.decisionInterval else { continue }
            var evidence = Evidence()
            evidence.topic = "candle.\(candle.symbol).\(candle.timeframe)"
            evidence.session = one.origin.session
            evidence.sequence = one.origin.sequence
            evidence.eventTime = candle.closeTime
            evidence.age = age
            evidence.gaps = one.gaps
            for strategy in one.strategies {
                for signal in signals(of: strategy, on: candle, at: boundary) {
                    contributions.append(Contribution(signal: signal, evidence: evidence, regime: one.regime.regime))
                }
            }
        }
        return contributions
    }

    private func signals(of strategy: any Strategy, on candle: Candle, at boundary: MarketTime) -> [Signal] {
        let said = strategy.signals(at: boundary, allowingShort: settings.isShortAllowed)
        guard !said.isEmpty else { return [] }
        let readings = strategy.readings(at: boundary)
        return said.map { said in
            var signal = Signal()
            signal.strategy = strategy.id
            signal.symbol = candle.symbol
            signal.timeframe = candle.timeframe
            signal.action = said.action
            signal.candleOpenTime = candle.openTime
            signal.time = candle.closeTime
            signal.confidence = said.confidence
            signal.price = candle.close
            signal.positionSize = Ratio(rounding: said.entryShare, .down) ?? .zero
            signal.stopLoss = level(said.levels?.stopLoss, of: said.action, candle: candle)
            signal.takeProfit = level(said.levels?.takeProfit, of: said.action, candle: candle)
            signal.metadata = readings
            return signal
        }
    }

    /// A suggested level as a price on the tick grid, rounded toward the market so that it is never looser than suggested.
    private func level(_ value: Double?, of action: SignalAction, candle: Candle) -> Price? {
        guard let value, let price = Price(rounding: value, .halfEven) else { return nil }
        guard let tick = instruments[candle.symbol]?.tickSize, tick.isPositive else { return price }
        return price.rounded(toMultipleOf: tick, price < candle.close ? .ceiling : .floor)
    }

    private func propose(_ contribution: Contribution, for decision: inout Decision, proposals: inout [Proposal]) {
        let signal = contribution.signal
        var proposal = Proposal()
        proposal.id =
            "p"
            + StableHash.of(
                "\(signal.strategy)|\(signal.symbol)|\(signal.timeframe)|\(signal.action.rawValue)|\(signal.candleOpenTime.micros)"
            ).short(24)
        proposal.decisionID = decision.id
        proposal.strategy = signal.strategy
        proposal.symbol = signal.symbol
        proposal.action = signal.action
        proposal.confidence = signal.confidence
        proposal.price = signal.price
        proposal.stopLoss = signal.stopLoss
        proposal.takeProfit = signal.takeProfit
        proposal.leverage = settings.leverage
        proposal.timeframe = signal.timeframe
        proposal.regime = contribution.regime
        proposal.decidedAt = decision.decidedAt
        proposal.evidence = [contribution.evidence]
        proposals.append(proposal)
        decision.action = signal.action
        decision.strategy = signal.strategy
        decision.confidence = signal.confidence
        decision.proposalID = proposal.id
    }
}
