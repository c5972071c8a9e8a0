import Indicators
import StrategyCore
import Testing
import TradingModel

/// What must hold for every strategy, whatever its rule.
struct `every strategy` {
    static let ids = StrategyCatalog.all.map { $0.id }

    private func run(_ id: String, _ bars: [Bar]) throws -> [StrategyConditions?] {
        var strategy = try StrategyCatalog.make(id: id)
        return try bars.map { bar in
            try strategy.onCandle(bar)
            return strategy.conditions(at: bar.openTime)
        }
    }

    @Test func `is in the catalog under its name, with its timeframe, first index and load`() throws {
        let table: [(String, Timeframe, Int, Int)] = [
            ("momentum", .fifteenMinutes, 27, 300), ("mean_reversion", .fifteenMinutes, 19, 220),
            ("scalping", .oneMinute, 12, 100), ("universal_macd", .fiveMinutes, 26, 200),
            ("multi_supertrend", .oneHour, 18, 200), ("adx_sma", .oneHour, 48, 300),
            ("bandtastic", .fifteenMinutes, 19, 40),
            ("volatility_system", .fourHours, 15, 220), ("ichimoku", .oneHour, 76, 80), ("keltner", .oneHour, 20, 220),
            ("donchian", .fourHours, 20, 25), ("parabolic_sar", .oneHour, 27, 300),
            ("trend_following", .fiveMinutes, 20, 160),
            ("connors_rsi2", .oneHour, 199, 210), ("squeeze", .oneHour, 38, 300),
            ("vwap_reversion", .fifteenMinutes, 95, 100),
        ]
        #expect(Array(Self.ids.prefix(table.count)) == table.map(\.0))
        for (id, timeframe, first, load) in table {
            let strategy = try StrategyCatalog.make(id: id)
            #expect(strategy.id == id && type(of: strategy).timeframe == timeframe)
            #expect(strategy.warmUp == first && type(of: strategy).defaultWarmUp == first, "\(id)")
            #expect(strategy.load == load, "\(id)")
            #expect(strategy.maximumEntries == (id == "volatility_system" ? 2 : 1))
        }
    }

    @Test(arguments: ids)
    func `is silent before its first index and has conditions from there on`(id: String) throws {
        let conditions = try run(id, walk(260, seed: 21))
        let first = try StrategyCatalog.make(id: id).warmUp
        #expect(conditions.firstIndex { $0 != nil } == first)
        #expect(conditions[first...].allSatisfy { $0 != nil })
    }

