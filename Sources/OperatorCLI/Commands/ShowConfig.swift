import ArgumentParser
import ServiceRuntime
import Wire

struct ShowConfig: DeskCommand {
    static let configuration = CommandConfiguration(
        commandName: "show-config",
        abstract: "Print every effective setting and where it came from.",
        discussion: """
            EXAMPLES
              quartet show-config                     all of them
              quartet show-config risk                those that begin with risk
              quartet show-config --explain feed      with what each means and which values it takes

            COLUMNS
              setting  its key in the file
              value    what is in force
              origin   default, the file and line, or the environment variable that overrode it

            Secrets are masked and never read. A configuration with a mistake is not shown: every mistake is \
            named instead, and the status is 1.
            """)
    @OptionGroup var options: SharedOptions

    @Argument(help: "Only settings whose key begins with this.")
    var prefix = ""

    @Flag(name: .long, help: "Add what each setting means, its range and the variable that overrides it.")
    var explain = false

    func run(at desk: Desk) async throws {
        if let fault = desk.installation.strategyFault { throw Failure(fault) }
        let rows = SettingsReport.rows(of: desk.loaded).filter { $0.key.hasPrefix(prefix) }
        guard !rows.isEmpty else { throw Failure("no setting begins with \"\(prefix)\": see quartet show-config") }
        let secrets = prefix.isEmpty ? SettingsReport.secretRows(environment: Machine.environmentVariables) : []
        let report = ConfigurationReport(file: desk.loaded.file, settings: rows, secrets: secrets)
        desk.show(report) { lines($0, on: desk.canvas) }
    }

    private func lines(_ report: ConfigurationReport, on canvas: Canvas) -> [String] {
        let origin =
            canvas.isTerminal ? [canvas.palette.paint("file: " + (report.file ?? "none, defaults stand"), .faint)] : []
        if explain { return origin + report.settings.flatMap { explained($0, on: canvas) } }
        var table = Table(
            "settings", [.left("setting"), .left("value", shrinksTo: 20), .left("origin", shrinksTo: 12)])
        for row in report.settings {
            table.add([
                Cell(row.key, .name), Cell(row.value), Cell(row.origin, row.origin == "default" ? .faint : .caution),
            ])
        }
        guard !report.secrets.isEmpty else { return origin + table.lines(on: canvas) }
        var secrets = Table("secrets", [.left("secret"), .left("value"), .left("origin", shrinksTo: 12)])
        for row in report.secrets {
            secrets.add([
                Cell(row.key, .name), Cell(row.value), Cell(row.origin, row.origin == "not set" ? .faint : .caution),
            ])
        }
        return origin + table.lines(on: canvas) + secrets.lines(on: canvas)
    }

    private func explained(_ row: ConfigurationReport.Row, on canvas: Canvas) -> [String] {
        let palette = canvas.palette
        return [
            palette.paint(row.key, .name) + ": " + palette.paint(row.value, .strong)
                + palette.paint("  (\(row.origin); default \(row.standard.isEmpty ? "empty" : row.standard))", .faint),
            "    \(row.help)",
            palette.paint("    \(row.range); \(row.variable)", .faint),
        ]
    }
}

/// The configuration as `show-config --json` prints it.
struct ConfigurationReport: WireBody {
    static let kind = "configurationReport"

    struct Row: WireBody {
        static let kind = "configurationRow"
        var key = ""
        var value = ""
        var origin = ""
        var standard = ""
        var range = ""
        var help = ""
        var variable = ""
        init() {}
        init(_ row: SettingRow) {
            (key, value, origin, standard) = (row.key, row.value, row.origin, row.standard)
            (range, help, variable) = (row.range, row.help, row.variable)
        }
        mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(WireError) {
            try visitor.field("key", &key)
            try visitor.field("value", &value)
            try visitor.field("origin", &origin)
            try visitor.field("default", &standard)
            try visitor.field("range", &range)
            try visitor.field("help", &help)
            try visitor.field("variable", &variable)
        }
    }

    var file: String?
    var settings: [Row] = []
    var secrets: [Row] = []
    init() {}
    init(file: String?, settings: [SettingRow], secrets: [SettingRow]) {
        self.file = file
        self.settings = settings.map(Row.init)
        self.secrets = secrets.map(Row.init)
    }
    mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(WireError) {
        try visitor.optional("file", &file)
        try visitor.field("settings", &settings)
        try visitor.field("secrets", &secrets)
    }
}
