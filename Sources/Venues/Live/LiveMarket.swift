public import TradingModel

/// One exchange's market data as it happens: what to connect to and to ask for next, and the facts that come of it.
///
/// A pure value: connections and requests are directives, what they bring are events, time is an argument. Candles of a
/// symbol come out in order and without holes as long as the exchange has what is missing: one that comes too early waits
/// until REST has brought those before it. While a connection is down, or says nothing, tickers are asked for every two
/// seconds and candles as they close; the streams take over again by themselves.
public struct LiveMarket: Sendable {
    public struct Settings: Hashable, Sendable {
        public var dialect: VenueDialect
        public var category: MarketCategory
        public var venue: VenueID
        /// Ours; each must be watched at this venue once.
        public var symbols: [Symbol]
        public var restURL: String
        public var streamURL: String
        /// REST alone.
        public var isPolled = false
        /// Market seconds in a second at the exchange.
        public var speed: Double = 1
        /// Candles of each timeframe that are wanted.
        public var lookBack = 1_000
        /// Percent of the exchange's request limits that may be used.
        public var sharePercent = 50
        /// At most one ticker of a symbol in this time, the newest.
        public var conflation = Span.milliseconds(100)
        /// Levels of the order books; 0 for none.
        public var bookDepth = 0
        /// A message of a time longer ago than this, by the exchange's clock, is no news.
        public var staleAfter = Span.seconds(30)
        /// The newest candle of each series that is known already.
        public var known: [Symbol: [Timeframe: MarketTime]] = [:]

        public init(
            _ dialect: VenueDialect, category: MarketCategory = .spot, venue: VenueID, symbols: [Symbol],
            restURL: String, streamURL: String
        ) {
            self.dialect = dialect
            self.category = category
            self.venue = venue
            self.symbols = symbols
            self.restURL = restURL
            self.streamURL = streamURL
        }
    }

    public enum Event: Sendable {
        /// The connection is there and its subscriptions are sent.
        case opened(connection: Int)
        case message(connection: Int, [UInt8])
        /// The connection is gone; it is tried again without being told.
        case lost(connection: Int, String)
        /// An answer, whatever its status; the span is what `Retry-After` says, the number the exchange's own count of
        /// the weight used in this minute.
        case answered(request: Int, status: Int, body: [UInt8], retryAfter: Span?, usedWeight: Int?)
        /// No answer; one sentence.
        case failed(request: Int, String)
        /// Time has passed; to be told ten times a second.
        case timer
    }

    public enum Directive: Sendable {
        case connect(connection: Int, StreamPlan)
        /// Give the connection up and make a new one.
        case reconnect(connection: Int)
        case send(request: Int, MarketRequest, url: String)
        /// Rules of the symbols, complete; they replace what was known.
        case instruments([Instrument])
        case ticker(Ticker)
        /// Closed, of the shortest timeframe, in order of time for each symbol.
        case candle(Candle)
        /// Candles of one series from before the first ``candle(_:)``, or between two runs.
        case history([Candle])
        case book(OrderBook)
        case funding(FundingRate)
        case report(Report)
    }

    public struct Report: Hashable, Sendable {
        public enum Level: Sendable { case notice, warning }
        public var level: Level
        /// One sentence.
        public var sentence: String
    }

    /// What came in and went out.
    public struct Counters: Hashable, Sendable {
        public var messages = 0
        public var unreadable = 0
        public var requests = 0
        /// Requests that brought no answer, or a refusal.
        public var failures = 0
        /// Refusals for too many requests, and bans.
        public var rateRefusals = 0
        public var bans = 0
        public var losses = 0
        /// Candles that came by REST because the stream did not bring them.
        public var candlesFilled = 0
        /// Messages that were too old to be news.
        public var late = 0
        /// Closed candles of the exchange's own that differ from those made of its shortest ones, and how many were compared.
        public var candlesDiffering = 0
        public var candlesCompared = 0
        public var booksLost = 0
    }

    /// One connection.
    struct Connection: Sendable {
        let plan: StreamPlan
        var isOpen = false
        var lastMessage: WallTime
        /// How far the last message that told a time was behind the exchange's clock.
        var lag = Span.zero
    }

    /// One symbol.
    struct Track: Sendable {
        let symbol: Symbol
        var venueSymbol = ""
        var isListed = false
        /// The open time of the next candle to come out; `nil` until the look-back is there.
        var nextOpen: MarketTime?
        /// Candles that came too early, ascending.
        var held: [Candle] = []
        var heldSince: WallTime?
        var gapAskedAt = WallTime.distantPast
        /// Series whose look-back is still to come, and what of it is here.
        var loading: Set<Timeframe> = []
        var loads: [Timeframe: Load] = [:]
        /// What the shortest candles come to in each longer timeframe.
        var sums: [Timeframe: Sum] = [:]
        var ticker: Ticker?
        var isTickerDue = false
        var tickerPublishedAt = WallTime.distantPast
        /// When the last news of the price arrived, by stream or REST.
        var tickerArrivedAt = WallTime.distantPast
        var funding: FundingRate?
        var fundingAskedAt = WallTime.distantPast
        var bookAskedAt = WallTime.distantPast
        var isBookDue = false
        var bookPublishedAt = WallTime.distantPast
    }

