import WebServer

/// A part of the program that answers below some paths.
struct RouteGroup: Sendable {
    let name: String
    /// Paths it answers, each with everything below it; `/` for all that nobody else answers.
    let prefixes: [String]
    let answer: @Sendable (WebRequest) async -> WebResponse

    func takes(_ path: String) -> Bool {
        prefixes.contains { $0 == "/" || path == $0 || path.hasPrefix($0 + "/") }
    }

    /// The answer of the first group that takes the path.
    static func answer(_ request: WebRequest, _ groups: [RouteGroup]) async -> WebResponse {
        for group in groups where group.takes(request.path) { return await group.answer(request) }
        return WebResponse(status: 404, "nothing is at \(request.path)\n")
    }
}
