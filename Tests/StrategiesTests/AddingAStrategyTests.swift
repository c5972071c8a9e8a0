import Foundation
import Testing

/// `docs/adding-a-strategy.md` word for word: its file and its line, built with the rest, and then it trades.
@Suite struct `adding a strategy` {
    private static let repository = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// The Swift blocks of the page.
    private func blocks() throws -> [String] {
        let page = try String(
            contentsOf: Self.repository.appendingPathComponent("docs/adding-a-strategy.md"), encoding: .utf8)
        return page.components(separatedBy: "```swift\n").dropFirst().compactMap {
            $0.components(separatedBy: "```").first
        }
    }

    private let driver = """
        import Glibc
        import StrategyCore
        import TradingModel

        var settings = StrategyCore.Settings()
        let symbol = Symbol("BTC/USDT")!
        settings.symbols = [symbol]
        settings.strategies = [.init(id: "inside_breakout", parameters: ["range": 5])]
        var core = try StrategyCore(settings: settings)
        var directives: [StrategyCore.Directive] = []
        var proposals = 0
        for index in 0..<600 {
            // A slow wave with a step up after each candle that stays inside the one before.
            let level = 1_000 + (index / 9) * 6 - (index % 80 == 79 ? 300 : 0)
            let reach = index % 9 == 8 ? 1 : 4
            var candle = Candle()
            candle.symbol = symbol
            candle.timeframe = .fifteenMinutes
            candle.openTime = MarketTime(micros: Int64(index) * 900_000_000)
            candle.open = Price(level)
            candle.close = Price(level)
            candle.high = Price(level + reach)
            candle.low = Price(level - reach)
            candle.volume = Quantity(1)
            core.handle(.candle(candle, .init(session: "s", sequence: index)), at: .distantPast, into: &directives)
            var clock = MarketClock()
            clock.marketTime = candle.closeTime
            core.handle(.clock(clock), at: .distantPast, into: &directives)
        }
        for case .propose(let proposal) in directives where proposal.strategy == "inside_breakout" { proposals += 1 }
        do throws(ParameterError) {
            _ = try StrategyCatalog.make(id: "inside_breakout", parameters: ["range": 1])
        } catch {
            print(error)
        }
        print(IndicatorTable.header.contains("inside_breakout_enter_long"), proposals > 0)
        """

    private let manifest = """
        // swift-tools-version: 6.2
        import PackageDescription
        let strict: [SwiftSetting] = [
            .swiftLanguageMode(.v6), .treatAllWarnings(as: .error), .enableUpcomingFeature("MemberImportVisibility"),
            .enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
        ]
        let package = Package(
            name: "Walk",
            targets: [
                .target(name: "TradingModel", swiftSettings: strict),
                .target(name: "Indicators", dependencies: ["TradingModel"], swiftSettings: strict),
                .target(name: "StrategyCore", dependencies: ["TradingModel", "Indicators"], swiftSettings: strict),
                .executableTarget(name: "Walk", dependencies: ["TradingModel", "StrategyCore"]),
            ])
        """

    @Test func `one file and one line are enough`() throws {
        let blocks = try blocks()
        try #require(blocks.count == 2, "the page has the file and the line")
        let manager = FileManager.default
        let walk = manager.temporaryDirectory.appendingPathComponent("quartet-walk-\(UUID().uuidString)")
        defer { try? manager.removeItem(at: walk) }
        let sources = walk.appendingPathComponent("Sources")
        try manager.createDirectory(at: sources.appendingPathComponent("Walk"), withIntermediateDirectories: true)
        for room in ["TradingModel", "Indicators", "StrategyCore"] {
            try manager.copyItem(
                at: Self.repository.appendingPathComponent("Sources/\(room)"), to: sources.appendingPathComponent(room))
        }
        let strategies = sources.appendingPathComponent("StrategyCore/Strategies")
        try blocks[0].write(
            to: strategies.appendingPathComponent("InsideBreakout.swift"), atomically: true, encoding: .utf8)
        let catalog = strategies.appendingPathComponent("StrategyCatalog.swift")
        let lines = try String(contentsOf: catalog, encoding: .utf8).components(separatedBy: "\n")
        let end = try #require(lines.firstIndex(of: "    ]"), "the catalog's list has an end")
        let changed = lines[..<end] + [blocks[1].trimmingCharacters(in: .newlines)] + lines[end...]
        try changed.joined(separator: "\n").write(to: catalog, atomically: true, encoding: .utf8)
        try manifest.write(to: walk.appendingPathComponent("Package.swift"), atomically: true, encoding: .utf8)
        try driver.write(to: sources.appendingPathComponent("Walk/main.swift"), atomically: true, encoding: .utf8)
        let result = try run(in: walk)
        #expect(result.status == 0, "\(result.output)")
        #expect(
            result.output.hasSuffix(
                "inside_breakout.range = 1 is outside its range 2 to 200.\ntrue true\n"), "\(result.output)")
    }

    private func run(in directory: URL) throws -> (status: Int32, output: String) {
        let process = Process()
        let pipe = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["swift", "run", "--quiet", "Walk"]
        process.currentDirectoryURL = directory
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: data, as: UTF8.self))
    }
}
