import JSONText
import TradingModel

extension ExchangeBox {
    static let futuresAccountRoutes: [String: Route] = {
        var routes: [String: Route] = [
            "POST /fapi/v1/leverage": Route(.usdm, .trade) { box, parameters throws(Refusal) in
                try box.setLeverage(parameters)
            },
            "POST /fapi/v1/marginType": Route(.usdm, .trade) { box, parameters throws(Refusal) in
                try box.setMarginMode(parameters)
            },
            "GET /fapi/v1/positionSide/dual": Route(.usdm, .read, weight: 30) { box, _ in
                ["dualSidePosition": .bool(box.futures.isHedged)]
            },
            "POST /fapi/v1/positionSide/dual": Route(.usdm, .trade) { box, parameters throws(Refusal) in
                guard let isHedged = try parameters.flag("dualSidePosition") else {
                    throw Refusal.missing("dualSidePosition")
                }
                guard isHedged != box.futures.isHedged else {
                    throw Refusal(-4059, "No need to change position side.")
                }
                guard box.futures.open.isEmpty else {
                    throw Refusal(-4068, "Position side cannot be changed if there exists position.")
                }
                guard try box.openOrders(.usdm, Parameters([:])).isEmpty else {
                    throw Refusal(-4067, "Position side cannot be changed if there exists open orders.")
                }
                box.futures.isHedged = isHedged
                return ["code": 200, "msg": "success"]
            },
            "GET /fapi/v1/multiAssetsMargin": Route(.usdm, .read, weight: 30) { _, _ in
                ["multiAssetsMargin": false]
            },
            "GET /fapi/v1/accountConfig": Route(.usdm, .read, weight: 5) { box, _ in
                [
                    "feeTier": 0, "canTrade": true, "canDeposit": true, "canWithdraw": false,
                    "dualSidePosition": .bool(box.futures.isHedged), "updateTime": 0, "multiAssetsMargin": false,
                    "tradeGroupId": -1,
                ]
            },
            "GET /fapi/v1/symbolConfig": Route(.usdm, .read, weight: 5) { box, parameters throws(Refusal) in
                let indices =
                    parameters["symbol"] == nil
                    ? box.listings.indices.filter { box.listings[$0].market == .usdm }
                    : [try box.listing(.usdm, parameters)]
                return .array(indices.map { box.symbolConfig($0) })
            },
            "GET /fapi/v1/commissionRate": Route(.usdm, .read, weight: 20) { box, parameters throws(Refusal) in
                [
                    "symbol": .string(box.listings[try box.listing(.usdm, parameters)].venueSymbol),
                    "makerCommissionRate": .string(box.settings.futuresMakerFee.description),
                    "takerCommissionRate": .string(box.settings.futuresTakerFee.description),
                ]
            },
            "GET /fapi/v1/leverageBracket": Route(.usdm, .read) { box, parameters throws(Refusal) in
                guard parameters["symbol"] != nil else {
                    return .array(
                        box.listings.indices.filter { box.listings[$0].market == .usdm }.map { box.bracket($0) })
                }
                return [box.bracket(try box.listing(.usdm, parameters))]
            },
            "GET /fapi/v1/income": Route(.usdm, .read, weight: 30) { box, parameters throws(Refusal) in
                try box.incomes(parameters)
            },
        ]
        for version in ["v2", "v3"] {
            routes["GET /fapi/\(version)/account"] = Route(.usdm, .read, weight: 5) { box, _ in
                box.futuresAccount(isOld: version == "v2")
            }
            routes["GET /fapi/\(version)/balance"] = Route(.usdm, .read, weight: 5) { box, _ in box.futuresBalance() }
            routes["GET /fapi/\(version)/positionRisk"] = Route(.usdm, .read, weight: 5) {
                box, parameters throws(Refusal) in try box.positionRisk(parameters, isOld: version == "v2")
            }
        }
        return routes
    }()

    // MARK: Terms

