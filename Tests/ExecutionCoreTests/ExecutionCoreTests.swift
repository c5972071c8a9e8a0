import ExecutionCore
import Portfolio
import Testing
import TradingModel

@Suite("Execution on paper")
struct ExecutionOnPaperTests {
    private func rig(policy: ExecutionPolicy = ExecutionPolicy()) throws -> Rig {
        let rig = Rig(policy: policy)
        try rig.start()
        return rig
    }

    @Test("An order is journalled, accepted, committed once and only then answered")
    func order() throws {
        let rig = try rig()
        let commits = rig.commits
        let token = try rig.order(request("a", .buy, "1"))
        #expect(rig.answers[token]?.order?.status == .accepted)
        #expect(rig.answers[token]?.order?.venueOrderID == "paper-a")
        #expect(rig.commits == commits + 1)
        #expect(rig.disk.events.map(\.order.status) == [.submitted, .accepted])
        #expect(rig.disk.paper.orders.map(\.id) == [id("a")])
    }

    @Test("A fill becomes order, position, cash and account, in one commit and in this order of facts")
    func fill() throws {
        let rig = try rig()
        try rig.order(request("a", .buy, "2", leverage: 10))
        rig.facts = []
        let commits = rig.commits
        try rig.tick(ticker(at: 1))
        #expect(rig.commits == commits + 1)
        let kinds = rig.facts.map {
            switch $0 {
            case .fill: "fill"
            case .order: "order"
            case .position: "position"
            case .trade: "trade"
            case .account: "account"
            }
        }
        // The first account says what the price did to what was held: nothing was.
        #expect(kinds == ["fill", "order", "position", "account"])
        let account = try #require(rig.accountFacts.last)
        // Bought at 100.05, last 100: cash 10000 − 0.12006, open result −0.1, margin 200.1 / 10.
        #expect(account.balance == money("9999.87994"))
        #expect(account.equity == money("9999.77994"))
        #expect(account.marginUsed == money("20.01"))
        #expect(account.openPositions == 1)
        #expect(rig.disk.imbalances() == [])
        #expect(rig.status("a") == .filled)
    }

    @Test("A round trip becomes a trade with fees and the margin's return")
    func trade() throws {
        let rig = try rig()
        try rig.order(request("a", .buy, "2", leverage: 10))
        try rig.tick(ticker(at: 1))
        try rig.order(request("x", .sell, "2", reduceOnly: true, leverage: 10, exitReason: .takeProfit, at: 1))
        try rig.tick(ticker(bid: "110", ask: "110.1", at: 2))
        let trade = try #require(rig.disk.trades.first)
        #expect(trade.id == "proposal-a")
        #expect(trade.exitReason == .takeProfit)
        #expect(trade.grossPnL == money("19.78"))
        #expect(trade.fees == money("0.251988"))
        #expect(trade.netPnL == money("19.528012"))
        // 19.528012 / 20.01.
        #expect(trade.returnOnMargin == ratio("0.975912643678"))
        #expect(rig.disk.image.holdings.isEmpty)
        #expect(rig.disk.imbalances() == [])
    }

