import TradingModel
import Venues

/// Quote and trade of one symbol at one moment, in ticks and lots.
struct MarketPrint: Hashable, Sendable {
    var source = 0
    var time = MarketTime.distantPast
    var bid: Int64 = 0
    var ask: Int64 = 0
    var bidLots: Int64 = 0
    var askLots: Int64 = 0
    var last: Int64 = 0
    /// Traded at `last`; 0 where only the price is known.
    var lots: Int64 = 0
}

/// Where prices come from: the seeded market or recorded candles.
struct PriceSource: Sendable {
    private enum Kind: Sendable {
        case seeded(SimulatedMarket)
        case recorded([RecordedTape])
    }
    private var kind: Kind
    private let settings: BoxSettings
    let instruments: [Instrument]
    let symbols: [Symbol]
    private var tradedLots: [Int64]
    private var events: [MarketEvent] = []

    init(_ settings: BoxSettings) {
        self.settings = settings
        if settings.recordings.isEmpty {
            let market = SimulatedMarket(PriceSource.marketSettings(settings, symbols: settings.symbols))
            kind = .seeded(market)
            instruments = market.instruments
            symbols = settings.symbols
        } else {
            kind = .recorded(
                settings.recordings.enumerated().map { RecordedTape($1, source: $0, start: settings.start) })
            instruments = settings.recordings.map(\.instrument)
            symbols = settings.recordings.map(\.symbol)
        }
        tradedLots = symbols.map { _ in 0 }
    }

    private static func marketSettings(_ settings: BoxSettings, symbols: [Symbol]) -> SimulatedMarket.Settings {
        var market = SimulatedMarket.Settings(symbols: symbols, start: settings.start)
        market.seed = settings.seed
        market.tickerInterval = settings.tickInterval
        return market
    }

    /// The state of the seeded market as text; `nil` for recordings.
    var saved: String? {
        guard case .seeded(let market) = kind else { return nil }
        return market.saved()
    }

    /// Goes on from what ``saved`` has told.
    mutating func restore(_ text: String) throws(SavedMarketError) {
        let market = try SimulatedMarket(PriceSource.marketSettings(settings, symbols: symbols), saved: text)
        kind = .seeded(market)
        tradedLots = symbols.indices.map { market.formingLots(of: $0) }
    }

    /// When the next prices are; `nil` at the end of the recordings.
    var nextTime: MarketTime? {
        switch kind {
        case .seeded(let market): market.nextTime
        case .recorded(let tapes): tapes.compactMap(\.nextTime).min()
        }
    }

    /// Appends the prices of the next moment; none where the seeded market only closes its candles.
    mutating func appendNext(to prints: inout [MarketPrint]) {
        switch kind {
        case .seeded(var market):
            // Taken out and put back, so that the market is not copied.
            kind = .recorded([])
            events.removeAll(keepingCapacity: true)
            market.appendNextEvents(to: &events)
            for (index, event) in events.enumerated() {
                switch event {
                case .ticker(let ticker): prints.append(moment(ticker, index, market))
                case .candle: tradedLots[index] = 0
                }
            }
            kind = .seeded(market)
        case .recorded(var tapes):
            guard let time = nextTime else { return }
            kind = .recorded([])
            for index in tapes.indices where tapes[index].nextTime == time {
                if let print = tapes[index].next() { prints.append(print) }
            }
            kind = .recorded(tapes)
        }
    }

    private mutating func moment(_ ticker: Ticker, _ index: Int, _ market: SimulatedMarket) -> MarketPrint {
        let instrument = instruments[index]
        func ticks(_ price: Price) -> Int64 { Int64(clamping: price.raw / instrument.tickSize.raw) }
        func lots(_ quantity: Quantity) -> Int64 { Int64(clamping: quantity.raw / instrument.lotSize.raw) }
        let traded = market.formingLots(of: index)
        let volume = max(1, traded - tradedLots[index])
        tradedLots[index] = traded
        return MarketPrint(
            source: index, time: ticker.eventTime, bid: ticks(ticker.bid), ask: ticks(ticker.ask),
            bidLots: lots(ticker.bidQuantity), askLots: lots(ticker.askQuantity), last: ticks(ticker.last),
            lots: volume)
    }

