import RiskCore
import TradingModel

/// Limits of every kind, proposals of every kind, and what both sides say to them.
extension ModelRun {
    static func rules(_ random: inout SeededGenerator) -> ModelRules {
        typealias Shares = (Int128, Int128, Int128)
        typealias Zone = (Int64, Int64, Int64)
        func pick<T>(_ from: [T]) -> T { from[Int(random.next() % UInt64(from.count))] }
        var rules = ModelRules()
        rules.symbols = symbols
        let drawdowns: [Shares] = [(10, 15, 20), (10, 15, 20), (4, 6, 9), (3, 5, 100), (30, 40, 60)]
        (rules.recovery, rules.warning, rules.stop) = pick(drawdowns)
        rules.isFlattenedOnHalt = random.next() % 3 == 0
        rules.dailyLoss = pick([5, 5, 2, 30])
        rules.dailyTrades = pick([20, 20, 6, 300])
        rules.totalExposure = pick([100, 100, 60, 30])
        rules.symbolExposure = pick([20, 20, 15])
        rules.correlatedExposure = pick([60, 60, 35, 20])
        rules.correlationThreshold = pick([70, 40])
        let tails: [(Int128, Int128)] = [(20, 30), (10, 15), (0, 12), (40, 60), (0, 0)]
        (rules.valueAtRisk, rules.tailRisk) = pick(tails)
        rules.minimumReturns = pick([6, 12, 24])
        rules.horizon = pick([1, 24])
        rules.isNinetyNine = random.next() % 2 == 0
        rules.perMinute = pick([10, 2, 0])
        rules.perHour = pick([60, 5, 0])
        rules.leverageOf = [symbols[1]: 5]
        rules.isShortAllowed = random.next() % 6 != 0
        rules.isUnreadableRefused = random.next() % 4 != 0
        rules.rewardToRisk = pick([10, 15, 0])
        rules.silence = pick([60_000_000, 60_000_000, 0])
        rules.clockOffset = random.next() % 2 == 0 ? nil : 5_000_000
        let all = Protection.Method.allCases.map {
            Protection($0, tradeLimit: 2, stopDuration: .minutes(30), maximumAllowedDrawdown: Ratio("0.05")!)
        }
        let sided = [
            Protection(
                .stoplossGuard, lookBack: .minutes(600), tradeLimit: 2, isOnlyPerPair: true, isOnlyPerSide: true),
            Protection(.lowProfitPairs, tradeLimit: 2, requiredProfit: Ratio("0.02")!, isOnlyPerSide: true),
        ]
        rules.protections = pick([[], [], all, sided])
        let hour: Int64 = 3_600_000_000
        // UTC; Berlin's autumn and New York's spring of 2025; Lord Howe's half hour.
        let zones: [Zone] = [
            (0, 0, 0), (2 * hour, 1_761_440_400_000_000, hour), (-5 * hour, 1_741_503_600_000_000, -4 * hour),
            (11 * hour, 1_743_865_200_000_000, 10 * hour + hour / 2),
        ]
        rules.offset = pick(zones)
        for (index, symbol) in (symbols + [stranger]).enumerated() {
            var instrument = Instrument()
            instrument.symbol = symbol
            instrument.tickSize = Price(raw: tick)
            instrument.lotSize = Quantity(raw: 1_000_000_000)
            instrument.minQuantity = Quantity(raw: index == 1 ? 400_000_000_000 : 1_000_000_000)
            instrument.maxQuantity = Quantity(raw: index == 2 ? 7_500_500_000_000 : 100_000_000_000_000_000)
            instrument.minNotional = Money(index == 3 ? 400 : 5)
            instrument.maxLeverage = index == 0 ? 50 : 20
            instrument.takerFee = Ratio("0.0006")!
            rules.instruments[symbol] = instrument
        }
        return rules
    }

    static func limits(_ rules: ModelRules) -> RiskLimits {
        func percent(_ whole: Int128) -> Ratio { Ratio(raw: whole * 10_000_000_000) }
        var limits = RiskLimits()
        limits.symbols = Set(rules.symbols)
        limits.drawdownWarning = percent(rules.warning)
        limits.drawdownStop = percent(rules.stop)
        limits.drawdownRecovery = percent(rules.recovery)
        limits.isFlattenedOnHalt = rules.isFlattenedOnHalt
        limits.dailyLoss = percent(rules.dailyLoss)
        limits.dailyTrades = rules.dailyTrades
        limits.calendar = DayCalendar(
            offset: Span(micros: rules.offset.before),
            changes: [.init(start: MarketTime(micros: rules.offset.change), offset: Span(micros: rules.offset.after))])
        limits.totalExposure = percent(rules.totalExposure)
        limits.symbolExposure = percent(rules.symbolExposure)
        limits.correlatedExposure = percent(rules.correlatedExposure)
        limits.correlationThreshold = percent(Int128(rules.correlationThreshold))
        limits.valueAtRisk.limit = percent(rules.valueAtRisk)
        limits.valueAtRisk.tailLimit = percent(rules.tailRisk)
        limits.valueAtRisk.minimumReturns = rules.minimumReturns
        limits.valueAtRisk.horizonCandles = rules.horizon
        limits.valueAtRisk.confidence = rules.isNinetyNine ? .ninetyNine : .ninetyFive
        limits.entriesPerMinute = rules.perMinute
        limits.entriesPerHour = rules.perHour
        limits.leverageBySymbol = rules.leverageOf
        limits.isShortAllowed = rules.isShortAllowed
        limits.isUnreadableInvalidationRefused = rules.isUnreadableRefused
        limits.minimumRewardToRisk = Ratio(raw: rules.rewardToRisk * 100_000_000_000)
        limits.silence = Span(micros: rules.silence)
        limits.clockOffset = rules.clockOffset.map(Span.init(micros:))
        limits.priceAge = Span(micros: rules.priceAge)
        limits.evidenceAge = Span(micros: rules.evidenceAge)
        limits.protections = rules.protections
        return limits
    }

