import TradingModel

/// What a public stream carries, by the part of its name behind the symbol.
struct StreamKind: Hashable, Sendable {
    enum Family: Hashable, Sendable {
        case bookTicker, aggTrade, trade, depth, partialDepth, kline, ticker, miniTicker, markPrice
    }

    let family: Family
    /// `kline_5m`, `depth@100ms`.
    let suffix: String
    let interval: KlineInterval?
    let levels: Int

    /// `nil` for what no stream of the market is called.
    init?(_ suffix: String, market: BoxMarket) {
        self.suffix = suffix
        var interval: KlineInterval?
        var levels = 0
        let parts = suffix.split(separator: "@", omittingEmptySubsequences: false)
        guard let head = parts.first, parts.count <= 2 else { return nil }
        let pace = parts.count == 2 ? String(parts[1]) : nil
        switch String(head) {
        case "bookTicker": family = .bookTicker
        case "aggTrade": family = .aggTrade
        case "trade": family = .trade
        case "ticker": family = .ticker
        case "miniTicker": family = .miniTicker
        case "markPrice" where market == .usdm: family = .markPrice
        case "depth": family = .depth
        case "depth5", "depth10", "depth20":
            family = .partialDepth
            levels = Int(head.dropFirst(5)) ?? 20
        case let name where name.hasPrefix("kline_"):
            guard let found = KlineInterval(String(name.dropFirst(6))) else { return nil }
            family = .kline
            interval = found
        default: return nil
        }
        if let pace {
            let paces = family == .markPrice ? ["1s"] : ["100ms", "250ms", "500ms", "1000ms"]
            guard [.depth, .partialDepth, .markPrice].contains(family), paces.contains(pace) else { return nil }
        }
        self.interval = interval
        self.levels = levels
    }

    /// The streams of all symbols at once: `!bookTicker`, `!ticker@arr`, …
    init?(global name: String, market: BoxMarket) {
        switch name {
        case "!bookTicker": self.init("bookTicker", market: market)
        case "!ticker@arr": self.init("ticker", market: market)
        case "!miniTicker@arr": self.init("miniTicker", market: market)
        case "!markPrice@arr", "!markPrice@arr@1s": self.init("markPrice", market: market)
        default: return nil
        }
    }

    var globalName: String {
        switch family {
        case .bookTicker: "!bookTicker"
        case .ticker: "!ticker@arr"
        case .miniTicker: "!miniTicker@arr"
        default: "!markPrice@arr"
        }
    }

    var needsBook: Bool { family == .depth || family == .partialDepth }
}

/// One public stream and who listens to it.
struct StreamTopic: Sendable {
    let kind: StreamKind
    var ids: [ConnectionID]

    var pair: (StreamKind, [ConnectionID]) { (kind, ids) }

    static func add(_ id: ConnectionID, to kind: StreamKind, in topics: inout [StreamTopic]) {
        if let place = topics.firstIndex(where: { $0.kind == kind }) {
            topics[place].ids.append(id)
        } else {
            topics.append(StreamTopic(kind: kind, ids: [id]))
        }
    }

    static func remove(_ id: ConnectionID, from kind: StreamKind, in topics: inout [StreamTopic]) {
        guard let place = topics.firstIndex(where: { $0.kind == kind }) else { return }
        topics[place].ids.removeAll { $0 == id }
        if topics[place].ids.isEmpty { topics.remove(at: place) }
    }
}

/// One WebSocket and what it listens to.
struct StreamConnection: Sendable {
    let id: ConnectionID
    let market: BoxMarket
    /// Events come in an envelope that names their stream.
    var isCombined: Bool
    /// It speaks the WebSocket API instead of streams.
    let isAPI: Bool
    var subscriptions: [String] = []
    /// Listen keys it listens to; for the WebSocket API the number of the subscription, as text.
    var userStreams: [String] = []
    /// An event that comes after the next one.
    var held: (name: String, payload: [UInt8])?
    var silentUntil = WallTime.distantPast
    var isFrozen = false
    var messageSecond: Int64 = 0
    var messages = 0
}

/// Writes one event as compact JSON.
struct EventText {
    private(set) var bytes: [UInt8] = [UInt8(ascii: "{")]

    init() { bytes.reserveCapacity(256) }

    private mutating func key(_ name: StaticString) {
        if bytes.count > 1, bytes.last != UInt8(ascii: "{") { bytes.append(UInt8(ascii: ",")) }
        bytes.append(UInt8(ascii: "\""))
        name.withUTF8Buffer { bytes.append(contentsOf: $0) }
        bytes.append(UInt8(ascii: "\""))
        bytes.append(UInt8(ascii: ":"))
    }

    /// A text that needs no escape: symbols, numbers, names.
    mutating func add(_ name: StaticString, _ text: String) {
        key(name)
        bytes.append(UInt8(ascii: "\""))
        bytes.append(contentsOf: text.utf8)
        bytes.append(UInt8(ascii: "\""))
    }

    mutating func add(_ name: StaticString, _ number: Int64) {
        key(name)
        bytes.append(contentsOf: String(number).utf8)
    }

    mutating func add(_ name: StaticString, _ flag: Bool) {
        key(name)
        bytes.append(contentsOf: (flag ? "true" : "false").utf8)
    }

    mutating func add(_ name: StaticString, json: [UInt8]) {
        key(name)
        bytes.append(contentsOf: json)
    }

    /// `[["1.0","2"],…]`
    mutating func add(_ name: StaticString, levels: [(ticks: Int64, lots: Int64)], _ listing: Listing) {
        key(name)
        bytes.append(UInt8(ascii: "["))
        for (index, level) in levels.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            bytes.append(contentsOf: #"[""#.utf8)
            bytes.append(contentsOf: listing.priceText(level.ticks).utf8)
            bytes.append(contentsOf: #"",""#.utf8)
            bytes.append(contentsOf: listing.quantityText(level.lots).utf8)
            bytes.append(contentsOf: #""]"#.utf8)
        }
        bytes.append(UInt8(ascii: "]"))
    }

    var finished: [UInt8] { bytes + [UInt8(ascii: "}")] }
}
