import Portfolio
public import TradingModel

extension PaperVenue {
    /// Meets the symbol's open orders with a ticker, then looks at its margin. O(open orders).
    public mutating func observe(_ ticker: Ticker, into reports: inout [VenueReport]) {
        let symbol = ticker.symbol
        guard ticker.bid.isPositive, ticker.ask.isPositive else { return }
        if let last = quotes[symbol], ticker.eventTime < last.eventTime { return }
        quotes[symbol] = ticker
        payFundingIfDue(ticker, into: &reports)
        guard let instrument = instruments[symbol], ticker.eventTime > matchedAt[symbol] ?? .distantPast else { return }
        var depth = Depth(ticker, rules: rules, lot: instrument.lotSize)
        let before = reports.count
        let hadPosition = ledger.position(symbol) != nil
        var ids: [ClientOrderID] = []
        for order in orders where order.request.symbol == symbol && ticker.eventTime > order.request.decidedAt {
            ids.append(order.id)
        }
        for id in ids { meet(id, ticker, instrument, &depth, into: &reports) }
        liquidateIfDue(ticker, instrument, into: &reports)
        guard reports.count > before else { return }
        if hadPosition, ledger.position(symbol) == nil {
            expireReductions(of: symbol, at: ticker.eventTime, into: &reports)
        }
        if matchedAt[symbol] == ticker.eventTime { saveBooks(symbol, at: ticker.eventTime) }
    }

    /// One order meets one ticker.
    private mutating func meet(
        _ id: ClientOrderID, _ ticker: Ticker, _ instrument: Instrument, _ depth: inout Depth,
        into reports: inout [VenueReport]
    ) {
        guard let index = orders.firstIndex(where: { $0.id == id }) else { return }
        let met = orders[index]
        var order = met
        switch encounter(of: &order, ticker, instrument) {
        case .waits:
            guard order != met else { return }
            orders[index] = order
            save(order)
        case .ends(let reason):
            orders.remove(at: index)
            end(order, .expired, reason: reason, at: ticker.eventTime, into: &reports)
        case .trades(let wanted, let price, let liquidity):
            if !trade(&order, index, wanted, price, liquidity, ticker, &depth, into: &reports), order != met {
                orders[index] = order
                save(order)
            }
        }
    }

    private enum Encounter {
        case waits
        case ends(String)
        case trades(Quantity, Price, Liquidity)
    }

    /// Whether the order trades on this ticker, how much of it at most, and at which price.
    private func encounter(of order: inout PaperOrder, _ ticker: Ticker, _ instrument: Instrument) -> Encounter {
        let request = order.request
        if let stop = request.stopPrice, !order.isTriggered {
            guard request.isTriggered(stop, by: ticker) else { return .waits }
            order.isTriggered = true
        }
        var wanted = order.remainingQuantity
        if request.isReduceOnly {
            guard let position = ledger.position(request.symbol), position.side.closing == request.side else {
                return .ends("there is no position left to reduce")
            }
            wanted = min(wanted, position.quantity)
        }
        let taking = rules.takerPrice(request.side, quote: ticker, tick: instrument.tickSize)
        guard let limit = request.limitPrice else { return .trades(wanted, taking, .taker) }
        let isReached = request.side == .buy ? ticker.ask <= limit : ticker.bid >= limit
        guard !order.hasArrived else { return isReached ? .trades(wanted, limit, .maker) : .waits }
        order.hasArrived = true
        if isReached {
            if request.isPostOnly {
                return .ends("a post-only order would have taken at \(request.side == .buy ? ticker.ask : ticker.bid)")
            }
            return .trades(wanted, request.side == .buy ? min(taking, limit) : max(taking, limit), .taker)
        }
        if request.timeInForce != .goodTilCanceled { return .ends("nothing was offered at \(limit) or better") }
        return .waits
    }

    /// Trades what this ticker offers. Returns whether the order is over and has left the list.
    private mutating func trade(
        _ order: inout PaperOrder, _ index: Int, _ wanted: Quantity, _ price: Price, _ liquidity: Liquidity,
        _ ticker: Ticker,
        _ depth: inout Depth, into reports: inout [VenueReport]
    ) -> Bool {
        let (force, time) = (order.request.timeInForce, ticker.eventTime)
        let levels = liquidity == .taker ? levels(for: order.request, upTo: wanted, ticker) : nil
        let quantity =
            levels?.reduce(Quantity.zero) { $0 + $1.quantity } ?? depth.available(order.request.side, upTo: wanted)
        let price = levels?.last?.price ?? price
        var reason: String?
        if force == .fillOrKill, quantity < order.remainingQuantity {
            reason = "only \(quantity) of \(order.remainingQuantity) could be filled at once"
        } else if quantity.isPositive, let fault = marginFault(order.request, quantity: quantity, price: price) {
            reason = fault.description
        } else if quantity.isPositive {
            if let levels {
                takeFromBook(order.request, levels)
                for level in levels {
                    order = book(
                        order, quantity: level.quantity, price: level.price, liquidity, at: time, into: &reports)
                }
            } else {
                depth.take(order.request.side, quantity)
                order = book(order, quantity: quantity, price: price, liquidity, at: time, into: &reports)
            }
        }
        let rest = order.remainingQuantity
        if reason == nil, rest.isPositive, force == .immediateOrCancel {
            reason = "\(rest) could not be filled at once"
        }
        guard reason != nil || rest.isZero else { return false }
        orders.remove(at: index)
        if let reason {
            end(order, .expired, reason: reason, at: time, into: &reports)
        } else {
            complete(order, at: time)
        }
        return true
    }

