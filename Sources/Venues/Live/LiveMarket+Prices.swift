import JSONText
import TradingModel

/// Prices: streams, the polling that stands in for them, books and funding.
extension LiveMarket {
    /// How often tickers are asked for while streams do not bring them.
    static let pollInterval = Span.seconds(2)
    /// A connection that is not there this long after it was wanted, or says nothing for so long, is no source of prices.
    private static let openingPatience = Span.seconds(3)
    private static let silence = Span.seconds(8)
    /// After so long a silence the connection is made anew.
    private static let dead = Span.seconds(20)
    /// A message that is so much later than the exchange's clock is from a queue somewhere, not from the market.
    private var longestLag: Span { max(clock.wall(settings.staleAfter), .seconds(5)) }

    // MARK: Streams

    mutating func opened(_ connection: Int, _ now: WallTime) {
        guard connections.indices.contains(connection) else { return }
        connections[connection].isOpen = true
        connections[connection].lastMessage = now
        connections[connection].lag = .zero
        // Numbers may begin anew, and what was said in between is lost.
        desk?.restart()
        for position in tracks.indices { tracks[position].bookAskedAt = .distantPast }
    }

    mutating func lost(_ connection: Int, _ reason: String, _ directives: inout [Directive]) {
        guard connections.indices.contains(connection) else { return }
        if connections[connection].isOpen {
            counters.losses += 1
            warn("the connection \(connection + 1) to \(settings.venue) is lost: \(reason)", &directives)
        }
        connections[connection].isOpen = false
    }

    mutating func read(_ bytes: [UInt8], _ connection: Int, _ now: WallTime, _ directives: inout [Directive]) {
        guard connections.indices.contains(connection), desk != nil else { return }
        counters.messages += 1
        outputs.removeAll(keepingCapacity: true)
        let venueTime = clock.time(at: now)
        let latest = venueTime.map { $0 + clock.scaled(.seconds(2)) }
        let fault: JSONError? = bytes.withUnsafeBytes { raw in
            do throws(JSONError) {
                try desk?.read(raw, at: now, venueTime: venueTime, latestCredible: latest, into: &outputs)
                return nil
            } catch {
                return error
            }
        }
        if let fault {
            counters.unreadable += 1
            if counters.unreadable <= 10 || counters.unreadable % 1_000 == 0 {
                warn("a message of \(settings.venue) was not understood: \(fault)", &directives)
            }
            return
        }
        connections[connection].lastMessage = now
        lastSign = now
        if let venueTime, let told = desk?.toldTime {
            connections[connection].lag = clock.wall(max(.zero, venueTime - told))
        }
        let isLate = connections[connection].lag > longestLag
        if isLate { counters.late += 1 }
        for output in outputs { take(output, connection, isLate, bytes, now, &directives) }
    }

    private mutating func take(
        _ output: MarketDesk.Output, _ connection: Int, _ isLate: Bool, _ bytes: [UInt8], _ now: WallTime,
        _ directives: inout [Directive]
    ) {
        switch output {
        case .ticker(let ticker): if !isLate { price(ticker, now, &directives) }
        case .candle(let candle): take(candle, now, &directives)
        case .book(let symbol, let outcome): take(outcome, symbol, connection, now, &directives)
        case .other: hear(bytes, &directives)
        }
    }

    /// Acknowledgements and pongs say nothing; a refusal of a subscription does.
    private mutating func hear(_ bytes: [UInt8], _ directives: inout [Directive]) {
        guard bytes.first == UInt8(ascii: "{"), bytes.count < 4_096, let value = try? JSONValue.parse(bytes),
            let message = try? VenueMessages.parse(value, venue: settings.dialect, kind: .ws)
        else { return }
        let text = String(decoding: bytes.prefix(300), as: UTF8.self)
        guard message.type == "error" || text.contains("Not Subscribed") || text.contains(#""success":false"#) else {
            return
        }
        warn("\(settings.venue) refuses a subscription: \(text)", &directives)
    }

    // MARK: Tickers

    private mutating func price(_ ticker: Ticker, _ now: WallTime, _ directives: inout [Directive]) {
        guard let position = index[ticker.symbol] else { return }
        tracks[position].ticker = ticker
        tracks[position].tickerArrivedAt = now
        tracks[position].isTickerDue = true
        if now - tracks[position].tickerPublishedAt >= settings.conflation { publishTicker(position, now, &directives) }
    }

    private mutating func publishTicker(_ position: Int, _ now: WallTime, _ directives: inout [Directive]) {
        guard let ticker = tracks[position].ticker else { return }
        tracks[position].isTickerDue = false
        tracks[position].tickerPublishedAt = now
        directives.append(.ticker(ticker))
    }

    /// Publishes what has waited for its turn.
    mutating func flush(_ now: WallTime, _ directives: inout [Directive]) {
        for position in tracks.indices {
            if tracks[position].isTickerDue, now - tracks[position].tickerPublishedAt >= settings.conflation {
                publishTicker(position, now, &directives)
            }
            if tracks[position].isBookDue { publishBook(position, now, &directives) }
        }
    }

    // MARK: Polling

