import Messaging
import ServiceRuntime
import TradingModel
import Wire

/// Waits until services say on the bus that they are healthy.
///
/// It listens to their health and asks each once, patiently, so that neither a service that comes up late nor one that
/// was up before is missed. Nothing is asked again on a clock but the supervisor, whose verdict "given up" is on no bus.
actor HealthWait {
    /// How the wait ended for one service.
    enum Outcome: Sendable {
        case healthy(pid: Int, after: Span)
        /// The supervisor gave it up, or time is over; the sentence says what was last heard.
        case failed(String)
    }

    nonisolated let loop: EventLoop
    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    private let bus: BusClient
    private let supervisor: Supervisor
    private let patience: Span
    /// A process that was there before and whose word does not count.
    private let stalePID: [ServiceName: Int]
    private let say: @Sendable (ServiceName, Outcome) -> Void
    private let startedAt = WallTime.now
    private var waiting: Set<ServiceName>
    private var outcomes: [ServiceName: Outcome] = [:]
    private var lastWords: [ServiceName: String] = [:]
    private var subscribers: [Subscriber] = []
    private var requesters: [ServiceName: Requester] = [:]
    private var ending: CheckedContinuation<Void, Never>?

    init(
        for services: [ServiceName], bus: BusClient, supervisor: Supervisor, patience: Span,
        notCounting stalePID: [ServiceName: Int] = [:],
        say: @escaping @Sendable (ServiceName, Outcome) -> Void
    ) {
        waiting = Set(services)
        self.bus = bus
        self.supervisor = supervisor
        self.patience = patience
        self.stalePID = stalePID
        self.say = say
        loop = bus.loop
    }

    /// Listens from now on; call it before the services are started to miss nothing.
    func listen() throws {
        for service in waiting.sorted(by: { $0.rawValue < $1.rawValue }) {
            do {
                subscribers.append(
                    try Subscriber(
                        loop: loop, endpoint: bus.publisherEndpoint(of: service), prefixes: [Topic.health(service).name]
                    ) { [unowned self] _, frame in self.hear(service, frame) })
                try ask(service)
            } catch {
                throw Failure("the bus of \(service.rawValue) cannot be listened to: \(error)")
            }
        }
    }

    /// Returns when every service is healthy or will not be.
    func run() async -> [ServiceName: Outcome] {
        let deadline = loop.after(micros: patience.micros) { self.giveUp() }
        let timer = loop.every(micros: 250_000) { self.lookAtSupervisor() }
        if !waiting.isEmpty { await withCheckedContinuation { ending = $0 } }
        // The loop outlives this wait, and so would its timers.
        loop.cancel(deadline)
        loop.cancel(timer)
        subscribers.forEach { $0.close() }
        requesters.values.forEach { $0.close() }
        return outcomes
    }

    private func ask(_ service: ServiceName) throws {
        let endpoint = try Endpoint.ipc(directory: bus.directory, name: service.rawValue + ".rep")
        let requester = try Requester(loop: loop, endpoint: endpoint) { frame in
            frame.withBytes { (try? WireMessage.decodeEnvelope($0))?.envelope.id }
        }
        requesters[service] = requester
        var envelope = Envelope()
        envelope.source = ServiceName.operator.rawValue
        envelope.session = bus.session
        envelope.at = .now
        envelope.id = "up-\(bus.session)-\(service.rawValue)"
        envelope.expiresAt = .now + patience
        let id = envelope.id ?? ""
        let frame = try WireMessage.encode(envelope, StatusRequest())
        let answered: (Requester.Outcome) -> Void = { [unowned self] outcome in
            if case .reply(let reply) = outcome { self.hear(service, reply) }
        }
        Self.send(frame, id: id, patience, by: requester, answered)
    }

    private static func send(
        _ frame: [UInt8], id: String, _ patience: Span, by requester: Requester,
        _ completion: @escaping (Requester.Outcome) -> Void
    ) {
        _ = frame.withUnsafeBytes { bytes in
            requester.send(id: id, frame: bytes, timeToLive: patience.micros, retryEvery: 150_000, completion)
        }
    }

    private func hear(_ service: ServiceName, _ frame: ReceivedFrame) {
        let health: Health? = frame.withBytes { bytes in
            guard let (envelope, range) = try? WireMessage.decodeEnvelope(bytes), envelope.kind == Health.kind else {
                return nil
            }
            return try? WireMessage.decodeBody(Health.self, of: bytes, range)
        }
        guard waiting.contains(service), let health, health.pid != stalePID[service] else { return }
        lastWords[service] = health.reason.isEmpty ? "it says it is \(health.condition.rawValue)" : health.reason
        if health.condition == .healthy { settle(service, .healthy(pid: health.pid, after: .now - startedAt)) }
    }

    private func lookAtSupervisor() {
        guard let programs = supervisor.programs() else { return }
        for service in waiting {
            guard let program = supervisor.program(of: service, in: programs), !program.isUp else { continue }
            // The modification time of a file has whole seconds here.
            if let reason = supervisor.reasonForGivingUp(service, since: startedAt - Span.seconds(1)) {
                settle(service, .failed(reason))
            } else if program.state == "FATAL" {
                settle(service, .failed("supervisord cannot start it (\(program.detail)): see quartet logs"))
            }
        }
    }

    private func giveUp() {
        for service in waiting {
            let words = lastWords[service] ?? "nothing was heard of it"
            settle(service, .failed("not healthy after \(patience): \(words); see quartet logs \(service.rawValue)"))
        }
    }

    private func settle(_ service: ServiceName, _ outcome: Outcome) {
        guard waiting.remove(service) != nil else { return }
        outcomes[service] = outcome
        say(service, outcome)
        guard waiting.isEmpty else { return }
        ending?.resume()
        ending = nil
    }
}
