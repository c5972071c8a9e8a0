import CandleFiles
import FeedCore
import Logging
import Messaging
import ServiceRuntime
import Storage
import TradingModel
import Venues
import Wire

/// Interprets ``FeedCore``: takes events from a source at a pace, and does what the core directs, in order.
actor FeedShell: ServiceShell {
    nonisolated let loop: EventLoop
    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    let context: ServiceContext
    let bus: ServiceBus
    let log: Logger
    let store: FeedStore
    let source: any MarketSource
    var core: FeedCore
    var directives: [FeedCore.Directive] = []
    var events: [MarketEvent] = []
    /// What the store says about the source, and what it will say next.
    var state = FeedStore.SourceState()
    /// The newest checkpoint of the source, and when it was taken, by the monotonic clock.
    private var newestCheckpoint: String?
    private var checkpointTakenAt: Int64 = 0
    /// The newest that is not later than the position.
    private var checkpoint: String?
    /// Closed candles that are not in the store yet.
    var unstored: [Candle] = []
    /// Paced mode: market time by wall time.
    var pacer: Pacer?
    /// Lock-step mode.
    var lockStep: LockStep?
    /// Live mode.
    var live: LiveState?
    var liveDirectives: [LiveMarket.Directive] = []
    /// When candles were last stored, by the monotonic clock.
    var storedAt: Int64 = 0
    /// Set once nothing more shall be published: at the end of the source, or when the service fails or stops.
    var isOver = false
    private var reported: [FeedCore.Report.Kind: Int] = [:]

    init(context: ServiceContext) throws {
        self.context = context
        loop = context.loop
        log = context.log
        let settings = context.settings
        do throws(SourceError) {
            source = try SourceFactory.make(settings)
        } catch {
            throw Self.failure(error)
        }
        core = FeedCore(settings: Self.coreSettings(settings, source), startedAt: .now)
        do throws(StorageError) {
            store = try FeedStore(path: settings.dataDirectory + "/feed.sqlite", lookBack: settings.feed.lookBack)
        } catch {
            throw Self.failure(error)
        }
        bus = try ServiceBus(context: context)
    }

    func start() throws {
        bus.health.set(.recovering, reason: "loading candles")
        log.notice("plays \(source.summary)")
        let missing = SourceFactory.missing(context.settings, in: source)
        if !missing.isEmpty {
            log.warning("the source has no data of \(missing.map(\.name).joined(separator: ", ")): they are not traded")
        }
        do {
            try recover()
        } catch let error as SourceError {
            throw Self.failure(error)
        } catch let error as StorageError {
            throw Self.failure(error)
        }
        bus.every(.seconds(1)) { self.everySecond() }
        bus.every(.seconds(30)) { self.store.checkpoint() }
        if live != nil { return beginLive() }
        bus.serve { request in self.serve(request) }
        bus.health.set(.healthy)
        if context.settings.feed.speed == 0 { beginLockStep() } else { beginPaced() }
    }

    func stop(_ reason: StopReason) {
        stopLive()
        if !isOver { storeCandles() }
        isOver = true
        bus.close()
        store.shut()
    }

    private static func coreSettings(_ settings: Settings, _ source: any MarketSource) -> FeedCore.Settings {
        var core = FeedCore.Settings(watches: source.watches)
        core.lookBack = settings.feed.lookBack
        let speed = settings.feed.marketSpeed
        guard speed > 0 else { return core }
        core.rate = speed
        // A candle file speaks three times a candle at least; what comes in time cannot be stale.
        let market = max(
            Span.seconds(Int64(settings.feed.staleAfterSeconds)), Span(micros: source.spacing.micros * 3 / 2))
        // Below two seconds of wall time a busy machine, not a silent market, would be found.
        let shortest = settings.feed.source == .live ? Span.seconds(6) : .seconds(2)
        core.staleAfter = max(Span(micros: Int64(min(Double(market.micros) / speed, 1e15))), shortest)
        return core
    }
}

// MARK: - Recovery

