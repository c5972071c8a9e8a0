import JSONText
import TradingModel

/// What is asked over REST, and what its answers mean.
extension LiveMarket {
    /// Sends what may be sent, the most urgent first, as far as the rate budget goes.
    mutating func sendRequests(_ now: WallTime, _ directives: inout [Directive]) {
        while let purpose = requests.next(at: now) {
            guard let request = request(for: purpose, now) else {
                requests.drop(purpose)
                continue
            }
            // Look-backs leave a reserve to what keeps prices fresh.
            let isUrgent = purpose.rank <= RequestQueue.Purpose.missing(0).rank
            guard budget.request(weight: request.weight, isUrgent ? .exit : .marketData, at: now) == .go else { return }
            counters.requests += 1
            let id = requests.depart(purpose, request, at: now)
            let path = request.url.dropFirst(request.host.count)
            directives.append(.send(request: id, request, url: settings.restURL + path))
        }
    }

    private func request(for purpose: RequestQueue.Purpose, _ now: WallTime) -> MarketRequest? {
        let dialect = settings.dialect
        let category = settings.category
        switch purpose {
        case .time: return .serverTime(dialect)
        case .instruments(let cursor): return .instruments(dialect, category: category, cursor: cursor)
        case .tickers(let track):
            return .tickers(dialect, symbol: track.map { tracks[$0].venueSymbol }, category: category)
        case .prices(let track): return .prices(dialect, symbol: track.map { tracks[$0].venueSymbol })
        case .funding(let track):
            return category == .spot && dialect != .binanceUSDM
                ? nil : .funding(dialect, symbol: tracks[track].venueSymbol)
        case .book(let track):
            return .book(
                dialect, symbol: tracks[track].venueSymbol, category: category, depth: max(100, settings.bookDepth))
        case .missing(let track):
            guard let next = tracks[track].nextOpen else { return nil }
            return .candles(
                dialect, symbol: tracks[track].venueSymbol, .oneMinute, category: category, since: next,
                until: next + Timeframe.oneMinute.span * 499, limit: 500)
        case .check(let track, let timeframe):
            guard let open = tracks[track].sums[timeframe]?.whole?.openTime else { return nil }
            return .candles(
                dialect, symbol: tracks[track].venueSymbol, timeframe, category: category, since: open,
                until: open + timeframe.span - .milliseconds(1), limit: 1)
        case .lookBack(let track, let timeframe): return lookBackRequest(track, timeframe, now)
        }
    }

    // MARK: Answers

    mutating func failed(_ id: Int, _ reason: String, _ now: WallTime, _ directives: inout [Directive]) {
        guard let flight = requests.fail(id, at: now) else { return }
        counters.failures += 1
        if counters.failures <= 10 || counters.failures % 100 == 0 {
            warn("\(settings.venue) gave no answer to \(flight.request.path): \(reason)", &directives)
        }
    }

    mutating func answered(
        _ id: Int, _ status: Int, _ body: [UInt8], _ retryAfter: Span?, _ used: Int?, _ now: WallTime,
        _ directives: inout [Directive]
    ) {
        guard let flight = requests.flights[id] else { return }
        if let used { budget.observe(used: used, name: "address", span: .minutes(1), at: now) }
        do throws(JSONError) {
            let answer = try MarketAnswer.read(body, status: status, to: flight.request, settings.dialect)
            if case .refused(let error) = answer {
                return refused(id, error, status, retryAfter, now, &directives)
            }
            budget.observe(status: status, retryAfter: retryAfter, error: nil, at: now)
            lastSign = now
            try take(answer, flight, body, now, &directives)
            _ = requests.arrive(id)
            follow(flight.purpose)
        } catch {
            failed(id, error.description, now, &directives)
        }
    }

    private mutating func refused(
        _ id: Int, _ error: VenueError, _ status: Int, _ retryAfter: Span?, _ now: WallTime,
        _ directives: inout [Directive]
    ) {
        budget.observe(status: status, retryAfter: retryAfter ?? error.retryAfter, error: error, at: now)
        switch error.category {
        case .rateLimited: counters.rateRefusals += 1
        case .banned: counters.bans += 1
        default: break
        }
        failed(id, error.description, now, &directives)
    }

