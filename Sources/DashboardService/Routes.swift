import ServiceRuntime
import TradingModel
import WebServer
import Wire

/// The body of `POST /login`.
struct LoginRequest: WireBody {
    static let kind = "loginRequest"
    var token = ""
    init() {}
    static func read(_ bytes: [UInt8]) throws(WireError) -> LoginRequest { try WireJSON.decode(Self.self, from: bytes) }
    mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(WireError) { try visitor.field("token", &token) }
}

/// One address of the API, as it is documented and served.
struct Route {
    struct Parameter {
        let name: String
        let text: String
        let schema: JSONTree
    }

    let method: String
    let path: String
    let summary: String
    var parameters: [Parameter] = []
    var request: (any WireBody.Type)?
    /// `nil` where the answer is not JSON.
    var answer: (any WireBody.Type)?
    var mediaType = "application/json"
    /// Others that the same address answers with when asked.
    var otherMediaTypes: [String] = []

    private static let limit = Parameter(
        name: "limit", text: "At most so many, newest first; 1 to 1000.",
        schema: .object(["type": "integer", "minimum": .integer(1), "maximum": .integer(1_000)]))
    private static let symbol = Parameter(
        name: "symbol", text: "Only this symbol, such as BTC/USDT.",
        schema: .object([
            "type": "string", "pattern": "^[A-Z0-9._-]{1,20}/[A-Z0-9._-]{1,20}(:[A-Z0-9._-]{1,20})?$",
            "maxLength": .integer(48),
        ]))
    private static let strategy = Parameter(
        name: "strategy", text: "Only this strategy.", schema: .object(["type": "string"]))

    static let all: [Route] = [
        Route(method: "GET", path: "/", summary: "The page.", mediaType: "text/html"),
        Route(
            method: "GET", path: "/api/status", summary: "What has to be seen at a glance.", answer: StatusView.self),
        Route(method: "GET", path: "/api/metrics", summary: "The figures of the session.", answer: MetricsView.self),
        Route(
            method: "GET", path: "/api/positions", summary: "Open positions, their plans and distances.",
            answer: ListView<PositionView>.self),
        Route(
            method: "GET", path: "/api/trades", summary: "Completed round trips, newest first.",
            parameters: [limit, symbol, strategy], answer: ListView<Trade>.self),
        Route(
            method: "GET", path: "/api/orders", summary: "Orders, newest first.", parameters: [limit, symbol],
            answer: ListView<Order>.self),
        Route(
            method: "GET", path: "/api/decisions", summary: "What strategy decided and why, newest first.",
            parameters: [limit, symbol], answer: ListView<Decision>.self),
        Route(
            method: "GET", path: "/api/refusals", summary: "Proposals that risk denied, newest first.",
            parameters: [limit, symbol, strategy], answer: ListView<Verdict>.self),
        Route(
            method: "GET", path: "/api/equity", summary: "The equity curve, its drawdown and the benchmark.",
            parameters: [limit], answer: ListView<EquityView>.self),
        Route(
            method: "GET", path: "/api/candles", summary: "Closed candles of one symbol, oldest first.",
            parameters: [
                symbol, limit,
                Parameter(
                    name: "timeframe", text: "5m where it is not given.",
                    schema: .object(["enum": .array(Timeframe.allCases.map { .string($0.rawValue) })])),
            ], answer: Candles.self),
        Route(
            method: "GET", path: "/api/dialogues", summary: "Questions to language models and their answers.",
            parameters: [limit], answer: ListView<Dialogue>.self),
        Route(
            method: "GET", path: "/api/leaderboard", summary: "How the language models compare.",
            answer: Leaderboard.self),
        Route(
            method: "GET", path: "/api/limits",
            summary: "Risk's limits, each with its present use; 503 while risk is silent.",
            answer: RiskReport.self),
        Route(
            method: "GET", path: "/api/report",
            summary: "The report of everything so far, as JSON, text or one HTML page.",
            parameters: [
                Parameter(
                    name: "format", text: "json where it is not given.",
                    schema: .object(["enum": .array(ReportFormat.allCases.map { .string($0.rawValue) })]))
            ], answer: ReportView.self, otherMediaTypes: ["text/plain", "text/html"]),
        Route(
            method: "GET", path: "/api/health", summary: "What each service says of itself.",
            answer: ListView<ServiceView>.self),
        Route(
            method: "GET", path: "/api/events", summary: "Status and positions every second, and what has changed.",
            mediaType: "text/event-stream"),
        Route(method: "GET", path: "/api/session", summary: "What a POST needs.", answer: SessionView.self),
        Route(
            method: "POST", path: "/api/stop",
            summary: "The emergency stop: risk halts, nothing new is opened, open positions stay guarded.",
            request: StopRequest.self, answer: CommandResult.self),
        Route(method: "GET", path: "/api/openapi.json", summary: "This description."),
        Route(method: "GET", path: "/metrics", summary: "Figures for Prometheus.", mediaType: "text/plain"),
        Route(method: "GET", path: "/healthz", summary: "Answers while the dashboard runs.", mediaType: "text/plain"),
        Route(method: "GET", path: "/login", summary: "The page that asks for the token.", mediaType: "text/html"),
        Route(
            method: "POST", path: "/login", summary: "Takes the token and sets a session's cookie.",
            request: LoginRequest.self),
    ]

