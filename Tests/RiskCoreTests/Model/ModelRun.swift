import RiskCore
import TradingModel

/// One history of random events, told to the core and to ``NaiveRisk``, which have to agree after each of them.
///
/// It stands in for feed, execution, database and operator. Orders fill at the next price of their symbol, wholly, in part
/// or not at all; answers get lost, candles are missing, clocks jump, risk is restarted.
struct ModelRun {
    static let symbols = ["BTC/USDT", "ETH/USDT", "SOL/USDT", "XRP/USDT"].map { Symbol($0)! }
    static let stranger = Symbol("DOGE/USDT")!
    static let tick: Int128 = 250_000_000_000

    let seed: UInt64
    var random: SeededGenerator
    var limits = RiskLimits()
    var naive: NaiveRisk
    var core: RiskCore
    var store = MemoryStore()

    var time: Int64
    var wall: Int64 = 1_767_225_600_000_000
    var prices: [Symbol: Int128] = [:]
    var funding: [Symbol: FundingRate] = [:]
    var netDeposits: Int128 = 0
    /// Orders by id, those that may still fill in their order, and those whose answers are held back.
    var orders: [ClientOrderID: Order] = [:]
    var open: [ClientOrderID] = []
    var held: Set<ClientOrderID> = []
    var lastVerdict: [String: Verdict] = [:]
    var lastProposals: [Proposal] = []

    // What came out of the event at hand.
    var pendingEvents: [RiskEvent] = []
    var verdicts: [Int: Verdict] = [:]
    var results: [Int: CommandResult] = [:]
    var ordered: [Symbol: ExitReason] = [:]
    var canceled: Set<Symbol> = []
    var tokens = 0
    /// What was wrong while an event was played.
    var fault: String?

    /// Events handled by the core, and answers by their reason.
    var events = 0
    var answers: [String: Int] = [:]
    var exitReasons: [String: Int] = [:]
    /// Entries that filled beyond their target.
    var movedPlans: Int { naive.moved }

    init(seed: UInt64) {
        self.seed = seed
        var random = SeededGenerator(seed: seed)
        let rules = ModelRun.rules(&random)
        time = rules.offset.change - Int64(random.next() % 172_800) * 1_000_000
        if rules.offset.change == 0 { time = 1_747_731_600_000_000 + Int64(random.next() % 86_400) * 1_000_000 }
        let balance = Int128(10_000) * PowerOfTen.of(24)
        naive = NaiveRisk(rules, balance: balance, time: time, wall: wall)
        limits = ModelRun.limits(rules)
        core = RiskCore(limits: limits, isLockStep: false)
        for symbol in ModelRun.symbols { prices[symbol] = Int128(800 + random.next() % 800) * ModelRun.tick }
        self.random = random
    }

    mutating func chance(_ one: UInt64) -> Bool { random.next() % one == 0 }
    mutating func pick<T>(_ from: [T]) -> T { from[Int(random.next() % UInt64(from.count))] }

    /// Plays `steps`; the first disagreement ends it and is returned in one sentence.
    mutating func play(steps: Int) -> String? {
        start()
        for step in 0..<steps {
            naive.exits = [:]
            naive.calledBack = []
            ordered = [:]
            canceled = []
            let what = act()
            if let fault = difference() { return "seed \(seed) step \(step), \(what): \(fault)" }
        }
        return nil
    }

    // MARK: The core's directives

    mutating func send(_ event: RiskEvent) {
        pendingEvents.append(event)
        while !pendingEvents.isEmpty {
            var directives: [RiskDirective] = []
            events += 1
            core.handle(pendingEvents.removeFirst(), at: WallTime(micros: wall), into: &directives)
            for directive in directives { obey(directive) }
        }
    }

    private mutating func obey(_ directive: RiskDirective) {
        switch directive {
        case .persist(let record): store.commit([record])
        case .submit(let request, _): place(request)
        case .query(let id): if !held.contains(id) { pendingEvents.append(.orderReport(id, orders[id])) }
        case .cancel(let id): cancel(id)
        case .requestExecutionSnapshot(let number):
            naive.isReconciled = !chance(8)
            pendingEvents.append(.executionSnapshot(view(), number))
        case .replyVerdict(let verdict, let token): verdicts[token.number] = verdict
        case .replyCommand(let result, let token): results[token.number] = result
        case .publishVerdict, .publishPlan, .publishState, .publishBarrier, .log: break
        }
    }

    private mutating func place(_ request: OrderRequest) {
        if let known = orders[request.clientOrderID] {
            pendingEvents.append(.orderReport(known.id, known))
            return
        }
        var order = Order()
        order.request = request
        order.status = .accepted
        order.createdAt = request.decidedAt
        let isEntry = request.purpose == .entry
        if isEntry {
            expectPending(request)
        } else if request.clientOrderID == .derived(from: request.proposalID, purpose: .exit) {
            ordered[request.symbol] = request.exitReason
        } else if naive.positions[request.symbol]?.isClosing != true {
            fault = "\(request.symbol) is left a second time, and nothing asked for it"
        }
        if chance(isEntry ? 15 : 8) {
            order.status = .rejected
            order.reason = "the venue says no"
            if isEntry { naive.pending[request.symbol] = nil }
        } else {
            open.append(order.id)
        }
        orders[order.id] = order
        if !order.status.isTerminal, chance(20) {
            held.insert(order.id)
            naive.unresolved.insert(request.symbol)
            pendingEvents.append(.orderUnanswered(order.id))
        } else {
            pendingEvents.append(.orderReport(order.id, order))
        }
    }

