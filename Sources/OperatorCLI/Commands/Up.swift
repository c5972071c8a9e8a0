import ArgumentParser
import ServiceRuntime
import Synchronization
import TradingModel
import Wire

struct Up: DeskCommand {
    static let configuration = CommandConfiguration(
        abstract: "Start the four services and wait until all are healthy.",
        discussion: """
            Prepares the directories, starts supervisord with deploy/supervisord.conf, which starts feed, execution, \
            risk and strategy in that order and starts again what dies, and waits for each to say on the bus that it is \
            healthy. Then it starts the dashboard, on which nothing depends, and prints its address, and the messenger \
            where a channel for alerts is configured. What runs already is \
            left alone.

            Where the configuration does not set feed.source, an exchange in a box (quartet-simulator) is started too, \
            and feed watches it over REST and streams as it would watch a real one, at feed.speed times real speed. Orders \
            stay on paper. With feed.source: simulated feed makes the market itself.

            EXAMPLES
              quartet up                     start, then return
              quartet up --foreground        start, show the status until Ctrl-C, then stop everything
              quartet up --config my.yaml

            The programs are looked for in QUARTET_BIN_DIR, beside quartet, and in .build/release or .build/debug. \
            The status is 1 when a service did not become healthy in time; what runs keeps running.
            """)
    @OptionGroup var options: SharedOptions

    @Flag(
        name: [.long, .customShort("f")],
        help: "Stay attached: show the status until Ctrl-C, then stop everything in order.")
    var foreground = false

    @Option(name: .long, help: ArgumentHelp("Seconds to wait until all are healthy.", valueName: "seconds"))
    var patience = 60

    func validate() throws {
        guard (1...3600).contains(patience) else { throw ValidationError("--patience is from 1 to 3600 seconds") }
    }

    func run(at desk: Desk) async throws {
        if let fault = desk.installation.strategyFault { throw Failure(fault) }
        Output.endsWithItsReader.store(false, ordering: .relaxed)
        let bus = try desk.bus()
        let launcher = Launcher(desk)
        let (wasUp, box) = try await raise(desk, bus, launcher)
        let dashboard = launcher.showDashboard()
        if let alerts = launcher.startAlerts(), !desk.wantsJSON { desk.output.remark(alerts) }
        if !desk.wantsJSON { desk.output.remark(dashboard) }
        let collector = StatusCollector(desk: desk, bus: bus)
        guard foreground else {
            let report = await collector.collect()
            desk.show(report) { StatusView.lines($0, on: desk.canvas) }
            if wasUp { desk.output.remark("already up") }
            return
        }
        // Piped, a status every minute is enough; on a terminal it is live.
        let interval: Span = desk.canvas.isTerminal ? .seconds(1) : .seconds(60)
        let market = box.map { " · exchange in a box: http://127.0.0.1:\($0.port)" } ?? ""
        let footer = "\(dashboard)\(market) · Ctrl-C stops all in order"
        await StatusWatch(collector: collector, interval: interval, footer: footer).run()
        try Down.stop(desk, launcher)
    }

