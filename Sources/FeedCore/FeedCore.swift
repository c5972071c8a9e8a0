public import TradingModel

/// Raw events of a source in; ordered tickers, gap-checked candles in all timeframes, staleness and the market clock
/// out.
///
/// A pure value: time is an argument, nothing is read or written. Per symbol tickers only move forward in market time,
/// published candles of a series only move forward in open time, and a candle once published is never published again.
/// What fills a hole afterwards goes into the look-back and the store, marked as backfill.
public struct FeedCore: Sendable {
    private struct State: Sendable {
        let watch: Watch
        var builder: CandleBuilder
        var ticker: Ticker?
        /// When the last sound event arrived; the start before the first.
        var lastArrival: WallTime
        var lastEventTime: MarketTime = .distantPast
        var isStale = false
    }

    public let settings: Settings
    public private(set) var counters = Counters()
    /// The clock as last published.
    public private(set) var clock = MarketClock()
    public private(set) var isFinished = false
    private var states: [State]
    private var index: [Symbol: Int] = [:]
    private var clockPublishedAt: WallTime = .distantPast
    private var closed: [Candle] = []
    private var repaired: [Candle] = []

    public init(settings: Settings, startedAt: WallTime) {
        self.settings = settings
        states = settings.watches.map { watch in
            State(
                watch: watch,
                builder: CandleBuilder(
                    symbol: watch.symbol, venue: watch.venue, sourceTimeframe: watch.sourceTimeframe,
                    lookBack: settings.lookBack),
                lastArrival: startedAt)
        }
        for (position, watch) in settings.watches.enumerated() {
            precondition(index[watch.symbol] == nil, "Invariant: a symbol is watched once")
            index[watch.symbol] = position
        }
        clock.rate = settings.rate
    }

    /// Takes one fact and appends what follows from it, in the order in which it must be done.
    public mutating func handle(_ event: Event, at now: WallTime, into directives: inout [Directive]) {
        switch event {
        case .restored(let candles): restore(candles)
        case .ticker(let ticker): take(ticker, at: now, into: &directives)
        case .candle(let candle): take(candle, at: now, into: &directives)
        case .timeReached(let time): reach(time, at: now, into: &directives)
        case .stepEnded(let step, let time, let isLast):
            isFinished = isFinished || isLast
            publishClock(at: time, step: step, now: now, into: &directives)
        case .sourceFinished:
            guard !isFinished else { return }
            isFinished = true
            publishClock(at: clock.marketTime, step: clock.step, now: now, into: &directives)
        case .timer: checkStaleness(at: now, into: &directives)
        }
    }

    // MARK: What a snapshot is made of

    /// The last ticker of each symbol that has one, in the order of the settings.
    public var tickers: [Ticker] { states.compactMap(\.ticker) }

    /// The timeframes that are built for a symbol, shortest first; empty for an unknown one.
    public func timeframes(of symbol: Symbol) -> [Timeframe] {
        guard let builder = index[symbol].map({ states[$0].builder }) else { return [] }
        return [builder.sourceTimeframe] + builder.higher.map(\.timeframe)
    }

    /// All timeframes that are built for any symbol, shortest first.
    public var timeframes: [Timeframe] {
        let built = Set(settings.watches.flatMap { timeframes(of: $0.symbol) })
        return Timeframe.allCases.filter(built.contains)
    }

    /// The newest closed candles of a series, at most the look-back, oldest first; `nil` where it is not built.
    public func candles(_ symbol: Symbol, _ timeframe: Timeframe, limit: Int) -> [Candle]? {
        guard let position = index[symbol], let series = states[position].builder.series(timeframe) else { return nil }
        return series.newest(min(limit, settings.lookBack))
    }

    public func isStale(_ symbol: Symbol) -> Bool { index[symbol].map { states[$0].isStale } ?? false }

    // MARK: Events

    private mutating func restore(_ candles: [Candle]) {
        for candle in candles {
            guard let position = index[candle.symbol], MarketDataCheck.fault(of: candle) == nil else {
                counters.candlesRefused += 1
                continue
            }
            states[position].builder.restore(candle)
            states[position].lastEventTime = max(states[position].lastEventTime, candle.closeTime)
        }
    }

    private mutating func take(_ ticker: Ticker, at now: WallTime, into directives: inout [Directive]) {
        guard let position = index[ticker.symbol] else {
            counters.unknownSymbols += 1
            return
        }
        if let fault = MarketDataCheck.fault(of: ticker) {
            counters.tickersRefused += 1
            directives.append(.report(Report(kind: .refused, symbol: ticker.symbol, sentence: fault)))
            return
        }
        if let last = states[position].ticker, ticker.eventTime <= last.eventTime {
            counters.tickersNotNewer += 1
            return
        }
        counters.tickers += 1
        var ticker = ticker
        ticker.venue = states[position].watch.venue
        ticker.receivedTime = now
        states[position].ticker = ticker
        noteArrival(position, eventTime: ticker.eventTime, at: now, into: &directives)
        directives.append(.publishTicker(ticker))
    }

