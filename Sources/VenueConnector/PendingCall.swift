import ExecutionCore
import JSONText
import TradingModel
import VenueTrading
import Venues

/// A request on its way, or waiting to be.
struct PendingCall: Sendable {
    enum Purpose: Sendable {
        case setUp(Int)
        case clock
        case keepStream
        case submit(OrderRequest)
        case cancel(OrderReference)
        case inquiry(ClientOrderID)
        case tour
        case marginMode(Symbol)
        case leverage(Symbol, Int)
        case funding
    }

    let number: Int
    let purpose: Purpose
    let call: TradingCall
    let priority: RateBudget.Priority
    var extras = JSONObject()
    var steps = TradingSteps()
    let queuedAt: WallTime
    var sentAt: WallTime = .distantPast

    /// The order that it would place.
    var submission: ClientOrderID? {
        if case .submit(let request) = purpose { request.clientOrderID } else { nil }
    }
}

/// What an answer of the exchange says.
enum CallOutcome {
    case data(ParsedMessage)
    case refused(VenueError)
    /// It cannot be read: what was asked for may have happened.
    case unreadable(String)
}

extension VenueConnector {
    mutating func enqueue(
        _ call: TradingCall, for purpose: PendingCall.Purpose, _ priority: RateBudget.Priority,
        extras: JSONObject = JSONObject(), steps: TradingSteps = TradingSteps(), _ turn: inout ConnectorTurn
    ) {
        let next = PendingCall(
            number: nextNumber, purpose: purpose, call: call, priority: priority, extras: extras, steps: steps,
            queuedAt: turn.now)
        nextNumber += 1
        // The more urgent goes before the less; equals keep their order.
        let place = queue.firstIndex { $0.priority > priority } ?? queue.endIndex
        queue.insert(next, at: place)
    }

    /// Sends what may be sent now.
    mutating func pump(_ turn: inout ConnectorTurn) {
        while !queue.isEmpty {
            // What is urgent has two places of its own.
            let places = policy.requestsAtOnce + (queue[0].priority == .exit ? 2 : 0)
            guard pending.count < places else { return }
            let next = queue[0]
            if let id = next.submission, turn.now - next.queuedAt > policy.longestWait {
                queue.removeFirst()
                turn.report(.notSent(id, reason: "it waited longer than \(policy.longestWait) for its turn"))
                continue
            }
            let cost = CallCost(next.call, market)
            switch budget.request(weight: cost.weight, orders: cost.orders, next.priority, at: turn.now) {
            case .go:
                queue.removeFirst()
                send(next, &turn)
            case .wait(let until, let reason):
                waitForBudget(until, reason, &turn)
                return
            }
        }
    }

    /// Orders are told at once that they do not go: their moment would be over.
    private mutating func waitForBudget(_ until: WallTime, _ reason: String, _ turn: inout ConnectorTurn) {
        if !isQueueTimerRunning {
            isQueueTimerRunning = true
            turn.schedule(.queue, after: max(.milliseconds(1), until - turn.now))
            turn.log(.warning, "requests wait until \(until): \(reason)")
        }
        let isLong = until - turn.now > policy.longestWait
        guard isLong else { return }
        for call in queue {
            guard let id = call.submission else { continue }
            turn.report(.notSent(id, reason: reason))
        }
        queue.removeAll { $0.submission != nil }
    }

    private mutating func send(_ call: PendingCall, _ turn: inout ConnectorTurn) {
        let request: TradingRequest
        do throws(CallRefusal) {
            request = try self.request(call.call, extras: call.extras, steps: call.steps, at: turn.now)
        } catch {
            return refuseCall(call, error, &turn)
        }
        for note in request.notes { turn.log(.warning, "\(market.title): \(note)") }
        var sent = call
        sent.sentAt = turn.now
        pending[call.number] = sent
        turn.directives.append(.send(call.number, request, timeout: policy.requestTimeout))
    }

