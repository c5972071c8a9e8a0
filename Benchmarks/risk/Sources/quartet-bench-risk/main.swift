import Glibc
import RiskCore
import TradingModel

// MARK: A core with 100 open positions

let count = 100
let begin = MarketTime(micros: 1_750_000_000_000_000 / 14_400_000_000 * 14_400_000_000)
let wall = WallTime(micros: 1_800_000_000_000_000)

func symbol(_ index: Int) -> Symbol { Symbol("C\(index)/USDT") ?? .none }
func price(_ cents: Int) -> Price { Price(raw: Int128(cents) * Price.scale / 100) }

func instrument(_ symbol: Symbol) -> Instrument {
    var instrument = Instrument()
    instrument.symbol = symbol
    instrument.tickSize = price(1)
    instrument.lotSize = Quantity(raw: Quantity.scale / 1_000)
    instrument.minQuantity = instrument.lotSize
    instrument.maxQuantity = Quantity(1_000_000)
    instrument.minNotional = Money(5)
    instrument.maxLeverage = 50
    return instrument
}

func ticker(_ symbol: Symbol, _ cents: Int, at time: MarketTime) -> Ticker {
    Ticker(
        symbol: symbol, venue: .simulated, bid: price(cents), bidQuantity: Quantity(1), ask: price(cents),
        askQuantity: Quantity(1), last: price(cents), eventTime: time, receivedTime: wall)
}

func plan(_ index: Int) -> ExitPlan {
    var plan = ExitPlan()
    plan.id = "p\(index)"
    plan.symbol = symbol(index)
    plan.side = .long
    plan.strategy = "momentum"
    plan.status = .active
    plan.leverage = 3
    plan.entryPrice = price(10_000)
    plan.best = price(10_400)
    plan.quantity = Quantity(1)
    plan.stopLoss = price(9_000)
    plan.takeProfit = price(15_000)
    plan.timeToLive = .hours(36)
    plan.firstFillAt = begin
    plan.createdAt = begin
    plan.updatedAt = begin
    plan.invalidation = "RSI(14) 15m above 95 and close 1h below 10 or close 5m below 90"
    return plan
}

func position(_ index: Int) -> Position {
    var position = Position()
    position.symbol = symbol(index)
    position.quantity = Quantity(1)
    position.cost = Money(100)
    position.leverage = 3
    position.strategy = "momentum"
    position.proposalID = "p\(index)"
    position.openedAt = begin
    position.updatedAt = begin
    return position
}

func candles(_ index: Int, _ timeframe: Timeframe) -> [Candle] {
    (0..<500).map { number in
        let close = price(10_000 + (number * 37 + index * 13) % 90)
        return Candle(
            symbol: symbol(index), venue: .simulated, timeframe: timeframe,
            openTime: MarketTime(micros: begin.micros - Int64(500 - number) * timeframe.span.micros), open: close,
            high: close, low: close, close: close, volume: Quantity(1))
    }
}

func openCore() -> RiskCore {
    var limits = RiskLimits()
    limits.symbols = Set((0...count).map(symbol))
    limits.totalExposure = Ratio(1)
    limits.correlatedExposure = Ratio(1)
    limits.protections = Protection.Method.allCases.map { Protection($0) }
    var core = RiskCore(limits: limits, isLockStep: false)
    var said: [RiskDirective] = []
    var memory = RiskMemory()
    memory.plans = (0..<count).map(plan)
    core.handle(.restored(memory), at: wall, into: &said)
    var view = FeedView()
    view.session = "bench"
    view.instruments = (0...count).map { instrument(symbol($0)) }
    view.tickers = (0...count).map { ticker(symbol($0), 10_300, at: begin) }
    view.clock.marketTime = begin
    core.handle(.feedSnapshot(view), at: wall, into: &said)
    for index in 0...count {
        for timeframe in [Timeframe.fiveMinutes, .fifteenMinutes, .oneHour] {
            core.handle(.candles(symbol(index), timeframe, candles(index, timeframe)), at: wall, into: &said)
        }
    }
    core.handle(.executionGap, at: wall, into: &said)
    var execution = ExecutionView()
    execution.account.balance = Money(100_000)
    execution.account.equity = Money(100_000)
    execution.isReconciled = true
    execution.positions = (0..<count).map(position)
    core.handle(.executionSnapshot(execution, 1), at: wall, into: &said)
    guard core.openPlans.count == count, core.openPlans.allSatisfy({ $0.status == .active }) else {
        print("the benchmark has no \(count) open positions")
        exit(1)
    }
    return core
}

// MARK: Measuring

typealias Counter = @convention(c) () -> Int
let counter = dlsym(nil, "allocation_calls").map { unsafeBitCast($0, to: Counter.self) }

