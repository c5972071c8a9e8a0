import ArgumentParser
import Glibc
import SimulatedExchange
import TradingModel
import WebServer

/// One run of the program: from its options to its end.
struct SimulatorRun {
    private let options: SimulatorOptions

    init(_ options: SimulatorOptions) { self.options = options }

    func run(until stop: StopSignal) async throws {
        let settings = try options.settings()
        let keeper = options.stateFile.map { MarketKeeper(path: $0) }
        let saved = try keeper?.load(settings)
        let isStartNow = options.start == nil && options.candles.isEmpty && saved == nil
        let exchange = saved?.exchange ?? ExchangeBox(settings)
        let host = BoxHost(exchange, start: saved?.market ?? settings.start, isStartNow: isStartNow)
        // Before anybody is told anything: what was told is what a later start goes on from.
        try keeper?.save(host.exchange, isClean: false)
        let model = ModelHost(seed: settings.seed)
        let groups = [
            RouteGroup(name: "model", prefixes: ModelHost.prefixes) { await model.answer($0) },
            RouteGroup(name: "exchange", prefixes: ["/"]) { await host.answer($0) },
        ]
        var limits = WebServerLimits()
        // Order-book streams of many symbols wait in bursts.
        limits.queuedBytes = 64 << 20
        let server = try WebServer(port: options.port, limits: limits) { await RouteGroup.answer($0, groups) }
        announce(server, exchange.settings, saved?.market)
        let clock = Task { await SimulatorRun.keepTime(host) }
        let keeping = Task { await SimulatorRun.keepState(host, keeper) }
        await stop.wait()
        clock.cancel()
        keeping.cancel()
        await clock.value
        await keeping.value
        host.stop()
        await server.stop(grace: .milliseconds(200))
        try keeper?.save(host.exchange, isClean: true)
        Self.say("quartet-simulator: stopped", to: STDERR_FILENO)
    }

    /// Passes time to the exchange every few milliseconds, and pings its streams three times a minute.
    private static func keepTime(_ host: BoxHost) async {
        var lag = Span.zero
        var beats = 0
        while !Task.isCancelled {
            try? await Task.sleep(for: .milliseconds(5))
            let behind = host.tick()
            beats += 1
            if beats % 4_000 == 0 { host.ping() }
            if behind - lag > .seconds(60) {
                lag = behind
                say(
                    "quartet-simulator: the machine is too slow for this speed; \(lag) of market time late",
                    to: STDERR_FILENO)
            }
        }
    }

    /// Saves the market every ten seconds; what cannot be written is told once and tried again.
    private static func keepState(_ host: BoxHost, _ keeper: MarketKeeper?) async {
        guard let keeper else { return }
        var isTold = false
        while !Task.isCancelled {
            do { try await Task.sleep(for: MarketKeeper.interval) } catch { return }
            do {
                try keeper.save(host.exchange, isClean: false)
                isTold = false
            } catch {
                if !isTold { say("quartet-simulator: \(error)", to: STDERR_FILENO) }
                isTold = true
            }
        }
    }

    private func announce(_ server: WebServer, _ settings: BoxSettings, _ goesOnAt: MarketTime?) {
        let address = "127.0.0.1:\(server.port)"
        let names = settings.recordings.isEmpty ? settings.symbols : settings.recordings.map(\.symbol)
        Self.say(
            """
            quartet-simulator: a SIMULATED exchange, nothing here is real
              REST           http://\(address)
              spot streams   ws://\(address)/spot/ws
              USD-M streams  ws://\(address)/usdm/ws
              administrator  http://\(address)/admin
              simulated model http://\(address)/v1
              symbols        \(names.count): \(names.prefix(8).map(\.name).joined(separator: " "))\(names.count > 8 ? " …" : "")
              market         seed \(settings.seed), \(goesOnAt.map { "goes on at \($0)" } ?? "from \(settings.start)"), speed \(settings.speed)
              API key        \(settings.keys.first?.key ?? "")
              secret         \(settings.keys.first?.secret ?? "")
            """, to: STDOUT_FILENO)
        guard let path = options.readyFile else { return }
        let text = """
            {"simulated":true,"port":\(server.port),"pid":\(getpid()),"rest":"http://\(address)",\
            "spot_ws":"ws://\(address)/spot/ws","usdm_ws":"ws://\(address)/usdm/ws","admin":"http://\(address)/admin","model":"http://\(address)/v1"}

            """
        do {
            try WholeFile.write(text, to: path)
        } catch {
            Self.say("quartet-simulator: \(error)", to: STDERR_FILENO)
        }
    }

    private static func say(_ text: String, to file: Int32) {
        var bytes = Array((text + "\n").utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
            guard count > 0 else { return }
            bytes = bytes.dropFirst(count)
        }
    }
}
