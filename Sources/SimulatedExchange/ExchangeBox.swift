public import TradingModel

/// An exchange in a box: it speaks Binance's REST and WebSocket dialect for spot and USDⓈ-M over real order books.
///
/// Pure: both clocks are arguments, what happens comes in as events, what is to be done goes out as directives. The same
/// settings and the same events at the same times are the same exchange, to the last digit.
public struct ExchangeBox: Sendable {
    public let settings: BoxSettings
    var source: PriceSource
    var listings: [Listing] = []
    /// By market, then by the exchange's spelling.
    var places: [[String: Int]] = [[:], [:]]
    let house: HouseQuotes

    /// The clocks of the event being handled.
    var now: BoxTime
    /// What the administrator has moved the market on by, and what its clock is off by.
    var marketShift = Span.zero
    var clockError = Span.zero
    /// The next full minute of the market, in milliseconds.
    var boundary: Int64
    var nextFunding: Int64
    /// Funding rates that were paid, by listing.
    var paidFunding: [Int: [FundingPayment]] = [:]

    var orders = OrderStore()
    var spot: SpotAccount
    var futures: FuturesAccount
    var keys: [BoxKey]

    var connections: [ConnectionID: StreamConnection] = [:]
    var globalStreams: [[StreamTopic]] = [[], []]
    var listenKeys: [ListenKey] = []
    var listenKeyCount = 0
    var faults: FaultBox
    var limiter: RateLimiter
    var algos: [AlgoOrder] = []
    var postponed: [Postponed] = []
    /// What goes wrong with the order being handled.
    var tradingFaults: [Fault] = []
    /// The account as it is still shown, where balances lag.
    var lag: AccountLag?
    /// The key of the request being handled.
    var requestKey = ""
    var counters = BoxCounters()
    var prints: [MarketPrint] = []
    var out: [BoxDirective] = []

    /// The exchange at its start. `settings.fault` is `nil`.
    public init(_ settings: BoxSettings) {
        precondition(settings.fault == nil, "Invariant: the settings of a simulated exchange are sound")
        self.settings = settings
        source = PriceSource(settings)
        house = HouseQuotes(seed: settings.seed)
        let start = Timeframe.oneMinute.openTime(containing: settings.start)
        now = BoxTime(market: start, wall: .distantPast)
        boundary = start.micros / 1_000 + 60_000
        nextFunding = (start.micros / 1_000 / FundingPayment.interval + 1) * FundingPayment.interval
        spot = SpotAccount(settings.spotBalances)
        futures = FuturesAccount(settings.futuresBalances)
        keys = settings.keys
        faults = FaultBox(seed: settings.seed)
        limiter = RateLimiter(settings)
        if !settings.faults.isEmpty { _ = try? faults.add(text: settings.faults) }
        for market in BoxMarket.allCases {
            for (place, symbol) in source.symbols.enumerated() {
                let listing = Listing(
                    index: listings.count, market: market, symbol: symbol, instrument: source.instruments[place],
                    source: place, start: start)
                places[market.rawValue][listing.venueSymbol] = listing.index
                listings.append(listing)
            }
        }
        // The first prices are there before the first request.
        advance(to: source.nextTime ?? start)
        out = []
    }

    /// What happens, and what is to be done about it.
    public mutating func handle(_ event: BoxEvent, at time: BoxTime, into directives: inout [BoxDirective]) {
        now = BoxTime(market: max(now.market, time.market + marketShift), wall: max(now.wall, time.wall))
        out.removeAll(keepingCapacity: true)
        advance(to: now.market)
        runPostponed()
        expireListenKeys()
        switch event {
        case .tick: break
        case .request(let request): answer(request)
        case .opened(let id, let path, let query): openStream(id, path: path, query: query)
        case .text(let id, let text): readStream(id, text)
        case .closed(let id): closeStream(id)
        }
        directives += out
    }

