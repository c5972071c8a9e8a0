import RiskCore
import TradingModel
import Wire

/// What risk answers to an operator's questions.
extension RiskCore {
    func report(at now: WallTime) -> RiskReport {
        var report = RiskReport()
        report.state = state
        report.limits = limitUses(at: now)
        report.locks = locks
        report.impediment = missing ?? impediment
        report.marketTime = marketTime
        return report
    }

    func simulation(of request: RiskSimulationRequest, at now: WallTime) -> RiskSimulation {
        let proposal = request.isHypothetical ? asIfProposedNow(request.proposal) : request.proposal
        var simulation = RiskSimulation()
        (simulation.verdict, simulation.checks) = simulate(proposal, at: now)
        return simulation
    }
}
