import ArgumentParser
import Glibc
import Reporting
import ServiceRuntime
import Simulation
import StrategyCore
import TradingModel

struct BacktestCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backtest",
        abstract: "Plays candle files through the very cores that trade, and reports what came of it.",
        discussion: """
            EXAMPLES
              quartet backtest --symbol BTC/USDT=btc-1m.csv.gz --strategy momentum,donchian
              quartet backtest --data data/*_5m.csv.gz --strategy all --out results
              quartet backtest --data BTCUSDT-1m.csv --from 2025-05-01 --to 2025-08-01 --format json
              quartet backtest --data BTCUSDT-1m.csv --strategy keltner --verify

            The settings are those of the configuration file: sizes, limits, exits, fees, slippage. Orders fill at the next \
            price after the decision, on the same paper venue. Inside a candle the price is assumed to go open, nearer \
            extreme, other extreme, close (--intrabar chooses another path). --verify plays no report but checks that no \
            strategy looks ahead and that its warm-up is long enough.

            With --out DIR the text, JSON, CSV and HTML reports are all written there, and --format only says what is printed.
            """)

    @OptionGroup var options: SharedOptions

    @Option(
        name: .long, parsing: .upToNextOption,
        help: ArgumentHelp("Candle files whose names tell the symbol.", valueName: "file"))
    var data: [String] = []
    @Option(
        name: .long,
        help: ArgumentHelp("A symbol and its candle file: BTC/USDT=FILE. May be repeated.", valueName: "symbol=file"))
    var symbol: [String] = []
    @Option(
        name: .long,
        help: ArgumentHelp("Strategies by name, with commas between; all for every one of them.", valueName: "names"))
    var strategy: String?
    @Option(
        name: .long, help: "The candle length the strategies read, instead of each its own: 1m 3m 5m 15m 30m 1h 4h.")
    var timeframe: String?
    @Option(name: .long, help: "The first moment that is played, UTC; what is before is warm-up.")
    var from: String?
    @Option(name: .long, help: "The last moment that is played, UTC.")
    var to: String?
    @Option(
        name: .long,
        help:
            "The path of the price inside a candle: nearest_extreme_first, open_high_low_close or open_low_high_close.")
    var intrabar: String?
    @Option(
        name: .long,
        help: ArgumentHelp(
            "Charge funding every 8 hours: a rate such as 0.01%, or a CSV file with ts_ms, rate and perhaps symbol.",
            valueName: "rate|file"))
    var funding: String?
    @Option(name: .long, help: ArgumentHelp("Write every report to this directory.", valueName: "dir"))
    var out: String?
    @Option(name: .long, help: "What is printed: text, json, csv (the trades) or html.")
    var format: Format = .text
    @Flag(name: .long, help: "Check for look-ahead and too short a warm-up instead of reporting.")
    var verify = false
    @Flag(name: .long, help: "Show every price to every core. The result is the same; it takes longer.")
    var everyPrice = false

    enum Format: String, CaseIterable, ExpressibleByArgument { case text, json, csv, html }

    func run() throws {
        var plan = try plan()
        if verify { return try verifyStrategies(&plan) }
        let started = Self.now()
        var backtest = try plan.load(everyPrice: everyPrice)
        let loaded = Self.now()
        play(&backtest)
        let seconds = Self.now() - loaded
        let record = BacktestOutcome.record(backtest, plan, seconds: seconds)
        let figures = RunFigures(record)
        if let out { try ReportFiles.write(record, figures, backtest, to: out) }
        let shown: Format = options.json ? .json : format
        switch shown {
        case .text: options.output.lines(TextReport.lines(record, figures))
        case .json: options.output.line(DataReport.text(record, figures))
        case .csv: Output.write(DataReport.tradesCSV(record), to: 1)
        case .html: Output.write(Tearsheet.html(record, figures), to: 1)
        }
        let total = Self.now() - started
        let speed = seconds > 0 ? Double(record.candles) / seconds : 0
        options.output.remark(
            "\(Figures.count(record.candles)) candles read in \(Figures.fixed(loaded - started, digits: 2)) s and played in "
                + "\(Figures.fixed(seconds, digits: 2)) s, \(Figures.count(Int(speed))) a second; "
                + "\(Figures.fixed(total, digits: 2)) s in all" + (out.map { "; reports are in \($0)" } ?? ""))
    }

    private func verifyStrategies(_ plan: inout BacktestPlan) throws {
        let backtest = try plan.load()
        let audits: [(key: SeriesKey, audit: StrategyAudit)]
        do throws(ParameterError) {
            audits = try backtest.audits()
        } catch {
            throw Failure("\(error)")
        }
        if options.json || format == .json {
            options.output.line(VerifyView.json(audits))
        } else {
            options.output.lines(VerifyView.lines(audits))
        }
        if !audits.allSatisfy({ $0.audit.isHonest }) { throw ExitCode(CommandStatus.failed.rawValue) }
    }

    /// Plays to the end, with a line of progress on a terminal.
    private func play(_ backtest: inout Backtest) {
        let isWatched = isatty(2) == 1
        while !backtest.isFinished {
            backtest.play(boundaries: 20_000)
            guard isWatched else { continue }
            let share = Double(backtest.candlesPlayed) / Double(max(1, backtest.candleCount)) * 100
            Output.write("\r\(Figures.fixed(share, digits: 0)) %  ", to: 2)
        }
        if isWatched { Output.write("\r       \r", to: 2) }
    }

    private func plan() throws -> BacktestPlan {
        let loaded: LoadedSettings
        do throws(SettingsError) {
            loaded = try SettingsLoader.load(file: options.config, environment: Machine.environmentVariables)
        } catch {
            throw Failure(error.description)
        }
        var settings = loaded.settings
        var inputs: [BacktestPlan.Input] = []
        for text in symbol { inputs.append(try BacktestPlan.input(text, needsSymbol: true)) }
        for text in data { inputs.append(try BacktestPlan.input(text, needsSymbol: false)) }
        if inputs.isEmpty {
            for name in settings.feed.files.keys.sorted() {
                guard let symbol = Symbol(name), let path = settings.feed.files[name] else { continue }
                inputs.append(.init(symbol: symbol, path: path))
            }
        }
        guard !inputs.isEmpty else {
            throw ValidationError("no candles: name files with --data FILE… or --symbol BTC/USDT=FILE")
        }
        for (index, input) in inputs.enumerated() where inputs[..<index].contains(where: { $0.symbol == input.symbol })
        {
            throw Failure("\(input.symbol) is given twice, the second time as \(input.path): one file a symbol")
        }
        settings.symbols = inputs.map(\.symbol)
        settings.feed.speed = 0
        if let strategy { settings.strategy.active = names(strategy) }
        if let intrabar {
            guard let path = IntrabarPath(rawValue: intrabar) else {
                let known = IntrabarPath.allCases.map(\.rawValue).joined(separator: ", ")
                throw ValidationError("--intrabar \(intrabar) is no path: there are \(known)")
            }
            settings.feed.intrabar = path
        }
        var plan = BacktestPlan(inputs: inputs, settings: settings)
        plan.from = try BacktestPlan.moment(from, "--from")
        plan.to = try BacktestPlan.moment(to, "--to")
        if let funding { plan.funding = try BacktestPlan.funding(funding, of: inputs.map(\.symbol)) }
        if let from = plan.from, let to = plan.to, to <= from {
            throw ValidationError("--to \(to) is not after --from \(from)")
        }
        if let timeframe {
            guard let length = Timeframe(rawValue: timeframe) else {
                let known = Timeframe.allCases.map(\.rawValue).joined(separator: ", ")
                throw ValidationError("--timeframe \(timeframe) is no candle length: there are \(known)")
            }
            plan.timeframe = length
        }
        return plan
    }

    private func names(_ text: String) -> [String] {
        let names = text.split(separator: ",").map { String($0).filter { $0 != " " } }
        return names == ["all"] ? StrategyCatalog.all.map { $0.id } : names
    }

    /// Seconds of the monotonic clock.
    static func now() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
