import TradingModel

/// Candles: the look-back, what closes, what is missing.
extension LiveMarket {
    /// The pages of a look-back, newest first.
    struct Load: Sendable {
        /// The first open time that is wanted, and how many at most.
        var since: MarketTime?
        var wanted: Int
        /// The next page ends here.
        var until: MarketTime?
        var rows: [Candle] = []
    }

    /// What shorter candles come to.
    struct Sum: Sendable {
        private var forming: Candle?
        private var count = 0
        /// The last one of which no part was missing, until it is used.
        var whole: Candle?
        /// The one that was compared with the exchange's last.
        var comparedAt = MarketTime.distantPast

        mutating func take(_ row: Candle, _ timeframe: Timeframe) {
            let open = timeframe.openTime(containing: row.openTime)
            if var candle = forming, candle.openTime == open {
                candle.high = max(candle.high, row.high)
                candle.low = min(candle.low, row.low)
                candle.close = row.close
                candle.volume += row.volume
                forming = candle
                count += 1
            } else {
                var candle = row
                (candle.timeframe, candle.openTime) = (timeframe, open)
                (forming, count) = (candle, 1)
            }
            if Int64(count) * row.timeframe.span.micros == timeframe.span.micros { whole = forming }
        }
    }

    private static let page = 1_000

    private var hasThree: Bool { MarketRequest.candles(settings.dialect, symbol: "", .threeMinutes, limit: 1) != nil }

    // MARK: Look-back

    /// How many of the shortest candles are wanted: four hours of them make the longest, and where the exchange has none
    /// of three minutes, they are made of these.
    private var shortestWanted: Int {
        max(hasThree ? settings.lookBack : settings.lookBack * 3, 240)
    }

    mutating func beginLookBacks() {
        for position in tracks.indices where tracks[position].isListed {
            for timeframe in Timeframe.allCases
            where MarketRequest.candles(settings.dialect, symbol: "", timeframe, limit: 1) != nil {
                var load = Load(wanted: timeframe == .oneMinute ? shortestWanted : settings.lookBack)
                load.since = settings.known[tracks[position].symbol]?[timeframe].map { $0 + timeframe.span }
                if timeframe == .oneMinute, !hasThree, let since = load.since {
                    // Those of three minutes that were forming when we stopped are made of all their minutes.
                    load.since = Timeframe.threeMinutes.openTime(containing: since)
                }
                tracks[position].loads[timeframe] = load
                tracks[position].loading.insert(timeframe)
            }
            // The others follow when it is there: a longer candle that closes in between is then made of live ones.
            requests.add(.lookBack(position, .oneMinute))
        }
    }

    func lookBackRequest(_ track: Int, _ timeframe: Timeframe, _ now: WallTime) -> MarketRequest? {
        guard let load = tracks[track].loads[timeframe] else { return nil }
        let limit = min(LiveMarket.page, max(1, load.wanted - load.rows.count))
        var since: MarketTime?
        var until = load.until
        if let venueTime = clock.time(at: now) {
            // Both ends: an exchange that knows only one of them answers what nobody asked for.
            // The first page ends with the candle that is forming: that it follows is what closes the one before.
            let end = until ?? timeframe.openTime(containing: venueTime) + timeframe.span - .milliseconds(1)
            let first = timeframe.openTime(containing: end) - timeframe.span * Int64(limit - 1)
            since = max(first, load.since ?? .distantPast)
            until = end
        }
        return .candles(
            settings.dialect, symbol: tracks[track].venueSymbol, timeframe, category: settings.category, since: since,
            until: until, limit: limit)
    }

