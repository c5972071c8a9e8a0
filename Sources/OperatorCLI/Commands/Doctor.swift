import ArgumentParser
import Glibc
import ServiceRuntime

struct Doctor: DeskCommand {
    static let configuration = CommandConfiguration(
        abstract: "Look for everything that could keep Quartet from running well, and say what to do.",
        discussion: """
            Examined are the machine (versions, clock, disk, limits), the programs, the configuration, directories and \
            sockets with their rights, the databases (damage, schema, who writes them), and whether anybody is told when \
            something happens. Nothing is changed; where \
            mode is live and nothing fails, the file doctor.passed in the data directory says so, and execution takes \
            no real money without it.

            EXAMPLES
              quartet doctor
              quartet doctor --network
              quartet doctor --json | jq '.findings[] | select(.verdict == "failed")'

            The status is 1 when any check fails; a notice is worth reading and fails nothing.
            """)
    @OptionGroup var options: SharedOptions

    @Flag(name: .long, help: "Also ask the servers of the configured alert channels whether they can be reached.")
    var network = false

    func run(at desk: Desk) async throws {
        let examination = Examination(installation: desk.installation)
        let reached = network ? await examination.reachability() : []
        let report = DoctorReport(examination.findings() + reached)
        desk.show(report) { DoctorView.lines($0, on: desk.canvas) }
        if report.isHealthy { try note(desk.installation.settings) }
        if !report.isHealthy { throw ExitCode(CommandStatus.failed.rawValue) }
    }
}

extension Doctor {
    /// Tells execution that a live configuration was examined and nothing failed.
    private func note(_ settings: Settings) throws {
        guard settings.mode == .live else { return }
        let bytes = Array((settings.examinedText + "\n").utf8)
        // Before the first start it is not there yet; that it cannot be made is said below.
        _ = mkdir(settings.dataDirectory, 0o700)
        let descriptor = open(settings.examinationPath, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        let written = descriptor < 0 ? -1 : bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
        let reason = String(cString: strerror(errno))
        if descriptor >= 0 { close(descriptor) }
        guard written == bytes.count else {
            throw Failure("\(settings.examinationPath) cannot be written (\(reason)): execution will not trade live.")
        }
    }
}

/// How the findings look.
enum DoctorView {
    static func lines(_ report: DoctorReport, on canvas: Canvas) -> [String] {
        guard canvas.isTerminal else {
            return ["# verdict\tarea\tcheck\tfound\tadvice"]
                + report.findings.map {
                    [$0.verdict.rawValue, $0.area, $0.check, $0.found, $0.advice].map(TextWidth.harmless).joined(
                        separator: "\t")
                }
        }
        var lines: [String] = []
        var area = ""
        for finding in report.findings {
            if finding.area != area {
                area = finding.area
                lines.append((lines.isEmpty ? "" : "\n") + canvas.palette.paint(area, .strong))
            }
            let (mark, tone): (String, Tone) =
                switch finding.verdict {
                case .ok: ("✓", .good)
                case .notice: ("!", .caution)
                case .failed: ("✗", .bad)
                }
            let check = TextWidth.padded(finding.check, to: 22)
            lines.append(
                "  " + canvas.palette.paint(mark, tone) + " " + check + " " + TextWidth.harmless(finding.found))
            if !finding.advice.isEmpty {
                lines.append("    " + canvas.palette.paint(TextWidth.padded("", to: 22) + " → " + finding.advice, tone))
            }
        }
        let failed = report.findings.filter { $0.verdict == .failed }.count
        let notices = report.findings.filter { $0.verdict == .notice }.count
        let summary = failed == 0 ? "nothing is wrong" : "\(failed) of \(report.findings.count) checks failed"
        let more = notices == 0 ? "" : ", \(notices) to read"
        return lines + ["", canvas.palette.paint(summary + more, failed == 0 ? .good : .bad)]
    }
}
