public import JSONText
import TradingModel

/// Reads an order, cancel or query as a person or a script writes it, and says which call at which market it is.
///
/// Two shapes are understood: Quartet's own, one object with the fields of an order, and ccxt's unified calls as
/// `{"exchange": …, "method": "createOrder", "input": ["BTC/USDT", "limit", "buy", 0.1, 50000, {…}]}`; an object with
/// ccxt's words (`amount`, `params`) and no method is an order of ccxt's too, with ccxt's defaults.
public enum OrderForm {
    /// What the shape does not say itself.
    public struct Defaults: Sendable {
        public var venue: String?
        public var kind: String?
        public init(venue: String? = nil, kind: String? = nil) {
            self.venue = venue
            self.kind = kind
        }
    }

    /// Names of ``read(_:defaults:)``'s kinds, for help texts.
    public static let kinds = [
        "create", "amend", "cancel", "cancel-all", "query", "open-orders", "orders", "fills", "balances", "positions",
        "leverage", "set-leverage", "set-margin-mode", "position-mode", "set-position-mode", "fees", "funding",
        "user-stream", "user-stream-keep", "user-stream-close", "permissions", "time",
    ]

    public static func read(_ value: JSONValue, defaults: Defaults) throws(CallRefusal) -> TradingOrderForm {
        guard case .object(let object) = value else {
            throw CallRefusal(.malformed, "an order is a JSON object, not \(value.kind.rawValue)")
        }
        var bag = FieldBag(object)
        let steps = try readSteps(&bag)
        let named = try bag.text("exchange", "venue")
        guard let venue = defaults.venue ?? named else {
            throw CallRefusal(.missing, "no venue is named: give --venue or a field \"exchange\"")
        }
        for ignored in OrderForm.told { _ = bag.take([ignored]) }
        // Of a cancel or a query it is the order's, of anything else a number of the case.
        if object["method"] != nil || object["side"] != nil { _ = bag.take(["id"]) }
        var form =
            if let method = object["method"], case .string(let name) = method {
                try UnifiedCall.read(name, bag, venue: venue)
            } else {
                try flat(&bag, venue: venue, kind: defaults.kind)
            }
        form.steps = steps ?? KnownSteps.steps(form) ?? TradingSteps()
        return form
    }

    /// Fields of a case or an order that say nothing to an exchange.
    private static let told = [
        "description", "output", "url", "source", "note", "key", "apiKey", "api_key", "secret", "timestamp",
        "recvWindow", "recv_window", "proposalID", "proposalId", "strategy", "purpose", "exitReason", "referencePrice",
        "decidedAt",
    ]

    private static func readSteps(_ bag: inout FieldBag) throws(CallRefusal) -> TradingSteps? {
        guard let value = bag.take(["instrument", "precision"]) else { return nil }
        guard case .object(let object) = value else { throw FieldBag.wrong(["instrument"], "an object", value) }
        var inner = FieldBag(object)
        return TradingSteps(
            price: try inner.decimal("tickSize", "price"),
            quantity: try inner.decimal("lotSize", "stepSize", "amount", "quantity"),
            cost: try inner.decimal("costStep", "cost"))
    }

    // MARK: Quartet's own shape

    private static func flat(
        _ bag: inout FieldBag, venue: String, kind: String?
    ) throws(CallRefusal) -> TradingOrderForm {
        let isUnified = bag.members["amount"] != nil || bag.members["params"] != nil
        if let params = bag.take(["params"]) {
            guard case .object(let object) = params else { throw FieldBag.wrong(["params"], "an object", params) }
            var merged = bag.members
            merged.merge(object)
            bag = FieldBag(merged)
        }
        let named = try bag.text("kind")
        let kind = kind ?? named ?? (bag.members["side"] == nil ? nil : "create")
        guard let kind else {
            throw CallRefusal(
                .missing, "it is not said what to do: give --kind, one of \(kinds.joined(separator: ", "))")
        }
        let symbol = try readSymbol(bag.text("symbol"))
        let isAboutPositions = kind == "positions" || kind.contains("leverage") || kind.contains("-mode")
        let market = try market(venue, symbol, prefersDerivatives: isAboutPositions)
        let call = try call(kind, symbol, market, isUnified: isUnified, &bag)
        if !isUnified, let left = bag.members.keys.first {
            throw CallRefusal(
                .malformed, "nothing is known of the field \"\(left)\": an exchange's own words go into \"params\"")
        }
        return TradingOrderForm(market: market, call: call, extras: bag.members)
    }

    static func readSymbol(_ text: String?) throws(CallRefusal) -> MarketSymbol? {
        guard let text else { return nil }
        guard let symbol = MarketSymbol(text) else {
            throw CallRefusal(.malformed, "\"\(text.prefix(60))\" is no symbol: write BTC/USDT or BTC/USDT:USDT")
        }
        return symbol
    }

