import Logging
import Messaging
import TradingModel
import Wire

/// Another service as this one sees it: the subscription to its facts and the requests to it.
final class BusPeer {
    /// Topics that begin with it are subscriptions that are answered; it is behind every other topic in byte order.
    static let sentinel = "~"
    private static let longestHold = Span.seconds(1)

    private struct Follower {
        var prefixes: [String]
        var onGap: (Gap) -> Void
        var handler: (Inbound) -> Void
    }

    /// One topic of the service.
    private final class TopicState {
        let name: String
        /// The last number seen, or said to have been published before we came; 0 before the first.
        var sequence = 0
        /// Which followers get it.
        let followers: [Int]
        /// The kind last seen on it, and whether this version knows it.
        var kind = ""
        var isKnown = true
        var latency: LatencyHistogram?

        init(_ name: String, followers: [Int]) {
            self.name = name
            self.followers = followers
        }
    }

    /// A request of ours and whom to tell.
    private struct Question {
        var id: String
        var at: WallTime
        var timeToLive: Span
        var retryEvery: Span
        var latency: LatencyHistogram
        /// The session of the service when it was first sent; empty where that is not known.
        var session: String
        var completion: (RequestOutcome) -> Void
    }

    private let bus: ServiceBus
    private let service: ServiceName
    private(set) var requester: Requester?
    private var subscriber: Subscriber?
    private var followers: [Follower] = []
    private let topics = TopicTable<TopicState>()
    private var session = ""
    private var lastSentinel = ""
    private var lastHeard: WallTime?
    /// Whether all subscriptions are known to be in force in this session.
    private var isLive = false
    /// Whether a request had to leave before that, so that its answer may be older than the first message.
    private var askedTooEarly = false
    private var held: [(serial: Int, send: () -> Void)] = []
    private var nextSerial = 0
    private var lastRoundTrip: (kind: String, latency: LatencyHistogram)?
    private var reply: (envelope: Envelope, body: Range<Int>)?

    init(_ bus: ServiceBus, _ service: ServiceName) {
        self.bus = bus
        self.service = service
    }

    private var healthTopic: String { Topic.health(service).name }

    var silence: Span? { lastHeard.map { max(.zero, WallTime.now - $0) } }

    func close() {
        subscriber?.close()
        release()
        requester?.close()
    }

    // MARK: Facts

    func subscribe(_ prefixes: [String], onGap: @escaping (Gap) -> Void, _ handler: @escaping (Inbound) -> Void) throws
    {
        followers.append(Follower(prefixes: prefixes, onGap: onGap, handler: handler))
        // Two digits keep the byte order of the sentinels that of their making.
        let number = String(followers.count, radix: 16)
        lastSentinel = BusPeer.sentinel + bus.session + "." + (number.utf8.count < 2 ? "0" + number : number)
        isLive = false
        topics.removeAll()
        if let subscriber {
            for prefix in prefixes + [lastSentinel] { try subscriber.add(prefix: prefix) }
            return
        }
        subscriber = try Subscriber(
            loop: bus.loop, endpoint: try bus.endpoint(of: service, "pub"),
            prefixes: prefixes + [healthTopic, lastSentinel],
            highWater: Int32(bus.context.settings.bus.subscribeQueue),
            handler: { [self] topic, frame in receive(topic, frame) })
    }

    private func receive(_ topic: UnsafeRawBufferPointer, _ frame: ReceivedFrame) {
        bus.counters.received += 1
        bus.counters.bytesIn += frame.count
        let now = WallTime.now
        lastHeard = now
        do throws(WireError) {
            let (envelope, body) = try frame.withBytes { (bytes) throws(WireError) in
                try WireMessage.decodeEnvelope(bytes)
            }
            if envelope.session != session { begin(envelope.session) }
            if topic.first == BusPeer.sentinel.utf8.first {
                return confirm(topic, Inbound(envelope: envelope, topic: "", frame: frame, bodyRange: body))
            }
            let state = topics.index(of: topic).map { topics[$0] } ?? add(topic)
            deliver(Inbound(envelope: envelope, topic: state.name, frame: frame, bodyRange: body), state, at: now)
        } catch {
            bus.counters.malformed += 1
            bus.context.log.warning(
                "a message on \(String(decoding: topic, as: UTF8.self)) of \(service.rawValue) was skipped: \(error)")
        }
    }

