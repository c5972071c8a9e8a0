import Composition
import ExecutionCore
import FoundationEssentials
import Logging
import Messaging
import Portfolio
import ServiceRuntime
import Storage
import TradingModel
import VenueConnector
import Wire

/// Interprets ``ExecutionCore``: journals, drives the venue, answers, publishes, in the order directed.
///
/// The closures it gives to the bus hold it strongly: a shell lives as long as its process.
actor ExecutionShell: ServiceShell {
    nonisolated let loop: EventLoop
    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    let context: ServiceContext
    let bus: ServiceBus
    let store: ExecutionStore
    let desk: any VenueDesk
    /// Live only: the same desk, and its connections.
    let liveDesk: LiveDesk?
    let line: LiveLine?
    let log: Logger
    var core: ExecutionCore
    var session: SessionLog
    var directives: [ExecutionDirective] = []
    /// Journalled and not yet committed.
    var rows: [ExecutionRow] = []
    var requests: [RequestToken: InboundRequest] = [:]
    private var lastToken = 0
    /// What led to what is being handled.
    var cause: Cause?
    /// The journal has failed: what is in memory is ahead of the disk and must not be told to anyone.
    var hasFailed = false
    /// The core has the journal.
    var hasRestored = false
    var hasStopped = false
    /// A timer will move what was journalled into its tables.
    var willFold = false
    private var commitsSeen = 0
    let faults: FaultPoints

    init(context: ServiceContext) throws {
        let settings = context.settings
        faults = try FaultPoints(
            environment: ProcessInfo.processInfo.environment, mode: settings.mode, isAtABox: settings.tradesAtABox)
        self.context = context
        loop = context.loop
        log = context.log
        do {
            store = try ExecutionStore(
                path: settings.dataDirectory + "/execution.sqlite", access: .readWrite(owner: "execution"),
                durability: settings.journalDurability)
            if settings.mode == .paper {
                desk = try PaperDesk(
                    store, startingBalance: settings.execution.startingBalance, rules: PaperRules(settings.execution))
            } else {
                desk = try LiveDesk(store, settings, log: context.log)
            }
        } catch let error as StorageError {
            throw ServiceFailure(error.status, "\(error)")
        }
        if faults.isArmed {
            let faults = faults
            store.onRowsWritten = { faults.pass(.insideCommit) }
        }
        liveDesk = desk as? LiveDesk
        line = settings.mode == .live ? try LiveLine() : nil
        session = SessionLog(startedAt: .distantPast)
        bus = try ServiceBus(context: context)
        let seed = UInt64(truncatingIfNeeded: StableHash.of("\(bus.now.micros)").value)
        core = ExecutionCore(policy: ExecutionPolicy(settings, seed: seed))
    }

    /// Recovers, then follows feed and serves. Until the journal and the venue agree, requests are refused as not ready.
    func start() throws {
        session = SessionLog(startedAt: bus.now)
        bus.health.set(.recovering, reason: "the journal is being read")
        if let liveDesk, let line {
            goLive(liveDesk, line)
        } else {
            do throws(StorageError) { try restore() } catch { throw ServiceFailure(error.status, "\(error)") }
        }
        bus.serve { request in self.serve(request) }
        bus.mirror(
            .feed, topics: ["ticker.", "book.", "funding.", Topic.clock.name], request: FeedSnapshotRequest(),
            sequences: \.sequences,
            onGap: { gap in self.log.warning("\(gap): asking for a snapshot") },
            apply: { snapshot, message in self.apply(snapshot, message) },
            { message in self.receive(message) })
        bus.every(.milliseconds(500)) { self.tidy() }
    }

    /// Hands the journal to the core, which asks the venue for everything that is open.
    func restore() throws(StorageError) {
        guard let account = try store.account() else {
            throw StorageError(
                code: .failed, description: "\(context.settings.dataDirectory)/execution.sqlite has no account")
        }
        hasRestored = true
        session.begin(with: account, settings: context.settings)
        handle(.restored(try JournalImage(account, store: store)))
    }

    func stop(_ reason: StopReason) {
        hasStopped = true
        line?.close()
        switch reason {
        case .requested(let by): bus.health.set(.stopping, reason: "asked to by \(by)")
        case .failed(_, let sentence): bus.health.set(.stopping, reason: sentence)
        }
        if !hasFailed {
            commit()
            fold()
            writeSessionReport()
        }
        bus.close()
        store.checkpoint()
        store.shut()
    }

    /// Moves the journal's log into its file when nothing was committed for a while, or when it has grown long.
    private func tidy() {
        let commits = store.uncheckpointedCommits
        if commits > 0, commits == commitsSeen || commits > 1_000 { store.checkpoint() }
        commitsSeen = store.uncheckpointedCommits
        bus.health.gauge("execution.openPositions", Double(core.ledger.holdings.count))
    }
}

