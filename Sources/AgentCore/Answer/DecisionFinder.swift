import TradingModel

/// One place in the text where something is asked for, with the nodes of its fields; -1 where there is none.
struct Statement {
    var node: Int
    var asked: AskedAction
    /// The word was not the schema's own.
    var actionNode: Int
    var isActionSpelled: Bool
    var symbol: SymbolFound
    var leverage = -1
    var size = -1
    var sizeWithoutUnit = -1
    var stop = -1
    var stopWithoutUnit = -1
    var target = -1
    var targetWithoutUnit = -1
    var confidence = -1
    var reasoning = -1
    var invalidation = -1
    var quantity = -1
    var closedPart = -1
    /// A field that stands there twice with different values.
    var repeated: FieldName?
    /// The object is complete.
    var isClosed: Bool
    var isDoubtful: Bool
    /// Fields under another name than the schema's.
    var hasOtherNames = false
    /// The action stands under a name that means other things too, such as `signal`.
    var isLoose = false
}

/// What a statement says about its symbol.
struct SymbolFound {
    enum Source { case own, around, key, none }
    var match: SymbolBook.Match = .unknown
    var source: Source = .none
    var start = 0
    var end = 0
    /// The object's name and its symbol are two different configured symbols.
    var isContradicted = false
}

/// Walks the values of a text and collects what they ask for.
struct DecisionFinder {
    static let statementLimit = 100

    let bytes: TextBytes
    let tape: TextTape
    let words: DecisionWords
    let book: SymbolBook
    var log: RepairLog
    private(set) var statements: [Statement] = []
    private(set) var isOverLimit = false
    /// An object with a plan and no action.
    private(set) var planWithoutAction: Int?
    /// The `error` member of an outermost object.
    private(set) var errorNode: Int?
    private(set) var hasEmptyList = false

    init(bytes: TextBytes, tape: TextTape, words: DecisionWords, book: SymbolBook, log: RepairLog) {
        self.bytes = bytes
        self.tape = tape
        self.words = words
        self.book = book
        self.log = log
    }

    mutating func visit(root: AnswerRoot) {
        let node = tape[root.node]
        if node.kind == .array, node.isClosed, Int(node.next) == root.node + 1 { hasEmptyList = true }
        visit(root.node, around: SymbolFound(), isDoubtful: root.isDoubtful, isInside: false)
    }

    /// The statements that count: where the schema's own `action` is used, other names mean something else.
    var counted: [Statement] {
        guard statements.count > 1 else { return statements }
        return statements.contains { !$0.isLoose } && statements.contains(where: \.isLoose)
            ? statements.filter { !$0.isLoose } : statements
    }

    private mutating func visit(_ index: Int, around: SymbolFound, isDoubtful: Bool, isInside: Bool) {
        let node = tape[index]
        guard node.kind == .object || node.kind == .array, !isOverLimit else { return }
        var inner = around
        var isInside = isInside
        if node.kind == .object {
            let statement = read(index, around: around, isDoubtful: isDoubtful)
            if statement.symbol.source != .none { inner = statement.symbol }
            if statement.symbol.source == .own || inner.source == .own { inner.source = .around }
            if settle(statement, index: index, isInside: isInside) { isInside = true }
        }
        var child = index + 1
        while child < Int(node.next) {
            let one = tape[child]
            if one.kind == .object || one.kind == .array {
                visit(child, around: named(one, inner), isDoubtful: isDoubtful, isInside: isInside)
            }
            child = max(Int(one.next), child + 1)
        }
    }

    /// What an object's name adds to what is known of its symbol: `{"BTC": {…}}`.
    private func named(_ node: TextNode, _ around: SymbolFound) -> SymbolFound {
        guard node.keyEnd > node.keyStart else { return around }
        let match = book.match(bytes.slice(Int(node.keyStart), Int(node.keyEnd)))
        switch match {
        case .exact, .spelled:
            return SymbolFound(match: match, source: .key, start: Int(node.keyStart), end: Int(node.keyEnd))
        case .ambiguous, .unknown:
            // A coin that is not configured still names what its object is about.
            guard around.source == .none, looksLikeCoin(node) else { return around }
            return SymbolFound(match: match, source: .key, start: Int(node.keyStart), end: Int(node.keyEnd))
        }
    }

    /// Two to ten capitals, perhaps with digits: `DOGE`, `1INCH`, `BTCUSDT`.
    private func looksLikeCoin(_ node: TextNode) -> Bool {
        let name = bytes.slice(Int(node.keyStart), Int(node.keyEnd))
        guard (2...12).contains(name.count) else { return false }
        let isCoin = name.allSatisfy { $0 &- 0x41 <= 25 || $0 &- 0x30 <= 9 || $0 == 0x2f || $0 == 0x2d }
        return isCoin && name.contains { $0 &- 0x41 <= 25 }
    }

