import ExecutionCore
import JSONText
import TradingModel
import VenueTrading
import Venues

/// The question how one order stands, over all the places where the exchange may keep it, with its fills.
struct Inquiry: Sendable {
    enum Goal: Sendable {
        /// Execution has asked.
        case answer
        /// We want to know ourselves: what cannot be learned is asked again later.
        case settlement
    }
    enum Place: Sendable {
        case order, conditional, history
        /// The order that a conditional one has become.
        case actual(String)
        case fills
    }

    let reference: OrderReference
    var goal: Goal
    var places: [Place]
    var reading: OrderReading?
    var fills: [FillReading] = []
    /// How often the fills did not add up to what the order has filled.
    var lags = 0
}

extension VenueConnector {
    mutating func inquire(_ reference: OrderReference, for goal: Inquiry.Goal, _ turn: inout ConnectorTurn) {
        let id = reference.clientOrderID
        guard setUp.isDone else {
            return turn.report(.unknown(id, .query, reason: "\(market.title) has not been reached yet"))
        }
        if inquiries[id] != nil {
            if case .answer = goal { inquiries[id]?.goal = goal }
            return
        }
        adoptReference(reference)
        let isConditional = tracked[id]?.isConditional ?? false
        var places: [Inquiry.Place] = [.order]
        switch market {
        case .binanceUSDM where isConditional: places = [.conditional]
        case .bybitSpot where isConditional: places = [.conditional, .order, .history]
        case .bybitSpot, .bybitLinear: places = [.order, .history]
        default: break
        }
        inquiries[id] = Inquiry(reference: reference, goal: goal, places: places)
        askPlace(id, &turn)
    }

    private mutating func askPlace(_ id: ClientOrderID, _ turn: inout ConnectorTurn) {
        guard let inquiry = inquiries[id] else { return }
        guard let place = inquiry.places.first else { return concludeMissing(id, inquiry, &turn) }
        var key = key(of: inquiry.reference)
        var extras = JSONObject()
        let call: TradingCall
        switch place {
        case .order:
            key.isConditional = false
            call = .query(key)
        case .conditional:
            key.isConditional = true
            call = .query(key)
        case .history:
            key.isConditional = false
            let name = key.venueOrderID == nil ? "orderLinkId" : "orderId"
            extras[name] = (key.venueOrderID ?? key.clientOrderID).map { .string($0) }
            call = .orderHistory(key.symbol, isConditional: false, TimeWindow())
        case .actual(let venueOrderID):
            call = .query(OrderKey(symbol: key.symbol, venueOrderID: venueOrderID))
        case .fills:
            let order = inquiry.reading?.actualOrderID ?? inquiry.reading?.venueOrderID ?? key.venueOrderID
            call = .fills(
                key.symbol, OrderKey(symbol: key.symbol, venueOrderID: order),
                TimeWindow(limit: market.venue == .bybit || market == .mexcSpot ? 100 : 1_000))
        }
        enqueue(call, for: .inquiry(id), .entry, extras: extras, &turn)
    }

    /// Nobody knows the order, in no place: that is said, unless it is on its way in this moment.
    private mutating func concludeMissing(_ id: ClientOrderID, _ inquiry: Inquiry, _ turn: inout ConnectorTurn) {
        inquiries[id] = nil
        let isOnItsWay =
            queue.contains { $0.submission == id } || pending.values.contains { $0.submission == id }
            || preparing.values.contains { $0.contains { $0.clientOrderID == id } }
        if isOnItsWay {
            return turn.report(.unknown(id, .query, reason: "it is still on its way to \(market.title)"))
        }
        if case .settlement = inquiry.goal { return }
        turn.report(.answer(id, .neverHeard))
    }

    mutating func heardInquiry(_ id: ClientOrderID, _ outcome: CallOutcome, _ turn: inout ConnectorTurn) {
        guard let inquiry = inquiries[id], let place = inquiry.places.first else { return }
        switch outcome {
        case .unreadable(let why): endInquiry(id, unknown: why, &turn)
        case .refused(let error):
            var isOver = false
            if case .fills = place { isOver = true }
            guard error.category == .notFound, !isOver else { return endInquiry(id, unknown: error.words, &turn) }
            inquiries[id]?.places.removeFirst()
            askPlace(id, &turn)
        case .data(let message):
            if case .fills = place { return takeFills(id, message, &turn) }
            takeOrder(id, message, place, &turn)
        }
    }

