import Wire

/// One setting as an operator sees it.
public struct SettingRow: Hashable, Sendable {
    /// `risk.max_daily_loss_pct`.
    public let key: String
    /// The effective value, as an environment variable would give it.
    public let value: String
    /// `default`, `quartet.yaml:12`, `QUARTET_RISK_MAX_DAILY_LOSS_PCT`.
    public let origin: String
    public let standard: String
    /// What the value must be: `a whole number from 1 to 100`.
    public let range: String
    public let help: String
    /// The environment variable that overrides it.
    public let variable: String
}

/// Every effective value with its origin; secrets are masked.
public enum SettingsReport {
    /// The settings in the order they are declared.
    public static func rows(of loaded: LoadedSettings) -> [SettingRow] {
        var values = DescribingVisitor()
        var settings = loaded.settings
        settings.visit(&values)
        var standards = DescribingVisitor()
        var standard = Settings()
        standard.visit(&standards)
        return zip(values.items, standards.items).map { item, standard in
            SettingRow(
                key: item.key, value: item.text, origin: loaded.origin(of: item.key).description,
                standard: standard.text,
                range: item.range, help: item.help, variable: SettingsEnvironment.variable(for: item.key))
        }
    }

    /// The secrets that are set, masked, with where they come from; their values are not read.
    public static func secretRows(environment: [String: String]) -> [SettingRow] {
        SecretName.allCases.map { name in
            let origin = Secrets.origin(of: name, environment: environment)
            return SettingRow(
                key: name.rawValue, value: origin == nil ? "" : Secret("").description, origin: origin ?? "not set",
                standard: "",
                range: "a secret of \(name.owner.rawValue)", help: "\(name.rawValue) or \(name.fileVariable).",
                variable: name.rawValue)
        }
    }
}

/// Collects what is declared about every setting.
struct DescribingVisitor: SettingVisitor {
    struct Item {
        let key: String
        let text: String
        let yaml: String
        let range: String
        let help: String
    }
    struct Section {
        let key: String
        let help: String
        /// The position of its first item.
        let first: Int
    }
    private(set) var items: [Item] = []
    private(set) var sections: [Section] = []
    private var prefix = ""

    mutating func section<S: SettingSection>(_ key: String, _ section: inout S, _ help: String) {
        sections.append(Section(key: prefix + key, help: help, first: items.count))
        let outer = prefix
        prefix += key + "."
        section.visit(&self)
        prefix = outer
    }

    mutating func setting<T: SettingValue>(_ key: String, _ value: inout T, _ range: SettingRange<T>, _ help: String) {
        let expectation = range.text.isEmpty ? T.noun : T.noun + " " + range.text
        items.append(Item(key: prefix + key, text: value.text, yaml: value.yaml, range: expectation, help: help))
    }
}
