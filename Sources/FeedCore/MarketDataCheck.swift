public import TradingModel

/// What a candle or ticker must satisfy to be taken for data at all.
public enum MarketDataCheck {
    /// Why a source candle is refused; `nil` where it is sound.
    ///
    /// One sentence that names the candle and the value. A zero volume is sound: nobody traded.
    public static func fault(of candle: Candle) -> String? {
        // The common case first: this runs for every candle.
        if candle.low.isPositive, candle.low <= candle.open, candle.open <= candle.high, candle.low <= candle.close,
            candle.close <= candle.high, !candle.volume.isNegative, candle.openTime.micros >= 0,
            candle.openTime.micros % candle.timeframe.span.micros == 0
        {
            return nil
        }
        let name = "the \(candle.timeframe) candle of \(candle.symbol) at \(candle.openTime)"
        for (label, price) in [
            ("open", candle.open), ("high", candle.high), ("low", candle.low), ("close", candle.close),
        ] where !price.isPositive {
            return "\(name) is refused: its \(label) is \(price), and a price is above zero"
        }
        if candle.low > candle.high {
            return "\(name) is refused: its low \(candle.low) is above its high \(candle.high)"
        }
        if candle.open < candle.low || candle.open > candle.high {
            return "\(name) is refused: its open \(candle.open) lies outside \(candle.low)...\(candle.high)"
        }
        if candle.close < candle.low || candle.close > candle.high {
            return "\(name) is refused: its close \(candle.close) lies outside \(candle.low)...\(candle.high)"
        }
        if candle.volume.isNegative {
            return "\(name) is refused: its volume is \(candle.volume), and a volume is not below zero"
        }
        if candle.openTime.micros < 0 { return "\(name) is refused: it opens before 1970" }
        return "\(name) is refused: it does not open at a multiple of \(candle.timeframe)"
    }

    /// Why a ticker is refused; `nil` where it is sound.
    public static func fault(of ticker: Ticker) -> String? {
        // The common case first: this runs for every ticker.
        if ticker.bid.isPositive, ticker.bid <= ticker.ask, ticker.last.isPositive, !ticker.bidQuantity.isNegative,
            !ticker.askQuantity.isNegative
        {
            return nil
        }
        let name = "the ticker of \(ticker.symbol) at \(ticker.eventTime)"
        for (label, price) in [("bid", ticker.bid), ("ask", ticker.ask), ("last", ticker.last)] where !price.isPositive
        {
            return "\(name) is refused: its \(label) is \(price), and a price is above zero"
        }
        if ticker.bid > ticker.ask { return "\(name) is refused: its bid \(ticker.bid) is above its ask \(ticker.ask)" }
        return "\(name) is refused: a quantity is below zero (bid \(ticker.bidQuantity), ask \(ticker.askQuantity))"
    }
}
