import AlertCore
import Foundation
import Logging
import Messaging
import ServiceRuntime
import Storage
import Testing
import TradingModel
import WebServer
import Wire

@testable import AlertService

/// The real service with real sockets against stand-ins of the channels' APIs.
@Suite(.serialized, .timeLimit(.minutes(5)))
struct OutboxTests {
    private func halted(_ reason: String) -> AlertFact {
        var state = RiskState()
        state.state = .halted
        state.reason = reason
        return .state(state)
    }

    private func states(_ shell: AlertShell) async throws -> [Delivery] {
        try await shell.deliveries()
    }

    @Test("an alert reaches every channel once, in its own dialect")
    func everyChannel() async throws {
        let stage = try Stage()
        try await stage.start([.telegramBotToken, .slackWebhookURL, .discordWebhookURL, .pagerdutyRoutingKey])
        let shell = try #require(stage.shell)
        await shell.take(halted("drawdown <20%>"))
        try await eventually("four deliveries") {
            try await states(shell).filter { $0.state == .delivered }.count == 4
        }
        let calls = stage.standIn.calls
        #expect(
            Set(calls.map(\.path)) == [
                "/bot\(Stage.token)/sendMessage", "/slack/secret", "/discord/secret", "/v2/enqueue",
            ])
        #expect(calls.count == 4 && calls.allSatisfy { !$0.body.contains("possibly repeated") })
        #expect(calls.contains { $0.body.contains("drawdown &lt;20%&gt;") })
        await shell.take(.state(RiskState()))
        try await eventually("the end of it at PagerDuty") {
            stage.standIn.calls.contains { $0.body.contains("\"event_action\":\"resolve\"") }
        }
        await stage.close()
    }

    @Test("a channel that asks for patience is given it, one that refuses for good is parked and said in health")
    func troubles() async throws {
        let stage = try Stage()
        stage.standIn.say(429, ["Retry-After": "1"], "{\"retry_after\":0.5}")
        stage.standIn.say(404, [:], "no_service")
        try await stage.start([.slackWebhookURL])
        let shell = try #require(stage.shell)
        await shell.take(halted("why"))
        try await eventually("the second attempt is refused") {
            try await states(shell).contains { $0.state == .parked && $0.attempts == 2 }
        }
        let parked = try #require(try await states(shell).first { $0.state == .parked })
        #expect(parked.fault == "status 404: no_service" && !parked.isRepeat)
        try await eventually("health says so") { await shell.healthReason.contains("slack takes no messages") }
        await stage.close()
    }

    @Test("no error, record or log holds a secret")
    func secrets() async throws {
        let stage = try Stage { $0.alerts.telegramURL = "http://127.0.0.1:1" }
        try await stage.start([.telegramBotToken])
        let shell = try #require(stage.shell)
        await shell.take(halted("why"))
        try await eventually("an attempt fails") {
            try await states(shell).contains { $0.attempts > 0 && $0.fault != nil }
        }
        try await eventually("the poll fails") { await shell.pollFault != nil }
        let fault = try await states(shell).compactMap(\.fault).joined() + (await shell.pollFault ?? "")
        #expect(!fault.contains("secret"), "\(fault)")
        await stage.end()
        for name in try FileManager.default.contentsOfDirectory(atPath: stage.settings.dataDirectory) {
            let data = try Data(contentsOf: URL(fileURLWithPath: stage.settings.dataDirectory + "/" + name))
            #expect(data.range(of: Data("AAsecret".utf8)) == nil, "\(name)")
        }
        await stage.close()
    }

    @Test("a delivery that a crash left in doubt is sent once more with its mark; PagerDuty gets the same key")
    func interrupted() async throws {
        let stage = try Stage()
        let alert = Alert(
            id: "quartet/x/1", rule: .tradingHalted, key: "account", phase: .firing, severity: .critical, text: "why",
            at: .now)
        let channels: [AlertChannel] = [.slack, .discord, .pagerduty]
        try stage.plant { store in
            _ = try store.insert(alert, .sent)
            for channel in channels {
                var delivery = Delivery(alertID: alert.id, channel: channel, at: .now)
                (delivery.state, delivery.attempts) = (.sending, 1)
                try store.store(delivery)
            }
        }
        try await stage.start([.slackWebhookURL, .discordWebhookURL, .pagerdutyRoutingKey])
        var shell = try #require(stage.shell)
        try await eventually("all are delivered") { try await states(shell).allSatisfy { $0.state == .delivered } }
        let calls = stage.standIn.calls
        #expect(calls.count == 3)
        for call in calls {
            let isPagerDuty = call.path == "/v2/enqueue"
            #expect(call.body.contains("(possibly repeated)") == !isPagerDuty, "\(call.path)")
            if isPagerDuty { #expect(call.body.contains("\"dedup_key\":\"quartet/x/1\"")) }
        }
        // The same crash once more: now nobody is told a third time.
        await stage.end()
        try stage.plant { store in
            for channel in channels {
                var delivery = Delivery(alertID: alert.id, channel: channel, at: .now)
                (delivery.state, delivery.attempts, delivery.doubts) = (.sending, 2, 1)
                try store.store(delivery)
            }
        }
        try await stage.start([.slackWebhookURL, .discordWebhookURL, .pagerdutyRoutingKey])
        shell = try #require(stage.shell)
        try await eventually("nothing is under way") {
            try await states(shell).allSatisfy { $0.state == .parked || $0.state == .delivered }
        }
        #expect(stage.standIn.calls.count { $0.path != "/v2/enqueue" } == 2)
        await stage.close()
    }

    @Test("a Telegram message in doubt is looked for before it is sent again", arguments: [true, false])
    func telegramInDoubt(isThere: Bool) async throws {
        let stage = try Stage()
        try stage.plant { store in
            for (index, state) in [Delivery.State.delivered, .sending].enumerated() {
                let alert = Alert(
                    id: "quartet/x/\(index)", rule: .test, key: "", phase: .event, severity: .info, text: "\(index)",
                    at: .now)
                _ = try store.insert(alert, .sent)
                var delivery = Delivery(alertID: alert.id, channel: .telegram, at: .now)
                (delivery.state, delivery.attempts) = (state, 1)
                if state == .delivered { delivery.reference = "50" }
                try store.store(delivery)
            }
        }
        // 51 was written by somebody else, 52 is the message in doubt, or nothing.
        stage.standIn.say(400, [:], "{\"ok\":false,\"description\":\"Bad Request: message can't be edited\"}")
        if isThere {
            stage.standIn.say(400, [:], "{\"ok\":false,\"description\":\"Bad Request: message is not modified\"}")
        } else {
            for _ in 0..<7 {
                stage.standIn.say(400, [:], "{\"ok\":false,\"description\":\"Bad Request: message to edit not found\"}")
            }
        }
        try await stage.start()
        let again = try #require(stage.shell)
        try await eventually("it is settled") { try await states(again).allSatisfy { $0.state == .delivered } }
        let sent = stage.standIn.calls.filter { $0.path.hasSuffix("/sendMessage") }
        #expect(sent.count == (isThere ? 0 : 1))
        #expect(sent.allSatisfy { $0.body.contains("(possibly repeated)") })
        if isThere { #expect(try await states(again).contains { $0.reference == "52" }) }
        await stage.close()
    }

    @Test("what was held when the service ended is summed up by the next run")
    func heldOverARestart() async throws {
        let stage = try Stage {
            $0.alerts.burst = 1
            $0.alerts.windowSeconds = 2
        }
        try await stage.start([.slackWebhookURL])
        var order = Order()
        order.status = .rejected
        order.request.symbol = Symbol("BTC/USDT") ?? .none
        for name in ["q1", "q2", "q3"] {
            order.request.clientOrderID = ClientOrderID(name) ?? .none
            await stage.shell?.take(.order(order))
        }
        await stage.end()
        try await stage.start([.slackWebhookURL])
        let shell = try #require(stage.shell)
        // The same facts again are not news.
        await shell.take(.order(order))
        try await eventually("the summary") {
            stage.standIn.calls.contains { $0.body.contains("And 2 more within 2s") }
        }
        #expect(stage.standIn.calls.count { $0.body.contains("q1") } == 1)
        await stage.close()
    }

    @Test("the operator's test goes to every channel, and a mute holds over a restart")
    func requests() async throws {
        let stage = try Stage()
        try await stage.start([.slackWebhookURL, .pagerdutyRoutingKey])
        let shell = try #require(stage.shell)
        let askerLoop = try EventLoop(name: "asker")
        let asker = try ServiceBus(
            context: ServiceContext(
                name: .operator, settings: stage.settings, loop: askerLoop,
                log: .init(label: "test") { _ in SwiftLogNoOpLogHandler() }), serves: false)
        func ask(_ change: (inout AlertCommand) -> Void) async throws -> AlertCommandResult {
            var command = AlertCommand()
            command.who = "tester"
            change(&command)
            let sent = command
            return try await withCheckedThrowingContinuation { continuation in
                askerLoop.run {
                    asker.request(sent, to: .alerts, id: asker.newRequestID(), timeToLive: .seconds(60)) { outcome in
                        guard case .reply(let message) = outcome,
                            let result = try? message.body(AlertCommandResult.self)
                        else { return continuation.resume(throwing: Timeout()) }
                        continuation.resume(returning: result)
                    }
                }
            }
        }
        let test = try await ask { $0.verb = .test }
        #expect(test.isDone && test.alertID != nil)
        try await eventually("both have it") { try await states(shell).filter { $0.state == .delivered }.count == 2 }
        await shell.take(halted("why"))
        try await eventually("PagerDuty has the incident") {
            stage.standIn.calls.contains { $0.body.contains("trigger") && $0.body.contains("trading_halted") }
        }
        let mute = try await ask {
            $0.verb = .mute
            $0.rule = "trading_halted"
        }
        #expect(mute.isDone)
        try await eventually("the incident is acknowledged") {
            stage.standIn.calls.contains { $0.body.contains("\"event_action\":\"acknowledge\"") }
        }
        #expect(try await !ask { $0.rule = "nonsense" }.isDone)
        asker.close()
        askerLoop.stop()
        await askerLoop.stopped()
        await stage.end()
        try await stage.start([.slackWebhookURL])
        let again = try #require(stage.shell)
        await again.take(.state(RiskState()))
        await again.take(halted("again"))
        #expect(try await again.stored(1).first?.disposition == .muted)
        await stage.close()
    }

    @Test("the configuration's list of rules is the service's")
    func rules() {
        #expect(AlertsSettings.ruleNames == Set(AlertRule.configurable.map(\.rawValue)))
    }
}
