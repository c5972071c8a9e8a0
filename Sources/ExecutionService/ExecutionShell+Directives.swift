import ExecutionCore
import Logging
import ServiceRuntime
import Storage
import TradingModel
import Wire

extension ExecutionShell {
    /// Does what the core has directed, in order. What is journalled is committed in one transaction before anything that
    /// leaves the process; the paper venue's books are part of that transaction.
    func obey() {
        var next = 0
        while next < directives.count, !hasFailed {
            let directive = directives[next]
            next += 1
            switch directive {
            case .journal(let record): rows.append(ExecutionRow(record))
            case .send(let command): send(command)
            case .schedule(let timer, let delay): bus.after(delay) { self.wake(timer) }
            case .reply(let answer, let token): reply(answer, token)
            case .replySnapshot(let image, let token): reply(image, token)
            case .replyReconciliation(let answer, let token): reply(answer, token)
            case .refuse(let refusal, let token): refuse(refusal, token)
            case .publish(let fact): publish(fact)
            case .barrier(let barrier):
                guard commit() else { break }
                bus.publish(barrier, on: .barrier, cause: cause)
            case .readiness(let readiness): report(readiness)
            case .log(let line): say(line)
            }
        }
        commit()
        directives.removeAll(keepingCapacity: true)
    }

    /// Commits what is journalled. Returns whether the journal holds everything that was decided.
    @discardableResult
    func commit() -> Bool {
        guard !rows.isEmpty else { return !hasFailed }
        do throws(StorageError) {
            faults.pass(.beforeCommit)
            try store.commit(rows, at: bus.now)
            rows.removeAll(keepingCapacity: true)
            faults.pass(.committed)
            return true
        } catch {
            fail(error)
            return false
        }
    }

    /// Commits what an answer waits for, in the shortest way; it moves into its tables a moment later.
    private func commitForReply() -> Bool {
        guard !rows.isEmpty else { return !hasFailed }
        do throws(StorageError) {
            faults.pass(.beforeCommit)
            guard try store.journal(rows, at: bus.now) else { return commit() }
            rows.removeAll(keepingCapacity: true)
            faults.pass(.committed)
            if !willFold {
                willFold = true
                bus.after(Self.foldDelay) { self.fold() }
            }
            return true
        } catch {
            fail(error)
            return false
        }
    }

    /// Long enough for the answer to have reached its asker, too short for a person to notice.
    private static let foldDelay = Span.milliseconds(2)

    func fold() {
        willFold = false
        guard !hasFailed else { return }
        do throws(StorageError) { try store.fold() } catch { fail(error) }
    }

    /// The journal cannot be trusted to hold what is in memory: nothing is told any more, and the process ends.
    func fail(_ error: StorageError) {
        guard !hasFailed else { return }
        hasFailed = true
        rows.removeAll()
        bus.health.set(.degraded, reason: "the journal has failed: \(error)")
        context.fail(error.status, "execution stops trading, the journal has failed: \(error)")
    }

    private func send(_ command: VenueCommand) {
        if !desk.isInsideTheJournal { guard commitForReply() else { return } }
        let now = bus.now
        var reports: [VenueReport] = []
        desk.handle(command, at: now, into: &reports)
        rows.append(contentsOf: desk.takeRows())
        faults.pass(.sent)
        guard !reports.isEmpty else { return }
        // A venue inside the journal speaks only of orders that are open in it, and those are in memory.
        if !desk.isInsideTheJournal { for id in reports.flatMap(\.orderIDs) { recall(id) } }
        absorb(reports, at: now)
    }

    /// Hands the venue's reports to the core. What follows of them is journalled at once and not in its turn: the venue's
    /// own rows are waiting already, and no commit may hold the one without the other.
    func absorb(_ reports: [VenueReport], at now: WallTime) {
        var kept = directives.count
        core.handle(.reports(reports), at: now, into: &directives)
        for index in kept..<directives.count {
            if case .journal(let record) = directives[index] {
                rows.append(ExecutionRow(record))
            } else {
                directives[kept] = directives[index]
                kept += 1
            }
        }
        directives.removeSubrange(kept...)
    }