    /// A reduction without a position would close the next one: it goes with the position.
    private mutating func expireReductions(of symbol: Symbol, at time: MarketTime, into reports: inout [VenueReport]) {
        let orphans = orders.filter { $0.request.symbol == symbol && $0.request.isReduceOnly }
        guard !orphans.isEmpty else { return }
        orders.removeAll { $0.request.symbol == symbol && $0.request.isReduceOnly }
        for order in orphans { end(order, .expired, reason: "the position is closed", at: time, into: &reports) }
    }

    private mutating func liquidateIfDue(_ ticker: Ticker, _ instrument: Instrument, into reports: inout [VenueReport])
    {
        guard let position = ledger.position(ticker.symbol) else { return }
        let mark = ticker.last.isPositive ? ticker.last : ticker.bid
        let left = position.marginUsed + position.unrealizedPnL(at: mark)
        guard left <= Money.notional(mark, position.quantity).share(rules.maintenanceMargin, .up) else { return }
        var request = OrderRequest()
        request.clientOrderID = .derived(
            from: "liquidation|\(position.symbol)|\(ticker.eventTime.micros)", purpose: .exit)
        request.symbol = position.symbol
        request.side = position.side.closing
        request.quantity = position.quantity
        request.isReduceOnly = true
        request.leverage = position.leverage
        request.purpose = .exit
        request.exitReason = .liquidation
        request.referencePrice = mark
        request.decidedAt = ticker.eventTime
        let order = PaperOrder(request: request, number: 0)
        reports.append(.adopted(request, venueOrderID: order.venueOrderID, at: ticker.eventTime))
        let price = liquidationPrice(of: position, ticker, tick: instrument.tickSize)
        let filled = book(
            order, quantity: position.quantity, price: price, .taker, at: ticker.eventTime, into: &reports)
        complete(filled, at: ticker.eventTime)
    }

    /// The taker's price, but not beyond the one at which the position's margin is gone.
    private func liquidationPrice(of position: Position, _ ticker: Ticker, tick: Price) -> Price {
        let taking = rules.takerPrice(position.side.closing, quote: ticker, tick: tick)
        switch position.side {
        case .long:
            let bankrupt = (position.cost - position.marginUsed).price(per: position.quantity, .up).rounded(
                toMultipleOf: tick, .ceiling)
            return max(taking, bankrupt)
        case .short:
            let bankrupt = (position.cost + position.marginUsed).price(per: position.quantity, .down).rounded(
                toMultipleOf: tick, .floor)
            return max(tick, min(taking, bankrupt))
        }
    }
}

extension OrderRequest {
    /// Whether the last traded price has reached the stop from the side it waits on.
    func isTriggered(_ stop: Price, by ticker: Ticker) -> Bool {
        guard ticker.last.isPositive else { return false }
        let firesBelow = (type == .takeProfitMarket) == (side == .buy)
        return firesBelow ? ticker.last <= stop : ticker.last >= stop
    }
}

/// What one ticker can still fill on either side.
struct Depth {
    private var ask: Quantity?
    private var bid: Quantity?
    private let lot: Quantity

    init(_ ticker: Ticker, rules: PaperRules, lot: Quantity) {
        self.lot = lot
        ask = Self.share(ticker.askQuantity, rules.fillShare)
        bid = Self.share(ticker.bidQuantity, rules.fillShare)
    }

    private static func share(_ quoted: Quantity, _ share: Ratio?) -> Quantity? {
        guard let share, quoted.isPositive else { return nil }
        return Rounding.down.multiply(quoted.raw, share.raw, dividedBy: Ratio.scale).map(Quantity.init(raw:))
    }

    /// How much of `wanted` can trade, in whole lots; all of it where the depth is unknown.
    func available(_ side: OrderSide, upTo wanted: Quantity) -> Quantity {
        guard let depth = side == .buy ? ask : bid, depth < wanted else { return wanted }
        return depth.rounded(toMultipleOf: lot, .down)
    }

    mutating func take(_ side: OrderSide, _ quantity: Quantity) {
        if side == .buy { ask = ask.map { $0 - quantity } } else { bid = bid.map { $0 - quantity } }
    }
}
