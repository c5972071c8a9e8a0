/// A JSON value as a tree. Numbers keep their exact text, objects the order of their keys.
public enum JSONValue: Hashable, Sendable {
    case object(JSONObject)
    case array([JSONValue])
    case string(String)
    case number(JSONNumber)
    case bool(Bool)
    case null

    /// Reads one strict JSON value (RFC 8259) and nothing else; O(length).
    ///
    /// Refused with one sentence and the place: anything outside the grammar, strings that are no UTF-8, a key that an
    /// object names twice, text behind the value, and more than `limits` allows.
    public static func parse(
        _ bytes: UnsafeRawBufferPointer, limits: JSONLimits = .standard
    ) throws(JSONError) -> JSONValue {
        guard bytes.count <= limits.bytes else {
            throw JSONError(.tooLarge, "the text has \(bytes.count) bytes, more than the \(limits.bytes) allowed")
        }
        var scanner = JSONScanner(bytes, limits: limits)
        let value = try scanner.value()
        try scanner.finish()
        return value
    }

    /// The same from a string.
    public static func parse(_ text: String, limits: JSONLimits = .standard) throws(JSONError) -> JSONValue {
        var text = text
        let result: Result<JSONValue, JSONError> = text.withUTF8 { utf8 in
            do throws(JSONError) {
                return .success(try parse(UnsafeRawBufferPointer(utf8), limits: limits))
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    /// The same from bytes in an array.
    public static func parse(_ bytes: [UInt8], limits: JSONLimits = .standard) throws(JSONError) -> JSONValue {
        let result: Result<JSONValue, JSONError> = bytes.withUnsafeBytes { raw in
            do throws(JSONError) {
                return .success(try parse(raw, limits: limits))
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    /// What it is, in words: `a string`.
    public var kind: JSONScanner.Kind {
        switch self {
        case .object: .object
        case .array: .array
        case .string: .string
        case .number: .number
        case .bool: .bool
        case .null: .null
        }
    }

    /// The member of that key; `nil` where there is none or this is no object.
    public subscript(_ key: String) -> JSONValue? {
        if case .object(let object) = self { object[key] } else { nil }
    }

    /// The element at that index; `nil` where there is none or this is no array.
    public subscript(_ index: Int) -> JSONValue? {
        if case .array(let array) = self, array.indices.contains(index) { array[index] } else { nil }
    }

    /// This value as the root of a tree whose accessors say in their errors where they were.
    public var node: JSONNode { JSONNode(self) }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral, ExpressibleByNilLiteral
{
    public init(stringLiteral value: String) { self = .string(value) }
    public init(integerLiteral value: Int64) { self = .number(JSONNumber(value)) }
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    public init(dictionaryLiteral elements: (String, JSONValue)...) { self = .object(JSONObject(elements)) }
    public init(nilLiteral: ()) { self = .null }

    public init(_ value: some BinaryInteger) { self = .number(JSONNumber(value)) }
    public init(_ value: String) { self = .string(value) }
    public init(_ value: Bool) { self = .bool(value) }
}

/// The members of an object in the order of the text, each key once.
public struct JSONObject: Hashable, Sendable, Sequence {
    public private(set) var members: [(key: String, value: JSONValue)] = []
    /// Where each key stands; made once the object has more members than are looked through faster.
    private var places: [String: Int] = [:]

    private static let indexedFrom = 12

    public init() {}

    /// A later member of the same key replaces the earlier one in its place.
    public init(_ members: some Sequence<(String, JSONValue)>) {
        for (key, value) in members { self[key] = value }
    }

    public var count: Int { members.count }
    public var isEmpty: Bool { members.isEmpty }
    public var keys: [String] { members.map(\.key) }
    public func makeIterator() -> IndexingIterator<[(key: String, value: JSONValue)]> { members.makeIterator() }

    /// The value of a key. Setting appends or replaces in place; setting `nil` removes.
    public subscript(_ key: String) -> JSONValue? {
        get { place(key).map { members[$0].value } }
        set {
            switch (place(key), newValue) {
            case (let place?, let value?): members[place].value = value
            case (let place?, nil):
                members.remove(at: place)
                places = [:]
                if members.count >= Self.indexedFrom { index() }
            case (nil, let value?): append(key, value)
            case (nil, nil): break
            }
        }
    }

    /// Appends a member whose key is new; `false`, and nothing changed, where it is not.
    mutating func appendNew(_ key: String, _ value: JSONValue) -> Bool {
        guard place(key) == nil else { return false }
        append(key, value)
        return true
    }

    private mutating func append(_ key: String, _ value: JSONValue) {
        members.append((key, value))
        if members.count == Self.indexedFrom {
            index()
        } else if members.count > Self.indexedFrom {
            places[key] = members.count - 1
        }
    }

    private mutating func index() {
        for (place, member) in members.enumerated() { places[member.key] = place }
    }

    private func place(_ key: String) -> Int? {
        if members.count >= Self.indexedFrom { return places[key] }
        return members.firstIndex { $0.key == key }
    }

    public static func == (a: JSONObject, b: JSONObject) -> Bool {
        a.count == b.count && zip(a.members, b.members).allSatisfy { $0.key == $1.key && $0.value == $1.value }
    }

    public func hash(into hasher: inout Hasher) {
        for member in members {
            hasher.combine(member.key)
            hasher.combine(member.value)
        }
    }
}

extension JSONScanner {
    /// The next value as a tree; a key that an object names twice is refused.
    public mutating func value() throws(JSONError) -> JSONValue {
        switch try kind() {
        case .object:
            var object = JSONObject()
            try beginObject()
            while let key = try nextKey() {
                let name = key.string
                let value = try value()
                guard object.appendNew(name, value) else {
                    let quote = key.bytes.baseAddress.map { $0 - 1 }
                    throw error(.duplicateKey, at: quote, "the key \"\(name.prefix(40))\" stands twice in an object")
                }
            }
            return .object(object)
        case .array:
            var array: [JSONValue] = []
            try beginArray()
            while try nextElement() { array.append(try value()) }
            return .array(array)
        case .string: return .string(try string())
        case .number: return .number(JSONNumber(validated: String(decoding: try number(), as: UTF8.self)))
        case .bool: return .bool(try bool())
        case .null:
            guard takeNull() else { throw misplaced("a value") }
            return .null
        }
    }
}
