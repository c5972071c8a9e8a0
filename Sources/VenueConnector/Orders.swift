import ExecutionCore
import JSONText
import TradingModel
import VenueTrading
import Venues

// MARK: - Submit

extension VenueConnector {
    mutating func submit(_ request: OrderRequest, _ turn: inout ConnectorTurn) {
        let id = request.clientOrderID
        // One command, one order: what waits of an earlier one goes.
        queue.removeAll { $0.submission == id }
        for symbol in preparing.keys { preparing[symbol]?.removeAll { $0.clientOrderID == id } }
        guard setUp.isDone else {
            return turn.report(.notSent(id, reason: "\(market.title) has not been reached yet"))
        }
        guard !isUnderWay(id) else {
            return turn.report(.unknown(id, .submit, reason: "its earlier attempt has not been answered yet"))
        }
        if let why = refusal(of: request) {
            return turn.report(.rejected(id, reason: why, at: clock.now(turn.now)))
        }
        let isImmediate = request.type == .market || request.timeInForce != .goodTilCanceled
        track(
            id, request.symbol, venueOrderID: nil, isConditional: request.stopPrice != nil, isImmediate: isImmediate)
        tracked[id]?.wanted = request.quantity
        if market.isSpot || request.isReduceOnly || leverages[request.symbol] == request.leverage {
            place(request, &turn)
        } else {
            prepare(request, &turn)
        }
    }

    private func isUnderWay(_ id: ClientOrderID) -> Bool { pending.values.contains { $0.submission == id } }

    /// What this market cannot do, in one sentence.
    private func refusal(of request: OrderRequest) -> String? {
        if !market.accepts(clientOrderID: request.clientOrderID.text) {
            return "\(market.title) takes no order id \"\(request.clientOrderID)\""
        }
        guard market.isSpot else { return nil }
        if request.leverage > 1, !request.isReduceOnly {
            return "\(market.title) has no leverage: it was asked for \(request.leverage)"
        }
        if request.side == .sell, !request.isReduceOnly { return "\(market.title) has no short side" }
        return nil
    }

    private mutating func place(_ request: OrderRequest, _ turn: inout ConnectorTurn) {
        var draft = OrderDraft(request)
        // Spot knows no positions: what reduces is a plain sale.
        if market.isSpot { draft.isReduceOnly = false }
        let steps = instruments[request.symbol].map { TradingSteps($0) } ?? TradingSteps()
        enqueue(
            .create(draft), for: .submit(request), request.isReduceOnly ? .exit : .entry, steps: steps, &turn)
    }

    mutating func heardSubmission(_ request: OrderRequest, _ outcome: CallOutcome, _ turn: inout ConnectorTurn) {
        let id = request.clientOrderID
        switch outcome {
        case .unreadable(let why): turn.report(.unknown(id, .submit, reason: why))
        case .refused(let error): refusedSubmission(id, error, &turn)
        case .data(let message):
            guard let venueOrderID = message.data.text("order_id") else {
                return turn.report(.unknown(id, .submit, reason: "the answer of \(market.title) names no order"))
            }
            track(id, request.symbol, venueOrderID: venueOrderID, isConditional: false)
            let reading = OrderReading(message.data, market)
            let time = reading?.updatedAt ?? clock.now(turn.now)
            turn.report(.accepted(id, venueOrderID: venueOrderID, at: time))
            for item in message.data["fills"]?.items ?? [] {
                let spelling = MarketSymbol(request.symbol).spelling(at: market)
                guard var part = FillReading(item, spelling: spelling) else { continue }
                if part.time == .distantPast { part.time = time }
                tell(fill(part, of: id, request.symbol, side: request.side), &turn)
            }
            if let reading { take(reading, of: id, &turn) }
            if tracked[id]?.isOver != true, tracked[id]?.isImmediate == true || !stream.isSubscribed {
                checkLater(id, after: .seconds(1), &turn)
            }
        }
    }