    mutating func loaded(
        _ track: Int, _ timeframe: Timeframe, _ rows: [StreamCandle], _ now: WallTime, _ directives: inout [Directive]
    ) {
        guard var load = tracks[track].loads[timeframe] else { return }
        let asked = min(LiveMarket.page, max(1, load.wanted - load.rows.count))
        // The last one is closed where another was seen to follow it: on the first page it is the one that forms.
        let page = (load.until == nil ? rows.dropLast() : rows[...]).map {
            candle(track, timeframe, $0, now)
        }
        .filter {
            $0.openTime >= load.since ?? .distantPast
                && $0.openTime < load.rows.first?.openTime ?? MarketTime(micros: .max)
        }
        load.rows = page + load.rows
        let isMore = rows.count >= asked && !page.isEmpty && load.rows.count < load.wanted
        if let oldest = page.first?.openTime, isMore, oldest > load.since ?? .distantPast {
            load.until = oldest - .milliseconds(1)
            tracks[track].loads[timeframe] = load
            return
        }
        tracks[track].loads[timeframe] = nil
        tracks[track].loading.remove(timeframe)
        if !load.rows.isEmpty { directives.append(.history(load.rows)) }
        if timeframe == .oneMinute { beginCandles(track, load.rows, now, &directives) }
    }

    private mutating func beginCandles(_ track: Int, _ rows: [Candle], _ now: WallTime, _ directives: inout [Directive])
    {
        let minute = Timeframe.oneMinute
        let symbol = tracks[track].symbol
        if !hasThree {
            let three = LiveMarket.fold(rows, to: .threeMinutes)
            if !three.isEmpty { directives.append(.history(three)) }
        }
        if let newest = rows.last?.openTime ?? settings.known[symbol]?[minute] {
            tracks[track].nextOpen = newest + minute.span
        } else {
            tracks[track].nextOpen = minute.openTime(containing: clock.time(at: now) ?? MarketTime(micros: now.micros))
        }
        release(track, now, &directives)
        for timeframe in tracks[track].loading { requests.add(.lookBack(track, timeframe)) }
    }

    /// Whole candles made of shorter ones without holes.
    static func fold(_ rows: [Candle], to timeframe: Timeframe) -> [Candle] {
        var whole: [Candle] = []
        var part = Sum()
        for row in rows {
            part.take(row, timeframe)
            if let candle = part.whole {
                whole.append(candle)
                part.whole = nil
            }
        }
        return whole
    }

    private func candle(_ track: Int, _ timeframe: Timeframe, _ row: StreamCandle, _ now: WallTime) -> Candle {
        Candle(
            symbol: tracks[track].symbol, venue: settings.venue, timeframe: timeframe, openTime: row.openTime,
            open: row.open, high: row.high, low: row.low, close: row.close, volume: row.volume, isBackfill: true,
            receivedTime: now)
    }

    // MARK: What closes

    /// A closed candle of the stream.
    mutating func take(_ candle: Candle, _ now: WallTime, _ directives: inout [Directive]) {
        guard let track = index[candle.symbol], candle.timeframe == .oneMinute else { return }
        // What has not begun cannot be over: a clock there is wrong.
        if let venueTime = clock.time(at: now), candle.openTime > venueTime {
            counters.unreadable += 1
            return
        }
        hold(track, candle, now)
        release(track, now, &directives)
    }

    private mutating func hold(_ track: Int, _ candle: Candle, _ now: WallTime) {
        let place = tracks[track].held.firstIndex { $0.openTime >= candle.openTime } ?? tracks[track].held.count
        if place < tracks[track].held.count, tracks[track].held[place].openTime == candle.openTime { return }
        tracks[track].held.insert(candle, at: place)
        if tracks[track].held.count > LiveMarket.mostHeld { tracks[track].held.removeFirst() }
    }

    private static let mostHeld = 5_000

    /// Lets out what is next in order.
    private mutating func release(_ track: Int, _ now: WallTime, _ directives: inout [Directive]) {
        guard var next = tracks[track].nextOpen else { return }
        while let candle = tracks[track].held.first, candle.openTime <= next {
            tracks[track].held.removeFirst()
            // One that is out already goes to the core too: it knows whether it says the same.
            directives.append(.candle(candle))
            guard candle.openTime == next else { continue }
            next = candle.closeTime
            sumUp(track, candle)
        }
        tracks[track].nextOpen = next
        if tracks[track].held.isEmpty {
            tracks[track].heldSince = nil
        } else if tracks[track].heldSince == nil {
            tracks[track].heldSince = now
        }
    }

