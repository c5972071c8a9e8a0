public import Portfolio
public import TradingModel

/// An exchange on paper: its own books, its own checks, its own fills. It knows nothing of execution's journal.
///
/// Fill rules, in the order in which a ticker is met by the symbol's orders, oldest order first:
/// - An order meets only tickers later than the moment it was decided at, so that fills do not depend on how fast the
///   processes are. A ticker that has filled something of a symbol fills nothing of it again after a restart.
/// - A taker buys at the ask, sells at the bid, moved by the slippage and brought to the tick against us; a limit order
///   that takes never fills worse than its limit. A resting limit order fills at its limit, as a maker, once the quote
///   reaches it.
/// - One ticker fills at most the quoted quantity times the fill share, in whole lots, a side; a quoted quantity of zero
///   is an unknown one and fills anything. What is left of a market order meets the next ticker.
/// - Where there is a live book, younger than the order and at most five seconds old, a taker walks its levels instead, one
///   fill a level at the level's own price, and what was taken is gone until the next book.
/// - At a funding time a position pays (or receives) the rate on its value at the last price. No rate, no funding.
/// - Stops are triggered by the last traded price, and fill from the triggering ticker on.
/// - Reduce-only orders are cut to the position; they expire when it is closed.
/// - Isolated margin: a position binds cost / leverage. Where margin plus open result falls to the maintenance share of
///   its value at the last price, it is closed at the taker's price but never beyond the price at which the margin is
///   gone: what a gap costs beyond that is the venue's.
public struct PaperVenue: VenuePort, Sendable {
    public let rules: PaperRules
    public internal(set) var ledger: Ledger
    /// Open orders, oldest first.
    public internal(set) var orders: [PaperOrder]
    var instruments: [Symbol: Instrument] = [:]
    var quotes: [Symbol: Ticker] = [:]
    var matchedAt: [Symbol: MarketTime]
    /// The live books, less what orders here have taken of them.
    var books: [Symbol: OrderBook] = [:]
    /// The rate of the next funding time.
    var rates: [Symbol: FundingRate] = [:]
    /// The funding time that each symbol has paid for last.
    var fundedAt: [Symbol: MarketTime]
    private var changes: [PaperChange] = []
    /// Whether somebody saves the changes and takes them by ``takeChanges()``.
    public var keepsChanges = true
    private var ended: [ClientOrderID: VenueOrder] = [:]
    private var endedOrder = Ring<ClientOrderID>()

    public init(rules: PaperRules, state: PaperState) {
        self.rules = rules
        ledger = Ledger(
            startingBalance: state.startingBalance, netDeposits: state.netDeposits, realizedPnL: state.realizedPnL,
            fees: state.fees,
            holdings: state.holdings)
        matchedAt = state.matchedAt
        fundedAt = state.fundedAt
        orders = state.orders.sorted { $0.number < $1.number }
    }

    /// Takes in the rules of what is traded; one that cannot be applied is left out.
    public mutating func list(_ instruments: [Instrument]) {
        for instrument in instruments where instrument.isUsable { self.instruments[instrument.symbol] = instrument }
    }

    /// What has changed in the venue's books since the last call.
    public mutating func takeChanges() -> [PaperChange] {
        guard !changes.isEmpty else { return [] }
        defer { changes.removeAll(keepingCapacity: true) }
        return changes
    }

    /// Everything the venue knows, to be given to another one.
    public var state: PaperState {
        var state = PaperState(startingBalance: ledger.startingBalance)
        state.netDeposits = ledger.netDeposits
        state.realizedPnL = ledger.realizedPnL
        state.fees = ledger.fees
        state.holdings = ledger.holdings.values.sorted { $0.position.symbol < $1.position.symbol }
        state.matchedAt = matchedAt
        state.fundedAt = fundedAt
        state.orders = orders
        return state
    }

    public mutating func handle(_ command: VenueCommand, at now: WallTime, into reports: inout [VenueReport]) {
        switch command {
        case .submit(let request): submit(request, into: &reports)
        case .cancel(let reference): cancel(reference, into: &reports)
        case .query(let reference): reports.append(.answer(reference.clientOrderID, find(reference.clientOrderID)))
        case .account(let time): reports.append(.account(account(since: time)))
        }
    }

