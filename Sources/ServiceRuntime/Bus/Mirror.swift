public import TradingModel
public import Wire

extension ServiceBus {
    /// Keeps a copy of another service's state: *Clone* (zguide, chapter 5).
    ///
    /// Subscribes, asks for the snapshot, gives it to `apply` and then every message that is newer to `handler`, in order.
    /// What comes before the snapshot waits; what the snapshot contains is dropped. After a gap the same begins again, so
    /// that `apply` replaces what was there. A snapshot that is refused or does not come is asked for again.
    /// - Parameters:
    ///   - request: the question; its answer is an `S`.
    ///   - sequences: where the topics stood when the snapshot was taken.
    public func mirror<Q: WireBody, S: WireBody>(
        _ service: ServiceName, topics: [String], request: Q, timeToLive: Span = .seconds(5),
        sequences: @escaping (S) -> [TopicSequence], onGap: @escaping (Gap) -> Void = { _ in },
        apply: @escaping (S, Inbound) -> Void, _ handler: @escaping (Inbound) -> Void
    ) {
        let mirror = Mirror(
            bus: self, service, request, timeToLive, sequences: sequences, apply: apply, handler: handler)
        // The subscription's closures own the mirror.
        subscribe(
            to: service, topics: topics,
            onGap: { gap in
                onGap(gap)
                mirror.begin()
            },
            { mirror.take($0) })
        mirror.begin()
    }
}

/// One copy of one service's state.
private final class Mirror<Q: WireBody, S: WireBody> {
    /// Messages that may wait for a snapshot; with more the service is so far ahead that asking again is cheaper.
    private let mostWaiting = 100_000
    private let bus: ServiceBus
    private let service: ServiceName
    private let request: Q
    private let timeToLive: Span
    private let sequences: (S) -> [TopicSequence]
    private let apply: (S, Inbound) -> Void
    private let handler: (Inbound) -> Void
    private var waiting: [Inbound] = []
    /// The session of which `contained` speaks; empty while a snapshot is awaited.
    private var session = ""
    private var contained: [String: Int] = [:]
    /// Only the answer to the newest question counts.
    private var round = 0

    init(
        bus: ServiceBus, _ service: ServiceName, _ request: Q, _ timeToLive: Span,
        sequences: @escaping (S) -> [TopicSequence],
        apply: @escaping (S, Inbound) -> Void, handler: @escaping (Inbound) -> Void
    ) {
        self.bus = bus
        self.service = service
        self.request = request
        self.timeToLive = timeToLive
        self.sequences = sequences
        self.apply = apply
        self.handler = handler
    }

    /// Asks anew. What comes from now on waits.
    func begin() {
        round += 1
        session = ""
        waiting.removeAll()
        ask(round)
    }

    private func ask(_ round: Int) {
        bus.request(request, to: service, id: bus.newRequestID(), timeToLive: timeToLive) { [self] outcome in
            guard round == self.round else { return }
            switch outcome {
            case .reply(let message): take(snapshot: message, round)
            case .refused: askLater(round)
            case .expired: ask(round)
            }
        }
    }

    private func askLater(_ round: Int) {
        bus.after(.milliseconds(100)) { [self] in if round == self.round { ask(round) } }
    }

    private func take(snapshot message: Inbound, _ round: Int) {
        guard let snapshot = try? message.body(S.self) else { return askLater(round) }
        contained = Dictionary(sequences(snapshot).map { ($0.topic, $0.sequence) }, uniquingKeysWith: max)
        session = message.envelope.session
        apply(snapshot, message)
        let ready = waiting
        waiting.removeAll()
        // The handler may meet a gap of its own making; what is left then belongs to the next round.
        for message in ready where round == self.round { pass(message) }
    }

    func take(_ message: Inbound) {
        guard session.isEmpty else { return pass(message) }
        waiting.append(message)
        if waiting.count > mostWaiting { begin() }
    }

    /// Hands on what is newer than the snapshot. A message of another session is older than it, or comes with a gap that
    /// has the next snapshot asked for.
    private func pass(_ message: Inbound) {
        guard message.envelope.session == session else { return }
        if let last = contained[message.topic] {
            guard message.envelope.sequence > last else { return }
            contained[message.topic] = nil
        }
        handler(message)
    }
}
