// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6), .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

func room(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, path: "Sources/\(name)", swiftSettings: strict)
}

// A package of its own: the cores and the simulation, without the services and their dependencies.
let package = Package(
    name: "quartet-bench-backtest",
    targets: [
        .systemLibrary(name: "CZlib", path: "Sources/CZlib", pkgConfig: "zlib"),
        room("TradingModel"),
        room("JSONText", ["TradingModel"]),
        room("Indicators", ["TradingModel"]),
        room("Portfolio", ["TradingModel"]),
        room("FeedCore", ["TradingModel", "Indicators"]),
        room("StrategyCore", ["TradingModel", "Indicators"]),
        room("RiskCore", ["TradingModel", "Indicators", "Portfolio"]),
        room("ExecutionCore", ["TradingModel", "Portfolio"]),
        room("Venues", ["TradingModel", "JSONText"]),
        room("CandleFiles", ["TradingModel", "CZlib"]),
        room(
            "Simulation",
            [
                "TradingModel", "Indicators", "Portfolio", "FeedCore", "StrategyCore", "RiskCore", "ExecutionCore",
                "Venues",
            ]),
        .executableTarget(
            name: "quartet-bench-backtest",
            dependencies: [
                "TradingModel", "Portfolio", "FeedCore", "StrategyCore", "RiskCore", "ExecutionCore", "Venues",
                "CandleFiles", "Simulation",
            ],
            path: "Sources/quartet-bench-backtest", swiftSettings: strict),
    ])
