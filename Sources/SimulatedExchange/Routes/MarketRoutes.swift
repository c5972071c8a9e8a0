import JSONText
import TradingModel

extension ExchangeBox {
    static let spotMarketRoutes = marketRoutes(.spot, "/api/v3")
    static let futuresMarketRoutes = marketRoutes(.usdm, "/fapi/v1").merging(contractRoutes) { first, _ in first }

    /// What spot and contracts have in common.
    private static func marketRoutes(_ market: BoxMarket, _ base: String) -> [String: Route] {
        let isSpot = market == .spot
        var routes: [String: Route] = [:]
        func get(_ path: String, weight: @escaping @Sendable (Parameters) -> Int, _ handler: @escaping Route.Handler) {
            routes["GET " + base + path] = Route(market, weight: weight, handler)
        }
        get("/ping", weight: { _ in 1 }) { _, _ in [:] }
        get("/time", weight: { _ in 1 }) { box, _ in ["serverTime": JSONValue(box.clock)] }
        get("/exchangeInfo", weight: { _ in isSpot ? 20 : 1 }) { box, parameters throws(Refusal) in
            try box.exchangeInfo(market, parameters)
        }
        get("/klines", weight: { isSpot ? 2 : klineWeight($0) }) { box, parameters throws(Refusal) in
            try box.klines(market, parameters)
        }
        get("/depth", weight: { depthWeight($0, isSpot) }) { box, parameters throws(Refusal) in
            try box.depth(market, parameters)
        }
        for path in ["/trades", "/historicalTrades"] {
            get(path, weight: { _ in isSpot ? 25 : 5 }) { box, parameters throws(Refusal) in
                try box.trades(market, parameters, isAggregate: false)
            }
        }
        get("/aggTrades", weight: { _ in isSpot ? 4 : 20 }) { box, parameters throws(Refusal) in
            try box.trades(market, parameters, isAggregate: true)
        }
        get("/ticker/24hr", weight: { single($0, 2, isSpot ? 80 : 40) }) { box, parameters throws(Refusal) in
            try box.forEach(market, parameters) { $0.dayTicker($1) }
        }
        get("/ticker/price", weight: { single($0, isSpot ? 2 : 1, isSpot ? 4 : 2) }) {
            box, parameters throws(Refusal) in try box.forEach(market, parameters) { $0.priceTicker($1) }
        }
        get("/ticker/bookTicker", weight: { single($0, 2, isSpot ? 4 : 5) }) { box, parameters throws(Refusal) in
            try box.forEach(market, parameters) { $0.bookTicker($1) }
        }
        if isSpot {
            get("/avgPrice", weight: { _ in 2 }) { box, parameters throws(Refusal) in
                let index = try box.listing(market, parameters)
                return [
                    "mins": 5, "price": .string(box.listings[index].priceText(box.listings[index].lastTicks)),
                    "closeTime": JSONValue(box.clock),
                ]
            }
        } else {
            routes["GET /fapi/v2/ticker/price"] = routes["GET /fapi/v1/ticker/price"]
        }
        return routes
    }

    private static let contractRoutes: [String: Route] = [
        "GET /fapi/v1/premiumIndex": Route(.usdm, weight: { single($0, 1, 10) }) { box, parameters throws(Refusal) in
            try box.forEach(.usdm, parameters) { $0.premiumIndex($1) }
        },
        "GET /fapi/v1/fundingRate": Route(.usdm) { box, parameters throws(Refusal) in
            try box.fundingRates(parameters)
        },
        "GET /fapi/v1/fundingInfo": Route(.usdm) { box, _ in
            .array(
                box.listings.filter { $0.market == .usdm }.map {
                    [
                        "symbol": .string($0.venueSymbol), "adjustedFundingRateCap": "0.02000000",
                        "adjustedFundingRateFloor": "-0.02000000", "fundingIntervalHours": 8, "disclaimer": false,
                    ]
                })
        },
        "GET /fapi/v1/openInterest": Route(.usdm) { box, parameters throws(Refusal) in
            let index = try box.listing(.usdm, parameters)
            return [
                "symbol": .string(box.listings[index].venueSymbol), "time": JSONValue(box.clock),
                "openInterest": .string(box.listings[index].quantityText(box.listings[index].quote.bidLots &* 1_000)),
            ]
        },
    ]

