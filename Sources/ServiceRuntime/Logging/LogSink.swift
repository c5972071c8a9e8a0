import Glibc
public import Logging
import Synchronization
public import TradingModel

/// What the logs have done so far.
public struct LogCounters: Hashable, Sendable {
    /// Events taken.
    public var accepted = 0
    /// Events not taken because too many were waiting for the disk.
    public var dropped = 0
    /// Lines that a file refused (disk full, I/O error), over all files.
    public var lost = 0
    public init() {}
}

/// Takes events from loggers and has one thread of its own write them.
///
/// Logging costs the caller a lock and an append: formatting, system calls and rotation happen on the writer's thread,
/// so that a slow disk or a stopped terminal never holds up the loop. The queue is bounded; where it is full, events
/// below warning are dropped and counted, warnings and trades have as much room again. What is queued when a process is
/// killed is lost (ten milliseconds' worth); what matters beyond that is in the databases.
public final class LogSink: Sendable {
    /// What the queue holds.
    enum Entry: Sendable {
        case record(LogRecord)
        case reopen
        case flush(FlushTicket)
        case stop(FlushTicket)
    }

    private struct Queue {
        var entries: [Entry] = []
        var records = 0
        var isWriterAsleep = false
        var isStopped = false
        var counters = LogCounters()
        /// Drops not yet told of.
        var untold = 0
    }

    private let queue = Mutex(Queue())
    private let capacity: Int
    private let wake: WakePipe
    private let clock: @Sendable () -> WallTime
    /// Loggers made here start at this level.
    public let level: Logger.Level

    /// Opens the log files of `service` and starts the writer.
    /// - Throws: ``LogSinkError`` where a file or the thread cannot be made.
    public init(_ plan: LogPlan, clock: @escaping @Sendable () -> WallTime = LogSink.systemClock) throws(LogSinkError) {
        capacity = plan.settings.queueLines
        // Trades are logged at info and have a file of their own, whatever the levels of the others.
        level = min(plan.settings.consoleLevel.logger, plan.settings.fileLevel.logger, .info)
        self.clock = clock
        guard let wake = WakePipe() else {
            throw LogSinkError("No descriptor is left for the log writer (\(SystemError.text(errno))).")
        }
        self.wake = wake
        var writer = LogWriter(plan)
        if let sentence = writer.open() { throw LogSinkError(sentence) }
        let opened = writer
        let started = ThreadStart.detached(name: "log") { [self] in
            var writer = opened
            run(&writer)
        }
        guard started else { throw LogSinkError("No thread can be started for the log writer.") }
    }

    /// The real wall clock.
    public static let systemClock: @Sendable () -> WallTime = {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return WallTime(micros: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000)
    }

    /// A logger that writes here; `label` names the service and, after a dot, the part of it.
    public func logger(_ label: String) -> Logger {
        Logger(label: label, factory: { SinkHandler(sink: self, label: $0, logLevel: self.level) })
    }

    public var counters: LogCounters { queue.withLock { $0.counters } }

    /// Closes and opens the files, for a rotation by another program.
    public func reopen() { append(.reopen) }

    /// Waits until everything logged so far is written, at most so long; `false` where that did not suffice.
    @discardableResult public func flush(within limit: Span = .seconds(1)) -> Bool { wait(limit) { .flush($0) } }

    /// Writes what is queued, closes the files and ends the thread; events logged later are dropped.
    @discardableResult public func close(within limit: Span = .seconds(1)) -> Bool { wait(limit) { .stop($0) } }

    func now() -> WallTime { clock() }

    func append(_ record: LogRecord) { append(.record(record)) }

    private func wait(_ limit: Span, _ entry: (FlushTicket) -> Entry) -> Bool {
        guard let ticket = FlushTicket() else { return false }
        return append(entry(ticket)) ? ticket.wait(limit) : true
    }

    /// `false` where the sink is closed.
    @discardableResult private func append(_ entry: Entry) -> Bool {
        let (isOpen, mustWake) = queue.withLock { queue -> (Bool, Bool) in
            guard !queue.isStopped else { return (false, false) }
            // The writer looks by itself every few milliseconds while there is traffic: waking it costs more than the rest.
            var mustWake = queue.isWriterAsleep
            switch entry {
            case .record(let record):
                guard queue.records < (record.isPrecious ? 2 * capacity : capacity) else {
                    queue.counters.dropped += 1
                    queue.untold += 1
                    return (true, false)
                }
                queue.records += 1
                queue.counters.accepted += 1
                mustWake = mustWake || queue.records == capacity / 2
            case .stop:
                queue.isStopped = true
                mustWake = true
            case .reopen: break
            case .flush: mustWake = true
            }
            queue.entries.append(entry)
            queue.isWriterAsleep = false
            return (true, mustWake)
        }
        if mustWake { wake.signal() }
        return isOpen
    }

    // MARK: The writer's thread

    /// How long the writer leaves lines to gather while there is traffic, in milliseconds.
    private static let gathering: Int32 = 10
    /// So many times it looks in vain before it sleeps until it is woken.
    private static let patience = 10

    private func run(_ writer: inout LogWriter) {
        var entries: [Entry] = []
        var idle = 0
        while true {
            entries.removeAll(keepingCapacity: true)
            let untold = queue.withLock { queue in
                swap(&queue.entries, &entries)
                queue.records = 0
                queue.isWriterAsleep = entries.isEmpty && idle >= Self.patience
                defer { queue.untold = 0 }
                return queue.untold
            }
            if untold > 0 {
                writer.write(writer.notice("\(untold) log lines were dropped: the disk did not keep up.", at: now()))
            }
            let isOver = handle(entries, &writer)
            let lost = writer.takeLost()
            if lost > 0 { queue.withLock { $0.counters.lost += lost } }
            if isOver { return }
            wake.wait(milliseconds: entries.isEmpty && idle >= Self.patience ? -1 : Self.gathering)
            idle = entries.isEmpty ? idle + 1 : 0
        }
    }

    private func handle(_ entries: [Entry], _ writer: inout LogWriter) -> Bool {
        for entry in entries {
            switch entry {
            case .record(let record): writer.write(record)
            case .reopen:
                writer.flush(at: now())
                writer.close()
            case .flush(let ticket):
                writer.flush(at: now())
                ticket.done()
            case .stop(let ticket):
                writer.flush(at: now())
                writer.close()
                ticket.done()
                return true
            }
        }
        if !entries.isEmpty { writer.flush(at: now()) }
        return false
    }
}

/// Why the logs could not be opened, in one sentence.
public struct LogSinkError: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String
    init(_ description: String) { self.description = description }
}

/// The handler behind loggers of a sink: a value that carries level and metadata.
struct SinkHandler: LogHandler {
    let sink: LogSink
    let label: String
    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?

    init(sink: LogSink, label: String, logLevel: Logger.Level) {
        self.sink = sink
        self.label = label
        self.logLevel = logLevel
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var pairs = event.metadata.map(Array.init) ?? []
        if let error = event.error { pairs.append((key: "error.message", value: .string("\(error)"))) }
        for (key, value) in metadata where event.metadata?[key] == nil { pairs.append((key: key, value: value)) }
        if let provided = metadataProvider?.get() {
            for (key, value) in provided where event.metadata?[key] == nil && metadata[key] == nil {
                pairs.append((key: key, value: value))
            }
        }
        if pairs.count > 1 { pairs.sort { $0.key < $1.key } }
        sink.append(
            LogRecord(
                time: sink.now(), level: event.level, label: label, message: event.message.description, metadata: pairs,
                file: event.file, function: event.function, line: event.line))
    }
}
