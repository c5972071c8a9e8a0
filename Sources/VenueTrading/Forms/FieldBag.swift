import JSONText
import TradingModel

/// The members of an object that are taken out one by one, so that what nobody asked for shows.
struct FieldBag {
    private(set) var members: JSONObject

    init(_ members: JSONObject) { self.members = members }

    /// Takes out every one of `names` and returns the first that is there and not `null`.
    mutating func take(_ names: [String]) -> JSONValue? {
        var found: JSONValue?
        for name in names {
            if let value = members[name] {
                if found == nil, value != .null { found = value }
                members[name] = nil
            }
        }
        return found
    }

    mutating func text(_ names: String...) throws(CallRefusal) -> String? {
        guard let value = take(names) else { return nil }
        switch value {
        case .string(let text): return text.isEmpty ? nil : text
        case .number(let number): return number.text
        default: throw FieldBag.wrong(names, "a text", value)
        }
    }

    mutating func flag(_ names: String...) throws(CallRefusal) -> Bool? {
        guard let value = take(names) else { return nil }
        switch value {
        case .bool(let flag): return flag
        case .string("true"): return true
        case .string("false"): return false
        default: throw FieldBag.wrong(names, "true or false", value)
        }
    }

    mutating func decimal(_ names: String...) throws(CallRefusal) -> ExactDecimal? {
        guard let value = take(names) else { return nil }
        return try FieldBag.decimal(value, names)
    }

    mutating func integer(_ names: String...) throws(CallRefusal) -> Int64? {
        guard let value = take(names) else { return nil }
        guard let number = try? value.node.integer() else { throw FieldBag.wrong(names, "a whole number", value) }
        return number
    }

    static func decimal(_ value: JSONValue, _ names: [String]) throws(CallRefusal) -> ExactDecimal {
        guard let text = try? value.node.text(), let decimal = ExactDecimal(text) else {
            throw wrong(names, "a decimal number", value)
        }
        return decimal
    }

    static func wrong(_ names: [String], _ wanted: String, _ value: JSONValue) -> CallRefusal {
        CallRefusal(.malformed, "\(names.first ?? "a field") should be \(wanted), not \(value.text().prefix(60))")
    }
}
