import JSONText

/// How the members of one of an exchange's objects are read: a table of `theirName>our_name:type`.
///
/// Several a line, separated by space; `!` behind the type says that the member must be there. Without `>` our name is
/// theirs in snake case. The types are the letters of ``Scalar``. A member that is missing, `null` or `""` is left out.
///
/// ```
/// Layout("a>id:s! p>price:d! q>quantity:d! T>time:t m>is_buyer_maker:b")
/// ```
public struct Layout: Sendable {
    /// How one value is read and written.
    public enum Scalar: Character, Sendable {
        /// Text: a name or an id; a number becomes its text.
        case text = "s"
        /// A word of a fixed set, in snake case: `PARTIALLY_FILLED` and `PartiallyFilled` → `partially_filled`.
        case word = "w"
        /// An exact decimal as text.
        case decimal = "d"
        case integer = "i"
        /// `true`, `false`, or 0 and 1.
        case bool = "b"
        /// Milliseconds since 1970 → microseconds; what is too large for that is taken for microseconds. 0 and -1 are no time.
        case milliseconds = "t"
        /// Seconds since 1970 → microseconds. 0 and -1 are no time.
        case seconds = "T"
        /// Which way it trades → `buy` or `sell`.
        case side = "x"
        /// MEXC's 1 and 2 → `buy` and `sell`.
        case numberedSide = "X"
        /// Price levels, each `[price, quantity]` or an object of `price`/`p` and `quantity`/`v` → `[[price, quantity]]`.
        case levels = "L"
        /// Anything, brought into order by ``GenericReading``.
        case any = "a"
    }

    indirect enum Content: Sendable {
        case scalar(Scalar)
        /// An object whose members become members of the parent.
        case flattened(Layout)
        case object(Layout)
        case list(Layout)
    }

    struct Field: Sendable {
        let raw: String
        let name: String
        let content: Content
        let isRequired: Bool
    }

    var fields: [Field] = []

    public init(_ table: String) {
        for entry in table.split(whereSeparator: \.isWhitespace) { fields.append(Layout.field(entry)) }
    }

    private static func field(_ entry: Substring) -> Field {
        let isRequired = entry.last == "!"
        let parts = entry.dropLast(isRequired ? 1 : 0).split(separator: ":")
        let names = parts.first?.split(separator: ">") ?? []
        guard parts.count == 2, let letter = parts[1].first, parts[1].count == 1, let scalar = Scalar(rawValue: letter),
            (1...2).contains(names.count)
        else { preconditionFailure("Invariant: \"\(entry)\" is an entry of a layout") }
        let raw = String(names[0])
        return Field(
            raw: raw, name: names.count == 2 ? String(names[1]) : raw == "_" ? raw : GenericReading.snakeCase(raw),
            content: .scalar(scalar), isRequired: isRequired)
    }

    /// With the members of the object `raw` as members of this one.
    public func flattening(_ raw: String, _ layout: Layout) -> Layout { adding(raw, raw, .flattened(layout)) }
    /// With the object `raw` as `name`.
    public func object(_ raw: String, as name: String? = nil, _ layout: Layout) -> Layout {
        adding(raw, name ?? GenericReading.snakeCase(raw), .object(layout))
    }
    /// With the array of objects `raw` as `name`.
    public func list(_ raw: String, as name: String? = nil, _ layout: Layout) -> Layout {
        adding(raw, name ?? GenericReading.snakeCase(raw), .list(layout))
    }
    /// With the entries of another table.
    public func and(_ layout: Layout) -> Layout {
        var copy = self
        copy.fields += layout.fields
        return copy
    }

    private func adding(_ raw: String, _ name: String, _ content: Content) -> Layout {
        var copy = self
        copy.fields.append(Field(raw: raw, name: name, content: content, isRequired: false))
        return copy
    }

