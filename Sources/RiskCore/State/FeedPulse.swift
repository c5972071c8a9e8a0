import TradingModel

/// When feed was last heard, in wall time, and what market time it was then.
///
/// Silence is wall time: a market whose prices stop coming does not say so itself.
struct FeedPulse: Sendable {
    /// For so long prices must have come before a silence is over, so that a stuttering feed does not flap the state.
    static let steadiness = Span.seconds(5)
    /// A gap between two prices up to this long does not begin that count anew.
    private static let breath = Span.seconds(2)
    /// Without a clock for so long, the wall clock stands in for it.
    private static let clockPatience = Span.seconds(5)

    private(set) var lastPrice: WallTime?
    private var steadySince: WallTime?
    private(set) var isSilent = false
    private(set) var mark: ClockMark?
    /// The mark that was saved last.
    private(set) var savedAt: WallTime = .distantPast

    /// A price has come. Returns whether that ends a silence.
    mutating func beat(at now: WallTime) -> Bool {
        let isSteady = lastPrice.map { now - $0 <= Self.breath } ?? false
        if !isSteady { steadySince = now }
        lastPrice = now
        guard isSilent, let steadySince, now - steadySince >= Self.steadiness else { return false }
        isSilent = false
        return true
    }

    /// Wall time has passed. Returns the length of a silence that has begun with it.
    mutating func listen(at now: WallTime, limit: Span) -> Span? {
        guard limit > .zero, !isSilent, let lastPrice, now - lastPrice >= limit else { return nil }
        isSilent = true
        steadySince = nil
        return now - lastPrice
    }

    /// Feed has said what time it is. Only a market that goes on in real time goes on without feed too: a simulated or
    /// recorded one stands still with it.
    mutating func hear(_ clock: MarketClock, at now: WallTime) {
        guard clock.marketTime > .distantPast else { return }
        let isReal = clock.rate == 1 && clock.step == nil && !clock.isFinished
        mark = isReal ? ClockMark(market: clock.marketTime, wall: now) : nil
    }

    mutating func restore(_ mark: ClockMark?) { self.mark = mark }

    /// What market time it is by the wall clock, once feed's clock has been silent; `nil` while feed is to be believed.
    func estimate(at now: WallTime) -> MarketTime? {
        guard let mark, now - mark.wall > Self.clockPatience else { return nil }
        return mark.market + (now - mark.wall)
    }

    /// The mark to be saved, every half minute.
    mutating func dueMark(at now: WallTime) -> ClockMark? {
        guard let mark, now - savedAt >= .seconds(30), mark.wall > savedAt else { return nil }
        savedAt = now
        return mark
    }
}
