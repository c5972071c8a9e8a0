import AlertCore
import HTTPTransport
import JSONText
import ServiceRuntime
import TradingModel

/// The channels that are configured, each with its address. An address holds a secret: it stands in no log, error or record.
struct ChannelLinks: Sendable {
    private let http: HTTPClient
    private let addresses: [AlertChannel: String]
    private let hidden: [String]
    let routingKey: String
    let chat: String
    /// From which severity on each channel is told.
    let least: [AlertChannel: AlertSeverity]

    init(_ settings: AlertsSettings, _ secrets: Secrets) throws(HTTPError) {
        http = try HTTPClient(.init(connectionsPerHost: 4))
        var addresses: [AlertChannel: String] = [:]
        if let token = secrets[.telegramBotToken]?.reveal(), !settings.telegramChat.isEmpty {
            addresses[.telegram] = ChannelLinks.base(settings.telegramURL) + "/bot" + token
        }
        addresses[.slack] = secrets[.slackWebhookURL]?.reveal()
        addresses[.discord] = secrets[.discordWebhookURL]?.reveal()
        routingKey = secrets[.pagerdutyRoutingKey]?.reveal() ?? ""
        if !routingKey.isEmpty { addresses[.pagerduty] = ChannelLinks.base(settings.pagerdutyURL) }
        chat = settings.telegramChat
        let levels: [AlertChannel: AlertLevel] = [
            .telegram: settings.telegramSeverity, .slack: settings.slackSeverity, .discord: settings.discordSeverity,
            .pagerduty: settings.pagerdutySeverity,
        ]
        least = levels.compactMapValues { AlertSeverity(rawValue: $0.rawValue) }
        self.addresses = addresses
        let names: [SecretName] = [.telegramBotToken, .slackWebhookURL, .discordWebhookURL, .pagerdutyRoutingKey]
        hidden = names.compactMap { secrets[$0]?.reveal() }
    }

    private static func base(_ url: String) -> String { url.hasSuffix("/") ? String(url.dropLast()) : url }

    var channels: [AlertChannel] { AlertChannel.allCases.filter { addresses[$0] != nil } }

    /// Where an alert goes. The end of a condition goes where its beginning went.
    func targets(of alert: Alert, begunAt: Set<AlertChannel>?) -> [AlertChannel] {
        channels.filter { channel in
            if alert.phase == .reply { return channel == .telegram }
            if alert.rule == .test { return true }
            // A channel that fails is not told of it.
            if alert.rule == .channelFailing, alert.key == channel.rawValue { return false }
            if alert.phase == .acknowledged { return channel == .pagerduty }
            if let begunAt, !begunAt.isEmpty { return begunAt.contains(channel) }
            guard let least = least[channel] else { return false }
            return alert.severity >= least
        }
    }

    /// Sends one request and says how it ended. The request may take `seconds`.
    func send(_ request: ChannelRequest, to channel: AlertChannel, seconds: Int = 15) async -> ChannelOutcome {
        switch await ask(request, of: channel, seconds: seconds) {
        case .success(let answer): return masked(ChannelDialect.outcome(answer, of: channel))
        case .failure(let error):
            // What stands in front of the colon of the error's own text is the address.
            let reason = masked("\(error.code.rawValue): \(error.detail)")
            return error.mayHaveBeenSent && !channel.isIdempotent
                ? .unknown(reason: reason) : .notYet(wait: nil, reason: reason)
        }
    }

    func ask(
        _ request: ChannelRequest, of channel: AlertChannel, seconds: Int = 15
    ) async -> Result<ChannelAnswer, HTTPError> {
        guard let address = addresses[channel] else {
            return .failure(
                HTTPError(.badRequest, request: "", detail: "the channel is not configured", mayHaveBeenSent: false))
        }
        let post = HTTPRequest(
            method: "POST", url: address + request.path, headers: [("Content-Type", "application/json")],
            body: Array(request.body.text().utf8), timeout: .seconds(seconds), maximumResponseBytes: 4 << 20,
            isRepeatable: false)
        do throws(HTTPError) {
            let answer = try await http.send(post)
            return .success(
                ChannelAnswer(status: answer.status, retryAfter: answer.header("retry-after"), body: answer.body))
        } catch {
            return .failure(error)
        }
    }

    private func masked(_ outcome: ChannelOutcome) -> ChannelOutcome {
        switch outcome {
        case .delivered: outcome
        case .notYet(let wait, let reason): .notYet(wait: wait, reason: masked(reason))
        case .unknown(let reason): .unknown(reason: masked(reason))
        case .refused(let reason): .refused(reason: masked(reason))
        }
    }

    /// A text without any secret of ours.
    func masked(_ text: String) -> String {
        hidden.reduce(text) { text, secret in text.replacing(secret, with: "••••") }
    }

    func close() { http.shutdown() }
}
