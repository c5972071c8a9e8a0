import Portfolio
import RiskCore
import Testing
import TradingModel

/// Execution with a paper venue, as risk sees it: a journal, a ledger, fills at the next price of the symbol.
struct Broker {
    var ledger = Ledger(startingBalance: Money(10_000))
    private(set) var journal: [ClientOrderID: Order] = [:]
    private(set) var order: [ClientOrderID] = []
    /// Those of them that are not terminal.
    private(set) var open: [ClientOrderID] = []
    private(set) var fills: [Fill] = []
    var prices: [Symbol: Price] = [:]
    /// The share of an order that its next fill takes, in percent; the rest of an order that is not whole is canceled.
    var fillPercent: [Int] = []
    /// Orders to be refused by the venue, by count.
    var rejections = 0
    /// Stops to be refused by the venue, by count.
    var stopRejections = 0
    /// A resting sale sets aside what it would sell.
    var isExclusive = false
    /// What no risk may bring about, in words.
    private(set) var sins: [String] = []
    var isAttentive: Bool { !ledger.holdings.isEmpty || journal.values.contains { !$0.status.isTerminal } }

    mutating func place(_ request: OrderRequest) -> Order {
        if let known = journal[request.clientOrderID] {
            #expect(known.request == request, "the same id with another content")
            return known
        }
        var new = Order()
        new.request = request
        new.status = .accepted
        new.createdAt = request.decidedAt
        if request.isReduceOnly {
            let position = ledger.position(request.symbol)
            if position == nil || position?.side.closing != request.side
                || (position?.quantity ?? .zero) < request.quantity
            {
                new.status = .denied
                new.reason = "reduce-only does not fit the position"
            }
        }
        let stops = openStops(request.symbol)
        if isExclusive, new.status == .accepted, request.isReduceOnly, !stops.isEmpty {
            sins.append("\(request.purpose.rawValue) \(request.clientOrderID) beside a resting stop")
        }
        if request.purpose == .protectiveStop, new.status == .accepted, stopRejections > 0 {
            stopRejections -= 1
            new.status = .rejected
            new.reason = "the venue takes no stop now"
        }
        if new.status == .accepted, rejections > 0 {
            rejections -= 1
            new.status = .rejected
            new.reason = "the venue says no"
        }
        journal[request.clientOrderID] = new
        order.append(request.clientOrderID)
        if !new.status.isTerminal { open.append(request.clientOrderID) }
        return new
    }

    mutating func cancel(_ id: ClientOrderID) -> Order? {
        guard var known = journal[id] else { return nil }
        let isLast = openStops(known.request.symbol) == [id]
        if !isExclusive, isLast, let position = ledger.position(known.request.symbol),
            position.proposalID == known.request.proposalID
        {
            sins.append("the only stop \(id) was taken back while its position is open")
        }
        if !known.status.isTerminal { known.status = .canceled }
        open.removeAll { $0 == id }
        journal[id] = known
        return known
    }

    /// Somebody takes an order away at the exchange's own screen.
    mutating func cancelByHand(_ id: ClientOrderID) -> Order? {
        journal[id]?.status = .canceled
        open.removeAll { $0 == id }
        return journal[id]
    }

    /// Fills what waits for a price later than its decision. Returns the facts in the order in which they are published.
    mutating func observe(_ ticker: Ticker) -> [RiskEvent] {
        prices[ticker.symbol] = ticker.last
        var facts: [RiskEvent] = []
        for id in open {
            guard var known = journal[id], !known.status.isTerminal, known.request.symbol == ticker.symbol,
                ticker.eventTime > known.request.decidedAt
            else { continue }
            if let stop = known.request.stopPrice {
                guard known.request.side == .sell ? ticker.last <= stop : ticker.last >= stop else { continue }
                guard let position = ledger.position(ticker.symbol) else {
                    known.status = .expired
                    journal[id] = known
                    open.removeAll { $0 == id }
                    facts.append(.order(known))
                    continue
                }
                if position.proposalID != known.request.proposalID { sins.append("stop \(id) closes another position") }
            } else if known.request.isReduceOnly, ledger.position(ticker.symbol) == nil {
                known.status = .expired
                journal[id] = known
                open.removeAll { $0 == id }
                facts.append(.order(known))
                continue
            }
            let percent = fillPercent.isEmpty ? 100 : fillPercent.removeFirst()
            let held = ledger.position(ticker.symbol)?.quantity ?? .zero
            let wanted = known.request.isReduceOnly ? min(known.request.quantity, held) : known.request.quantity
            let part = Quantity(raw: wanted.raw * Int128(percent) / 100).rounded(
                toMultipleOf: quantity("0.001"), .down)
            known.status = part == known.request.quantity ? .filled : .canceled
            if part.isPositive {
                let fill = fill(of: known, part, ticker)
                fills.append(fill)
                known.filledQuantity = part
                known.filledNotional = fill.notional
                let before = ledger.position(ticker.symbol)
                var position = ledger.apply(fill).position
                if !position.isOpen, let before {
                    (position.side, position.proposalID, position.openedAt) = (
                        before.side, before.proposalID, before.openedAt
                    )
                }
                facts += [.order(known), .position(position), .account(account(at: ticker.eventTime))]
            } else {
                facts.append(.order(known))
            }
            journal[id] = known
            open.removeAll { $0 == id }
        }
        return facts
    }

