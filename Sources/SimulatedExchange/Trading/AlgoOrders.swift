import JSONText
import TradingModel

/// A conditional order of USDⓈ-M, which waits beside the book until its trigger comes.
struct AlgoOrder: Sendable {
    enum Status: String, Sendable {
        case new = "NEW"
        case canceled = "CANCELED"
        case triggered = "TRIGGERED"
        case finished = "FINISHED"
        case rejected = "REJECTED"
        case expired = "EXPIRED"
    }

    let id: Int64
    let clientID: String
    /// `STOP`, `STOP_MARKET`, `TAKE_PROFIT`, `TAKE_PROFIT_MARKET`, `TRAILING_STOP_MARKET`.
    let type: String
    var request: OrderRequest
    let trigger: Int64
    let watchesMark: Bool
    /// The trigger lies above the price it was placed at.
    let waitsAbove: Bool
    /// Percent a trailing stop keeps behind the best price since its activation.
    var callbackRate: Ratio?
    var activation: Int64 = 0
    var best: Int64 = 0
    var status = Status.new
    var order: Int64?
    let createdAt: Int64
    var updatedAt: Int64
    var triggeredAt: Int64 = 0
    var failure: Refusal?
}

extension ExchangeBox {
    /// Conditional contracts look at the last price or the mark price, as each says.
    mutating func checkAlgos(_ index: Int) {
        for place in algos.indices where algos[place].request.listing == index && algos[place].status == .new {
            let price = algos[place].watchesMark ? listings[index].markTicks : listings[index].lastTicks
            if algos[place].callbackRate != nil {
                guard hasTrailed(place, price) else { continue }
            } else {
                let trigger = algos[place].trigger
                guard algos[place].waitsAbove ? price >= trigger : price <= trigger else { continue }
            }
            triggerAlgo(place)
        }
    }

    /// Follows the price with a trailing stop; whether it has come back far enough.
    private mutating func hasTrailed(_ place: Int, _ price: Int64) -> Bool {
        let isSell = algos[place].request.side == .sell
        if algos[place].best == 0 {
            let activation = algos[place].activation
            guard activation == 0 || (isSell ? price >= activation : price <= activation) else { return false }
            algos[place].best = price
        }
        algos[place].best = isSell ? max(algos[place].best, price) : min(algos[place].best, price)
        let best = listings[algos[place].request.listing].price(algos[place].best)
        let rate = Ratio.percent(algos[place].callbackRate ?? .one)
        let line = best.moved(by: isSell ? -rate : rate, .halfEven)
        let now = listings[algos[place].request.listing].price(price)
        return isSell ? now <= line : now >= line
    }

    private mutating func triggerAlgo(_ place: Int) {
        algos[place].status = .triggered
        algos[place].triggeredAt = clock
        algos[place].updatedAt = clock
        tellAlgo(place)
        var request = algos[place].request
        request.algoID = algos[place].id
        let kept = tradingFaults
        tradingFaults = []
        defer { tradingFaults = kept }
        do throws(Refusal) {
            let id = try self.place(request)
            algos[place].order = id
            if orders[id]?.isOpen == false { finishAlgo(algos[place].id) }
        } catch {
            algos[place].status = .rejected
            algos[place].failure = error
            tellAlgo(place)
        }
    }

    /// The order a conditional order became is over.
    mutating func finishAlgo(_ id: Int64) {
        guard let place = algos.firstIndex(where: { $0.id == id }), algos[place].status == .triggered,
            algos[place].order != nil
        else { return }
        algos[place].status = .finished
        algos[place].updatedAt = clock
        tellAlgo(place)
    }

    mutating func cancelAlgo(_ place: Int) {
        algos[place].status = .canceled
        algos[place].updatedAt = clock
        tellAlgo(place)
    }

    // MARK: Requests

