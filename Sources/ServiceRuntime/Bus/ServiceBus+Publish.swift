import Logging
import Messaging
import TradingModel
public import Wire

/// A topic of ours: its bytes and the last sequence number.
final class PublishedTopic {
    let name: String
    let bytes: [UInt8]
    var sequence = 0
    init(_ name: String) {
        self.name = name
        bytes = Array(name.utf8)
    }
}

extension ServiceBus {
    /// Publishes a fact; never waits. Each topic is numbered from 1 without holes.
    ///
    /// What the wire cannot carry (a number that is not finite, more than 1 MiB) is logged, takes no number and is not sent.
    /// - Returns: what a message that follows from this one names as its cause.
    @discardableResult
    public func publish<B: WireBody>(_ body: B, on topic: Topic, cause: Cause? = nil) -> Cause {
        publish(body, on: find(topic.name) ?? add(topic.name), cause)
    }

    private func publish<B: WireBody>(_ body: B, on topic: PublishedTopic, _ cause: Cause?) -> Cause {
        var envelope = Envelope()
        envelope.source = name.rawValue
        envelope.session = session
        envelope.sequence = topic.sequence + 1
        envelope.at = .now
        envelope.cause = cause
        do throws(WireError) {
            try WireMessage.writeFrame(envelope, body) { frame in
                topic.sequence += 1
                counters.published += 1
                counters.bytesOut += frame.count
                topic.bytes.withUnsafeBytes { publisher?.send(topic: $0, frame: frame) }
            }
        } catch {
            context.log.error(
                "a message of kind \(B.kind) on \(topic.name) could not be written and was not published: \(error)")
        }
        return Cause(source: envelope.source, session: session, topic: topic.name, sequence: topic.sequence)
    }

    /// The number of the last message on a topic, for snapshots; 0 before the first.
    public func sequence(of topic: Topic) -> Int { find(topic.name)?.sequence ?? 0 }

    /// The same of all topics that begin with one of the prefixes, by name.
    public func sequences(prefixes: [String]) -> [TopicSequence] {
        published.values.filter { topic in topic.sequence > 0 && prefixes.contains { topic.name.hasPrefix($0) } }
            .map { TopicSequence(topic: $0.name, sequence: $0.sequence) }
            .sorted { $0.topic < $1.topic }
    }

    /// Has everyone who follows a topic ask for a snapshot: its next message leaves out a number, as if one were lost.
    ///
    /// For what is told in snapshots only and has changed.
    public func callForSnapshots(on topic: Topic) {
        let state = find(topic.name) ?? add(topic.name)
        // Before the first message nobody can miss one.
        if state.sequence > 0 { state.sequence += 1 }
    }

    private func find(_ name: String) -> PublishedTopic? {
        var name = name
        return name.withUTF8 { published.index(of: UnsafeRawBufferPointer($0)) }.map { published[$0] }
    }

    private func add(_ name: String) -> PublishedTopic {
        let topic = PublishedTopic(name)
        _ = topic.bytes.withUnsafeBytes { published.add($0, topic) }
        return topic
    }

    // MARK: Health

    /// The present health, with all readings and where each topic stands.
    func healthNow() -> Health {
        health.report(with: readings(), sequences: sequences(prefixes: [""]))
    }

    func publishHealth() {
        guard publisher != nil else { return }
        publish(healthNow(), on: .health(name))
    }

    /// A subscriber whose subscriptions end with a topic of its own beginning with `~` learns from the message on it that
    /// all of them are in force, since they arrive in byte order: what is published from here on reaches it.
    ///
    /// Such a topic carries this one message, number 1, a connection.
    ///
    /// Who has just subscribed to our health is told it, and does not have to wait for the next sign of life: a service
    /// that comes back is healthy long before everybody has connected to it again.
    func subscriptionChanged(_ prefix: UnsafeRawBufferPointer, _ isNew: Bool) {
        guard isNew else { return }
        if prefix.first == BusPeer.sentinel.utf8.first, prefix.count <= 64 {
            _ = publish(healthNow(), on: PublishedTopic(String(decoding: prefix, as: UTF8.self)), nil)
        } else if Topic.health(name).name.utf8.starts(with: prefix) {
            publishHealthSoon()
        }
    }

    /// Once for all who come within a few milliseconds.
    private func publishHealthSoon() {
        guard !willPublishHealth else { return }
        willPublishHealth = true
        loop.after(micros: 5_000) { [self] in
            willPublishHealth = false
            publishHealth()
        }
    }
}
