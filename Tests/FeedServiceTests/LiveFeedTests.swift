import Foundation
import HTTPTransport
import ServiceRuntime
import Testing
import TradingModel
import Wire

@testable import FeedService

private let symbols = ["BTC/USDT", "ETH/USDT", "SOL/USDT"].compactMap { Symbol($0) }

/// `exchange.py` of one dialect; it ends with this value's ``close()``.
private struct Exchange {
    let name: VenueName
    private let process = Process()
    private let input = Pipe()
    let port: Int
    private let client: HTTPClient

    init(_ name: VenueName, speed: Double = 60) throws {
        self.name = name
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("exchange.py")
        process.arguments = ["python3", script.path, name.rawValue, "\(speed)"]
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        var line = Data()
        while line.last != 10 {
            let byte = output.fileHandleForReading.readData(ofLength: 1)
            guard !byte.isEmpty else { break }
            line += byte
        }
        port = try #require(Int(String(decoding: line.dropLast(), as: UTF8.self)))
        client = try HTTPClient()
    }

    /// Makes a fault, or asks; returns the answer.
    @discardableResult func admin(_ word: String) async throws -> Any {
        let answer = try await client.send(
            HTTPRequest(url: "http://127.0.0.1:\(port)/admin/\(word)", timeout: .seconds(30)))
        return try JSONSerialization.jsonObject(with: Data(answer.body))
    }

    /// How often a path was asked for; the whole count where it is empty.
    func count(_ path: String) async throws -> Int {
        let stats = try #require(try await admin("stats") as? [String: Any])
        if path.isEmpty { return try #require(stats["requests"] as? Int) }
        return (stats["paths"] as? [String: Int])?.first { $0.key.hasSuffix(path) }?.value ?? 0
    }

    /// Closed candles as the exchange has them: open time in milliseconds and open, high, low, close, volume.
    func candles(_ symbol: Symbol, _ timeframe: Timeframe, since: MarketTime, count: Int) async throws -> [String] {
        let rows = try #require(
            try await admin(
                "candles?symbol=\(symbol.baseCurrency)&interval=\(timeframe)&since=\(since.micros / 1_000)&limit=\(count + 1)"
            )
                as? [[Any]])
        return rows.map { row in row.map { "\($0)" }.joined(separator: " ") }
    }

    func close() {
        client.shutdown()
        try? input.fileHandleForWriting.close()
        process.waitUntilExit()
    }
}

/// As ``Exchange/candles(_:_:since:count:)`` writes them.
private func lines(_ candles: [Candle]) -> [String] {
    func text(_ value: String) -> String {
        let parts = value.split(separator: ".")
        let cents = parts.count > 1 ? String(parts[1]) : ""
        return parts[0] + "." + cents + String(repeating: "0", count: 2 - cents.count)
    }
    return candles.map { candle in
        ([candle.open, candle.high, candle.low, candle.close].map { text("\($0)") } + [text("\(candle.volume)")])
            .reduce("\(candle.openTime.micros / 1_000)") { $0 + " " + $1 }
    }
}

@Suite("Feed at an exchange")
struct LiveFeedTests {
    private func settings(_ exchanges: [Exchange], in directory: String, speed: Double = 60) -> Settings {
        var settings = Settings()
        settings.symbols = symbols
        settings.dataDirectory = directory + "/data"
        settings.runDirectory = directory + "/run"
        settings.logDirectory = directory + "/log"
        settings.feed.source = .live
        settings.feed.venueSpeed = speed
        settings.feed.lookBack = 60
        settings.feed.venue = exchanges[0].name
        for exchange in exchanges {
            var venue = VenueSettings()
            venue.restURL = "http://127.0.0.1:\(exchange.port)"
            venue.wsURL = "ws://127.0.0.1:\(exchange.port)/ws"
            switch exchange.name {
            case .binance: settings.venues.binance = venue
            case .binanceUSDM: settings.venues.binanceUSDM = venue
            case .bybit: settings.venues.bybit = venue
            case .bybitLinear: settings.venues.bybitLinear = venue
            case .mexc: settings.venues.mexc = venue
            }
        }
        return settings
    }

