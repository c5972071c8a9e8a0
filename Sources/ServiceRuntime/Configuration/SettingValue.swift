/// What was written for a setting, before it has a type.
enum RawSetting: Sendable {
    /// One scalar of the file.
    case text(String)
    /// The text of an environment variable: lists are `a,b`, maps `k=v,k=v`.
    case override(String)
    case list([RawSetting])
    case map([(key: String, value: RawSetting)])
    /// A key without a value.
    case nothing

    /// What a sentence shows of it, cut at 60 characters.
    var shown: String {
        switch self {
        case .text(let text), .override(let text): text.count <= 60 ? "\"\(text)\"" : "\"\(text.prefix(60))…\""
        case .list: "a list"
        case .map: "a map"
        case .nothing: "empty"
        }
    }

    var scalar: String? {
        switch self {
        case .text(let text), .override(let text): text
        case .list, .map, .nothing: nil
        }
    }
}

/// The part of a raw setting that is not of the wanted type.
struct SettingMismatch: Error {
    let shown: String
    /// What was written, where it is one scalar.
    let scalar: String?
    init(_ raw: RawSetting) {
        shown = raw.shown
        scalar = raw.scalar
    }
}

/// A type a setting can have.
protocol SettingValue: Sendable, Equatable {
    /// What a sentence calls it: `a whole number`.
    static var noun: String { get }
    /// What a list of them is called: `whole numbers`.
    static var plural: String { get }
    /// The words it can be made of, where there is a closed set of them.
    static var words: [String] { get }
    init(raw: RawSetting) throws(SettingMismatch)
    /// As an environment variable would give it.
    var text: String { get }
    /// As the file would give it.
    var yaml: String { get }
}

extension SettingValue {
    static var words: [String] { [] }
    var yaml: String { text }
}

/// A type whose value is one scalar.
protocol ScalarSetting: SettingValue {
    init?(settingText: String)
}

extension ScalarSetting {
    init(raw: RawSetting) throws(SettingMismatch) {
        guard let text = raw.scalar, let value = Self(settingText: text) else { throw SettingMismatch(raw) }
        self = value
    }
}

/// A closed set of words; the raw value is the word in the file.
protocol SettingChoice: ScalarSetting, RawRepresentable, CaseIterable where RawValue == String {}

extension SettingChoice {
    static var noun: String { "one of " + allCases.map(\.rawValue).joined(separator: ", ") }
    static var plural: String { "words out of " + words.joined(separator: ", ") }
    static var words: [String] { allCases.map(\.rawValue) }
    init?(settingText: String) { self.init(rawValue: settingText) }
    var text: String { rawValue }
}

extension Array: SettingValue where Element: SettingValue {
    static var noun: String { "a list of " + Element.plural }
    static var plural: String { "lists of " + Element.plural }

    init(raw: RawSetting) throws(SettingMismatch) {
        let parts: [RawSetting]
        switch raw {
        case .list(let elements): parts = elements
        case .override(let text): parts = splitOverride(text).map(RawSetting.text)
        case .text, .map, .nothing: throw SettingMismatch(raw)
        }
        self = []
        for part in parts { append(try Element(raw: part)) }
    }

    var text: String { map(\.text).joined(separator: ",") }
    var yaml: String { "[" + map(\.yaml).joined(separator: ", ") + "]" }
}

extension Dictionary: SettingValue where Key: ScalarSetting & Comparable, Value: ScalarSetting {
    static var noun: String { "a map of \(Key.plural) to \(Value.plural)" }
    static var words: [String] { Value.words }
    static var plural: String { "maps of \(Key.plural) to \(Value.plural)" }

    init(raw: RawSetting) throws(SettingMismatch) {
        self = [:]
        for (name, value) in try pairs(of: raw) {
            guard let key = Key(settingText: name), self[key] == nil else { throw SettingMismatch(.text(name)) }
            self[key] = try Value(raw: value)
        }
    }

    private var sorted: [(key: Key, value: Value)] { self.sorted { $0.key < $1.key } }
    var text: String { sorted.map { $0.key.text + "=" + $0.value.text }.joined(separator: ",") }
    var yaml: String { "{" + sorted.map { $0.key.yaml + ": " + $0.value.yaml }.joined(separator: ", ") + "}" }
}

/// The entries of a map, in the order they are written.
func pairs(of raw: RawSetting) throws(SettingMismatch) -> [(key: String, value: RawSetting)] {
    switch raw {
    case .map(let entries): return entries
    case .override(let text):
        var entries: [(key: String, value: RawSetting)] = []
        for part in splitOverride(text) {
            guard let equals = part.firstIndex(of: "=") else { throw SettingMismatch(.text(part)) }
            entries.append((trimmed(part[..<equals]), .text(trimmed(part[part.index(after: equals)...]))))
        }
        return entries
    case .text, .list, .nothing: throw SettingMismatch(raw)
    }
}

private func splitOverride(_ text: String) -> [String] {
    text.split(separator: ",", omittingEmptySubsequences: false).map { trimmed($0) }
}

/// Without the blanks at both ends.
func trimmed(_ text: some StringProtocol) -> String {
    String(text.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
}
