import Testing
import TradingModel

@testable import ServiceRuntime

@Suite struct ZoneTests {
    private static let hasDatabase = ZoneTable(named: "Europe/Berlin") != nil

    private func hours(_ zone: ZoneTable, _ moment: String) throws -> Double {
        Double(zone.offset(atMicros: try #require(CivilTime.parse(moment))).micros) / 3_600_000_000
    }

    @Test("fixed distances need no database, and no name leads out of it")
    func fixed() {
        #expect(ZoneTable(named: "UTC") == .utc)
        #expect(ZoneTable(named: "+05:30")?.initial == .minutes(330))
        for name in ["", "/etc/passwd", "../passwd", "Europe/../../etc/passwd", "Europe", "tzdata.zi", "Berlin"] {
            #expect(ZoneTable(named: name) == nil, "\(name)")
        }
    }

    @Test("daylight saving begins and ends at the minute", .enabled(if: hasDatabase))
    func daylightSaving() throws {
        let berlin = try #require(ZoneTable(named: "Europe/Berlin"))
        #expect(try hours(berlin, "2025-03-30T00:59:59") == 1)
        #expect(try hours(berlin, "2025-03-30T01:00:00") == 2)
        #expect(try hours(berlin, "2025-10-26T00:59:59") == 2)
        #expect(try hours(berlin, "2025-10-26T01:00:00") == 1)
        let newYork = try #require(ZoneTable(named: "America/New_York"))
        #expect(try hours(newYork, "2025-03-09T06:59:59") == -5)
        #expect(try hours(newYork, "2025-03-09T07:00:00") == -4)
        // Beyond the listed changes the rule speaks.
        #expect(try hours(newYork, "2060-07-01") == -4 && hours(newYork, "2060-12-01") == -5)
        let lordHowe = try #require(ZoneTable(named: "Australia/Lord_Howe"))
        #expect(try hours(lordHowe, "2050-01-15") == 11 && hours(lordHowe, "2050-07-15") == 10.5)
        #expect(try hours(try #require(ZoneTable(named: "Asia/Kathmandu")), "2025-01-01") == 5.75)
        // Ireland's winter is the exception and its summer the standard.
        let dublin = try #require(ZoneTable(named: "Europe/Dublin"))
        #expect(try hours(dublin, "2050-01-15") == 0 && hours(dublin, "2050-07-15") == 1)
    }

    @Test("the rule says what the list says", .enabled(if: hasDatabase))
    func ruleAgreesWithList() throws {
        for (name, text) in [
            ("Europe/Berlin", "CET-1CEST,M3.5.0,M10.5.0/3"), ("America/New_York", "EST5EDT,M3.2.0,M11.1.0"),
            ("Australia/Lord_Howe", "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0"),
        ] {
            let zone = try #require(ZoneTable(named: name))
            let rule = try #require(ZoneRule(text))
            for change in rule.changes(years: 2010...2036) {
                #expect(zone.changes.contains(change), "\(name) \(CivilTime(micros: change.startMicros).iso8601)")
            }
        }
    }

    @Test("days that never count or count 29 February")
    func days() throws {
        let julian = try #require(ZoneRule("AAA0BBB,J60/0,J305/0"))
        let starts = julian.changes(years: 2023...2024).map { CivilTime(micros: $0.startMicros).iso8601 }
        #expect(starts[0] == "2023-03-01T00:00:00Z" && starts[2] == "2024-03-01T00:00:00Z")
        let zeroBased = try #require(ZoneRule("AAA0BBB,59/0,304/0"))
        let days = zeroBased.changes(years: 2023...2024).map { CivilTime(micros: $0.startMicros).iso8601 }
        #expect(days[0] == "2023-03-01T00:00:00Z" && days[2] == "2024-02-29T00:00:00Z")
        for text in ["", "1", "AAA", "AAA0BBB", "AAA0BBB,M13.1.0,M1.1.0", "AAA0BBB,M3.5.0", "AAA0BBB,M3.5.0,M10.5.0x"] {
            #expect(ZoneRule(text) == nil || ZoneRule(text)?.changes(years: 2025...2025).isEmpty == true, "\(text)")
        }
    }

    @Test("damaged files are no zones")
    func damage() {
        #expect(ZoneFile.table([]) == nil)
        #expect(ZoneFile.table(Array("TZif2".utf8)) == nil)
        var header = Array("TZif2".utf8) + [UInt8](repeating: 0, count: 39)
        header[43] = 200
        #expect(ZoneFile.table(header) == nil)
        guard case .success(let bytes) = FileBytes.read("/usr/share/zoneinfo/Europe/Berlin", atMost: 1 << 20) else {
            return
        }
        for length in stride(from: 0, to: bytes.count - 1, by: 7) {
            // Cut before the rule it may still be a zone; it never traps.
            _ = ZoneFile.table(Array(bytes[..<length]))
        }
    }

    @Test("a protection is read with freqtrade's key names")
    func protections() throws {
        let text = """
            risk:
              protections:
                - {method: StoplossGuard, lookback_period_candles: 24, trade_limit: 4, stop_duration_candles: 4, only_per_pair: false}
                - {method: CooldownPeriod, stop_duration: 20}
                - {method: MaxDrawdown, timeframe: 1h, lookback_period_candles: 48, trade_limit: 20, stop_duration_candles: 4, max_allowed_drawdown: 0.2}
                - {method: LowProfitPairs, lookback_period: 360, trade_limit: 2, stop_duration: 60, required_profit: 0.02, only_per_side: true}
            """
        let protections = try SettingsLoader.load(text: text).settings.risk.protections
        #expect(protections.map(\.method) == [.stoplossGuard, .cooldownPeriod, .maxDrawdown, .lowProfitPairs])
        #expect(protections.map(\.lookbackMinutes) == [120, 60, 2_880, 360])
        #expect(protections.map(\.stopMinutes) == [20, 20, 240, 60])
        #expect(protections.map(\.tradeLimit) == [4, nil, 20, 2])
        #expect(protections[3].requiredProfit == Ratio("0.02") && protections[3].onlyPerSide)
        #expect(protections[2].maxAllowedDrawdown == Ratio("0.2"))
        let fromEnvironment = try ProtectionSetting(raw: .text(protections[3].text))
        #expect(fromEnvironment == protections[3])
        for wrong in [
            "[{stop_duration: 5}]", "[{method: Cooldown}]", "[{method: CooldownPeriod, stop: 5}]",
            "[{method: CooldownPeriod, stop_duration: 0}]",
        ] {
            #expect(throws: SettingsError.self) { try SettingsLoader.load(text: "risk: {protections: \(wrong)}") }
        }
    }
}
