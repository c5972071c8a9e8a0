public import TradingModel

/// A request for market data as it goes out, with what it costs.
public struct MarketRequest: Hashable, Sendable, CustomStringConvertible {
    public var host: String
    public var path: String
    /// In the order in which they are sent; values are plain letters, digits and commas, which need no encoding.
    public var query: [Parameter]
    /// By the exchange's own counting.
    public var weight: Int

    public struct Parameter: Hashable, Sendable {
        public var name: String
        public var value: String
    }

    /// The whole address.
    public var url: String {
        let text = query.map { $0.name + "=" + $0.value }.joined(separator: "&")
        return host + path + (text.isEmpty ? "" : "?" + text)
    }

    public var description: String { "GET \(url) (weight \(weight))" }

    private init(_ host: String, _ path: String, _ query: [(String, String?)], weight: Int) {
        self.host = host
        self.path = path
        self.query = query.compactMap { pair in pair.1.map { Parameter(name: pair.0, value: $0) } }
        self.weight = weight
    }
}

/// Which of Bybit's markets is meant; the other dialects have one each.
public enum MarketCategory: String, Hashable, Sendable, CaseIterable {
    case spot, linear
}

extension MarketRequest {
    /// Where an exchange's REST interface is.
    public static func host(_ dialect: VenueDialect) -> String {
        switch dialect {
        case .binance: "https://api.binance.com"
        case .binanceUSDM: "https://fapi.binance.com"
        case .bybit: "https://api.bybit.com"
        case .mexc: "https://api.mexc.com"
        }
    }

    private static func make(
        _ dialect: VenueDialect, _ path: String, _ query: [(String, String?)] = [], weight: Int
    ) -> MarketRequest { MarketRequest(host(dialect), path, query, weight: weight) }

    /// The exchange's clock.
    public static func serverTime(_ dialect: VenueDialect) -> MarketRequest {
        switch dialect {
        case .binance: make(dialect, "/api/v3/time", weight: 1)
        case .binanceUSDM: make(dialect, "/fapi/v1/time", weight: 1)
        case .bybit: make(dialect, "/v5/market/time", weight: 1)
        case .mexc: make(dialect, "/api/v3/time", weight: 1)
        }
    }

    /// Everything that is traded, with its rules. Bybit answers in pages of a thousand: `cursor` is the last page's.
    public static func instruments(
        _ dialect: VenueDialect, category: MarketCategory = .spot, cursor: String? = nil
    ) -> MarketRequest {
        switch dialect {
        case .binance: make(dialect, "/api/v3/exchangeInfo", weight: 20)
        case .binanceUSDM: make(dialect, "/fapi/v1/exchangeInfo", weight: 1)
        case .bybit:
            make(
                dialect, "/v5/market/instruments-info",
                [("category", category.rawValue), ("limit", "1000"), ("cursor", cursor)], weight: 1)
        case .mexc: make(dialect, "/api/v3/exchangeInfo", weight: 10)
        }
    }

    /// Candles that open from `since` (inclusive) to `until` (inclusive), at most `limit`; `nil` where the exchange has no
    /// candles of that length (MEXC has none of three minutes).
    public static func candles(
        _ dialect: VenueDialect, symbol: String, _ timeframe: Timeframe, category: MarketCategory = .spot,
        since: MarketTime? = nil, until: MarketTime? = nil, limit: Int
    ) -> MarketRequest? {
        guard let interval = interval(dialect, timeframe) else { return nil }
        let since = since.map { "\($0.micros / 1_000)" }
        let until = until.map { "\($0.micros / 1_000)" }
        let most = min(max(limit, 1), dialect == .binanceUSDM ? 1_500 : 1_000)
        switch dialect {
        case .binance, .mexc:
            return make(
                dialect, "/api/v3/klines",
                [
                    ("symbol", symbol), ("interval", interval), ("startTime", since), ("endTime", until),
                    ("limit", "\(most)"),
                ], weight: dialect == .binance ? 2 : 1)
        case .binanceUSDM:
            return make(
                dialect, "/fapi/v1/klines",
                [
                    ("symbol", symbol), ("interval", interval), ("startTime", since), ("endTime", until),
                    ("limit", "\(most)"),
                ], weight: most < 100 ? 1 : most < 500 ? 2 : most <= 1_000 ? 5 : 10)
        case .bybit:
            return make(
                dialect, "/v5/market/kline",
                [
                    ("category", category.rawValue), ("symbol", symbol), ("interval", interval), ("start", since),
                    ("end", until), ("limit", "\(most)"),
                ], weight: 1)
        }
    }

