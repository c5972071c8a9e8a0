public import TradingModel

/// A value of a tree with the way to it, so that an error can name the place: `data[3].price`.
///
/// Going down never fails: what is not there is an absent node, and the accessor that needs it says so.
public struct JSONNode: Sendable {
    /// `nil` where nothing is there.
    public let value: JSONValue?
    private let way: Way

    private indirect enum Way: Sendable {
        case root
        case key(Way, String)
        case index(Way, Int)

        var text: String {
            switch self {
            case .root: ""
            case .key(.root, let key): key
            case .key(let parent, let key): parent.text + "." + key
            case .index(let parent, let index): parent.text + "[\(index)]"
            }
        }
    }

    public init(_ value: JSONValue) {
        self.value = value
        way = .root
    }

    private init(_ value: JSONValue?, _ way: Way) {
        self.value = value
        self.way = way
    }

    /// `data[3].price`; empty for the root.
    public var path: String { way.text }

    public subscript(_ key: String) -> JSONNode { JSONNode(value?[key], .key(way, key)) }
    public subscript(_ index: Int) -> JSONNode { JSONNode(value?[index], .index(way, index)) }

    /// Something other than `null` is there.
    public var isPresent: Bool { value != nil && value != .null }
    /// Something other than `null` and the empty string is there.
    public var isFilled: Bool { isPresent && value != .string("") }
    /// This node, or `nil` where nothing or `null` is there; for optional members: `try node["x"].ifPresent?.string()`.
    public var ifPresent: JSONNode? { isPresent ? self : nil }
    /// This node, or `nil` where nothing, `null` or `""` is there.
    public var ifFilled: JSONNode? { isFilled ? self : nil }

    // MARK: Accessors

    public func string() throws(JSONError) -> String {
        guard case .string(let string) = value else { throw wrong("a string") }
        return string
    }

    /// A string, or a number as its text: ids come either way.
    public func text() throws(JSONError) -> String {
        switch value {
        case .string(let string): return string
        case .number(let number): return number.text
        default: throw wrong("a string or a number")
        }
    }

    public func bool() throws(JSONError) -> Bool {
        guard case .bool(let bool) = value else { throw wrong("true or false") }
        return bool
    }

    /// A whole number within 64 bits; a string that spells one is accepted.
    public func integer() throws(JSONError) -> Int64 {
        guard let integer = JSONNumber.integer(try numeral("a whole number")) else {
            throw bad("is not a whole number of 64 bits")
        }
        return integer
    }

    /// The nearest `Double`; a string that spells a number is accepted.
    public func double() throws(JSONError) -> Double {
        guard let number = JSONNumber(try numeral("a number")), let double = number.double else {
            throw bad("is not a number")
        }
        return double
    }

    /// An exact decimal; a string that spells one is accepted, as exchanges write prices.
    public func decimal<D: FixedPoint>(_ type: D.Type = D.self) throws(JSONError) -> D {
        let text = try numeral("a decimal number")
        do throws(DecimalError) {
            return try D.parse(text)
        } catch {
            throw JSONError(.badValue, path: path, error.description)
        }
    }

    /// An exact decimal of any length as its plain text; see ``JSONNumber/plainDecimal(_:)``.
    public func decimalText() throws(JSONError) -> String {
        guard let plain = JSONNumber.plainDecimal(try numeral("a decimal number")) else {
            throw bad("is not a decimal number")
        }
        return plain
    }

    public func object() throws(JSONError) -> JSONObject {
        guard case .object(let object) = value else { throw wrong("an object") }
        return object
    }

    /// The members of an object as nodes, in the order of the text.
    public func members() throws(JSONError) -> [(key: String, node: JSONNode)] {
        try object().members.map { ($0.key, JSONNode($0.value, .key(way, $0.key))) }
    }

    /// The elements of an array as nodes.
    public func elements() throws(JSONError) -> [JSONNode] {
        guard case .array(let array) = value else { throw wrong("an array") }
        return array.enumerated().map { JSONNode($0.element, .index(way, $0.offset)) }
    }

    private func numeral(_ wanted: String) throws(JSONError) -> String {
        switch value {
        case .string(let string): return string
        case .number(let number): return number.text
        default: throw wrong(wanted)
        }
    }

    // MARK: Errors

    /// "expected …, found …", or that nothing is there.
    public func wrong(_ wanted: String) -> JSONError {
        guard let value else { return JSONError(.missing, path: path, "\(wanted) is missing") }
        return JSONError(.wrongType, path: path, "expected \(wanted), found \(words(value))")
    }

    /// The value with what is wrong about it: `"maybe" is neither buy nor sell`.
    public func bad(_ complaint: String) -> JSONError {
        guard let value else { return JSONError(.missing, path: path, "a value is missing") }
        return JSONError(.badValue, path: path, "\(words(value)) \(complaint)")
    }

    private func words(_ value: JSONValue) -> String {
        switch value {
        case .object, .array: value.kind.rawValue
        default: JSONNode.shortened(value.description)
        }
    }

    private static func shortened(_ text: String) -> String { text.count <= 60 ? text : text.prefix(57) + "..." }
}
