// swift-tools-version: 6.2
import PackageDescription

// A package of its own: the indicators and the nouns they read, without the rest of Quartet and its dependencies.
let package = Package(
    name: "quartet-bench-indicators",
    targets: [
        .target(name: "TradingModel", path: "Sources/TradingModel", swiftSettings: [.swiftLanguageMode(.v6)]),
        .target(
            name: "Indicators", dependencies: ["TradingModel"], path: "Sources/Indicators",
            swiftSettings: [.swiftLanguageMode(.v6), .enableUpcomingFeature("NonisolatedNonsendingByDefault")]),
        .executableTarget(
            name: "quartet-bench-indicators", dependencies: ["TradingModel", "Indicators"],
            path: "Sources/quartet-bench-indicators", swiftSettings: [.swiftLanguageMode(.v6)]),
    ])