    private func fill(of known: Order, _ part: Quantity, _ ticker: Ticker) -> Fill {
        var fill = Fill()
        fill.id = "\(known.id)-1"
        fill.clientOrderID = known.id
        fill.symbol = ticker.symbol
        fill.side = known.request.side
        fill.price = ticker.last
        fill.quantity = part
        fill.fee = fill.notional.share(ratio("0.0006"), .up)
        fill.proposalID = known.request.proposalID
        fill.strategy = known.request.strategy
        fill.leverage = known.request.leverage
        fill.exitReason = known.request.exitReason
        fill.eventTime = ticker.eventTime
        return fill
    }

    /// Stops of a symbol that rest.
    func openStops(_ symbol: Symbol) -> [ClientOrderID] {
        open.filter { journal[$0]?.request.symbol == symbol && journal[$0]?.request.purpose == .protectiveStop }
    }

    func account(at time: MarketTime) -> AccountState { ledger.account(at: prices, time: time) }

    func view(barrier: Barrier?, at time: MarketTime) -> ExecutionView {
        var view = ExecutionView()
        view.account = account(at: time)
        view.positions = ledger.positions
        view.openOrders = open.compactMap { journal[$0] }
        view.isReconciled = true
        view.barrier = barrier
        return view
    }
}

/// Risk between a feed, a broker and a database, all in memory, with a crash wherever a test wants one.
final class World {
    struct Crash: Error {}

    var core: RiskCore
    var broker = Broker()
    var store = MemoryStore()
    let limits: RiskLimits
    let isLockStep: Bool
    private(set) var now = wallStart
    private(set) var time = start
    private(set) var tickers: [Symbol: Ticker] = [:]
    private(set) var step = 0
    private var executionBarrier: Barrier?
    private(set) var barriers: [Barrier] = []
    private(set) var verdicts: [Int: Verdict] = [:]
    private(set) var results: [Int: CommandResult] = [:]
    private(set) var published: [RiskDirective] = []
    private(set) var log: [String] = []
    private(set) var obeyed = 0
    /// Die before obeying the directive of this number.
    var crashBefore: Int?
    /// Requests to execution that get lost: neither carried out nor answered.
    var lostSubmissions = 0
    /// Requests that are carried out, but whose answer gets lost.
    var lostAnswers = 0
    private var nextToken = 0
    private var pending: [RiskEvent] = []

    init(_ limits: RiskLimits = RiskCoreTests.limits(), isLockStep: Bool = false) {
        self.limits = limits
        self.isLockStep = isLockStep
        core = RiskCore(limits: limits, isLockStep: isLockStep)
    }

    // MARK: Directives

    func send(_ event: RiskEvent) throws {
        pending.append(event)
        try drain()
    }

    private func drain() throws {
        while !pending.isEmpty {
            var directives: [RiskDirective] = []
            core.handle(pending.removeFirst(), at: now, into: &directives)
            try obey(directives)
        }
    }

    private func obey(_ directives: [RiskDirective]) throws {
        var index = 0
        while index < directives.count {
            if let crashBefore, obeyed >= crashBefore { throw Crash() }
            obeyed += 1
            var run: [RiskRecord] = []
            while index < directives.count, case .persist(let record) = directives[index] {
                run.append(record)
                index += 1
            }
            if run.isEmpty {
                obey(directives[index])
                index += 1
            } else {
                store.commit(run)
            }
        }
    }

