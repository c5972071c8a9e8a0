import RiskCore
import TradingModel

/// Risk's database in memory: keeps what was committed, gives it back as a start does.
struct MemoryStore {
    private(set) var memory = RiskMemory()
    private(set) var history: [StateChange] = []
    private var plans: [String: ExitPlan] = [:]
    private var planOrder: [String] = []
    private var orders: [ClientOrderID: OrderIntent] = [:]
    private var orderOrder: [ClientOrderID] = []
    private var verdicts: [String: Verdict] = [:]
    private var verdictOrder: [String] = []

    mutating func commit(_ records: [RiskRecord]) {
        for record in records {
            switch record {
            case .verdict(let verdict):
                if verdicts.updateValue(verdict, forKey: verdict.proposalID) == nil {
                    verdictOrder.append(verdict.proposalID)
                }
            case .plan(let plan):
                if plans.updateValue(plan, forKey: plan.id) == nil { planOrder.append(plan.id) }
            case .order(let intent):
                if orders.updateValue(intent, forKey: intent.id) == nil { orderOrder.append(intent.id) }
            case .control(let control): memory.control = control
            case .change(let change): history.append(change)
            case .peakEquity(let peak): memory.peakEquity = peak
            case .day(let day): memory.day = day
            case .trade(let trade):
                memory.trades.removeAll { $0.id == trade.id }
                memory.trades.append(trade)
            case .lock(let lock):
                memory.locks.removeAll {
                    $0.protection == lock.protection && $0.symbol == lock.symbol && $0.side == lock.side
                }
                memory.locks.append(lock)
            case .netDeposits(let amount): memory.netDeposits = amount
            case .clock(let mark): memory.clock = mark
            }
        }
    }

    var restored: RiskMemory {
        var memory = memory
        memory.plans = planOrder.suffix(50).compactMap { plans[$0] }
        let open = Set(memory.plans.filter { $0.status != .spent }.map(\.id))
        memory.orders = orderOrder.suffix(100).compactMap { orders[$0] }.filter {
            open.contains($0.planID) || !$0.isSettled
        }
        memory.verdicts = verdictOrder.compactMap { verdicts[$0] }
        return memory
    }

    func plan(_ id: String) -> ExitPlan? { plans[id] }
    func verdict(_ id: String) -> Verdict? { verdicts[id] }
}
