public import TradingModel

/// Rules for an instrument of which only prices and volumes are known.
public enum InferredInstrument {
    /// The tick is the catalogue's where all prices seen lie on it, else the smallest decimal place seen; the lot
    /// likewise from the volumes. Leverage and smallest order are the catalogue's, else 20 and 5 units of a
    /// dollar-like quote currency (0.0001 where that is BTC, 0.001 where it is ETH).
    public static func make(_ symbol: Symbol, venue: VenueID, priceStep: Price, volumeStep: Quantity?) -> Instrument {
        let known = InstrumentCatalog.instrument(symbol, venue: venue)
        var tickSize = priceStep
        if let known, priceStep.isMultiple(of: known.tickSize) { tickSize = known.tickSize }
        let lotSize = known?.lotSize ?? volumeStep ?? Quantity(raw: Quantity.scale / 1_000)
        let minNotional: Money
        switch symbol.quoteCurrency.prefix(while: { $0 != ":" }) {
        case "BTC": minNotional = Money(raw: Money.scale / 10_000)
        case "ETH": minNotional = Money(raw: Money.scale / 1_000)
        default: minNotional = known?.minNotional ?? Money(5)
        }
        return InstrumentCatalog.instrument(
            symbol, venue: venue, tickSize: tickSize, lotSize: lotSize, minNotional: minNotional,
            maxLeverage: known?.maxLeverage ?? 20)
    }
}
