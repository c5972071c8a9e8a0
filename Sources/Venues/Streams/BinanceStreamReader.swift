public import JSONText
import TradingModel

/// Reads Binance's stream messages of spot and USDⓈ-M in one pass over their bytes: bookTicker, aggTrade, trade, kline,
/// depthUpdate and partial depth, with or without the wrapper of combined streams.
public enum BinanceStreamReader {
    /// What stands under the one-letter keys, whatever the event: the keys mean the same thing wherever they have the
    /// same type.
    private struct Registers {
        var event = Event.none
        var symbol = ""
        var eventTime: Int64 = 0
        var tradeTime: Int64 = 0
        var first: Int64 = 0
        var last: Int64 = 0
        var previous: Int64?
        var bid: Price?
        var ask: Price?
        var bidQuantity: Quantity?
        var askQuantity: Quantity?
        var price = Price.zero
        var quantity = Quantity.zero
        var isBuyerMaker: Bool?
        var bids: [BookLevel]?
        var asks: [BookLevel]?
        var candle: StreamCandle?
    }

    private enum Event {
        case none, quote, trade, candle, depth, other
    }

    /// Errors: anything that is no JSON or has another type than documented.
    public static func read(_ bytes: UnsafeRawBufferPointer) throws(JSONError) -> StreamFact {
        var scanner = JSONScanner(bytes)
        guard try scanner.kind() == .object else { return .other }
        var registers = Registers()
        try readObject(&scanner, &registers)
        try scanner.finish()
        return fact(registers)
    }

    private static func readObject(_ scanner: inout JSONScanner, _ registers: inout Registers) throws(JSONError) {
        try scanner.beginObject()
        while let key = try scanner.nextKey() {
            let letter = key.letter
            if letter != 0 {
                try readLetter(letter, &scanner, &registers)
            } else if key == "data" {
                try readObject(&scanner, &registers)
            } else if key == "pu" {
                registers.previous = try scanner.integer()
            } else if key == "lastUpdateId" {
                registers.last = try scanner.integer()
            } else if key == "bids" {
                registers.bids = try levels(&scanner)
            } else if key == "asks" {
                registers.asks = try levels(&scanner)
            } else {
                try scanner.skip()
            }
        }
    }

    @inline(__always)
    private static func readLetter(
        _ letter: UInt8, _ scanner: inout JSONScanner, _ registers: inout Registers
    ) throws(JSONError) {
        if registers.event == .other { return try scanner.skip() }
        switch letter {
        case UInt8(ascii: "e"): registers.event = event(try scanner.slice())
        case UInt8(ascii: "s"): registers.symbol = try scanner.string()
        case UInt8(ascii: "E"): registers.eventTime = try scanner.integer()
        case UInt8(ascii: "T"): registers.tradeTime = try scanner.integer()
        case UInt8(ascii: "U"): registers.first = try scanner.integer()
        case UInt8(ascii: "u"): registers.last = try scanner.integer()
        case UInt8(ascii: "B"): registers.bidQuantity = try scanner.decimal(Quantity.self)
        case UInt8(ascii: "A"): registers.askQuantity = try scanner.decimal(Quantity.self)
        case UInt8(ascii: "b"):
            switch try scanner.kind() {
            case .array: registers.bids = try levels(&scanner)
            case .string: registers.bid = try scanner.decimal(Price.self)
            default: try scanner.skip()
            }
        case UInt8(ascii: "a"):
            switch try scanner.kind() {
            case .array: registers.asks = try levels(&scanner)
            case .string: registers.ask = try scanner.decimal(Price.self)
            default: try scanner.skip()
            }
        case UInt8(ascii: "p"): registers.price = try scanner.decimal(Price.self)
        case UInt8(ascii: "q"): registers.quantity = try scanner.decimal(Quantity.self)
        case UInt8(ascii: "m"): registers.isBuyerMaker = try scanner.bool()
        case UInt8(ascii: "k"): registers.candle = try candle(&scanner)
        default: try scanner.skip()
        }
    }

