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
        let text = text.hasPrefix("\u{FEFF}") ? String(text.dropFirst()) : text
        let whole = SettingOrigin.file(path: path, line: 1, column: 1)
        do throws(YAMLFault) {
            guard let node = try YAMLNode.compose(text), !isNothing(node) else { return [] }
            guard let entries = convert(node, path: path, into: &problems).entries else {
                let sentence = "\(path) holds no keys: write settings as key: value, one a line."
                problems.append(SettingProblem(.malformed, "", whole, sentence))
                return []
            }
            return entries
        } catch {
            guard let mark = error.mark else {
                problems.append(SettingProblem(.malformed, "", whole, "\(path) is not YAML: \(error.problem)."))
                return []
            }
            let place = origin(mark, path: path)
            problems.append(
                SettingProblem(.malformed, "", place, "\(place.precise) is not YAML: \(error.problem)."))
            return []
        }
    }

    private static func convert(
        _ node: YAMLNode, path: String, into problems: inout [SettingProblem]
    ) -> SettingNode {
        let place = origin(node.mark, path: path)
        switch node.content {
        case .scalar(let text, _):
            return SettingNode(raw: isNothing(node) ? .nothing : .text(text), entries: nil, origin: place)
        case .sequence(let items):
            let raw = items.map { convert($0, path: path, into: &problems).raw }
            return SettingNode(raw: .list(raw), entries: nil, origin: place)
        case .mapping(let pairs):
            let entries = entries(of: pairs, path: path, into: &problems)
            return SettingNode(raw: .map(entries.map { ($0.key, $0.value.raw) }), entries: entries, origin: place)
        }
    }

    /// The keys of one section; of a key that is given more than once the first counts and is named as a problem.
    private static func entries(
        of pairs: [(key: YAMLNode, value: YAMLNode)], path: String, into problems: inout [SettingProblem]
    ) -> [SettingNode.Entry] {
        var entries: [SettingNode.Entry] = []
        var first: [String: SettingOrigin] = [:]
        var noted: Set<String> = []
        for pair in pairs {
            let key: String
            if case .scalar(let text, _) = pair.key.content { key = text } else { key = "(not a name)" }
            if let place = first[key] {
                guard noted.insert(key).inserted else { continue }
                let sentence =
                    "\(key) is given more than once in one section (\(place.precise) is the first): keep one of them."
                problems.append(SettingProblem(.duplicateKey, key, place, sentence))
                continue
            }
            let place = origin(pair.key.mark, path: path)
            first[key] = place
            let value = convert(pair.value, path: path, into: &problems)
            entries.append(SettingNode.Entry(key: key, origin: place, value: value))
        }
        return entries
    }

    private static func origin(_ mark: YAMLMark, path: String) -> SettingOrigin {
        .file(path: path, line: mark.line, column: mark.column)
    }

    /// An unquoted nothing: `key:`, `key: ~`, `key: null`.
    private static func isNothing(_ node: YAMLNode) -> Bool {
        guard case .scalar(let text, plain: true) = node.content else { return false }
        return ["", "~", "null", "Null", "NULL"].contains(text)
    }
}