    // MARK: Proposals

    /// Mostly sound; each part is wrong now and then.
    mutating func proposal() -> Proposal {
        let symbol = chance(80) ? Self.stranger : pick(Self.symbols)
        let isLong = chance(2)
        let sign: Int128 = isLong ? 1 : -1
        var proposal = Proposal()
        proposal.id = chance(150) ? "" : "p\(tokens)"
        proposal.strategy = pick(["momentum", "donchian"])
        proposal.symbol = symbol
        proposal.action = chance(8) ? (isLong ? .exitLong : .exitShort) : (isLong ? .enterLong : .enterShort)
        proposal.confidence = chance(150) ? pick([1.5, -0.1, .nan]) : Double(4_900 + random.next() % 5_101) / 10_000
        proposal.leverage = chance(60) ? 30 : Int(1 + random.next() % (chance(2) ? 5 : 22))
        proposal.share = chance(4) ? Ratio(raw: Int128(random.next() % 1_300) * 1_000_000_000) : nil
        let price = prices[symbol] ?? 250 * Self.tick
        // Between 0.25 and about 4 % away, or further, so that some would be liquidated first.
        let distance = (1 + Int128(random.next() % (chance(4) ? 120 : 40))) * Self.tick
        let isSwapped = chance(60)
        proposal.stopLoss = chance(80) ? nil : Price(raw: max(Self.tick, price - (isSwapped ? -sign : sign) * distance))
        let reward = distance * Int128(5 + random.next() % 40) / 10 / Self.tick * Self.tick
        proposal.takeProfit =
            chance(60) ? nil : Price(raw: max(Self.tick, price + (chance(60) ? -sign : sign) * max(Self.tick, reward)))
        if chance(3) { proposal.invalidation = invalidation(around: price, sign) }
        proposal.timeframe = .fiveMinutes
        proposal.decidedAt = MarketTime(micros: time)
        for _ in 0..<(chance(80) ? 0 : chance(6) ? 2 : 1) {
            var evidence = Evidence()
            evidence.topic = "candle.\(symbol).5m"
            evidence.session = chance(60) ? "feed-x" : naive.session
            evidence.gaps = chance(80) ? 1 : 0
            evidence.eventTime = MarketTime(
                micros: time - Int64(random.next() % (chance(20) ? 1_000 : 800)) * 1_000_000)
            proposal.evidence.append(evidence)
        }
        return proposal
    }

    private mutating func invalidation(around price: Int128, _ sign: Int128) -> String {
        if chance(12) { return pick(["the moon is full", "close 5m", "RSI(14) 15m > 170", "close > > 4"]) }
        func level(_ steps: Int128) -> NaiveCondition.Operand {
            .number("\(Price(raw: max(Self.tick, price - sign * steps * Self.tick)))")
        }
        let steps = 2 + Int128(random.next() % 12)
        let timeframe = pick([Timeframe.fiveMinutes, .fifteenMinutes, .oneHour])
        func beyond(_ operand: NaiveCondition.Operand, _ steps: Int128) -> NaiveCondition {
            sign > 0 ? .below(operand, level(steps)) : .atLeast(operand, level(steps))
        }
        let funding = NaiveCondition.atLeast(.funding, .number("0.0008"))
        let condition: NaiveCondition =
            switch random.next() % 6 {
            case 0, 1: beyond(.close(timeframe), steps)
            case 2: .and(beyond(.close(.fiveMinutes), steps / 2), beyond(.sma(4, timeframe), 1))
            case 3: .or(beyond(.high(timeframe), steps), funding)
            case 4: .not(beyond(.close(.fifteenMinutes), -steps * 2))
            default: .or(.and(.not(funding), beyond(.close(.oneHour), 1)), beyond(.close(.fiveMinutes), 2 * steps))
            }
        naive.conditions[condition.text] = condition
        return condition.text
    }

