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

    // MARK: - Numbers

    private mutating func judgePlan(_ statement: Statement, _ causes: inout [HoldCause]) -> OpeningPlan? {
        let leverage = number(
            statement.leverage, "leverage",
            Ratio(DecisionSchema.leverage.lowerBound)...Ratio(DecisionSchema.leverage.upperBound),
            statement, .leverage, &causes)
        var whole: Int?
        if let leverage {
            whole = leverage.isMultiple(of: .one) ? Int(leverage.raw / Ratio.scale) : nil
            if whole == nil {
                causes.append(
                    HoldCause(.notWhole, field: "leverage", "leverage \(leverage) is not a whole number from 1 to 25"))
            }
        }
        let size = percent(
            statement.size, "position_size_percent", DecisionSchema.positionSizePercent, statement, .size,
            without: statement.sizeWithoutUnit >= 0 ? statement.sizeWithoutUnit : statement.quantity, &causes)
        let stop = percent(
            statement.stop, "stop_loss_percent", DecisionSchema.stopLossPercent, statement, .stop,
            without: statement.stopWithoutUnit, &causes)
        let target = percent(
            statement.target, "take_profit_percent", DecisionSchema.takeProfitPercent, statement, .target,
            without: statement.targetWithoutUnit, &causes)
        guard let whole, let size, let stop, let target else { return nil }
        noteLeftover(statement)
        return OpeningPlan(
            leverage: whole, positionSize: .percent(size), stopLoss: .percent(stop), takeProfit: .percent(target))
    }

    /// A percentage under its own name, or under a name without unit where the value itself says percent: `"-3%"`.
    private mutating func percent(
        _ index: Int, _ name: String, _ range: ClosedRange<Ratio>, _ statement: Statement, _ field: FieldName,
        without: Int,
        _ causes: inout [HoldCause]
    ) -> Ratio? {
        if index >= 0 { return number(index, name, range, statement, field, &causes) }
        guard without >= 0 else {
            causes.append(missing(name, range))
            return nil
        }
        if case .value(_, let marks) = finder.figure(without), marks.contains(.percent) {
            return number(without, name, range, statement, field, &causes)
        }
        let said =
            "\(bytes.text(Int(finder.tape[without].keyStart), Int(finder.tape[without].keyEnd)).prefix(30)) \(shown(without))"
        causes.append(
            HoldCause(
                .unitUnknown, field: name,
                "\(said) is a price, an amount or without a unit: give \(name) from \(range.lowerBound) to \(range.upperBound)"
            ))
        return nil
    }

    private func missing(_ name: String, _ range: ClosedRange<Ratio>) -> HoldCause {
        HoldCause(
            .fieldMissing, field: name,
            "\(name) is missing: give a number from \(range.lowerBound) to \(range.upperBound)")
    }

    private mutating func number(
        _ index: Int, _ name: String, _ range: ClosedRange<Ratio>, _ statement: Statement, _ field: FieldName,
        _ causes: inout [HoldCause]
    ) -> Ratio? {
        guard index >= 0 else {
            causes.append(missing(name, range))
            return nil
        }
        guard statement.repeated != field else {
            causes.append(
                HoldCause(.fieldRepeated, field: name, "\(name) stands there twice with different values: give one"))
            return nil
        }
        func wanted() -> String { "a number from \(range.lowerBound) to \(range.upperBound)" }
        switch finder.figure(index) {
        case .null: causes.append(missing(name, range))
        case .notFinite:
            causes.append(HoldCause(.notFinite, field: name, "\(name) \(shown(index)) is not finite: give \(wanted())"))
        case .notANumber:
            causes.append(
                HoldCause(.notANumber, field: name, "\(name) \(shown(index)) is not one number: give \(wanted())"))
        case .value(let value, let marks):
            let unit: FigureMarks = name == "leverage" ? .times : .percent
            guard marks.isDisjoint(with: FigureMarks([.percent, .times]).subtracting(unit)) else {
                causes.append(
                    HoldCause(.unitUnknown, field: name, "\(name) \(shown(index)) has the wrong unit: give \(wanted())")
                )
                return nil
            }
            guard range.contains(value) else {
                causes.append(outOfRange(name, value, range))
                return nil
            }
            note(marks, index, value)
            return value
        }
        return nil
    }

    private func outOfRange(_ name: String, _ value: Ratio, _ range: ClosedRange<Ratio>) -> HoldCause {
        let bounds = "from \(range.lowerBound) to \(range.upperBound)"
        if range.contains(-value), !value.isZero {
            return HoldCause(.wrongSide, field: name, "\(name) \(value) has the wrong sign: it goes \(bounds)")
        }
        let hundredfold = Ratio(raw: value.raw.multipliedReportingOverflow(by: 100).partialValue)
        if value.magnitude < .one, range.contains(hundredfold) || range.contains(-hundredfold) {
            return HoldCause(
                .outOfRange, field: name,
                "\(name) \(value) is outside \(bounds); it is in percent, not a fraction: 5 is five percent")
        }
        return HoldCause(.outOfRange, field: name, "\(name) \(value) is outside \(bounds)")
    }

    private mutating func note(_ marks: FigureMarks, _ index: Int, _ value: Ratio) {
        guard !marks.isEmpty else { return }
        for kind in marks.repairs {
            log.add(
                Repair(
                    kind, at: Int(finder.tape[index].start), before: text(index, limit: 40), after: value.description))
        }
    }

    // MARK: - Confidence

    private mutating func judgeConfidence(_ statement: Statement, _ causes: inout [HoldCause]) -> Ratio? {
        let index = statement.confidence
        let wanted = "a number from 0 to 1"
        guard index >= 0 else {
            causes.append(HoldCause(.fieldMissing, field: "confidence", "confidence is missing: give \(wanted)"))
            return nil
        }
        guard statement.repeated != .confidence else {
            causes.append(
                HoldCause(
                    .fieldRepeated, field: "confidence", "confidence stands there twice with different values: give one"
                ))
            return nil
        }
        switch finder.figure(index) {
        case .null: causes.append(HoldCause(.fieldMissing, field: "confidence", "confidence is empty: give \(wanted)"))
        case .notFinite:
            causes.append(
                HoldCause(.notFinite, field: "confidence", "confidence \(shown(index)) is not finite: give \(wanted)"))
        case .notANumber:
            causes.append(
                HoldCause(
                    .notANumber, field: "confidence", "confidence \(shown(index)) is not one number: give \(wanted)"))
        case .value(let value, let marks):
            if let confidence = confidence(value, marks) {
                note(marks, index, confidence)
                if confidence != value {
                    log.add(
                        Repair(
                            .confidenceInPercent, at: Int(finder.tape[index].start), before: text(index, limit: 40),
                            after: confidence.description))
                }
                return confidence
            }
            causes.append(
                HoldCause(
                    .outOfRange, field: "confidence", "confidence \(shown(index)) is outside 0 to 1: give \(wanted)"))
        }
        return nil
    }

    /// 0…1 as it is, `85%` and more than 10 up to 100 as percent; from 1 to 10 the scale could be one of ten.
    private func confidence(_ value: Ratio, _ marks: FigureMarks) -> Ratio? {
        guard !value.isNegative, !marks.contains(.times), value <= Ratio(100) else { return nil }
        if marks.contains(.percent) { return .percent(value) }
        if DecisionSchema.confidence.contains(value) { return value }
        return value > Ratio(10) ? .percent(value) : nil
    }

    private func optionalConfidence(_ statement: Statement) -> Ratio? {
        guard statement.confidence >= 0, statement.repeated != .confidence,
            case .value(let value, let marks) = finder.figure(statement.confidence)
        else { return nil }
        return confidence(value, marks)
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
    private mutating func noteLeftover(_ statement: Statement) {
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
    private func shown(_ index: Int) -> String {
        let node = finder.tape[index]
        if node.kind == .object || node.kind == .array { return "(an \(node.kind == .object ? "object" : "array"))" }
        return quoted(text(index, limit: 40))
    }

    func quoted(_ text: String) -> String {
        let calm = text.unicodeScalars.map { $0.value < 0x20 || $0 == "\"" ? " " : Character($0) }
        return "\"\(String(calm))\""
    }
}