    /// When something happens next by the market's clock.
    public var nextTime: MarketTime {
        let minute = MarketTime(micros: boundary * 1_000)
        return min(minute, source.nextTime ?? minute)
    }

    /// The market's clock as the exchange tells it, in milliseconds.
    var clock: Int64 { (now.market + clockError).micros / 1_000 }

    // MARK: The market goes on

    mutating func advance(to time: MarketTime) {
        while true {
            let minute = MarketTime(micros: boundary * 1_000)
            let next = source.nextTime
            if minute <= time, next.map({ minute <= $0 }) ?? true {
                // Trades of this moment belong to the next minute.
                closeMinute()
                continue
            }
            guard let next, next <= time else { break }
            let kept = now.market
            now.market = next
            prints.removeAll(keepingCapacity: true)
            source.appendNext(to: &prints)
            for print in prints {
                for market in BoxMarket.allCases {
                    move(listings.count / 2 * market.rawValue + print.source, print)
                }
            }
            if !prints.isEmpty { publishGlobals() }
            now.market = max(kept, next)
        }
        now.market = max(now.market, time)
    }

    /// New prices of one listing: quotes, then the trades they bring.
    private mutating func move(_ index: Int, _ print: MarketPrint) {
        listings[index].quote = print
        listings[index].updateID = max(listings[index].updateID + 1, print.time.micros / 1_000)
        let isWatched = listings[index].isWatched
        if isWatched {
            requote(index)
        } else if listings[index].isBookCurrent {
            listings[index].isBookCurrent = false
        }
        let isBuyerMaker = print.last <= print.bid
        if print.lots > 0, isWatched { printTrade(index, print, isBuyerMaker) }
        record(index, ticks: print.last, lots: print.lots, isBuyerMaker: isBuyerMaker)
        checkTriggers(index)
        if listings[index].market == .usdm { checkLiquidation(index) }
        publishPrices(index)
    }

    /// A public trade: into the candles, the list of trades and the stream.
    ///
    /// `isNumbered` says that a fill of the account has given it its number already.
    mutating func record(_ index: Int, ticks: Int64, lots: Int64, isBuyerMaker: Bool, isNumbered: Bool = false) {
        listings[index].board.add(ticks, lots: lots, isBuyerMaker: isBuyerMaker, at: now.market)
        listings[index].lastTicks = ticks
        guard lots > 0 else { return }
        listings[index].lastLots = lots
        if !isNumbered { listings[index].tradeID += 1 }
        let trade = RecentTrades.Trade(
            id: listings[index].tradeID, ticks: ticks, lots: lots, time: now.market, isBuyerMaker: isBuyerMaker)
        listings[index].trades.add(trade)
        publishTrade(index, trade)
    }

    /// Brings the book to the source's prices; orders of the account they cross are filled.
    mutating func requote(_ index: Int) {
        let print = listings[index].quote
        let bids = house.levels(.buy, print, listings[index])
        let asks = house.levels(.sell, print, listings[index])
        if !listings[index].isBookCurrent {
            listings[index].isBookCurrent = true
        }
        // What the house no longer offers goes first, or old and new prices would cross.
        listings[index].book.setHouse(
            .buy, bids.filter { level in listings[index].book.lots(.buy, at: level.ticks) > 0 })
        listings[index].book.setHouse(
            .sell, asks.filter { level in listings[index].book.lots(.sell, at: level.ticks) > 0 })
        let restingBids = trade(index, .buy, bids)
        let restingAsks = trade(index, .sell, asks)
        listings[index].book.setHouse(.buy, restingBids)
        listings[index].book.setHouse(.sell, restingAsks)
    }