    mutating func propose() -> String {
        // The same question again, with the same answer.
        if chance(25), let last = lastProposals.last, let known = lastVerdict[last.id] {
            tokens += 1
            send(.proposal(last, RequestToken(tokens), expiresAt: nil))
            if let again = verdicts[tokens], again.quantity != known.quantity {
                fault = "\(last.id) was answered otherwise the second time"
            }
            return "a proposal again"
        }
        if !chance(3) {
            // Every symbol has a price of this moment.
            for symbol in Self.symbols { tell(symbol) }
        } else if chance(2) {
            tell(pick(Self.symbols))
        }
        tokens += 1
        let token = tokens
        let proposal = proposal()
        let isLate = chance(60)
        let expected = isLate ? NaiveRisk.Answer.denied(.expired) : expect(proposal)
        let expiresAt = WallTime(micros: wall + (isLate ? -1 : 5_000_000))
        send(.proposal(proposal, RequestToken(token), expiresAt: expiresAt))
        check(proposal, expected, token)
        return "\(proposal.action.rawValue) \(proposal.symbol) (\(expected))"
    }

    /// What the naive side says; an exit that it grants is expected with this event.
    mutating func expect(_ proposal: Proposal) -> NaiveRisk.Answer {
        let expected = naive.answer(proposal)
        if case .approved = expected, proposal.action.isExit { naive.leave(proposal.symbol, .signal) }
        lastProposals = lastProposals.suffix(3) + [proposal]
        return expected
    }

    mutating func check(_ proposal: Proposal, _ expected: NaiveRisk.Answer, _ token: Int) {
        let purpose: OrderPurpose = proposal.action.isExit ? .exit : .entry
        let id = ClientOrderID.derived(from: proposal.id, purpose: purpose)
        guard let verdict = verdicts[token] else {
            // Execution has not said anything about the order yet.
            if case .approved = expected, !held.isEmpty { return }
            fault = "no answer to \(proposal.id), naively \(expected)"
            return
        }
        lastVerdict[proposal.id] = verdict
        answers[verdict.denial?.reason.rawValue ?? "approved", default: 0] += 1
        switch expected {
        case .denied(let reason):
            if verdict.isApproved || verdict.denial?.reason != reason {
                fault =
                    "\(verdict.denial?.description ?? "approved \(verdict.quantity)"), naively \(reason.rawValue): \(proposal)"
            }
        case .approved(let quantity):
            let isRefusedThere = orders[id]?.status == .rejected
            if isRefusedThere ? verdict.denial?.reason != .executionDenied : !verdict.isApproved {
                fault = "\(verdict.denial?.description ?? "approved"), naively approved \(quantity): \(proposal)"
            } else if verdict.quantity.raw != quantity {
                fault = "approved \(verdict.quantity), naively \(Quantity(raw: quantity)): \(proposal)"
            }
        }
        if verdict.isApproved, !proposal.action.isExit { checkLimits(proposal.symbol) }
    }

    /// No limit is exceeded with a new entry, not by one unit of the last digit.
    private mutating func checkLimits(_ symbol: Symbol) {
        guard let entry = naive.pending[symbol] else { return }
        let equity = naive.equity
        var total = entry.margin
        for position in naive.positions.values { total += position.margin }
        for other in naive.pending.values where other.proposal.symbol != symbol { total += other.margin }
        if total * 100 > naive.rules.totalExposure * equity { fault = "all margin is \(total) of \(equity)" }
        if entry.margin * 100 > min(20, naive.rules.symbolExposure) * equity {
            fault = "the margin of \(symbol) is \(entry.margin) of \(equity)"
        }
    }

    // MARK: What must be the same after every event

    mutating func difference() -> String? {
        if let fault { return fault }
        if ordered != naive.exits { return "left \(ordered), naively \(naive.exits)" }
        if canceled != naive.calledBack { return "called back \(canceled), naively \(naive.calledBack)" }
        let state = core.state
        if state.state != naive.state { return "\(state.state) (\(state.reason)), naively \(naive.state)" }
        if state.equity.raw != naive.equity { return "equity \(state.equity), naively \(Money(raw: naive.equity))" }
        if state.peakEquity.raw != naive.peak { return "peak \(state.peakEquity), naively \(Money(raw: naive.peak))" }
        if state.dayStartEquity.raw != naive.dayStart {
            return "the day began with \(state.dayStartEquity), naively \(Money(raw: naive.dayStart))"
        }
        let today = naive.approvalDays.filter { $0 == naive.day }.count
        if state.dailyTrades != today { return "\(state.dailyTrades) entries today, naively \(today)" }
        if today > naive.rules.dailyTrades { return "\(today) entries today are over the limit" }
        for (symbol, position) in naive.positions {
            guard let plan = core.openPlans.first(where: { $0.symbol == symbol }) else {
                return "the position in \(symbol) has no plan"
            }
            if (plan.status == .closing) != position.isClosing {
                return "\(symbol) is \(plan.status), naively closing: \(position.isClosing)"
            }
            guard plan.status == .active else { continue }
            if plan.best.raw != position.best {
                return "\(symbol): best \(plan.best), naively \(Price(raw: position.best))"
            }
            let resting = naive.restingStop(of: position, tick: Self.tick)
            if plan.restingStop.raw != resting {
                return "\(symbol): the stop rests at \(plan.restingStop), naively \(Price(raw: resting))"
            }
        }
        return nil
    }
}
