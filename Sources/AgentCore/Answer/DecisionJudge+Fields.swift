import TradingModel

extension DecisionJudge {
    /// Judges one complete statement.
    mutating func judge(_ statement: Statement) -> JudgedDecision {
        var statement = statement
        if statement.repeated == .action {
            return refuse(
                statement,
                [HoldCause(.contradiction, field: "action", "the decision names two different actions: name one")])
        }
        noteWords(statement)
        if let cause = clarify(&statement) { return refuse(statement, [cause]) }
        if statement.asked == .hold { return hold(statement) }

        var causes: [HoldCause] = []
        if statement.isDoubtful {
            causes.append(
                HoldCause(
                    .malformed,
                    "this decision stands inside a text that is no valid JSON, so it may be a quotation: give one JSON object"
                ))
        }
        let symbol = judgeSymbol(statement, &causes)
        if statement.asked.isClosing {
            if let symbol { judgeClosing(statement, symbol, &causes) }
            if let cause = judgeClosedPart(statement) { causes.append(cause) }
            guard causes.isEmpty, let symbol else { return refuse(statement, causes) }
            noteUnused(statement)
            return accept(statement, AgentDecision(.close, symbol: symbol, confidence: optionalConfidence(statement)))
        }
        let plan = judgePlan(statement, &causes)
        let confidence = judgeConfidence(statement, &causes)
        if let symbol { judgeOpening(statement, symbol, &causes) }
        guard causes.isEmpty, let symbol, let plan, let confidence else { return refuse(statement, causes) }
        let action: AgentAction = statement.asked == .openLong ? .openLong : .openShort
        return accept(statement, AgentDecision(action, symbol: symbol, plan: plan, confidence: confidence))
    }

    private func accept(_ statement: Statement, _ decision: AgentDecision) -> JudgedDecision {
        var decision = decision
        decision.reasoning = text(statement.reasoning)
        decision.invalidation = text(statement.invalidation)
        return JudgedDecision(
            decision: decision, asked: askedWord(statement), askedSymbol: askedSymbol(statement), causes: [],
            position: Int(finder.tape[statement.node].start))
    }

    private mutating func hold(_ statement: Statement) -> JudgedDecision {
        var judged = refuse(statement, [HoldCause(.modelHolds, "the model wants nothing done")])
        judged.decision.confidence = optionalConfidence(statement)
        return judged
    }

    private mutating func noteWords(_ statement: Statement) {
        if statement.actionNode >= 0, statement.isActionSpelled {
            let node = finder.tape[statement.actionNode]
            let meant =
                statement.asked.isClosing ? "CLOSE" : statement.asked == .notOffered ? "" : askedWord(statement)
            log.add(
                Repair(
                    .actionWord, at: Int(node.start), before: text(statement.actionNode, limit: 40), after: meant))
        }
        if statement.hasOtherNames { log.note(.fieldName, at: Int(finder.tape[statement.node].start)) }
        guard let index = statement.symbol.match.index else { return }
        let symbol = finder.book.symbols[index].name
        if case .spelled = statement.symbol.match {
            log.add(
                Repair(.symbolSpelling, at: statement.symbol.start, before: askedSymbol(statement), after: symbol))
        }
        if statement.symbol.source != .own {
            log.add(Repair(.symbolInherited, at: statement.symbol.start, after: symbol))
        }
    }

    // MARK: - Action

    /// Makes one of the schema's actions of the word; a cause where that would be a guess.
    private func clarify(_ statement: inout Statement) -> HoldCause? {
        switch statement.asked {
        case .openLong, .openShort, .close, .closeLong, .closeShort, .hold: return nil
        case .buy, .sell: return clarifyOrder(&statement)
        case .open:
            return HoldCause(
                .sideUnclear, field: "action",
                "the action opens a position and names no side: say OPEN_LONG or OPEN_SHORT")
        case .notOffered:
            return HoldCause(
                .actionNotOffered, field: "action",
                "the action \(quoted(askedWord(statement))) is not offered: choose OPEN_LONG, OPEN_SHORT, CLOSE or HOLD"
            )
        case .unknown, .example:
            let word = askedWord(statement)
            let isEmpty = word.isEmpty || finder.figure(statement.actionNode) == .null
            if isEmpty {
                return HoldCause(
                    .actionMissing, field: "action", "action is empty: choose OPEN_LONG, OPEN_SHORT, CLOSE or HOLD")
            }
            return HoldCause(
                .actionUnknown, field: "action",
                "the action \(quoted(word)) is unknown: choose OPEN_LONG, OPEN_SHORT, CLOSE or HOLD")
        }
    }

    /// A bare BUY or SELL opens, except where the other side is held: there it closes without a plan, and is unclear with one.
    private func clarifyOrder(_ statement: inout Statement) -> HoldCause? {
        let isBuy = statement.asked == .buy
        let side: PositionSide = isBuy ? .long : .short
        let hasPlan = statement.size >= 0 || statement.stop >= 0 || statement.target >= 0
        let held = statement.symbol.match.index.flatMap { context.positions?[finder.book.symbols[$0]] }
        let word = isBuy ? "BUY" : "SELL"
        if held == side.opposite {
            if hasPlan {
                return HoldCause(
                    .sideUnclear, field: "action",
                    "\(word) with a plan while a \(side.opposite.rawValue) position is held could close it or turn it round: say CLOSE, or OPEN_\(side.rawValue.uppercased()) once it is closed"
                )
            }
            statement.asked = isBuy ? .closeShort : .closeLong
            return nil
        }
        // Without a plan it is refused for what it lacks to open, which is the useful answer.
        statement.asked = isBuy ? .openLong : .openShort
        return nil
    }

