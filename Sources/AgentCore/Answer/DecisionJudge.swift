import TradingModel

/// Turns what was found in a text into decisions that keep the schema, or into reasons for HOLD.
///
/// A field is taken or refused, never bent: leverage 50 is not 25, 0.1 is not ten percent. What is refused is HOLD for that
/// symbol, with every reason.
struct DecisionJudge {
    let finder: DecisionFinder
    let context: AnswerContext
    var log: RepairLog
    private(set) var decisions: [JudgedDecision] = []

    init(finder: DecisionFinder, context: AnswerContext) {
        self.finder = finder
        self.context = context
        log = finder.log
    }

    var bytes: TextBytes { finder.bytes }

    /// Judges symbol by symbol, in reading order.
    mutating func judge(_ statements: [Statement]) {
        if statements.count == 1, let only = statements.first {
            decisions.append(only.isClosed ? judge(only) : refuse(only, [openCause(only)]))
            return
        }
        var groups: [(key: String, members: [Statement])] = []
        for statement in statements {
            let key = groupKey(statement)
            if let known = groups.firstIndex(where: { $0.key == key }) {
                groups[known].members.append(statement)
            } else {
                groups.append((key, [statement]))
            }
        }
        for group in groups { decisions.append(judge(group: group.members)) }
    }

    private func groupKey(_ statement: Statement) -> String {
        if let index = statement.symbol.match.index { return "#\(index)" }
        return askedSymbol(statement).uppercased()
    }

    func askedSymbol(_ statement: Statement) -> String {
        guard statement.symbol.source != .none else { return "" }
        return String(bytes.text(statement.symbol.start, min(statement.symbol.end, statement.symbol.start + 40)))
    }

    // MARK: - One symbol

    private mutating func judge(group: [Statement]) -> JudgedDecision {
        var complete = group.filter(\.isClosed)
        if complete.isEmpty { return refuse(group[0], [openCause(group[0])]) }
        if complete.count < group.count {
            // An incomplete repetition of a complete statement adds nothing; anything else might have contradicted it.
            for open in group where !open.isClosed {
                guard complete.allSatisfy({ finder.combined($0.asked, with: open.asked) != nil }) else {
                    return refuse(open, [openCause(open)])
                }
            }
        }
        if complete.count > 1 {
            guard let merged = merge(complete) else {
                return refuse(complete[0], [contradiction(complete)])
            }
            complete = [merged]
        }
        return judge(complete[0])
    }

    private func openCause(_ statement: Statement) -> HoldCause {
        let end = Int(finder.tape[statement.node].end)
        if end >= bytes.count {
            return HoldCause(
                .truncated, "the text ends inside this decision, so it is not complete: give the whole JSON object")
        }
        return HoldCause(
            .malformed, "the JSON of this decision makes no sense from byte \(end) on: give one valid JSON object")
    }

    private func contradiction(_ statements: [Statement]) -> HoldCause {
        var words: [String] = []
        for statement in statements {
            let word = askedWord(statement)
            if !words.contains(word) { words.append(word) }
        }
        let said = words.count > 1 ? words.joined(separator: " and ") : "\(words[0]) with different numbers"
        return HoldCause(.contradiction, "the answer says \(said) for the same symbol: say one thing")
    }

    /// One statement out of several about the same symbol; `nil` where they contradict each other.
    private mutating func merge(_ statements: [Statement]) -> Statement? {
        var merged = statements[0]
        for other in statements.dropFirst() {
            if let asked = finder.combined(merged.asked, with: other.asked) ?? closing(merged, other) {
                if asked != merged.asked, other.asked == asked {
                    merged.actionNode = other.actionNode
                    merged.isActionSpelled = other.isActionSpelled
                }
                merged.asked = asked
            } else {
                return nil
            }
            guard join(\.leverage, &merged, other), join(\.size, &merged, other), join(\.stop, &merged, other),
                join(\.target, &merged, other), join(\.confidence, &merged, other)
            else { return nil }
            joinText(\.sizeWithoutUnit, &merged, other)
            joinText(\.stopWithoutUnit, &merged, other)
            joinText(\.targetWithoutUnit, &merged, other)
            joinText(\.reasoning, &merged, other)
            joinText(\.invalidation, &merged, other)
            joinText(\.quantity, &merged, other)
            merged.repeated = merged.repeated ?? other.repeated
            merged.isDoubtful = merged.isDoubtful && other.isDoubtful
            log.note(.repeatedDecision, at: Int(finder.tape[other.node].start))
        }
        return merged
    }

    /// `CLOSE` beside a bare `BUY` or `SELL`: the word of the order that closes.
    private func closing(_ a: Statement, _ b: Statement) -> AskedAction? {
        if a.asked.isClosing, isBareOrder(b) { return a.asked }
        if b.asked.isClosing, isBareOrder(a) { return b.asked }
        return nil
    }

    private func isBareOrder(_ statement: Statement) -> Bool {
        (statement.asked == .buy || statement.asked == .sell) && statement.size < 0 && statement.stop < 0
            && statement.target < 0
    }

    private func join(_ field: WritableKeyPath<Statement, Int>, _ merged: inout Statement, _ other: Statement) -> Bool {
        let index = other[keyPath: field]
        guard index >= 0 else { return true }
        guard merged[keyPath: field] >= 0 else {
            merged[keyPath: field] = index
            return true
        }
        // What only accompanies a HOLD or CLOSE contradicts nothing.
        guard merged.asked != .hold, !merged.asked.isClosing else { return true }
        return finder.saysTheSame(merged[keyPath: field], index)
    }

    private func joinText(_ field: WritableKeyPath<Statement, Int>, _ merged: inout Statement, _ other: Statement) {
        if merged[keyPath: field] < 0 { merged[keyPath: field] = other[keyPath: field] }
    }

    func askedWord(_ statement: Statement) -> String {
        switch statement.asked {
        case .openLong: "OPEN_LONG"
        case .openShort: "OPEN_SHORT"
        case .close: "CLOSE"
        case .closeLong: "CLOSE_LONG"
        case .closeShort: "CLOSE_SHORT"
        case .hold: "HOLD"
        case .buy: "BUY"
        case .sell: "SELL"
        case .open: "OPEN"
        case .notOffered, .unknown, .example: text(statement.actionNode, limit: 40)
        }
    }

    /// The text of a scalar, at most `limit` bytes of it; escapes are read.
    func text(_ index: Int, limit: Int = 16_384) -> String {
        guard index >= 0 else { return "" }
        let node = finder.tape[index]
        guard node.kind != .object, node.kind != .array else { return "" }
        let end = min(Int(node.end), Int(node.start) + limit)
        return node.hasEscapes
            ? UnescapedText.read(bytes, from: Int(node.start), to: end) : bytes.text(Int(node.start), end)
    }

    func refuse(_ statement: Statement, _ causes: [HoldCause]) -> JudgedDecision {
        let symbol = statement.symbol.match.index.map { finder.book.symbols[$0] }
        return JudgedDecision(
            decision: AgentDecision(
                .hold, symbol: symbol, reasoning: text(statement.reasoning), invalidation: text(statement.invalidation)),
            asked: askedWord(statement), askedSymbol: askedSymbol(statement), causes: causes,
            position: Int(finder.tape[statement.node].start))
    }
}
