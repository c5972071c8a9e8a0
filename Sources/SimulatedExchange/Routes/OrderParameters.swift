import TradingModel

extension ExchangeBox {
    /// Reads an order's parameters and holds them against the symbol's filters.
    func orderRequest(
        _ index: Int, _ parameters: Parameters, kind: BoxOrder.Kind, clientName: String, isAlgo: Bool = false
    ) throws(Refusal) -> OrderRequest {
        let market = listings[index].market
        let side: OrderSide
        switch try parameters.required("side") {
        case "BUY": side = .buy
        case "SELL": side = .sell
        default: throw Refusal(-1117, "Invalid side.")
        }
        var request = OrderRequest(
            listing: index, side: side, kind: kind, clientID: try clientID(parameters, clientName, market))
        request.force = try force(parameters, kind, market, isAlgo: isAlgo)
        if kind.isLimit {
            request.limit = try ticks("price", index, parameters, isRequired: true)
        } else if parameters["price"] != nil, market == .spot {
            throw Refusal.notRequired("price")
        }
        if market == .usdm { try readContract(parameters, &request) }
        try readQuantity(parameters, &request)
        if kind.isConditional { request.stop = try ticks("stopPrice", index, parameters, isRequired: true) }
        return request
    }

    private func clientID(
        _ parameters: Parameters, _ name: String, _ market: BoxMarket
    ) throws(Refusal) -> String {
        guard let text = parameters[name] else {
            // Made of what is unique here already: the order's own number.
            return "box\(settings.seed)x\(orders.upcomingID)"
        }
        let isLegal = text.utf8.allSatisfy {
            (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0)
                || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_")
                || (market == .usdm && [UInt8(ascii: "."), UInt8(ascii: ":"), UInt8(ascii: "/")].contains($0))
        }
        if text.utf8.count > 36, market == .usdm {
            throw Refusal(-4015, "Client order id length should be less than 36 chars")
        }
        guard isLegal, text.utf8.count <= 36 else {
            let range = market == .spot ? "^[a-zA-Z0-9-_]{1,36}$" : "^[\\.A-Z\\:/a-z0-9_-]{1,36}$"
            throw Refusal(-1100, "Illegal characters found in parameter '\(name)'; legal range is '\(range)'.")
        }
        return text
    }

    private func force(
        _ parameters: Parameters, _ kind: BoxOrder.Kind, _ market: BoxMarket, isAlgo: Bool
    ) throws(Refusal) -> BoxOrder.Force {
        guard kind.isLimit, kind != .limitMaker else {
            if market == .spot, parameters["timeInForce"] != nil { throw Refusal.notRequired("timeInForce") }
            return kind == .limitMaker ? .goodTillCanceled : isAlgo ? .goodTillCanceled : .immediateOrCancel
        }
        guard let text = parameters["timeInForce"] else {
            if isAlgo { return .goodTillCanceled }
            throw Refusal.missing("timeInForce")
        }
        guard let force = BoxOrder.Force(rawValue: text), market == .usdm || force != .postOnly else {
            throw Refusal(-1115, "Invalid timeInForce.")
        }
        return force
    }

    private func readContract(_ parameters: Parameters, _ request: inout OrderRequest) throws(Refusal) {
        request.isReduceOnly = try parameters.flag("reduceOnly") ?? false
        request.closesPosition = try parameters.flag("closePosition") ?? false
        if let text = parameters["positionSide"] {
            guard let side = BoxOrder.PositionSide(rawValue: text) else {
                throw Refusal(-1116, "Invalid positionSide.")
            }
            request.positionSide = side
        }
        guard futures.isHedged == (request.positionSide != .both) else {
            throw Refusal(-4061, "Order's position side does not match user's setting.")
        }
        if futures.isHedged, request.isReduceOnly { throw Refusal.notRequired("reduceonly") }
    }

