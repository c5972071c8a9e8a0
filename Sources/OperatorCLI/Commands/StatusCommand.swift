import ArgumentParser
import Messaging
import ServiceRuntime
import TradingModel
import Wire

struct StatusCommand: DeskCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "What runs, whether it may trade, what it holds and what it sees.",
        discussion: """
            EXAMPLES
              quartet status             once
              quartet status --watch     until Ctrl-C, every second
              quartet status --json | jq -e .isHealthy

            COLUMNS of services
              condition    healthy, degraded, recovering …; down: nobody listens; silent: no answer
              market time  how far the market's own clock has come (UTC)
              session      changes whenever the process is started anew
              in/s, out/s  messages taken and published a second: since its start, with --watch now
              gaps         holes it has seen in what it follows
              p50, p99     from publishing to handling, half and 99 of 100 messages are quicker
            COLUMNS of positions
              entry        average price paid          stop     where it is left at a loss, moved up as it gains
              mark         last price                  target   where it is left with a gain
              result       at the mark, before fees    lev      leverage

            A service that is down is told with how that is known; its part is then read from its database. \
            The status is 0 when all four are healthy, else 1.
            """)
    @OptionGroup var options: SharedOptions

    @Flag(name: .shortAndLong, help: "Draw again every second until Ctrl-C.")
    var watch = false

    @Option(name: .long, help: ArgumentHelp("Seconds between two looks with --watch.", valueName: "seconds"))
    var interval = 1.0

    func validate() throws {
        guard (0.1...3600).contains(interval) else { throw ValidationError("--interval is from 0.1 to 3600 seconds") }
    }

    func run(at desk: Desk) async throws {
        let collector = StatusCollector(desk: desk, bus: try desk.bus())
        guard watch else {
            let report = await collector.collect()
            desk.show(report) { StatusView.lines($0, on: desk.canvas) }
            if !report.isHealthy { throw ExitCode(CommandStatus.failed.rawValue) }
            return
        }
        await StatusWatch(collector: collector, interval: .milliseconds(Int64(interval * 1_000))).run()
    }
}

/// Draws the status again and again, until Ctrl-C.
struct StatusWatch: Sendable {
    let collector: StatusCollector
    let interval: Span
    /// What stands below the status.
    var footer = "Ctrl-C ends"

    func run() async {
        let desk = collector.desk
        let screen = desk.canvas.isTerminal && !desk.wantsJSON ? Screen() : nil
        let (ticks, tick) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let loop = collector.bus.loop
        let micros = interval.micros
        loop.execute { loop.every(micros: micros) { tick.yield() } }
        let interrupts = Interrupts { tick.finish() }
        screen?.open()
        defer { screen?.close() }
        var earlier = await collector.collect()
        draw(earlier, on: screen)
        for await _ in ticks {
            let report = await collector.collect(since: earlier)
            draw(report, on: screen)
            earlier = report
        }
        withExtendedLifetime(interrupts) {}
    }

    private func draw(_ report: StatusReport, on screen: Screen?) {
        let desk = collector.desk
        guard let screen else {
            return desk.show(report) { ["# at\t\(Figures.time($0.at))"] + StatusView.lines($0, on: desk.canvas) }
        }
        // The window may have been resized since.
        let canvas = Canvas(isTerminal: true, width: Canvas.terminalWidth(), palette: desk.canvas.palette)
        let head = " quartet  " + Figures.time(report.at) + " UTC"
        screen.draw(
            [canvas.palette.paint(head, .faint)] + StatusView.lines(report, on: canvas),
            footer: canvas.palette.paint(" " + footer, .faint))
    }
}