extension FeedShell {
    private func recover() throws {
        if let source = source as? LiveSource { return try recoverLive(source) }
        guard let known = try store.sourceState() else { return try beginAnew() }
        try demand(known.fingerprint)
        state = known
        var count = 0
        for watch in source.watches {
            for timeframe in core.timeframes(of: watch.symbol) {
                // What closed later is made again, so that it comes through the core and goes out in order.
                let candles = try store.candles(watch.symbol, timeframe, closedBy: known.stored)
                count += candles.count
                core.handle(.restored(candles.reversed()), at: bus.now, into: &directives)
            }
        }
        newestCheckpoint = known.checkpoint
        for event in try source.resume(after: known.stored, checkpoint: known.checkpoint) { handle(event) }
        // What was published but not stored is taken in silence.
        while let time = try source.nextTime(), time <= known.position { try takeNext() }
        advancePosition(to: known.position)
        for directive in directives {
            if case .persist(let candle) = directive { unstored.append(candle) }
        }
        directives.removeAll()
        log.info("goes on after \(known.position) with \(count) stored candles")
    }

    private func recoverLive(_ source: LiveSource) throws {
        if let known = try store.sourceState() {
            try demand(known.fingerprint)
            state = known
        } else {
            state.fingerprint = source.fingerprint
        }
        try prepareLive(source)
    }

    private func demand(_ fingerprint: String) throws {
        guard fingerprint != source.fingerprint else { return }
        throw ServiceFailure(
            .configuration,
            "\(context.settings.dataDirectory)/feed.sqlite holds another market (\(fingerprint)) than the configuration asks for "
                + "(\(source.fingerprint)): use another data_directory, or remove the old one with all its trades")
    }

    private func beginAnew() throws {
        let candles = try source.history(lookBack: context.settings.feed.lookBack)
        let first = try source.nextTime() ?? .distantPast
        state.fingerprint = source.fingerprint
        newestCheckpoint = source.checkpoint()
        advancePosition(to: MarketTime(micros: max(0, first.micros - 1)))
        (state.stored, state.checkpoint) = (state.position, checkpoint)
        core.handle(.restored(candles), at: bus.now, into: &directives)
        directives.removeAll()
        try store.transaction { () throws(StorageError) in
            for candle in candles { try store.store(candle) }
            for instrument in source.instruments { try store.store(instrument) }
            try store.store(state)
        }
        log.info("begins at \(first) with \(candles.count) candles of history")
    }
}

// MARK: - Directives out

extension FeedShell {
    func handle(_ event: MarketEvent) {
        switch event {
        case .ticker(let ticker): core.handle(.ticker(ticker), at: bus.now, into: &directives)
        case .candle(let candle): core.handle(.candle(candle), at: bus.now, into: &directives)
        }
    }

    func handle(_ event: FeedCore.Event) { core.handle(event, at: bus.now, into: &directives) }

    /// Takes the source's events of its next moment to the core.
    func takeNext() throws(SourceError) {
        // One is stored every second; a resumed source makes up for the little that lies between.
        let now = MonotonicClock.micros
        if now - checkpointTakenAt >= Self.checkpointInterval, let new = source.checkpoint() {
            newestCheckpoint = new
            checkpointTakenAt = now
        }
        events.removeAll(keepingCapacity: true)
        try source.appendNext(to: &events)
        for event in events { handle(event) }
    }

    /// All events the source has given so far are out, up to `time`.
    func advancePosition(to time: MarketTime) {
        state.position = time
        checkpoint = newestCheckpoint
    }

    /// Does what has been directed, in order.
    ///
    /// Candles wait for ``storeCandles()``, which is at most a second away: the source delivers them again, the same,
    /// if the process dies before that, so nothing depends on them, and a transaction for each would be dearer than
    /// all else.
    func obey() {
        for directive in directives {
            switch directive {
            case .persist(let candle): unstored.append(candle)
            case .publishTicker(let ticker): bus.publish(ticker, on: .ticker(ticker.symbol))
            case .publishCandle(let candle): bus.publish(candle, on: .candle(candle.symbol, candle.timeframe))
            case .publishStaleness(let fact): bus.publish(fact, on: .staleness(fact.symbol))
            case .publishClock(let clock):
                bus.publish(clock, on: .clock)
                bus.health.marketTime = clock.marketTime
            case .report(let report): say(report)
            }
        }
        directives.removeAll(keepingCapacity: true)
    }

    private static let checkpointInterval: Int64 = 200_000

