import AlertCore
import ArgumentParser
import ServiceRuntime
import Storage
import TradingModel
import Wire

struct AlertsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "alerts", abstract: "Messages to your phone: what was sent, a test, and quiet for a while.",
        discussion: """
            The service quartet-alerts tells Telegram, Slack, Discord or PagerDuty what happens; quartet up starts it \
            where one of them is configured. docs/alerts.md says how.
            """,
        subcommands: [AlertsList.self, AlertsTest.self, AlertsMute.self])
}

struct AlertsList: DeskCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Show the newest alerts and what became of each on its way.",
        discussion: """
            Read from alerts.sqlite, also while the service is down. Beside each alert stand the channels with \
            delivered, pending, sending or parked; parked ones are not tried again, for the reason that is printed.

            EXAMPLES
              quartet alerts list
              quartet alerts list -n 100 --undelivered
            """)
    @OptionGroup var options: SharedOptions

    @Option(name: [.customShort("n"), .long], help: ArgumentHelp("How many.", valueName: "alerts"))
    var limit = 20

    @Flag(name: .long, help: "Only those that wait or were given up.")
    var undelivered = false

    func validate() throws {
        guard (1...10_000).contains(limit) else { throw ValidationError("-n is from 1 to 10000") }
    }

    func run(at desk: Desk) async throws {
        let path = Machine.absolute(desk.settings.dataDirectory) + "/alerts.sqlite"
        guard Machine.facts(path) != nil else {
            throw Failure("there is no alert yet: \(path) is made when quartet-alerts runs (docs/alerts.md)")
        }
        let report: AlertsReport
        do throws(StorageError) {
            let store = try AlertStore(path: path, access: .readOnly)
            defer { store.shut() }
            report = AlertsReport(try store.alerts(limit: undelivered ? 10_000 : limit), undelivered ? limit : nil)
        } catch {
            throw Failure(error.description)
        }
        desk.show(report) { report in
            report.alerts.isEmpty ? ["nothing"] : report.alerts.reversed().flatMap { $0.lines(on: desk.canvas) }
        }
    }
}

struct AlertsTest: DeskCommand {
    static let configuration = CommandConfiguration(
        commandName: "test", abstract: "Send one message to every channel and say whether each took it.",
        discussion: """
            EXAMPLE
              quartet alerts test

            The status is 1 when a channel did not take it in time.
            """)
    @OptionGroup var options: SharedOptions

    @Option(name: .long, help: ArgumentHelp("Seconds to wait for the channels.", valueName: "seconds"))
    var patience = 30

    func validate() throws {
        guard (1...600).contains(patience) else { throw ValidationError("--patience is from 1 to 600 seconds") }
    }

    func run(at desk: Desk) async throws {
        var command = AlertCommand()
        command.verb = .test
        let result = try await tell(desk, command)
        let path = Machine.absolute(desk.settings.dataDirectory) + "/alerts.sqlite"
        let deadline = WallTime.now + .seconds(Int64(patience))
        var deliveries: [Delivery] = []
        repeat {
            try await Task.sleep(for: .milliseconds(100))
            do throws(StorageError) {
                let store = try AlertStore(path: path, access: .readOnly)
                defer { store.shut() }
                let stored = try store.alerts(limit: 200).first { $0.alert.id == result.alertID }
                deliveries = stored?.deliveries ?? []
            } catch {
                throw Failure(error.description)
            }
        } while WallTime.now < deadline
            && (deliveries.isEmpty || deliveries.contains { $0.state == .pending || $0.state == .sending })
        let report = AlertsReport.Test(deliveries)
        desk.show(report) { report in
            report.channels.map { "\($0.channel): \($0.state)" + ($0.fault.isEmpty ? "" : ": \($0.fault)") }
        }
        if !deliveries.allSatisfy({ $0.state == .delivered }) || deliveries.isEmpty {
            throw ExitCode(CommandStatus.failed.rawValue)
        }
    }
}

struct AlertsMute: DeskCommand {
    static let configuration = CommandConfiguration(
        commandName: "mute", abstract: "Be quiet about one rule, or about everything, for a while.",
        discussion: """
            What happens meanwhile is kept in the list and not sent, critical alerts included. Open incidents of the \
            rule at PagerDuty are acknowledged.

            EXAMPLES
              quartet alerts mute feed_stale --minutes 120
              quartet alerts mute all
              quartet alerts mute feed_stale --off
            """)
    @OptionGroup var options: SharedOptions

    @Argument(help: "A rule of docs/alerts.md, or all.")
    var rule: String

    @Option(name: .long, help: ArgumentHelp("For how long; a week at most.", valueName: "minutes"))
    var minutes = 60

    @Flag(name: .long, help: "Tell it again from now on.")
    var off = false