    /// 405 where the address is known and does not take the method; before anything else is looked at.
    static func refusal(of request: WebRequest) -> WebResponse? {
        let methods = all.filter { $0.path == request.path }.map(\.method)
        let isHead = request.method == "HEAD" && methods.contains("GET")
        guard !methods.isEmpty, !methods.contains(request.method), !isHead else { return nil }
        var response = WebResponse.problem(405, "\(request.path) takes \(methods.joined(separator: ", ")) only.")
        response.headers["Allow"] = methods.joined(separator: ", ")
        return response
    }
}

extension DashboardShell {
    func respond(_ request: WebRequest, _ gate: Gate) async -> WebResponse {
        if let asset = assets.response(to: request) { return asset }
        guard Route.all.contains(where: { $0.path == request.path }) else {
            return .problem(404, "there is nothing at \(request.path).")
        }
        if let refusal = Route.refusal(of: request) { return refusal }
        do throws(ProblemView.Failure) {
            return try await answer(request, gate)
        } catch {
            return .problem(400, error.sentence)
        }
    }

    private func answer(_ request: WebRequest, _ gate: Gate) async throws(ProblemView.Failure) -> WebResponse {
        switch request.path {
        case "/api/status":
            return .view(replica.status(at: bus.now, settings: context.settings, startedAt: startedAt))
        case "/api/metrics": return .view(metrics())
        case "/api/positions": return .view(ListView(replica.openPositions()))
        case "/api/trades", "/api/orders", "/api/decisions", "/api/refusals", "/api/dialogues":
            return try list(request)
        case "/api/leaderboard": return .view(replica.leaderboard ?? Leaderboard())
        case "/api/limits":
            guard let limits else { return .problem(503, "risk has not told its limits within the last half minute.") }
            return .view(limits)
        case "/api/report": return try await report(request)
        case "/api/equity":
            let start = replica.startingBalance(context.settings)
            let points = recorder.view(points: try limit(request, otherwise: 600), startingBalance: start)
            return .view(ListView(points, total: recorder.curve.count))
        case "/api/candles": return try await candles(request)
        case "/api/health":
            return .view(ListView(ServiceName.quartet.map { replica.service($0, at: bus.now) }))
        case "/api/events": return events()
        case "/api/session":
            var view = SessionView()
            view.csrfToken = gate.csrfToken
            view.mode = context.settings.mode.rawValue
            return .view(view)
        case "/api/openapi.json": return .json(Array(OpenAPI.document.utf8))
        case "/metrics":
            return WebResponse(
                type: "text/plain; version=0.0.4; charset=utf-8",
                Exposition.text(metrics(), replica, limits, context.settings.risk, at: bus.now))
        case "/healthz": return WebResponse("ok\n")
        case "/api/stop": return try await stopTrading(request)
        default: return .problem(404, "there is nothing at \(request.path).")
        }
    }

