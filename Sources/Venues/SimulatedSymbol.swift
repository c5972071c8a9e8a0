import TradingModel

/// One symbol of the simulated market: its price process and its forming minute.
struct SimulatedSymbol: Hashable, Sendable {
    let symbol: Symbol
    let instrument: Instrument
    /// The steps of the instrument as numbers, for the price process.
    private let tick: Double
    private let lot: Double
    var generator: SeededGenerator
    /// The price between bid and ask, in quote currency.
    var mid: Double
    /// Two deviations of the logarithm of its noise: one that fades within the hour, one within the day.
    var fastVolatility = 0.0
    var slowVolatility = 0.0
    var regime = SimulatedRegime()
    /// The last trade, in ticks.
    var last: Int64
    var forming = FormingMinute()

    /// A minute that has not closed: extremes in ticks, volume in lots.
    struct FormingMinute: Hashable, Sendable {
        var isEmpty = true
        var open: Int64 = 0
        var high: Int64 = 0
        var low: Int64 = 0
        var close: Int64 = 0
        var lots: Int64 = 0

        mutating func add(_ price: Int64, lots added: Int64) {
            if isEmpty {
                self = FormingMinute(isEmpty: false, open: price, high: price, low: price, close: price, lots: 0)
            }
            high = max(high, price)
            low = min(low, price)
            close = price
            lots += added
        }
    }

    init(_ symbol: Symbol, instrument: Instrument, profile: MarketProfile, seed: UInt64, salt: String) {
        self.symbol = symbol
        self.instrument = instrument
        tick = instrument.tickSize.double
        lot = instrument.lotSize.double
        generator = SeededGenerator(seed: UInt64(truncatingIfNeeded: StableHash.of("\(salt)|\(seed)|\(symbol)").value))
        mid = profile.price
        last = Int64(profile.price / tick)
        slowVolatility = generator.normal() * Volatility.slowDeviation
        regime.anchor = mid
    }
}

/// The two clocks of volatility clustering, by the minute.
///
/// The logarithm of the noise is the sum of two AR(1) processes: one with a half-life of 20 minutes, one of 10 hours.
/// Together they give the slow decay of the autocorrelation of absolute returns that real prices show.
enum Volatility {
    static let fastDeviation = 0.38
    static let slowDeviation = 0.46
    private static let fastDecay = SimulationMath.ln(2) / 20
    private static let slowDecay = SimulationMath.ln(2) / 600

    /// The process after `minutes`, exact for any length.
    static func evolve(_ value: Double, minutes: Double, isFast: Bool, shock: Double) -> Double {
        let kept = SimulationMath.exp(-(isFast ? fastDecay : slowDecay) * minutes)
        let deviation = isFast ? fastDeviation : slowDeviation
        return value * kept + deviation * (1 - kept * kept).squareRoot() * shock
    }

    /// What the noise is multiplied with; its mean square is 1.
    static func factor(fast: Double, slow: Double) -> Double {
        let variance = fastDeviation * fastDeviation + slowDeviation * slowDeviation
        return SimulationMath.exp(min(fast + slow, 2.5) - variance)
    }
}

/// What moves all symbols at once.
struct SimulatedFactor: Hashable, Sendable {
    /// Standard deviation of its noise over a day.
    static let dailyNoise = 0.014
    /// Sudden moves of the whole market a day.
    static let jumpsPerDay = 0.4
    static let minuteNoise = dailyNoise / 1_440.0.squareRoot()

    var generator: SeededGenerator
    var fastVolatility = 0.0
    var slowVolatility = 0.0
    var regime = SimulatedRegime()
    /// The level its regimes are judged by; starts at 1.
    var level = 1.0

    init(seed: UInt64, salt: String) {
        generator = SeededGenerator(seed: UInt64(truncatingIfNeeded: StableHash.of("\(salt)|\(seed)|factor").value))
        slowVolatility = generator.normal() * Volatility.slowDeviation
    }

    /// Volatility and regime after `minutes`.
    mutating func evolve(minutes: Double) {
        fastVolatility = Volatility.evolve(fastVolatility, minutes: minutes, isFast: true, shock: generator.normal())
        slowVolatility = Volatility.evolve(slowVolatility, minutes: minutes, isFast: false, shock: generator.normal())
        regime.minutesLeft -= minutes
        guard regime.minutesLeft <= 0 else { return }
        regime = SimulatedRegime.following(regime, minuteNoise: Self.minuteNoise, price: level, home: 1, &generator)
    }

