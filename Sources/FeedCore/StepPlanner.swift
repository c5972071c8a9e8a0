public import TradingModel

/// How far a step of the lock-step reaches; pure.
public struct StepPlanner: Hashable, Sendable {
    /// Decisions are made at its multiples of market time.
    public let decisionInterval: Span

    public init(decisionInterval: Span) {
        precondition(decisionInterval > .zero, "Invariant: decisions have an interval")
        self.decisionInterval = decisionInterval
    }

    /// The end of the step that begins after `position`, given when the next event happens; `nil` where nothing is
    /// left.
    ///
    /// While somebody is attentive (orders or positions are open) it is one market moment long, so that every single
    /// price is acted on before the next is shown, and a decision boundary without any event still ends a step, since
    /// time alone may end a position. Otherwise it reaches to the first boundary at or after the next event.
    public func end(after position: MarketTime, next event: MarketTime?, isAttentive: Bool) -> MarketTime? {
        guard let event else { return nil }
        precondition(event > position, "Invariant: events of a step are later than the step before")
        let boundary = boundary(atOrAfter: isAttentive ? MarketTime(micros: position.micros + 1) : event)
        return isAttentive ? min(event, boundary) : boundary
    }

    /// The first decision boundary at or after a moment.
    public func boundary(atOrAfter time: MarketTime) -> MarketTime {
        let length = decisionInterval.micros
        let rest = time.micros % length
        return rest == 0 ? time : MarketTime(micros: time.micros - rest + length)
    }
}
