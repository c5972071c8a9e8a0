public import TradingModel

/// A market of an exchange, as the configuration names it.
public enum VenueName: String, Sendable, CaseIterable, Comparable, SettingChoice {
    case binance
    case binanceUSDM = "binance_usdm"
    case bybit
    case bybitLinear = "bybit_linear"
    case mexc

    /// The venue in facts of ours: candles, tickers, orders.
    public var id: VenueID { VenueID(rawValue) }
    public static func < (a: VenueName, b: VenueName) -> Bool { a.rawValue < b.rawValue }
}

/// Where one market of an exchange is reached, and how its request limits are shared.
public struct VenueSettings: Sendable, Equatable, SettingSection {
    /// The REST interface, without a path.
    public var restURL = ""
    /// The public streams.
    public var wsURL = ""
    /// The streams of an account: orders and fills.
    public var accountWSURL = ""
    /// An HTTP proxy for all connections to it; empty for what the environment says.
    public var proxy = ""
    /// Part of the exchange's request limits that feed may use, in percent; execution has the rest.
    public var feedSharePct = 50

    public init() {}
    init(rest: String, ws: String, account: String) {
        (restURL, wsURL, accountWSURL) = (rest, ws, account)
    }

    mutating func visit<V: SettingVisitor>(_ visitor: inout V) {
        visitor.setting("rest_url", &restURL, .address("https", "http"), "Its REST interface.")
        visitor.setting("ws_url", &wsURL, .address("wss", "ws"), "Its public streams.")
        visitor.setting(
            "account_ws_url", &accountWSURL, .address("wss", "ws"), "Its streams of orders and fills of an account.")
        visitor.setting(
            "proxy", &proxy, .proxy,
            "HTTP proxy for all connections to it, such as http://proxy:3128; empty for what https_proxy and no_proxy say."
        )
        visitor.setting(
            "feed_share_pct", &feedSharePct, .from(10, to: 90),
            "Percent of its limits of requests that feed may use; execution has the rest, so that neither starves the other."
        )
    }
}

/// All markets of exchanges that can be used, at their real addresses.
public struct VenuesSettings: Sendable, Equatable, SettingSection {
    public var binance = VenueSettings(
        rest: "https://api.binance.com", ws: "wss://stream.binance.com:9443/ws",
        account: "wss://ws-api.binance.com:443/ws-api/v3")
    public var binanceUSDM = VenueSettings(
        rest: "https://fapi.binance.com", ws: "wss://fstream.binance.com/ws",
        account: "wss://fstream.binance.com/private/ws")
    public var bybit = VenueSettings(
        rest: "https://api.bybit.com", ws: "wss://stream.bybit.com/v5/public/spot",
        account: "wss://stream.bybit.com/v5/private")
    public var bybitLinear = VenueSettings(
        rest: "https://api.bybit.com", ws: "wss://stream.bybit.com/v5/public/linear",
        account: "wss://stream.bybit.com/v5/private")
    public var mexc = VenueSettings(
        rest: "https://api.mexc.com", ws: "wss://wbs-api.mexc.com/ws", account: "wss://wbs-api.mexc.com/ws")

    public init() {}

    public subscript(_ name: VenueName) -> VenueSettings {
        switch name {
        case .binance: binance
        case .binanceUSDM: binanceUSDM
        case .bybit: bybit
        case .bybitLinear: bybitLinear
        case .mexc: mexc
        }
    }

    mutating func visit<V: SettingVisitor>(_ visitor: inout V) {
        visitor.section("binance", &binance, "Binance spot.")
        visitor.section("binance_usdm", &binanceUSDM, "Binance USDⓈ-M futures.")
        visitor.section("bybit", &bybit, "Bybit v5 spot.")
        visitor.section("bybit_linear", &bybitLinear, "Bybit v5 linear contracts.")
        visitor.section("mexc", &mexc, "MEXC spot.")
    }
}

extension SettingRange where Value == String {
    /// An address of the secure scheme, or of the plain one on this machine: a key never travels in clear text.
    static func address(_ secure: String, _ plain: String) -> SettingRange {
        SettingRange("that begins with \(secure):// (\(plain):// on this machine only) and does not end with /") {
            text in
            guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }), !text.hasSuffix("/") else { return false }
            if let host = host(text, after: secure) { return !host.isEmpty && !text.contains("@") }
            guard let host = host(text, after: plain) else { return false }
            return host == "localhost" || host == "[::1]" || host.hasPrefix("127.")
        }
    }

    /// Empty, or the address of a proxy.
    static var proxy: SettingRange {
        SettingRange("such as http://proxy:3128, or empty") { text in
            text.isEmpty
                || text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f }
                    && ["http", "https", "socks5", "socks5h"].contains { host(text, after: $0)?.isEmpty == false }
        }
    }

    private static func host(_ text: String, after scheme: String) -> Substring? {
        guard text.hasPrefix(scheme + "://") else { return nil }
        let rest = text.dropFirst(scheme.count + 3)
        if rest.hasPrefix("[") { return rest.prefix { $0 != "]" } + "]" }
        return rest.prefix { $0 != "/" && $0 != ":" && $0 != "?" && $0 != "#" }
    }
}