    /// The relative move of the market over `minutes`, at a beta of 1.
    mutating func step(minutes: Double) -> Double {
        let noise = Volatility.factor(fast: fastVolatility, slow: slowVolatility) * regime.noise * Self.minuteNoise
        // Half of a market trend reaches the symbols on top of their own.
        var move = regime.drift * 0.5 * minutes + noise * minutes.squareRoot() * generator.normal()
        if generator.open() < Self.jumpsPerDay * minutes / 1_440 {
            move += (generator.uniform() < 0.5 ? -1 : 1) * (0.001 + 0.0015 * generator.exponential())
            fastVolatility += 0.7
        }
        move = min(max(move, -0.15), 0.15)
        level *= 1 + move
        return move
    }
}

extension SimulatedSymbol {
    /// Sudden moves a day.
    static let jumpsPerDay = 1.5

    /// Volatility and regime after `minutes`.
    mutating func evolve(minutes: Double, profile: MarketProfile) {
        fastVolatility = Volatility.evolve(fastVolatility, minutes: minutes, isFast: true, shock: generator.normal())
        slowVolatility = Volatility.evolve(slowVolatility, minutes: minutes, isFast: false, shock: generator.normal())
        regime.minutesLeft -= minutes
        guard regime.minutesLeft <= 0 else { return }
        regime = SimulatedRegime.following(
            regime, minuteNoise: totalMinuteNoise(profile), price: mid, home: profile.price, &generator)
    }

    /// Moves the price over `minutes`, given what the market did.
    mutating func step(minutes: Double, market: Double, profile: MarketProfile) {
        let activity = Volatility.factor(fast: fastVolatility, slow: slowVolatility)
        let noise = activity * regime.noise * profile.dailyNoise / 1_440.0.squareRoot()
        var move = profile.beta * market + regime.drift * minutes + noise * minutes.squareRoot() * generator.normal()
        if regime.kind == .choppy {
            let share = 1 - SimulationMath.exp(-SimulatedRegime.pull * minutes)
            move += share * min(max(regime.anchor / mid - 1, -0.05), 0.05)
        }
        if generator.open() < Self.jumpsPerDay * minutes / 1_440 {
            move += (generator.uniform() < 0.5 ? -1 : 1) * profile.dailyNoise * (0.08 + 0.1 * generator.exponential())
            // What surprised once is watched for a while: jumps are followed by noise.
            fastVolatility += 0.8
        }
        mid *= 1 + min(max(move, -0.3), 0.3)
        // A price of a few ticks could not be quoted on both sides.
        mid = max(mid, 20 * tick)
    }

    /// Trades at the present price: `last` at the bid or the ask, and how many lots over `minutes`.
    mutating func trade(minutes: Double, profile: MarketProfile) {
        let quote = quote(profile)
        last = generator.next() & 1 == 0 ? quote.bid : quote.ask
        let activity = Volatility.factor(fast: fastVolatility, slow: slowVolatility) * regime.noise
        let value = profile.minuteVolume * minutes * activity * activity * generator.exponential()
        forming.add(last, lots: Int64(min(value / (mid * lot), 1e15)))
    }

    /// Best bid and ask, in ticks.
    func quote(_ profile: MarketProfile) -> (bid: Int64, ask: Int64) {
        let spread = max(1, Int64((mid * profile.spreadBps * 1e-4 / tick).rounded()))
        let bid = max(1, Int64((mid / tick - Double(spread) / 2).rounded()))
        return (bid, bid + spread)
    }

    /// Lots resting at one side of the best price.
    mutating func restingLots(_ profile: MarketProfile) -> Int64 {
        let value = profile.depth * SimulationMath.exp(0.7 * generator.normal())
        return max(1, Int64(min(value / (mid * lot), 1e15)))
    }

    private func totalMinuteNoise(_ profile: MarketProfile) -> Double {
        let market = profile.beta * SimulatedFactor.dailyNoise
        return ((profile.dailyNoise * profile.dailyNoise + market * market) / 1_440).squareRoot()
    }

    /// The forming minute as a closed candle, and a new forming minute.
    mutating func closeCandle(_ timeframe: Timeframe, opening openTime: MarketTime, venue: VenueID) -> Candle {
        precondition(!forming.isEmpty, "Invariant: a simulated candle has at least one trade")
        let candle = Candle(
            symbol: symbol, venue: venue, timeframe: timeframe, openTime: openTime, open: price(forming.open),
            high: price(forming.high),
            low: price(forming.low), close: price(forming.close), volume: quantity(forming.lots))
        forming = FormingMinute()
        return candle
    }

    func price(_ ticks: Int64) -> Price { Price(raw: instrument.tickSize.raw * Int128(ticks)) }
    func quantity(_ lots: Int64) -> Quantity { Quantity(raw: instrument.lotSize.raw * Int128(lots)) }
}
