import TradingModel

/// Prices, candles and time, and what they do to open positions.
extension NaiveRisk {
    /// A price. `false` where it is none, or older than the last.
    mutating func hear(_ ticker: Ticker) -> Bool {
        guard ticker.last.raw > 0 else { return false }
        if let last = tickers[ticker.symbol], ticker.eventTime < last.eventTime { return false }
        time = max(time, ticker.eventTime.micros)
        priceWalls.append(wall)
        if priceWalls.count > 200 { priceWalls.removeFirst(100) }
        heardAt[ticker.symbol] = wall
        if isSilent, steadiness >= 5_000_000 { isSilent = false }
        enterDay()
        tickers[ticker.symbol] = ticker
        judge(ticker.symbol, ticker.last.raw, at: ticker.eventTime.micros, isInvalidated: false)
        see()
        return true
    }

    /// A snapshot of feed: its time, its prices, its clock.
    mutating func hear(_ snapshot: [Ticker], at market: Int64) {
        time = max(time, market)
        for ticker in snapshot { _ = hear(ticker) }
        hearClock(market, isReal: false)
    }

    /// For how long prices have come without a break of more than two seconds.
    private var steadiness: Int64 {
        var index = priceWalls.count - 1
        while index > 0, priceWalls[index] - priceWalls[index - 1] <= 2_000_000 { index -= 1 }
        return wall - priceWalls[index]
    }

    /// Wall time has passed.
    mutating func hearNothing() {
        if rules.silence > 0, let last = priceWalls.last, wall - last >= rules.silence { isSilent = true }
        endOld()
    }

    mutating func hearClock(_ market: Int64, isReal: Bool) {
        time = max(time, market)
        realClock = isReal ? (market, wall) : nil
        enterDay()
        endOld()
    }

    /// The six rules in their order; the first that fires names the exit.
    mutating func judge(_ symbol: Symbol, _ price: Int128, at moment: Int64, isInvalidated: Bool) {
        guard var position = positions[symbol], !position.isClosing, moment >= position.judgedAt else { return }
        position.judgedAt = moment
        position.prices = [position.best, price]
        positions[symbol] = position
        let (entry, sign) = (position.entry, position.sign)
        // pnl in percent is sign · (price − entry) / entry · 100 · leverage.
        func reaches(_ price: Int128, _ percent: Int128) -> Bool {
            sign * (price - entry) * 100 * position.leverage >= percent * entry
        }
        func isAtMost(_ price: Int128, _ percent: Int128) -> Bool {
            sign * (price - entry) * 100 * position.leverage <= percent * entry
        }
        let best = position.best
        var reason: ExitReason?
        if position.stop > 0, sign * (price - position.stop) <= 0 {
            reason = .stopLoss
        } else if reaches(best, 25), isAtMost(price, 15) {
            reason = .ladder
        } else if reaches(best, 15), !reaches(best, 25), isAtMost(price, 8) {
            reason = .ladder
        } else if reaches(best, 8), !reaches(best, 15), isAtMost(price, 3) {
            reason = .ladder
        } else if reaches(best, 8), sign * (price - entry) * 10 <= sign * (best - entry) * 7 {
            reason = .peakPullback
        } else if position.target > 0, sign * (price - position.target) >= 0 {
            reason = .takeProfit
        } else if isInvalidated {
            reason = .invalidation
        } else if moment - position.openedAt >= 129_600_000_000 {
            reason = .ttl
        }
        if let reason { leave(symbol, reason) }
    }

    /// The tighter of the stop and the ladder's line, on the tick next to it toward the market.
    func restingStop(of position: Position, tick: Int128) -> Int128 {
        let (entry, sign, leverage) = (position.entry, position.sign, position.leverage)
        var levels: [Int128] = []
        if position.stop > 0 { levels.append(onTick(position.stop, 1, tick, sign)) }
        let peak = sign * (position.best - entry) * 100 * leverage
        if let line = [(25, 15), (15, 8), (8, 3)].first(where: { peak >= Int128($0.0) * entry })?.1 {
            levels.append(onTick(entry * (100 * leverage + sign * Int128(line)), 100 * leverage, tick, sign))
        }
        return (sign > 0 ? levels.max() : levels.min()) ?? 0
    }

    /// `numerator / divisor`, up for a long and down for a short, to the tick.
    private func onTick(_ numerator: Int128, _ divisor: Int128, _ tick: Int128, _ sign: Int128) -> Int128 {
        let whole = numerator / (divisor * tick)
        let isExact = numerator % (divisor * tick) == 0
        return (sign > 0 && !isExact ? whole + 1 : whole) * tick
    }

    /// Whatever has been open for 36 hours is left, price or no price. Without a clock for five seconds the wall clock of a
    /// market in real time stands in.
    private mutating func endOld() {
        var now = time
        if let realClock, wall - realClock.wall > 5_000_000 {
            now = max(now, realClock.market + wall - realClock.wall)
        }
        for (symbol, position) in positions where !position.isClosing {
            if now - position.openedAt >= 129_600_000_000 { leave(symbol, .ttl) }
        }
    }

