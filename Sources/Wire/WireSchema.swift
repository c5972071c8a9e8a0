/// The protocol as documents that other tools read, made from the same visits that write and read the messages.
public enum WireSchema {
    /// The whole protocol as AsyncAPI 3.0: channels, operations, messages, schemas.
    public static func asyncAPI() -> String { document().text }

    /// JSON Schema 2020-12 of the JSON text of a frame of that kind, envelope and body; `nil` where there is no such kind.
    public static func jsonSchema(kind name: String) -> String? {
        guard let kind = WireCatalog.kind(name) else { return nil }
        let place = "#/$defs/"
        var builder = SchemaBuilder(place: place)
        let message = message(kind, &builder, place: place)
        var members: [JSONTree.Member] = [
            .init("$schema", "https://json-schema.org/draft/2020-12/schema"),
            .init("title", .string(kind.kind)),
            .init("description", .string(kind.summary)),
        ]
        if case .object(let own) = message { members += own }
        members.append(.init("$defs", .object(builder.components)))
        return JSONTree.object(members).text
    }

    /// A message: the envelope with its kind and body pinned.
    private static func message(_ kind: MessageKind, _ builder: inout SchemaBuilder, place: String) -> JSONTree {
        let envelope = Envelope.schema(&builder).tree
        let body = kind.schema(&builder).tree
        return .object([
            "allOf": .array([
                envelope,
                .object([
                    "type": "object",
                    "properties": .object([
                        "kind": .object(["const": .string(kind.kind)]),
                        "body": body,
                    ]),
                    "required": .array(["body"]),
                ]),
            ])
        ])
    }

    // MARK: AsyncAPI

    private static func document() -> JSONTree {
        let place = "#/components/schemas/"
        var builder = SchemaBuilder(place: place)
        var payloads: [JSONTree.Member] = []
        var messages: [JSONTree.Member] = []
        for kind in WireCatalog.kinds {
            payloads.append(.init("message." + kind.kind, message(kind, &builder, place: place)))
            messages.append(
                .init(
                    kind.kind,
                    .object([
                        "name": .string(kind.kind), "summary": .string(kind.summary), "contentType": "application/json",
                        "payload": .object(["$ref": .string(place + "message." + kind.kind)]),
                    ])))
        }
        return .object([
            "asyncapi": "3.0.0",
            "info": .object([
                "title": "Quartet", "version": .string("\(WireProtocol.major).0.0"),
                "description": .string(introduction),
            ]),
            "defaultContentType": "application/json",
            "servers": .object(servers()),
            "channels": .object(factChannels() + requestChannels()),
            "operations": .object(operations()),
            "components": .object(["messages": .object(messages), "schemas": .object(builder.components + payloads)]),
        ])
    }

    private static let introduction = """
        The bus of Quartet. Every message is one frame: four bytes of big-endian length, then that many bytes of UTF-8 \
        JSON, at most 1 MiB. PUB sends two parts, topic and frame; REQ/REP sends one. Members may stand in any order, \
        unknown members are ignored. See docs/wire.md.
        """

    private static func servers() -> [JSONTree.Member] {
        ServiceName.speaking.flatMap { service in
            ["pub", "rep"].map { end in
                JSONTree.Member(
                    "\(service.rawValue).\(end)",
                    .object([
                        "host": .string("{runDirectory}/\(service.rawValue).\(end)"),
                        "protocol": "zmtp",
                        "description": .string(
                            end == "pub"
                                ? "The facts that \(service.rawValue) publishes: ZeroMQ PUB on a Unix socket."
                                : "Requests to \(service.rawValue): ZeroMQ ROUTER on a Unix socket, for REQ or DEALER."),
                        "variables": .object([
                            "runDirectory": .object([
                                "description": "The configured run directory, as in ipc://RUN_DIR/feed.pub."
                            ])
                        ]),
                    ]))
            }
        }
    }

    private static func reference(_ path: String) -> JSONTree { .object(["$ref": .string(path)]) }

    private static func channelMessages(_ kinds: [String]) -> JSONTree {
        .object(kinds.map { JSONTree.Member($0, reference("#/components/messages/" + $0)) })
    }

