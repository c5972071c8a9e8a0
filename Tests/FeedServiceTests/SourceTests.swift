import CandleFiles
import FeedCore
import Foundation
import Testing
import TradingModel
import Venues
import Wire

@testable import FeedService

@Suite("Played candle files")
struct CandleSourceTests {
    func source(_ files: [(Symbol, String)], start: MarketTime? = nil) throws -> CandleSource {
        try CandleSource(
            tracks: files.map { CandleSource.Track(symbol: $0.0, path: $0.1) }, path: .nearestFirst, start: start)
    }

    @Test("Each candle becomes four tickers and itself, in order of time, and all symbols share the moments")
    func order() throws {
        try withDirectory { directory in
            let a = try write(candleFile(30, seed: 1), "a.csv", in: directory)
            let b = try write(candleFile(20, seed: 2), "b.csv", in: directory)
            let all = try source([(bitcoin, a), (ether, b)]).drain()
            #expect(all.count == 50 * 5)
            #expect(zip(all, all.dropFirst()).allSatisfy { $0.time <= $1.time })
            #expect(all.allSatisfy { $0.time == $0.event.time })
            #expect(all.prefix(10).map(\.event.symbol) == (0..<5).flatMap { _ in [bitcoin, ether] })
            #expect(Set(all.map(\.time)).count == 30 * 5)
        }
    }

    @Test("Rows that repeat or go back are delivered as candles only, and market time does not go back")
    func messy() throws {
        try withDirectory { directory in
            var lines = candleFile(20).split(separator: "\n").map(String.init)
            lines.insert(lines[5], at: 9)
            lines.insert(lines[5], at: 6)
            let all = try source([(bitcoin, try write(lines.joined(separator: "\n"), "m.csv", in: directory))]).drain()
            #expect(all.candles.count == 22)
            #expect(all.tickers.count == 80)
            #expect(zip(all, all.dropFirst()).allSatisfy { $0.time <= $1.time })
        }
    }

    @Test("A row that is no candle has no tickers")
    func nonsense() throws {
        try withDirectory { directory in
            let text = CandleFile.header + "\n1735689600000,1,2,3,1,0\n1735689660000,1,2,0.5,1,0\n"
            let all = try source([(bitcoin, try write(text, "n.csv", in: directory))]).drain()
            #expect(all.candles.count == 2)
            #expect(all.tickers.count == 4)
        }
    }

    @Test("Resumed anywhere it delivers exactly what was left", arguments: 1...25)
    func resume(seed: Int) throws {
        try withDirectory { directory in
            var generator = SeededGenerator(seed: UInt64(seed))
            let a = try write(candleFile(40, seed: 1, skipping: [7, 8, 20]), "a.csv", in: directory)
            let b = try write(candleFile(12, seed: 2, timeframe: .threeMinutes), "b.csv", in: directory)
            let all = try source([(bitcoin, a), (ether, b)]).drain()
            let position = newYear + Span(micros: Int64.random(in: 0...2_500_000_000, using: &generator))
            let resumed = try source([(bitcoin, a), (ether, b)])
            let skipped = try resumed.resume(after: position, checkpoint: nil)
            #expect(try resumed.drain().events == all.filter { $0.time > position }.events, "seed \(seed)")
            #expect(skipped.allSatisfy { $0.time <= position && $0.isTicker }, "seed \(seed)")
        }
    }

    @Test("What lies before the start is history in all timeframes, and is not played")
    func history() throws {
        try withDirectory { directory in
            let path = try write(candleFile(600), "a.csv", in: directory)
            let start = newYear + .minutes(500)
            let sample = try source([(bitcoin, path)], start: start)
            let history = try sample.history(lookBack: 1_000)
            #expect(history.filter { $0.timeframe == .oneMinute }.count == 500)
            #expect(history.filter { $0.timeframe == .fiveMinutes }.count == 100)
            #expect(history.filter { $0.timeframe == .oneHour }.count == 8)
            #expect(history.allSatisfy { $0.closeTime <= start && $0.isBackfill })
            #expect(try sample.drain().first!.time == start + .milliseconds(1))
            #expect(try source([(bitcoin, path)]).history(lookBack: 1_000).isEmpty)
        }
    }

