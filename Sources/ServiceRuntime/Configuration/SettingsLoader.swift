import Glibc

/// Settings together with where each value came from.
public struct LoadedSettings: Sendable {
    public let settings: Settings
    /// The file that was read; `nil` where there is none and defaults stand.
    public let file: String?
    let origins: [String: SettingOrigin]

    /// Where a value came from, by its dotted key.
    public func origin(of key: String) -> SettingOrigin { origins[key] ?? .standard }
}

/// Finds, reads and checks the configuration.
public enum SettingsLoader {
    /// Looked for in this order where neither `--config` nor `QUARTET_CONFIG` names a file.
    public static let searchPath = ["quartet.yaml", "/etc/quartet/quartet.yaml"]

    /// Loads the file (from `--config`; else `QUARTET_CONFIG`; else the first of `searchPath` that exists; else none) and
    /// lets `QUARTET_…` variables of `environment` override it. Reports everything that is wrong at once.
    public static func load(
        file: String? = nil, environment: [String: String], searchPath: [String] = searchPath
    ) throws(SettingsError) -> LoadedSettings {
        var problems: [SettingProblem] = []
        let named = file ?? environment["QUARTET_CONFIG"].flatMap { $0.isEmpty ? nil : $0 }
        let path = named ?? searchPath.first { access($0, F_OK) == 0 }
        let root = path.map { SettingsFile.read($0, into: &problems) } ?? []
        // Nothing can be said of a file that cannot be read; what follows would only be noise.
        guard !problems.contains(where: { $0.code == .unreadable || $0.code == .malformed }) else {
            throw SettingsError(problems)
        }
        return try load(root: root, file: path, environment: environment, problems: problems)
    }

    /// Loads from a text, as ``load(file:environment:searchPath:)`` does from a file; `name` stands for the file in sentences.
    public static func load(
        text: String, name: String = "quartet.yaml", environment: [String: String] = [:]
    ) throws(SettingsError) -> LoadedSettings {
        var problems: [SettingProblem] = []
        let root = SettingsFile.parse(text, path: name, into: &problems)
        guard !problems.contains(where: { $0.code == .malformed }) else { throw SettingsError(problems) }
        return try load(root: root, file: name, environment: environment, problems: problems)
    }

    private static func load(
        root: [SettingNode.Entry], file: String?, environment: [String: String], problems: [SettingProblem]
    ) throws(SettingsError) -> LoadedSettings {
        var settings = Settings()
        var visitor = LoadingVisitor(root: root, environment: environment)
        settings.visit(&visitor)
        visitor.finish()
        let loaded = LoadedSettings(settings: settings, file: file, origins: visitor.origins)
        var all = problems + visitor.problems
        all += SettingsChecks.problems(in: loaded, environment: environment, wrongKeys: Set(all.map(\.key)))
        guard all.isEmpty else { throw SettingsError(all) }
        return loaded
    }
}
