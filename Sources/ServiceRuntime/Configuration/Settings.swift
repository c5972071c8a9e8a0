public import TradingModel

/// Everything a configuration file can say, with a default for every key: an empty file trades on paper.
///
/// Keys are snake_case in the file (`risk.max_daily_loss_pct`) and lowerCamel here. What each means, its range and its
/// default stand in `visit` and, made from it, in `docs/configuration.md`.
public struct Settings: Sendable, Equatable, SettingSection {
    /// Whether orders go to the simulated venue or to a real one.
    public var mode: TradingMode = .paper
    /// What is traded; every service uses this list.
    public var symbols: [Symbol] = ["BTC/USDT", "ETH/USDT", "SOL/USDT", "XRP/USDT", "DOGE/USDT"].compactMap {
        Symbol($0)
    }
    /// Where the databases are.
    public var dataDirectory = ".run/data"
    /// Where the sockets of the bus are.
    public var runDirectory = ".run/bus"
    /// Where the log files are.
    public var logDirectory = ".run/log"
    public var feed = FeedSettings()
    public var venues = VenuesSettings()
    public var strategy = StrategySettings()
    public var agent = AgentConfiguration()
    public var risk = RiskSettings()
    public var execution = ExecutionSettings()
    public var dashboard = DashboardSettings()
    public var alerts = AlertsSettings()
    public var logging = LoggingSettings()
    public var bus = BusSettings()

    public init() {}

    mutating func visit<V: SettingVisitor>(_ visitor: inout V) {
        visitor.setting("mode", &mode, "Where orders go: paper is the simulated venue; live is a real exchange.")
        visitor.setting("symbols", &symbols, .distinct(1, to: 200), "What is traded.")
        visitor.setting(
            "data_directory", &dataDirectory, .path,
            "Where the databases are; made with mode 0700. A relative path starts in the working directory.")
        visitor.setting(
            "run_directory", &runDirectory, .path,
            "Where the sockets of the bus are; made with mode 0700. Keep it short.")
        visitor.setting("log_directory", &logDirectory, .path, "Where the log files are; made with mode 0700.")
        visitor.section("feed", &feed, "Where market data comes from and how fast market time runs.")
        visitor.section("venues", &venues, "The exchanges: where each is reached, by feed and by execution.")
        visitor.section("strategy", &strategy, "Which rules form an opinion, and when.")
        visitor.section(
            "agent", &agent,
            "The language-model trader: whether it runs, whom it asks, how often and for how much money.")
        visitor.section("risk", &risk, "What may be traded, how much of it, and when a position is left.")
        visitor.section("execution", &execution, "The venue that fills orders on paper, and the order journal.")
        visitor.section("dashboard", &dashboard, "The page in the browser: where it listens and who may reach it.")
        visitor.section("alerts", &alerts, "Messages to the operator: where they go, what of it, and when.")
        visitor.section("logging", &logging, "What is logged where, and how much of it is kept.")
        visitor.section("bus", &bus, "Queues and patience of the message bus.")
    }
}

/// Where orders go.
public enum TradingMode: String, Sendable, CaseIterable, SettingChoice {
    case paper, live
}

extension SettingRange where Value == String {
    /// A path that names something.
    static var path: SettingRange { SettingRange("that is a path") { !$0.isEmpty && !$0.contains("\0") } }
}

extension SettingRange where Value: Collection & Sendable, Value.Element: Hashable {
    /// A list of so many entries, each given once.
    static func distinct(_ low: Int, to high: Int) -> SettingRange {
        SettingRange("with \(low) to \(high) different entries") {
            low <= $0.count && $0.count <= high && Set($0).count == $0.count
        }
    }
}