    // MARK: - Symbol and positions

    /// The configured symbol, where nothing speaks against it; what does is worded apart, since words cost more than the check.
    private func judgeSymbol(_ statement: Statement, _ causes: inout [HoldCause]) -> Symbol? {
        if statement.symbol.source != .none, !statement.symbol.isContradicted, let index = statement.symbol.match.index
        {
            return finder.book.symbols[index]
        }
        causes.append(symbolCause(statement))
        return nil
    }

    private func symbolCause(_ statement: Statement) -> HoldCause {
        let known = context.symbols.map(\.name).joined(separator: ", ")
        guard statement.symbol.source != .none else {
            return HoldCause(.symbolMissing, field: "symbol", "symbol is missing: it is one of \(known)")
        }
        let asked = quoted(askedSymbol(statement))
        if statement.symbol.isContradicted {
            return HoldCause(
                .contradiction, field: "symbol", "the decision names two different symbols, one is \(asked): name one")
        }
        let why = statement.symbol.match == .ambiguous ? "could be more than one of the symbols" : "is not traded here"
        return HoldCause(.symbolUnknown, field: "symbol", "symbol \(asked) \(why): it is one of \(known)")
    }

    private func judgeClosing(_ statement: Statement, _ symbol: Symbol, _ causes: inout [HoldCause]) {
        guard let positions = context.positions else { return }
        let wanted: PositionSide? =
            statement.asked == .closeLong ? .long : statement.asked == .closeShort ? .short : nil
        guard let held = positions[symbol] else {
            causes.append(
                HoldCause(
                    .nothingToClose, field: "action", "no position in \(symbol) is held, so there is nothing to close"))
            return
        }
        guard let wanted, wanted != held else { return }
        causes.append(
            HoldCause(
                .otherSideHeld, field: "action",
                "the position in \(symbol) is \(held.rawValue), not \(wanted.rawValue): say CLOSE to close it"))
    }

    /// Closing half of a position and closing it are two things, and only the second is offered.
    private func judgeClosedPart(_ statement: Statement) -> HoldCause? {
        guard statement.closedPart >= 0 else { return nil }
        switch finder.figure(statement.closedPart) {
        case .null: return nil
        case .value(let value, _) where value == Ratio(100): return nil
        default:
            return HoldCause(
                .actionNotOffered, field: "action",
                "a part of a position (\(shown(statement.closedPart))) cannot be closed: say CLOSE without it to close all of it"
            )
        }
    }

    private func judgeOpening(_ statement: Statement, _ symbol: Symbol, _ causes: inout [HoldCause]) {
        guard let held = context.positions?[symbol] else { return }
        let wanted: PositionSide = statement.asked == .openLong ? .long : .short
        if held == wanted {
            causes.append(
                HoldCause(
                    .alreadyHeld, field: "action",
                    "a \(held.rawValue) position in \(symbol) is held already: say HOLD to keep it or CLOSE to leave it"
                ))
        } else {
            causes.append(
                HoldCause(
                    .otherSideHeld, field: "action",
                    "a \(held.rawValue) position in \(symbol) is held: CLOSE it first, the other side can be opened later"
                ))
        }
    }

    // MARK: - Notes

    /// Numbers that a CLOSE or HOLD does not need.
    private mutating func noteUnused(_ statement: Statement) {
        let unused = [
            statement.leverage, statement.size, statement.stop, statement.target, statement.sizeWithoutUnit,
            statement.stopWithoutUnit, statement.targetWithoutUnit, statement.quantity,
        ].filter { $0 >= 0 }
        if let first = unused.min() { log.note(.unusedField, at: Int(finder.tape[first].keyStart)) }
    }

    /// Amounts and prices beside the percentages that count.
    mutating func noteLeftover(_ statement: Statement) {
        var first = Int.max
        func consider(_ index: Int) { if index >= 0 { first = min(first, index) } }
        if statement.size >= 0 {
            consider(statement.sizeWithoutUnit)
            consider(statement.quantity)
        }
        if statement.stop >= 0 { consider(statement.stopWithoutUnit) }
        if statement.target >= 0 { consider(statement.targetWithoutUnit) }
        if first < .max { log.note(.unusedField, at: Int(finder.tape[first].keyStart)) }
    }

    /// A value as it stands in the text, short enough for a sentence.
    func shown(_ index: Int) -> String {
        let node = finder.tape[index]
        if node.kind == .object || node.kind == .array { return "(an \(node.kind == .object ? "object" : "array"))" }
        return quoted(text(index, limit: 40))
    }

    func quoted(_ text: String) -> String {
        let calm = text.unicodeScalars.map { $0.value < 0x20 || $0 == "\"" ? " " : Character($0) }
        return "\"\(String(calm))\""
    }
}
