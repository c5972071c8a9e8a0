// swift-tools-version: 6.2
import PackageDescription

// A package of its own: the codec and the nouns it carries, without the rest of Quartet and its dependencies.
let package = Package(
    name: "quartet-bench-json",
    targets: [
        .target(name: "TradingModel", path: "Sources/TradingModel", swiftSettings: [.swiftLanguageMode(.v6)]),
        .target(
            name: "Wire", dependencies: ["TradingModel"], path: "Sources/Wire",
            swiftSettings: [.swiftLanguageMode(.v6), .enableUpcomingFeature("NonisolatedNonsendingByDefault")]),
        .executableTarget(
            name: "quartet-bench-json", dependencies: ["TradingModel", "Wire"], path: "Sources/quartet-bench-json",
            swiftSettings: [.swiftLanguageMode(.v6)]),
    ])
