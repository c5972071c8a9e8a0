import CandleFiles
import FeedCore
import Foundation
import ServiceRuntime
import Testing
import TradingModel
import Venues
import Wire

@testable import FeedService

@Suite("Feed's shell on a real bus", .timeLimit(.minutes(20)))
struct FeedShellTests {
    /// Attentive for a while now and then, as with positions open.
    @Sendable static func attentive(_ step: Int) -> Bool { step / 8 % 3 == 1 }

    /// Plays a configuration to the end in lock-step and returns all that was told.
    private func play(_ settings: Settings) async throws -> [Told] {
        let feed = try await RunningFeed(settings)
        let consumer = try Consumer(settings)
        let told = await consumer.listen(isAttentive: Self.attentive) { $0.isFinished }
        await consumer.close()
        await feed.stop()
        return told
    }

    private func twoFiles(in directory: String) throws -> [Symbol: String] {
        [
            bitcoin: try write(candleFile(150, seed: 1, skipping: [40, 41, 42]), "a.csv", in: directory),
            ether: try write(candleFile(130, seed: 2), "b.csv", in: directory),
        ]
    }

    @Test("In lock-step everything is told once, in order, and a second run tells the very same")
    func lockStep() async throws {
        let directory = makeDirectory()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let files = try twoFiles(in: directory)
        let first = try await play(playing(files, speed: 0, in: directory + "/1"))
        let second = try await play(playing(files, speed: 0, in: directory + "/2"))
        #expect(first == second)

        let tracks = files.sorted { $0.key < $1.key }.map { CandleSource.Track(symbol: $0.key, path: $0.value) }
        let source = try CandleSource(tracks: tracks, path: .nearestFirst, start: nil).drain()
        let tickers = first.compactMap { if case .ticker(let ticker) = $0 { ticker } else { nil } }
        #expect(tickers == source.tickers)
        let candles = first.compactMap { if case .candle(let candle) = $0 { candle } else { nil } }
        #expect(candles.filter { $0.timeframe == .oneMinute } == source.candles)
        #expect(candles.filter { $0.symbol == ether && $0.timeframe == .fiveMinutes }.count == 26)
        let clocks = first.compactMap { if case .clock(let clock) = $0 { clock } else { nil } }
        #expect(clocks.count > 40)
        #expect(clocks.map(\.step) == (1...clocks.count).map { $0 })
        #expect(zip(clocks, clocks.dropFirst()).allSatisfy { $0.marketTime < $1.marketTime })
        #expect(clocks.map(\.isFinished) == Array(repeating: false, count: clocks.count - 1) + [true])
        #expect(clocks.last!.marketTime == newYear + .minutes(150))
    }

    @Test("Every event of a step lies after the clock before and not after its own")
    func bounds() async throws {
        let directory = makeDirectory()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        var (begin, pending) = (MarketTime.distantPast, [MarketTime]())
        for item in try await play(playing(try twoFiles(in: directory), speed: 0, in: directory)) {
            switch item {
            case .ticker(let ticker): pending.append(ticker.eventTime)
            case .candle(let candle):
                // One that closes because a later one came is older than the step.
                if candle.missing == 0 { pending.append(candle.closeTime) }
            case .clock(let clock):
                let (from, to) = (begin, clock.marketTime)
                let outside = pending.filter { $0 <= from || $0 > to }
                #expect(outside.isEmpty)
                (begin, pending) = (to, [])
            }
        }
    }

    @Test(
        "Killed while it waits in any step and started again on what was on the disk, feed goes on as if nothing had been",
        arguments: [1, 2, 5, 9, 13, 20, 35], [FeedSource.recording, .simulated])
    func killed(step: Int, source: FeedSource) async throws {
        let directory = makeDirectory()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let files = try twoFiles(in: directory)
        func settings(_ name: String) -> Settings {
            var settings = playing(files, speed: 0, in: directory + "/" + name)
            settings.feed.source = source
            settings.feed.tickerIntervalMillis = 15_000
            settings.feed.durationMinutes = 120
            settings.feed.lookBack = 60
            return settings
        }
        let whole = try await play(settings("whole"))

        let feed = try await RunningFeed(settings("killed"))
        let consumer = try Consumer(settings("killed"))
        let before = await consumer.listen(isAttentive: Self.attentive) { $0.step == step || $0.isFinished }
        // What a killed process leaves behind is what is in its files now.
        try FileManager.default.createDirectory(atPath: directory + "/again", withIntermediateDirectories: true)
        try FileManager.default.copyItem(
            atPath: settings("killed").dataDirectory, toPath: settings("again").dataDirectory)
        await consumer.close()
        await feed.stop()

        // The step under way is told again, as far as the new consumer hears it in time, and then the rest.
        let after = try await play(settings("again"))
        let rest = after.drop { item in
            if case .clock(let clock) = item { return clock.step != step }
            return true
        }
        #expect(before + rest.dropFirst() == whole)
        #expect(rest.count > 1)
    }

