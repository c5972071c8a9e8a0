import ExecutionCore
import JSONText
import TradingModel
import VenueTrading
import Venues

extension JSONValue {
    func text(_ key: String) -> String? {
        guard case .string(let text)? = self[key], !text.isEmpty else { return nil }
        return text
    }
    func decimal<D: FixedPoint>(_ key: String, _ type: D.Type = D.self) -> D? {
        guard let value = self[key], let text = try? value.node.text() else { return nil }
        return D(text)
    }
    func integer(_ key: String) -> Int64? { self[key].flatMap { try? $0.node.integer() } }
    func flag(_ key: String) -> Bool? { self[key].flatMap { try? $0.node.bool() } }
    func time(_ key: String) -> MarketTime? { integer(key).map { MarketTime(micros: $0) } }
    /// The elements of an array; a single object is one element.
    var items: [JSONValue] {
        switch self {
        case .array(let items): items
        case .object: [self]
        default: []
        }
    }
}

/// One order as an exchange tells of it, in our words.
struct OrderReading: Sendable {
    var clientOrderID: String?
    var venueOrderID: String
    /// The order that a conditional one has become.
    var actualOrderID: String?
    var spelling: String
    var side: OrderSide?
    var type: String
    var quantity: Quantity?
    var limitPrice: Price?
    var stopPrice: Price?
    var timeInForce: TimeInForce
    var isReduceOnly: Bool
    var isPostOnly: Bool
    var isConditional: Bool
    /// `accepted`, `partiallyFilled`, `filled`, `canceled`, `expired` or `rejected`.
    var status: OrderStatus
    var filled: Quantity?
    var reason: String?
    var updatedAt: MarketTime?
    /// What happened just now, in a stream.
    var execution: String?

    /// `nil` where the status is none we know, or there is no id: such an order is asked for again.
    init?(_ data: JSONValue, _ market: TradingMarket) {
        guard let id = data.text("order_id"), let spelling = data.text("symbol") ?? data.text("market"),
            let status = OrderReading.status(data, market)
        else { return nil }
        venueOrderID = id
        self.spelling = spelling
        self.status = status
        // Where an order was canceled, the cancel's own id stands in the place of the order's.
        clientOrderID = data.text("original_client_order_id") ?? data.text("client_order_id")
        actualOrderID = data.text("actual_order_id").flatMap { $0 == "0" ? nil : $0 }
        side = data.text("side").flatMap { OrderSide(rawValue: $0) }
        type = data.text("type") ?? data.text("order_type") ?? ""
        quantity = data.decimal("quantity")
        limitPrice = OrderReading.positive(data.decimal("price"))
        stopPrice = OrderReading.positive(data.decimal("stop_price") ?? data.decimal("trigger_price"))
        let force = data.text("time_in_force") ?? ""
        timeInForce = ["ioc": .immediateOrCancel, "fok": .fillOrKill][force] ?? .goodTilCanceled
        isPostOnly = force == "gtx" || force == "post_only" || type == "limit_maker"
        isReduceOnly = data.flag("reduce_only") ?? data.flag("close_position") ?? false
        isConditional = stopPrice != nil
        filled = data.decimal("filled_quantity")
        reason = data.text("reject_reason").flatMap { ["none", "ec_no_error", "NONE"].contains($0) ? nil : $0 }
        if reason == nil { reason = data.text("cancel_type") ?? data.text("expiry_reason") ?? data.text("fail_reason") }
        updatedAt =
            data.time("update_time") ?? data.time("transaction_time") ?? data.time("time") ?? data.time("event_time")
            ?? data.time("creation_time")
        execution = data.text("execution_type")
    }

    private static func positive(_ price: Price?) -> Price? { price.flatMap { $0.isPositive ? $0 : nil } }

