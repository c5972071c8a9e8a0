/// What walks over the settings: the loader, the report, the documentation.
///
/// Every setting is declared once, in `visit`, with its key, range and meaning; nothing else knows the list.
protocol SettingVisitor {
    mutating func section<S: SettingSection>(_ key: String, _ section: inout S, _ help: String)
    mutating func setting<T: SettingValue>(_ key: String, _ value: inout T, _ range: SettingRange<T>, _ help: String)
}

extension SettingVisitor {
    mutating func setting<T: SettingValue>(_ key: String, _ value: inout T, _ help: String) {
        setting(key, &value, .any, help)
    }
}

/// A group of settings under one key of the file.
protocol SettingSection: Sendable {
    /// A section with every setting at its default.
    init()
    mutating func visit<V: SettingVisitor>(_ visitor: inout V)
}

/// Which values of a type a setting takes.
struct SettingRange<Value: SettingValue>: Sendable {
    /// What follows the noun in a sentence: `from 1 to 50`; empty where every value is taken.
    let text: String
    private let check: @Sendable (Value) -> Bool

    init(_ text: String, _ check: @escaping @Sendable (Value) -> Bool) {
        self.text = text
        self.check = check
    }

    func contains(_ value: Value) -> Bool { check(value) }

    /// Every value the type can hold.
    static var any: SettingRange { SettingRange("") { _ in true } }
}

extension SettingRange where Value: Comparable {
    /// Both bounds are taken.
    static func from(_ low: Value, to high: Value) -> SettingRange {
        SettingRange("from \(low.text) to \(high.text)") { low <= $0 && $0 <= high }
    }
}

extension SettingRange where Value: Collection & Sendable {
    /// How many elements a list or map has.
    static func count(_ low: Int, to high: Int) -> SettingRange {
        SettingRange("with \(low) to \(high) entries") { low <= $0.count && $0.count <= high }
    }
}
