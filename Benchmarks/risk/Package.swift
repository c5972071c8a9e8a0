// swift-tools-version: 6.2
import PackageDescription

// A package of its own: risk's core and the nouns it decides on, without the rest of Quartet and its dependencies.
let settings: [SwiftSetting] = [.swiftLanguageMode(.v6), .enableUpcomingFeature("MemberImportVisibility")]
let package = Package(
    name: "quartet-bench-risk",
    targets: [
        .target(name: "TradingModel", path: "Sources/TradingModel", swiftSettings: settings),
        .target(
            name: "Indicators", dependencies: ["TradingModel"], path: "Sources/Indicators", swiftSettings: settings),
        .target(name: "Portfolio", dependencies: ["TradingModel"], path: "Sources/Portfolio", swiftSettings: settings),
        .target(
            name: "RiskCore", dependencies: ["TradingModel", "Indicators", "Portfolio"], path: "Sources/RiskCore",
            swiftSettings: settings),
        .executableTarget(
            name: "quartet-bench-risk", dependencies: ["TradingModel", "RiskCore"],
            path: "Sources/quartet-bench-risk", swiftSettings: settings),
        .executableTarget(
            name: "quartet-risk-model", dependencies: ["TradingModel", "RiskCore"], path: "Sources/quartet-risk-model",
            swiftSettings: settings),
    ])
