import RiskCore
import TradingModel

/// The limits of one run, in whole percent where they are shares.
struct ModelRules {
    var symbols: [Symbol] = []
    var warning: Int128 = 15
    var stop: Int128 = 20
    var recovery: Int128 = 10
    var isFlattenedOnHalt = false
    var dailyLoss: Int128 = 5
    var dailyTrades = 20
    var totalExposure: Int128 = 100
    var symbolExposure: Int128 = 20
    var correlatedExposure: Int128 = 60
    /// In hundredths.
    var correlationThreshold = 70
    var valueAtRisk: Int128 = 20
    var tailRisk: Int128 = 30
    var minimumReturns = 12
    var horizon = 24
    var isNinetyNine = false
    var perMinute = 10
    var perHour = 60
    var largestLeverage = 25
    var leverageOf: [Symbol: Int] = [:]
    var isShortAllowed = true
    var isUnreadableRefused = true
    /// In tenths.
    var rewardToRisk: Int128 = 10
    /// In microseconds; 0 asks for none.
    var silence: Int64 = 60_000_000
    var clockOffset: Int64?
    var priceAge: Int64 = 120_000_000
    var evidenceAge: Int64 = 900_000_000
    var protections: [Protection] = []
    /// Local time is this much ahead of UTC, and from the change on that much.
    var offset: (before: Int64, change: Int64, after: Int64) = (0, 0, 0)
    var instruments: [Symbol: Instrument] = [:]

    func day(of moment: Int64) -> Int64 {
        let local = moment + (moment < offset.change ? offset.before : offset.after)
        return local / 86_400_000_000
    }
}

extension NaiveRisk {
    enum Answer: Equatable {
        case approved(quantity: Int128)
        case denied(DenialReason)
    }

    /// The checks in the order of `docs/risk.md`.
    func answer(_ proposal: Proposal) -> Answer {
        if proposal.action.isExit { return exitAnswer(proposal) }
        if let reason = market(proposal) ?? plan(proposal) ?? account() { return .denied(reason) }
        return size(proposal)
    }

    private func exitAnswer(_ proposal: Proposal) -> Answer {
        let sign: Int128 = proposal.action == .exitLong ? 1 : -1
        if proposal.id.isEmpty { return .denied(.malformed) }
        if let entry = pending[proposal.symbol] {
            let isOurs =
                entry.proposal.strategy == proposal.strategy && (entry.proposal.action == .enterLong) == (sign > 0)
            return .denied(isOurs ? .orderInFlight : .noPositionToClose)
        }
        guard let position = positions[proposal.symbol], position.strategy == proposal.strategy, position.sign == sign
        else { return .denied(.noPositionToClose) }
        return position.isClosing ? .denied(.exitAlreadyPending) : .approved(quantity: position.quantity)
    }

    /// May anything be traded, and is the market known well enough?
    private func market(_ proposal: Proposal) -> DenialReason? {
        let symbol = proposal.symbol
        if proposal.id.isEmpty || !(proposal.confidence >= 0 && proposal.confidence <= 1) { return .malformed }
        if !isReconciled { return .notReconciled }
        let states = [hold, symbolHolds[symbol], strategyHolds[proposal.strategy], isSilent ? .reducing : nil]
        let held = states.compactMap { $0 }.max() ?? .active
        if held == .halted { return .tradingHalted }
        if held == .reducing { return .tradingReducing }
        let sign: Int128 = proposal.action == .enterLong ? 1 : -1
        let locked = locks.contains {
            $0.until > time && ($0.symbol == nil || $0.symbol == symbol) && ($0.sign == nil || $0.sign == sign)
        }
        if locked { return .protectionLock }
        let minute = approvalTimes.filter { $0 > time - 60_000_000 }.count
        let hour = approvalTimes.filter { $0 > time - 3_600_000_000 }.count
        if rules.perMinute > 0, minute >= rules.perMinute { return .orderRateLimit }
        if rules.perHour > 0, hour >= rules.perHour { return .orderRateLimit }
        if !rules.symbols.contains(symbol) { return .unknownSymbol }
        if proposal.confidence < 0.5 { return .confidenceBelowMinimum }
        if proposal.evidence.isEmpty { return .staleEvidence }
        for evidence in proposal.evidence {
            if evidence.session != session { return .feedSessionChanged }
            if evidence.gaps != 0 { return .gappyEvidence }
            if time - evidence.eventTime.micros > rules.evidenceAge { return .staleEvidence }
        }
        guard let ticker = tickers[symbol] else { return .noMarketData }
        if staleSymbols.contains(symbol) { return .stalePrice }
        if time - ticker.eventTime.micros > rules.priceAge { return .stalePrice }
        if wall - (heardAt[symbol] ?? wall) > rules.priceAge { return .stalePrice }
        if let limit = rules.clockOffset, abs(ticker.receivedTime.micros - ticker.eventTime.micros) > limit {
            return .clockOffset
        }
        if unresolved.contains(symbol) { return .orderUnresolved }
        if positions[symbol] != nil { return .positionAlreadyOpen }
        if pending[symbol] != nil { return .orderInFlight }
        return nil
    }