    @Test("A repeated request is answered with the order as it is now; other content under the same id is refused")
    func repeated() throws {
        let rig = try rig()
        try rig.order(request("a", .buy, "1"))
        try rig.tick(ticker(at: 1))
        let again = try rig.order(request("a", .buy, "1"))
        #expect(rig.answers[again]?.order?.status == .filled)
        #expect(rig.answers[again]?.fills.map(\.id) == ["a-1"])
        let other = try rig.order(request("a", .buy, "2"))
        #expect(
            rig.refusals[other]
                == .malformed("order a exists with another quantity: a changed order needs an id of its own"))
        #expect(rig.submits("a") == 1)
        #expect(rig.disk.fills.count == 1)
    }

    @Test("An order that has left memory is recalled from the journal, not placed again")
    func recalled() throws {
        var policy = ExecutionPolicy()
        policy.remembered = 2
        let rig = try rig(policy: policy)
        for index in 0..<6 {
            try rig.order(
                request("a\(index)", index % 2 == 0 ? .buy : .sell, "1", reduceOnly: index % 2 == 1, at: Int64(index)))
            try rig.tick(ticker(at: Int64(index) + 1))
        }
        #expect(!rig.core.isTracking(id("a0")))
        let token = try rig.order(request("a0", .buy, "1"))
        #expect(rig.answers[token]?.order?.status == .filled)
        #expect(rig.submits("a0") == 1)
        #expect(try rig.query("a1")?.order?.status == .filled)
        #expect(try rig.query("nobody")?.order == nil)
    }

    @Test(
        "An entry is denied where the price has left the one it was decided at; an exit never is",
        arguments: [("101", true), ("101.01", false), ("99", true), ("98.99", false)])
    func deviation(last: String, isTaken: Bool) throws {
        var policy = ExecutionPolicy()
        policy.entryDeviation = Ratio("0.01")!
        let rig = try rig(policy: policy)
        try rig.order(request("a", .buy, "1"))
        try rig.tick(ticker(at: 1))
        try rig.order(request("x", .sell, "1", reduceOnly: true, at: 1))
        try rig.tick(ticker(last: last, at: 2))
        let token = try rig.order(request("b", .buy, "1", at: 2))
        #expect(rig.answers[token]?.order?.status == (isTaken ? .accepted : .denied))
        if !isTaken {
            #expect(
                rig.answers[token]?.order?.reason
                    == "PRICE_MOVED: the price is \(last), and the entry was decided at 100: that is more than 1% away")
            #expect(rig.submits("b") == 0)
        }
        try rig.tick(ticker(last: "100", at: 3))
        try rig.order(request("c", .buy, "1", at: 3))
        try rig.tick(ticker(at: 4))
        try rig.tick(ticker(last: last, at: 5))
        let exit = try rig.order(request("y", .sell, "1", reduceOnly: true, at: 5))
        #expect(rig.answers[exit]?.order?.status == .accepted)
    }

    private static let denials: [(OrderRequest, String)] = [
        (request("a", .buy, "1", symbol: Symbol("XX/USDT")!), "UNKNOWN_SYMBOL: no instrument is known for XX/USDT"),
        (
            request("a", .buy, "1.0005"),
            "QUANTITY_OFF_LOT: the quantity 1.0005 is not a positive multiple of the lot 0.001"
        ),
        (request("a", .buy, "0.04"), "BELOW_MINIMUM_NOTIONAL: the order's value 4 is below the minimum 5"),
        (request("a", .buy, "1", leverage: 51), "LEVERAGE_OUT_OF_RANGE: the leverage 51 is outside 1 to 50"),
        (request("a", .sell, "1", reduceOnly: true), "NOTHING_TO_REDUCE: there is no position in BTC/USDT to reduce"),
        (
            request("a", .buy, "1", type: .limit, limit: "1.001"),
            "PRICE_OFF_TICK: the limit price 1.001 is not a positive multiple of the tick 0.01"
        ),
    ]

    @Test("What breaks a rule of the instrument is denied by us and never sent", arguments: 0..<denials.count)
    func denied(index: Int) throws {
        let (request, reason) = Self.denials[index]
        let rig = try rig()
        let token = try rig.order(request)
        #expect(rig.answers[token]?.order?.status == .denied)
        #expect(rig.answers[token]?.order?.reason == reason)
        #expect(rig.submits("a") == 0)
        #expect(rig.orderFacts.map(\.status) == [.denied])
        let again = try rig.order(request)
        #expect(rig.answers[again]?.order?.status == .denied)
        #expect(rig.disk.orders.count == 1)
    }

    @Test("What only the venue can see is rejected by the venue, in the answer")
    func rejected() throws {
        let rig = try rig()
        let token = try rig.order(request("a", .buy, "200"))
        #expect(rig.answers[token]?.order?.status == .rejected)
        #expect(rig.reason("a").hasPrefix("INSUFFICIENT_MARGIN: the order needs 20012"))
        #expect(rig.disk.paper.orders.isEmpty)
    }

    @Test("A cancel is answered with what became of the order")
    func cancel() throws {
        let rig = try rig()
        try rig.order(request("a", .buy, "1", type: .limit, limit: "90"))
        let token = try rig.cancel("a")
        #expect(rig.answers[token]?.order?.status == .canceled)
        #expect(rig.disk.paper.orders.isEmpty)
        let late = try rig.cancel("a")
        #expect(rig.answers[late]?.order?.status == .canceled)
        let unknown = try rig.cancel("b")
        #expect(rig.answers[unknown]?.order == nil)
        #expect(rig.answers[unknown] != nil)
    }

    @Test("Nothing is served before the journal, the venue and the instruments are there")
    func notReady() throws {
        let rig = Rig()
        let early = try rig.order(request("a"))
        #expect(
            rig.refusals[early]
                == .notReady("execution is starting: the journal has not been read yet; ask again in a moment"))
        try rig.handle(.restored(rig.disk.restored))
        let without = try rig.order(request("a"))
        #expect(
            rig.refusals[without]
                == .notReady("execution is starting: feed has not told the instruments yet; ask again in a moment"))
        #expect(try rig.snapshot()?.isReconciled == true)
        try rig.handle(.instruments([instrument()]))
        #expect(rig.readiness == .ready)
        let token = try rig.order(request("a"))
        #expect(rig.answers[token]?.order?.status == .accepted)
    }

    @Test("A liquidation is adopted as an order of the venue, and its trade says so")
    func liquidation() throws {
        let rig = try rig()
        try rig.order(request("a", .buy, "10", leverage: 10))
        try rig.tick(ticker(at: 1))
        try rig.tick(ticker(bid: "85", ask: "85.1", last: "85", at: 2))
        let external = try #require(rig.disk.orders.last)
        #expect(external.isExternal)
        #expect(external.order.status == .filled)
        #expect(external.order.request.proposalID == "proposal-a")
        #expect(rig.disk.trades.map(\.exitReason) == [.liquidation])
        #expect(rig.disk.imbalances() == [])
    }

    @Test(
        "In lock-step the account is told once a step, before its barrier, and the barrier says whether prices matter")
    func barriers() throws {
        var policy = ExecutionPolicy()
        policy.isLockStep = true
        let rig = try rig(policy: policy)
        func clock(_ step: Int) throws {
            var clock = MarketClock()
            clock.marketTime = market(Int64(step))
            clock.step = step
            try rig.handle(.clock(clock))
        }
        rig.facts = []
        try rig.tick(ticker(at: 1))
        try clock(1)
        #expect(rig.barriers == [Barrier(step: 1, isAttentive: false)])
        #expect(rig.facts.isEmpty)
        try rig.order(request("a", .buy, "1", at: 1))
        try rig.tick(ticker(at: 2))
        try clock(2)
        #expect(rig.accountFacts.count == 1)
        try rig.tick(ticker(bid: "101", ask: "101.1", at: 3))
        #expect(rig.accountFacts.count == 1)
        try clock(3)
        #expect(rig.accountFacts.count == 2)
        #expect(rig.accountFacts.last?.unrealizedPnL == money("1.05"))
        try clock(3)
        #expect(rig.accountFacts.count == 2)
        #expect(rig.barriers.map(\.isAttentive) == [false, true, true, true])
        #expect(rig.barriers.map(\.step) == [1, 2, 3, 3])
        #expect(try rig.snapshot()?.barrier == Barrier(step: 3, isAttentive: true))
    }

    @Test("In real time the account is told at most once a second")
    func accountPace() throws {
        let rig = try rig()
        try rig.order(request("a", .buy, "1"))
        try rig.tick(ticker(at: 1))
        let before = rig.accountFacts.count
        for second in 2...11 {
            try rig.wait(.milliseconds(100))
            try rig.tick(ticker(bid: "\(100 + second)", ask: "\(101 + second)", at: Int64(second)))
        }
        #expect(rig.accountFacts.count == before + 1)
        // The last price of a second that had its account is told with the next second.
        try rig.wait(.seconds(2))
        #expect(rig.accountFacts.count == before + 2)
        #expect(rig.accountFacts.last?.unrealizedPnL == money("11.95"))
        try rig.tick(ticker(bid: "150", ask: "151", at: 20))
        #expect(rig.accountFacts.count == before + 3)
        #expect(rig.accountFacts.last?.unrealizedPnL == money("50.95"))
    }

    @Test("A snapshot holds account, positions and open orders, oldest first")
    func snapshot() throws {
        let rig = try rig()
        try rig.order(request("b", .buy, "1", type: .limit, limit: "90"))
        try rig.order(request("a", .buy, "1"))
        try rig.order(request("c", .buy, "1", symbol: eth, type: .limit, limit: "90"))
        try rig.tick(ticker(at: 1))
        let image = try #require(try rig.snapshot())
        #expect(image.openOrders.map(\.id) == [id("b"), id("c")])
        #expect(image.positions.map(\.symbol) == [btc])
        #expect(image.account.balance == money("9999.93997"))
        #expect(image.isReconciled)
    }
}
