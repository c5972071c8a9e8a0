import JSONText
public import TradingModel

/// One connection to an exchange's public streams: where it goes, what is subscribed on it, how it is kept alive.
public struct StreamPlan: Hashable, Sendable {
    public var url: String
    /// Sent after every connect, in this order.
    public var subscriptions: [String]
    /// Sent as a text in regular intervals; ping frames where absent.
    public var pingText: String?
    public var pingInterval: Span

    /// What can be subscribed for a symbol.
    public enum Topic: Hashable, Sendable {
        case bestBidAsk
        case trades
        case candles(Timeframe)
        /// Changes of the book.
        case book
    }

    /// The connections that carry all topics of all symbols, within the exchange's limits for one connection and one
    /// message.
    ///
    /// - Parameters:
    ///   - symbols: in the exchange's spelling.
    ///   - base: another address than the exchange's own, as a test or an exchange in a box has.
    public static func plans(
        _ dialect: VenueDialect, category: MarketCategory = .spot, symbols: [String], topics: [Topic],
        base: String? = nil
    ) -> [StreamPlan] {
        let names = symbols.flatMap { symbol in topics.compactMap { name(dialect, category, symbol, $0) } }
        let limits = limits(dialect, category)
        var plans: [StreamPlan] = []
        let routes = routes(base ?? url(dialect, category), unique(names))
        for (url, group) in routes.flatMap({ route in parts(route.names, of: limits.connection).map { (route.url, $0) }
        }) {
            var plan = StreamPlan(url: url, subscriptions: [], pingText: nil, pingInterval: .seconds(15))
            for (index, some) in parts(group, of: limits.message).enumerated() {
                plan.subscriptions.append(subscription(dialect, some, id: index + 1).description)
            }
            switch dialect {
            case .binance, .binanceUSDM: break
            case .bybit: plan.pingText = #"{"op":"ping"}"#
            case .mexc: plan.pingText = #"{"method":"PING"}"#
            }
            plans.append(plan)
        }
        return plans
    }

    /// Binance's contracts have an address of their own for books and one for everything else since April 2026, when the
    /// common one was closed; an exchange in a box has one.
    private static func routes(_ address: String, _ names: [String]) -> [(url: String, names: [String])] {
        let host = "wss://fstream.binance.com"
        guard address == host + "/ws" else { return [(address, names)] }
        let isOfBooks = { (name: String) in name.hasSuffix("@bookTicker") || name.contains("@depth") }
        return [
            (host + "/public/ws", names.filter(isOfBooks)), (host + "/market/ws", names.filter { !isOfBooks($0) }),
        ]
    }

    private static func url(_ dialect: VenueDialect, _ category: MarketCategory) -> String {
        switch dialect {
        case .binance: "wss://stream.binance.com:9443/ws"
        case .binanceUSDM: "wss://fstream.binance.com/ws"
        case .bybit: "wss://stream.bybit.com/v5/public/" + category.rawValue
        case .mexc: "wss://wbs-api.mexc.com/ws"
        }
    }

    /// Binance: 1,024 streams a connection. Bybit: ten topics a message on spot, and 21,000 characters on linear. MEXC:
    /// thirty subscriptions a connection.
    private static func limits(_ dialect: VenueDialect, _ category: MarketCategory) -> (connection: Int, message: Int) {
        switch dialect {
        case .binance, .binanceUSDM: (1_000, 200)
        case .bybit: (category == .spot ? 300 : 500, 10)
        case .mexc: (30, 30)
        }
    }

    private static func name(
        _ dialect: VenueDialect, _ category: MarketCategory, _ symbol: String, _ topic: Topic
    ) -> String? {
        switch dialect {
        case .binance, .binanceUSDM:
            let stream =
                switch topic {
                case .bestBidAsk: "bookTicker"
                case .trades: "aggTrade"
                case .candles(let timeframe): "kline_" + timeframe.rawValue
                case .book: "depth@100ms"
                }
            return symbol.lowercased() + "@" + stream
        case .bybit:
            switch topic {
            // The tickers of spot have neither bid nor ask.
            case .bestBidAsk: return (category == .spot ? "orderbook.1." : "tickers.") + symbol
            case .trades: return "publicTrade." + symbol
            case .candles(let timeframe): return "kline.\(timeframe.span.micros / 60_000_000).\(symbol)"
            case .book: return "orderbook.50." + symbol
            }
        case .mexc:
            switch topic {
            case .bestBidAsk: return "spot@public.aggre.bookTicker.v3.api.pb@100ms@" + symbol
            case .trades: return "spot@public.aggre.deals.v3.api.pb@100ms@" + symbol
            case .candles(let timeframe):
                return mexcInterval(timeframe).map { "spot@public.kline.v3.api.pb@\(symbol)@\($0)" }
            case .book: return "spot@public.aggre.depth.v3.api.pb@100ms@" + symbol
            }
        }
    }

    private static func mexcInterval(_ timeframe: Timeframe) -> String? {
        switch timeframe {
        case .oneMinute: "Min1"
        case .threeMinutes: nil
        case .fiveMinutes: "Min5"
        case .fifteenMinutes: "Min15"
        case .thirtyMinutes: "Min30"
        case .oneHour: "Min60"
        case .fourHours: "Hour4"
        }
    }

    private static func subscription(_ dialect: VenueDialect, _ names: [String], id: Int) -> JSONValue {
        let list = JSONValue.array(names.map { .string($0) })
        switch dialect {
        case .binance, .binanceUSDM: return ["method": "SUBSCRIBE", "params": list, "id": JSONValue(id)]
        case .bybit: return ["op": "subscribe", "args": list]
        case .mexc: return ["method": "SUBSCRIPTION", "params": list]
        }
    }

    private static func unique(_ names: [String]) -> [String] {
        var seen: Set<String> = []
        return names.filter { seen.insert($0).inserted }
    }

    private static func parts(_ names: [String], of size: Int) -> [[String]] {
        stride(from: 0, to: names.count, by: size).map { Array(names[$0..<min($0 + size, names.count)]) }
    }
}
