import ExecutionCore
import FeedCore
import Portfolio
import RiskCore
import Simulation
import StrategyCore
import Testing
import TradingModel
import Venues

private let symbols = ["BTC/USDT", "ETH/USDT", "DOGE/USDT"].compactMap { Symbol($0) }

/// A quartet on the simulated market and the market itself.
private func makeQuartet(strategy id: String, decision: Span = .minutes(5)) throws -> SimulatedQuartet {
    var feed = FeedCore.Settings(
        watches: symbols.map { .init(symbol: $0, venue: .simulated, sourceTimeframe: .oneMinute) })
    feed.lookBack = 1_000
    var strategy = StrategyCore.Settings()
    strategy.symbols = symbols
    strategy.strategies = [.init(id: id)]
    strategy.isLockStep = true
    strategy.decisionInterval = decision
    strategy.activation = nil
    var limits = RiskLimits()
    limits.symbols = Set(symbols)
    limits.dailyTrades = 100_000
    limits.dailyLoss = .one
    limits.drawdownWarning = Ratio(raw: Ratio.one.raw / 100 * 98)
    limits.drawdownStop = .one
    var policy = ExecutionPolicy()
    policy.isLockStep = true
    let instruments = symbols.compactMap { InstrumentCatalog.instrument($0, venue: .simulated) }
    return SimulatedQuartet(
        feed: FeedCore(settings: feed, startedAt: .distantPast), strategy: try StrategyCore(settings: strategy),
        risk: RiskCore(limits: limits, isLockStep: true), execution: ExecutionCore(policy: policy),
        venue: PaperVenue(rules: PaperRules(), state: PaperState(startingBalance: Money(10_000))),
        instruments: instruments,
        startingBalance: Money(10_000))
}

/// A random walk of minute candles as the tickers and candles a source would deliver, one list a minute.
private func market(minutes: Int, seed: UInt64) -> [[MarketEvent]] {
    var generator = SeededGenerator(seed: seed)
    let tickers = IntrabarTickers(path: .nearestFirst)
    var levels: [Symbol: Double] = [symbols[0]: 60_000, symbols[1]: 3_000, symbols[2]: 0.2]
    var drift = 0.0
    return (0..<minutes).map { minute in
        if minute % 240 == 0 { drift = (generator.uniform() - 0.5) * 0.0006 }
        var events: [MarketEvent] = []
        var candles: [MarketEvent] = []
        for symbol in symbols {
            guard let instrument = InstrumentCatalog.instrument(symbol, venue: .simulated), let level = levels[symbol]
            else { continue }
            let close = level * (1 + drift + (generator.uniform() - 0.5) * 0.001)
            levels[symbol] = close
            func price(_ value: Double) -> Price {
                (Price(rounding: value, .halfEven) ?? .zero).rounded(toMultipleOf: instrument.tickSize, .halfEven)
            }
            let (open, end) = (price(level), price(close))
            let candle = Candle(
                symbol: symbol, venue: .simulated, timeframe: .oneMinute,
                openTime: MarketTime(micros: Int64(minute) * 60_000_000), open: open,
                high: max(open, end) + instrument.tickSize.times(3), low: min(open, end) - instrument.tickSize.times(3),
                close: end,
                volume: Quantity(1_000_000))
            tickers.append(candle, instrument: instrument, into: &events)
            candles.append(.candle(candle))
        }
        return (events + candles).enumerated().sorted { ($0.element.time, $0.offset) < ($1.element.time, $1.offset) }
            .map(\.element)
    }
}

/// Plays a market as feed's shell does: a moment at a time while something is open, else up to the decision boundary.
private func play(_ quartet: inout SimulatedQuartet, _ minutes: [[MarketEvent]], decision: Span) {
    let events = minutes.flatMap { $0 }
    var index = 0
    while index < events.count {
        let first = events[index].time
        let boundary = MarketTime(micros: (first.micros + decision.micros - 1) / decision.micros * decision.micros)
        let end = quartet.isAttentive ? min(first, boundary) : boundary
        var step: [MarketEvent] = []
        while index < events.count, events[index].time <= end {
            step.append(events[index])
            index += 1
        }
        quartet.run(step, until: end, isLast: index == events.count)
    }
}

@Suite("Four cores in one process")
struct SimulatedQuartetTests {
    @Test(
        "three hours of the probe on three symbols trades, and the books balance to the last digit",
        arguments: [1, 2, 3] as [UInt64])
    func booksBalance(seed: UInt64) throws {
        var quartet = try makeQuartet(strategy: "probe", decision: .minutes(1))
        play(&quartet, market(minutes: 180, seed: seed), decision: .minutes(1))
        let record = quartet.record
        #expect(record.trades.count > 50, "seed \(seed): \(record.trades.count) trades, \(record.complaints.prefix(3))")
        var ledger = Ledger(startingBalance: Money(10_000))
        for fill in record.fills { _ = ledger.apply(fill) }
        #expect(ledger.checkInvariants().isEmpty, "seed \(seed)")
        let account = try #require(record.accounts.last)
        #expect(ledger.balance == account.balance, "seed \(seed)")
        #expect(quartet.venue.ledger.balance == account.balance, "seed \(seed): the venue's cash is another")
        for order in record.orders {
            let filled = record.fills.filter { $0.clientOrderID == order.id }.reduce(Quantity.zero) { $0 + $1.quantity }
            #expect(filled == order.filledQuantity && filled <= order.request.quantity, "seed \(seed): \(order.id)")
        }
        let approved = Set(record.verdicts.filter { $0.isApproved && $0.action.isEntry }.compactMap(\.clientOrderID))
        let entries = Set(record.orders.filter { $0.request.purpose == .entry }.map(\.id))
        #expect(
            entries == approved, "seed \(seed): every approved proposal is one order, and no entry is without approval")
        #expect(record.complaints.isEmpty, "seed \(seed): \(record.complaints.prefix(5))")
    }

    @Test("the same input twice gives the same record")
    func deterministic() throws {
        let minutes = market(minutes: 900, seed: 5)
        var first = try makeQuartet(strategy: "momentum")
        var second = try makeQuartet(strategy: "momentum")
        play(&first, minutes, decision: .minutes(5))
        play(&second, minutes, decision: .minutes(5))
        #expect(first.record.orders == second.record.orders)
        #expect(first.record.fills == second.record.fills)
        #expect(first.record.trades == second.record.trades)
        #expect(first.record.decisions == second.record.decisions)
        #expect(!first.record.fills.isEmpty)
    }

    @Test("no fill is older than the decision that led to it")
    func nothingLooksAhead() throws {
        var quartet = try makeQuartet(strategy: "probe", decision: .minutes(1))
        play(&quartet, market(minutes: 90, seed: 9), decision: .minutes(1))
        let decided = Dictionary(uniqueKeysWithValues: quartet.record.orders.map { ($0.id, $0.request.decidedAt) })
        for fill in quartet.record.fills { #expect(fill.eventTime > (decided[fill.clientOrderID] ?? fill.eventTime)) }
        #expect(!quartet.record.fills.isEmpty)
    }
}
