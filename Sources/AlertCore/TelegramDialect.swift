public import JSONText
public import TradingModel

extension ChannelDialect {
    // MARK: Telegram: Bot API, https://core.telegram.org/bots/api

    /// The longest text of a message, counted in UTF-16 after its entities are read; we count before, which is safe.
    static let telegramLimit = 4_096

    static func telegram(_ alert: Alert, chat: String, isRepeat: Bool) -> ChannelRequest {
        let sign =
            switch (alert.phase, alert.severity) {
            case (.resolved, _): "✅ "
            case (.reply, _): ""
            case (_, .critical): "🔴 "
            case (_, .warning): "🟠 "
            case (_, .info): "🔵 "
            }
        let head =
            alert.phase == .reply
            ? (isRepeat ? "\(mark)\n" : "")
            : "\(sign)<b>\(escapedForHTML(alert.headline))</b>" + (isRepeat ? " \(mark)" : "") + "\n"
        return telegramMessage(html: head + fitted(alert.text, to: telegramLimit - head.utf16.count), chat: chat)
    }

    private static func telegramMessage(html: String, chat: String) -> ChannelRequest {
        ChannelRequest(
            path: "/sendMessage",
            body: [
                "chat_id": chatValue(chat), "text": .string(html), "parse_mode": "HTML",
                "link_preview_options": ["is_disabled": true],
            ])
    }

    private static func chatValue(_ chat: String) -> JSONValue {
        JSONNumber(chat).map(JSONValue.number) ?? .string(chat)
    }

    /// `&`, `<` and `>` are what HTML mode asks to be replaced.
    public static func escapedForHTML(_ text: String) -> String {
        var out = ""
        for character in text { out += escaped(character) }
        return out
    }

    private static func escaped(_ character: Character) -> String {
        switch character {
        case "&": "&amp;"
        case "<": "&lt;"
        case ">": "&gt;"
        default: String(character)
        }
    }

    /// Escaped, and cut so that no entity is torn.
    static func fitted(_ text: String, to limit: Int) -> String {
        var out = ""
        var count = 0
        for character in text {
            let piece = escaped(character)
            guard count + piece.utf16.count < limit else { return out + "…" }
            count += piece.utf16.count
            out += piece
        }
        return out
    }

    /// Asks for what was written to the bot since; the answer may take `seconds` to come.
    public static func updates(after offset: Int64, seconds: Int) -> ChannelRequest {
        ChannelRequest(
            path: "/getUpdates",
            body: ["offset": .init(offset), "timeout": .init(seconds), "allowed_updates": ["message"], "limit": 50])
    }

    /// Changes nothing at a message of ours, which has no buttons and gets none: its answer tells whether it exists.
    public static func probe(message: Int64, chat: String) -> ChannelRequest {
        ChannelRequest(
            path: "/editMessageReplyMarkup", body: ["chat_id": chatValue(chat), "message_id": .init(message)])
    }

    /// Whether the message that was asked for by ``probe(message:chat:)`` is there and ours; `nil` where that is not told.
    public static func probed(_ answer: ChannelAnswer) -> Bool? {
        let said = ((try? answer.json["description"].string()) ?? "").lowercased()
        if answer.status == 200 || said.contains("message is not modified") { return true }
        if answer.status == 400 { return false }
        return nil
    }

    /// Reads what ``updates(after:seconds:)`` is answered with.
    /// - Throws: ``JSONError`` where it is no such answer; an update that is no message is given without text.
    public static func readUpdates(_ body: [UInt8]) throws(JSONError) -> [TelegramUpdate] {
        let json = JSONNode(try JSONValue.parse(body))
        guard try json["ok"].bool() else { throw json["ok"].bad("is false") }
        var updates: [TelegramUpdate] = []
        for node in try json["result"].elements() {
            var update = TelegramUpdate(id: try node["update_id"].integer())
            let message = node["message"]
            if message.isPresent {
                update.chat = (try? message["chat"]["id"].integer()).map { "\($0)" } ?? ""
                update.user = (try? message["from"]["id"].integer()).map { "\($0)" } ?? ""
                update.name =
                    (try? message["from"]["username"].string()) ?? (try? message["from"]["first_name"].string()) ?? ""
                update.sentAt = WallTime(micros: ((try? message["date"].integer()) ?? 0) * 1_000_000)
                update.text = (try? message["text"].string()) ?? ""
            }
            updates.append(update)
        }
        return updates
    }
}

/// One thing that was written to the bot.
public struct TelegramUpdate: Hashable, Sendable {
    public var id: Int64
    public var chat = ""
    public var user = ""
    public var name = ""
    public var sentAt: WallTime = .distantPast
    /// Empty where it is no text.
    public var text = ""
    public init(id: Int64) { self.id = id }

    /// Who says so, for the record: `telegram alice (4711)`.
    public var who: String { "telegram \(name.isEmpty ? "user" : String(name.prefix(64))) (\(user))" }
}
