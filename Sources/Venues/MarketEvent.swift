public import TradingModel

/// What a source of market data delivers.
public enum MarketEvent: Hashable, Sendable {
    case ticker(Ticker)
    /// Closed; it is known from its close on.
    case candle(Candle)

    /// The moment from which on it is known.
    public var time: MarketTime {
        switch self {
        case .ticker(let ticker): ticker.eventTime
        case .candle(let candle): candle.closeTime
        }
    }

    public var symbol: Symbol {
        switch self {
        case .ticker(let ticker): ticker.symbol
        case .candle(let candle): candle.symbol
        }
    }
}
