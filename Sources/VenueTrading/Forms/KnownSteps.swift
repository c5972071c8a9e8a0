/// Price and quantity steps of well-known instruments, for requests that are made without asking the exchange.
///
/// Steps as the exchanges published them in 2025 (`exchangeInfo`, `instruments-info`). They change: where the exchange's
/// own rules are given, those are used.
enum KnownSteps {
    static func steps(_ form: TradingOrderForm) -> TradingSteps? {
        let symbol: MarketSymbol
        switch form.call {
        case .create(let order), .amend(_, let order): symbol = order.symbol
        default: return nil
        }
        guard let base = base(symbol, form.market), let pair = table(form.market)?[base] else { return nil }
        return TradingSteps(price: ExactDecimal(pair.0), quantity: ExactDecimal(pair.1))
    }

    /// What is traded against USDT.
    private static func base(_ symbol: MarketSymbol, _ market: TradingMarket) -> String? {
        let spelling = symbol.spelling(at: market)
        return spelling.hasSuffix("USDT") ? String(spelling.dropLast(4)) : nil
    }

    private static func table(_ market: TradingMarket) -> [String: (String, String)]? {
        switch market {
        case .binanceSpot: binanceSpot
        case .binanceUSDM: binanceUSDM
        case .bybitSpot: bybitSpot
        case .bybitLinear: bybitLinear
        case .mexcSpot, .mexcContract: nil
        }
    }

    private static let binanceSpot = [
        "BTC": ("0.01", "0.00001"), "ETH": ("0.01", "0.0001"), "SOL": ("0.01", "0.001"), "LTC": ("0.01", "0.001"),
        "BNB": ("0.01", "0.001"), "XRP": ("0.0001", "0.1"), "ADA": ("0.0001", "0.1"), "DOGE": ("0.00001", "1"),
    ]
    private static let binanceUSDM = [
        "BTC": ("0.1", "0.001"), "ETH": ("0.01", "0.001"), "SOL": ("0.01", "0.01"), "LTC": ("0.01", "0.001"),
        "BNB": ("0.01", "0.01"), "XRP": ("0.0001", "0.1"), "ADA": ("0.0001", "1"), "DOGE": ("0.00001", "1"),
    ]
    private static let bybitSpot = [
        "BTC": ("0.01", "0.000001"), "ETH": ("0.01", "0.00001"), "LTC": ("0.01", "0.00001"),
    ]
    private static let bybitLinear = [
        "BTC": ("0.1", "0.001"), "ETH": ("0.01", "0.01"), "SOL": ("0.01", "0.1"), "LTC": ("0.01", "0.1"),
        "XRP": ("0.0001", "0.1"), "ADA": ("0.0001", "1"), "DOGE": ("0.00001", "1"),
    ]
}