    private mutating func take(_ candle: Candle, at now: WallTime, into directives: inout [Directive]) {
        guard let position = index[candle.symbol] else {
            counters.unknownSymbols += 1
            return
        }
        let watch = states[position].watch
        if let fault = fault(of: candle, expecting: watch.sourceTimeframe) {
            counters.candlesRefused += 1
            directives.append(.report(Report(kind: .refused, symbol: candle.symbol, sentence: fault)))
            return
        }
        var candle = candle
        candle.venue = watch.venue
        candle.missing = 0
        candle.isBackfill = false
        candle.receivedTime = now
        closed.removeAll(keepingCapacity: true)
        repaired.removeAll(keepingCapacity: true)
        let before = states[position].builder.source.lastOpenTime
        let outcome = states[position].builder.take(candle, closed: &closed, repaired: &repaired)
        count(outcome, of: candle, after: before, into: &directives)
        if case .appended = outcome { noteArrival(position, eventTime: candle.closeTime, at: now, into: &directives) }
        // Directed in this order, so that a shell which stores at once has it on disk before anybody is told.
        for candle in closed { directives.append(.persist(candle)) }
        for candle in repaired { directives.append(.persist(candle)) }
        for candle in closed { directives.append(.publishCandle(candle)) }
    }

    private func fault(of candle: Candle, expecting timeframe: Timeframe) -> String? {
        guard candle.timeframe == timeframe else {
            return
                "a \(candle.timeframe) candle of \(candle.symbol) is refused: its source delivers \(timeframe) candles"
        }
        return MarketDataCheck.fault(of: candle)
    }

    private mutating func count(
        _ outcome: CandleBuilder.Outcome, of candle: Candle, after before: MarketTime?,
        into directives: inout [Directive]
    ) {
        switch outcome {
        case .appended(let missing):
            counters.candles += 1
            guard missing > 0, let before else { return }
            counters.gaps += 1
            counters.candlesMissing += missing
            let from = before + candle.timeframe.span
            directives.append(
                .report(
                    Report(
                        kind: .gap, symbol: candle.symbol,
                        sentence:
                            "\(missing) \(candle.timeframe) candles of \(candle.symbol) are missing from \(from) to \(candle.openTime)"
                    )))
        case .duplicate: counters.candlesDuplicate += 1
        case .conflicting:
            counters.candlesConflicting += 1
            directives.append(
                .report(
                    Report(
                        kind: .conflicting, symbol: candle.symbol,
                        sentence:
                            "the \(candle.timeframe) candle of \(candle.symbol) at \(candle.openTime) came again with other values: "
                            + "the first stands")))
        case .late: counters.candlesLate += 1
        case .tooOld: counters.candlesTooOld += 1
        }
    }

    private mutating func reach(_ time: MarketTime, at now: WallTime, into directives: inout [Directive]) {
        let isNewMinute =
            Timeframe.oneMinute.openTime(containing: time) > Timeframe.oneMinute.openTime(containing: clock.marketTime)
        guard isNewMinute || now - clockPublishedAt >= settings.clockInterval else { return }
        publishClock(at: time, step: nil, now: now, into: &directives)
    }

    /// Market time never goes back, whatever the source says.
    private mutating func publishClock(
        at time: MarketTime, step: Int?, now: WallTime, into directives: inout [Directive]
    ) {
        clock.marketTime = max(clock.marketTime, time)
        clock.step = step
        clock.isFinished = isFinished
        clockPublishedAt = now
        directives.append(.publishClock(clock))
    }

    // MARK: Staleness

    private mutating func noteArrival(
        _ position: Int, eventTime: MarketTime, at now: WallTime, into directives: inout [Directive]
    ) {
        states[position].lastArrival = now
        states[position].lastEventTime = max(states[position].lastEventTime, eventTime)
        guard states[position].isStale else { return }
        states[position].isStale = false
        var fact = Staleness()
        fact.symbol = states[position].watch.symbol
        fact.lastEventTime = states[position].lastEventTime
        fact.reason = "market data of \(fact.symbol) is arriving again"
        directives.append(.publishStaleness(fact))
        directives.append(.report(Report(kind: .recovered, symbol: fact.symbol, sentence: fact.reason)))
    }

    private mutating func checkStaleness(at now: WallTime, into directives: inout [Directive]) {
        guard let limit = settings.staleAfter, !isFinished else { return }
        for position in states.indices where !states[position].isStale {
            let age = now - states[position].lastArrival
            guard age > limit else { continue }
            states[position].isStale = true
            var fact = Staleness()
            fact.symbol = states[position].watch.symbol
            fact.isStale = true
            fact.lastEventTime = states[position].lastEventTime
            fact.age = age
            fact.reason = "nothing of \(fact.symbol) has arrived for \(age), the limit is \(limit)"
            directives.append(.publishStaleness(fact))
            directives.append(.report(Report(kind: .stale, symbol: fact.symbol, sentence: fact.reason)))
        }
    }
}
