/// Best bid and ask with the last trade of one symbol at one moment.
public struct Ticker: Hashable, Sendable {
    public var symbol: Symbol = .none
    public var venue: VenueID = .none
    public var bid: Price = .zero
    public var bidQuantity: Quantity = .zero
    public var ask: Price = .zero
    public var askQuantity: Quantity = .zero
    public var last: Price = .zero
    /// When it was true at the venue.
    public var eventTime: MarketTime = .distantPast
    /// When it reached this machine.
    public var receivedTime: WallTime = .distantPast

    public init() {}
    public init(
        symbol: Symbol, venue: VenueID, bid: Price, bidQuantity: Quantity, ask: Price, askQuantity: Quantity,
        last: Price,
        eventTime: MarketTime, receivedTime: WallTime
    ) {
        self.symbol = symbol
        self.venue = venue
        self.bid = bid
        self.bidQuantity = bidQuantity
        self.ask = ask
        self.askQuantity = askQuantity
        self.last = last
        self.eventTime = eventTime
        self.receivedTime = receivedTime
    }
}

/// A closed candle: open, high, low, close and base volume over ``timeframe`` from ``openTime``.
///
/// It is known by its open time and usable from its close. A forming candle is never a `Candle`.
public struct Candle: Hashable, Sendable {
    public var symbol: Symbol = .none
    public var venue: VenueID = .none
    public var timeframe: Timeframe = .oneMinute
    public var openTime: MarketTime = .distantPast
    public var open: Price = .zero
    public var high: Price = .zero
    public var low: Price = .zero
    public var close: Price = .zero
    public var volume: Quantity = .zero
    /// Minutes (or smaller source candles) missing inside it; 0 for a whole candle.
    public var missing: Int = 0
    /// It was loaded or backfilled after the fact instead of closing while we watched.
    public var isBackfill: Bool = false
    /// When it (or its last part) reached this machine.
    public var receivedTime: WallTime = .distantPast

    public init() {}
    public init(
        symbol: Symbol, venue: VenueID, timeframe: Timeframe, openTime: MarketTime, open: Price, high: Price,
        low: Price,
        close: Price, volume: Quantity, missing: Int = 0, isBackfill: Bool = false,
        receivedTime: WallTime = .distantPast
    ) {
        self.symbol = symbol
        self.venue = venue
        self.timeframe = timeframe
        self.openTime = openTime
        self.open = open
        self.high = high
        self.low = low
        self.close = close
        self.volume = volume
        self.missing = missing
        self.isBackfill = isBackfill
        self.receivedTime = receivedTime
    }

    /// From this moment on it may be used.
    public var closeTime: MarketTime { openTime + timeframe.span }
}

/// One level of an order book.
public struct BookLevel: Hashable, Sendable {
    public var price: Price = .zero
    public var quantity: Quantity = .zero
    public init() {}
    public init(price: Price, quantity: Quantity) {
        self.price = price
        self.quantity = quantity
    }
}

/// The best levels of one symbol's book, best first on both sides.
public struct OrderBook: Hashable, Sendable {
    public var symbol: Symbol = .none
    public var venue: VenueID = .none
    public var bids: [BookLevel] = []
    public var asks: [BookLevel] = []
    public var eventTime: MarketTime = .distantPast
    public var receivedTime: WallTime = .distantPast
    public init() {}
}

/// What longs pay shorts (positive) at the next funding time of a perpetual contract.
public struct FundingRate: Hashable, Sendable {
    public var symbol: Symbol = .none
    public var venue: VenueID = .none
    public var rate: Ratio = .zero
    public var nextFundingTime: MarketTime = .distantPast
    public var eventTime: MarketTime = .distantPast
    public var receivedTime: WallTime = .distantPast
    public init() {}
}

/// What is traded, with its rules.
public struct Instrument: Hashable, Sendable {
    public var symbol: Symbol = .none
    public var venue: VenueID = .none
    /// Smallest price step.
    public var tickSize: Price = .zero
    /// Smallest quantity step.
    public var lotSize: Quantity = .zero
    public var minQuantity: Quantity = .zero
    public var maxQuantity: Quantity = .zero
    /// Smallest order value, in the quote currency.
    public var minNotional: Money = .zero
    public var maxLeverage: Int = 1
    public var makerFee: Ratio = .zero
    public var takerFee: Ratio = .zero

    public init() {}

    /// Whether a price is on the tick grid and positive.
    public func accepts(_ price: Price) -> Bool { price.isPositive && price.isMultiple(of: tickSize) }
    /// Whether a quantity is on the lot grid and within its bounds.
    public func accepts(_ quantity: Quantity) -> Bool {
        quantity.isMultiple(of: lotSize) && quantity >= minQuantity && quantity <= maxQuantity && quantity.isPositive
    }
}

/// The market clock as feed sees it: facts of market time, so that silence of a symbol does not stop time.
public struct MarketClock: Hashable, Sendable {
    /// Every market event up to and including this moment has been published before this message.
    public var marketTime: MarketTime = .distantPast
    /// Market seconds per wall second; absent where the source runs as fast as it can.
    public var rate: Double?
    /// The step that ends here, in lock-step mode (see `docs/architecture.md`, "Lock-step"); absent in real time.
    public var step: Int?
    /// The source has no more data.
    public var isFinished: Bool = false
    public init() {}
}

/// A service has finished a step in lock-step; published by execution and risk, requested of feed by strategy.
public struct Barrier: Hashable, Sendable {
    public var step: Int = 0
    /// Orders or positions are open, so that every single price matters: the next step shall be one price long.
    public var isAttentive: Bool = false
    public init() {}
    public init(step: Int, isAttentive: Bool) {
        self.step = step
        self.isAttentive = isAttentive
    }
}

/// A symbol's market data has become stale, or fresh again.
public struct Staleness: Hashable, Sendable {
    public var symbol: Symbol = .none
    public var isStale: Bool = false
    /// The last event of the symbol, by the venue's clock.
    public var lastEventTime: MarketTime = .distantPast
    /// Wall time since that event arrived.
    public var age: Span = .zero
    /// One sentence.
    public var reason: String = ""
    public init() {}
}
