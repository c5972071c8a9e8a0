import AgentCore
import Composition
import Glibc
import Logging
import Messaging
import ServiceRuntime
import Storage
import StrategyCore
import TradingModel
import Wire

/// Interprets ``StrategyCore``: feeds it candles, clock, plans and verdicts, and does what it directs, in order.
///
/// The closures it gives to the bus hold it strongly: a shell lives as long as its process.
actor StrategyShell: ServiceShell {
    nonisolated let loop: EventLoop
    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    private let context: ServiceContext
    let bus: ServiceBus
    private let store: StrategyStore
    let log: Logger
    private var core: StrategyCore
    private var directives: [StrategyCore.Directive] = []
    /// Series whose look-back has not arrived yet; candles of the others flow already.
    private var loading: Set<SeriesKey> = []
    /// The snapshot's clock, while the look-back it belongs behind is on its way.
    private var clockToHandle: MarketClock?
    /// When feed published the candle that came last: where the way of an order begins.
    private var candleAt: WallTime = .distantPast
    private var knowsInstruments = false
    private var knowsPlans = false
    /// The language-model trader, where it runs.
    let agent: AgentDesk?
    /// Reads the headlines for the agent's prompt, where some are configured.
    var news: NewsReader?
    var isReadingNews = false
    var newsFault: String?

    init(context: ServiceContext) throws {
        self.context = context
        loop = context.loop
        log = context.log
        do throws(ParameterError) {
            core = try StrategyCore(settings: StrategyCore.Settings(context.settings))
        } catch {
            // A name or a number in the configuration: starting again would end the same way.
            throw ServiceFailure(.configuration, "strategy.active or strategy.parameters: \(error)")
        }
        do throws(StorageError) {
            store = try StrategyStore(path: context.settings.dataDirectory + "/strategy.sqlite")
        } catch {
            throw ServiceFailure(error.status, "\(error)")
        }
        bus = try ServiceBus(context: context)
        switch try AgentChoice(context.settings, context.secrets) {
        case .off(let why):
            log.info("no language model is asked: \(why)")
            agent = nil
        case .on(let source):
            agent = try AgentDesk(source, settings: context.settings, bus: bus, store: store, log: context.log)
        }
    }

    func start() throws {
        bus.health.set(.recovering, reason: "waiting for feed and risk")
        var topics = core.neededSeries.map { Topic.candle($0.key.symbol, $0.key.timeframe).name }
        if agent != nil { topics = ["book.", "candle.", "funding.", "ticker."] }
        bus.subscribe(
            to: .feed, topics: topics + [Topic.clock.name],
            onGap: { gap in self.feedHasGap(gap) },
            { message in self.receiveFromFeed(message) })
        bus.subscribe(
            to: .risk, topics: ["plan.", Topic.barrier.name] + (agent == nil ? [] : [Topic.state.name]),
            onGap: { _ in self.loadPlans() },
            { message in self.receiveFromRisk(message) })
        bus.serve { request in self.serve(request) }
        bus.every(.milliseconds(500)) { self.store.tidy() }
        loadFeed()
        loadPlans()
        startAgent()
    }

    func stop(_ reason: StopReason) {
        agent?.stop()
        bus.close()
        store.shut()
    }
}

// MARK: - Facts in

extension StrategyShell {
    private func receiveFromFeed(_ message: Inbound) {
        do throws(WireError) {
            switch message.kind {
            case Candle.kind:
                let candle = try message.body(Candle.self)
                let origin = StrategyCore.Origin(session: message.envelope.session, sequence: message.envelope.sequence)
                candleAt = message.envelope.at
                handle(.candle(candle, origin))
                agent?.take(candle, session: origin.session, sequence: origin.sequence)
            case MarketClock.kind:
                let clock = try message.body(MarketClock.self)
                handle(.clock(clock))
                bus.health.marketTime = core.marketTime
                agent?.take(clock)
            case Ticker.kind: agent?.handle(.ticker(try message.body(Ticker.self)))
            case FundingRate.kind: agent?.handle(.funding(try message.body(FundingRate.self)))
            case OrderBook.kind: agent?.handle(.book(try message.body(OrderBook.self)))
            default: break
            }
        } catch {
            log.error("a message of feed was not used: \(error)")
        }
    }

    private func receiveFromRisk(_ message: Inbound) {
        do throws(WireError) {
            switch message.kind {
            case ExitPlan.kind:
                let plan = try message.body(ExitPlan.self)
                handle(.plan(plan))
                agent?.take(plan)
            case RiskState.kind: agent?.take(try message.body(RiskState.self))
            case Barrier.kind: handle(.barrier(try message.body(Barrier.self)))
            default: break
            }
        } catch {
            log.error("a message of risk was not used: \(error)")
        }
    }