    /// The house's levels of one side trade with the account's orders they cross; what is left of them may rest.
    private mutating func trade(
        _ index: Int, _ side: OrderSide, _ levels: [(ticks: Int64, lots: Int64)]
    ) -> [(ticks: Int64, lots: Int64)] {
        guard listings[index].openOrders > 0 else { return levels }
        var resting: [(ticks: Int64, lots: Int64)] = []
        for level in levels {
            guard listings[index].book.crosses(side, limit: level.ticks) else {
                resting.append(level)
                continue
            }
            let taken = houseTakes(index, side, limit: level.ticks, lots: level.lots)
            // Orders of the account that are still in the way keep the house's rest out of the book.
            if !listings[index].book.crosses(side, limit: level.ticks), level.lots > taken {
                resting.append((level.ticks, level.lots - taken))
            }
        }
        return resting
    }

    /// Somebody else takes from the book what the account rests there; the lots that traded.
    @discardableResult
    mutating func houseTakes(_ index: Int, _ side: OrderSide, limit: Int64, lots: Int64) -> Int64 {
        var expired: [Int64] = []
        let matches = listings[index].book.take(side, limit: limit, lots: lots, isAccount: false, expired: &expired)
        var taken: Int64 = 0
        for match in matches {
            taken += match.lots
            guard match.maker != Book.house else { continue }
            listings[index].updateID += 1
            fillMaker(index, match)
            record(index, ticks: match.ticks, lots: match.lots, isBuyerMaker: side == .sell, isNumbered: true)
        }
        return taken
    }

    /// A trade of the source at the best price: whoever rests there is served in turn.
    private mutating func printTrade(_ index: Int, _ print: MarketPrint, _ isBuyerMaker: Bool) {
        guard listings[index].openOrders > 0 else { return }
        let side: OrderSide = isBuyerMaker ? .sell : .buy
        guard let best = listings[index].book.best(side.opposite), best.ticks == print.last else { return }
        var expired: [Int64] = []
        let matches = listings[index].book.take(
            side, limit: print.last, lots: print.lots, isAccount: false, expired: &expired)
        for match in matches where match.maker != Book.house { fillMaker(index, match) }
        // The quotes hold: what was taken of them is offered again.
        requote(index)
    }

    private mutating func closeMinute() {
        let end = boundary
        boundary += 60_000
        let kept = now.market
        now.market = max(kept, MarketTime(micros: end * 1_000))
        if end >= nextFunding { payFunding() }
        for index in listings.indices {
            let slots = listings[index].board.close(at: end)
            publishClosed(index, slots, end)
        }
        now.market = max(kept, MarketTime(micros: end * 1_000))
    }

    /// Loads the past of a symbol, once, for both markets.
    mutating func loadHistory(_ index: Int) {
        guard !listings[index].board.hasHistory else { return }
        let series = source.history(of: listings[index].source)
        let half = listings.count / 2
        let first = listings[index].source
        let rows = Timeframe.allCases.map { timeframe in
            (series[timeframe] ?? []).map { BoxCandle($0, listings[first]) }
        }
        listings[first].board.load(rows)
        listings[first + half].board.load(rows)
    }
}

extension BoxCandle {
    /// A candle of the past, of which only prices and volume are known; the rest is estimated from those.
    init(_ candle: Candle, _ listing: Listing) {
        self.init(flat: listing.ticks(candle.open), openTime: candle.openTime.micros / 1_000)
        high = listing.ticks(candle.high)
        low = listing.ticks(candle.low)
        close = listing.ticks(candle.close)
        lots = listing.lots(candle.volume)
        value = Int128((open + high + low + close) / 4) * Int128(lots)
        trades = lots == 0 ? 0 : 1 + Int64(candle.timeframe.span.micros / 1_000_000)
        takerLots = lots / 2
        takerValue = value / 2
    }
}

/// What the exchange has counted.
struct BoxCounters: Sendable {
    var requests = 0
    var refused = 0
    var rateLimited = 0
    var banned = 0
    var messages = 0
    var matches = 0
}

/// One payment of funding.
struct FundingPayment: Sendable {
    /// Milliseconds between two of them.
    static let interval: Int64 = 8 * 3_600_000
    var rate: Ratio
    /// Milliseconds since 1970.
    var time: Int64
    var markTicks: Int64
}