    static func market(
        _ venue: String, _ symbol: MarketSymbol?, prefersDerivatives: Bool
    ) throws(CallRefusal) -> TradingMarket {
        var named = symbol
        if named == nil, prefersDerivatives { named = MarketSymbol("BTC/USDT:USDT") }
        guard let market = TradingMarket(venue: venue, symbol: named) else {
            let known = Exchange.allCases.map(\.rawValue) + TradingMarket.allCases.map(\.rawValue)
            throw CallRefusal(
                .malformed, "the venue \"\(venue.prefix(40))\" is not known: \(known.joined(separator: ", "))")
        }
        if let symbol, symbol.isDerivative, market.isSpot {
            throw CallRefusal(.contradiction, "\(symbol) is a derivative, which \(market.title) does not trade")
        }
        if let symbol, symbol.isDerivative, let settle = symbol.settleCurrency,
            settle
                == symbol.text.prefix(
                    while: { $0 != "/" })
        {
            throw CallRefusal(
                .unsupported, "\(symbol) is settled in its base currency: only linear contracts are traded")
        }
        return market
    }

    private static func call(
        _ kind: String, _ symbol: MarketSymbol?, _ market: TradingMarket, isUnified: Bool, _ bag: inout FieldBag
    ) throws(CallRefusal) -> TradingCall {
        func needed() throws(CallRefusal) -> MarketSymbol {
            guard let symbol else { throw CallRefusal(.missing, "no symbol is named: write BTC/USDT or BTC/USDT:USDT") }
            return symbol
        }
        switch kind {
        case "create", "order", "place":
            return .create(try DraftReader.draft(try needed(), isUnified: isUnified, market, &bag))
        case "amend", "edit":
            let key = try DraftReader.key(try needed(), &bag)
            return .amend(key, try DraftReader.draft(try needed(), isUnified: isUnified, market, &bag))
        case "cancel": return .cancel(try DraftReader.key(try needed(), &bag))
        case "query", "get", "status": return .query(try DraftReader.key(try needed(), &bag))
        case "cancel-all": return .cancelAll(symbol, isConditional: try DraftReader.isConditional(&bag))
        case "open-orders":
            let isConditional = try DraftReader.isConditional(&bag)
            return .openOrders(symbol, isConditional: isConditional, limit: try bag.integer("limit").map(Int.init))
        case "orders", "order-history":
            let isConditional = try DraftReader.isConditional(&bag)
            return .orderHistory(symbol, isConditional: isConditional, try DraftReader.window(&bag))
        case "fills", "trades":
            let window = try DraftReader.window(&bag)
            let key = try symbol.map { (symbol) throws(CallRefusal) in try DraftReader.key(symbol, &bag) }
            return .fills(symbol, key.flatMap { $0.clientOrderID ?? $0.venueOrderID == nil ? nil : $0 }, window)
        case "funding": return .funding(symbol, try DraftReader.window(&bag))
        default: return try accountCall(kind, symbol, needed, &bag)
        }
    }

    private static func accountCall(
        _ kind: String, _ symbol: MarketSymbol?, _ needed: () throws(CallRefusal) -> MarketSymbol,
        _ bag: inout FieldBag
    ) throws(CallRefusal) -> TradingCall {
        switch kind {
        case "balances", "balance": return .balances
        case "positions", "position": return .positions(symbol)
        case "leverage": return .leverage(try needed())
        case "set-leverage":
            guard let leverage = try bag.text("leverage") else {
                throw CallRefusal(.missing, "no leverage is given: write \"leverage\": 10")
            }
            return .setLeverage(try needed(), leverage)
        case "set-margin-mode":
            let text = try bag.text("marginMode", "mode") ?? ""
            guard let mode = MarginMode(rawValue: text.lowercased()) else {
                throw CallRefusal(.malformed, "the margin mode \"\(text)\" is neither cross nor isolated")
            }
            return .setMarginMode(symbol, mode)
        case "position-mode": return .positionMode(symbol)
        case "set-position-mode":
            guard let isHedged = try bag.flag("hedged", "isHedged") else {
                throw CallRefusal(.missing, "write \"hedged\": true for two positions a symbol, false for one")
            }
            return .setPositionMode(symbol, isHedged: isHedged)
        case "fees": return .fees(try needed())
        case "user-stream": return .openUserStream
        case "user-stream-keep": return .keepUserStream(key: try bag.text("listenKey") ?? "")
        case "user-stream-close": return .closeUserStream(key: try bag.text("listenKey") ?? "")
        case "permissions": return .keyPermissions
        case "time": return .serverTime
        default:
            throw CallRefusal(
                .malformed,
                "the kind \"\(kind.prefix(40))\" is not known: it is one of \(kinds.joined(separator: ", "))")
        }
    }
}
