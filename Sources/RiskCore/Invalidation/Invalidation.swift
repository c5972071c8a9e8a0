public import TradingModel

/// A condition under which an idea is wrong, asked when candles close; the grammar is in `docs/invalidation.md`.
///
/// Parsed when the plan is made, so that a text nobody can check is found out before the position is open.
public struct Invalidation: Hashable, Sendable, CustomStringConvertible {
    indirect enum Node: Hashable, Sendable {
        case comparison(Operand, Comparator, Operand)
        case not(Node)
        case and(Node, Node)
        case or(Node, Node)
    }

    enum Operand: Hashable, Sendable {
        /// Exact, in units of 10⁻¹²; a percentage is kept as its share.
        case number(Ratio, isPercent: Bool)
        /// An index into ``Invalidation/measures``.
        case measure(Int)
    }

    enum Comparator: String, Hashable, Sendable {
        case below, above
        case atMost = "<="
        case atLeast = ">="
    }

    let root: Node
    /// Everything the condition has to know, each once.
    public let measures: [Measure]
    /// With whose candles it is asked; every five minutes where it measures none.
    public let timeframes: Set<Timeframe>

    /// Reads a condition. `timeframe` is meant where none is written.
    public init(parsing text: String, timeframe: Timeframe) throws(InvalidationError) {
        var parser = try InvalidationParser(text, timeframe: timeframe)
        root = try parser.condition()
        measures = parser.measures
        let named = Set(measures.compactMap(\.timeframe))
        timeframes = named.isEmpty ? [.fiveMinutes] : named
    }

    /// The condition with every period and timeframe spelled out, which reads as the same condition again.
    public var description: String { text(of: root, within: 0) }

    /// `level` is the precedence around it: or 0, and 1, not 2.
    private func text(of node: Node, within level: Int) -> String {
        func enclosed(_ own: Int, _ text: String) -> String { own < level ? "(\(text))" : text }
        switch node {
        case .comparison(let left, let comparator, let right):
            return enclosed(2, "\(text(of: left)) \(comparator.rawValue) \(text(of: right))")
        case .not(let inner): return "not " + text(of: inner, within: 3)
        case .and(let left, let right):
            return enclosed(1, text(of: left, within: 1) + " and " + text(of: right, within: 2))
        case .or(let left, let right):
            return enclosed(0, text(of: left, within: 0) + " or " + text(of: right, within: 1))
        }
    }

    private func text(of operand: Operand) -> String {
        switch operand {
        case .number(let number, let isPercent): isPercent ? "\(Ratio(raw: number.raw * 100))%" : "\(number)"
        case .measure(let index): measures[index].description
        }
    }

    /// Whether it holds, given what is known of its measures; `nil` where that is not decided (Kleene's logic: an unknown
    /// side matters only where the known one does not settle it).
    func holds(_ value: (Int) -> MeasuredValue?) -> Bool? { holds(root, value) }

    private func holds(_ node: Node, _ value: (Int) -> MeasuredValue?) -> Bool? {
        switch node {
        case .comparison(let left, let comparator, let right):
            guard let a = resolve(left, value), let b = resolve(right, value) else { return nil }
            return switch comparator {
            case .below: a < b
            case .above: b < a
            case .atMost: !(b < a)
            case .atLeast: !(a < b)
            }
        case .not(let inner): return holds(inner, value).map { !$0 }
        case .and(let left, let right):
            let (a, b) = (holds(left, value), holds(right, value))
            if a == false || b == false { return false }
            return a == nil || b == nil ? nil : true
        case .or(let left, let right):
            let (a, b) = (holds(left, value), holds(right, value))
            if a == true || b == true { return true }
            return a == nil || b == nil ? nil : false
        }
    }

    private func resolve(_ operand: Operand, _ value: (Int) -> MeasuredValue?) -> MeasuredValue? {
        switch operand {
        case .number(let number, _): .exact(number.raw)
        case .measure(let index): value(index)
        }
    }
}

/// A measured number: exact where the market said it, a `Double` where it was computed.
enum MeasuredValue: Hashable, Sendable {
    /// In units of 10⁻¹².
    case exact(Int128)
    case computed(Double)

    static func < (a: MeasuredValue, b: MeasuredValue) -> Bool {
        if case .exact(let x) = a, case .exact(let y) = b { return x < y }
        return a.double < b.double
    }

    private var double: Double {
        switch self {
        case .exact(let raw): Ratio(raw: raw).double
        case .computed(let value): value
        }
    }
}

/// Why a text is no condition, and where.
public struct InvalidationError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Counted in characters from 1; one past the end where something is missing there.
    public let position: Int
    /// What is wrong there, in plain words.
    public let problem: String

    public var description: String { "at \(position): \(problem)" }
}
