import Glibc
import Logging
import Messaging
import ServiceRuntime
import Storage
import TradingModel
import WebServer
import Wire

/// Folds the four buses into a ``Replica``, keeps the curve and the figures, and answers browsers.
///
/// It reads; the one thing it can cause is the emergency stop, which it asks of risk like the operator does. If it dies,
/// nobody else notices. The closures it gives to the bus hold it strongly: a shell lives as long as its process.
actor DashboardShell: ServiceShell {
    nonisolated let loop: EventLoop
    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    let context: ServiceContext
    let bus: ServiceBus
    let log: Logger
    let startedAt = WallTime.now
    var replica = Replica()
    var recorder: Recorder
    let assets: Assets
    /// Every limit with its present use, as risk told it last, and when it did.
    private var heardLimits: (report: RiskReport, at: WallTime)?
    private var server: WebServer?
    /// The pages that follow the events, by the order in which they came.
    private var listeners: [Int: WebStream] = [:]
    private var nextListener = 0
    private var toldRevision = -1

    static let mostListeners = 200

    init(context: ServiceContext) throws {
        self.context = context
        loop = context.loop
        log = context.log
        assets = DashboardShell.assets(context)
        do throws(StorageError) {
            let store = try DashboardStore(path: context.settings.dataDirectory + "/dashboard.sqlite")
            recorder = try Recorder(store, benchmark: Recorder.benchmark(of: context.settings))
        } catch {
            throw ServiceFailure(ExitStatus(rawValue: error.code.exitStatus) ?? .software, "\(error)")
        }
        bus = try ServiceBus(context: context, serves: false)
    }

    func start() throws {
        readHistory()
        follow()
        let gate = Gate(context.settings.dashboard, secret: context.secrets[.dashboardToken])
        let server = try listen { request in
            await gate.guarded(request) { request in await self.respond(request, gate) }
        }
        self.server = server
        gate.setPort(server.port)
        let host = server.host.contains(":") ? "[\(server.host)]" : server.host
        let address = "http://\(host):\(server.port)/"
        writeAddress(address)
        log.notice("The dashboard is at \(address)")
        bus.every(.seconds(1)) { self.tick() }
        bus.every(.seconds(5)) { self.askForLimits() }
    }

    /// The page with the chart library, where the configuration names a file and it is the right one.
    private static func assets(_ context: ServiceContext) -> Assets {
        let path = context.settings.dashboard.chartsFile
        guard !path.isEmpty else { return Assets() }
        do throws(Assets.LibraryFault) {
            return Assets(library: try Assets.library(at: path))
        } catch {
            context.log.warning("dashboard.charts_file: \(error.sentence); the page draws its candles itself")
            return Assets()
        }
    }

    // MARK: Limits

    /// What risk said of its limits; `nil` where that is longer ago than half a minute.
    var limits: RiskReport? {
        guard let heardLimits, bus.now - heardLimits.at < .seconds(30) else { return nil }
        return heardLimits.report
    }

    private func askForLimits() {
        bus.request(RiskReportRequest(), to: .risk, id: bus.newRequestID(), timeToLive: .seconds(4)) { outcome in
            guard case .reply(let message) = outcome, let report = try? message.body(RiskReport.self) else { return }
            self.heardLimits = (report, self.bus.now)
        }
    }

    func stop(_ reason: StopReason) {
        unlink(addressFile)
        if let server { Task { await server.stop(grace: .milliseconds(500)) } }
        server = nil
        bus.close()
        recorder.shut()
    }

    // MARK: The address

    private var addressFile: String { context.settings.runDirectory + "/dashboard.url" }

    /// Listens on the configured port; on loopback, where somebody else has it, on a free one.
    private func listen(_ handler: @escaping WebServer.Handler) throws -> WebServer {
        let settings = context.settings.dashboard
        var limits = WebServerLimits()
        limits.connections = 512
        limits.bodyBytes = 16_384
        do {
            return try WebServer(host: settings.host, port: settings.port, limits: limits, handler: handler)
        } catch {
            guard settings.isLoopback, settings.port != 0 else { throw ServiceFailure(.unavailable, "\(error)") }
            log.warning("\(error); the dashboard takes a free port instead (dashboard.port chooses another).")
        }
        do {
            return try WebServer(host: settings.host, port: 0, limits: limits, handler: handler)
        } catch {
            throw ServiceFailure(.unavailable, "\(error)")
        }
    }

    /// Leaves the address where `quartet up` and scripts find it, whole or not there.
    private func writeAddress(_ address: String) {
        let half = addressFile + ".half"
        let descriptor = open(half, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            return log.warning("\(half) cannot be written: \(String(cString: strerror(errno)))")
        }
        let bytes = Array((address + "\n").utf8)
        _ = write(descriptor, bytes, bytes.count)
        close(descriptor)
        rename(half, addressFile)
    }

    // MARK: Every second

    private func tick() {
        let now = bus.now
        do throws(StorageError) {
            try recorder.record(replica, at: now)
        } catch {
            // The page goes on without its curve: nothing else depends on the file.
            log.error("the dashboard cannot keep its figures: \(error)")
        }
        guard !listeners.isEmpty else { return }
        let status = replica.status(at: now, settings: context.settings, startedAt: startedAt)
        var text =
            event("status", JSON.bytes(status)) + event("positions", JSON.bytes(ListView(replica.openPositions())))
        if replica.revision != toldRevision {
            toldRevision = replica.revision
            text += event("changed", Array("{\"revision\":\(replica.revision)}".utf8))
        }
        for stream in listeners.values { stream.send(text) }
    }

    private func event(_ name: String, _ data: [UInt8]) -> [UInt8] {
        Array("event: \(name)\ndata: ".utf8) + data + Array("\n\n".utf8)
    }

    /// A stream of server-sent events: the status and the positions every second, and a hint when a list has changed.
    func events() -> WebResponse {
        guard listeners.count < DashboardShell.mostListeners else {
            return .problem(503, "\(listeners.count) pages follow the events already; close one and try again.")
        }
        let id = nextListener
        nextListener += 1
        let loop = loop
        return WebResponse(
            headers: ["Content-Type": "text/event-stream", "X-Accel-Buffering": "no"],
            content: .stream(
                opened: { stream in loop.execute { self.assumeIsolated { $0.join(id, stream) } } },
                closed: { loop.execute { self.assumeIsolated { $0.leave(id) } } }))
    }

    private func join(_ id: Int, _ stream: WebStream) {
        listeners[id] = stream
        let status = replica.status(at: bus.now, settings: context.settings, startedAt: startedAt)
        stream.send(
            Array("retry: 2000\n\n".utf8) + event("status", JSON.bytes(status))
                + event("positions", JSON.bytes(ListView(replica.openPositions()))))
    }

    private func leave(_ id: Int) { listeners[id] = nil }
}

/// The bytes of an answer.
enum JSON {
    /// What cannot be written is a number that is not finite; the answer says so instead of telling half.
    static func bytes<T: WireValue>(_ value: T) -> [UInt8] {
        do throws(WireError) { return try WireJSON.encode(value) } catch {
            return Array("{\"error\":\"a figure cannot be written\"}".utf8)
        }
    }
}

extension WebResponse {
    static func view<T: WireBody>(_ view: T, status: Int = 200) -> WebResponse {
        .json(JSON.bytes(view), status: status)
    }

    static func problem(_ status: Int, _ sentence: String) -> WebResponse {
        .json(JSON.bytes(ProblemView(sentence)), status: status)
    }
}
