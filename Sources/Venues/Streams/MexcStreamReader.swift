public import JSONText
import TradingModel

/// Reads MEXC's stream messages, which are protobuf since 2025: best bid and ask, trades, candles, changes of the book.
public enum MexcStreamReader {
    /// Appends the facts of a message; texts (acknowledgements, pongs) are ``StreamFact/other``.
    /// Errors: bytes that are neither a push message nor JSON, or say something senseless.
    public static func read(_ bytes: UnsafeRawBufferPointer, into facts: inout [StreamFact]) throws(JSONError) {
        if bytes.first == UInt8(ascii: "{") {
            var scanner = JSONScanner(bytes)
            try scanner.skip()
            try scanner.finish()
            return facts.append(.other)
        }
        let message: JSONValue
        do throws(ProtobufError) {
            message = try MexcProtobuf.json(Array(bytes))
        } catch {
            throw JSONError(.badValue, offset: error.offset, error.detail)
        }
        let node = message.node
        let symbol = try node["symbol"].ifPresent?.string() ?? ""
        let time = try node["sendTime"].ifPresent?.integer()
        if let ticker = node["publicAggreBookTicker"].ifPresent ?? node["publicBookTicker"].ifPresent {
            facts.append(.quote(try quote(ticker, symbol, time)))
        } else if let deals = node["publicAggreDeals"].ifPresent ?? node["publicDeals"].ifPresent {
            for deal in try deals["deals"].ifPresent?.elements() ?? [] { facts.append(.trade(try trade(deal, symbol))) }
        } else if let kline = node["publicSpotKline"].ifPresent {
            facts.append(.candle(try candle(kline, symbol)))
        } else if let depth = node["publicAggreDepths"].ifPresent {
            facts.append(.book(try book(depth, symbol, time)))
        } else {
            facts.append(.other)
        }
    }

    private static func quote(_ node: JSONNode, _ symbol: String, _ time: Int64?) throws(JSONError) -> StreamQuote {
        var quote = StreamQuote()
        quote.venueSymbol = symbol
        quote.bid = try node["bidPrice"].decimal()
        quote.bidQuantity = try node["bidQuantity"].decimal()
        quote.ask = try node["askPrice"].decimal()
        quote.askQuantity = try node["askQuantity"].decimal()
        quote.eventTime = time.map { MarketTime(milliseconds: $0) }
        return quote
    }

    private static func trade(_ node: JSONNode, _ symbol: String) throws(JSONError) -> StreamTrade {
        var trade = StreamTrade()
        trade.venueSymbol = symbol
        trade.price = try node["price"].decimal()
        trade.quantity = try node["quantity"].decimal()
        trade.time = MarketTime(milliseconds: try node["time"].integer())
        switch try node["tradeType"].integer() {
        case 1: trade.side = .buy
        case 2: trade.side = .sell
        default: throw node["tradeType"].bad("is neither 1 (buy) nor 2 (sell)")
        }
        return trade
    }

    /// MEXC does not say when a candle is closed: the next one's start does; see ``MarketDesk``.
    private static func candle(_ node: JSONNode, _ symbol: String) throws(JSONError) -> StreamCandle {
        var candle = StreamCandle()
        candle.venueSymbol = symbol
        candle.interval = try node["interval"].string()
        let start = try node["windowStart"].integer()
        guard (0...100_000_000_000).contains(start) else { throw node["windowStart"].bad("is no time in seconds") }
        candle.openTime = MarketTime(micros: start * 1_000_000)
        candle.open = try node["openingPrice"].decimal()
        candle.high = try node["highestPrice"].decimal()
        candle.low = try node["lowestPrice"].decimal()
        candle.close = try node["closingPrice"].decimal()
        candle.volume = try node["volume"].decimal()
        return candle
    }

    private static func book(_ node: JSONNode, _ symbol: String, _ time: Int64?) throws(JSONError) -> BookUpdate {
        var update = BookUpdate()
        update.venueSymbol = symbol
        update.firstID = try node["fromVersion"].integer()
        update.lastID = try node["toVersion"].integer()
        update.bids = try levels(node["bids"])
        update.asks = try levels(node["asks"])
        update.eventTime = time.map { MarketTime(milliseconds: $0) }
        return update
    }

    private static func levels(_ node: JSONNode) throws(JSONError) -> [BookLevel] {
        var levels: [BookLevel] = []
        for level in try node.ifPresent?.elements() ?? [] {
            levels.append(BookLevel(price: try level["price"].decimal(), quantity: try level["quantity"].decimal()))
        }
        return levels
    }
}
