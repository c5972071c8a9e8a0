import Foundation
import Logging
import Messaging
import ServiceRuntime
import Testing
import TradingModel
import WebServer
import Wire

@testable import DashboardService

/// The shell on a real bus, with the test as risk.
@Suite(.serialized, .timeLimit(.minutes(5)))
struct ShellTests {
    /// A dashboard of its own in a directory of its own.
    private final class Stage {
        let directory: URL
        let settings: Settings
        let loop: EventLoop
        private(set) var shell: DashboardShell?

        init() throws {
            directory = try FileManager.default.url(
                for: .itemReplacementDirectory, in: .userDomainMask,
                appropriateFor: URL(fileURLWithPath: NSTemporaryDirectory()), create: true)
            var settings = Settings()
            settings.dataDirectory = directory.path + "/data"
            settings.runDirectory = directory.path + "/bus"
            settings.logDirectory = directory.path + "/log"
            settings.dashboard.port = 0
            self.settings = settings
            try RuntimeDirectories.prepare(settings)
            loop = try EventLoop(name: "dashboard")
        }

        func start() async throws -> Gate {
            let context = ServiceContext(
                name: .dashboard, settings: settings, loop: loop,
                log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            let shell = try DashboardShell(context: context)
            try await shell.start()
            self.shell = shell
            return Gate(settings.dashboard, secret: nil)
        }

        func get(_ gate: Gate, _ path: String, query: [WebRequest.QueryItem] = []) async throws -> WebResponse {
            let shell = try #require(shell)
            let request = WebRequest(method: "GET", path: path, query: query, headers: ["Host": "localhost"])
            return await gate.guarded(request) { await shell.respond($0, gate) }
        }

        func close() async {
            await shell?.stop(.requested("test"))
            loop.stop()
            await loop.stopped()
            try? FileManager.default.removeItem(at: directory)
        }
    }

    @Test("every documented address answers with its type, and the bodies are what the description says")
    func routes() async throws {
        let stage = try Stage()
        let gate = try await stage.start()
        // Candles and limits are told by feed and risk, which are not there.
        let told = ["/api/candles", "/api/limits"]
        for path in told { #expect(try await stage.get(gate, path).status == 503, "\(path)") }
        for route in Route.all where route.method == "GET" && !told.contains(route.path) {
            let response = try await stage.get(gate, route.path)
            #expect(response.status == 200, "\(route.path)")
            #expect(response.headers["Content-Type"]?.hasPrefix(route.mediaType) == true, "\(route.path)")
        }
        #expect(try await stage.get(gate, "/nothing").status == 404)
        #expect(try await stage.get(gate, "/api/stop").status == 405)
        for (name, value) in [("limit", "0"), ("limit", "x"), ("limit", "1001"), ("symbol", "btc")] {
            let response = try await stage.get(gate, "/api/trades", query: [.init(name: name, value: value)])
            #expect(response.status == 400, "\(name)=\(value)")
        }
        for (format, start) in [("json", "{"), ("text", "\n"), ("html", "<!doctype html>")] {
            let response = try await stage.get(gate, "/api/report", query: [.init(name: "format", value: format)])
            guard case .bytes(let bytes) = response.content else { throw Problem() }
            #expect(response.status == 200 && String(decoding: bytes, as: UTF8.self).hasPrefix(start), "\(format)")
        }
        let report = try await stage.get(gate, "/api/report", query: [.init(name: "format", value: "html")])
        let policy = report.headers["Content-Security-Policy"] ?? ""
        #expect(policy.hasPrefix("sandbox allow-scripts; default-src 'none'") && policy.contains("'sha256-"))
        #expect(!policy.contains("script-src 'unsafe"))
        let other = try await stage.get(gate, "/api/report", query: [.init(name: "format", value: "pdf")])
        #expect(other.status == 400)
        await stage.close()
    }

    @Test("the address is left in a file, and the server there answers")
    func address() async throws {
        let stage = try Stage()
        _ = try await stage.start()
        let text = try String(contentsOfFile: stage.settings.runDirectory + "/dashboard.url", encoding: .utf8)
        #expect(text.hasPrefix("http://127.0.0.1:") && text.hasSuffix("/\n"))
        await stage.close()
        #expect(!FileManager.default.fileExists(atPath: stage.settings.runDirectory + "/dashboard.url"))
    }

    @Test("the emergency stop reaches risk and shows what it did; without risk it says what else stops trading")
    func emergencyStop() async throws {
        let stage = try Stage()
        let riskLoop = try EventLoop(name: "risk")
        let risk = try ServiceBus(
            context: ServiceContext(
                name: .risk, settings: stage.settings, loop: riskLoop,
                log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }))
        riskLoop.run {
            risk.serve { request in
                guard let command = try? request.body(OperatorCommand.self), command.verb == .halt else {
                    return request.refuseUnknownKind()
                }
                var result = CommandResult()
                result.isDone = true
                result.sentence = "halted by \(command.who): \(command.why)"
                result.state.state = .halted
                request.reply(result)
            }
        }
        let gate = try await stage.start()
        let shell = try #require(stage.shell)
        let request = WebRequest(
            method: "POST", path: "/api/stop",
            headers: ["Host": "localhost", "Content-Type": "application/json", "X-CSRF-Token": gate.csrfToken],
            body: Array("{\"why\":\"a test\"}".utf8), peer: "127.0.0.1:9")
        let response = await gate.guarded(request) { await shell.respond($0, gate) }
        guard case .bytes(let bytes) = response.content else { throw Problem() }
        let result = try WireJSON.decode(CommandResult.self, from: bytes)
        #expect(response.status == 200 && result.isDone && result.state.state == .halted)
        #expect(result.sentence == "halted by dashboard 127.0.0.1:9: a test")
        risk.close()
        riskLoop.stop()
        await riskLoop.stopped()
        let silent = await gate.guarded(request) { await shell.respond($0, gate) }
        guard case .bytes(let sentence) = silent.content else { throw Problem() }
        #expect(silent.status == 503 && String(decoding: sentence, as: UTF8.self).contains("KILL"))
        await stage.close()
    }

    private struct Problem: Error {}
}
