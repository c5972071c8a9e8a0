import TradingModel

/// What feed has said, as far as risk needs it.
struct MarketView: Sendable {
    private(set) var session = ""
    /// The run of feed whose clock ``time`` is.
    private var clockSession = ""
    private(set) var instruments: [Symbol: Instrument] = [:]
    private(set) var tickers: [Symbol: Ticker] = [:]
    private var arrivals: [Symbol: WallTime] = [:]
    private(set) var fundings: [Symbol: FundingRate] = [:]
    /// Facts were lost and the snapshot that makes up for them has not come.
    private(set) var isLost = false
    private(set) var staleness: [Symbol: String] = [:]
    /// The latest moment any message spoke of.
    private(set) var time: MarketTime = .distantPast

    mutating func loseTrack() { isLost = true }

    mutating func take(_ funding: FundingRate) {
        if let known = fundings[funding.symbol], funding.eventTime < known.eventTime { return }
        fundings[funding.symbol] = funding
    }

    /// The rate that holds at a moment: one that is older than a day says nothing.
    func funding(of symbol: Symbol, at time: MarketTime) -> FundingRate? {
        fundings[symbol].flatMap { time - $0.eventTime <= .hours(24) ? $0 : nil }
    }

    /// From here on evidence of another run is not accepted.
    mutating func take(session: String) {
        if session != self.session { staleness = [:] }
        self.session = session
    }

    /// Takes in a snapshot but its tickers, which are handled one by one. Returns whether market time went back: a feed
    /// that plays something else, whose prices must not be held against the old clock.
    mutating func take(_ view: FeedView) -> Bool {
        let hasGoneBack =
            view.session != clockSession && view.clock.marketTime > .distantPast && view.clock.marketTime < time
        if hasGoneBack {
            time = view.clock.marketTime
            tickers = [:]
            arrivals = [:]
            fundings = [:]
        }
        isLost = false
        take(session: view.session)
        clockSession = view.session
        for instrument in view.instruments { instruments[instrument.symbol] = instrument }
        advance(to: view.clock.marketTime)
        return hasGoneBack
    }

    /// Takes in a ticker; `false` where it is no price or older than the last one.
    mutating func take(_ ticker: Ticker, at now: WallTime) -> Bool {
        guard ticker.last.isPositive else { return false }
        if let last = tickers[ticker.symbol], ticker.eventTime < last.eventTime { return false }
        tickers[ticker.symbol] = ticker
        arrivals[ticker.symbol] = now
        advance(to: ticker.eventTime)
        return true
    }

    mutating func take(_ news: Staleness) {
        staleness[news.symbol] = news.isStale ? (news.reason.isEmpty ? "stale" : "\"\(news.reason)\"") : nil
    }

    mutating func advance(to time: MarketTime) { self.time = max(self.time, time) }

    /// Wall time since the last price of a symbol arrived.
    func silence(of symbol: Symbol, at now: WallTime) -> Span? { arrivals[symbol].map { now - $0 } }
    func tickSize(of symbol: Symbol) -> Price { instruments[symbol]?.tickSize ?? .zero }
}
