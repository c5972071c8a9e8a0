import ArgumentParser
import Glibc

/// The operator's hand.
struct Quartet: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "quartet",
        abstract: "Runs, watches and steers four processes that trade crypto.",
        discussion: """
            feed watches the market, strategy forms an opinion, risk decides, execution places orders. \
            They talk over a bus that anyone allowed on this machine can tap.

            EXAMPLES
              quartet up                    start everything and wait until it is healthy
              quartet status --watch        see it work
              quartet tap feed --topic ticker.BTC
              quartet halt --why "news"     nothing new from here on
              quartet report                what it has earned and lost

            Every command takes --json, and ends with 0 when done, 1 when a check failed or something \
            is not reachable, 2 when the command line makes no sense.
            """,
        version: "0.1.0",
        groupedSubcommands: [
            CommandGroup(name: "Running", subcommands: [Up.self, Down.self, Restart.self, Logs.self]),
            CommandGroup(
                name: "Watching",
                subcommands: [
                    StatusCommand.self, Tap.self, Record.self, RecordingCommand.self, PositionsCommand.self,
                    TradesCommand.self,
                    OrdersCommand.self, ReportCommand.self, ExplainCommand.self, RiskCommand.self,
                ]),
            CommandGroup(
                name: "Trying", subcommands: [BacktestCommand.self, CompareCommand.self, IndicatorsCommand.self]),
            CommandGroup(
                name: "Market data",
                subcommands: [
                    DownloadData.self, ListData.self, ImportData.self, ExportData.self, ListVenues.self,
                    ListSymbols.self,
                ]),
            CommandGroup(
                name: "Steering", subcommands: [Halt.self, Reduce.self, Resume.self, Flatten.self, AlertsCommand.self]),
            CommandGroup(name: "Thinking", subcommands: [AgentCommand.self]),
            CommandGroup(
                name: "Checking",
                subcommands: [
                    Doctor.self, ShowConfig.self, WireCommand.self, DatabaseCommand.self, BackupCommand.self,
                    RestoreCommand.self, ReconcileCommand.self,
                    VenueCommand.self,
                ]),
        ])
}

@main
enum Entry {
    static func main() async {
        // A reader that has gone away shows as a failed write, which `Output` understands.
        signal(SIGPIPE, SIG_IGN)
        exit(await run(Array(CommandLine.arguments.dropFirst())))
    }

    /// Runs one command line and returns its exit status.
    static func run(_ arguments: [String]) async -> Int32 {
        do {
            var command = try Quartet.parseAsRoot(arguments)
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
            return CommandStatus.done.rawValue
        } catch {
            let ending = Ending.of(error, wantsJSON: arguments.contains("--json"))
            if !ending.standardOutput.isEmpty { Output.write(ending.standardOutput + "\n", to: 1) }
            if !ending.standardError.isEmpty { Output.write(ending.standardError + "\n", to: 2) }
            return ending.status
        }
    }
}
