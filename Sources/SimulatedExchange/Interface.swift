public import TradingModel

/// The two clocks an event happens by.
public struct BoxTime: Hashable, Sendable {
    /// The exchange's own clock: candles, funding, time stamps.
    public var market: MarketTime
    /// The machine's: request windows, bans, delays.
    public var wall: WallTime

    public init(market: MarketTime, wall: WallTime) {
        self.market = market
        self.wall = wall
    }
}

/// One HTTP request as it arrived.
public struct BoxRequest: Hashable, Sendable {
    /// By which its answer is told; chosen by the shell.
    public var id: UInt64
    /// `GET`, `POST`, `PUT` or `DELETE`.
    public var method: String
    public var path: String
    /// Behind the question mark, still encoded.
    public var query: String
    /// The content of `X-MBX-APIKEY`; `nil` where there is none.
    public var apiKey: String?
    public var body: String

    public init(
        id: UInt64, method: String, path: String, query: String = "", apiKey: String? = nil, body: String = ""
    ) {
        self.id = id
        self.method = method
        self.path = path
        self.query = query
        self.apiKey = apiKey
        self.body = body
    }
}

/// One HTTP answer.
public struct BoxReply: Hashable, Sendable {
    public struct Header: Hashable, Sendable {
        public var name: String
        public var value: String
    }
    public var status: Int
    public var headers: [Header]
    public var body: [UInt8]

    public init(status: Int, headers: [Header] = [], body: [UInt8]) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    public var text: String { String(decoding: body, as: UTF8.self) }
    public func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }
}

/// One WebSocket connection; chosen by the shell.
public struct ConnectionID: Hashable, Sendable, Comparable {
    public var value: UInt64
    public init(_ value: UInt64) { self.value = value }
    public static func < (a: ConnectionID, b: ConnectionID) -> Bool { a.value < b.value }
}

/// What happens to the exchange.
public enum BoxEvent: Sendable {
    /// Time has passed.
    case tick
    case request(BoxRequest)
    /// A WebSocket was opened at that path.
    case opened(ConnectionID, path: String, query: String)
    case text(ConnectionID, String)
    case closed(ConnectionID)
}

/// What the shell has to do.
public enum BoxDirective: Hashable, Sendable {
    case reply(UInt64, BoxReply, after: Span)
    /// The connection of the request is cut without an answer.
    case cut(UInt64, after: Span)
    /// The request is never answered, its connection stays open.
    case hold(UInt64)
    case send(ConnectionID, [UInt8], after: Span)
    /// Closed with a close frame.
    case close(ConnectionID, code: Int, reason: String)
    /// Cut without a close frame.
    case sever(ConnectionID)
    /// Half open: nothing is read, nothing is sent, nothing is closed.
    case freeze(ConnectionID)
}

/// Which of the exchange's two markets.
public enum BoxMarket: Int, Hashable, Sendable, CaseIterable {
    case spot = 0
    case usdm = 1

    public var name: String { self == .spot ? "spot" : "usdm" }
    init?(name: String) {
        switch name {
        case "spot", "binance": self = .spot
        case "usdm", "binance-usdm", "futures", "linear": self = .usdm
        default: return nil
        }
    }
}