    static let algoRoutes: [String: Route] = [
        "POST /fapi/v1/algoOrder": Route(.usdm, .trade, isOrder: true, weight: { _ in 0 }) {
            box, parameters throws(Refusal) in try box.placeAlgo(parameters)
        },
        "GET /fapi/v1/algoOrder": Route(.usdm, .read) { box, parameters throws(Refusal) in
            box.algoJSON(box.algos[try box.algoPlace(parameters, Refusal.noSuchOrder)])
        },
        "DELETE /fapi/v1/algoOrder": Route(.usdm, .trade) { box, parameters throws(Refusal) in
            let place = try box.algoPlace(parameters, Refusal.unknownOrder)
            guard box.algos[place].status == .new else { throw Refusal.unknownOrder }
            box.cancelAlgo(place)
            return [
                "algoId": JSONValue(box.algos[place].id), "clientAlgoId": .string(box.algos[place].clientID),
                "code": "200", "msg": "success",
            ]
        },
        "DELETE /fapi/v1/algoOpenOrders": Route(.usdm, .trade) { box, parameters throws(Refusal) in
            let index = try box.listing(.usdm, parameters)
            for place in box.algos.indices
            where box.algos[place].request.listing == index && box.algos[place].status == .new {
                box.cancelAlgo(place)
            }
            return ["code": 200, "msg": "The operation of cancel all open order is done."]
        },
        "GET /fapi/v1/openAlgoOrders": Route(.usdm, .read, weight: { $0["symbol"] == nil ? 40 : 1 }) {
            box, parameters throws(Refusal) in try box.algoList(parameters) { $0.status == .new }
        },
        "GET /fapi/v1/allAlgoOrders": Route(.usdm, .read, weight: 5) { box, parameters throws(Refusal) in
            _ = try parameters.required("symbol")
            return try box.algoList(parameters) { _ in true }
        },
    ]

    private func algoPlace(_ parameters: Parameters, _ refusal: Refusal) throws(Refusal) -> Int {
        let place: Int?
        if let id = try parameters.integer("algoId") {
            place = algos.firstIndex { $0.id == id }
        } else if let name = parameters["clientAlgoId"] {
            place =
                algos.firstIndex { $0.clientID == name && $0.status == .new }
                ?? algos.lastIndex { $0.clientID == name }
        } else {
            throw Refusal(-1102, "Either 'algoid' or 'clientalgoid' must be sent.")
        }
        guard let place else { throw refusal }
        return place
    }

    private func algoList(
        _ parameters: Parameters, _ isWanted: (AlgoOrder) -> Bool
    ) throws(Refusal) -> JSONValue {
        let index = parameters["symbol"] == nil ? nil : try listing(.usdm, parameters)
        let limit = try parameters.limit(500, most: 1_000)
        let list = algos.filter { isWanted($0) && (index == nil || $0.request.listing == index) }
        return .array(list.suffix(limit).map(algoJSON))
    }

