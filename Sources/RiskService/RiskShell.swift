import Composition
import FoundationEssentials
import Glibc
import Logging
import Messaging
import RiskArchive
import RiskCore
import ServiceRuntime
import Storage
import TradingModel
import Wire

/// Interprets ``RiskCore``: hands it facts, proposals and commands, and does what it directs, in order.
///
/// The closures it gives to the bus hold it strongly: a shell lives as long as its process.
actor RiskShell: ServiceShell {
    nonisolated let loop: EventLoop
    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    let context: ServiceContext
    let bus: ServiceBus
    let store: RiskStore
    let log: Logger
    /// Where a test wants this process to die.
    let faults: FaultPoints
    var core: RiskCore
    var directives: [RiskDirective] = []
    var requests: [RequestToken: InboundRequest] = [:]
    var execution = ExecutionMirror()
    /// What led to what is being handled.
    var cause: Cause?
    /// The database has failed: what is in memory is ahead of the disk and must not be acted on.
    var hasFailed = false
    /// A timer will move what was journalled into its tables.
    var willFold = false
    private var events: [RiskEvent] = []
    private var isHandling = false
    private var lastToken = 0
    private var feedSession = ""
    /// Counts feed's snapshots: each has its series asked for once.
    private var candleRound = 0

    init(context: ServiceContext) throws {
        let settings = context.settings
        self.context = context
        faults = try FaultPoints(
            environment: ProcessInfo.processInfo.environment, mode: settings.mode, isAtABox: settings.tradesAtABox)
        loop = context.loop
        log = context.log
        core = RiskCore(limits: RiskLimits(settings), isLockStep: settings.feed.marketSpeed == 0)
        do throws(StorageError) {
            store = try RiskStore(path: settings.dataDirectory + "/risk.sqlite", durability: settings.riskDurability)
        } catch {
            throw ServiceFailure(error.status, "\(error)")
        }
        bus = try ServiceBus(context: context)
    }

    /// Recovers what was saved, asks execution for the truth, then guards and judges.
    func start() throws {
        bus.health.set(.recovering, reason: "waiting for execution's truth")
        do throws(StorageError) {
            handle(.restored(try store.memory()))
        } catch {
            throw ServiceFailure(error.status, "\(error)")
        }
        bus.subscribe(
            to: .execution, topics: ["order.", "position.", "trade.", Topic.account.name, Topic.barrier.name],
            onGap: { gap in self.executionHasGap(gap) },
            { message in self.receiveFromExecution(message) })
        handle(.executionGap)
        bus.mirror(
            .feed, topics: ["ticker.", "candle.", "funding.", "staleness.", Topic.clock.name],
            request: FeedSnapshotRequest(),
            sequences: \.sequences, onGap: { gap in self.feedHasGap(gap) },
            apply: { snapshot, message in self.apply(snapshot, message) },
            { message in self.receiveFromFeed(message) })
        bus.serve { request in self.serve(request) }
        bus.every(.milliseconds(250)) { self.handle(.timer) }
        bus.every(.seconds(1)) { self.lookForKillFile() }
        bus.every(.milliseconds(500)) { self.store.tidy() }
        lookForKillFile()
    }

    func stop(_ reason: StopReason) {
        bus.health.set(.stopping, reason: "\(reason)")
        foldJournal()
        bus.close()
        store.checkpoint()
        store.shut()
    }

    /// One event through the core, and everything that follows from it. An event that arises while directives are being
    /// obeyed waits for its turn, or its records would be overwritten by older ones.
    func handle(_ event: RiskEvent) {
        events.append(event)
        guard !isHandling else { return }
        isHandling = true
        defer { isHandling = false }
        var next = 0
        while next < events.count, !hasFailed {
            core.handle(events[next], at: bus.now, into: &directives)
            if !directives.isEmpty { faults.pass(.decided) }
            next += 1
            obey()
        }
        events.removeAll(keepingCapacity: true)
        reportHealth()
    }

    private func reportHealth() {
        guard !hasFailed else { return }
        if let missing = core.missing {
            bus.health.set(.recovering, reason: missing)
        } else if let impediment = core.impediment {
            bus.health.set(.degraded, reason: impediment)
        } else {
            bus.health.set(.healthy)
        }
    }

    /// A file of this name in the run directory halts trading even when no command can be given.
    private func lookForKillFile() {
        handle(.killFile(isPresent: access(context.settings.runDirectory + "/KILL", F_OK) == 0))
    }
}

// MARK: - Facts in

extension RiskShell {
    private func feedHasGap(_ gap: Gap) {
        log.warning("\(gap): asking for a snapshot")
        handle(.feedGap)
    }

    private func apply(_ snapshot: FeedSnapshot, _ message: Inbound) {
        cause = message.asCause
        if message.envelope.session != feedSession {
            feedSession = message.envelope.session
            handle(.feedSession(feedSession))
        }
        var view = FeedView()
        view.session = feedSession
        view.instruments = snapshot.instruments
        view.tickers = snapshot.tickers
        view.clock = snapshot.clock
        for symbol in context.settings.symbols where snapshot.instruments.contains(where: { $0.symbol == symbol }) {
            for timeframe in snapshot.timeframes { view.awaitedSeries.insert(CandleSeries(symbol, timeframe)) }
        }
        handle(.feedSnapshot(view))
        candleRound += 1
        for series in view.awaitedSeries { askCandles(series, round: candleRound) }
    }

