import Portfolio
import TradingModel

extension ExecutionCore {
    /// Takes in one word of the venue.
    mutating func take(_ report: VenueReport, _ turn: inout Turn) {
        switch report {
        case .accepted(let id, let venueOrderID, let time):
            hear(id, &turn)
            if apply(.accepted(venueOrderID: venueOrderID), to: id, at: time, &turn) { cancelIfWanted(id, &turn) }
            stopAwaiting(id, &turn)
        case .rejected(let id, let reason, let time):
            hear(id, &turn)
            if apply(.rejected(reason: reason), to: id, at: time, &turn) {
                turn.log(.warning, "order \(id) rejected by the venue: \(reason)", isTrade: true)
            }
        case .fill(let fill):
            hear(fill.clientOrderID, &turn)
            take(fill, &turn)
        case .canceled(let id, let reason, let time):
            hear(id, &turn)
            if apply(.canceled(reason: reason), to: id, at: time, &turn) {
                turn.log(.info, "order \(id) canceled", isTrade: true)
            }
        case .expired(let id, let reason, let time):
            hear(id, &turn)
            if apply(.expired(reason: reason), to: id, at: time, &turn) {
                turn.log(.info, "order \(id) expired: \(reason)", isTrade: true)
            }
        case .cancelRejected(let id, let reason):
            turn.heard.append(id)
            turn.log(.warning, "the venue did not cancel order \(id): \(reason)")
            pursue(id, &turn)
        case .duplicate(let id):
            _ = apply(.lostTrack(reason: "the venue knows the id already"), to: id, at: marketTime, &turn)
            turn.heard.append(id)
            pursue(id, &turn)
        case .unknown(let id, let step, let reason): lose(id, step, reason, &turn)
        case .notSent(let id, let reason): reschedule(id, reason, &turn)
        case .answer(let id, let answer): settle(id, answer, &turn)
        case .adopted(let request, let venueOrderID, let time): adopt(request, venueOrderID, at: time, &turn)
        case .account(let account): reconcile(account, &turn)
        case .funding(let payment): take(payment, &turn)
        case .resumed: askForOpenOrders(&turn)
        }
    }

    /// The venue has spoken of an order: whoever waits for that is answered at the end of the turn.
    private mutating func hear(_ id: ClientOrderID, _ turn: inout Turn) {
        if !turn.heard.contains(id) { turn.heard.append(id) }
        orders[id]?.queries = 0
        if orders[id] == nil { turn.log(.warning, "the venue spoke of order \(id), which is not in the journal") }
    }

    /// Applies a change to an order and books what follows. Returns whether the order is different now.
    @discardableResult
    mutating func apply(
        _ change: OrderLife.Change, to id: ClientOrderID, at time: MarketTime, _ turn: inout Turn
    ) -> Bool {
        guard let consequence = orders[id]?.life.apply(change, at: time), let tracked = orders[id] else { return false }
        switch consequence {
        case .moved:
            turn.write(.order(tracked.record))
            turn.note(changed: id)
            return true
        case .unchanged:
            return false
        case .contradiction(let sentence):
            turn.write(.order(tracked.record))
            turn.note(changed: id)
            block(tracked.life.request.symbol, sentence, &turn)
            return true
        case .refused(let sentence):
            turn.log(.warning, sentence)
            return false
        }
    }

    /// No new exposure on a symbol until books and venue have been compared, at the next start at the latest.
    mutating func block(_ symbol: Symbol, _ sentence: String, _ turn: inout Turn) {
        turn.log(.error, "no new exposure on \(symbol): \(sentence)")
        if blocked[symbol] == nil { blocked[symbol] = sentence }
    }

    private mutating func cancelIfWanted(_ id: ClientOrderID, _ turn: inout Turn) {
        guard let life = orders[id]?.life, life.isCancelRequested, !life.status.isTerminal else { return }
        turn.commands.append(.cancel(life.reference))
    }

