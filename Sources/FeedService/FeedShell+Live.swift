import FeedCore
import HTTPTransport
import Logging
import Messaging
import ServiceRuntime
import Storage
import TradingModel
import Venues
import Wire

/// What live mode adds to the shell's state.
struct LiveState {
    var markets: [LiveMarket] = []
    var links: [LiveLinks] = []
    let mailbox: Mailbox
    let source: LiveSource
    /// Steady: a step of this machine's clock does not touch it.
    let startedAt: WallTime
    let startedAtMicros: Int64
    var isServing = false
    var dropped = 0
    /// How each exchange stood when it was last told.
    var told: [String]

    var now: WallTime { startedAt + Span(micros: MonotonicClock.micros - startedAtMicros) }
}

/// Live mode: exchanges speak when they like, and one loop hears all of them in the order in which it came.
extension FeedShell {
    /// How often the markets are told that time has passed.
    private static let tick = Span.milliseconds(50)
    /// A first start waits so long for an exchange before the others' symbols are served without it.
    private static let longestWait = Span.seconds(20)

    func prepareLive(_ source: LiveSource) throws {
        let feed = context.settings.feed
        let mailbox = Mailbox(loop) { [weak self] in self?.assumeIsolated { $0.hearLive() } }
        let state = LiveState(
            mailbox: mailbox, source: source, startedAt: .now, startedAtMicros: MonotonicClock.micros,
            told: source.venues.map { _ in "" })
        live = state
        let known = try restoreLive(source)
        for (number, venue) in source.venues.enumerated() {
            let (dialect, category) = venue.name.dialect
            var settings = LiveMarket.Settings(
                dialect, category: category, venue: venue.name.id, symbols: venue.symbols,
                restURL: venue.settings.restURL, streamURL: venue.settings.wsURL)
            settings.isPolled = feed.transport == .poll
            settings.speed = feed.venueSpeed
            settings.lookBack = feed.lookBack
            settings.sharePercent = venue.settings.feedSharePct
            settings.conflation = .milliseconds(Int64(feed.conflateMillis))
            settings.bookDepth = feed.bookDepth
            settings.staleAfter = .seconds(Int64(feed.staleAfterSeconds))
            settings.known = known
            live?.markets.append(LiveMarket(settings, startedAt: state.now))
            do throws(HTTPError) {
                live?.links.append(try LiveLinks(number, venue.settings, mailbox))
            } catch {
                throw ServiceFailure(.unavailable, "\(error)")
            }
        }
    }

    func beginLive() {
        bus.health.set(.recovering, reason: "waiting for candles of \(source.summary)")
        bus.every(Self.tick) { self.tickLive() }
        tickLive()
    }

    /// Loads what is stored. Returns the newest candle of each series that has no hole behind it.
    private func restoreLive(_ source: LiveSource) throws -> [Symbol: [Timeframe: MarketTime]] {
        for instrument in try store.instruments() { source.rules[instrument.symbol] = instrument }
        var known: [Symbol: [Timeframe: MarketTime]] = [:]
        var count = 0
        for watch in source.watches {
            if source.rules[watch.symbol]?.venue != watch.venue { source.rules[watch.symbol] = nil }
            for timeframe in core.timeframes(of: watch.symbol) {
                let candles = try store.candles(watch.symbol, timeframe, closedBy: MarketTime(micros: .max))
                    .filter { $0.venue == watch.venue }
                guard !candles.isEmpty else { continue }
                count += candles.count
                let ascending = Array(candles.reversed())
                core.handle(.restored(ascending), at: bus.now, into: &directives)
                // From a hole on all is asked for once more: it may have been filled at the exchange.
                let hole = zip(ascending, ascending.dropFirst()).first { $0.closeTime != $1.openTime }
                known[watch.symbol, default: [:]][timeframe] = hole?.0.openTime ?? ascending.last?.openTime
            }
        }
        directives.removeAll()
        if count > 0 { log.info("\(count) candles are stored: only what came since is asked for") }
        return known
    }

    // MARK: Events in

    private func hearLive() {
        guard let mailbox = live?.mailbox, !isOver else { return }
        let (arrivals, dropped) = mailbox.take()
        if dropped > 0 {
            live?.dropped += dropped
            log.warning("\(dropped) messages of exchanges came faster than they could be read and were dropped")
        }
        for arrival in arrivals { handle(arrival.event, of: arrival.venue) }
        obey()
    }

    private func tickLive() {
        guard !isOver, let count = live?.markets.count else { return }
        for number in 0..<count { handle(.timer, of: number) }
        obey()
        tellTime()
        serveWhenReady()
        if isStoreDue { storeLive() }
    }

    private func handle(_ event: LiveMarket.Event, of number: Int) {
        guard let now = live?.now else { return }
        switch event {
        case .answered(let id, _, _, _, _), .failed(let id, _): live?.links[number].forget(id)
        default: break
        }
        live?.markets[number].handle(event, at: now, into: &liveDirectives)
        for directive in liveDirectives { obey(directive, of: number) }
        liveDirectives.removeAll(keepingCapacity: true)
    }

