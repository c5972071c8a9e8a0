import Foundation
import Indicators
import StrategyCore
import Testing
import TradingModel

/// What a run over one golden file found.
struct GoldenComparison {
    var rows = 0
    var numbers = 0
    var conditions = 0
    var tieRows = 0
    /// At most the first few, each with column, row and both values.
    var numberFaults: [String] = []
    var definitionFaults: [String] = []
    var conditionFaults: [String] = []
    var regimeFaults: [String] = []
    var worst: (column: String, share: Double) = ("", 0)
}

@Suite(.enabled(if: SharedFiles.areHere, "there is no ../shared/golden beside the repository"))
struct `golden files` {
    static let names = ["BTCUSDT-5m.csv.gz", "SHIBUSDT-5m.csv.gz", "ETHUSDT-1h.csv.gz", "BTCUSDT-4h.csv.gz"]

    @Test(arguments: names)
    func `every column is ours within its tolerance and undefined exactly where the cell is empty`(name: String) throws
    {
        let golden = try GoldenTable(name)
        #expect(golden.rowCount > 10_000)
        let comparison = try Self.compare(golden)
        #expect(comparison.rows == golden.rowCount)
        #expect(comparison.definitionFaults.isEmpty)
        #expect(comparison.numberFaults.isEmpty)
        #expect(comparison.regimeFaults.isEmpty)
        #expect(comparison.conditionFaults.isEmpty)
        print(
            "\(name): \(comparison.rows) rows, \(comparison.numbers) numbers, \(comparison.conditions) conditions,",
            "\(comparison.tieRows) conditions skipped in tie rows;",
            "worst error \(comparison.worst.share) of the tolerance, in \(comparison.worst.column)")
    }

    @Test func `the table has every golden column but the ties, in the golden order`() throws {
        let golden = try GoldenTable("BTCUSDT-4h.csv.gz")
        let columns = golden.header.filter { !$0.hasSuffix("_tie") }
        #expect(Array(IndicatorTable.header.prefix(columns.count)) == columns)
    }

    private static func compare(_ golden: GoldenTable) throws -> GoldenComparison {
        var result = GoldenComparison()
        var table = IndicatorTable()
        let header = IndicatorTable.header
        let columns = header.map { golden.column($0) ?? -1 }
        let ties = header.map { name in
            StrategyCatalog.all.first { name.hasPrefix($0.id + "_") }.flatMap { golden.column($0.id + "_tie") }
        }
        let scales = header.map(scale(of:))
        #expect(!columns.contains(-1))
        for row in 0..<golden.rowCount {
            let cells = try table.row(for: bar(golden, row))
            #expect(cells.count == header.count)
            for (index, cell) in cells.enumerated() {
                let expected = golden.cell(row, columns[index])
                let place = "\(header[index]) at \(row): ours \(cell.text), golden \(expected)"
                switch cell {
                case .word(let word):
                    if word != golden.regimes[row] { note("\(place) \(golden.regimes[row])", &result.regimeFaults) }
                case .empty:
                    if !expected.isNaN { note(place, &result.definitionFaults) }
                case .flag(let flag):
                    guard !expected.isNaN else {
                        note(place, &result.definitionFaults)
                        continue
                    }
                    if let tie = ties[index], golden.cell(row, tie) == 1 {
                        result.tieRows += 1
                    } else {
                        result.conditions += 1
                        if (expected == 1) != flag { note(place, &result.conditionFaults) }
                    }
                case .whole(let value):
                    if Double(value) != expected { note(place, &result.numberFaults) }
                case .number(let value):
                    guard !expected.isNaN else {
                        note(place, &result.definitionFaults)
                        continue
                    }
                    result.numbers += 1
                    let scale = scales[index] == .close ? golden.cell(row, 4) : scales[index].floor
                    let tolerance = scales[index] == .exact ? 0 : 1e-9 * max(abs(expected), scale)
                    if !(abs(value - expected) <= tolerance) { note(place, &result.numberFaults) }
                    if tolerance > 0, abs(value - expected) / tolerance > result.worst.share {
                        result.worst = (header[index], abs(value - expected) / tolerance)
                    }
                }
            }
            result.rows += 1
        }
        return result
    }

