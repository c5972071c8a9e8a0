import RiskArchive
import RiskCore
import Storage
import Testing
import TradingModel

@testable import RiskService

/// Risk's memory: what is committed comes back to the last digit, and what contradicts itself is refused.
@Suite struct RiskStoreTests {
    private func plan(
        _ id: String, _ symbol: Symbol = bitcoin, status: ExitPlanStatus = .active, at minute: Int64 = 0
    ) -> ExitPlan {
        var plan = ExitPlan()
        plan.id = id
        plan.symbol = symbol
        plan.side = .short
        plan.strategy = "momentum"
        plan.leverage = 7
        plan.status = status
        plan.entryOrderID = .derived(from: id, purpose: .entry)
        plan.entryPrice = Price("100.000000000001")!
        plan.quantity = Quantity("0.123456789012")!
        plan.stopLoss = Price("105")!
        plan.timeToLive = .hours(36)
        plan.invalidation = "close 15m above 103.5"
        plan.best = plan.entryPrice
        plan.restingStop = Price("105")!
        plan.createdAt = MarketTime(micros: 1_747_700_000_000_001 + minute * 60_000_000)
        plan.updatedAt = plan.createdAt
        if status != .pending { plan.firstFillAt = plan.createdAt }
        return plan
    }

    private func intent(
        _ plan: ExitPlan, _ purpose: OrderPurpose, attempt: Int = 0, isSettled: Bool = false
    ) -> OrderIntent {
        var request = OrderRequest()
        request.clientOrderID = .derived(from: plan.id, purpose: purpose, attempt: attempt)
        request.proposalID = plan.id
        request.strategy = plan.strategy
        request.symbol = plan.symbol
        request.side = purpose == .entry ? .sell : .buy
        request.quantity = plan.quantity
        request.limitPrice = Price("99.5")!
        request.timeInForce = .immediateOrCancel
        request.isReduceOnly = purpose == .exit
        request.leverage = plan.leverage
        request.purpose = purpose
        request.exitReason = purpose == .exit ? .peakPullback : nil
        request.referencePrice = Price("100.01")!
        request.decidedAt = plan.createdAt
        return OrderIntent(
            request: request, planID: plan.id, attempt: attempt, expiresAt: WallTime(micros: 1_800_000_000_000_007),
            status: isSettled ? .canceled : nil, filledQuantity: isSettled ? Quantity("0.000000000001")! : .zero,
            isSettled: isSettled)
    }

    private func verdict(_ id: String, denial: Denial? = nil) -> Verdict {
        var verdict = Verdict()
        verdict.proposalID = id
        verdict.decisionID = "d-\(id)"
        verdict.strategy = "momentum"
        verdict.symbol = bitcoin
        verdict.action = .enterShort
        verdict.isApproved = denial == nil
        verdict.denial = denial
        verdict.clientOrderID = denial == nil ? .derived(from: id, purpose: .entry) : nil
        verdict.quantity = Quantity("0.5")!
        verdict.notional = Money("50.000000000000000000000001")!
        verdict.leverage = 7
        verdict.size = Ratio("0.123456789012")!
        verdict.stopLoss = Price("105")!
        verdict.orderStatus = denial == nil ? .accepted : nil
        verdict.decidedAt = MarketTime(micros: 1_747_700_000_000_001)
        return verdict
    }

    private func reopened(_ directory: TemporaryDirectory, _ write: (RiskStore) throws -> Void) throws -> RiskMemory {
        let store = try RiskStore(path: directory.path + "/risk.sqlite")
        try write(store)
        store.shut()
        let again = try RiskStore(path: directory.path + "/risk.sqlite")
        defer { again.shut() }
        return try again.memory()
    }

