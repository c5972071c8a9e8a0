import AlertCore
import Foundation
import Logging
import Messaging
import ServiceRuntime
import Storage
import Synchronization
import Testing
import TradingModel
import WebServer
import Wire

@testable import AlertService

/// The bot against a stand-in of the Bot API, with the test as risk.
@Suite(.serialized, .timeLimit(.minutes(5)))
struct TelegramTests {
    /// Risk as far as the bot asks it; counts what it was told.
    private final class FakeRisk {
        let loop: EventLoop
        let bus: ServiceBus
        let told = Told()

        final class Told: Sendable {
            let commands = Mutex<[OperatorCommand]>([])
        }

        init(_ settings: Settings) throws {
            loop = try EventLoop(name: "risk")
            bus = try ServiceBus(
                context: ServiceContext(
                    name: .risk, settings: settings, loop: loop,
                    log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }))
            loop.run { [bus, told] in
                bus.serve { request in
                    guard let command = try? request.body(OperatorCommand.self), request.kind == OperatorCommand.kind
                    else { return request.refuse(.notReady, "not now") }
                    told.commands.withLock { $0.append(command) }
                    var result = CommandResult()
                    result.isDone = true
                    result.sentence = "\(command.verb.rawValue) by \(command.who)"
                    request.reply(result)
                }
            }
        }

        var commands: [OperatorCommand] { told.commands.withLock { $0 } }

        func close() async {
            bus.close()
            loop.stop()
            await loop.stopped()
        }
    }

    private func update(
        _ id: Int, _ text: String, chat: Int = -100, user: Int = 7, age: Int64 = 0
    ) -> String {
        let date = WallTime.now.micros / 1_000_000 - age
        return """
            {"update_id":\(id),"message":{"message_id":\(id),"date":\(date),"chat":{"id":\(chat)},\
            "from":{"id":\(user),"username":"al"},"text":"\(text)"}}
            """
    }

    private func answers(_ stage: Stage) -> [String] {
        stage.standIn.calls.filter { $0.path.hasSuffix("/sendMessage") }.map(\.body)
    }

    @Test("a command of the configured chat reaches risk once, and its answer the chat")
    func steering() async throws {
        let stage = try Stage { $0.alerts.telegramUsers = ["7"] }
        let risk = try FakeRisk(stage.settings)
        try await stage.start()
        stage.standIn.write(update(1, "/stop BTC/USDT"))
        // Told twice, as a poll whose offset was lost would be.
        try await eventually("the answer") { answers(stage).contains { $0.contains("halt by telegram al (7)") } }
        stage.standIn.write(update(1, "/stop BTC/USDT"))
        stage.standIn.write(update(2, "/stop", user: 8))
        stage.standIn.write(update(3, "/stop", chat: -101))
        stage.standIn.write(update(4, "/stop", age: 61))
        stage.standIn.write(update(5, "/stopentry"))
        try await eventually("the last answer") { answers(stage).contains { $0.contains("reduce by telegram") } }
        #expect(risk.commands.map(\.verb) == [.halt, .reduce])
        #expect(risk.commands[0].symbol == Symbol("BTC/USDT"))
        try await eventually("the old one is refused") { answers(stage).contains { $0.contains("is not carried out") } }
        let shell = try #require(stage.shell)
        let commands = try await shell.storedCommands()
        #expect(commands.map(\.state) == [.done, .ignored, .ignored, .refused, .done])
        #expect(answers(stage).count == 3)
        await stage.close()
        await risk.close()
    }

    @Test("a forced exit asks back, and only its own code confirms it")
    func forceExit() async throws {
        let stage = try Stage()
        let risk = try FakeRisk(stage.settings)
        try await stage.start()
        stage.standIn.write(update(10, "/forceexit all"))
        try await eventually("the question") { answers(stage).contains { $0.contains("/confirm") } }
        stage.standIn.write(update(11, "/confirm 0000"))
        try await eventually("the refusal") { answers(stage).contains { $0.contains("Nothing waits") } }
        #expect(risk.commands.isEmpty)
        let shell = try #require(stage.shell)
        let code = try #require(await shell.pendingExit?.code)
        stage.standIn.write(update(12, "/confirm \(code)"))
        try await eventually("it is done") { risk.commands.map(\.verb) == [.flatten] }
        stage.standIn.write(update(13, "/confirm \(code)"))
        try await eventually("once only") { answers(stage).count { $0.contains("Nothing waits") } == 2 }
        #expect(risk.commands.count == 1)
        await stage.close()
        await risk.close()
    }

    @Test("questions are answered from what the services have told, and what is not offered is said")
    func questions() async throws {
        let stage = try Stage()
        try await stage.start()
        let verbs = [
            "/profit", "/daily", "/trades", "/balance", "/count", "/performance", "/health", "/show_config",
            "/version", "/help", "/reload_config", "/forcelong", "/nonsense",
        ]
        for (index, verb) in verbs.enumerated() { stage.standIn.write(update(20 + index, verb)) }
        try await eventually("all are answered") { answers(stage).count == verbs.count }
        let text = answers(stage).joined(separator: "\n")
        for words in [
            "No trade is closed yet.", "Execution has not told the account.", "No service has been heard of.",
            "0 open positions", "mode paper", "Quartet 0.1.0", "/forceexit SYMBOL", "quartet restart NAME",
            "judged by risk",
        ] { #expect(text.contains(words), "\(words)") }
        await stage.close()
    }

    @Test("a command that a crash interrupted is not given again; one that was only written down is")
    func interrupted() async throws {
        let stage = try Stage()
        try stage.plant { store in
            for (id, state) in [(30, StoredCommand.State.acting), (31, .received), (32, .done)] {
                var update = TelegramUpdate(id: Int64(id))
                (update.chat, update.user, update.text, update.sentAt) = ("-100", "7", "/stop", .now)
                _ = try store.insert(StoredCommand(update: update, state: state))
            }
        }
        let risk = try FakeRisk(stage.settings)
        try await stage.start()
        try await eventually("both are answered") { answers(stage).count == 2 }
        #expect(answers(stage)[0].contains("interrupted by a restart"))
        #expect(risk.commands.map(\.verb) == [.halt])
        await stage.close()
        await risk.close()
    }
}
