import JSONText
import TradingModel

/// One kind of trouble, how often, and for what.
struct Fault: Sendable {
    enum Kind: String, Sendable, CaseIterable {
        // The way there and back.
        case latency
        case disconnect
        case halfOpen = "half_open"
        case garbage
        // Requests only.
        case rateLimit = "rate_limit"
        case ban
        case serverError = "server_error"
        case clockRefusal = "clock_refusal"
        case replyLost = "reply_lost"
        case replyHung = "reply_hung"
        case unknownOutcome = "unknown_outcome"
        // Streams only.
        case gap, duplicate, silence
        case outOfOrder = "out_of_order"
        // Orders.
        case reject, partial
        case lateFill = "late_fill"
        case fillBeforeReply = "fill_before_reply"
        case forgetID = "forget_id"
        case forgetQuery = "forget_query"
        case disconnectAfterAccept = "disconnect_after_accept"
        case balanceLag = "balance_lag"

        /// Where it can happen.
        var places: [Place] {
            switch self {
            case .latency, .disconnect, .halfOpen, .garbage: [.rest, .stream, .user]
            case .rateLimit, .ban, .serverError, .clockRefusal: [.rest]
            case .replyLost, .replyHung, .unknownOutcome: [.rest]
            case .gap, .duplicate, .silence, .outOfOrder: [.stream, .user]
            default: [.order]
            }
        }

        /// One sentence.
        var meaning: String {
            switch self {
            case .latency: "an answer or event comes `milliseconds` later"
            case .disconnect: "the connection is cut; a request has not been handled"
            case .halfOpen: "a request is never answered, a stream falls silent for good, the connection stays open"
            case .garbage: "an answer or event is no JSON; a request has been handled"
            case .rateLimit: "429 with Retry-After of `milliseconds`"
            case .ban: "418: the address is banned for two minutes, each further time twice as long"
            case .serverError: "`status` (503) \"Service Unavailable.\"; the request has not been handled"
            case .clockRefusal: "-1021 for a signed request"
            case .replyLost: "the request is handled and its connection cut without an answer"
            case .replyHung: "the request is handled and never answered"
            case .unknownOutcome: "the request is handled and answered 503 \"Unknown error\""
            case .gap: "an event is left out"
            case .duplicate: "an event comes twice"
            case .silence: "a connection says nothing for `milliseconds`"
            case .outOfOrder: "an event comes after the next one"
            case .reject: "an order is refused with `code` and `message`"
            case .partial: "an order that would trade at once trades half"
            case .lateFill: "an accepted order trades `milliseconds` later"
            case .fillBeforeReply: "the user stream tells a fill `milliseconds` before the order is acknowledged"
            case .forgetID: "a client order id that is in use is taken again"
            case .forgetQuery: "a query by client order id finds nothing, though there is something"
            case .disconnectAfterAccept: "an order is accepted, then answer and user streams are cut"
            case .balanceLag: "balances and positions show the state before an order for `milliseconds`"
            }
        }
    }

    enum Place: String, Sendable, CaseIterable {
        /// Requests.
        case rest
        /// Public streams.
        case stream
        /// The user stream.
        case user
        /// New orders, and queries of them.
        case order
    }

    let id: Int
    let kind: Kind
    let place: Place
    /// Only where `METHOD path?query` or the stream's name contains it.
    let match: String
    /// How many times yet; `nil` without end.
    var left: Int?
    /// How likely each time; 1 for always.
    let rate: Double
    let delay: Span?
    let status: Int
    let code: Int?
    let message: String?
    var fired = 0

    var json: JSONValue {
        var object = JSONObject([
            ("id", JSONValue(id)), ("kind", .string(kind.rawValue)), ("on", .string(place.rawValue)),
            ("match", .string(match)), ("left", left.map { JSONValue($0) } ?? nil), ("fired", JSONValue(fired)),
        ])
        object["rate"] = JSONNumber("\(rate)").map { .number($0) }
        object["milliseconds"] = delay.map { JSONValue($0.micros / 1_000) }
        object["meaning"] = .string(kind.meaning)
        return .object(object)
    }
}

/// What goes wrong with one request.
struct FaultPlan: Sendable {
    var before: [Fault] = []
    var after: [Fault] = []
    var trading: [Fault] = []
}

/// All trouble there is, and the chance it comes by.
struct FaultBox: Sendable {
    private(set) var list: [Fault] = []
    private var generator: SeededGenerator
    private var nextID = 1

    init(seed: UInt64) { generator = SeededGenerator(seed: seed ^ 0x6661_756c_7473) }