    private mutating func submit(_ request: OrderRequest, into reports: inout [VenueReport]) {
        let id = request.clientOrderID
        guard ended[id] == nil, !orders.contains(where: { $0.id == id }) else {
            reports.append(.duplicate(id))
            return
        }
        if let fault = fault(in: request) {
            let refused = PaperOrder(request: request, number: 0)
            remember(refused.asVenueOrder(.rejected, reason: fault.description, at: request.decidedAt))
            reports.append(.rejected(id, reason: fault.description, at: request.decidedAt))
            return
        }
        let order = PaperOrder(request: request, number: (orders.last?.number ?? 0) + 1)
        orders.append(order)
        note(.order(order))
        reports.append(.accepted(id, venueOrderID: order.venueOrderID, at: request.decidedAt))
    }

    /// The venue's own check of what has reached it.
    private func fault(in request: OrderRequest) -> OrderFault? {
        guard let instrument = instruments[request.symbol] else { return .unknownSymbol(request.symbol) }
        let position = ledger.position(request.symbol)
        let price = worstPrice(of: request, instrument)
        if let fault = request.fault(in: instrument, position: position, price: price, maxLeverage: rules.maxLeverage) {
            return fault
        }
        let open = orders.count { $0.request.symbol == request.symbol }
        guard open < rules.maxOpenOrders else { return .tooManyOrders(open) }
        return marginFault(request, quantity: request.quantity, price: price)
    }

    private mutating func cancel(_ reference: OrderReference, into reports: inout [VenueReport]) {
        guard let index = orders.firstIndex(where: { $0.id == reference.clientOrderID }) else {
            reports.append(.cancelRejected(reference.clientOrderID, reason: "no such open order"))
            return
        }
        let order = orders[index]
        let time = max(order.request.decidedAt, quotes[order.request.symbol]?.eventTime ?? .distantPast)
        orders.remove(at: index)
        end(order, .canceled, reason: nil, at: time, into: &reports)
    }

    private func find(_ id: ClientOrderID) -> VenueAnswer {
        if let order = orders.first(where: { $0.id == id }) { return .known(asVenueOrder(order)) }
        return ended[id].map(VenueAnswer.known) ?? .neverHeard
    }

    private func asVenueOrder(_ order: PaperOrder) -> VenueOrder {
        order.asVenueOrder(at: order.fills.last?.eventTime ?? order.request.decidedAt)
    }

    private func account(since time: MarketTime) -> VenueAccount {
        VenueAccount(
            openOrders: orders.map(asVenueOrder),
            endedOrders: endedOrder.contents.compactMap { ended[$0] }.filter { $0.updatedAt >= time },
            positions: ledger.positions.map { VenuePosition(symbol: $0.symbol, side: $0.side, quantity: $0.quantity) },
            cash: ledger.balance)
    }
}

// MARK: - What the matching does to the books

extension PaperVenue {
    /// An order is over without being filled whole; it has already left the list of open orders.
    mutating func end(
        _ order: PaperOrder, _ status: OrderStatus, reason: String?, at time: MarketTime,
        into reports: inout [VenueReport]
    ) {
        note(.removed(order.id))
        remember(order.asVenueOrder(status, reason: reason, at: time))
        reports.append(
            status == .canceled
                ? .canceled(order.id, reason: reason, at: time)
                : .expired(order.id, reason: reason ?? "expired", at: time))
    }

