import JSONText
import TradingModel

/// What there is to say about an order.
enum OrderNews: Sendable {
    case new, canceled, expired, amended
    case trade(BoxFill)

    var execution: String {
        switch self {
        case .new: "NEW"
        case .canceled: "CANCELED"
        case .expired: "EXPIRED"
        case .amended: "AMENDMENT"
        case .trade: "TRADE"
        }
    }

    var fill: BoxFill? { if case .trade(let fill) = self { fill } else { nil } }
}

extension ExchangeBox {
    /// Tells the user streams of an order's market what happened to it.
    mutating func report(_ id: Int64, _ news: OrderNews) {
        guard let order = orders[id] else { return }
        let listing = listings[order.listing]
        if listing.market == .spot {
            sendUser(executionReport(order, news), "executionReport", .spot)
            tellBalances([listing.base, listing.quoteAsset])
            return
        }
        if let fill = news.fill {
            let key = FuturesAccount.Key(listing: order.listing, side: order.positionSide)
            tellAccount("ORDER", asset: listing.quoteAsset, change: .zero, position: key)
            sendUser(tradeLite(order, fill), "TRADE_LITE", .usdm)
        }
        sendUser(orderUpdate(order, news), "ORDER_TRADE_UPDATE", .usdm)
    }

    /// Sends one event to every user stream of a market, with what is wrong with the way there.
    mutating func sendUser(_ event: JSONValue, _ name: String, _ market: BoxMarket, isBalance: Bool = false) {
        guard !connections.isEmpty else { return }
        var payload: [UInt8] = []
        event.write(to: &payload)
        for id in connections.keys.sorted() {
            guard let connection = connections[id], connection.market == market, !connection.isFrozen else { continue }
            for key in connection.userStreams {
                if now.wall < connection.silentUntil { continue }
                var fault = faults.streamFault(name, isUser: true)
                if isBalance, let lag, now.wall < lag.until, fault == nil { fault = Fault.late(lag.until - now.wall) }
                transmit(payload, key, connection, fault)
                // A fault may have taken the connection away.
                if connections[id] == nil { break }
            }
        }
    }

    // MARK: Spot

    private func executionReport(_ order: BoxOrder, _ news: OrderNews) -> JSONValue {
        let listing = listings[order.listing]
        let fill = news.fill
        let isCancel = news.execution == "CANCELED"
        var event = JSONObject()
        event["e"] = "executionReport"
        event["E"] = JSONValue(clock)
        event["s"] = .string(listing.venueSymbol)
        event["c"] = .string(isCancel ? "cancel\(order.id)" : order.clientID)
        event["S"] = .string(order.side.rawValue.uppercased())
        event["o"] = .string(order.kind.rawValue)
        event["f"] = .string(order.kind.isLimit ? order.force.rawValue : "GTC")
        event["q"] = .string(listing.quantityText(order.lots))
        event["p"] = .string(listing.priceText(order.limit))
        event["P"] = .string(listing.priceText(order.stop))
        event["F"] = "0.00000000"
        event["g"] = -1
        event["C"] = .string(isCancel ? order.clientID : "")
        event["x"] = .string(news.execution)
        event["X"] = .string(order.status.rawValue)
        event["r"] = "NONE"
        event["i"] = JSONValue(order.id)
        event["l"] = .string(listing.quantityText(fill?.lots ?? 0))
        event["z"] = .string(listing.quantityText(order.filledLots))
        event["L"] = .string(listing.priceText(fill?.ticks ?? 0))
        event["n"] = .string(fill.map { Decimals.fixed($0.fee, 8) } ?? "0")
        event["N"] = fill.map { .string($0.feeAsset) } ?? .null
        event["T"] = JSONValue(order.updatedAt)
        event["t"] = JSONValue(fill?.id ?? -1)
        event["I"] = JSONValue(order.id * 2 + (fill == nil ? 0 : 1))
        event["w"] = .bool(order.isOpen && order.isWorking)
        event["m"] = .bool(fill?.isMaker ?? false)
        event["M"] = .bool(fill != nil)
        event["O"] = JSONValue(order.createdAt)
        event["Z"] = .string(Decimals.fixed(order.filledValue, 8))
        event["Y"] = .string(Decimals.fixed(fill?.value ?? .zero, 8))
        event["Q"] = .string(Decimals.fixed(order.spending ?? .zero, 8))
        if order.isWorking { event["W"] = JSONValue(order.createdAt) }
        event["V"] = "EXPIRE_MAKER"
        return .object(event)
    }

