public import TradingModel

/// The trading rules of well-known instruments, for venues that stand in for an exchange.
///
/// Steps, smallest orders and leverage follow the filters of Binance USDⓈ-M (`GET /fapi/v1/exchangeInfo`) as of 2025;
/// SHIB and PEPE, which trade there in thousands, follow Binance spot. Fees are those of the paper venue: maker 0.02
/// %, taker 0.06 %.
public enum InstrumentCatalog {
    private struct Rules {
        let base: String
        let tickSize: String
        let lotSize: String
        let minNotional: Int
        let maxLeverage: Int
    }

    private static let known: [Rules] = [
        Rules(base: "BTC", tickSize: "0.1", lotSize: "0.001", minNotional: 100, maxLeverage: 125),
        Rules(base: "ETH", tickSize: "0.01", lotSize: "0.001", minNotional: 20, maxLeverage: 125),
        Rules(base: "SOL", tickSize: "0.01", lotSize: "0.01", minNotional: 5, maxLeverage: 100),
        Rules(base: "XRP", tickSize: "0.0001", lotSize: "0.1", minNotional: 5, maxLeverage: 75),
        Rules(base: "DOGE", tickSize: "0.00001", lotSize: "1", minNotional: 5, maxLeverage: 75),
        Rules(base: "BNB", tickSize: "0.01", lotSize: "0.01", minNotional: 5, maxLeverage: 75),
        Rules(base: "ADA", tickSize: "0.0001", lotSize: "1", minNotional: 5, maxLeverage: 75),
        Rules(base: "AVAX", tickSize: "0.001", lotSize: "1", minNotional: 5, maxLeverage: 75),
        Rules(base: "LINK", tickSize: "0.001", lotSize: "0.01", minNotional: 20, maxLeverage: 75),
        Rules(base: "LTC", tickSize: "0.01", lotSize: "0.001", minNotional: 20, maxLeverage: 75),
        Rules(base: "DOT", tickSize: "0.001", lotSize: "0.1", minNotional: 5, maxLeverage: 75),
        Rules(base: "XLM", tickSize: "0.00001", lotSize: "1", minNotional: 5, maxLeverage: 50),
        Rules(base: "ZEC", tickSize: "0.01", lotSize: "0.001", minNotional: 5, maxLeverage: 50),
        Rules(base: "WIF", tickSize: "0.0001", lotSize: "0.1", minNotional: 5, maxLeverage: 50),
        Rules(base: "1000SHIB", tickSize: "0.000001", lotSize: "1", minNotional: 5, maxLeverage: 75),
        Rules(base: "1000PEPE", tickSize: "0.0000001", lotSize: "1", minNotional: 5, maxLeverage: 75),
        Rules(base: "SHIB", tickSize: "0.00000001", lotSize: "1", minNotional: 5, maxLeverage: 20),
        Rules(base: "PEPE", tickSize: "0.00000001", lotSize: "1", minNotional: 5, maxLeverage: 20),
    ]

    /// The rules of a symbol quoted in a dollar stablecoin, spot or derivative; `nil` where the catalogue does not
    /// know it.
    public static func instrument(_ symbol: Symbol, venue: VenueID) -> Instrument? {
        guard ["USDT", "USDC", "FDUSD", "BUSD", "USD"].contains(quote(symbol)),
            let rules = known.first(where: { $0.base == symbol.baseCurrency }),
            let tickSize = Price(rules.tickSize), let lotSize = Quantity(rules.lotSize)
        else { return nil }
        return instrument(
            symbol, venue: venue, tickSize: tickSize, lotSize: lotSize, minNotional: Money(rules.minNotional),
            maxLeverage: rules.maxLeverage)
    }

    /// An instrument with given steps and the catalogue's fees; the smallest quantity is one lot.
    public static func instrument(
        _ symbol: Symbol, venue: VenueID, tickSize: Price, lotSize: Quantity, minNotional: Money, maxLeverage: Int
    ) -> Instrument {
        precondition(tickSize.isPositive && lotSize.isPositive, "Invariant: the steps of an instrument are positive")
        var instrument = Instrument()
        instrument.symbol = symbol
        instrument.venue = venue
        instrument.tickSize = tickSize
        instrument.lotSize = lotSize
        instrument.minQuantity = lotSize
        // A million of the smallest lots, and never less than a million units; but of coins that trade in whole
        // units a million may be ten dollars' worth.
        let lots = lotSize < Quantity(1) ? 1_000_000 : 10_000_000_000
        instrument.maxQuantity = max(lotSize.times(lots), Quantity(1_000_000).rounded(toMultipleOf: lotSize, .up))
        instrument.minNotional = minNotional
        instrument.maxLeverage = maxLeverage
        instrument.makerFee = Ratio(raw: Ratio.scale / 5_000)
        instrument.takerFee = Ratio(raw: Ratio.scale * 3 / 5_000)
        return instrument
    }

    private static func quote(_ symbol: Symbol) -> String { String(symbol.quoteCurrency.prefix { $0 != ":" }) }
}