    /// How well an object fits: `nil` where a required member is missing, else the share of its members that are known.
    func fit(_ value: JSONValue) -> Double? {
        guard case .object(let object) = value, !object.isEmpty else { return nil }
        var known = 0
        for field in fields {
            guard let member = object[field.raw] else {
                if field.isRequired { return nil }
                continue
            }
            if field.isRequired, member == .null || member == .string("") { return nil }
            known += 1
        }
        return Double(known) / Double(object.count)
    }

    /// How many members of an object are in the table.
    func known(in value: JSONValue) -> Int { fields.count { value[$0.raw] != nil } }

    /// How well an array fits whose elements stand for the fields in their order.
    func fit(tuple value: JSONValue) -> Double? {
        guard case .array(let array) = value, !array.isEmpty else { return nil }
        let required = fields.count { $0.isRequired }
        guard array.count >= required, array.count <= fields.count else { return nil }
        for (element, field) in zip(array, fields) where field.isRequired || element.node.isFilled {
            guard case .scalar(let scalar) = field.content else { return nil }
            var reading = MessageReading()
            guard (try? reading.read(element.node, scalar)) != nil else { return nil }
        }
        return Double(array.count) / Double(fields.count)
    }
}

/// One pass over a message: remembers what it did not know.
public struct MessageReading: Sendable {
    /// By their place in the message, with their first values.
    public private(set) var unknown = JSONObject()

    public init() {}

    /// The members of an object by a layout.
    public mutating func object(_ node: JSONNode, _ layout: Layout) throws(JSONError) -> JSONObject {
        let object = try node.object()
        var out = JSONObject()
        var known: Set<String> = []
        for field in layout.fields {
            known.insert(field.raw)
            let member = node[field.raw]
            guard member.isFilled else {
                if field.isRequired { throw JSONError(.missing, path: member.path, "a value is missing") }
                continue
            }
            if out[field.name] != nil || field.name.hasPrefix("_") { continue }
            switch field.content {
            case .scalar(let scalar):
                let value = try read(member, scalar)
                if value != .null { out[field.name] = value }
            case .flattened(let layout):
                for (key, value) in try self.object(member, layout) where out[key] == nil { out[key] = value }
            case .object(let layout): out[field.name] = .object(try self.object(member, layout))
            case .list(let layout): out[field.name] = .array(try list(member, layout))
            }
        }
        for (key, value) in object where !known.contains(key) { note(node[key].path, value) }
        return out
    }

    /// The objects of an array by a layout.
    public mutating func list(_ node: JSONNode, _ layout: Layout) throws(JSONError) -> [JSONValue] {
        var out: [JSONValue] = []
        for element in try node.elements() { out.append(.object(try object(element, layout))) }
        return out
    }

    /// The elements of an array whose places mean the layout's fields in their order.
    public mutating func tuple(_ node: JSONNode, _ layout: Layout) throws(JSONError) -> JSONObject {
        let elements = try node.elements()
        var out = JSONObject()
        for (index, field) in layout.fields.enumerated() {
            guard index < elements.count, elements[index].isFilled else {
                if field.isRequired { throw JSONError(.missing, path: node[index].path, "\(field.name) is missing") }
                continue
            }
            guard case .scalar(let scalar) = field.content, !field.name.hasPrefix("_") else { continue }
            out[field.name] = try read(elements[index], scalar)
        }
        for index in layout.fields.count..<max(layout.fields.count, elements.count) {
            note(elements[index].path, elements[index].value ?? .null)
        }
        return out
    }

    /// Remembers a member that nothing is known of.
    public mutating func note(_ path: String, _ value: JSONValue) {
        guard unknown.count < 100 else { return }
        let pattern = MessageReading.withoutIndices(path)
        if unknown[pattern] == nil { unknown[pattern] = value }
    }

    private static func withoutIndices(_ path: String) -> String {
        var out = ""
        var isInside = false
        for character in path {
            if character == "]" { isInside = false }
            if !isInside { out.append(character) }
            if character == "[" { isInside = true }
        }
        return out
    }
}
