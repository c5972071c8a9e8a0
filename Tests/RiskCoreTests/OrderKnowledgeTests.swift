import RiskCore
import Testing
import TradingModel

/// What risk knows of its orders while answers and facts are slow: facts are handed to the core one by one.
@Suite struct OrderKnowledgeTests {
    private struct Desk {
        var core = RiskCore(limits: limits(), isLockStep: false)
        var now = wallStart

        /// Hands over an event and returns what was directed.
        mutating func send(_ event: RiskEvent) -> [RiskDirective] {
            var directives: [RiskDirective] = []
            core.handle(event, at: now, into: &directives)
            return directives
        }

        mutating func wait(_ span: Span) -> [RiskDirective] {
            now = now + span
            return send(.timer)
        }

        /// Restored with `memory`, with feed and execution known.
        mutating func boot(_ memory: RiskMemory = RiskMemory(), positions: [Position] = []) {
            _ = send(.restored(memory))
            _ = send(.executionGap)
            _ = send(.executionSnapshot(view(positions), 1))
            var feed = FeedView()
            feed.session = "feed-1"
            feed.instruments = [instrument()]
            feed.tickers = [ticker(price("100"), at: start)]
            feed.clock.marketTime = start
            _ = send(.feedSnapshot(feed))
        }

        func view(_ positions: [Position]) -> ExecutionView {
            var view = ExecutionView()
            view.isReconciled = true
            (view.account.balance, view.account.equity) = (money("10000"), money("10000"))
            view.positions = positions
            return view
        }
    }

    private func position(_ amount: String = "10") -> Position {
        var position = Position()
        (position.symbol, position.proposalID, position.quantity) = (bitcoin, "p1", quantity(amount))
        position.cost = .notional(price("100"), position.quantity)
        (position.openedAt, position.updatedAt) = (start, start)
        return position
    }

    private func submitted(_ directives: [RiskDirective]) -> [OrderRequest] {
        directives.compactMap { if case .submit(let request, _) = $0 { request } else { nil } }
    }

    private func replies(_ directives: [RiskDirective]) -> [Int: Verdict] {
        var replies: [Int: Verdict] = [:]
        for case .replyVerdict(let verdict, let token) in directives { replies[token.number] = verdict }
        return replies
    }

    private func order(_ request: OrderRequest, _ status: OrderStatus, filled: Quantity = .zero) -> Order {
        var order = Order()
        (order.request, order.status, order.filledQuantity) = (request, status, filled)
        return order
    }

    @Test func `nobody gets an answer before execution has acknowledged the order, and then everybody does`() throws {
        var desk = Desk()
        desk.boot()
        let first = desk.send(.proposal(proposal(), RequestToken(1), expiresAt: nil))
        let entry = try #require(submitted(first).first)
        #expect(replies(first).isEmpty)
        let repeated = desk.send(.proposal(proposal(), RequestToken(2), expiresAt: nil))
        #expect(replies(repeated).isEmpty && submitted(repeated).isEmpty)
        let answered = replies(desk.send(.orderReport(entry.clientOrderID, order(entry, .accepted))))
        #expect(answered.count == 2 && answered[1] == answered[2] && answered[1]?.orderStatus == .accepted)
        #expect(replies(desk.send(.order(order(entry, .accepted)))).isEmpty)
    }

    @Test func `verdict, plan and order are committed together before the order leaves`() throws {
        var desk = Desk()
        desk.boot()
        let directives = desk.send(.proposal(proposal(), RequestToken(1), expiresAt: nil))
        let kinds = directives.prefix(5).map {
            switch $0 {
            case .persist(.day): "day"
            case .persist(.verdict): "verdict"
            case .persist(.plan): "plan"
            case .persist(.order): "order"
            case .submit: "submit"
            default: "other"
            }
        }
        #expect(kinds == ["day", "verdict", "plan", "order", "submit"])
    }

    @Test func `an order without an answer is asked for until it is known, and its symbol takes no exposure`() throws {
        var desk = Desk()
        desk.boot()
        let entry = try #require(submitted(desk.send(.proposal(proposal(), RequestToken(1), expiresAt: nil))).first)
        #expect(desk.send(.orderUnanswered(entry.clientOrderID)).contains(.query(entry.clientOrderID)))
        let other = replies(desk.send(.proposal(proposal("p2"), RequestToken(2), expiresAt: nil)))
        #expect(other[2]?.denial?.reason == .orderUnresolved)
        #expect(!desk.wait(.seconds(5)).contains(.query(entry.clientOrderID)))
        _ = desk.send(.orderUnanswered(entry.clientOrderID))
        #expect(!desk.wait(.milliseconds(499)).contains(.query(entry.clientOrderID)))
        #expect(desk.wait(.milliseconds(1)).contains(.query(entry.clientOrderID)))
        let answered = replies(
            desk.send(.orderReport(entry.clientOrderID, order(entry, .filled, filled: entry.quantity))))
        #expect(answered[1]?.isApproved == true && answered[1]?.orderStatus == .filled)
    }