    private func obey(_ directive: RiskDirective) {
        switch directive {
        case .persist: break
        case .submit(let request, _):
            if lostSubmissions > 0 {
                lostSubmissions -= 1
                pending.append(.orderUnanswered(request.clientOrderID))
                return
            }
            let order = broker.place(request)
            if lostAnswers > 0 {
                lostAnswers -= 1
                pending.append(.orderUnanswered(order.id))
            } else {
                pending.append(.orderReport(order.id, order))
            }
        case .query(let id): pending.append(.orderReport(id, broker.journal[id]))
        case .cancel(let id): pending.append(.orderReport(id, broker.cancel(id)))
        case .requestExecutionSnapshot(let number):
            pending.append(.executionSnapshot(broker.view(barrier: executionBarrier, at: time), number))
        case .replyVerdict(let verdict, let token): verdicts[token.number] = verdict
        case .replyCommand(let result, let token): results[token.number] = result
        case .publishVerdict, .publishPlan, .publishState: published.append(directive)
        case .publishBarrier(let barrier): barriers.append(barrier)
        case .log(let level, let sentence): log.append("\(level.rawValue): \(sentence)")
        }
    }

    // MARK: What happens

    /// Starts (again) from what was committed, as the service does.
    func boot() throws {
        core = RiskCore(limits: limits, isLockStep: isLockStep)
        pending = []
        try send(.restored(store.restored))
        var view = FeedView()
        view.session = "feed-1"
        view.instruments = [instrument(), instrument(ether), instrument(solana)]
        view.tickers = tickers.values.sorted { $0.symbol < $1.symbol }
        view.clock.marketTime = time
        if isLockStep, step > 0 { view.clock.step = step }
        try send(.executionGap)
        try send(.feedSnapshot(view))
    }

    /// A price: the broker sees it first, as it does in lock-step, then risk.
    func tick(_ text: String, _ symbol: Symbol = bitcoin, after span: Span = .minutes(1)) throws {
        try tick(price(text), symbol, after: span)
    }

    func tick(_ value: Price, _ symbol: Symbol = bitcoin, after span: Span = .minutes(1)) throws {
        time = time + span
        now = now + .seconds(1)
        let ticker = RiskCoreTests.ticker(value, symbol, at: time)
        tickers[symbol] = ticker
        pending += broker.observe(ticker)
        pending.append(.ticker(ticker))
        try endStep()
    }

    /// Market time passes without a price.
    func pass(_ span: Span) throws {
        time = time + span
        now = now + .seconds(1)
        try endStep()
    }

    private func endStep() throws {
        var clock = MarketClock()
        clock.marketTime = time
        if isLockStep {
            step += 1
            clock.step = step
            let barrier = Barrier(step: step, isAttentive: broker.isAttentive)
            executionBarrier = barrier
            pending.append(.executionBarrier(barrier))
        }
        pending.append(.clock(clock))
        try drain()
    }

    /// Wall time passes.
    func wait(_ span: Span) throws {
        now = now + span
        try send(.timer)
    }

    @discardableResult
    func propose(_ proposal: Proposal) throws -> Int {
        nextToken += 1
        let number = nextToken
        try send(.proposal(proposal, RequestToken(number), expiresAt: now + .seconds(10)))
        return number
    }

    /// Proposes and returns the verdict, which must have come.
    func verdict(on proposal: Proposal) throws -> Verdict {
        let number = try propose(proposal)
        return try #require(verdicts[number])
    }

    func command(
        _ verb: OperatorCommand.Verb, _ symbol: Symbol? = nil, strategy: String? = nil
    ) throws -> CommandResult {
        var command = OperatorCommand()
        command.verb = verb
        command.symbol = symbol
        command.strategy = strategy
        command.who = "ann@pts/0"
        command.why = "a test"
        nextToken += 1
        try send(.command(command, RequestToken(nextToken)))
        return try #require(results[nextToken])
    }

    // MARK: What must hold

    var exits: [Order] { broker.order.compactMap { broker.journal[$0] }.filter { $0.request.purpose == .exit } }
    var entries: [Order] { broker.order.compactMap { broker.journal[$0] }.filter { $0.request.purpose == .entry } }
}