    @Test(arguments: ids)
    func `loads more where its periods are longer`(id: String) throws {
        let type = try #require(StrategyCatalog.type(id: id))
        let longest = type.ownParameters.filter { $0.isWhole && $0.help.contains("andles") }.map {
            ($0.name, $0.range.upperBound)
        }
        let parameters = Dictionary(
            uniqueKeysWithValues: longest.map { name, bound in
                (name, ["fast", "exit"].contains(name) ? bound / 4 : bound)
            }
        ).mapValues { $0.rounded() }
        let strategy = try StrategyCatalog.make(
            id: id, parameters: id == "ichimoku" ? ["span_b_period": 400] : parameters)
        #expect(
            strategy.warmUp > type.defaultWarmUp && strategy.load > type.defaultLoad && strategy.load > strategy.warmUp)
    }

    @Test(arguments: ids)
    func `says the same at a candle whatever comes after it`(id: String) throws {
        let (bars, others) = (try walk(500, seed: 22), try walk(500, seed: 23))
        let whole = try run(id, bars)
        for cut in [100, 230, 380] {
            #expect(Array(try run(id, Array(bars[..<cut] + others[cut...]))[..<cut]) == Array(whole[..<cut]))
        }
    }

    @Test(arguments: ids)
    func `never enters on a candle without volume, but may leave`(id: String) throws {
        let bars = try walk(4_000, seed: 24, step: 2)
        let conditions = try run(id, bars)
        let dead = zip(bars, conditions).filter { $0.0.volume == 0 }.compactMap(\.1)
        #expect(dead.count > 50)
        #expect(!dead.contains { $0.enterLong || $0.enterShort || $0.isFreshLong || $0.isFreshShort })
        if id != "volatility_system" && id != "universal_macd" && id != "donchian" {
            #expect(dead.contains { $0.exitLong || $0.exitShort })
        }
    }

    @Test(arguments: ids)
    func `refuses a candle that is out of order and is undisturbed by it`(id: String) throws {
        let bars = try walk(300, seed: 25)
        let expected = try run(id, bars)
        var strategy = try StrategyCatalog.make(id: id)
        for (index, bar) in bars.enumerated() {
            try strategy.onCandle(bar)
            #expect(throws: BarError.self) { try strategy.onCandle(bar) }
            if index > 0 { #expect(throws: BarError.self) { try strategy.onCandle(bars[index - 1]) } }
            #expect(strategy.conditions(at: bar.openTime) == expected[index])
        }
        #expect(strategy.state.order.count == 300)
    }

    @Test(arguments: ids)
    func `begins anew after a restart as if it had seen nothing`(id: String) throws {
        var strategy = try StrategyCatalog.make(id: id)
        for bar in try walk(300, seed: 26) { try strategy.onCandle(bar) }
        strategy = strategy.restarted()
        #expect(strategy.conditions(at: .distantPast) == nil && strategy.state.last == nil)
        let bars = try walk(300, seed: 27)
        let expected = try run(id, bars)
        for (index, bar) in bars.enumerated() {
            try strategy.onCandle(bar)
            #expect(strategy.conditions(at: bar.openTime) == expected[index])
        }
    }

    @Test(arguments: ids)
    func `gives exits first, no entry beside an exit of its side, and confidence within bounds`(id: String) throws {
        var strategy = try StrategyCatalog.make(id: id)
        for bar in try walk(2_000, seed: 28, step: 2) {
            try strategy.onCandle(bar)
            let signals = strategy.signals(at: bar.openTime)
            let actions = signals.map(\.action)
            #expect(actions == actions.sorted { $0.isExit && !$1.isExit })
            #expect(!(actions.contains(.enterLong) && actions.contains(.exitLong)))
            #expect(!(actions.contains(.enterShort) && actions.contains(.exitShort)))
            for signal in signals where signal.action.isEntry {
                #expect(signal.confidence >= 0.5 && signal.confidence <= 1)
                let levels = try #require(signal.levels)
                let isLong = signal.action == .enterLong
                #expect(isLong == (levels.stopLoss < bar.close) && isLong == (levels.takeProfit > bar.close))
            }
            for signal in signals where signal.action.isExit {
                #expect(signal.confidence == 0 && signal.levels == nil && !signal.isFresh)
            }
            let withoutShort = strategy.signals(at: bar.openTime, allowingShort: false)
            #expect(withoutShort == signals.filter { $0.action != .enterShort })
        }
    }

    @Test(arguments: ids)
    func `tells what it saw and the parameters it was made with`(id: String) throws {
        var strategy = try StrategyCatalog.make(id: id)
        for bar in try walk(260, seed: 29) { try strategy.onCandle(bar) }
        let readings = strategy.readings(at: .distantPast)
        let names = readings.map(\.name)
        #expect(names.first == "close" && Set(names).count == names.count, "\(names)")
        #expect(type(of: strategy).parameters.allSatisfy { names.contains($0.name) })
        #expect(readings.allSatisfy { $0.value.isFinite })
        #expect(!strategy.indicatorReadings(at: .distantPast).isEmpty)
    }

    /// Where every price equals every average, each comparison shows whether it includes equality.
    @Test(arguments: ids)
    func `in a market that stands still holds only what includes equality`(id: String) throws {
        let expected: [String: [SignalAction]] = [
            "mean_reversion": [.exitLong, .exitShort], "vwap_reversion": [.exitLong, .exitShort],
            "adx_sma": [.exitLong, .exitShort], "multi_supertrend": [.exitShort, .enterLong],
        ]
        let bars = try (0..<300).map { try Bar.still(at: 50, minute: $0) }
        let conditions = try #require(try run(id, bars).last ?? nil)
        #expect(conditions.actions == expected[id, default: []])
    }

    /// Rules whose parameters are symmetric and linear in price: the mirrored market must give the mirrored conditions.
    @Test(arguments: [
        "momentum", "mean_reversion", "adx_sma", "volatility_system", "ichimoku", "keltner", "donchian",
        "parabolic_sar",
        "trend_following", "connors_rsi2", "squeeze", "vwap_reversion",
    ])
    func `sees in a mirrored market what it saw, with the sides exchanged and equal strength`(id: String) throws {
        let bars = try walk(3_000, seed: 30)
        let mirrored = try bars.map { bar in
            try Bar(
                openTime: bar.openTime, open: 200 - bar.open, high: 200 - bar.low, low: 200 - bar.high,
                close: 200 - bar.close, volume: bar.volume)
        }
        let conditions = try run(id, bars)
        let opposite = try run(id, mirrored)
        #expect(conditions.contains { $0?.enterLong == true } && conditions.contains { $0?.enterShort == true })
        let isRelative = ["ichimoku", "donchian", "trend_following", "squeeze"].contains(id)
        for t in bars.indices {
            let (a, b) = (conditions[t], opposite[t])
            #expect(a?.enterLong == b?.enterShort && a?.exitLong == b?.exitShort, "at \(t)")
            #expect(a?.enterShort == b?.enterLong && a?.exitShort == b?.exitLong, "at \(t)")
            guard let a, let b, a.enterLong, !isRelative else { continue }
            #expect(abs(a.strengthLong - b.strengthShort) <= 1e-6 * max(1, abs(a.strengthLong)), "at \(t)")
        }
    }
}
