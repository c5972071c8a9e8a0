import Glibc
import Logging
import TradingModel

/// What is logged where.
public struct LogPlan: Sendable {
    public var service: String
    public var directory: String
    public var settings: LoggingSettings
    /// Values that must never be written, whatever a message says.
    public var secrets: [Secret] = []
    /// Where the console is; standard error unless a test says otherwise.
    public var console: Int32 = 2
    public var style: ConsoleStyle = .plain

    public init(service: String, directory: String, settings: LoggingSettings) {
        self.service = service
        self.directory = directory
        self.settings = settings
    }
}

/// How lines look on the console.
public enum ConsoleStyle: Hashable, Sendable {
    case plain, colored
    /// For the systemd journal: the level as a prefix, no time.
    case journal

    /// What suits standard error: the journal's form where it goes to the journal, colour on a terminal without `NO_COLOR`
    /// (no-color.org) or where the settings always want it.
    public static func suitable(
        for color: ConsoleColor, environment: [String: String], isTerminal: Bool
    ) -> ConsoleStyle {
        if color == .always { return .colored }
        if !isTerminal, let journal = environment["JOURNAL_STREAM"], !journal.isEmpty { return .journal }
        let isUnwanted = environment["NO_COLOR"].map { !$0.isEmpty } ?? false || environment["TERM"] == "dumb"
        return color == .auto && isTerminal && !isUnwanted ? .colored : .plain
    }
}

/// Formats records and writes them to the files they belong to. It belongs to the writer's thread.
struct LogWriter {
    /// One file with the lines that wait for the next write.
    private struct Channel {
        var file: RotatingFile
        var pending: [UInt8] = []
        var lines = 0
        /// The moment of the newest pending line.
        var time = WallTime.distantPast
    }

    /// Positions in `channels`; the JSON log is the last and may be absent.
    private enum Log {
        static let main = 0, errors = 1, trades = 2, json = 3
    }

    private let plan: LogPlan
    private let json: LogJSON
    private let secrets: [[UInt8]]
    private var channels: [Channel]
    private var console: [UInt8] = []
    private var consoleLost = 0
    private var lost = 0
    private var line: [UInt8] = []
    /// Console bytes that may wait for one write.
    private static let consoleChunk = 4_096

    init(_ plan: LogPlan) {
        self.plan = plan
        json = LogJSON(service: plan.service, process: getpid())
        secrets = plan.secrets.map { Array($0.reveal().utf8) }.filter { !$0.isEmpty }
        let bytes = plan.settings.maxFileMegabytes * 1_000_000
        let suffixes = [".log", ".error.log", ".trades.log"] + (plan.settings.json ? [".json"] : [])
        channels = suffixes.map {
            let path = plan.directory + "/" + plan.service + $0
            return Channel(file: RotatingFile(path: path, maximumBytes: bytes, keep: plan.settings.keep))
        }
    }

    /// Opens every file; a sentence where one cannot be.
    mutating func open() -> String? {
        for index in channels.indices {
            if let code = channels[index].file.open() {
                let path = channels[index].file.path
                return
                    "The log \(path) cannot be opened (\(SystemError.text(code))): make log_directory writable or choose another."
            }
        }
        return nil
    }

    mutating func close() {
        for index in channels.indices { channels[index].file.close() }
    }

    /// Lines lost since the last call.
    mutating func takeLost() -> Int {
        defer { lost = 0 }
        return lost
    }

