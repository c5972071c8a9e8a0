public import JSONText

extension MessageReading {
    /// One value in our form.
    public mutating func read(_ node: JSONNode, _ scalar: Layout.Scalar) throws(JSONError) -> JSONValue {
        switch scalar {
        case .text:
            if case .bool(let bool) = node.value { return .string(bool ? "true" : "false") }
            return .string(try node.text())
        case .word: return .string(GenericReading.snakeCase(try node.text()))
        case .decimal: return .string(try node.decimalText())
        case .integer: return JSONValue(try node.integer())
        case .bool: return .bool(try bool(node))
        case .milliseconds: return try time(node, unit: 1_000)
        case .seconds: return try time(node, unit: 1_000_000)
        case .side: return .string(try side(node))
        case .numberedSide:
            switch try node.integer() {
            case 1: return "buy"
            case 2: return "sell"
            default: throw node.bad("is neither 1 (buy) nor 2 (sell)")
            }
        case .levels: return .array(try levels(node))
        case .any: return GenericReading.value(node.value ?? .null, key: "")
        }
    }

    private func bool(_ node: JSONNode) throws(JSONError) -> Bool {
        switch node.value {
        case .bool(let bool): return bool
        case .number(let number) where number.text == "0" || number.text == "1": return number.text == "1"
        case .string("true"), .string("1"), .string("TRUE"), .string("True"): return true
        case .string("false"), .string("0"), .string("FALSE"), .string("False"): return false
        default: throw node.bad("is neither true nor false")
        }
    }

    private func time(_ node: JSONNode, unit: Int64) throws(JSONError) -> JSONValue {
        let value = try node.integer()
        // Binance writes -1 for the working and trailing time of an order that does not work yet.
        if value == 0 || value == -1 { return .null }
        // 10^14 ms is the year 5138: such a number is in microseconds, as Binance sends where it is asked to.
        if value >= 100_000_000_000_000 { return JSONValue(value) }
        let (micros, overflow) = value.multipliedReportingOverflow(by: unit)
        guard value > 0, !overflow else { throw node.bad("is no time since 1970") }
        return JSONValue(micros)
    }

    private func side(_ node: JSONNode) throws(JSONError) -> String {
        switch try node.text() {
        case "BUY", "Buy", "buy", "BID", "Bid": return "buy"
        case "SELL", "Sell", "sell", "ASK", "Ask": return "sell"
        default: throw node.bad("is neither buy nor sell")
        }
    }

    private func levels(_ node: JSONNode) throws(JSONError) -> [JSONValue] {
        var out: [JSONValue] = []
        for level in try node.elements() {
            if case .array(let parts) = level.value {
                var numbers: [JSONValue] = [.string(try level[0].decimalText()), .string(try level[1].decimalText())]
                // Bybit's book with retail orders names a third number; Binance's once had an empty array there.
                for index in parts.indices.dropFirst(2) {
                    if case .array = parts[index] { continue }
                    numbers.append(.string(try level[index].decimalText()))
                }
                out.append(.array(numbers))
                continue
            }
            let price = level["price"].isPresent ? level["price"] : level["p"]
            let quantity = level["quantity"].isPresent ? level["quantity"] : level["v"]
            out.append([.string(try price.decimalText()), .string(try quantity.decimalText())])
        }
        return out
    }
}

/// Brings into order what no table describes: keys in snake case, decimals as plain text, times in microseconds.
public enum GenericReading {
    /// `key` is the member's name in the message; it decides whether a number is a time.
    public static func value(_ value: JSONValue, key: String) -> JSONValue {
        switch value {
        case .object(let object):
            var out = JSONObject()
            for (key, member) in object {
                let name = isIdentifier(key) ? snakeCase(key) : key
                out[out[name] == nil ? name : key] = GenericReading.value(member, key: key)
            }
            return .object(out)
        case .array(let array): return .array(array.map { GenericReading.value($0, key: key) })
        case .string(let string):
            if isTime(key), let micros = micros(string) { return JSONValue(micros) }
            if isName(key) || !looksDecimal(string) { return value }
            return .string(JSONNumber.plainDecimal(string) ?? string)
        case .number(let number):
            if isTime(key), let micros = micros(number.text) { return JSONValue(micros) }
            if isName(key), key.hasSuffix("Id") || key.hasSuffix("ID") || key == "id" { return .string(number.text) }
            return number.integer == nil || !number.text.utf8.allSatisfy({ $0 == 45 || $0 &- 48 <= 9 })
                ? .string(number.plain ?? number.text) : value
        case .bool, .null: return value
        }
    }

    /// `lastUpdateId` → `last_update_id`, `positionIM` → `position_im`, `PARTIALLY_FILLED` → `partially_filled`.
    public static func snakeCase(_ name: String) -> String {
        let letters = Array(name)
        var out = ""
        for (index, letter) in letters.enumerated() {
            if letter == "-" || letter == " " || letter == "_" {
                if !out.isEmpty, out.last != "_" { out.append("_") }
                continue
            }
            if letter.isUppercase, index > 0 {
                let before = letters[index - 1]
                let after = index + 1 < letters.count ? letters[index + 1] : nil
                let isStart = before.isLowercase || before.isNumber && after?.isLowercase == true
                let endsCapitals = before.isUppercase && after?.isLowercase == true
                if isStart || endsCapitals, out.last != "_" { out.append("_") }
            }
            out += letter.lowercased()
        }
        return out
    }

    /// Names of assets and symbols stand as keys too, and stay as they are.
    private static func isIdentifier(_ key: String) -> Bool { key.contains { $0.isLowercase } }

    private static func isName(_ key: String) -> Bool {
        let name = key.lowercased()
        return name.hasSuffix("id") || name.hasSuffix("no") || name.hasSuffix("code") || name.hasSuffix("cursor")
            || name.hasSuffix("key") || name.hasSuffix("hash") || name.hasSuffix("name")
    }

    private static func isTime(_ key: String) -> Bool {
        let name = key.lowercased()
        return name.hasSuffix("time") || name.hasSuffix("timestamp") || name.hasSuffix("date") || name == "ts"
            || name.hasSuffix("createdat") || name.hasSuffix("updatedat")
    }

    /// Milliseconds, or seconds where milliseconds would be in 1970; `nil` for what is no moment of this century.
    private static func micros(_ text: String) -> Int64? {
        guard let value = Int64(text) else { return nil }
        switch value {
        case 900_000_000..<10_000_000_000: return value * 1_000_000
        case 900_000_000_000..<10_000_000_000_000: return value * 1_000
        case 900_000_000_000_000..<10_000_000_000_000_000: return value
        default: return nil
        }
    }

    private static func looksDecimal(_ text: String) -> Bool {
        guard text.utf8.count <= 60, let first = text.utf8.first, first == 45 || first &- 48 <= 9 else { return false }
        // A long row of digits without a point is an id.
        return text.utf8.contains(UInt8(ascii: ".")) || text.utf8.contains(UInt8(ascii: "E"))
    }
}
