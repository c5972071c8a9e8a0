/// A JSON document in memory whose members keep their order; for what is exported once, not for messages.
public indirect enum JSONTree: Hashable, Sendable {
    case null
    case bool(Bool)
    case integer(Int)
    case string(String)
    case array([JSONTree])
    case object([Member])

    public struct Member: Hashable, Sendable {
        public var name: String
        public var value: JSONTree
        public init(_ name: String, _ value: JSONTree) {
            self.name = name
            self.value = value
        }
    }

    /// An object from names and values in reading order.
    public static func object(_ members: KeyValuePairs<String, JSONTree>) -> JSONTree {
        .object(members.map { Member($0.key, $0.value) })
    }

    /// The text, indented by two spaces a level.
    public var text: String {
        var text = ""
        append(to: &text, indent: "")
        return text
    }

    private func append(to text: inout String, indent: String) {
        let inner = indent + "  "
        switch self {
        case .null: text += "null"
        case .bool(let value): text += value ? "true" : "false"
        case .integer(let value): text += String(value)
        case .string(let value): text += Self.quoted(value)
        case .array(let elements):
            if elements.isEmpty {
                text += "[]"
                return
            }
            for (index, element) in elements.enumerated() {
                text += index == 0 ? "[\n" + inner : ",\n" + inner
                element.append(to: &text, indent: inner)
            }
            text += "\n" + indent + "]"
        case .object(let members):
            if members.isEmpty {
                text += "{}"
                return
            }
            for (index, member) in members.enumerated() {
                text += (index == 0 ? "{\n" : ",\n") + inner + Self.quoted(member.name) + ": "
                member.value.append(to: &text, indent: inner)
            }
            text += "\n" + indent + "}"
        }
    }

    private static func quoted(_ value: String) -> String {
        JSONWriter.withMemory { writer in
            writer.write(value)
            return String(decoding: writer.written, as: UTF8.self)
        }
    }
}

/// What a value may be, in JSON Schema 2020-12.
public struct JSONSchema: Hashable, Sendable {
    public var tree: JSONTree

    init(_ members: KeyValuePairs<String, JSONTree>) { tree = .object(members) }

    static let integer = JSONSchema([
        "type": "integer", "minimum": .integer(-Int(JSONWriter.largestInteger)),
        "maximum": .integer(Int(JSONWriter.largestInteger)),
    ])

    static func array(of element: JSONSchema) -> JSONSchema { JSONSchema(["type": "array", "items": element.tree]) }

    static func words(_ words: [String]) -> JSONSchema {
        JSONSchema(["type": "string", "enum": .array(words.map { .string($0) })])
    }
}

extension JSONTree: ExpressibleByStringLiteral {
    public init(stringLiteral value: String) { self = .string(value) }
}

/// Collects the schemas of every object that is met, each once, by its kind.
public struct SchemaBuilder {
    /// In the order in which they were first met.
    private(set) var components: [JSONTree.Member] = []
    private var known: Set<String> = []
    /// Where the document keeps the schemas: `#/components/schemas/` in AsyncAPI, `#/$defs/` in JSON Schema.
    private let place: String

    init(place: String) { self.place = place }

    /// A reference to the schema of `B`, which is built from its visit the first time.
    mutating func reference<B: WireBody>(_: B.Type) -> JSONSchema {
        if known.insert(B.kind).inserted {
            var visitor = SchemaVisitor(self)
            var body = B()
            // A schema's visit does not throw: it reads nothing.
            try? body.visit(&visitor)
            self = visitor.builder
            components.append(JSONTree.Member(B.kind, visitor.object))
        }
        return JSONSchema(["$ref": .string(place + B.kind)])
    }
}

/// Describes the fields of a body.
private struct SchemaVisitor: FieldVisitor {
    var builder: SchemaBuilder
    private var properties: [JSONTree.Member] = []
    private var required: [JSONTree] = []

    init(_ builder: SchemaBuilder) { self.builder = builder }

    mutating func field<T: WireValue>(_ name: StaticString, _ value: inout T) throws(WireError) {
        properties.append(JSONTree.Member(name.description, T.schema(&builder).tree))
        required.append(.string(name.description))
    }

    mutating func optional<T: WireValue>(_ name: StaticString, _ value: inout T?) throws(WireError) {
        properties.append(JSONTree.Member(name.description, T.schema(&builder).tree))
    }

    /// Members that are not described are allowed: a newer writer may know more.
    var object: JSONTree {
        .object([
            "type": "object", "properties": .object(properties), "required": .array(required),
            "additionalProperties": .bool(true),
        ])
    }
}

extension WireBody {
    public static func schema(_ schemas: inout SchemaBuilder) -> JSONSchema { schemas.reference(Self.self) }
}
