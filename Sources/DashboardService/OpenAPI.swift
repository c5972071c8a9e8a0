import Wire

/// The API as OpenAPI 3.1, made from ``Route`` and from the bodies that are served.
enum OpenAPI {
    static let document = make().text + "\n"

    private static func make() -> JSONTree {
        let place = "#/components/schemas/"
        let bodies = Route.all.flatMap { [$0.request, $0.answer].compactMap { $0 } } + [ProblemView.self]
        var addresses: [String] = []
        for route in Route.all where !addresses.contains(route.path) { addresses.append(route.path) }
        let paths = addresses.map { path in
            JSONTree.Member(
                path,
                .object(
                    Route.all.filter { $0.path == path }.map { .init($0.method.lowercased(), operation($0, place)) }))
        }
        return .object([
            "openapi": "3.1.0",
            "info": .object([
                "title": "Quartet's dashboard", "version": "1.0.0",
                "description": .string(
                    "What the dashboard serves. Money, prices and quantities are decimal strings; times are integer "
                        + "microseconds since 1970 UTC. Errors are problems with one sentence."),
            ]),
            "paths": .object(paths),
            "components": .object(["schemas": .object(WireSchema.components(of: bodies, place: place).map(taken))]),
        ])
    }

    /// The stop is taken as well with a `null` for its reason: nothing stands in its way that need not.
    private static func taken(_ schema: JSONTree.Member) -> JSONTree.Member {
        guard schema.name == StopRequest.kind else { return schema }
        return .init(
            schema.name,
            .object([
                "type": "object",
                "properties": .object(["why": .object(["type": .array(["string", "null"])])]),
                "additionalProperties": .bool(true),
            ]))
    }

    private static func reference(_ body: any WireBody.Type, _ place: String) -> JSONTree {
        .object(["$ref": .string(place + body.kind)])
    }

    private static func content(_ schema: JSONTree) -> JSONTree {
        .object(["application/json": .object(["schema": schema])])
    }

    private static func operation(_ route: Route, _ place: String) -> JSONTree {
        var members: [JSONTree.Member] = [.init("summary", .string(route.summary))]
        if !route.parameters.isEmpty {
            members.append(
                .init(
                    "parameters",
                    .array(
                        route.parameters.map { parameter in
                            .object([
                                "name": .string(parameter.name), "in": "query",
                                "description": .string(parameter.text), "schema": parameter.schema,
                            ])
                        })))
        }
        if let request = route.request {
            members.append(
                .init(
                    "requestBody",
                    .object(["required": .bool(true), "content": content(reference(request, place))])))
        }
        var done: [JSONTree.Member] = [.init("description", "Done.")]
        if let answer = route.answer {
            let others = route.otherMediaTypes.map { JSONTree.Member($0, .object([])) }
            let json = JSONTree.Member("application/json", .object(["schema": reference(answer, place)]))
            done.append(.init("content", .object([json] + others)))
        } else if route.method != "POST" {
            done.append(.init("content", .object([.init(route.mediaType, .object([]))])))
        }
        let problem = JSONTree.object([
            "description": "Not done, and why. What is no request at all is told so in plain text.",
            "content": .object([
                "application/json": .object(["schema": reference(ProblemView.self, place)]), "text/plain": .object([]),
            ]),
        ])
        members.append(
            .init(
                "responses",
                .object([
                    .init(route.request == nil || route.answer != nil ? "200" : "204", .object(done)),
                    .init("default", problem),
                ])))
        return .object(members)
    }
}