    private func feedHasGap(_ gap: Gap) {
        log.warning("\(gap)")
        // Candles that were lost show up as holes in their series; instruments may be new with a new session.
        loadFeed()
    }

    private func handle(_ event: StrategyCore.Event) {
        // A rule that never ends would hold up every other in silence: the kernel ends the process instead, and its
        // supervisor starts it again. The longest honest event, a look-back of a thousand candles, takes milliseconds.
        alarm(Self.longestEvent)
        core.handle(event, at: bus.now, into: &directives)
        alarm(0)
        obey()
    }

    /// Seconds after which one event is never going to end.
    private static let longestEvent: UInt32 = 60
}

// MARK: - Start-up and holes

extension StrategyShell {
    private func loadFeed() {
        ask(FeedSnapshotRequest(), of: .feed, expecting: FeedSnapshot.self) { snapshot, _ in
            self.handle(.instruments(snapshot.instruments))
            self.knowsInstruments = true
            self.agent?.load(snapshot.timeframes)
            let built = Set(snapshot.timeframes)
            for (key, load) in self.core.neededSeries {
                if built.contains(key.timeframe) {
                    self.loadSeries(key, limit: load)
                } else {
                    self.log.error(
                        "feed builds no \(key.timeframe) candles of \(key.symbol): the strategies that need them stay silent"
                    )
                }
            }
            // The clock comes after the look-back, as it does on the bus.
            if self.loading.isEmpty { self.handle(.clock(snapshot.clock)) } else { self.clockToHandle = snapshot.clock }
            self.reportHealth()
        }
    }

    private func loadSeries(_ key: SeriesKey, limit: Int) {
        guard loading.insert(key).inserted else { return }
        var request = CandlesRequest()
        request.symbol = key.symbol
        request.timeframe = key.timeframe
        request.limit = max(1, limit)
        ask(request, of: .feed, expecting: Candles.self) { reply, message in
            let origin = StrategyCore.Origin(session: message.envelope.session, sequence: reply.sequence)
            self.handle(.history(key, reply.candles, origin))
            self.loading.remove(key)
            if self.loading.isEmpty, let clock = self.clockToHandle {
                self.clockToHandle = nil
                self.handle(.clock(clock))
            }
            self.reportHealth()
        }
    }

    private func loadPlans() {
        ask(RiskSnapshotRequest(), of: .risk, expecting: RiskSnapshot.self) { snapshot, _ in
            self.handle(.plans(snapshot.plans))
            self.agent?.handle(.plans(snapshot.plans))
            self.agent?.take(snapshot.state)
            if let barrier = snapshot.barrier { self.handle(.barrier(barrier)) }
            self.knowsPlans = true
            self.reportHealth()
        }
    }

    private func reportHealth() {
        if knowsInstruments && knowsPlans && loading.isEmpty {
            bus.health.set(.healthy)
        } else {
            let missing = [
                knowsInstruments ? nil : "feed's snapshot", knowsPlans ? nil : "risk's plans",
                loading.isEmpty ? nil : "\(loading.count) series",
            ]
            bus.health.set(.recovering, reason: "waiting for " + missing.compactMap { $0 }.joined(separator: ", "))
        }
    }

    /// Asks until answered: without the answer this service has nothing to do.
    private func ask<Q: WireBody, A: WireBody>(
        _ request: Q, of service: ServiceName, expecting: A.Type, _ done: @escaping (A, Inbound) -> Void
    ) {
        bus.request(request, to: service, id: bus.newRequestID(), timeToLive: .seconds(5)) { outcome in
            switch outcome {
            case .reply(let message):
                do throws(WireError) {
                    done(try message.body(A.self), message)
                } catch {
                    self.log.error("\(service.rawValue)'s answer to \(Q.kind) was not understood: \(error)")
                }
            case .refused(let refusal):
                self.log.warning("\(service.rawValue) refused \(Q.kind): \(refusal.sentence)")
                _ = self.bus.after(.milliseconds(200)) { self.ask(request, of: service, expecting: A.self, done) }
            case .expired:
                self.ask(request, of: service, expecting: A.self, done)
            }
        }
    }
}

// MARK: - Directives out

