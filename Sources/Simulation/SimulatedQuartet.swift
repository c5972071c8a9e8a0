public import ExecutionCore
public import FeedCore
import Portfolio
public import RiskCore
public import StrategyCore
public import TradingModel
public import Venues

/// The four cores in one process under a simulated clock: no sockets, no threads, no disk.
///
/// It moves by the same steps as the four processes in lock-step (`docs/architecture.md`), hands the same events to the same
/// cores in the same order, and therefore makes the same decisions, orders, fills and trades, to the last digit.
public struct SimulatedQuartet: Sendable {
    /// What happened, in order.
    public struct Record: Sendable {
        /// Those that propose something; all of them where ``SimulatedQuartet/keepsEverything`` is on.
        public var decisions: [Decision] = []
        /// Decisions made, "nothing" included.
        public var decisionCount = 0
        public var verdicts: [Verdict] = []
        /// The last state of each order, in the order in which they were made.
        public var orders: [Order] = []
        public var fills: [Fill] = []
        public var trades: [Trade] = []
        public var accounts: [AccountState] = []
        public var states: [RiskState] = []
        /// What was paid (negative: received) at funding times, and how many payments that were.
        public var funding: Money = .zero
        public var fundingPayments = 0
        /// Warnings and errors of the cores.
        public var complaints: [String] = []
    }

    public internal(set) var record = Record()
    public private(set) var feed: FeedCore
    public internal(set) var strategy: StrategyCore
    public internal(set) var risk: RiskCore
    public private(set) var execution: ExecutionCore
    public private(set) var venue: PaperVenue
    public private(set) var step = 0
    /// Orders or positions are open, so that the next step shall be one market moment long.
    public private(set) var isAttentive = false
    /// Whether decisions for "nothing" and every state of the account are kept in the record too.
    public var keepsEverything = true

    /// Simulated wall time: follows market time, so that what depends on it is the same in every run.
    private var now = WallTime(micros: 1)
    private var orderIndex: [ClientOrderID: Int] = [:]
    /// What has yet to be heard, in the order in which it was said. One event is obeyed whole before the next is heard, as
    /// each process does it.
    private var inbox: [Hearing] = []
    /// What a core says to the event at hand.
    private var executionSaid: [ExecutionDirective] = []
    private var riskSaid: [RiskDirective] = []
    private var strategySaid: [StrategyCore.Directive] = []
    private var tokens = 0
    private var ahead: [StrategyCore.Directive] = []
    private var sequences: [SeriesKey: Int] = [:]
    /// The run of feed that this stands for.
    static let session = "simulation"

    private enum Hearing: Sendable {
        case execution(ExecutionEvent)
        case risk(RiskEvent)
        case strategy(StrategyCore.Event)
        /// A price meets execution's books first, then the venue's orders.
        case price(Ticker)
    }

    /// Puts the cores together and lets each recover from nothing, as a first start of the processes does.
    public init(
        feed: FeedCore, strategy: StrategyCore, risk: RiskCore, execution: ExecutionCore, venue: PaperVenue,
        instruments: [Instrument], startingBalance: Money
    ) {
        self.feed = feed
        self.strategy = strategy
        self.risk = risk
        self.execution = execution
        self.venue = venue
        // No files, no log: what would go there is not made.
        self.risk.keepsRecords = false
        self.execution.keepsRecords = false
        self.venue.keepsChanges = false
        self.venue.list(instruments)
        tell(.restored(JournalImage(startingBalance: startingBalance)))
        tell(.instruments(instruments))
        tell(RiskEvent.restored(RiskMemory()))
        var view = FeedView()
        view.session = Self.session
        view.instruments = instruments
        tell(RiskEvent.feedSnapshot(view))
        tell(RiskEvent.executionGap)
        inform(.instruments(instruments))
        drain()
    }

    /// Gives closed candles of the past to feed and strategy before the first step.
    public mutating func load(history: [Candle]) {
        var directives: [FeedCore.Directive] = []
        feed.handle(.restored(history), at: now, into: &directives)
        for (key, limit) in strategy.neededSeries {
            let candles = feed.candles(key.symbol, key.timeframe, limit: limit) ?? []
            inform(.history(key, candles, StrategyCore.Origin(session: Self.session, sequence: 0)))
        }
        for symbol in Set(history.map(\.symbol)).sorted() {
            for timeframe in Timeframe.allCases {
                guard let candles = feed.candles(symbol, timeframe, limit: 500) else { continue }
                tell(RiskEvent.candles(symbol, timeframe, candles))
            }
        }
        drain()
    }

    /// Runs one step: what happened up to `end`, through all four cores until nothing is left to do.
    public mutating func run(_ events: [MarketEvent], until end: MarketTime, isLast: Bool) {
        begin(stepUntil: end)
        var directives: [FeedCore.Directive] = []
        for event in events {
            switch event {
            case .ticker(let ticker): feed.handle(.ticker(ticker), at: now, into: &directives)
            case .candle(let candle): feed.handle(.candle(candle), at: now, into: &directives)
            }
        }
        feed.handle(.stepEnded(step: step, at: end, isLast: isLast), at: now, into: &directives)
        spread(directives)
    }