func nanoseconds() -> Int {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return time.tv_sec * 1_000_000_000 + time.tv_nsec
}

let rounds = max(1, CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 7)

/// Best of the rounds, in ns an event; allocations an event of the last.
func measure(_ events: Int, _ body: (Int) -> Void) -> (ns: Double, allocations: Double) {
    var best = Double.infinity
    var allocations = 0.0
    for round in 0..<rounds {
        let (from, before) = (nanoseconds(), counter?() ?? 0)
        for event in 0..<events { body(round * events + event) }
        best = min(best, Double(nanoseconds() - from) / Double(events))
        allocations = Double((counter?() ?? 0) - before) / Double(events)
    }
    return (best, allocations)
}

func line(_ name: String, _ result: (ns: Double, allocations: Double), _ note: String = "") {
    let ns = String(Int(result.ns.rounded()))
    let allocations = String(Double(Int(result.allocations * 100)) / 100)
    func padded(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.count)) + text
    }
    print(name + padded(ns, 58 - name.count) + padded(allocations, 14) + "  " + note)
}

// Globals of the main file belong to the main actor; the work does not have to.
func run() -> Bool {
    var core = openCore()
    var said: [RiskDirective] = []
    said.reserveCapacity(64)
    let symbols = (0...count).map(symbol)
    print("\(count) open positions, every check on; processor time, best of \(rounds) rounds")
    print("                                                        ns   allocations")
    let table = Dictionary(uniqueKeysWithValues: symbols.map { ($0, 1) })
    var sum = 0
    let yardstick = measure(200_000) { sum += table[symbols[$0 % count]] ?? 0 }
    line("one look into a dictionary of the symbols", yardstick)

    var quiet: [[Ticker]] = []
    for step in 0..<8 { quiet.append((0..<count).map { ticker(symbols[$0], 10_300 + step, at: begin) }) }
    let ticks = measure(100_000) { index in
        var one = quiet[index / count % 8][index % count]
        one.eventTime = begin + .microseconds(Int64(index))
        said.removeAll(keepingCapacity: true)
        core.handle(.ticker(one), at: wall, into: &said)
    }
    line("a ticker, nothing fires", ticks, "\(Int(ticks.ns / yardstick.ns)) looks; bar: 2000 ns")
    var price = 10_400
    let peaks = measure(20_000) { index in
        if index % count == 0 { price += 1 }
        said.removeAll(keepingCapacity: true)
        let cents = 10_400 + (price - 10_400) % 4_000
        core.handle(
            .ticker(ticker(symbols[index % count], cents, at: begin + .seconds(1) + .microseconds(Int64(index)))),
            at: wall, into: &said)
    }
    line("a ticker, mostly a new peak to be saved", peaks)
    var clock = MarketClock()
    let clocks = measure(20_000) { index in
        clock.marketTime = begin + .seconds(2) + .microseconds(Int64(index))
        said.removeAll(keepingCapacity: true)
        core.handle(.clock(clock), at: wall, into: &said)
    }
    line("a clock: every time to live asked", clocks)
    var opened = begin
    let closed = measure(2_000) { index in
        if index % count == 0 { opened = opened + .minutes(5) }
        let close = quiet[0][0].last
        said.removeAll(keepingCapacity: true)
        core.handle(
            .candle(
                Candle(
                    symbol: symbols[index % count], venue: .simulated, timeframe: .fiveMinutes, openTime: opened,
                    open: close, high: close, low: close, close: close, volume: Quantity(1))), at: wall, into: &said)
    }
    line("a closed candle: the condition asked", closed)
    var proposal = Proposal()
    proposal.symbol = symbols[count]
    proposal.action = .enterLong
    proposal.confidence = 0.7
    proposal.strategy = "momentum"
    proposal.stopLoss = Price(90)
    proposal.takeProfit = Price(150)
    proposal.leverage = 2
    proposal.invalidation = "RSI(14) 15m above 95"
    proposal = core.asIfProposedNow(proposal)
    core.handle(.ticker(ticker(symbols[count], 10_300, at: core.marketTime)), at: wall, into: &said)
    var answers: [String: Int] = [:]
    let verdicts = measure(300) { _ in
        let verdict = core.simulate(proposal, at: wall).verdict
        answers[verdict.denial?.reason.rawValue ?? "approved", default: 0] += 1
    }
    line("a verdict, every check asked", verdicts, answers.keys.sorted().joined(separator: ", "))
    guard sum > 0 else { return false }
    return ticks.ns < 2_000
}

let isFast = run()
print(isFast ? "ok" : "MISSED: a ticker takes 2000 ns or more")
exit(isFast ? 0 : 1)