    private mutating func refusedSubmission(_ id: ClientOrderID, _ error: VenueError, _ turn: inout ConnectorTurn) {
        switch error.outcome {
        case .unknown: turn.report(.unknown(id, .submit, reason: error.words))
        case .done:
            turn.report(error.category == .duplicate ? .duplicate(id) : .unknown(id, .submit, reason: error.words))
        case .notDone where error.isRetryable: turn.report(.notSent(id, reason: error.words))
        case .notDone:
            tracked[id]?.isOver = true
            turn.report(.rejected(id, reason: error.words, at: clock.now(turn.now)))
        }
    }
}

// MARK: - Leverage and margin mode before the order

extension VenueConnector {
    private mutating func prepare(_ request: OrderRequest, _ turn: inout ConnectorTurn) {
        let symbol = request.symbol
        let isFirst = preparing[symbol]?.isEmpty ?? true
        preparing[symbol, default: []].append(request)
        if isFirst { continuePreparing(symbol, &turn) }
    }

    private mutating func continuePreparing(_ symbol: Symbol, _ turn: inout ConnectorTurn) {
        guard let request = preparing[symbol]?.first else {
            preparing[symbol] = nil
            return
        }
        if policy.setsIsolatedMargin, !isolated.contains(symbol) {
            enqueue(.setMarginMode(MarketSymbol(symbol), .isolated), for: .marginMode(symbol), .entry, &turn)
        } else if leverages[symbol] != request.leverage {
            enqueue(
                .setLeverage(MarketSymbol(symbol), "\(request.leverage)"), for: .leverage(symbol, request.leverage),
                .entry, &turn)
        } else {
            preparing[symbol]?.removeFirst()
            place(request, &turn)
            continuePreparing(symbol, &turn)
        }
    }

    mutating func heardMarginMode(_ symbol: Symbol, _ outcome: CallOutcome, _ turn: inout ConnectorTurn) {
        switch outcome {
        case .data: isolated.insert(symbol)
        case .unreadable(let why): return postponePrepared(symbol, why, &turn)
        case .refused(let error):
            if error.category != .alreadyDone {
                if error.isRetryable || error.outcome == .unknown {
                    return postponePrepared(symbol, error.words, &turn)
                }
                // With a position or orders open the mode cannot be changed any more: then it is what it was.
                turn.log(
                    .warning,
                    "\(market.title) does not set isolated margin for \(symbol) (\(error.words)): "
                        + "the account's own margin mode holds")
            }
            isolated.insert(symbol)
        }
        continuePreparing(symbol, &turn)
    }

    mutating func heardLeverage(
        _ symbol: Symbol, _ leverage: Int, _ outcome: CallOutcome, _ turn: inout ConnectorTurn
    ) {
        switch outcome {
        case .data(let message):
            if let told = message.data.integer("leverage"), told != Int64(leverage) {
                return refusePrepared(symbol, "\(market.title) set the leverage \(told) instead of \(leverage)", &turn)
            }
            leverages[symbol] = leverage
        case .unreadable(let why): return postponePrepared(symbol, why, &turn)
        case .refused(let error):
            if error.category != .alreadyDone {
                if error.isRetryable || error.outcome == .unknown {
                    return postponePrepared(symbol, error.words, &turn)
                }
                return refusePrepared(symbol, "leverage \(leverage): \(error.words)", &turn)
            }
            leverages[symbol] = leverage
        }
        continuePreparing(symbol, &turn)
    }

    /// None of the orders that waited has left: they may be sent again.
    mutating func postponePrepared(_ symbol: Symbol, _ reason: String, _ turn: inout ConnectorTurn) {
        for request in preparing.removeValue(forKey: symbol) ?? [] {
            turn.report(
                .notSent(request.clientOrderID, reason: "leverage or margin mode could not be set: \(reason)"))
        }
    }

    mutating func refusePrepared(_ symbol: Symbol, _ reason: String, _ turn: inout ConnectorTurn) {
        for request in preparing.removeValue(forKey: symbol) ?? [] {
            tracked[request.clientOrderID]?.isOver = true
            turn.report(.rejected(request.clientOrderID, reason: reason, at: clock.now(turn.now)))
        }
    }
}

// MARK: - Cancel

extension VenueConnector {
    mutating func cancel(_ reference: OrderReference, _ turn: inout ConnectorTurn) {
        let id = reference.clientOrderID
        guard setUp.isDone else {
            return turn.report(.unknown(id, .cancel, reason: "\(market.title) has not been reached yet"))
        }
        adoptReference(reference)
        enqueue(.cancel(key(of: reference)), for: .cancel(reference), .exit, &turn)
    }

