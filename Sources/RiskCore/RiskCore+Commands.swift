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

    /// What a command is about.
    private enum Scope {
        case everything
        case symbol(Symbol)
        case strategy(String)

        var words: String {
            switch self {
            case .everything: "everything"
            case .symbol(let symbol): symbol.name
            case .strategy(let name): "strategy \(name)"
            }
        }
        var symbol: Symbol? { if case .symbol(let symbol) = self { symbol } else { nil } }
        var strategy: String? { if case .strategy(let name) = self { name } else { nil } }
    }

    /// The scope, or the sentence that refuses it.
    private func scope(of command: OperatorCommand) -> (scope: Scope, refusal: CommandResult?) {
        if let symbol = command.symbol {
            if command.strategy != nil {
                return (
                    .symbol(symbol), result(false, "name a symbol or a strategy, not both: a hold is of one of them")
                )
            }
            return (.symbol(symbol), limits.symbols.contains(symbol) ? nil : unknown(symbol))
        }
        guard let strategy = command.strategy else { return (.everything, nil) }
        return (.strategy(strategy), strategy.isEmpty ? result(false, "the strategy's name is empty") : nil)
    }

    /// The state that counts in a scope.
    private func state(in scope: Scope) -> TradingState {
        switch scope {
        case .everything: control.state
        case .symbol(let symbol): control.hold(on: symbol)?.state ?? .active
        case .strategy(let name): control.hold(on: nil, strategy: name)?.state ?? .active
        }
    }

    private mutating func note(
        _ scope: Scope, from before: TradingState, _ command: OperatorCommand, at now: WallTime,
        into directives: inout [RiskDirective]
    ) {
        record(
            StateChange(
                at: market.time, wall: now, symbol: scope.symbol, strategy: scope.strategy, from: before,
                to: state(in: scope), who: command.who, why: command.why), into: &directives)
    }

    private mutating func hold(
        _ state: TradingState, _ command: OperatorCommand, at now: WallTime, into directives: inout [RiskDirective]
    ) -> CommandResult {
        let hold = TradingControl.Hold(state: state, who: command.who, why: command.why, since: market.time)
        let (scope, refusal) = scope(of: command)
        if let refusal { return refusal }
        let before = self.state(in: scope)
        switch scope {
        case .symbol(let symbol): control.symbolHolds[symbol] = hold
        case .strategy(let name): control.strategyHolds[name] = hold
        case .everything:
            if isKillFilePresent {
                return result(false, "the kill file already halts everything: remove it before another state is set")
            }
            control.hold = hold
        }
        note(scope, from: before, command, at: now, into: &directives)
        return result(
            true,
            "\(scope.words) is \(state == .halted ? "halted" : "reducing"): nothing is opened, exits go on")
    }

    private func unknown(_ symbol: Symbol) -> CommandResult {
        result(
            false,
            "\(symbol) is not traded here: use one of \(limits.symbols.map(\.name).sorted().joined(separator: ", "))")
    }

    /// Lifts holds. Without symbol or strategy it lifts all of them, and the drawdown's state too: the operator accepts the
    /// loss, and the peak is counted anew from the present equity, or the next price would halt again.
    private mutating func resume(
        _ command: OperatorCommand, at now: WallTime, into directives: inout [RiskDirective]
    ) -> CommandResult {
        if isKillFilePresent { return result(false, "the kill file lies in the run directory: remove it, then resume") }
        let (scope, refusal) = scope(of: command)
        if let refusal { return refusal }
        let before = state(in: scope)
        let lifted: TradingControl.Hold?
        switch scope {
        case .symbol(let symbol): lifted = control.symbolHolds.removeValue(forKey: symbol)
        case .strategy(let name): lifted = control.strategyHolds.removeValue(forKey: name)
        case .everything: return resumeEverything(command, at: now, into: &directives)
        }
        guard lifted != nil else {
            return result(
                false,
                "\(scope.words) is not held by itself\(control.state == .active ? "" : "; resume everything to lift the general state")"
            )
        }
        note(scope, from: before, command, at: now, into: &directives)
        return result(true, "\(scope.words) is no longer held")
    }

    private mutating func resumeEverything(
        _ command: OperatorCommand, at now: WallTime, into directives: inout [RiskDirective]
    ) -> CommandResult {
        let before = control.state
        guard
            before != .active || control.hold != nil || !control.symbolHolds.isEmpty || !control.strategyHolds.isEmpty
        else { return result(true, "trading is active already") }
        control.hold = nil
        control.symbolHolds = [:]
        control.strategyHolds = [:]
        var sentence = control.silence == nil ? "trading is active again" : "every hold is lifted"
        if let silence = control.silence { sentence += "; trading stays reducing: \(silence.why)" }
        if control.automatic != .active {
            sentence +=
                "; the drawdown is counted anew from an equity of \(book.equity.text), the peak was \(peak.peak.text)"
            control.automatic = .active
            control.automaticReason = ""
            control.automaticSince = market.time
            peak = PeakEquity(peak: book.equity)
            persist(.peakEquity(peak.peak), into: &directives)
        }
        if let day, day.reachedLoss.isPositive { sentence += "; today's loss limit stays until midnight" }
        note(.everything, from: before, command, at: now, into: &directives)
        return result(true, sentence)
    }

    private mutating func flatten(
        _ command: OperatorCommand, at now: WallTime, into directives: inout [RiskDirective]
    ) -> CommandResult {
        if let symbol = command.symbol, !limits.symbols.contains(symbol), book.positions[symbol] == nil {
            return unknown(symbol)
        }
        let scope = [command.symbol?.name, command.strategy.map { "strategy \($0)" }].compactMap { $0 }.joined(
            separator: " of ")
        let words = scope.isEmpty ? "everything" : scope
        directives.append(.log(.warning, "flatten \(words): \(command.why) (\(command.who))"))
        let orders = leaveAll(
            because: .operatorFlatten, symbol: command.symbol, strategy: command.strategy, at: now, into: &directives)
        let closing = openPlans.filter {
            $0.status == .closing && (command.symbol == nil || $0.symbol == command.symbol)
                && (command.strategy == nil || $0.strategy == command.strategy)
        }.count
        let answer =
            orders.isEmpty && closing == 0 ? "nothing is open in \(words)" : "\(closing) positions are being closed"
        var result = result(true, answer + "; the trading state is \(control.state.rawValue)")
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
