import JSONText
import TradingModel

extension ExchangeBox {
    /// The rules of the symbols, as the exchange tells them.
    func exchangeInfo(_ market: BoxMarket, _ parameters: Parameters) throws(Refusal) -> JSONValue {
        var indices = listings.indices.filter { listings[$0].market == market }
        if market == .spot, parameters["symbol"] != nil {
            indices = [try listing(.spot, parameters)]
        } else if market == .spot, let text = parameters["symbols"], let list = try? JSONValue.parse(text) {
            indices = []
            for name in (try? list.node.elements()) ?? [] {
                guard let text = try? name.string(), let index = places[0][text] else { throw Refusal.badSymbol }
                indices.append(index)
            }
        }
        let symbols = JSONValue.array(indices.map { market == .spot ? spotInfo($0) : contractInfo($0) })
        var info = JSONObject()
        info["timezone"] = "UTC"
        info["serverTime"] = JSONValue(clock)
        info["rateLimits"] = rateLimits(market)
        info["exchangeFilters"] = []
        if market == .usdm {
            info["futuresType"] = "U_MARGINED"
            let assets = Set(indices.map { listings[$0].quoteAsset }).sorted()
            info["assets"] = .array(
                assets.map { ["asset": .string($0), "marginAvailable": true, "autoAssetExchange": "0"] })
        }
        info["symbols"] = symbols
        return .object(info)
    }

    private func rateLimits(_ market: BoxMarket) -> JSONValue {
        func limit(_ type: String, _ interval: String, _ count: Int64, _ limit: Int) -> JSONValue {
            [
                "rateLimitType": .string(type), "interval": .string(interval), "intervalNum": JSONValue(count),
                "limit": JSONValue(limit),
            ]
        }
        var list = [limit("REQUEST_WEIGHT", "MINUTE", 1, limiter.weights[market.rawValue].limit)]
        for window in limiter.orders[market.rawValue] {
            switch window.span {
            case 10_000_000: list.append(limit("ORDERS", "SECOND", 10, window.limit))
            case 60_000_000: list.append(limit("ORDERS", "MINUTE", 1, window.limit))
            default: list.append(limit("ORDERS", "DAY", 1, window.limit))
            }
        }
        return .array(list)
    }

    private func priceFilter(_ listing: Listing) -> JSONValue {
        [
            "filterType": "PRICE_FILTER", "minPrice": .string(listing.priceText(1)),
            "maxPrice": .string(listing.priceText(Listing.mostTicks)), "tickSize": .string(listing.priceText(1)),
        ]
    }

    private func lotFilter(_ listing: Listing, _ name: String) -> JSONValue {
        let digits = listing.quantityDigits
        return [
            "filterType": .string(name), "minQty": .string(Decimals.fixed(listing.instrument.minQuantity, digits)),
            "maxQty": .string(Decimals.fixed(listing.instrument.maxQuantity, digits)),
            "stepSize": .string(listing.quantityText(1)),
        ]
    }

    private func spotInfo(_ index: Int) -> JSONValue {
        let listing = listings[index]
        let filters: JSONValue = [
            priceFilter(listing), lotFilter(listing, "LOT_SIZE"),
            ["filterType": "ICEBERG_PARTS", "limit": 10],
            lotFilter(listing, "MARKET_LOT_SIZE"),
            [
                "filterType": "NOTIONAL",
                "minNotional": .string(Decimals.fixed(listing.instrument.minNotional, 8)), "applyMinToMarket": true,
                "maxNotional": "9000000.00000000", "applyMaxToMarket": false, "avgPriceMins": 5,
            ],
            ["filterType": "MAX_NUM_ORDERS", "maxNumOrders": JSONValue(Listing.mostOrders)],
            ["filterType": "MAX_NUM_ALGO_ORDERS", "maxNumAlgoOrders": 5],
        ]
        let modes: JSONValue = ["EXPIRE_MAKER"]
        return [
            "symbol": .string(listing.venueSymbol), "status": "TRADING", "baseAsset": .string(listing.base),
            "baseAssetPrecision": 8, "quoteAsset": .string(listing.quoteAsset), "quotePrecision": 8,
            "quoteAssetPrecision": 8, "baseCommissionPrecision": 8, "quoteCommissionPrecision": 8,
            "orderTypes": [
                "LIMIT", "LIMIT_MAKER", "MARKET", "STOP_LOSS", "STOP_LOSS_LIMIT", "TAKE_PROFIT",
                "TAKE_PROFIT_LIMIT",
            ],
            "icebergAllowed": false, "ocoAllowed": false, "otoAllowed": false,
            "quoteOrderQtyMarketAllowed": true, "allowTrailingStop": false, "cancelReplaceAllowed": true,
            "amendAllowed": false, "isSpotTradingAllowed": true, "isMarginTradingAllowed": false,
            "filters": filters, "permissions": [], "permissionSets": [["SPOT"]],
            "defaultSelfTradePreventionMode": "EXPIRE_MAKER", "allowedSelfTradePreventionModes": modes,
        ]
    }

    private func contractInfo(_ index: Int) -> JSONValue {
        let listing = listings[index]
        let filters: JSONValue = [
            priceFilter(listing), lotFilter(listing, "LOT_SIZE"), lotFilter(listing, "MARKET_LOT_SIZE"),
            ["filterType": "MAX_NUM_ORDERS", "limit": JSONValue(Listing.mostOrders)],
            ["filterType": "MAX_NUM_ALGO_ORDERS", "limit": 10],
            ["filterType": "MIN_NOTIONAL", "notional": .string(listing.instrument.minNotional.description)],
            [
                "filterType": "PERCENT_PRICE", "multiplierUp": "1.1500", "multiplierDown": "0.8500",
                "multiplierDecimal": "4",
            ],
        ]
        return [
            "symbol": .string(listing.venueSymbol), "pair": .string(listing.venueSymbol),
            "contractType": "PERPETUAL", "deliveryDate": 4_133_404_800_000, "onboardDate": 1_569_398_400_000,
            "status": "TRADING", "maintMarginPercent": "2.5000", "requiredMarginPercent": "5.0000",
            "baseAsset": .string(listing.base), "quoteAsset": .string(listing.quoteAsset),
            "marginAsset": .string(listing.quoteAsset), "pricePrecision": JSONValue(listing.priceDigits),
            "quantityPrecision": JSONValue(listing.quantityDigits), "baseAssetPrecision": 8,
            "quotePrecision": 8, "underlyingType": "COIN", "underlyingSubType": ["SIMULATED"],
            "settlePlan": 0, "triggerProtect": "0.0500", "liquidationFee": "0.012500",
            "marketTakeBound": "0.05", "maxMoveOrderLimit": 10_000, "filters": filters,
            "orderTypes": [
                "LIMIT", "MARKET", "STOP", "STOP_MARKET", "TAKE_PROFIT", "TAKE_PROFIT_MARKET",
                "TRAILING_STOP_MARKET",
            ],
            "timeInForce": ["GTC", "IOC", "FOK", "GTX"],
        ]
    }
}

extension Listing {
    static let mostTicks: Int64 = 1_000_000_000
    static let mostOrders = 200
}