    private mutating func expectPending(_ request: OrderRequest) {
        guard let proposal = lastProposals.last(where: { $0.id == request.proposalID }) else { return }
        naive.approvalDays.append(naive.day)
        naive.approvalTimes.append(naive.time)
        let ticker = naive.tickers[request.symbol]
        naive.pending[request.symbol] = NaiveRisk.Pending(
            proposal: proposal, quantity: request.quantity.raw, price: request.referencePrice.raw,
            last: ticker?.last.raw ?? 0, condition: naive.conditions[proposal.invalidation])
    }

    private mutating func cancel(_ id: ClientOrderID) {
        guard var order = orders[id], !order.status.isTerminal else { return }
        order.status = .canceled
        orders[id] = order
        open.removeAll { $0 == id }
        release(order)
        if order.request.purpose == .entry {
            naive.pending[order.request.symbol] = nil
            canceled.insert(order.request.symbol)
        }
        pendingEvents.append(.orderReport(id, order))
    }

    private mutating func release(_ order: Order) {
        held.remove(order.id)
        naive.unresolved.remove(order.request.symbol)
        for id in held { if let other = orders[id] { naive.unresolved.insert(other.request.symbol) } }
    }

    /// Answers what was held back.
    mutating func answerHeld() {
        for id in held.sorted() {
            guard let order = orders[id] else { continue }
            release(order)
            send(.orderReport(id, order))
        }
    }

    // MARK: Execution's facts

    func account() -> AccountState {
        var account = AccountState()
        account.balance = Money(raw: naive.balance)
        account.equity = Money(raw: truth())
        account.netDeposits = Money(raw: netDeposits)
        account.eventTime = MarketTime(micros: time)
        return account
    }

    /// Equity at the venue's prices, which are ahead of what risk has heard.
    private func truth() -> Int128 {
        naive.positions.values.reduce(naive.balance) { sum, position in
            sum + position.sign * ((prices[position.symbol] ?? position.entry) - position.entry) * position.quantity
        }
    }

    func fact(_ position: NaiveRisk.Position) -> Position {
        var fact = Position()
        fact.symbol = position.symbol
        fact.side = position.sign > 0 ? .long : .short
        fact.quantity = Quantity(raw: position.quantity)
        fact.cost = Money(raw: position.cost)
        fact.leverage = Int(position.leverage)
        fact.strategy = position.strategy
        fact.proposalID = position.id
        fact.openedAt = MarketTime(micros: position.openedAt)
        fact.updatedAt = fact.openedAt
        return fact
    }

    func view() -> ExecutionView {
        var view = ExecutionView()
        view.account = account()
        view.positions = naive.positions.values.map(fact)
        view.openOrders = open.filter { !held.contains($0) }.compactMap { orders[$0] }
        view.isReconciled = naive.isReconciled
        return view
    }

    /// Fills what waits for a price of this symbol later than its decision.
    ///
    /// Nothing fills at the second of two prices of the same moment: nobody could say which of them the position has met.
    mutating func fill(_ ticker: Ticker) {
        if let last = naive.tickers[ticker.symbol], last.eventTime >= ticker.eventTime { return }
        for id in open {
            guard var order = orders[id], order.request.symbol == ticker.symbol, !held.contains(id),
                ticker.eventTime > order.request.decidedAt
            else { continue }
            open.removeAll { $0 == id }
            let isEntry = order.request.purpose == .entry
            let lot: Int128 = 1_000_000_000
            let percent = isEntry && chance(5) ? Int128(random.next() % 101) : 100
            let part = order.request.quantity.raw * percent / 100 / lot * lot
            order.filledQuantity = Quantity(raw: part)
            order.status = part == order.request.quantity.raw ? .filled : .canceled
            orders[id] = order
            guard part > 0 else {
                naive.pending[ticker.symbol] = nil
                send(.order(order))
                continue
            }
            let cent = PowerOfTen.of(16)
            let fee = Wide.ceiling(ticker.last.raw * part, 6, over: 10_000 * cent) * cent
            if isEntry {
                enter(order, part, ticker, fee)
            } else {
                leave(order, ticker, fee)
            }
        }
    }

    private mutating func enter(_ order: Order, _ part: Int128, _ ticker: Ticker, _ fee: Int128) {
        naive.tickers[ticker.symbol]?.last = ticker.last
        naive.opened(
            ticker.symbol, quantity: part, price: ticker.last.raw, fee: fee, at: ticker.eventTime.micros)
        guard let position = naive.positions[ticker.symbol] else { return }
        pendingEvents += [.order(order), .position(fact(position))]
        send(.account(account()))
    }

    private mutating func leave(_ order: Order, _ ticker: Ticker, _ fee: Int128) {
        guard let position = naive.positions[ticker.symbol] else { return }
        naive.tickers[ticker.symbol]?.last = ticker.last
        let reason = order.request.exitReason ?? .signal
        let profit = naive.left(
            ticker.symbol, price: ticker.last.raw, fee: fee, at: ticker.eventTime.micros, reason)
        var closed = fact(position)
        closed.quantity = .zero
        closed.cost = .zero
        closed.updatedAt = ticker.eventTime
        var trade = Trade()
        trade.id = position.id
        trade.symbol = position.symbol
        trade.side = closed.side
        trade.exitTime = ticker.eventTime
        trade.exitReason = reason
        trade.returnOnMargin = Ratio(raw: profit)
        exitReasons[reason.rawValue, default: 0] += 1
        pendingEvents += [.order(order), .position(closed), .account(account())]
        send(.trade(trade))
        naive.close(
            NaiveRisk.Closed(
                id: position.id, symbol: position.symbol, sign: position.sign, at: ticker.eventTime.micros,
                reason: reason,
                profit: profit))
    }
}
