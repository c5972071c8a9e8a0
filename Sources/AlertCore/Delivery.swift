public import TradingModel

/// An alert on its way to one channel.
public struct Delivery: Hashable, Sendable {
    public enum State: String, Sendable, CaseIterable {
        /// To be sent, now or at ``Delivery/nextAt``.
        case pending
        /// Written down before it is sent: found after a crash, it may be there or not.
        case sending
        case delivered
        /// It is not tried again, for the reason in ``Delivery/fault``.
        case parked
    }

    /// The alert's id and the channel: the idempotency key.
    public var id: String
    public var alertID: String
    public var channel: AlertChannel
    public var state: State = .pending
    public var attempts = 0
    public var nextAt: WallTime
    /// How often it was not known whether it had arrived.
    public var doubts = 0
    /// The channel's name for it.
    public var reference: String?
    public var fault: String?
    public var createdAt: WallTime

    public init(alertID: String, channel: AlertChannel, at now: WallTime) {
        id = "\(alertID)|\(channel.rawValue)"
        self.alertID = alertID
        self.channel = channel
        nextAt = now
        createdAt = now
    }

    /// What is shown with it, where it may be there already.
    public var isRepeat: Bool { doubts > 0 && !channel.isIdempotent }
}

/// When and how often it is tried.
public struct DeliveryPolicy: Hashable, Sendable {
    public var firstPause: Span = .seconds(2)
    public var longestPause: Span = .minutes(5)
    /// After this long it is parked.
    public var patience: Span = .hours(72)
    /// With this many doubts it is parked instead of being sent once more: it is there at most this often.
    public var mostDoubts = 2
    public init() {}

    /// The pause before the next attempt: doubling, with up to a quarter of it added by `spread` in 0..<1.
    public func pause(attempts: Int, spread: Double) -> Span {
        let doubled = firstPause.micros << Int64(min(max(0, attempts - 1), 20))
        let pause = min(doubled, longestPause.micros)
        return Span(micros: pause + Int64(Double(pause) / 4 * spread))
    }

    /// The delivery after an attempt.
    public func after(_ outcome: ChannelOutcome, _ delivery: Delivery, at now: WallTime, spread: Double) -> Delivery {
        var next = delivery
        switch outcome {
        case .delivered(let reference):
            (next.state, next.reference, next.fault) = (.delivered, reference, nil)
            return next
        case .refused(let reason):
            (next.state, next.fault) = (.parked, reason)
            return next
        case .notYet(let wait, let reason):
            next.fault = reason
            next.nextAt = now + max(wait ?? .zero, pause(attempts: delivery.attempts, spread: spread))
        case .unknown(let reason):
            next.fault = reason
            next.doubts += 1
            next.nextAt = now + pause(attempts: delivery.attempts, spread: spread)
            if next.doubts >= mostDoubts, !delivery.channel.isIdempotent {
                next.state = .parked
                next.fault = "whether it arrived is not known, twice: \(reason)"
                return next
            }
        }
        next.state = .pending
        if now - delivery.createdAt > patience {
            next.state = .parked
            next.fault = "given up after \(patience): \(next.fault ?? "")"
        }
        return next
    }

    /// The outcome of what a crash found in ``Delivery/State/sending``.
    public static let interrupted = ChannelOutcome.unknown(reason: "the service ended while it was being sent")
}