    private func deliver(_ message: Inbound, _ state: TopicState, at now: WallTime) {
        let number = message.envelope.sequence
        let expected = state.sequence + 1
        state.sequence = number
        // Before the subscription is in force a topic may begin anywhere.
        if number != expected, isLive || expected > 1 {
            report(.hole(topic: state.name, expected: expected, found: number))
        }
        if message.envelope.kind != state.kind { learn(message.envelope.kind, state) }
        guard state.isKnown else {
            bus.counters.unknownKinds += 1
            return
        }
        state.latency?.add(micros: (now - message.envelope.at).micros)
        for follower in state.followers { followers[follower].handler(message) }
        if message.envelope.kind == Health.kind { compare(with: message) }
    }

    private func add(_ topic: UnsafeRawBufferPointer) -> TopicState {
        let name = String(decoding: topic, as: UTF8.self)
        let state = TopicState(name, followers: interested(in: name))
        _ = topics.add(topic, state)
        return state
    }

    private func learn(_ kind: String, _ state: TopicState) {
        state.kind = kind
        state.isKnown = WireCatalog.kind(kind) != nil
        state.latency = state.isKnown ? bus.latency(kind) : nil
    }

    private func interested(in topic: String) -> [Int] {
        followers.indices.filter { index in followers[index].prefixes.contains { topic.hasPrefix($0) } }
    }

    // MARK: What may have been missed

    /// The first session is no gap; every further one is.
    private func begin(_ next: String) {
        let isFirst = session.isEmpty
        session = next
        isLive = false
        topics.removeAll()
        if !isFirst { report(.newSession) }
    }

    /// The service has seen all our subscriptions, on a new connection; from here on every message counts.
    private func confirm(_ topic: UnsafeRawBufferPointer, _ message: Inbound) {
        guard topic.elementsEqual(lastSentinel.utf8) else { return }
        let hasMissed = isLive || askedTooEarly
        isLive = true
        askedTooEarly = false
        for (state, said) in sequences(in: message) { state.sequence = said }
        if hasMissed { report(.reconnected) }
        release()
    }

    /// A sign of life says where each topic stands, and comes behind everything that was published before it: a topic
    /// whose last message here is an older one has lost the newest, which no hole would ever show.
    private func compare(with message: Inbound) {
        guard isLive else { return }
        for (state, said) in sequences(in: message) where state.sequence < said {
            let expected = state.sequence + 1
            state.sequence = said
            report(.hole(topic: state.name, expected: expected, found: said + 1))
        }
    }

    /// Where the topics that are followed stand, as a sign of life says it.
    private func sequences(in message: Inbound) -> [(TopicState, Int)] {
        guard let health = try? message.body(Health.self) else { return [] }
        return (health.sequences ?? []).compactMap { said in
            guard said.topic == healthTopic || !interested(in: said.topic).isEmpty else { return nil }
            var name = said.topic
            let state = name.withUTF8 { utf8 in
                let bytes = UnsafeRawBufferPointer(utf8)
                return topics.index(of: bytes).map { topics[$0] } ?? add(bytes)
            }
            return (state, said.sequence)
        }
    }

    private func report(_ kind: Gap.Kind) {
        bus.counters.gaps += 1
        let gap = Gap(service: service, kind: kind)
        for follower in followers { follower.onGap(gap) }
    }

    // MARK: Promises

