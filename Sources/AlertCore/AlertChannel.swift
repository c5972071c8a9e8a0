public import JSONText
public import TradingModel

/// Where alerts go.
public enum AlertChannel: String, Sendable, CaseIterable {
    case telegram, slack, discord, pagerduty

    /// Whether sending the same message again under its key changes nothing at the other side.
    public var isIdempotent: Bool { self == .pagerduty }
}

/// One request to a channel: where below its base address, and what.
public struct ChannelRequest: Hashable, Sendable {
    /// Follows the base address of the channel, which holds its secret.
    public var path: String
    public var body: JSONValue

    public init(path: String, body: JSONValue) {
        self.path = path
        self.body = body
    }
}

/// How an attempt ended, as far as it makes a difference to the next one.
public enum ChannelOutcome: Hashable, Sendable {
    /// It is there; with the channel's name for it, where it has told one.
    case delivered(reference: String?)
    /// It is not there, and may be in a moment.
    case notYet(wait: Span?, reason: String)
    /// It may be there or not.
    case unknown(reason: String)
    /// It is not there and will not be, however often it is sent.
    case refused(reason: String)
}

/// The answer of a channel, without what only HTTP needs.
public struct ChannelAnswer: Sendable {
    public var status: Int
    /// The header `Retry-After` as it came.
    public var retryAfter: String?
    public var body: [UInt8]

    public init(status: Int, retryAfter: String? = nil, body: [UInt8] = []) {
        self.status = status
        self.retryAfter = retryAfter
        self.body = body
    }

    var json: JSONNode { JSONNode((try? JSONValue.parse(body)) ?? .null) }
    /// The first 200 characters, on one line.
    var excerpt: String {
        let text = String(decoding: body.prefix(200), as: UTF8.self)
        return String(text.map { $0.isNewline ? " " : $0 })
    }
}

/// What each channel is told, and what its answers mean. Sources stand at the functions.
public enum ChannelDialect {
    /// The request that delivers an alert. `isRepeat` marks one that may be there already.
    ///
    /// - Parameter routingKey: PagerDuty's, which stands in the body; ignored by the others.
    public static func request(
        _ alert: Alert, to channel: AlertChannel, chat: String = "", routingKey: String = "", isRepeat: Bool = false
    ) -> ChannelRequest {
        switch channel {
        case .telegram: telegram(alert, chat: chat, isRepeat: isRepeat)
        case .slack: slack(alert, isRepeat: isRepeat)
        case .discord: discord(alert, isRepeat: isRepeat)
        case .pagerduty: pagerDuty(alert, routingKey: routingKey)
        }
    }

    /// What an answer means.
    public static func outcome(_ answer: ChannelAnswer, of channel: AlertChannel) -> ChannelOutcome {
        switch answer.status {
        case 200..<300: return accepted(answer, channel)
        case 429: return .notYet(wait: pause(answer), reason: "it asks for patience (429)")
        case 408, 425: return .notYet(wait: pause(answer), reason: "status \(answer.status)")
        case 500...599:
            // A gateway that gives up does not know whether what stands behind it has acted.
            return channel.isIdempotent
                ? .notYet(wait: pause(answer), reason: "status \(answer.status)")
                : .unknown(reason: "status \(answer.status): \(answer.excerpt)")
        default: return .refused(reason: "status \(answer.status): \(answer.excerpt)")
        }
    }

    private static func accepted(_ answer: ChannelAnswer, _ channel: AlertChannel) -> ChannelOutcome {
        switch channel {
        case .telegram:
            guard (try? answer.json["ok"].bool()) == true else {
                return .refused(reason: "it answered: \(answer.excerpt)")
            }
            return .delivered(reference: (try? answer.json["result"]["message_id"].integer()).map { "\($0)" })
        case .discord: return .delivered(reference: try? answer.json["id"].string())
        case .slack: return .delivered(reference: nil)
        case .pagerduty: return .delivered(reference: try? answer.json["dedup_key"].string())
        }
    }

    /// Telegram says `parameters.retry_after` in whole seconds, Discord `retry_after` in fractions of them, everybody the
    /// header in seconds.
    private static func pause(_ answer: ChannelAnswer) -> Span? {
        let json = answer.json
        let said = (try? json["retry_after"].double()) ?? (try? json["parameters"]["retry_after"].double())
        let seconds = [said, answer.retryAfter.flatMap(Double.init)].compactMap { $0 }.max()
        guard let seconds, seconds >= 0 else { return nil }
        return Span(micros: Int64(min(seconds, 86_400) * 1_000_000))
    }

