public import JSONText
import TradingModel

/// Reads Bybit v5's public stream messages in one pass over their bytes: orderbook, publicTrade, tickers, kline.
public enum BybitStreamReader {
    private enum Topic {
        case unknown, book, bestLevel, trade, ticker, candle
    }

    private struct Message {
        var topic = Topic.unknown
        var symbol = ""
        var isSnapshot = false
        var time: Int64 = 0
        var quote = StreamQuote()
        var book = BookUpdate()
        var facts: [StreamFact] = []
    }

    /// Appends the facts of a message; several where it carries several trades or candles.
    /// Errors: anything that is no JSON or has another type than documented.
    public static func read(_ bytes: UnsafeRawBufferPointer, into facts: inout [StreamFact]) throws(JSONError) {
        var scanner = JSONScanner(bytes)
        guard try scanner.kind() == .object else { return facts.append(.other) }
        var message = Message()
        var late: UnsafeRawBufferPointer?
        try scanner.beginObject()
        while let key = try scanner.nextKey() {
            if key == "topic" {
                readTopic(try scanner.slice(), &message)
            } else if key == "type" {
                message.isSnapshot = try scanner.slice() == "snapshot"
            } else if key == "ts" {
                message.time = try scanner.integer()
            } else if key == "data" {
                // The data may stand before the topic that says what they are.
                if message.topic == .unknown {
                    late = try scanner.rawValue()
                } else {
                    try readData(&scanner, &message)
                }
            } else {
                try scanner.skip()
            }
        }
        try scanner.finish()
        if let late, message.topic != .unknown {
            var inner = JSONScanner(late)
            try readData(&inner, &message)
        }
        finish(message, into: &facts)
    }

    private static func readTopic(_ topic: JSONSlice, _ message: inout Message) {
        let bytes = topic.bytes
        guard topic.isPlain, let dot = bytes.lastIndex(of: UInt8(ascii: ".")) else { return }
        message.symbol = String(decoding: bytes[(dot + 1)...], as: UTF8.self)
        let head = UnsafeBufferPointer(rebasing: bytes[..<dot])
        if starts(head, with: "orderbook.1"), head.count == 11 {
            message.topic = .bestLevel
        } else if starts(head, with: "orderbook.") {
            message.topic = .book
        } else if starts(head, with: "publicTrade") {
            message.topic = .trade
        } else if starts(head, with: "tickers") {
            message.topic = .ticker
        } else if starts(head, with: "kline.") {
            message.topic = .candle
        }
    }

    private static func starts(_ bytes: UnsafeBufferPointer<UInt8>, with word: StaticString) -> Bool {
        guard bytes.count >= word.utf8CodeUnitCount else { return false }
        for index in 0..<word.utf8CodeUnitCount where bytes[index] != word.utf8Start[index] { return false }
        return true
    }

    private static func readData(_ scanner: inout JSONScanner, _ message: inout Message) throws(JSONError) {
        switch message.topic {
        case .book, .bestLevel: try readBook(&scanner, &message)
        case .ticker: try readTicker(&scanner, &message)
        case .trade, .candle:
            try scanner.beginArray()
            while try scanner.nextElement() {
                message.facts.append(
                    message.topic == .trade
                        ? try readTrade(&scanner) : try readCandle(&scanner, symbol: message.symbol))
            }
        case .unknown: try scanner.skip()
        }
    }

    private static func readBook(_ scanner: inout JSONScanner, _ message: inout Message) throws(JSONError) {
        try scanner.beginObject()
        while let key = try scanner.nextKey() {
            switch key.letter {
            case UInt8(ascii: "b"): message.book.bids = try BinanceStreamReader.levels(&scanner)
            case UInt8(ascii: "a"): message.book.asks = try BinanceStreamReader.levels(&scanner)
            case UInt8(ascii: "u"): message.book.lastID = try scanner.integer()
            default: try scanner.skip()
            }
        }
    }