    @Test func `everything comes back to the last digit`() throws {
        let directory = TemporaryDirectory()
        var control = TradingControl()
        control.automatic = .reducing
        control.automaticReason = "drawdown 15.2% has reached the warning at 15%"
        control.automaticSince = MarketTime(micros: 5)
        control.hold = .init(state: .halted, who: "ann@pts/0", why: "a \"quoted\" why", since: MarketTime(micros: 6))
        control.symbolHolds[ether] = .init(state: .reducing, who: "bob", why: "", since: MarketTime(micros: 7))
        let (open, spent) = (plan("p1"), plan("p0", status: .spent))
        let denial = Denial(.dailyLossLimit, [Figure("lost", "5.2%"), Figure("why", "\"a=b c\"")])
        let memory = try reopened(directory) { store in
            for record: RiskRecord in [
                .control(control), .peakEquity(Money("10000.000000000000000000000001")!),
                .day(DayRecord(day: 20_228, startEquity: Money(9_000), trades: 3)),
                .day(DayRecord(day: 20_229, startEquity: Money(9_100), trades: 4, reachedLoss: Ratio("0.051")!)),
                .plan(spent), .plan(open), .order(intent(open, .entry, isSettled: true)), .order(intent(open, .exit)),
                .verdict(verdict("p0")), .verdict(verdict("p1", denial: denial)),
            ] { try store.save(record) }
        }
        #expect(memory.control == control)
        #expect(memory.peakEquity == Money("10000.000000000000000000000001")!)
        #expect(
            memory.day == DayRecord(day: 20_229, startEquity: Money(9_100), trades: 4, reachedLoss: Ratio("0.051")!))
        #expect(memory.plans == [spent, open])
        #expect(memory.orders == [intent(open, .entry, isSettled: true), intent(open, .exit)])
        #expect(Set(memory.verdicts) == [verdict("p0"), verdict("p1", denial: denial)])
    }

    @Test func `a new peak is a small change and comes back like a whole one`() throws {
        let directory = TemporaryDirectory()
        var moving = plan("p1")
        let memory = try reopened(directory) { store in
            try store.save(.plan(moving))
            moving.best = Price("98.000000000001")!
            moving.restingStop = Price("99.57")!
            moving.updatedAt = moving.updatedAt + .seconds(1)
            try store.save(.plan(moving))
            moving.best = Price("97")!
            moving.status = .closing
            moving.exitReason = .ladder
            moving.exitOrderID = .derived(from: "p1", purpose: .exit)
            try store.save(.plan(moving))
        }
        #expect(memory.plans == [moving])
    }

    @Test func `orders that are not settled survive their plan, attempts come back in their order`() throws {
        let directory = TemporaryDirectory()
        let (open, spent) = (plan("p1"), plan("p0", status: .spent))
        let memory = try reopened(directory) { store in
            try store.save(.plan(spent))
            try store.save(.plan(open))
            try store.save(.order(intent(spent, .entry)))
            try store.save(.order(intent(spent, .exit, isSettled: true)))
            for attempt in 0..<12 {
                try store.save(.order(intent(open, .exit, attempt: attempt, isSettled: attempt < 11)))
            }
        }
        #expect(memory.orders.first == intent(spent, .entry))
        #expect(memory.orders.dropFirst().map(\.attempt) == Array(0..<12))
    }

    @Test func `a second open plan of a symbol is refused and changes nothing`() throws {
        let directory = TemporaryDirectory()
        let memory = try reopened(directory) { store in
            try store.save(.plan(plan("p1")))
            #expect(throws: StorageError.self) { try store.save(.plan(plan("p2"))) }
            var orphan = intent(plan("p1"), .exit)
            try store.save(.order(orphan))
            orphan.request.clientOrderID = .derived(from: "other", purpose: .exit)
            #expect(throws: StorageError.self) { try store.save(.order(orphan)) }
        }
        #expect(memory.plans == [plan("p1")] && memory.orders == [intent(plan("p1"), .exit)])
    }

    @Test func `a transaction that fails leaves nothing behind`() throws {
        let directory = TemporaryDirectory()
        let memory = try reopened(directory) { store in
            #expect(throws: StorageError.self) {
                try store.transaction { () throws(StorageError) in
                    try store.save(.peakEquity(Money(5)))
                    try store.save(.plan(plan("p1")))
                    try store.save(.plan(plan("p2")))
                }
            }
        }
        #expect(memory.plans.isEmpty && memory.peakEquity == .zero)
    }

    @Test func `a verdict is either approved with an order or denied with a reason`() throws {
        let directory = TemporaryDirectory()
        _ = try reopened(directory) { store in
            var torn = verdict("p1")
            torn.clientOrderID = nil
            #expect(throws: StorageError.self) { try store.save(.verdict(torn)) }
            torn = verdict("p1", denial: Denial(.stopMissing))
            torn.isApproved = true
            #expect(throws: StorageError.self) { try store.save(.verdict(torn)) }
        }
    }

    @Test func `the history keeps who, when and why`() throws {
        let directory = TemporaryDirectory()
        _ = try reopened(directory) { store in
            let change = StateChange(
                at: MarketTime(micros: 1), wall: WallTime(micros: 2), symbol: ether, from: .active, to: .halted,
                who: "ann", why: "fork")
            try store.save(.change(change))
            try store.save(.change(change))
        }
        let database = try SQLiteDatabase(
            path: directory.path + "/risk.sqlite", migrations: RiskStore.migrations, access: .readOnly)
        let rows = try database.prepare("SELECT symbol || from_state || to_state || who || why FROM state_changes").all
        { $0.text(0) }
        #expect(rows == ["ETH/USDTactivehaltedannfork", "ETH/USDTactivehaltedannfork"])
    }
}
