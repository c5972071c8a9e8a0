public import TradingModel

extension Ticker: WireBody {
    public static let kind = "ticker"
    public mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(WireError) {
        try visitor.field("symbol", &symbol)
        try visitor.field("venue", &venue)
        try visitor.field("bid", &bid)
        try visitor.field("bidQuantity", &bidQuantity)
        try visitor.field("ask", &ask)
        try visitor.field("askQuantity", &askQuantity)
        try visitor.field("last", &last)
        try visitor.field("eventTime", &eventTime)
        try visitor.field("receivedTime", &receivedTime)
    }
}

extension Candle: WireBody {
    public static let kind = "candle"
    public mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(WireError) {
        try visitor.field("symbol", &symbol)
        try visitor.field("venue", &venue)
        try visitor.field("timeframe", &timeframe)
        try visitor.field("openTime", &openTime)
        try visitor.field("open", &open)
        try visitor.field("high", &high)
        try visitor.field("low", &low)
        try visitor.field("close", &close)
        try visitor.field("volume", &volume)
        try visitor.field("missing", &missing)
        try visitor.field("isBackfill", &isBackfill)
        try visitor.field("receivedTime", &receivedTime)
    }
}

extension BookLevel: WireBody {
    public static let kind = "bookLevel"
    public mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(WireError) {
        try visitor.field("price", &price)
        try visitor.field("quantity", &quantity)
    }
}

extension OrderBook: WireBody {
    public static let kind = "book"
    public mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(WireError) {
        try visitor.field("symbol", &symbol)
        try visitor.field("venue", &venue)
        try visitor.field("bids", &bids)
        try visitor.field("asks", &asks)
        try visitor.field("eventTime", &eventTime)
        try visitor.field("receivedTime", &receivedTime)
    }
}

extension FundingRate: WireBody {
    public static let kind = "funding"
    public mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(WireError) {
        try visitor.field("symbol", &symbol)
        try visitor.field("venue", &venue)
        try visitor.field("rate", &rate)
        try visitor.field("nextFundingTime", &nextFundingTime)
        try visitor.field("eventTime", &eventTime)
        try visitor.field("receivedTime", &receivedTime)
    }
}

extension Instrument: WireBody {
    public static let kind = "instrument"
    public mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(WireError) {
        try visitor.field("symbol", &symbol)
        try visitor.field("venue", &venue)
        try visitor.field("tickSize", &tickSize)
        try visitor.field("lotSize", &lotSize)
        try visitor.field("minQuantity", &minQuantity)
        try visitor.field("maxQuantity", &maxQuantity)
        try visitor.field("minNotional", &minNotional)
        try visitor.field("maxLeverage", &maxLeverage)
        try visitor.field("makerFee", &makerFee)
        try visitor.field("takerFee", &takerFee)
    }
}

extension MarketClock: WireBody {
    public static let kind = "clock"
    public mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(WireError) {
        try visitor.field("marketTime", &marketTime)
        try visitor.optional("rate", &rate)
        try visitor.optional("step", &step)
        try visitor.field("isFinished", &isFinished)
    }
}

extension Staleness: WireBody {
    public static let kind = "staleness"
    public mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(WireError) {
        try visitor.field("symbol", &symbol)
        try visitor.field("isStale", &isStale)
        try visitor.field("lastEventTime", &lastEventTime)
        try visitor.field("ageMicros", &age)
        try visitor.field("reason", &reason)
    }
}
