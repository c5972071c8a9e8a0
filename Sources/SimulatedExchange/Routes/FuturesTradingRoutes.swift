import JSONText
import TradingModel

extension ExchangeBox {
    static let futuresTradingRoutes: [String: Route] = [
        "POST /fapi/v1/order": Route(.usdm, .trade, isOrder: true, weight: { _ in 0 }) {
            box, parameters throws(Refusal) in
            let id = try box.place(try box.futuresRequest(parameters))
            guard let order = box.orders[id] else { throw Refusal.noSuchOrder }
            return box.futuresOrder(order)
        },
        "POST /fapi/v1/order/test": Route(.usdm, .trade) { box, parameters throws(Refusal) in
            _ = try box.futuresRequest(parameters)
            return [:]
        },
        "PUT /fapi/v1/order": Route(.usdm, .trade, isOrder: true, weight: { _ in 1 }) {
            box, parameters throws(Refusal) in try box.amend(parameters)
        },
        "GET /fapi/v1/order": Route(.usdm, .read) { box, parameters throws(Refusal) in
            box.futuresOrder(try box.findOrder(.usdm, parameters, Refusal.noSuchOrder))
        },
        "GET /fapi/v1/openOrder": Route(.usdm, .read) { box, parameters throws(Refusal) in
            let order = try box.findOrder(.usdm, parameters, Refusal.noSuchOrder)
            guard order.isOpen else { throw Refusal.noSuchOrder }
            return box.futuresOrder(order)
        },
        "DELETE /fapi/v1/order": Route(.usdm, .trade) { box, parameters throws(Refusal) in
            let order = try box.findOrder(.usdm, parameters, Refusal.unknownOrder)
            guard order.isOpen else { throw Refusal.unknownOrder }
            box.end(order.id, .canceled)
            return box.futuresOrder(box.orders[order.id] ?? order)
        },
        "DELETE /fapi/v1/allOpenOrders": Route(.usdm, .trade) { box, parameters throws(Refusal) in
            for order in box.orders.openOrders(of: try box.listing(.usdm, parameters)) {
                box.end(order.id, .canceled)
            }
            return ["code": 200, "msg": "The operation of cancel all open order is done."]
        },
        "GET /fapi/v1/openOrders": Route(.usdm, .read, weight: { $0["symbol"] == nil ? 40 : 1 }) {
            box, parameters throws(Refusal) in
            .array(try box.openOrders(.usdm, parameters).map { box.futuresOrder($0) })
        },
        "GET /fapi/v1/allOrders": Route(.usdm, .read, weight: 5) { box, parameters throws(Refusal) in
            .array(try box.orderHistory(.usdm, parameters).map { box.futuresOrder($0) })
        },
        "GET /fapi/v1/userTrades": Route(.usdm, .read, weight: 5) { box, parameters throws(Refusal) in
            .array(try box.fills(.usdm, parameters).map { box.futuresFill($0) })
        },
        "GET /fapi/v1/rateLimit/order": Route(.usdm, .read) { box, _ in box.orderCounts(.usdm) },
    ]

    private func futuresRequest(_ parameters: Parameters) throws(Refusal) -> OrderRequest {
        let type = try parameters.required("type")
        if ["STOP", "STOP_MARKET", "TAKE_PROFIT", "TAKE_PROFIT_MARKET", "TRAILING_STOP_MARKET"].contains(type) {
            throw Refusal(
                -4120, "Order type not supported for this endpoint. Please use the Algo Order API endpoints instead.")
        }
        guard let kind = BoxOrder.Kind(rawValue: type), kind == .limit || kind == .market else {
            throw Refusal(-1116, "Invalid orderType.")
        }
        return try orderRequest(
            try listing(.usdm, parameters), parameters, kind: kind, clientName: "newClientOrderId")
    }

