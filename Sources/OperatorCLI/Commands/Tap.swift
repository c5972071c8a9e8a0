import ArgumentParser
import TradingModel
import Wire

struct Tap: DeskCommand {
    static let configuration = CommandConfiguration(
        abstract: "Listen to the bus: what the services publish, as it happens.",
        discussion: """
            Without a bus all four are tapped. A tap never slows a service: what it cannot keep up with is lost \
            here, and shows as a hole.

            EXAMPLES
              quartet tap                                everything
              quartet tap feed --topic ticker.BTC        tickers of symbols that begin with BTC
              quartet tap risk execution -n 20           the next 20 messages, then end
              quartet tap feed --json | jq .body.last    one raw message a line
              quartet tap --rate                         messages and bytes a second of every topic
              quartet tap --gaps                         only holes in the numbering and restarts

            COLUMNS
              time    when it was published (UTC)       seq    its number on its topic, without holes
              topic   what it was published on          body   its fields; times and spans made readable
              kind    shown where it is not the topic's first word

            A message that cannot be read is shown with the reason. Ctrl-C ends with a summary.
            """)
    @OptionGroup var options: SharedOptions

    @Argument(help: "The buses to listen to: feed, execution, risk, strategy.")
    var buses: [ServiceName] = []

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Only topics that begin with this, such as candle.BTC/USDT. or health. May be repeated.",
            valueName: "prefix"))
    var topic: [String] = []

    @Flag(name: .long, help: "Print messages and bytes a second of each topic, every second.")
    var rate = false

    @Flag(name: .long, help: "Print only holes in the sequence numbers, restarts and unreadable messages.")
    var gaps = false

    @Option(name: [.customShort("n"), .long], help: ArgumentHelp("End after so many messages.", valueName: "n"))
    var count: Int?

    func validate() throws {
        guard !(rate && gaps) else { throw ValidationError("--rate and --gaps are two ways to look: choose one") }
        guard count.map({ $0 > 0 }) ?? true else { throw ValidationError("--count is a number of messages, 1 or more") }
        guard !buses.contains(.dashboard) else { throw ValidationError("the dashboard is on no bus: it only listens") }
    }

    func run(at desk: Desk) async throws {
        let mode: TapSession.Mode = rate ? .rate : gaps ? .gaps : .messages
        let plan = TapSession.Plan(
            buses: buses.isEmpty ? ServiceName.quartet : buses, prefixes: topic.isEmpty ? [""] : topic, mode: mode,
            limit: count, wantsJSON: desk.wantsJSON)
        let bus = try desk.bus()
        for service in plan.buses where !bus.isListening(service) {
            desk.output.remark("\(service.rawValue) is not running; waiting for it")
        }
        let session = TapSession(plan: plan, bus: bus, output: desk.output)
        let interrupts = Interrupts { Task { await session.finish() } }
        let summary = try await session.run()
        withExtendedLifetime(interrupts) {}
        desk.output.remark(summary)
    }
}