    private static func status(_ data: JSONValue, _ market: TradingMarket) -> OrderStatus? {
        if market.venue == .mexc, let number = data.integer("status") {
            return [1: .accepted, 2: .filled, 3: .partiallyFilled, 4: .canceled, 5: .canceled][number]
        }
        switch data.text("status") ?? "" {
        case "new", "created", "untriggered", "triggered", "active", "pending_cancel", "pending_new", "triggering",
            "working", "accepted":
            return .accepted
        case "partially_filled": return .partiallyFilled
        case "filled", "finished": return .filled
        case "canceled", "cancelled", "partially_filled_canceled", "partially_filled_cancelled", "partially_canceled",
            "deactivated":
            return .canceled
        case "rejected": return .rejected
        case "expired", "expired_in_match": return .expired
        default: return nil
        }
    }

    /// The order as execution asks for orders; what only we know stays at its defaults.
    func request(_ id: ClientOrderID, _ symbol: Symbol) -> OrderRequest {
        var request = OrderRequest()
        request.clientOrderID = id
        request.symbol = symbol
        request.side = side ?? .buy
        let isTarget = type.contains("take_profit")
        switch (limitPrice, stopPrice) {
        case (_?, _?): request.type = .stopLimit
        case (nil, _?): request.type = isTarget ? .takeProfitMarket : .stopMarket
        case (_?, nil) where type != "market": request.type = .limit
        default: request.type = .market
        }
        request.quantity = quantity ?? filled ?? .zero
        request.limitPrice = request.type == .limit || request.type == .stopLimit ? limitPrice : nil
        request.stopPrice = stopPrice
        request.timeInForce = timeInForce
        request.isReduceOnly = isReduceOnly
        request.isPostOnly = isPostOnly && request.type == .limit
        request.purpose = isReduceOnly ? .exit : .entry
        request.referencePrice = limitPrice ?? stopPrice ?? .zero
        request.decidedAt = updatedAt ?? .distantPast
        return request
    }
}

/// (Part of) an order traded, as an exchange tells of it.
struct FillReading: Sendable {
    var id: String
    var orderID: String?
    var clientOrderID: String?
    var spelling: String
    var side: OrderSide?
    var price: Price
    var quantity: Quantity
    var fee: Money
    var feeAsset: String?
    var isMaker: Bool
    var time: MarketTime

    /// Unique at the exchange: trade ids are the symbol's, and both sides of a trade with ourselves have the same.
    var name: String { FillReading.name(spelling, id, side ?? .buy) }

    static func name(_ spelling: String, _ id: String, _ side: OrderSide) -> String {
        "\(spelling)-\(id)-\(side == .buy ? "b" : "s")"
    }

    /// `nil` where it is no trade: funding, settlement, a transfer.
    init?(_ data: JSONValue, spelling known: String? = nil) {
        if let kind = data.text("execution_type"), kind != "trade", kind != "adl_trade", kind != "bust_trade",
            kind != "calculated"
        {
            return nil
        }
        guard let id = data.text("trade_id"), let spelling = data.text("symbol") ?? known,
            let price: Price = data.decimal("last_price") ?? data.decimal("price"),
            let quantity: Quantity = data.decimal("last_quantity") ?? data.decimal("quantity"), quantity.isPositive,
            price.isPositive
        else { return nil }
        self.id = id
        self.spelling = spelling
        self.price = price
        self.quantity = quantity
        orderID = data.text("order_id")
        clientOrderID = data.text("client_order_id")
        side =
            data.text("side").flatMap { OrderSide(rawValue: $0) }
            ?? data.flag("is_buyer").map { $0 ? .buy : .sell }
        fee = data.decimal("fee") ?? .zero
        feeAsset = data.text("fee_asset")
        isMaker = data.flag("is_maker") ?? (data.text("liquidity") == "added_liquidity")
        time =
            data.time("time") ?? data.time("trade_time") ?? data.time("transaction_time") ?? data.time("event_time")
            ?? .distantPast
    }
}

