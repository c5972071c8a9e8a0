import Indicators
import TradingModel

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

        var ballots = settings.symbols.map { symbol -> Ballot in
            var ballot = weigh(symbol, at: boundary)
            ballot.count(
                plan: openPlans[symbol], management: settings.management, activation: activation,
                minimumConfidence: settings.minimumConfidence)
            return ballot
        }
        limitExposure(&ballots)
        var proposals: [Proposal] = []
        for ballot in ballots { decide(ballot, at: boundary, proposals: &proposals, into: &directives) }
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

    /// Takes back the entries for which all strategies together have no room; the strongest are served first.
    private func limitExposure(_ ballots: inout [Ballot]) {
        guard settings.management.maximumExposure > 0 || settings.management.maximumSideExposure > 0 else { return }
        var book = ExposureBook(settings.management)
        for plan in openPlans.values { book.add(share(of: plan.strategy), plan.side) }
        let order = ballots.indices.filter { ballots[$0].best != nil }
            .sorted { (ballots[$1].confidence, $0) < (ballots[$0].confidence, $1) }
        for index in order {
            guard let best = ballots[index].best, let side = ballots[index].voices[best].signal.action.side else {
                continue
            }
            let share = share(of: ballots[index].voices[best].signal.strategy)
            if let refusal = book.refusal(of: share, side) {
                ballots[index].refuseEntry(refusal)
            } else {
                book.add(share, side)
            }
        }
    }

    /// The part of a full position that an entry of a strategy takes.
    func share(of strategy: String) -> Double { shares[strategy] ?? settings.management.allocation(strategy) }

    private mutating func decide(
        _ ballot: Ballot, at boundary: MarketTime, proposals: inout [Proposal], into directives: inout [Directive]
    ) {
        for voice in ballot.voices {
            directives.append(.persist(voice.signal))
            directives.append(.publish(voice.signal))
        }
        var decision = Decision()
        decision.id = "d" + StableHash.of("\(ballot.symbol)|\(boundary.micros)").short(16)
        decision.symbol = ballot.symbol
        decision.decidedAt = boundary
        decision.signals = ballot.voices.map(\.signal)
        decision.contributions = ballot.contributions
        decision.regime = ballot.voices.first?.regime ?? ballot.silent.first?.regime ?? .unknown
        if ballot.longScore > 0 || ballot.shortScore > 0 {
            (decision.longScore, decision.shortScore) = (ballot.longScore, ballot.shortScore)
        }
        decision.reason = ballot.reason
        if let exit = ballot.exit {
            propose(ballot.voices[exit], confidence: 0, for: &decision, proposals: &proposals)
        } else if let best = ballot.best {
            propose(ballot.voices[best], confidence: ballot.confidence, for: &decision, proposals: &proposals)
        }
        directives.append(.persistDecision(decision))
        directives.append(.publishDecision(decision))
    }

    /// The signals of all series of a symbol whose last candle closed since the boundary before; marks them weighed.
    private mutating func weigh(_ symbol: Symbol, at boundary: MarketTime) -> Ballot {
        var ballot = Ballot(symbol: symbol)
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
                let said = signals(of: strategy, on: candle, at: boundary)
                var contribution = Contribution()
                contribution.strategy = strategy.id
                contribution.timeframe = candle.timeframe
                contribution.weight = settings.management.weight(strategy.id)
                contribution.regime = one.regime.regime
                for signal in said {
                    contribution.action = signal.action
                    contribution.confidence = signal.confidence
                    ballot.voices.append(
                        Ballot.Voice(
                            signal: signal, evidence: evidence, regime: one.regime.regime, contribution: contribution))
                }
                if said.isEmpty {
                    if strategy.conditions(at: boundary) == nil { contribution.outcome = .warmingUp }
                    ballot.silent.append(contribution)
                }
            }
        }
        return ballot
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
            signal.positionSize = Ratio(rounding: said.action.isEntry ? share(of: strategy.id) : 0, .down) ?? .zero
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

    private func propose(
        _ voice: Ballot.Voice, confidence: Double, for decision: inout Decision, proposals: inout [Proposal]
    ) {
        let signal = voice.signal
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
        proposal.confidence = confidence
        proposal.price = signal.price
        proposal.stopLoss = signal.stopLoss
        proposal.takeProfit = signal.takeProfit
        proposal.leverage = settings.leverage
        proposal.timeframe = signal.timeframe
        proposal.regime = voice.regime
        proposal.decidedAt = decision.decidedAt
        proposal.evidence = [voice.evidence]
        if signal.action.isEntry, signal.positionSize < .one { proposal.share = signal.positionSize }
        proposals.append(proposal)
        decision.action = signal.action
        decision.strategy = signal.strategy
        decision.confidence = confidence
        decision.proposalID = proposal.id
    }
}
