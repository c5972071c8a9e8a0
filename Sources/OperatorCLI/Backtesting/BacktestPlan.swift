import CandleFiles
import Composition
import ExecutionCore
import FeedCore
import RiskCore
import ServiceRuntime
import Simulation
import StrategyCore
import TradingModel
import Venues

/// Which candles are played with which settings; everything that may be wrong with the words of the command line is found here.
struct BacktestPlan {
    /// A candle file and whose it is.
    struct Input: Equatable {
        let symbol: Symbol
        let path: String
    }

    var inputs: [Input]
    var settings: Settings
    var from: MarketTime?
    var to: MarketTime?
    /// The candle length every strategy reads instead of its own.
    var timeframe: Timeframe?
    /// What positions pay for being held; `nil` charges nothing.
    var funding: FundingSchedule?
    var remarks: [String] = []

    /// A symbol from a file's name: the first word of it that ends in a known quote currency.
    ///
    /// `binance-spot_BTCUSDT_5m_2024.csv.gz` and `BTC_USDT-5m.csv` are `BTC/USDT`.
    static func symbol(ofFile path: String) -> Symbol? {
        let name = path.split(separator: "/").last.map(String.init) ?? path
        let words = name.split { !$0.isLetter && !$0.isNumber }.map { $0.uppercased() }
        let quotes = ["FDUSD", "USDT", "USDC", "BUSD", "USD", "BTC", "ETH", "EUR"]
        for (index, word) in words.enumerated() {
            if index > 0, quotes.contains(word), words[index - 1].count >= 2 {
                return Symbol("\(words[index - 1])/\(word)")
            }
            for quote in quotes where word.count > quote.count + 1 && word.hasSuffix(quote) {
                return Symbol("\(word.dropLast(quote.count))/\(quote)")
            }
        }
        return nil
    }

    /// `SYMBOL=FILE`, or a file whose name tells the symbol.
    static func input(_ text: String, needsSymbol: Bool) throws(Failure) -> Input {
        if let mark = text.firstIndex(of: "=") {
            let name = String(text[..<mark])
            guard let symbol = Symbol(name) else {
                throw Failure("\"\(name)\" is not a symbol: write it as BASE/QUOTE, such as BTC/USDT=candles.csv")
            }
            return Input(symbol: symbol, path: String(text[text.index(after: mark)...]))
        }
        if needsSymbol { throw Failure("\"\(text)\" names no file: write it as BTC/USDT=candles.csv") }
        guard let symbol = symbol(ofFile: text) else {
            throw Failure("the name of \(text) does not tell its symbol: write it as --symbol BTC/USDT=\(text)")
        }
        return Input(symbol: symbol, path: text)
    }

    static func moment(_ text: String?, _ option: String) throws(Failure) -> MarketTime? {
        guard let text else { return nil }
        guard let micros = CivilTime.parse(text) else {
            throw Failure("\(option) \(text) is no moment: write it as 2025-05-20 or 2025-05-20T12:30:00Z")
        }
        return MarketTime(micros: micros)
    }

    // MARK: Reading

    /// Reads the files through feed's core and joins the cores to them.
    mutating func load(everyPrice: Bool = false) throws(Failure) -> Backtest {
        var surveys: [CandleFileSurvey] = []
        do throws(CandleFileError) {
            for input in inputs { surveys.append(try CandleFileSurvey(path: input.path, symbol: input.symbol)) }
        } catch {
            throw Failure(error.description)
        }
        var strategy = StrategyCore.Settings(settings)
        strategy.strategies = try choices(strategy.strategies, finest: surveys.map(\.timeframe).max() ?? .oneMinute)
        var wanted: [Timeframe] = []
        for choice in strategy.strategies {
            let own = choice.timeframe ?? StrategyCatalog.type(id: choice.id)?.timeframe
            if let own, !wanted.contains(own) { wanted.append(own) }
        }
        var tapes: [MarketTape] = []
        for (input, survey) in zip(inputs, surveys) { tapes.append(try tape(input, survey, wanted)) }
        var setup = Backtest.Setup(
            strategy: strategy, limits: RiskLimits(settings), rules: PaperRules(settings.execution),
            policy: ExecutionPolicy(settings), startingBalance: settings.execution.startingBalance, path: path,
            lookBack: settings.feed.lookBack)
        setup.playing = everyPrice ? .everyPrice : .quick
        setup.funding = funding
        do throws(ParameterError) {
            return try Backtest(tapes: tapes, setup: setup)
        } catch {
            throw Failure("\(error)")
        }
    }

