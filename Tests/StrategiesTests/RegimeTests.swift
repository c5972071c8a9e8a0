import Indicators
import StrategyCore
import Testing
import TradingModel

struct `the regime` {
    @Test func `is unknown until ADX has decided, and decides no sooner than index twenty-seven`() throws {
        var detector = RegimeDetector()
        for (index, bar) in try walk(200, seed: 51).enumerated() {
            let regime = try detector.onCandle(bar)
            if index < 27 { #expect(regime == .unknown) }
        }
        #expect(detector.regime != .unknown)
    }

    @Test func `keeps the trend between the thresholds and while the market is hot`() throws {
        var detector = RegimeDetector()
        var trend = Regime.unknown
        var counts: [Regime: Int] = [:]
        for (index, bar) in try walk(6_000, seed: 52).enumerated() {
            try detector.onCandle(bar)
            if let adx = detector.adx {
                if adx >= 25 { trend = .trending } else if adx < 20 { trend = .sideways }
            }
            #expect(detector.trend == trend)
            #expect(detector.regime == (detector.isHot ? .highVolatility : trend))
            if index < 513 { #expect(!detector.isHot) }
            counts[detector.regime, default: 0] += 1
        }
        #expect(
            (counts[.trending] ?? 0) > 100 && (counts[.sideways] ?? 0) > 100 && (counts[.highVolatility] ?? 0) > 100)
    }

    @Test func `refuses a candle that is out of order`() throws {
        var detector = RegimeDetector()
        let bars = try walk(2, seed: 53)
        try detector.onCandle(bars[1])
        #expect(throws: BarError.self) { try detector.onCandle(bars[0]) }
    }

    @Test func `activates each strategy where the table says`() {
        let table: [String: [Regime]] = [
            "momentum": [.trending], "multi_supertrend": [.trending], "adx_sma": [.trending], "ichimoku": [.trending],
            "parabolic_sar": [.trending], "trend_following": [.trending], "keltner": [.trending, .highVolatility],
            "donchian": [.trending, .highVolatility], "squeeze": [.trending, .sideways], "mean_reversion": [.sideways],
            "bandtastic": [.sideways], "vwap_reversion": [.sideways], "universal_macd": [.sideways],
            "connors_rsi2": [.trending, .sideways], "scalping": [.trending, .sideways],
            "volatility_system": [.trending, .highVolatility],
        ]
        #expect(Set(table.keys) == Set(StrategyCatalog.all.map { $0.id }))
        for (strategy, regimes) in table {
            for regime in Regime.allCases {
                #expect(
                    RegimeActivation.default.isActive(strategy, in: regime) == regimes.contains(regime),
                    "\(strategy) \(regime)")
            }
        }
        #expect(!RegimeActivation.default.isActive("nobody", in: .trending))
    }
}

struct `the indicator table` {
    @Test func `has a cell for each name of its header, and refuses a candle that is out of order`() throws {
        var table = IndicatorTable()
        let bars = try walk(230, seed: 61)
        for bar in bars {
            let row = try table.row(for: bar)
            #expect(row.count == IndicatorTable.header.count)
        }
        #expect(Set(IndicatorTable.header).count == IndicatorTable.header.count)
        #expect(IndicatorTable.strategyIDs.count == 15)
        #expect(throws: BarError.self) { try table.row(for: bars[229]) }
        #expect(throws: BarError.self) { try table.row(for: bars[0]) }
    }

    @Test func `prints cells as the golden files do`() {
        #expect(Cell.empty.text == "" && Cell.flag(true).text == "1" && Cell.flag(false).text == "0")
        #expect(Cell.number(0.1).text == "0.1" && Cell.whole(1_709_596_800_000).text == "1709596800000")
        #expect(Cell.word("trending").text == "trending")
    }
}
