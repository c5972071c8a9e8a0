// swift-tools-version: 6.2
import PackageDescription

let features: [SwiftSetting] = [
    .swiftLanguageMode(.v6), .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

// A package of its own: exchange messages and the frames they become, without the rest of Quartet and its dependencies.
let package = Package(
    name: "quartet-bench-venues",
    targets: [
        .target(name: "TradingModel", path: "Sources/TradingModel", swiftSettings: features),
        .target(name: "JSONText", dependencies: ["TradingModel"], path: "Sources/JSONText", swiftSettings: features),
        .target(
            name: "Venues", dependencies: ["TradingModel", "JSONText"], path: "Sources/Venues", swiftSettings: features),
        .target(name: "Wire", dependencies: ["TradingModel"], path: "Sources/Wire", swiftSettings: features),
        .executableTarget(
            name: "quartet-bench-venues", dependencies: ["TradingModel", "Venues", "Wire"],
            path: "Sources/quartet-bench-venues", swiftSettings: features),
    ])