    /// Price and quantity of a resting order are changed; its place in the queue is lost.
    private mutating func amend(_ parameters: Parameters) throws(Refusal) -> JSONValue {
        let order = try findOrder(.usdm, parameters, Refusal.noSuchOrder)
        guard order.isOpen, order.isResting else { throw Refusal.noSuchOrder }
        let index = order.listing
        let limit = try ticks("price", index, parameters, isRequired: true)
        guard let quantity: Quantity = try parameters.decimal("quantity") else { throw Refusal.missing("quantity") }
        let lots = listings[index].lots(quantity)
        guard listings[index].instrument.accepts(quantity) else {
            throw Refusal(-1111, "Precision is over the maximum defined for this asset.")
        }
        guard limit != order.limit || lots != order.lots else {
            throw Refusal(-5027, "No need to modify the order.")
        }
        guard lots > order.filledLots else { throw Refusal(-4003, "Quantity less than or equal to zero.") }
        listings[index].book.remove(order.side, at: order.limit, order: order.id)
        let time = clock
        orders.change(order.id) {
            $0.limit = limit
            $0.lots = lots
            $0.isResting = false
            $0.updatedAt = time
        }
        report(order.id, .amended)
        match(order.id, isHalved: false)
        return futuresOrder(orders[order.id] ?? order)
    }

    /// Average price of what is filled, with the digits the exchange gives it.
    func averageText(_ order: BoxOrder) -> String {
        guard order.filledLots > 0 else { return "0.00" }
        let listing = listings[order.listing]
        let price = order.filledValue.price(per: listing.quantity(order.filledLots), .halfEven)
        return Decimals.fixed(price.rounded(toDigits: max(8, listing.priceDigits), .halfEven), listing.priceDigits)
    }

    func futuresOrder(_ order: BoxOrder) -> JSONValue {
        let listing = listings[order.listing]
        var object = JSONObject()
        object["orderId"] = JSONValue(order.id)
        object["symbol"] = .string(listing.venueSymbol)
        object["status"] = .string(order.status.rawValue)
        object["clientOrderId"] = .string(order.clientID)
        object["price"] = .string(listing.priceText(order.limit))
        object["avgPrice"] = .string(averageText(order))
        object["origQty"] = .string(listing.quantityText(order.lots))
        object["executedQty"] = .string(listing.quantityText(order.filledLots))
        object["cumQty"] = .string(listing.quantityText(order.filledLots))
        object["cumQuote"] = .string(Decimals.fixed(order.filledValue, 5))
        object["timeInForce"] = .string(order.kind.isLimit ? order.force.rawValue : "GTC")
        object["type"] = .string(order.kind.rawValue)
        object["reduceOnly"] = .bool(order.isReduceOnly)
        object["closePosition"] = .bool(order.closesPosition)
        object["side"] = .string(order.side.rawValue.uppercased())
        object["positionSide"] = .string(order.positionSide.rawValue)
        object["stopPrice"] = .string(listing.priceText(0))
        object["workingType"] = "CONTRACT_PRICE"
        object["priceProtect"] = false
        object["origType"] = .string(order.kind.rawValue)
        object["priceMatch"] = "NONE"
        object["selfTradePreventionMode"] = "EXPIRE_MAKER"
        object["goodTillDate"] = 0
        object["time"] = JSONValue(order.createdAt)
        object["updateTime"] = JSONValue(order.updatedAt)
        return .object(object)
    }

    private func futuresFill(_ fill: BoxFill) -> JSONValue {
        let listing = listings[fill.listing]
        var object = JSONObject()
        object["symbol"] = .string(listing.venueSymbol)
        object["id"] = JSONValue(fill.id)
        object["orderId"] = JSONValue(fill.order)
        object["side"] = .string(fill.side.rawValue.uppercased())
        object["price"] = .string(listing.priceText(fill.ticks))
        object["qty"] = .string(listing.quantityText(fill.lots))
        object["realizedPnl"] = .string(Decimals.fixed(fill.realized, 8))
        object["quoteQty"] = .string(Decimals.fixed(fill.value, 5))
        object["commission"] = .string(Decimals.fixed(fill.fee, 8))
        object["commissionAsset"] = .string(fill.feeAsset)
        object["time"] = JSONValue(fill.time)
        object["positionSide"] = .string(fill.positionSide.rawValue)
        object["buyer"] = .bool(fill.side == .buy)
        object["maker"] = .bool(fill.isMaker)
        return .object(object)
    }
}