    private mutating func setLeverage(_ parameters: Parameters) throws(Refusal) -> JSONValue {
        let index = try listing(.usdm, parameters)
        guard let leverage = try parameters.integer("leverage") else { throw Refusal.missing("leverage") }
        let most = listings[index].instrument.maxLeverage
        guard leverage >= 1, leverage <= most else { throw Refusal(-4028, "Leverage \(leverage) is not valid") }
        var terms = futures.terms(index)
        terms.leverage = Int(leverage)
        let old = futures.terms(index)
        futures.setTerms(index, terms)
        let sum = margins(listings[index].quoteAsset)
        if leverage < old.leverage, sum.wallet - sum.isolated + sum.crossUnrealized < sum.crossPositions + sum.orders {
            futures.setTerms(index, old)
            throw Refusal.insufficientMargin
        }
        tellLeverage(index)
        return [
            "symbol": .string(listings[index].venueSymbol), "leverage": JSONValue(leverage),
            "maxNotionalValue": .string(ExchangeBox.mostNotional),
        ]
    }

    static let mostNotional = "40000000"

    private mutating func setMarginMode(_ parameters: Parameters) throws(Refusal) -> JSONValue {
        let index = try listing(.usdm, parameters)
        let isIsolated: Bool
        switch try parameters.required("marginType") {
        case "ISOLATED": isIsolated = true
        case "CROSSED", "CROSS": isIsolated = false
        default: throw Refusal(-4021, "Invalid marginType.")
        }
        var terms = futures.terms(index)
        guard terms.isIsolated != isIsolated else { throw Refusal(-4046, "No need to change margin type.") }
        guard orders.openOrders(of: index).isEmpty else {
            throw Refusal(-4047, "Margin type cannot be changed if there exists open orders.")
        }
        guard !futures.open.contains(where: { $0.key.listing == index }) else {
            throw Refusal(-4048, "Margin type cannot be changed if there exists position.")
        }
        terms.isIsolated = isIsolated
        futures.setTerms(index, terms)
        return ["code": 200, "msg": "success"]
    }

    private func symbolConfig(_ index: Int) -> JSONValue {
        let terms = futures.terms(index)
        return [
            "symbol": .string(listings[index].venueSymbol), "marginType": terms.isIsolated ? "ISOLATED" : "CROSSED",
            "isAutoAddMargin": false, "leverage": JSONValue(terms.leverage),
            "maxNotionalValue": .string(ExchangeBox.mostNotional),
        ]
    }

    private func bracket(_ index: Int) -> JSONValue {
        let most = listings[index].instrument.maxLeverage
        let ratio = Ratio(raw: Ratio.scale / Int128(2 * max(1, most)))
        return [
            "symbol": .string(listings[index].venueSymbol), "notionalCoef": 1,
            "brackets": [
                [
                    "bracket": 1, "initialLeverage": JSONValue(most), "notionalCap": 40_000_000, "notionalFloor": 0,
                    "maintMarginRatio": JSONNumber(ratio.description).map { .number($0) } ?? 0, "cum": 0,
                ]
            ],
        ]
    }

    // MARK: Account

    private func text(_ money: Money) -> JSONValue { .string(Decimals.fixed(money, 8)) }

    private mutating func withShownFutures<T>(_ body: (ExchangeBox) -> T) -> T {
        guard let old = laggedFutures else { return body(self) }
        let real = futures
        futures = old
        defer { futures = real }
        return body(self)
    }

    private mutating func futuresBalance() -> JSONValue {
        withShownFutures { box in
            .array(
                box.futures.wallets.keys.sorted().map { asset in
                    let sum = box.margins(asset)
                    return [
                        "accountAlias": "SgsRsimu", "asset": .string(asset), "balance": box.text(sum.wallet),
                        "crossWalletBalance": box.text(sum.wallet - sum.isolated),
                        "crossUnPnl": box.text(sum.crossUnrealized), "availableBalance": box.text(sum.available),
                        "maxWithdrawAmount": box.text(min(sum.available, max(.zero, sum.wallet))),
                        "marginAvailable": true, "updateTime": JSONValue(box.futures.updatedAt),
                    ]
                })
        }
    }

    private mutating func futuresAccount(isOld: Bool) -> JSONValue {
        withShownFutures { box in box.accountJSON(isOld: isOld) }
    }