    @Sendable private static func single(_ parameters: Parameters, _ one: Int, _ all: Int) -> Int {
        parameters["symbol"] == nil ? all : one
    }

    private static func klineWeight(_ parameters: Parameters) -> Int {
        let limit = parameters["limit"].flatMap { Int($0) } ?? 500
        return limit < 100 ? 1 : limit < 500 ? 2 : limit <= 1_000 ? 5 : 10
    }

    private static func depthWeight(_ parameters: Parameters, _ isSpot: Bool) -> Int {
        let limit = parameters["limit"].flatMap { Int($0) } ?? (isSpot ? 100 : 500)
        if isSpot { return limit <= 100 ? 5 : limit <= 500 ? 25 : limit <= 1_000 ? 50 : 250 }
        return limit <= 50 ? 2 : limit <= 100 ? 5 : limit <= 500 ? 10 : 20
    }

    // MARK: Answers

    /// The listing a request is about.
    func listing(_ market: BoxMarket, _ parameters: Parameters) throws(Refusal) -> Int {
        guard let index = places[market.rawValue][try parameters.required("symbol")] else { throw Refusal.badSymbol }
        return index
    }

    /// One answer for the named symbol, or a list for those named, or for all.
    mutating func forEach(
        _ market: BoxMarket, _ parameters: Parameters, _ body: (inout ExchangeBox, Int) -> JSONValue
    ) throws(Refusal) -> JSONValue {
        if parameters["symbol"] != nil { return body(&self, try listing(market, parameters)) }
        var list: [JSONValue] = []
        for index in try named(market, parameters) { list.append(body(&self, index)) }
        return .array(list)
    }

    /// The listings of `symbols=["A","B"]`, or all of the market.
    private func named(_ market: BoxMarket, _ parameters: Parameters) throws(Refusal) -> [Int] {
        guard let text = parameters["symbols"] else {
            return listings.indices.filter { listings[$0].market == market }
        }
        guard let names = try? JSONValue.parse(text), case .array(let list) = names else {
            throw Refusal(-1100, "Illegal characters found in parameter 'symbols'.")
        }
        var found: [Int] = []
        for case .string(let name) in list {
            guard let index = places[market.rawValue][name] else { throw Refusal.badSymbol }
            found.append(index)
        }
        return found
    }

    private mutating func klines(_ market: BoxMarket, _ parameters: Parameters) throws(Refusal) -> JSONValue {
        let index = try listing(market, parameters)
        guard let interval = KlineInterval(try parameters.required("interval")) else { throw Refusal.badInterval }
        let limit = try parameters.limit(500, most: market == .spot ? 1_000 : 1_500)
        let since = try parameters.integer("startTime")
        let until = try parameters.integer("endTime")
        loadHistory(index)
        let candles = listings[index].board.candles(interval, since: since, until: until, limit: limit)
        return .array(candles.map { kline($0, index, interval) })
    }

    func kline(_ candle: BoxCandle, _ index: Int, _ interval: KlineInterval) -> JSONValue {
        let listing = listings[index]
        return [
            JSONValue(candle.openTime), .string(listing.priceText(candle.open)),
            .string(listing.priceText(candle.high)), .string(listing.priceText(candle.low)),
            .string(listing.priceText(candle.close)), .string(listing.quantityText(candle.lots)),
            JSONValue(interval.bounds(containing: candle.openTime).end - 1),
            .string(listing.valueText(candle.value)), JSONValue(candle.lots == 0 ? 0 : candle.trades),
            .string(listing.quantityText(candle.takerLots)), .string(listing.valueText(candle.takerValue)), "0",
        ]
    }

    private mutating func depth(_ market: BoxMarket, _ parameters: Parameters) throws(Refusal) -> JSONValue {
        let index = try listing(market, parameters)
        let limit = try parameters.limit(market == .spot ? 100 : 500, most: market == .spot ? 5_000 : 1_000)
        if market == .usdm, ![5, 10, 20, 50, 100, 500, 1_000].contains(limit) {
            throw Refusal(-4021, "'\(limit)' is not a valid depth limit.")
        }
        if !listings[index].isBookCurrent { requote(index) }
        let book = JSONObject(bookMembers(index, depth: limit))
        guard market == .usdm else { return .object(book) }
        var members = book
        // The next change covers this id, whether or not one was seen before.
        members["lastUpdateId"] = JSONValue(listings[index].updateID + 1)
        members["E"] = JSONValue(clock)
        members["T"] = JSONValue(listings[index].quote.time.micros / 1_000)
        return .object(members)
    }

