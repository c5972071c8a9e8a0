public import TradingModel

/// Folds what the buses tell into alerts: the rules themselves, without clock and without I/O.
///
/// ``memory`` is what has been told already. It is committed together with the alerts, so that after a crash the next
/// snapshot of the services yields exactly what has not been told yet, under the same ids.
public struct AlertWatch: Sendable {
    public var limits: AlertLimits
    public internal(set) var memory: [String: String]
    /// When each condition that has to last began.
    var since: [String: WallTime] = [:]
    var lives: [String: Peer] = [:]
    var stale: Set<Symbol> = []
    var begunAt: WallTime?

    struct Peer: Sendable {
        var life: ServiceLife
        var heardAt: WallTime
        var starts: [WallTime] = []
    }

    /// - Parameter memory: what an earlier run has committed; empty for the first run ever, which tells nothing of the past.
    public init(limits: AlertLimits, memory: [String: String] = [:]) {
        self.limits = limits
        self.memory = memory
    }

    /// One fact, and what follows from it.
    public mutating func take(_ fact: AlertFact, at now: WallTime, into notes: inout AlertNotes) {
        if begunAt == nil { begunAt = now }
        switch fact {
        case .state(let state): take(state, at: now, &notes)
        case .position(let position): take(position, at: now, &notes)
        case .trade(let trade): take(trade, at: now, &notes)
        case .order(let order): take(order, at: now, &notes)
        case .books(let positions, let openOrders, let trades):
            take(positions: positions, openOrders: openOrders, trades: trades, at: now, &notes)
        case .staleness(let staleness):
            if staleness.isStale { stale.insert(staleness.symbol) } else { stale.remove(staleness.symbol) }
            judgeFeed(at: now, &notes)
        case .leaderboard(let board): take(board, at: now, &notes)
        case .life(let life): take(life, at: now, &notes)
        case .disk(let free, let total): takeDisk(free, total, at: now, &notes)
        case .channel(let channel, let fault):
            hold(.channelFailing, channel.rawValue, fault, over: "it takes messages again", at: now, &notes)
        case .tick:
            judgeLives(at: now, &notes)
            judgeFeed(at: now, &notes)
            judgeOrders(at: now, &notes)
        }
    }

    /// Takes over what its owner has committed into the memory itself.
    public mutating func note(_ key: String, _ value: String?) { memory[key] = value }

    // MARK: Conditions

    private static func name(_ rule: AlertRule, _ key: String) -> String { "firing/\(rule.rawValue)/\(key)" }

    /// The incident of a condition that holds and has been told.
    public func incident(_ rule: AlertRule, _ key: String) -> String? { memory[AlertWatch.name(rule, key)] }

    /// Tells the beginning of a condition once, and its end once: it holds where there is a text.
    mutating func hold(
        _ rule: AlertRule, _ key: String, _ text: String?, over: String, severity: AlertSeverity? = nil,
        at now: WallTime, _ notes: inout AlertNotes
    ) {
        let name = AlertWatch.name(rule, key)
        if let text {
            guard memory[name] == nil else { return }
            let incident = "quartet/\(rule.rawValue)/\(key)/\(now.micros)"
            remember(name, incident, &notes)
            notes.alerts.append(
                Alert(
                    id: incident, rule: rule, key: key, phase: .firing, severity: severity ?? rule.standard, text: text,
                    at: now))
        } else if let incident = memory[name] {
            remember(name, nil, &notes)
            notes.alerts.append(
                Alert(
                    id: incident + "/over", rule: rule, key: key, phase: .resolved, severity: severity ?? rule.standard,
                    text: over, at: now, incident: incident))
        }
    }

    mutating func tell(
        _ rule: AlertRule, _ key: String, id: String, _ text: String, at now: WallTime, _ notes: inout AlertNotes
    ) {
        notes.alerts.append(
            Alert(
                id: "quartet/\(rule.rawValue)/\(id)", rule: rule, key: key, phase: .event, severity: rule.standard,
                text: text, at: now))
    }

    mutating func remember(_ key: String, _ value: String?, _ notes: inout AlertNotes) {
        guard memory[key] != value else { return }
        memory[key] = value
        notes.changes.append((key, value))
    }

