public import TradingModel

/// A seeded market of several symbols: the same settings are the same market, to the last digit, on every machine.
///
/// Each price follows its own regimes (trends up and down, chop, calm), a common factor, volatility that comes in
/// clusters, and jumps. Every ticker interval each symbol has a ticker; every minute its 1m candle closes, whose prices
/// are exactly those of the `last` of its tickers. All prices and quantities lie on the instrument's grid.
public struct SimulatedMarket: Hashable, Sendable {
    public struct Settings: Hashable, Sendable {
        public var seed: UInt64 = 1
        public var symbols: [Symbol]
        /// The first moment; rounded down to a minute.
        public var start: MarketTime
        /// Market time between two tickers of a symbol; divides a minute.
        public var tickerInterval: Span = .seconds(2)
        public init(symbols: [Symbol], start: MarketTime) {
            self.symbols = symbols
            self.start = start
        }

        /// Why there is no such market; `nil` where there is. One sentence.
        public var fault: String? {
            if symbols.isEmpty { return "the simulated market has no symbols: name at least one, such as BTC/USDT" }
            if Set(symbols).count != symbols.count { return "the simulated market has a symbol twice: name each once" }
            if tickerInterval <= .zero || Span.minutes(1).micros % tickerInterval.micros != 0 {
                return
                    "a ticker every \(tickerInterval) does not divide a minute: use 100ms, 250ms, 500ms, 1s, 2s, 5s or the like"
            }
            return nil
        }
    }

    public let settings: Settings
    public let instruments: [Instrument]
    let profiles: [MarketProfile]
    var factor: SimulatedFactor
    var symbols: [SimulatedSymbol]
    /// Where the next minute, or the one under way, opens.
    var minute: MarketTime
    /// Tickers of a symbol already given in that minute.
    var ticksDone = 0

    /// The market at its start. `settings.fault` is `nil`.
    public init(_ settings: Settings) {
        self.init(settings, salt: "market")
    }

    init(_ settings: Settings, salt: String) {
        precondition(settings.fault == nil, "Invariant: the settings of a simulated market are sound")
        self.settings = settings
        profiles = settings.symbols.map(MarketProfile.of)
        factor = SimulatedFactor(seed: settings.seed, salt: salt)
        symbols = zip(settings.symbols, profiles).map { symbol, profile in
            let instrument =
                InstrumentCatalog.instrument(symbol, venue: .simulated)
                ?? profile.inventedInstrument(symbol, venue: .simulated)
            return SimulatedSymbol(symbol, instrument: instrument, profile: profile, seed: settings.seed, salt: salt)
        }
        instruments = symbols.map(\.instrument)
        minute = Timeframe.oneMinute.openTime(containing: settings.start)
    }

    /// When the next events happen.
    public var nextTime: MarketTime {
        ticksDone == ticksPerMinute
            ? minute + .minutes(1) : minute + Span(micros: settings.tickerInterval.micros * Int64(ticksDone)) + phase
    }

    /// Lots traded so far in the forming minute of the symbol at that place.
    public func formingLots(of index: Int) -> Int64 { symbols[index].forming.lots }

    /// Whether no minute is under way.
    public var isAtMinuteBoundary: Bool { ticksDone == 0 }
    /// Whether all tickers of the minute are out and its candles come next.
    public var isMinuteComplete: Bool { ticksDone == ticksPerMinute }

    /// Appends the events of the next market moment: a ticker of each symbol, or each symbol's closed 1m candle.
    ///
    /// Tickers lie in the middle of their interval, so none coincides with a candle's close.
    public mutating func appendNextEvents(to events: inout [MarketEvent]) {
        let time = nextTime
        if ticksDone == ticksPerMinute {
            for index in symbols.indices {
                events.append(.candle(symbols[index].closeCandle(.oneMinute, opening: minute, venue: .simulated)))
            }
            minute = time
            ticksDone = 0
            return
        }
        if ticksDone == 0 { evolve(minutes: 1) }
        let length = Double(settings.tickerInterval.micros) / 60e6
        let market = factor.step(minutes: length)
        for index in symbols.indices {
            symbols[index].step(minutes: length, market: market, profile: profiles[index])
            symbols[index].trade(minutes: length, profile: profiles[index])
            events.append(.ticker(ticker(index, at: time)))
        }
        ticksDone += 1
    }

    private var phase: Span { Span(micros: settings.tickerInterval.micros / 2) }
    private var ticksPerMinute: Int { Int(Span.minutes(1).micros / settings.tickerInterval.micros) }

    private mutating func ticker(_ index: Int, at time: MarketTime) -> Ticker {
        let profile = profiles[index]
        let quote = symbols[index].quote(profile)
        let bidLots = symbols[index].restingLots(profile)
        let askLots = symbols[index].restingLots(profile)
        let state = symbols[index]
        return Ticker(
            symbol: state.symbol, venue: .simulated, bid: state.price(quote.bid), bidQuantity: state.quantity(bidLots),
            ask: state.price(quote.ask),
            askQuantity: state.quantity(askLots), last: state.price(state.last), eventTime: time,
            receivedTime: .distantPast)
    }

    mutating func evolve(minutes: Double) {
        factor.evolve(minutes: minutes)
        for index in symbols.indices { symbols[index].evolve(minutes: minutes, profile: profiles[index]) }
    }

    public static func == (a: SimulatedMarket, b: SimulatedMarket) -> Bool {
        a.settings == b.settings && a.factor == b.factor && a.symbols == b.symbols && a.minute == b.minute
            && a.ticksDone == b.ticksDone
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(settings)
        hasher.combine(minute)
        hasher.combine(ticksDone)
    }
}
