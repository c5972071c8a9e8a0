/// The page and the API that show what the four services do.
public struct DashboardSettings: Sendable, Equatable, SettingSection {
    /// An address of this machine, as a number.
    public var host = "127.0.0.1"
    public var port = 8_787
    /// Whether a proxy in front of it speaks TLS with the browser.
    public var behindProxy = false
    /// Names under which it is reached beside the address and localhost.
    public var hostNames: [String] = []
    /// Where lightweight-charts lies; empty: the page draws its candles itself.
    public var chartsFile = ""

    public init() {}

    mutating func visit<V: SettingVisitor>(_ visitor: inout V) {
        visitor.setting(
            "host", &host, SettingRange("that is a number, such as 127.0.0.1") { !$0.isEmpty && $0.utf8.count <= 45 },
            "The address the dashboard listens on; one that is not loopback needs DASHBOARD_TOKEN and behind_proxy.")
        visitor.setting(
            "port", &port, .from(0, to: 65_535),
            "Its port. On loopback, where another process has it, a free one is taken and told; 0 always does so.")
        visitor.setting(
            "behind_proxy", &behindProxy,
            "States that a reverse proxy in front of it speaks TLS; its cookies are then sent over TLS only.")
        visitor.setting(
            "host_names", &hostNames, .count(0, to: 20),
            "Names that browsers reach it by, beside its address and localhost; a request for another is refused.")
        visitor.setting(
            "charts_file", &chartsFile, SettingRange("of at most 1000 bytes") { $0.utf8.count <= 1_000 },
            "The file of TradingView's lightweight-charts 4.1.3, served to the page if its SHA-256 is right; empty: plain drawings."
        )
    }

    /// Whether only this machine can reach it.
    public var isLoopback: Bool { host == "::1" || host.hasPrefix("127.") }
}
