import JSONText
import TradingModel

extension ExchangeBox {
    static let spotTradingRoutes: [String: Route] = [
        "POST /api/v3/order": Route(.spot, .trade, weight: 1, isOrder: true) { box, parameters throws(Refusal) in
            try box.placeSpot(parameters)
        },
        "POST /api/v3/order/test": Route(.spot, .trade) { box, parameters throws(Refusal) in
            _ = try box.spotRequest(parameters)
            return [:]
        },
        "GET /api/v3/order": Route(.spot, .read, weight: 4) { box, parameters throws(Refusal) in
            box.spotOrder(try box.findOrder(.spot, parameters, Refusal.noSuchOrder))
        },
        "DELETE /api/v3/order": Route(.spot, .trade) { box, parameters throws(Refusal) in
            try box.cancelSpot(parameters, name: "origClientOrderId", id: "orderId")
        },
        "DELETE /api/v3/openOrders": Route(.spot, .trade) { box, parameters throws(Refusal) in
            let index = try box.listing(.spot, parameters)
            let open = box.orders.openOrders(of: index)
            guard !open.isEmpty else { throw Refusal.unknownOrder }
            for order in open { box.end(order.id, .canceled) }
            return .array(open.compactMap { box.orders[$0.id] }.map { box.spotCancel($0, nil) })
        },
        "POST /api/v3/order/cancelReplace": Route(.spot, .trade, weight: 1, isOrder: true) {
            box, parameters throws(Refusal) in try box.cancelReplace(parameters)
        },
        "GET /api/v3/openOrders": Route(.spot, .read, weight: { $0["symbol"] == nil ? 80 : 6 }) {
            box, parameters throws(Refusal) in
            .array(try box.openOrders(.spot, parameters).map { box.spotOrder($0) })
        },
        "GET /api/v3/allOrders": Route(.spot, .read, weight: 20) { box, parameters throws(Refusal) in
            .array(try box.orderHistory(.spot, parameters).map { box.spotOrder($0) })
        },
        "GET /api/v3/myTrades": Route(.spot, .read, weight: 20) { box, parameters throws(Refusal) in
            .array(try box.fills(.spot, parameters).map { box.spotFill($0) })
        },
        "GET /api/v3/rateLimit/order": Route(.spot, .read, weight: 40) { box, _ in box.orderCounts(.spot) },
    ]

    private func spotRequest(_ parameters: Parameters) throws(Refusal) -> OrderRequest {
        let index = try listing(.spot, parameters)
        guard let kind = BoxOrder.Kind(rawValue: try parameters.required("type")) else {
            throw Refusal(-1116, "Invalid orderType.")
        }
        for name in ["icebergQty", "trailingDelta"] where parameters[name] != nil {
            throw Refusal(-2010, "\(name) is not supported for this symbol.")
        }
        let request = try orderRequest(index, parameters, kind: kind, clientName: "newClientOrderId")
        if kind.isConditional {
            let last = listings[index].lastTicks
            let waitsAbove = (request.side == .buy) != kind.isTarget
            if waitsAbove ? last >= request.stop : last <= request.stop {
                throw Refusal(-2010, "Order would trigger immediately.")
            }
        }
        return request
    }

    private mutating func placeSpot(_ parameters: Parameters) throws(Refusal) -> JSONValue {
        let id = try place(try spotRequest(parameters))
        guard let order = orders[id] else { throw Refusal.noSuchOrder }
        let standard = order.kind == .market || order.kind == .limit ? "FULL" : "ACK"
        return placed(order, parameters["newOrderRespType"] ?? standard)
    }

    private func placed(_ order: BoxOrder, _ form: String) -> JSONValue {
        let listing = listings[order.listing]
        var object = JSONObject()
        object["symbol"] = .string(listing.venueSymbol)
        object["orderId"] = JSONValue(order.id)
        object["orderListId"] = -1
        object["clientOrderId"] = .string(order.clientID)
        object["transactTime"] = JSONValue(order.updatedAt)
        guard form != "ACK" else { return .object(object) }
        addSpotState(order, to: &object)
        object["workingTime"] = JSONValue(order.isWorking ? order.createdAt : -1)
        object["selfTradePreventionMode"] = "EXPIRE_MAKER"
        guard form == "FULL" else { return .object(object) }
        object["fills"] = .array(
            orders.fills(of: order.id).map {
                [
                    "price": .string(listing.priceText($0.ticks)), "qty": .string(listing.quantityText($0.lots)),
                    "commission": .string(Decimals.fixed($0.fee, 8)), "commissionAsset": .string($0.feeAsset),
                    "tradeId": JSONValue($0.id),
                ]
            })
        return .object(object)
    }

