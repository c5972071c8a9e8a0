import ArgumentParser
import CandleFiles
import Glibc
import HTTPTransport
import ServiceRuntime
import TradingModel
import Venues
import Wire

extension VenueName: ExpressibleByArgument {}

/// Where candle files are kept.
struct DataOptions: ParsableArguments {
    @Option(name: .long, help: ArgumentHelp("Where the candle files are.", valueName: "directory"))
    var directory = "data/candles"
    var store: CandleStore { CandleStore(directory: directory) }
}

struct DownloadData: DeskCommand {
    static let configuration = CommandConfiguration(
        commandName: "download-data",
        abstract: "Fetch closed candles of an exchange into files that feed and backtests play.",
        discussion: """
            Files are DIRECTORY/VENUE/BASE-QUOTE.TIMEFRAME.csv.gz. What is there already is not fetched again: a second \
            run adds what is new, a run with an earlier --since what was before, and one that was broken off goes on. \
            The exchange's request limits are kept; after a refusal nothing is sent before the time it names.

            EXAMPLES
              quartet download-data --venue binance --symbols BTC/USDT,ETH/USDT --timeframes 1m,1h --since 2025-01-01
              quartet download-data --venue bybit_linear --symbols BTC/USDT --timeframes 5m --since 2025-05-01 --until 2025-06-01
            """)
    @OptionGroup var options: SharedOptions
    @OptionGroup var data: DataOptions
    @Option(name: .long, help: "Which exchange: \(VenueName.allCases.map(\.rawValue).joined(separator: ", ")).")
    var venue: VenueName = .binance
    @Option(name: .long, help: "Symbols, separated by commas; those of the configuration where not given.")
    var symbols: String?
    @Option(name: .long, help: "Candle lengths, separated by commas.")
    var timeframes = "1m"
    @Option(name: .long, help: "The first moment, such as 2025-01-01 or 2025-01-01T12:00:00Z.")
    var since: String
    @Option(name: .long, help: "The moment at which to stop; now where not given.")
    var until: String?

    func run(at desk: Desk) async throws {
        let names = symbols.map { $0.split(separator: ",").map(String.init) } ?? desk.settings.symbols.map(\.name)
        let wanted = try names.map { (name) throws(ValidationError) in
            guard let symbol = Symbol(name) else { throw ValidationError("\"\(name)\" is no symbol such as BTC/USDT.") }
            return symbol
        }
        let lengths = try timeframes.split(separator: ",").map { (word) throws(ValidationError) in
            guard let timeframe = Timeframe(rawValue: String(word)) else {
                let known = Timeframe.allCases.map(\.rawValue)
                let near = NearestName.of(String(word), among: known).map { " Did you mean \($0)?" } ?? ""
                throw ValidationError("\"\(word)\" is none of \(known.joined(separator: ", ")).\(near)")
            }
            return timeframe
        }
        let begin = try moment(since)
        let end = try until.map(moment)
        let client = try PublicVenue(venue, desk.settings.venues[venue])
        defer { client.shut() }
        let list = try await client.instruments()
        let now = try await client.time()
        var report = CandleFileReport()
        for symbol in wanted {
            guard let entry = list.entry(for: symbol) else {
                let near = NearestName.of(symbol.name, among: list.entries.map(\.instrument.symbol.name))
                throw Failure(
                    "\(venue.rawValue) does not trade \(symbol)\(near.map { ": did you mean \($0)?" } ?? "; quartet list-symbols tells what it trades")"
                )
            }
            for timeframe in lengths {
                let series = CandleStore.Series(venue: venue.rawValue, symbol: symbol, timeframe: timeframe)
                let count = try await fetch(
                    series, entry.venueSymbol, client, from: begin, to: min(end ?? now, now), desk.output)
                report.entries.append(CandleFileReport.Entry(series, fetched: count))
            }
        }
        desk.show(report) { report in
            report.entries.map { "\($0.venue) \($0.symbol) \($0.timeframe): \($0.candles) candles fetched" }
        }
    }

    private func moment(_ text: String) throws(ValidationError) -> MarketTime {
        guard let micros = CivilTime.parse(text) else {
            throw ValidationError("\"\(text)\" is no moment such as 2025-01-01 or 2025-01-01T12:00:00Z.")
        }
        return MarketTime(micros: micros)
    }

