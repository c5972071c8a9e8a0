public import TradingModel

/// What the first rows of a candle file tell about it.
public struct CandleFileSurvey: Hashable, Sendable {
    public var timeframe: Timeframe
    public var firstOpenTime: MarketTime
    /// The smallest steps that all prices and volumes seen are multiples of, as powers of ten.
    public var priceStep: Price
    public var volumeStep: Quantity?
    public var lastClose: Price

    /// Rows looked at.
    public static let depth = 1_000

    /// Reads the first rows. Refused are files without rows and files whose rows are not a known timeframe apart.
    public init(path: String, symbol: Symbol) throws(CandleFileError) {
        // The length of the rows is not known yet; nothing here depends on it.
        let file = try CandleFile(path: path, symbol: symbol, timeframe: .oneMinute)
        guard let first = try file.next() else {
            throw CandleFileError(.unusable, "\(path) has no candles: name a file with rows below its header")
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
            throw CandleFileError(
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
public struct PowerOfTenStep: Hashable, Sendable {
    /// At most one whole unit.
    public private(set) var step: Int128 = 1_000_000_000_000

    public init() {}

    /// Takes in a raw value.
    public mutating func include(_ raw: Int128) {
        while raw % step != 0 { step /= 10 }
    }
}