    /// Gives each strategy its candle length; where the data is coarser than that, the data's.
    private mutating func choices(
        _ given: [StrategyCore.StrategyChoice], finest: Timeframe
    ) throws(Failure) -> [StrategyCore.StrategyChoice] {
        var choices: [StrategyCore.StrategyChoice] = []
        for var choice in given {
            guard let type = StrategyCatalog.type(id: choice.id) else {
                let names = StrategyCatalog.all.map { $0.id }.joined(separator: ", ")
                throw Failure("there is no strategy \"\(choice.id)\": there are \(names)")
            }
            let wanted = timeframe ?? choice.timeframe ?? type.timeframe
            choice.timeframe = wanted
            if wanted < finest {
                if timeframe != nil {
                    throw Failure(
                        "--timeframe \(wanted) is finer than the candles, which are \(finest): name a longer one")
                }
                choice.timeframe = finest
                remarks.append(
                    "\(choice.id) reads \(finest) candles instead of its own \(wanted): the data is no finer")
            }
            choices.append(choice)
        }
        return choices
    }

    private mutating func tape(
        _ input: Input, _ survey: CandleFileSurvey, _ timeframes: [Timeframe]
    ) throws(Failure) -> MarketTape {
        let instrument = InferredInstrument.make(
            input.symbol, venue: .recording, priceStep: survey.priceStep, volumeStep: survey.volumeStep)
        var tape = MarketTape(
            watch: .init(symbol: input.symbol, venue: .recording, sourceTimeframe: survey.timeframe),
            instrument: instrument, timeframes: timeframes, lookBack: settings.feed.lookBack, start: from)
        do throws(CandleFileError) {
            let file = try CandleFile(path: input.path, symbol: input.symbol, timeframe: survey.timeframe)
            while let candle = try file.next() {
                if let to, candle.closeTime > to { continue }
                if let sentence = tape.append(candle) { throw CandleFileError(.unusable, "\(input.path): \(sentence)") }
            }
        } catch {
            throw Failure(error.description)
        }
        tape.finish()
        guard tape.source.count > 0 else { throw Failure(emptiness(input, tape)) }
        note(tape, input.path)
        return tape
    }

    /// Why nothing of a file is played.
    private func emptiness(_ input: Input, _ tape: MarketTape) -> String {
        let refused = tape.counters.candlesRefused
        if refused > 0, let first = tape.reports.first {
            return
                "\(input.path) has no candle that can be used: all \(refused) are refused, the first because \(first)"
        }
        let range = [from.map { "from \($0)" }, to.map { "to \($0)" }].compactMap { $0 }.joined(separator: " ")
        return range.isEmpty
            ? "\(input.path) has no candles: name a file with rows below its header"
            : "\(input.path) has no candles \(range): name a range that the file covers"
    }

    /// What feed's core had to say about the rows.
    private mutating func note(_ tape: MarketTape, _ path: String) {
        let counters = tape.counters
        func say(_ count: Int, _ what: String) {
            if count > 0 { remarks.append("\(tape.symbol): \(count) \(what)") }
        }
        say(counters.candlesMissing, "candles are missing in \(counters.gaps) gaps; the warm-up begins anew after each")
        say(counters.candlesDuplicate, "rows repeat an earlier candle and are skipped")
        say(counters.candlesConflicting, "rows repeat an earlier candle with other values: the first stands")
        say(
            counters.candlesLate + counters.candlesTooOld,
            "rows are out of order: they fill the look-back, not the market")
        if counters.candlesRefused > 0, let first = tape.reports.first(where: { $0.contains("refused") }) {
            remarks.append("\(tape.symbol): \(counters.candlesRefused) rows are refused; the first: \(first)")
        }
        if tape.source.count == 1 {
            remarks.append("\(tape.symbol): one candle is no market; nothing can be decided on it")
        }
    }

    var path: IntrabarTickers.Path {
        switch settings.feed.intrabar {
        case .openHighLowClose: .highFirst
        case .openLowHighClose: .lowFirst
        case .nearestExtremeFirst: .nearestFirst
        }
    }
}