    func bookMembers(_ index: Int, depth: Int) -> [(String, JSONValue)] {
        let listing = listings[index]
        func side(_ side: OrderSide) -> JSONValue {
            .array(
                listing.book.levels(side, depth: depth).map {
                    [.string(listing.priceText($0.ticks)), .string(listing.quantityText($0.lots))]
                })
        }
        return [
            ("lastUpdateId", JSONValue(listing.updateID)), ("bids", side(.buy)), ("asks", side(.sell)),
        ]
    }

    private func trades(
        _ market: BoxMarket, _ parameters: Parameters, isAggregate: Bool
    ) throws(Refusal) -> JSONValue {
        let listing = listings[try listing(market, parameters)]
        let limit = try parameters.limit(500, most: 1_000)
        var list = listing.trades.list
        if let since = try parameters.integer("startTime") { list = list.filter { $0.time.micros / 1_000 >= since } }
        if let until = try parameters.integer("endTime") { list = list.filter { $0.time.micros / 1_000 <= until } }
        if let first = try parameters.integer("fromId") {
            list = Array(list.filter { $0.id >= first }.prefix(limit))
        }
        return .array(
            list.suffix(limit).map { trade in
                let price = JSONValue.string(listing.priceText(trade.ticks))
                let quantity = JSONValue.string(listing.quantityText(trade.lots))
                let time = JSONValue(trade.time.micros / 1_000)
                if isAggregate {
                    var object: JSONObject = JSONObject([
                        ("a", JSONValue(trade.id)), ("p", price), ("q", quantity), ("f", JSONValue(trade.id)),
                        ("l", JSONValue(trade.id)), ("T", time), ("m", .bool(trade.isBuyerMaker)),
                    ])
                    if market == .spot { object["M"] = true }
                    return .object(object)
                }
                var object = JSONObject([
                    ("id", JSONValue(trade.id)), ("price", price), ("qty", quantity),
                    ("quoteQty", .string(listing.moneyText(trade.ticks, trade.lots))), ("time", time),
                    ("isBuyerMaker", .bool(trade.isBuyerMaker)),
                ])
                if market == .spot { object["isBestMatch"] = true }
                return .object(object)
            })
    }

    private mutating func dayTicker(_ index: Int) -> JSONValue {
        loadHistory(index)
        let listing = listings[index]
        let time = now.market.micros / 1_000
        guard let day = listing.board.day(endingAt: time) else { return ["symbol": .string(listing.venueSymbol)] }
        let change = listing.price(day.close) - listing.price(day.open)
        let percent = listing.price(day.close).change(from: listing.price(max(1, day.open)), .halfEven).percent
        var object = JSONObject([
            ("symbol", .string(listing.venueSymbol)),
            ("priceChange", .string(Decimals.fixed(change, listing.priceDigits))),
            ("priceChangePercent", .string(Decimals.fixed(percent.rounded(toDigits: 3, .halfEven), 3))),
            (
                "weightedAvgPrice",
                .string(listing.priceText(day.lots == 0 ? day.close : Int64(clamping: day.value / Int128(day.lots))))
            ),
        ])
        if listing.market == .spot { object["prevClosePrice"] = .string(listing.priceText(day.open)) }
        object["lastPrice"] = .string(listing.priceText(listing.lastTicks))
        object["lastQty"] = .string(listing.quantityText(listing.lastLots))
        if listing.market == .spot {
            object["bidPrice"] = .string(listing.priceText(listing.bestBid.ticks))
            object["bidQty"] = .string(listing.quantityText(listing.bestBid.lots))
            object["askPrice"] = .string(listing.priceText(listing.bestAsk.ticks))
            object["askQty"] = .string(listing.quantityText(listing.bestAsk.lots))
        }
        for (name, value) in [
            ("openPrice", listing.priceText(day.open)), ("highPrice", listing.priceText(day.high)),
            ("lowPrice", listing.priceText(day.low)), ("volume", listing.quantityText(day.lots)),
            ("quoteVolume", listing.valueText(day.value)),
        ] { object[name] = .string(value) }
        object["openTime"] = JSONValue(time - 86_400_000)
        object["closeTime"] = JSONValue(time)
        object["firstId"] = JSONValue(max(0, listing.tradeID - day.trades))
        object["lastId"] = JSONValue(listing.tradeID)
        object["count"] = JSONValue(day.trades)
        return .object(object)
    }

