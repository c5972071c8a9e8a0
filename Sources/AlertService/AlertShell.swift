import AlertCore
import Glibc
import HTTPTransport
import Logging
import Messaging
import ServiceRuntime
import Storage
import TradingModel
import Wire

/// Follows the four buses, writes what the watch makes of them into the outbox, and carries the outbox to the channels.
///
/// It reads; what it can cause is what the operator at the one configured chat may ask of risk. If it dies, nobody else
/// notices. Its closures on the bus hold it strongly: a shell lives as long as its process.
actor AlertShell: ServiceShell {
    nonisolated let loop: EventLoop
    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    let context: ServiceContext
    let bus: ServiceBus
    let log: Logger
    let store: AlertStore
    let links: ChannelLinks
    let faults: FaultPoints
    let policy: DeliveryPolicy
    var watch: AlertWatch
    var gate: AlertGate
    var books = BotBooks()
    /// Channels with a request on its way.
    var inFlight: Set<AlertChannel> = []
    /// What could not be written yet, oldest first.
    var unsaved: [OutboxEntry] = []
    var spread: SeededGenerator
    var pendingExit: PendingExit?
    var isStopping = false
    var isPolling = false
    var pollFault: String?
    private var lastPruned = WallTime.distantPast

    /// What is committed together.
    struct OutboxEntry {
        var changes: [(key: String, value: String?)] = []
        var alerts: [(alert: Alert, disposition: AlertDisposition)] = []
        /// Held alerts that a summary among ``alerts`` tells of.
        var summarized: [String] = []
        /// A command that is done with this.
        var command: (update: Int64, state: StoredCommand.State, answer: String)?
    }

    init(context: ServiceContext) throws {
        self.context = context
        loop = context.loop
        log = context.log
        let settings = context.settings
        faults = try FaultPoints(
            environment: Environment.variables, mode: settings.mode, isAtABox: settings.tradesAtABox)
        links = try ChannelLinks(settings.alerts, context.secrets)
        policy = AlertComposition.deliveryPolicy(settings.alerts)
        do throws(StorageError) {
            store = try AlertStore(path: settings.dataDirectory + "/alerts.sqlite")
            watch = AlertWatch(limits: AlertComposition.limits(settings), memory: try store.memory())
            gate = AlertGate(policy: AlertComposition.policy(settings.alerts))
            let now = WallTime.now
            for (alert, disposition) in try store.gateMemory(since: now - gate.policy.window) {
                gate.restore(alert, disposition)
            }
            for (rule, until) in try store.mutes() { gate.mute(rule, until: until) }
        } catch {
            throw ServiceFailure(ExitStatus(rawValue: error.code.exitStatus) ?? .software, "\(error)")
        }
        spread = SeededGenerator(seed: UInt64(truncatingIfNeeded: WallTime.now.micros))
        bus = try ServiceBus(context: context)
    }

    func start() throws {
        let names = links.channels.map(\.rawValue).joined(separator: ", ")
        log.notice("Alerts go to \(names.isEmpty ? "no channel: none is configured" : names).")
        settleInterrupted()
        follow()
        bus.serve { request in self.serve(request) }
        bus.every(.milliseconds(250)) { self.tick() }
        bus.every(.seconds(30)) { self.lookAtDisk() }
        lookAtDisk()
        resumeCommands()
        pump()
        poll()
    }

    func stop(_ reason: StopReason) {
        isStopping = true
        bus.health.set(.stopping, reason: "\(reason)")
        links.close()
        bus.close()
        store.shut()
    }

    // MARK: Facts in

    func take(_ fact: AlertFact) {
        guard !isStopping else { return }
        var notes = AlertNotes()
        let now = bus.now
        watch.take(fact, at: now, into: &notes)
        guard !notes.isEmpty else { return }
        if !notes.alerts.isEmpty { faults.pass(.decided) }
        var entry = OutboxEntry(changes: notes.changes)
        // What was seen before counts for no throttle.
        for alert in notes.alerts where (try? store.has(alert.id)) != true {
            entry.alerts.append(gate.admit(alert, at: now))
        }
        save(entry)
    }

    /// Commits in order; what cannot be committed is kept and tried again, since nothing is sent that is not on disk.
    func save(_ entry: OutboxEntry) {
        unsaved.append(entry)
        saveUnsaved()
        pump()
    }

    private func saveUnsaved() {
        while let entry = unsaved.first {
            faults.pass(.beforeCommit)
            do throws(StorageError) {
                try store.transaction { () throws(StorageError) in
                    try self.write(entry)
                    self.faults.pass(.insideCommit)
                }
            } catch {
                bus.health.set(.degraded, reason: "the database has failed: \(error)")
                log.critical("an alert cannot be kept, and so is not sent: \(error)")
                return
            }
            unsaved.removeFirst()
            if !entry.alerts.isEmpty { faults.pass(.committed) }
            for (alert, disposition) in entry.alerts where alert.phase != .reply {
                let level: Logger.Level = alert.severity == .critical ? .error : .info
                log.log(level: level, "\(alert.headline): \(alert.text) [\(disposition.rawValue)]")
                bus.health.count("alerts.\(disposition.rawValue)")
            }
        }
    }

    private func write(_ entry: OutboxEntry) throws(StorageError) {
        for (key, value) in entry.changes { try store.remember(key, value) }
        for (alert, disposition) in entry.alerts {
            guard try store.insert(alert, disposition), disposition == .sent else { continue }
            let begunAt =
                [.resolved, .acknowledged].contains(alert.phase) ? try store.channels(of: alert.incident) : nil
            for channel in links.targets(of: alert, begunAt: begunAt) {
                try store.store(Delivery(alertID: alert.id, channel: channel, at: bus.now))
            }
        }
        try store.summarize(entry.summarized)
        if let command = entry.command {
            try store.mark(command.update, command.state, answer: command.answer)
        }
    }

    // MARK: Time

    private func tick() {
        guard !isStopping else { return }
        take(.tick)
        if !unsaved.isEmpty { saveUnsaved() }
        let now = bus.now
        for (summary, ids) in gate.due(at: now) {
            save(OutboxEntry(alerts: [(summary, .sent)], summarized: ids))
        }
        pump()
        if now - lastPruned > .hours(1) {
            lastPruned = now
            do throws(StorageError) { try store.prune(before: now - .hours(24 * 90)) } catch {
                log.error("old alerts cannot be removed: \(error)")
            }
        }
        store.tidy()
        reportHealth(at: now)
    }

    private func reportHealth(at now: WallTime) {
        guard unsaved.isEmpty else { return }
        do throws(StorageError) {
            let (waiting, parked) = try store.backlog(since: now - .hours(24))
            bus.health.gauge("alerts.waiting", Double(waiting))
            bus.health.gauge("alerts.parked", Double(parked))
        } catch {
            return bus.health.set(.degraded, reason: "the database has failed: \(error)")
        }
        let faults =
            AlertChannel.allCases.compactMap { channel in
                watch.incident(.channelFailing, channel.rawValue) == nil ? nil : "\(channel.rawValue) takes no messages"
            } + [pollFault].compactMap { $0 }
        if links.channels.isEmpty {
            bus.health.set(.degraded, reason: "no channel is configured: see docs/alerts.md")
        } else if faults.isEmpty {
            bus.health.set(.healthy)
        } else {
            bus.health.set(.degraded, reason: faults.joined(separator: "; ") + ": see quartet alerts list")
        }
    }

    private func lookAtDisk() {
        var facts = statvfs()
        guard statvfs(context.settings.dataDirectory, &facts) == 0 else { return }
        let size = Int64(facts.f_frsize)
        take(.disk(freeBytes: Int64(facts.f_bavail) * size, totalBytes: Int64(facts.f_blocks) * size))
    }
}