    private mutating func read(_ index: Int, around: SymbolFound, isDoubtful: Bool) -> Statement {
        let node = tape[index]
        var statement = Statement(
            node: index, asked: .unknown, actionNode: -1, isActionSpelled: false, symbol: around,
            isClosed: node.isClosed,
            isDoubtful: isDoubtful)
        var loose = -1
        var side = -1
        var child = index + 1
        while child < Int(node.next) {
            let one = tape[child]
            if let field = words.field(one.key) {
                if !field.isExact { statement.hasOtherNames = true }
                switch field.name {
                case .action: statement.actionNode = kept(statement.actionNode, child, .action, &statement)
                case .looseAction:
                    loose = loose < 0 || !isActionWord(loose) ? child : disagreeing(loose, child, &statement)
                case .side: side = child
                case .symbol: readSymbol(child, &statement)
                case .error: if index == 0 { errorNode = child }
                default: keep(child, field.name, &statement)
                }
            }
            child = max(Int(one.next), child + 1)
        }
        resolveAction(&statement, loose: loose, side: side)
        return statement
    }

    private mutating func keep(_ child: Int, _ name: FieldName, _ statement: inout Statement) {
        switch name {
        case .leverage: statement.leverage = kept(statement.leverage, child, name, &statement)
        case .size: statement.size = kept(statement.size, child, name, &statement)
        case .sizeWithoutUnit: statement.sizeWithoutUnit = child
        case .stop: statement.stop = kept(statement.stop, child, name, &statement)
        case .stopWithoutUnit: statement.stopWithoutUnit = child
        case .target: statement.target = kept(statement.target, child, name, &statement)
        case .targetWithoutUnit: statement.targetWithoutUnit = child
        case .confidence: statement.confidence = kept(statement.confidence, child, name, &statement)
        case .reasoning: if statement.reasoning < 0 { statement.reasoning = child }
        case .invalidation: if statement.invalidation < 0 { statement.invalidation = child }
        case .quantity: statement.quantity = child
        case .closedPart: statement.closedPart = child
        case .action, .looseAction, .side, .symbol, .error: break
        }
    }

    /// The first of repeated fields is kept; one that differs from it makes the field unusable.
    private mutating func kept(_ first: Int, _ child: Int, _ name: FieldName, _ statement: inout Statement) -> Int {
        guard first >= 0 else { return child }
        log.note(.repeatedName, at: Int(tape[child].keyStart))
        if !saysTheSame(first, child) { statement.repeated = statement.repeated ?? name }
        return first
    }

    func scalar(_ index: Int) -> Slice<UnsafeBufferPointer<UInt8>> {
        bytes.slice(Int(tape[index].start), Int(tape[index].end))
    }

    func saysTheSame(_ a: Int, _ b: Int) -> Bool {
        if scalar(a).elementsEqual(scalar(b)) { return true }
        guard case .value(let x, let marksX) = figure(a), case .value(let y, let marksY) = figure(b) else {
            return false
        }
        return x == y && marksX.contains(.percent) == marksY.contains(.percent)
    }

    func figure(_ index: Int) -> FigureRead {
        let node = tape[index]
        guard node.kind != .object, node.kind != .array, !node.hasEscapes, node.isClosed else { return .notANumber }
        return FigureReader.read(bytes, from: Int(node.start), to: Int(node.end), isText: node.kind == .string)
    }

    private mutating func readSymbol(_ child: Int, _ statement: inout Statement) {
        let node = tape[child]
        guard node.kind == .string || node.kind == .word, node.isClosed, node.end > node.start else { return }
        if node.kind == .word, figure(child) == .null { return }
        let match = book.match(bytes.slice(Int(node.start), Int(node.end)))
        if statement.symbol.source == .own {
            log.note(.repeatedName, at: Int(node.keyStart))
            if statement.symbol.match.index != match.index || match.index == nil && !isSameText(statement.symbol, node)
            {
                statement.symbol.isContradicted = true
            }
            return
        }
        let key = statement.symbol
        statement.symbol = SymbolFound(match: match, source: .own, start: Int(node.start), end: Int(node.end))
        // `{"BTC": {"symbol": "ETH/USDT"}}` names two.
        if key.source == .key, let outer = key.match.index, outer != match.index {
            statement.symbol.isContradicted = true
        }
    }

    private func isSameText(_ found: SymbolFound, _ node: TextNode) -> Bool {
        bytes.slice(found.start, found.end).elementsEqual(bytes.slice(Int(node.start), Int(node.end)))
    }
}

extension SymbolBook.Match {
    var index: Int? {
        switch self {
        case .exact(let index), .spelled(let index): index
        case .ambiguous, .unknown: nil
        }
    }
}

// MARK: - Actions

extension DecisionFinder {
    /// The action in a scalar; `nil` where there is no text.
    func action(_ index: Int) -> AskedAction? {
        let node = tape[index]
        guard node.kind == .string || node.kind == .word, node.isClosed, node.end > node.start else { return nil }
        let text = scalar(index)
        if let known = words.action(KeyHash.of(text)) { return known }
        let hasAlternatives = text.contains(UInt8(ascii: "|")) || text.contains(UInt8(ascii: "<"))
        return hasAlternatives ? .example : .unknown
    }

