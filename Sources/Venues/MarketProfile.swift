import TradingModel

/// How one symbol of the simulated market behaves.
struct MarketProfile: Sendable {
    /// Where its price is at the start, and what trends pull it back to over months.
    let price: Double
    /// How much of the common factor it follows; 1 is the market itself.
    let beta: Double
    /// Standard deviation of its own daily noise, without factor, trends and jumps.
    let dailyNoise: Double
    /// Quote currency traded in a quiet minute.
    let minuteVolume: Double
    /// Quote currency resting at the best price.
    let depth: Double
    /// Usual distance of bid and ask in basis points; at least one tick.
    let spreadBps: Double

    private static let known: [String: MarketProfile] = [
        "BTC": MarketProfile(
            price: 95_000, beta: 1.0, dailyNoise: 0.012, minuteVolume: 9_000_000, depth: 400_000, spreadBps: 0.1),
        "ETH": MarketProfile(
            price: 3_400, beta: 1.2, dailyNoise: 0.018, minuteVolume: 6_000_000, depth: 250_000, spreadBps: 0.2),
        "SOL": MarketProfile(
            price: 190, beta: 1.4, dailyNoise: 0.028, minuteVolume: 2_000_000, depth: 120_000, spreadBps: 0.6),
        "XRP": MarketProfile(
            price: 2.1, beta: 1.1, dailyNoise: 0.027, minuteVolume: 1_500_000, depth: 90_000, spreadBps: 0.6),
        "DOGE": MarketProfile(
            price: 0.32, beta: 1.4, dailyNoise: 0.031, minuteVolume: 1_200_000, depth: 70_000, spreadBps: 0.6),
        "BNB": MarketProfile(
            price: 700, beta: 0.8, dailyNoise: 0.014, minuteVolume: 800_000, depth: 80_000, spreadBps: 0.3),
        "ADA": MarketProfile(
            price: 0.9, beta: 1.2, dailyNoise: 0.028, minuteVolume: 500_000, depth: 60_000, spreadBps: 1.2),
        "AVAX": MarketProfile(
            price: 37, beta: 1.3, dailyNoise: 0.031, minuteVolume: 300_000, depth: 40_000, spreadBps: 0.8),
        "LINK": MarketProfile(
            price: 21, beta: 1.3, dailyNoise: 0.031, minuteVolume: 350_000, depth: 40_000, spreadBps: 0.8),
        "LTC": MarketProfile(
            price: 105, beta: 1.1, dailyNoise: 0.022, minuteVolume: 250_000, depth: 40_000, spreadBps: 1.2),
    ]

    /// The profile of a known base currency, or one made up from the symbol's name, always the same.
    static func of(_ symbol: Symbol) -> MarketProfile {
        if let profile = known[symbol.baseCurrency] { return profile }
        var generator = SeededGenerator(
            seed: UInt64(truncatingIfNeeded: StableHash.of("profile|" + symbol.baseCurrency).value))
        return MarketProfile(
            price: SimulationMath.exp(generator.uniform(-2.5, 5.5)), beta: generator.uniform(0.8, 1.6),
            dailyNoise: generator.uniform(0.018, 0.034),
            minuteVolume: SimulationMath.exp(generator.uniform(11, 14)),
            depth: SimulationMath.exp(generator.uniform(9.5, 11.5)),
            spreadBps: generator.uniform(0.6, 2.5))
    }

    /// Rules for a symbol the catalogue does not know: a tick near a hundredth of a percent, a lot worth about a
    /// quarter.
    func inventedInstrument(_ symbol: Symbol, venue: VenueID) -> Instrument {
        InstrumentCatalog.instrument(
            symbol, venue: venue, tickSize: Price(raw: Self.powerOfTen(below: price * 1e-4, scale: Price.scale)),
            lotSize: Quantity(raw: Self.powerOfTen(below: 0.25 / price, scale: Quantity.scale)), minNotional: Money(5),
            maxLeverage: 50)
    }

    /// The largest power of ten not above `value`, as a raw number of the scale; at least one unit in the last place.
    private static func powerOfTen(below value: Double, scale: Int128) -> Int128 {
        let raw = Int128(value * Double(scale))
        var power: Int128 = 1
        while power * 10 <= raw { power *= 10 }
        return power
    }
}