    mutating func decidePolling(_ now: WallTime, _ directives: inout [Directive]) {
        guard isListed else { return }
        var trouble: String?
        for number in connections.indices {
            let quiet = now - connections[number].lastMessage
            if !connections[number].isOpen {
                if quiet > LiveMarket.openingPatience { trouble = "connection \(number + 1) is down" }
            } else if quiet > LiveMarket.dead {
                trouble = "connection \(number + 1) is silent"
                connections[number].isOpen = false
                counters.losses += 1
                warn(
                    "nothing has come over connection \(number + 1) to \(settings.venue) for \(quiet): it is made anew",
                    &directives)
                directives.append(.reconnect(connection: number))
            } else if quiet > LiveMarket.silence {
                trouble = "connection \(number + 1) is silent"
            } else if connections[number].lag > longestLag {
                trouble = "connection \(number + 1) is \(connections[number].lag) late"
            }
        }
        if let trouble, !isPolling {
            note("\(settings.venue): \(trouble), prices are asked for every \(LiveMarket.pollInterval)", &directives)
        } else if trouble == nil, isPolling, !settings.isPolled {
            note("\(settings.venue): the streams bring prices again", &directives)
        }
        isPolling = trouble != nil || settings.isPolled
    }

    mutating func poll(_ now: WallTime) {
        guard isListed, now >= pollDueAt else { return }
        pollDueAt = now + LiveMarket.pollInterval
        let listed = tracks.indices.filter { tracks[$0].isListed }
        // A symbol that the streams say nothing of may be quiet, or forgotten: asking tells.
        let due = isPolling ? listed : listed.filter { now - tracks[$0].tickerArrivedAt > LiveMarket.silence }
        if due.count > 3 {
            requests.add(.tickers(nil))
            if settings.dialect != .bybit { requests.add(.prices(nil)) }
        } else {
            for position in due {
                requests.add(.tickers(position))
                if settings.dialect != .bybit { requests.add(.prices(position)) }
            }
        }
    }

    /// Quotes over REST. Those without a time of their own were true in the middle between asking and hearing.
    mutating func take(_ quotes: [StreamQuote], _ flight: RequestQueue.Flight, _ now: WallTime) {
        guard desk != nil else { return }
        let middle = WallTime(micros: (flight.sentAt.micros + now.micros) / 2)
        guard let venueTime = clock.time(at: middle) else { return }
        outputs.removeAll(keepingCapacity: true)
        for quote in quotes where names[quote.venueSymbol] != nil {
            desk?.take(quote, at: now, venueTime: venueTime, into: &outputs)
        }
        for case .ticker(let ticker) in outputs {
            guard let position = index[ticker.symbol] else { continue }
            tracks[position].ticker = ticker
            tracks[position].tickerArrivedAt = now
            tracks[position].isTickerDue = true
        }
    }

    // MARK: Books

    private mutating func take(
        _ outcome: BookKeeper.Outcome, _ symbol: Symbol, _ connection: Int, _ now: WallTime,
        _ directives: inout [Directive]
    ) {
        guard let position = index[symbol] else { return }
        switch outcome {
        case .applied: tracks[position].isBookDue = true
        case .old: break
        case .waiting, .gap, .crossed:
            if outcome != .waiting { counters.booksLost += 1 }
            guard now - tracks[position].bookAskedAt > .seconds(5) else { return }
            tracks[position].bookAskedAt = now
            if settings.dialect == .bybit {
                // The snapshot comes with the subscription.
                if outcome != .waiting { directives.append(.reconnect(connection: connection)) }
            } else {
                requests.add(.book(position))
            }
        }
    }

    mutating func load(_ snapshot: BookUpdate, _ position: Int, _ now: WallTime) {
        switch desk?.load(snapshot, symbol: tracks[position].symbol) {
        case .applied?: tracks[position].isBookDue = true
        // It was older than what waits: the next may fit.
        default: tracks[position].bookAskedAt = now - .seconds(4)
        }
    }

    private mutating func publishBook(_ position: Int, _ now: WallTime, _ directives: inout [Directive]) {
        guard now - tracks[position].bookPublishedAt >= max(settings.conflation, .milliseconds(100)) else { return }
        tracks[position].isBookDue = false
        guard
            var book = desk?.book(tracks[position].symbol)?.book(
                depth: settings.bookDepth, symbol: tracks[position].symbol, venue: settings.venue, receivedTime: now)
        else { return }
        // Spot's snapshots have no time.
        if book.eventTime == .distantPast, let venueTime = clock.time(at: now) { book.eventTime = venueTime }
        tracks[position].bookPublishedAt = now
        directives.append(.book(book))
    }

    // MARK: Funding

    mutating func askFunding(_ now: WallTime) {
        guard isListed, settings.dialect == .binanceUSDM || settings.dialect == .bybit && settings.category == .linear
        else { return }
        for position in tracks.indices
        where tracks[position].isListed && now - tracks[position].fundingAskedAt > .seconds(60) {
            tracks[position].fundingAskedAt = now
            requests.add(.funding(position))
        }
    }

    mutating func take(_ funding: StreamFunding, _ position: Int, _ now: WallTime, _ directives: inout [Directive]) {
        guard funding.venueSymbol == tracks[position].venueSymbol, let rate = funding.rate, let next = funding.nextTime,
            let venueTime = clock.time(at: now)
        else { return }
        var fact = FundingRate()
        fact.symbol = tracks[position].symbol
        fact.venue = settings.venue
        fact.rate = rate
        fact.nextFundingTime = next
        fact.eventTime = venueTime
        fact.receivedTime = now
        tracks[position].funding = fact
        directives.append(.funding(fact))
    }
}
