import TradingModel

/// Reads a condition by recursive descent: `or` binds loosest, then `and`, then `not`.
struct InvalidationParser {
    /// How deep parentheses and `not` may nest, and how many comparisons there may be.
    static let deepest = 16
    static let mostComparisons = 16

    private let tokens: [InvalidationToken]
    private let timeframe: Timeframe
    private var next = 0
    private var depth = 0
    private var comparisons = 0
    private(set) var measures: [Measure] = []

    /// An operand with what its comparison has to know about it.
    private struct Read {
        var operand: Invalidation.Operand
        var name: Measure.Name?
        var position: Int
    }

    init(_ text: String, timeframe: Timeframe) throws(InvalidationError) {
        tokens = try InvalidationLexer.tokens(of: text)
        self.timeframe = timeframe
    }

    /// The whole text.
    mutating func condition() throws(InvalidationError) -> Invalidation.Node {
        let node = try disjunction()
        guard case .end = token.content else {
            throw InvalidationError(
                position: token.position, problem: "\"and\", \"or\" or the end was expected, not \(token.shown)")
        }
        return node
    }

    private var token: InvalidationToken { tokens[next] }

    /// Consumes one of these words or signs and returns it.
    private mutating func accept(_ texts: String...) -> String? {
        let found: String
        switch token.content {
        case .word(let word): found = word.lowercased()
        case .sign(let sign): found = sign
        case .number, .timeframe, .end: return nil
        }
        guard texts.contains(found) else { return nil }
        next += 1
        return found
    }

    private mutating func disjunction() throws(InvalidationError) -> Invalidation.Node {
        var node = try conjunction()
        while accept("or") != nil { node = .or(node, try conjunction()) }
        return node
    }

    private mutating func conjunction() throws(InvalidationError) -> Invalidation.Node {
        var node = try unary()
        while accept("and") != nil { node = .and(node, try unary()) }
        return node
    }

    private mutating func unary() throws(InvalidationError) -> Invalidation.Node {
        let position = token.position
        guard let opening = accept("not", "(") else { return try comparison() }
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.deepest else {
            throw InvalidationError(position: position, problem: "it nests deeper than \(Self.deepest)")
        }
        if opening == "not" { return .not(try unary()) }
        let inner = try disjunction()
        guard accept(")") != nil else {
            throw InvalidationError(
                position: token.position,
                problem: "the \")\" for the \"(\" at \(position) was expected, not \(token.shown)")
        }
        return inner
    }

    private mutating func comparison() throws(InvalidationError) -> Invalidation.Node {
        let left = try operand()
        let comparator = try comparator()
        let right = try operand()
        comparisons += 1
        guard comparisons <= Self.mostComparisons else {
            throw InvalidationError(
                position: left.position, problem: "a condition has at most \(Self.mostComparisons) comparisons")
        }
        try check(left, right)
        return .comparison(left.operand, comparator, right.operand)
    }

    private mutating func comparator() throws(InvalidationError) -> Invalidation.Comparator {
        switch accept("<", "<=", ">", ">=", "below", "above") {
        case "<", "below": return .below
        case ">", "above": return .above
        case "<=": return .atMost
        case ">=": return .atLeast
        default:
            throw InvalidationError(
                position: token.position,
                problem: "a comparison (<, <=, >, >=, below, above) was expected, not \(token.shown)")
        }
    }

    // MARK: Operands

    private mutating func operand() throws(InvalidationError) -> Read {
        let position = token.position
        if accept("-") != nil {
            guard case .number(let number) = token.content else {
                throw InvalidationError(
                    position: token.position, problem: "a number was expected after \"-\", not \(token.shown)")
            }
            return literal(Ratio(raw: -number.raw), at: position)
        }
        switch token.content {
        case .number(let number): return literal(number, at: position)
        case .timeframe(let named):
            next += 1
            guard case .word = token.content else {
                throw InvalidationError(
                    position: token.position,
                    problem: "what is measured on \(named) candles was expected, not \(token.shown)")
            }
            return try measure(on: named, at: position)
        case .word: return try measure(on: nil, at: position)
        case .sign, .end:
            throw InvalidationError(
                position: position,
                problem: "a measure such as close or RSI(14), or a number, was expected, not \(token.shown)"
            )
        }
    }

