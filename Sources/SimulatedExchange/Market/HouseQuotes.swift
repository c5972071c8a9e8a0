import TradingModel

/// What everybody else offers around the source's prices: the same for the same seed, symbol, price and minute.
struct HouseQuotes: Sendable {
    static let depth = 60
    let seed: UInt64

    /// The levels of one side, best first.
    func levels(_ side: OrderSide, _ print: MarketPrint, _ listing: Listing) -> [(ticks: Int64, lots: Int64)] {
        let best = side == .buy ? print.bid : print.ask
        guard best > 0 else { return [] }
        var result = [(ticks: best, lots: max(1, side == .buy ? print.bidLots : print.askLots))]
        // A hundredth of a percent from one level to the next, as far as the tick allows.
        let step = max(1, best / 10_000)
        let base = max(1, lots(worth: 40_000, at: best, listing))
        let minute = UInt64(bitPattern: print.time.micros / 60_000_000)
        for level in 1..<HouseQuotes.depth {
            // On a grid of its own, so that a level stays where it is while the best price moves.
            let grid = (best / step) * step
            let ticks = side == .buy ? grid - Int64(level) * step : grid + Int64(level) * step
            guard ticks > 0, ticks != best, side == .buy ? ticks < best : ticks > best else { continue }
            var generator = SeededGenerator(
                seed: seed ^ UInt64(bitPattern: ticks) &* 0x9e37_79b9 ^ minute << 32 ^ UInt64(listing.index) << 17)
            let factor = 0.3 + 1.7 * generator.uniform() + Double(level) / 10
            result.append((ticks, max(1, Int64(min(Double(base) * factor, 1e15)))))
        }
        return result
    }

    private func lots(worth amount: Double, at ticks: Int64, _ listing: Listing) -> Int64 {
        Int64(min(amount / max(listing.money(ticks, 1).double, 1e-12), 1e12))
    }
}