    /// An order at the venue that is not from us. It is journalled like our own and marked.
    mutating func adopt(_ request: OrderRequest, _ venueOrderID: String, at time: MarketTime, _ turn: inout Turn) {
        let id = request.clientOrderID
        guard orders[id] == nil else {
            _ = apply(.accepted(venueOrderID: venueOrderID), to: id, at: time, &turn)
            return
        }
        var request = request
        // Our own stop of a journal that is lost: an id tells what it is for.
        if id.derivedPurpose == .protectiveStop { request.purpose = .protectiveStop }
        if let position = ledger.position(request.symbol), request.side == position.side.closing,
            request.proposalID.isEmpty
        {
            (request.strategy, request.proposalID) = (position.strategy, position.proposalID)
        }
        var tracked = TrackedOrder(life: OrderLife(request: request), number: nextNumber, isExternal: true)
        nextNumber += 1
        _ = tracked.life.apply(.submitted, at: time)
        _ = tracked.life.apply(.accepted(venueOrderID: venueOrderID), at: time)
        orders[id] = tracked
        turn.write(.newOrder(tracked.record))
        turn.note(changed: id)
        turn.log(
            .warning, "the venue has an order that is not from us: \(request.summary) as \(venueOrderID)", isTrade: true
        )
    }
}

// MARK: - Fills

extension ExecutionCore {
    /// Books a fill once. Nothing that traded is dropped, whatever was known of the order.
    mutating func take(_ report: VenueFill, _ turn: inout Turn) {
        let id = report.clientOrderID
        guard report.quantity.isPositive, report.price.isPositive, report.price.notional(report.quantity) != nil else {
            return block(
                report.symbol,
                "the venue told of a fill \(report.id) of \(report.quantity) at \(report.price), which cannot be", &turn
            )
        }
        if orders[id] == nil { adoptOrder(of: report, &turn) }
        guard let tracked = orders[id], !tracked.life.contains(fill: report.id) else { return }
        marketTime = max(marketTime, report.eventTime)
        let before = ledger.holdings[report.symbol]
        var fill = Fill(report, of: tracked.life.request)
        fill.dust = dust(leftBy: fill)
        let outcome = ledger.apply(fill)
        fill.realizedPnL = outcome.realizedPnL
        apply(.filled(fill, venueOrderID: report.venueOrderID), to: id, at: report.eventTime, &turn)
        turn.write(.fill(fill))
        turn.facts.append(.fill(fill))
        turn.hasCashChanged = true
        turn.log(.info, fill.summary, isTrade: true)
        if let dust = fill.dust {
            turn.log(
                .warning,
                "\(dust) \(fill.symbol.baseCurrency) is less than can be sold: it stays in the account, outside of the books",
                isTrade: true)
        }
        if let trade = outcome.trade, let before { close(before, with: trade, by: fill, &turn) }
        if let holding = ledger.holdings[report.symbol] {
            turn.write(
                .position(
                    holding.position, enteredQuantity: holding.enteredQuantity, enteredNotional: holding.enteredNotional
                ))
        }
        turn.note(position: outcome.position)
    }

    /// What a sale leaves of a position where that is less than a lot: fees in the coin itself make such rests.
    private func dust(leftBy fill: Fill) -> Quantity? {
        guard policy.acknowledgementTimeout != nil, let position = ledger.position(fill.symbol),
            position.side.closing == fill.side, let lot = instruments[fill.symbol]?.lotSize
        else { return nil }
        let rest = position.quantity - fill.quantity
        return rest.isPositive && rest < lot ? rest : nil
    }

