import AlertCore
import Glibc
import Logging
import Messaging
import ServiceRuntime
import Storage
import TradingModel
import Wire

extension AlertShell {
    /// Subscribes to all four and keeps a copy of those that have a snapshot: what was missed shows there.
    func follow() {
        bus.subscribe(to: .feed, topics: ["staleness."], onGap: { _ in }, { message in self.receive(message) })
        bus.mirror(
            .execution, topics: ["order.", "position.", "trade.", "account"], request: ExecutionSnapshotRequest(),
            sequences: { (snapshot: ExecutionSnapshot) in snapshot.sequences },
            apply: { snapshot, _ in self.apply(snapshot) },
            { message in self.receive(message) })
        bus.mirror(
            .risk, topics: ["plan.", "state"], request: RiskSnapshotRequest(),
            sequences: { (snapshot: RiskSnapshot) in snapshot.sequences },
            apply: { snapshot, _ in self.apply(snapshot) },
            { message in self.receive(message) })
        bus.subscribe(to: .strategy, topics: ["leaderboard"], onGap: { _ in }, { message in self.receive(message) })
        for service in ServiceName.quartet {
            bus.subscribe(
                to: service, topics: [Topic.health(service).name], onGap: { _ in },
                { message in self.receive(message) })
        }
    }

    private func apply(_ snapshot: ExecutionSnapshot) {
        books.account = snapshot.account
        books.positions = snapshot.positions
        // What was closed while this service was down may be more than a snapshot tells.
        let stored = storedTrades(limit: 500)
        take(
            .books(
                positions: snapshot.positions, openOrders: snapshot.openOrders,
                trades: stored + (snapshot.recentTrades ?? [])))
    }

    private func apply(_ snapshot: RiskSnapshot) {
        books.risk = snapshot.state
        books.plans = snapshot.plans
        take(.state(snapshot.state))
    }

    /// Closed trades from execution's database, read beside its writer; none where it cannot be read.
    func storedTrades(limit: Int) -> [Trade] {
        let path = context.settings.dataDirectory + "/execution.sqlite"
        guard access(path, R_OK) == 0 else { return [] }
        do throws(StorageError) {
            let store = try ExecutionStore(path: path, access: .readOnly)
            defer { store.shut() }
            return try store.trades(limit: limit)
        } catch {
            log.info("closed trades cannot be read: \(error)")
            return []
        }
    }

    private func receive(_ message: Inbound) {
        do throws(WireError) {
            switch message.kind {
            case Staleness.kind: take(.staleness(try message.body()))
            case Order.kind: take(.order(try message.body()))
            case Position.kind:
                let position = try message.body(Position.self)
                books.positions.removeAll { $0.symbol == position.symbol }
                if position.isOpen { books.positions.append(position) }
                take(.position(position))
            case Trade.kind: take(.trade(try message.body()))
            case AccountState.kind: books.account = try message.body()
            case ExitPlan.kind:
                let plan = try message.body(ExitPlan.self)
                books.plans.removeAll { $0.id == plan.id }
                if plan.status != .spent { books.plans.append(plan) }
            case RiskState.kind:
                let state = try message.body(RiskState.self)
                books.risk = state
                take(.state(state))
            case Leaderboard.kind: take(.leaderboard(try message.body()))
            case Health.kind: receive(try message.body(Health.self), message.envelope)
            default: break
            }
        } catch {
            log.warning("a \(message.kind) of \(message.envelope.source) was not used: \(error)")
        }
    }

    private func receive(_ health: Health, _ envelope: Envelope) {
        let life = ServiceLife(
            service: envelope.source, condition: health.condition.rawValue, reason: health.reason,
            session: envelope.session, residentBytes: health.residentBytes)
        books.lives.removeAll { $0.service == life.service }
        books.lives.append(life)
        books.heardAt[life.service] = bus.now
        if let marketTime = health.marketTime { bus.health.marketTime = marketTime }
        take(.life(life))
    }
}
