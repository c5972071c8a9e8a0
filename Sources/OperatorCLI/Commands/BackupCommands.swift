import ArgumentParser
import Glibc
import ServiceRuntime
import TradingModel
import Wire

struct BackupCommand: DeskCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup", abstract: "Copy every database and the configuration, while the services run.",
        discussion: """
            Each database is copied as it was at one moment, without holding up its writer, then proved whole: every \
            page and row, execution's books from the fills alone, to the last digit. Risk is copied before execution, so \
            that execution's journal is never older than what risk believes was ordered. The manifest has the size, \
            SHA-256 and schema of each file. The directory is there when all of it is, or not at all.

            EXAMPLES
              quartet backup /backups/quartet-monday
              quartet restore /backups/quartet-monday --check

            Secrets are in no database and in no backup. The status is 1 where anything is not whole.
            """)
    @OptionGroup var options: SharedOptions

    @Argument(help: "The directory to make.")
    var directory: String

    func run(at desk: Desk) async throws {
        let target = withoutSlash(Machine.absolute(directory))
        let work = BackupWork(
            books: desk.books, configuration: desk.loaded.file.map(Machine.absolute), say: remark(desk))
        let manifest = try work.run(to: target)
        let report = BackupReport(target, manifest)
        desk.show(report) { report in
            report.manifest.files.map {
                let schema = $0.schema.map { ", schema \($0)" } ?? ""
                return "\($0.name): \(Figures.bytes($0.bytes))\(schema), SHA-256 \($0.sha256.prefix(16))…"
            } + ["\(report.directory) is whole"]
        }
    }
}

struct RestoreCommand: DeskCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore", abstract: "Put a backup in place of the data directory.",
        discussion: """
            The backup is proved whole first; one that is damaged or newer than this program is refused and nothing is \
            touched. So is a restore while a service runs. The data directory of before is moved aside and named, never \
            overwritten. The configuration in the backup is left there for you to compare.

            Afterwards the next start reconciles with the venue, as always. On paper the account is as it was; live, the \
            venue is right: what was traded since the backup shows as a difference, and quartet doctor is to be passed anew.

            EXAMPLES
              quartet restore /backups/quartet-monday --check    prove it whole, change nothing
              quartet down && quartet restore /backups/quartet-monday && quartet up
            """)
    @OptionGroup var options: SharedOptions

    @Argument(help: "A directory that quartet backup has made.")
    var directory: String

    @Flag(name: .long, help: "Only prove that it is whole.")
    var check = false

    func run(at desk: Desk) async throws {
        let source = withoutSlash(Machine.absolute(directory))
        let work = RestoreWork(
            books: Books(directory: withoutSlash(desk.books.directory)),
            runDirectory: Machine.absolute(desk.settings.runDirectory), say: remark(desk))
        var report = BackupReport(source, BackupManifest())
        if check {
            report.manifest = try work.examine(source)
            return desk.show(report) { report in
                ["\(report.directory) is whole: \(report.manifest.files.count) files of \(report.manifest.endedAt)"]
            }
        }
        let done = try work.run(from: source)
        report.manifest = done.manifest
        report.aside = done.aside
        desk.show(report) { report in
            [
                "restored as of \(report.manifest.endedAt): \(report.manifest.files.compactMap { $0.schema == nil ? nil : $0.name }.joined(separator: ", "))"
            ]
                + (report.aside.map { ["what was there before is at \($0)"] } ?? [])
                + (report.manifest.files.contains { $0.name == "quartet.yaml" }
                    ? ["the configuration of then is at \(report.directory)/quartet.yaml; yours was left as it is"]
                    : [])
                + ["start with quartet up; it reconciles with the venue before it trades"]
        }
    }
}

private func withoutSlash(_ path: String) -> String {
    path.count > 1 && path.hasSuffix("/") ? withoutSlash(String(path.dropLast())) : path
}

/// Progress, for a person at a terminal.
private func remark(_ desk: Desk) -> (String) -> Void {
    { line in if isatty(2) == 1, !desk.wantsJSON { Output.write(line + "\n", to: 2) } }
}

/// What `backup --json` and `restore --json` print.
struct BackupReport: WireBody {
    static let kind = "backupReport"
    var directory = ""
    var manifest = BackupManifest()
    /// Where the data directory of before is now.
    var aside: String?
    init() {}
    init(_ directory: String, _ manifest: BackupManifest) { (self.directory, self.manifest) = (directory, manifest) }
    mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(WireError) {
        try visitor.field("directory", &directory)
        try visitor.field("manifest", &manifest)
        try visitor.optional("aside", &aside)
    }
}
