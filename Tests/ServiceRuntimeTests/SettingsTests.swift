import Foundation
import Testing
import TradingModel

@testable import ServiceRuntime

@Suite("Settings")
struct SettingsTests {
    @Test("an empty, a blank, a commented and an absent file trade on paper with every default")
    func emptyFiles() throws {
        for text in [
            "", "\n\n", "# nothing\n", "---\n", "\u{FEFF}# with a byte order mark\n", "risk:\nfeed:\n  # nothing yet\n",
        ] {
            let loaded = try SettingsLoader.load(text: text)
            #expect(loaded.settings == Settings(), "\(text)")
            #expect(loaded.settings.mode == .paper)
        }
        let absent = try SettingsLoader.load(environment: [:], searchPath: ["/nowhere/quartet.yaml"])
        #expect(absent.settings == Settings())
        #expect(absent.file == nil)
    }

    @Test("every default lies within its own range and survives a round trip through file and environment")
    func defaultsAreLegal() throws {
        var visitor = DescribingVisitor()
        var settings = Settings()
        settings.visit(&visitor)
        #expect(visitor.items.count > 60)
        #expect(Set(visitor.items.map(\.key)).count == visitor.items.count)
        let environment = Dictionary(
            uniqueKeysWithValues: visitor.items.map { (SettingsEnvironment.variable(for: $0.key), $0.text) })
        #expect(try SettingsLoader.load(environment: environment, searchPath: []).settings == Settings())
        let uncommented = SettingsDocument.example().split(separator: "\n", omittingEmptySubsequences: false).dropFirst(
            2
        )
        .map { $0.hasPrefix("# ") ? String($0.dropFirst(2)) : String($0) }
        .filter { $0.contains(":") && !$0.hasSuffix(".") }.joined(separator: "\n")
        let loaded = try SettingsLoader.load(text: uncommented)
        #expect(loaded.settings == Settings())
        for row in SettingsReport.rows(of: loaded) {
            #expect(row.origin.hasPrefix("quartet.yaml:"), "\(row.key) \(row.origin)")
        }
    }

    @Test("a box can stand in an exchange's place, and each symbol has its venue")
    func venuesAreConfigured() throws {
        let text = """
            symbols: [BTC/USDT, ETH/USDT]
            feed: {source: live, venues: {ETH/USDT: bybit_linear}}
            venues: {binance: {rest_url: "http://127.0.0.1:8080", ws_url: "ws://[::1]:8081/ws", proxy: "socks5h://p:1"}}
            """
        let settings = try SettingsLoader.load(
            text: text,
            environment: ["QUARTET_VENUES_MEXC_REST_URL": "https://mirror.example", "QUARTET_FEED_VENUE_SPEED": "60"]
        ).settings
        #expect(settings.venues[.binance].restURL == "http://127.0.0.1:8080")
        #expect(settings.venues[.binance].wsURL == "ws://[::1]:8081/ws")
        #expect(settings.venues[.binance].proxy == "socks5h://p:1")
        #expect(settings.venues[.mexc].restURL == "https://mirror.example")
        #expect(settings.venues[.bybitLinear].wsURL == "wss://stream.bybit.com/v5/public/linear")
        let symbols = settings.symbols
        #expect(symbols.map { settings.feed.venue(of: $0) } == [.binance, .bybitLinear])
        // A box that runs sixty times as fast is no clock to compare ours with.
        #expect(!settings.feed.isLive)
        #expect(settings.feed.marketSpeed == 60)
    }

    @Test("percentages, amounts and ratios are exact decimals")
    func exactNumbers() throws {
        let text = """
            risk: {max_daily_loss_pct: 3.3, ladder: {10: 2.5, 20: 12.5}, min_reward_to_risk: 1.1}
            execution: {starting_balance: 12345.67890123456789}
            """
        let loaded = try SettingsLoader.load(text: text)
        #expect(loaded.settings.risk.maxDailyLossPct.ratio == Ratio("0.033"))
        #expect(loaded.settings.risk.ladder.tiers.map(\.line.description) == ["2.5", "12.5"])
        #expect(loaded.settings.risk.minRewardToRisk == Ratio("1.1"))
        #expect(loaded.settings.execution.startingBalance == Money("12345.67890123456789"))
        #expect(("0.06" as Percent).ratio == Ratio("0.0006"))
    }

