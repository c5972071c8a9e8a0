// swift-tools-version: 6.2
import PackageDescription

// A package of its own: the agent's core and the rooms below it, without the rest of Quartet and its dependencies.
let strict: [SwiftSetting] = [.swiftLanguageMode(.v6), .enableUpcomingFeature("MemberImportVisibility")]

let package = Package(
    name: "quartet-bench-agent",
    targets: [
        .target(name: "TradingModel", path: "Sources/TradingModel", swiftSettings: strict),
        .target(name: "Indicators", dependencies: ["TradingModel"], path: "Sources/Indicators", swiftSettings: strict),
        .target(name: "JSONText", dependencies: ["TradingModel"], path: "Sources/JSONText", swiftSettings: strict),
        .target(
            name: "AgentCore", dependencies: ["TradingModel", "Indicators", "JSONText"], path: "Sources/AgentCore",
            swiftSettings: strict),
        .executableTarget(
            name: "quartet-bench-agent", dependencies: ["TradingModel", "JSONText", "AgentCore"],
            path: "Sources/quartet-bench-agent", swiftSettings: strict),
    ])
