public import RiskCore
public import TradingModel
public import Wire

/// What risk answers to an operator's questions.
extension RiskCore {
    /// Every limit with its present use, and what impedes risk.
    public func report(at now: WallTime) -> RiskReport {
        var report = RiskReport()
        report.state = state
        report.limits = limitUses(at: now)
        report.locks = locks
        report.impediment = missing ?? impediment
        report.marketTime = marketTime
        return report
    }

    /// What every check says to a proposal; nothing is changed by it.
    public func simulation(of request: RiskSimulationRequest, at now: WallTime) -> RiskSimulation {
        let proposal = request.isHypothetical ? asIfProposedNow(request.proposal) : request.proposal
        var simulation = RiskSimulation()
        (simulation.verdict, simulation.checks) = simulate(proposal, at: now)
        return simulation
    }
}
