import ArgumentParser
import Glibc
import Messaging
import TradingModel
import Wire

struct Record: DeskCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write what a bus publishes into a file that can be played again.",
        discussion: """
            A recording is the messages' frames back to back, the very bytes that were on the bus. \
            feed plays one with source: bus_recording.

            EXAMPLES
              quartet record today.frames                      feed, until Ctrl-C
              quartet record all.frames --bus feed --bus risk  several buses, in the order in which they came
              quartet record short.frames --seconds 60
              quartet recording info today.frames              what is in it

            Ctrl-C ends in order: what was received is written and forced to the disk. The file must not exist.
            """)
    @OptionGroup var options: SharedOptions

    @Argument(help: "The file to make.")
    var file: String

    @Option(
        name: .long,
        help: ArgumentHelp("The bus to record; may be repeated. feed where none is given.", valueName: "bus"))
    var bus: [ServiceName] = []

    @Option(name: .long, help: ArgumentHelp("Only topics that begin with this; may be repeated.", valueName: "prefix"))
    var topic: [String] = []

    @Option(name: .long, help: ArgumentHelp("End after so many seconds.", valueName: "n"))
    var seconds: Int?

    @Option(name: [.customShort("n"), .long], help: ArgumentHelp("End after so many messages.", valueName: "n"))
    var count: Int?

    func validate() throws {
        guard seconds.map({ $0 > 0 }) ?? true else { throw ValidationError("--seconds is 1 or more") }
        guard count.map({ $0 > 0 }) ?? true else { throw ValidationError("--count is a number of messages, 1 or more") }
        guard !bus.contains(.dashboard) else { throw ValidationError("the dashboard is on no bus: it only listens") }
    }

    func run(at desk: Desk) async throws {
        let descriptor = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            let reason =
                errno == EEXIST
                ? "it exists already, and a recording is never overwritten" : String(cString: strerror(errno))
            throw Failure("\(file) cannot be made: \(reason)")
        }
        let client = try desk.bus()
        let buses = bus.isEmpty ? [.feed] : bus
        for service in buses where !client.isListening(service) {
            desk.output.remark("\(service.rawValue) is not running; waiting for it")
        }
        let session = RecordSession(
            file: file, descriptor: descriptor, buses: buses, prefixes: topic.isEmpty ? [""] : topic, limit: count,
            seconds: seconds, bus: client)
        let interrupts = Interrupts { Task { await session.finish() } }
        if desk.canvas.isTerminal {
            desk.output.remark("recording \(buses.map(\.rawValue).joined(separator: ", ")) into \(file); Ctrl-C ends")
        }
        let report = try await session.run()
        withExtendedLifetime(interrupts) {}
        desk.show(report) { RecordingView.lines($0, on: desk.canvas) }
        if !report.fault.isEmpty { throw Failure(report.fault) }
    }
}

/// Writes frames into a file until it is told to finish.
actor RecordSession {
    nonisolated let loop: EventLoop
    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    private let file: String
    private let descriptor: Int32
    private let buses: [ServiceName]
    private let prefixes: [String]
    private let limit: Int?
    private let seconds: Int?
    private let bus: BusClient
    private var subscribers: [Subscriber] = []
    private var census = RecordingCensus()
    private var pending: [UInt8] = []
    private var fault = ""
    private var ending: CheckedContinuation<Void, Never>?
    private var isFinished = false

    init(
        file: String, descriptor: Int32, buses: [ServiceName], prefixes: [String], limit: Int?, seconds: Int?,
        bus: BusClient
    ) {
        self.file = file
        self.descriptor = descriptor
        self.buses = buses
        self.prefixes = prefixes
        self.limit = limit
        self.seconds = seconds
        self.bus = bus
        loop = bus.loop
    }

    func run() async throws -> RecordingReport {
        for service in buses {
            do {
                subscribers.append(
                    try Subscriber(loop: loop, endpoint: bus.publisherEndpoint(of: service), prefixes: prefixes) {
                        [unowned self] topic, frame in
                        // Topics with ~ tell another subscriber that it is connected (docs/wire.md).
                        if topic.first != UInt8(ascii: "~") { self.receive(frame) }
                    })
            } catch {
                throw Failure("the bus of \(service.rawValue) cannot be recorded: \(error)")
            }
        }
        loop.every(micros: 500_000) { self.flush() }
        if let seconds { loop.after(micros: Int64(seconds) * 1_000_000) { self.finish() } }
        await withCheckedContinuation { continuation in
            if isFinished { continuation.resume() } else { ending = continuation }
        }
        return census.report(file: file, fault: fault)
    }

    func finish() {
        guard !isFinished else { return }
        isFinished = true
        subscribers.forEach { $0.close() }
        flush()
        if fsync(descriptor) != 0 { note("forced to the disk") }
        close(descriptor)
        ending?.resume()
        ending = nil
    }

    private func receive(_ frame: ReceivedFrame) {
        guard !isFinished else { return }
        let bytes = frame.withBytes { Array($0) }
        // What cannot be read would make the rest of the file unreadable; it is counted and left out.
        if census.note(bytes) { pending.append(contentsOf: bytes) }
        if pending.count > 1 << 18 { flush() }
        if let limit, census.messages >= limit { finish() }
    }

    private func flush() {
        var written = 0
        while written < pending.count {
            let count = pending.withUnsafeBytes {
                write(descriptor, $0.baseAddress?.advanced(by: written), pending.count - written)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                note("written")
                pending.removeAll()
                return finish()
            }
            written += count
        }
        pending.removeAll(keepingCapacity: true)
    }

    private func note(_ deed: String) {
        if fault.isEmpty {
            fault = "\(file) could not be \(deed) (\(String(cString: strerror(errno)))): the recording ends before that"
        }
    }
}