    private func addSpotState(_ order: BoxOrder, to object: inout JSONObject) {
        let listing = listings[order.listing]
        object["price"] = .string(listing.priceText(order.limit))
        object["origQty"] = .string(listing.quantityText(order.lots))
        object["executedQty"] = .string(listing.quantityText(order.filledLots))
        object["origQuoteOrderQty"] = .string(Decimals.fixed(order.spending ?? .zero, 8))
        object["cummulativeQuoteQty"] = .string(Decimals.fixed(order.filledValue, 8))
        object["status"] = .string(order.status.rawValue)
        object["timeInForce"] = .string(order.kind.isLimit ? order.force.rawValue : "GTC")
        object["type"] = .string(order.kind.rawValue)
        object["side"] = .string(order.side.rawValue.uppercased())
        if order.stop > 0 { object["stopPrice"] = .string(listing.priceText(order.stop)) }
    }

    func spotOrder(_ order: BoxOrder) -> JSONValue {
        let listing = listings[order.listing]
        var object = JSONObject()
        object["symbol"] = .string(listing.venueSymbol)
        object["orderId"] = JSONValue(order.id)
        object["orderListId"] = -1
        object["clientOrderId"] = .string(order.clientID)
        addSpotState(order, to: &object)
        object["stopPrice"] = .string(listing.priceText(order.stop))
        object["icebergQty"] = "0.00000000"
        object["time"] = JSONValue(order.createdAt)
        object["updateTime"] = JSONValue(order.updatedAt)
        object["isWorking"] = .bool(order.isWorking)
        object["workingTime"] = JSONValue(order.isWorking ? order.createdAt : -1)
        object["selfTradePreventionMode"] = "EXPIRE_MAKER"
        return .object(object)
    }

    private func spotCancel(_ order: BoxOrder, _ newName: String?) -> JSONValue {
        var object = JSONObject()
        object["symbol"] = .string(listings[order.listing].venueSymbol)
        object["origClientOrderId"] = .string(order.clientID)
        object["orderId"] = JSONValue(order.id)
        object["orderListId"] = -1
        object["clientOrderId"] = .string(newName ?? "cancel\(order.id)")
        object["transactTime"] = JSONValue(clock)
        addSpotState(order, to: &object)
        object["selfTradePreventionMode"] = "EXPIRE_MAKER"
        return .object(object)
    }

    private mutating func cancelSpot(
        _ parameters: Parameters, name: String, id: String
    ) throws(Refusal) -> JSONValue {
        let order = try findOrder(.spot, parameters, Refusal.unknownOrder, name: name, id: id)
        guard order.isOpen else { throw Refusal.unknownOrder }
        switch parameters["cancelRestrictions"] {
        case "ONLY_NEW" where order.status != .new, "ONLY_PARTIALLY_FILLED" where order.status != .partiallyFilled:
            throw Refusal(-2011, "Order was not canceled due to cancel restrictions.")
        default: break
        }
        end(order.id, .canceled)
        return spotCancel(orders[order.id] ?? order, parameters["newClientOrderId"])
    }

    /// Both halves in one answer; where the first fails under `STOP_ON_FAILURE`, the second is not tried.
    private mutating func cancelReplace(_ parameters: Parameters) throws(Refusal) -> JSONValue {
        let mode = try parameters.required("cancelReplaceMode")
        guard mode == "STOP_ON_FAILURE" || mode == "ALLOW_FAILURE" else {
            throw Refusal(-1130, "Data sent for parameter 'cancelReplaceMode' is not valid.")
        }
        let request = try spotRequest(parameters)
        var cancelled: JSONValue
        var isCancelled = true
        do throws(Refusal) {
            cancelled = try cancelSpot(parameters, name: "cancelOrigClientOrderId", id: "cancelOrderId")
        } catch {
            cancelled = error.json
            isCancelled = false
        }
        var answer = JSONObject()
        answer["cancelResult"] = isCancelled ? "SUCCESS" : "FAILURE"
        var created = JSONValue.null
        var result = "NOT_ATTEMPTED"
        if isCancelled || mode == "ALLOW_FAILURE" {
            do throws(Refusal) {
                let id = try place(request)
                result = "SUCCESS"
                created = orders[id].map { placed($0, "RESULT") } ?? .null
            } catch {
                result = "FAILURE"
                created = error.json
            }
        }
        answer["newOrderResult"] = .string(result)
        answer["cancelResponse"] = cancelled
        answer["newOrderResponse"] = created
        if isCancelled, result == "SUCCESS" { return .object(answer) }
        let isPartial = isCancelled || result == "SUCCESS"
        throw Refusal(
            isPartial ? -2021 : -2022,
            isPartial ? "Order cancel-replace partially failed." : "Order cancel-replace failed.",
            status: isPartial ? 409 : 400, data: .object(answer))
    }

