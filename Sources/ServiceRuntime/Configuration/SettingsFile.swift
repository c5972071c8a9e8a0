import Yams

/// Reads a YAML file into places and raw values.
enum SettingsFile {
    /// The longest file accepted, in bytes.
    static let limit = 1 << 20

    /// The top-level entries of the file; an empty file has none. Problems go to `problems`.
    static func read(_ path: String, into problems: inout [SettingProblem]) -> [SettingNode.Entry] {
        let place = SettingOrigin.file(path: path, line: 1, column: 1)
        switch FileBytes.read(path, atMost: limit) {
        case .success(let bytes):
            guard let text = String(validating: bytes, as: UTF8.self) else {
                problems.append(SettingProblem(.malformed, "", place, "\(path) is not UTF-8 text: save it as UTF-8."))
                return []
            }
            return parse(text, path: path, into: &problems)
        case .failure(.tooLong):
            problems.append(
                SettingProblem(
                    .unreadable, "", place, "\(path) is longer than 1 MiB, so it is not a configuration file."))
            return []
        case .failure(.system(let code)):
            problems.append(
                SettingProblem(
                    .unreadable, "", place, "\(path) cannot be read (\(SystemError.text(code))): name a readable file.")
            )
            return []
        }
    }

    /// The top-level entries of a text.
    static func parse(_ text: String, path: String, into problems: inout [SettingProblem]) -> [SettingNode.Entry] {
        var text = text.hasPrefix("\u{FEFF}") ? String(text.dropFirst()) : text
        // Yams stops at the first duplicate; each is noted, blanked out and the rest is read again.
        for _ in 0..<100 {
            do {
                guard let node = try Yams.compose(yaml: text) else { return [] }
                if case .scalar(let scalar) = node, isNothing(scalar) { return [] }
                guard let entries = convert(node, path: path).entries else {
                    let place = SettingOrigin.file(path: path, line: 1, column: 1)
                    problems.append(
                        SettingProblem(
                            .malformed, "", place, "\(path) holds no keys: write settings as key: value, one a line."))
                    return []
                }
                return entries.filter { !$0.key.hasPrefix(blank) }
            } catch YamlError.duplicatedKeysInMapping(let duplicates, let context) {
                let key = duplicates.first ?? ""
                let place = SettingOrigin.file(path: path, line: context.mark.line, column: context.mark.column)
                let sentence =
                    "\(key) is given more than once in one section (\(place.precise) is the first): keep one of them."
                problems.append(SettingProblem(.duplicateKey, key, place, sentence))
                guard let next = blankOut(key, at: context.mark, in: text) else { return [] }
                text = next
            } catch {
                problems.append(malformed(error, path: path))
                return []
            }
        }
        return []
    }

    /// Stands for a duplicate that has been noted; a control character cannot be a plain key, so nobody else writes it.
    private static let blank = "-quartet-duplicate-"

    private static func blankOut(_ key: String, at mark: Mark, in text: String) -> String? {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        guard lines.indices.contains(mark.line - 1), !key.isEmpty else { return nil }
        let line = lines[mark.line - 1]
        let start = line.unicodeScalars.index(
            line.unicodeScalars.startIndex, offsetBy: mark.column - 1, limitedBy: line.endIndex)
        guard let start, line[start...].hasPrefix(key) else { return nil }
        let end = line.index(start, offsetBy: key.count)
        lines[mark.line - 1] = line[..<start] + "\(blank)\(mark.line)-\(mark.column)" + line[end...]
        return lines.joined(separator: "\n")
    }

    private static func malformed(_ error: any Error, path: String) -> SettingProblem {
        guard let error = error as? YamlError else {
            let place = SettingOrigin.file(path: path, line: 1, column: 1)
            return SettingProblem(.malformed, "", place, "\(path) is not YAML (\(error)).")
        }
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            let place = SettingOrigin.file(path: path, line: mark.line, column: mark.column)
            return SettingProblem(.malformed, "", place, "\(place.precise) is not YAML: \(problem).")
        case .reader(let problem, _, _, _):
            let place = SettingOrigin.file(path: path, line: 1, column: 1)
            return SettingProblem(.malformed, "", place, "\(path) is not YAML: \(problem).")
        default:
            let place = SettingOrigin.file(path: path, line: 1, column: 1)
            return SettingProblem(.malformed, "", place, "\(path) is not YAML: \(error).")
        }
    }

    private static func convert(_ node: Node, path: String) -> SettingNode {
        let origin = origin(of: node, path: path)
        switch node {
        case .scalar(let scalar):
            return SettingNode(raw: isNothing(scalar) ? .nothing : .text(scalar.string), entries: nil, origin: origin)
        case .sequence(let sequence):
            return SettingNode(raw: .list(sequence.map { convert($0, path: path).raw }), entries: nil, origin: origin)
        case .mapping(let mapping):
            let entries = mapping.map { pair in
                let key = pair.key.scalar?.string ?? "(not a name)"
                return SettingNode.Entry(
                    key: key, origin: Self.origin(of: pair.key, path: path), value: convert(pair.value, path: path))
            }
            let kept = entries.filter { !$0.key.hasPrefix(blank) }
            return SettingNode(raw: .map(kept.map { ($0.key, $0.value.raw) }), entries: kept, origin: origin)
        case .alias:
            return SettingNode(raw: .nothing, entries: nil, origin: origin)
        }
    }

    private static func origin(of node: Node, path: String) -> SettingOrigin {
        .file(path: path, line: node.mark?.line ?? 1, column: node.mark?.column ?? 1)
    }

    /// An unquoted nothing: `key:`, `key: ~`, `key: null`.
    private static func isNothing(_ scalar: Node.Scalar) -> Bool {
        guard scalar.style == .plain || scalar.style == .any else { return false }
        return ["", "~", "null", "Null", "NULL"].contains(scalar.string)
    }
}
