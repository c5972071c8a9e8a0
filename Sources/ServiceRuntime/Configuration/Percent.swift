public import TradingModel

/// A percentage as an operator writes it, exact: `"0.05" as Percent` is a twentieth of a percent.
///
/// It is a type of its own so that 5 (percent) and 0.05 (the share) cannot be taken for each other.
public struct Percent: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The number before the percent sign: 5 for five percent.
    public let value: Ratio

    /// Takes the number before the percent sign.
    public init(_ value: Ratio) { self.value = value }
    /// Takes a whole number of percent.
    public init(_ whole: Int) { value = Ratio(whole) }

    /// The share it stands for: 0.05 for five percent.
    public var ratio: Ratio { Ratio.percent(value) }
    public var description: String { value.description }
    public static func < (a: Percent, b: Percent) -> Bool { a.value < b.value }
}

extension Percent: ExpressibleByStringLiteral {
    /// Takes a decimal literal of the program; one that is malformed is a defect and traps.
    public init(stringLiteral literal: StaticString) { value = exactly(literal) }
}

/// The decimal of a literal in the program's own text; one that is malformed is a defect and traps.
func exactly<T: FixedPoint>(_ literal: StaticString) -> T {
    guard let value = T("\(literal)") else {
        preconditionFailure("Invariant: \(literal) in the program's text is a well-formed \(T.self)")
    }
    return value
}
