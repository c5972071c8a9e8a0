import Glibc
import Logging
import Messaging
import ServiceRuntime
import Storage
import TradingModel
import Wire

extension DashboardShell {
    /// Subscribes to all four and keeps a copy of those that have a snapshot.
    func follow() {
        bus.mirror(
            .feed, topics: ["ticker.", "staleness.", "clock"], request: FeedSnapshotRequest(),
            sequences: { (snapshot: FeedSnapshot) in snapshot.sequences },
            onGap: { gap in self.noteGap(gap) },
            apply: { snapshot, _ in self.replica.take(snapshot, at: self.bus.now) },
            { message in self.receive(message) })
        bus.mirror(
            .execution, topics: ["order.", "position.", "trade.", "account"], request: ExecutionSnapshotRequest(),
            sequences: { (snapshot: ExecutionSnapshot) in snapshot.sequences },
            onGap: { gap in self.noteGap(gap) },
            apply: { snapshot, _ in self.replica.take(snapshot) },
            { message in self.receive(message) })
        bus.mirror(
            .risk, topics: ["plan.", "state", "verdict."], request: RiskSnapshotRequest(),
            sequences: { (snapshot: RiskSnapshot) in snapshot.sequences },
            onGap: { gap in self.noteGap(gap) },
            apply: { snapshot, _ in self.replica.take(snapshot) },
            { message in self.receive(message) })
        bus.subscribe(
            to: .strategy, topics: ["decision.", "dialogue.", "leaderboard"],
            onGap: { gap in self.noteGap(gap) }, { message in self.receive(message) })
        for service in ServiceName.quartet {
            bus.subscribe(
                to: service, topics: [Topic.health(service).name], onGap: { _ in },
                { message in self.receive(message) })
        }
    }

    private func noteGap(_ gap: Gap) {
        guard case .hole = gap.kind else { return }
        replica.noteGap(of: gap.service)
        log.info("\(gap)")
    }

    private func receive(_ message: Inbound) {
        let now = bus.now
        do throws(WireError) {
            switch message.kind {
            case Ticker.kind: replica.take(try message.body(Ticker.self), at: now)
            case MarketClock.kind: replica.clock = try message.body()
            case Staleness.kind:
                let staleness = try message.body(Staleness.self)
                replica.stale[staleness.symbol] = staleness
            case Order.kind: replica.take(try message.body(Order.self))
            case Position.kind: replica.take(try message.body(Position.self))
            case Trade.kind: replica.take(try message.body(Trade.self))
            case AccountState.kind: replica.account = try message.body()
            case ExitPlan.kind: replica.take(try message.body(ExitPlan.self))
            case RiskState.kind: replica.risk = try message.body()
            case Verdict.kind: replica.take(try message.body(Verdict.self))
            case Decision.kind: replica.take(try message.body(Decision.self))
            case Dialogue.kind: replica.take(try message.body(Dialogue.self))
            case Leaderboard.kind: replica.leaderboard = try message.body()
            case Health.kind:
                guard let service = ServiceName(rawValue: message.envelope.source) else { return }
                replica.take(try message.body(), session: message.envelope.session, from: service, at: now)
            default: break
            }
        } catch {
            log.warning("a \(message.kind) of \(message.envelope.source) was not used: \(error)")
        }
    }

    /// Reads what was traded, refused and decided before this start from the services' databases, beside their writers.
    func readHistory() {
        readBook("execution") { (path) throws(StorageError) in
            let store = try ExecutionStore(path: path, access: .readOnly)
            defer { store.shut() }
            for trade in try store.trades() { self.replica.take(trade) }
            for order in try store.orders(limit: Replica.keptOrders) { self.replica.take(order.order) }
        }
        readBook("risk") { (path) throws(StorageError) in
            let store = try RiskStore(path: path, access: .readOnly)
            defer { store.shut() }
            for verdict in try store.verdicts(Replica.keptVerdicts) { self.replica.take(verdict) }
        }
        readBook("strategy") { (path) throws(StorageError) in
            let store = try StrategyStore(path: path, access: .readOnly)
            defer { store.shut() }
            if let decision = try store.lastDecision(of: nil, acting: true) { self.replica.take(decision) }
        }
    }

    private func readBook(_ name: String, _ read: (String) throws(StorageError) -> Void) {
        let path = "\(context.settings.dataDirectory)/\(name).sqlite"
        guard access(path, R_OK) == 0 else { return }
        do throws(StorageError) { try read(path) } catch {
            // A file that is just being made has nothing to show; what is published from now on is complete.
            log.info("what \(name) did before this start is not shown: \(error)")
        }
    }

    // MARK: Questions to the others

    /// Closed candles from feed; `nil` where it does not answer in time.
    func candles(_ request: CandlesRequest) async -> Candles? {
        await withCheckedContinuation { continuation in
            bus.request(request, to: .feed, id: bus.newRequestID(), timeToLive: .seconds(3)) { outcome in
                guard case .reply(let message) = outcome else { return continuation.resume(returning: nil) }
                continuation.resume(returning: try? message.body(Candles.self))
            }
        }
    }

    /// Tells risk to halt; the sentence of a failure says what else stops trading.
    func halt(why: String, who: String) async -> Result<CommandResult, ProblemView.Failure> {
        var command = OperatorCommand()
        command.verb = .halt
        command.who = who
        command.why = why
        let file = context.settings.runDirectory + "/KILL"
        return await withCheckedContinuation { continuation in
            bus.request(
                command, to: .risk, id: bus.newRequestID(), timeToLive: .seconds(5), retryEvery: .milliseconds(200)
            ) { outcome in
                switch outcome {
                case .reply(let message):
                    guard let result = try? message.body(CommandResult.self) else {
                        return continuation.resume(
                            returning: .failure(.init("risk's answer was not understood: look at the trading state")))
                    }
                    self.log.notice("The emergency stop was used by \(who): \(result.sentence)")
                    continuation.resume(returning: .success(result))
                case .refused(let refusal):
                    continuation.resume(returning: .failure(.init("risk refused to halt: \(refusal.sentence)")))
                case .expired:
                    continuation.resume(
                        returning: .failure(
                            .init(
                                "risk did not answer within 5 s; it also halts while the file \(file) is there: touch it"
                            )))
                }
            }
        }
    }
}

extension ProblemView {
    /// A sentence as an error.
    struct Failure: Error {
        let sentence: String
        init(_ sentence: String) { self.sentence = sentence }
    }
}
