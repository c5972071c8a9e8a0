import ExecutionCore
import Portfolio
import Testing
import TradingModel

/// A paper venue with one instrument and ten thousand in cash.
struct Desk {
    var venue: PaperVenue
    var reports: [VenueReport] = []

    init(rules: PaperRules = PaperRules(), balance: String = "10000", _ instruments: [Instrument] = [instrument()]) {
        venue = PaperVenue(rules: rules, state: PaperState(startingBalance: money(balance)))
        venue.list(instruments)
    }

    @discardableResult mutating func submit(_ request: OrderRequest) -> [VenueReport] { handle(.submit(request)) }

    @discardableResult mutating func handle(_ command: VenueCommand) -> [VenueReport] {
        var new: [VenueReport] = []
        venue.handle(command, at: wall(0), into: &new)
        reports += new
        return new
    }

    @discardableResult mutating func tick(_ ticker: Ticker) -> [VenueReport] {
        var new: [VenueReport] = []
        venue.observe(ticker, into: &new)
        reports += new
        return new
    }

    var fills: [VenueFill] { reports.compactMap { if case .fill(let fill) = $0 { fill } else { nil } } }

    /// One line a report, for tables: `fill 1 at 100.05 fee 0.06003 taker`.
    static func words(_ reports: [VenueReport]) -> [String] {
        reports.map {
            switch $0 {
            case .accepted(let id, _, _): "accepted \(id)"
            case .rejected(let id, let reason, _): "rejected \(id) \(reason.prefix { $0 != ":" })"
            case .fill(let fill):
                "fill \(fill.clientOrderID) \(fill.side.rawValue) \(fill.quantity) at \(fill.price) fee \(fill.fee) \(fill.liquidity.rawValue)"
            case .canceled(let id, _, _): "canceled \(id)"
            case .expired(let id, let reason, _): "expired \(id): \(reason)"
            case .cancelRejected(let id, _): "cancelRejected \(id)"
            case .duplicate(let id): "duplicate \(id)"
            case .adopted(let request, _, _):
                "adopted \(request.side.rawValue) \(request.quantity) \(request.exitReason?.rawValue ?? "")"
            default: "\($0)"
            }
        }
    }
}

@Suite("The paper venue: prices, fees, parts")
struct PaperFillTests {
    @Test("A market buy pays the ask plus slippage, up to the tick, and the taker's fee")
    func marketBuy() throws {
        var desk = Desk()
        #expect(Desk.words(desk.submit(request("a", .buy, "1"))) == ["accepted a"])
        // 100.01 · 1.0005 = 100.060005, up to 100.07; 0.06 % of 100.07 is 0.060042.
        #expect(Desk.words(desk.tick(ticker(ask: "100.01", at: 1))) == ["fill a buy 1 at 100.07 fee 0.060042 taker"])
        #expect(desk.venue.ledger.balance == money("9999.939958"))
        #expect(desk.venue.ledger.position(btc)?.cost == money("100.07"))
        let fill = try #require(desk.fills.first)
        #expect(fill.id == "a-1")
        #expect(fill.venueOrderID == "paper-a")
        #expect(fill.feeCurrency == "USDT")
        #expect(fill.eventTime == market(1))
    }

    @Test("A market sell gets the bid less slippage, down to the tick")
    func marketSell() {
        var desk = Desk()
        desk.submit(request("a", .sell, "2"))
        // 99.9 · 0.9995 = 99.85005, down to 99.85; 0.06 % of 199.7 is 0.11982.
        #expect(Desk.words(desk.tick(ticker(at: 1))) == ["fill a sell 2 at 99.85 fee 0.11982 taker"])
    }

    @Test("A round trip realizes the difference of the fills, and cash is start plus result less fees")
    func roundTrip() {
        var desk = Desk()
        desk.submit(request("a", .buy, "2", leverage: 10))
        desk.tick(ticker(at: 1))
        desk.submit(request("b", .sell, "2", reduceOnly: true, leverage: 10, at: 1))
        desk.tick(ticker(bid: "110", ask: "110.1", at: 2))
        // Bought at 100.05, sold at 110 · 0.9995 = 109.945, down to 109.94: 2 · 9.89 = 19.78.
        #expect(desk.venue.ledger.realizedPnL == money("19.78"))
        // 0.0006 · (200.1 + 219.88) = 0.12006 + 0.131928.
        #expect(desk.venue.ledger.fees == money("0.251988"))
        #expect(desk.venue.ledger.balance == money("10019.528012"))
        #expect(desk.venue.ledger.holdings.isEmpty)
    }