    /// A line of the log about the log.
    func notice(_ text: String, at time: WallTime) -> LogRecord {
        LogRecord(
            time: time, level: .warning, label: plan.service + ".log", message: text, metadata: [], file: #fileID,
            function: #function,
            line: #line)
    }

    /// Formats one record; it reaches the files with the next ``flush(at:)``, or before where they are full.
    mutating func write(_ record: LogRecord) {
        let isKept = record.level >= plan.settings.fileLevel.logger
        let isError = record.level >= .error
        let isTrade = record.isTrade
        if isKept || isError || isTrade {
            line.removeAll(keepingCapacity: true)
            LogText.plain(record, into: &line)
            redact()
            if isKept { add(Log.main, at: record.time) }
            if isError { add(Log.errors, at: record.time) }
            if isTrade { add(Log.trades, at: record.time) }
        }
        if isKept, channels.count > Log.json {
            line.removeAll(keepingCapacity: true)
            json.line(record, into: &line)
            redact()
            add(Log.json, at: record.time)
        }
        guard record.level >= plan.settings.consoleLevel.logger else { return }
        line.removeAll(keepingCapacity: true)
        switch plan.style {
        case .plain: LogText.console(record, isColored: false, into: &line)
        case .colored: LogText.console(record, isColored: true, into: &line)
        case .journal: LogText.journal(record, into: &line)
        }
        redact()
        if console.count + line.count > Self.consoleChunk { flushConsole() }
        console += line
    }

    /// Writes what waits, files before the console: a terminal that was stopped must not hold up the files.
    mutating func flush(at time: WallTime) {
        for index in channels.indices { flush(index) }
        flushConsole()
    }

    private mutating func add(_ index: Int, at time: WallTime) {
        let channel = channels[index]
        let isFull = channel.pending.count + line.count > channel.file.room(at: time)
        let isNextDay = RotatingFile.day(of: channel.time) != RotatingFile.day(of: time)
        if channel.lines > 0, isFull || isNextDay { flush(index) }
        channels[index].pending += line
        channels[index].lines += 1
        channels[index].time = time
    }

    private mutating func flush(_ index: Int) {
        guard channels[index].lines > 0 else { return }
        let (bytes, lines, time) = (channels[index].pending, channels[index].lines, channels[index].time)
        channels[index].pending.removeAll(keepingCapacity: true)
        channels[index].lines = 0
        switch channels[index].file.append(bytes[...], lines: lines, at: time) {
        case .written: break
        case .lost(let sentence):
            lost += lines
            if let sentence { say(sentence) }
        case .recovered(let count):
            let path = channels[index].file.path
            var note: [UInt8] = []
            LogText.plain(
                notice("\(count) lines are missing before this one: \(path) could not be written.", at: time),
                into: &note)
            if index != Log.json { _ = channels[index].file.append(note[...], lines: 1, at: time) }
            say("\(path) can be written again; \(count) lines are missing in it.")
        }
    }

    /// One sentence on the console, past the logs.
    private mutating func say(_ sentence: String) {
        console += Array((plan.style == .journal ? "<3>" : "").utf8) + Array("\(plan.service): \(sentence)\n".utf8)
    }

    private mutating func flushConsole() {
        guard !console.isEmpty else { return }
        defer { console.removeAll(keepingCapacity: true) }
        if consoleLost > 0 {
            console =
                Array("\(plan.service): \(consoleLost) bytes were not shown here: the console did not keep up.\n".utf8)
                + console
        }
        var rest = console[...]
        while !rest.isEmpty {
            var waited = pollfd(fd: plan.console, events: Int16(POLLOUT), revents: 0)
            // A pipe that polls writable takes at least PIPE_BUF (4096) bytes without blocking (pipe(7)).
            guard poll(&waited, 1, 100) > 0, waited.revents & Int16(POLLOUT) != 0 else { break }
            let count = rest.prefix(Self.consoleChunk).withUnsafeBytes {
                Glibc.write(plan.console, $0.baseAddress, $0.count)
            }
            if count < 0, errno != EINTR { break }
            rest = rest.dropFirst(max(0, count))
        }
        consoleLost = rest.isEmpty ? 0 : consoleLost + rest.count
    }

    /// Overwrites every occurrence of a secret with asterisks.
    private mutating func redact() {
        for secret in secrets where line.count >= secret.count {
            var start = 0
            while start + secret.count <= line.count {
                if line[start] == secret[0], line[start..<start + secret.count].elementsEqual(secret) {
                    for index in start..<start + secret.count { line[index] = UInt8(ascii: "*") }
                    start += secret.count
                } else {
                    start += 1
                }
            }
        }
    }
}
