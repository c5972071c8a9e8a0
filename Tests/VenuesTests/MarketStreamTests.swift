import Foundation
import JSONText
import Testing
import TradingModel

@testable import Venues

/// A recording that lies beside the repository, unpacked with gzip; `nil` where it is not there.
private func recording(_ name: String) throws -> [JSONValue]? {
    let file = MessageFixtures.folder.appendingPathComponent(name)
    guard FileManager.default.fileExists(atPath: file.path) else {
        print("skipped: \(file.path) is not there")
        return nil
    }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/gzip")
    process.arguments = ["-dc", file.path]
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let data = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return try String(decoding: data, as: UTF8.self).split(separator: "\n").map { try JSONValue.parse(String($0)) }
}

private func level(_ price: String, _ quantity: String) -> BookLevel {
    BookLevel(price: Price(price)!, quantity: Quantity(quantity)!)
}

private func update(
    _ first: Int64, _ last: Int64, previous: Int64? = nil, isSnapshot: Bool = false, bids: [BookLevel] = [],
    asks: [BookLevel] = []
) -> BookUpdate {
    var update = BookUpdate()
    (update.firstID, update.lastID, update.previousID, update.isSnapshot) = (first, last, previous, isSnapshot)
    (update.bids, update.asks) = (bids, asks)
    return update
}

@Suite("Books out of snapshots and changes")
struct BookKeeperTests {
    @Test("levels are set, changed and removed in their places")
    func levels() {
        var keeper = BookKeeper(.contiguous)
        _ = keeper.apply(
            update(10, 10, isSnapshot: true, bids: [level("9", "1"), level("8", "2")], asks: [level("10", "1")]))
        #expect(
            keeper.apply(update(11, 12, bids: [level("8.5", "3"), level("9", "0")], asks: [level("9.5", "4")]))
                == .applied)
        #expect(keeper.bids == [level("8.5", "3"), level("8", "2")])
        #expect(keeper.asks == [level("9.5", "4"), level("10", "1")])
        #expect(keeper.apply(update(13, 13, bids: [level("7", "0")], asks: [level("10", "5")])) == .applied)
        #expect(keeper.asks.last == level("10", "5") && keeper.lastID == 13)
    }

    @Test("Binance spot: changes wait for the snapshot, old ones are dropped, a hole empties the book")
    func contiguous() {
        var keeper = BookKeeper(.contiguous)
        #expect(keeper.apply(update(5, 8)) == .waiting)
        #expect(keeper.apply(update(9, 12, bids: [level("1", "1")])) == .waiting)
        #expect(keeper.apply(update(10, 10, isSnapshot: true)) == .applied)
        #expect(keeper.lastID == 12 && keeper.bids == [level("1", "1")])
        #expect(keeper.apply(update(9, 12)) == .old)
        #expect(keeper.apply(update(14, 15)) == .gap(reached: 12, next: 14))
        #expect(!keeper.isSynchronized && keeper.bids.isEmpty)
        #expect(keeper.apply(update(16, 17)) == .waiting)
        #expect(keeper.apply(update(12, 12, isSnapshot: true)) == .gap(reached: 12, next: 16))
        #expect(keeper.apply(update(16, 16, isSnapshot: true)) == .applied && keeper.lastID == 17)
    }

    @Test("Binance futures: each change names the one before")
    func linked() {
        var keeper = BookKeeper(.linked)
        #expect(keeper.apply(update(90, 95, previous: 89)) == .waiting)
        #expect(keeper.apply(update(98, 103, previous: 95)) == .waiting)
        #expect(keeper.apply(update(100, 100, isSnapshot: true)) == .applied)
        #expect(keeper.lastID == 103)
        #expect(keeper.apply(update(107, 109, previous: 103)) == .applied)
        #expect(keeper.apply(update(112, 113, previous: 110)) == .gap(reached: 109, next: 110))
    }

    @Test("Bybit: messages are numbered, a snapshot may come at any time")
    func numbered() {
        var keeper = BookKeeper(.numbered)
        _ = keeper.apply(update(7, 7, isSnapshot: true, asks: [level("5", "1")]))
        #expect(keeper.apply(update(8, 8)) == .applied && keeper.apply(update(8, 8)) == .old)
        #expect(keeper.apply(update(1, 1, isSnapshot: true, asks: [level("6", "1")])) == .applied)
        #expect(keeper.asks == [level("6", "1")])
        #expect(keeper.apply(update(3, 3)) == .gap(reached: 1, next: 3))
    }

    @Test("a book whose sides cross is none")
    func crossed() {
        var keeper = BookKeeper(.numbered)
        _ = keeper.apply(update(7, 7, isSnapshot: true, bids: [level("4", "1")], asks: [level("5", "1")]))
        #expect(keeper.apply(update(8, 8, bids: [level("5", "1")])) == .crossed && !keeper.isSynchronized)
    }
}

@Suite("Real recordings")
struct RecordingTests {
    private func replay(_ name: String, _ dialect: VenueDialect, symbols: [String]) throws -> Replay? {
        guard let lines = try recording(name) else { return nil }
        var replay = Replay(dialect, symbols: symbols)
        for line in lines { try replay.take(line) }
        return replay
    }

    private struct Replay {
        var desks: [String: MarketDesk] = [:]
        let dialect: VenueDialect
        let symbols: [(venueSymbol: String, symbol: Symbol)]
        var gaps: [String] = []
        var applied = 0, tickers = 0, candles = 0, other = 0

