import Glibc
import Logging
public import Messaging
public import TradingModel
public import Wire

/// A service's end of the bus: it publishes facts, follows the facts of others, asks and answers.
///
/// Not `Sendable`: it lives inside the service's shell, and every closure given to it runs on the loop's thread, inside
/// the shell's isolation. Only ``init(context:serves:)`` and ``close()`` may be called from elsewhere.
///
/// Facts (`publish`, `subscribe`) may be lost and say so; promises (`request`, `serve`) are kept or end as `expired`.
public final class ServiceBus {
    public let name: ServiceName
    /// The name of this run in every envelope: 13 characters, new each time.
    public let session: String
    /// What this service says about itself.
    public let health: HealthReporter
    let context: ServiceContext
    let loop: EventLoop
    var counters = BusCounters()

    var publisher: Publisher?
    let published = TopicTable<PublishedTopic>()
    var peers: [ServiceName: BusPeer] = [:]
    var latencies: [String: LatencyHistogram] = [:]
    private var responder: Responder?
    private var server: ((InboundRequest) -> Void)?
    /// Requests that came before anybody served.
    private var waiting: [InboundRequest] = []
    private static let mostWaiting = 1_000
    private var lastServed: (kind: String, latency: LatencyHistogram)?
    private var incoming: Result<(envelope: Envelope, body: Range<Int>), WireError>?
    private var beat: TimerID?
    /// Newcomers to our health will be told it in a moment.
    var willPublishHealth = false
    private var requestCount = 0
    private(set) var isClosed = false

    /// Opens this service's end. Where it serves, `RUN_DIR/<name>.pub` and `.rep` are bound, in a directory that is ours alone.
    /// - Throws: ``MessagingError`` where a path is too long, the directory is not private or another process serves there.
    public init(context: ServiceContext, serves: Bool = true) throws {
        self.context = context
        name = context.name
        loop = context.loop
        session = SessionID.make(at: WallTime.now.micros)
        health = HealthReporter(service: context.name, startedAt: .now)
        try loop.run { if serves { try open() } }
    }

    /// This machine's time of day.
    public var now: WallTime { .now }

    /// An id that no other request of any service has.
    public func newRequestID() -> String {
        requestCount += 1
        return "\(session)-\(requestCount)"
    }

    /// Where a service publishes (`pub`) or answers (`rep`).
    func endpoint(of service: ServiceName, _ suffix: String) throws(MessagingError) -> Endpoint {
        try .ipc(directory: context.settings.runDirectory, name: "\(service.rawValue).\(suffix)")
    }

    private func open() throws {
        let publishing = try endpoint(of: name, "pub")
        let answering = try endpoint(of: name, "rep")
        publisher = try Publisher(
            loop: loop, endpoint: publishing, highWater: Int32(context.settings.bus.publishQueue),
            onSubscription: { [self] prefix, isNew in subscriptionChanged(prefix, isNew) })
        responder = try Responder(
            loop: loop, endpoint: answering, mostReplies: context.settings.bus.storedReplies,
            identify: { [self] frame in identify(frame) }, handler: { [self] request in take(request) })
        health.onChange = { [self] in publishHealth() }
        beat = loop.every(micros: Int64(context.settings.bus.healthMillis) * 1_000) { [self] in publishHealth() }
    }

    /// Says goodbye and closes every socket; what was asked and not answered ends as `expired`. Until then, or until the
    /// loop ends, the loop keeps the bus alive.
    public func close() {
        loop.run {
            guard !isClosed else { return }
            isClosed = true
            if let beat { loop.cancel(beat) }
            health.onChange = {}
            publishHealth()
            for peer in Array(peers.values) { peer.close() }
            publisher?.close()
            responder?.close()
            peers.removeAll()
            server = nil
            waiting.removeAll()
        }
    }

    // MARK: Timers

    /// Runs `body` once, after `delay`.
    @discardableResult
    public func after(_ delay: Span, _ body: @escaping () -> Void) -> TimerID { loop.after(micros: delay.micros, body) }

    /// Runs `body` every `interval`.
    @discardableResult
    public func every(_ interval: Span, _ body: @escaping () -> Void) -> TimerID {
        loop.every(micros: interval.micros, body)
    }

    /// Forgets a timer; one that has run is ignored.
    public func cancel(_ timer: TimerID) { loop.cancel(timer) }

    // MARK: Requests to us

    /// Hands each request that is new and in time to `handler`, which replies or refuses, now or later.
    ///
    /// Repeats, expired and malformed requests and `statusRequest` are dealt with before. Until this is called, requests
    /// wait: a refusal from a service that has just started would deny what an earlier run of it may have done.
    public func serve(_ handler: @escaping (InboundRequest) -> Void) {
        server = handler
        let early = waiting
        waiting.removeAll()
        for request in early { hand(request) }
    }