    private func accountJSON(isOld: Bool) -> JSONValue {
        var object = JSONObject()
        if isOld {
            object["feeTier"] = 0
            object["canTrade"] = true
            object["canDeposit"] = true
            object["canWithdraw"] = false
            object["updateTime"] = 0
            object["multiAssetsMargin"] = false
        }
        var total = Margins()
        var assets: [JSONValue] = []
        var available = Money.zero
        for asset in futures.wallets.keys.sorted() {
            let sum = margins(asset)
            // Dollar-like assets are counted at their face.
            total.wallet += sum.wallet
            total.isolated += sum.isolated
            total.unrealized += sum.unrealized
            total.crossUnrealized += sum.crossUnrealized
            total.positions += sum.positions
            total.maintenance += sum.maintenance
            total.orders += sum.orders
            available += sum.available
            assets.append(assetJSON(asset, sum))
        }
        object["totalInitialMargin"] = text(total.positions + total.orders)
        object["totalMaintMargin"] = text(total.maintenance)
        object["totalWalletBalance"] = text(total.wallet)
        object["totalUnrealizedProfit"] = text(total.unrealized)
        object["totalMarginBalance"] = text(total.wallet + total.unrealized)
        object["totalPositionInitialMargin"] = text(total.positions)
        object["totalOpenOrderInitialMargin"] = text(total.orders)
        object["totalCrossWalletBalance"] = text(total.wallet - total.isolated)
        object["totalCrossUnPnl"] = text(total.crossUnrealized)
        object["availableBalance"] = text(available)
        object["maxWithdrawAmount"] = text(available)
        object["assets"] = .array(assets)
        object["positions"] = .array(futures.open.map { accountPosition($0.key, $0.position, isOld: isOld) })
        return .object(object)
    }

    private func assetJSON(_ asset: String, _ sum: Margins) -> JSONValue {
        var object = JSONObject()
        object["asset"] = .string(asset)
        object["walletBalance"] = text(sum.wallet)
        object["unrealizedProfit"] = text(sum.unrealized)
        object["marginBalance"] = text(sum.wallet + sum.unrealized)
        object["maintMargin"] = text(sum.maintenance)
        object["initialMargin"] = text(sum.positions + sum.orders)
        object["positionInitialMargin"] = text(sum.positions)
        object["openOrderInitialMargin"] = text(sum.orders)
        object["crossWalletBalance"] = text(sum.wallet - sum.isolated)
        object["crossUnPnl"] = text(sum.crossUnrealized)
        object["availableBalance"] = text(sum.available)
        object["maxWithdrawAmount"] = text(sum.available)
        object["marginAvailable"] = true
        object["updateTime"] = JSONValue(futures.updatedAt)
        return .object(object)
    }

    private func accountPosition(
        _ key: FuturesAccount.Key, _ position: BoxPosition, isOld: Bool
    ) -> JSONValue {
        let listing = listings[key.listing]
        let terms = futures.terms(key.listing)
        var object = JSONObject()
        object["symbol"] = .string(listing.venueSymbol)
        object["positionSide"] = .string(key.side.rawValue)
        object["positionAmt"] = .string(listing.quantityText(position.lots))
        object["unrealizedProfit"] = text(unrealized(key, position))
        object["isolatedMargin"] = text(position.isolatedWallet)
        object["isolatedWallet"] = text(position.isolatedWallet)
        object["notional"] = text(listing.money(listing.markTicks, position.lots))
        object["initialMargin"] = text(positionMargin(key, position))
        object["positionInitialMargin"] = text(positionMargin(key, position))
        object["maintMargin"] = text(maintenance(key, position))
        if isOld {
            object["leverage"] = .string("\(terms.leverage)")
            object["isolated"] = .bool(terms.isIsolated)
            object["entryPrice"] = .string(entryText(key, position))
            object["openOrderInitialMargin"] = "0"
            object["maxNotional"] = .string(ExchangeBox.mostNotional)
            object["bidNotional"] = "0"
            object["askNotional"] = "0"
        }
        object["updateTime"] = JSONValue(position.updatedAt)
        return .object(object)
    }

    /// What a unit cost on average; 0 without a position.
    func entryText(_ key: FuturesAccount.Key, _ position: BoxPosition) -> String {
        guard position.lots != 0 else { return "0.0" }
        let listing = listings[key.listing]
        let price = position.cost.magnitude.price(per: listing.quantity(position.lots).magnitude, .halfEven)
        return Decimals.fixed(price, listing.priceDigits)
    }