    /// The name of a topic's channel: `candle` for `candle.{symbol}.{timeframe}`.
    private static func channelName(_ topic: String) -> String { String(topic.prefix { $0 != "." }) }

    private static func factChannels() -> [JSONTree.Member] {
        WireCatalog.kinds.flatMap { kind in
            kind.uses.compactMap { use -> JSONTree.Member? in
                guard case .fact(let topic, let publishers) = use else { return nil }
                var members: [JSONTree.Member] = [
                    .init("address", .string(topic)),
                    .init("description", .string(kind.summary)),
                    .init("servers", .array(publishers.map { reference("#/servers/\($0.rawValue).pub") })),
                    .init("messages", channelMessages([kind.kind])),
                ]
                let parameters = parameters(of: topic)
                if !parameters.isEmpty { members.append(.init("parameters", .object(parameters))) }
                return .init(channelName(topic), .object(members))
            }
        }
    }

    private static func parameters(of topic: String) -> [JSONTree.Member] {
        let all: [(name: String, value: JSONTree)] = [
            (
                "symbol",
                .object([
                    "description": "BASE/QUOTE, or BASE/QUOTE:SETTLE for a derivative",
                    "examples": .array(["BTC/USDT"]),
                ])
            ),
            ("timeframe", .object(["enum": .array(["1m", "3m", "5m", "15m", "30m", "1h", "4h"])])),
            ("service", .object(["enum": .array(ServiceName.speaking.map { .string($0.rawValue) })])),
        ]
        return all.filter { topic.contains("{\($0.name)}") }.map { JSONTree.Member($0.name, $0.value) }
    }

    /// One channel a service: its requests and their replies.
    private static func requestChannels() -> [JSONTree.Member] {
        ServiceName.speaking.map { service in
            var kinds: [String] = []
            for (request, reply) in requests(of: service) {
                for kind in [request, reply] where !kinds.contains(kind) { kinds.append(kind) }
            }
            return JSONTree.Member(
                service.rawValue + ".rep",
                .object([
                    "address": .string(service.rawValue + ".rep"),
                    "description": .string("Requests to \(service.rawValue) and the replies."),
                    "servers": .array([reference("#/servers/\(service.rawValue).rep")]),
                    "messages": channelMessages(kinds + [Refusal.kind]),
                ]))
        }
    }

    private static func requests(of service: ServiceName) -> [(request: String, reply: String)] {
        WireCatalog.kinds.flatMap { kind in
            kind.uses.compactMap { use in
                guard case .request(let services, _, let reply) = use, services.contains(service) else { return nil }
                return (kind.kind, reply)
            }
        }
    }

    private static func operations() -> [JSONTree.Member] {
        var members: [JSONTree.Member] = []
        for kind in WireCatalog.kinds {
            for case .fact(let topic, _) in kind.uses {
                let channel = channelName(topic)
                members.append(
                    .init(
                        "publish." + channel,
                        .object([
                            "action": "send", "channel": reference("#/channels/" + channel),
                            "summary": .string(kind.summary),
                            "messages": .array([reference("#/channels/\(channel)/messages/\(kind.kind)")]),
                        ])))
            }
        }
        for service in ServiceName.speaking {
            let channel = "#/channels/\(service.rawValue).rep"
            for (request, reply) in requests(of: service) {
                members.append(
                    .init(
                        "\(service.rawValue).\(request)",
                        .object([
                            "action": "receive", "channel": reference(channel),
                            "summary": .string(WireCatalog.kind(request)?.summary ?? request),
                            "messages": .array([reference("\(channel)/messages/\(request)")]),
                            "reply": .object([
                                "channel": reference(channel),
                                "messages": .array(
                                    [reply, Refusal.kind].map { reference("\(channel)/messages/\($0)") }),
                            ]),
                        ])))
            }
        }
        return members
    }
}

extension WireSchema {
    /// The schemas of `bodies` and of all that they hold, each once; `place` is where the document keeps them.
    public static func components(of bodies: [any WireBody.Type], place: String) -> [JSONTree.Member] {
        var builder = SchemaBuilder(place: place)
        for body in bodies { _ = body.schema(&builder) }
        return builder.components
    }
}