    private mutating func takeOrder(
        _ id: ClientOrderID, _ message: ParsedMessage, _ place: Inquiry.Place, _ turn: inout ConnectorTurn
    ) {
        guard let item = message.data.items.first else {
            inquiries[id]?.places.removeFirst()
            return askPlace(id, &turn)
        }
        guard var reading = OrderReading(item, market) else {
            return endInquiry(id, unknown: "its state at \(market.title) is in no words we know", &turn)
        }
        if case .actual(let venueOrderID) = place {
            // One order under two ids: it keeps the first.
            reading.actualOrderID = venueOrderID
            reading.venueOrderID = inquiries[id]?.reading?.venueOrderID ?? venueOrderID
            reading.stopPrice = inquiries[id]?.reading?.stopPrice
        }
        track(id, inquiries[id]?.reference.symbol ?? .none, venueOrderID: reading.venueOrderID, isConditional: false)
        if let actual = reading.actualOrderID { byVenueID[actual] = id }
        inquiries[id]?.reading = reading
        inquiries[id]?.places = []
        if case .conditional = place, let actual = reading.actualOrderID {
            inquiries[id]?.places = [.actual(actual)]
        } else if reading.filled?.isPositive == true {
            inquiries[id]?.places = [.fills]
        } else {
            return conclude(id, &turn)
        }
        askPlace(id, &turn)
    }

    private mutating func takeFills(_ id: ClientOrderID, _ message: ParsedMessage, _ turn: inout ConnectorTurn) {
        guard let reading = inquiries[id]?.reading else { return }
        let spelling = reading.spelling
        let ids = [reading.venueOrderID, reading.actualOrderID]
        let fills = message.data.items.compactMap { FillReading($0, spelling: spelling) }
            .filter { $0.orderID == nil || ids.contains($0.orderID) }
        inquiries[id]?.fills = fills
        let sum = fills.reduce(Quantity.zero) { $0 + $1.quantity }
        if let filled = reading.filled, sum < filled {
            inquiries[id]?.lags += 1
            let lags = inquiries[id]?.lags ?? 0
            guard lags < 6 else {
                return endInquiry(id, unknown: "it has filled \(filled), its fills add up to \(sum) so far", &turn)
            }
            return turn.schedule(.inquiry(id), after: backOff("fills \(id)", lags - 1))
        }
        conclude(id, &turn)
    }

    /// Asks for the fills again.
    mutating func continueInquiry(_ id: ClientOrderID, _ turn: inout ConnectorTurn) {
        guard inquiries[id]?.reading != nil else { return }
        askPlace(id, &turn)
    }

    private mutating func conclude(_ id: ClientOrderID, _ turn: inout ConnectorTurn) {
        guard let inquiry = inquiries.removeValue(forKey: id), let reading = inquiry.reading else { return }
        let order = venueOrder(reading, inquiry.fills, id, inquiry.reference.symbol, turn.now)
        note(order)
        turn.report(.answer(id, .known(order)))
    }

    /// An order with its fills as execution wants it.
    func venueOrder(
        _ reading: OrderReading, _ parts: [FillReading], _ id: ClientOrderID, _ symbol: Symbol, _ now: WallTime
    ) -> VenueOrder {
        let side = reading.side ?? .buy
        let fills = parts.map { fill($0, of: id, symbol, side: $0.side ?? side) }.sorted {
            ($0.eventTime, $0.id) < ($1.eventTime, $1.id)
        }
        let sum = fills.reduce(Quantity.zero) { $0 + $1.quantity }
        var status = reading.status
        if status == .accepted, sum.isPositive { status = .partiallyFilled }
        return VenueOrder(
            request: reading.request(id, symbol), venueOrderID: reading.venueOrderID, status: status,
            filledQuantity: max(sum, reading.filled ?? .zero), fills: fills, reason: reading.reason,
            updatedAt: reading.updatedAt ?? clock.now(now))
    }

    /// What is reported with an order counts as told.
    mutating func note(_ order: VenueOrder) {
        let id = order.request.clientOrderID
        track(id, order.request.symbol, venueOrderID: order.venueOrderID, isConditional: order.request.stopPrice != nil)
        for fill in order.fills where tracked[id]?.fills.insert(fill.id).inserted == true {
            tracked[id]?.told += fill.quantity
        }
        let filled = max(tracked[id]?.filled ?? .zero, order.filledQuantity)
        tracked[id]?.filled = filled
        if order.status.isTerminal { tracked[id]?.isOver = true }
    }

    mutating func endInquiry(_ id: ClientOrderID, unknown reason: String, _ turn: inout ConnectorTurn) {
        guard let inquiry = inquiries.removeValue(forKey: id) else { return }
        if case .settlement = inquiry.goal { return }
        turn.report(.unknown(id, .query, reason: reason))
    }
}