    /// Starts what does not run and waits for it. Whether everything ran already, and the exchange that was started with it.
    private func raise(
        _ desk: Desk, _ bus: BusClient, _ launcher: Launcher
    ) async throws -> (wasUp: Bool, box: BoxMarket?) {
        let listening = ServiceName.quartet.filter { bus.isListening($0) }
        let programs = launcher.supervisor.programs()
        if programs == nil, let service = listening.first {
            let pid = UnixSocket.listener(path: bus.responderPath(of: service)).map { "process \($0)" } ?? "a process"
            throw Failure(
                "\(service.rawValue) is served by \(pid), which no supervisor of ours knows: stop it with quartet down, "
                    + "or leave it to the supervisor that started it")
        }
        let output = desk.output
        let isQuiet = desk.wantsJSON
        let wait = HealthWait(
            for: ServiceName.quartet, bus: bus, supervisor: launcher.supervisor, patience: .seconds(Int64(patience))
        ) { service, outcome in
            guard !isQuiet else { return }
            output.remark(Up.line(service, outcome, Palette(isColoured: output.canvas.palette.isColoured)))
        }
        try await wait.listen()
        var box: BoxMarket?
        if let programs {
            if let complaint = launcher.startBoxAgain(programs) { throw Failure(complaint) }
            for service in ServiceName.quartet {
                guard let program = launcher.supervisor.program(of: service, in: programs), !program.isUp else {
                    continue
                }
                if let complaint = launcher.supervisor.start(program) { throw Failure(complaint) }
            }
        } else {
            box = try launcher.start()
            if let box, !isQuiet { output.remark(box.line) }
        }
        let outcomes = await wait.run()
        let failures = ServiceName.quartet.compactMap { service -> String? in
            guard case .failed(let sentence)? = outcomes[service] else { return nil }
            return "\(service.rawValue): \(sentence)"
        }
        if !failures.isEmpty {
            let reasons = [launcher.supervisor.reasonForGivingUp(BoxMarket.service)].compactMap { $0 }
            throw Failure((reasons + failures).joined(separator: "\n"))
        }
        let wasUp = ServiceName.quartet.allSatisfy { service in
            programs.flatMap { launcher.supervisor.program(of: service, in: $0) }?.isUp ?? false
        }
        return (wasUp, box)
    }

    static func line(_ service: ServiceName, _ outcome: HealthWait.Outcome, _ palette: Palette) -> String {
        let name = TextWidth.padded(service.rawValue, to: 9)
        switch outcome {
        case .healthy(let pid, let after):
            return palette.paint("✓ ", .good) + palette.paint(name, .name)
                + " healthy after \(Figures.age(after)), pid \(pid)"
        case .failed(let sentence):
            return palette.paint("✗ ", .bad) + palette.paint(name, .name) + " " + sentence
        }
    }
}

struct Down: DeskCommand {
    static let configuration = CommandConfiguration(
        abstract: "Stop everything in order: strategy, risk, execution, feed.",
        discussion: """
            Each service gets the time to end by itself; one that does not is killed, and that is said. \
            Open positions stay open and their plans stay on disk: the next start goes on where this one ends. With \
            execution.on_stop: flatten in the configuration they are closed at market first; Ctrl-C ends that wait, and \
            quartet down --leave stops without it.

            EXAMPLES
              quartet down
              quartet down --leave
            """)
    @OptionGroup var options: SharedOptions

    @Flag(help: "Stop at once: open positions stay open, whatever execution.on_stop says.")
    var leave = false

    func run(at desk: Desk) async throws {
        Output.endsWithItsReader.store(false, ordering: .relaxed)
        if desk.settings.execution.onStop == .flatten, !leave { try await Down.flatten(desk) }
        try Down.stop(desk, Launcher(desk))
    }

    /// Has risk close everything, and waits until execution holds nothing any more, a minute at most. What cannot be
    /// closed is said, and does not keep the services from stopping.
    private static func flatten(_ desk: Desk) async throws {
        func say(_ line: String) { if !desk.wantsJSON { desk.output.line(line) } }
        var command = OperatorCommand()
        command.verb = .flatten
        command.who = Machine.operatorName
        command.why = "quartet down, and execution.on_stop is flatten"
        let bus = try desk.bus()
        switch await bus.ask(.risk, command, for: CommandResult.self, patience: .seconds(10)) {
        case .failure(let failure): return say("nothing was closed: \(failure)")
        case .success(let (_, result)): say(TextWidth.harmless(result.sentence))
        }
        var open: [Position] = []
        for _ in 0..<120 {
            let answer = await bus.ask(
                .execution, ExecutionSnapshotRequest(), for: ExecutionSnapshot.self, patience: .seconds(10))
            guard case .success(let (_, snapshot)) = answer else { return say("execution does not say what is open") }
            open = snapshot.positions.filter(\.isOpen)
            if open.isEmpty { return say("every position is closed") }
            try await Task.sleep(for: .milliseconds(500))
        }
        say("still open after a minute: \(open.map(\.symbol.name).joined(separator: ", "))")
    }

