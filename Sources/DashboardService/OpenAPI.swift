import Wire

/// The API as OpenAPI 3.1, made from ``Route`` and from the bodies that are served.
enum OpenAPI {
    static let document = make().text + "\n"

    private static func make() -> JSONTree {
        let place = "#/components/schemas/"
        let bodies = Route.all.flatMap { [$0.request, $0.answer].compactMap { $0 } } + [ProblemView.self]
        let paths = Route.all.map { route in
            JSONTree.Member(route.path, .object([.init(route.method.lowercased(), operation(route, place))]))
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
            "components": .object(["schemas": .object(WireSchema.components(of: bodies, place: place))]),
        ])
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
            done.append(.init("content", content(reference(answer, place))))
        } else if route.path != "/login" {
            done.append(.init("content", .object([.init(route.mediaType, .object([]))])))
        }
        let problem = JSONTree.object([
            "description": "Not done, and why.", "content": content(reference(ProblemView.self, place)),
        ])
        members.append(
            .init(
                "responses",
                .object([.init(route.path == "/login" ? "204" : "200", .object(done)), .init("default", problem)])))
        return .object(members)
    }
}
