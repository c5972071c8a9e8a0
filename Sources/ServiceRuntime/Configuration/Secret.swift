public import Wire

/// A value that never appears in a log, a report or an error: its description is a mask.
public struct Secret: Hashable, Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    private let value: String
    public init(_ value: String) { self.value = value }

    /// The value itself, for the one place that needs it.
    public func reveal() -> String { value }
    public var description: String { "••••" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: []) }
}

/// The secrets there are, each with the one service that may hold it. The raw value is the environment variable.
public enum SecretName: String, Sendable, CaseIterable {
    case binanceAPIKey = "BINANCE_API_KEY"
    case binanceAPISecret = "BINANCE_API_SECRET"
    case bybitAPIKey = "BYBIT_API_KEY"
    case bybitAPISecret = "BYBIT_API_SECRET"
    case mexcAPIKey = "MEXC_API_KEY"
    case mexcAPISecret = "MEXC_API_SECRET"
    case openRouterAPIKey = "OPENROUTER_API_KEY"
    case deepSeekAPIKey = "DEEPSEEK_API_KEY"
    case telegramBotToken = "TELEGRAM_BOT_TOKEN"
    case slackWebhookURL = "SLACK_WEBHOOK_URL"
    case discordWebhookURL = "DISCORD_WEBHOOK_URL"
    case pagerdutyRoutingKey = "PAGERDUTY_ROUTING_KEY"
    case dashboardToken = "DASHBOARD_TOKEN"

    /// Only execution holds exchange keys, only strategy model keys, only alerts the keys of messengers.
    public var owner: ServiceName {
        switch self {
        case .binanceAPIKey, .binanceAPISecret, .bybitAPIKey, .bybitAPISecret, .mexcAPIKey, .mexcAPISecret: .execution
        case .openRouterAPIKey, .deepSeekAPIKey: .strategy
        case .telegramBotToken, .slackWebhookURL, .discordWebhookURL, .pagerdutyRoutingKey: .alerts
        case .dashboardToken: .dashboard
        }
    }

    /// The variable that names a file with the value.
    public var fileVariable: String { rawValue + "_FILE" }

    /// Keys and their secrets, for venues.
    static let exchangePairs: [(key: SecretName, secret: SecretName)] = [
        (.binanceAPIKey, .binanceAPISecret), (.bybitAPIKey, .bybitAPISecret), (.mexcAPIKey, .mexcAPISecret),
    ]

    private static let suspicious = [
        "api_key", "apikey", "secret", "token", "password", "passphrase", "private_key", "privatekey",
    ]

    /// A problem for each key under `entry` that looks like a secret. Values are never shown.
    static func secrets(in entry: SettingNode.Entry, prefix: String) -> [SettingProblem] {
        let path = prefix + entry.key
        let plain = String(path.lowercased().map { $0 == "-" || $0 == "." ? "_" : $0 })
        if suspicious.contains(where: plain.contains) {
            let match = allCases.first { plain.contains($0.rawValue.lowercased()) }
            let variable =
                match.map { "\($0.rawValue) or \($0.fileVariable)" } ?? "an environment variable or its _FILE form"
            let sentence =
                "\(path) looks like a secret (\(entry.origin.precise)): "
                + "secrets are read from \(variable) only, so remove it from the file and replace it where it was issued."
            return [SettingProblem(.secretInFile, path, entry.origin, sentence)]
        }
        return (entry.value.entries ?? []).flatMap { secrets(in: $0, prefix: path + ".") }
    }
}
