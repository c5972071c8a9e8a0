import ArgumentParser
import Storage
import TradingModel
import Wire

struct DatabaseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "db", abstract: "Look after the databases.", subcommands: [DatabaseVerify.self])
}

struct DatabaseVerify: DeskCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Prove that the databases are whole and the books balance.",
        discussion: """
            Every file is checked page by page. Then everything execution has booked is computed again from its fills \
            alone (what each order filled, every result, positions, trades, cash) and compared to the last digit. \
            Works while the services run; changes nothing.

            EXAMPLE
              quartet db verify

            The status is 1 when anything differs; the first difference is printed.
            """)
    @OptionGroup var options: SharedOptions

    func run(at desk: Desk) async throws {
        let books = desk.books
        var findings = books.files.map(DatabaseVerify.integrity)
        findings.append(balance(books))
        let report = DoctorReport(findings)
        desk.show(report) { DoctorView.lines($0, on: desk.canvas) }
        if !report.isHealthy { throw ExitCode(CommandStatus.failed.rawValue) }
    }

    private static func integrity(_ file: Books.File) -> DoctorReport.Finding {
        guard Machine.facts(file.path) != nil else {
            return .init("files", file.name, .notice, "\(file.path) is not there yet", advice: "quartet up makes it")
        }
        do throws(StorageError) {
            let database = try SQLiteDatabase(path: file.path, migrations: file.migrations, access: .readOnly)
            defer { database.shut() }
            let faults = try database.prepare("PRAGMA integrity_check(5)").all { $0.text(0) }
            if faults == ["ok"] { return .init("files", file.name, .ok, "whole, schema \(file.migrations.count)") }
            return .init(
                "files", file.name, .failed, faults.joined(separator: "; "), advice: "restore it from a backup")
        } catch {
            return .init("files", file.name, .failed, error.description)
        }
    }

    private func balance(_ books: Books) -> DoctorReport.Finding {
        do throws(Failure) {
            let check = try books.execution { (store) throws(StorageError) in try store.verify() }
            let counted =
                "\(Figures.count(check.orders)) orders, \(Figures.count(check.fills)) fills, \(Figures.count(check.trades)) trades"
            guard let difference = check.difference else {
                return .init("books", "balance", .ok, "to the last digit: " + counted)
            }
            return .init(
                "books", "balance", .failed, difference,
                advice: "stop trading with quartet halt and keep the file: this is a defect")
        } catch {
            return .init("books", "balance", .notice, error.description)
        }
    }
}
