public import JSONText
public import TradingModel

/// Turns the messages of one public connection into facts of ours: tickers, closed candles, books.
///
/// A ticker is published once bid, ask and a last price are known; where the exchange sends no time with the best bid and
/// ask (Binance spot), the time of the last message that had one stands in, or the arrival's. One symbol's trouble does
/// not touch another's.
public struct MarketDesk: Sendable {
    /// What came out of a message.
    public enum Output: Hashable, Sendable {
        case ticker(Ticker)
        case candle(Candle)
        /// The book of a symbol has changed, or has a hole: then a snapshot is needed.
        case book(Symbol, BookKeeper.Outcome)
        /// A message that is not one of the hot streams: ``VenueMessages`` reads it.
        case other
    }

    private struct Reached: Sendable {
        var quoteID: Int64 = 0
        var quoteTime = MarketTime.distantPast
        var tradeTime = MarketTime.distantPast
    }

    public let dialect: VenueDialect
    public let venue: VenueID
    private let names: [String: Int]
    private var tickers: [Ticker]
    private var books: [BookKeeper]
    private let symbols: [Symbol]
    private var facts: [StreamFact] = []
    private var latestEventTime = MarketTime.distantPast
    /// The exchange's time by its own clock, as far as it is measured: dates what comes without a time.
    private var venueTime: MarketTime?
    /// No message can be of a later time than this: a time beyond it is the exchange's mistake.
    private var latestCredible: MarketTime?
    /// What was last taken of each symbol, so that what is older changes nothing.
    private var reached: [Reached]
    /// The newest candle of each symbol and interval, where the exchange does not say when one is closed.
    private var forming: [String: StreamCandle] = [:]

    /// - Parameter symbols: the exchange's spelling and ours, from its list of instruments.
    public init(_ dialect: VenueDialect, venue: VenueID, symbols: [(venueSymbol: String, symbol: Symbol)]) {
        self.dialect = dialect
        self.venue = venue
        names = Dictionary(
            symbols.enumerated().map { ($0.element.venueSymbol, $0.offset) }, uniquingKeysWith: { first, _ in first })
        self.symbols = symbols.map(\.symbol)
        tickers = symbols.map { pair in
            var ticker = Ticker()
            ticker.symbol = pair.symbol
            ticker.venue = venue
            return ticker
        }
        books = Array(repeating: BookKeeper(.init(dialect)), count: symbols.count)
        reached = Array(repeating: Reached(), count: symbols.count)
    }

    /// Reads one message and appends what came out of it.
    /// Errors: bytes that are no message; nothing has changed then.
    /// - Parameters:
    ///   - venueTime: what time it is at the exchange, where that is known.
    ///   - latestCredible: the latest time a message can be of; a later one is taken for ``venueTime``.
    public mutating func read(
        _ bytes: UnsafeRawBufferPointer, at now: WallTime, venueTime: MarketTime? = nil,
        latestCredible: MarketTime? = nil, into outputs: inout [Output]
    ) throws(JSONError) {
        facts.removeAll(keepingCapacity: true)
        self.venueTime = venueTime
        self.latestCredible = latestCredible
        switch dialect {
        case .binance, .binanceUSDM: facts.append(try BinanceStreamReader.read(bytes))
        case .bybit: try BybitStreamReader.read(bytes, into: &facts)
        case .mexc: try MexcStreamReader.read(bytes, into: &facts)
        }
        for fact in facts { take(fact, now, &outputs) }
    }

    /// Takes a quote that was asked for over REST.
    public mutating func take(
        _ quote: StreamQuote, at now: WallTime, venueTime: MarketTime?, into outputs: inout [Output]
    ) {
        (self.venueTime, latestCredible) = (venueTime, venueTime)
        take(.quote(quote), now, &outputs)
    }

    /// The newest time that a message of the last ``read(_:at:venueTime:into:)`` told; `nil` where none did.
    public var toldTime: MarketTime? {
        facts.compactMap { fact -> MarketTime? in
            switch fact {
            case .quote(let quote): quote.eventTime
            case .trade(let trade): trade.time
            case .candle(let candle): candle.eventTime
            case .book(let book): book.eventTime
            case .other: nil
            }
        }.max()
    }

    /// A connection is new: numbers may begin again, and books need a snapshot.
    public mutating func restart() {
        for index in books.indices {
            books[index].reset()
            reached[index].quoteID = 0
        }
    }

    /// The book of a symbol begins anew, as after a hole.
    public mutating func resetBook(_ symbol: Symbol) {
        if let index = symbols.firstIndex(of: symbol) { books[index].reset() }
    }

