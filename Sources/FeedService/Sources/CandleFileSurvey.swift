import TradingModel
import Venues

/// What the first rows of a candle file tell about it.
struct CandleFileSurvey: Hashable, Sendable {
    var timeframe: Timeframe
    var firstOpenTime: MarketTime
    /// The smallest steps that all prices and volumes seen are multiples of, as powers of ten.
    var priceStep: Price
    var volumeStep: Quantity?
    var lastClose: Price

    /// Rows looked at.
    static let depth = 1_000

    /// Reads the first rows. Refused are files without rows and files whose rows are not a known timeframe apart.
    init(path: String, symbol: Symbol) throws(SourceError) {
        // The length of the rows is not known yet; nothing here depends on it.
        let file = try CandleFile(path: path, symbol: symbol, timeframe: .oneMinute)
        guard let first = try file.next() else {
            throw SourceError(.unusable, "\(path) has no candles: name a file with rows below its header")
        }
        var smallest = Int64.max
        var steps = (price: PowerOfTenStep(), volume: PowerOfTenStep())
        var (candle, rows) = (first, 1)
        var isTraded = false
        while true {
            for price in [candle.open, candle.high, candle.low, candle.close] { steps.price.include(price.raw) }
            steps.volume.include(candle.volume.raw)
            isTraded = isTraded || candle.volume.isPositive
            guard rows < Self.depth, let next = try file.next() else { break }
            let step = (next.openTime - candle.openTime).micros
            if step > 0 { smallest = min(smallest, step) }
            (candle, rows) = (next, rows + 1)
        }
        guard
            let timeframe = Timeframe.allCases.first(where: { $0.span.micros == smallest })
                ?? (rows == 1 ? .oneMinute : nil)
        else {
            let known = Timeframe.allCases.map(\.rawValue).joined(separator: ", ")
            throw SourceError(
                .unusable,
                "\(path) has rows \(Span(micros: smallest)) apart at the least, but candles are \(known) long")
        }
        self.timeframe = timeframe
        firstOpenTime = first.openTime
        priceStep = Price(raw: steps.price.step)
        volumeStep = isTraded ? Quantity(raw: steps.volume.step) : nil
        lastClose = candle.close
    }
}

/// The largest power of ten that divides all raw values seen.
struct PowerOfTenStep: Hashable, Sendable {
    /// At most one whole unit.
    private(set) var step: Int128 = 1_000_000_000_000

    mutating func include(_ raw: Int128) {
        while raw % step != 0 { step /= 10 }
    }
}

/// Rules for an instrument of which only prices and volumes are known.
enum InferredInstrument {
    /// The tick is the catalogue's where all prices seen lie on it, else the smallest decimal place seen; the lot
    /// likewise from the volumes. Leverage and smallest order are the catalogue's, else 20 and 5 units of a
    /// dollar-like quote currency (0.0001 where that is BTC, 0.001 where it is ETH).
    static func make(_ symbol: Symbol, venue: VenueID, priceStep: Price, volumeStep: Quantity?) -> Instrument {
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
