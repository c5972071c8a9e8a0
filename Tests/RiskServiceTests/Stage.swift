import Logging
import Messaging
import ServiceRuntime
import TradingModel
import Wire

@testable import RiskService

/// Feed, execution and strategy as the test plays them, on a bus of their own directory, around a real risk shell.
final class Stage: @unchecked Sendable {
    // Everything but `seen` is touched on the loop's thread only; `seen` is a stream, which is Sendable.

    enum Seen: Sendable {
        case order(OrderRequest)
        case verdict(Verdict)
        case result(CommandResult)
        case snapshot(RiskSnapshot)
    }

    /// What has been seen, in order.
    struct Sights {
        private var iterator: AsyncStream<Seen>.Iterator

        init(_ stage: Stage) { iterator = stage.seen.makeAsyncIterator() }

        /// The next sight of a kind; others are passed over.
        mutating func next<T>(_ pick: (Seen) -> T?, isolation: isolated (any Actor)? = #isolation) async throws -> T {
            while let seen = await iterator.next(isolation: isolation) {
                if let value = pick(seen) { return value }
            }
            throw CancellationError()
        }
    }

    let directory = TemporaryDirectory()
    let loop: EventLoop
    private var feed: ServiceBus!
    private var execution: ServiceBus!
    private var strategy: ServiceBus!
    private var journal: [ClientOrderID: Order] = [:]
    private var positions: [Position] = []
    private var account = AccountState()
    private var ticker = Ticker()
    private var continuation: AsyncStream<Seen>.Continuation!
    private(set) var seen: AsyncStream<Seen>!

    init() throws {
        loop = try EventLoop(name: "stage")
        seen = AsyncStream { continuation = $0 }
        account.balance = Money(10_000)
        account.equity = Money(10_000)
        ticker = tick("100", minute: 0)
        feed = try ServiceBus(context: context(.feed, loop))
        execution = try ServiceBus(context: context(.execution, loop))
        strategy = try ServiceBus(context: context(.strategy, loop), serves: false)
        loop.run {
            feed.serve { [unowned self] in answerAsFeed($0) }
            execution.serve { [unowned self] in answerAsExecution($0) }
        }
    }

    func context(_ name: ServiceName, _ loop: EventLoop) -> ServiceContext {
        var settings = Settings()
        settings.symbols = [bitcoin]
        settings.runDirectory = directory.path + "/bus"
        settings.dataDirectory = directory.path
        settings.feed.speed = 1
        settings.risk.maxPriceAgeMillis = 3_600_000
        return ServiceContext(
            name: name, settings: settings, loop: loop,
            log: Logger(label: name.rawValue) { _ in SwiftLogNoOpLogHandler() })
    }

    func close() async {
        loop.run {
            for bus in [feed, execution, strategy] { bus?.close() }
            continuation.finish()
        }
        loop.stop()
        await loop.stopped()
    }

    /// Starts risk over the directory, as its process does.
    func startRisk() async throws -> RiskShell {
        let shell = try RiskShell(context: context(.risk, EventLoop(name: "risk")))
        try await shell.start()
        return shell
    }

    /// Ends risk as SIGTERM does.
    func stop(_ risk: RiskShell) async {
        await risk.stop(.requested("a test"))
        risk.loop.stop()
        await risk.loop.stopped()
    }

    // MARK: Feed

    private func tick(_ price: String, minute: Int64) -> Ticker {
        var ticker = Ticker()
        ticker.symbol = bitcoin
        ticker.last = Price(price) ?? .zero
        (ticker.bid, ticker.ask) = (ticker.last, ticker.last)
        ticker.eventTime = MarketTime(micros: 1_747_700_000_000_000) + .minutes(minute)
        return ticker
    }

    func publish(_ price: String, minute: Int64) {
        loop.run {
            ticker = tick(price, minute: minute)
            feed.publish(ticker, on: .ticker(bitcoin))
        }
    }