    /// Books a fill of an order. Returns the order with it.
    mutating func book(
        _ order: PaperOrder, quantity: Quantity, price: Price, _ liquidity: Liquidity, at time: MarketTime,
        into reports: inout [VenueReport]
    ) -> PaperOrder {
        var order = order
        let request = order.request
        let fee = rules.fee(on: .notional(price, quantity), liquidity)
        let report = VenueFill(
            id: "\(order.id)-\(order.fills.count + 1)", clientOrderID: order.id, venueOrderID: order.venueOrderID,
            symbol: request.symbol,
            side: request.side, price: price, quantity: quantity, fee: fee, feeCurrency: request.symbol.quoteCurrency,
            liquidity: liquidity,
            eventTime: time)
        order.fills.append(report)
        var fill = Fill()
        fill.symbol = request.symbol
        fill.side = request.side
        fill.price = price
        fill.quantity = quantity
        fill.fee = fee
        fill.leverage = request.leverage
        fill.eventTime = time
        _ = ledger.apply(fill)
        matchedAt[request.symbol] = time
        reports.append(.fill(report))
        return order
    }

    /// Notes that an order's own state is different.
    mutating func save(_ order: PaperOrder) { note(.order(order)) }

    @inline(__always)
    private mutating func note(_ change: @autoclosure () -> PaperChange) {
        if keepsChanges { changes.append(change()) }
    }

    /// Notes that an order is filled whole.
    mutating func complete(_ order: PaperOrder, at time: MarketTime) {
        note(.removed(order.id))
        remember(order.asVenueOrder(.filled, at: time))
    }

    /// Notes cash and position of a symbol after its fills.
    mutating func saveBooks(_ symbol: Symbol, at time: MarketTime) {
        guard keepsChanges else { return }
        let books = PaperBooks(
            startingBalance: ledger.startingBalance, netDeposits: ledger.netDeposits, realizedPnL: ledger.realizedPnL,
            fees: ledger.fees, symbol: symbol, holding: ledger.holdings[symbol], matchedAt: time)
        changes.append(.books(books))
    }

    private mutating func remember(_ order: VenueOrder) {
        let id = order.request.clientOrderID
        ended[id] = order
        if let oldest = endedOrder.push(id, limit: rules.remembered) { ended[oldest] = nil }
    }
}

extension PaperVenue {
    /// Cash that neither a position nor an open order binds; `without` leaves one order's own claim out.
    func freeMargin(without id: ClientOrderID) -> Money {
        var free = ledger.balance - ledger.marginUsed
        for order in orders where order.id != id && !order.request.isReduceOnly {
            guard let instrument = instruments[order.request.symbol] else { continue }
            free -= binding(
                order.request, quantity: order.remainingQuantity, price: worstPrice(of: order.request, instrument))
        }
        return free
    }

    /// Whether an order of this quantity at this price binds more than is free. What only reduces binds nothing.
    func marginFault(_ request: OrderRequest, quantity: Quantity, price: Price) -> OrderFault? {
        guard !request.isReduceOnly, opening(request, quantity).isPositive else { return nil }
        let needed = binding(request, quantity: quantity, price: price)
        let free = freeMargin(without: request.clientOrderID)
        return needed > free ? .insufficientMargin(needed: needed, free: free) : nil
    }

    /// What an order of this quantity binds: margin of the part that opens, rounded up, and the taker's fee of the whole.
    private func binding(_ request: OrderRequest, quantity: Quantity, price: Price) -> Money {
        let margin = Money.notional(price, opening(request, quantity)).divided(by: max(1, request.leverage), .up)
        return margin + Money.notional(price, quantity).share(rules.takerFee, .up)
    }

    /// The part of the quantity that is left once the position on the other side is closed.
    private func opening(_ request: OrderRequest, _ quantity: Quantity) -> Quantity {
        guard let position = ledger.position(request.symbol), position.side.closing == request.side else {
            return quantity
        }
        return max(.zero, quantity - position.quantity)
    }

    /// The price an order is valued at before it fills.
    func worstPrice(of request: OrderRequest, _ instrument: Instrument) -> Price {
        if let price = request.limitPrice ?? request.stopPrice { return price }
        guard let quote = quotes[request.symbol], quote.ask.isPositive, quote.bid.isPositive else {
            return request.referencePrice
        }
        // A sale binds what it would take to buy back: the side that is dearer is the cautious one.
        return rules.takerPrice(.buy, quote: quote, tick: instrument.tickSize)
    }
}
