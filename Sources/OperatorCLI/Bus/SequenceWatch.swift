import Wire

/// Watches the sequence numbers of every topic of every bus: 1, 2, 3 … without holes within a session.
struct SequenceWatch {
    /// Something a subscriber should know about a topic's sequence.
    enum Finding: Equatable {
        /// Messages `from...through` never came.
        case hole(from: Int, through: Int)
        /// The publisher was started again.
        case newSession(before: String, after: String)
        /// A number that was seen before, or an older one.
        case repeated(expected: Int)

        var missing: Int {
            if case .hole(let from, let through) = self { through - from + 1 } else { 0 }
        }
    }

    private struct Key: Hashable {
        let source: String
        let topic: String
    }
    private struct Place {
        var session: String
        var sequence: Int
    }
    private var places: [Key: Place] = [:]
    /// The session of each source as it was last heard.
    private var sessions: [String: String] = [:]
    private(set) var holes = 0
    private(set) var missing = 0
    private(set) var newSessions = 0
    private(set) var repeats = 0

    /// Takes note of a message; the first one of a topic says nothing, for we may have come late. A restart is told once,
    /// with the first message of the new session.
    mutating func note(_ envelope: Envelope, topic: String) -> Finding? {
        let key = Key(source: envelope.source, topic: topic)
        let place = places.updateValue(Place(session: envelope.session, sequence: envelope.sequence), forKey: key)
        let known = sessions.updateValue(envelope.session, forKey: envelope.source)
        if let known, known != envelope.session {
            newSessions += 1
            return .newSession(before: known, after: envelope.session)
        }
        guard let place, place.session == envelope.session else { return nil }
        let expected = place.sequence + 1
        if envelope.sequence == expected { return nil }
        if envelope.sequence > expected {
            holes += 1
            missing += envelope.sequence - expected
            return .hole(from: expected, through: envelope.sequence - 1)
        }
        repeats += 1
        places[key]?.sequence = place.sequence
        return .repeated(expected: expected)
    }
}
