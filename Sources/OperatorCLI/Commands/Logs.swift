import ArgumentParser
import Glibc
import Messaging
import ServiceRuntime
import TradingModel
import Wire

struct Logs: DeskCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show the services' logs, in the order of time.",
        discussion: """
            EXAMPLES
              quartet logs                    the last lines of all, merged by time
              quartet logs -f risk            follow one
              quartet logs --errors -n 100    only errors
              quartet logs --trades -f        only what was bought and sold
              quartet logs --json feed        the JSON log as it is, one line an event

            A line is: time (UTC), level, service, message, figures. The files are in log_directory; each is rotated \
            at 10 MB and at midnight, ten are kept.
            """)
    @OptionGroup var options: SharedOptions

    @Argument(help: "Only these services.")
    var services: [ServiceName] = []

    @Flag(name: .shortAndLong, help: "Go on as lines are written, until Ctrl-C.")
    var follow = false

    @Flag(name: .long, help: "Only warnings and errors.")
    var errors = false

    @Flag(name: .long, help: "Only the trade log.")
    var trades = false

    @Option(
        name: [.customShort("n"), .long],
        help: ArgumentHelp("Lines to show first, of each service.", valueName: "lines"))
    var lines = 20

    func validate() throws {
        guard [errors, trades, options.json].filter(\.self).count <= 1 else {
            throw ValidationError("--errors, --trades and --json name different files: choose one")
        }
        guard lines >= 0 else { throw ValidationError("-n is 0 or more") }
    }

    func run(at desk: Desk) async throws {
        let directory = Machine.absolute(desk.settings.logDirectory)
        let suffix = errors ? ".error.log" : trades ? ".trades.log" : desk.wantsJSON ? ".json" : ".log"
        var tails = (services.isEmpty ? ServiceName.programs : services).map {
            LogTail(path: "\(directory)/\($0.rawValue)\(suffix)")
        }
        if services.isEmpty, tails.contains(where: { Machine.facts($0.path) != nil }) {
            // Of the two on which nothing depends there may be none.
            tails.removeAll { Machine.facts($0.path) == nil && !$0.path.contains("/strategy") }
        }
        guard follow || tails.contains(where: { Machine.facts($0.path) != nil }) else {
            throw Failure("there is no log yet: \(tails[0].path) is missing; the services make it when they run")
        }
        var first: [String] = []
        for index in tails.indices { first += tails[index].lastLines(lines) }
        let view = LogView(canvas: desk.canvas, isJSON: desk.wantsJSON)
        desk.output.lines(LogView.merged(first).map(view.line))
        guard follow else { return }
        try await FollowSession(tails: tails, directory: directory, view: view, output: desk.output).run()
    }
}

/// How log lines look.
struct LogView {
    let canvas: Canvas
    let isJSON: Bool

    /// Lines of several files in the order of their times, which every line begins with (a JSON line after its brace and key).
    static func merged(_ lines: [String]) -> [String] {
        let stamped = lines.enumerated().map {
            (
                key: $0.element.hasPrefix("{")
                    ? String($0.element.dropFirst(15).prefix(27)) : String($0.element.prefix(27)), offset: $0.offset,
                line: $0.element
            )
        }
        return stamped.sorted { ($0.key, $0.offset) < ($1.key, $1.offset) }.map(\.line)
    }

    /// Colours the time and the level; escape sequences in a message become harmless.
    func line(_ line: String) -> String {
        let line = TextWidth.harmless(line)
        guard canvas.isTerminal || canvas.palette.isColoured, !isJSON else { return line }
        let words = line.split(separator: " ", maxSplits: 1)
        guard words.count == 2, words[0].hasSuffix("Z") else { return line }
        let rest = words[1].drop { $0 == " " }
        let level = rest.prefix { $0 != " " }
        let tone: Tone =
            switch level.lowercased() {
            case "critical", "error": .bad
            case "warning": .caution
            case "notice": .strong
            case "info": .good
            default: .faint
            }
        let message = rest.dropFirst(level.count).drop { $0 == " " }
        return canvas.palette.paint(String(words[0]), .faint) + " "
            + canvas.palette.paint(TextWidth.padded(String(level), to: 8), tone)
            + " " + (tone == .faint ? canvas.palette.paint(String(message), .faint) : String(message))
    }
}

