import CandleFiles
import Glibc
import Reporting
import Simulation

/// The reports of a run as files of one directory.
enum ReportFiles {
    /// Writes report.txt, report.json, tearsheet.html and the tables trades, equity, orders, fills and decisions as CSV.
    static func write(
        _ record: RunRecord, _ figures: RunFigures, _ backtest: Backtest, to directory: String
    ) throws(Failure) {
        try makeDirectory(directory)
        let files = [
            ("report.txt", TextReport.lines(record, figures).joined(separator: "\n") + "\n"),
            ("report.json", DataReport.text(record, figures) + "\n"),
            ("trades.csv", DataReport.tradesCSV(record)),
            ("equity.csv", DataReport.equityCSV(record)),
            ("orders.csv", LedgerCSV.orders(backtest.quartet.record.orders)),
            ("fills.csv", LedgerCSV.fills(backtest.quartet.record.fills)),
            ("decisions.csv", LedgerCSV.decisions(backtest.quartet.record.decisions)),
            ("tearsheet.html", Tearsheet.html(record, figures)),
        ]
        for (name, text) in files { try write(text, to: directory + "/" + name) }
    }

    private static func makeDirectory(_ path: String) throws(Failure) {
        var built = path.hasPrefix("/") ? "/" : ""
        for part in path.split(separator: "/") {
            built += (built.isEmpty || built.hasSuffix("/") ? "" : "/") + part
            if mkdir(built, 0o755) != 0, errno != EEXIST {
                throw Failure(
                    "\(built) cannot be made (\(String(cString: strerror(errno)))): name another --out directory")
            }
        }
    }

    private static func write(_ text: String, to path: String) throws(Failure) {
        do throws(CandleFileError) {
            let file = try OutputFile(path: path)
            try file.write(Array(text.utf8))
            try file.finish()
        } catch {
            throw Failure(error.description)
        }
    }
}
