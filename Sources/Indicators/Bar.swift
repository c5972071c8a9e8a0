import TradingModel

/// A closed candle as indicators see it: the same five figures in `Double`.
///
/// Only validated bars exist: prices are finite and positive, low is the least and high the greatest of the four,
/// volume is finite and not negative.
public struct Bar: Hashable, Sendable {
    public let openTime: MarketTime
    public let open: Double
    public let high: Double
    public let low: Double
    public let close: Double
    /// In units of the base currency.
    public let volume: Double

    /// Refuses figures that no market can have printed.
    public init(
        openTime: MarketTime, open: Double, high: Double, low: Double, close: Double, volume: Double
    ) throws(BarError) {
        // Each comparison is false for NaN, so the negations catch it; infinity is caught by its own bound.
        let isPriced = open > 0 && high > 0 && low > 0 && close > 0 && high < .infinity
        guard isPriced, open < .infinity, low < .infinity, close < .infinity else {
            throw BarError(code: .priceNotPositiveFinite, openTime: openTime)
        }
        guard low <= high else { throw BarError(code: .lowAboveHigh, openTime: openTime) }
        guard low <= open, open <= high, low <= close, close <= high else {
            throw BarError(code: .priceOutsideRange, openTime: openTime)
        }
        guard volume >= 0, volume < .infinity else {
            throw BarError(code: .volumeNegativeOrNotFinite, openTime: openTime)
        }
        self.openTime = openTime
        self.open = open
        self.high = high
        self.low = low
        self.close = close
        self.volume = volume
    }

    /// The crossing from exact decimals: each figure becomes the nearest `Double`.
    public init(_ candle: Candle) throws(BarError) {
        try self.init(
            openTime: candle.openTime, open: candle.open.double, high: candle.high.double, low: candle.low.double,
            close: candle.close.double, volume: candle.volume.double)
    }

    /// `(H + L + C) / 3`, added in that order.
    public var typicalPrice: Double { (high + low + close) / 3 }
    /// `(H + L) / 2`.
    public var medianPrice: Double { (high + low) / 2 }
}

/// Why a bar is refused.
public struct BarError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Code: String, Sendable, CaseIterable {
        case priceNotPositiveFinite = "a price is not a positive finite number"
        case lowAboveHigh = "low is above high"
        case priceOutsideRange = "open or close is outside low...high"
        case volumeNegativeOrNotFinite = "volume is negative or not finite"
        case notAfterPrevious = "it does not open after the bar before it"
    }

    public let code: Code
    public let openTime: MarketTime

    public init(code: Code, openTime: MarketTime) {
        self.code = code
        self.openTime = openTime
    }

    public var description: String { "bar of \(openTime) refused: \(code.rawValue)" }
}

/// The order of one series: admits bars whose open times rise, refuses repeats and steps back.
///
/// A gap is not refused here: who knows the timeframe fills it or starts anew.
public struct BarOrder: Hashable, Sendable {
    public private(set) var count = 0
    public private(set) var lastOpenTime: MarketTime?

    public init() {}

    /// Counts the bar, or refuses it and changes nothing.
    public mutating func admit(_ bar: Bar) throws(BarError) {
        if let lastOpenTime, bar.openTime <= lastOpenTime {
            throw BarError(code: .notAfterPrevious, openTime: bar.openTime)
        }
        lastOpenTime = bar.openTime
        count += 1
    }
}