    public let settings: Settings
    public internal(set) var counters = Counters()
    var clock: VenueClock
    var budget: RateBudget
    var desk: MarketDesk?
    var instruments = InstrumentList()
    var connections: [Connection] = []
    var tracks: [Track]
    var index: [Symbol: Int] = [:]
    var names: [String: Int] = [:]
    var requests = RequestQueue()
    var isListed = false
    let startedAt: WallTime
    /// When the clock is to be asked for next.
    var clockDueAt: WallTime
    var clockAnswers = 0
    var pollDueAt: WallTime
    var isPolling = false
    /// When an answer or a message last came.
    var lastSign: WallTime
    var listedAgainAt: WallTime
    var outputs: [MarketDesk.Output] = []
    /// The page of the list of instruments that comes next.
    var pageToAsk: String?

    public init(_ settings: Settings, startedAt: WallTime) {
        self.settings = settings
        self.startedAt = startedAt
        clock = VenueClock(speed: settings.speed)
        budget = .share(settings.dialect, percent: settings.sharePercent)
        tracks = settings.symbols.map { Track(symbol: $0) }
        (clockDueAt, pollDueAt, lastSign) = (startedAt, startedAt, startedAt)
        listedAgainAt = startedAt
        for (position, symbol) in settings.symbols.enumerated() {
            precondition(index[symbol] == nil, "Invariant: a symbol is watched once")
            index[symbol] = position
        }
    }

    /// Takes one fact and appends what follows from it, in order.
    public mutating func handle(_ event: Event, at now: WallTime, into directives: inout [Directive]) {
        switch event {
        case .opened(let connection): opened(connection, now)
        case .message(let connection, let bytes): read(bytes, connection, now, &directives)
        case .lost(let connection, let reason): lost(connection, reason, &directives)
        case .answered(let id, let status, let body, let retryAfter, let used):
            answered(id, status, body, retryAfter, used, now, &directives)
        case .failed(let id, let reason): failed(id, reason, now, &directives)
        case .timer: timer(now, &directives)
        }
    }

    // MARK: How things stand

    /// The exchange's time; `nil` before it was ever heard.
    public func venueTime(at now: WallTime) -> MarketTime? { clock.time(at: now) }

    /// How far the exchange's clock is ahead of ours.
    public func clockOffset(at now: WallTime) -> Span? { clock.offset(at: now) }

    /// The look-back of every symbol that is listed is there, or the exchange does not answer.
    public var isReady: Bool {
        isListed && tracks.allSatisfy { !$0.isListed || $0.nextOpen != nil && $0.loading.isEmpty }
    }

    /// Symbols that the exchange does not list, once its list is known.
    public var unlisted: [Symbol] { isListed ? tracks.filter { !$0.isListed }.map(\.symbol) : [] }

    /// How the exchange is reached, in words.
    public func state(at now: WallTime) -> String {
        if let until = budget.blocked(at: now) { return "blocked until \(until)" }
        if !isListed { return "connecting" }
        if isDown(at: now) { return "down" }
        return isPolling ? "polling" : "streaming"
    }

    /// Nothing has come from the exchange for so long that it must not hold up others.
    public func isDown(at now: WallTime) -> Bool { now - lastSign > LiveMarket.patience }

    /// Silence after which an exchange counts as gone.
    static let patience = Span.seconds(10)
    /// How far behind the exchange's clock market time runs, in our time: what is later may still be on its way.
    static let lag = Span.milliseconds(500)
    /// How long market time waits for a candle that is due, in our time.
    static let grace = Span.seconds(5)

    /// Up to which market time everything of this exchange is out; `nil` where that is not known, or it is down.
    ///
    /// Behind the exchange's clock by a little, and never past the end of a minute whose candles are not all out, but for
    /// those that are long overdue. All candles of a minute being out means that it is over.
    public func marketTime(at now: WallTime) -> MarketTime? {
        guard !isDown(at: now), let venueTime = clock.time(at: now) else { return nil }
        var time = venueTime - clock.scaled(LiveMarket.lag)
        let grace = clock.scaled(LiveMarket.grace)
        var slowest: MarketTime?
        for track in tracks where track.isListed {
            guard let next = track.nextOpen else { continue }
            let close = next + Timeframe.oneMinute.span
            // Overdue: the others go on without it.
            if venueTime - close > grace { continue }
            time = min(time, MarketTime(micros: close.micros - 1))
            slowest = min(slowest ?? next, next)
        }
        if let slowest, slowest <= venueTime { time = max(time, slowest) }
        return time
    }

    // MARK: Time

    private mutating func timer(_ now: WallTime, _ directives: inout [Directive]) {
        askClock(now)
        if !isListed || now - listedAgainAt > .hours(1) {
            requests.add(.instruments(cursor: nil))
            if isListed { listedAgainAt = now }
        }
        decidePolling(now, &directives)
        poll(now)
        lookForMissing(now, &directives)
        askFunding(now)
        flush(now, &directives)
        sendRequests(now, &directives)
    }

    private mutating func askClock(_ now: WallTime) {
        guard now >= clockDueAt else { return }
        requests.add(.time)
        // The first answers are slow, since connections are made for them: the quickest of three counts.
        clockDueAt = now + (clockAnswers < 3 ? .seconds(1) : clock.speed > 1 ? .seconds(10) : .seconds(60))
    }
}