    private static func event(_ name: JSONSlice) -> Event {
        if name == "bookTicker" { return .quote }
        if name == "depthUpdate" { return .depth }
        if name == "aggTrade" || name == "trade" { return .trade }
        if name == "kline" { return .candle }
        return .other
    }

    static func levels(_ scanner: inout JSONScanner) throws(JSONError) -> [BookLevel] {
        var levels: [BookLevel] = []
        try scanner.beginArray()
        while try scanner.nextElement() {
            var level = BookLevel()
            var count = 0
            try scanner.beginArray()
            while try scanner.nextElement() {
                switch count {
                case 0: level.price = try scanner.decimal(Price.self)
                case 1: level.quantity = try scanner.decimal(Quantity.self)
                default: try scanner.skip()
                }
                count += 1
            }
            guard count >= 2 else {
                throw JSONError(.badValue, offset: scanner.offset, "a level of a book needs a price and a quantity")
            }
            levels.append(level)
        }
        return levels
    }

    private static func candle(_ scanner: inout JSONScanner) throws(JSONError) -> StreamCandle {
        var candle = StreamCandle()
        try scanner.beginObject()
        while let key = try scanner.nextKey() {
            switch key.letter {
            case UInt8(ascii: "t"): candle.openTime = MarketTime(milliseconds: try scanner.integer())
            case UInt8(ascii: "i"): candle.interval = try scanner.string()
            case UInt8(ascii: "o"): candle.open = try scanner.decimal(Price.self)
            case UInt8(ascii: "h"): candle.high = try scanner.decimal(Price.self)
            case UInt8(ascii: "l"): candle.low = try scanner.decimal(Price.self)
            case UInt8(ascii: "c"): candle.close = try scanner.decimal(Price.self)
            case UInt8(ascii: "v"): candle.volume = try scanner.decimal(Quantity.self)
            case UInt8(ascii: "x"): candle.isClosed = try scanner.bool()
            default: try scanner.skip()
            }
        }
        return candle
    }

    private static func fact(_ registers: Registers) -> StreamFact {
        let eventTime = registers.eventTime == 0 ? nil : MarketTime(milliseconds: registers.eventTime)
        switch registers.event {
        case .quote,
            .none where registers.bid != nil && registers.ask != nil:
            var quote = StreamQuote()
            quote.venueSymbol = registers.symbol
            quote.bid = registers.bid
            quote.ask = registers.ask
            quote.bidQuantity = registers.bidQuantity
            quote.askQuantity = registers.askQuantity
            quote.eventTime = eventTime
            quote.updateID = registers.last == 0 ? nil : registers.last
            return .quote(quote)
        case .trade:
            guard let isBuyerMaker = registers.isBuyerMaker else { return .other }
            var trade = StreamTrade()
            trade.venueSymbol = registers.symbol
            trade.price = registers.price
            trade.quantity = registers.quantity
            trade.time = MarketTime(milliseconds: registers.tradeTime)
            trade.side = isBuyerMaker ? .sell : .buy
            return .trade(trade)
        case .candle:
            guard var candle = registers.candle else { return .other }
            candle.venueSymbol = registers.symbol
            candle.eventTime = eventTime
            return .candle(candle)
        case .depth,
            .none where registers.bids != nil && registers.asks != nil:
            var update = BookUpdate()
            update.venueSymbol = registers.symbol
            update.isSnapshot = registers.event == .none
            update.firstID = update.isSnapshot ? registers.last : registers.first
            update.lastID = registers.last
            update.previousID = registers.previous
            update.bids = registers.bids ?? []
            update.asks = registers.asks ?? []
            update.eventTime = eventTime
            return .book(update)
        default: return .other
        }
    }
}

extension MarketTime {
    /// From milliseconds since 1970; what is too large for those is taken for microseconds.
    init(milliseconds: Int64) {
        self.init(micros: milliseconds >= 100_000_000_000_000 ? milliseconds : max(0, milliseconds) * 1_000)
    }
}