    @Test func `an exit whose fill does not show in the position is not repeated but asked about`() throws {
        var desk = Desk()
        var memory = RiskMemory()
        memory.plans = [activePlan(.long, leverage: 1, entry: "100", stop: "95", target: "150")]
        desk.boot(memory, positions: [position()])
        let exit = try #require(submitted(desk.send(.ticker(ticker(price("95"), at: start + .seconds(1))))).first)
        _ = desk.send(.order(order(exit, .filled, filled: exit.quantity)))
        // The position's fact is late: neither a price nor time makes a second exit.
        #expect(submitted(desk.send(.ticker(ticker(price("94"), at: start + .seconds(2))))).isEmpty)
        #expect(submitted(desk.wait(.seconds(2))).isEmpty)
        let asking = desk.wait(.milliseconds(1))
        #expect(asking.contains(.requestExecutionSnapshot(2)) && submitted(asking).isEmpty)
        // A part of the position was filled by somebody else meanwhile and is still there: that is left too.
        let rest = submitted(desk.send(.executionSnapshot(desk.view([position("3")]), 2)))
        #expect(rest.map(\.quantity) == [quantity("3")] && rest.first?.clientOrderID != exit.clientOrderID)
    }

    @Test func `a snapshot asked for before a fill does not settle what the fill did`() throws {
        var desk = Desk()
        var memory = RiskMemory()
        memory.plans = [activePlan(.long, leverage: 1, entry: "100", stop: "95", target: "150")]
        desk.boot(memory, positions: [position()])
        let exit = try #require(submitted(desk.send(.ticker(ticker(price("95"), at: start + .seconds(1))))).first)
        _ = desk.send(.executionGap)
        _ = desk.send(.orderReport(exit.clientOrderID, order(exit, .filled, filled: exit.quantity)))
        desk.now = desk.now + .seconds(1)
        #expect(submitted(desk.send(.executionSnapshot(desk.view([position()]), 2))).isEmpty)
        var closed = position()
        (closed.quantity, closed.cost) = (.zero, .zero)
        _ = desk.send(.position(closed))
        #expect(desk.core.openPlans.isEmpty)
    }

    @Test func `an entry that fills in parts while its exit is on its way is left whole`() throws {
        var desk = Desk()
        desk.boot()
        let entry = try #require(submitted(desk.send(.proposal(proposal(), RequestToken(1), expiresAt: nil))).first)
        _ = desk.send(.orderReport(entry.clientOrderID, order(entry, .accepted)))
        _ = desk.send(.order(order(entry, .partiallyFilled, filled: quantity("4"))))
        _ = desk.send(.position(position("4")))
        let directives = desk.send(.ticker(ticker(price("95"), at: start + .seconds(1))))
        #expect(directives.contains(.cancel(entry.clientOrderID)))
        let exit = try #require(submitted(directives).first)
        #expect(exit.quantity == quantity("4"))
        // Another part filled before the cancel came through.
        _ = desk.send(.position(position("6")))
        _ = desk.send(.orderReport(entry.clientOrderID, order(entry, .canceled, filled: quantity("6"))))
        _ = desk.send(.order(order(exit, .filled, filled: quantity("4"))))
        _ = desk.send(.position(position("2")))
        // Four were left, yet two remain: only execution's truth says that they came from the entry.
        #expect(desk.wait(.milliseconds(2_001)).contains(.requestExecutionSnapshot(2)))
        let second = submitted(desk.send(.executionSnapshot(desk.view([position("2")]), 2)))
        #expect(second.map(\.quantity) == [quantity("2")])
    }

    @Test func `a plan that was thought spent watches its position when that appears after all`() throws {
        var desk = Desk()
        var memory = RiskMemory()
        var spent = activePlan(.long, leverage: 1, entry: "100", stop: "95", target: "150")
        spent.status = .spent
        spent.firstFillAt = nil
        memory.plans = [spent]
        desk.boot(memory, positions: [position()])
        #expect(desk.core.openPlans.map(\.status) == [.active] && desk.core.impediment == nil)
        #expect(
            submitted(desk.send(.ticker(ticker(price("95"), at: start + .seconds(1))))).map(\.exitReason) == [.stopLoss]
        )
    }

    @Test func `a proposal that comes before feed's snapshot waits for it instead of being denied for ever`() {
        for isLockStep in [false, true] {
            var desk = Desk(core: RiskCore(limits: limits(), isLockStep: isLockStep))
            _ = desk.send(.restored(RiskMemory()))
            _ = desk.send(.executionGap)
            var view = desk.view([])
            view.barrier = Barrier(step: 5, isAttentive: false)
            _ = desk.send(.executionSnapshot(view, 1))
            let early = desk.send(.proposal(proposal(), RequestToken(1), expiresAt: nil))
            #expect(submitted(early).isEmpty && replies(early).isEmpty)
            var feed = FeedView()
            feed.session = "feed-1"
            feed.instruments = [instrument()]
            feed.tickers = [ticker(price("100"), at: start)]
            feed.clock.marketTime = start
            feed.clock.step = isLockStep ? 5 : nil
            #expect(submitted(desk.send(.feedSnapshot(feed))).count == 1)
        }
    }
}