    static let mark = "(possibly repeated)"

    // MARK: Slack: incoming webhooks, https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks

    private static func slack(_ alert: Alert, isRepeat: Bool) -> ChannelRequest {
        let head = "*\(escapedForSlack(alert.headline))*" + (isRepeat ? " \(mark)" : "")
        return ChannelRequest(
            path: "",
            body: [
                "text": .string(head),
                "attachments": [
                    [
                        "color": .string("#" + hex(colour(alert))),
                        "text": .string(escapedForSlack(Text.cut(alert.text, to: 3_000))),
                        "fallback": .string(escapedForSlack(Text.cut(alert.text, to: 3_000))),
                        "footer": .string("quartet · \(alert.severity.rawValue) · \(alert.rule.rawValue)"),
                        "ts": .init(alert.at.micros / 1_000_000),
                    ]
                ],
            ])
    }

    /// The three characters that control Slack's own markup.
    private static func escapedForSlack(_ text: String) -> String {
        var out = ""
        for character in text {
            switch character {
            case "&": out += "&amp;"
            case "<": out += "&lt;"
            case ">": out += "&gt;"
            default: out.append(character)
            }
        }
        return out
    }

    // MARK: Discord: execute webhook, https://docs.discord.com/developers/resources/webhook#execute-webhook

    private static func discord(_ alert: Alert, isRepeat: Bool) -> ChannelRequest {
        // Nobody is pinged by what stands in a message, and nothing in it is markup.
        ChannelRequest(
            path: "?wait=true",
            body: [
                "embeds": [
                    [
                        "title": .string(Text.cut(alert.headline + (isRepeat ? " \(mark)" : ""), to: 256)),
                        "description": .string(Text.cut(escapedForDiscord(alert.text), to: 4_000)),
                        "color": .init(colour(alert)),
                        "timestamp": .string(alert.at.description),
                        "footer": ["text": .string("quartet · \(alert.severity.rawValue) · \(alert.rule.rawValue)")],
                    ]
                ],
                "allowed_mentions": ["parse": []],
            ])
    }

    private static func escapedForDiscord(_ text: String) -> String {
        var out = ""
        for character in text {
            if "\\*_~`|>[]#".contains(character) { out += "\\" }
            out.append(character)
        }
        return out
    }

    // MARK: PagerDuty: Events API v2, https://developer.pagerduty.com/docs/send-alert-event

    private static func pagerDuty(_ alert: Alert, routingKey: String) -> ChannelRequest {
        let action =
            switch alert.phase {
            case .resolved: "resolve"
            case .acknowledged: "acknowledge"
            case .event, .firing, .summary, .reply: "trigger"
            }
        var body = JSONObject([
            ("routing_key", .string(routingKey)), ("event_action", .string(action)),
            ("dedup_key", .string(String(alert.incident.prefix(255)))),
        ])
        if action == "trigger" {
            body = JSONObject(
                body.members.map { ($0.key, $0.value) } + [
                    ("client", "quartet"),
                    (
                        "payload",
                        [
                            "summary": .string(Text.cut("\(alert.headline): \(alert.text)", to: 1_024)),
                            "source": "quartet", "severity": .string(alert.severity.rawValue),
                            "timestamp": .string(alert.at.description),
                            "component": .string(alert.key), "group": "trading", "class": .string(alert.rule.rawValue),
                            "custom_details": ["text": .string(Text.cut(alert.text, to: 8_000))],
                        ]
                    ),
                ])
        }
        return ChannelRequest(path: "/v2/enqueue", body: .object(body))
    }

    private static func colour(_ alert: Alert) -> Int {
        if alert.phase == .resolved { return 0x2eb67d }
        return switch alert.severity {
        case .info: 0x4a90d9
        case .warning: 0xe6a700
        case .critical: 0xd0021b
        }
    }

    private static func hex(_ colour: Int) -> String {
        let text = String(colour, radix: 16)
        return String(repeating: "0", count: 6 - text.count) + text
    }
}

/// Texts within the limits of others, which count UTF-16.
enum Text {
    static func cut(_ text: String, to limit: Int) -> String {
        guard text.utf16.count > limit else { return text }
        var out = ""
        var left = limit - 1
        for character in text {
            left -= character.utf16.count
            guard left >= 0 else { break }
            out.append(character)
        }
        return out + "…"
    }
}
