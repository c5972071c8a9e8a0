import ArgumentParser
import ServiceRuntime
import TradingModel
import Venues
import Wire

/// Candle files, or what was done to them.
struct CandleFileReport: WireBody {
    static let kind = "candleFileReport"
    struct Entry: WireBody {
        static let kind = "dataEntry"
        var venue = ""
        var symbol = ""
        var timeframe = ""
        var from = MarketTime.distantPast
        var to = MarketTime.distantPast
        var candles = 0
        var missing = 0
        var bytes = 0
        init() {}
        init(_ series: CandleStore.Series, fetched: Int) {
            (venue, symbol, timeframe) = (series.venue, series.symbol.name, series.timeframe.rawValue)
            candles = fetched
        }
        init(_ facts: CandleStore.Facts) {
            self.init(facts.series, fetched: facts.count)
            (from, to) = (facts.first, facts.last)
            (missing, bytes) = (facts.missing, facts.bytes)
        }
        mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(WireError) {
            try visitor.field("venue", &venue)
            try visitor.field("symbol", &symbol)
            try visitor.field("timeframe", &timeframe)
            try visitor.field("from", &from)
            try visitor.field("to", &to)
            try visitor.field("candles", &candles)
            try visitor.field("missing", &missing)
            try visitor.field("bytes", &bytes)
        }
    }
    var entries: [Entry] = []
    init() {}
    mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(WireError) {
        try visitor.field("entries", &entries)
    }

    static func series(
        _ venue: VenueName, _ symbol: String, _ timeframe: String
    ) throws(ValidationError)
        -> CandleStore.Series
    {
        guard let name = Symbol(symbol) else { throw ValidationError("\"\(symbol)\" is no symbol such as BTC/USDT.") }
        guard let length = Timeframe(rawValue: timeframe) else {
            throw ValidationError(
                "\"\(timeframe)\" is none of \(Timeframe.allCases.map(\.rawValue).joined(separator: ", ")).")
        }
        return CandleStore.Series(venue: venue.rawValue, symbol: name, timeframe: length)
    }
}

/// The exchanges there are.
struct VenueReport: WireBody {
    static let kind = "venueReport"
    struct Entry: WireBody {
        static let kind = "venueEntry"
        var venue = ""
        var rest = ""
        var streams = ""
        /// Watched there, where the source is live.
        var symbols = ""
        init() {}
        init(venue: String, rest: String, streams: String, symbols: String) {
            (self.venue, self.rest, self.streams, self.symbols) = (venue, rest, streams, symbols)
        }
        mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(WireError) {
            try visitor.field("venue", &venue)
            try visitor.field("rest", &rest)
            try visitor.field("streams", &streams)
            try visitor.field("symbols", &symbols)
        }
    }
    var entries: [Entry] = []
    init() {}
    mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(WireError) {
        try visitor.field("entries", &entries)
    }
}

/// What an exchange trades.
struct SymbolReport: WireBody {
    static let kind = "symbolReport"
    struct Entry: WireBody {
        static let kind = "symbolEntry"
        var symbol = ""
        var venueSymbol = ""
        var tickSize = Price.zero
        var lotSize = Quantity.zero
        var minNotional = Money.zero
        var maxLeverage = 1
        init() {}
        init(_ entry: InstrumentList.Entry) {
            symbol = entry.instrument.symbol.name
            venueSymbol = entry.venueSymbol
            tickSize = entry.instrument.tickSize
            lotSize = entry.instrument.lotSize
            minNotional = entry.instrument.minNotional
            maxLeverage = entry.instrument.maxLeverage
        }
        mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(WireError) {
            try visitor.field("symbol", &symbol)
            try visitor.field("venueSymbol", &venueSymbol)
            try visitor.field("tickSize", &tickSize)
            try visitor.field("lotSize", &lotSize)
            try visitor.field("minNotional", &minNotional)
            try visitor.field("maxLeverage", &maxLeverage)
        }
    }
    var entries: [Entry] = []
    init() {}
    mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(WireError) {
        try visitor.field("entries", &entries)
    }
}
