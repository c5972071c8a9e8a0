import TradingModel

/// One value of the file with its place.
struct SettingNode: Sendable {
    /// The keys of a map in file order, with their places; `nil` for anything else.
    struct Entry: Sendable {
        let key: String
        let origin: SettingOrigin
        let value: SettingNode
    }
    let raw: RawSetting
    let entries: [Entry]?
    let origin: SettingOrigin
}

/// Fills settings from the file and the environment, and notes everything that does not fit.
struct LoadingVisitor: SettingVisitor {
    private struct Scope {
        let prefix: String
        let entries: [SettingNode.Entry]
        var known: [String] = []
    }
    private let environment: [String: String]
    private var scopes: [Scope]
    /// Dotted key → where its value came from, for every key.
    private(set) var origins: [String: SettingOrigin] = [:]
    private(set) var problems: [SettingProblem] = []
    private var unknown: [(prefix: String, entry: SettingNode.Entry, siblings: [String])] = []

    init(root: [SettingNode.Entry], environment: [String: String]) {
        self.environment = environment
        scopes = [Scope(prefix: "", entries: root)]
    }

    private var scope: Scope { scopes[scopes.count - 1] }

    mutating func section<S: SettingSection>(_ key: String, _ section: inout S, _ help: String) {
        let path = scope.prefix + key
        scopes[scopes.count - 1].known.append(key)
        var entries: [SettingNode.Entry] = []
        if let entry = scope.entries.first(where: { $0.key == key }) {
            switch (entry.value.entries, entry.value.raw) {
            case (let found?, _): entries = found
            case (nil, .nothing): break
            case (nil, let raw):
                problems.append(
                    SettingProblem(
                        .wrongType, path, entry.value.origin,
                        "\(path) is \(raw.shown) (\(entry.value.origin.precise)), but must be a section: indent its keys under it."
                    ))
            }
        }
        scopes.append(Scope(prefix: path + ".", entries: entries))
        section.visit(&self)
        closeScope()
    }

    mutating func setting<T: SettingValue>(_ key: String, _ value: inout T, _ range: SettingRange<T>, _ help: String) {
        let path = scope.prefix + key
        scopes[scopes.count - 1].known.append(key)
        origins[path] = .standard
        if let entry = scope.entries.first(where: { $0.key == key }) {
            read(path, entry.value.raw, entry.value.origin, range, into: &value)
        }
        let variable = SettingsEnvironment.variable(for: path)
        // The file's value is checked even where the environment overrides it: it is wrong all the same.
        if let text = environment[variable], !text.isEmpty {
            read(path, .override(text), .environment(variable), range, into: &value)
        }
    }

    private mutating func read<T: SettingValue>(
        _ path: String, _ raw: RawSetting, _ origin: SettingOrigin, _ range: SettingRange<T>, into value: inout T
    ) {
        let expectation = range.text.isEmpty ? T.noun : T.noun + " " + range.text
        if case .nothing = raw {
            let sentence =
                "\(path) has no value (\(origin.precise)): give \(expectation), or remove the line to use the default \(value.yaml)."
            problems.append(SettingProblem(.wrongType, path, origin, sentence))
            return
        }
        do throws(SettingMismatch) {
            let found = try T(raw: raw)
            guard range.contains(found) else {
                let shown = raw.scalar == nil ? found.yaml : raw.shown
                let sentence = "\(path) is \(shown) (\(origin.precise)), but must be \(expectation)."
                problems.append(SettingProblem(.outOfRange, path, origin, sentence))
                return
            }
            value = found
            origins[path] = origin
        } catch {
            let near = error.scalar.flatMap { NearestName.of($0, among: T.words) }
            let hint = near.map { ": did you mean \($0)?" } ?? "."
            let sentence = "\(path) is \(error.shown) (\(origin.precise)), but must be \(expectation)\(hint)"
            problems.append(SettingProblem(.wrongType, path, origin, sentence))
        }
    }

    private mutating func closeScope() {
        let scope = scopes.removeLast()
        for entry in scope.entries where !scope.known.contains(entry.key) {
            unknown.append((scope.prefix, entry, scope.known))
        }
    }

    /// Closes the file's top level and notes unknown keys of file and environment.
    mutating func finish() {
        closeScope()
        for (prefix, entry, siblings) in unknown {
            problems.append(
                contentsOf: Self.problems(
                    ofUnknown: entry, prefix: prefix, siblings: siblings, known: Array(origins.keys)))
        }
        problems.append(contentsOf: SettingsEnvironment.problems(in: environment, knownKeys: origins.keys.sorted()))
    }

    private static func problems(
        ofUnknown entry: SettingNode.Entry, prefix: String, siblings: [String], known: [String]
    ) -> [SettingProblem] {
        let secrets = SecretName.secrets(in: entry, prefix: prefix)
        guard secrets.isEmpty else { return secrets }
        let path = prefix + entry.key
        let hint: String
        if let near = NearestName.of(entry.key, among: siblings) {
            hint = "did you mean \(prefix)\(near)?"
        } else if let elsewhere = known.sorted().first(where: {
            $0.split(separator: ".").last.map(String.init) == entry.key
        }) {
            hint = "did you mean \(elsewhere)?"
        } else if let near = NearestName.of(path, among: known.sorted()) {
            hint = "did you mean \(near)?"
        } else {
            hint = "known here are \(siblings.sorted().joined(separator: ", "))."
        }
        let sentence = "\(path) is not a setting (\(entry.origin.precise)): \(hint)"
        return [SettingProblem(.unknownKey, path, entry.origin, sentence)]
    }
}
