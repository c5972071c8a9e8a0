import ExecutionCore
import Portfolio
import Testing
import TradingModel

/// The process dies between every two steps of a script, is started again, and the script goes on.
@Suite("A crash at every step")
struct CrashTests {
    /// With the longer one the account is told on prices too, so that there are commits and facts in other places.
    static let pauses: [Span] = [.milliseconds(10), .seconds(2)]

    enum Act: Sendable {
        case order(OrderRequest)
        case cancel(String)
        case tick(Ticker)
    }

    /// Partial fills, a resting order, a stop, a cancel, a rejection, a denial, a round trip, a liquidation.
    static let script: [Act] = [
        .tick(ticker(at: 0)), .tick(ticker(eth, bid: "49.99", ask: "50", at: 0)),
        .order(request("a", .buy, "2", leverage: 10)),
        .order(request("lim", .buy, "1", symbol: eth, type: .limit, limit: "49")),
        .tick(ticker(askQuantity: "0.7", at: 1)),
        .order(request("stop", .sell, "0.7", type: .stopMarket, stop: "90", reduceOnly: true, at: 1)),
        .order(request("prof", .sell, "0.7", type: .takeProfitMarket, stop: "150", reduceOnly: true, at: 1)),
        .tick(ticker(bid: "100.4", ask: "100.5", askQuantity: "5", at: 2)),
        .order(request("rej", .buy, "500", symbol: eth, at: 2)), .order(request("den", .buy, "0.0001", at: 2)),
        .tick(ticker(eth, bid: "48.9", ask: "49", at: 3)),
        .order(request("gone", .buy, "1", symbol: eth, type: .limit, limit: "40", at: 3)),
        .tick(ticker(eth, bid: "48.9", ask: "49", at: 4)), .cancel("gone"),
        .order(request("x", .sell, "1.2", reduceOnly: true, leverage: 10, exitReason: .takeProfit, at: 4)),
        .tick(ticker(bid: "103", ask: "103.1", bidQuantity: "1", at: 5)),
        .tick(ticker(bid: "102", ask: "102.1", at: 6)),
        .tick(ticker(bid: "89.5", ask: "89.6", last: "89.9", at: 7)),
        .order(request("s", .sell, "20", symbol: eth, leverage: 20, at: 7)),
        .tick(ticker(eth, bid: "48", ask: "48.1", at: 8)),
        .order(request("x2", .sell, "1", symbol: eth, reduceOnly: true, at: 8)),
        .order(request("b", .buy, "5", leverage: 20, at: 8)), .tick(ticker(bid: "90", ask: "90.1", at: 9)),
        .tick(ticker(bid: "80", ask: "80.1", at: 10)), .tick(ticker(eth, bid: "55", ask: "55.1", at: 11)),
    ]

    /// Runs the script; the process dies once, `life` steps after its first start. Returns the rig, and whether it died.
    private func run(_ place: Rig.Place, life: Int?, pause: Span) throws -> (rig: Rig, died: Bool) {
        var policy = ExecutionPolicy()
        if place == .outside { policy.acknowledgementTimeout = .seconds(2) }
        let rig = Rig(place, policy: policy)
        try rig.start()
        rig.steps = 0
        rig.life = life
        var died = false
        var prices: [Symbol: Ticker] = [:]
        for act in Self.script {
            if case .tick(let ticker) = act { prices[ticker.symbol] = ticker }
            do {
                try perform(act, on: rig)
            } catch is Crash {
                died = true
                rig.life = nil
                try rig.start()
                // The last price of each symbol comes with feed's snapshot; whoever asked heard nothing and asks again.
                for symbol in prices.keys.sorted() { if let price = prices[symbol] { try rig.tick(price) } }
                try perform(act, on: rig)
            }
            try rig.wait(pause)
        }
        try rig.wait(.seconds(60))
        return (rig, died)
    }