    @Test(
        "Fees are rounded half-even to eight decimals",
        arguments: [("0.025", "0"), ("0.075", "0.00000002"), ("0.125", "0.00000002")])
    func halfEven(limit: String, fee: String) {
        // 0.02 % of 0.001 · limit is 0.5, 1.5 and 2.5 units of the eighth decimal.
        var desk = Desk([instrument(tick: "0.001", minNotional: "0")])
        desk.submit(request("a", .buy, "0.001", type: .limit, limit: limit))
        desk.tick(ticker(bid: "0.99", ask: "1", at: 1))
        desk.tick(ticker(bid: "0.001", ask: "0.002", at: 2))
        #expect(desk.fills.map(\.fee) == [money(fee)])
        #expect(desk.fills.map(\.liquidity) == [.maker])
    }

    @Test("No order fills on a ticker that is not later than its decision")
    func neverOlder() {
        var desk = Desk()
        desk.submit(request("a", .buy, "1", at: 5))
        #expect(desk.tick(ticker(at: 4)).isEmpty)
        #expect(desk.tick(ticker(at: 5)).isEmpty)
        #expect(desk.tick(ticker(at: 6)).count == 1)
    }

    @Test("What the quote does not hold is filled by the next tickers")
    func parts() {
        var desk = Desk()
        desk.submit(request("a", .buy, "2.5"))
        #expect(
            Desk.words(desk.tick(ticker(askQuantity: "1.0005", at: 1))) == ["fill a buy 1 at 100.05 fee 0.06003 taker"])
        #expect(
            Desk.words(desk.tick(ticker(ask: "101", askQuantity: "1", at: 2))) == [
                "fill a buy 1 at 101.06 fee 0.060636 taker"
            ])
        #expect(Desk.words(desk.tick(ticker(ask: "102", askQuantity: "0.0004", at: 3))).isEmpty)
        #expect(
            Desk.words(desk.tick(ticker(ask: "102", askQuantity: "7", at: 4))) == [
                "fill a buy 0.5 at 102.06 fee 0.030618 taker"
            ])
        #expect(desk.fills.map(\.id) == ["a-1", "a-2", "a-3"])
        #expect(desk.venue.orders.isEmpty)
    }

    @Test("The fill share takes its part of the quote; an unknown quote fills anything; no share fills anything")
    func shares() {
        var half = Desk(rules: PaperRules(fillShare: ratio("0.5")))
        half.submit(request("a", .buy, "2"))
        half.tick(ticker(askQuantity: "1.5", at: 1))
        #expect(half.fills.map(\.quantity) == [quantity("0.75")])
        half.tick(ticker(askQuantity: "0", at: 2))
        #expect(half.fills.map(\.quantity) == [quantity("0.75"), quantity("1.25")])
        var whole = Desk(rules: PaperRules(fillShare: nil))
        whole.submit(request("a", .buy, "2"))
        whole.tick(ticker(askQuantity: "0.1", at: 1))
        #expect(whole.fills.map(\.quantity) == [quantity("2")])
    }

    @Test("Two orders share one quote, the older first")
    func sharedQuote() {
        var desk = Desk()
        desk.submit(request("a", .buy, "1"))
        desk.submit(request("b", .buy, "1"))
        desk.submit(request("c", .sell, "1"))
        desk.tick(ticker(bidQuantity: "0.4", askQuantity: "1.5", at: 1))
        #expect(desk.fills.map { "\($0.clientOrderID) \($0.quantity)" } == ["a 1", "b 0.5", "c 0.4"])
    }

    @Test("A ticker that has filled something of a symbol is not used twice")
    func usedOnce() {
        var desk = Desk()
        desk.submit(request("a", .buy, "2"))
        desk.tick(ticker(askQuantity: "1", at: 1))
        var again = PaperVenue(rules: PaperRules(), state: desk.venue.state)
        again.list([instrument()])
        var reports: [VenueReport] = []
        again.observe(ticker(askQuantity: "1", at: 1), into: &reports)
        #expect(reports.isEmpty)
        again.observe(ticker(askQuantity: "1", at: 2), into: &reports)
        #expect(reports.count == 1)
    }
}

