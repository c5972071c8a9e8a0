public import TradingModel

/// The tickers a played candle is turned into: open, the two extremes, close, all inside the candle.
///
/// The open is quoted 1 ms after the candle opens (so that it is later than a decision made at the close before and an
/// order decided there fills at this open), the extremes after one and two thirds, the close 1 ms before the candle
/// closes. The candle itself is delivered at its close, after them. The true path inside a candle is unknown.
public struct IntrabarTickers: Hashable, Sendable {
    /// Which extreme comes first.
    public enum Path: String, Sendable, CaseIterable {
        case highFirst, lowFirst
        /// The one nearer to the open; the high of equals.
        case nearestFirst
    }

    public var path: Path

    public init(path: Path) { self.path = path }

    /// How long before or after the candle's ends the outer two are.
    public static let margin = Span.milliseconds(1)

    /// Appends four tickers in order of time.
    ///
    /// `last` is the candle's price. Bid and ask enclose it one tick apart, `last` being the ask where the price rose
    /// to it and the bid where it fell (the bid at the open). The quantities are each a quarter of the candle's
    /// volume, which is what did trade at such a point, but at least ten of the smallest orders: what really was on
    /// offer is unknown.
    public func append(_ candle: Candle, instrument: Instrument, into events: inout [MarketEvent]) {
        let length = candle.timeframe.span.micros
        let isHighFirst: Bool
        switch path {
        case .highFirst: isHighFirst = true
        case .lowFirst: isHighFirst = false
        case .nearestFirst: isHighFirst = candle.high - candle.open <= candle.open - candle.low
        }
        let quantity = quotedQuantity(candle, instrument)
        let points = [
            (Self.margin.micros, candle.open), (length / 3, isHighFirst ? candle.high : candle.low),
            (length / 3 * 2, isHighFirst ? candle.low : candle.high), (length - Self.margin.micros, candle.close),
        ]
        var previous = candle.open
        for (offset, price) in points {
            let isAsk = price > previous
            // A price of a single tick has no room for a bid below it.
            let bid = isAsk && price > instrument.tickSize ? price - instrument.tickSize : price
            events.append(
                .ticker(
                    Ticker(
                        symbol: candle.symbol, venue: candle.venue, bid: bid, bidQuantity: quantity,
                        ask: bid + instrument.tickSize,
                        askQuantity: quantity, last: price, eventTime: candle.openTime + Span(micros: offset),
                        receivedTime: .distantPast)))
            previous = price
        }
    }

    private func quotedQuantity(_ candle: Candle, _ instrument: Instrument) -> Quantity {
        let quarter = Quantity(raw: candle.volume.raw / 4).rounded(toMultipleOf: instrument.lotSize, .down)
        let smallest = instrument.minNotional.times(10).quantity(at: candle.open, .up) ?? instrument.lotSize
        return max(quarter, smallest.rounded(toMultipleOf: instrument.lotSize, .up), instrument.lotSize)
    }
}
