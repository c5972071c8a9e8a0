import JSONText
import TradingModel

/// ccxt's unified calls: a method's name and its arguments by position (docs.ccxt.com, "Unified API").
enum UnifiedCall {
    static func read(_ method: String, _ bag: FieldBag, venue: String) throws(CallRefusal) -> TradingOrderForm {
        var bag = bag
        _ = bag.take(["method"])
        guard case .array(var input)? = bag.take(["input", "args", "arguments"]) else {
            throw CallRefusal(.missing, "the call \(method) has no \"input\": a list of its arguments")
        }
        var params = JSONObject()
        if case .object(let object)? = input.last {
            params = object
            input.removeLast()
        }
        var reader = Arguments(method: method, input: input, params: FieldBag(params))
        let type = try reader.params.text("type", "defaultType", "category", "subType")
        let symbolText = reader.symbolIndex.flatMap { reader.text(at: $0) } ?? reader.listedSymbol
        let symbol = try OrderForm.readSymbol(symbolText)
        let derivativeTypes = ["swap", "future", "linear", "contract"]
        let isAboutPositions =
            method.contains("Position") || method.contains("Leverage") || method.contains("MarginMode")
        let market = try OrderForm.market(
            venue, symbol, prefersDerivatives: isAboutPositions || derivativeTypes.contains(type ?? ""))
        let call = try reader.call(symbol, market)
        return TradingOrderForm(market: market, call: call, extras: reader.params.members)
    }

    struct Arguments {
        let method: String
        let input: [JSONValue]
        var params: FieldBag

        func value(at index: Int) -> JSONValue? {
            guard input.indices.contains(index), input[index] != .null else { return nil }
            return input[index]
        }

        func text(at index: Int) -> String? { value(at: index).flatMap { try? $0.node.text() } }

        /// A list of symbols of which there is one.
        var listedSymbol: String? {
            guard case .array(let list)? = value(at: 0), list.count == 1 else { return nil }
            return try? list[0].node.text()
        }

        /// Where the symbol stands: behind an id or a value where the method has one.
        var symbolIndex: Int? {
            switch method {
            case "fetchBalance", "fetchTime", "cancelAllOrdersAfter": nil
            case "fetchPositions", "fetchLeverages": nil
            case _ where isNamingOrder, "setLeverage", "setMarginMode", "setPositionMode", "cancelOrders": 1
            default: 0
            }
        }

        private var isNamingOrder: Bool {
            let names = [
                "cancelOrder", "fetchOrder", "fetchOpenOrder", "fetchClosedOrder", "editOrder", "fetchOrderTrades",
            ]
            return names.contains(method) || names.contains(where: { method == $0 + "WithClientOrderId" })
        }

        // MARK: Calls

        mutating func call(_ symbol: MarketSymbol?, _ market: TradingMarket) throws(CallRefusal) -> TradingCall {
            if method.hasPrefix("create") { return .create(try creation(needed(symbol), market)) }
            switch method {
            case "editOrder", "editOrderWithClientOrderId":
                let key = try key(needed(symbol))
                let names = ["type", "side", "amount", "price"]
                return .amend(key, try draft(names, from: 2, needed(symbol), market))
            case "cancelOrder", "cancelOrderWithClientOrderId": return .cancel(try key(needed(symbol)))
            case "fetchOrder", "fetchOrderWithClientOrderId", "fetchOpenOrder":
                return .query(try key(needed(symbol)))
            case "cancelOrders": return .cancel(try listedKey(needed(symbol)))
            case "cancelAllOrders":
                return .cancelAll(symbol, isConditional: try DraftReader.isConditional(&params))
            case "fetchOpenOrders":
                let isConditional = try DraftReader.isConditional(&params)
                return .openOrders(symbol, isConditional: isConditional, limit: text(at: 2).flatMap { Int($0) })
            case "fetchOrders", "fetchClosedOrders", "fetchCanceledOrders", "fetchCanceledAndClosedOrders":
                let isConditional = try DraftReader.isConditional(&params)
                if market.venue == .bybit { addBybitStatus() }
                return .orderHistory(symbol, isConditional: isConditional, try window(from: 1))
            case "fetchMyTrades": return .fills(symbol, nil, try window(from: 1))
            case "fetchOrderTrades": return .fills(symbol, try key(needed(symbol)), try window(from: 2))
            case "fetchBalance": return .balances
            case "fetchPositions", "fetchPosition", "fetchPositionsRisk": return .positions(symbol)
            case "fetchLeverage", "fetchLeverages": return .leverage(try needed(symbol))
            case "fetchPositionMode": return .positionMode(symbol)
            case "fetchTradingFee": return .fees(try needed(symbol))
            case "fetchFundingHistory": return .funding(symbol, try window(from: 1))
            case "fetchTime": return .serverTime
            case "setLeverage": return .setLeverage(try needed(symbol), text(at: 0) ?? "")
            case "setMarginMode":
                guard let mode = MarginMode(rawValue: (text(at: 0) ?? "").lowercased()) else {
                    throw CallRefusal(.malformed, "the margin mode is neither cross nor isolated")
                }
                return .setMarginMode(symbol, mode)
            case "setPositionMode":
                return .setPositionMode(symbol, isHedged: value(at: 0) == .bool(true))
            default: throw CallRefusal(.unsupported, "no request is known for the call \(method.prefix(40))")
            }
        }

        private func needed(_ symbol: MarketSymbol?) throws(CallRefusal) -> MarketSymbol {
            guard let symbol else { throw CallRefusal(.missing, "the call \(method) needs a symbol") }
            return symbol
        }

        private mutating func addBybitStatus() {
            let status = ["fetchClosedOrders": "Filled", "fetchCanceledOrders": "Cancelled"][method]
            var members = params.members
            members.add("orderStatus", status)
            params = FieldBag(members)
        }

        private mutating func window(from index: Int) throws(CallRefusal) -> TimeWindow {
            var window = try DraftReader.window(&params)
            if let since = text(at: index).flatMap({ Int64($0) }) { window.since = since }
            if let limit = text(at: index + 1).flatMap({ Int($0) }) { window.limit = limit }
            return window
        }

        private mutating func key(_ symbol: MarketSymbol) throws(CallRefusal) -> OrderKey {
            var key = try DraftReader.key(symbol, &params)
            guard let id = text(at: 0), !id.isEmpty else { return key }
            if method.hasSuffix("WithClientOrderId") {
                key.clientOrderID = id
            } else {
                key.venueOrderID = id
            }
            return key
        }

        private mutating func listedKey(_ symbol: MarketSymbol) throws(CallRefusal) -> OrderKey {
            guard case .array(let ids)? = value(at: 0), ids.count == 1, let id = try? ids[0].node.text() else {
                throw CallRefusal(.unsupported, "orders are cancelled one by one: give one id")
            }
            var key = try DraftReader.key(symbol, &params)
            key.venueOrderID = id
            return key
        }
    }
}
