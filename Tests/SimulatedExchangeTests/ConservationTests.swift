import JSONText
import Testing
import TradingModel

@testable import SimulatedExchange

/// Orders of every kind at random, with everything that has to hold counted again from the fills after each step.
@Suite("Nothing is made or lost at the box")
struct ConservationTests {
    private static func randomRequest(_ rig: Rig, _ generator: inout SeededGenerator) -> (String, String, String) {
        let listing = rig.exchange.listings[Int(generator.next() % UInt64(rig.exchange.listings.count))]
        let isSpot = listing.market == .spot
        let base = isSpot ? "/api/v3" : "/fapi/v1"
        let open = rig.exchange.orders.openOrders(of: listing.index)
        if generator.next() % 4 == 0, let order = open.randomElement(using: &generator) {
            return ("DELETE", base + "/order", "symbol=\(listing.venueSymbol)&orderId=\(order.id)")
        }
        let side = generator.next() & 1 == 0 ? "BUY" : "SELL"
        let lots = 20 + Int64(generator.next() % 400)
        let offset = Int64(generator.next() % 41) - 20
        let last = listing.lastTicks
        let near = listing.priceText(max(1, last + offset * max(1, last / 20_000)))
        var text = "symbol=\(listing.venueSymbol)&side=\(side)&quantity=\(listing.quantityText(lots))"
        let forces = isSpot ? ["GTC", "IOC", "FOK"] : ["GTC", "IOC", "FOK", "GTX"]
        let force = forces[Int(generator.next() % UInt64(forces.count))]
        switch generator.next() % 6 {
        case 0: text += "&type=MARKET"
        case 1 where isSpot: text += "&type=LIMIT_MAKER&price=\(near)"
        case 1: text += "&type=MARKET&reduceOnly=true"
        case 2 where isSpot: text += "&type=STOP_LOSS&stopPrice=\(near)"
        case 2:
            text += "&type=STOP_MARKET&algoType=CONDITIONAL&triggerPrice=\(near)"
            return ("POST", base + "/algoOrder", text)
        case 3 where isSpot: text += "&type=TAKE_PROFIT_LIMIT&timeInForce=GTC&price=\(near)&stopPrice=\(near)"
        default: text += "&type=LIMIT&timeInForce=\(force)&price=\(near)"
        }
        return ("POST", base + "/order", text)
    }

    private static func check(_ rig: Rig, _ start: [String: Money], _ label: String) {
        checkOrders(rig, label)
        checkSpot(rig, start, label)
        checkFutures(rig, start, label)
    }

