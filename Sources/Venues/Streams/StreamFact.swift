public import TradingModel

/// One fact out of a stream message, exact, with the exchange's own spelling of the symbol.
public enum StreamFact: Hashable, Sendable {
    case quote(StreamQuote)
    case trade(StreamTrade)
    case candle(StreamCandle)
    case book(BookUpdate)
    /// A message that the fast path does not read; ``VenueMessages`` does.
    case other
}

/// Best bid and ask, or what of them has changed.
public struct StreamQuote: Hashable, Sendable {
    public var venueSymbol = ""
    /// Absent where the message does not name it: a delta of a ticker names only what has changed.
    public var bid: Price?
    public var bidQuantity: Quantity?
    public var ask: Price?
    public var askQuantity: Quantity?
    public var last: Price?
    /// Absent on Binance spot, which sends none.
    public var eventTime: MarketTime?
    /// Rises with every change of the book, where the exchange tells it.
    public var updateID: Int64?
    public init() {}
}

/// One public trade.
public struct StreamTrade: Hashable, Sendable {
    public var venueSymbol = ""
    public var price = Price.zero
    public var quantity = Quantity.zero
    public var time = MarketTime.distantPast
    /// Which way the taker traded.
    public var side = OrderSide.buy
    public init() {}
}

/// A candle as it stands; only one that is closed is a candle for us.
public struct StreamCandle: Hashable, Sendable {
    public var venueSymbol = ""
    /// The exchange's word: `1m`, `1`.
    public var interval = ""
    public var openTime = MarketTime.distantPast
    public var open = Price.zero
    public var high = Price.zero
    public var low = Price.zero
    public var close = Price.zero
    public var volume = Quantity.zero
    public var isClosed = false
    /// When the exchange said so, where it tells.
    public var eventTime: MarketTime?
    public init() {}

    /// A candle of ours, where it is closed and of one of the seven lengths.
    public func closed(symbol: Symbol, venue: VenueID, receivedTime: WallTime) -> Candle? {
        guard isClosed, let timeframe = Timeframe(venueInterval: interval) else { return nil }
        return Candle(
            symbol: symbol, venue: venue, timeframe: timeframe, openTime: openTime, open: open, high: high, low: low,
            close: close, volume: volume, receivedTime: receivedTime)
    }
}

/// A snapshot of a book, or a change to one: a quantity of zero removes the level.
public struct BookUpdate: Hashable, Sendable {
    public var venueSymbol = ""
    public var isSnapshot = false
    /// The first and last change in it; equal where the exchange numbers messages.
    public var firstID: Int64 = 0
    public var lastID: Int64 = 0
    /// The last change of the message before, where the exchange tells it (Binance futures).
    public var previousID: Int64?
    public var bids: [BookLevel] = []
    public var asks: [BookLevel] = []
    public var eventTime: MarketTime?
    public init() {}
}

extension Timeframe {
    /// From an exchange's word: `5m` and `1h` (Binance), `5` and `60` (Bybit), `60m` (MEXC's REST), `Min60` and `Hour4`
    /// (MEXC's streams).
    public init?(venueInterval word: String) {
        switch word {
        case "1m", "1", "Min1": self = .oneMinute
        case "3m", "3": self = .threeMinutes
        case "5m", "5", "Min5": self = .fiveMinutes
        case "15m", "15", "Min15": self = .fifteenMinutes
        case "30m", "30", "Min30": self = .thirtyMinutes
        case "1h", "60m", "60", "Min60": self = .oneHour
        case "4h", "240", "Hour4": self = .fourHours
        default: return nil
        }
    }
}
