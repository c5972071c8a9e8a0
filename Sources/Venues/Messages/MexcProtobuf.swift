public import JSONText

/// MEXC's stream messages, which have been protobuf since 2025, brought into protobuf's own JSON form, so that one table
/// reads both. The schema is `PushDataV3ApiWrapper` of mexcdevelop/websocket-proto.
public enum MexcProtobuf {
    /// The message as JSON: names as in the schema, 64-bit numbers as strings; fields that the schema as we know it does
    /// not have are named `field_17`.
    public static func json(_ bytes: [UInt8]) throws(ProtobufError) -> JSONValue {
        let value = try read(bytes[...], wrapper, depth: 0)
        guard value["channel"] != nil else {
            throw ProtobufError(offset: 0, detail: "the bytes are no push message: there is no channel in them")
        }
        return value
    }

    indirect enum Kind: Sendable {
        case text
        case integer
        case long
        case bool
        case message([Int: Entry])
        case repeated([Int: Entry])
    }

    typealias Entry = (name: String, kind: Kind)

    private static func read(
        _ bytes: ArraySlice<UInt8>, _ schema: [Int: Entry], depth: Int
    ) throws(ProtobufError) -> JSONValue {
        var reader = ProtobufReader(bytes)
        guard depth < 8 else { throw reader.error("messages are nested more than 8 deep") }
        var object = JSONObject()
        while let (number, value) = try reader.next() {
            let entry = schema[number] ?? ("field_\(number)", .text)
            switch (entry.kind, value) {
            case (.message(let inner), .bytes(let bytes)):
                object[entry.name] = try read(bytes, inner, depth: depth + 1)
            case (.repeated(let inner), .bytes(let bytes)):
                var items: [JSONValue] = []
                if case .array(let earlier)? = object[entry.name] { items = earlier }
                items.append(try read(bytes, inner, depth: depth + 1))
                object[entry.name] = .array(items)
            case (.text, .bytes(let bytes)):
                // What the schema does not have may be a message: no text, and no concern of ours.
                guard let text = String(validating: bytes, as: UTF8.self) else {
                    if schema[number] == nil { continue }
                    throw reader.error("\(entry.name) is no UTF-8")
                }
                object[entry.name] = .string(text)
            case (.integer, .integer(let number)):
                object[entry.name] = JSONValue(Int32(truncatingIfNeeded: number))
            case (.long, .integer(let number)):
                object[entry.name] = .string("\(Int64(bitPattern: number))")
            case (.bool, .integer(let number)): object[entry.name] = .bool(number != 0)
            case (.text, .integer(let number)) where entry.name.hasPrefix("field_"):
                object[entry.name] = .string("\(Int64(bitPattern: number))")
            default: throw reader.error("\(entry.name) is of another type than the schema says")
            }
        }
        return .object(object)
    }

    // MARK: Schema

    private static func texts(_ names: String...) -> [Int: Entry] {
        var schema: [Int: Entry] = [:]
        for (index, name) in names.enumerated() { schema[index + 1] = (name, .text) }
        return schema
    }