    private func obey(_ directive: LiveMarket.Directive, of number: Int) {
        switch directive {
        case .connect(let connection, let plan):
            link(number) { (links) throws(WebSocketError) in try links.connect(connection, plan) }
        case .reconnect(let connection):
            link(number) { (links) throws(WebSocketError) in try links.reconnect(connection) }
        case .send(let id, let request, let url): live?.links[number].send(id, request, url: url)
        case .instruments(let rules): take(rules, of: number)
        case .ticker(let ticker): handle(MarketEvent.ticker(ticker))
        case .candle(let candle): handle(MarketEvent.candle(candle))
        case .history(let candles):
            core.handle(.restored(candles), at: bus.now, into: &directives)
            unstored.append(contentsOf: candles)
        case .book(let book): bus.publish(book, on: .book(book.symbol))
        case .funding(let funding): bus.publish(funding, on: .funding(funding.symbol))
        case .report(let report):
            switch report.level {
            case .notice: log.notice("\(report.sentence)")
            case .warning: log.warning("\(report.sentence)")
            }
        }
    }

    private func link(_ number: Int, _ body: (LiveLinks) throws(WebSocketError) -> Void) {
        guard let links = live?.links[number] else { return }
        do throws(WebSocketError) {
            try body(links)
        } catch {
            log.error("no connection can be made: \(error)")
        }
    }

    private func take(_ rules: [Instrument], of number: Int) {
        guard let source = live?.source else { return }
        var changed: [Instrument] = []
        for rule in rules where source.rules[rule.symbol] != rule {
            source.rules[rule.symbol] = rule
            changed.append(rule)
        }
        guard !changed.isEmpty else { return }
        do throws(StorageError) {
            try store.transaction { () throws(StorageError) in
                for rule in changed { try store.store(rule) }
            }
        } catch {
            return fail(error)
        }
        // Rules are told in snapshots only.
        if live?.isServing == true { bus.callForSnapshots(on: .clock) }
    }

    // MARK: Time

    /// Market time is what every exchange that is there has reached.
    private func tellTime() {
        guard let live else { return }
        let now = live.now
        let times = live.markets.compactMap { $0.marketTime(at: now) }
        guard let time = times.min(), live.isServing else { return }
        handle(.timeReached(time))
        obey()
        state.position = max(state.position, core.clock.marketTime)
    }

    /// Requests wait until the look-back is there, or an exchange is found not to answer.
    private func serveWhenReady() {
        guard let live, !live.isServing else { return }
        let isLate = live.now - live.startedAt > Self.longestWait
        guard isLate || live.markets.allSatisfy(\.isReady) else { return }
        self.live?.isServing = true
        bus.serve { request in self.serve(request) }
        setHealth()
        let missing = live.markets.contains { !$0.isReady }
        log.notice("\(missing ? "not every exchange answers: the others are served" : "look-backs are there")")
    }

    private func storeLive() {
        state.stored = state.position
        storeCandles()
    }

    /// What is said of the exchanges every second.
    func reportLive() {
        guard let live else { return }
        let now = live.now
        for (number, market) in live.markets.enumerated() {
            let name = live.source.venues[number].name.rawValue
            let counters = market.counters
            bus.health.gauge("feed.\(name).messages", Double(counters.messages))
            bus.health.gauge("feed.\(name).unreadable", Double(counters.unreadable))
            bus.health.gauge("feed.\(name).late", Double(counters.late))
            bus.health.gauge("feed.\(name).requests", Double(counters.requests))
            bus.health.gauge("feed.\(name).failures", Double(counters.failures))
            bus.health.gauge("feed.\(name).rateRefusals", Double(counters.rateRefusals))
            bus.health.gauge("feed.\(name).bans", Double(counters.bans))
            bus.health.gauge("feed.\(name).losses", Double(counters.losses))
            bus.health.gauge("feed.\(name).candlesFilled", Double(counters.candlesFilled))
            bus.health.gauge("feed.\(name).candlesDiffering", Double(counters.candlesDiffering))
            bus.health.gauge("feed.\(name).candlesCompared", Double(counters.candlesCompared))
            bus.health.gauge("feed.\(name).isPolling", market.state(at: now) == "polling" ? 1 : 0)
            if context.settings.feed.venueSpeed == 1, let venueTime = market.venueTime(at: now) {
                bus.health.gauge("feed.\(name).clockOffsetMicros", Double(venueTime.micros - bus.now.micros))
            }
            let state = market.state(at: now)
            if live.told[number] != state {
                self.live?.told[number] = state
                log.notice("\(name) is \(state)")
            }
        }
        bus.health.gauge("feed.dropped", Double(live.dropped))
    }

    /// What keeps exchanges from being all right, in words.
    var liveTrouble: [String] {
        guard let live else { return [] }
        let now = live.now
        return zip(live.source.venues, live.markets).compactMap { venue, market in
            if !market.unlisted.isEmpty {
                return "\(venue.name.rawValue) does not trade \(market.unlisted.map(\.name).joined(separator: ", "))"
            }
            let state = market.state(at: now)
            let isFine = state == "streaming" || state == "polling" && context.settings.feed.transport == .poll
            return isFine ? nil : "\(venue.name.rawValue) is \(state)"
        }
    }

    func stopLive() {
        live?.mailbox.close()
        for links in live?.links ?? [] { links.shut() }
    }
}