@Suite("The paper venue: order types")
struct PaperTypeTests {
    @Test("A limit order that meets its price takes at once, never worse than its limit")
    func limitTakes() {
        var desk = Desk()
        desk.submit(request("a", .buy, "1", type: .limit, limit: "100.02"))
        #expect(Desk.words(desk.tick(ticker(at: 1))) == ["fill a buy 1 at 100.02 fee 0.060012 taker"])
        desk.submit(request("b", .buy, "1", type: .limit, limit: "101", at: 1))
        #expect(Desk.words(desk.tick(ticker(at: 2))) == ["fill b buy 1 at 100.05 fee 0.06003 taker"])
    }

    @Test("A limit order that rests fills at its limit as a maker once the quote reaches it")
    func limitRests() {
        var desk = Desk()
        desk.submit(request("a", .buy, "1", type: .limit, limit: "99"))
        #expect(desk.tick(ticker(at: 1)).isEmpty)
        #expect(desk.tick(ticker(bid: "98.99", ask: "99.01", at: 2)).isEmpty)
        #expect(Desk.words(desk.tick(ticker(bid: "98", ask: "98.5", at: 3))) == ["fill a buy 1 at 99 fee 0.0198 maker"])
        desk.submit(request("b", .sell, "1", type: .limit, limit: "105", reduceOnly: true, at: 3))
        desk.tick(ticker(at: 4))
        #expect(
            Desk.words(desk.tick(ticker(bid: "105", ask: "105.1", at: 5))) == ["fill b sell 1 at 105 fee 0.021 maker"])
    }

    @Test("Immediate-or-cancel and fill-or-kill end with what one ticker gives")
    func immediate() {
        var desk = Desk()
        desk.submit(request("a", .buy, "2", force: .immediateOrCancel))
        #expect(
            Desk.words(desk.tick(ticker(askQuantity: "0.5", at: 1))) == [
                "fill a buy 0.5 at 100.05 fee 0.030015 taker", "expired a: 1.5 could not be filled at once",
            ])
        desk.submit(request("b", .buy, "2", force: .fillOrKill, at: 1))
        #expect(
            Desk.words(desk.tick(ticker(askQuantity: "1.9", at: 2))) == [
                "expired b: only 1.9 of 2 could be filled at once"
            ])
        desk.submit(request("c", .buy, "2", force: .fillOrKill, at: 2))
        #expect(desk.tick(ticker(at: 3)).count == 1)
        desk.submit(request("d", .buy, "1", type: .limit, limit: "90", force: .immediateOrCancel, at: 3))
        #expect(Desk.words(desk.tick(ticker(at: 4))) == ["expired d: nothing was offered at 90 or better"])
        #expect(desk.venue.orders.isEmpty)
    }

    @Test("A post-only order rests or expires, and never takes")
    func postOnly() {
        var desk = Desk()
        desk.submit(request("a", .buy, "1", type: .limit, limit: "100", postOnly: true))
        #expect(Desk.words(desk.tick(ticker(at: 1))) == ["expired a: a post-only order would have taken at 100"])
        desk.submit(request("b", .buy, "1", type: .limit, limit: "99.5", postOnly: true, at: 1))
        #expect(desk.tick(ticker(at: 2)).isEmpty)
        #expect(
            Desk.words(desk.tick(ticker(bid: "99", ask: "99.4", at: 3))) == ["fill b buy 1 at 99.5 fee 0.0199 maker"])
    }

    @Test("A stop sells below, buys above, and fills from the triggering ticker on")
    func stops() {
        var desk = Desk()
        desk.submit(request("a", .buy, "1"))
        desk.tick(ticker(at: 1))
        desk.submit(request("s", .sell, "1", type: .stopMarket, stop: "95", reduceOnly: true, at: 1))
        #expect(desk.tick(ticker(bid: "95", ask: "95.1", last: "95.01", at: 2)).isEmpty)
        // 94.9 · 0.9995 = 94.85255, down to 94.85.
        #expect(
            Desk.words(desk.tick(ticker(bid: "94.9", ask: "95.1", last: "95", at: 3))) == [
                "fill s sell 1 at 94.85 fee 0.05691 taker"
            ])
        desk.submit(request("u", .buy, "1", type: .stopMarket, stop: "105", at: 3))
        #expect(desk.tick(ticker(at: 4)).isEmpty)
        #expect(
            Desk.words(desk.tick(ticker(bid: "105", ask: "105.1", last: "105", at: 5))) == [
                "fill u buy 1 at 105.16 fee 0.063096 taker"
            ])
    }

    @Test("A take-profit is triggered from the other side")
    func takeProfit() {
        var desk = Desk()
        desk.submit(request("a", .buy, "1"))
        desk.tick(ticker(at: 1))
        desk.submit(request("t", .sell, "1", type: .takeProfitMarket, stop: "110", reduceOnly: true, at: 1))
        #expect(desk.tick(ticker(bid: "109.9", ask: "110.1", last: "109.99", at: 2)).isEmpty)
        #expect(
            Desk.words(desk.tick(ticker(bid: "110", ask: "110.1", last: "110", at: 3))) == [
                "fill t sell 1 at 109.94 fee 0.065964 taker"
            ])
        desk.submit(request("b", .sell, "1", at: 3))
        desk.tick(ticker(at: 4))
        desk.submit(request("v", .buy, "1", type: .takeProfitMarket, stop: "90", reduceOnly: true, at: 4))
        #expect(desk.tick(ticker(bid: "90", ask: "90.1", last: "90.01", at: 5)).isEmpty)
        #expect(desk.tick(ticker(bid: "89.9", ask: "90", last: "90", at: 6)).count == 1)
    }

    @Test("A stop-limit rests at its limit once triggered, through a restart")
    func stopLimit() {
        var desk = Desk()
        desk.submit(request("s", .buy, "1", type: .stopLimit, limit: "104", stop: "105"))
        #expect(desk.tick(ticker(at: 1)).isEmpty)
        #expect(desk.tick(ticker(bid: "105", ask: "105.5", last: "105", at: 2)).isEmpty)
        #expect(desk.venue.orders.first?.isTriggered == true)
        var changes = desk.venue.takeChanges()
        #expect(
            changes.popLast().map {
                if case .order(let order) = $0 { order.isTriggered && order.hasArrived } else { false }
            } == true)
        var again = Desk()
        again.venue = PaperVenue(rules: PaperRules(), state: desk.venue.state)
        again.venue.list([instrument()])
        #expect(
            Desk.words(again.tick(ticker(bid: "103.8", ask: "104", at: 3))) == ["fill s buy 1 at 104 fee 0.0208 maker"])
    }

    @Test("Reduce-only orders are cut to the position and go with it")
    func reduceOnly() {
        var desk = Desk()
        desk.submit(request("a", .buy, "2"))
        desk.tick(ticker(at: 1))
        desk.submit(request("s", .sell, "2", type: .stopMarket, stop: "90", reduceOnly: true, at: 1))
        desk.submit(request("p", .sell, "2", type: .limit, limit: "120", reduceOnly: true, at: 1))
        desk.submit(request("x", .sell, "0.5", reduceOnly: true, at: 1))
        desk.tick(ticker(at: 2))
        #expect(desk.venue.ledger.position(btc)?.quantity == quantity("1.5"))
        #expect(
            Desk.words(desk.tick(ticker(bid: "89", ask: "89.1", last: "89", at: 3))) == [
                "fill s sell 1.5 at 88.95 fee 0.080055 taker", "expired p: there is no position left to reduce",
                "expired s: the position is closed",
            ])
        #expect(desk.venue.ledger.holdings.isEmpty)
        #expect(desk.venue.orders.isEmpty)
    }
}

