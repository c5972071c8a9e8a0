import TradingModel

/// An order as it is asked for, before anything is checked against market or account.
struct OrderRequest: Sendable {
    var listing: Int
    var side: OrderSide
    var kind: BoxOrder.Kind
    var force = BoxOrder.Force.goodTillCanceled
    var lots: Int64 = 0
    var limit: Int64 = 0
    var stop: Int64 = 0
    var spending: Money?
    var clientID: String
    var isReduceOnly = false
    var closesPosition = false
    var positionSide = BoxOrder.PositionSide.both
    var algoID: Int64?
}

extension ExchangeBox {
    func tradingFault(_ kind: Fault.Kind) -> Fault? { tradingFaults.first { $0.kind == kind } }

    /// Takes an order or refuses it; what trades at once has traded when this returns.
    mutating func place(_ asked: OrderRequest) throws(Refusal) -> Int64 {
        var request = asked
        let index = request.listing
        let market = listings[index].market
        if let fault = tradingFault(.reject) {
            let standard = market == .spot ? Refusal.insufficientBalance : Refusal.insufficientMargin
            throw Refusal(fault.code ?? standard.code, fault.message ?? standard.message)
        }
        if !listings[index].isBookCurrent { requote(index) }
        if tradingFault(.forgetID) == nil, orders.openOrder(index, request.clientID) != nil {
            throw market == .spot
                ? Refusal(-2010, "Duplicate order sent.") : Refusal(-4116, "ClientOrderId is duplicated.")
        }
        if listings[index].openOrders >= Listing.mostOrders {
            throw market == .spot ? Refusal.filter("MAX_NUM_ORDERS") : Refusal(-2025, "Reach max open order limit.")
        }
        if market == .usdm { try checkReduceOnly(&request) }
        try checkPostOnly(request)
        var order = BoxOrder(
            id: orders.nextID(), listing: index, clientID: request.clientID, side: request.side, kind: request.kind,
            force: request.force, lots: request.lots, limit: request.limit, createdAt: clock, updatedAt: clock)
        order.stop = request.stop
        order.spending = request.spending
        order.isReduceOnly = request.isReduceOnly
        order.closesPosition = request.closesPosition
        order.positionSide = request.positionSide
        order.algoID = request.algoID
        if let fault = tradingFault(.balanceLag) { beginBalanceLag(fault.delay ?? .seconds(2)) }
        if market == .spot { try lockFunds(&order) } else { try checkMargin(order) }
        orders.add(order)
        listings[index].openOrders += 1
        report(order.id, .new)
        if !order.kind.isConditional { work(order.id) }
        return order.id
    }

    private func checkPostOnly(_ request: OrderRequest) throws(Refusal) {
        guard request.kind == .limitMaker || request.force == .postOnly else { return }
        guard listings[request.listing].book.crosses(request.side, limit: request.limit) else { return }
        throw listings[request.listing].market == .spot
            ? Refusal(-2010, "Order would immediately match and take.")
            : Refusal(
                -5022, "Due to the order could not be executed as maker, the Post Only order will be rejected.")
    }

    /// Matches an order that may trade now, or later where a fault says so.
    mutating func work(_ id: Int64) {
        if let fault = tradingFault(.lateFill) {
            postponed.append(Postponed(due: now.wall + (fault.delay ?? .seconds(2)), action: .match(id)))
            return
        }
        match(id, isHalved: tradingFault(.partial) != nil)
    }

    /// Takes from the book what the order can have; what is left rests or expires.
    mutating func match(_ id: Int64, isHalved: Bool) {
        guard let order = orders[id], order.isOpen, !order.isResting else { return }
        let index = order.listing
        if !listings[index].isBookCurrent { requote(index) }
        let limit: Int64? = order.limit > 0 && order.kind.isLimit ? order.limit : nil
        var lots = order.spending.map { lotsWorth($0, order) } ?? order.restLots
        if limit == nil, listings[index].market == .spot { lots = min(lots, coveredLots(order)) }
        let found = listings[index].book.available(order.side, limit: limit, lots: lots)
        if order.force == .fillOrKill, found.lots < lots { return end(id, .expired) }
        if isHalved, lots > 1, order.force != .fillOrKill { lots = max(1, min(lots, found.lots) / 2) }
        if order.spending != nil {
            // What the money does not reach for is no part of the order.
            lots = min(lots, found.lots)
            orders.change(id) { $0.lots = lots }
        }
        var expired: [Int64] = []
        let matches = listings[index].book.take(
            order.side, limit: limit, lots: lots, isAccount: true, expired: &expired)
        for own in expired { endTaken(own) }
        for match in matches {
            listings[index].updateID += 1
            fill(id, match.ticks, match.lots, isMaker: false)
            record(index, ticks: match.ticks, lots: match.lots, isBuyerMaker: order.side == .sell, isNumbered: true)
        }
        finishMatching(id, limit)
    }

