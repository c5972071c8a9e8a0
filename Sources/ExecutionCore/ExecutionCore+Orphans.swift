import Portfolio
import TradingModel

/// A stop without its position would close the next one: it goes with the position, whoever closed that, and whether or
/// not risk is there to ask for it.
extension ExecutionCore {
    /// Cancels protective stops of symbols that have no position any more, once a turn that may have closed one is over.
    mutating func cancelOrphans(_ turn: inout Turn) {
        guard case .reconciled = phase, turn.publishesAccount || !turn.positions.isEmpty else { return }
        for id in open {
            guard let life = orders[id]?.life, life.request.purpose == .protectiveStop, !life.status.isTerminal,
                ledger.position(life.request.symbol) == nil,
                apply(.cancelRequested, to: id, at: marketTime, &turn), let changed = orders[id]?.life
            else { continue }
            if changed.status == .accepted || changed.status == .partiallyFilled {
                turn.commands.append(.cancel(changed.reference))
            }
            turn.log(
                .info, "the position in \(life.request.symbol) is closed: its stop \(id) is canceled", isTrade: true)
        }
    }
}
