public import JSONText

/// Which exchange's language a message is in; one exchange has one for each of its markets that differ.
public enum VenueDialect: String, Hashable, Sendable, CaseIterable, CustomStringConvertible {
    /// Binance spot.
    case binance
    /// Binance USDⓈ-M futures.
    case binanceUSDM = "binance-usdm"
    /// Bybit v5: spot, linear and what else answers in the same form.
    case bybit
    /// MEXC spot v3; its futures messages are recognised too.
    case mexc

    public var description: String { rawValue }
}

/// How a message came.
public enum MessageKind: String, Hashable, Sendable, CaseIterable, CustomStringConvertible {
    /// The body of an HTTP response.
    case rest
    /// A message of a WebSocket, in either direction.
    case ws

    public var description: String { rawValue }
}

/// What we understand of one message of an exchange.
public struct ParsedMessage: Hashable, Sendable {
    public var venue: VenueDialect
    public var kind: MessageKind
    /// Our name of the endpoint or stream: `depth`, `agg_trade`; `other` for what is only brought into order.
    public var endpoint: String
    /// What `data` holds: `order_book`, `trade`, `candle`, `error`, `acknowledgement`, …
    public var type: String
    /// What stands beside the data: category, stream, times of the message.
    public var header = JSONObject()
    public var data: JSONValue
    /// Members that we do not know, with the values of their first appearance, by their place in the message.
    public var unknown = JSONObject()

    public init(venue: VenueDialect, kind: MessageKind, endpoint: String, type: String, data: JSONValue) {
        self.venue = venue
        self.kind = kind
        self.endpoint = endpoint
        self.type = type
        self.data = data
    }

    /// One object: `venue`, `kind`, `endpoint`, `type`, the header's members, `data`, and `unknown` where there is any.
    public var json: JSONValue {
        var object = JSONObject()
        object["venue"] = .string(venue.rawValue)
        object["kind"] = .string(kind.rawValue)
        object["endpoint"] = .string(endpoint)
        object["type"] = .string(type)
        for (key, value) in header where object[key] == nil { object[key] = value }
        object["data"] = data
        if !unknown.isEmpty { object["unknown"] = .object(unknown) }
        return .object(object)
    }
}