    /// Asks feed for what it remembers of a series. A later snapshot makes the question pointless.
    private func askCandles(_ series: CandleSeries, round: Int) {
        guard round == candleRound else { return }
        var request = CandlesRequest()
        request.symbol = series.symbol
        request.timeframe = series.timeframe
        request.limit = 500
        bus.request(request, to: .feed, id: bus.newRequestID(), timeToLive: .seconds(5)) { outcome in
            guard round == self.candleRound else { return }
            switch outcome {
            case .reply(let message):
                let candles = (try? message.body(Candles.self))?.candles
                if candles == nil { self.log.error("feed's candles of \(series.symbol) were not understood") }
                self.handle(.candles(series.symbol, series.timeframe, candles ?? []))
            case .refused(let refusal) where refusal.code == .notReady:
                self.bus.after(.milliseconds(100)) { self.askCandles(series, round: round) }
            case .refused(let refusal):
                self.log.warning("feed gives no \(series.timeframe) candles of \(series.symbol): \(refusal.sentence)")
                self.handle(.candles(series.symbol, series.timeframe, []))
            case .expired: self.askCandles(series, round: round)
            }
        }
    }

    private func receiveFromFeed(_ message: Inbound) {
        cause = message.asCause
        do throws(WireError) {
            switch message.kind {
            case Ticker.kind: handle(.ticker(try message.body(Ticker.self)))
            case Candle.kind: handle(.candle(try message.body(Candle.self)))
            case FundingRate.kind: handle(.funding(try message.body(FundingRate.self)))
            case Staleness.kind: handle(.staleness(try message.body(Staleness.self)))
            case MarketClock.kind:
                let clock = try message.body(MarketClock.self)
                bus.health.marketTime = clock.marketTime
                handle(.clock(clock))
            default: break
            }
        } catch {
            log.error("a message of feed was not used: \(error)")
        }
    }

    private func executionHasGap(_ gap: Gap) {
        log.warning("\(gap): asking for a snapshot")
        handle(.executionGap)
    }

    private func receiveFromExecution(_ message: Inbound) {
        guard execution.admits(message) else { return }
        hear(message)
    }

    private func hear(_ message: Inbound) {
        cause = message.asCause
        do throws(WireError) {
            switch message.kind {
            case Order.kind: handle(.order(try message.body(Order.self)))
            case Position.kind: handle(.position(try message.body(Position.self)))
            case Trade.kind: handle(.trade(try message.body(Trade.self)))
            case AccountState.kind: handle(.account(try message.body(AccountState.self)))
            case Barrier.kind: handle(.executionBarrier(try message.body(Barrier.self)))
            default: break
            }
        } catch {
            log.error("a message of execution was not used: \(error)")
        }
    }

    /// Asks execution until it answers, or until a later question makes this one pointless.
    func askExecution(_ number: Int) {
        execution.await(number)
        requestSnapshot(number)
    }

    private func requestSnapshot(_ number: Int) {
        guard execution.isAwaited(number) else { return }
        bus.request(
            ExecutionSnapshotRequest(), to: .execution, id: bus.newRequestID(), timeToLive: .seconds(2),
            retryEvery: .milliseconds(200)
        ) { outcome in
            switch outcome {
            case .reply(let message): self.take(message, number: number)
            case .refused: self.bus.after(.milliseconds(20)) { self.requestSnapshot(number) }
            case .expired: self.requestSnapshot(number)
            }
        }
    }

    private func take(_ message: Inbound, number: Int) {
        guard execution.isAwaited(number) else { return }
        do throws(WireError) {
            let snapshot = try message.body(ExecutionSnapshot.self)
            let newer = execution.take(snapshot, from: message)
            cause = message.asCause
            var view = ExecutionView()
            view.account = snapshot.account
            view.positions = snapshot.positions
            view.openOrders = snapshot.openOrders
            view.isReconciled = snapshot.isReconciled
            view.barrier = snapshot.barrier
            view.recentTrades = snapshot.recentTrades ?? []
            handle(.executionSnapshot(view, number))
            for message in newer { receiveFromExecution(message) }
        } catch {
            log.error("execution's snapshot was not understood: \(error)")
            bus.after(.milliseconds(200)) { self.requestSnapshot(number) }
        }
    }
}

// MARK: - Requests in

extension RiskShell {
    private func serve(_ request: InboundRequest) {
        faults.pass(.requested)
        guard !hasFailed else {
            return request.refuse(
                .unavailable, "risk's database has failed, so that nothing more is approved: see its log.")
        }
        cause = request.envelope.cause
        do throws(WireError) {
            switch request.kind {
            case Proposal.kind:
                let proposal = try request.body(Proposal.self)
                handle(.proposal(proposal, keep(request), expiresAt: request.envelope.expiresAt))
            case OperatorCommand.kind:
                let command = try request.body(OperatorCommand.self)
                handle(.command(command, keep(request)))
            case RiskSnapshotRequest.kind:
                var snapshot = RiskSnapshot()
                snapshot.state = core.state
                snapshot.plans = core.openPlans
                snapshot.barrier = core.barrier
                snapshot.sequences = bus.sequences(prefixes: ["plan.", "verdict.", "state", "barrier"])
                request.reply(snapshot)
            case RiskReportRequest.kind: request.reply(core.report(at: bus.now))
            case RiskSimulationRequest.kind:
                request.reply(core.simulation(of: try request.body(RiskSimulationRequest.self), at: bus.now))
            default: request.refuseUnknownKind()
            }
        } catch {
            request.refuse(error)
        }
    }

    private func keep(_ request: InboundRequest) -> RequestToken {
        lastToken += 1
        let token = RequestToken(lastToken)
        requests[token] = request
        return token
    }
}