    private func priceTicker(_ index: Int) -> JSONValue {
        var object = JSONObject([
            ("symbol", .string(listings[index].venueSymbol)),
            ("price", .string(listings[index].priceText(listings[index].lastTicks))),
        ])
        if listings[index].market == .usdm { object["time"] = JSONValue(clock) }
        return .object(object)
    }

    private func bookTicker(_ index: Int) -> JSONValue {
        let listing = listings[index]
        var object = JSONObject([
            ("symbol", .string(listing.venueSymbol)),
            ("bidPrice", .string(listing.priceText(listing.bestBid.ticks))),
            ("bidQty", .string(listing.quantityText(listing.bestBid.lots))),
            ("askPrice", .string(listing.priceText(listing.bestAsk.ticks))),
            ("askQty", .string(listing.quantityText(listing.bestAsk.lots))),
        ])
        if listing.market == .usdm {
            object["time"] = JSONValue(clock)
            object["lastUpdateId"] = JSONValue(listing.updateID)
        }
        return .object(object)
    }

    // MARK: Funding

    private func premiumIndex(_ index: Int) -> JSONValue {
        let listing = listings[index]
        let mark = listing.priceText(listing.markTicks)
        return [
            "symbol": .string(listing.venueSymbol), "markPrice": .string(mark), "indexPrice": .string(mark),
            "estimatedSettlePrice": .string(mark),
            "lastFundingRate": .string(Decimals.fixed(fundingRate(index, at: nextFunding), 8)),
            "interestRate": "0.00010000", "nextFundingTime": JSONValue(nextFunding), "time": JSONValue(clock),
        ]
    }

    /// The rate that is paid at a full eight hours: a hundredth of a percent, give or take what the seed says.
    func fundingRate(_ index: Int, at time: Int64) -> Ratio {
        let period = UInt64(time / FundingPayment.interval)
        let name = StableHash.of(listings[index].venueSymbol).value
        var generator = SeededGenerator(
            seed: settings.seed ^ UInt64(truncatingIfNeeded: name) ^ period &* 0x9e37_79b9_7f4a_7c15)
        let tenths = Int128(generator.next() % 5_001) - 2_000
        // In units of 1e-8: from -0.01 % to 0.04 %.
        return Ratio(raw: (10_000 + tenths * 10 / 2) * Ratio.scale / 100_000_000)
    }

    private func fundingRates(_ parameters: Parameters) throws(Refusal) -> JSONValue {
        let limit = try parameters.limit(100, most: 1_000)
        let since = try parameters.integer("startTime")
        let until = min(try parameters.integer("endTime") ?? .max, now.market.micros / 1_000)
        let indices =
            parameters["symbol"] == nil
            ? listings.indices.filter { listings[$0].market == .usdm } : [try listing(.usdm, parameters)]
        var rows: [(time: Int64, value: JSONValue)] = []
        for index in indices {
            var time = until / FundingPayment.interval * FundingPayment.interval
            if let since {
                let first = (since + FundingPayment.interval - 1) / FundingPayment.interval * FundingPayment.interval
                time = min(time, first + Int64(limit - 1) * FundingPayment.interval)
            }
            for _ in 0..<limit where time > 0 && time >= since ?? 1 {
                let mark = paidFunding[index]?.last { $0.time == time }?.markTicks ?? listings[index].markTicks
                rows.append(
                    (
                        time,
                        [
                            "symbol": .string(listings[index].venueSymbol), "fundingTime": JSONValue(time),
                            "fundingRate": .string(Decimals.fixed(fundingRate(index, at: time), 8)),
                            "markPrice": .string(listings[index].priceText(mark)),
                        ]
                    ))
                time -= FundingPayment.interval
            }
        }
        rows.sort { $0.time < $1.time }
        return .array((since == nil ? Array(rows.suffix(limit)) : Array(rows.prefix(limit))).map(\.value))
    }
}
