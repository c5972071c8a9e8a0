import JSONText
import TradingModel

extension ExchangeBox {
    static let spotAccountRoutes: [String: Route] = [
        "GET /api/v3/account": Route(.spot, .read, weight: 20) { box, parameters throws(Refusal) in
            box.spotAccount(omitsZeros: try parameters.flag("omitZeroBalances") ?? false)
        },
        "GET /api/v3/account/commission": Route(.spot, .read, weight: 20) { box, parameters throws(Refusal) in
            let index = try box.listing(.spot, parameters)
            let none: JSONValue = [
                "maker": "0.00000000", "taker": "0.00000000", "buyer": "0.00000000", "seller": "0.00000000",
            ]
            return [
                "symbol": .string(box.listings[index].venueSymbol), "standardCommission": box.spotRates,
                "specialCommission": none, "taxCommission": none,
                "discount": [
                    "enabledForAccount": false, "enabledForSymbol": false, "discountAsset": "BNB",
                    "discount": "0.75000000",
                ],
            ]
        },
        "GET /sapi/v1/asset/tradeFee": Route(.spot, .read) { box, parameters throws(Refusal) in
            let indices =
                parameters["symbol"] == nil
                ? box.listings.indices.filter { box.listings[$0].market == .spot }
                : [try box.listing(.spot, parameters)]
            return .array(
                indices.map {
                    [
                        "symbol": .string(box.listings[$0].venueSymbol),
                        "makerCommission": .string(box.settings.spotMakerFee.description),
                        "takerCommission": .string(box.settings.spotTakerFee.description),
                    ]
                })
        },
        "GET /sapi/v1/account/apiRestrictions": Route(.spot, .read) { box, _ in box.keyPermissions },
        "GET /sapi/v1/account/status": Route(.spot, .read) { _, _ in ["data": "Normal"] },
        "GET /sapi/v1/margin/allPairs": Route(.spot, .key) { _, _ in [] },
        "GET /sapi/v1/margin/isolated/allPairs": Route(.spot, .key) { _, _ in [] },
        "GET /sapi/v1/system/status": Route(.spot) { _, _ in ["status": 0, "msg": "normal"] },
        "GET /sapi/v1/capital/config/getall": Route(.spot, .read, weight: 10) { box, _ in
            .array(
                box.spot.assets.map {
                    [
                        "coin": .string($0), "name": .string($0), "depositAllEnable": false,
                        "withdrawAllEnable": false, "free": .string(Decimals.fixed(box.spot[$0].free, 8)),
                        "locked": .string(Decimals.fixed(box.spot[$0].locked, 8)), "freeze": "0",
                        "withdrawing": "0", "trading": true, "isLegalMoney": false, "networkList": [],
                    ]
                })
        },
    ]

    /// What the key of the request may do; with one key there is no doubt which.
    private var keyPermissions: JSONValue {
        let key = keys.first { $0.key == requestKey } ?? BoxKey.standard
        return [
            "ipRestrict": false, "createTime": 1_700_000_000_000, "enableReading": true,
            "enableWithdrawals": .bool(key.mayWithdraw), "enableInternalTransfer": .bool(key.mayWithdraw),
            "enableMargin": false, "enableFutures": .bool(key.mayTradeFutures), "permitsUniversalTransfer": false,
            "enableVanillaOptions": false, "enableFixApiTrade": false, "enableFixReadOnly": false,
            "enableSpotAndMarginTrading": .bool(key.mayTrade), "enablePortfolioMarginTrading": false,
        ]
    }

    private var spotRates: JSONValue {
        [
            "maker": .string(Decimals.fixed(settings.spotMakerFee, 8)),
            "taker": .string(Decimals.fixed(settings.spotTakerFee, 8)), "buyer": "0.00000000", "seller": "0.00000000",
        ]
    }

    /// Basis points, as the account has them beside the exact rates.
    private func points(_ rate: Ratio) -> JSONValue { JSONValue(Int64(rate.raw * 10_000 / Ratio.scale)) }

    private func spotAccount(omitsZeros: Bool) -> JSONValue {
        let account = laggedSpot ?? spot
        let list = account.assets.filter {
            !omitsZeros || !account[$0].free.isZero || !account[$0].locked.isZero
        }
        var object = JSONObject()
        object["makerCommission"] = points(settings.spotMakerFee)
        object["takerCommission"] = points(settings.spotTakerFee)
        object["buyerCommission"] = 0
        object["sellerCommission"] = 0
        object["commissionRates"] = spotRates
        object["canTrade"] = true
        object["canWithdraw"] = false
        object["canDeposit"] = true
        object["brokered"] = false
        object["requireSelfTradePrevention"] = false
        object["preventSor"] = false
        object["updateTime"] = JSONValue(account.updatedAt)
        object["accountType"] = "SPOT"
        object["balances"] = .array(
            list.map {
                [
                    "asset": .string($0), "free": .string(Decimals.fixed(account[$0].free, 8)),
                    "locked": .string(Decimals.fixed(account[$0].locked, 8)),
                ]
            })
        object["permissions"] = ["SPOT"]
        object["uid"] = 1
        return .object(object)
    }

    // MARK: Balances that lag

    /// For a while the account looks as it did before.
    mutating func beginBalanceLag(_ length: Span) {
        lag = AccountLag(until: now.wall + length, spot: spot, futures: futures)
    }

    var laggedSpot: SpotAccount? { lag.flatMap { now.wall < $0.until ? $0.spot : nil } }
    var laggedFutures: FuturesAccount? { lag.flatMap { now.wall < $0.until ? $0.futures : nil } }

    mutating func deposit(_ parameters: Parameters) throws(Refusal) -> JSONValue {
        guard let market = BoxMarket(name: parameters["market"] ?? "spot") else { throw Refusal.missing("market") }
        let asset = try parameters.required("asset")
        guard let text = parameters["amount"], let amount = Money(text) else { throw Refusal.missing("amount") }
        let exact = amount.rounded(toDigits: 8, .down)
        if market == .spot {
            spot.credit(asset, exact, at: clock)
            tellBalances([asset])
        } else {
            futures.book("TRANSFER", exact, asset, "", at: clock)
            tellAccount(exact.isNegative ? "WITHDRAW" : "DEPOSIT", asset: asset, change: exact, position: nil)
        }
        return ["market": .string(market.name), "asset": .string(asset), "amount": .string(exact.description)]
    }
}

/// The account as it was, shown until a moment.
struct AccountLag: Sendable {
    var until: WallTime
    var spot: SpotAccount
    var futures: FuturesAccount
}