    private mutating func take(
        _ answer: MarketAnswer, _ flight: RequestQueue.Flight, _ body: [UInt8], _ now: WallTime,
        _ directives: inout [Directive]
    ) throws(JSONError) {
        switch (answer, flight.purpose) {
        case (.time(let time), _): take(time, flight, now, &directives)
        case (.instruments(let message, let next), _):
            try instruments.add(message, venue: settings.venue)
            if next == nil { listed(now, &directives) } else { pageToAsk = next }
        case (.candles(let rows), .missing(let track)): filled(track, rows, now, &directives)
        case (.candles(let rows), .lookBack(let track, let timeframe)):
            loaded(track, timeframe, rows, now, &directives)
        case (.candles(let rows), .check(let track, let timeframe)): compare(track, timeframe, rows, &directives)
        case (.quotes(let quotes), .funding(let track)):
            // Bybit's tickers carry the funding rate too.
            for funding in try MarketAnswer.fundings(body, settings.dialect, to: flight.request) {
                take(funding, track, now, &directives)
            }
            take(quotes, flight, now)
        case (.quotes(let quotes), _): take(quotes, flight, now)
        case (.funding(let fundings), .funding(let track)):
            for funding in fundings { take(funding, track, now, &directives) }
        case (.book(let update), .book(let track)): load(update, track, now)
        default: throw JSONError(.wrongType, "an answer came to another question than was asked")
        }
    }

    /// What is to be asked next because of an answer.
    private mutating func follow(_ purpose: RequestQueue.Purpose) {
        if let page = pageToAsk {
            pageToAsk = nil
            requests.add(.instruments(cursor: page))
        }
        if case .lookBack(let track, let timeframe) = purpose, tracks[track].loading.contains(timeframe) {
            requests.add(purpose)
        }
    }

    private mutating func take(
        _ time: MarketTime, _ flight: RequestQueue.Flight, _ now: WallTime, _ directives: inout [Directive]
    ) {
        clockAnswers += 1
        switch clock.take(time, asked: flight.sentAt, heard: now) {
        case .taken: break
        case .doubted: clockDueAt = now + .milliseconds(500)
        case .jumped(let span): warn("the clock of \(settings.venue) has jumped by \(span)", &directives)
        }
    }

    // MARK: Instruments

    private mutating func listed(_ now: WallTime, _ directives: inout [Directive]) {
        var rules: [Instrument] = []
        let isFirst = !isListed
        isListed = true
        listedAgainAt = now
        for position in tracks.indices {
            guard let entry = instruments.entry(for: tracks[position].symbol), entry.isTrading else {
                if isFirst { warn("\(settings.venue) does not trade \(tracks[position].symbol)", &directives) }
                continue
            }
            rules.append(entry.instrument)
            guard isFirst else { continue }
            tracks[position].isListed = true
            tracks[position].venueSymbol = entry.venueSymbol
            names[entry.venueSymbol] = position
        }
        directives.append(.instruments(rules))
        guard isFirst else { return }
        desk = MarketDesk(
            settings.dialect, venue: settings.venue,
            symbols: tracks.filter(\.isListed).map { ($0.venueSymbol, $0.symbol) })
        beginLookBacks()
        if !settings.isPolled { connect(now, &directives) }
    }

    private mutating func connect(_ now: WallTime, _ directives: inout [Directive]) {
        var topics: [StreamPlan.Topic] = [.bestBidAsk, .trades, .candles(.oneMinute)]
        if settings.bookDepth > 0 { topics.append(.book) }
        let plans = StreamPlan.plans(
            settings.dialect, category: settings.category, symbols: tracks.filter(\.isListed).map(\.venueSymbol),
            topics: topics, base: settings.streamURL)
        for (number, plan) in plans.enumerated() {
            connections.append(Connection(plan: plan, lastMessage: now))
            directives.append(.connect(connection: number, plan))
        }
    }

    func warn(_ sentence: String, _ directives: inout [Directive]) {
        directives.append(.report(Report(level: .warning, sentence: sentence)))
    }
    func note(_ sentence: String, _ directives: inout [Directive]) {
        directives.append(.report(Report(level: .notice, sentence: sentence)))
    }
}
