import CandleFiles
import Foundation
import Testing
import TradingModel
import Venues

@testable import OperatorCLI

private func candle(_ minute: Int64, close: String = "2") -> Candle {
    Candle(
        symbol: Symbol("BTC/USDT")!, venue: VenueID("binance"), timeframe: .oneMinute,
        openTime: MarketTime(micros: (1_735_732_800 + minute * 60) * 1_000_000), open: Price(1), high: Price(3),
        low: Price(1), close: Price(close)!, volume: Quantity("0.5")!)
}

@Suite("Candle files of download-data")
struct CandleStoreTests {
    private let series = CandleStore.Series(
        venue: "binance", symbol: Symbol("BTC/USDT")!, timeframe: .oneMinute)

    private func withStore(_ body: (CandleStore) throws -> Void) throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("quartet-\(UUID())").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        try body(CandleStore(directory: path))
    }

    @Test("what comes in pages is one ascending series in the end, a repeated candle stands once, and a gap is told")
    func pages() throws {
        try withStore { store in
            try store.append([candle(5), candle(6)], series)
            try store.append([candle(6, close: "1.5"), candle(8)], series)
            #expect(try store.list().isEmpty)
            try store.settle(series)
            try store.append([candle(1), candle(2)], series)
            try store.settle(series)
            let candles = try store.read(store.path(series), series)
            #expect(candles.map { ($0.openTime - candle(0).openTime).micros / 60_000_000 } == [1, 2, 5, 6, 8])
            #expect(candles[3].close == Price("1.5"))
            let facts = try #require(try store.list().first)
            #expect(facts.count == 5 && facts.missing == 3 && facts.series == series)
            #expect(!FileManager.default.fileExists(atPath: store.partPath(series)))
        }
    }

    @Test("what is missing is asked for, before, between and after what is there; small holes together")
    func missing() {
        func ranges(_ minutes: [Int64], _ from: Int64, _ to: Int64) -> [[Int64]] {
            DownloadData.missing(
                minutes.map { candle($0) }, from: candle(from).openTime, to: candle(to).openTime, .oneMinute
            ).map { range in [range.from, range.to].map { ($0 - candle(0).openTime).micros / 60_000_000 } }
        }
        #expect(ranges([], 0, 10) == [[0, 10]])
        #expect(ranges(Array(0..<10), 0, 10).isEmpty)
        #expect(ranges(Array(5..<10), 0, 20) == [[0, 20]])
        #expect(ranges(Array(100..<5_000), 0, 6_000) == [[0, 100], [5_000, 6_000]])
        #expect(ranges(Array(0..<2_000) + Array(2_100..<5_000), 0, 5_000) == [[2_000, 2_100]])
        #expect(ranges(Array(0..<10), 20, 30) == [[20, 30]])
    }

    @Test("a download that was cut in the middle of a line goes on with what is whole")
    func cut() throws {
        try withStore { store in
            try store.append([candle(1), candle(2)], series)
            let handle = try #require(FileHandle(forWritingAtPath: store.partPath(series)))
            try handle.seekToEnd()
            try handle.write(contentsOf: Data("17357329".utf8))
            try handle.close()
            try store.settle(series)
            #expect(try store.read(store.path(series), series).count == 2)
        }
    }

    @Test("symbols of contracts have names that are no paths, and come back as they were")
    func names() throws {
        try withStore { store in
            let contract = CandleStore.Series(
                venue: "binance_usdm", symbol: Symbol("BTC/USDT:USDT")!, timeframe: .fourHours)
            var one = candle(0)
            one.timeframe = .fourHours
            try store.merge([one], contract)
            #expect(store.path(contract).hasSuffix("binance_usdm/BTC-USDT_USDT.4h.csv.gz"))
            #expect(try store.list().first?.series == contract)
        }
    }
}

@Suite("Fetching candles page by page")
struct CandleDownloadTests {
    @Test(
        "only whole candles between the two moments come, each once, whatever the pages hold",
        arguments: VenueDialect.allCases)
    func pages(dialect: VenueDialect) throws {
        let begin = candle(0).openTime
        let end = begin + .minutes(2_500) + .seconds(30)
        var download = try #require(
            CandleDownload(
                dialect, category: .spot, venueSymbol: "BTCUSDT", timeframe: .oneMinute, since: begin, until: end))
        var all: [Candle] = []
        var requests = 0
        while let request = download.request {
            requests += 1
            let query = Dictionary(uniqueKeysWithValues: request.query.map { ($0.name, $0.value) })
            let first = try #require(Int64(query["startTime"] ?? query["start"] ?? "")) / 60_000
            let last = (query["endTime"] ?? query["end"]).flatMap { Int64($0) }.map { $0 / 60_000 } ?? first + 999
            // Of the second thousand nobody has anything but its beginning.
            let rows = (first...min(last, first + 999)).compactMap { minute -> StreamCandle? in
                let number = minute - begin.micros / 60_000_000
                guard number <= 2_501, !(1_100..<1_900).contains(number) else { return nil }
                var row = StreamCandle()
                row.openTime = MarketTime(micros: minute * 60_000_000)
                return row
            }
            all += download.take(rows, symbol: Symbol("BTC/USDT")!, venue: VenueID("x"))
            #expect(requests < 10)
            guard requests < 10 else { return }
        }
        #expect(download.progress == 1 && all.count == 2_500 - 800)
        #expect(zip(all, all.dropFirst()).allSatisfy { $0.openTime < $1.openTime })
    }
}
