import Logging
import Messaging
import ServiceRuntime
import TradingModel
import Wire

@testable import ExecutionService

/// Feed and risk as the test plays them, on a bus of their own directory, around a real execution shell.
final class Stage: @unchecked Sendable {
    // Everything but `seen` is touched on the loop's thread only; `seen` is a stream, which is Sendable.

    enum Seen: Sendable {
        case report(String, OrderReport)
        case refusal(String, Refusal)
        case snapshot(ExecutionSnapshot)
        case order(Order)
        case fill(Fill)
        case position(Position)
        case trade(Trade)
        case account(AccountState)
        case barrier(Barrier)
        case health(Health)
    }

    /// What has been seen, in order.
    struct Sights {
        private var iterator: AsyncStream<Seen>.Iterator

        init(_ stage: Stage) { iterator = stage.seen.makeAsyncIterator() }

        /// The next sight of a kind; others are passed over.
        mutating func next<T>(
            _ pick: (Seen) -> T?, isolation: isolated (any Actor)? = #isolation
        ) async throws -> T {
            while let seen = await iterator.next(isolation: isolation) {
                if let value = pick(seen) { return value }
            }
            throw CancellationError()
        }
    }

    let directory = TemporaryDirectory()
    let loop: EventLoop
    let seen: AsyncStream<Seen>
    private let continuation: AsyncStream<Seen>.Continuation
    private let isLockStep: Bool
    private var feed: ServiceBus?
    private var risk: ServiceBus?
    private var tickers: [Symbol: Ticker] = [:]
    private var clock = MarketClock()
    /// Failures that execution has asked to end for.
    private(set) var failures: [String] = []

    init(lockStep: Bool = false) throws {
        loop = try EventLoop(name: "stage")
        isLockStep = lockStep
        (seen, continuation) = AsyncStream.makeStream(of: Seen.self)
        for symbol in [btc, eth] { tickers[symbol] = ticker(symbol, at: 0) }
        clock.marketTime = market(0)
        if lockStep { clock.step = 0 }
        let feed = try ServiceBus(context: context(.feed, loop))
        let risk = try ServiceBus(context: context(.risk, loop), serves: false)
        (self.feed, self.risk) = (feed, risk)
        loop.run {
            feed.serve { [unowned self] in answerAsFeed($0) }
            risk.subscribe(
                to: .execution, topics: ["order.", "fill.", "position.", "trade.", "account", "barrier", "health."],
                onGap: { _ in }
            ) { [weak self] in self?.hear($0) }
        }
    }

    func context(_ name: ServiceName, _ loop: EventLoop) -> ServiceContext {
        var settings = Settings()
        settings.symbols = [btc, eth]
        settings.runDirectory = directory.path + "/bus"
        settings.dataDirectory = directory.path
        settings.logDirectory = directory.path
        settings.feed.speed = isLockStep ? 0 : 1
        return ServiceContext(
            name: name, settings: settings, loop: loop,
            log: Logger(label: name.rawValue) { _ in SwiftLogNoOpLogHandler() },
            onFailure: { [weak self] reason in self?.note(reason) })
    }

    private func note(_ reason: StopReason) {
        if case .failed(_, let sentence) = reason { loop.execute { self.failures.append(sentence) } }
    }

    func close() async {
        loop.run {
            for bus in [feed, risk] { bus?.close() }
            continuation.finish()
        }
        loop.stop()
        await loop.stopped()
    }

    /// Starts execution over the directory, as its process does.
    func start() async throws -> ExecutionShell {
        let shell = try ExecutionShell(context: context(.execution, EventLoop(name: "execution")))
        try await shell.start()
        return shell
    }

    /// Ends execution as SIGTERM does.
    func stop(_ shell: ExecutionShell) async {
        await shell.stop(.requested("a test"))
        shell.loop.stop()
        await shell.loop.stopped()
    }

    /// Ends execution as SIGKILL does, as far as one process can: nothing is flushed, reported or said.
    func kill(_ shell: ExecutionShell) async {
        await shell.drop()
        shell.loop.stop()
        await shell.loop.stopped()
    }

    // MARK: Feed

    func publish(_ ticker: Ticker) {
        loop.run {
            tickers[ticker.symbol] = ticker
            feed?.publish(ticker, on: .ticker(ticker.symbol))
        }
    }

    func endStep(_ step: Int, at seconds: Int64) {
        loop.run {
            clock.step = step
            clock.marketTime = market(seconds)
            feed?.publish(clock, on: .clock)
        }
    }

    private func answerAsFeed(_ request: InboundRequest) {
        guard request.kind == FeedSnapshotRequest.kind, let feed else { return request.refuseUnknownKind() }
        var snapshot = FeedSnapshot()
        snapshot.instruments = [instrument(btc), instrument(eth)]
        snapshot.tickers = tickers.values.sorted { $0.symbol < $1.symbol }
        snapshot.clock = clock
        snapshot.sequences = feed.sequences(prefixes: ["ticker.", "clock"])
        request.reply(snapshot)
    }

    // MARK: Risk

    /// Asks until it is answered or refused for good, as risk does while execution starts.
    func order(_ order: OrderRequest) { loop.run { ask(order, order.clientOrderID.text) } }

    func cancel(_ name: String) {
        var cancel = CancelRequest()
        cancel.clientOrderID = id(name)
        loop.run { [cancel] in ask(cancel, "cancel " + name) }
    }

    func query(_ name: String) {
        var query = OrderQuery()
        query.clientOrderID = id(name)
        loop.run { [query] in ask(query, "query " + name) }
    }

    func askForSnapshot() {
        loop.run { ask(ExecutionSnapshotRequest(), "snapshot") }
    }

    private func ask<Q: WireBody>(_ question: Q, _ name: String) {
        guard let risk else { return }
        risk.request(question, to: .execution, id: risk.newRequestID(), timeToLive: .seconds(20)) {
            [unowned self] outcome in
            switch outcome {
            case .reply(let message):
                if let report = try? message.body(OrderReport.self), message.kind == OrderReport.kind {
                    continuation.yield(.report(name, report))
                } else if let snapshot = try? message.body(ExecutionSnapshot.self) {
                    continuation.yield(.snapshot(snapshot))
                }
            case .refused(let refusal):
                if refusal.code == .notReady {
                    risk.after(.milliseconds(20)) { [unowned self] in ask(question, name) }
                } else {
                    continuation.yield(.refusal(name, refusal))
                }
            case .expired: break
            }
        }
    }

    private func hear(_ message: Inbound) {
        let seen: Seen? =
            switch message.kind {
            case Order.kind: (try? message.body(Order.self)).map { .order($0) }
            case Fill.kind: (try? message.body(Fill.self)).map { .fill($0) }
            case Position.kind: (try? message.body(Position.self)).map { .position($0) }
            case Trade.kind: (try? message.body(Trade.self)).map { .trade($0) }
            case AccountState.kind: (try? message.body(AccountState.self)).map { .account($0) }
            case Barrier.kind: (try? message.body(Barrier.self)).map { .barrier($0) }
            case Health.kind: (try? message.body(Health.self)).map { .health($0) }
            default: nil
            }
        if let seen { continuation.yield(seen) }
    }
}
