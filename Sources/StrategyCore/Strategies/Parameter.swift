import TradingModel

/// One setting of a strategy: its configuration key, default, range and meaning.
public struct Parameter: Hashable, Sendable {
    public let name: String
    public let defaultValue: Double
    public let range: ClosedRange<Double>
    /// Only whole numbers are accepted: a count of candles or levels.
    public let isWhole: Bool
    /// One sentence for the operator, unit included.
    public let help: String

    private init(_ name: String, _ defaultValue: Double, _ range: ClosedRange<Double>, _ isWhole: Bool, _ help: String)
    {
        precondition(range.contains(defaultValue), "the default of a parameter is within its range")
        self.name = name
        self.defaultValue = defaultValue
        self.range = range
        self.isWhole = isWhole
        self.help = help
    }

    /// A whole number: candles, levels, milliseconds.
    static func count(_ name: String, _ defaultValue: Int, in range: ClosedRange<Int>, _ help: String) -> Parameter {
        let bounds = Double(range.lowerBound)...Double(range.upperBound)
        return Parameter(name, Double(defaultValue), bounds, true, help)
    }

    /// Any finite number of the range.
    static func number(
        _ name: String, _ defaultValue: Double, in range: ClosedRange<Double>, _ help: String
    ) -> Parameter {
        Parameter(name, defaultValue, range, false, help)
    }
}

/// Why a strategy cannot be made as configured: one sentence with parameter, value and range.
public struct ParameterError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Code: String, Sendable, CaseIterable {
        case unknownStrategy, unknownParameter, outOfRange, notWhole, notInOrder, setting
    }

    public let code: Code
    public let strategy: String
    /// Empty where the strategy itself is unknown.
    public let parameter: String
    public let description: String

    private init(code: Code, strategy: String, parameter: String, description: String) {
        self.code = code
        self.strategy = strategy
        self.parameter = parameter
        self.description = description
    }

    /// A setting of the manager that cannot be; `setting` is its full name.
    init(setting: String, strategy: String, _ sentence: String) {
        self.init(code: .setting, strategy: strategy, parameter: setting, description: sentence)
    }

    static func unknownStrategy(_ id: String, known: [String]) -> ParameterError {
        let near = NearestName.of(id, among: known)
        return ParameterError(
            code: .unknownStrategy, strategy: id, parameter: "",
            description: "There is no strategy \"\(id)\"; "
                + (near.map { "did you mean \($0)?" } ?? "known are \(known.joined(separator: ", "))."))
    }

    static func unknown(_ name: String, strategy: String, known: [Parameter]) -> ParameterError {
        let names = known.map(\.name).joined(separator: ", ")
        return ParameterError(
            code: .unknownParameter, strategy: strategy, parameter: name,
            description: "Strategy \(strategy) has no parameter \"\(name)\"; "
                + (NearestName.of(name, among: known.map(\.name)).map { "did you mean \($0)? It" } ?? "it")
                + " has \(names).")
    }

    static func outOfRange(_ parameter: Parameter, _ value: Double, strategy: String) -> ParameterError {
        let (low, high) = (parameter.text(parameter.range.lowerBound), parameter.text(parameter.range.upperBound))
        return ParameterError(
            code: .outOfRange, strategy: strategy, parameter: parameter.name,
            description:
                "\(strategy).\(parameter.name) = \(parameter.text(value)) is outside its range \(low) to \(high).")
    }

    static func notWhole(_ parameter: Parameter, _ value: Double, strategy: String) -> ParameterError {
        let (low, high) = (parameter.text(parameter.range.lowerBound), parameter.text(parameter.range.upperBound))
        return ParameterError(
            code: .notWhole, strategy: strategy, parameter: parameter.name,
            description: "\(strategy).\(parameter.name) = \(value) is not a whole number from \(low) to \(high).")
    }

    static func notInOrder(
        _ lower: Parameter, _ low: Double, below upper: Parameter, _ high: Double, strategy: String
    ) -> ParameterError {
        ParameterError(
            code: .notInOrder, strategy: strategy, parameter: lower.name,
            description: "\(strategy).\(lower.name) = \(lower.text(low)) must be below "
                + "\(strategy).\(upper.name) = \(upper.text(high)).")
    }
}

extension Parameter {
    /// The value as an operator writes it: `12`, `0.3`.
    public func text(_ value: Double) -> String {
        if let whole = Int(exactly: value) { return String(whole) }
        return String(value)
    }
}

/// The validated settings of one strategy: every parameter it has, each within its range.
public struct ParameterValues: Hashable, Sendable {
    public let strategy: String
    /// In the order the strategy describes them.
    public let parameters: [Parameter]
    private let values: [String: Double]

    /// Takes defaults for what is not given; refuses unknown names, values out of range and fractions of counts.
    public init(strategy: String, parameters: [Parameter], given: [String: Double]) throws(ParameterError) {
        for name in given.keys.sorted() where !parameters.contains(where: { $0.name == name }) {
            throw .unknown(name, strategy: strategy, known: parameters)
        }
        var values: [String: Double] = [:]
        for parameter in parameters {
            let value = given[parameter.name] ?? parameter.defaultValue
            guard parameter.range.contains(value) else { throw .outOfRange(parameter, value, strategy: strategy) }
            guard !parameter.isWhole || value == value.rounded() else {
                throw .notWhole(parameter, value, strategy: strategy)
            }
            values[parameter.name] = value
        }
        self.strategy = strategy
        self.parameters = parameters
        self.values = values
    }

    public subscript(_ parameter: Parameter) -> Double { values[parameter.name] ?? parameter.defaultValue }

    /// The value of a counting parameter.
    public func count(_ parameter: Parameter) -> Int { Int(self[parameter]) }

    /// Every parameter with its present value, in order of description.
    public var all: [(parameter: Parameter, value: Double)] { parameters.map { ($0, self[$0]) } }

    /// Refuses values where `lower` is not below `upper`.
    func require(_ lower: Parameter, below upper: Parameter) throws(ParameterError) {
        guard self[lower] < self[upper] else {
            throw .notInOrder(lower, self[lower], below: upper, self[upper], strategy: strategy)
        }
    }
}
