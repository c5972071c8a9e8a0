import ArgumentParser
import CandleFiles
import Glibc
import SimulatedExchange
import TradingModel

/// The command line of `quartet-simulator`.
struct SimulatorOptions: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "quartet-simulator",
        abstract: "An exchange in a box: it speaks Binance's REST and WebSocket dialect, and nothing in it is real.",
        discussion: """
            Spot and USD-M futures of the same symbols, over real order books with a matching engine, driven by a seeded \
            market or by recorded candles, at 1 to 1000 times real time. It listens on this machine only, until SIGTERM.

            POINT A CLIENT AT IT
              REST          http://127.0.0.1:PORT        /api/v3, /sapi/v1, /fapi/v1 … /fapi/v3
              spot streams  ws://127.0.0.1:PORT/spot     /ws, /stream, /ws-api/v3
              USD-M streams ws://127.0.0.1:PORT/usdm     /ws, /stream
              administrator http://127.0.0.1:PORT/admin  what there is: state, faults, clock, money, keys

            EXAMPLES
              quartet-simulator                                     five symbols, from now on, at 1x
              quartet-simulator --speed 60 --start 2025-06-01 --seed 7
              quartet-simulator --speed 60 --state box.state        goes on where it was stopped
              quartet-simulator --symbol-count 200 --port 0 --ready-file /run/box.json
              quartet-simulator --candles BTC/USDT:1m=btc.csv.gz --start 2025-05-20 --speed 100
              curl -X POST localhost:8790/admin/faults -d '{"kind":"reply_lost","match":"/order","count":1}'

            docs/simulator.md has every endpoint and every fault.
            """,
        version: "0.1.0")

    @Option(help: "Port on 127.0.0.1; 0 lets the system choose, and the first line of output tells which.")
    var port = 8790
    @Option(help: "Symbols, each listed on spot and as a perpetual contract.")
    var symbols = "BTC/USDT,ETH/USDT,SOL/USDT,XRP/USDT,DOGE/USDT"
    @Option(help: "That many symbols instead, well-known ones first, then made-up ones (5 to 200).")
    var symbolCount: Int?
    @Option(help: "Seed of market, liquidity and faults.")
    var seed: UInt64 = 1
    @Option(help: "Market seconds a second, 1 to 1000; 0 stands still until POST /admin/advance.")
    var speed = 1.0
    @Option(
        help: "First moment of the market, such as 2025-06-01T00:00; now where not given, or where recordings begin.")
    var start: String?
    @Option(name: .customLong("tick"), help: "Milliseconds of market time between two prices of a symbol.")
    var tickMilliseconds = 1_000
    @Option(help: "Closed candles of each length that are there at the start.")
    var lookBack = 1_000
    @Option(name: .long, help: "Recorded candles to play instead, as SYMBOL:TIMEFRAME=FILE; may be repeated.")
    var candles: [String] = []
    @Option(help: "What each of the two accounts holds, such as USDT=10000,BTC=0.5.")
    var balances = "USDT=10000"
    @Option(help: "Key of the account; it opens nothing but this exchange.")
    var key = BoxKey.standard.key
    @Option(help: "Secret of that key.")
    var secret = BoxKey.standard.secret
    @Option(
        help:
            "Faults from the start, as POST /admin/faults takes them: JSON, such as '{\"kind\":\"all\",\"rate\":0.01}'."
    )
    var faults = ""
    @Option(
        name: .customLong("state"),
        help:
            "File from which the market goes on, where it is there, and in which it is kept, every ten seconds and at the end."
    )
    var stateFile: String?
    @Option(help: "File that is written once the exchange listens: its addresses as JSON.")
    var readyFile: String?

    /// The exchange this asks for.
    func settings() throws -> BoxSettings {
        var settings = BoxSettings(start: MarketTime(micros: MarketPace.wall()))
        settings.seed = seed
        settings.speed = speed
        settings.tickInterval = .milliseconds(Int64(tickMilliseconds))
        settings.lookBack = lookBack
        settings.faults = faults
        settings.keys = [BoxKey(key: key, secret: secret)]
        settings.symbols = try wantedSymbols()
        settings.recordings = try candles.map(recording)
        if let start {
            guard let micros = CivilTime.parse(start) else {
                throw ValidationError("the start \"\(start)\" is no moment: write 2025-06-01 or 2025-06-01T12:30")
            }
            settings.start = MarketTime(micros: micros)
        } else if let first = settings.recordings.compactMap({ $0.candles.first?.openTime }).max() {
            // The first thousand minutes are the past that a client asks for.
            settings.start = first + .hours(24)
        }
        let money = try startMoney()
        settings.spotBalances = money
        settings.futuresBalances = money
        if let fault = settings.fault { throw ValidationError(fault) }
        guard key.utf8.count >= 10, secret.utf8.count >= 10 else {
            throw ValidationError("key and secret have at least 10 characters each")
        }
        guard stateFile == nil || candles.isEmpty else {
            throw ValidationError("--state keeps the seeded market; recordings begin anew each time")
        }
        guard (0...65_535).contains(port) else {
            throw ValidationError("the port \(port) is not between 0 and 65535")
        }
        return settings
    }

    private func wantedSymbols() throws -> [Symbol] {
        if let symbolCount {
            guard (1...200).contains(symbolCount) else {
                throw ValidationError("\(symbolCount) symbols are not between 1 and 200")
            }
            let known = ["BTC", "ETH", "SOL", "XRP", "DOGE", "BNB", "ADA", "AVAX", "LINK", "LTC", "DOT", "XLM"]
            let names = known + (1...200).map { "C\($0)" }
            return names.prefix(symbolCount).compactMap { Symbol("\($0)/USDT") }
        }
        return try symbols.split(separator: ",").map { name in
            guard let symbol = Symbol(String(name)) else {
                throw ValidationError("\"\(name)\" is no symbol: write BASE/QUOTE, such as BTC/USDT")
            }
            return symbol
        }
    }

    private func startMoney() throws -> [String: Money] {
        var money: [String: Money] = [:]
        for pair in balances.split(separator: ",") {
            let parts = pair.split(separator: "=")
            guard parts.count == 2, let amount = Money(String(parts[1])), !amount.isNegative else {
                throw ValidationError("\"\(pair)\" is no balance: write ASSET=AMOUNT, such as USDT=10000")
            }
            money[String(parts[0])] = amount
        }
        return money
    }

    /// `BTC/USDT:1m=file.csv.gz`
    private func recording(_ text: String) throws -> BoxRecording {
        let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
        let names = (parts.first ?? "").split(separator: ":").map(String.init)
        guard parts.count == 2, names.count == 2, let symbol = Symbol(names[0]),
            let timeframe = Timeframe(rawValue: names[1])
        else {
            throw ValidationError("\"\(text)\" is no recording: write BTC/USDT:1m=btc.csv.gz")
        }
        let file = try CandleFile(path: parts[1], symbol: symbol, timeframe: timeframe)
        var list: [Candle] = []
        while let candle = try file.next() {
            // Rows that come twice or too late are left out: an exchange's candles have one order.
            if let last = list.last, candle.openTime <= last.openTime { continue }
            list.append(candle)
        }
        return BoxRecording(symbol: symbol, candles: list)
    }
}