    /// Closed candles of one symbol before the start, by timeframe, oldest first.
    func history(of index: Int) -> [Timeframe: [Candle]] {
        var series: [Timeframe: [Candle]] = [:]
        if settings.recordings.isEmpty {
            // Each symbol's past is its own, so one of them can be made alone.
            let alone = PriceSource.marketSettings(settings, symbols: [symbols[index]])
            for candle in SimulatedMarket.history(alone, lookBack: settings.lookBack) {
                series[candle.timeframe, default: []].append(candle)
            }
        } else {
            let start = Timeframe.oneMinute.openTime(containing: settings.start)
            let past = settings.recordings[index].candles.filter { $0.closeTime <= start }
            for timeframe in Timeframe.allCases {
                series[timeframe] = Array(
                    RecordedTape.aggregate(past, timeframe, until: start).suffix(settings.lookBack))
            }
        }
        return series
    }
}

/// The recorded candles of one symbol as prices: four a candle, its open, its extremes and its close.
struct RecordedTape: Sendable {
    private let recording: BoxRecording
    private let source: Int
    private var place: Int
    private var pending: [MarketPrint] = []

    init(_ recording: BoxRecording, source: Int, start: MarketTime) {
        self.recording = recording
        self.source = source
        place = recording.candles.firstIndex { $0.openTime >= start } ?? recording.candles.count
        load()
    }

    var nextTime: MarketTime? { pending.first?.time }

    mutating func next() -> MarketPrint? {
        guard !pending.isEmpty else { return nil }
        let print = pending.removeFirst()
        if pending.isEmpty { load() }
        return print
    }

    private mutating func load() {
        guard place < recording.candles.count else { return }
        let candle = recording.candles[place]
        place += 1
        var events: [MarketEvent] = []
        IntrabarTickers(path: .nearestFirst).append(candle, instrument: recording.instrument, into: &events)
        let tick = recording.instrument.tickSize.raw
        let lot = recording.instrument.lotSize.raw
        let volume = Int64(clamping: candle.volume.raw / lot)
        for (index, event) in events.enumerated() {
            guard case .ticker(let ticker) = event else { continue }
            // A quarter at each point, the rest at the close, so that the candle comes out as it was.
            let share = index == 3 ? volume - volume / 4 * 3 : volume / 4
            pending.append(
                MarketPrint(
                    source: source, time: ticker.eventTime, bid: Int64(clamping: ticker.bid.raw / tick),
                    ask: Int64(clamping: ticker.ask.raw / tick),
                    bidLots: Int64(clamping: ticker.bidQuantity.raw / lot),
                    askLots: Int64(clamping: ticker.askQuantity.raw / lot),
                    last: Int64(clamping: ticker.last.raw / tick), lots: share))
        }
    }

    /// Whole candles of a timeframe out of shorter ones; those that reach beyond `until` are left out.
    static func aggregate(_ candles: [Candle], _ timeframe: Timeframe, until: MarketTime) -> [Candle] {
        var result: [Candle] = []
        for candle in candles where timeframe.span.micros % candle.timeframe.span.micros == 0 {
            let open = timeframe.openTime(containing: candle.openTime)
            guard open + timeframe.span <= until else { break }
            if result.last?.openTime == open {
                let last = result.count - 1
                result[last].high = max(result[last].high, candle.high)
                result[last].low = min(result[last].low, candle.low)
                result[last].close = candle.close
                result[last].volume += candle.volume
            } else {
                var whole = candle
                whole.timeframe = timeframe
                whole.openTime = open
                result.append(whole)
            }
        }
        return result
    }
}