    /// The stretches between two moments of which nothing is there, those close to each other as one: a request brings a
    /// thousand candles, and a market may have many small holes of its own.
    static func missing(
        _ there: [Candle], from begin: MarketTime, to end: MarketTime, _ timeframe: Timeframe
    ) -> [(from: MarketTime, to: MarketTime)] {
        var ranges: [(from: MarketTime, to: MarketTime)] = []
        func add(_ from: MarketTime, _ to: MarketTime) {
            if let last = ranges.last, from - last.to < timeframe.span * 1_000 {
                ranges[ranges.count - 1].to = to
            } else {
                ranges.append((from, to))
            }
        }
        let first = timeframe.openTime(containing: begin)
        var next = first < begin ? first + timeframe.span : first
        for candle in there where candle.openTime >= next && candle.openTime < end {
            if candle.openTime > next { add(next, candle.openTime) }
            next = candle.closeTime
        }
        if next < end { add(next, end) }
        return ranges
    }

    /// Fetches what is not there; how many candles came.
    private func fetch(
        _ series: CandleStore.Series, _ venueSymbol: String, _ client: PublicVenue, from begin: MarketTime,
        to end: MarketTime, _ output: Output
    ) async throws -> Int {
        let store = data.store
        try store.settle(series)
        let there = try store.read(store.path(series), series)
        let ranges = DownloadData.missing(there, from: begin, to: end, series.timeframe)
        var count = 0
        let bar = ProgressLine("\(series.venue) \(series.symbol) \(series.timeframe)")
        for (from, to) in ranges where from < to {
            guard
                var download = CandleDownload(
                    client.dialect, category: client.category, venueSymbol: venueSymbol, timeframe: series.timeframe,
                    since: from, until: to)
            else { throw Failure("\(series.venue) has no candles of \(series.timeframe): use another --timeframes") }
            while let request = download.request {
                guard case .candles(let rows) = try await client.ask(request) else {
                    throw Failure("\(series.venue) answered something else than candles")
                }
                let candles = download.take(rows, symbol: series.symbol, venue: VenueID(series.venue))
                if !candles.isEmpty { try store.append(candles, series) }
                count += candles.count
                bar.show(download.progress, "\(count) candles")
            }
        }
        bar.end()
        try store.settle(series)
        return count
    }
}

struct ListData: DeskCommand {
    static let configuration = CommandConfiguration(
        commandName: "list-data", abstract: "List the candle files that are there, with their gaps.")
    @OptionGroup var options: SharedOptions
    @OptionGroup var data: DataOptions

    func run(at desk: Desk) async throws {
        var report = CandleFileReport()
        for facts in try data.store.list() { report.entries.append(CandleFileReport.Entry(facts)) }
        desk.show(report) { report in
            var table = Table(
                "candle files",
                [
                    .left("venue"), .left("symbol"), .left("length"), .left("from"), .left("to"), .right("candles"),
                    .right("missing"), .right("bytes"),
                ], emptyText: "none in \(data.directory): quartet download-data fetches some")
            for entry in report.entries {
                table.add([
                    Cell(entry.venue), Cell(entry.symbol), Cell(entry.timeframe), Cell("\(entry.from)"),
                    Cell("\(entry.to)"), Cell("\(entry.candles)"), Cell("\(entry.missing)"), Cell("\(entry.bytes)"),
                ])
            }
            return table.lines(on: desk.canvas)
        }
    }
}

struct ImportData: DeskCommand {
    static let configuration = CommandConfiguration(
        commandName: "import-data", abstract: "Take candles of a CSV file (plain or gzip) into the candle files.",
        discussion: """
            The columns are found by their header, as for source: recording. What is there already and what comes are one \
            series afterwards; of two candles of one time the imported one stands.
            """)
    @OptionGroup var options: SharedOptions
    @OptionGroup var data: DataOptions
    @Option(name: .long, help: "Which exchange they are of.") var venue: VenueName = .binance
    @Option(name: .long, help: "Which symbol, such as BTC/USDT.") var symbol: String
    @Option(name: .long, help: "Which length, such as 1m.") var timeframe: String
    @Argument(help: "The file.") var file: String

