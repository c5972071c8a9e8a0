import CandleFiles
import FeedCore
import Testing
import TradingModel

@testable import FeedService

/// Real candles of several exchanges: what we build from the shorter must be what they stored as the longer.
@Suite("Real candles")
struct RealCandleTests {
    /// The candles of a file through the core, longer ones as they were published.
    private func play(
        _ path: String, from: MarketTime? = nil, to: MarketTime? = nil
    ) throws -> (core: FeedCore, published: [Timeframe: [Candle]]) {
        let survey = try CandleFileSurvey(path: path, symbol: bitcoin)
        let file = try CandleFile(path: path, symbol: bitcoin, timeframe: survey.timeframe)
        var settings = FeedCore.Settings(watches: [
            .init(symbol: bitcoin, venue: .recording, sourceTimeframe: survey.timeframe)
        ])
        settings.lookBack = 1_000
        var core = FeedCore(settings: settings, startedAt: morning)
        var published: [Timeframe: [Candle]] = [:]
        var directives: [FeedCore.Directive] = []
        while let candle = try file.next() {
            if let from, candle.openTime < from { continue }
            if let to, candle.openTime >= to { break }
            directives.removeAll(keepingCapacity: true)
            core.handle(.candle(candle), at: morning, into: &directives)
            for directive in directives {
                if case .publishCandle(let candle) = directive {
                    published[candle.timeframe, default: []].append(candle)
                }
            }
        }
        return (core, published)
    }

    private func stored(_ path: String) throws -> [MarketTime: Candle] {
        let survey = try CandleFileSurvey(path: path, symbol: bitcoin)
        let file = try CandleFile(path: path, symbol: bitcoin, timeframe: survey.timeframe)
        var candles: [MarketTime: Candle] = [:]
        while let candle = try file.next() { candles[candle.openTime] = candle }
        return candles
    }

    private func prices(_ candle: Candle) -> [Price] { [candle.open, candle.high, candle.low, candle.close] }

    @Test(
        "What is built from the shorter file is what the exchange stored in the longer",
        arguments: [
            (
                "binance-usdm_BTCUSDT_1m_2025-05_2025-06", "binance-usdm_BTCUSDT_5m_2024-12_2025-08",
                Timeframe.fiveMinutes, 8_600
            ),
            ("bybit-linear_BTCUSDT_15m_2023-11_2024-12", "bybit-linear_BTCUSDT_1h_2023-11_2024-12", .oneHour, 9_500),
            ("binance-spot_BTCUSDT_1m_2021-09_2021-10", "binance-spot_BTCUSDT_1h_start_2022-12", .oneHour, 700),
            ("binance-spot_DOGEUSDT_1m_2021-09_2021-10", "binance-spot_DOGEUSDT_1h_start_2022-12", .oneHour, 700),
            ("binance-spot_SOLUSDT_1m_2021-09_2021-10", "binance-spot_SOLUSDT_1h_start_2022-12", .oneHour, 700),
            // The one with minutes twice and minutes missing: whole hours are whole.
            ("binance-spot_BTCUSDT_1m_2019-11_dups", "binance-spot_BTCUSDT_1h_start_2022-12", .oneHour, 700),
        ])
    func overlapping(short: String, long: String, timeframe: Timeframe, atLeast: Int) throws {
        guard let short = sharedCandles(short), let long = sharedCandles(long) else { return }
        let built = try play(short).published[timeframe]!.filter { $0.missing == 0 }
        let expected = try stored(long)
        let common = built.filter { expected[$0.openTime] != nil }
        #expect(common.count >= atLeast)
        let different = common.filter { candle in expected[candle.openTime].map(prices) != prices(candle) }
        #expect(different.isEmpty)
    }

    @Test(
        "Files with gaps and repetitions go through: nothing invented, nothing twice, every absence counted",
        arguments: [
            ("binance-spot_BTCUSDT_1m_2019-11_dups", 120, 120), ("unknown-exch_ZECBTC_1m_2018-01_sparse", 0, 1_691),
            ("unknown-exch_XLMBTC_1m_2018-01_sparse", 0, 25), ("bybit-linear_ETHUSDT_15m_2025-06_2025-11_gaps", 0, 14),
            ("binance-spot_ETHUSDT_5m_2020-12_2021-07_gaps", 0, 177),
        ])
    func imperfect(name: String, duplicates: Int, missing: Int) throws {
        guard let path = sharedCandles(name) else { return }
        let rows = try stored(path)
        let (core, published) = try play(path)
        #expect(core.counters.candles == rows.count)
        #expect(
            core.counters.candlesDuplicate + core.counters.candlesConflicting + core.counters.candlesLate == duplicates)
        #expect(core.counters.candlesMissing == missing)
        #expect(core.counters.candlesRefused == 0)
        let source = core.timeframes[0]
        for (timeframe, candles) in published {
            #expect(zip(candles, candles.dropFirst()).allSatisfy { $0.openTime < $1.openTime }, "\(timeframe)")
            guard timeframe != source else { continue }
            let parts = Dictionary(grouping: rows.keys) { timeframe.openTime(containing: $0) }
            let whole = Int(timeframe.span.micros / source.span.micros)
            let wrong = candles.filter { $0.missing != whole - parts[$0.openTime, default: []].count }
            #expect(wrong.isEmpty, "\(timeframe)")
            // All but the one that is still forming at the end.
            #expect(parts.count - candles.count <= 1, "\(timeframe)")
        }
    }

    @Test("Four-hour candles of ten years' hours: the absent spans are those the golden data names")
    func goldenFourHours() throws {
        guard let path = sharedCandles("binance-spot_BTCUSDT_1h_start_2022-12") else { return }
        let built = try play(path).published[.fourHours]!
        // 10,905 whole; 35 cut by an outage.
        #expect(built.count { $0.missing == 0 } == 10_905)
        #expect(built.count { $0.missing > 0 } == 35)
    }
}