    @Test("An error in the middle of a file names its line")
    func brokenOff() throws {
        try withDirectory { directory in
            let path = try write(candleFile(2_000) + "1735809600000,1,2,x,1,0\n", "a.csv", in: directory)
            let sample = try source([(bitcoin, path)])
            #expect { _ = try sample.drain() } throws: { "\($0)".contains("a.csv:2002: low is not a number: \"x\"") }
        }
    }
}

@Suite("Looped and limited sources")
struct LoopedSourceTests {
    @Test(
        "A second pass is the first, later by a multiple of four hours, and every moment is later than the one before")
    func loop() throws {
        try withDirectory { directory in
            let path = try write(candleFile(300), "a.csv", in: directory)
            let make = { () throws(SourceError) -> any MarketSource in
                try CandleSource(tracks: [.init(symbol: bitcoin, path: path)], path: .nearestFirst, start: nil)
            }
            let once = try make().drain()
            let looped = try LoopedSource(make)
            let twice = try looped.drain(limit: once.count * 2)
            let shift = twice[once.count].time - once[0].time
            #expect(shift == .hours(8))
            #expect(Array(twice.prefix(once.count)).events == once.events)
            #expect(Array(twice.suffix(once.count)).events == once.events.map { $0.later(by: shift) })
            #expect(zip(twice, twice.dropFirst()).allSatisfy { $0.time <= $1.time })
            for index in [10, once.count - 1, once.count, once.count + 777] {
                let resumed = try LoopedSource(make)
                _ = try resumed.resume(after: twice[index].time, checkpoint: nil)
                #expect(try resumed.nextTime() == twice.first { $0.time > twice[index].time }!.time)
            }
        }
    }

    @Test("A limited source ends with the last event at or before its end")
    func limit() throws {
        var settings = SimulatedMarket.Settings(symbols: [bitcoin], start: newYear)
        settings.tickerInterval = .seconds(20)
        let source = LimitedSource(try SimulatedSource(settings), end: newYear + .minutes(3))
        let all = try source.drain()
        #expect(all.count == 3 * 4)
        #expect(all.last!.time == newYear + .minutes(3))
        #expect(try source.nextTime() == nil)
    }
}

@Suite("Simulated source")
struct SimulatedSourceTests {
    let settings = SimulatedMarket.Settings(symbols: [bitcoin, ether], start: newYear)

    @Test("Resumed from any checkpoint, or from none, it delivers exactly what was left", arguments: 1...20)
    func resume(seed: Int) throws {
        var generator = SeededGenerator(seed: UInt64(seed))
        let whole = try SimulatedSource(settings)
        var checkpoints: [(time: MarketTime, text: String)] = []
        var all: [(time: MarketTime, event: MarketEvent)] = []
        var events: [MarketEvent] = []
        var last = MarketTime.distantPast
        while all.count < 600, let time = try whole.nextTime() {
            if let text = whole.checkpoint() { checkpoints.append((last, text)) }
            events.removeAll()
            try whole.appendNext(to: &events)
            all += events.map { (time, $0) }
            last = time
        }
        let position = all.randomElement(using: &generator)!.time
        let checkpoint = checkpoints.filter { $0.time <= position }.randomElement(using: &generator)?.text
        let resumed = try SimulatedSource(settings)
        let skipped = try resumed.resume(after: position, checkpoint: checkpoint)
        let expected = all.filter { $0.time > position }
        #expect(try resumed.drain(limit: expected.count).events == expected.events, "seed \(seed)")
        #expect(skipped.allSatisfy { $0.time <= position }, "seed \(seed)")
    }

    @Test("A ticker interval that does not divide a minute is refused with a sentence")
    func fault() {
        var odd = settings
        odd.tickerInterval = .seconds(7)
        #expect { try SimulatedSource(odd) } throws: { "\($0)".contains("a ticker every 7s does not divide a minute") }
    }
}