    private static let level = texts("price", "quantity")
    private static let deal: [Int: Entry] = [
        1: ("price", .text), 2: ("quantity", .text), 3: ("tradeType", .integer), 4: ("time", .long),
        5: ("tradeId", .text),
    ]
    private static let deals: [Int: Entry] = [1: ("deals", .repeated(deal)), 2: ("eventType", .text)]
    private static let depth: [Int: Entry] = [
        1: ("asks", .repeated(level)), 2: ("bids", .repeated(level)), 3: ("eventType", .text), 4: ("version", .text),
    ]
    private static let aggregateDepth: [Int: Entry] = [
        1: ("asks", .repeated(level)), 2: ("bids", .repeated(level)), 3: ("eventType", .text),
        4: ("fromVersion", .text), 5: ("toVersion", .text), 6: ("lastOrderCreateTime", .long),
    ]
    private static let bookTicker = texts("bidPrice", "bidQuantity", "askPrice", "askQuantity")
    private static let kline: [Int: Entry] = [
        1: ("interval", .text), 2: ("windowStart", .long), 3: ("openingPrice", .text), 4: ("closingPrice", .text),
        5: ("highestPrice", .text), 6: ("lowestPrice", .text), 7: ("volume", .text), 8: ("amount", .text),
        9: ("windowEnd", .long),
    ]
    private static let miniTicker = texts(
        "symbol", "price", "rate", "zonedRate", "high", "low", "volume", "quantity", "lastCloseRate",
        "lastCloseZonedRate", "lastCloseHigh", "lastCloseLow")
    private static let order: [Int: Entry] = [
        1: ("id", .text), 2: ("clientId", .text), 3: ("price", .text), 4: ("quantity", .text), 5: ("amount", .text),
        6: ("avgPrice", .text), 7: ("orderType", .integer), 8: ("tradeType", .integer), 9: ("isMaker", .bool),
        10: ("remainAmount", .text), 11: ("remainQuantity", .text), 12: ("lastDealQuantity", .text),
        13: ("cumulativeQuantity", .text), 14: ("cumulativeAmount", .text), 15: ("status", .integer),
        16: ("createTime", .long), 17: ("market", .text), 18: ("triggerType", .integer), 19: ("triggerPrice", .text),
        20: ("state", .integer), 21: ("ocoId", .text), 22: ("routeFactor", .text), 23: ("symbolId", .text),
        24: ("marketId", .text), 25: ("marketCurrencyId", .text), 26: ("currencyId", .text),
    ]
    private static let privateDeal: [Int: Entry] = [
        1: ("price", .text), 2: ("quantity", .text), 3: ("amount", .text), 4: ("tradeType", .integer),
        5: ("isMaker", .bool), 6: ("isSelfTrade", .bool), 7: ("tradeId", .text), 8: ("clientOrderId", .text),
        9: ("orderId", .text), 10: ("feeAmount", .text), 11: ("feeCurrency", .text), 12: ("time", .long),
    ]
    private static let account: [Int: Entry] = [
        1: ("vcoinName", .text), 2: ("coinId", .text), 3: ("balanceAmount", .text), 4: ("balanceAmountChange", .text),
        5: ("frozenAmount", .text), 6: ("frozenAmountChange", .text), 7: ("type", .text), 8: ("time", .long),
    ]

    static let wrapper: [Int: Entry] = [
        1: ("channel", .text), 3: ("symbol", .text), 4: ("symbolId", .text), 5: ("createTime", .long),
        6: ("sendTime", .long), 301: ("publicDeals", .message(deals)), 302: ("publicIncreaseDepths", .message(depth)),
        303: ("publicLimitDepths", .message(depth)), 304: ("privateOrders", .message(order)),
        305: ("publicBookTicker", .message(bookTicker)), 306: ("privateDeals", .message(privateDeal)),
        307: ("privateAccount", .message(account)), 308: ("publicSpotKline", .message(kline)),
        309: ("publicMiniTicker", .message(miniTicker)),
        310: ("publicMiniTickers", .message([1: ("items", .repeated(miniTicker))])),
        311: ("publicBookTickerBatch", .message([1: ("items", .repeated(bookTicker))])),
        312: ("publicIncreaseDepthsBatch", .message([1: ("items", .repeated(depth)), 2: ("eventType", .text)])),
        313: ("publicAggreDepths", .message(aggregateDepth)), 314: ("publicAggreDeals", .message(deals)),
        315: ("publicAggreBookTicker", .message(bookTicker)),
    ]
}

/// The names that MEXC's documentation prints for what its schema calls otherwise: all in small letters, lists with `List`
/// behind (`publicincreasedepths`, `asksList`, `sendtime`). Both are read.
enum MexcNames {
    /// The schema's names by theirs in small letters.
    private static let names: [String: String] = {
        var names: [String: String] = [:]
        func add(_ schema: [Int: MexcProtobuf.Entry]) {
            for entry in schema.values {
                names[entry.name.lowercased()] = entry.name
                switch entry.kind {
                case .message(let inner): add(inner)
                case .repeated(let inner):
                    names[entry.name.lowercased() + "list"] = entry.name
                    add(inner)
                default: break
                }
            }
        }
        add(MexcProtobuf.wrapper)
        return names
    }()

    /// A push message with the schema's names; anything else as it is.
    static func asInSchema(_ value: JSONValue) -> JSONValue {
        guard case .string(let channel)? = value["channel"], channel.hasPrefix("spot@") else { return value }
        return renamed(value)
    }

    private static func renamed(_ value: JSONValue) -> JSONValue {
        switch value {
        case .array(let items): return .array(items.map(renamed))
        case .object(let members):
            var object = JSONObject()
            for (key, member) in members {
                let name = names[key.lowercased()] ?? key
                object[members[name] == nil ? name : key] = renamed(member)
            }
            return .object(object)
        default: return value
        }
    }
}
