import Portfolio
public import TradingModel

/// Limits against present use, and what the gate would say: for an operator's eyes, changing nothing.
extension RiskCore {
    /// Every limit with its present use, the account's first.
    public func limitUses(at now: WallTime) -> [LimitUse] {
        accountUses + exposureUses + tradingUses(at: now)
    }

    /// Locks of the protections that hold now.
    public var locks: [TradingLock] { protections.present(at: market.time) }

    /// The latest moment of the market that has been heard of.
    public var marketTime: MarketTime { market.time }

    /// A proposal written by hand, with an id, the present moment and an evidence of it where they are missing.
    public func asIfProposedNow(_ proposal: Proposal) -> Proposal {
        var proposal = proposal
        if proposal.id.isEmpty { proposal.id = "simulated" }
        if proposal.decidedAt <= .distantPast { proposal.decidedAt = market.time }
        if proposal.evidence.isEmpty {
            var evidence = Evidence()
            evidence.topic = "candle.\(proposal.symbol).\(proposal.timeframe)"
            evidence.session = market.session
            evidence.eventTime = market.time
            proposal.evidence = [evidence]
        }
        return proposal
    }

    /// What every check of the gate says to a proposal as things stand. Checks that need what a failed one would have
    /// found out are skipped.
    public func simulate(_ proposal: Proposal, at now: WallTime) -> (verdict: Verdict, checks: [CheckOutcome]) {
        var inquiry = inquiry(about: proposal, at: now)
        var outcomes: [CheckOutcome] = []
        for check in Check.entry {
            if inquiry.sizing == nil, check.needsSize, outcomes.contains(where: { $0.denial != nil }) {
                outcomes.append(CheckOutcome(check.name, denial: nil, isSkipped: true))
            } else {
                outcomes.append(CheckOutcome(check.name, denial: check.ask(&inquiry)))
            }
        }
        if let missing {
            outcomes.insert(
                CheckOutcome("truth", denial: Denial(.notReconciled, [Figure("waiting", "\"\(missing)\"")])), at: 0)
        }
        var verdict = Verdict()
        verdict.proposalID = proposal.id
        verdict.decisionID = proposal.decisionID
        verdict.strategy = proposal.strategy
        verdict.symbol = proposal.symbol
        verdict.action = proposal.action
        verdict.stopLoss = proposal.stopLoss
        verdict.takeProfit = proposal.takeProfit
        verdict.decidedAt = max(proposal.decidedAt, market.time)
        verdict.denial = outcomes.lazy.compactMap(\.denial).first
        if verdict.denial == nil, let sizing = inquiry.sizing {
            verdict.isApproved = true
            verdict.clientOrderID = .derived(from: proposal.id, purpose: .entry)
            verdict.quantity = sizing.quantity
            verdict.notional = sizing.notional
            verdict.size = sizing.size
            verdict.leverage = proposal.leverage
        }
        return (verdict, outcomes)
    }

    private func use(_ name: String, _ scope: String, _ used: Ratio, of limit: Ratio) -> LimitUse {
        let share = limit.isPositive ? Rounding.down.multiply(used.raw, Ratio.scale, dividedBy: limit.raw) : nil
        return LimitUse(
            name, scope: scope, used: used.percentText, limit: limit.percentText, share: Ratio(raw: share ?? 0))
    }

    private func use(_ name: String, _ scope: String, _ used: Int, of limit: Int) -> LimitUse {
        LimitUse(
            name, scope: scope, used: "\(used)", limit: "\(limit)",
            share: limit > 0 ? Ratio(raw: Int128(used) * Ratio.scale / Int128(limit)) : .zero)
    }

    private var accountUses: [LimitUse] {
        let lost = max(day?.reachedLoss ?? .zero, day?.loss(at: book.equity) ?? .zero)
        return [
            use("max_drawdown_warning_pct", "account", peak.drawdown, of: limits.drawdownWarning),
            use("max_drawdown_stop_pct", "account", peak.drawdown, of: limits.drawdownStop),
            use("max_daily_loss_pct", "account", lost, of: limits.dailyLoss),
            use("max_daily_trades", "account", day?.trades ?? 0, of: limits.dailyTrades),
        ]
    }

    private func shareOfEquity(_ amount: Money) -> Ratio {
        guard book.equity.isPositive else { return .zero }
        return amount.ratio(to: book.equity, .up) ?? .zero
    }

    private var exposureUses: [LimitUse] {
        let margins = margins
        var uses = [
            use(
                "max_total_exposure_pct", "account", shareOfEquity(margins.values.reduce(.zero, +)),
                of: limits.totalExposure)
        ]
        for (symbol, margin) in margins.sorted(by: { $0.key < $1.key }) where margin.isPositive {
            uses.append(use("max_symbol_exposure_pct", symbol.name, shareOfEquity(margin), of: limits.symbolExposure))
        }
        let holdings = holdings(except: nil)
        var memory = correlations
        for holding in holdings {
            let group = CorrelatedGroup.of(
                holding.symbol, holding.weight < 0 ? .short : .long, among: holdings, margins: margins,
                returns: history.returns, limits: limits, memory: &memory)
            guard !group.symbols.isEmpty else { continue }
            let scope = ([holding.symbol] + group.symbols).sorted().map(\.name).joined(separator: "+")
            guard !uses.contains(where: { $0.scope == scope }) else { continue }
            uses.append(
                use("max_correlated_exposure_pct", scope, shareOfEquity(group.margin), of: limits.correlatedExposure))
        }
        let figures = ValueAtRisk.of(holdings, rules: limits.valueAtRisk, returns: history.returns)
        let scope = figures.unmeasured.isEmpty ? "account" : "account, \(figures.unmeasured.count) by their stops"
        uses.append(use("max_var_pct", scope, figures.loss, of: limits.valueAtRisk.limit))
        uses.append(use("max_cvar_pct", scope, figures.tailLoss, of: limits.valueAtRisk.tailLimit))
        return uses
    }

    private func tradingUses(at now: WallTime) -> [LimitUse] {
        var uses = [
            use(
                "max_entries_per_minute", "account", entryTimes.count { $0 > market.time - .minutes(1) },
                of: limits.entriesPerMinute),
            use(
                "max_entries_per_hour", "account", entryTimes.count { $0 > market.time - .hours(1) },
                of: limits.entriesPerHour),
        ]
        for symbol in limits.symbols.sorted() {
            guard let ticker = market.tickers[symbol] else { continue }
            let silence = lockStep.isOn ? .zero : market.silence(of: symbol, at: now) ?? .zero
            let age = max(max(.zero, market.time - ticker.eventTime), silence)
            uses.append(
                LimitUse(
                    "max_price_age_millis", scope: symbol.name, used: "\(age)", limit: "\(limits.priceAge)",
                    share: Ratio(raw: Int128(age.micros) * Ratio.scale / Int128(max(1, limits.priceAge.micros)))))
        }
        return uses
    }
}

extension Check {
    /// Whether it judges the size, so that without one it has nothing to say.
    var needsSize: Bool { ["exposure", "correlated exposure", "funds", "value at risk"].contains(name) }
}