    func ask(
        _ frame: UnsafeRawBufferPointer, _ envelope: Envelope, kind: String, timeToLive: Span, retryEvery: Span,
        _ completion: @escaping (RequestOutcome) -> Void
    ) throws {
        let question = Question(
            id: envelope.id ?? "", at: envelope.at, timeToLive: timeToLive, retryEvery: retryEvery,
            latency: roundTrip(of: kind),
            session: isLive ? session : "", completion: completion)
        // One that was held in vain is enough: its answer will be asked for again once the subscription is in force.
        if subscriber == nil || isLive || askedTooEarly { return try send(frame, question) }
        hold(Array(frame), question)
    }

    private func send(_ frame: UnsafeRawBufferPointer, _ question: Question) throws {
        let requester = try requester ?? openRequester()
        let isTaken = requester.send(
            id: question.id, frame: frame, timeToLive: question.timeToLive.micros,
            retryEvery: question.retryEvery.micros
        ) { [self] outcome in finish(outcome, question) }
        guard !isTaken else { return }
        let refusal = Refusal(
            .overloaded, "\(Requester.mostOutstanding) requests to \(service.rawValue) wait already: ask again later.")
        bus.after(.zero) { question.completion(.refused(refusal)) }
    }

    /// Until the subscription is in force: an answer from before could miss what is published in between.
    private func hold(_ frame: [UInt8], _ question: Question) {
        nextSerial += 1
        let serial = nextSerial
        let send = { [self] in
            var question = question
            question.timeToLive = question.at + question.timeToLive - .now
            // Opening a socket fails where descriptors have run out: the outcome is as unknown as without an answer.
            do { try frame.withUnsafeBytes { try self.send($0, question) } } catch { question.completion(.expired) }
        }
        held.append((serial, send))
        bus.after(min(BusPeer.longestHold, Span(micros: question.timeToLive.micros / 2))) { [self] in
            guard let index = held.firstIndex(where: { $0.serial == serial }) else { return }
            askedTooEarly = true
            held.remove(at: index).send()
        }
    }

    private func release() {
        let ready = held
        held.removeAll()
        for request in ready { request.send() }
    }

    private func roundTrip(of kind: String) -> LatencyHistogram {
        if let lastRoundTrip, lastRoundTrip.kind == kind { return lastRoundTrip.latency }
        let latency = bus.latency("request." + kind)
        lastRoundTrip = (kind, latency)
        return latency
    }

    private func openRequester() throws -> Requester {
        let requester = try Requester(
            loop: bus.loop, endpoint: try bus.endpoint(of: service, "rep"),
            identify: { [self] frame in identify(frame) })
        self.requester = requester
        return requester
    }

    /// The id of a reply; its envelope is kept for the completion that follows at once.
    private func identify(_ frame: ReceivedFrame) -> String? {
        bus.counters.bytesIn += frame.count
        reply = try? frame.withBytes { try WireMessage.decodeEnvelope($0) }
        return reply?.envelope.id
    }

    private func finish(_ outcome: Requester.Outcome, _ question: Question) {
        let completion = question.completion
        guard case .reply(let frame) = outcome, let reply else { return completion(.expired) }
        question.latency.add(micros: (WallTime.now - question.at).micros)
        let message = Inbound(envelope: reply.envelope, topic: "", frame: frame, bodyRange: reply.body)
        guard message.kind == Refusal.kind else { return completion(.reply(message)) }
        let refusal =
            (try? message.body(Refusal.self))
            ?? Refusal(.malformed, "\(service.rawValue) refused in words that are malformed.")
        completion(isFinal(refusal, of: message.envelope.session, question) ? .refused(refusal) : .expired)
    }

    /// Whether a refusal says that the request was not carried out. One of the moment, given to a repeat by another run of
    /// the service, says nothing of what the first run did before it ended.
    private func isFinal(_ refusal: Refusal, of session: String, _ question: Question) -> Bool {
        switch refusal.code {
        case .malformed, .unknownKind, .wrongMajor: true
        case .expired, .notReady, .overloaded, .unavailable:
            (requester?.attempts ?? 1) <= 1 || session == question.session
        }
    }
}
