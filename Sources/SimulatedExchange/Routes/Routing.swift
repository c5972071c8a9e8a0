import JSONText
import TradingModel

/// One thing that can be asked for.
struct Route: Sendable {
    enum Security: Sendable {
        case open
        /// The key in the header, no signature.
        case key
        /// Signed; anybody's key may read.
        case read
        /// Signed, by a key that may trade.
        case trade
    }

    typealias Handler = @Sendable (inout ExchangeBox, Parameters) throws(Refusal) -> JSONValue

    let market: BoxMarket
    let security: Security
    let weight: @Sendable (Parameters) -> Int
    let isOrder: Bool
    let handler: Handler

    init(
        _ market: BoxMarket, _ security: Security = .open, weight: Int = 1, isOrder: Bool = false,
        _ handler: @escaping Handler
    ) {
        self.init(market, security, isOrder: isOrder, weight: { _ in weight }, handler)
    }

    init(
        _ market: BoxMarket, _ security: Security = .open, isOrder: Bool = false,
        weight: @escaping @Sendable (Parameters) -> Int, _ handler: @escaping Handler
    ) {
        self.market = market
        self.security = security
        self.weight = weight
        self.isOrder = isOrder
        self.handler = handler
    }
}

extension ExchangeBox {
    /// Everything that can be asked for, by method and path.
    static let routes: [String: Route] = {
        var all: [String: Route] = [:]
        let groups = [
            spotMarketRoutes, futuresMarketRoutes, spotTradingRoutes, spotAccountRoutes, futuresTradingRoutes,
            futuresAccountRoutes, algoRoutes, listenKeyRoutes,
        ]
        for group in groups { all.merge(group) { first, _ in first } }
        return all
    }()

    /// `/spot/api/v3/time` is `/api/v3/time`: each market may have an address of its own.
    static func plainPath(_ path: String) -> (path: String, market: BoxMarket?) {
        for market in BoxMarket.allCases {
            let prefix = "/" + market.name
            if path == prefix { return ("/", market) }
            if path.hasPrefix(prefix + "/") { return (String(path.dropFirst(prefix.count)), market) }
        }
        return (path, nil)
    }

    mutating func answer(_ request: BoxRequest) {
        let path = ExchangeBox.plainPath(request.path).path
        if path == "/" || path.hasPrefix("/admin") {
            out.append(.reply(request.id, administer(request, path), after: .zero))
            return
        }
        counters.requests += 1
        let plan = faults.plan(for: request, path: path)
        for fault in plan.before {
            if let done = applyBefore(fault, request) {
                out.append(done)
                return
            }
        }
        let isOrder = ExchangeBox.routes[request.method + " " + path]?.isOrder ?? false
        let reply = serve(request, path, plan)
        deliver(reply, to: request, plan, isOrder: isOrder)
    }

    /// What the exchange says, as if nothing were wrong with the way there.
    private mutating func serve(_ request: BoxRequest, _ path: String, _ plan: FaultPlan) -> BoxReply {
        guard let route = ExchangeBox.routes[request.method + " " + path] else {
            let isKnown = ["GET", "POST", "PUT", "DELETE"].contains { ExchangeBox.routes[$0 + " " + path] != nil }
            return error(
                isKnown
                    ? Refusal(-1000, "\(request.method) is not supported at \(path).", status: 405)
                    : Refusal(-5000, "Path \(path), Method \(request.method) is invalid", status: 404))
        }
        do throws(Refusal) {
            let parameters = try Parameters(query: request.query, body: request.body)
            if let refusal = limiter.admit(route.market, weight: route.weight(parameters), at: now.wall) {
                throw refusal
            }
            if route.isOrder, let refusal = limiter.admitOrder(route.market, at: now.wall) { throw refusal }
            try authorize(request.apiKey, route, parameters)
            tradingFaults = plan.trading
            requestKey = request.apiKey ?? ""
            defer { tradingFaults = [] }
            let value = try route.handler(&self, parameters)
            var body: [UInt8] = []
            value.write(to: &body)
            return BoxReply(status: 200, headers: headers(route.market, route.isOrder), body: body)
        } catch {
            return self.error(error, route)
        }
    }

