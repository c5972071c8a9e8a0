import JSONText
import TradingModel

extension ExchangeBox {
    /// The truth of the exchange, whatever its answers say: clock, orders, fills, balances, positions, counters.
    func state(_ parameters: Parameters) throws(Refusal) -> JSONValue {
        let part = parameters["part"] ?? "all"
        let parts: [(name: String, value: () -> JSONValue)] = [
            ("clock", { self.clockState }), ("orders", { .array(self.orders.all.map(self.orderState)) }),
            ("conditional_orders", { .array(self.algos.map(self.algoJSON)) }),
            ("fills", { .array(self.orders.fills.map(self.fillState)) }), ("balances", { self.balanceState }),
            ("positions", { .array(self.futures.open.map { self.positionState($0.key, $0.position) }) }),
            ("connections", { self.connectionState }), ("counters", { self.counterState }),
        ]
        if part != "all" {
            guard let found = parts.first(where: { $0.name == part }) else {
                throw FaultBox.bad("\"\(part)\" is no part: \(parts.map(\.name).joined(separator: ", ")) or all")
            }
            return [part: found.value()]
        }
        return .object(JSONObject(parts.map { ($0.name, $0.value()) }))
    }

    private var clockState: JSONValue {
        [
            "told_milliseconds": JSONValue(clock), "market_milliseconds": JSONValue(now.market.micros / 1_000),
            "error_milliseconds": JSONValue(clockError.micros / 1_000), "seed": .string("\(settings.seed)"),
            "speed": JSONNumber("\(settings.speed)").map { .number($0) } ?? 1,
            "start_milliseconds": JSONValue(settings.start.micros / 1_000),
        ]
    }

    private func orderState(_ order: BoxOrder) -> JSONValue {
        let listing = listings[order.listing]
        var object = JSONObject()
        object["market"] = .string(listing.market.name)
        object["symbol"] = .string(listing.venueSymbol)
        object["order_id"] = JSONValue(order.id)
        object["client_order_id"] = .string(order.clientID)
        object["side"] = .string(order.side.rawValue)
        object["type"] = .string(order.kind.rawValue)
        object["status"] = .string(order.status.rawValue)
        object["price"] = .string(listing.price(order.limit).description)
        object["quantity"] = .string(listing.quantity(order.lots).description)
        object["filled_quantity"] = .string(listing.quantity(order.filledLots).description)
        object["filled_value"] = .string(order.filledValue.description)
        object["reduce_only"] = .bool(order.isReduceOnly)
        object["position_side"] = .string(order.positionSide.rawValue)
        object["created_milliseconds"] = JSONValue(order.createdAt)
        object["updated_milliseconds"] = JSONValue(order.updatedAt)
        object["locked"] = .string(order.locked.description)
        object["conditional_order_id"] = order.algoID.map { JSONValue($0) }
        return .object(object)
    }

    private func fillState(_ fill: BoxFill) -> JSONValue {
        let listing = listings[fill.listing]
        var object = JSONObject()
        object["market"] = .string(listing.market.name)
        object["symbol"] = .string(listing.venueSymbol)
        object["trade_id"] = JSONValue(fill.id)
        object["order_id"] = JSONValue(fill.order)
        object["client_order_id"] = .string(fill.clientID)
        object["side"] = .string(fill.side.rawValue)
        object["price"] = .string(listing.price(fill.ticks).description)
        object["quantity"] = .string(listing.quantity(fill.lots).description)
        object["value"] = .string(fill.value.description)
        object["fee"] = .string(fill.fee.description)
        object["fee_asset"] = .string(fill.feeAsset)
        object["realized"] = .string(fill.realized.description)
        object["is_maker"] = .bool(fill.isMaker)
        object["time_milliseconds"] = JSONValue(fill.time)
        return .object(object)
    }

    private var balanceState: JSONValue {
        let spotMembers: [(String, JSONValue)] = spot.assets.map {
            ($0, ["free": .string(spot[$0].free.description), "locked": .string(spot[$0].locked.description)])
        }
        let futuresMembers: [(String, JSONValue)] = futures.wallets.keys.sorted().map {
            let sum = margins($0)
            return (
                $0,
                [
                    "wallet": .string(sum.wallet.description), "unrealized": .string(sum.unrealized.description),
                    "available": .string(sum.available.description),
                ]
            )
        }
        return ["spot": .object(JSONObject(spotMembers)), "usdm": .object(JSONObject(futuresMembers))]
    }

    private func positionState(_ key: FuturesAccount.Key, _ position: BoxPosition) -> JSONValue {
        let listing = listings[key.listing]
        return [
            "symbol": .string(listing.venueSymbol), "position_side": .string(key.side.rawValue),
            "quantity": .string(listing.quantity(position.lots).description),
            "cost": .string(position.cost.description), "entry_price": .string(entryText(key, position)),
            "unrealized": .string(unrealized(key, position).description),
        ]
    }

    private var connectionState: JSONValue {
        .array(
            connections.keys.sorted().compactMap { id in
                guard let connection = connections[id] else { return nil }
                return [
                    "id": JSONValue(id.value), "market": .string(connection.market.name),
                    "streams": .array(connection.subscriptions.map { .string($0) }),
                    "user_streams": JSONValue(connection.userStreams.count), "frozen": .bool(connection.isFrozen),
                ]
            })
    }

    private var counterState: JSONValue {
        [
            "requests": JSONValue(counters.requests), "refused": JSONValue(counters.refused),
            "rate_limited": JSONValue(counters.rateLimited), "banned": JSONValue(counters.banned),
            "bans": JSONValue(limiter.bans), "messages": JSONValue(counters.messages),
            "matches": JSONValue(counters.matches), "spot_weight": JSONValue(limiter.weights[0].used),
            "usdm_weight": JSONValue(limiter.weights[1].used),
        ]
    }
}
