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

/// A channel's API as far as we use it: answers as told, and remembers what it was sent.
final class StandIn: Sendable {
    struct Call: Sendable {
        var path: String
        var body: String
    }

    private struct State {
        var calls: [Call] = []
        var answers: [(status: Int, headers: WebHeaders, body: String)] = []
        var updates: [String] = []
        var next = 100
    }

    private final class Box: Sendable {
        let state = Mutex(State())
    }

    private let box = Box()
    let server: WebServer

    init() throws {
        let box = box
        server = try WebServer { request in await StandIn.answer(request, box) }
    }

    var url: String { "http://127.0.0.1:\(server.port)" }
    /// What was sent, without questions for updates.
    var calls: [Call] { box.state.withLock { $0.calls } }

    /// The next answers, instead of the usual one.
    func say(_ status: Int, _ headers: WebHeaders = [:], _ body: String = "") {
        box.state.withLock { $0.answers.append((status, headers, body)) }
    }

    /// Something is written to the bot.
    func write(_ update: String) { box.state.withLock { $0.updates.append(update) } }

    private static func answer(_ request: WebRequest, _ box: Box) async -> WebResponse {
        let text = String(decoding: request.body, as: UTF8.self)
        if request.path.hasSuffix("/getUpdates") {
            let updates = box.state.withLock { state in
                defer { state.updates = [] }
                return state.updates
            }
            // A short poll instead of a long one.
            if updates.isEmpty { try? await Task.sleep(for: .milliseconds(50)) }
            return .json(Array("{\"ok\":true,\"result\":[\(updates.joined(separator: ","))]}".utf8))
        }
        return box.state.withLock { state in
            state.calls.append(Call(path: request.path, body: text))
            if !state.answers.isEmpty {
                let answer = state.answers.removeFirst()
                return WebResponse(
                    status: answer.status, headers: answer.headers, content: .bytes(Array(answer.body.utf8)))
            }
            state.next += 1
            if request.path.contains("/bot") {
                return .json(Array("{\"ok\":true,\"result\":{\"message_id\":\(state.next)}}".utf8))
            }
            if request.path.hasSuffix("/enqueue") {
                return .json(Array("{\"status\":\"success\",\"dedup_key\":\"k\"}".utf8), status: 202)
            }
            return request.path.contains("discord")
                ? .json(Array("{\"id\":\"\(state.next)\"}".utf8)) : WebResponse("ok")
        }
    }
}

/// The messenger in a directory of its own, with stand-ins for its channels and the test as risk.
final class Stage {
    let directory: URL
    let standIn: StandIn
    var settings: Settings
    private(set) var shell: AlertShell?
    private var loop: EventLoop?
    static let token = "123456:AAsecretAAsecretAAsecret"

    init(_ change: (inout Settings) -> Void = { _ in }) throws {
        directory = try FileManager.default.url(
            for: .itemReplacementDirectory, in: .userDomainMask,
            appropriateFor: URL(fileURLWithPath: NSTemporaryDirectory()), create: true)
        standIn = try StandIn()
        var settings = Settings()
        settings.dataDirectory = directory.path + "/data"
        settings.runDirectory = directory.path + "/bus"
        settings.logDirectory = directory.path + "/log"
        settings.alerts.telegramURL = standIn.url
        settings.alerts.pagerdutyURL = standIn.url
        settings.alerts.telegramChat = "-100"
        settings.alerts.silentSeconds = 3_600
        change(&settings)
        self.settings = settings
        try RuntimeDirectories.prepare(settings)
    }

    /// - Parameter channels: the secrets that are set, by variable.
    func start(_ channels: [SecretName] = [.telegramBotToken]) async throws {
        var environment: [String: String] = [:]
        for name in channels {
            environment[name.rawValue] =
                switch name {
                case .slackWebhookURL: standIn.url + "/slack/secret"
                case .discordWebhookURL: standIn.url + "/discord/secret"
                case .telegramBotToken: Stage.token
                default: "routing-secret"
                }
        }
        let loop = try EventLoop(name: "alerts")
        let context = ServiceContext(
            name: .alerts, settings: settings, loop: loop, log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            secrets: try Secrets.load(for: .alerts, environment: environment))
        let shell = try AlertShell(context: context)
        try await shell.start()
        (self.loop, self.shell) = (loop, shell)
    }

    /// Writes into the outbox while no service does.
    func plant(_ body: (AlertStore) throws -> Void) throws {
        let store = try AlertStore(path: settings.dataDirectory + "/alerts.sqlite")
        defer { store.shut() }
        try body(store)
    }

    /// As a crash would leave it, but for what was not yet committed.
    func end() async {
        await shell?.stop(.requested("test"))
        shell = nil
        loop?.stop()
        await loop?.stopped()
    }

    func close() async {
        await end()
        await standIn.server.stop(grace: .zero)
        try? FileManager.default.removeItem(at: directory)
    }
}

extension AlertShell {
    func stored(_ limit: Int = 50) throws -> [StoredAlert] { try store.alerts(limit: limit) }
    func deliveries() throws -> [Delivery] { try stored().flatMap(\.deliveries) }
    func storedCommands() throws -> [StoredCommand] { try store.commands() }
    func plant(_ delivery: Delivery) throws { try store.store(delivery) }
    var healthReason: String { bus.health.reason }
}

/// Waits for something that happens by itself, a minute and a half at most.
func eventually(_ what: String, _ isTrue: () async throws -> Bool) async throws {
    let clock = ContinuousClock()
    let deadline = clock.now + .seconds(90)
    while try await !isTrue() {
        guard clock.now < deadline else {
            Issue.record("\(what) did not happen within 90 s")
            throw Timeout()
        }
        try await Task.sleep(for: .milliseconds(10))
    }
}

struct Timeout: Error {}