extension StrategyShell {
    /// Does what has been directed: proposals leave first, then everything that explains them is committed in one
    /// transaction, then it is told.
    ///
    /// A proposal is no order: risk commits it with its own verdict before anything follows from it, and its id is derived
    /// from the candle, so that a crash in between can neither double it nor hide it (`docs/decisions/0005-what-waits-for-a-commit.md`).
    private func obey() {
        let pending = directives
        directives.removeAll(keepingCapacity: true)
        for directive in pending { if case .propose(let proposal) = directive { propose(proposal) } }
        guard persist(pending) else { return }
        for directive in pending {
            switch directive {
            case .propose, .persist, .persistDecision: break
            case .publish(let signal): bus.publish(signal, on: .signal(signal.symbol))
            case .publishDecision(let decision): publish(decision)
            case .requestHistory(let key, let limit): loadSeries(key, limit: limit)
            case .finishStep(let barrier): finish(barrier)
            case .log(let level, let sentence): say(level, sentence)
            }
        }
    }

    /// Stores all records in one transaction. Returns whether they are on disk.
    private func persist(_ pending: [StrategyCore.Directive]) -> Bool {
        guard pending.contains(where: \.isRecord) else { return true }
        do throws(StorageError) {
            try store.transaction { () throws(StorageError) in
                for directive in pending {
                    switch directive {
                    case .persist(let signal): try store.store(signal)
                    case .persistDecision(let decision): try store.store(decision)
                    default: break
                    }
                }
            }
            return true
        } catch {
            // What cannot be recorded is not decided: an unexplained trade is worse than none.
            log.critical("strategy cannot record its decisions and ends: \(error)")
            context.fail(error.status, "strategy cannot record its decisions and ends: \(error)")
            return false
        }
    }

    private func publish(_ decision: Decision) {
        bus.publish(decision, on: .decision(decision.symbol))
        guard decision.action != .hold else { return }
        log.info("\(decision.symbol): \(decision.reason)", metadata: ["decision.id": "\(decision.id)"])
    }

    private func propose(_ proposal: Proposal) {
        let begin = candleAt
        bus.request(
            proposal, to: .risk, id: proposal.id, timeToLive: .seconds(Int64(context.settings.strategy.proposalSeconds))
        ) { outcome in
            self.log.debug("proposal \(proposal.id) was answered \((self.bus.now - begin).micros) us after its candle")
            self.finished(proposal, outcome)
        }
    }

    private func finished(_ proposal: Proposal, _ outcome: RequestOutcome) {
        switch outcome {
        case .reply(let message):
            do throws(WireError) {
                let verdict = try message.body(Verdict.self)
                if let denial = verdict.denial {
                    log.info(
                        "\(proposal.symbol): risk denied \(proposal.strategy)'s \(proposal.action.rawValue): \(denial)")
                }
                handle(.verdict(verdict))
            } catch {
                handle(
                    .proposalFailed(
                        id: proposal.id, sentence: "risk's verdict on \(proposal.id) was not understood: \(error)"))
            }
        case .refused(let refusal):
            handle(
                .proposalFailed(id: proposal.id, sentence: "proposal \(proposal.id) was refused: \(refusal.sentence)"))
        case .expired:
            if core.settings.isLockStep {
                // Feed waits for this step, so there is no hurry and no other outcome than an answer.
                propose(proposal)
            } else {
                handle(
                    .proposalFailed(
                        id: proposal.id,
                        sentence:
                            "proposal \(proposal.id) of \(proposal.symbol) expired unanswered: risk is down or slow; it keeps the truth"
                    ))
            }
        }
    }

    private func finish(_ barrier: Barrier) {
        bus.request(barrier, to: .feed, id: "step-\(barrier.step)-\(bus.session)", timeToLive: .seconds(30)) {
            outcome in
            switch outcome {
            case .reply: break
            case .refused(let refusal):
                self.log.warning("feed refused the end of step \(barrier.step): \(refusal.sentence)")
            case .expired: self.finish(barrier)
            }
        }
    }

    private func say(_ level: StrategyCore.LogLevel, _ sentence: String) {
        switch level {
        case .info: log.info("\(sentence)")
        case .warning: log.warning("\(sentence)")
        case .error: log.error("\(sentence)")
        }
    }
}

extension StrategyCore.Directive {
    /// Whether it is something to be stored.
    fileprivate var isRecord: Bool {
        switch self {
        case .persist, .persistDecision: true
        case .publish, .publishDecision, .propose, .requestHistory, .finishStep, .log: false
        }
    }
}

extension StorageError {
    /// How a process ends that met this error.
    var status: ExitStatus { ExitStatus(rawValue: code.exitStatus) ?? .software }
}
