public import TradingModel

/// Stops asking a dependency that keeps failing, and tries it again with one call at a time, ever more rarely.
///
/// *Closed*: calls pass; so many failures in a row open it. *Open*: calls are refused until a cool-down has passed.
/// *Half-open*: one probe passes; its success closes the breaker, its failure opens it for twice as long, up to a limit.
/// Pure: time is an argument. Source: Nygard, *Release It!*, 2007, chapter 5.
public struct CircuitBreaker: Hashable, Sendable {
    /// When it opens and for how long.
    public struct Policy: Hashable, Sendable {
        /// Failures in a row that open it; at least 1.
        public var failureThreshold = 5
        /// The first cool-down; also how long a probe may take before the next is let through.
        public var coolDown = Span.seconds(1)
        /// No cool-down is longer.
        public var longestCoolDown = Span.seconds(60)
        public init() {}
    }

    /// What it does with a call at this moment.
    public enum State: Hashable, Sendable {
        case closed
        /// Refuses until then.
        case open(until: WallTime)
        /// Lets one probe through.
        case halfOpen
    }

    public let policy: Policy
    private var failures = 0
    /// How often in a row it has opened without a success; doubles the cool-down.
    private var openings = 0
    private var openedAt: WallTime?
    private var probeAt: WallTime?

    public init(policy: Policy = Policy()) {
        precondition(
            policy.failureThreshold > 0 && policy.coolDown > .zero,
            "a breaker opens after at least one failure and cools down")
        self.policy = policy
    }

    /// The state at `now`.
    public func state(at now: WallTime) -> State {
        guard let openedAt else { return .closed }
        let until = openedAt + coolDown
        // A clock that was set back must not keep the breaker open for as long as it went back.
        return now < until && now >= openedAt ? .open(until: until) : .halfOpen
    }

    /// Whether a call may be made now. In the half-open state the first answer is yes, the rest no until it is reported.
    public mutating func admits(at now: WallTime) -> Bool {
        switch state(at: now) {
        case .closed: return true
        case .open: return false
        case .halfOpen:
            // A probe that never reports must not close the door for ever.
            if let probeAt, now >= probeAt, now - probeAt < coolDown { return false }
            probeAt = now
            return true
        }
    }

    /// A call has succeeded: it closes.
    public mutating func succeed() {
        failures = 0
        openings = 0
        openedAt = nil
        probeAt = nil
    }

    /// A call has failed at `now`. Returns whether this opened it.
    @discardableResult public mutating func fail(at now: WallTime) -> Bool {
        switch state(at: now) {
        case .closed:
            failures += 1
            guard failures >= policy.failureThreshold else { return false }
        case .open: return false // A call from before it opened.
        case .halfOpen: break
        }
        failures = 0
        openings += 1
        openedAt = now
        probeAt = nil
        return true
    }

    /// `coolDown · 2^(openings - 1)`, at most `longestCoolDown`.
    private var coolDown: Span {
        let factor: Int64 = 1 << min(max(openings - 1, 0), 30)
        let (micros, overflow) = policy.coolDown.micros.multipliedReportingOverflow(by: factor)
        return overflow ? policy.longestCoolDown : min(Span(micros: micros), policy.longestCoolDown)
    }
}