    /// How long a candle may wait for the store, in microseconds.
    private static let storeInterval: Int64 = 1_000_000

    var isStoreDue: Bool { MonotonicClock.micros - storedAt >= Self.storeInterval }

    /// Stores what waits, and how far the source has been published, in one transaction.
    func storeCandles() {
        storedAt = MonotonicClock.micros
        state.stored = state.position
        state.checkpoint = checkpoint
        do throws(StorageError) {
            try store.transaction { () throws(StorageError) in
                for candle in unstored { try store.store(candle) }
                try store.store(state)
            }
            unstored.removeAll(keepingCapacity: true)
        } catch {
            fail(error)
        }
    }

    /// The first of a kind are told one by one, later ones by the thousand: a bad file must not fill the logs.
    private func say(_ report: FeedCore.Report) {
        let count = reported[report.kind, default: 0] + 1
        reported[report.kind] = count
        guard count <= 20 || count % 1_000 == 0 else { return }
        let suffix =
            count < 20
            ? "" : " (\(count) \(report.kind.rawValue) reports so far; from here on every thousandth is told)"
        switch report.kind {
        case .recovered: log.notice("\(report.sentence)\(suffix)")
        case .refused, .conflicting, .gap, .stale: log.warning("\(report.sentence)\(suffix)")
        }
        setHealth()
    }

    func setHealth() {
        if let live, !live.isServing { return }
        let stale = source.watches.filter { core.isStale($0.symbol) }.map(\.symbol.name)
        let trouble = liveTrouble
        if core.isFinished {
            bus.health.set(.healthy, reason: "the source is at its end, at \(core.clock.marketTime)")
        } else if !stale.isEmpty {
            let reasons = trouble + ["stale: \(stale.joined(separator: ", "))"]
            bus.health.set(.degraded, reason: reasons.joined(separator: "; "))
        } else if !trouble.isEmpty {
            bus.health.set(.degraded, reason: trouble.joined(separator: "; "))
        } else {
            bus.health.set(.healthy)
        }
    }

    func fail(_ error: StorageError) {
        isOver = true
        log.critical("\(error)")
        let failure = Self.failure(error)
        context.fail(failure.status, failure.description)
    }

    func fail(_ error: SourceError) {
        isOver = true
        log.critical("\(error)")
        let failure = Self.failure(error)
        context.fail(failure.status, failure.description)
    }

    static func failure(_ error: SourceError) -> ServiceFailure {
        switch error.code {
        case .unreadable, .unwritable: ServiceFailure(.inputOutput, error.description)
        case .malformed: ServiceFailure(.dataFormat, error.description)
        case .unusable: ServiceFailure(.configuration, error.description)
        }
    }

    static func failure(_ error: StorageError) -> ServiceFailure {
        ServiceFailure(ExitStatus(rawValue: error.code.exitStatus) ?? .software, error.description)
    }
}

// MARK: - Every second

extension FeedShell {
    private func everySecond() {
        guard !isOver || core.isFinished else { return }
        handle(.timer)
        obey()
        setHealth()
        if !isOver, isStoreDue, !unstored.isEmpty || state.stored < state.position { storeCandles() }
        // A clock that was lost on the way must not hold anybody up.
        if lockStep != nil || core.isFinished { bus.publish(core.clock, on: .clock) }
        let counters = core.counters
        bus.health.gauge("feed.tickers", Double(counters.tickers))
        bus.health.gauge("feed.tickersNotNewer", Double(counters.tickersNotNewer))
        bus.health.gauge("feed.candles", Double(counters.candles))
        bus.health.gauge("feed.candlesDuplicate", Double(counters.candlesDuplicate + counters.candlesConflicting))
        bus.health.gauge("feed.candlesLate", Double(counters.candlesLate + counters.candlesTooOld))
        bus.health.gauge(
            "feed.refused", Double(counters.tickersRefused + counters.candlesRefused + counters.unknownSymbols))
        bus.health.gauge("feed.gaps", Double(counters.gaps))
        bus.health.gauge("feed.candlesMissing", Double(counters.candlesMissing))
        reportLive()
        if let pacer { bus.health.gauge("feed.slips", Double(pacer.slips)) }
        if let lockStep { bus.health.gauge("feed.step", Double(lockStep.step)) }
    }
}