// MARK: - Facts and requests in

extension ExecutionShell {
    /// One event through the core, and everything that follows from it.
    func handle(_ event: ExecutionEvent) {
        guard !hasFailed else { return }
        core.handle(event, at: bus.now, into: &directives)
        if !directives.isEmpty { faults.pass(.decided) }
        obey()
    }

    private func apply(_ snapshot: FeedSnapshot, _ message: Inbound) {
        cause = message.asCause
        desk.list(snapshot.instruments)
        handle(.instruments(snapshot.instruments))
        for ticker in snapshot.tickers { take(ticker) }
        handle(.clock(snapshot.clock))
        bus.health.marketTime = core.marketTime
    }

    private func receive(_ message: Inbound) {
        do throws(WireError) {
            switch message.kind {
            case Ticker.kind:
                let ticker = try message.body(Ticker.self)
                cause = message.asCause
                take(ticker)
            case MarketClock.kind:
                let clock = try message.body(MarketClock.self)
                cause = message.asCause
                handle(.clock(clock))
                bus.health.marketTime = core.marketTime
            case OrderBook.kind: desk.observe(try message.body(OrderBook.self))
            case FundingRate.kind: desk.observe(try message.body(FundingRate.self))
            default: break
            }
        } catch {
            log.error("a message of feed was not used: \(error)")
        }
    }

    /// A price: the books first, then the orders that meet it.
    private func take(_ ticker: Ticker) {
        guard !hasFailed else { return }
        let now = bus.now
        core.handle(.ticker(ticker), at: now, into: &directives)
        var reports: [VenueReport] = []
        desk.observe(ticker, into: &reports)
        rows.append(contentsOf: desk.takeRows())
        if !reports.isEmpty { absorb(reports, at: now) }
        if !rows.isEmpty { faults.pass(.decided) }
        obey()
    }

    private func serve(_ request: InboundRequest) {
        guard !hasFailed else {
            return request.refuse(
                .unavailable, "execution's journal has failed, so that nothing more is ordered: see its log.")
        }
        cause = request.envelope.cause
        do throws(WireError) {
            switch request.kind {
            case OrderRequest.kind:
                let order = try request.body(OrderRequest.self)
                faults.pass(.requested)
                recall(order.clientOrderID)
                handle(.orderRequest(order, keep(request)))
            case CancelRequest.kind:
                let cancel = try request.body(CancelRequest.self)
                faults.pass(.requested)
                recall(cancel.clientOrderID)
                handle(.cancelRequest(cancel.clientOrderID, keep(request)))
            case OrderQuery.kind:
                let query = try request.body(OrderQuery.self)
                recall(query.clientOrderID)
                handle(.orderQuery(query.clientOrderID, keep(request)))
            case ExecutionSnapshotRequest.kind: handle(.snapshotRequest(keep(request)))
            case ReconcileRequest.kind: handle(.reconcileRequest(keep(request)))
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

    /// Brings an order back that the core has let go of, so that no id is ever taken for a new one.
    func recall(_ id: ClientOrderID) {
        guard !core.isTracking(id) else { return }
        do throws(StorageError) {
            guard let report = try store.order(id) else { return }
            // It directs nothing: memory is all that changes.
            core.handle(.recalled(JournaledOrder(report)), at: bus.now, into: &directives)
        } catch {
            fail(error)
        }
    }
}