    func validate() throws {
        guard (1...10_080).contains(minutes) else { throw ValidationError("--minutes is from 1 to 10080") }
        guard rule == "all" || AlertsSettings.ruleNames.contains(rule) else {
            let near = NearestName.of(rule, among: Array(AlertsSettings.ruleNames))
            throw ValidationError(
                "\(rule) is no rule" + (near.map { "; did you mean \($0)?" } ?? ": see docs/alerts.md"))
        }
    }

    func run(at desk: Desk) async throws {
        var command = AlertCommand()
        command.verb = off ? .unmute : .mute
        command.rule = rule == "all" ? nil : rule
        command.minutes = minutes
        let result = try await tell(desk, command)
        desk.show(result) { [$0.sentence] }
    }
}

private func tell(_ desk: Desk, _ command: AlertCommand) async throws -> AlertCommandResult {
    var command = command
    command.who = Machine.operatorName
    let answer = try await desk.bus().ask(.alerts, command, for: AlertCommandResult.self, patience: .seconds(10))
    switch answer {
    case .failure(.notRunning):
        throw Failure(
            "quartet-alerts is not running: quartet up starts it where a channel is configured (docs/alerts.md)")
    case .failure(let failure): throw Failure(failure.description)
    case .success(let (_, result)):
        guard result.isDone else { throw Failure(result.sentence) }
        return result
    }
}

/// What `alerts list --json` prints.
struct AlertsReport: WireBody {
    static let kind = "alertsReport"

    struct Channel: WireBody {
        static let kind = "alertChannel"
        var channel = ""
        var state = ""
        var attempts = 0
        var isRepeat = false
        var fault = ""
        init() {}
        init(_ delivery: Delivery) {
            channel = delivery.channel.rawValue
            state = delivery.state.rawValue
            attempts = delivery.attempts
            isRepeat = delivery.isRepeat
            fault = delivery.fault ?? ""
        }
        mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(WireError) {
            try visitor.field("channel", &channel)
            try visitor.field("state", &state)
            try visitor.field("attempts", &attempts)
            try visitor.field("isRepeat", &isRepeat)
            try visitor.field("fault", &fault)
        }
    }

    struct Entry: WireBody {
        static let kind = "alertEntry"
        var id = ""
        var at: WallTime = .distantPast
        var rule = ""
        var key = ""
        var phase = ""
        var severity = ""
        var headline = ""
        var text = ""
        var disposition = ""
        var channels: [Channel] = []
        init() {}
        init(_ stored: StoredAlert) {
            let alert = stored.alert
            (id, at, rule, key) = (alert.id, alert.at, alert.rule.rawValue, alert.key)
            (phase, severity) = (alert.phase.rawValue, alert.severity.rawValue)
            (headline, text) = (alert.headline, alert.text)
            disposition = stored.disposition.rawValue
            channels = stored.deliveries.map(Channel.init)
        }
        mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(WireError) {
            try visitor.field("id", &id)
            try visitor.field("at", &at)
            try visitor.field("rule", &rule)
            try visitor.field("key", &key)
            try visitor.field("phase", &phase)
            try visitor.field("severity", &severity)
            try visitor.field("headline", &headline)
            try visitor.field("text", &text)
            try visitor.field("disposition", &disposition)
            try visitor.field("channels", &channels)
        }

        func lines(on canvas: Canvas) -> [String] {
            let tone: Tone = severity == "critical" ? .bad : severity == "warning" ? .caution : .plain
            let way =
                channels.isEmpty
                ? disposition
                : channels.map { "\($0.channel) \($0.state)" + ($0.fault.isEmpty ? "" : " (\($0.fault))") }.joined(
                    separator: ", ")
            return [
                canvas.palette.paint("\(at)", .faint) + " " + canvas.palette.paint(TextWidth.harmless(headline), tone)
                    + ": " + TextWidth.harmless(text.replacing("\n", with: " · ")),
                "  " + canvas.palette.paint(TextWidth.harmless(way), .faint),
            ]
        }
    }

    /// What `alerts test --json` prints.
    struct Test: WireBody {
        static let kind = "alertsTest"
        var channels: [Channel] = []
        init() {}
        init(_ deliveries: [Delivery]) { channels = deliveries.map(Channel.init) }
        mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(WireError) {
            try visitor.field("channels", &channels)
        }
    }

    /// Newest first.
    var alerts: [Entry] = []
    init() {}
    init(_ stored: [StoredAlert], _ undelivered: Int?) {
        let entries = stored.map(Entry.init)
        guard let undelivered else {
            alerts = entries
            return
        }
        alerts = Array(entries.filter { $0.channels.contains { $0.state != "delivered" } }.prefix(undelivered))
    }
    mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(WireError) {
        try visitor.field("alerts", &alerts)
    }
}
