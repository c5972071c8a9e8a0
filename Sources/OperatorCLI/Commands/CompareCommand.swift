import ArgumentParser
import CandleFiles
import Glibc
import Reporting
import Storage
import TradingModel

struct CompareCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare",
        abstract: "Explains, trade by trade, why two runs differ.",
        discussion: """
            EXAMPLES
              quartet compare results-a results-b
              quartet compare results/report.json .run/data/execution.sqlite

            A run is a directory that quartet backtest --out has written, its report.json, the execution.sqlite of a paper or \
            live session, or the data directory with it. Trades belong together by the proposal they came from. The \
            difference of two results is split into size, entry and exit (slippage where the moment is the same, timing \
            where it is not, the reason of the exit where that differs) and fees; trades that only one run has are listed.

            Ends with 0 where the runs are the same and with 1 where they differ.
            """)

    @OptionGroup var options: SharedOptions
    @Argument(help: ArgumentHelp("The run to start from.", valueName: "a"))
    var a: String
    @Argument(help: ArgumentHelp("The run to explain.", valueName: "b"))
    var b: String
    @Option(name: .long, help: "How many differing trades are listed.")
    var limit = 20

    func run() throws {
        let comparison = RunComparison(try Self.trades(of: a), try Self.trades(of: b))
        if options.json {
            options.output.line(comparison.text())
        } else {
            options.output.lines(["A is \(a)", "B is \(b)"] + comparison.lines(limit: max(0, limit)))
        }
        if !comparison.isSame { throw ExitCode(CommandStatus.failed.rawValue) }
    }

    private static func trades(of path: String) throws(Failure) -> [ComparedTrade] {
        if path.hasSuffix(".sqlite") { return try stored(String(path.dropLast("execution.sqlite".count)), path) }
        if path.hasSuffix(".json") { return try reported(path) }
        if Machine.facts(path + "/report.json") != nil { return try reported(path + "/report.json") }
        if Machine.facts(path + "/execution.sqlite") != nil { return try stored(path, path) }
        throw Failure(
            "\(path) is no run: name a directory with report.json or execution.sqlite in it, or one of the two")
    }

    private static func stored(_ directory: String, _ path: String) throws(Failure) -> [ComparedTrade] {
        let books = Books(directory: directory.isEmpty ? "." : directory)
        return try books.execution { (store) throws(StorageError) in try store.trades() }.map { ComparedTrade($0) }
    }

    private static func reported(_ path: String) throws(Failure) -> [ComparedTrade] {
        var bytes: [UInt8] = []
        do throws(CandleFileError) {
            let reader = try ByteReader(path: path)
            while try reader.append(to: &bytes) {}
        } catch {
            throw Failure(error.description)
        }
        do throws(UnreadableReport) {
            return try RunComparison.trades(ofReport: bytes)
        } catch {
            throw Failure("\(path) is no report of a backtest: \(error)")
        }
    }
}