@Suite("Played bus recordings")
struct BusRecordingTests {
    /// The frames feed would have published for a source's events, with what else is on a bus.
    func record(_ all: [(time: MarketTime, event: MarketEvent)], to path: String) throws {
        var bytes: [UInt8] = []
        var envelope = Envelope()
        envelope.source = "feed"
        envelope.session = "test"
        for (offset, item) in all.enumerated() {
            envelope.sequence += 1
            switch item.event {
            case .ticker(let ticker): bytes += try WireMessage.encode(envelope, ticker)
            case .candle(var candle):
                bytes += try WireMessage.encode(envelope, candle)
                candle.timeframe = .fiveMinutes
                bytes += try WireMessage.encode(envelope, candle)
            }
            if offset % 7 == 0 { bytes += try WireMessage.encode(envelope, MarketClock()) }
            var foreign = envelope
            foreign.source = "risk"
            if offset % 11 == 0, case .ticker(let ticker) = item.event {
                bytes += try WireMessage.encode(foreign, ticker)
            }
        }
        try Data(bytes).write(to: URL(fileURLWithPath: path))
    }

    func sample() throws -> [(time: MarketTime, event: MarketEvent)] {
        try SimulatedSource(SimulatedMarket.Settings(symbols: [bitcoin, ether], start: newYear)).drain(limit: 1_000)
    }

    @Test("Tickers and the shortest candles come back, the rest is skipped")
    func replay() throws {
        try withDirectory { directory in
            let path = directory + "/r.frames"
            let all = try sample()
            try record(all, to: path)
            let source = try BusRecordingSource(path: path, symbols: [bitcoin, ether], start: nil)
            #expect(try source.drain().events == all.events)
            #expect(source.watches.map(\.sourceTimeframe) == [.oneMinute, .oneMinute])
            #expect(source.watches.map(\.venue) == [.simulated, .simulated])
            #expect(source.instruments.map(\.tickSize) == [Price("0.1")!, Price("0.01")!])
            let one = try BusRecordingSource(path: path, symbols: [ether], start: nil)
            #expect(try one.drain().events == all.events.filter { $0.symbol == ether })
        }
    }

    @Test("Resumed anywhere it delivers what was left, and knows the last prices", arguments: 1...10)
    func resume(seed: Int) throws {
        try withDirectory { directory in
            var generator = SeededGenerator(seed: UInt64(seed))
            let path = directory + "/r.frames"
            let all = try sample()
            try record(all, to: path)
            let position = all[Int.random(in: 100..<900, using: &generator)].time
            let source = try BusRecordingSource(path: path, symbols: [bitcoin, ether], start: nil)
            let last = try source.resume(after: position, checkpoint: nil)
            #expect(last.count == 2)
            #expect(try source.drain().events == all.filter { $0.time > position }.events, "seed \(seed)")
        }
    }

    @Test("A recording that is cut off, is no recording or has none of the symbols says so")
    func faults() throws {
        try withDirectory { directory in
            let path = directory + "/r.frames"
            try record(try sample(), to: path)
            let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
            try bytes.prefix(bytes.count - 10).write(to: URL(fileURLWithPath: directory + "/cut.frames"))
            #expect {
                try BusRecordingSource(path: directory + "/cut.frames", symbols: [bitcoin], start: nil)
            } throws: {
                "\($0)".contains("cut.frames") && "\($0)".contains("ends inside a frame")
            }
            let text = try write("hello, this is no recording at all", "text", in: directory)
            #expect { try BusRecordingSource(path: text, symbols: [bitcoin], start: nil) } throws: {
                "\($0)".contains("at most 1048576")
            }
            let none = Symbol("ADA/USDT")!
            #expect { try BusRecordingSource(path: path, symbols: [none], start: nil) } throws: {
                "\($0)".hasSuffix(
                    "has BTC/USDT, ETH/USDT, none of which is among symbols: set symbols to what shall be traded")
            }
            let empty = try write("", "empty", in: directory)
            #expect { try BusRecordingSource(path: empty, symbols: [none], start: nil) } throws: {
                "\($0)".contains("has no tickers and no candles")
            }
        }
    }
}
