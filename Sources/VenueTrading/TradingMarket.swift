public import TradingModel

/// A market with a trading API of its own.
public enum TradingMarket: String, Sendable, CaseIterable {
    case binanceSpot = "binance-spot"
    case binanceUSDM = "binance-usdm"
    case bybitSpot = "bybit-spot"
    case bybitLinear = "bybit-linear"
    case mexcSpot = "mexc-spot"
    /// MEXC's perpetual contracts: requests can be built, Quartet does not trade there.
    case mexcContract = "mexc-contract"

    public var venue: Exchange {
        switch self {
        case .binanceSpot, .binanceUSDM: .binance
        case .bybitSpot, .bybitLinear: .bybit
        case .mexcSpot, .mexcContract: .mexc
        }
    }

    public var isSpot: Bool { self == .binanceSpot || self == .bybitSpot || self == .mexcSpot }

    /// How a person calls it, in sentences.
    public var title: String {
        switch self {
        case .binanceSpot: "Binance spot"
        case .binanceUSDM: "Binance USDⓈ-M"
        case .bybitSpot: "Bybit spot"
        case .bybitLinear: "Bybit linear"
        case .mexcSpot: "MEXC spot"
        case .mexcContract: "MEXC contract"
        }
    }

    /// Where requests go, without a slash at the end.
    public func address(isTestnet: Bool) -> String? {
        switch self {
        case .binanceSpot: isTestnet ? "https://testnet.binance.vision" : "https://api.binance.com"
        case .binanceUSDM: isTestnet ? "https://demo-fapi.binance.com" : "https://fapi.binance.com"
        case .bybitSpot, .bybitLinear: isTestnet ? "https://api-testnet.bybit.com" : "https://api.bybit.com"
        case .mexcSpot, .mexcContract: isTestnet ? nil : "https://api.mexc.com"
        }
    }

    /// The longest client order id it takes.
    ///
    /// Binance spot `^[a-zA-Z0-9-_]{1,36}$`, USDⓈ-M `^[\.A-Z\:/a-z0-9_-]{1,36}$`, Bybit 36, MEXC 32.
    public var longestClientOrderID: Int { venue == .mexc ? 32 : 36 }

    /// Whether a client order id is legal here.
    public func accepts(clientOrderID id: String) -> Bool {
        guard (1...longestClientOrderID).contains(id.utf8.count) else { return false }
        return id.utf8.allSatisfy { byte in
            switch byte {
            case 48...57, 65...90, 97...122, UInt8(ascii: "-"), UInt8(ascii: "_"): true
            case UInt8(ascii: "."), UInt8(ascii: ":"), UInt8(ascii: "/"): self == .binanceUSDM
            default: false
            }
        }
    }

    /// The market that a venue's name and a symbol mean: `binance` with `BTC/USDT:USDT` is ``binanceUSDM``.
    ///
    /// `nil` for a name that is not known.
    public init?(venue name: String, symbol: MarketSymbol?) {
        let isDerivative = symbol?.isDerivative ?? false
        switch name.lowercased().replacing("_", with: "-") {
        case "binance": self = isDerivative ? .binanceUSDM : .binanceSpot
        case "bybit": self = isDerivative ? .bybitLinear : .bybitSpot
        case "mexc": self = isDerivative ? .mexcContract : .mexcSpot
        case "binance-spot": self = .binanceSpot
        case "binance-usdm", "binance-usd-m", "binance-futures", "binanceusdm", "binance-linear": self = .binanceUSDM
        case "bybit-spot": self = .bybitSpot
        case "bybit-linear": self = .bybitLinear
        case "mexc-spot": self = .mexcSpot
        case "mexc-contract", "mexc-futures", "mexc-swap", "mexc-linear": self = .mexcContract
        default: return nil
        }
    }
}

/// A company with keys, signatures and error codes of its own.
public enum Exchange: String, Sendable, CaseIterable {
    case binance, bybit, mexc
}

/// A symbol as it was given: the project's `BTC/USDT`, `BTC/USDT:USDT`, or an exchange's own `BTCUSDT`, `BTC_USDT`.
public struct MarketSymbol: Hashable, Sendable, CustomStringConvertible {
    public let text: String

    /// `nil` where it is empty, longer than 48 characters, or has a space or a control character in it.
    public init?(_ text: String) {
        let isLegal = text.unicodeScalars.allSatisfy { $0.value > 32 && $0.value != 127 }
        guard !text.isEmpty, text.count <= 48, isLegal else { return nil }
        self.text = text
    }

    public init(_ symbol: Symbol) { text = symbol.name }

    /// A derivative by its name: what it is settled in follows a colon.
    public var isDerivative: Bool { text.contains(":") }
    public var quoteCurrency: String? {
        text.contains("/") ? String(text.drop { $0 != "/" }.dropFirst().prefix { $0 != ":" }) : nil
    }
    /// What a derivative is settled in.
    public var settleCurrency: String? {
        isDerivative ? String(text.drop { $0 != ":" }.dropFirst().prefix { $0 != "-" }) : nil
    }

    /// The exchange's own spelling.
    public func spelling(at market: TradingMarket) -> String {
        guard text.contains("/") else { return text }
        let pair = text.prefix { $0 != ":" }.split(separator: "/", maxSplits: 1)
        return pair.joined(separator: market == .mexcContract ? "_" : "")
    }

    public var description: String { text }
}