    /// Is the plan sound?
    private func plan(_ proposal: Proposal) -> DenialReason? {
        let symbol = proposal.symbol
        let sign: Int128 = proposal.action == .enterLong ? 1 : -1
        guard let price = tickers[symbol]?.last.raw, let instrument = rules.instruments[symbol] else {
            return .noMarketData
        }
        if sign < 0, !rules.isShortAllowed { return .shortSideDisabled }
        let largest = [rules.largestLeverage, rules.leverageOf[symbol] ?? 1_000, instrument.maxLeverage].min() ?? 1
        if proposal.leverage < 1 || proposal.leverage > largest { return .leverageOutOfRange }
        guard let stop = proposal.stopLoss?.raw, stop > 0 else { return .stopMissing }
        if sign * (price - stop) <= 0 { return .stopOnWrongSide }
        if let target = proposal.takeProfit?.raw, target <= 0 || sign * (target - price) <= 0 {
            return .targetOnWrongSide
        }
        if rules.rewardToRisk > 0 {
            guard let target = proposal.takeProfit?.raw else { return .rewardToRiskTooLow }
            if sign * (target - price) * 10 < rules.rewardToRisk * sign * (price - stop) { return .rewardToRiskTooLow }
        }
        // Liquidated at price · (1 − 1/leverage + 0.5 %), mirrored for a short: the stop comes first, in thousandths.
        let leverage = Int128(proposal.leverage)
        let level = price * (1_000 * leverage - sign * (1_000 - 5 * leverage))
        let exact = (stop * 1_000 * leverage - level) * sign
        // The level is rounded toward the market to 10⁻¹².
        if exact <= 0 || (level % (1_000 * leverage) != 0 && exact < 1_000 * leverage) { return .liquidationBeforeStop }
        if !proposal.invalidation.isEmpty, rules.isUnreadableRefused {
            guard let condition = conditions[proposal.invalidation] else { return .invalidationUnreadable }
            if !condition.isReady(self, symbol) { return .invalidationNotReady }
        }
        return nil
    }

    private func account() -> DenialReason? {
        let now = equity
        if isDayLost || (dayStart > 0 && now < dayStart && (dayStart - now) * 100 >= rules.dailyLoss * dayStart) {
            return .dailyLossLimit
        }
        if approvalDays.filter({ $0 == day }).count >= rules.dailyTrades { return .dailyTradeLimit }
        if automatic != .active { return .drawdownLimit }
        if peak > 0, now < peak, (peak - now) * 100 >= rules.warning * peak { return .drawdownLimit }
        return nil
    }