        init(_ dialect: VenueDialect, symbols: [String]) {
            self.dialect = dialect
            self.symbols = symbols.map {
                ($0, Symbol($0.replacing("USDT", with: "/USDT").replacing("ZETH", with: "Z/ETH"))!)
            }
        }

        mutating func take(_ line: JSONValue) throws {
            let node = line.node
            let kind = try node["t"].string()
            // Bybit's spot and linear symbols have the same names: each connection is a market of its own.
            let connection = dialect == .bybit ? try node["conn"].ifPresent?.string() ?? "" : "one"
            var desk = desks[connection] ?? MarketDesk(dialect, venue: VenueID("x"), symbols: symbols)
            defer { desks[connection] = desk }
            if kind == "http", let url = try node["url"].ifPresent?.string(), url.contains("/depth?") {
                let name = try #require(url.split(separator: "symbol=").last?.prefix { $0 != "&" })
                let symbol = try #require(symbols.first { $0.venueSymbol == String(name) }).symbol
                let text = Array(try node["data"].string().utf8)
                let fact = try text.withUnsafeBytes { try BinanceStreamReader.read($0) }
                guard case .book(let snapshot) = fact else { return }
                if desk.load(snapshot, symbol: symbol) != .applied { gaps.append("snapshot of \(name)") }
                return
            }
            guard kind == "recv" else { return }
            var outputs: [MarketDesk.Output] = []
            let text = Array(try node["data"].string().utf8)
            try text.withUnsafeBytes { try desk.read($0, at: WallTime(micros: 1), into: &outputs) }
            for output in outputs {
                switch output {
                case .ticker(let ticker):
                    #expect(ticker.bid < ticker.ask)
                    tickers += 1
                case .candle: candles += 1
                case .other: other += 1
                case .book(_, .applied): applied += 1
                case .book(let symbol, .gap(let reached, let next)): gaps.append("\(symbol) \(reached) \(next)")
                case .book(let symbol, .crossed): gaps.append("\(symbol) crossed")
                case .book: break
                }
            }
        }
    }

    @Test("Binance spot replays without a gap")
    func binanceSpot() throws {
        guard
            let replay = try replay(
                "binance-spot_recording_2021-10.jsonl.gz", .binance, symbols: ["NKNUSDT", "BLZETH"])
        else { return }
        #expect(replay.gaps == [] && replay.applied > 100 && replay.tickers >= 75 && replay.other == 0)
    }

    @Test("Binance futures replays without a gap")
    func binanceFutures() throws {
        guard
            let replay = try replay(
                "binance-usdm_recording_2021-07.jsonl.gz", .binanceUSDM, symbols: ["SUSHIUSDT", "AKROUSDT"])
        else { return }
        #expect(replay.gaps == [] && replay.applied > 300 && replay.tickers > 390 && replay.other == 0)
    }

    @Test("Bybit replays without a gap, both markets")
    func bybit() throws {
        guard let replay = try replay("bybit_recording_2026-08.jsonl.gz", .bybit, symbols: ["BTCUSDT", "DOGEUSDT"])
        else { return }
        #expect(replay.gaps == [] && replay.applied == 1_094 && replay.tickers > 300)
        for desk in replay.desks.values {
            guard let book = desk.book(Symbol("BTC/USDT")!), book.isSynchronized else { continue }
            #expect(book.bids.count >= 100 && book.bids[0].price < book.asks[0].price)
        }
    }

    @Test(
        "the fast path and the tables read the same from every recorded message",
        arguments: [
            ("binance-spot_recording_2021-10.jsonl.gz", VenueDialect.binance),
            ("binance-usdm_recording_2021-07.jsonl.gz", .binanceUSDM), ("bybit_recording_2026-08.jsonl.gz", .bybit),
        ])
    func agreement(name: String, dialect: VenueDialect) throws {
        guard let lines = try recording(name) else { return }
        var compared = 0
        for line in lines where line["t"] == "recv" {
            let text = try line["data"]?.node.string() ?? ""
            var facts: [StreamFact] = []
            try Array(text.utf8).withUnsafeBytes { bytes in
                if dialect == .bybit {
                    try BybitStreamReader.read(bytes, into: &facts)
                } else {
                    facts.append(try BinanceStreamReader.read(bytes))
                }
            }
            let message = try VenueMessages.parse(text, venue: dialect, kind: .ws)
            #expect(message.unknown.isEmpty && message.type != "other", "\(message.unknown) \(text.prefix(200))")
            for (index, fact) in facts.enumerated() {
                let data = (message.data[index] ?? message.data).node
                switch fact {
                case .quote(let quote):
                    #expect(try data["bid"].ifPresent?.decimal(Price.self) == quote.bid)
                    #expect(try data["ask_quantity"].ifPresent?.decimal(Quantity.self) == quote.askQuantity)
                case .trade(let trade):
                    #expect(try data["price"].decimal(Price.self) == trade.price)
                    #expect(try data["time"].integer() == trade.time.micros)
                case .candle(let candle):
                    #expect(try data["close"].decimal(Price.self) == candle.close)
                    #expect(try data["is_closed"].bool() == candle.isClosed)
                case .book(let book):
                    #expect(try data["last_update_id"].integer() == book.lastID)
                    #expect(try data["bids"].elements().count == book.bids.count)
                case .other: continue
                }
                compared += 1
            }
        }
        #expect(compared > 200)
    }
}