@Suite("The paper venue: refusals and margin")
struct PaperRefusalTests {
    private static let cases: [(OrderRequest, String)] = [
        (request("a", .buy, "1", symbol: eth), "UNKNOWN_SYMBOL"),
        (request("a", .buy, "1.0005"), "QUANTITY_OFF_LOT"),
        (request("a", .buy, "0"), "QUANTITY_OFF_LOT"),
        (request("a", .buy, "-1"), "QUANTITY_OFF_LOT"),
        (request("a", .buy, "1001"), "ABOVE_MAXIMUM_QUANTITY"),
        (request("a", .buy, "0.04"), "BELOW_MINIMUM_NOTIONAL"),
        (request("a", .buy, "0.004"), "BELOW_MINIMUM_QUANTITY"),
        (request("a", .buy, "1", type: .limit, limit: "99.995"), "PRICE_OFF_TICK"),
        (request("a", .buy, "1", type: .limit, limit: "-1"), "PRICE_OFF_TICK"),
        (request("a", .buy, "1", type: .stopMarket, stop: "99.995"), "PRICE_OFF_TICK"),
        (request("a", .buy, "1", type: .limit), "LIMIT_PRICE_MISSING"),
        (request("a", .buy, "1", limit: "99"), "LIMIT_PRICE_NOT_ALLOWED"),
        (request("a", .buy, "1", type: .stopLimit, limit: "99"), "STOP_PRICE_MISSING"),
        (request("a", .buy, "1", stop: "99"), "STOP_PRICE_NOT_ALLOWED"),
        (request("a", .buy, "1", postOnly: true), "POST_ONLY_NOT_ALLOWED"),
        (request("a", .buy, "1", leverage: 26), "LEVERAGE_OUT_OF_RANGE"),
        (request("a", .buy, "1", leverage: 0), "LEVERAGE_OUT_OF_RANGE"),
        (request("a", .sell, "1", reduceOnly: true), "NOTHING_TO_REDUCE"),
        (request("a", .buy, "100"), "INSUFFICIENT_MARGIN"),
    ]