    mutating func tellBalances(_ assets: [String]) {
        guard !connections.isEmpty else { return }
        let list: [JSONValue] = assets.map {
            [
                "a": .string($0), "f": .string(Decimals.fixed(spot[$0].free, 8)),
                "l": .string(Decimals.fixed(spot[$0].locked, 8)),
            ]
        }
        let event: JSONValue = [
            "e": "outboundAccountPosition", "E": JSONValue(clock), "u": JSONValue(spot.updatedAt), "B": .array(list),
        ]
        sendUser(event, "outboundAccountPosition", .spot, isBalance: true)
    }

    // MARK: USDⓈ-M

    private func orderUpdate(_ order: BoxOrder, _ news: OrderNews) -> JSONValue {
        let listing = listings[order.listing]
        let fill = news.fill
        var update = JSONObject()
        update["s"] = .string(listing.venueSymbol)
        update["c"] = .string(order.clientID)
        update["S"] = .string(order.side.rawValue.uppercased())
        update["o"] = .string(order.kind.rawValue)
        update["f"] = .string(order.kind.isLimit ? order.force.rawValue : "GTC")
        update["q"] = .string(listing.quantityText(order.lots))
        update["p"] = .string(listing.priceText(order.limit))
        update["ap"] = .string(averageText(order))
        update["sp"] = "0"
        update["x"] = .string(news.execution)
        update["X"] = .string(order.status.rawValue)
        update["i"] = JSONValue(order.id)
        update["l"] = .string(listing.quantityText(fill?.lots ?? 0))
        update["z"] = .string(listing.quantityText(order.filledLots))
        update["L"] = .string(listing.priceText(fill?.ticks ?? 0))
        if let fill {
            update["N"] = .string(fill.feeAsset)
            update["n"] = .string(Decimals.fixed(fill.fee, 8))
        }
        update["T"] = JSONValue(order.updatedAt)
        update["t"] = JSONValue(fill?.id ?? 0)
        update["b"] = "0"
        update["a"] = "0"
        update["m"] = .bool(fill?.isMaker ?? false)
        update["R"] = .bool(order.isReduceOnly)
        update["wt"] = "CONTRACT_PRICE"
        update["ot"] = .string(order.kind.rawValue)
        update["ps"] = .string(order.positionSide.rawValue)
        update["cp"] = .bool(order.closesPosition)
        update["rp"] = .string(Decimals.fixed(fill?.realized ?? .zero, 8))
        update["pP"] = false
        update["si"] = 0
        update["ss"] = 0
        update["V"] = "EXPIRE_MAKER"
        update["pm"] = "NONE"
        update["gtd"] = 0
        return [
            "e": "ORDER_TRADE_UPDATE", "E": JSONValue(clock), "T": JSONValue(order.updatedAt), "o": .object(update),
        ]
    }

    private func tradeLite(_ order: BoxOrder, _ fill: BoxFill) -> JSONValue {
        let listing = listings[order.listing]
        return [
            "e": "TRADE_LITE", "E": JSONValue(clock), "T": JSONValue(fill.time),
            "s": .string(listing.venueSymbol), "q": .string(listing.quantityText(order.lots)),
            "p": .string(listing.priceText(order.limit)), "m": .bool(fill.isMaker), "c": .string(order.clientID),
            "S": .string(order.side.rawValue.uppercased()), "L": .string(listing.priceText(fill.ticks)),
            "l": .string(listing.quantityText(fill.lots)), "t": JSONValue(fill.id), "i": JSONValue(order.id),
        ]
    }