    /// The signed request of a call, at the exchange's time of this moment.
    func request(
        _ call: TradingCall, extras: JSONObject = JSONObject(), steps: TradingSteps = TradingSteps(), at now: WallTime
    ) throws(CallRefusal) -> TradingRequest {
        let window = Double(policy.receiveWindow.micros / 1_000) * policy.clockSpeed
        let context = SigningContext(
            key: keys.key, secret: keys.secret, timestamp: clock.now(now).micros / 1_000,
            receiveWindow: Int(min(60_000, window)))
        let form = TradingOrderForm(market: market, call: call, steps: steps, extras: extras)
        var request = try RequestDesk.request(for: form, context: context)
        guard request.method != .webSocket else { return request }
        let path = request.url.drop { $0 != ":" }.dropFirst(3).drop { $0 != "/" }
        if let address = path.hasPrefix("/sapi/") ? policy.accountURL : policy.restURL {
            request.url = address + path
        }
        return request
    }

    /// No request can be made of the call: a mistake of ours, and certainly nothing happened.
    private mutating func refuseCall(_ call: PendingCall, _ refusal: CallRefusal, _ turn: inout ConnectorTurn) {
        switch call.purpose {
        case .submit(let request):
            tracked[request.clientOrderID]?.isOver = true
            turn.report(
                .rejected(request.clientOrderID, reason: refusal.description, at: clock.now(turn.now)))
        case .cancel(let reference):
            turn.report(.cancelRejected(reference.clientOrderID, reason: refusal.description))
        case .inquiry(let id): endInquiry(id, unknown: refusal.description, &turn)
        case .tour: failTour(refusal.description, &turn)
        case .setUp: turn.directives.append(.refuse("\(market.title): \(refusal.sentence)"))
        case .marginMode(let symbol), .leverage(let symbol, _): refusePrepared(symbol, refusal.description, &turn)
        case .clock, .keepStream, .funding: turn.log(.error, "\(market.title): \(refusal)")
        }
    }

    // MARK: Answers

    mutating func hear(_ number: Int, _ answer: CallAnswer, _ turn: inout ConnectorTurn) {
        guard let call = pending.removeValue(forKey: number) else { return }
        let outcome = read(answer, to: call)
        observeLimits(answer, outcome, turn.now)
        if case .refused(let error) = outcome, error.category == .clock { measureClock(&turn) }
        switch call.purpose {
        case .setUp(let step): heardSetUp(step, outcome, call, &turn)
        case .clock: heardClock(outcome, call, &turn)
        case .keepStream: heardKeepStream(outcome, &turn)
        case .submit(let request): heardSubmission(request, outcome, &turn)
        case .cancel(let reference): heardCancel(reference, outcome, &turn)
        case .inquiry(let id): heardInquiry(id, outcome, &turn)
        case .tour: heardTour(outcome, &turn)
        case .marginMode(let symbol): heardMarginMode(symbol, outcome, &turn)
        case .leverage(let symbol, let leverage): heardLeverage(symbol, leverage, outcome, &turn)
        case .funding: heardFunding(outcome, &turn)
        }
    }

    mutating func miss(_ number: Int, _ mayHaveBeenSent: Bool, _ reason: String, _ turn: inout ConnectorTurn) {
        guard let call = pending.removeValue(forKey: number) else { return }
        switch call.purpose {
        case .submit(let request):
            let id = request.clientOrderID
            turn.report(mayHaveBeenSent ? .unknown(id, .submit, reason: reason) : .notSent(id, reason: reason))
        case .cancel(let reference): turn.report(.unknown(reference.clientOrderID, .cancel, reason: reason))
        case .inquiry(let id): endInquiry(id, unknown: reason, &turn)
        case .tour: failTour(reason, &turn)
        case .funding: turn.log(.warning, "\(market.title) did not tell of funding: \(reason)")
        case .setUp(let step): failSetUp(step, reason, &turn)
        case .clock: turn.schedule(.clock, after: .seconds(10))
        case .keepStream: turn.schedule(.keepStream, after: .seconds(30))
        case .marginMode(let symbol), .leverage(let symbol, _): postponePrepared(symbol, reason, &turn)
        }
    }