    /// The book of a symbol.
    public func book(_ symbol: Symbol) -> BookKeeper? { symbols.firstIndex(of: symbol).map { books[$0] } }

    /// Loads a snapshot that was asked for over REST.
    public mutating func load(_ snapshot: BookUpdate, symbol: Symbol) -> BookKeeper.Outcome? {
        guard let index = symbols.firstIndex(of: symbol) else { return nil }
        return books[index].apply(snapshot)
    }

    private mutating func take(_ fact: StreamFact, _ now: WallTime, _ outputs: inout [Output]) {
        switch fact {
        case .quote(var quote):
            quote.eventTime = credible(quote.eventTime)
            guard let index = names[quote.venueSymbol], isNews(quote, index) else { return }
            merge(quote, index)
            publish(index, quote.eventTime, now, &outputs)
        case .trade(var trade):
            trade.time = credible(trade.time) ?? trade.time
            guard let index = names[trade.venueSymbol], trade.time >= reached[index].tradeTime else { return }
            reached[index].tradeTime = trade.time
            tickers[index].last = trade.price
            publish(index, trade.time, now, &outputs)
        case .candle(let candle):
            guard let index = names[candle.venueSymbol] else { return }
            confirm(candle, index, now, &outputs)
            guard let closed = finished(candle)?.closed(symbol: symbols[index], venue: venue, receivedTime: now)
            else { return }
            outputs.append(.candle(closed))
        case .book(let update):
            guard let index = names[update.venueSymbol] else { return }
            outputs.append(.book(symbols[index], books[index].apply(update)))
        case .other: outputs.append(.other)
        }
    }

    private func credible(_ time: MarketTime?) -> MarketTime? {
        guard let time, let latest = latestCredible, time > latest else { return time }
        return venueTime ?? latest
    }

    /// Whether a quote is newer than the last of its symbol: what came twice or too late changes nothing.
    private mutating func isNews(_ quote: StreamQuote, _ index: Int) -> Bool {
        if let id = quote.updateID {
            guard id > reached[index].quoteID else { return false }
            reached[index].quoteID = id
        }
        if let time = quote.eventTime {
            guard time >= reached[index].quoteTime else { return false }
            reached[index].quoteTime = time
        }
        return true
    }

    /// A candle that is forming says what the last price was, and that nothing else has happened where no other message
    /// came: a quiet market is no stale one.
    private mutating func confirm(
        _ candle: StreamCandle, _ index: Int, _ now: WallTime, _ outputs: inout [Output]
    ) {
        guard let time = credible(candle.eventTime), time >= reached[index].tradeTime, !candle.isClosed else { return }
        guard time - tickers[index].eventTime >= .seconds(1) else { return }
        tickers[index].last = candle.close
        publish(index, time, now, &outputs)
    }

    /// The candle that is known to be closed by this message: the exchange says so of this one, or the next one's start
    /// says it of the one before. A candle that comes late changes nothing.
    private mutating func finished(_ candle: StreamCandle) -> StreamCandle? {
        guard dialect == .mexc else { return candle }
        let key = candle.venueSymbol + " " + candle.interval
        guard let before = forming[key] else {
            forming[key] = candle
            return nil
        }
        guard candle.openTime >= before.openTime else { return nil }
        forming[key] = candle
        guard candle.openTime > before.openTime else { return nil }
        var closed = before
        closed.isClosed = true
        return closed
    }

    private mutating func merge(_ quote: StreamQuote, _ index: Int) {
        if let bid = quote.bid { tickers[index].bid = bid }
        if let quantity = quote.bidQuantity { tickers[index].bidQuantity = quantity }
        if let ask = quote.ask { tickers[index].ask = ask }
        if let quantity = quote.askQuantity { tickers[index].askQuantity = quantity }
        if let last = quote.last {
            tickers[index].last = last
        } else if !tickers[index].last.isPositive, let bid = quote.bid {
            // Before the first trade the best bid stands in: a price that was really there.
            tickers[index].last = bid
        }
    }

    private mutating func publish(_ index: Int, _ time: MarketTime?, _ now: WallTime, _ outputs: inout [Output]) {
        guard tickers[index].bid.isPositive, tickers[index].ask.isPositive, tickers[index].last.isPositive else {
            return
        }
        if let time { latestEventTime = max(latestEventTime, time) }
        let stand = venueTime ?? (latestEventTime == .distantPast ? MarketTime(micros: now.micros) : latestEventTime)
        // A symbol's time only goes forward, also where two changes are of the same millisecond.
        let next = MarketTime(micros: tickers[index].eventTime.micros + 1)
        tickers[index].eventTime = max(next, time ?? stand)
        tickers[index].receivedTime = now
        outputs.append(.ticker(tickers[index]))
    }
}
