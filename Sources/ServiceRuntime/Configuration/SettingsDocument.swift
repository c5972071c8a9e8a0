import Wire

/// The documentation of the settings, made from their declarations.
public enum SettingsDocument {
    /// `docs/configuration.md`.
    public static func markdown() -> String {
        let (items, groups) = describe()
        var text = introduction
        for group in groups {
            text += "\n## \(group.key.isEmpty ? "Top level" : group.key)\n\n\(group.help)\n\n"
            if group.range.isEmpty { continue }
            text += "| Key | Default | Takes | Meaning |\n|---|---|---|---|\n"
            for item in items[group.range] {
                let standard = item.yaml == "\"\"" || item.yaml == "{}" ? "none" : "`\(item.yaml)`"
                text += "| `\(item.key)` | \(standard) | \(escape(item.range)) | \(escape(item.help)) |\n"
            }
        }
        return text + secrets
    }

    /// `quartet.example.yaml`: every key at its default, commented out.
    public static func example() -> String {
        let (items, groups) = describe()
        var text = """
            # Quartet's settings, each at its default. Copy to quartet.yaml and uncomment what you change;
            # an empty file trades on paper. What every key means: docs/configuration.md.

            """
        for group in groups {
            text += "\n"
            // A section in a section stands two blanks further in.
            let depth = group.key.split(separator: ".").count
            let indent = "# " + String(repeating: "  ", count: depth)
            if let name = group.key.split(separator: ".").last {
                text += "# \(group.help)\n\(indent.dropLast(2))\(name):\n"
            }
            for item in items[group.range] {
                let name = group.key.isEmpty ? item.key : String(item.key.dropFirst(group.key.count + 1))
                text += "\(indent)\(name): \(item.yaml)\n"
            }
        }
        return text
    }

    private struct Group {
        let key: String
        let help: String
        let range: Range<Int>
    }

    private static func describe() -> (items: [DescribingVisitor.Item], groups: [Group]) {
        var visitor = DescribingVisitor()
        var settings = Settings()
        settings.visit(&visitor)
        let starts = visitor.sections.map(\.first)
        let ends = starts.dropFirst() + [visitor.items.count]
        var groups = [
            Group(key: "", help: "What all services share.", range: 0..<(starts.first ?? visitor.items.count))
        ]
        for (section, end) in zip(visitor.sections, ends) {
            groups.append(Group(key: section.key, help: section.help, range: section.first..<end))
        }
        return (visitor.items, groups)
    }

    private static func escape(_ text: String) -> String {
        String(text.flatMap { $0 == "|" ? Array("\\|") : [$0] })
    }

    private static let introduction = """
        # Configuration

        <!-- Made from the declarations in Sources/ServiceRuntime/Configuration: QUARTET_UPDATE_DOCS=1 swift test --filter SettingsDocument. -->

        One YAML file, every key with a default: an empty or missing file trades on paper. The file is, in this order, the one
        `--config` names, the one `QUARTET_CONFIG` names, `./quartet.yaml`, `/etc/quartet/quartet.yaml`. `quartet.example.yaml`
        holds every key at its default. `quartet show-config` prints each effective value and where it came from.

        An environment variable overrides a key: `risk.max_daily_loss_pct` is `QUARTET_RISK_MAX_DAILY_LOSS_PCT`. Lists are written
        `BTC/USDT,ETH/USDT`, maps `8=3,15=8`. An empty variable counts as not set. A variable that starts with `QUARTET_` and is no
        setting is refused.

        Percentages are plain numbers: `5` is five percent. Percentages, amounts and ratios are exact decimals. Whole numbers are
        written without separators or leading zeros, truth as `true` or `false`.

        A service does not start on a configuration with faults (exit code 78): unknown, repeated or empty keys, values of the wrong
        type or out of range, values that contradict each other. It names every fault at once, each in one sentence with the file,
        line and column or the variable, the value and what would be right.

        """

    private static var secrets: String {
        var text = """

            ## Secrets

            Secrets come from the environment or from a file that a variable with `_FILE` names (readable by its owner only); one
            that is found in the YAML file is refused. A service reads only its own. Reports and logs show a mask.

            | Variable | or | Read by |
            |---|---|---|

            """
        for name in SecretName.allCases {
            let owner = name.owner.rawValue
            text += "| `\(name.rawValue)` | `\(name.fileVariable)` | \(owner) |\n"
        }
        return text
    }
}
