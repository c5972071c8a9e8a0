import CandleFiles
import ExecutionCore
import FeedCore
import Glibc
import Portfolio
import RiskCore
import Simulation
import StrategyCore
import TradingModel
import Venues

// An EMA 12/26 cross on one symbol's minute candles through the four cores: strategy, risk, exits, paper venue, records in
// memory. `quartet-bench-backtest CANDLES [ROWS] [ROUNDS]`; where ROWS is more than the file has, it is played again and
// again, each time later. Prints one line of tab-separated figures.

func now() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

func processorTime() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

func run() throws {
    let arguments = CommandLine.arguments
    guard arguments.count >= 2, let symbol = Symbol("BTC/USDT") else {
        print("usage: quartet-bench-backtest CANDLES [ROWS] [ROUNDS]")
        exit(2)
    }
    let rows = arguments.count > 2 ? Int(arguments[2]) ?? 0 : 0
    let rounds = arguments.count > 3 ? Int(arguments[3]) ?? 1 : 1
    let instrument = InstrumentCatalog.instrument(
        symbol, venue: .recording, tickSize: Price("0.01") ?? .zero, lotSize: Quantity("0.00001") ?? .zero,
        minNotional: Money(5), maxLeverage: 25)
    let begun = now()
    var tape = MarketTape(
        watch: .init(symbol: symbol, venue: .recording, sourceTimeframe: .oneMinute), instrument: instrument,
        timeframes: [.oneMinute], lookBack: 1_000)
    var count = 0
    var shift = Span.zero
    repeat {
        let file = try CandleFile(path: arguments[1], symbol: symbol, timeframe: .oneMinute)
        var last = MarketTime.distantPast
        while rows == 0 || count < rows, var candle = try file.next() {
            candle.openTime = candle.openTime + shift
            last = candle.openTime
            _ = tape.append(candle)
            count += 1
        }
        let first = tape.source.rows.first?.openTime ?? last
        shift = last - first + .minutes(1)
        shift = Span(micros: shift.micros / 86_400_000_000 * 86_400_000_000 + 86_400_000_000)
    } while count < rows
    tape.finish()
    let loaded = now()

    var strategy = StrategyCore.Settings()
    strategy.symbols = [symbol]
    strategy.strategies = [.init(id: "ema_cross", parameters: ["stop_atr": 10, "target_atr": 30])]
    strategy.decisionInterval = .minutes(1)
    strategy.activation = nil
    var limits = RiskLimits()
    limits.symbols = [symbol]
    limits.dailyTrades = 100_000
    limits.dailyLoss = .one
    limits.drawdownWarning = .one
    limits.drawdownStop = .one
    limits.maximumSize = Ratio(raw: Ratio.scale / 100)
    limits.minimumSize = Ratio(raw: Ratio.scale / 100)
    let setup = Backtest.Setup(
        strategy: strategy, limits: limits, rules: PaperRules(), policy: ExecutionPolicy(),
        startingBalance: Money(1_000_000), path: .nearestFirst, lookBack: 1_000)

    var best = (wall: Double.infinity, processor: Double.infinity)
    var words = ""
    for _ in 0..<rounds {
        var backtest = try Backtest(tapes: [tape], setup: setup)
        let (wall, processor) = (now(), processorTime())
        backtest.play()
        best = (min(best.wall, now() - wall), min(best.processor, processorTime() - processor))
        let record = backtest.quartet.record
        words =
            "\(record.trades.count)\t\(record.orders.count)\t\(backtest.steps)\t\(backtest.balance.rounded(toDigits: 4, .halfEven))\t\(record.complaints.count)"
    }
    let candles = tape.source.count
    print(
        "\(candles)\t\(best.wall)\t\(best.processor)\t\(Double(candles) / best.processor)\t\(best.processor / Double(candles) * 1e9)\t\(loaded - begun)\t\(words)"
    )
}

do { try run() } catch {
    print("\(error)")
    exit(1)
}