    mutating func adoptReference(_ reference: OrderReference) {
        track(
            reference.clientOrderID, reference.symbol, venueOrderID: reference.venueOrderID,
            isConditional: reference.isConditional)
    }

    /// By the exchange's id where it is known, which is of one order only; else by ours.
    func key(of reference: OrderReference) -> OrderKey {
        let order = tracked[reference.clientOrderID]
        let venueOrderID = order?.venueOrderID ?? reference.venueOrderID
        return OrderKey(
            symbol: MarketSymbol(reference.symbol),
            clientOrderID: venueOrderID == nil ? reference.clientOrderID.text : nil, venueOrderID: venueOrderID,
            isConditional: keepsApart && (order?.isConditional ?? reference.isConditional))
    }

    /// Conditional orders have a place of their own at this market.
    var keepsApart: Bool { market == .binanceUSDM || market == .bybitSpot }

    mutating func heardCancel(_ reference: OrderReference, _ outcome: CallOutcome, _ turn: inout ConnectorTurn) {
        let id = reference.clientOrderID
        switch outcome {
        // What was filled before the cancel stands in the order: it is asked for.
        case .data: inquire(reference, for: .answer, &turn)
        case .unreadable(let why): turn.report(.unknown(id, .cancel, reason: why))
        case .refused(let error) where error.isRetryable || error.outcome == .unknown:
            turn.report(.unknown(id, .cancel, reason: error.words))
        case .refused(let error): turn.report(.cancelRejected(id, reason: error.words))
        }
    }
}

// MARK: - What an order has become

extension VenueConnector {
    /// Reports what a reading of an order says, as far as its fills are told.
    mutating func take(_ reading: OrderReading, of id: ClientOrderID, _ turn: inout ConnectorTurn) {
        guard var order = tracked[id] else { return }
        if let filled = reading.filled { order.filled = max(order.filled, filled) }
        let isWhole = order.told >= order.filled
        let time = reading.updatedAt ?? clock.now(turn.now)
        tracked[id] = order
        switch reading.status {
        case .canceled, .expired, .rejected:
            guard isWhole else { return checkLater(id, after: .milliseconds(300), &turn) }
            tracked[id]?.isOver = true
            switch reading.status {
            case .canceled: turn.report(.canceled(id, reason: reading.reason, at: time))
            case .expired: turn.report(.expired(id, reason: reading.reason ?? "expired at the venue", at: time))
            default: turn.report(.rejected(id, reason: reading.reason ?? "rejected by the venue", at: time))
            }
        case .filled:
            if isWhole, order.filled >= order.wanted ?? order.filled, order.filled.isPositive {
                tracked[id]?.isOver = true
            } else if isWhole {
                checkLater(id, after: .milliseconds(300), &turn)
            }
            if !isWhole { checkLater(id, after: .seconds(1), &turn) }
        default:
            if !isWhole { checkLater(id, after: .seconds(1), &turn) }
        }
    }

    /// One timer an order: the first that is set counts.
    mutating func checkLater(_ id: ClientOrderID, after delay: Span, _ turn: inout ConnectorTurn) {
        guard tracked[id]?.isCheckDue == false else { return }
        tracked[id]?.isCheckDue = true
        turn.schedule(.check(id), after: delay)
    }

    /// Whether the stream has told everything of an order; where not, it is asked for.
    mutating func check(_ id: ClientOrderID, _ turn: inout ConnectorTurn) {
        tracked[id]?.isCheckDue = false
        guard let order = tracked[id], !order.isOver || order.told < order.filled else { return }
        let isMissing = order.told < order.filled
        guard isMissing || order.isImmediate || !stream.isSubscribed else { return }
        tracked[id]?.checks += 1
        checkLater(id, after: backOff("check \(id)", order.checks + 1), &turn)
        guard !order.isExternal || order.venueOrderID != nil else { return }
        inquire(
            OrderReference(
                clientOrderID: id, symbol: order.symbol, venueOrderID: order.venueOrderID,
                isConditional: order.isConditional), for: .settlement, &turn)
    }
}