    /// Books a payment of funding once: to its position, or to the account where the position was closed before it was told.
    /// One of a time before ours is not ours to book.
    private mutating func take(_ payment: FundingPayment, _ turn: inout Turn) {
        guard !payment.amount.isZero, !fundings.contains(payment.id) else { return }
        let symbol = payment.symbol
        let isOfPosition = ledger.position(symbol).map { $0.openedAt <= payment.eventTime } ?? false
        let isLate = lastClosed[symbol]?.contains(payment.eventTime) ?? false
        guard isOfPosition || isLate else { return }
        let position = ledger.charge(payment.amount, to: symbol, at: payment.eventTime)
        fundings.insert(payment.id)
        marketTime = max(marketTime, payment.eventTime)
        turn.write(.funding(payment))
        turn.hasCashChanged = true
        if let position, let holding = ledger.holdings[symbol] {
            turn.write(
                .position(position, enteredQuantity: holding.enteredQuantity, enteredNotional: holding.enteredNotional))
            turn.note(position: position)
        }
        turn.log(
            isOfPosition ? .info : .warning,
            "funding \(payment.id): \(symbol) \(payment.amount.isNegative ? "received" : "paid") "
                + "\(payment.amount.magnitude)"
                + (isOfPosition ? "" : ", told after its position was closed: it is the account's, not the trade's"),
            isTrade: true)
    }

    /// Funding of its time may be told after it is closed.
    mutating func remember(_ trade: Trade) {
        guard trade.entryTime <= trade.exitTime, lastClosed[trade.symbol]?.upperBound ?? .distantPast <= trade.exitTime
        else { return }
        lastClosed[trade.symbol] = trade.entryTime...trade.exitTime
    }

    private mutating func close(_ before: Holding, with trade: Trade, by fill: Fill, _ turn: inout Turn) {
        remember(trade)
        var closed = before.position
        closed.quantity = .zero
        closed.cost = .zero
        closed.realizedPnL = trade.grossPnL
        closed.fees = trade.fees
        closed.updatedAt = fill.eventTime
        turn.write(
            .position(closed, enteredQuantity: before.enteredQuantity, enteredNotional: before.enteredNotional))
        turn.write(.trade(trade, closingFillID: fill.id))
        turn.facts.append(.trade(trade))
        turn.log(.info, trade.summary, isTrade: true)
    }

    /// A fill without an order: the order is made up from it, so that position and cash stay true.
    private mutating func adoptOrder(of report: VenueFill, _ turn: inout Turn) {
        var request = OrderRequest()
        request.clientOrderID = report.clientOrderID
        request.symbol = report.symbol
        request.side = report.side
        request.quantity = report.quantity
        request.referencePrice = report.price
        request.decidedAt = report.eventTime
        let position = ledger.position(report.symbol)
        request.purpose = position?.side.closing == report.side ? .exit : .entry
        request.leverage = position?.leverage ?? 1
        adopt(request, report.venueOrderID ?? "unknown", at: report.eventTime, &turn)
        block(report.symbol, "the venue told of fill \(report.id) of an order that is not in the journal", &turn)
    }
}

extension Fill {
    /// The venue's fill with what our order adds.
    init(_ report: VenueFill, of request: OrderRequest) {
        self.init()
        id = report.id
        clientOrderID = report.clientOrderID
        symbol = report.symbol
        side = report.side
        price = report.price
        quantity = report.quantity
        fee = report.fee
        feeCurrency = report.feeCurrency
        paidFee = report.paidFee
        paidFeeCurrency = report.paidFeeCurrency
        liquidity = report.liquidity
        purpose = request.purpose
        exitReason = request.exitReason
        strategy = request.strategy
        proposalID = request.proposalID
        leverage = request.leverage
        eventTime = report.eventTime
    }

    var summary: String {
        "fill \(id): \(side.rawValue) \(quantity) \(symbol) at \(price), fee \(fee) \(feeCurrency)"
            + (realizedPnL.isZero ? "" : ", realized \(realizedPnL)") + (exitReason.map { ", \($0.rawValue)" } ?? "")
    }
}

extension Trade {
    var summary: String {
        "trade \(id): \(side.rawValue) \(quantity) \(symbol) \(entryPrice) to \(exitPrice), net \(netPnL), \(exitReason.rawValue)"
    }
}