/// Prints what is added to log files until Ctrl-C.
actor FollowSession {
    nonisolated let loop: EventLoop
    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    private var tails: [LogTail]
    private let directory: String
    private let view: LogView
    private let output: Output
    private var ending: CheckedContinuation<Void, Never>?
    private var isFinished = false

    init(tails: [LogTail], directory: String, view: LogView, output: Output) throws {
        self.tails = tails
        self.directory = directory
        self.view = view
        self.output = output
        loop = try EventLoop(name: "logs")
    }

    func run() async throws {
        let notices = inotify_init1(Int32(IN_NONBLOCK) | Int32(IN_CLOEXEC))
        guard notices >= 0,
            inotify_add_watch(notices, directory, UInt32(IN_MODIFY) | UInt32(IN_CREATE) | UInt32(IN_MOVED_TO)) >= 0
        else {
            throw Failure(
                "\(directory) cannot be watched (\(String(cString: strerror(errno)))): start the services once, they make it"
            )
        }
        let interrupts = Interrupts { Task { await self.finish() } }
        _ = try loop.watch(notices) { self.look(notices) }
        show()
        await withCheckedContinuation { continuation in
            if isFinished { continuation.resume() } else { ending = continuation }
        }
        withExtendedLifetime(interrupts) {}
    }

    private func finish() {
        isFinished = true
        ending?.resume()
        ending = nil
    }

    private func look(_ notices: Int32) {
        var buffer = [UInt8](repeating: 0, count: 16_384)
        // What happened does not matter: every file is looked at.
        while read(notices, &buffer, buffer.count) > 0 {}
        show()
    }

    private func show() {
        var lines: [String] = []
        for index in tails.indices { lines += tails[index].newLines() }
        output.lines(LogView.merged(lines).map(view.line))
    }
}

/// The end of a log file that may be rotated while we look.
struct LogTail: Sendable {
    let path: String
    private var inode: UInt64 = 0
    private var offset = 0
    private var partial: [UInt8] = []

    init(path: String) { self.path = path }

    /// The last lines of the file; ``newLines()`` goes on from there.
    mutating func lastLines(_ count: Int) -> [String] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return [] }
        defer { close(descriptor) }
        var info = stat()
        guard fstat(descriptor, &info) == 0 else { return [] }
        inode = UInt64(info.st_ino)
        offset = Int(info.st_size)
        // A log line is rarely longer than 300 bytes; a long one only means that fewer are shown.
        let span = min(offset, max(4_096, count * 400))
        var bytes = [UInt8](repeating: 0, count: span)
        let read = pread(descriptor, &bytes, span, off_t(offset - span))
        var lines = String(decoding: bytes.prefix(max(0, read)), as: UTF8.self).split(
            separator: "\n", omittingEmptySubsequences: true
        ).map(String.init)
        if span < offset, !lines.isEmpty { lines.removeFirst() }
        return Array(lines.suffix(count))
    }

    /// Whole lines that were added since the last look; a file that was rotated away is followed by its successor.
    mutating func newLines() -> [String] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return [] }
        defer { close(descriptor) }
        var info = stat()
        guard fstat(descriptor, &info) == 0 else { return [] }
        if UInt64(info.st_ino) != inode || Int(info.st_size) < offset {
            inode = UInt64(info.st_ino)
            offset = 0
            partial = []
        }
        var bytes = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = pread(descriptor, &bytes, bytes.count, off_t(offset))
            guard count > 0 else { break }
            offset += count
            partial.append(contentsOf: bytes[..<count])
        }
        guard let end = partial.lastIndex(of: UInt8(ascii: "\n")) else { return [] }
        let text = String(decoding: partial[..<end], as: UTF8.self)
        partial.removeSubrange(...end)
        return text.split(separator: "\n", omittingEmptySubsequences: true).map(String.init)
    }
}