    @Test("Paced, the look-back at the end is what a naive aggregation of the file gives")
    func paced() async throws {
        let directory = makeDirectory()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let path = try write(candleFile(700), "a.csv", in: directory)
        let settings = playing([bitcoin: path], speed: 50_000, in: directory)
        let feed = try await RunningFeed(settings)
        let consumer = try Consumer(settings)
        let told = await consumer.listen { $0.isFinished }
        let clocks = told.compactMap { if case .clock(let clock) = $0 { clock } else { nil } }
        #expect(zip(clocks, clocks.dropFirst()).allSatisfy { $0.marketTime <= $1.marketTime })
        #expect(clocks.allSatisfy { $0.rate == 50_000 && $0.step == nil })

        let snapshot = try await consumer.ask(FeedSnapshotRequest(), FeedSnapshot.self).get()
        #expect(snapshot.clock.isFinished)
        #expect(snapshot.timeframes == Timeframe.allCases)
        #expect(snapshot.instruments.map(\.symbol) == [bitcoin])
        #expect(snapshot.tickers.map(\.eventTime) == [newYear + .minutes(700) - .milliseconds(1)])
        let file = try CandleFile(path: path, symbol: bitcoin, timeframe: .oneMinute)
        var rows: [Candle] = []
        while let candle = try file.next() { rows.append(candle) }
        for (timeframe, count) in [
            (Timeframe.oneMinute, 700), (.threeMinutes, 233), (.fiveMinutes, 140), (.oneHour, 11), (.fourHours, 2),
        ] {
            var request = CandlesRequest()
            (request.symbol, request.timeframe) = (bitcoin, timeframe)
            let reply = try await consumer.ask(request, Candles.self).get()
            #expect(reply.candles.count == count)
            #expect(reply.sequence == snapshot.sequences.first { $0.topic == "candle.BTC/USDT.\(timeframe)" }?.sequence)
            let length = Int(timeframe.span.micros / 60_000_000)
            for (index, candle) in reply.candles.enumerated() {
                let part = rows[index * length..<(index + 1) * length]
                let isSum =
                    candle.open == part.first!.open && candle.close == part.last!.close
                    && candle.high == part.map(\.high).max()!
                    && candle.low == part.map(\.low).min()! && candle.volume == part.reduce(.zero) { $0 + $1.volume }
                if !isSum { Issue.record("\(candle)") }
            }
        }
        await consumer.close()
        await feed.stop()
    }

    @Test("What cannot be answered is refused with a sentence")
    func refusals() async throws {
        let directory = makeDirectory()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let path = try write(candleFile(20, timeframe: .fiveMinutes), "a.csv", in: directory)
        let settings = playing([bitcoin: path], speed: 0, in: directory)
        let feed = try await RunningFeed(settings)
        let consumer = try Consumer(settings)
        func sentence(_ symbol: Symbol, _ timeframe: Timeframe, _ limit: Int) async -> String? {
            var request = CandlesRequest()
            (request.symbol, request.timeframe, request.limit) = (symbol, timeframe, limit)
            if case .failure(let error) = await consumer.ask(request, Candles.self) { return error.sentence }
            return nil
        }
        #expect(await sentence(bitcoin, .fiveMinutes, 1_001) == "limit is 1001, but must be 1 to 1000")
        #expect(await sentence(bitcoin, .fiveMinutes, 0) == "limit is 0, but must be 1 to 1000")
        #expect(
            await sentence(bitcoin, .oneMinute, 5) == "feed builds no 1m candles of BTC/USDT, only 5m, 15m, 30m, 1h, 4h"
        )
        #expect(await sentence(ether, .fiveMinutes, 5) == "feed does not watch ETH/USDT: it has BTC/USDT")
        #expect(await sentence(bitcoin, .fiveMinutes, 1_000) == nil)
        let ahead = await consumer.ask(Barrier(step: 9, isAttentive: false), Acknowledgement.self)
        #expect(ahead == .failure(RefusalError(sentence: "step 9 is finished before it began: feed is at step 1")))
        #expect(
            await consumer.ask(Barrier(step: 1, isAttentive: false), Acknowledgement.self)
                == .success(Acknowledgement()))
        #expect(
            await consumer.ask(Barrier(step: 1, isAttentive: false), Acknowledgement.self)
                == .success(Acknowledgement()))
        let snapshot = try await consumer.ask(FeedSnapshotRequest(), FeedSnapshot.self).get()
        #expect(snapshot.clock.step == 2, "a repeated barrier does not skip a step")
        await consumer.close()
        await feed.stop()
    }

    @Test("A store of another market is refused and left as it is")
    func foreignStore() async throws {
        let directory = makeDirectory()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        var settings = Settings()
        settings.symbols = [bitcoin]
        (settings.dataDirectory, settings.runDirectory, settings.logDirectory) = (
            directory + "/data", directory + "/run", directory + "/log"
        )
        settings.feed.lookBack = 50
        let feed = try await RunningFeed(settings)
        await feed.stop()
        settings.feed.seed = 2
        await #expect {
            let other = try await RunningFeed(settings)
            await other.stop()
        } throws: {
            ($0 as? ServiceFailure)?.status == .configuration
                && "\($0)".contains("holds another market (simulated seed=1") && "\($0)".contains("(simulated seed=2")
        }
        settings.feed.seed = 1
        let back = try await RunningFeed(settings)
        await back.stop()
    }
}