    mutating func tellAccount(_ reason: String, asset: String, change: Money, position key: FuturesAccount.Key?) {
        guard !connections.isEmpty else { return }
        let sum = margins(asset)
        let balance: JSONValue = [
            "a": .string(asset), "wb": .string(Decimals.fixed(sum.wallet, 8)),
            "cw": .string(Decimals.fixed(sum.wallet - sum.isolated, 8)),
            "bc": .string(reason == "ORDER" ? "0" : Decimals.fixed(change, 8)),
        ]
        var positions: [JSONValue] = []
        if let key {
            let position = futures.position(key.listing, key.side)
            let listing = listings[key.listing]
            positions.append([
                "s": .string(listing.venueSymbol), "pa": .string(listing.quantityText(position.lots)),
                "ep": .string(entryText(key, position)), "bep": .string(entryText(key, position)),
                "cr": .string(Decimals.fixed(position.realized, 8)),
                "up": .string(Decimals.fixed(unrealized(key, position), 8)),
                "mt": futures.terms(key.listing).isIsolated ? "isolated" : "cross",
                "iw": .string(Decimals.fixed(position.isolatedWallet, 8)), "ps": .string(key.side.rawValue),
            ])
        }
        let event: JSONValue = [
            "e": "ACCOUNT_UPDATE", "E": JSONValue(clock), "T": JSONValue(clock),
            "a": ["m": .string(reason), "B": [balance], "P": .array(positions)],
        ]
        sendUser(event, "ACCOUNT_UPDATE", .usdm, isBalance: true)
    }

    mutating func tellLeverage(_ index: Int) {
        let event: JSONValue = [
            "e": "ACCOUNT_CONFIG_UPDATE", "E": JSONValue(clock), "T": JSONValue(clock),
            "ac": ["s": .string(listings[index].venueSymbol), "l": JSONValue(futures.terms(index).leverage)],
        ]
        sendUser(event, "ACCOUNT_CONFIG_UPDATE", .usdm)
    }

    mutating func tellAlgo(_ place: Int) {
        let algo = algos[place]
        let listing = listings[algo.request.listing]
        let order = algo.order.flatMap { orders[$0] }
        var update = JSONObject()
        update["caid"] = .string(algo.clientID)
        update["aid"] = JSONValue(algo.id)
        update["at"] = "CONDITIONAL"
        update["o"] = .string(algo.type)
        update["s"] = .string(listing.venueSymbol)
        update["S"] = .string(algo.request.side.rawValue.uppercased())
        update["ps"] = .string(algo.request.positionSide.rawValue)
        update["f"] = .string(algo.request.force.rawValue)
        update["q"] = .string(listing.quantityText(algo.request.lots))
        update["X"] = .string(algo.status.rawValue)
        update["ai"] = .string(algo.order.map { "\($0)" } ?? "")
        update["ap"] = .string(order.map { averageText($0) } ?? "0.00000")
        update["aq"] = .string(order.map { listing.quantityText($0.filledLots) } ?? "0.00000")
        update["act"] = .string(order?.kind.rawValue ?? "0")
        update["tp"] = .string(listing.priceText(algo.trigger))
        update["p"] = .string(listing.priceText(algo.request.limit))
        update["V"] = "EXPIRE_MAKER"
        update["wt"] = algo.watchesMark ? "MARK_PRICE" : "CONTRACT_PRICE"
        update["pm"] = "NONE"
        update["cp"] = .bool(algo.request.closesPosition)
        update["pP"] = false
        update["R"] = .bool(algo.request.isReduceOnly)
        update["tt"] = JSONValue(algo.triggeredAt)
        update["gtd"] = 0
        if let failure = algo.failure { update["rm"] = .string(failure.message) }
        let event: JSONValue = [
            "e": "ALGO_UPDATE", "T": JSONValue(algo.updatedAt), "E": JSONValue(clock), "o": .object(update),
        ]
        sendUser(event, "ALGO_UPDATE", .usdm)
    }
}

extension Fault {
    /// An event that comes later for a reason of its own.
    static func late(_ delay: Span) -> Fault {
        Fault(
            id: 0, kind: .latency, place: .user, match: "", left: nil, rate: 1, delay: delay, status: 0, code: nil,
            message: nil)
    }
}
