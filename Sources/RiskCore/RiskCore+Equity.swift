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
        directives.append(.persist(.day(begun)))
    }

    /// Holds the equity against peak and limits. Called whenever a price or the balance has moved it.
    mutating func assess(at now: WallTime, into directives: inout [RiskDirective]) {
        guard book.isKnown else { return }
        rollDay(into: &directives)
        let equity = book.equity
        if peak.observe(equity) { directives.append(.persist(.peakEquity(peak.peak))) }
        if var day, day.reachedLoss.isZero, day.loss(at: equity) >= limits.dailyLoss {
            day.reachedLoss = day.loss(at: equity)
            self.day = day
            directives.append(.persist(.day(day)))
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
        directives.append(.persist(.control(control)))
        directives.append(.persist(.change(change)))
        let scope = change.symbol.map { "trading of \($0)" } ?? "trading"
        let sentence =
            "\(scope) goes from \(change.from.rawValue) to \(change.to.rawValue): \(change.why) (\(change.who))"
        directives.append(.log(change.to > change.from ? .warning : .info, sentence))
    }

    mutating func publishState(at now: WallTime, into directives: inout [RiskDirective]) {
        published = state
        publishedAt = now
        directives.append(.publishState(published))
    }

    /// Publishes where more than the market's own movement has changed.
    mutating func publishIfChanged(at now: WallTime, into directives: inout [RiskDirective]) {
        let present = state
        let isNews =
            present.state != published.state || present.reason != published.reason
            || present.dailyTrades != published.dailyTrades
            || present.openPositions != published.openPositions || present.dayStartEquity != published.dayStartEquity
        if isNews { publishState(at: now, into: &directives) }
    }
}
