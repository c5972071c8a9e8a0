import ArgumentParser
import TradingModel
import Wire

struct ReconcileCommand: DeskCommand {
    static let configuration = CommandConfiguration(
        commandName: "reconcile",
        abstract: "Compare execution's books with the venue, now.",
        discussion: """
            Execution asks the venue for open orders, positions and cash and lays them beside its own. What the venue \
            did unheard is booked and marked external, as at every start; what differs is printed, one sentence each, \
            and the status is 1. Nothing is traded to make them agree.

            EXAMPLE
              quartet reconcile

            A symbol on which they disagree takes no new exposure until they agree again; exits always pass.
            """)
    @OptionGroup var options: SharedOptions

    func run(at desk: Desk) async throws {
        let answer = await (try desk.bus()).ask(.execution, ReconcileRequest(), for: Reconciliation.self)
        switch answer {
        case .failure(let failure): throw Failure("\(failure)")
        case .success(let (_, report)):
            desk.show(report) { lines($0, on: desk.canvas) }
            if !report.differences.isEmpty || !report.blocked.isEmpty {
                throw ExitCode(CommandStatus.failed.rawValue)
            }
        }
    }

    private func lines(_ report: Reconciliation, on canvas: Canvas) -> [String] {
        let compared =
            "\(Figures.count(report.positions)) positions, \(Figures.count(report.openOrders)) open orders, balance \(report.balance)"
        var lines: [String] = []
        for difference in report.differences {
            lines.append((difference.symbol.map { "\($0): " } ?? "cash: ") + difference.sentence)
        }
        for block in report.blocked where !report.differences.contains(where: { $0.symbol == block.symbol }) {
            lines.append("\(block.symbol?.name ?? ""): no new exposure: \(block.sentence)")
        }
        return lines.isEmpty ? ["books and venue agree: " + compared] : lines
    }
}
