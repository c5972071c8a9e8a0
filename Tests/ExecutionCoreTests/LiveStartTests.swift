import ExecutionCore
import Testing
import TradingModel

@Suite("The start beside a venue that is elsewhere")
struct LiveStartTests {
    private func journaled(_ request: OrderRequest) -> JournaledOrder {
        var order = Order()
        order.request = request
        order.status = .submitted
        order.createdAt = request.decidedAt
        order.updatedAt = request.decidedAt
        return JournaledOrder(record: OrderRecord(order: order, attempts: 1), fills: [])
    }

    private func started(_ request: OrderRequest, recalledBefore: Bool) -> ExecutionCore {
        var policy = ExecutionPolicy()
        policy.acknowledgementTimeout = .seconds(8)
        policy.proofDelay = .seconds(12)
        var core = ExecutionCore(policy: policy)
        var directives: [ExecutionDirective] = []
        core.handle(.instruments([instrument()]), at: wall(0), into: &directives)
        if recalledBefore { core.handle(.recalled(journaled(request)), at: wall(0), into: &directives) }
        var image = JournalImage(startingBalance: money("1000"))
        image.openOrders = [journaled(request)]
        core.handle(.restored(image), at: wall(0), into: &directives)
        return core
    }

    @Test("An order that is asked for before the journal was read is there once")
    func recalledEarly() {
        let core = started(request("a"), recalledBefore: true)
        #expect(core.image.openOrders.count == 1)
    }

    @Test("After a restart a denial is believed only when the order can no longer be on its way")
    func lateArrival() {
        var core = started(request("a"), recalledBefore: false)
        func deny(at seconds: Int64) -> [ExecutionDirective] {
            var directives: [ExecutionDirective] = []
            core.handle(.reports([.answer(id("a"), .neverHeard)]), at: wall(seconds), into: &directives)
            return directives
        }
        _ = deny(at: 1)
        #expect(core.image.openOrders.map(\.status) == [.unresolved])
        _ = deny(at: 11)
        #expect(core.image.openOrders.map(\.status) == [.unresolved])
        let last = deny(at: 13)
        #expect(core.image.openOrders.isEmpty)
        // What opens exposure is not sent again later: its moment has passed.
        #expect(!last.contains { if case .send(.submit) = $0 { true } else { false } })
    }

    @Test("A position whose quantity is no whole lot may be closed, and what the venue does not take of it is said")
    func dust() {
        var holding = request("x", .sell, "0.0015", reduceOnly: true)
        var position = Position()
        position.symbol = btc
        position.quantity = quantity("0.0015")
        position.cost = money("0.15")
        #expect(holding.fault(in: instrument(), position: position, price: price("100")) == nil)
        holding.quantity = quantity("0.0012")
        #expect(holding.fault(in: instrument(), position: position, price: price("100"))?.code == "QUANTITY_OFF_LOT")
    }
}
