import Glibc
public import Wire

/// The secrets one process holds.
public struct Secrets: Sendable {
    private let values: [SecretName: Secret]

    /// `nil` where it is not set, or belongs to another service.
    public subscript(_ name: SecretName) -> Secret? { values[name] }

    init(_ values: [SecretName: Secret]) { self.values = values }
    public static let none = Secrets([:])

    /// Reads the secrets that `service` owns, from the environment or the files it names.
    public static func load(for service: ServiceName, environment: [String: String]) throws(SettingsError) -> Secrets {
        var values: [SecretName: Secret] = [:]
        var problems: [SettingProblem] = []
        for name in SecretName.allCases where name.owner == service {
            do throws(SettingProblem) {
                values[name] = try read(name, environment)
            } catch {
                problems.append(error)
            }
        }
        guard problems.isEmpty else { throw SettingsError(problems) }
        return Secrets(values)
    }

    /// Where a secret would come from, without reading it: `environment`, `file /path`, or `nil`.
    public static func origin(of name: SecretName, environment: [String: String]) -> String? {
        if let value = environment[name.rawValue], !value.isEmpty { return "environment" }
        if let path = environment[name.fileVariable], !path.isEmpty { return "file \(path)" }
        return nil
    }

    private static func read(_ name: SecretName, _ environment: [String: String]) throws(SettingProblem) -> Secret? {
        let direct = environment[name.rawValue].flatMap { $0.isEmpty ? nil : $0 }
        let path = environment[name.fileVariable].flatMap { $0.isEmpty ? nil : $0 }
        func problem(_ variable: String, _ sentence: String) -> SettingProblem {
            SettingProblem(.badSecret, variable, .environment(variable), sentence)
        }
        switch (direct, path) {
        case (nil, nil): return nil
        case (_?, _?):
            throw problem(name.rawValue, "\(name.rawValue) and \(name.fileVariable) are both set: keep one of them.")
        case (let value?, nil):
            guard isUsable(value) else {
                throw problem(
                    name.rawValue, "\(name.rawValue) contains blanks or control characters: set it to the bare value.")
            }
            return Secret(value)
        case (nil, let path?):
            var status = stat()
            guard stat(path, &status) == 0 else {
                throw problem(
                    name.fileVariable,
                    "\(name.fileVariable) names \(path), which cannot be read (\(SystemError.text(errno))).")
            }
            guard status.st_mode & 0o077 == 0 else {
                throw problem(
                    name.fileVariable,
                    "\(name.fileVariable) names \(path), which other users may read: run chmod 600 \(path).")
            }
            guard case .success(let bytes) = FileBytes.read(path, atMost: 4_096) else {
                throw problem(
                    name.fileVariable,
                    "\(name.fileVariable) names \(path), which cannot be read as a file of at most 4096 bytes.")
            }
            let value = trimmed(String(decoding: bytes, as: UTF8.self))
            guard !value.isEmpty, isUsable(value) else {
                throw problem(
                    name.fileVariable,
                    "\(name.fileVariable) names \(path), which does not hold one line with the bare value.")
            }
            return Secret(value)
        }
    }

    private static func isUsable(_ value: String) -> Bool { value.utf8.allSatisfy { (33...126).contains($0) } }
}

extension SettingProblem: Error {}