    func run(at desk: Desk) async throws {
        let series = try CandleFileReport.series(venue, symbol, timeframe)
        let candles = try data.store.read(file, series)
        guard !candles.isEmpty else { throw Failure("\(file) is not there or holds no candles") }
        try data.store.merge(candles, series)
        var report = CandleFileReport()
        report.entries = [CandleFileReport.Entry(series, fetched: candles.count)]
        desk.show(report) { _ in ["\(candles.count) candles are in \(data.store.path(series))"] }
    }
}

struct ExportData: DeskCommand {
    static let configuration = CommandConfiguration(
        commandName: "export-data", abstract: "Write a candle file as plain CSV (or gzip, where the name ends in .gz).")
    @OptionGroup var options: SharedOptions
    @OptionGroup var data: DataOptions
    @Option(name: .long, help: "Which exchange they are of.") var venue: VenueName = .binance
    @Option(name: .long, help: "Which symbol, such as BTC/USDT.") var symbol: String
    @Option(name: .long, help: "Which length, such as 1m.") var timeframe: String
    @Argument(help: "The file to write.") var file: String

    func run(at desk: Desk) async throws {
        let series = try CandleFileReport.series(venue, symbol, timeframe)
        let candles = try data.store.read(data.store.path(series), series)
        guard !candles.isEmpty else {
            throw Failure("\(data.store.path(series)) is not there: quartet list-data tells what is")
        }
        let writer = try CandleFileWriter(path: file)
        for candle in candles { try writer.write(candle) }
        try writer.finish()
        var report = CandleFileReport()
        report.entries = [CandleFileReport.Entry(series, fetched: candles.count)]
        desk.show(report) { _ in ["\(candles.count) candles are in \(file)"] }
    }
}

struct ListVenues: DeskCommand {
    static let configuration = CommandConfiguration(
        commandName: "list-venues", abstract: "List the exchanges there are and where the configuration reaches them.")
    @OptionGroup var options: SharedOptions

    func run(at desk: Desk) async throws {
        var report = VenueReport()
        for name in VenueName.allCases {
            let venue = desk.settings.venues[name]
            let symbols = desk.settings.symbols.filter { desk.settings.feed.venue(of: $0) == name }
            report.entries.append(
                VenueReport.Entry(
                    venue: name.rawValue, rest: venue.restURL, streams: venue.wsURL,
                    symbols: desk.settings.feed.source == .live ? symbols.map(\.name).joined(separator: ",") : ""))
        }
        desk.show(report) { report in
            var table = Table("exchanges", [.left("venue"), .left("rest"), .left("streams"), .left("watched")])
            for entry in report.entries {
                table.add([Cell(entry.venue), Cell(entry.rest), Cell(entry.streams), Cell(entry.symbols)])
            }
            return table.lines(on: desk.canvas)
        }
    }
}

struct ListSymbols: DeskCommand {
    static let configuration = CommandConfiguration(
        commandName: "list-symbols", abstract: "List what an exchange trades, with its rules.",
        discussion: """
            EXAMPLE
              quartet list-symbols --venue bybit_linear --quote USDT --json | jq -r '.entries[].symbol'
            """)
    @OptionGroup var options: SharedOptions
    @Option(name: .long, help: "Which exchange: \(VenueName.allCases.map(\.rawValue).joined(separator: ", ")).")
    var venue: VenueName = .binance
    @Option(name: .long, help: "Only those quoted in this currency.") var quote: String?

    func run(at desk: Desk) async throws {
        let client = try PublicVenue(venue, desk.settings.venues[venue])
        defer { client.shut() }
        let list = try await client.instruments()
        var report = SymbolReport()
        for entry in list.entries where entry.isTrading {
            let symbol = entry.instrument.symbol
            guard quote == nil || symbol.quoteCurrency.prefix(while: { $0 != ":" }) == quote ?? "" else { continue }
            report.entries.append(SymbolReport.Entry(entry))
        }
        report.entries.sort { $0.symbol < $1.symbol }
        desk.show(report) { report in
            var table = Table(
                "symbols of \(venue.rawValue)",
                [
                    .left("symbol"), .left("name there"), .right("price step"), .right("quantity step"),
                    .right("smallest order"), .right("leverage"),
                ])
            for entry in report.entries {
                table.add([
                    Cell(entry.symbol), Cell(entry.venueSymbol), Cell("\(entry.tickSize)"), Cell("\(entry.lotSize)"),
                    Cell("\(entry.minNotional)"), Cell("\(entry.maxLeverage)"),
                ])
            }
            return table.lines(on: desk.canvas)
        }
    }
}