    /// Whether something has lasted; begins to count with the first `true`.
    mutating func lasts(_ what: String, _ holds: Bool, _ span: Span, at now: WallTime) -> Bool {
        guard holds else {
            since[what] = nil
            return false
        }
        let begin = since[what] ?? now
        since[what] = begin
        return now - begin >= span
    }
}

extension AlertWatch {
    // MARK: Trading

    private mutating func take(_ state: RiskState, at now: WallTime, _ notes: inout AlertNotes) {
        let active = "Trading is \(state.state.rawValue): \(state.reason)"
        hold(
            .tradingHalted, "account", state.state == .halted ? state.reason : nil, over: active, at: now, &notes)
        hold(
            .tradingReducing, "account", state.state == .reducing ? state.reason : nil, over: active, at: now, &notes)
        judgeLoss(state, at: now, &notes)
        judgeDrawdown(state, at: now, &notes)
    }

    private mutating func judgeLoss(_ state: RiskState, at now: WallTime, _ notes: inout AlertNotes) {
        let limit = limits.maxDailyLoss.double
        // Both are decimals; their product as binary numbers may lie a hair above what it is.
        let near = limit * limits.dailyLossShare.double - 1e-12
        let loss = state.dailyLoss.double
        guard limit > 0 else { return }
        // It is over a little below, so that a price that swings around the line is told once.
        let holds = loss >= (incident(.dailyLossNear, "account") == nil ? near : near * 0.9)
        hold(
            .dailyLossNear, "account",
            holds
                ? "Today's loss is \(Words.percent(loss)); at \(Words.percent(limit)) nothing is opened until the next day."
                : nil,
            over: "Today's loss is \(Words.percent(loss)).", at: now, &notes)
    }

    private mutating func judgeDrawdown(_ state: RiskState, at now: WallTime, _ notes: inout AlertNotes) {
        let drawdown = state.drawdown.double
        for threshold in limits.drawdowns {
            let key = Words.percent(threshold.double)
            let line = threshold.double * (incident(.drawdownWarning, key) == nil ? 1 : 0.8) - 1e-12
            hold(
                .drawdownWarning, key,
                drawdown >= line
                    ? "Equity \(state.equity) is \(Words.percent(drawdown)) below its peak \(state.peakEquity)." : nil,
                over: "Equity \(state.equity) is \(Words.percent(drawdown)) below its peak.",
                severity: threshold >= limits.drawdownWarning ? .critical : .warning, at: now, &notes)
        }
    }

    // MARK: Books

    private mutating func take(_ position: Position, at now: WallTime, _ notes: inout AlertNotes) {
        let name = "position/\(position.symbol)"
        guard position.isOpen else { return remember(name, nil, &notes) }
        guard memory[name] != position.proposalID else { return }
        remember(name, position.proposalID, &notes)
        tell(
            .positionOpened, position.symbol.name, id: "\(position.proposalID)/\(position.symbol)",
            "\(position.side.rawValue) \(position.quantity) at \(position.averageEntryPrice), "
                + "\(position.leverage)x, by \(position.strategy).", at: now, &notes)
    }

    private mutating func take(_ trade: Trade, at now: WallTime, _ notes: inout AlertNotes) {
        let name = "trade/\(trade.id)/\(trade.exitTime.micros)"
        guard memory[name] == nil else { return }
        remember(name, trade.exitTime.description, &notes)
        let isStop = [.stopLoss, .liquidation, .drawdownHalt].contains(trade.exitReason)
        let sign = trade.netPnL.isNegative ? "" : "+"
        tell(
            isStop ? .stopFilled : .positionClosed, trade.symbol.name, id: "\(trade.id)/\(trade.exitTime.micros)",
            "\(sign)\(trade.netPnL) after fees (\(Words.percent(trade.returnOnMargin.double)) of the margin): "
                + "\(trade.side.rawValue) \(trade.quantity) from \(trade.entryPrice) to \(trade.exitPrice), "
                + "\(trade.exitReason.rawValue), by \(trade.strategy).", at: now, &notes)
    }