    func metrics() -> MetricsView {
        var view = replica.metrics(
            at: bus.now, settings: context.settings, startedAt: startedAt, maxDrawdown: recorder.maxDrawdown)
        view.snapshots = recorder.snapshots
        return view
    }

    private func list(_ request: WebRequest) throws(ProblemView.Failure) -> WebResponse {
        let limit = try limit(request, otherwise: 100)
        let symbol = try symbol(request)
        let strategy = request.queryValue("strategy")
        func newest<T: WireBody>(_ items: some BidirectionalCollection<T>, _ isWanted: (T) -> Bool) -> WebResponse {
            let wanted = items.filter(isWanted)
            return .view(ListView(Array(wanted.reversed().prefix(limit)), total: wanted.count))
        }
        switch request.path {
        case "/api/trades":
            return newest(replica.trades) { trade in
                (symbol == nil || trade.symbol == symbol) && (strategy == nil || trade.strategy == strategy)
            }
        case "/api/orders":
            return newest(replica.newestOrders.reversed()) { symbol == nil || $0.request.symbol == symbol }
        case "/api/decisions": return newest(replica.decisions) { symbol == nil || $0.symbol == symbol }
        case "/api/refusals":
            return newest(replica.verdicts) { verdict in
                verdict.denial != nil && (symbol == nil || verdict.symbol == symbol)
                    && (strategy == nil || verdict.strategy == strategy)
            }
        default: return newest(replica.dialogues) { _ in true }
        }
    }

    private func candles(_ request: WebRequest) async throws(ProblemView.Failure) -> WebResponse {
        var question = CandlesRequest()
        guard let symbol = try symbol(request) ?? context.settings.symbols.first else {
            throw .init("no symbol is traded.")
        }
        question.symbol = symbol
        question.limit = try limit(request, otherwise: 200)
        if let text = request.queryValue("timeframe") {
            guard let timeframe = Timeframe(rawValue: text) else {
                throw .init("timeframe is one of \(Timeframe.allCases.map(\.rawValue).joined(separator: ", ")).")
            }
            question.timeframe = timeframe
        }
        guard context.settings.symbols.contains(symbol) else {
            return .problem(404, "\(symbol) is not among the symbols of the configuration.")
        }
        guard let candles = await candles(question) else {
            return .problem(503, "feed has no \(question.timeframe) candles of \(symbol) to give now.")
        }
        return .view(candles)
    }

    private func stopTrading(_ request: WebRequest) async throws(ProblemView.Failure) -> WebResponse {
        var why = ""
        if !request.body.isEmpty {
            do throws(WireError) {
                why = try WireJSON.decode(StopRequest.self, from: request.body).why ?? ""
            } catch {
                throw .init("the body is not a stopRequest: \(error)")
            }
        }
        let words = String(
            why.unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x7f }.prefix(200).map(Character.init))
        switch await halt(why: words.isEmpty ? "emergency stop" : words, who: "dashboard \(request.peer)") {
        case .success(let result): return .view(result)
        case .failure(let failure): return .problem(503, failure.sentence)
        }
    }

    private func limit(_ request: WebRequest, otherwise: Int) throws(ProblemView.Failure) -> Int {
        guard let text = request.queryValue("limit") else { return otherwise }
        guard let limit = Int(text), (1...1_000).contains(limit) else { throw .init("limit is from 1 to 1000.") }
        return limit
    }

    private func symbol(_ request: WebRequest) throws(ProblemView.Failure) -> Symbol? {
        guard let text = request.queryValue("symbol") else { return nil }
        guard let symbol = Symbol(text) else { throw .init("symbol is BASE/QUOTE, such as BTC/USDT.") }
        return symbol
    }
}
