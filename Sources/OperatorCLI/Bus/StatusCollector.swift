import ServiceRuntime
import TradingModel
import Wire

/// Asks everyone, looks where nobody answers, and puts a status together.
struct StatusCollector: Sendable {
    let desk: Desk
    let bus: BusClient
    let supervisor: Supervisor
    /// How long a service that listens may take to answer.
    var patience: Span = .seconds(2)

    init(desk: Desk, bus: BusClient) {
        self.desk = desk
        self.bus = bus
        supervisor = desk.installation.supervisor
    }

    func collect(since earlier: StatusReport? = nil) async -> StatusReport {
        var report = StatusReport()
        let programs = supervisor.programs()
        report.supervisor = programs == nil ? "no supervisor answers at \(supervisor.socketPath)" : "running"
        for service in ServiceName.quartet {
            let program = programs.flatMap { supervisor.program(of: service, in: $0) }
            report.services.append(await self.service(service, program: program))
        }
        // Nothing depends on the messenger: it is shown where it runs or should, and its illness is not theirs.
        if bus.isListening(.alerts) || desk.settings.alerts.hasChannel(environment: Machine.environmentVariables) {
            let program = programs.flatMap { supervisor.program(of: .alerts, in: $0) }
            report.services.append(await self.service(.alerts, program: program))
        }
        report.at = .now
        // Who has just been silent would only be silent again.
        let answering = Set(report.services.filter { $0.session != nil }.map(\.service))
        let feed = await snapshot(.feed, FeedSnapshotRequest(), FeedSnapshot.self, answering)
        let execution = await snapshot(.execution, ExecutionSnapshotRequest(), ExecutionSnapshot.self, answering)
        let risk = await snapshot(.risk, RiskSnapshotRequest(), RiskSnapshot.self, answering)
        fill(&report, feed: feed, execution: execution, risk: risk)
        report.isHealthy = report.services.allSatisfy { $0.isHealthy || $0.service == ServiceName.alerts.rawValue }
        if let earlier {
            for index in report.services.indices
            where earlier.services.indices.contains(index)
                && earlier.services[index].service == report.services[index].service
            {
                report.services[index].measure(since: earlier.services[index], report.at - earlier.at)
            }
        }
        return report
    }

    private func snapshot<Q: WireBody, A: WireBody>(
        _ service: ServiceName, _ question: Q, _ type: A.Type, _ answering: Set<String>
    ) async -> A? {
        guard answering.contains(service.rawValue) else { return nil }
        return try? await bus.ask(service, question, for: type, patience: patience).get().body
    }

    private func service(_ service: ServiceName, program: Supervisor.Program?) async -> ServiceReport {
        var report: ServiceReport
        switch await bus.ask(service, StatusRequest(), for: Health.self, patience: patience) {
        case .success(let (envelope, health)):
            report = ServiceReport(health, session: envelope.session, at: .now)
        case .failure(let failure):
            report = ServiceReport()
            report.service = service.rawValue
            report.reason = "\(failure)"
            if case .notRunning = failure {
                report.condition = "down"
                report.reason = absence(of: service, program: program)
            } else {
                report.condition = "silent"
                report.pid = UnixSocket.listener(path: bus.responderPath(of: service))
                if let pid = report.pid, ProcessFacts(pid: pid)?.isStopped == true {
                    report.reason = "process \(pid) was stopped by a signal: kill -CONT \(pid) lets it go on"
                }
            }
        }
        report.supervisorState = program?.state ?? ""
        return report
    }

    /// How it is known that a service does not run, and what to do.
    private func absence(of service: ServiceName, program: Supervisor.Program?) -> String {
        guard let program else {
            return
                "nobody listens at \(bus.responderPath(of: service)) and no supervisor knows it: quartet up starts it"
        }
        if !program.isUp, let reason = supervisor.reasonForGivingUp(service) { return reason }
        let detail = program.detail.isEmpty ? "" : " (\(program.detail))"
        switch program.state {
        case "FATAL":
            return
                "the supervisor gave it up\(detail): see quartet logs \(service.rawValue), then quartet restart \(service.rawValue)"
        case "STOPPED": return "it was stopped\(detail): quartet restart \(service.rawValue) starts it"
        case "EXITED":
            return "it ended\(detail): see quartet logs \(service.rawValue), then quartet restart \(service.rawValue)"
        default: return "the supervisor says \(program.state)\(detail)"
        }
    }

    private func fill(
        _ report: inout StatusReport, feed: FeedSnapshot?, execution: ExecutionSnapshot?, risk: RiskSnapshot?
    ) {
        let books = desk.books
        report.trading = trading(risk, books)
        if let execution {
            var account = AccountReport()
            account.account = execution.account
            account.openOrders = execution.openOrders.count
            report.account = account
        } else {
            report.account = books.account()
        }
        let plans = Dictionary((risk?.plans ?? []).map { ($0.symbol, $0) }, uniquingKeysWith: { first, _ in first })
        let tickers = Dictionary((feed?.tickers ?? []).map { ($0.symbol, $0) }, uniquingKeysWith: { first, _ in first })
        let positions = execution?.positions ?? books.positions() ?? []
        report.positions = positions.filter(\.isOpen).sorted { $0.symbol < $1.symbol }.map { position in
            PositionReport(
                position, provenance: execution == nil ? .database : .live, ticker: tickers[position.symbol],
                plan: plans[position.symbol])
        }
        report.feeds = (feed?.tickers ?? []).sorted { $0.symbol < $1.symbol }.map { FeedReport($0, at: report.at) }
    }

    private func trading(_ risk: RiskSnapshot?, _ books: Books) -> TradingReport? {
        var trading = TradingReport()
        if let risk {
            trading.state = risk.state
        } else if let state = books.riskState() {
            trading.state = state
            trading.provenance = .database
        } else {
            return nil
        }
        let limits = desk.settings.risk
        trading.maxDrawdownStopPct = limits.maxDrawdownStopPct.value.double
        trading.maxDailyLossPct = limits.maxDailyLossPct.value.double
        trading.maxDailyTrades = limits.maxDailyTrades
        return trading
    }
}
