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

/// A wandering market with trends, jumps and quiet hours; candles of each symbol, oldest first.
func wanderingCandles(
    _ symbols: [Symbol], timeframe: Timeframe, count: Int, seed: UInt64, violence: Double = 1, holes: Bool = false
) -> [Symbol: [Candle]] {
    var generator = SeededGenerator(seed: seed)
    var result: [Symbol: [Candle]] = [:]
    for symbol in symbols {
        guard let instrument = InstrumentCatalog.instrument(symbol, venue: .recording) else { continue }
        var level = symbol.baseCurrency == "DOGE" ? 0.2 : symbol.baseCurrency == "ETH" ? 3_000.0 : 60_000.0
        var drift = 0.0
        var size = 0.001
        for position in 0..<count {
            if position % 97 == 0 {
                drift = (generator.uniform() - 0.5) * 0.001 * violence
                size = (0.0005 + generator.uniform() * 0.003) * violence
            }
            let jump = generator.uniform() < 0.002 ? (generator.uniform() - 0.5) * 0.05 * violence : 0
            let close = level * (1 + drift + jump + (generator.uniform() - 0.5) * size)
            func price(_ value: Double) -> Price {
                max(
                    instrument.tickSize,
                    (Price(rounding: value, .halfEven) ?? .zero).rounded(toMultipleOf: instrument.tickSize, .halfEven))
            }
            let (first, last) = (price(level), price(close))
            let high = max(first, last, price(max(level, close) * (1 + generator.uniform() * size / 2)))
            let low = min(first, last, price(min(level, close) * (1 - generator.uniform() * size / 2)))
            level = close
            if holes, generator.uniform() < 0.01 { continue }
            result[symbol, default: []].append(
                Candle(
                    symbol: symbol, venue: .recording, timeframe: timeframe,
                    openTime: MarketTime(micros: 1_700_006_400_000_000 + Int64(position) * timeframe.span.micros),
                    open: first, high: high, low: low, close: last,
                    volume: Quantity(1 + Int(generator.uniform() * 5_000))))
        }
    }
    return result
}

func makeTapes(_ candles: [Symbol: [Candle]], timeframes: [Timeframe], start: MarketTime? = nil) -> [MarketTape] {
    candles.keys.sorted().compactMap { symbol in
        guard let list = candles[symbol], let first = list.first,
            let instrument = InstrumentCatalog.instrument(symbol, venue: .recording)
        else { return nil }
        var tape = MarketTape(
            watch: .init(symbol: symbol, venue: .recording, sourceTimeframe: first.timeframe), instrument: instrument,
            timeframes: timeframes, lookBack: 1_000, start: start)
        for candle in list { _ = tape.append(candle) }
        tape.finish()
        return tape
    }
}

func makeSetup(
    _ symbols: [Symbol], _ strategies: [StrategyCore.StrategyChoice], leverage: Int = 1, decision: Span = .minutes(5)
) -> Backtest.Setup {
    var strategy = StrategyCore.Settings()
    strategy.symbols = symbols
    strategy.strategies = strategies
    strategy.decisionInterval = decision
    strategy.leverage = leverage
    strategy.activation = nil
    var limits = RiskLimits()
    limits.symbols = Set(symbols)
    limits.dailyTrades = 1_000
    return Backtest.Setup(
        strategy: strategy, limits: limits, rules: PaperRules(), policy: ExecutionPolicy(),
        startingBalance: Money(10_000), path: .nearestFirst, lookBack: 1_000)
}

/// Both ways of playing must have made the same of it.
func expectSameRecord(_ quick: Backtest, _ every: Backtest, _ what: String) {
    let (a, b) = (quick.quartet.record, every.quartet.record)
    #expect(a.orders == b.orders, "\(what): orders")
    #expect(a.fills == b.fills, "\(what): fills")
    #expect(a.trades == b.trades, "\(what): \(a.trades.count) and \(b.trades.count) trades")
    #expect(a.verdicts == b.verdicts, "\(what): verdicts")
    #expect(a.decisions == b.decisions.filter { $0.proposalID != nil }, "\(what): decisions")
    #expect(a.complaints == b.complaints, "\(what): \(a.complaints.prefix(2)) \(b.complaints.prefix(2))")
    #expect(
        quick.quartet.execution.ledger.balance == every.quartet.execution.ledger.balance, "\(what): balance")
    #expect(quick.quartet.risk.peakEquity == every.quartet.risk.peakEquity, "\(what): peak equity")
    #expect(quick.quartet.risk.state.state == every.quartet.risk.state.state, "\(what): trading state")
    if let difference = zip(a.orders, b.orders).first(where: { $0 != $1 }) {
        print("\(what): first difference\n\(difference.0)\n\(difference.1)")
    }
}

@Suite("Backtest")
struct BacktestTests {
    @Test(
        "playing quickly and playing every price give the same orders, fills, trades and verdicts",
        arguments: [
            "probe", "ema_cross", "momentum", "multi_supertrend", "bandtastic", "mean_reversion", "trend_following",
            "keltner",
        ], [1, 12])
    func quickIsExact(id: String, leverage: Int) throws {
        for seed in [UInt64(3)] {
            let timeframe: Timeframe = id == "probe" || id == "ema_cross" ? .oneMinute : .fiveMinutes
            let candles = wanderingCandles(symbols, timeframe: .oneMinute, count: 1_200, seed: seed, violence: 1.5)
            let choices = [StrategyCore.StrategyChoice(id: id, timeframe: timeframe)]
            var setup = makeSetup(symbols, choices, leverage: leverage, decision: timeframe.span)
            let tapes = makeTapes(candles, timeframes: [timeframe])
            var quick = try Backtest(tapes: tapes, setup: setup)
            setup.playing = .everyPrice
            var every = try Backtest(tapes: tapes, setup: setup)
            quick.play()
            every.play()
            #expect(quick.isFinished && every.isFinished)
            expectSameRecord(quick, every, "seed \(seed), \(id) ×\(leverage)")
            if id == "probe" || id == "ema_cross" {
                #expect(quick.quartet.record.trades.count > 20, "seed \(seed): too few trades to prove anything")
            }
        }
    }
}