    mutating func reseed(_ seed: UInt64) { generator = SeededGenerator(seed: seed) }
    mutating func removeAll() { list = [] }
    mutating func remove(_ id: Int) { list.removeAll { $0.id == id } }

    /// Adds what a JSON text describes: one fault, or a list of them.
    @discardableResult
    mutating func add(text: String) throws(Refusal) -> [Fault] {
        guard let value = try? JSONValue.parse(text) else { throw FaultBox.bad("the faults are no JSON") }
        guard case .array(let list) = value else { return try add(value) }
        var added: [Fault] = []
        for value in list { added += try add(value) }
        return added
    }

    /// Adds what a JSON object describes, and returns it; `kind: "all"` adds each kind at its own rate.
    mutating func add(_ value: JSONValue) throws(Refusal) -> [Fault] {
        guard case .object(let object) = value else { throw FaultBox.bad("a fault is an object with a \"kind\"") }
        let known = [
            "kind", "on", "match", "count", "rate", "milliseconds", "status", "code", "message", "seed",
        ]
        if let strange = object.keys.first(where: { !known.contains($0) }) {
            throw FaultBox.bad("\"\(strange)\" is no member of a fault; known are \(known.joined(separator: ", "))")
        }
        guard case .string(let name)? = object["kind"] else { throw FaultBox.bad("a fault names its \"kind\"") }
        if let seed = try FaultBox.integer(object, "seed") { reseed(UInt64(bitPattern: seed)) }
        if name == "all" {
            var added: [Fault] = []
            for kind in Fault.Kind.allCases where kind != .ban {
                for place in kind.places { added.append(try make(kind, place, object)) }
            }
            list += added
            return added
        }
        guard let kind = Fault.Kind(rawValue: name) else {
            let names = Fault.Kind.allCases.map(\.rawValue)
            let near = NearestName.of(name, among: names).map { ": do you mean \($0)?" } ?? ""
            throw FaultBox.bad("\"\(name)\" is no kind of fault\(near)")
        }
        var places = kind.places
        if case .string(let text)? = object["on"] {
            guard let place = Fault.Place(rawValue: text), kind.places.contains(place) else {
                let possible = kind.places.map(\.rawValue).joined(separator: ", ")
                throw FaultBox.bad("\"\(name)\" happens on \(possible), not on \"\(text)\"")
            }
            places = [place]
        }
        let fault = try make(kind, places[0], object)
        list.append(fault)
        return [fault]
    }

    private mutating func make(_ kind: Fault.Kind, _ place: Fault.Place, _ object: JSONObject) throws(Refusal) -> Fault
    {
        let count = try FaultBox.integer(object, "count")
        var rate: Double?
        if case .number(let number)? = object["rate"] {
            rate = number.double
            guard let rate, rate > 0, rate <= 1 else { throw FaultBox.bad("\"rate\" is not between 0 and 1") }
        }
        if let count, count < 1 { throw FaultBox.bad("\"count\" is not at least 1") }
        let delay = try FaultBox.integer(object, "milliseconds")
        if let delay, !(0...3_600_000).contains(delay) {
            throw FaultBox.bad("\"milliseconds\" is not between 0 and 3600000")
        }
        var match = ""
        if case .string(let text)? = object["match"] { match = text }
        var message: String?
        if case .string(let text)? = object["message"] { message = text }
        let fault = Fault(
            id: nextID, kind: kind, place: place, match: match,
            left: count.map { Int($0) } ?? (rate == nil ? 1 : nil), rate: rate ?? 1,
            delay: delay.map { .milliseconds($0) }, status: Int(try FaultBox.integer(object, "status") ?? 503),
            code: try FaultBox.integer(object, "code").map { Int($0) }, message: message)
        nextID += 1
        return fault
    }

    private static func integer(_ object: JSONObject, _ name: String) throws(Refusal) -> Int64? {
        guard let value = object[name] else { return nil }
        guard case .number(let number) = value, let whole = number.integer else {
            throw bad("\"\(name)\" is no whole number")
        }
        return whole
    }

    static func bad(_ sentence: String) -> Refusal { Refusal(-1, sentence) }

    /// Those that strike now, at a place, of what is named.
    private mutating func strike(_ place: Fault.Place, _ name: String) -> [Fault] {
        guard !list.isEmpty else { return [] }
        var struck: [Fault] = []
        for index in list.indices where list[index].place == place {
            guard list[index].match.isEmpty || name.contains(list[index].match) else { continue }
            if let left = list[index].left, left <= 0 { continue }
            if list[index].rate < 1, generator.uniform() >= list[index].rate { continue }
            list[index].fired += 1
            list[index].left = list[index].left.map { $0 - 1 }
            struck.append(list[index])
        }
        return struck
    }