    private func read(_ answer: CallAnswer, to call: PendingCall) -> CallOutcome {
        let path = try? request(call.call, extras: call.extras, steps: call.steps, at: call.sentAt)
        let endpoint = path.map { request in
            String(request.url.drop { $0 != ":" }.dropFirst(3).drop { $0 != "/" }.prefix { $0 != "?" })
        }
        let isDone = (200..<300).contains(answer.status)
        let message: ParsedMessage
        do throws(JSONError) {
            message = try VenueMessages.parse(
                answer.body, venue: dialect, kind: .rest,
                VenueMessages.Context(endpoint: endpoint, status: answer.status))
        } catch {
            if isDone { return .unreadable("\(error)") }
            return .refused(.classify(dialect, status: answer.status, body: answer.body))
        }
        if message.type == "error" { return .refused(VenueError(message.data, dialect, status: answer.status)) }
        // A body in the shape of data under a status that is none: a gateway's, which tells nothing of what happened.
        if !isDone { return .refused(.classify(dialect, status: answer.status, body: answer.body)) }
        return .data(message)
    }

    private mutating func observeLimits(_ answer: CallAnswer, _ outcome: CallOutcome, _ now: WallTime) {
        var error: VenueError?
        if case .refused(let refusal) = outcome { error = refusal }
        let seconds = answer.header("retry-after").flatMap { Int64($0) }
        let wait = seconds.map { Span.seconds($0) } ?? error?.retryAfter
        budget.observe(status: answer.status, retryAfter: wait, error: error, at: now)
        let used = answer.header("x-mbx-used-weight-1m").flatMap { Int($0) }
        if let used { budget.observe(used: used * policy.limitSharePct / 100, span: .minutes(1), at: now) }
    }

    /// `first · 2^tries`, at most the longest, less up to half of it.
    func backOff(_ name: String, _ tries: Int) -> Span {
        let pause = min(policy.longestRetry, policy.firstRetry * (Int64(1) << Int64(min(tries, 20))))
        var dice = SeededGenerator(
            seed: UInt64(truncatingIfNeeded: StableHash.of("\(policy.jitterSeed)|\(name)|\(tries)").value))
        let half = pause.micros / 2
        return half > 0 ? pause - .microseconds(Int64(dice.next() % UInt64(half))) : pause
    }
}

extension VenueError {
    /// Back from what ``VenueMessages`` made of it.
    init(_ data: JSONValue, _ dialect: VenueDialect, status: Int?) {
        self.init(
            venue: dialect, code: data.text("code") ?? "", name: data.text("name"), message: data.text("message") ?? "",
            httpStatus: status,
            category: data.text("category").flatMap { Category(rawValue: $0) } ?? .unrecognized)
        bannedUntil = data.time("banned_until")
        serverTime = data.time("server_time")
        retryAfter = data.integer("retry_after").map { Span(micros: $0) }
    }

    /// What the exchange said, short.
    var words: String { code.isEmpty ? message : "\(code) \(message)" }
}

/// What a call costs of the exchange's limits, from the documentation of each endpoint.
struct CallCost {
    let weight: Int
    let orders: Int

    init(_ call: TradingCall, _ market: TradingMarket) {
        switch call {
        case .create, .amend:
            self.init(weight: 1, orders: 1)
        case .openOrders(let symbol, _, _):
            self.init(weight: market == .binanceSpot ? (symbol == nil ? 80 : 6) : symbol == nil ? 40 : 1)
        case .fills, .balances: self.init(weight: market == .binanceSpot ? 20 : market.venue == .mexc ? 10 : 5)
        case .orderHistory: self.init(weight: market == .binanceSpot ? 20 : 10)
        case .query: self.init(weight: market == .binanceSpot ? 4 : 2)
        case .positions: self.init(weight: 5)
        case .funding: self.init(weight: 30)
        default: self.init(weight: 1)
        }
    }

    private init(weight: Int, orders: Int = 0) {
        self.weight = weight
        self.orders = orders
    }
}
