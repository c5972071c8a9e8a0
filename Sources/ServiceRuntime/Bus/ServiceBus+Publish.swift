import Logging
import Messaging
import TradingModel
public import Wire

/// A topic of ours: its bytes and the last sequence number.
final class PublishedTopic {
    let bytes: [UInt8]
    var sequence = 0
    init(_ name: String) { bytes = Array(name.utf8) }
}

extension ServiceBus {
    /// Publishes a fact; never waits. Each topic is numbered from 1 without holes.
    ///
    /// What the wire cannot carry (a number that is not finite, more than 1 MiB) is logged, takes no number and is not sent.
    /// - Returns: what a message that follows from this one names as its cause.
    @discardableResult
    public func publish<B: WireBody>(_ body: B, on topic: Topic, cause: Cause? = nil) -> Cause {
        let state = publishedTopic(topic.name)
        var envelope = Envelope()
        envelope.source = name.rawValue
        envelope.session = session
        envelope.sequence = state.sequence + 1
        envelope.at = .now
        envelope.cause = cause
        do throws(WireError) {
            try WireMessage.withFrame(envelope, body) { frame in
                state.sequence += 1
                counters.published += 1
                counters.bytesOut += frame.count
                state.bytes.withUnsafeBytes { publisher?.send(topic: $0, frame: frame) }
            }
        } catch {
            context.log.error("a message of kind \(B.kind) on \(topic) could not be written and was not published: \(error)")
        }
        return Cause(source: envelope.source, session: session, topic: topic.name, sequence: state.sequence)
    }

    /// The number of the last message on a topic, for snapshots; 0 before the first.
    public func sequence(of topic: Topic) -> Int { published[topic.name]?.sequence ?? 0 }

    /// The same of all topics that begin with one of the prefixes, by name.
    public func sequences(prefixes: [String]) -> [TopicSequence] {
        published.filter { topic in topic.value.sequence > 0 && prefixes.contains { topic.key.hasPrefix($0) } }
            .map { TopicSequence(topic: $0.key, sequence: $0.value.sequence) }
            .sorted { $0.topic < $1.topic }
    }

    private func publishedTopic(_ name: String) -> PublishedTopic {
        if let state = published[name] { return state }
        let state = PublishedTopic(name)
        published[name] = state
        return state
    }

    // MARK: Health

    /// The present health, with all readings and where each topic stands.
    func healthNow() -> Health {
        health.report(with: readings(), sequences: sequences(prefixes: [""]).filter { !$0.topic.hasPrefix(BusPeer.sentinel) })
    }

    func publishHealth() {
        guard publisher != nil else { return }
        publish(healthNow(), on: .health(name))
    }

    /// A subscriber whose subscriptions end with a topic of its own beginning with `~` learns from the message on it that
    /// all of them are in force, since they arrive in byte order: what is published from here on reaches it.
    func subscriptionChanged(_ prefix: UnsafeRawBufferPointer, _ isNew: Bool) {
        guard prefix.first == BusPeer.sentinel.utf8.first, prefix.count <= 64 else { return }
        let topic = String(decoding: prefix, as: UTF8.self)
        if isNew { publish(healthNow(), on: Topic(topic)) } else { published[topic] = nil }
    }
}