    mutating func hear(_ candle: Candle) {
        let symbol = candle.symbol
        if let last = candles[symbol]?[candle.timeframe]?.last {
            guard candle.openTime > last.openTime else { return }
        }
        candles[symbol, default: [:]][candle.timeframe, default: []].append(candle)
        if candles[symbol]?[candle.timeframe]?.count ?? 0 > 800 {
            candles[symbol]?[candle.timeframe]?.removeFirst(200)
        }
        guard let position = positions[symbol], !position.isClosing, let condition = position.condition,
            condition.timeframes.contains(candle.timeframe), candle.closeTime.micros > position.openedAt
        else { return }
        let holds = condition.holds(self, symbol, at: candle.closeTime.micros) ?? false
        if candle.closeTime.micros >= position.judgedAt {
            judge(symbol, candle.close.raw, at: candle.closeTime.micros, isInvalidated: holds)
        } else if holds {
            judge(symbol, position.prices.last ?? position.entry, at: position.judgedAt, isInvalidated: true)
        }
    }

    /// The candles of a series from its last hole on, latest last.
    func series(_ symbol: Symbol, _ timeframe: Timeframe) -> [Candle] {
        let all = candles[symbol]?[timeframe] ?? []
        var start = all.count - 1
        while start > 0, all[start - 1].closeTime == all[start].openTime { start -= 1 }
        return start < 0 ? [] : Array(all[start...].suffix(501))
    }

    /// The funding rate that is at most a day old at a moment.
    func funding(of symbol: Symbol, at moment: Int64) -> FundingRate? {
        guard let rate = funding[symbol], moment - rate.eventTime.micros <= 86_400_000_000 else { return nil }
        return rate
    }
}

/// Conditions as the tests write them, with their words.
indirect enum NaiveCondition {
    enum Operand {
        case number(String)
        case close(Timeframe)
        case high(Timeframe)
        case sma(Int, Timeframe)
        case funding
    }
    case below(Operand, Operand)
    case atLeast(Operand, Operand)
    case not(NaiveCondition)
    case and(NaiveCondition, NaiveCondition)
    case or(NaiveCondition, NaiveCondition)

    var text: String {
        switch self {
        case .below(let a, let b): "\(a.text) < \(b.text)"
        case .atLeast(let a, let b): "\(a.text) >= \(b.text)"
        case .not(let a): "not (\(a.text))"
        case .and(let a, let b): "(\(a.text)) and (\(b.text))"
        case .or(let a, let b): "(\(a.text)) or (\(b.text))"
        }
    }

    var operands: [Operand] {
        switch self {
        case .below(let a, let b), .atLeast(let a, let b): [a, b]
        case .not(let a): a.operands
        case .and(let a, let b), .or(let a, let b): a.operands + b.operands
        }
    }

    var timeframes: Set<Timeframe> {
        let named = Set(operands.compactMap(\.timeframe))
        return named.isEmpty ? [.fiveMinutes] : named
    }

    /// `nil` where it is not known.
    func holds(_ world: NaiveRisk, _ symbol: Symbol, at moment: Int64) -> Bool? {
        switch self {
        case .below(let a, let b), .atLeast(let a, let b):
            guard let x = a.value(world, symbol, at: moment), let y = b.value(world, symbol, at: moment) else {
                return nil
            }
            if case .below = self { return x < y }
            return x >= y
        case .not(let a): return a.holds(world, symbol, at: moment).map { !$0 }
        case .and(let a, let b):
            let both = [a.holds(world, symbol, at: moment), b.holds(world, symbol, at: moment)]
            return both.contains(false) ? false : both.contains(nil) ? nil : true
        case .or(let a, let b):
            let both = [a.holds(world, symbol, at: moment), b.holds(world, symbol, at: moment)]
            return both.contains(true) ? true : both.contains(nil) ? nil : false
        }
    }

    /// Whether everything it needs has been measured, so that a plan may rest on it.
    func isReady(_ world: NaiveRisk, _ symbol: Symbol) -> Bool {
        operands.allSatisfy {
            switch $0 {
            case .number, .close, .high: true
            case .sma(let count, let timeframe): world.series(symbol, timeframe).count >= count
            case .funding: world.funding(of: symbol, at: world.time) != nil
            }
        }
    }
}

extension NaiveCondition.Operand {
    var text: String {
        switch self {
        case .number(let text): text
        case .close(let timeframe): "close \(timeframe)"
        case .high(let timeframe): "high \(timeframe)"
        case .sma(let count, let timeframe): "SMA(\(count)) \(timeframe)"
        case .funding: "funding"
        }
    }

    var timeframe: Timeframe? {
        switch self {
        case .number, .funding: nil
        case .close(let timeframe), .high(let timeframe), .sma(_, let timeframe): timeframe
        }
    }

    /// Exact in `Double`: the prices of these tests are quarters, and averages are of four.
    func value(_ world: NaiveRisk, _ symbol: Symbol, at moment: Int64) -> Double? {
        if case .number(let text) = self { return Double(text) }
        if case .funding = self { return world.funding(of: symbol, at: moment)?.rate.double }
        guard let timeframe else { return nil }
        let candles = world.series(symbol, timeframe)
        guard let last = candles.last, last.closeTime.micros <= moment,
            moment < last.closeTime.micros + timeframe.span.micros
        else { return nil }
        switch self {
        case .close: return last.close.double
        case .high: return last.high.double
        case .sma(let count, _):
            guard candles.count >= count else { return nil }
            return candles.suffix(count).map(\.close.double).reduce(0, +) / Double(count)
        case .number, .funding: return nil
        }
    }
}
