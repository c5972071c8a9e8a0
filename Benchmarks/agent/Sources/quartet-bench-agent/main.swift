import AgentCore
import Glibc
import JSONText
import TradingModel

// quartet-bench-agent FILE ROUNDS: parses each answer of a file of JSON lines, and builds a prompt of ten symbols; prints
// `name <tab> nanoseconds`, the best round of each, processor time.

func processorNanoseconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) * 1e9 + Double(time.tv_nsec)
}

func readLines(_ file: String) -> [[UInt8]] {
    guard let handle = fopen(file, "r") else { return [] }
    defer { fclose(handle) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while case let count = fread(&buffer, 1, buffer.count, handle), count > 0 { bytes += buffer[..<count] }
    return bytes.split(separator: 0x0a).map { Array($0) }
}

/// Nanoseconds of one call, the best of some rounds of at least a few milliseconds.
func measure(_ rounds: Int, _ body: () -> Void) -> Double {
    var repeats = 1
    var best = Double.infinity
    for round in 0..<(rounds + 3) {
        let start = processorNanoseconds()
        for _ in 0..<repeats { body() }
        let each = (processorNanoseconds() - start) / Double(repeats)
        repeats = max(1, min(200_000, Int(3e6 / max(each, 1))))
        if round >= 3 { best = min(best, each) }
    }
    return best
}

let file = CommandLine.arguments.count > 1 ? CommandLine.arguments[1] : "answers.jsonl"
let rounds = CommandLine.arguments.count > 2 ? Int(CommandLine.arguments[2]) ?? 5 : 5
let symbols = ["BTC", "ETH", "SOL", "BNB", "XRP", "DOGE", "ADA", "AVAX", "LINK", "DOT"].compactMap { Symbol($0 + "/USDT") }
var parser = AnswerParser(context: AnswerContext(symbols: symbols))
var decided = 0
for line in readLines(file) {
    guard let value = try? JSONValue.parse(line), case .string(let name) = value["name"],
        case .string(let text) = value["raw_text"]
    else { continue }
    let bytes = Array(text.utf8)
    let best = measure(rounds) {
        let answer = bytes.withUnsafeBufferPointer { parser.parse($0) }
        if answer.outcome == .decided { decided &+= 1 }
    }
    print("\(name)\t\(best)")
}

// A third word measures answers only, for a profiler.
if CommandLine.arguments.count > 3 { exit(0) }

func panel(_ symbol: Symbol, _ timeframe: Timeframe, _ base: Int) -> TimeframeBrief {
    var panel = MarketPanel(timeframe: timeframe)
    for index in 0..<120 {
        let close = Price(base) + Price([0, 3, 5, 4, 1, -2, -4, -3][index % 8] + index / 5)
        panel.take(
            Candle(
                symbol: symbol, venue: .simulated, timeframe: timeframe,
                openTime: MarketTime(micros: timeframe.span.micros * Int64(index + 1)), open: close, high: close + Price(2),
                low: close - Price(2), close: close, volume: Quantity(10)))
    }
    return panel.brief
}

let markets = symbols.map { symbol in
    MarketBrief(
        symbol: symbol, lastPrice: Price(1_000), change24h: Ratio("0.025"),
        timeframes: Timeframe.allCases.map { panel(symbol, $0, 1_000) }, funding: Ratio("0.0001"),
        book: BookBrief(bidDepth: Money(2_500_000), askDepth: Money(2_300_000)))
}
let input = PromptInput(
    time: MarketTime(micros: 1_760_000_400_000_000), account: AccountBrief(equity: Money(10_000), availableCash: Money(9_000)),
    markets: markets)
let builder = PromptBuilder(tokenBudget: 1_000_000)
var bytes = 0
let build = measure(rounds) { bytes = (try? builder.build(input))?.messages.reduce(0) { $0 + $1.content.utf8.count } ?? 0 }
print("prompt.10\t\(build)")
print("#\tprompt of ten symbols: \(bytes) bytes; \(decided > 0 ? "answers were decided" : "no answer was decided")")