    private static func checkOrders(_ rig: Rig, _ label: String) {
        let exchange = rig.exchange
        for order in exchange.orders.all {
            let fills = exchange.orders.fills(of: order.id)
            #expect(fills.reduce(0) { $0 + $1.lots } == order.filledLots, "\(label): order \(order.id)")
            #expect(fills.reduce(.zero) { $0 + $1.value } == order.filledValue, "\(label): order \(order.id)")
            #expect(order.filledLots <= order.lots, "\(label): order \(order.id)")
            #expect((order.status == .filled) == (order.lots > 0 && order.filledLots == order.lots), "\(label)")
        }
        for listing in exchange.listings {
            #expect(listing.book.fault == nil, "\(label): \(listing.venueSymbol) \(listing.book.fault ?? "")")
            let open = exchange.orders.openOrders(of: listing.index)
            #expect(open.count == listing.openOrders, "\(label)")
            let resting = (listing.book.bids + listing.book.asks).flatMap(\.entries).filter { $0.order != Book.house }
            #expect(
                Set(resting) == Set(open.filter(\.isResting).map { Book.Entry(order: $0.id, lots: $0.restLots) }),
                "\(label)")
        }
    }

    private static func checkSpot(_ rig: Rig, _ start: [String: Money], _ label: String) {
        let exchange = rig.exchange
        var expected = start
        var locked: [String: Money] = [:]
        for fill in exchange.orders.fills where exchange.listings[fill.listing].market == .spot {
            let listing = exchange.listings[fill.listing]
            let sign = fill.side == .buy ? 1 : -1
            expected[listing.base, default: .zero] += listing.baseMoney(fill.lots).times(sign)
            expected[listing.quoteAsset, default: .zero] -= fill.value.times(sign)
            expected[fill.feeAsset, default: .zero] -= fill.fee
        }
        for id in exchange.orders.open {
            guard let order = exchange.orders[id], exchange.listings[order.listing].market == .spot else { continue }
            let listing = exchange.listings[order.listing]
            locked[order.side == .sell ? listing.base : listing.quoteAsset, default: .zero] += order.locked
        }
        for asset in exchange.spot.assets {
            let balance = exchange.spot[asset]
            #expect(balance.free + balance.locked == expected[asset] ?? .zero, "\(label): \(asset)")
            #expect(balance.locked == locked[asset] ?? .zero, "\(label): \(asset) locked")
            #expect(!balance.free.isNegative && !balance.locked.isNegative, "\(label): \(asset) \(balance)")
        }
    }

    private static func checkFutures(_ rig: Rig, _ start: [String: Money], _ label: String) {
        let exchange = rig.exchange
        var wallet = start["USDT"] ?? .zero
        var cost: [Int: Money] = [:]
        var lots: [Int: Int64] = [:]
        for fill in exchange.orders.fills where exchange.listings[fill.listing].market == .usdm {
            wallet += fill.realized - fill.fee
            cost[fill.listing, default: .zero] += (fill.side == .buy ? fill.value : -fill.value) + fill.realized
            lots[fill.listing, default: 0] += fill.side == .buy ? fill.lots : -fill.lots
        }
        for item in exchange.futures.income where item.kind == "FUNDING_FEE" { wallet += item.amount }
        #expect(exchange.futures.wallets["USDT"] == wallet, "\(label): wallet")
        for listing in exchange.listings where listing.market == .usdm {
            let position = exchange.futures.position(listing.index, .both)
            #expect(position.lots == lots[listing.index] ?? 0, "\(label): \(listing.venueSymbol)")
            #expect(position.cost == cost[listing.index] ?? .zero, "\(label): \(listing.venueSymbol) cost")
            if position.lots == 0 { #expect(position.cost.isZero, "\(label)") }
        }
    }

    @Test("balances, positions and books follow from the fills, to the last digit", arguments: 1...12)
    func conservation(seed: Int) throws {
        var generator = SeededGenerator(seed: UInt64(seed))
        let money: [String: Money] = ["USDT": Money(100_000), "BTC": Money(2), "DOGE": Money(200_000)]
        let rig = Rig(symbols: ["BTC/USDT", "DOGE/USDT"], seed: UInt64(seed), lookBack: 0) {
            $0.spotBalances = money
            $0.futuresBalances = ["USDT": Money(100_000)]
            $0.start = Rig.start + .minutes(7 * 60 + 58)
        }
        rig.market = rig.exchange.settings.start
        if seed % 3 == 0 {
            _ = try rig.admin(
                "POST", "/admin/faults", #"[{"kind":"partial","rate":0.3},{"kind":"late_fill","rate":0.2}]"#)
        }
        var done = 0
        for step in 1...150 {
            let (method, path, query) = Self.randomRequest(rig, &generator)
            if try rig.signed(method, path, query).status == 200 { done += 1 }
            rig.pass(.milliseconds(Int64(generator.next() % 4_000)))
            if step % 10 == 0 { Self.check(rig, money, "seed \(seed), step \(step)") }
        }
        rig.pass(.seconds(30))
        Self.check(rig, money, "seed \(seed), end")
        #expect(done > 40, "seed \(seed)")
        #expect(rig.exchange.orders.fills.count > 20, "seed \(seed)")
    }

    @Test("a position that its margin no longer carries is closed, and its orders with it")
    func liquidation() throws {
        let rig = Rig(symbols: ["BTC/USDT"], lookBack: 0) { $0.futuresBalances = ["USDT": Money(1_000)] }
        _ = try rig.signed("POST", "/fapi/v1/leverage", "symbol=BTCUSDT&leverage=125")
        let opened = try rig.signed("POST", "/fapi/v1/order", "symbol=BTCUSDT&side=BUY&type=MARKET&quantity=1.2")
        #expect(opened.status == 200, "\(opened.value)")
        let resting = try rig.signed(
            "POST", "/fapi/v1/order",
            "symbol=BTCUSDT&side=SELL&type=LIMIT&timeInForce=GTC&quantity=1&price=108000&reduceOnly=true")
        #expect(resting.status == 200, "\(resting.value)")
        // The administrator takes the margin away.
        _ = try rig.admin("POST", "/admin/deposit", #"{"market":"usdm","asset":"USDT","amount":"-600"}"#)
        rig.pass(.seconds(3))
        #expect(try rig.signed("GET", "/fapi/v3/positionRisk").value.list.isEmpty)
        #expect(try rig.signed("GET", "/fapi/v1/openOrders").value.list.isEmpty)
    }

    @Test("funding moves from longs to shorts at full eight hours of market time")
    func funding() throws {
        let rig = Rig(symbols: ["BTC/USDT"], lookBack: 0) { $0.start = Rig.start + .minutes(7 * 60 + 58) }
        rig.market = rig.exchange.settings.start
        _ = try rig.signed("POST", "/fapi/v1/order", "symbol=BTCUSDT&side=BUY&type=MARKET&quantity=0.1")
        rig.pass(.minutes(3))
        let income = try rig.signed("GET", "/fapi/v1/income", "incomeType=FUNDING_FEE").value.list
        #expect(income.count == 1)
        let rate = try rig.get("/fapi/v1/fundingRate", "symbol=BTCUSDT&limit=1").list[0]
        let paid = try #require(Ratio(rate["fundingRate"]?.text ?? ""))
        let mark = try #require(Price(rate["markPrice"]?.text ?? ""))
        let value = Money.notional(mark, Quantity(raw: Quantity.scale / 10))
        #expect(Money(income[0]["income"]?.text ?? "") == -value.share(paid, .halfEven))
    }
}