    private func spotFill(_ fill: BoxFill) -> JSONValue {
        let listing = listings[fill.listing]
        var object = JSONObject()
        object["symbol"] = .string(listing.venueSymbol)
        object["id"] = JSONValue(fill.id)
        object["orderId"] = JSONValue(fill.order)
        object["orderListId"] = -1
        object["price"] = .string(listing.priceText(fill.ticks))
        object["qty"] = .string(listing.quantityText(fill.lots))
        object["quoteQty"] = .string(Decimals.fixed(fill.value, 8))
        object["commission"] = .string(Decimals.fixed(fill.fee, 8))
        object["commissionAsset"] = .string(fill.feeAsset)
        object["time"] = JSONValue(fill.time)
        object["isBuyer"] = .bool(fill.side == .buy)
        object["isMaker"] = .bool(fill.isMaker)
        object["isBestMatch"] = true
        return .object(object)
    }

    // MARK: What both markets share

    func findOrder(
        _ market: BoxMarket, _ parameters: Parameters, _ refusal: Refusal, name: String = "origClientOrderId",
        id: String = "orderId"
    ) throws(Refusal) -> BoxOrder {
        let index = try listing(market, parameters)
        if let number = try parameters.integer(id) {
            guard let order = orders[number], order.listing == index else { throw refusal }
            return order
        }
        guard let client = parameters[name] else {
            throw Refusal(
                -1102, "Param '\(name)' or '\(id)' must be sent, but both were empty/null!")
        }
        if tradingFault(.forgetQuery) != nil { throw refusal }
        guard let order = orders.order(index, client) else { throw refusal }
        return order
    }

    func openOrders(_ market: BoxMarket, _ parameters: Parameters) throws(Refusal) -> [BoxOrder] {
        let index = parameters["symbol"] == nil ? nil : try listing(market, parameters)
        return orders.open.compactMap { orders[$0] }.filter {
            listings[$0.listing].market == market && (index == nil || $0.listing == index)
        }
    }

    func orderHistory(_ market: BoxMarket, _ parameters: Parameters) throws(Refusal) -> [BoxOrder] {
        let index = try listing(market, parameters)
        let limit = try parameters.limit(500, most: 1_000)
        var list = (orders.byListing[index] ?? []).compactMap { orders[$0] }
        if let first = try parameters.integer("orderId") {
            return Array(list.filter { $0.id >= first }.prefix(limit))
        }
        let since = try parameters.integer("startTime")
        if let since { list = list.filter { $0.createdAt >= since } }
        if let until = try parameters.integer("endTime") { list = list.filter { $0.createdAt <= until } }
        return since == nil ? list.suffix(limit) : Array(list.prefix(limit))
    }

    func fills(_ market: BoxMarket, _ parameters: Parameters) throws(Refusal) -> [BoxFill] {
        let index = parameters["symbol"] == nil && market == .usdm ? nil : try listing(market, parameters)
        let limit = try parameters.limit(500, most: 1_000)
        var list = orders.fills.filter {
            listings[$0.listing].market == market && (index == nil || $0.listing == index)
        }
        if let order = try parameters.integer("orderId") { list = list.filter { $0.order == order } }
        let since = try parameters.integer("startTime")
        if let since { list = list.filter { $0.time >= since } }
        if let until = try parameters.integer("endTime") { list = list.filter { $0.time <= until } }
        if let first = try parameters.integer("fromId") {
            return Array(list.filter { $0.id >= first }.prefix(limit))
        }
        return since == nil ? list.suffix(limit) : Array(list.prefix(limit))
    }

    func orderCounts(_ market: BoxMarket) -> JSONValue {
        .array(
            limiter.orders[market.rawValue].map { window in
                let (name, count): (JSONValue, JSONValue) =
                    window.span == 10_000_000 ? ("SECOND", 10) : window.span == 60_000_000 ? ("MINUTE", 1) : ("DAY", 1)
                return [
                    "rateLimitType": "ORDERS", "interval": name, "intervalNum": count,
                    "limit": JSONValue(window.limit), "count": JSONValue(window.used),
                ]
            })
    }
}