    private mutating func positionRisk(_ parameters: Parameters, isOld: Bool) throws(Refusal) -> JSONValue {
        let only = parameters["symbol"] == nil ? nil : try listing(.usdm, parameters)
        return withShownFutures { box in
            var rows: [JSONValue] = []
            for (key, position) in box.futures.open where only == nil || key.listing == only {
                rows.append(box.riskJSON(key, position))
            }
            // The older form lists what is not open as well.
            if isOld, !box.futures.isHedged {
                for index in box.listings.indices where box.listings[index].market == .usdm {
                    let key = FuturesAccount.Key(listing: index, side: .both)
                    guard only == nil || only == index, box.futures.position(index, .both).lots == 0 else { continue }
                    rows.append(box.riskJSON(key, BoxPosition()))
                }
            }
            return .array(rows)
        }
    }

    private func riskJSON(_ key: FuturesAccount.Key, _ position: BoxPosition) -> JSONValue {
        let listing = listings[key.listing]
        let terms = futures.terms(key.listing)
        var object = JSONObject()
        object["symbol"] = .string(listing.venueSymbol)
        object["positionSide"] = .string(key.side.rawValue)
        object["positionAmt"] = .string(listing.quantityText(position.lots))
        object["entryPrice"] = .string(entryText(key, position))
        object["breakEvenPrice"] = .string(entryText(key, position))
        object["markPrice"] = .string(listing.priceText(listing.markTicks))
        object["unRealizedProfit"] = text(unrealized(key, position))
        object["liquidationPrice"] = .string(liquidationText(key, position))
        object["leverage"] = .string("\(terms.leverage)")
        object["marginType"] = terms.isIsolated ? "isolated" : "cross"
        object["isolatedMargin"] = text(position.isolatedWallet)
        object["isolatedWallet"] = text(position.isolatedWallet)
        object["notional"] = text(listing.money(listing.markTicks, position.lots))
        object["marginAsset"] = .string(listing.quoteAsset)
        object["initialMargin"] = text(positionMargin(key, position))
        object["maintMargin"] = text(maintenance(key, position))
        object["positionInitialMargin"] = text(positionMargin(key, position))
        object["openOrderInitialMargin"] = "0"
        object["adl"] = 1
        object["bidNotional"] = "0"
        object["askNotional"] = "0"
        object["updateTime"] = JSONValue(position.updatedAt)
        return .object(object)
    }

    /// The mark price at which margin and maintenance would meet, all else as it is.
    private func liquidationText(_ key: FuturesAccount.Key, _ position: BoxPosition) -> String {
        guard position.lots != 0 else { return "0" }
        let listing = listings[key.listing]
        let sum = margins(listing.quoteAsset)
        let isIsolated = futures.terms(key.listing).isIsolated
        let carries =
            isIsolated
            ? position.isolatedWallet
            : sum.wallet - sum.isolated + sum.crossUnrealized - unrealized(key, position)
                - (sum.crossMaintenance - maintenance(key, position))
        let held = listing.quantity(position.lots).double
        let rate = 1 / Double(2 * max(1, listing.instrument.maxLeverage))
        // wallet + held·p − cost = |held|·p·rate
        let price = (position.cost.double - carries.double) / (held - held.magnitude * rate)
        guard price > 0, let exact = Price(rounding: price, .halfEven) else { return "0" }
        return Decimals.fixed(exact.rounded(toMultipleOf: listing.instrument.tickSize, .halfEven), listing.priceDigits)
    }

    private func incomes(_ parameters: Parameters) throws(Refusal) -> JSONValue {
        let limit = try parameters.limit(100, most: 1_000)
        var list = futures.income
        if let symbol = parameters["symbol"] { list = list.filter { $0.symbol == symbol } }
        if let kind = parameters["incomeType"] { list = list.filter { $0.kind == kind } }
        let since = try parameters.integer("startTime")
        if let since { list = list.filter { $0.time >= since } }
        if let until = try parameters.integer("endTime") { list = list.filter { $0.time <= until } }
        return .array(
            (since == nil ? list.suffix(limit) : list.prefix(limit)).map {
                [
                    "symbol": .string($0.symbol), "incomeType": .string($0.kind), "income": text($0.amount),
                    "asset": .string($0.asset), "info": .string($0.kind), "time": JSONValue($0.time),
                    "tranId": JSONValue($0.id), "tradeId": .string($0.trade.map { "\($0)" } ?? ""),
                ]
            })
    }
}