    @Test("What breaks a rule is rejected with its code", arguments: 0..<cases.count)
    func rejections(index: Int) {
        let (request, code) = Self.cases[index]
        var desk = Desk([instrument(minQuantity: "0.01")])
        desk.tick(ticker(at: -1))
        let words = Desk.words(desk.submit(request))
        #expect(words == ["rejected a \(code)"])
        #expect(desk.venue.orders.isEmpty)
        #expect(desk.handle(.query(OrderReference(clientOrderID: id("a"), symbol: btc))).count == 1)
    }

    @Test("Against a position: wrong side, too much, other leverage, and dust that may go")
    func againstPosition() {
        var desk = Desk([instrument(minQuantity: "0.1")])
        desk.submit(request("a", .buy, "1.05", leverage: 5))
        desk.tick(ticker(at: 1))
        #expect(
            Desk.words(desk.submit(request("b", .buy, "1", reduceOnly: true, at: 1))) == [
                "rejected b REDUCE_ONLY_WOULD_INCREASE"
            ])
        #expect(
            Desk.words(desk.submit(request("c", .sell, "2", reduceOnly: true, at: 1))) == [
                "rejected c REDUCE_ONLY_EXCEEDS_POSITION"
            ])
        #expect(Desk.words(desk.submit(request("d", .buy, "1", leverage: 4, at: 1))) == ["rejected d LEVERAGE_DIFFERS"])
        #expect(
            Desk.words(desk.submit(request("e", .sell, "0.05", reduceOnly: true, at: 1))) == [
                "rejected e BELOW_MINIMUM_QUANTITY"
            ])
        desk.submit(request("f", .sell, "1", reduceOnly: true, at: 1))
        desk.tick(ticker(at: 2))
        #expect(Desk.words(desk.submit(request("g", .sell, "0.05", reduceOnly: true, at: 2))) == ["accepted g"])
        desk.tick(ticker(at: 3))
        #expect(desk.venue.ledger.holdings.isEmpty)
    }

    @Test("The same client order id twice is a duplicate, not a second order and not a rejection")
    func duplicate() {
        var desk = Desk()
        desk.submit(request("a"))
        #expect(Desk.words(desk.submit(request("a"))) == ["duplicate a"])
        desk.tick(ticker(at: 1))
        #expect(Desk.words(desk.submit(request("a"))) == ["duplicate a"])
        #expect(desk.fills.count == 1)
    }

    @Test("Margin: value over leverage and fee must be free, open orders count, positions count")
    func margin() {
        // One at 100.05: margin 10.005 at 10×, fee 0.06003, together 10.06503.
        var desk = Desk(balance: "20.13")
        desk.tick(ticker(at: 0))
        #expect(Desk.words(desk.submit(request("a", .buy, "1", leverage: 10))) == ["accepted a"])
        #expect(Desk.words(desk.submit(request("b", .buy, "1", leverage: 10))) == ["rejected b INSUFFICIENT_MARGIN"])
        #expect(
            Desk.words(desk.submit(request("c", .buy, "1", type: .limit, limit: "99.99", leverage: 10))) == [
                "accepted c"
            ])
        desk.tick(ticker(at: 1))
        // Cash 20.06997, bound 10.005 + 10.058994; the next lot does not fit.
        #expect(
            Desk.words(desk.submit(request("d", .buy, "0.05", leverage: 10, at: 1))) == [
                "rejected d INSUFFICIENT_MARGIN"
            ])
        // What closes needs no margin.
        #expect(Desk.words(desk.submit(request("e", .sell, "1", reduceOnly: true, at: 1))) == ["accepted e"])
    }

    @Test("A market order whose price has run away expires instead of overdrawing")
    func runAway() {
        var desk = Desk(balance: "110")
        desk.tick(ticker(at: 0))
        #expect(Desk.words(desk.submit(request("a", .buy, "1"))) == ["accepted a"])
        let reports = desk.tick(ticker(bid: "119", ask: "120", at: 1))
        #expect(reports.count == 1)
        #expect(Desk.words(reports)[0].hasPrefix("expired a: INSUFFICIENT_MARGIN: the order needs 120.132036"))
        #expect(desk.venue.ledger.balance == money("110"))
    }

    @Test("A position is liquidated when margin and result fall to the maintenance share, never beyond its margin")
    func liquidation() {
        var desk = Desk(balance: "1000")
        desk.submit(request("a", .buy, "10", leverage: 10))
        desk.submit(request("s", .sell, "1", type: .stopMarket, stop: "80"))
        desk.tick(ticker(at: 1))
        // Cost 1000.5, margin 100.05. At 90.5 the result is −95.5, left 4.55 against 0.5 % of 905 = 4.525: it stays.
        #expect(desk.tick(ticker(bid: "90.4", ask: "90.6", last: "90.5", at: 2)).isEmpty)
        // At 90.49 left is 4.45 against 4.5245: it goes, at 90.4 · 0.9995 = 90.3548, down to 90.35.
        let reports = desk.tick(ticker(bid: "90.4", ask: "90.6", last: "90.49", at: 3))
        #expect(Desk.words(reports)[0] == "adopted sell 10 liquidation")
        #expect(Desk.words(reports)[1].hasSuffix("sell 10 at 90.35 fee 0.5421 taker"))
        #expect(desk.venue.ledger.holdings.isEmpty)
        // −97 and fees 0.6003 + 0.5421.
        #expect(desk.venue.ledger.balance == money("901.8576"))
    }

    @Test("A gap through the liquidation costs the margin and no more")
    func gap() {
        for side in [OrderSide.buy, .sell] {
            var desk = Desk(balance: "1000")
            desk.submit(request("a", side, "10", leverage: 10))
            desk.tick(ticker(bid: "100", ask: "100", last: "100", at: 1))
            let margin = desk.venue.ledger.marginUsed
            desk.tick(side == .buy ? ticker(bid: "49", ask: "50", at: 2) : ticker(bid: "199", ask: "200", at: 2))
            #expect(desk.venue.ledger.holdings.isEmpty)
            #expect(-desk.venue.ledger.realizedPnL <= margin)
            // Within one tick of it: the price is rounded to the tick in our favour.
            #expect(-desk.venue.ledger.realizedPnL > margin - money("0.2"))
        }
    }

    @Test("Cancels, queries and the account tell what is there")
    func queries() {
        var desk = Desk()
        desk.submit(request("a", .buy, "1", type: .limit, limit: "90"))
        desk.submit(request("b", .buy, "1"))
        desk.tick(ticker(at: 1))
        guard case .account(let account) = desk.handle(.account(since: market(0))).first else {
            Issue.record("no account")
            return
        }
        #expect(account.openOrders.map(\.request.clientOrderID) == [id("a")])
        #expect(account.endedOrders.map(\.request.clientOrderID) == [id("b")])
        #expect(account.positions == [VenuePosition(symbol: btc, side: .long, quantity: quantity("1"))])
        #expect(account.cash == money("9999.93997"))
        #expect(Desk.words(desk.handle(.cancel(OrderReference(clientOrderID: id("a"), symbol: btc)))) == ["canceled a"])
        #expect(
            Desk.words(desk.handle(.cancel(OrderReference(clientOrderID: id("a"), symbol: btc)))) == [
                "cancelRejected a"
            ])
        guard
            case .answer(_, .known(let order)) = desk.handle(
                .query(OrderReference(clientOrderID: id("b"), symbol: btc))
            ).first
        else {
            Issue.record("no answer")
            return
        }
        #expect(order.status == .filled)
        #expect(order.fills.map(\.id) == ["b-1"])
        #expect(
            desk.handle(.query(OrderReference(clientOrderID: id("zz"), symbol: btc))) == [
                .answer(id("zz"), .neverHeard)
            ])
    }
}