    private func readQuantity(_ parameters: Parameters, _ request: inout OrderRequest) throws(Refusal) {
        let listing = listings[request.listing]
        if request.closesPosition {
            if parameters["quantity"] != nil {
                throw Refusal(-4136, "Target strategy invalid for orderType, closePosition true")
            }
            return
        }
        if listing.market == .spot, request.kind == .market, parameters["quantity"] == nil,
            let spending: Money = try parameters.decimal("quoteOrderQty")
        {
            guard spending.isPositive else { throw Refusal.missing("quoteOrderQty") }
            guard spending >= listing.instrument.minNotional else { throw Refusal.filter("NOTIONAL") }
            request.spending = spending.rounded(toDigits: 8, .down)
            return
        }
        guard let quantity: Quantity = try parameters.decimal("quantity") else { throw Refusal.missing("quantity") }
        try check(quantity, listing, isMarket: request.kind == .market)
        request.lots = listing.lots(quantity)
        let price = request.limit > 0 ? request.limit : listing.market == .spot ? listing.lastTicks : listing.markTicks
        let isSmall = listing.money(price, request.lots) < listing.instrument.minNotional
        guard isSmall else { return }
        if listing.market == .spot { throw Refusal.filter("NOTIONAL") }
        let isClosing = futures.isHedged && (request.positionSide == .long) != (request.side == .buy)
        if !request.isReduceOnly, !isClosing {
            throw Refusal(
                -4164,
                "Order's notional must be no smaller than \(listing.instrument.minNotional) (unless you choose reduce only)."
            )
        }
    }

    private func check(_ quantity: Quantity, _ listing: Listing, isMarket: Bool) throws(Refusal) {
        let rules = listing.instrument
        guard listing.market == .usdm else {
            guard quantity.isPositive else {
                throw Refusal(
                    -1100,
                    "Illegal characters found in parameter 'quantity'; legal range is '^([0-9]{1,20})(\\.[0-9]{1,20})?$'."
                )
            }
            if !quantity.isMultiple(of: Quantity(raw: Quantity.scale / 100_000_000)) {
                throw Refusal(-1111, "Parameter 'quantity' has too much precision.")
            }
            guard rules.accepts(quantity) else { throw Refusal.filter("LOT_SIZE") }
            return
        }
        guard quantity.isPositive else { throw Refusal(-4003, "Quantity less than or equal to zero.") }
        guard quantity.isMultiple(of: rules.lotSize) else {
            throw Refusal(-1111, "Precision is over the maximum defined for this asset.")
        }
        guard quantity >= rules.minQuantity else { throw Refusal(-4004, "Quantity less than min quantity.") }
        guard quantity <= rules.maxQuantity else { throw Refusal(-4005, "Quantity greater than max quantity.") }
    }

    /// A price parameter in ticks; 0 where it may be absent and is.
    func ticks(
        _ name: String, _ index: Int, _ parameters: Parameters, isRequired: Bool
    ) throws(Refusal) -> Int64 {
        let listing = listings[index]
        guard let price: Price = try parameters.decimal(name) else {
            if isRequired { throw Refusal.missing(name) }
            return 0
        }
        let isSpot = listing.market == .spot
        guard price.isPositive else {
            throw isSpot ? Refusal.filter("PRICE_FILTER") : Refusal(-4001, "Price less than 0.")
        }
        if isSpot, !price.isMultiple(of: Price(raw: Price.scale / 100_000_000)) {
            throw Refusal(-1111, "Parameter '\(name)' has too much precision.")
        }
        guard price.isMultiple(of: listing.instrument.tickSize) else {
            throw isSpot ? Refusal.filter("PRICE_FILTER") : Refusal(-4014, "Price not increased by tick size.")
        }
        let ticks = listing.ticks(price)
        guard ticks <= Listing.mostTicks else {
            throw isSpot ? Refusal.filter("PRICE_FILTER") : Refusal(-4002, "Price greater than max price.")
        }
        // An order fifteen percent through the market is taken for a slip of the finger.
        if name == "price", !isSpot {
            let side = parameters["side"]
            let mark = Double(listing.markTicks)
            if side == "BUY", Double(ticks) > mark * 1.15 {
                throw Refusal(
                    -4016,
                    "Limit price can't be higher than \(Decimals.fixed(listing.price(Int64(mark * 1.15)), listing.priceDigits))."
                )
            }
            if side == "SELL", Double(ticks) < mark * 0.85 {
                throw Refusal(
                    -4024,
                    "Limit price can't be lower than \(Decimals.fixed(listing.price(Int64(mark * 0.85)), listing.priceDigits))."
                )
            }
        }
        return ticks
    }
}
