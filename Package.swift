// swift-tools-version: 6.2
import PackageDescription

/// Language rules for every target: Swift 6 mode, warnings are errors, imports are explicit.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

func room(_ name: String, _ dependencies: [Target.Dependency] = [], resources: [Resource]? = nil) -> Target {
    .target(name: name, dependencies: dependencies, resources: resources, swiftSettings: strict)
}

func program(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .executableTarget(name: name, dependencies: dependencies, swiftSettings: strict)
}

func proof(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
    .testTarget(name: name, dependencies: dependencies, exclude: exclude, swiftSettings: strict)
}

let arguments = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")

let package = Package(
    name: "Quartet",
    products: [
        .executable(name: "quartet-feed", targets: ["FeedService"]),
        .executable(name: "quartet-strategy", targets: ["StrategyService"]),
        .executable(name: "quartet-risk", targets: ["RiskService"]),
        .executable(name: "quartet-execution", targets: ["ExecutionService"]),
        .executable(name: "quartet-dashboard", targets: ["DashboardService"]),
        .executable(name: "quartet-alerts", targets: ["AlertService"]),
        .executable(name: "quartet", targets: ["OperatorCLI"]),
        .executable(name: "quartet-simulator", targets: ["SimulatorService"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
    ],
    targets: [
        .systemLibrary(name: "CZeroMQ", pkgConfig: "libzmq", providers: [.apt(["libzmq3-dev"])]),
        .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
        .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .target(name: "CEpoll"),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CMalloc"),
        .systemLibrary(name: "CYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),

        // Nouns and pure cores: no clock, no I/O, no tasks.
        room("TradingModel"),
        room("JSONText", ["TradingModel"]),
        room("Indicators", ["TradingModel"]),
        room("Portfolio", ["TradingModel"]),
        room("FeedCore", ["TradingModel", "Indicators"]),
        room("StrategyCore", ["TradingModel", "Indicators"]),
        room("AgentCore", ["TradingModel", "Indicators", "JSONText"]),
        room("ScriptedModel", ["TradingModel", "JSONText"]),
        room("RiskCore", ["TradingModel", "Indicators", "Portfolio"]),
        room("ExecutionCore", ["TradingModel", "Portfolio"]),
        room("Venues", ["TradingModel", "JSONText"]),
        room("VenueTrading", ["TradingModel", "JSONText", "CCrypto"]),
        room("SimulatedExchange", ["TradingModel", "JSONText", "Venues"]),

        room("AlertCore", ["TradingModel", "JSONText"]),
        room("VenueConnector", ["TradingModel", "JSONText", "ExecutionCore", "Venues", "VenueTrading"]),

        // Capabilities.
        room("CandleFiles", ["TradingModel", "CZlib"]),
        room("Wire", ["TradingModel"]),
        room("Messaging", ["CZeroMQ"]),
        room("HTTPTransport", ["CCurl"]),
        room("WebServer", ["CEpoll"]),
        room("ModelClient", ["TradingModel", "JSONText", "AgentCore", "HTTPTransport"]),
        room("Storage", ["TradingModel", "Portfolio", "AlertCore", "CSQLite", "CZlib"]),
        room(
            "Simulation",
            [
                "TradingModel", "Indicators", "Portfolio", "FeedCore", "StrategyCore", "RiskCore", "ExecutionCore",
                "Venues",
            ]),
        room("DialogueArchive", ["TradingModel", "Wire", "Storage"]),
        room("RiskArchive", ["TradingModel", "RiskCore", "Wire", "Storage"]),
        room("Reporting", ["TradingModel", "Portfolio", "JSONText"]),
        room("ServiceRuntime", ["TradingModel", "Wire", "CMalloc", "CYAML", "Messaging", logging]),
        room(
            "Composition",
            ["TradingModel", "StrategyCore", "AgentCore", "RiskCore", "ExecutionCore", "ServiceRuntime"]),

        // The four services and the operator's hand.
        program(
            "FeedService",
            [
                "TradingModel", "FeedCore", "Venues", "CandleFiles", "Wire", "Messaging", "HTTPTransport", "Storage",
                "ServiceRuntime", logging,
            ]),
        program(
            "StrategyService",
            [
                "TradingModel", "Indicators", "StrategyCore", "AgentCore", "ModelClient", "ScriptedModel", "JSONText",
                "HTTPTransport", "Portfolio", "Wire", "Messaging", "Storage", "DialogueArchive", "Composition",
                "ServiceRuntime", logging,
            ]),
        program(
            "RiskService",
            [
                "TradingModel", "Portfolio", "RiskCore", "RiskArchive", "Wire", "Messaging", "Storage",
                "Composition", "ServiceRuntime", logging,
            ]),
        program(
            "ExecutionService",
            [
                "TradingModel", "Portfolio", "ExecutionCore", "VenueTrading", "VenueConnector", "HTTPTransport", "Wire",
                "Messaging", "Storage", "Composition", "ServiceRuntime", logging,
            ]),
        program(
            "DashboardService",
            [
                "TradingModel", "Portfolio", "Reporting", "Wire", "Messaging", "Storage", "ServiceRuntime", "WebServer",
                logging,
            ]),
        program(
            "AlertService",
            [
                "TradingModel", "JSONText", "AlertCore", "Wire", "Messaging", "HTTPTransport", "Storage",
                "ServiceRuntime", logging,
            ]),
        program(
            "OperatorCLI",
            [
                "TradingModel", "Indicators", "Portfolio", "StrategyCore", "Wire", "Messaging", "Storage", "AlertCore",
                "FeedCore", "RiskCore", "ExecutionCore", "Venues", "CandleFiles", "HTTPTransport", "JSONText",
                "Simulation", "Reporting",
                "Composition", "ServiceRuntime", "VenueTrading", "AgentCore", "DialogueArchive", "RiskArchive", "CZlib",
                "CCrypto",
                arguments,
                logging,
            ]),

        program(
            "SimulatorService",
            [
                "TradingModel", "Venues", "CandleFiles", "SimulatedExchange", "ScriptedModel", "JSONText", "WebServer",
                arguments,
            ]),

        // Proof, from the ground up.
        proof("TidyTests", []),
        proof("TradingModelTests", ["TradingModel"]),
        proof("JSONTextTests", ["TradingModel", "JSONText"]),
        proof("IndicatorsTests", ["TradingModel", "Indicators"]),
        proof("StrategiesTests", ["TradingModel", "Indicators", "StrategyCore"]),
        proof("StrategyCoreTests", ["TradingModel", "Indicators", "StrategyCore"]),
        proof("AgentCoreTests", ["TradingModel", "AgentCore", "JSONText"], exclude: ["Golden"]),
        proof("ScriptedModelTests", ["TradingModel", "JSONText", "AgentCore", "ScriptedModel"]),
        proof("WireTests", ["TradingModel", "Wire"], exclude: ["Golden"]),
        proof("FeedCoreTests", ["TradingModel", "FeedCore", "Venues"]),
        proof("VenuesTests", ["TradingModel", "Indicators", "JSONText", "Venues"]),
        proof(
            "SimulatedExchangeTests",
            [
                "TradingModel", "JSONText", "Portfolio", "ExecutionCore", "Venues", "VenueTrading", "VenueConnector",
                "SimulatedExchange",
            ]),
        proof("VenueTradingTests", ["TradingModel", "JSONText", "VenueTrading"], exclude: ["ccxt_cases.py"]),
        proof("VenueConnectorTests", ["TradingModel", "JSONText", "ExecutionCore", "VenueTrading", "VenueConnector"]),
        proof("PortfolioTests", ["TradingModel", "Portfolio"]),
        proof("RiskCoreTests", ["TradingModel", "Portfolio", "RiskCore"]),
        proof("ExecutionCoreTests", ["TradingModel", "Portfolio", "ExecutionCore"]),
        proof(
            "SimulationTests",
            [
                "TradingModel", "Portfolio", "FeedCore", "StrategyCore", "RiskCore", "ExecutionCore", "Venues",
                "Simulation",
            ]),
        proof("ReportingTests", ["TradingModel", "Portfolio", "JSONText", "Reporting"]),
        proof("StorageTests", ["TradingModel", "Portfolio", "Storage"]),
        proof("CandleFilesTests", ["TradingModel", "CandleFiles"]),
        proof("MessagingTests", ["Messaging", "CZeroMQ"]),
        proof("HTTPTransportTests", ["HTTPTransport"], exclude: ["server.py", "websocket_server.py"]),
        proof("WebServerTests", ["WebServer"]),
        proof(
            "ModelClientTests", ["TradingModel", "JSONText", "AgentCore", "HTTPTransport", "ModelClient"],
            exclude: ["model_server.py"]),
        proof("BusTests", ["TradingModel", "Wire", "Messaging", "ServiceRuntime", "CZeroMQ", logging]),
        proof("ServiceRuntimeTests", ["TradingModel", "Wire", "Messaging", "ServiceRuntime", logging]),
        proof(
            "FeedServiceTests",
            [
                "TradingModel", "FeedCore", "FeedService", "CandleFiles", "Storage", "Venues", "Wire", "Messaging",
                "HTTPTransport", "ServiceRuntime", logging,
            ], exclude: ["exchange.py"]),
        proof(
            "RiskServiceTests",
            [
                "TradingModel", "RiskCore", "RiskArchive", "RiskService", "Storage", "Wire", "Messaging",
                "ServiceRuntime", logging,
            ]),
        proof(
            "ExecutionServiceTests",
            ["TradingModel", "ExecutionService", "Storage", "Wire", "Messaging", "ServiceRuntime", logging]),
        proof(
            "DashboardServiceTests",
            [
                "TradingModel", "Portfolio", "DashboardService", "Storage", "WebServer", "Wire", "Messaging",
                "ServiceRuntime", logging,
            ]),
        proof("AlertCoreTests", ["TradingModel", "JSONText", "AlertCore"]),
        proof(
            "AlertServiceTests",
            [
                "TradingModel", "JSONText", "AlertCore", "AlertService", "Storage", "WebServer", "Wire", "Messaging",
                "ServiceRuntime", "HTTPTransport", logging,
            ]),
        proof(
            "OperatorCLITests",
            [
                "TradingModel", "Storage", "Portfolio", "RiskCore", "RiskArchive", "CandleFiles", "Wire", "OperatorCLI",
                "AgentCore", "JSONText",
                "ServiceRuntime", "Venues", arguments,
            ]),
        proof(
            "SystemTests", [],
            exclude: [
                "harness.py", "alert_crashes.py", "backup_drill.py", "dashboard.py", "dashboard_client.py",
                "browser.py", "browser-requirements.txt",
                "attack.py",
                "agent_faults.py", "box.py", "box_ccxt.py", "box_model.py",
                "box_session.py", "box_run.py", "feed_beside.py",
                "backtest_figures.py",
                "backtest_inputs.py", "crash_runs.py", "risk_crash_runs.py",
                "exit_statuses.py", "feed_faults.py",
                "foreign_tap.py", "guard_in_time.py", "identical_runs.py", "parity.py", "restart_drill.py",
                "naive_backtest.py",
                "live_crash_runs.py", "futures_exchange.py", "live_box.py", "asking.py", "live_day.py",
            ]),
    ]
)
