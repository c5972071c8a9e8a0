public import TradingModel

/// What a condition of the invalidation language measures on closed candles.
public struct Measure: Hashable, Sendable, CustomStringConvertible {
    /// The words of the language, in the spelling in which they are printed.
    public enum Name: String, CaseIterable, Sendable {
        case close, open, high, low, volume
        case sma = "SMA"
        case ema = "EMA"
        case rsi = "RSI"
        case adx = "ADX"
        case plusDI = "PLUS_DI"
        case minusDI = "MINUS_DI"
        case atr = "ATR"
        case cci = "CCI"
        case mfi = "MFI"
        case roc = "ROC"
        case williamsR = "WILLIAMS_R"
        case funding

        /// Upper and lower case are the same word.
        init?(word: String) {
            let folded = word.uppercased()
            guard let found = Self.allCases.first(where: { $0.rawValue.uppercased() == folded }) else { return nil }
            self = found
        }
    }

    /// What may be compared with what: a price with a price, an index with a number.
    enum Kind: String {
        case price = "a price"
        case distance = "a distance of prices"
        case volume = "a volume"
        case index = "an index"
        case rate = "a rate"
    }

    public let name: Name
    /// Candles it is taken over; 1 for what a single candle shows.
    public let period: Int
    /// Absent for the funding rate, which has none.
    public let timeframe: Timeframe?

    /// `RSI(14) 15m`, `close 1h`, `funding`.
    public var description: String {
        let parameter = name.takesPeriod ? "(\(period))" : ""
        return name.rawValue + parameter + (timeframe.map { " \($0)" } ?? "")
    }
}

extension Measure.Name {
    var takesPeriod: Bool { defaultPeriod != nil }

    /// The period that is meant where none is written.
    var defaultPeriod: Int? {
        switch self {
        case .close, .open, .high, .low, .volume, .funding: nil
        case .sma, .ema, .cci: 20
        case .rsi, .adx, .plusDI, .minusDI, .atr, .mfi, .williamsR: 14
        case .roc: 12
        }
    }

    var kind: Measure.Kind {
        switch self {
        case .close, .open, .high, .low, .sma, .ema: .price
        case .atr: .distance
        case .volume: .volume
        case .rsi, .adx, .plusDI, .minusDI, .mfi, .cci, .roc, .williamsR: .index
        case .funding: .rate
        }
    }

    /// Between which numbers it always is, where that is known: a threshold outside would never or always hold.
    var bounds: ClosedRange<Int>? {
        switch self {
        case .rsi, .adx, .plusDI, .minusDI, .mfi: 0...100
        case .williamsR: -100...0
        default: nil
        }
    }

    /// Whether one candle is enough to know it.
    var isWarmAtOnce: Bool { !takesPeriod && self != .funding }
}