    private static func note(_ fault: @autoclosure () -> String, _ faults: inout [String]) {
        if faults.count < 10 { faults.append(fault()) }
    }

    private static func bar(_ golden: GoldenTable, _ row: Int) throws -> Bar {
        try Bar(
            openTime: MarketTime(micros: Int64(golden.cell(row, 0)) * 1_000), open: golden.cell(row, 1),
            high: golden.cell(row, 2), low: golden.cell(row, 3), close: golden.cell(row, 4), volume: golden.cell(row, 5)
        )
    }

    /// What a tolerance of 1e-9 is relative to, besides the value itself.
    private enum Scale: Equatable {
        case exact, value, hundred, close
        var floor: Double { self == .hundred ? 100 : 0 }
    }

    private static func scale(of name: String) -> Scale {
        func begins(_ prefixes: String...) -> Bool { prefixes.contains { name.hasPrefix($0) } }
        if begins("don_") || ["open", "high", "low", "close", "volume"].contains(name) { return .exact }
        if begins("rsi", "adx", "plus_di", "minus_di", "mfi", "stoch", "willr", "aroon", "roc", "cci") {
            return .hundred
        }
        if begins("macd", "bb_", "tpbb", "vwap_sd", "sqz_mom") { return .close }
        return .value
    }
}

@Suite(.enabled(if: SharedFiles.areHere, "there is no ../shared/golden beside the repository"))
struct `scalping books` {
    struct Case: Decodable {
        struct Expectation: Decodable {
            let usable: Bool
            let imbalance: Double?
            let spreadBps: Double?
            let enterLong: Bool
            let exitLong: Bool
            let enterShort: Bool
            let exitShort: Bool
        }
        let id: String
        let bids: [[String]]
        let asks: [[String]]
        let ema5VsEma13: String
        let ageMs: Int64
        let expect: Expectation
    }

    @Test func `all twenty-five golden books give the conditions, imbalance and spread they should`() throws {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let cases = try decoder.decode([Case].self, from: SharedFiles.bytes("scalping-books.json"))
        #expect(cases.count == 25)
        for book in cases {
            var strategy = try Scalping.make()
            let drift = ["up": 1.0, "down": -1.0, "flat": 0.0][book.ema5VsEma13] ?? .nan
            for index in 0..<20 {
                let price = 100 + drift * Double(index)
                try strategy.onCandle(.still(at: price, minute: index))
            }
            let now = MarketTime(micros: 1_700_000_000_000_000)
            var levels = OrderBook()
            levels.bids = try book.bids.map {
                BookLevel(price: try Price.parse($0[0]), quantity: try Quantity.parse($0[1]))
            }
            levels.asks = try book.asks.map {
                BookLevel(price: try Price.parse($0[0]), quantity: try Quantity.parse($0[1]))
            }
            levels.eventTime = now - .milliseconds(book.ageMs)
            strategy.onBook(levels)
            let conditions = try #require(strategy.conditions(at: now))
            #expect(conditions.enterLong == book.expect.enterLong, "\(book.id)")
            #expect(conditions.exitLong == book.expect.exitLong, "\(book.id)")
            #expect(conditions.enterShort == book.expect.enterShort, "\(book.id)")
            #expect(conditions.exitShort == book.expect.exitShort, "\(book.id)")
            let readings = strategy.indicatorReadings(at: now)
            let imbalance = readings.first { $0.name == "book_imbalance" }?.value
            let spread = readings.first { $0.name == "book_spread_bps" }?.value
            #expect((imbalance != nil) == book.expect.usable, "\(book.id)")
            #expect(isNear(imbalance, book.expect.usable ? book.expect.imbalance : nil), "\(book.id)")
            #expect(isNear(spread, book.expect.usable ? book.expect.spreadBps : nil), "\(book.id)")
        }
    }

    private func isNear(_ a: Double?, _ b: Double?) -> Bool {
        guard let a, let b else { return a == nil && b == nil }
        return abs(a - b) <= 1e-9 * max(abs(a), abs(b))
    }
}
