import RiskCore
import TradingModel

/// What may happen.
extension ModelRun {
    mutating func start() {
        for symbol in Self.symbols where !chance(4) {
            for timeframe in [Timeframe.fiveMinutes, .fifteenMinutes, .oneHour] {
                let count = Int64(random.next() % (timeframe == .oneHour ? 80 : 10))
                let span = timeframe.span.micros
                let end = time / span
                for index in 0..<count {
                    let candle = candle(symbol, timeframe, openedAt: (end - count + index) * span)
                    naive.candles[symbol, default: [:]][timeframe, default: []].append(candle)
                }
            }
        }
        boot()
    }

    /// Starts risk (again) from what was committed, as the service does.
    mutating func boot() {
        core = RiskCore(limits: limits, isLockStep: false)
        pendingEvents = []
        var memory = store.restored
        // A silence is not saved.
        memory.control.silence = nil
        send(.restored(memory))
        send(.executionGap)
        naive.isLost = false
        naive.isSilent = false
        naive.isKillFile = false
        naive.realClock = nil
        naive.priceWalls = []
        naive.staleSymbols = []
        naive.funding = [:]
        var view = feedView()
        for symbol in Self.symbols {
            for timeframe in [Timeframe.fiveMinutes, .fifteenMinutes, .oneHour] {
                view.awaitedSeries.insert(CandleSeries(symbol, timeframe))
            }
        }
        naive.hear(view.tickers, at: time)
        send(.feedSnapshot(view))
        for symbol in Self.symbols {
            for timeframe in [Timeframe.fiveMinutes, .fifteenMinutes, .oneHour] {
                let known = naive.series(symbol, timeframe).suffix(500)
                naive.candles[symbol, default: [:]][timeframe] = Array(known)
                send(.candles(symbol, timeframe, Array(known)))
            }
        }
    }

    private func feedView() -> FeedView {
        var view = FeedView()
        view.session = naive.session
        view.instruments = naive.rules.instruments.values.sorted { $0.symbol < $1.symbol }
        view.tickers = naive.tickers.values.sorted { $0.symbol < $1.symbol }
        view.clock.marketTime = MarketTime(micros: time)
        return view
    }

    /// One random thing; its name is returned.
    mutating func act() -> String {
        switch random.next() % 100 {
        case 0..<50: return price()
        case 50..<72: return propose()
        case 72..<80: return quickPrices()
        case 80..<84: return clock()
        case 84..<87: return waitForNothing()
        case 87..<91: return command()
        case 91: return newFeed()
        case 92: return deposit()
        case 93: return rate()
        case 94: return stale()
        case 95: return killFile()
        case 96: return lose()
        case 97: return reconcile()
        case 98:
            answerHeld()
            return "answers"
        default:
            if chance(3) {
                boot()
                return "restart"
            }
            answerHeld()
            return "answers"
        }
    }

    private mutating func advance(_ micros: Int64) {
        time += micros
        wall += min(micros, Int64(1 + random.next() % 3) * 1_000_000)
        naive.wall = wall
        closeCandles(until: time, since: time - micros)
    }

    private func candle(_ symbol: Symbol, _ timeframe: Timeframe, openedAt: Int64) -> Candle {
        var candle = Candle()
        candle.symbol = symbol
        candle.timeframe = timeframe
        candle.openTime = MarketTime(micros: openedAt)
        // Some of the movement is everyone's, so that correlations are of every kind.
        let hour = openedAt / 3_600_000_000
        var noise = SeededGenerator(seed: UInt64(bitPattern: hour) &+ (symbol == Self.symbols[2] ? 7 : 0))
        let shared = Int128(noise.next() % 41) - 20
        var own = SeededGenerator(seed: UInt64(bitPattern: openedAt) ^ UInt64(symbol.name.utf8.first ?? 0))
        let jitter = Int128(own.next() % 17) - 8
        let around = (prices[symbol] ?? 0) + (shared + jitter) * Self.tick
        let price = Price(raw: max(Self.tick * 4, around))
        (candle.open, candle.close) = (price, price)
        candle.high = Price(raw: price.raw + Self.tick)
        candle.low = Price(raw: price.raw - Self.tick)
        candle.volume = Quantity(1)
        return candle
    }

    /// In the order in which feed tells them: by the moment of their close, the shortest first.
    private mutating func closeCandles(until end: Int64, since start: Int64) {
        var due: [(close: Int64, timeframe: Timeframe)] = []
        for timeframe in [Timeframe.fiveMinutes, .fifteenMinutes, .oneHour] {
            let span = timeframe.span.micros
            var close = (start / span + 1) * span
            // A long jump closes only the last few: what is before is a hole.
            if end - close > 40 * span { close = (end / span - 3) * span }
            while close <= end {
                due.append((close, timeframe))
                close += span
            }
        }
        for (close, timeframe) in due.sorted(by: { ($0.close, $0.timeframe) < ($1.close, $1.timeframe) }) {
            for symbol in Self.symbols where !chance(60) {
                let candle = candle(symbol, timeframe, openedAt: close - timeframe.span.micros)
                naive.hear(candle)
                send(.candle(candle))
            }
        }
    }

    private mutating func price(_ longest: UInt64 = 600) -> String {
        let symbol = pick(Self.symbols)
        advance(chance(200) ? 43_200_000_000 : Int64(1 + random.next() % longest) * 1_000_000)
        tell(symbol)
        if chance(3) { for other in Self.symbols where other != symbol { tell(other) } }
        return "a price of \(symbol)"
    }