    private func headers(_ market: BoxMarket, _ isOrder: Bool) -> [BoxReply.Header] {
        let used = limiter.weights[market.rawValue].used
        var headers = [BoxReply.Header(name: "Content-Type", value: "application/json")]
        headers.append(.init(name: "X-MBX-USED-WEIGHT-1M", value: "\(used)"))
        headers.append(.init(name: "X-MBX-USED-WEIGHT", value: "\(used)"))
        if isOrder {
            headers.append(.init(name: "X-MBX-ORDER-COUNT-10S", value: "\(limiter.orders[market.rawValue][0].used)"))
            let long = market == .spot ? "1D" : "1M"
            headers.append(
                .init(name: "X-MBX-ORDER-COUNT-" + long, value: "\(limiter.orders[market.rawValue][1].used)"))
        }
        return headers
    }

    mutating func error(_ refusal: Refusal, _ route: Route? = nil) -> BoxReply {
        counters.refused += 1
        var headers = [BoxReply.Header(name: "Content-Type", value: "application/json")]
        if let route { headers = self.headers(route.market, route.isOrder) }
        if refusal.status == 429 {
            counters.rateLimited += 1
            headers.append(.init(name: "Retry-After", value: "\(limiter.secondsLeft(now.wall))"))
        } else if refusal.status == 418 {
            counters.banned += 1
            let left = max(1, (limiter.bannedUntil - now.wall).micros / 1_000_000)
            headers.append(.init(name: "Retry-After", value: "\(left)"))
        }
        var body: [UInt8] = []
        refusal.json.write(to: &body)
        return BoxReply(status: refusal.status, headers: headers, body: body)
    }

    // MARK: Keys and signatures

    func authorize(_ apiKey: String?, _ route: Route, _ parameters: Parameters) throws(Refusal) {
        guard route.security != .open else { return }
        guard let text = apiKey, !text.isEmpty else { throw Refusal.badKeyFormat }
        guard (10...128).contains(text.utf8.count), text.utf8.allSatisfy({ $0 > 32 && $0 < 127 }) else {
            throw Refusal.badKeyFormat
        }
        guard let key = keys.first(where: { $0.key == text }) else { throw Refusal.rejectedKey }
        guard route.security != .key else { return }
        try checkTime(parameters)
        guard let signature = parameters.signature, !signature.isEmpty else { throw Refusal.missing("signature") }
        guard signature.lowercased() == MessageCode.hmac(parameters.signedText, secret: key.secret) else {
            throw Refusal.badSignature
        }
        if route.security == .trade {
            guard route.market == .spot ? key.mayTrade : key.mayTradeFutures else { throw Refusal.rejectedKey }
        }
    }

    /// Binance's rule: less than a second ahead, at most `recvWindow` behind.
    ///
    /// Where the market runs faster than the machine, nobody's clock can follow it: then a minute's worth of it is
    /// granted, and the machine's own time as well.
    func checkTime(_ parameters: Parameters) throws(Refusal) {
        guard let timestamp = try parameters.integer("timestamp") else { throw Refusal.missing("timestamp") }
        let window = try parameters.integer("recvWindow") ?? 5_000
        guard window > 0, window <= 60_000 else {
            throw Refusal(-1131, "recvWindow must be less than 60000.")
        }
        let isReal = settings.speed == 1
        let grace = isReal ? 0 : Int64(settings.speed * 60_000) + 60_000
        let ahead = timestamp - clock
        if ahead < 1_000 + grace, -ahead <= window + grace { return }
        let wallAhead = timestamp - (now.wall + clockError).micros / 1_000
        if !isReal, wallAhead < 1_000, -wallAhead <= window { return }
        throw ahead > 0 ? Refusal.early : Refusal.late
    }
}
