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

    public let dialect: VenueDialect
    public let venue: VenueID
    private let names: [String: Int]
    private var tickers: [Ticker]
    private var books: [BookKeeper]
    private let symbols: [Symbol]
    private var facts: [StreamFact] = []
    private var latestEventTime = MarketTime.distantPast
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
    }

    /// Reads one message and appends what came out of it.
    /// Errors: bytes that are no message; nothing has changed then.
    public mutating func read(
        _ bytes: UnsafeRawBufferPointer, at now: WallTime, into outputs: inout [Output]
    ) throws(JSONError) {
        facts.removeAll(keepingCapacity: true)
        switch dialect {
        case .binance, .binanceUSDM: facts.append(try BinanceStreamReader.read(bytes))
        case .bybit: try BybitStreamReader.read(bytes, into: &facts)
        case .mexc: try MexcStreamReader.read(bytes, into: &facts)
        }
        for fact in facts { take(fact, now, &outputs) }
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
        case .quote(let quote):
            guard let index = names[quote.venueSymbol] else { return }
            merge(quote, index)
            publish(index, quote.eventTime, now, &outputs)
        case .trade(let trade):
            guard let index = names[trade.venueSymbol] else { return }
            tickers[index].last = trade.price
            publish(index, trade.time, now, &outputs)
        case .candle(let candle):
            guard let index = names[candle.venueSymbol],
                let closed = finished(candle)?.closed(symbol: symbols[index], venue: venue, receivedTime: now)
            else { return }
            outputs.append(.candle(closed))
        case .book(let update):
            guard let index = names[update.venueSymbol] else { return }
            outputs.append(.book(symbols[index], books[index].apply(update)))
        case .other: outputs.append(.other)
        }
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
        let stand = latestEventTime == .distantPast ? MarketTime(micros: now.micros) : latestEventTime
        // A symbol's time never goes back.
        tickers[index].eventTime = max(tickers[index].eventTime, time ?? stand)
        tickers[index].receivedTime = now
        outputs.append(.ticker(tickers[index]))
    }
}
