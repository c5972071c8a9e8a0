import TradingModel

/// The numbers of an opening: each in its range, with its unit, and only one.
extension DecisionJudge {
    mutating func judgePlan(_ statement: Statement, _ causes: inout [HoldCause]) -> OpeningPlan? {
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

    mutating func judgeConfidence(_ statement: Statement, _ causes: inout [HoldCause]) -> Ratio? {
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

    func optionalConfidence(_ statement: Statement) -> Ratio? {
        guard statement.confidence >= 0, statement.repeated != .confidence,
            case .value(let value, let marks) = finder.figure(statement.confidence)
        else { return nil }
        return confidence(value, marks)
    }
}
