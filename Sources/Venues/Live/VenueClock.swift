public import TradingModel

/// What time it is at an exchange, from its answers to the question; a pure value that is told our time.
///
/// An answer is taken to have been true in the middle between asking and hearing, so it is wrong by at most half of that
/// time (Cristian, *Probabilistic clock synchronization*, 1989). A jump is believed when a second answer says the same.
public struct VenueClock: Sendable {
    /// What became of an answer.
    public enum Outcome: Hashable, Sendable {
        case taken
        /// It contradicts what was known: ask again.
        case doubted
        /// The exchange's clock has jumped by so much.
        case jumped(Span)
    }

    /// Seconds at the exchange in a second of ours.
    public let speed: Double
    /// How far an answer may lie beside the expectation without being a jump, in our time.
    public static let tolerance = Span.milliseconds(1_000)
    private var anchorVenue = MarketTime.distantPast
    private var anchorWall = WallTime.distantPast
    private var roundTrip = Span.zero
    private var doubt: Span?
    public private(set) var isKnown = false

    public init(speed: Double) {
        precondition(speed > 0 && speed.isFinite, "Invariant: time passes at an exchange")
        self.speed = speed
    }

    /// The exchange's time at a moment of ours; `nil` before the first answer.
    public func time(at now: WallTime) -> MarketTime? {
        guard isKnown else { return nil }
        return MarketTime(micros: anchorVenue.micros + scaled(now - anchorWall).micros)
    }

    /// How far the exchange's clock is ahead of ours.
    public func offset(at now: WallTime) -> Span? { time(at: now).map { Span(micros: $0.micros - now.micros) } }

    /// How wrong ``time(at:)`` may be, at the exchange: half of what the answer took that it rests on.
    public var uncertainty: Span { scaled(Span(micros: roundTrip.micros / 2)) }

    /// Time at the exchange while this much of ours passes.
    public func scaled(_ span: Span) -> Span { Span(micros: Int64(Double(span.micros) * speed)) }

    /// Time of ours while this much passes at the exchange.
    public func wall(_ span: Span) -> Span { Span(micros: Int64(min(Double(span.micros) / speed, 1e15))) }

    /// Takes an answer.
    public mutating func take(_ venue: MarketTime, asked: WallTime, heard: WallTime) -> Outcome {
        let took = max(.zero, heard - asked)
        let middle = WallTime(micros: asked.micros + took.micros / 2)
        guard let expected = time(at: middle) else {
            anchor(venue, middle, took)
            return .taken
        }
        let difference = Span(micros: venue.micros - expected.micros)
        let allowed = scaled(VenueClock.tolerance + Span(micros: took.micros / 2)) + uncertainty
        if difference.magnitude <= allowed {
            doubt = nil
            // A quicker answer is a better one; an old one is replaced by and by, since clocks drift.
            if took.micros <= roundTrip.micros * 3 / 2 || middle - anchorWall > .minutes(5) {
                anchor(venue, middle, took)
            }
            return .taken
        }
        guard let first = doubt, Span(micros: first.micros - difference.micros).magnitude <= allowed else {
            doubt = difference
            return .doubted
        }
        doubt = nil
        anchor(venue, middle, took)
        return .jumped(difference)
    }

    private mutating func anchor(_ venue: MarketTime, _ wall: WallTime, _ took: Span) {
        (anchorVenue, anchorWall, roundTrip, isKnown) = (venue, wall, took, true)
    }
}

extension Span {
    /// Without its sign.
    var magnitude: Span { Span(micros: abs(micros)) }
}
