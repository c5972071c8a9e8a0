public import RiskCore
public import Storage
import TradingModel

/// The crossing between the core's records and the rows of `risk.sqlite`.
extension RiskStore {
    /// Writes one record.
    public func save(_ record: RiskRecord) throws(StorageError) {
        switch record {
        case .verdict(let verdict): try save(verdict)
        case .plan(let plan): try save(plan)
        case .order(let intent): try save(StoredIntent(intent))
        case .control(let control): try save(StoredControl(control))
        case .change(let change): try add(StoredChange(change))
        case .peakEquity(let equity): try save(peakEquity: equity)
        case .day(let day): try save(StoredDay(day))
        case .trade(let trade):
            try save(
                StoredClosedTrade(
                    id: trade.id, symbol: trade.symbol, side: trade.side, closedAt: trade.closedAt,
                    reason: trade.reason, profit: trade.profit))
        case .lock(let lock): try save(lock)
        case .netDeposits(let amount): try save(netDeposits: amount)
        case .clock(let mark): try save(clock: mark.market, at: mark.wall)
        }
    }

    /// Commits what must be on disk before an order leaves, in the shortest way. Returns `false`, having done nothing,
    /// where one of the records has no place in the journal.
    public func journal(_ records: [RiskRecord]) throws(StorageError) -> Bool {
        var entries: [JournalEntry] = []
        entries.reserveCapacity(records.count)
        for record in records {
            switch record {
            case .verdict(let verdict): entries.append(.verdict(verdict))
            case .plan(let plan): entries.append(.plan(plan))
            case .order(let intent): entries.append(.order(StoredIntent(intent)))
            case .day(let day): entries.append(.day(StoredDay(day)))
            case .control, .change, .peakEquity, .trade, .lock, .netDeposits, .clock: return false
            }
        }
        try journal(entries)
        return true
    }

    /// Everything the core goes on from.
    public func memory() throws(StorageError) -> RiskMemory {
        var memory = RiskMemory()
        if let control = try control() { memory.control = TradingControl(control) }
        memory.peakEquity = try peakEquity() ?? .zero
        memory.day = try day().map {
            DayRecord(day: $0.day, startEquity: $0.startEquity, trades: $0.trades, reachedLoss: $0.reachedLoss)
        }
        memory.plans = try plans(spent: 256)
        memory.orders = try intents().map(OrderIntent.init(stored:))
        memory.verdicts = try verdicts(4_096)
        memory.trades = try closedTrades(2_000).map {
            ClosedTrade(
                id: $0.id, symbol: $0.symbol, side: $0.side, closedAt: $0.closedAt, reason: $0.reason,
                profit: $0.profit)
        }
        memory.locks = try locks(1_000)
        memory.netDeposits = try netDeposits()
        memory.clock = try clock().map { ClockMark(market: $0.market, wall: $0.wall) }
        return memory
    }
}

extension StoredDay {
    fileprivate init(_ day: DayRecord) {
        self.init(day: day.day, startEquity: day.startEquity, trades: day.trades, reachedLoss: day.reachedLoss)
    }
}

extension StoredIntent {
    fileprivate init(_ intent: OrderIntent) {
        self.init(
            request: intent.request, planID: intent.planID, attempt: intent.attempt, expiresAt: intent.expiresAt,
            status: intent.status, filledQuantity: intent.filledQuantity, isSettled: intent.isSettled)
    }
}

extension OrderIntent {
    fileprivate init(stored: StoredIntent) {
        self.init(
            request: stored.request, planID: stored.planID, attempt: stored.attempt, expiresAt: stored.expiresAt,
            status: stored.status, filledQuantity: stored.filledQuantity, isSettled: stored.isSettled)
    }
}

extension StoredControl {
    fileprivate init(_ control: TradingControl) {
        func stored(_ symbol: Symbol?, _ hold: TradingControl.Hold, strategy: String? = nil) -> StoredHold {
            StoredHold(
                symbol: symbol, strategy: strategy, state: hold.state, who: hold.who, why: hold.why, since: hold.since)
        }
        let general = control.hold.map { [stored(nil, $0)] } ?? []
        let single = control.symbolHolds.sorted { $0.key < $1.key }.map { stored($0.key, $0.value) }
        self.init(
            automatic: control.automatic, automaticReason: control.automaticReason,
            automaticSince: control.automaticSince,
            holds: general + single
                + control.strategyHolds.sorted { $0.key < $1.key }.map { stored(nil, $0.value, strategy: $0.key) })
    }
}

extension TradingControl {
    fileprivate init(_ stored: StoredControl) {
        self.init()
        automatic = stored.automatic
        automaticReason = stored.automaticReason
        automaticSince = stored.automaticSince
        for hold in stored.holds {
            let own = Hold(state: hold.state, who: hold.who, why: hold.why, since: hold.since)
            if let symbol = hold.symbol {
                symbolHolds[symbol] = own
            } else if let strategy = hold.strategy {
                strategyHolds[strategy] = own
            } else {
                self.hold = own
            }
        }
    }
}

extension StoredChange {
    fileprivate init(_ change: StateChange) {
        self.init(
            at: change.at, wall: change.wall, symbol: change.symbol, strategy: change.strategy, from: change.from,
            to: change.to, who: change.who, why: change.why)
    }
}