    private static func readTicker(_ scanner: inout JSONScanner, _ message: inout Message) throws(JSONError) {
        try scanner.beginObject()
        while let key = try scanner.nextKey() {
            if key == "bid1Price" || key == "bidPrice" {
                message.quote.bid = try optional(&scanner)
            } else if key == "bid1Size" || key == "bidSize" {
                message.quote.bidQuantity = try optional(&scanner)
            } else if key == "ask1Price" || key == "askPrice" {
                message.quote.ask = try optional(&scanner)
            } else if key == "ask1Size" || key == "askSize" {
                message.quote.askQuantity = try optional(&scanner)
            } else if key == "lastPrice" {
                message.quote.last = try optional(&scanner)
            } else {
                try scanner.skip()
            }
        }
    }

    /// A decimal, or nothing where the exchange writes `""`.
    private static func optional<D: FixedPoint>(_ scanner: inout JSONScanner) throws(JSONError) -> D? {
        var ahead = scanner
        if try ahead.kind() == .string, try ahead.slice().bytes.isEmpty {
            scanner = ahead
            return nil
        }
        return try scanner.decimal(D.self)
    }

    private static func readTrade(_ scanner: inout JSONScanner) throws(JSONError) -> StreamFact {
        var trade = StreamTrade()
        try scanner.beginObject()
        while let key = try scanner.nextKey() {
            switch key.letter {
            case UInt8(ascii: "T"): trade.time = MarketTime(milliseconds: try scanner.integer())
            case UInt8(ascii: "s"): trade.venueSymbol = try scanner.string()
            case UInt8(ascii: "S"): trade.side = try scanner.slice() == "Buy" ? .buy : .sell
            case UInt8(ascii: "v"): trade.quantity = try scanner.decimal(Quantity.self)
            case UInt8(ascii: "p"): trade.price = try scanner.decimal(Price.self)
            default: try scanner.skip()
            }
        }
        return .trade(trade)
    }

    private static func readCandle(_ scanner: inout JSONScanner, symbol: String) throws(JSONError) -> StreamFact {
        var candle = StreamCandle()
        candle.venueSymbol = symbol
        try scanner.beginObject()
        while let key = try scanner.nextKey() {
            if key == "start" {
                candle.openTime = MarketTime(milliseconds: try scanner.integer())
            } else if key == "interval" {
                candle.interval = try scanner.string()
            } else if key == "open" {
                candle.open = try scanner.decimal(Price.self)
            } else if key == "high" {
                candle.high = try scanner.decimal(Price.self)
            } else if key == "low" {
                candle.low = try scanner.decimal(Price.self)
            } else if key == "close" {
                candle.close = try scanner.decimal(Price.self)
            } else if key == "volume" {
                candle.volume = try scanner.decimal(Quantity.self)
            } else if key == "confirm" {
                candle.isClosed = try scanner.bool()
            } else {
                try scanner.skip()
            }
        }
        return .candle(candle)
    }

    private static func finish(_ message: Message, into facts: inout [StreamFact]) {
        let time = message.time == 0 ? nil : MarketTime(milliseconds: message.time)
        switch message.topic {
        case .unknown: facts.append(.other)
        case .trade: facts.append(contentsOf: message.facts)
        case .candle:
            for fact in message.facts {
                guard case .candle(var candle) = fact else { continue }
                candle.eventTime = time
                facts.append(.candle(candle))
            }
        case .bestLevel:
            // The book of one level: the best bid and ask, which spot's tickers do not have.
            var quote = StreamQuote()
            quote.venueSymbol = message.symbol
            let bid = message.book.bids.filter { $0.quantity.isPositive }.max { $0.price < $1.price }
            let ask = message.book.asks.filter { $0.quantity.isPositive }.min { $0.price < $1.price }
            (quote.bid, quote.bidQuantity) = (bid?.price, bid?.quantity)
            (quote.ask, quote.askQuantity) = (ask?.price, ask?.quantity)
            quote.eventTime = time
            facts.append(.quote(quote))
        case .ticker:
            var quote = message.quote
            quote.venueSymbol = message.symbol
            quote.eventTime = time
            facts.append(.quote(quote))
        case .book:
            var book = message.book
            book.venueSymbol = message.symbol
            // Update id 1 is a snapshot after a restart of the service, whatever the message says of itself.
            book.isSnapshot = message.isSnapshot || book.lastID == 1
            book.firstID = book.lastID
            book.eventTime = time
            facts.append(.book(book))
        }
    }
}