    private func isActionWord(_ index: Int) -> Bool {
        switch action(index) {
        case nil, .unknown, .example: false
        default: true
        }
    }

    /// Which of two loose names counts: the first that holds an action; two that differ make the action unusable.
    private mutating func disagreeing(_ first: Int, _ second: Int, _ statement: inout Statement) -> Int {
        if isActionWord(second), !agree(action(first) ?? .unknown, action(second) ?? .unknown) {
            statement.repeated = statement.repeated ?? .action
        }
        return first
    }

    private func agree(_ a: AskedAction, _ b: AskedAction) -> Bool {
        a == b || combined(a, with: b) != nil
    }

    /// One action out of two words about it, the more exact of the two; `nil` where they contradict.
    func combined(_ a: AskedAction, with b: AskedAction) -> AskedAction? {
        if a == b { return a }
        switch (a, b) {
        case (.openLong, .buy), (.buy, .openLong), (.open, .openLong), (.openLong, .open): return .openLong
        case (.openShort, .sell), (.sell, .openShort), (.open, .openShort), (.openShort, .open): return .openShort
        case (.open, .buy), (.buy, .open): return .openLong
        case (.open, .sell), (.sell, .open): return .openShort
        case (.close, .closeLong), (.closeLong, .close): return .closeLong
        case (.close, .closeShort), (.closeShort, .close): return .closeShort
        default: return nil
        }
    }

    private mutating func resolveAction(_ statement: inout Statement, loose: Int, side: Int) {
        var asked: AskedAction?
        if statement.actionNode >= 0 { asked = action(statement.actionNode) ?? .unknown }
        if loose >= 0, isActionWord(loose), let word = action(loose) {
            if let known = asked, known != .unknown, known != .example {
                if let both = combined(known, with: word) { asked = both } else { contradict(&statement) }
            } else {
                asked = word
                statement.actionNode = loose
                statement.hasOtherNames = true
                statement.isLoose = true
            }
        } else if asked == nil, loose >= 0, action(loose) == .example {
            asked = .example
            statement.actionNode = loose
        }
        if side >= 0, let word = action(side) {
            switch (asked, word) {
            case (nil, .buy), (nil, .sell), (nil, .openLong), (nil, .openShort):
                // A position that is listed has a side too; only one with a size to open is a wish.
                guard statement.size >= 0 else { break }
                asked = word
                statement.isLoose = true
                statement.actionNode = side
                statement.hasOtherNames = true
            case (.close, .openLong), (.closeLong, .openLong): asked = .closeLong
            case (.close, .openShort), (.closeShort, .openShort): asked = .closeShort
            case (.open?, _), (.buy?, _), (.sell?, _), (.openLong?, _), (.openShort?, _):
                guard word != .unknown, word != .hold, word != .example else { break }
                if let both = combined(asked ?? .unknown, with: word) { asked = both } else { contradict(&statement) }
            default: break
            }
        }
        guard let asked else { return }
        statement.asked = asked
        if asked != .unknown, asked != .example, statement.actionNode >= 0 {
            statement.isActionSpelled = !isSchemaWord(asked, statement.actionNode)
        }
    }

    /// Whether the word is the schema's own for the action.
    private func isSchemaWord(_ asked: AskedAction, _ index: Int) -> Bool {
        let word: StaticString
        switch asked {
        case .openLong: word = "OPEN_LONG"
        case .openShort: word = "OPEN_SHORT"
        case .close: word = "CLOSE"
        case .hold: word = "HOLD"
        default: return false
        }
        let start = Int(tape[index].start)
        guard Int(tape[index].end) - start == word.utf8CodeUnitCount else { return false }
        for offset in 0..<word.utf8CodeUnitCount where bytes[start + offset] != word.utf8Start[offset] { return false }
        return true
    }

    private func contradict(_ statement: inout Statement) { statement.repeated = .action }

    /// Takes the statement in, where the object asks for something; says whether it did.
    ///
    /// What stands inside a decision and names no symbol of its own (an exit plan, a list of steps) is part of it.
    private mutating func settle(_ statement: Statement, index: Int, isInside: Bool) -> Bool {
        let hasPlan = statement.leverage >= 0 || statement.size >= 0 || statement.stop >= 0 || statement.target >= 0
        let namesSymbol = statement.symbol.source == .own || statement.symbol.source == .key
        guard statement.actionNode >= 0 else {
            if hasPlan, statement.symbol.source == .own { planWithoutAction = planWithoutAction ?? index }
            return false
        }
        if isInside, !namesSymbol { return false }
        if statement.asked == .example {
            log.note(.exampleLeftOut, at: Int(tape[statement.actionNode].start))
            return true
        }
        if statement.asked == .unknown {
            // An `action` of something else: a step of a plan, a log entry.
            let action = tape[statement.actionNode]
            guard hasPlan || namesSymbol || !action.isClosed else { return false }
        }
        guard statements.count < Self.statementLimit else {
            isOverLimit = true
            return false
        }
        statements.append(statement)
        return true
    }
}
