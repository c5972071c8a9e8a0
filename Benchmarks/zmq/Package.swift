// swift-tools-version: 6.2
import PackageDescription

// Measures the rooms of the repository itself: their folders under Sources are links.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")

let package = Package(
    name: "quartet-bench-zmq",
    dependencies: [
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
    ],
    targets: [
        .systemLibrary(name: "CZeroMQ", pkgConfig: "libzmq"),
        .target(name: "TradingModel", swiftSettings: strict),
        .target(name: "Wire", dependencies: ["TradingModel"], swiftSettings: strict),
        .target(name: "Messaging", dependencies: ["CZeroMQ"], swiftSettings: strict),
        .target(
            name: "ServiceRuntime",
            dependencies: ["TradingModel", "Wire", "Messaging", logging, .product(name: "Yams", package: "Yams")],
            swiftSettings: strict),
        .executableTarget(
            name: "quartet-bench-zmq", dependencies: ["TradingModel", "Wire", "Messaging", "ServiceRuntime", logging],
            swiftSettings: strict),
    ]
)
