import TradingModel

/// What the agent sees of its markets, kept up with every fact.
struct MarketView: Sendable {
    private struct One: Sendable {
        var panels: [Timeframe: MarketPanel] = [:]
        var price: Price?
        var funding: Ratio?
        var book: BookBrief?
        /// Closes of the last day, one an hour, with their close times.
        var hours: [(MarketTime, Price)] = []
        var evidence: [Timeframe: Evidence] = [:]
    }

    private var markets: [Symbol: One] = [:]
    /// The newest moment any fact told.
    private(set) var time: MarketTime = .distantPast

    init(symbols: [Symbol]) {
        for symbol in symbols {
            var one = One()
            for timeframe in Timeframe.allCases { one.panels[timeframe] = MarketPanel(timeframe: timeframe) }
            markets[symbol] = one
        }
    }

    mutating func take(_ candle: Candle, session: String, sequence: Int) {
        guard markets[candle.symbol]?.panels[candle.timeframe]?.take(candle) == true else { return }
        time = max(time, candle.closeTime)
        if candle.timeframe == .oneMinute || markets[candle.symbol]?.price == nil {
            markets[candle.symbol]?.price = candle.close
        }
        if candle.timeframe == .oneHour {
            markets[candle.symbol]?.hours.append((candle.closeTime, candle.close))
            if let count = markets[candle.symbol]?.hours.count, count > 25 {
                markets[candle.symbol]?.hours.removeFirst()
            }
        }
        var evidence = Evidence()
        evidence.topic = "candle.\(candle.symbol).\(candle.timeframe)"
        evidence.session = session
        evidence.sequence = sequence
        evidence.eventTime = candle.closeTime
        evidence.gaps = candle.missing > 0 ? 1 : 0
        markets[candle.symbol]?.evidence[candle.timeframe] = evidence
    }

    mutating func take(_ ticker: Ticker) {
        time = max(time, ticker.eventTime)
        markets[ticker.symbol]?.price = ticker.last
    }
    mutating func take(_ rate: FundingRate) { markets[rate.symbol]?.funding = rate.rate }
    mutating func take(_ book: OrderBook) { markets[book.symbol]?.book = BookBrief(book) }

    func lastPrice(_ symbol: Symbol) -> Price? { markets[symbol]?.price }

    /// `nil` before anything is known of the market.
    func brief(_ symbol: Symbol) -> MarketBrief? {
        guard let one = markets[symbol], let price = one.price else { return nil }
        let known = Timeframe.allCases.compactMap { one.panels[$0] }.filter { $0.last != nil }
        guard !known.isEmpty else { return nil }
        var change: Ratio?
        if let (newest, _) = one.hours.last, let old = one.hours.first(where: { newest - $0.0 == .hours(24) })?.1,
            old.isPositive
        {
            change = price.change(from: old, .halfEven)
        }
        return MarketBrief(
            symbol: symbol, lastPrice: price, change24h: change, timeframes: known.map(\.brief), funding: one.funding,
            book: one.book)
    }

    /// The newest closed candle of each timeframe up to 15m that is at most 5 minutes old, with its age at `time`: what an answer
    /// is judged by has to be fresh still when the answer comes.
    func evidence(_ symbol: Symbol, at time: MarketTime) -> [Evidence] {
        guard let one = markets[symbol] else { return [] }
        return [Timeframe.oneMinute, .fiveMinutes, .fifteenMinutes].compactMap { timeframe in
            guard var evidence = one.evidence[timeframe], evidence.eventTime <= time,
                time - evidence.eventTime <= .minutes(5)
            else { return nil }
            evidence.age = time - evidence.eventTime
            return evidence
        }
    }
}