    private mutating func take(_ order: Order, at now: WallTime, _ notes: inout AlertNotes) {
        let isUnresolved = order.status == .unresolved
        if isUnresolved {
            since["order/\(order.id)"] = since["order/\(order.id)"] ?? now
        } else {
            since["order/\(order.id)"] = nil
            settle(order.id, "It is \(order.status.rawValue).", order.request.symbol, at: now, &notes)
        }
        guard order.status == .rejected else { return }
        tell(
            .orderRejected, order.request.symbol.name, id: order.id.text,
            "\(order.request.side.rawValue) \(order.request.quantity): \(order.reason ?? "no reason was given") "
                + "(order \(order.id)).", at: now, &notes)
    }

    private mutating func settle(
        _ id: ClientOrderID, _ sentence: String, _ symbol: Symbol, at now: WallTime, _ notes: inout AlertNotes
    ) {
        hold(.unresolvedOrders, id.text, nil, over: sentence, at: now, &notes)
    }

    private mutating func judgeOrders(at now: WallTime, _ notes: inout AlertNotes) {
        for (name, begin) in since.sorted(by: { $0.key < $1.key })
        where name.hasPrefix("order/") && now - begin >= limits.unresolved {
            hold(
                .unresolvedOrders, String(name.dropFirst("order/".count)),
                "Its outcome has been unknown for \(Span.seconds((now - begin).micros / 1_000_000)); "
                    + "its symbol takes no new exposure.", over: "", at: now, &notes)
        }
    }

    private mutating func take(
        positions: [Position], openOrders: [Order], trades: [Trade], at now: WallTime, _ notes: inout AlertNotes
    ) {
        let isFirst = memory["begun"] == nil
        let open = Set(positions.filter(\.isOpen).map { "position/\($0.symbol)" })
        for name in memory.keys.sorted() where name.hasPrefix("position/") && !open.contains(name) {
            remember(name, nil, &notes)
        }
        let unresolved = Set(openOrders.filter { $0.status == .unresolved }.map { "order/\($0.id)" })
        for name in since.keys where name.hasPrefix("order/") && !unresolved.contains(name) { since[name] = nil }
        for name in memory.keys.sorted() where name.hasPrefix("firing/\(AlertRule.unresolvedOrders.rawValue)/") {
            let id = String(name.split(separator: "/").last ?? "")
            if !unresolved.contains("order/\(id)") {
                hold(.unresolvedOrders, id, nil, over: "It is settled.", at: now, &notes)
            }
        }
        // What there was before the first start is not news.
        var told = notes
        for position in positions { take(position, at: now, &told) }
        for trade in trades { take(trade, at: now, &told) }
        if isFirst {
            told.alerts = notes.alerts
            notes = told
            remember("begun", now.description, &notes)
        } else {
            notes = told
        }
        for order in openOrders where order.status == .unresolved { take(order, at: now, &notes) }
    }

    // MARK: The model

    private mutating func take(_ board: Leaderboard, at now: WallTime, _ notes: inout AlertNotes) {
        let isSpent = board.dailyBudget.isPositive && board.spentToday >= board.dailyBudget
        hold(
            .modelBudgetSpent, "account",
            isSpent
                ? "\(board.spentToday) of \(board.dailyBudget) USD are spent: nobody is asked until the next UTC day."
                : nil,
            over: "\(board.spentToday) of \(board.dailyBudget) USD are spent.", at: now, &notes)
        hold(
            .agentResting, "account",
            board.restsUntil.map {
                "After questions without a usable answer it asks nothing until \($0) (market time)."
            },
            over: "It asks again.", at: now, &notes)
    }
}

/// How figures look in a message.
enum Words {
    /// `4.2%`, half away from zero at the first decimal.
    static func percent(_ share: Double) -> String {
        let tenths = Int((share * 1_000).rounded())
        let sign = tenths < 0 ? "-" : ""
        let whole = abs(tenths) / 10
        let rest = abs(tenths) % 10
        return rest == 0 ? "\(sign)\(whole)%" : "\(sign)\(whole).\(rest)%"
    }
}
