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

/// The most memory the process has held, in MB.
func peakMemory() -> Double {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return Double(usage.ru_maxrss) / 1_024
}

/// All strategies over the candles of several symbols; the names of the files are of no account.
/// Prints candles, seconds of reading and of playing, processor time, memory after reading and at most, trades.
func runPortfolio(_ paths: [String]) throws {
    let begun = now()
    var tapes: [MarketTape] = []
    var strategy = StrategyCore.Settings()
    strategy.strategies = StrategyCatalog.all.map { .init(id: $0.id) }
    let wanted = Set(StrategyCatalog.all.map { max(.fiveMinutes, $0.timeframe) })
    for index in strategy.strategies.indices where StrategyCatalog.all[index].timeframe < .fiveMinutes {
        strategy.strategies[index].timeframe = .fiveMinutes
    }
    for (index, path) in paths.enumerated() {
        guard let symbol = Symbol("C\(index)/USDT") else { continue }
        let instrument = InstrumentCatalog.instrument(
            symbol, venue: .recording, tickSize: Price("0.01") ?? .zero, lotSize: Quantity("0.00001") ?? .zero,
            minNotional: Money(5), maxLeverage: 25)
        var tape = MarketTape(
            watch: .init(symbol: symbol, venue: .recording, sourceTimeframe: .fiveMinutes), instrument: instrument,
            timeframes: wanted.sorted(), lookBack: 1_000)
        let file = try CandleFile(path: path, symbol: symbol, timeframe: .fiveMinutes)
        while let candle = try file.next() { _ = tape.append(candle) }
        tape.finish()
        tapes.append(tape)
        strategy.symbols.append(symbol)
    }
    let (loaded, memory) = (now(), peakMemory())
    var limits = RiskLimits()
    limits.symbols = Set(strategy.symbols)
    let setup = Backtest.Setup(
        strategy: strategy, limits: limits, rules: PaperRules(), policy: ExecutionPolicy(),
        startingBalance: Money(100_000), path: .nearestFirst, lookBack: 1_000)
    var backtest = try Backtest(tapes: tapes, setup: setup)
    tapes = []
    let (wall, processor) = (now(), processorTime())
    backtest.play()
    print(
        "\(backtest.candleCount)\t\(loaded - begun)\t\(now() - wall)\t\(processorTime() - processor)\t\(memory)\t\(peakMemory())\t\(backtest.quartet.record.trades.count)"
    )
}

func run() throws {
    let arguments = CommandLine.arguments
    if arguments.count > 2, arguments[1] == "portfolio" { return try runPortfolio(Array(arguments.dropFirst(2))) }
    guard arguments.count >= 2, let symbol = Symbol("BTC/USDT") else {
        print("usage: quartet-bench-backtest CANDLES [ROWS] [ROUNDS] | quartet-bench-backtest portfolio FILE…")
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
