/// Where the value of a setting came from.
public enum SettingOrigin: Hashable, Sendable, CustomStringConvertible {
    case standard
    case file(path: String, line: Int, column: Int)
    /// The name of the variable.
    case environment(String)

    /// `default`, `quartet.yaml:12`, `QUARTET_RISK_MAX_DAILY_TRADES`.
    public var description: String {
        switch self {
        case .standard: "default"
        case .file(let path, let line, _): "\(path):\(line)"
        case .environment(let name): name
        }
    }

    /// With the column: `quartet.yaml:12:5`.
    var precise: String {
        switch self {
        case .file(let path, let line, let column): "\(path):\(line):\(column)"
        case .standard, .environment: description
        }
    }

    /// Sorts problems as a reader meets them: the file from top to bottom, then the environment.
    var readingOrder: (Int, Int, String) {
        switch self {
        case .file(_, let line, let column): (0, line, String(column))
        case .environment(let name): (1, 0, name)
        case .standard: (2, 0, "")
        }
    }
}

/// One thing that is wrong with a configuration.
public struct SettingProblem: Hashable, Sendable, CustomStringConvertible {
    public enum Code: String, Sendable, CaseIterable {
        case unreadable, malformed, unknownKey, duplicateKey, wrongType, outOfRange, contradiction, secretInFile,
            badSecret
    }
    public let code: Code
    /// The dotted key; empty where the whole file is meant.
    public let key: String
    public let origin: SettingOrigin
    /// One sentence: the thing, its value and what to do.
    public let description: String

    init(_ code: Code, _ key: String, _ origin: SettingOrigin, _ description: String) {
        self.code = code
        self.key = key
        self.origin = origin
        self.description = description
    }
}

/// Everything that is wrong with a configuration, at once.
public struct SettingsError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Never empty; in reading order.
    public let problems: [SettingProblem]
    init(_ problems: [SettingProblem]) {
        self.problems = problems.sorted { $0.origin.readingOrder < $1.origin.readingOrder }
    }
    /// One sentence a line.
    public var description: String { problems.map(\.description).joined(separator: "\n") }
}
