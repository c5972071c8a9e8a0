import Logging
import RiskArchive
import RiskCore
import ServiceRuntime
import Storage
import TradingModel
import Wire

extension RiskShell {
    /// Does what the core has directed, in order. Adjacent records are one transaction, committed before what comes next.
    func obey() {
        let pending = directives
        directives.removeAll(keepingCapacity: true)
        var next = 0
        while next < pending.count, !hasFailed {
            if case .persist = pending[next] {
                next = persistRun(pending, from: next)
                continue
            }
            obey(pending[next])
            next += 1
        }
    }

    private func obey(_ directive: RiskDirective) {
        switch directive {
        case .persist: break
        case .submit(let request, let expiresAt):
            submit(request, expiresAt: expiresAt)
            faults.pass(.sent)
        case .query(let id): query(id)
        case .cancel(let id): cancel(id)
        case .requestExecutionSnapshot(let number): askExecution(number)
        case .replyVerdict(let verdict, let token):
            faults.pass(.beforeReply)
            requests.removeValue(forKey: token)?.reply(verdict)
            faults.pass(.replied)
        case .replyCommand(let result, let token): requests.removeValue(forKey: token)?.reply(result)
        case .publishVerdict(let verdict): bus.publish(verdict, on: .verdict(verdict.symbol), cause: cause)
        case .publishPlan(let plan):
            faults.pass(.beforePublish)
            bus.publish(plan, on: .exitPlan(plan.symbol), cause: cause)
            faults.pass(.published)
        case .publishState(let state): bus.publish(state, on: .state, cause: cause)
        case .publishBarrier(let barrier): bus.publish(barrier, on: .barrier, cause: cause)
        case .log(let level, let sentence): say(level, sentence)
        }
    }

    /// Commits adjacent records and returns the index behind them: in the journal where an order waits for it, which
    /// is the shortest way to the disk, and otherwise in their tables, together with what the journal still holds.
    private func persistRun(_ pending: [RiskDirective], from start: Int) -> Int {
        var records: [RiskRecord] = []
        var end = start
        while end < pending.count, case .persist(let record) = pending[end] {
            records.append(record)
            end += 1
        }
        var isUrgent = false
        if end < pending.count, case .submit = pending[end] { isUrgent = true }
        faults.pass(.beforeCommit)
        do throws(StorageError) {
            if isUrgent, try store.journal(records) {
                faults.pass(.committed)
                foldSoon()
                return end
            }
            try store.transaction { () throws(StorageError) in
                try store.fold()
                for record in records { try store.save(record) }
                faults.pass(.insideCommit)
            }
            faults.pass(.committed)
        } catch {
            fail(error)
            return pending.count
        }
        return end
    }

    /// Long enough for the order to have been acknowledged, too short for a person to notice.
    private static let foldDelay = Span.milliseconds(2)

    private func foldSoon() {
        guard !willFold else { return }
        willFold = true
        bus.after(Self.foldDelay) { self.foldJournal() }
    }

    /// Moves what was journalled into its tables, where no later commit has done so.
    func foldJournal() {
        willFold = false
        guard !hasFailed else { return }
        do throws(StorageError) { try store.fold() } catch { fail(error) }
    }

    /// Nothing that is not on disk may take effect: the stops at the venue and the plans on disk are the truth.
    private func fail(_ error: StorageError) {
        hasFailed = true
        bus.health.set(.degraded, reason: "the database has failed: \(error)")
        context.fail(error.status, "risk stops, its database has failed: \(error)")
    }

    /// Sends an order request until it is answered or has expired. A refusal says nothing of an earlier attempt, so that
    /// what is unknown stays unknown until execution has been asked for the id.
    private func submit(_ request: OrderRequest, expiresAt: WallTime) {
        let left = expiresAt - bus.now
        guard left > .zero else { return unanswered(request.clientOrderID) }
        bus.request(
            request, to: .execution, id: request.clientOrderID.text, timeToLive: left, retryEvery: .milliseconds(200),
            cause: cause
        ) { outcome in
            switch outcome {
            case .reply(let message): self.report(request.clientOrderID, message)
            case .refused(let refusal) where refusal.code == .notReady:
                self.bus.after(.milliseconds(20)) { self.submit(request, expiresAt: expiresAt) }
            case .refused(let refusal):
                self.log.warning("execution refused order \(request.clientOrderID): \(refusal.sentence)")
                self.unanswered(request.clientOrderID)
            case .expired: self.unanswered(request.clientOrderID)
            }
        }
    }

    private func query(_ id: ClientOrderID) {
        var query = OrderQuery()
        query.clientOrderID = id
        bus.request(
            query, to: .execution, id: bus.newRequestID(), timeToLive: .seconds(1), retryEvery: .milliseconds(200),
            cause: cause
        ) { outcome in
            switch outcome {
            case .reply(let message): self.report(id, message)
            case .refused: self.bus.after(.milliseconds(20)) { self.unanswered(id) }
            case .expired: self.unanswered(id)
            }
        }
    }

    private func cancel(_ id: ClientOrderID) {
        var request = CancelRequest()
        request.clientOrderID = id
        bus.request(request, to: .execution, id: bus.newRequestID(), timeToLive: .seconds(2), cause: cause) { outcome in
            guard case .reply(let message) = outcome else { return }
            self.report(id, message)
        }
    }

    private func report(_ id: ClientOrderID, _ message: Inbound) {
        cause = message.envelope.cause
        do throws(WireError) {
            handle(.orderReport(id, try message.body(OrderReport.self).order))
        } catch {
            log.error("execution's answer about order \(id) was not understood: \(error)")
            unanswered(id)
        }
    }

    private func unanswered(_ id: ClientOrderID) { handle(.orderUnanswered(id)) }

    private func say(_ level: RiskDirective.LogLevel, _ sentence: String) {
        switch level {
        case .trade: log.trade("\(sentence)")
        case .info: log.info("\(sentence)")
        case .warning: log.warning("\(sentence)")
        case .error: log.error("\(sentence)")
        }
    }
}