    private mutating func begin(stepUntil end: MarketTime) {
        step += 1
        now = max(now, WallTime(micros: end.micros))
    }

    /// Runs one step of facts that feed's core has already made, ended by its clock. Candles have reached the strategies
    /// by ``StrategyCore/takeAhead(_:_:of:)``.
    mutating func run(tickers: [Ticker], until end: MarketTime, isLast: Bool) {
        begin(stepUntil: end)
        var directives = tickers.map { ticker in
            var ticker = ticker
            ticker.receivedTime = now
            return FeedCore.Directive.publishTicker(ticker)
        }
        var clock = MarketClock()
        clock.marketTime = end
        clock.step = step
        clock.isFinished = isLast
        directives.append(.publishClock(clock))
        spread(directives)
    }

    /// Hands a closed candle to its series at once; a hole is filled from `history`, which is given how many candles it may
    /// give.
    mutating func takeAhead(
        _ candle: Candle, _ origin: StrategyCore.Origin, of series: Int, history: (Int) -> [Candle]
    ) {
        strategy.takeAhead(candle, origin, of: series, into: &ahead)
        guard !ahead.isEmpty else { return }
        for directive in ahead {
            if case .requestHistory(let key, let limit) = directive {
                inform(.history(key, history(limit), origin))
            } else {
                obey(directive)
            }
        }
        ahead.removeAll(keepingCapacity: true)
        drain()
    }

    /// The rate of a symbol's next funding time, for the venue and for risk.
    mutating func post(_ rate: FundingRate) {
        venue.observe(rate)
        tell(RiskEvent.funding(rate))
    }

    /// A closed candle for risk; it is heard with the next step.
    mutating func tellRisk(_ candle: Candle) { tell(RiskEvent.candle(candle)) }

    /// Equity at the last prices execution has seen.
    var equity: Money { execution.image.account.equity }

    /// Lets the cores know where quiet prices have got to, without anybody having to judge them.
    mutating func catchUp(_ quiet: [(ticker: Ticker, best: (price: Price, time: MarketTime)?)], peak: Money) {
        var said: [RiskDirective] = []
        for (ticker, best) in quiet {
            var ticker = ticker
            ticker.receivedTime = now
            hear(.price(ticker))
            risk.catchUp(with: ticker, best: best, at: now, into: &said)
        }
        risk.catchUp(withPeak: peak, into: &said)
        drain()
    }

    private mutating func spread(_ directives: [FeedCore.Directive]) {
        // Execution first, then risk, then strategy: each sees what the one before has made of the step.
        for directive in directives { showExecution(directive) }
        drain()
        for directive in directives { showRisk(directive) }
        if let barrier = execution.barrier { tell(RiskEvent.executionBarrier(barrier)) }
        drain()
        for directive in directives { showStrategy(directive) }
        drain()
    }

    // MARK: Feed's facts

    private mutating func showExecution(_ directive: FeedCore.Directive) {
        switch directive {
        case .publishTicker(let ticker): inbox.append(.price(ticker))
        case .publishClock(let clock): tell(ExecutionEvent.clock(clock))
        default: break
        }
    }

    private mutating func showRisk(_ directive: FeedCore.Directive) {
        switch directive {
        case .publishTicker(let ticker): tell(RiskEvent.ticker(ticker))
        case .publishCandle(let candle): tell(RiskEvent.candle(candle))
        case .publishStaleness(let staleness): tell(RiskEvent.staleness(staleness))
        case .publishClock(let clock): tell(RiskEvent.clock(clock))
        case .persist: break
        case .report(let report): record.complaints.append(report.sentence)
        }
    }

    private mutating func showStrategy(_ directive: FeedCore.Directive) {
        switch directive {
        case .publishCandle(let candle):
            let key = SeriesKey(symbol: candle.symbol, timeframe: candle.timeframe)
            sequences[key, default: 0] += 1
            inform(.candle(candle, StrategyCore.Origin(session: Self.session, sequence: sequences[key] ?? 0)))
        case .publishClock(let clock): inform(.clock(clock))
        default: break
        }
    }

    // MARK: The cores' directives

    private mutating func tell(_ event: ExecutionEvent) { inbox.append(.execution(event)) }
    private mutating func tell(_ event: RiskEvent) { inbox.append(.risk(event)) }
    private mutating func inform(_ event: StrategyCore.Event) { inbox.append(.strategy(event)) }

    private mutating func drain() {
        var next = 0
        while next < inbox.count {
            let hearing = inbox[next]
            next += 1
            hear(hearing)
        }
        inbox.removeAll(keepingCapacity: true)
    }