    private func perform(_ act: Act, on rig: Rig) throws {
        switch act {
        case .order(let request):
            let token = try rig.order(request)
            if rig.life == nil {
                #expect(rig.answers[token] != nil, "\(request.clientOrderID) stays unanswered")
            }
        case .cancel(let name): try rig.cancel(name)
        case .tick(let ticker): try rig.tick(ticker)
        }
    }

    @Test("On paper: the same orders, fills, trades and books as without the crash", arguments: pauses)
    func paper(pause: Span) throws {
        let (calm, _) = try run(.inside, life: nil, pause: pause)
        #expect(calm.disk.imbalances() == [])
        #expect(calm.disk.trades.count >= 3)
        #expect(Set(calm.disk.orders.map(\.order.status)) == [.filled, .canceled, .expired, .rejected, .denied])
        for life in 0..<calm.steps {
            let (rig, died) = try run(.inside, life: life, pause: pause)
            #expect(died, "it did not come to step \(life)")
            for (mine, theirs) in zip(rig.disk.orders, calm.disk.orders) where mine != theirs {
                Issue.record("after a crash at step \(life): \(Self.words(mine)), without: \(Self.words(theirs))")
            }
            #expect(rig.disk.orders.count == calm.disk.orders.count, "orders after a crash at step \(life)")
            #expect((rig.disk.fills == calm.disk.fills) == true, "fills after a crash at step \(life)")
            #expect((rig.disk.trades == calm.disk.trades) == true, "trades after a crash at step \(life)")
            #expect(rig.disk.imbalances() == [], "books after a crash at step \(life)")
            #expect(Books(rig.disk.paper) == Books(calm.disk.paper), "the venue's books after a crash at step \(life)")
            #expect(rig.core.ledger.balance == rig.venue.ledger.balance)
        }
        print("paper: \(calm.steps) steps, a crash at each")
    }

    @Test(
        "At a venue elsewhere: exactly one order for each request, and the books equal the venue's", arguments: pauses)
    func outside(pause: Span) throws {
        let (calm, _) = try run(.outside, life: nil, pause: pause)
        for life in 0..<calm.steps {
            let (rig, died) = try run(.outside, life: life, pause: pause)
            #expect(died, "it did not come to step \(life)")
            #expect(rig.disk.imbalances() == [], "books after a crash at step \(life)")
            #expect(rig.core.ledger.balance == rig.venue.ledger.balance, "cash after a crash at step \(life)")
            #expect(
                rig.core.ledger.positions.map { "\($0.symbol) \($0.side) \($0.quantity) \($0.cost)" }
                    == rig.venue.ledger.positions.map { "\($0.symbol) \($0.side) \($0.quantity) \($0.cost)" },
                "positions after a crash at step \(life)")
            for record in rig.disk.orders {
                #expect(
                    record.order.status != .unresolved && record.order.status != .submitted,
                    "\(record.order.id) after a crash at step \(life)")
            }
            #expect(Set(rig.disk.fills.map(\.id)).count == rig.disk.fills.count)
            // A request is one order, or none and a stated reason.
            for case .order(let request) in Self.script {
                let order = rig.disk.orders.first { $0.order.id == request.clientOrderID }?.order
                #expect(order != nil, "\(request.clientOrderID) is lost after a crash at step \(life)")
                #expect(
                    order.map { $0.filledQuantity.isPositive || $0.reason != nil || $0.venueOrderID != nil } ?? false)
            }
        }
        print("elsewhere: \(calm.steps) steps, a crash at each")
    }

    private static func words(_ record: OrderRecord) -> String {
        let order = record.order
        return
            "\(order.id) \(order.status.rawValue) \(order.filledQuantity) \(order.reason ?? "") at \(order.updatedAt), "
            + "attempts \(record.attempts), cancel \(record.isCancelRequested)"
    }

    /// The venue's books without the order in which they are listed.
    private struct Books: Equatable {
        let cash: [Money]
        let holdings: Set<Holding>
        let orders: Set<PaperOrder>
        init(_ state: PaperState) {
            cash = [state.realizedPnL, state.fees]
            holdings = Set(state.holdings)
            orders = Set(state.orders)
        }
    }
}
