import JSONText

/// How one kind of message is recognised and read.
public struct MessageReader: Sendable {
    /// The shape of the data.
    indirect enum Body: Sendable {
        case object(Layout)
        /// An array of objects.
        case list(Layout)
        /// One object or an array of them.
        case either(Layout)
        /// An array of arrays whose places mean the fields.
        case tuples(Layout)
        /// One array whose places mean the fields.
        case tuple(Layout)
        /// An object with the items under a key; the other members go beside them.
        case page(String, Body, header: Layout)
        /// Nothing: the message says that something was done.
        case nothing
        /// Anything, brought into order.
        case any
    }

    /// Our name of the endpoint or stream, unique in its dialect and kind.
    public let name: String
    /// What the data is, the same for every venue: `candle`, `order`.
    public let type: String
    /// The paths of REST (`/api/v3/depth`) or the names of events, topics and channels (`aggTrade`, `orderbook.`)
    /// that carry it. A name that ends in `.`, `@` or `/` stands for everything that begins with it.
    public let sources: [String]
    let body: Body

    init(_ name: String, _ type: String, _ sources: [String] = [], _ body: Body) {
        self.name = name
        self.type = type
        self.sources = sources
        self.body = body
    }

    /// Whether a path, event, topic or one of our names means this reader.
    func answers(to word: String) -> Bool {
        if word == name { return true }
        return sources.contains { source in
            guard let last = source.last, ".@/".contains(last) else { return word == source }
            return word.hasPrefix(source) || word == source.dropLast()
        }
    }

    /// How well the data fits, 0...1; `nil` where it does not.
    func fit(_ value: JSONValue) -> Double? { MessageReader.fit(value, body) }

    private static func fit(_ value: JSONValue, _ body: Body) -> Double? {
        switch body {
        case .object(let layout): return layout.fit(value)
        case .list(let layout): return value[0].flatMap { layout.fit($0) }
        case .either(let layout): return (value[0] ?? value).flatMap2 { layout.fit($0) }
        case .tuples(let layout): return value[0].flatMap { layout.fit(tuple: $0) }
        case .tuple(let layout): return layout.fit(tuple: value)
        case .page(let key, let items, let header):
            guard let list = value[key], let frame = header.and(Layout(key + ":a")).fit(value) else { return nil }
            // With nothing in it only what stands beside the list can tell, and that takes more than a word or two.
            if list == .array([]) { return frame * (header.known(in: value) > 2 ? 0.8 : 0.5) }
            return fit(list, items).map { ($0 + frame) / 2 }
        case .nothing, .any: return nil
        }
    }

    /// The data in our form; what stands beside it goes into `header`.
    func read(
        _ node: JSONNode, _ reading: inout MessageReading, header: inout JSONObject
    ) throws(JSONError) -> JSONValue {
        try MessageReader.read(node, body, &reading, &header)
    }

    private static func read(
        _ node: JSONNode, _ body: Body, _ reading: inout MessageReading, _ header: inout JSONObject
    ) throws(JSONError) -> JSONValue {
        switch body {
        case .object(let layout): return .object(try reading.object(node, layout))
        case .list(let layout): return .array(try reading.list(node, layout))
        case .either(let layout):
            if case .array = node.value { return .array(try reading.list(node, layout)) }
            return .object(try reading.object(node, layout))
        case .tuples(let layout):
            var out: [JSONValue] = []
            for element in try node.elements() { out.append(.object(try reading.tuple(element, layout))) }
            return .array(out)
        case .tuple(let layout): return .object(try reading.tuple(node, layout))
        case .page(let key, let items, let frame):
            let data = node[key].isPresent ? try read(node[key], items, &reading, &header) : []
            var rest = try node.object()
            rest[key] = nil
            for (name, value) in try reading.object(JSONNode(.object(rest)), frame) where header[name] == nil {
                header[name] = value
            }
            return data
        case .nothing: return .object(JSONObject())
        case .any: return GenericReading.value(node.value ?? .null, key: "")
        }
    }
}

extension JSONValue {
    /// `Optional.flatMap` for a value that is there.
    fileprivate func flatMap2<R>(_ transform: (JSONValue) -> R?) -> R? { transform(self) }
}

/// All readers of a dialect and kind, in the order in which equally good ones are preferred.
enum MessageCatalog {
    static func readers(_ venue: VenueDialect, _ kind: MessageKind) -> [MessageReader] {
        marketReaders(venue, kind) + tradingReaders(venue, kind)
    }

    private static func marketReaders(_ venue: VenueDialect, _ kind: MessageKind) -> [MessageReader] {
        switch (venue, kind) {
        case (.binance, .rest): BinanceMarket.spotResponses
        case (.binance, .ws): BinanceMarket.spotStreams
        case (.binanceUSDM, .rest): BinanceMarket.futuresResponses
        case (.binanceUSDM, .ws): BinanceMarket.futuresStreams
        case (.bybit, .rest): BybitMarket.responses
        case (.bybit, .ws): BybitMarket.streams
        case (.mexc, .rest): MexcMarket.responses
        case (.mexc, .ws): MexcMarket.streams
        }
    }

    /// Orders, fills, positions, balances and what else belongs to an account.
    private static func tradingReaders(_ venue: VenueDialect, _ kind: MessageKind) -> [MessageReader] {
        switch (venue, kind) {
        case (.binance, .rest): TradingMessages.binanceSpotResponses
        case (.binance, .ws): TradingMessages.binanceSpotStreams
        case (.binanceUSDM, .rest): TradingMessages.binanceFuturesResponses
        case (.binanceUSDM, .ws): TradingMessages.binanceFuturesStreams
        case (.bybit, .rest): TradingMessages.bybitResponses
        case (.bybit, .ws): TradingMessages.bybitStreams
        case (.mexc, .rest): TradingMessages.mexcResponses
        case (.mexc, .ws): TradingMessages.mexcStreams
        }
    }
}