    /// Each longer timeframe is compared with the exchange's own once an hour: a difference in how candles are made shows in
    /// any of them, and more would cost requests that prices need.
    private mutating func sumUp(_ track: Int, _ candle: Candle) {
        for timeframe in Timeframe.allCases where timeframe != .oneMinute {
            tracks[track].sums[timeframe, default: Sum()].take(candle, timeframe)
            guard let sum = tracks[track].sums[timeframe], let whole = sum.whole,
                whole.openTime - sum.comparedAt >= Span.hours(1)
            else { continue }
            requests.add(.check(track, timeframe))
        }
    }

    // MARK: What is missing

    /// Time after which what is held comes out although something before it is missing.
    private static let longestHold = Span.seconds(30)

    mutating func lookForMissing(_ now: WallTime, _ directives: inout [Directive]) {
        guard let venueTime = clock.time(at: now) else { return }
        // A stream says that a candle is closed within two seconds; where there is none, it is asked for.
        let patience = clock.scaled(isPolling ? .milliseconds(300) : .seconds(3))
        for position in tracks.indices where tracks[position].isListed {
            guard let next = tracks[position].nextOpen else { continue }
            let isDue = venueTime - (next + Timeframe.oneMinute.span) > patience
            guard isDue || !tracks[position].held.isEmpty else { continue }
            if now - tracks[position].gapAskedAt > .seconds(1) {
                tracks[position].gapAskedAt = now
                requests.add(.missing(position))
            }
            if let since = tracks[position].heldSince, now - since > LiveMarket.longestHold {
                skip(position, now, &directives)
            }
        }
    }

    /// Goes on without what the exchange does not have, or does not tell.
    private mutating func skip(_ track: Int, _ now: WallTime, _ directives: inout [Directive]) {
        guard let first = tracks[track].held.first else { return }
        tracks[track].nextOpen = first.openTime
        tracks[track].heldSince = nil
        release(track, now, &directives)
    }

    /// The answer to the question for what is missing.
    mutating func filled(_ track: Int, _ rows: [StreamCandle], _ now: WallTime, _ directives: inout [Directive]) {
        guard let next = tracks[track].nextOpen else { return }
        let found = rows.dropLast().filter { $0.openTime >= next }
        for row in found {
            var candle = candle(track, .oneMinute, row, now)
            candle.isBackfill = false
            hold(track, candle, now)
        }
        counters.candlesFilled += found.count
        release(track, now, &directives)
        // The exchange has later ones but not this: nobody traded, or it has lost it.
        if let first = tracks[track].held.first, first.openTime > tracks[track].nextOpen ?? first.openTime,
            !found.isEmpty
        {
            skip(track, now, &directives)
        }
    }

    /// Compares the exchange's own longer candle with the one made of its minutes.
    mutating func compare(
        _ track: Int, _ timeframe: Timeframe, _ rows: [StreamCandle], _ directives: inout [Directive]
    ) {
        guard let own = tracks[track].sums[timeframe]?.whole else { return }
        tracks[track].sums[timeframe]?.whole = nil
        tracks[track].sums[timeframe]?.comparedAt = own.openTime
        guard let row = rows.first(where: { $0.openTime == own.openTime }) else { return }
        counters.candlesCompared += 1
        guard
            row.open != own.open || row.high != own.high || row.low != own.low || row.close != own.close
                || row.volume != own.volume
        else { return }
        counters.candlesDiffering += 1
        warn(
            "the \(timeframe) candle of \(own.symbol) from \(own.openTime) is \(row.open) \(row.high) \(row.low) \(row.close) "
                + "\(row.volume) at \(settings.venue), but its minutes come to \(own.open) \(own.high) \(own.low) "
                + "\(own.close) \(own.volume)", &directives)
    }
}