extension VenueConnector {
    /// A fill in execution's words: its fee in the quote currency, and in the coin it was charged in where that is
    /// another.
    func fill(_ reading: FillReading, of id: ClientOrderID, _ symbol: Symbol, side: OrderSide) -> VenueFill {
        let quote = symbol.quoteCurrency
        let coin = reading.feeAsset ?? quote
        var fill = VenueFill(
            id: FillReading.name(reading.spelling, reading.id, side), clientOrderID: id,
            venueOrderID: tracked[id]?.venueOrderID ?? reading.orderID, symbol: symbol, side: side,
            price: reading.price, quantity: reading.quantity, fee: reading.fee, feeCurrency: quote,
            liquidity: reading.isMaker ? .maker : .taker, eventTime: reading.time)
        guard coin != quote, !reading.fee.isZero else { return fill }
        fill.paidFee = reading.fee
        fill.paidFeeCurrency = coin
        fill.fee = converted(reading.fee, coin, fill)
        return fill
    }

    /// A fee in another coin, in the quote currency: at the fill's own price where the coin is what was traded, at the
    /// coin's last price where that is known, and else by the rate of fees that the instrument has.
    private func converted(_ fee: Money, _ coin: String, _ fill: VenueFill) -> Money {
        let amount = Quantity(raw: fee.magnitude.raw / (Money.scale / Quantity.scale))
        let sign: Int = fee.isNegative ? -1 : 1
        if coin == fill.symbol.baseCurrency { return Money.notional(fill.price, amount).times(sign) }
        if let price = coinPrices[coin] { return Money.notional(price, amount).times(sign) }
        let rates = instruments[fill.symbol]
        let rate = fill.liquidity == .maker ? rates?.makerFee : rates?.takerFee
        return Money.notional(fill.price, fill.quantity).share(rate ?? .zero, .halfEven)
    }

    /// Reports a fill unless it was reported before.
    mutating func tell(_ fill: VenueFill, _ turn: inout ConnectorTurn) {
        let id = fill.clientOrderID
        if tracked[id] == nil { track(id, fill.symbol, venueOrderID: fill.venueOrderID, isConditional: false) }
        guard tracked[id]?.fills.insert(fill.id).inserted == true else { return }
        tracked[id]?.told += fill.quantity
        turn.report(.fill(fill))
    }

    mutating func track(
        _ id: ClientOrderID, _ symbol: Symbol, venueOrderID: String?, isConditional: Bool, isImmediate: Bool = false
    ) {
        if tracked[id] == nil {
            tracked[id] = TrackedVenueOrder(symbol: symbol, venueOrderID: nil, isConditional: isConditional)
            trackedOrder.append(id)
            forget()
        }
        if isConditional { tracked[id]?.isConditional = true }
        if isImmediate { tracked[id]?.isImmediate = true }
        guard let venueOrderID else { return }
        tracked[id]?.venueOrderID = venueOrderID
        byVenueID[venueOrderID] = id
    }

    /// Lets go of the oldest orders that are over: at most a thousand are kept.
    private mutating func forget() {
        guard trackedOrder.count > 1_000 else { return }
        let gone = Set(trackedOrder.prefix(250).filter { tracked[$0]?.isOver ?? true })
        guard !gone.isEmpty else { return }
        trackedOrder.removeAll { gone.contains($0) }
        for id in gone { tracked[id] = nil }
        byVenueID = byVenueID.filter { !gone.contains($0.value) }
    }

    /// Our id of an order that the exchange speaks of; `nil` where it is not from us and not known.
    func identify(clientOrderID text: String?, venueOrderID: String?) -> ClientOrderID? {
        if let venueOrderID, let id = byVenueID[venueOrderID] { return id }
        guard let text, let id = ClientOrderID(text) else { return nil }
        if tracked[id] != nil { return id }
        return text.utf8.count == 28 && text.hasPrefix("q") ? id : nil
    }

    /// The id under which an order that is not from us is kept: the one it has, if that is legal.
    func externalID(_ reading: OrderReading) -> ClientOrderID {
        if let text = reading.clientOrderID, let id = ClientOrderID(text) { return id }
        let digits = reading.venueOrderID.filter { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") }
        return ClientOrderID("ext-" + digits.prefix(32))
            ?? .derived(from: reading.spelling + reading.venueOrderID, purpose: .entry)
    }
}
