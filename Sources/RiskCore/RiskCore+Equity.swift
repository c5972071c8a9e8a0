import Portfolio
import TradingModel

/// Equity, drawdown and the day.
extension RiskCore {
    /// Begins a day when market time has entered it: the equity before the event that did so is the day's first.
    mutating func rollDay(into directives: inout [RiskDirective]) {
        guard book.isKnown, market.time > .distantPast else { return }
        let today = limits.calendar.day(of: market.time)
        // A clock set back over midnight does not begin the old day again.
        if let day, today <= day.day { return }
        let begun = DayRecord(day: today, startEquity: book.equity)
        day = begun
        persist(.day(begun), into: &directives)
    }

    /// Deposits and withdrawals scale peak and day with the equity, so that neither is profit or loss.
    mutating func takeDeposits(_ account: AccountState, into directives: inout [RiskDirective]) {
        guard let present = account.netDeposits, present != netDeposits else { return }
        let moved = netDeposits.map { present - $0 }
        netDeposits = present
        persist(.netDeposits(present), into: &directives)
        guard let moved else { return }
        // What was there before is what is there now without it: positions and prices are the same.
        let before = account.equity - moved
        peak.observe(before)
        peak.rebase(from: before, to: account.equity)
        persist(.peakEquity(peak.peak), into: &directives)
        if var day {
            let scaled =
                before.isPositive && account.equity.isPositive
                ? Rounding.up.multiply(day.startEquity.raw, account.equity.raw, dividedBy: before.raw) : nil
            day.startEquity = scaled.map(Money.init(raw:)) ?? max(.zero, account.equity)
            self.day = day
            persist(.day(day), into: &directives)
        }
        let word = moved.isNegative ? "withdrawal" : "deposit"
        directives.append(
            .log(
                .info,
                "a \(word) of \(moved.magnitude.text) is neither profit nor loss: the peak counts as \(peak.peak.text) from here on"
            ))
    }

    /// A trade is complete: the protections may lock.
    mutating func take(_ trade: Trade, at now: WallTime, into directives: inout [RiskDirective]) {
        let closed = ClosedTrade(trade)
        guard !limits.protections.isEmpty, let locks = protections.take(closed) else { return }
        persist(.trade(closed), into: &directives)
        for lock in locks {
            persist(.lock(lock), into: &directives)
            directives.append(
                .log(
                    .warning,
                    "\(lock.protection) locks \(lock.symbol?.name ?? "everything")\(lock.side.map { " \($0.rawValue)" } ?? "") until \(lock.until): \(lock.reason)"
                ))
        }
    }

    /// Feed's silence by the wall clock: nothing is opened while no price comes, and time to live goes on.
    mutating func listenToFeed(at now: WallTime, into directives: inout [RiskDirective]) {
        if let mark = pulse.dueMark(at: now) { persist(.clock(mark), into: &directives) }
        judgeTime(at: now, into: &directives)
        guard let silence = pulse.listen(at: now, limit: limits.silence) else { return }
        let before = control.state
        let why = "no price has come for \(silence), the limit is \(limits.silence)"
        control.silence = TradingControl.Hold(state: .reducing, who: "feed", why: why, since: market.time)
        record(
            StateChange(
                at: market.time, wall: now, symbol: nil, from: before, to: control.state, who: "feed", why: why),
            into: &directives)
        publishState(at: now, into: &directives)
    }

    mutating func endSilence(at now: WallTime, into directives: inout [RiskDirective]) {
        guard control.silence != nil else { return }
        let before = control.state
        control.silence = nil
        record(
            StateChange(
                at: market.time, wall: now, symbol: nil, from: before, to: control.state, who: "feed",
                why: "prices have come for \(FeedPulse.steadiness)"), into: &directives)
        publishState(at: now, into: &directives)
    }

    /// Holds the equity against peak and limits. Called whenever a price or the balance has moved it.
    mutating func assess(at now: WallTime, into directives: inout [RiskDirective]) {
        guard book.isKnown else { return }
        rollDay(into: &directives)
        let equity = book.equity
        if peak.observe(equity) { persist(.peakEquity(peak.peak), into: &directives) }
        if var day, day.reachedLoss.isZero, day.loss(at: equity) >= limits.dailyLoss {
            day.reachedLoss = day.loss(at: equity)
            self.day = day
            persist(.day(day), into: &directives)
            directives.append(
                .log(
                    .warning,
                    "today's loss of \(day.reachedLoss.percentText) has reached the limit of \(limits.dailyLoss.percentText): nothing is opened until midnight"
                ))
        }
        let before = control.automatic
        guard control.follow(drawdown: peak.drawdown, limits: limits, at: market.time) else { return }
        let why =
            control.automatic == .active
            ? "drawdown \(peak.drawdown.percentText) is below \(limits.drawdownRecovery.percentText)"
            : control.automaticReason
        record(
            StateChange(
                at: market.time, wall: now, symbol: nil, from: before, to: control.automatic, who: "drawdown", why: why),
            into: &directives)
        publishState(at: now, into: &directives)
        guard control.automatic == .halted, limits.isFlattenedOnHalt else { return }
        _ = leaveAll(because: .drawdownHalt, symbol: nil, at: now, into: &directives)
    }

    /// Saves what may be traded together with its history, and says so in the log.
    func record(_ change: StateChange, into directives: inout [RiskDirective]) {
        persist(.control(control), into: &directives)
        persist(.change(change), into: &directives)
        let scope = change.symbol.map { "trading of \($0)" } ?? change.strategy.map { "strategy \($0)" } ?? "trading"
        let sentence =
            "\(scope) goes from \(change.from.rawValue) to \(change.to.rawValue): \(change.why) (\(change.who))"
        directives.append(.log(change.to > change.from ? .warning : .info, sentence))
    }

    mutating func publishState(at now: WallTime, into directives: inout [RiskDirective]) {
        published = state
        publishedAt = now
        directives.append(.publishState(published))
        guard isAtRest != isRestTold else { return }
        isRestTold = isAtRest
        if isRestTold {
            directives.append(.log(.warning, "the drawdown is \(peak.drawdown.percentText) and \(Self.atRest)"))
        }
    }

    /// Publishes where more than the market's own movement has changed.
    mutating func publishIfChanged(at now: WallTime, into directives: inout [RiskDirective]) {
        let isNews =
            control.state != published.state || (day?.trades ?? 0) != published.dailyTrades
            || book.positions.count != published.openPositions
            || (day?.startEquity ?? .zero) != published.dayStartEquity || reason != published.reason
        if isNews { publishState(at: now, into: &directives) }
    }
}
