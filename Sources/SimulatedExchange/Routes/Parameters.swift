import JSONText
import TradingModel

/// The parameters of a request, from its query and then its form.
struct Parameters: Sendable {
    private(set) var values: [String: String] = [:]
    /// What the signature is made over, and the signature itself.
    var signedText = ""
    var signature: String?

    init(query: String, body: String) throws(Refusal) {
        for text in [query, body] {
            for pair in text.split(separator: "&", omittingEmptySubsequences: true) {
                let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                let name = Parameters.decode(parts[0])
                let value = parts.count > 1 ? Parameters.decode(parts[1]) : ""
                guard let name, let value else {
                    throw Refusal(-1100, "Illegal characters found in a parameter.")
                }
                if name == "signature" { signature = value } else if values[name] == nil { values[name] = value }
            }
            signedText += Parameters.unsigned(text)
        }
    }

    init(_ values: [String: String]) { self.values = values }

    /// The text without its signature, as it stands: what is signed is the text and not its meaning.
    private static func unsigned(_ text: String) -> String {
        text.split(separator: "&", omittingEmptySubsequences: false).filter { !$0.hasPrefix("signature=") }
            .joined(separator: "&")
    }

    /// Undoes percent signs and plus signs; `nil` where an escape is none or the bytes are not UTF-8.
    static func decode(_ text: some StringProtocol) -> String? {
        guard text.utf8.contains(where: { $0 == UInt8(ascii: "%") || $0 == UInt8(ascii: "+") }) else {
            return String(text)
        }
        func digit(_ byte: UInt8?) -> UInt8? {
            switch byte {
            case .some(48...57): byte.map { $0 - 48 }
            case .some(65...70): byte.map { $0 - 55 }
            case .some(97...102): byte.map { $0 - 87 }
            default: nil
            }
        }
        var out: [UInt8] = []
        var rest = text.utf8.makeIterator()
        while let byte = rest.next() {
            if byte == UInt8(ascii: "%") {
                guard let high = digit(rest.next()), let low = digit(rest.next()) else { return nil }
                out.append(high << 4 | low)
            } else {
                out.append(byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
            }
        }
        return String(validating: out, as: UTF8.self)
    }

    mutating func set(_ name: String, _ value: String) { values[name] = value }

    subscript(_ name: String) -> String? { values[name].flatMap { $0.isEmpty ? nil : $0 } }

    func required(_ name: String) throws(Refusal) -> String {
        guard let value = self[name] else { throw Refusal.missing(name) }
        return value
    }

    func integer(_ name: String) throws(Refusal) -> Int64? {
        guard let text = self[name] else { return nil }
        guard let value = Int64(text) else {
            throw Refusal(
                -1100, "Illegal characters found in parameter '\(name)'; legal range is '^[0-9]{1,20}$'.")
        }
        return value
    }

    func limit(_ standard: Int, most: Int) throws(Refusal) -> Int {
        guard let value = try integer("limit") else { return standard }
        guard value > 0 else { throw Refusal(-1130, "Data sent for parameter 'limit' is not valid.") }
        return min(Int(clamping: value), most)
    }

    func flag(_ name: String) throws(Refusal) -> Bool? {
        switch self[name]?.lowercased() {
        case nil: nil
        case "true": true
        case "false": false
        default: throw Refusal(-1130, "Data sent for parameter '\(name)' is not valid.")
        }
    }

    /// A positive decimal.
    func decimal<Number: FixedPoint>(_ name: String, _ type: Number.Type = Number.self) throws(Refusal) -> Number? {
        guard let text = self[name] else { return nil }
        guard let value = try? Number.parse(text) else {
            throw Refusal(
                -1100,
                "Illegal characters found in parameter '\(name)'; legal range is '^([0-9]{1,20})(\\.[0-9]{1,20})?$'.")
        }
        return value
    }
}
