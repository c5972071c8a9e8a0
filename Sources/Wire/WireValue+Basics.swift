extension Bool: WireValue {
    public static var blank: Bool { false }
    public static func write(_ value: Bool, to writer: inout JSONWriter) { writer.write(value) }
    public static func read(from reader: inout JSONReader) throws(WireError) -> Bool { try reader.readBool() }
    public static func schema(_ schemas: inout SchemaBuilder) -> JSONSchema { JSONSchema(["type": "boolean"]) }
}

extension Int: WireValue {
    public static var blank: Int { 0 }
    public static func write(_ value: Int, to writer: inout JSONWriter) { writer.write(Int64(value)) }
    public static func read(from reader: inout JSONReader) throws(WireError) -> Int { Int(try reader.readInteger()) }
    public static func schema(_ schemas: inout SchemaBuilder) -> JSONSchema { .integer }
}

extension Int64: WireValue {
    public static var blank: Int64 { 0 }
    public static func write(_ value: Int64, to writer: inout JSONWriter) { writer.write(value) }
    public static func read(from reader: inout JSONReader) throws(WireError) -> Int64 { try reader.readInteger() }
    public static func schema(_ schemas: inout SchemaBuilder) -> JSONSchema { .integer }
}

extension Double: WireValue {
    public static var blank: Double { 0 }
    public static func write(_ value: Double, to writer: inout JSONWriter) { writer.write(value) }
    public static func read(from reader: inout JSONReader) throws(WireError) -> Double { try reader.readDouble() }
    public static func schema(_ schemas: inout SchemaBuilder) -> JSONSchema { JSONSchema(["type": "number"]) }
}

extension String: WireValue {
    public static var blank: String { "" }
    public static func write(_ value: String, to writer: inout JSONWriter) { writer.write(value) }
    public static func read(from reader: inout JSONReader) throws(WireError) -> String { try reader.readString() }
    public static func schema(_ schemas: inout SchemaBuilder) -> JSONSchema { JSONSchema(["type": "string"]) }
}

extension Array: WireValue where Element: WireValue {
    public static var blank: [Element] { [] }

    public static func write(_ value: [Element], to writer: inout JSONWriter) {
        writer.reserve(1)
        writer.put(UInt8(ascii: "["))
        var isFirst = true
        for element in value {
            if !isFirst {
                writer.reserve(1)
                writer.put(UInt8(ascii: ","))
            }
            isFirst = false
            Element.write(element, to: &writer)
        }
        writer.reserve(1)
        writer.put(UInt8(ascii: "]"))
    }

    public static func read(from reader: inout JSONReader) throws(WireError) -> [Element] {
        guard reader.next == UInt8(ascii: "[") else { throw reader.expected("an array") }
        try reader.descend()
        reader.position += 1
        reader.skipWhitespace()
        var elements: [Element] = []
        if !reader.take(UInt8(ascii: "]")) {
            while true {
                do { elements.append(try Element.read(from: &reader)) } catch {
                    throw error.inside(index: elements.count)
                }
                reader.skipWhitespace()
                if reader.take(UInt8(ascii: "]")) { break }
                guard reader.take(UInt8(ascii: ",")) else { throw reader.misplaced("\",\" or \"]\"") }
                reader.skipWhitespace()
            }
        }
        reader.depth -= 1
        return elements
    }

    public static func schema(_ schemas: inout SchemaBuilder) -> JSONSchema { .array(of: Element.schema(&schemas)) }
}

/// A closed set of words: the raw value on the wire, any other word refused.
extension WireValue where Self: RawRepresentable & CaseIterable, RawValue == String {
    public static var blank: Self { allCases[allCases.startIndex] }

    public static func write(_ value: Self, to writer: inout JSONWriter) { writer.write(plain: value.rawValue) }

    public static func read(from reader: inout JSONReader) throws(WireError) -> Self {
        let place = reader.position
        let word = try reader.readString()
        if let value = Self(rawValue: word) { return value }
        let known = allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ", ")
        throw reader.error(.badValue, at: place, "\"\(word.prefix(40))\" is none of \(known)")
    }

    public static func schema(_ schemas: inout SchemaBuilder) -> JSONSchema { .words(allCases.map(\.rawValue)) }
}
