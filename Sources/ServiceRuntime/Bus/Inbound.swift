public import Messaging
import TradingModel
public import Wire

/// A message from another service: its envelope is read, its body when asked for. It may be kept.
public struct Inbound {
    public let envelope: Envelope
    /// The topic it was published on; empty for a reply.
    public let topic: String
    /// The whole message as it came, length prefix included.
    public let frame: ReceivedFrame
    @usableFromInline let bodyRange: Range<Int>

    public var kind: String { envelope.kind }

    /// The body as a `B`.
    /// - Throws: ``WireError`` where the body is not one.
    @inlinable
    public func body<B: WireBody>(_: B.Type = B.self) throws(WireError) -> B {
        try frame.withBytes { (bytes) throws(WireError) -> B in try WireMessage.decodeBody(B.self, of: bytes, bodyRange)
        }
    }

    /// This message as the cause of another.
    public var asCause: Cause {
        Cause(source: envelope.source, session: envelope.session, topic: topic, sequence: envelope.sequence)
    }
}

/// A request to this service that was not seen before and has not expired. It may be kept and answered later, once.
public struct InboundRequest {
    public let envelope: Envelope
    let request: Responder.Request
    let bodyRange: Range<Int>
    let bus: ServiceBus

    public var kind: String { envelope.kind }
    /// The id that makes a repeat the same request.
    public var id: String { envelope.id ?? "" }
    /// Whether it was answered already.
    public var isAnswered: Bool { request.isAnswered }

    /// The body as a `B`.
    /// - Throws: ``WireError`` where the body is not one; ``refuse(_:)`` makes a refusal of it.
    public func body<B: WireBody>(_: B.Type = B.self) throws(WireError) -> B {
        try request.frame.withBytes { (bytes) throws(WireError) -> B in
            try WireMessage.decodeBody(B.self, of: bytes, bodyRange)
        }
    }

    /// Answers, and keeps the answer for repeats until the request expires. A second answer is ignored.
    public func reply<B: WireBody>(_ body: B) { bus.answer(self, body, keep: true) }

    /// Says that the request is not carried out. A repeat is considered anew, since the reason may be gone by then.
    public func refuse(_ code: Refusal.Code, _ sentence: String) {
        bus.answer(self, Refusal(code, sentence), keep: false)
    }

    /// Refuses what could not be read.
    public func refuse(_ error: WireError) {
        refuse(error.code == .wrongMajor ? .wrongMajor : .malformed, "The \(kind) request is malformed: \(error).")
    }

    /// Refuses a kind that this service does not serve.
    public func refuseUnknownKind() {
        refuse(.unknownKind, "\(bus.name.rawValue) does not serve requests of kind \"\(kind)\".")
    }
}

/// How a request ended.
public enum RequestOutcome {
    case reply(Inbound)
    /// It was not carried out, and will not be.
    case refused(Refusal)
    /// No answer before it expired, or one that does not tell: whether it was carried out is unknown.
    case expired
}

/// Something of another service's facts may have been missed: ask for a snapshot.
public struct Gap: Hashable, Sendable, CustomStringConvertible {
    public enum Kind: Hashable, Sendable {
        /// Messages of one topic are missing: the first was `expected`, the next that came is `found`.
        case hole(topic: String, expected: Int, found: Int)
        /// The service was started anew.
        case newSession
        /// The connection was lost and is there again.
        case reconnected
    }

    public let service: ServiceName
    public let kind: Kind

    public var description: String {
        switch kind {
        case .hole(let topic, let expected, let found):
            "\(service.rawValue) lost \(found - expected) messages of \(topic) on the way here: \(expected) to \(found - 1)"
        case .newSession: "\(service.rawValue) was started anew"
        case .reconnected: "the connection to \(service.rawValue) was lost and is there again"
        }
    }
}