    private mutating func placeAlgo(_ parameters: Parameters) throws(Refusal) -> JSONValue {
        guard try parameters.required("algoType") == "CONDITIONAL" else {
            throw Refusal(-4500, "Invalid algoType.")
        }
        let type = try parameters.required("type")
        let types = ["STOP", "STOP_MARKET", "TAKE_PROFIT", "TAKE_PROFIT_MARKET", "TRAILING_STOP_MARKET"]
        guard types.contains(type) else { throw Refusal(-1116, "Invalid orderType.") }
        let index = try listing(.usdm, parameters)
        let isLimit = type == "STOP" || type == "TAKE_PROFIT"
        var request = try orderRequest(
            index, parameters, kind: isLimit ? .limit : .market, clientName: "clientAlgoId", isAlgo: true)
        let isTrailing = type == "TRAILING_STOP_MARKET"
        let trigger = isTrailing ? 0 : try ticks("triggerPrice", index, parameters, isRequired: true)
        let watchesMark = parameters["workingType"] == "MARK_PRICE"
        let price = watchesMark ? listings[index].markTicks : listings[index].lastTicks
        let isTarget = type.hasPrefix("TAKE_PROFIT")
        let waitsAbove = (request.side == .buy) != isTarget
        if !isTrailing, waitsAbove ? price >= trigger : price <= trigger { throw Refusal.wouldTrigger }
        if let fault = tradingFault(.reject) {
            throw Refusal(fault.code ?? -2010, fault.message ?? "NEW_ORDER_REJECTED")
        }
        let isOpen = { (algo: AlgoOrder) in algo.status == .new && algo.request.listing == index }
        let name = request.clientID
        if tradingFault(.forgetID) == nil, algos.contains(where: { $0.status == .new && $0.clientID == name }) {
            throw Refusal(-4116, "ClientOrderId is duplicated.")
        }
        guard algos.filter(isOpen).count < 10 else { throw Refusal(-4045, "Reach max stop order limit.") }
        if request.closesPosition {
            let side = request.side
            if algos.contains(where: {
                isOpen($0) && $0.request.closesPosition && $0.request.side == side && $0.type == type
            }) {
                throw Refusal(
                    -4130, "An open stop or take profit order with GTE and closePosition in the direction is existing.")
            }
        }
        request.clientID = name
        var algo = AlgoOrder(
            id: orders.nextID(), clientID: name, type: type, request: request, trigger: trigger,
            watchesMark: watchesMark, waitsAbove: waitsAbove, createdAt: clock, updatedAt: clock)
        if isTrailing {
            guard let rate: Ratio = try parameters.decimal("callbackRate"), rate.isPositive, rate <= Ratio(10) else {
                throw Refusal(-2007, "Invalid callBack rate.")
            }
            algo.callbackRate = rate
            algo.activation = try ticks("activatePrice", index, parameters, isRequired: false)
        }
        algos.append(algo)
        tellAlgo(algos.count - 1)
        return algoJSON(algo)
    }

    func algoJSON(_ algo: AlgoOrder) -> JSONValue {
        let listing = listings[algo.request.listing]
        let order = algo.order.flatMap { orders[$0] }
        var object = JSONObject()
        object["algoId"] = JSONValue(algo.id)
        object["clientAlgoId"] = .string(algo.clientID)
        object["algoType"] = "CONDITIONAL"
        object["orderType"] = .string(algo.type)
        object["symbol"] = .string(listing.venueSymbol)
        object["side"] = .string(algo.request.side.rawValue.uppercased())
        object["positionSide"] = .string(algo.request.positionSide.rawValue)
        object["timeInForce"] = .string(algo.request.force.rawValue)
        object["quantity"] = .string(listing.quantityText(algo.request.lots))
        object["algoStatus"] = .string(algo.status.rawValue)
        object["actualOrderId"] = .string(algo.order.map { "\($0)" } ?? "")
        object["actualPrice"] = .string(order.map { averageText($0) } ?? "0.00000")
        object["actualQty"] = .string(order.map { listing.quantityText($0.filledLots) } ?? "0")
        object["actualType"] = .string(order?.kind.rawValue ?? "")
        object["triggerPrice"] = .string(listing.priceText(algo.trigger))
        object["price"] = .string(listing.priceText(algo.request.limit))
        object["icebergQuantity"] = .null
        for name in ["tpTriggerPrice", "tpPrice", "slTriggerPrice", "slPrice"] { object[name] = "0.000" }
        object["tpOrderType"] = ""
        object["selfTradePreventionMode"] = "EXPIRE_MAKER"
        object["workingType"] = .string(algo.watchesMark ? "MARK_PRICE" : "CONTRACT_PRICE")
        object["priceMatch"] = "NONE"
        object["closePosition"] = .bool(algo.request.closesPosition)
        object["priceProtect"] = false
        object["reduceOnly"] = .bool(algo.request.isReduceOnly)
        if let rate = algo.callbackRate {
            object["activatePrice"] = .string(listing.priceText(algo.activation))
            object["callbackRate"] = .string(rate.description)
        }
        object["createTime"] = JSONValue(algo.createdAt)
        object["updateTime"] = JSONValue(algo.updatedAt)
        object["triggerTime"] = JSONValue(algo.triggeredAt)
        object["goodTillDate"] = 0
        if let failure = algo.failure {
            object["failCode"] = .string("\(failure.code)")
            object["failReason"] = .string(failure.message)
        }
        return .object(object)
    }
}
