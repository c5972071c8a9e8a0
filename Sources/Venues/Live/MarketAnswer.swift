import JSONText
public import TradingModel

/// What an exchange answered to a ``MarketRequest``.
public enum MarketAnswer: Sendable {
    case time(MarketTime)
    /// A page of the list of instruments, and what the next page is asked for with.
    case instruments(ParsedMessage, next: String?)
    /// Ascending by open time; the last may still be forming.
    case candles([StreamCandle])
    /// Best bid and ask, last price, or both, of one or many symbols.
    case quotes([StreamQuote])
    case book(BookUpdate)
    case funding([StreamFunding])
    /// The exchange refused.
    case refused(VenueError)

    /// Reads the body of an answer.
    /// Errors: a body that is no JSON, or not what was asked for; one sentence.
    public static func read(
        _ body: [UInt8], status: Int, to request: MarketRequest, _ dialect: VenueDialect
    ) throws(JSONError) -> MarketAnswer {
        let value: JSONValue
        do throws(JSONError) {
            value = try JSONValue.parse(body)
        } catch {
            guard (200..<300).contains(status) else {
                return .refused(
                    .classify(dialect, status: status, body: String(decoding: body.prefix(200), as: UTF8.self)))
            }
            throw error
        }
        let context = VenueMessages.Context(endpoint: request.path, status: status)
        if case .failure(let error) = try Envelope.open(value, venue: dialect, context).content {
            return .refused(error)
        }
        guard (200..<300).contains(status) else {
            return .refused(.classify(dialect, status: status, body: String(decoding: body.prefix(200), as: UTF8.self)))
        }
        let message = try VenueMessages.parse(value, venue: dialect, kind: .rest, context)
        switch message.type {
        case "server_time": return .time(try time(message))
        case "instruments":
            return .instruments(message, next: try message.header["next_page_cursor"]?.node.ifFilled?.string())
        case "candle": return .candles(try candles(message.data.node))
        case "order_book": return .book(try book(message))
        case "mark_price": return .funding(try each(message.data.node, funding))
        case "ticker_24h":
            let time = try message.header["server_time"]?.node.ifPresent?.integer()
            return .quotes(
                try each(message.data.node) { (node) throws(JSONError) in try quote(node, time) })
        case "best_bid_ask", "price":
            return .quotes(try each(message.data.node) { (node) throws(JSONError) in try quote(node, nil) })
        default:
            throw JSONError(
                .wrongType, "the answer to \(request.path) is of type \(message.type), which nobody asked for")
        }
    }

    /// Bybit's linear tickers carry the funding rate too.
    public static func fundings(
        _ body: [UInt8], _ dialect: VenueDialect, to request: MarketRequest
    ) throws(JSONError) -> [StreamFunding] {
        let context = VenueMessages.Context(endpoint: request.path, status: 200)
        let message = try VenueMessages.parse(try JSONValue.parse(body), venue: dialect, kind: .rest, context)
        return try each(message.data.node, funding)
    }

    private static func each<T>(
        _ node: JSONNode, _ read: (JSONNode) throws(JSONError) -> T
    ) throws(JSONError) -> [T] {
        guard case .array = node.value else { return [try read(node)] }
        var all: [T] = []
        for element in try node.elements() { all.append(try read(element)) }
        return all
    }

    private static func time(_ message: ParsedMessage) throws(JSONError) -> MarketTime {
        let node = message.data.node
        // Bybit's nanoseconds are finer than its seconds.
        if let nanos = try node["time_nano"].ifFilled?.string(), let number = Int64(nanos) {
            return MarketTime(micros: number / 1_000)
        }
        if let seconds = node["server_time_seconds"].ifPresent { return MarketTime(micros: try seconds.integer()) }
        return MarketTime(micros: try node["server_time"].integer())
    }

    private static func candles(_ node: JSONNode) throws(JSONError) -> [StreamCandle] {
        var candles: [StreamCandle] = []
        for row in try node.elements() {
            var candle = StreamCandle()
            candle.openTime = MarketTime(micros: try row["open_time"].integer())
            candle.open = try row["open"].decimal()
            candle.high = try row["high"].decimal()
            candle.low = try row["low"].decimal()
            candle.close = try row["close"].decimal()
            candle.volume = try row["volume"].decimal()
            candles.append(candle)
        }
        // Bybit answers with the newest first.
        return candles.sorted { $0.openTime < $1.openTime }
    }

    private static func quote(_ node: JSONNode, _ time: Int64?) throws(JSONError) -> StreamQuote {
        var quote = StreamQuote()
        quote.venueSymbol = try node["symbol"].string()
        quote.bid = try node["bid"].ifFilled?.decimal()
        quote.bidQuantity = try node["bid_quantity"].ifFilled?.decimal()
        quote.ask = try node["ask"].ifFilled?.decimal()
        quote.askQuantity = try node["ask_quantity"].ifFilled?.decimal()
        quote.last = try (node["last"].ifFilled ?? node["price"].ifFilled)?.decimal()
        quote.eventTime = (try node["time"].ifPresent?.integer() ?? time).map { MarketTime(micros: $0) }
        return quote
    }

    private static func funding(_ node: JSONNode) throws(JSONError) -> StreamFunding {
        var funding = StreamFunding()
        funding.venueSymbol = try node["symbol"].string()
        funding.rate = try node["funding_rate"].ifFilled?.decimal()
        funding.nextTime = try node["next_funding_time"].ifPresent.map { (node) throws(JSONError) in
            MarketTime(micros: try node.integer())
        }
        return funding
    }

    private static func book(_ message: ParsedMessage) throws(JSONError) -> BookUpdate {
        let node = message.data.node
        var update = BookUpdate()
        update.isSnapshot = true
        update.lastID = try node["last_update_id"].integer()
        update.firstID = update.lastID
        update.bids = try levels(node["bids"])
        update.asks = try levels(node["asks"])
        update.eventTime = try node["event_time"].ifPresent.map { (node) throws(JSONError) in
            MarketTime(micros: try node.integer())
        }
        return update
    }

    private static func levels(_ node: JSONNode) throws(JSONError) -> [BookLevel] {
        var levels: [BookLevel] = []
        for level in try node.elements() {
            levels.append(BookLevel(price: try level[0].decimal(), quantity: try level[1].decimal()))
        }
        return levels
    }
}

/// What a contract's longs pay its shorts, as far as a message says it.
public struct StreamFunding: Hashable, Sendable {
    public var venueSymbol = ""
    /// Absent for a contract without funding.
    public var rate: Ratio?
    public var nextTime: MarketTime?
    public init() {}
}