    private func ask(
        _ consumer: Consumer, _ symbol: Symbol, _ timeframe: Timeframe, _ limit: Int
    ) async throws -> [Candle] {
        var request = CandlesRequest()
        request.symbol = symbol
        request.timeframe = timeframe
        request.limit = limit
        return try await consumer.ask(request, Candles.self).get().candles
    }

    /// All that feed remembers of every series is what the exchange has, without a hole.
    private func demandSameCandles(_ exchange: Exchange, _ consumer: Consumer, _ symbols: [Symbol]) async throws {
        for symbol in symbols {
            for timeframe in Timeframe.allCases {
                var candles = try await ask(consumer, symbol, timeframe, 60)
                // After twenty seconds feed serves what it has: on a busy machine the rest of a look-back is still to come.
                for _ in 0..<120 where candles.count < 55 {
                    _ = await listen(consumer, minutes: 1)
                    candles = try await ask(consumer, symbol, timeframe, 60)
                }
                #expect(candles.count >= 55, "\(exchange.name) \(symbol) \(timeframe)")
                let first = try #require(candles.first?.openTime)
                let own = try await exchange.candles(symbol, timeframe, since: first, count: candles.count)
                let pairs = zip(lines(candles), own)
                let different = pairs.first { $0 != $1 }
                #expect(
                    different == nil && own.count >= candles.count,
                    "\(exchange.name) \(symbol) \(timeframe) \(String(describing: different))")
            }
        }
    }

    /// Listens until market time has gone on by so many minutes from the first clock.
    private func listen(_ consumer: Consumer, minutes: Int64) async -> [Told] {
        let begin = Box<MarketTime>()
        return await consumer.listen { clock in
            guard clock.marketTime > .distantPast else { return false }
            let first = begin.take(or: clock.marketTime)
            return clock.marketTime >= first + .minutes(minutes)
        }
    }

    @Test(
        "a look-back comes from REST, candles and tickers from the streams, and all seven lengths are the exchange's own",
        .timeLimit(.minutes(5)))
    func streams() async throws {
        // They wait most of the time: all five at once.
        try await withThrowingTaskGroup(of: Void.self) { group in
            for name in VenueName.allCases { group.addTask { try await streams(name) } }
            try await group.waitForAll()
        }
    }

    private func streams(_ name: VenueName) async throws {
        let directory = makeDirectory()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let exchange = try Exchange(name)
        defer { exchange.close() }
        let settings = settings([exchange], in: directory)
        let feed = try await RunningFeed(settings)
        let consumer = try Consumer(settings)
        let told = await listen(consumer, minutes: 4)
        for symbol in symbols {
            let opens = told.compactMap { fact -> MarketTime? in
                guard case .candle(let candle) = fact, candle.symbol == symbol, candle.timeframe == .oneMinute else {
                    return nil
                }
                return candle.openTime
            }
            #expect(opens.count >= 2 && zip(opens, opens.dropFirst()).allSatisfy { $0 + .minutes(1) == $1 })
            let times = told.compactMap { fact -> MarketTime? in
                guard case .ticker(let ticker) = fact, ticker.symbol == symbol else { return nil }
                #expect(ticker.bid < ticker.ask && ticker.venue == name.id)
                return ticker.eventTime
            }
            #expect(!times.isEmpty && zip(times, times.dropFirst()).allSatisfy { $0 < $1 })
        }
        try await demandSameCandles(exchange, consumer, symbols)
        await consumer.close()
        await feed.stop()
    }

    @Test("what a stream loses is fetched, and a lost, a silent and a refused connection heal", .timeLimit(.minutes(5)))
    func heals() async throws {
        let directory = makeDirectory()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let exchange = try Exchange(.binance)
        defer { exchange.close() }
        let settings = settings([exchange], in: directory)
        let feed = try await RunningFeed(settings)
        let consumer = try Consumer(settings)
        _ = await listen(consumer, minutes: 1)
        try await exchange.admin("twice")
        try await exchange.admin("lose?n=4")
        try await exchange.admin("garbage")
        try await exchange.admin("limit")
        let early = try Consumer(settings)
        _ = await listen(early, minutes: 3)
        try await exchange.admin("once")
        try await exchange.admin("drop")
        let late = try Consumer(settings)
        let told = await listen(late, minutes: 5)
        for symbol in symbols {
            #expect(told.contains { if case .ticker(let ticker) = $0 { ticker.symbol == symbol } else { false } })
        }
        try await demandSameCandles(exchange, consumer, symbols)
        for each in [consumer, early, late] { await each.close() }
        await feed.stop()
    }

    @Test("polling alone brings the same candles", .timeLimit(.minutes(5)))
    func polls() async throws {
        let directory = makeDirectory()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let exchange = try Exchange(.bybit)
        defer { exchange.close() }
        var settings = settings([exchange], in: directory)
        settings.feed.transport = .poll
        let feed = try await RunningFeed(settings)
        let consumer = try Consumer(settings)
        let told = await listen(consumer, minutes: 3)
        #expect(told.contains { if case .ticker = $0 { true } else { false } })
        let stats = try #require(try await exchange.admin("stats") as? [String: Any])
        #expect(stats["connections"] as? Int == 0)
        try await demandSameCandles(exchange, consumer, symbols)
        await consumer.close()
        await feed.stop()
    }

    @Test("a restart asks only for what came since, and knows everything again", .timeLimit(.minutes(5)))
    func restarts() async throws {
        let directory = makeDirectory()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let exchange = try Exchange(.mexc)
        defer { exchange.close() }
        let settings = settings([exchange], in: directory)
        var rows: [Int] = []
        for _ in 1...2 {
            let feed = try await RunningFeed(settings)
            let consumer = try Consumer(settings)
            _ = await listen(consumer, minutes: 2)
            try await demandSameCandles(exchange, consumer, symbols)
            let stats = try #require(try await exchange.admin("stats") as? [String: Any])
            rows.append(try #require(stats["rows"] as? Int))
            await consumer.close()
            await feed.stop()
        }
        #expect(rows[1] - rows[0] < rows[0] / 2, "\(rows)")
    }

    @Test("the death of one exchange leaves the symbols of the other untouched", .timeLimit(.minutes(5)))
    func severalVenues() async throws {
        let directory = makeDirectory()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let healthy = try Exchange(.binance)
        defer { healthy.close() }
        let dying = try Exchange(.bybitLinear)
        defer { dying.close() }
        var settings = settings([healthy, dying], in: directory)
        settings.feed.venues = [symbols[2]: .bybitLinear]
        let feed = try await RunningFeed(settings)
        let consumer = try Consumer(settings)
        _ = await listen(consumer, minutes: 1)
        try await dying.admin("down")
        try await dying.admin("drop")
        let second = try Consumer(settings)
        // Longer than any patience: eleven seconds of ours.
        let told = await listen(second, minutes: 11)
        for symbol in symbols[..<2] {
            let candles = told.count { if case .candle(let candle) = $0 { candle.symbol == symbol } else { false } }
            #expect(candles >= 5)
        }
        try await demandSameCandles(healthy, consumer, Array(symbols[..<2]))
        try await dying.admin("up")
        let third = try Consumer(settings)
        _ = await third.listen { _ in true }
        // It comes back by itself, with all that was missed.
        var isBack = false
        while !isBack {
            let candles = try await ask(third, symbols[2], .oneMinute, 1)
            let newest = try await ask(third, symbols[0], .oneMinute, 1)
            isBack = (candles.last?.openTime ?? .distantPast) >= (newest.last?.openTime ?? .distantPast) - .minutes(2)
        }
        try await demandSameCandles(dying, third, [symbols[2]])
        for each in [consumer, second, third] { await each.close() }
        await feed.stop()
    }
}

/// A value that is set once.
private final class Box<Value: Sendable>: @unchecked Sendable {
    private let lock = NSLock()
    private var value: Value?
    /// The value, which is this one where there was none.
    func take(or new: Value) -> Value {
        lock.withLock {
            if value == nil { value = new }
            return value ?? new
        }
    }
}
