import Portfolio
import TradingModel

/// The operator's word, and the kill file's.
extension RiskCore {
    mutating func obey(
        _ command: OperatorCommand, token: RequestToken, at now: WallTime, into directives: inout [RiskDirective]
    ) {
        var result = CommandResult()
        switch command.verb {
        case .halt: result = hold(.halted, command, at: now, into: &directives)
        case .reduce: result = hold(.reducing, command, at: now, into: &directives)
        case .resume: result = resume(command, at: now, into: &directives)
        case .flatten: result = flatten(command, at: now, into: &directives)
        }
        publishState(at: now, into: &directives)
        result.state = published
        directives.append(.replyCommand(result, token))
    }

    private func result(_ isDone: Bool, _ sentence: String) -> CommandResult {
        var result = CommandResult()
        result.isDone = isDone
        result.sentence = sentence
        return result
    }

    private mutating func hold(
        _ state: TradingState, _ command: OperatorCommand, at now: WallTime, into directives: inout [RiskDirective]
    ) -> CommandResult {
        let hold = TradingControl.Hold(state: state, who: command.who, why: command.why, since: market.time)
        let before: TradingState
        if let symbol = command.symbol {
            guard limits.symbols.contains(symbol) else { return unknown(symbol) }
            before = control.hold(on: symbol)?.state ?? .active
            control.symbolHolds[symbol] = hold
        } else {
            if isKillFilePresent {
                return result(false, "the kill file already halts everything: remove it before another state is set")
            }
            before = control.state
            control.hold = hold
        }
        let after = command.symbol.map { control.hold(on: $0)?.state ?? .active } ?? control.state
        record(
            StateChange(
                at: market.time, wall: now, symbol: command.symbol, from: before, to: after, who: command.who,
                why: command.why), into: &directives)
        let scope = command.symbol.map(\.name) ?? "everything"
        let words =
            state == .halted
            ? "\(scope) is halted: nothing is opened, exits go on"
            : "\(scope) is reducing: nothing is opened, exits go on"
        return result(true, words)
    }

    private func unknown(_ symbol: Symbol) -> CommandResult {
        result(
            false,
            "\(symbol) is not traded here: use one of \(limits.symbols.map(\.name).sorted().joined(separator: ", "))")
    }

    /// Lifts holds. With no symbol it lifts all of them, and the drawdown's state too: the operator accepts the loss, and
    /// the peak is counted anew from the present equity, or the next price would halt again.
    private mutating func resume(
        _ command: OperatorCommand, at now: WallTime, into directives: inout [RiskDirective]
    ) -> CommandResult {
        if isKillFilePresent { return result(false, "the kill file lies in the run directory: remove it, then resume") }
        if let symbol = command.symbol {
            guard limits.symbols.contains(symbol) else { return unknown(symbol) }
            let before = control.hold(on: symbol)?.state ?? .active
            guard control.symbolHolds.removeValue(forKey: symbol) != nil else {
                return result(
                    false,
                    "\(symbol) is not held by itself\(control.state == .active ? "" : "; resume everything to lift the general state")"
                )
            }
            let after = control.hold(on: symbol)?.state ?? .active
            record(
                StateChange(
                    at: market.time, wall: now, symbol: symbol, from: before, to: after, who: command.who,
                    why: command.why), into: &directives)
            return result(true, "\(symbol) is no longer held")
        }
        let before = control.state
        guard before != .active || control.hold != nil || !control.symbolHolds.isEmpty else {
            return result(true, "trading is active already")
        }
        var sentence = "trading is active again"
        control.hold = nil
        control.symbolHolds = [:]
        if control.automatic != .active {
            sentence +=
                "; the drawdown is counted anew from an equity of \(book.equity.text), the peak was \(peak.peak.text)"
            control.automatic = .active
            control.automaticReason = ""
            control.automaticSince = market.time
            peak = PeakEquity(peak: book.equity)
            directives.append(.persist(.peakEquity(peak.peak)))
        }
        if let day, day.reachedLoss.isPositive { sentence += "; today's loss limit stays until midnight" }
        record(
            StateChange(
                at: market.time, wall: now, symbol: nil, from: before, to: control.state, who: command.who,
                why: command.why), into: &directives)
        return result(true, sentence)
    }

    private mutating func flatten(
        _ command: OperatorCommand, at now: WallTime, into directives: inout [RiskDirective]
    ) -> CommandResult {
        if let symbol = command.symbol, !limits.symbols.contains(symbol), book.positions[symbol] == nil {
            return unknown(symbol)
        }
        directives.append(
            .log(.warning, "flatten \(command.symbol?.name ?? "everything"): \(command.why) (\(command.who))"))
        let orders = leaveAll(because: .operatorFlatten, symbol: command.symbol, at: now, into: &directives)
        let scope = command.symbol.map(\.name) ?? "everything"
        let closing = openPlans.filter {
            $0.status == .closing && (command.symbol == nil || $0.symbol == command.symbol)
        }.count
        let words =
            orders.isEmpty && closing == 0 ? "nothing is open in \(scope)" : "\(closing) positions are being closed"
        var result = result(true, words + "; the trading state is \(control.state.rawValue)")
        result.orders = orders
        return result
    }

    /// The kill file halts everything without the bus. Taking it away lifts nothing: that is for `resume`.
    mutating func takeKillFile(isPresent: Bool, at now: WallTime, into directives: inout [RiskDirective]) {
        guard isPresent != isKillFilePresent else { return }
        isKillFilePresent = isPresent
        guard isPresent else {
            return directives.append(.log(.info, "the kill file is gone: trading stays halted until it is resumed"))
        }
        let before = control.state
        control.hold = .init(
            state: .halted, who: "kill file", why: "the kill file lies in the run directory", since: market.time)
        record(
            StateChange(
                at: market.time, wall: now, symbol: nil, from: before, to: .halted, who: "kill file",
                why: "the kill file lies in the run directory"), into: &directives)
        publishState(at: now, into: &directives)
    }
}
