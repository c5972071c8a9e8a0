public import TradingModel

extension FeedCore {
    /// A fact that arrived.
    public enum Event: Hashable, Sendable {
        /// Closed candles of one or more series from the store or made as history, any order; nothing is published
        /// for them.
        case restored([Candle])
        /// Best bid and ask with the last trade, as the source gives it.
        case ticker(Ticker)
        /// A candle of the source's own timeframe that the source has closed.
        case candle(Candle)
        /// The source has delivered every event up to and including this market time.
        case timeReached(MarketTime)
        /// In lock-step: the step ends here. `isLast`: the source has nothing after it.
        case stepEnded(step: Int, at: MarketTime, isLast: Bool)
        /// The source has no more data.
        case sourceFinished
        /// Wall time has passed.
        case timer
    }

    /// What the shell must do, in order.
    public enum Directive: Hashable, Sendable {
        /// Keep a candle in the store; the same key again replaces it.
        case persist(Candle)
        case publishTicker(Ticker)
        case publishCandle(Candle)
        case publishStaleness(Staleness)
        case publishClock(MarketClock)
        /// Say something to a person.
        case report(Report)
    }

    /// Something worth a line in the log.
    public struct Report: Hashable, Sendable {
        public enum Kind: String, Sendable { case refused, conflicting, gap, stale, recovered }
        public var kind: Kind
        public var symbol: Symbol
        /// One sentence.
        public var sentence: String
    }

    /// What came in and what became of it.
    public struct Counters: Hashable, Sendable {
        public var tickers = 0
        /// Not newer than the last of the symbol.
        public var tickersNotNewer = 0
        public var tickersRefused = 0
        /// Source candles newer than all before.
        public var candles = 0
        public var candlesDuplicate = 0
        /// Known already with other content.
        public var candlesConflicting = 0
        /// Filled a hole behind newer ones.
        public var candlesLate = 0
        public var candlesTooOld = 0
        public var candlesRefused = 0
        public var gaps = 0
        /// Source candles inside the gaps.
        public var candlesMissing = 0
        /// Of symbols this feed does not watch.
        public var unknownSymbols = 0
        public init() {}
    }

    /// One watched symbol.
    public struct Watch: Hashable, Sendable {
        public var symbol: Symbol
        public var venue: VenueID
        /// The length of the candles its source delivers.
        public var sourceTimeframe: Timeframe
        public init(symbol: Symbol, venue: VenueID, sourceTimeframe: Timeframe) {
            self.symbol = symbol
            self.venue = venue
            self.sourceTimeframe = sourceTimeframe
        }
    }

    public struct Settings: Hashable, Sendable {
        public var watches: [Watch]
        /// Closed candles kept for each symbol and timeframe.
        public var lookBack = 1_000
        /// Wall time without an event after which a symbol is stale; `nil` where wall time means nothing (lock-step).
        public var staleAfter: Span?
        /// Market seconds per wall second; `nil` where the source runs as fast as it can.
        public var rate: Double?
        /// The clock is published this often at least, by wall time, and with every new minute of market time.
        public var clockInterval: Span = .milliseconds(200)
        public init(watches: [Watch]) { self.watches = watches }
    }
}