    static func stop(_ desk: Desk, _ launcher: Launcher) throws {
        var steps: [String] = []
        let forced = try launcher.stop { step in
            steps.append(step)
            if !desk.wantsJSON { desk.output.line(step) }
        }
        if desk.wantsJSON { return desk.output.line(JSONText.of(DownReport(steps: steps, forced: forced))) }
        if steps.isEmpty { desk.output.line("nothing was running") }
        for name in forced { desk.output.line("\(name) did not end in time and was killed") }
    }
}

/// What `down --json` prints.
struct DownReport: WireBody {
    static let kind = "downReport"
    var steps: [String] = []
    var forced: [String] = []
    init() {}
    init(steps: [String], forced: [String]) {
        self.steps = steps
        self.forced = forced
    }
    mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(WireError) {
        try visitor.field("steps", &steps)
        try visitor.field("forced", &forced)
    }
}

struct Restart: DeskCommand {
    static let configuration = CommandConfiguration(
        abstract: "Stop one service, start it again and wait until it is healthy.",
        discussion: """
            The others keep running and go on when it is back. A service that the supervisor had given up is started too.

            EXAMPLES
              quartet restart strategy
              quartet restart feed risk

            The status is 1 when a service did not become healthy again in time.
            """)
    @OptionGroup var options: SharedOptions

    @Argument(help: "feed, execution, risk, strategy, dashboard or alerts; several are done one after the other.")
    var services: [ServiceName]

    @Option(name: .long, help: ArgumentHelp("Seconds to wait until it is healthy.", valueName: "seconds"))
    var patience = 60

    func run(at desk: Desk) async throws {
        Output.endsWithItsReader.store(false, ordering: .relaxed)
        let bus = try desk.bus()
        let supervisor = desk.installation.supervisor
        var report = RestartReport()
        for service in services {
            guard let programs = supervisor.programs() else {
                throw Failure(
                    "no supervisor answers at \(supervisor.socketPath): start everything with quartet up; "
                        + "under systemd use systemctl restart quartet-\(service.rawValue)")
            }
            guard let program = supervisor.program(of: service, in: programs) else {
                throw Failure("the supervisor at \(supervisor.socketPath) does not know \(service.rawValue)")
            }
            let begun = WallTime.now
            if program.isUp, let complaint = supervisor.stop(program, patience: 20) { throw Failure(complaint) }
            if service == .dashboard {
                // It is on no bus: its address is its sign of life.
                let sentence = Launcher(desk).showDashboard()
                guard let up = supervisor.programs().flatMap({ supervisor.program(of: service, in: $0) }), up.isUp
                else {
                    throw Failure(sentence)
                }
                report.restarted.append(
                    .init(service: service.rawValue, before: program.pid, after: up.pid, took: .now - begun))
                continue
            }
            let wait = HealthWait(
                for: [service], bus: bus, supervisor: supervisor, patience: .seconds(Int64(patience)),
                notCounting: [service: program.pid]
            ) { _, _ in }
            try await wait.listen()
            if let complaint = supervisor.start(program) { throw Failure(complaint) }
            guard case .healthy(let pid, _)? = await wait.run()[service] else {
                throw Failure(
                    "\(service.rawValue) did not become healthy again within \(patience) s: see quartet logs \(service.rawValue)"
                )
            }
            report.restarted.append(
                .init(service: service.rawValue, before: program.pid, after: pid, took: .now - begun))
        }
        desk.show(report) { report in
            report.restarted.map {
                "\($0.service) is healthy again after \(Figures.age($0.took)): pid \($0.before) → \($0.after)"
            }
        }
    }
}

/// What `restart --json` prints.
struct RestartReport: WireBody {
    static let kind = "restartReport"
    struct Entry: WireBody {
        static let kind = "restartEntry"
        var service = ""
        var before = 0
        var after = 0
        var took: Span = .zero
        init() {}
        init(service: String, before: Int, after: Int, took: Span) {
            (self.service, self.before, self.after, self.took) = (service, before, after, took)
        }
        mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(WireError) {
            try visitor.field("service", &service)
            try visitor.field("pidBefore", &before)
            try visitor.field("pid", &after)
            try visitor.field("tookMicros", &took)
        }
    }
    var restarted: [Entry] = []
    init() {}
    mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(WireError) {
        try visitor.field("restarted", &restarted)
    }
}
