public import JSONText

/// Reads any message of an exchange: what kind it is, what it says, or which refusal it is. No I/O.
public enum VenueMessages {
    /// What is known of a message beside its text.
    public struct Context: Hashable, Sendable {
        /// The endpoint's name, path, event, stream or topic; found from the shape where absent.
        public var endpoint: String?
        /// The HTTP status of a response.
        public var status: Int?
        public init(endpoint: String? = nil, status: Int? = nil) {
            self.endpoint = endpoint
            self.status = status
        }
    }

    /// One endpoint or stream that is read by a table.
    public struct Endpoint: Hashable, Sendable {
        public let name: String
        public let type: String
        public let sources: [String]
    }

    /// All endpoints of a dialect and kind that are read by a table.
    public static func endpoints(_ venue: VenueDialect, _ kind: MessageKind) -> [Endpoint] {
        MessageCatalog.readers(venue, kind).map { Endpoint(name: $0.name, type: $0.type, sources: $0.sources) }
    }

    /// Whether the word names an endpoint of the dialect; a path always does.
    public static func knows(_ endpoint: String, _ venue: VenueDialect, _ kind: MessageKind) -> Bool {
        let word = bare(endpoint)
        return word.hasPrefix("/")
            || (MessageCatalog.readers(venue, kind) + MessageCatalog.readers(venue, kind.other))
                .contains { $0.answers(to: word) }
    }

    /// The same from text; see ``parse(_:venue:kind:_:)-(JSONValue,_,_,_)``.
    public static func parse(
        _ text: String, venue: VenueDialect, kind: MessageKind, _ context: Context = Context()
    ) throws(JSONError) -> ParsedMessage {
        try parse(try JSONValue.parse(text), venue: venue, kind: kind, context)
    }

    /// What a message says. A refusal is no error here but a message of type `error`; thrown is what cannot be
    /// understood, with the place.
    public static func parse(
        _ value: JSONValue, venue: VenueDialect, kind: MessageKind, _ context: Context = Context()
    ) throws(JSONError) -> ParsedMessage {
        let opened = try Envelope.open(value, venue: venue, context)
        switch opened.content {
        case .failure(let error):
            var message = ParsedMessage(venue: venue, kind: kind, endpoint: "error", type: "error", data: error.json)
            message.header = opened.header
            return message
        case .notice(let type, let data):
            var message = ParsedMessage(venue: venue, kind: kind, endpoint: type, type: type, data: data)
            message.header = opened.header
            return message
        case .batch(let items):
            return try batch(items, opened, venue, kind, context)
        case .data(let node):
            return try read(node, opened, venue, kind, context)
        }
    }

    private static func read(
        _ node: JSONNode, _ opened: Envelope, _ venue: VenueDialect, _ kind: MessageKind, _ context: Context
    ) throws(JSONError) -> ParsedMessage {
        guard let reader = try choose(node, opened, venue, kind, context) else {
            let name = context.endpoint.map(bare) ?? opened.hints.first ?? "other"
            var message = ParsedMessage(
                venue: venue, kind: kind, endpoint: name, type: "other",
                data: GenericReading.value(node.value ?? .null, key: ""))
            message.header = opened.header
            return message
        }
        var reading = MessageReading()
        var header = opened.header
        let data = try reader.read(node, &reading, header: &header)
        var message = ParsedMessage(venue: venue, kind: kind, endpoint: reader.name, type: reader.type, data: data)
        message.header = header
        message.unknown = reading.unknown
        return message
    }

    /// The results of a list of requests: each is data or a refusal.
    private static func batch(
        _ items: [Envelope.Item], _ opened: Envelope, _ venue: VenueDialect, _ kind: MessageKind, _ context: Context
    ) throws(JSONError) -> ParsedMessage {
        var out: [JSONValue] = []
        var name = "batch"
        var unknown = JSONObject()
        for item in items {
            switch item {
            case .failure(let error): out.append(["error": error.json])
            case .data(let node):
                let message = try read(node, opened, venue, kind, context)
                name = message.endpoint
                for (key, value) in message.unknown where unknown[key] == nil { unknown[key] = value }
                out.append(message.data)
            }
        }
        var message = ParsedMessage(venue: venue, kind: kind, endpoint: name, type: "batch", data: .array(out))
        message.header = opened.header
        message.unknown = unknown
        return message
    }

    /// How much of a message has to be known before its shape alone tells what it is.
    private static let enough = 0.6

    private static func choose(
        _ node: JSONNode, _ opened: Envelope, _ venue: VenueDialect, _ kind: MessageKind, _ context: Context
    ) throws(JSONError) -> MessageReader? {
        let value = node.value ?? .null
        // Messages of the other kind come too: the WebSocket API answers as REST does, and the other way round.
        let readers = MessageCatalog.readers(venue, kind) + MessageCatalog.readers(venue, kind.other)
        if let endpoint = context.endpoint.map(bare) {
            let named = readers.filter { $0.answers(to: endpoint) }
            if let reader = best(named, value) ?? named.first { return reader }
            if endpoint.hasPrefix("/") { return nil }
        }
        for hint in opened.hints {
            let named = readers.filter { $0.answers(to: hint) }
            if let reader = best(named, value) ?? named.first { return reader }
        }
        // An event of a name that no table has is not to be taken for another one.
        guard opened.hints.isEmpty else { return nil }
        return best(readers.filter { ($0.fit(value) ?? 0) >= enough }, value)
    }

    private static func best(_ readers: [MessageReader], _ value: JSONValue) -> MessageReader? {
        var best: (reader: MessageReader, fit: Double)?
        for reader in readers {
            guard let fit = reader.fit(value), fit > (best?.fit ?? 0) else { continue }
            best = (reader, fit)
        }
        return best?.reader
    }

    /// An endpoint without its method and query: `GET /api/v3/depth?limit=5` → `/api/v3/depth`.
    private static func bare(_ endpoint: String) -> String {
        let words = endpoint.split(separator: " ")
        let path = words.last.map(String.init) ?? endpoint
        return String(path.prefix { $0 != "?" })
    }
}

extension MessageKind {
    var other: MessageKind { self == .rest ? .ws : .rest }
}
