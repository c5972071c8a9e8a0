import Logging
public import TradingModel
public import Wire

extension ServiceBus {
    /// Follows the facts of another service on the topics that begin with one of `topics`.
    ///
    /// All subscriptions to one service share a socket, so that its messages come in the order in which it published them.
    /// `onGap` is called once each time something may have been missed, before the message that showed it; then ask for a
    /// snapshot. Requests to that service wait (up to a second) until the subscription is known to be in force, so that
    /// nothing can fall between a snapshot and the first message. Kinds that this version does not know are counted and skipped.
    public func subscribe(
        to service: ServiceName, topics: [String], onGap: @escaping (Gap) -> Void,
        _ handler: @escaping (Inbound) -> Void
    ) {
        do {
            try peer(service).subscribe(topics, onGap: onGap, handler)
        } catch {
            context.log.error("\(service.rawValue) cannot be followed: \(error)")
            context.fail(.unavailable, "\(service.rawValue) cannot be followed: \(error)")
        }
    }

    /// Microseconds since anything was heard on the bus of a service that is followed; `nil` before the first.
    public func silence(of service: ServiceName) -> Span? { peers[service]?.silence }

    /// Asks another service and calls `completion` exactly once.
    ///
    /// The request is sent again under the same id every `retryEvery` (by default that of the configuration) until
    /// `timeToLive` is over. An id that is still waiting shares the answer.
    public func request<B: WireBody>(
        _ body: B, to service: ServiceName, id: String, timeToLive: Span, retryEvery: Span? = nil, cause: Cause? = nil,
        _ completion: @escaping (RequestOutcome) -> Void
    ) {
        var envelope = Envelope()
        envelope.source = name.rawValue
        envelope.session = session
        envelope.at = .now
        envelope.cause = cause
        envelope.id = id
        envelope.expiresAt = envelope.at + timeToLive
        // Not at once: whoever asks again on expiry would never stop.
        guard !isClosed else {
            _ = after(.milliseconds(100)) { completion(.expired) }
            return
        }
        let retry = retryEvery ?? .milliseconds(Int64(context.settings.bus.retryMillis))
        counters.asked += 1
        do {
            let peer = try peer(service)
            var failure: (any Error)?
            try WireMessage.writeFrame(envelope, body) { frame in
                counters.bytesOut += frame.count
                do {
                    try peer.ask(frame, envelope, kind: B.kind, timeToLive: timeToLive, retryEvery: retry, completion)
                } catch { failure = error }
            }
            if let failure { throw failure }
        } catch {
            let refusal = Refusal(.malformed, "The \(B.kind) request to \(service.rawValue) was not sent: \(error)")
            context.log.error("\(refusal.sentence)")
            after(.zero) { completion(.refused(refusal)) }
        }
    }

    private func peer(_ service: ServiceName) throws -> BusPeer {
        if let peer = peers[service] { return peer }
        let peer = BusPeer(self, service)
        peers[service] = peer
        return peer
    }
}