    private func size(_ proposal: Proposal) -> Answer {
        let symbol = proposal.symbol
        guard let ticker = tickers[symbol], let instrument = rules.instruments[symbol] else {
            return .denied(.noMarketData)
        }
        let one: Int128 = 1_000_000_000_000
        let cent = PowerOfTen.of(16)
        let isLong = proposal.action == .enterLong
        let price = max(ticker.last.raw, isLong ? ticker.ask.raw : ticker.bid.raw)
        // Confidence in ten-thousandths; the size between 1 % and 20 %, a part of it where the strategy asks for one.
        let confidence = Int128((proposal.confidence * 10_000).rounded())
        var share = min(one / 5, max(one / 100, one / 5 * (confidence - 5_000) / 5_000))
        if let part = proposal.share { share = share * min(one, max(0, part.raw)) / one }
        let now = equity
        let budget = Wide.floor(max(0, now), share, over: one * cent) * cent
        var quantity = budget * Int128(proposal.leverage) / price
        if instrument.maxQuantity.raw > 0 { quantity = min(quantity, instrument.maxQuantity.raw) }
        quantity = quantity / instrument.lotSize.raw * instrument.lotSize.raw
        if quantity <= 0 || quantity < instrument.minQuantity.raw { return .denied(.belowMinimumQuantity) }
        let notional = price * quantity
        if notional < instrument.minNotional.raw { return .denied(.belowMinimumNotional) }
        let leverage = Int128(proposal.leverage)
        let margin = (notional + leverage - 1) / leverage
        func limit(_ percent: Int128) -> Int128 { Wide.floor(max(0, now), percent, over: 100 * cent) * cent }
        if margin > limit(rules.symbolExposure) { return .denied(.symbolExposureLimit) }
        var inUse: [Symbol: Int128] = positions.mapValues(\.margin)
        for (symbol, entry) in pending { inUse[symbol] = entry.margin }
        let total = inUse.values.reduce(0, +)
        if total + margin > limit(rules.totalExposure) { return .denied(.totalExposureLimit) }
        let others = holdings(except: symbol, equity: now)
        let group = others.filter { movesWith($0, symbol, isLong: isLong) }
        let together = margin + group.reduce(0) { $0 + (inUse[$1.symbol] ?? 0) }
        if !group.isEmpty, together > limit(rules.correlatedExposure) { return .denied(.correlatedExposureLimit) }
        let fee = Wide.ceiling(notional, max(0, instrument.takerFee.raw), over: one * cent) * cent
        if margin + fee > min(balance, now) - total { return .denied(.insufficientFunds) }
        let own = holding(
            symbol, sign: isLong ? 1 : -1, quantity: quantity, price: price, stop: proposal.stopLoss?.raw ?? 0,
            equity: now)
        if let reason = portfolio(others + [own]) { return .denied(reason) }
        return .approved(quantity: quantity)
    }

    // MARK: The portfolio

    private struct Held {
        var symbol: Symbol
        /// Over equity, positive for long.
        var weight: Double
        var lossAtStop: Double
    }

    private func holding(
        _ symbol: Symbol, sign: Int128, quantity: Int128, price: Int128, stop: Int128, equity: Int128
    ) -> Held {
        let capital = max(Money(raw: equity).double, .leastNormalMagnitude)
        let weight = Money(raw: price * quantity).double / capital * Double(sign)
        let distance = stop > 0 ? Double(sign * (price - stop)) / 1e12 : Double(price) / 1e12
        return Held(
            symbol: symbol, weight: weight, lossAtStop: max(0, distance) * (Double(quantity) / 1e12) / capital)
    }

    private func holdings(except symbol: Symbol, equity: Int128) -> [Held] {
        var all: [Held] = []
        for one in rules.symbols.sorted() where one != symbol {
            if let position = positions[one] {
                all.append(
                    holding(
                        one, sign: position.sign, quantity: position.quantity,
                        price: tickers[one]?.last.raw ?? position.entry, stop: position.stop, equity: equity))
            } else if let entry = pending[one] {
                all.append(
                    holding(
                        one, sign: entry.proposal.action == .enterLong ? 1 : -1, quantity: entry.quantity,
                        price: entry.last, stop: entry.proposal.stopLoss?.raw ?? 0, equity: equity))
            }
        }
        return all
    }

    private func closes(_ symbol: Symbol) -> NaivePortfolio.Closes {
        series(symbol, .oneHour).map { ($0.closeTime.micros, $0.close.double) }
    }

    private func movesWith(_ held: Held, _ symbol: Symbol, isLong: Bool) -> Bool {
        guard
            let together = NaivePortfolio.correlation(
                closes(symbol), closes(held.symbol), minimum: rules.minimumReturns)
        else { return true }
        return ((held.weight > 0) == isLong ? together : -together) >= Double(rules.correlationThreshold) / 100
    }

    private func portfolio(_ held: [Held]) -> DenialReason? {
        guard rules.valueAtRisk > 0 || rules.tailRisk > 0 else { return nil }
        let figures = NaivePortfolio.figures(
            held.map { ($0.weight, $0.lossAtStop, closes($0.symbol)) }, minimumReturns: rules.minimumReturns,
            horizon: rules.horizon, confidence: rules.isNinetyNine ? .ninetyNine : .ninetyFive)
        if rules.valueAtRisk > 0, max(figures[0], figures[2]) * 100 > Double(rules.valueAtRisk) {
            return .valueAtRiskLimit
        }
        if rules.tailRisk > 0, max(figures[1], figures[3]) * 100 > Double(rules.tailRisk) {
            return .conditionalValueAtRiskLimit
        }
        return nil
    }
}