    private func wake(_ timer: ExecutionTimer) {
        cause = nil
        handle(.timer(timer))
    }

    private func reply(_ answer: OrderAnswer, _ token: RequestToken) {
        guard commitForReply(), let request = requests.removeValue(forKey: token) else { return }
        var report = OrderReport()
        report.order = answer.order
        report.fills = answer.fills
        faults.pass(.beforeReply)
        request.reply(report)
        faults.pass(.replied)
    }

    private func reply(_ image: ExecutionImage, _ token: RequestToken) {
        guard commit(), let request = requests.removeValue(forKey: token) else { return }
        var snapshot = ExecutionSnapshot()
        snapshot.account = image.account
        snapshot.positions = image.positions
        snapshot.openOrders = image.openOrders
        snapshot.isReconciled = image.isReconciled
        snapshot.barrier = image.barrier
        snapshot.recentTrades = try? store.trades(limit: 200)
        snapshot.sequences = bus.sequences(prefixes: ["order.", "fill.", "position.", "trade.", "account", "barrier"])
        request.reply(snapshot)
    }

    private func reply(_ answer: ReconciliationAnswer, _ token: RequestToken) {
        guard commit(), let request = requests.removeValue(forKey: token) else { return }
        func list(_ sentences: [Symbol: String]) -> [Reconciliation.Difference] {
            sentences.sorted { $0.key < $1.key }.map { .init(symbol: $0.key, sentence: $0.value) }
        }
        var report = Reconciliation()
        report.differences = list(answer.symbols)
        if let cash = answer.cash { report.differences.append(.init(symbol: nil, sentence: cash)) }
        report.blocked = list(answer.blocked)
        report.positions = answer.positions
        report.openOrders = answer.openOrders
        report.balance = answer.balance
        report.venueBalance = answer.venueBalance
        request.reply(report)
    }

    private func refuse(_ refusal: RequestRefusal, _ token: RequestToken) {
        guard let request = requests.removeValue(forKey: token) else { return }
        switch refusal {
        case .notReady(let sentence): request.refuse(.notReady, sentence)
        case .malformed(let sentence): request.refuse(.malformed, sentence)
        }
    }

    private func publish(_ fact: ExecutionFact) {
        guard commit() else { return }
        faults.pass(.beforePublish)
        defer { faults.pass(.published) }
        switch fact {
        case .order(let order): bus.publish(order, on: .order(order.request.symbol), cause: cause)
        case .fill(let fill):
            session.count(fill)
            bus.publish(fill, on: .fill(fill.symbol), cause: cause)
        case .position(let position): bus.publish(position, on: .position(position.symbol), cause: cause)
        case .trade(let trade):
            session.count(trade)
            bus.publish(trade, on: .trade(trade.symbol), cause: cause)
        case .account(let account):
            session.observe(account)
            bus.publish(account, on: .account, cause: cause)
        }
    }

    private func report(_ readiness: ExecutionReadiness) {
        switch readiness {
        case .recovering(let sentence): bus.health.set(.recovering, reason: sentence)
        case .ready: bus.health.set(.healthy)
        case .degraded(let sentence): bus.health.set(.degraded, reason: sentence)
        }
    }

    private func say(_ line: LogLine) {
        let level: Logger.Level =
            switch line.level {
            case .info: .info
            case .warning: .warning
            case .error: .error
            }
        if line.isTrade { log.trade("\(line.text)", level: level) } else { log.log(level: level, "\(line.text)") }
    }

    /// Writes the session's report beside the logs, as text and as JSON.
    func writeSessionReport() {
        do throws(StorageError) {
            let report = SessionReport(
                session, image: core.image, counts: try store.orderCounts(), trades: try store.trades(),
                endedAt: bus.now)
            let paths = try report.write(to: context.settings.logDirectory)
            log.notice("session report: \(paths.joined(separator: ", "))")
        } catch {
            log.error("the session report was not written: \(error)")
        }
    }
}