    mutating func plan(for request: BoxRequest, path: String) -> FaultPlan {
        var plan = FaultPlan()
        guard !list.isEmpty else { return plan }
        let body = request.query.isEmpty ? request.body : request.query
        let name = request.method + " " + path + "?" + body
        for fault in strike(.rest, name) {
            switch fault.kind {
            case .disconnect, .halfOpen, .rateLimit, .ban, .serverError, .clockRefusal: plan.before.append(fault)
            default: plan.after.append(fault)
            }
        }
        if ExchangeBox.orderPaths.contains(path) { plan.trading = strike(.order, name) }
        return plan
    }

    mutating func streamFault(_ name: String, isUser: Bool) -> Fault? {
        guard !list.isEmpty else { return nil }
        return strike(isUser ? .user : .stream, name).first
    }
}

extension ExchangeBox {
    static let orderPaths: Set<String> = ["/api/v3/order", "/fapi/v1/order", "/fapi/v1/algoOrder"]

    /// What keeps a request from being handled; `nil` where nothing does.
    mutating func applyBefore(_ fault: Fault, _ request: BoxRequest) -> BoxDirective? {
        switch fault.kind {
        case .disconnect: return .cut(request.id, after: fault.delay ?? .zero)
        case .halfOpen: return .hold(request.id)
        case .rateLimit:
            var reply = error(RateLimiter.tooMuch(limiter.weights[0].limit))
            reply.headers.removeAll { $0.name == "Retry-After" }
            let seconds = max(1, (fault.delay ?? .seconds(1)).micros / 1_000_000)
            reply.headers.append(.init(name: "Retry-After", value: "\(seconds)"))
            return .reply(request.id, reply, after: .zero)
        case .ban:
            limiter.ban(at: now.wall)
            return .reply(request.id, error(limiter.banRefusal), after: .zero)
        case .serverError:
            let reply = BoxReply(
                status: fault.status, headers: [.init(name: "Content-Type", value: "text/html")],
                body: Array("Service Unavailable.".utf8))
            return .reply(request.id, reply, after: .zero)
        case .clockRefusal:
            let path = ExchangeBox.plainPath(request.path).path
            guard let route = ExchangeBox.routes[request.method + " " + path],
                route.security == .read || route.security == .trade
            else { return nil }
            return .reply(request.id, error(Refusal.late, route), after: .zero)
        default: return nil
        }
    }

    /// Sends the answer of a handled request, with what is wrong with the way back.
    ///
    /// What the user stream has to say comes after it, as at the exchange most of the time.
    mutating func deliver(_ reply: BoxReply, to request: BoxRequest, _ plan: FaultPlan, isOrder: Bool) {
        var directive = BoxDirective.reply(request.id, reply, after: .zero)
        var isEventFirst = false
        for fault in plan.after {
            switch fault.kind {
            case .latency: directive = .reply(request.id, reply, after: fault.delay ?? .milliseconds(500))
            case .replyLost: directive = .cut(request.id, after: fault.delay ?? .zero)
            case .replyHung: directive = .hold(request.id)
            case .unknownOutcome:
                let body =
                    #"{"code":-1007,"msg":"Timeout waiting for response from backend server. Send status unknown; execution status unknown."}"#
                directive = .reply(
                    request.id,
                    BoxReply(
                        status: 503, headers: [.init(name: "Content-Type", value: "application/json")],
                        body: Array(body.utf8)), after: .zero)
            case .garbage:
                directive = .reply(
                    request.id,
                    BoxReply(
                        status: 200, headers: [.init(name: "Content-Type", value: "text/html")],
                        body: Array("<html><body>upstream \u{1}".utf8)), after: .zero)
            default: break
            }
        }
        for fault in plan.trading where isOrder && reply.status == 200 {
            switch fault.kind {
            case .fillBeforeReply:
                isEventFirst = true
                directive = .reply(request.id, reply, after: fault.delay ?? .milliseconds(300))
            case .disconnectAfterAccept:
                directive = .cut(request.id, after: .zero)
                out.removeAll { if case .send = $0 { true } else { false } }
                for id in connections.keys.sorted() where connections[id]?.userStreams.isEmpty == false {
                    out.append(.sever(id))
                    closeStream(id)
                }
            default: break
            }
        }
        if isEventFirst { out.append(directive) } else { out.insert(directive, at: 0) }
    }
}

/// Something that happens later by the machine's clock.
struct Postponed: Sendable {
    enum Action: Sendable {
        case match(Int64)
    }
    var due: WallTime
    var action: Action
}