    /// Prices a second apart, which end a silence and meet the order rates.
    private mutating func quickPrices() -> String {
        for _ in 0..<Int(1 + random.next() % 8) {
            advance(1_000_000)
            tell(pick(Self.symbols))
        }
        return "quick prices"
    }

    mutating func tell(_ symbol: Symbol) {
        let now = prices[symbol] ?? Self.tick
        let range: Int128 = chance(150) ? 150 : chance(15) ? 25 : 3
        let steps = Int128(random.next() % UInt64(2 * range + 1)) - range
        let next = min(8_000 * Self.tick, max(40 * Self.tick, now + steps * Self.tick))
        var ticker = Ticker()
        ticker.symbol = symbol
        ticker.last = Price(raw: next)
        ticker.ask = Price(raw: next + (chance(2) ? Self.tick : 0))
        ticker.bid = Price(raw: next - (chance(2) ? Self.tick : 0))
        ticker.eventTime = MarketTime(micros: time)
        ticker.receivedTime = WallTime(micros: time + (chance(10) ? 9_000_000 : 100_000))
        if chance(40) {
            // Neither a price of nothing nor an old one moves anything.
            ticker.last = chance(2) ? .zero : ticker.last
            if ticker.last.raw > 0 { ticker.eventTime = MarketTime(micros: time - 90_000_000_000) }
            if naive.hear(ticker) { prices[symbol] = ticker.last.raw }
            send(.ticker(ticker))
            return
        }
        prices[symbol] = next
        fill(ticker)
        _ = naive.hear(ticker)
        send(.ticker(ticker))
    }

    private mutating func clock() -> String {
        advance(Int64(random.next() % 1_800) * 1_000_000)
        var clock = MarketClock()
        clock.marketTime = MarketTime(micros: time)
        clock.rate = chance(3) ? 1 : nil
        naive.hearClock(time, isReal: clock.rate == 1)
        send(.clock(clock))
        return "a clock"
    }

    private mutating func waitForNothing() -> String {
        let longest: UInt64 = chance(40) ? 140_000 : 90
        wall += Int64(1 + random.next() % longest) * 1_000_000
        naive.wall = wall
        naive.hearNothing()
        send(.timer)
        return "wall time"
    }

    private mutating func newFeed() -> String {
        naive.session = "feed-\(events)"
        naive.staleSymbols = []
        send(.feedSession(naive.session))
        naive.hear(feedView().tickers, at: time)
        send(.feedSnapshot(feedView()))
        return "a new run of feed"
    }

    private mutating func deposit() -> String {
        let isNeeded = naive.equity < Int128(2_000) * PowerOfTen.of(24)
        let amount = isNeeded ? Int128(9_000) : Int128(random.next() % 2_001) - 1_000
        guard amount != 0 else { return "no deposit" }
        netDeposits += amount * PowerOfTen.of(24)
        naive.deposit(amount * PowerOfTen.of(24))
        send(.account(account()))
        return "a deposit of \(amount)"
    }

    private mutating func rate() -> String {
        var rate = FundingRate()
        rate.symbol = pick(Self.symbols)
        rate.rate = Ratio(raw: (Int128(random.next() % 21) - 10) * 100_000_000)
        rate.eventTime = MarketTime(micros: time)
        naive.funding[rate.symbol] = rate
        send(.funding(rate))
        return "a funding rate"
    }

    private mutating func stale() -> String {
        var news = Staleness()
        news.symbol = pick(Self.symbols)
        news.isStale = !naive.staleSymbols.contains(news.symbol)
        if news.isStale { naive.staleSymbols.insert(news.symbol) } else { naive.staleSymbols.remove(news.symbol) }
        send(.staleness(news))
        return "staleness of \(news.symbol)"
    }

    private mutating func killFile() -> String {
        let isPresent = !naive.isKillFile && chance(12)
        if isPresent { naive.hold = .halted }
        naive.isKillFile = isPresent
        send(.killFile(isPresent: isPresent))
        return "the kill file"
    }

    /// Facts of feed are lost: prices go on to be judged, proposals wait for its snapshot.
    private mutating func lose() -> String {
        send(.feedGap)
        tell(pick(Self.symbols))
        tokens += 1
        let token = tokens
        let proposal = proposal()
        send(.proposal(proposal, RequestToken(token), expiresAt: nil))
        if verdicts[token] != nil { fault = "a proposal was answered before feed's snapshot had come" }
        naive.hear(feedView().tickers, at: time)
        let expected = expect(proposal)
        send(.feedSnapshot(feedView()))
        check(proposal, expected, token)
        return "a gap of feed"
    }

    private mutating func reconcile() -> String {
        send(.executionGap)
        return "a gap of execution"
    }

    private mutating func command() -> String {
        var command = OperatorCommand()
        command.verb = pick([.halt, .reduce, .flatten, .resume, .resume, .resume, .resume, .resume])
        // What is held everywhere is mostly let go soon, or nothing would be traded.
        let isHeld = naive.hold != nil || naive.automatic != .active
        if isHeld, !chance(4) {
            command.verb = .resume
        } else {
            if chance(2) { command.symbol = chance(10) ? Self.stranger : pick(Self.symbols) }
            if chance(4) { command.strategy = pick(["momentum", "donchian"]) }
        }
        command.who = "ann"
        command.why = "a test"
        tokens += 1
        let isDone = naive.obey(command.verb, command.symbol, command.strategy)
        send(.command(command, RequestToken(tokens)))
        if results[tokens]?.isDone != isDone {
            fault = "\(command.verb) was \(results[tokens]?.sentence ?? "not answered"), naively done: \(isDone)"
        }
        return "\(command.verb) \(command.symbol?.name ?? "") \(command.strategy ?? "")"
    }
}
