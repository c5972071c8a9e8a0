import HTTPTransport
import ServiceRuntime

// MARK: - Messages to the operator

extension Examination {
    /// Whether somebody would be told, judged by what is set; no secret is read.
    func alerts() -> [Finding] {
        let environment = Machine.environmentVariables
        func origin(_ name: SecretName) -> String? { Secrets.origin(of: name, environment: environment) }
        var findings: [Finding] = []
        let settings = settings.alerts
        switch (origin(.telegramBotToken), settings.telegramChat.isEmpty) {
        case (let from?, false):
            findings.append(Finding("alerts", "telegram", .ok, "token from \(from), chat \(settings.telegramChat)"))
        case (_?, true):
            findings.append(
                Finding(
                    "alerts", "telegram", .failed, "TELEGRAM_BOT_TOKEN is set, alerts.telegram_chat is not",
                    advice: "set alerts.telegram_chat to the number of the one chat; docs/alerts.md says how to find it"
                ))
        case (nil, false):
            findings.append(
                Finding(
                    "alerts", "telegram", .notice,
                    "alerts.telegram_chat is \(settings.telegramChat), TELEGRAM_BOT_TOKEN is not set here",
                    advice: "set it in the environment of quartet-alerts, or remove the chat"))
        case (nil, true): break
        }
        for (name, secret) in [
            ("slack", SecretName.slackWebhookURL), ("discord", .discordWebhookURL), ("pagerduty", .pagerdutyRoutingKey),
        ] {
            if let from = origin(secret) {
                findings.append(Finding("alerts", name, .ok, "\(secret.rawValue) from \(from)"))
            }
        }
        if settings.quietFrom.isEmpty != settings.quietTo.isEmpty {
            findings.append(
                Finding(
                    "alerts", "quiet time", .failed, "only one of alerts.quiet_from and alerts.quiet_to is set",
                    advice: "set both, or neither"))
        }
        if !settings.hasChannel(environment: environment), findings.isEmpty {
            findings.append(
                Finding(
                    "alerts", "channels", isLive ? .notice : .ok, "none: nobody is told when something happens",
                    advice: isLive ? "docs/alerts.md says how to be told" : ""))
        }
        return findings
    }

    private var isLive: Bool { settings.mode == .live }

    /// Whether the channels' servers can be reached from here; asks each once, without a secret.
    func reachability() async -> [Finding] {
        let environment = Machine.environmentVariables
        var addresses: [(name: String, url: String)] = []
        if Secrets.origin(of: .telegramBotToken, environment: environment) != nil {
            addresses.append(("telegram", settings.alerts.telegramURL))
        }
        if Secrets.origin(of: .slackWebhookURL, environment: environment) != nil {
            addresses.append(("slack", "https://hooks.slack.com"))
        }
        if Secrets.origin(of: .discordWebhookURL, environment: environment) != nil {
            addresses.append(("discord", "https://discord.com"))
        }
        if Secrets.origin(of: .pagerdutyRoutingKey, environment: environment) != nil {
            addresses.append(("pagerduty", settings.alerts.pagerdutyURL))
        }
        guard !addresses.isEmpty, let client = try? HTTPClient() else { return [] }
        defer { client.shutdown() }
        var findings: [Finding] = []
        for (name, url) in addresses {
            do throws(HTTPError) {
                let answer = try await client.send(HTTPRequest(url: url, timeout: .seconds(10)))
                findings.append(Finding("alerts", "\(name) reached", .ok, "\(url) answers (status \(answer.status))"))
            } catch {
                findings.append(
                    Finding(
                        "alerts", "\(name) reached", .failed, "\(url) does not answer: \(error.detail)",
                        advice: "check the network, a proxy (https_proxy) or alerts.\(name)_url"))
            }
        }
        return findings
    }
}