    private static func interval(_ dialect: VenueDialect, _ timeframe: Timeframe) -> String? {
        switch dialect {
        case .binance, .binanceUSDM: timeframe.rawValue
        case .bybit: "\(timeframe.span.micros / 60_000_000)"
        case .mexc: timeframe == .threeMinutes ? nil : timeframe == .oneHour ? "60m" : timeframe.rawValue
        }
    }

    /// The order book to at least that depth, as far as the exchange has it.
    public static func book(
        _ dialect: VenueDialect, symbol: String, category: MarketCategory = .spot, depth: Int
    ) -> MarketRequest {
        switch dialect {
        case .binance:
            make(
                dialect, "/api/v3/depth", [("symbol", symbol), ("limit", "\(min(max(depth, 1), 5_000))")],
                weight: depth <= 100 ? 5 : depth <= 500 ? 25 : depth <= 1_000 ? 50 : 250)
        case .binanceUSDM:
            futuresBook(symbol, [5, 10, 20, 50, 100, 500, 1_000].first { $0 >= depth } ?? 1_000)
        case .bybit:
            make(
                dialect, "/v5/market/orderbook",
                [
                    ("category", category.rawValue), ("symbol", symbol),
                    ("limit", "\(min(max(depth, 1), category == .spot ? 200 : 500))"),
                ], weight: 1)
        case .mexc:
            make(
                dialect, "/api/v3/depth", [("symbol", symbol), ("limit", "\(min(max(depth, 1), 5_000))")], weight: 1)
        }
    }

    private static func futuresBook(_ symbol: String, _ depth: Int) -> MarketRequest {
        make(
            .binanceUSDM, "/fapi/v1/depth", [("symbol", symbol), ("limit", "\(depth)")],
            weight: depth <= 50 ? 2 : depth == 100 ? 5 : depth == 500 ? 10 : 20)
    }

    /// Best bid and ask (and the last price, where the exchange has them in one answer) of one symbol, or of all.
    public static func tickers(
        _ dialect: VenueDialect, symbol: String? = nil, category: MarketCategory = .spot
    ) -> MarketRequest {
        switch dialect {
        case .binance:
            make(dialect, "/api/v3/ticker/bookTicker", [("symbol", symbol)], weight: symbol == nil ? 4 : 2)
        case .binanceUSDM:
            make(dialect, "/fapi/v1/ticker/bookTicker", [("symbol", symbol)], weight: symbol == nil ? 5 : 2)
        case .bybit:
            make(dialect, "/v5/market/tickers", [("category", category.rawValue), ("symbol", symbol)], weight: 1)
        case .mexc: make(dialect, "/api/v3/ticker/bookTicker", [("symbol", symbol)], weight: 1)
        }
    }

    /// The last price of one symbol, or of all; `nil` where ``tickers(_:symbol:category:)`` has it.
    public static func prices(_ dialect: VenueDialect, symbol: String? = nil) -> MarketRequest? {
        switch dialect {
        case .binance: make(dialect, "/api/v3/ticker/price", [("symbol", symbol)], weight: symbol == nil ? 4 : 2)
        case .binanceUSDM: make(dialect, "/fapi/v1/ticker/price", [("symbol", symbol)], weight: symbol == nil ? 2 : 1)
        case .mexc: make(dialect, "/api/v3/ticker/price", [("symbol", symbol)], weight: symbol == nil ? 2 : 1)
        case .bybit: nil
        }
    }

    /// Funding rate and mark price of a contract now; `nil` where the dialect trades none.
    public static func funding(_ dialect: VenueDialect, symbol: String) -> MarketRequest? {
        switch dialect {
        case .binanceUSDM: make(dialect, "/fapi/v1/premiumIndex", [("symbol", symbol)], weight: 1)
        case .bybit: tickers(.bybit, symbol: symbol, category: .linear)
        case .binance, .mexc: nil
        }
    }

    /// The last public trades.
    public static func trades(
        _ dialect: VenueDialect, symbol: String, category: MarketCategory = .spot, limit: Int
    ) -> MarketRequest {
        let most = "\(min(max(limit, 1), 1_000))"
        return switch dialect {
        case .binance: make(dialect, "/api/v3/trades", [("symbol", symbol), ("limit", most)], weight: 25)
        case .binanceUSDM: make(dialect, "/fapi/v1/trades", [("symbol", symbol), ("limit", most)], weight: 5)
        case .bybit:
            make(
                dialect, "/v5/market/recent-trade",
                [("category", category.rawValue), ("symbol", symbol), ("limit", most)], weight: 1)
        case .mexc: make(dialect, "/api/v3/trades", [("symbol", symbol), ("limit", most)], weight: 5)
        }
    }
}