    private mutating func hear(_ hearing: Hearing) {
        // Obeying says more only to the inbox, so one list a core, emptied after use, is enough.
        switch hearing {
        case .price(let ticker):
            execution.handle(.ticker(ticker), at: now, into: &executionSaid)
            var reports: [VenueReport] = []
            venue.observe(ticker, into: &reports)
            for report in reports {
                guard case .funding(let payment) = report else { continue }
                record.fundingPayments += 1
                record.funding += payment.amount
            }
            if !reports.isEmpty { execution.handle(.reports(reports), at: now, into: &executionSaid) }
            obeyExecution()
        case .execution(let event):
            execution.handle(event, at: now, into: &executionSaid)
            obeyExecution()
        case .risk(let event):
            risk.handle(event, at: now, into: &riskSaid)
            for index in riskSaid.indices { obey(riskSaid[index]) }
            riskSaid.removeAll(keepingCapacity: true)
        case .strategy(let event):
            strategy.handle(event, at: now, into: &strategySaid)
            for index in strategySaid.indices { obey(strategySaid[index]) }
            strategySaid.removeAll(keepingCapacity: true)
        }
    }

    private mutating func obeyExecution() {
        var index = 0
        while index < executionSaid.count {
            switch executionSaid[index] {
            case .send(let command):
                var reports: [VenueReport] = []
                venue.handle(command, at: now, into: &reports)
                if !reports.isEmpty { execution.handle(.reports(reports), at: now, into: &executionSaid) }
            case .reply(let answer, _):
                if let order = answer.order { tell(RiskEvent.orderReport(order.id, order)) }
            case .replySnapshot(let image, let token):
                tell(RiskEvent.executionSnapshot(ExecutionView(image), token.number))
            case .refuse(let refusal, _): record.complaints.append(refusal.sentence)
            case .publish(let fact): note(fact)
            case .log(let line): if line.level != .info { record.complaints.append(line.text) }
            case .journal, .barrier, .schedule, .readiness, .replyReconciliation: break
            }
            index += 1
        }
        executionSaid.removeAll(keepingCapacity: true)
    }

    private mutating func note(_ fact: ExecutionFact) {
        switch fact {
        case .order(let order):
            if let index = orderIndex[order.id] {
                record.orders[index] = order
            } else {
                orderIndex[order.id] = record.orders.count
                record.orders.append(order)
            }
            tell(RiskEvent.order(order))
        case .fill(let fill): record.fills.append(fill)
        case .trade(let trade):
            record.trades.append(trade)
            tell(RiskEvent.trade(trade))
        case .position(let position): tell(RiskEvent.position(position))
        case .account(let account):
            if keepsEverything { record.accounts.append(account) }
            tell(RiskEvent.account(account))
        }
    }

    private mutating func obey(_ directive: RiskDirective) {
        switch directive {
        case .submit(let request, _):
            tokens += 1
            tell(ExecutionEvent.orderRequest(request, .init(tokens)))
        case .query(let id):
            tokens += 1
            tell(ExecutionEvent.orderQuery(id, .init(tokens)))
        case .cancel(let id):
            tokens += 1
            tell(ExecutionEvent.cancelRequest(id, .init(tokens)))
        case .requestExecutionSnapshot(let number): tell(ExecutionEvent.snapshotRequest(.init(number)))
        case .replyVerdict(let verdict, _): inform(.verdict(verdict))
        case .publishVerdict(let verdict): record.verdicts.append(verdict)
        case .publishPlan(let plan): inform(.plan(plan))
        case .publishState(let state): record.states.append(state)
        case .publishBarrier(let barrier): inform(.barrier(barrier))
        case .log(let level, let sentence):
            if level == .warning || level == .error { record.complaints.append(sentence) }
        case .persist, .replyCommand: break
        }
    }

    private mutating func obey(_ directive: StrategyCore.Directive) {
        switch directive {
        case .propose(let proposal):
            tokens += 1
            tell(RiskEvent.proposal(proposal, .init(tokens), expiresAt: nil))
        case .publishDecision(let decision):
            record.decisionCount += 1
            if keepsEverything || decision.proposalID != nil { record.decisions.append(decision) }
        case .requestHistory(let key, let limit):
            let candles = feed.candles(key.symbol, key.timeframe, limit: limit) ?? []
            inform(.history(key, candles, StrategyCore.Origin(session: Self.session, sequence: sequences[key] ?? 0)))
        case .finishStep(let barrier): isAttentive = barrier.isAttentive
        case .log(let level, let sentence): if level != .info { record.complaints.append(sentence) }
        case .publish, .persist, .persistDecision: break
        }
    }
}

extension ExecutionView {
    init(_ image: ExecutionImage) {
        self.init()
        account = image.account
        positions = image.positions
        openOrders = image.openOrders
        isReconciled = image.isReconciled
        barrier = image.barrier
    }
}
