public import TradingModel

extension SimulatedMarket {
    /// Closed candles of all seven timeframes before the start, the newest `lookBack` of each, oldest first.
    ///
    /// The past is a path of the same process with randomness of its own, run from the start backwards: it ends at the
    /// price the market starts with, and does not depend on how much of it is asked for. The last days are made of 1m
    /// candles and all else of those is their exact aggregation; further back, where only longer candles are kept, the
    /// shortest that is kept is made directly. O(lookBack) a symbol.
    public static func history(_ settings: Settings, lookBack: Int) -> [Candle] {
        var past = HistoryMaker(settings)
        return past.make(lookBack: lookBack)
    }
}

/// Runs the price process backwards from the market's start.
private struct HistoryMaker {
    private var market: SimulatedMarket
    private let start: MarketTime
    /// One candle under construction for each symbol and timeframe; made backwards, so open and close come in reverse.
    private var pending: [[Candle?]]
    /// Newest first, by symbol and timeframe.
    private var done: [[[Candle]]]

    init(_ settings: SimulatedMarket.Settings) {
        market = SimulatedMarket(settings, salt: "history")
        start = market.minute
        let timeframes = Timeframe.allCases.count
        pending = settings.symbols.map { _ in Array(repeating: nil, count: timeframes) }
        done = settings.symbols.map { _ in Array(repeating: [], count: timeframes) }
    }

    mutating func make(lookBack: Int) -> [Candle] {
        // From here on back, a timeframe is no longer wanted. On the grid of 4h all shorter ones are.
        func limit(_ timeframe: Timeframe) -> MarketTime {
            let back = MarketTime(micros: max(0, start.micros - timeframe.span.micros * Int64(lookBack)))
            return Timeframe.fourHours.openTime(containing: back)
        }
        // 3m is not a part of 5m, so both are made of 1m.
        let segments: [(timeframe: Timeframe, parts: Int, until: MarketTime)] = [
            (.oneMinute, 4, limit(.fiveMinutes)), (.fifteenMinutes, 5, limit(.fifteenMinutes)),
            (.thirtyMinutes, 6, limit(.thirtyMinutes)),
            (.oneHour, 6, limit(.oneHour)), (.fourHours, 12, limit(.fourHours)),
        ]
        var end = start
        for segment in segments {
            while end > segment.until {
                let opening = segment.timeframe.openTime(containing: end - Span(micros: 1))
                bar(segment.timeframe, parts: segment.parts, opening: opening)
                end = opening
            }
        }
        return collect(lookBack: lookBack)
    }

    /// One candle of every symbol; the 1m ones before a longer candle's start are complete by the grid.
    private mutating func bar(_ timeframe: Timeframe, parts: Int, opening: MarketTime) {
        let minutes = Double(timeframe.span.micros) / 60e6 / Double(parts)
        for _ in 0..<parts {
            market.evolve(minutes: minutes)
            let move = market.factor.step(minutes: minutes)
            for index in market.symbols.indices {
                market.symbols[index].step(minutes: minutes, market: move, profile: market.profiles[index])
                market.symbols[index].trade(minutes: minutes, profile: market.profiles[index])
            }
        }
        for index in market.symbols.indices {
            var candle = market.symbols[index].closeCandle(timeframe, opening: opening, venue: .simulated)
            swap(&candle.open, &candle.close)
            candle.isBackfill = true
            add(candle, of: index)
        }
    }

    /// Puts a candle before what is already there, in its own timeframe and in all that it is a part of.
    private mutating func add(_ candle: Candle, of symbol: Int) {
        for (slot, timeframe) in Timeframe.allCases.enumerated()
        where timeframe.span.micros % candle.timeframe.span.micros == 0 {
            var whole = pending[symbol][slot] ?? candle
            if pending[symbol][slot] == nil {
                whole.timeframe = timeframe
                whole.openTime = timeframe.openTime(containing: candle.openTime)
                // The bucket the market starts in is not closed; its parts are there as shorter candles.
                guard whole.closeTime == candle.closeTime else { continue }
            } else {
                whole.open = candle.open
                whole.high = max(whole.high, candle.high)
                whole.low = min(whole.low, candle.low)
                whole.volume += candle.volume
            }
            let isComplete = whole.openTime == candle.openTime
            pending[symbol][slot] = isComplete ? nil : whole
            if isComplete { done[symbol][slot].append(whole) }
        }
    }

    private func collect(lookBack: Int) -> [Candle] {
        var candles: [Candle] = []
        for symbol in done {
            for series in symbol { candles += series.prefix(lookBack).reversed() }
        }
        return candles
    }
}
