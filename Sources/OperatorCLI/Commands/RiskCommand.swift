import ArgumentParser
import Glibc
import ServiceRuntime
import TradingModel
import Wire

struct RiskCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "risk",
        abstract: "Every limit against its present use, and what the gate would say.",
        subcommands: [RiskShow.self, RiskSimulate.self],
        defaultSubcommand: RiskShow.self)
}

struct RiskShow: DeskCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Every limit against its present use.",
        discussion: """
            EXAMPLES
              quartet risk
              quartet risk --json | jq '.limits[] | select((.share | tonumber) >= 0.8)'

            COLUMNS
              limit   the setting in the section risk    use   what of it is used now
              scope   account, a symbol, or a group      of    the limit itself
                      that moves together

            Asked of risk while it runs. The status is 1 when it does not answer; quartet status then says what its \
            database holds.
            """)
    @OptionGroup var options: SharedOptions

    func run(at desk: Desk) async throws {
        let answer = try await desk.bus().ask(
            .risk, RiskReportRequest(), for: RiskReport.self, patience: .seconds(5))
        switch answer {
        case .failure(let failure): throw Failure(failure.description)
        case .success(let (_, report)): desk.show(report) { RiskView.lines($0, on: desk.canvas) }
        }
    }
}

struct RiskSimulate: DeskCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate",
        abstract: "What the gate would say to a proposal, and why. Nothing is ordered.",
        discussion: """
            The file holds one proposal as it goes over the bus (quartet wire schema proposal); - reads standard input. \
            Only symbol and action are required: what is missing is taken as if it were proposed now.

            EXAMPLES
              quartet risk simulate proposal.json
              quartet risk simulate --json proposal.json | jq '.checks[] | select(.denial)'
              echo '{"symbol": "BTC/USDT", "action": "enterLong", "confidence": 0.8, "stopLoss": "95000",
                     "takeProfit": "120000", "leverage": 3}' | quartet risk simulate -

            While risk is down its own gate is asked all the same, with the state, plans and limits of its database, the last \
            closes that feed stored for prices, and execution's books. The answer then says so and as of when (provenance and \
            asOf with --json).

            The status is 0 when it would be approved, 1 when it would be denied or nobody can say.
            """)
    @OptionGroup var options: SharedOptions

    @Argument(help: "A file with one proposal, or - for standard input.")
    var file: String

    func run(at desk: Desk) async throws {
        var request = RiskSimulationRequest()
        request.isHypothetical = true
        request.proposal = try ProposalFile.read(file)
        let answer = try await desk.bus().ask(.risk, request, for: RiskSimulation.self, patience: .seconds(5))
        let isApproved: Bool
        switch answer {
        case .success(let (_, simulation)):
            desk.show(simulation) { RiskView.lines($0, on: desk.canvas) }
            isApproved = simulation.verdict.isApproved
        case .failure(.notRunning):
            let now = WallTime.now
            let stored = try StoredRisk(desk.books, desk.settings, at: now).simulation(of: request.proposal, at: now)
            desk.show(stored) { RiskView.lines($0, on: desk.canvas) }
            isApproved = stored.simulation.verdict.isApproved
        case .failure(let failure): throw Failure(failure.description)
        }
        if !isApproved { throw ExitCode(CommandStatus.failed.rawValue) }
    }
}
