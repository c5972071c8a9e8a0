import Messaging
import ServiceRuntime
import TradingModel
import Wire

/// Listens to buses and prints what comes, until it is told to finish or has seen enough.
actor TapSession {
    enum Mode { case messages, rate, gaps }

    struct Plan {
        let buses: [ServiceName]
        let prefixes: [String]
        let mode: Mode
        let limit: Int?
        let wantsJSON: Bool
    }

    nonisolated let loop: EventLoop
    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    private let plan: Plan
    private let bus: BusClient
    private let output: Output
    private let view: TapView
    private var subscribers: [Subscriber] = []
    private var watch = SequenceWatch()
    private var rates = RateTable()
    private var received = 0
    private var bytes = 0
    private var malformed = 0
    private let startedAt = WallTime.now
    private var pending = ""
    private var isFlushing = false
    private var ending: CheckedContinuation<Void, Never>?
    private var isFinished = false
    /// Lines of the last rate table on the terminal, to be drawn over.
    private var drawn = 0

    init(plan: Plan, bus: BusClient, output: Output) {
        self.plan = plan
        self.bus = bus
        self.output = output
        loop = bus.loop
        view = TapView(canvas: output.canvas, showsBus: plan.buses.count > 1)
    }

    /// Listens until the end and returns the summary.
    func run() async throws -> String {
        for service in plan.buses {
            do {
                subscribers.append(
                    try Subscriber(loop: loop, endpoint: bus.publisherEndpoint(of: service), prefixes: plan.prefixes) {
                        [unowned self] topic, frame in
                        let name = String(decoding: topic, as: UTF8.self)
                        self.receive(service, name, frame)
                    })
            } catch {
                throw Failure("the bus of \(service.rawValue) cannot be tapped: \(error)")
            }
        }
        if plan.mode == .rate { loop.every(micros: 1_000_000) { self.showRates() } }
        await withCheckedContinuation { continuation in
            if isFinished { continuation.resume() } else { ending = continuation }
        }
        return summary
    }

    /// Ends ``run()``.
    func finish() {
        guard !isFinished else { return }
        isFinished = true
        subscribers.forEach { $0.close() }
        flush()
        ending?.resume()
        ending = nil
    }

    private var summary: String {
        let time = max(1, (WallTime.now - startedAt).micros)
        let rate = Double(received) * 1_000_000 / Double(time)
        var parts = [
            "\(Figures.counted(received, "message")), \(Figures.bytes(bytes)) in \(Figures.age(Span(micros: time)))"
                + " (\(Figures.fixed(rate, digits: rate < 100 ? 1 : 0)) a second)"
        ]
        parts.append(
            watch.holes == 0
                ? "no holes"
                : "\(Figures.counted(watch.holes, "hole")) with \(Figures.counted(watch.missing, "message")) missing"
        )
        if watch.newSessions > 0 { parts.append(Figures.counted(watch.newSessions, "restart")) }
        if malformed > 0 { parts.append("\(malformed) unreadable") }
        return parts.joined(separator: "; ")
    }

    private func receive(_ service: ServiceName, _ topic: String, _ frame: ReceivedFrame) {
        // Topics with ~ tell another subscriber that it is connected (docs/wire.md).
        guard !isFinished, !topic.hasPrefix("~") || plan.prefixes.contains(where: { $0.hasPrefix("~") }) else { return }
        received += 1
        bytes += topic.utf8.count + frame.count
        take(service, topic, frame.withBytes { Array($0) })
        if let limit = plan.limit, received >= limit { finish() }
    }

    private func take(_ service: ServiceName, _ topic: String, _ frame: [UInt8]) {
        if plan.mode == .rate { rates.note(topic, bytes: topic.utf8.count + frame.count) }
        do throws(WireError) {
            let fact = try Fact(frame: frame)
            let finding = watch.note(fact.envelope, topic: topic)
            switch plan.mode {
            case .rate: break
            case .gaps:
                if let finding { emit(show(finding, fact, topic)) }
            case .messages:
                if !plan.wantsJSON, let finding { emit(show(finding, fact, topic)) }
                emit(plan.wantsJSON ? Fact.line(of: frame) : view.line(fact, service: service, topic: topic))
            }
        } catch {
            malformed += 1
            if plan.wantsJSON {
                output.remark("unreadable message on \(TextWidth.harmless(topic)) of \(service.rawValue): \(error)")
            } else if plan.mode != .rate {
                emit(view.malformed(error, service: service, topic: topic, size: frame.count, at: WallTime.now))
            }
        }
    }

    private func show(_ finding: SequenceWatch.Finding, _ fact: Fact, _ topic: String) -> String {
        plan.wantsJSON
            ? JSONText.of(GapReport(finding, fact.envelope, topic: topic))
            : view.line(finding, fact.envelope, topic: topic)
    }

    private func showRates() {
        let rows = rates.take()
        guard !plan.wantsJSON else {
            var report = RateReport(at: WallTime.now)
            report.topics = rows
            return emit(JSONText.of(report))
        }
        var lines = view.rates(rows, at: WallTime.now)
        if output.canvas.isTerminal {
            let room = Canvas.terminalHeight() - 1
            if lines.count > room { lines = Array(lines.prefix(room - 1)) + ["…"] }
            let up = drawn > 0 ? "\u{1b}[\(drawn)A\u{1b}[J" : ""
            drawn = lines.count
            return emit(up + lines.joined(separator: "\n"))
        }
        lines.forEach(emit)
    }

    /// Lines are written together: a write for each would be the dearest part of a fast tap.
    private func emit(_ line: String) {
        pending += line + "\n"
        if pending.utf8.count > 1 << 15 { return flush() }
        guard !isFlushing else { return }
        isFlushing = true
        loop.after(micros: 10_000) { self.flush() }
    }

    private func flush() {
        isFlushing = false
        guard !pending.isEmpty else { return }
        Output.write(pending, to: 1)
        pending = ""
    }
}
