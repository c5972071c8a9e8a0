public import TradingModel

extension JSONScanner {
    /// The exact decimal that is next, a number or a string that spells one (exchanges write prices as strings).
    @inline(__always)
    public mutating func decimal<D: FixedPoint>(_ type: D.Type) throws(JSONError) -> D {
        skipWhitespace()
        let first = position
        guard take(UInt8(ascii: "\"")) else { return try unquotedDecimal(type) }
        if let (raw, quote) = DecimalText.readQuoted(position, before: end, fractionDigits: D.fractionDigits) {
            position = quote + 1
            return D(raw: raw)
        }
        position = first
        return try unusualDecimal(type)
    }

    @inline(never)
    private mutating func unusualDecimal<D: FixedPoint>(_ type: D.Type) throws(JSONError) -> D {
        let first = position
        let slice = try slice()
        do throws(DecimalError) {
            return try slice.decimal(type)
        } catch {
            throw self.error(.badValue, at: first, error.description)
        }
    }

    @inline(never)
    private mutating func unquotedDecimal<D: FixedPoint>(_ type: D.Type) throws(JSONError) -> D {
        let text = try number()
        do throws(DecimalError) {
            return try D.parse(UnsafeRawBufferPointer(text))
        } catch {
            throw self.error(.badValue, at: position - text.count, error.description)
        }
    }

    /// The next number as its exact text.
    public mutating func number() throws(JSONError) -> UnsafeBufferPointer<UInt8> {
        skipWhitespace()
        guard next == UInt8(ascii: "-") || next &- UInt8(ascii: "0") <= 9 else { throw expected(.number) }
        return try scanNumber()
    }

    /// The next whole number, a number or a string that spells one, within 64 bits.
    @inline(__always)
    public mutating func integer() throws(JSONError) -> Int64 {
        skipWhitespace()
        var cursor = position
        var value: Int64 = 0
        while cursor < end, cursor.pointee &- UInt8(ascii: "0") <= 9, cursor - position < 18 {
            value = value &* 10 &+ Int64(cursor.pointee &- UInt8(ascii: "0"))
            cursor += 1
        }
        // Plain numbers of up to 17 digits that are followed by a comma or bracket: ids and times.
        guard cursor > position, cursor < end, cursor - position < 18,
            cursor.pointee == UInt8(ascii: ",") || cursor.pointee == UInt8(ascii: "}")
                || cursor.pointee == UInt8(ascii: "]"),
            position.pointee != UInt8(ascii: "0") || cursor - position == 1
        else { return try unusualInteger() }
        position = cursor
        return value
    }

    @inline(never)
    private mutating func unusualInteger() throws(JSONError) -> Int64 {
        let first = position
        let text: String
        if next == UInt8(ascii: "\"") {
            text = try slice().string
        } else {
            text = String(decoding: try number(), as: UTF8.self)
        }
        guard let value = JSONNumber.integer(text) else {
            throw error(.badValue, at: first, "\"\(text.prefix(40))\" is not a whole number of 64 bits")
        }
        return value
    }

    /// Validates a number by JSON's grammar and goes behind it.
    mutating func scanNumber() throws(JSONError) -> UnsafeBufferPointer<UInt8> {
        let first = position
        func text() -> String {
            String(decoding: UnsafeBufferPointer(start: first, count: min(position - first, 40)), as: UTF8.self)
        }
        let isNegative = take(UInt8(ascii: "-"))
        let leading = next
        guard skipDigits() > 0 else { throw error(.badSyntax, at: first, "a number needs digits") }
        if leading == UInt8(ascii: "0"), position - first > (isNegative ? 2 : 1) {
            throw error(.badSyntax, at: first, "a number does not begin with 0 before other digits: \(text())")
        }
        if take(UInt8(ascii: ".")) {
            guard skipDigits() > 0 else {
                throw error(.badSyntax, at: first, "a number needs digits after its point: \(text())")
            }
        }
        if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
            if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
            guard skipDigits() > 0 else {
                throw error(.badSyntax, at: first, "a number needs digits in its exponent: \(text())")
            }
        }
        return UnsafeBufferPointer(start: first, count: position - first)
    }

    private mutating func skipDigits() -> Int {
        let first = position
        while position < end, position.pointee &- UInt8(ascii: "0") <= 9 { position += 1 }
        return position - first
    }
}