    private mutating func finishMatching(_ id: Int64, _ limit: Int64?) {
        guard let order = orders[id], order.isOpen else { return }
        guard let limit, order.force == .goodTillCanceled || order.force == .postOnly else { return end(id, .expired) }
        // The half that a fault held back may not rest across the other side: it trades a moment later.
        if listings[order.listing].book.crosses(order.side, limit: limit) {
            postponed.append(Postponed(due: now.wall + .seconds(1), action: .match(id)))
            return
        }
        listings[order.listing].book.rest(order.side, at: limit, order: id, lots: order.restLots)
        listings[order.listing].updateID += 1
        orders.change(id) { $0.isResting = true }
    }

    /// How many lots an amount of quote currency buys, or which bring it in a sale.
    private func lotsWorth(_ amount: Money, _ order: BoxOrder) -> Int64 {
        let listing = listings[order.listing]
        var rest = amount
        var lots: Int64 = 0
        for level in (order.side == .buy ? listing.book.asks : listing.book.bids).reversed() {
            let most = Int64(clamping: rest.raw / listing.money(level.ticks, 1).raw)
            let taken = min(most, level.lots)
            lots += taken
            rest -= listing.money(level.ticks, taken)
            if taken < level.lots { break }
        }
        return lots
    }

    /// How many lots what is locked and free pays for at the book's prices.
    private func coveredLots(_ order: BoxOrder) -> Int64 {
        let listing = listings[order.listing]
        if order.side == .buy { return lotsWorth(order.locked + max(.zero, spot[listing.quoteAsset].free), order) }
        let lot = Money(raw: listing.instrument.lotSize.raw * (Money.scale / Quantity.scale))
        return Int64(clamping: (order.locked + max(.zero, spot[listing.base].free)).raw / lot.raw)
    }

    // MARK: Fills

    /// One execution as taker or maker.
    mutating func fill(_ id: Int64, _ ticks: Int64, _ lots: Int64, isMaker: Bool) {
        guard let order = orders[id] else { return }
        let index = order.listing
        let time = clock
        counters.matches += 1
        listings[index].tradeID += 1
        let value = listings[index].money(ticks, lots).rounded(toDigits: 8, .halfEven)
        let number = listings[index].tradeID
        let result =
            listings[index].market == .spot
            ? settleSpot(order, value, lots, isMaker) : settleFutures(order, number, ticks, value, lots, isMaker)
        let fill = BoxFill(
            id: number, order: id, clientID: order.clientID, listing: index, side: order.side,
            positionSide: order.positionSide, ticks: ticks, lots: lots, value: value, fee: result.fee,
            feeAsset: result.feeAsset, realized: result.realized, isMaker: isMaker, time: time)
        orders.add(fill)
        orders.change(id) {
            $0.filledLots += lots
            $0.filledValue += value
            $0.updatedAt = time
            if $0.lots < $0.filledLots { $0.lots = $0.filledLots }
            $0.status = $0.filledLots == $0.lots ? .filled : .partiallyFilled
        }
        if orders[id]?.isOpen == false { close(id) }
        report(id, .trade(fill))
    }

    /// A resting order of the account was taken.
    mutating func fillMaker(_ index: Int, _ match: Book.Match) {
        fill(match.maker, match.ticks, match.lots, isMaker: true)
    }

    // MARK: Ends

    /// The order is over: out of the book, its money free again.
    mutating func end(_ id: Int64, _ status: BoxOrder.Status) {
        guard let order = orders[id], order.isOpen else { return }
        if order.isResting {
            listings[order.listing].book.remove(order.side, at: order.limit, order: id)
            listings[order.listing].updateID += 1
        }
        let time = clock
        orders.change(id) {
            $0.status = status
            $0.updatedAt = time
        }
        close(id)
        if status != .filled { report(id, status == .canceled ? .canceled : .expired) }
    }

    /// A resting order that a taker of the same account met: the book has let go of it already.
    private mutating func endTaken(_ id: Int64) {
        orders.change(id) { $0.isResting = false }
        end(id, .expiredInMatch)
    }

    /// What an order leaves behind when it is over.
    private mutating func close(_ id: Int64) {
        guard let order = orders[id] else { return }
        orders.change(id) { $0.isResting = false }
        listings[order.listing].openOrders -= 1
        if listings[order.listing].market == .spot { releaseFunds(id) }
        if let algo = order.algoID { finishAlgo(algo) }
    }

    mutating func runPostponed() {
        guard !postponed.isEmpty else { return }
        let due = postponed.filter { $0.due <= now.wall }
        guard !due.isEmpty else { return }
        let moment = now.wall
        postponed.removeAll { $0.due <= moment }
        for item in due {
            switch item.action {
            case .match(let id): match(id, isHalved: false)
            }
        }
    }
}