    private mutating func literal(_ number: Ratio, at position: Int) -> Read {
        next += 1
        let isPercent = accept("%") != nil
        let value = isPercent ? Ratio(raw: Rounding.halfEven.divide(number.raw, by: 100)) : number
        return Read(operand: .number(value, isPercent: isPercent), name: nil, position: position)
    }

    private mutating func measure(on named: Timeframe?, at position: Int) throws(InvalidationError) -> Read {
        guard case .word(let word) = token.content, let name = Measure.Name(word: word) else {
            let hint = word(of: token) == "price" ? "say close: conditions are asked of closed candles" : known
            throw InvalidationError(position: token.position, problem: "\(token.shown) is not known: \(hint)")
        }
        next += 1
        let period = try period(of: name)
        var frame = named
        if case .timeframe(let behind) = token.content {
            guard named == nil else {
                throw InvalidationError(position: token.position, problem: "\(name.rawValue) has two timeframes")
            }
            frame = behind
            next += 1
        }
        if name == .funding, frame != nil {
            throw InvalidationError(position: position, problem: "funding has no timeframe")
        }
        let measure = Measure(name: name, period: period, timeframe: name == .funding ? nil : frame ?? timeframe)
        let index = measures.firstIndex(of: measure) ?? measures.count
        if index == measures.count { measures.append(measure) }
        return Read(operand: .measure(index), name: name, position: position)
    }

    private func word(of token: InvalidationToken) -> String? {
        if case .word(let word) = token.content { return word.lowercased() }
        return nil
    }

    private var known: String { "use \(Measure.Name.allCases.map(\.rawValue).joined(separator: ", "))" }

    /// `(14)`, or what is usual.
    private mutating func period(of name: Measure.Name) throws(InvalidationError) -> Int {
        let position = token.position
        guard accept("(") != nil else { return name.defaultPeriod ?? 1 }
        guard name.takesPeriod else {
            throw InvalidationError(position: position, problem: "\(name.rawValue) takes no period")
        }
        let largest = CandleHistory.capacity / 2
        guard case .number(let number) = token.content, number.raw % Ratio.scale == 0,
            (2...Int128(largest)).contains(number.raw / Ratio.scale)
        else {
            throw InvalidationError(
                position: token.position, problem: "a period from 2 to \(largest) was expected, not \(token.shown)")
        }
        next += 1
        guard accept(")") != nil else {
            throw InvalidationError(position: token.position, problem: "\")\" was expected, not \(token.shown)")
        }
        return Int(number.raw / Ratio.scale)
    }

    // MARK: What may be compared

    private func check(_ left: Read, _ right: Read) throws(InvalidationError) {
        switch (left.name, right.name) {
        case (nil, nil):
            throw InvalidationError(position: left.position, problem: "both sides are numbers: nothing is measured")
        case (let a?, let b?):
            guard a.kind != b.kind else { return }
            throw InvalidationError(
                position: right.position,
                problem: "\(b.rawValue) is \(b.kind.rawValue), \(a.rawValue) is \(a.kind.rawValue): they do not compare"
            )
        case (let name?, nil): try check(name, right)
        case (nil, let name?): try check(name, left)
        }
    }

    private func check(_ name: Measure.Name, _ literal: Read) throws(InvalidationError) {
        guard case .number(let number, let isPercent) = literal.operand else { return }
        if isPercent, name.kind != .rate {
            throw InvalidationError(
                position: literal.position,
                problem: "a percentage compares with funding only, not with \(name.rawValue)")
        }
        if name.kind == .price || name.kind == .distance || name.kind == .volume {
            guard number.raw < 0 || (number.raw == 0 && name.kind == .price) else { return }
            throw InvalidationError(position: literal.position, problem: "\(name.rawValue) is never that low")
        }
        guard let bounds = name.bounds else { return }
        guard number.raw < Ratio(bounds.lowerBound).raw || number.raw > Ratio(bounds.upperBound).raw else { return }
        throw InvalidationError(
            position: literal.position,
            problem:
                "\(name.rawValue) is between \(bounds.lowerBound) and \(bounds.upperBound): this never or always holds")
    }
}
