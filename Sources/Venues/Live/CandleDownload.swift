import JSONText
public import TradingModel

/// Fetches the closed candles of one series between two moments, page by page; a pure value.
public struct CandleDownload: Sendable {
    public let dialect: VenueDialect
    public let category: MarketCategory
    public let venueSymbol: String
    public let timeframe: Timeframe
    /// The first open time that is wanted, and the first that is not.
    public let since: MarketTime
    public let until: MarketTime
    /// The open time from which on candles are still to come.
    public private(set) var next: MarketTime

    /// - Parameter until: no later than the exchange's clock, rounded down: a candle that forms is none.
    public init?(
        _ dialect: VenueDialect, category: MarketCategory, venueSymbol: String, timeframe: Timeframe, since: MarketTime,
        until: MarketTime
    ) {
        guard MarketRequest.candles(dialect, symbol: venueSymbol, timeframe, limit: 1) != nil else { return nil }
        self.dialect = dialect
        self.category = category
        self.venueSymbol = venueSymbol
        self.timeframe = timeframe
        let first = timeframe.openTime(containing: since)
        self.since = first < since ? first + timeframe.span : first
        self.until = timeframe.openTime(containing: until)
        next = self.since
    }

    private static let page = 1_000

    /// The request for the next page; `nil` where all is there.
    ///
    /// Binance answers the first candles from a moment on, whenever they were; the others what lies between two moments.
    public var request: MarketRequest? {
        guard next < until else { return nil }
        let end = next + timeframe.span * Int64(CandleDownload.page - 1)
        let isOpenEnded = dialect == .binance || dialect == .binanceUSDM
        return .candles(
            dialect, symbol: venueSymbol, timeframe, category: category, since: next, until: isOpenEnded ? nil : end,
            limit: CandleDownload.page)
    }

    /// 0...1.
    public var progress: Double {
        guard until > since else { return 1 }
        return Double((next - since).micros) / Double((until - since).micros)
    }

    /// Takes a page and returns the new candles in it, ascending.
    public mutating func take(_ rows: [StreamCandle], symbol: Symbol, venue: VenueID) -> [Candle] {
        var candles: [Candle] = []
        let begin = next
        for row in rows where row.openTime >= next && row.openTime < until {
            guard row.openTime.micros % timeframe.span.micros == 0 else { continue }
            candles.append(
                Candle(
                    symbol: symbol, venue: venue, timeframe: timeframe, openTime: row.openTime, open: row.open,
                    high: row.high, low: row.low, close: row.close, volume: row.volume, isBackfill: true))
            next = row.openTime + timeframe.span
        }
        if dialect == .binance || dialect == .binanceUSDM {
            // Nothing from here on, or only what is not wanted any more.
            if candles.isEmpty { next = until }
        } else if candles.isEmpty || rows.count < CandleDownload.page {
            // Between the two moments there is no more than that.
            let end = min(until, begin + timeframe.span * Int64(CandleDownload.page))
            next = max(next, end)
        }
        return candles
    }
}