    private func answerAsFeed(_ request: InboundRequest) {
        guard request.kind == FeedSnapshotRequest.kind else { return request.refuseUnknownKind() }
        var snapshot = FeedSnapshot()
        var instrument = Instrument()
        instrument.symbol = bitcoin
        instrument.tickSize = Price("0.01") ?? .zero
        instrument.lotSize = Quantity("0.001") ?? .zero
        instrument.minQuantity = instrument.lotSize
        instrument.maxQuantity = Quantity(1_000)
        instrument.minNotional = Money(5)
        instrument.maxLeverage = 20
        snapshot.instruments = [instrument]
        snapshot.tickers = [ticker]
        snapshot.clock.marketTime = ticker.eventTime
        snapshot.sequences = feed.sequences(prefixes: ["ticker.", "clock"])
        request.reply(snapshot)
    }

    // MARK: Execution

    private func answerAsExecution(_ request: InboundRequest) {
        switch request.kind {
        case ExecutionSnapshotRequest.kind:
            var snapshot = ExecutionSnapshot()
            snapshot.account = account
            snapshot.positions = positions
            snapshot.openOrders = journal.values.filter { !$0.status.isTerminal }
            snapshot.isReconciled = true
            snapshot.sequences = execution.sequences(prefixes: ["order.", "position.", "account", "barrier"])
            request.reply(snapshot)
        case OrderRequest.kind:
            guard let order = try? request.body(OrderRequest.self) else { return }
            var report = OrderReport()
            var new = journal[order.clientOrderID] ?? Order()
            if journal[order.clientOrderID] == nil {
                new.request = order
                new.status = .accepted
                journal[order.clientOrderID] = new
                continuation.yield(.order(order))
            }
            report.order = new
            request.reply(report)
        case OrderQuery.kind:
            var report = OrderReport()
            report.order = (try? request.body(OrderQuery.self)).flatMap { journal[$0.clientOrderID] }
            request.reply(report)
        default: request.refuseUnknownKind()
        }
    }

    /// Fills an order whole at the last price and publishes what follows, but with `isSilent` only keeps it.
    func fill(_ request: OrderRequest, isSilent: Bool = false) {
        loop.run {
            guard var order = journal[request.clientOrderID] else { return }
            order.status = .filled
            order.filledQuantity = request.quantity
            journal[order.id] = order
            var position = positions.first ?? Position()
            if request.isReduceOnly {
                position.quantity = .zero
                position.cost = .zero
            } else {
                (position.symbol, position.side) = (request.symbol, request.side == .buy ? .long : .short)
                position.quantity = request.quantity
                position.cost = .notional(ticker.last, request.quantity)
                (position.leverage, position.strategy, position.proposalID) = (
                    request.leverage, request.strategy, request.proposalID
                )
                position.openedAt = ticker.eventTime
            }
            position.updatedAt = ticker.eventTime
            positions = position.isOpen ? [position] : []
            account.eventTime = ticker.eventTime
            guard !isSilent else { return }
            execution.publish(order, on: .order(bitcoin))
            execution.publish(position, on: .position(bitcoin))
            execution.publish(account, on: .account)
        }
    }

    // MARK: Strategy and operator

    func propose(_ id: String) {
        loop.run {
            var proposal = Proposal()
            proposal.id = id
            proposal.strategy = "momentum"
            proposal.symbol = bitcoin
            proposal.action = .enterLong
            proposal.confidence = 0.75
            proposal.price = ticker.last
            proposal.stopLoss = Price("95")
            proposal.takeProfit = Price("110")
            proposal.decidedAt = ticker.eventTime
            var evidence = Evidence()
            evidence.topic = "candle.BTC/USDT.5m"
            evidence.session = feed.session
            evidence.eventTime = ticker.eventTime
            proposal.evidence = [evidence]
            ask(proposal) { (verdict: Verdict) in .verdict(verdict) }
        }
    }

    func command(_ verb: OperatorCommand.Verb) {
        loop.run {
            var command = OperatorCommand()
            (command.verb, command.who, command.why) = (verb, "ann@pts/0", "a test")
            ask(command) { (result: CommandResult) in .result(result) }
        }
    }

    func askForSnapshot() {
        loop.run { ask(RiskSnapshotRequest()) { (snapshot: RiskSnapshot) in .snapshot(snapshot) } }
    }

    private func ask<Q: WireBody, A: WireBody>(_ question: Q, _ make: @escaping (A) -> Seen) {
        strategy.request(question, to: .risk, id: strategy.newRequestID(), timeToLive: .seconds(20)) {
            [unowned self] outcome in
            guard case .reply(let message) = outcome, let answer = try? message.body(A.self) else { return }
            continuation.yield(make(answer))
        }
    }
}
