import TradingModel

/// Maps wall time to market time at a speed; a pure value that is told the time.
///
/// Market time runs from an anchor. Where the feed falls behind (a slow machine, a suspended one) by more than the
/// patience, the anchor moves: market time then goes on from where it stood instead of rushing through what was missed.
struct Pacer: Hashable, Sendable {
    /// Market seconds in a wall second; above 0.
    let speed: Double
    /// How far behind the feed may be before market time waits for it.
    let patience: Span
    private(set) var anchorMarket: MarketTime
    private(set) var anchorWall: WallTime
    /// How often the anchor had to move.
    private(set) var slips = 0

    init(speed: Double, market: MarketTime, wall: WallTime, patience: Span = .seconds(1)) {
        precondition(speed > 0 && speed.isFinite, "Invariant: a paced market has a speed")
        self.speed = speed
        self.patience = patience
        anchorMarket = market
        anchorWall = wall
    }

    /// The market time at a moment; at the anchor before it.
    func marketTime(at wall: WallTime) -> MarketTime {
        let passed = Double(max(0, (wall - anchorWall).micros)) * speed
        return anchorMarket + Span(micros: Int64(min(passed, 4e18)))
    }

    /// The first moment, to the microsecond, at which market time has reached `market`.
    func wallTime(of market: MarketTime) -> WallTime {
        guard market > anchorMarket else { return anchorWall }
        let length = Double((market - anchorMarket).micros) / speed
        return anchorWall + Span(micros: Int64(min(length.rounded(.up), 4e18)))
    }

    /// Lets market time stand where the next event is late by more than the patience.
    mutating func slip(next event: MarketTime, at wall: WallTime) {
        guard wall - wallTime(of: event) > patience else { return }
        anchorMarket = event
        anchorWall = wall
        slips += 1
    }
}