    @Test("the environment overrides the file, and each value knows where it came from")
    func originsAndOverrides() throws {
        let text = """
            symbols: [ADA/USDT]
            risk:
              max_daily_trades: 7
              max_daily_loss_pct: 4
            """
        let environment = [
            "QUARTET_RISK_MAX_DAILY_LOSS_PCT": "2.5", "QUARTET_SYMBOLS": "BTC/USDT, ETH/USDT",
            "QUARTET_RISK_LADDER": "9=4, 12=6",
            "QUARTET_STRATEGY_PARAMETERS": "momentum.fast=10,momentum.slow=30", "QUARTET_FEED_SEED": "",
            "QUARTET_CONFIG": "", "HOME": "/",
            "QUARTET_RESTART_LIMIT": "1000",
        ]
        let loaded = try SettingsLoader.load(text: text, environment: environment)
        #expect(loaded.settings.risk.maxDailyLossPct == "2.5")
        #expect(loaded.settings.risk.maxDailyTrades == 7)
        #expect(loaded.settings.symbols.map(\.name) == ["BTC/USDT", "ETH/USDT"])
        #expect(loaded.settings.risk.ladder.text == "9=4,12=6")
        #expect(loaded.settings.strategy.parameters == ["momentum.fast": 10, "momentum.slow": 30])
        #expect(loaded.origin(of: "risk.max_daily_trades") == .file(path: "quartet.yaml", line: 3, column: 21))
        #expect(loaded.origin(of: "risk.max_daily_loss_pct") == .environment("QUARTET_RISK_MAX_DAILY_LOSS_PCT"))
        #expect(loaded.origin(of: "feed.seed") == .standard)
        let rows = Dictionary(uniqueKeysWithValues: SettingsReport.rows(of: loaded).map { ($0.key, $0) })
        #expect(rows["risk.max_daily_trades"]?.origin == "quartet.yaml:3")
        #expect(rows["risk.max_daily_trades"]?.standard == "20")
        #expect(rows["risk.max_daily_loss_pct"]?.value == "2.5")
        #expect(rows["feed.seed"]?.origin == "default")
    }

    @Test("a midnight away from UTC is a fixed offset or a zone of the system")
    func timeZones() throws {
        #expect(
            try SettingsLoader.load(text: "risk: {time_zone: \"+05:30\"}").settings.risk.zone.initial == .minutes(330)
        )
        #expect(try SettingsLoader.load(text: "risk: {time_zone: -03:00}").settings.risk.zone.initial == .hours(-3))
        #expect(Settings().risk.zone == .utc)
        for text in ["Europe/Berlin", "+2", "+02:60", "+15:00", "02:00", "+0a:00", "+-1:00", ""] {
            #expect(FixedZone(text) == nil, "\(text)")
        }
    }

    @Test("the file is the one of --config, of QUARTET_CONFIG, or the first that exists")
    func fileSearch() throws {
        let folder = try TemporaryFolder()
        for (name, trades) in [("argument", 1), ("variable", 2), ("first", 3), ("second", 4)] {
            try folder.write("risk: {max_daily_trades: \(trades)}", to: name)
        }
        func trades(_ file: String?, _ environment: [String: String], _ search: [String]) throws -> Int {
            try SettingsLoader.load(file: file, environment: environment, searchPath: search).settings.risk
                .maxDailyTrades
        }
        let search = ["missing", "first", "second"].map(folder.path)
        let variable = ["QUARTET_CONFIG": folder.path("variable")]
        #expect(try trades(folder.path("argument"), variable, search) == 1)
        #expect(try trades(nil, variable, search) == 2)
        #expect(try trades(nil, [:], search) == 3)
        #expect(try trades(nil, [:], [folder.path("missing")]) == 20)
        // A file that was named must be there; one that was only looked for need not.
        let error = #expect(throws: SettingsError.self) { try trades(folder.path("missing"), [:], []) }
        #expect(
            error?.description
                == "\(folder.path("missing")) cannot be read (no such file or directory): name a readable file.")
        #expect(throws: SettingsError.self) { try trades(nil, ["QUARTET_CONFIG": folder.path("missing")], search) }
    }

    @Test("the nearest name is found by edits and swaps, and nothing is guessed from afar")
    func nearestNames() {
        let names = ["max_daily_loss_pct", "max_daily_trades", "ladder"]
        #expect(NearestName.of("max_daily_los_pct", among: names) == "max_daily_loss_pct")
        #expect(NearestName.of("max_dialy_trades", among: names) == "max_daily_trades")
        #expect(NearestName.of("Ladder", among: names) == "ladder")
        #expect(NearestName.of("zzzzzz", among: names) == nil)
        #expect(NearestName.of("", among: names) == nil)
        #expect(NearestName.distance(Array("abcd".utf8), Array("acbd".utf8)) == 1)
        #expect(NearestName.distance([], Array("abc".utf8)) == 3)
    }
}

/// A folder of a test's own, removed with the value.
final class TemporaryFolder {
    let root: String

    init() throws {
        root = NSTemporaryDirectory() + "quartet-runtime-" + UUID().uuidString
        try FileManager.default.createDirectory(
            atPath: root, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    }

    deinit { try? FileManager.default.removeItem(atPath: root) }

    func path(_ name: String) -> String { root + "/" + name }

    func write(_ text: String, to name: String, mode: Int = 0o600) throws {
        try text.write(toFile: path(name), atomically: false, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path(name))
    }

    func read(_ name: String) -> String { (try? String(contentsOfFile: path(name), encoding: .utf8)) ?? "" }

    func lines(_ name: String) -> [String] { read(name).split(separator: "\n").map(String.init) }

    var names: [String] { ((try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []).sorted() }
}

extension TemporaryFolder {
    func writeBytes(_ bytes: UnsafeRawBufferPointer, to name: String) -> Bool {
        FileManager.default.createFile(atPath: path(name), contents: Data(bytes))
    }
}
