import Foundation
import Logging
import Messaging
import ServiceRuntime
import TradingModel
import Wire

@testable import FeedService

/// One thing feed told, without when it reached whom.
enum Told: Hashable, Sendable {
    case ticker(Ticker)
    case candle(Candle)
    case clock(MarketClock)
}

/// Feed's shell on a loop of its own, in this process.
struct RunningFeed: Sendable {
    let loop: EventLoop
    let shell: FeedShell

    init(_ settings: Settings) async throws {
        try RuntimeDirectories.prepare(settings)
        loop = try EventLoop(name: "feed")
        var log = Logger(label: "feed") { _ in SwiftLogNoOpLogHandler() }
        log.logLevel = .critical
        let context = ServiceContext(name: .feed, settings: settings, loop: loop, log: log)
        do {
            shell = try FeedShell(context: context)
            try await shell.start()
        } catch {
            loop.stop()
            await loop.stopped()
            throw error
        }
    }

    func stop() async {
        await shell.stop(.requested("test"))
        loop.stop()
        await loop.stopped()
    }
}

/// Somebody who listens to feed and, in lock-step, lets it go on.
actor Consumer {
    nonisolated let loop: EventLoop
    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }
    private let bus: ServiceBus
    private var told: [Told] = []
    private var lastStep = 0
    /// Ends the listening: called with each clock.
    private var isEnough: (MarketClock) -> Bool = { _ in false }
    private var isAttentive: (Int) -> Bool = { _ in false }
    private var waiter: CheckedContinuation<Void, Never>?

    init(_ settings: Settings) throws {
        loop = try EventLoop(name: "consumer")
        var log = Logger(label: "consumer") { _ in SwiftLogNoOpLogHandler() }
        log.logLevel = .critical
        bus = try ServiceBus(
            context: ServiceContext(name: .strategy, settings: settings, loop: loop, log: log), serves: false)
    }

    /// Listens until a clock is enough; that clock's step is not answered. Returns all that was told.
    func listen(
        isAttentive: @escaping @Sendable (Int) -> Bool = { _ in false },
        until isEnough: @escaping @Sendable (MarketClock) -> Bool
    ) async -> [Told] {
        self.isEnough = isEnough
        self.isAttentive = isAttentive
        bus.subscribe(
            to: .feed, topics: ["ticker.", "candle.", "clock"], onGap: { _ in }, { message in self.take(message) })
        ask(FeedSnapshotRequest(), FeedSnapshot.self) { snapshot in
            // Paced, what comes by itself is newer; in lock-step or at the end nothing may come.
            if snapshot.clock.step != nil || snapshot.clock.isFinished { self.take(snapshot.clock) }
        }
        await withCheckedContinuation { waiter = $0 }
        return told
    }

    /// A request and its answer; a refusal is an answer too.
    func ask<Q: WireBody, A: WireBody>(_ request: Q, _: A.Type) async -> Result<A, RefusalError> {
        await withCheckedContinuation { continuation in
            bus.request(request, to: .feed, id: bus.newRequestID(), timeToLive: .seconds(30)) { outcome in
                switch outcome {
                case .reply(let message):
                    do throws(WireError) { continuation.resume(returning: .success(try message.body(A.self))) } catch {
                        continuation.resume(returning: .failure(RefusalError(sentence: "\(error)")))
                    }
                case .refused(let refusal):
                    continuation.resume(returning: .failure(RefusalError(sentence: refusal.sentence)))
                case .expired: continuation.resume(returning: .failure(RefusalError(sentence: "expired")))
                }
            }
        }
    }

    func close() async {
        bus.close()
        loop.stop()
    }

    private func ask<Q: WireBody, A: WireBody>(_ request: Q, _: A.Type, _ done: @escaping (A) -> Void) {
        bus.request(request, to: .feed, id: bus.newRequestID(), timeToLive: .seconds(30)) { outcome in
            if case .reply(let message) = outcome, let answer = try? message.body(A.self) { done(answer) }
        }
    }

    private func take(_ message: Inbound) {
        switch message.kind {
        case Ticker.kind:
            guard var ticker = try? message.body(Ticker.self) else { return }
            ticker.receivedTime = .distantPast
            told.append(.ticker(ticker))
        case Candle.kind:
            guard var candle = try? message.body(Candle.self) else { return }
            candle.receivedTime = .distantPast
            told.append(.candle(candle))
        case MarketClock.kind:
            if let clock = try? message.body(MarketClock.self) { take(clock) }
        default: break
        }
    }

    private func take(_ clock: MarketClock) {
        if let step = clock.step {
            // Repeated while it waits.
            guard step > lastStep else { return }
            lastStep = step
        }
        told.append(.clock(clock))
        guard waiter != nil else { return }
        if isEnough(clock) {
            waiter?.resume()
            waiter = nil
        } else if let step = clock.step {
            ask(Barrier(step: step, isAttentive: isAttentive(step)), Acknowledgement.self) { _ in }
        }
    }
}

struct RefusalError: Error, Hashable {
    let sentence: String
}

/// Settings that play a candle file, with directories of their own below `directory`.
func playing(_ files: [Symbol: String], speed: Double, in directory: String) -> Settings {
    var settings = Settings()
    settings.symbols = files.keys.sorted()
    settings.dataDirectory = directory + "/data"
    settings.runDirectory = directory + "/run"
    settings.logDirectory = directory + "/log"
    settings.feed.source = .recording
    settings.feed.speed = speed
    settings.feed.files = Dictionary(uniqueKeysWithValues: files.map { ($0.key.name, $0.value) })
    return settings
}