    /// Whose request it is, what it asks and under which id: a repeat is the same in all three.
    private func identify(_ frame: ReceivedFrame) -> Responder.Identity? {
        counters.bytesIn += frame.count
        do throws(WireError) {
            let message = try frame.withBytes { (bytes) throws(WireError) in try WireMessage.decodeEnvelope(bytes) }
            incoming = .success(message)
            guard let id = message.envelope.id else { return nil }
            var key = ""
            key.reserveCapacity(64)
            key += message.envelope.source
            key += "|"
            key += message.envelope.kind
            key += "|"
            key += id
            let left = message.envelope.expiresAt.map { $0 - WallTime.now } ?? .minutes(1)
            return Responder.Identity(id: key, keepFor: left.micros)
        } catch {
            incoming = .failure(error)
            return nil
        }
    }

    private func take(_ request: Responder.Request) {
        guard let message = incoming else { return }
        incoming = nil
        switch message {
        case .failure(let error):
            InboundRequest(envelope: Envelope(), request: request, bodyRange: 0..<0, bus: self).refuse(error)
        case .success(let (envelope, body)):
            take(InboundRequest(envelope: envelope, request: request, bodyRange: body, bus: self))
        }
    }

    private func take(_ request: InboundRequest) {
        counters.requests += 1
        let now = WallTime.now
        if lastServed?.kind != request.kind { lastServed = (request.kind, latency(request.kind)) }
        lastServed?.latency.add(micros: (now - request.envelope.at).micros)
        if request.kind == StatusRequest.kind { return answer(request, healthNow(), keep: false) }
        guard request.envelope.id != nil else {
            return request.refuse(
                .malformed, "A \(request.kind) request needs an id, so that a repeat can be told from a new one.")
        }
        hand(request)
    }

    private func hand(_ request: InboundRequest) {
        let now = WallTime.now
        if let end = request.envelope.expiresAt, end <= now {
            return request.refuse(
                .expired, "The \(request.kind) request \(request.id) expired at \(end) and it is \(now).")
        }
        if let server { return server(request) }
        // One that finds no room is not answered either; its sender asks again.
        if waiting.count < ServiceBus.mostWaiting { waiting.append(request) }
    }

    func answer<B: WireBody>(_ request: InboundRequest, _ body: B, keep: Bool) {
        guard !request.isAnswered else { return }
        var envelope = Envelope()
        envelope.source = name.rawValue
        envelope.session = session
        envelope.at = .now
        envelope.id = request.envelope.id
        if body is Refusal { counters.refused += 1 }
        do throws(WireError) {
            try WireMessage.writeFrame(envelope, body) { frame in
                counters.bytesOut += frame.count
                request.request.reply(frame, keep: keep)
            }
        } catch {
            context.log.error("a reply of kind \(B.kind) could not be written and was refused instead: \(error)")
            guard !(body is Refusal) else { return }
            answer(
                request, Refusal(.unavailable, "The reply of kind \(B.kind) could not be written: \(error)."),
                keep: false)
        }
    }

    // MARK: Readings

    func latency(_ name: String) -> LatencyHistogram {
        if let histogram = latencies[name] { return histogram }
        let histogram = LatencyHistogram()
        // A sender of made-up kinds must not fill the table.
        if latencies.count < 256 { latencies[name] = histogram }
        return histogram
    }

    func readings() -> [String: Double] {
        var readings = counters.readings
        if let responder {
            readings["bus.repeats"] = Double(responder.repeats + responder.merged)
            readings["bus.storedReplies"] = Double(responder.stored.replies)
            readings["bus.pendingRequests"] = Double(responder.pending)
        }
        let requesters = peers.values.compactMap(\.requester)
        readings["bus.resent"] = Double(requesters.reduce(0) { $0 + $1.resent })
        readings["bus.staleReplies"] = Double(requesters.reduce(0) { $0 + $1.stale })
        readings["bus.outstanding"] = Double(requesters.reduce(0) { $0 + $1.outstanding })
        let now = MonotonicClock.micros
        for (name, histogram) in latencies {
            histogram.rotate(at: now)
            guard let (p50, p99) = histogram.percentiles else { continue }
            readings["latency.\(name).p50Micros"] = p50
            readings["latency.\(name).p99Micros"] = p99
        }
        return readings
    }
}

/// What passed through a bus since it was opened.
struct BusCounters {
    var published = 0
    var received = 0
    var requests = 0
    var asked = 0
    var bytesOut = 0
    var bytesIn = 0
    var gaps = 0
    var refused = 0
    var malformed = 0
    var unknownKinds = 0

    var readings: [String: Double] {
        [
            "bus.published": Double(published), "bus.received": Double(received), "bus.requests": Double(requests),
            "bus.asked": Double(asked), "bus.bytesOut": Double(bytesOut), "bus.bytesIn": Double(bytesIn),
            "bus.gaps": Double(gaps),
            "bus.refused": Double(refused), "bus.malformed": Double(malformed),
            "bus.unknownKinds": Double(unknownKinds),
        ]
    }
}
