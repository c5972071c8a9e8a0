/// A value that can stand in a JSON message: it writes itself, reads itself and describes itself.
///
/// Conformances live in `WireValue+*.swift`: `Bool`, `Int`, `Double`, `String`, decimals (as strings), times (as integer
/// microseconds), string enums, optionals by field, arrays, and every ``WireBody`` as an object.
public protocol WireValue {
    /// A value to decode into; never published.
    static var blank: Self { get }
    static func write(_ value: Self, to writer: inout JSONWriter)
    static func read(from reader: inout JSONReader) throws(WireError) -> Self
    static func schema(_ schemas: inout SchemaBuilder) -> JSONSchema
}

/// A JSON object declared once: the same ``visit(_:)`` writes, reads and describes it.
///
/// Fields are visited in a fixed order, which is the order on the wire; a reader accepts any order and ignores what it
/// does not know. Fields are only ever added, and a field added later is optional.
public protocol WireBody: WireValue, Sendable {
    /// The name of this object's schema, and the `kind` of an envelope where it is a message.
    static var kind: String { get }
    init()
    mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(WireError)
}

/// What walks over the fields of a body: the writer, the reader or the schema builder.
public protocol FieldVisitor {
    /// A required field.
    mutating func field<T: WireValue>(_ name: StaticString, _ value: inout T) throws(WireError)
    /// A field that may be absent. `null` counts as absent.
    mutating func optional<T: WireValue>(_ name: StaticString, _ value: inout T?) throws(WireError)
}
