/// A number as its exact text, so that nothing is lost on the way through binary floating point.
public struct JSONNumber: Hashable, Sendable, CustomStringConvertible {
    /// By JSON's grammar: `12`, `-0.5`, `1e-7`.
    public let text: String

    /// `nil` unless the text is a number by JSON's grammar.
    public init?(_ text: String) {
        var copy = text
        let isNumber = copy.withUTF8 { utf8 in
            var scanner = JSONScanner(UnsafeRawBufferPointer(utf8))
            guard let number = try? scanner.scanNumber() else { return false }
            return number.count == utf8.count
        }
        guard isNumber else { return nil }
        self.text = text
    }

    public init(_ value: some BinaryInteger) { text = "\(value)" }

    init(validated text: String) { self.text = text }

    public var description: String { text }

    /// The value where it is whole and fits 64 bits, `1e3` and `5.0` included; else `nil`.
    public var integer: Int64? { JSONNumber.integer(text) }

    /// The nearest `Double`; `nil` beyond its range.
    public var double: Double? { Double(text).flatMap { $0.isFinite ? $0 : nil } }

    /// The same value as plain decimal text: no exponent, no zeros at the end; see ``plainDecimal(_:)``.
    public var plain: String? { JSONNumber.plainDecimal(text) }

    /// The whole number that `text` spells within 64 bits: digits, or a decimal or exponent form of a whole value.
    public static func integer(_ text: String) -> Int64? {
        if let value = Int64(text) { return text.utf8.first == UInt8(ascii: "+") ? nil : value }
        return plainDecimal(text).flatMap { Int64($0) }
    }

    /// A decimal text of any length in its one plain form: `"0E-8"` → `"0"`, `"1.50"` → `"1.5"`, `"1e-7"` →
    /// `"0.0000001"`. Exact. `nil` for what is no decimal number, or has an exponent beyond ±100.
    public static func plainDecimal(_ text: String) -> String? {
        var rest = Substring(text).utf8
        let isNegative = rest.first == UInt8(ascii: "-")
        if isNegative { rest.removeFirst() }
        let isDigit = { (byte: UInt8) in byte &- UInt8(ascii: "0") <= 9 }
        var whole = Array(rest.prefix(while: isDigit))
        guard !whole.isEmpty, whole.count <= 100 else { return nil }
        rest = rest.dropFirst(whole.count)
        var fraction: [UInt8] = []
        if rest.first == UInt8(ascii: ".") {
            rest.removeFirst()
            fraction = Array(rest.prefix(while: isDigit))
            guard !fraction.isEmpty, fraction.count <= 100 else { return nil }
            rest = rest.dropFirst(fraction.count)
        }
        if let letter = rest.first {
            guard letter | 0x20 == UInt8(ascii: "e"), let exponent = Int(String(rest.dropFirst()) ?? ""),
                abs(exponent) <= 100
            else { return nil }
            let zero = UInt8(ascii: "0")
            if exponent > 0 {
                fraction += Array(repeating: zero, count: max(0, exponent - fraction.count))
                whole += fraction.prefix(exponent)
                fraction.removeFirst(exponent)
            } else if exponent < 0 {
                whole = Array(repeating: zero, count: max(0, -exponent - whole.count)) + whole
                fraction = Array(whole.suffix(-exponent)) + fraction
                whole.removeLast(-exponent)
            }
        }
        while fraction.last == UInt8(ascii: "0") { fraction.removeLast() }
        let digits = whole.drop { $0 == UInt8(ascii: "0") }
        var plain = digits.isEmpty ? "0" : String(decoding: digits, as: UTF8.self)
        if !fraction.isEmpty { plain += "." + String(decoding: fraction, as: UTF8.self) }
        return isNegative && plain != "0" ? "-" + plain : plain
    }
}
