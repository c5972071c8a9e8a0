import TradingModel

/// A plan that is not spent, with what need not be saved: it is found out anew after a restart.
struct GuardedPlan: Sendable {
    var plan: ExitPlan
    /// Absent where the plan has no condition, or one that cannot be read.
    var watch: InvalidationWatch?
    /// The last price that was judged, and its time; an older one is ignored.
    var judgedAt: MarketTime
    var price: Price?
    /// Exit orders so far, in the order of their attempts.
    var exits: [ClientOrderID] = []
    var retry: Retry = .now
    var doubt: Doubt?
    /// The stops at the venue so far, in the order of their attempts, and why the last did not come to rest.
    var stops: [ClientOrderID] = []
    var stopFault: String?
    var stopRetryAt: WallTime?
    var stopFailures = 0

    /// When the next exit order may be made after one that came to nothing.
    enum Retry: Hashable, Sendable {
        case now
        /// Lock-step: with the symbol's next price, since wall time means nothing.
        case nextPrice
        case at(WallTime)
    }

    /// An order has traded, but the position does not show it yet.
    struct Doubt: Hashable, Sendable {
        var since: WallTime
        /// Only a snapshot with a larger number was asked for afterwards and settles it.
        var snapshot: Int
        /// The position is at most this large once it shows; `nil` where it is to appear at all.
        var expected: Quantity?
    }

    init(_ plan: ExitPlan) {
        self.plan = plan
        if !plan.invalidation.isEmpty,
            let condition = try? Invalidation(parsing: plan.invalidation, timeframe: .fiveMinutes)
        {
            watch = InvalidationWatch(condition)
        }
        judgedAt = plan.updatedAt
    }
}

/// An order request as the core follows it.
struct TrackedOrder: Sendable {
    var intent: OrderIntent
    var answer: Answer
    /// When a cancel was last asked for.
    var cancelAskedAt: WallTime?

    enum Answer: Hashable, Sendable {
        /// Sent, nothing heard yet.
        case awaited
        /// The request ended without an answer; asked for again from then on.
        case unknown(nextQuery: WallTime)
        /// Execution has it.
        case known
    }

    /// Neither settled nor known to execution for sure: lock-step waits for it.
    var isOpenRequest: Bool { !intent.isSettled && answer != .known }
    /// It is at the venue for certain and waits there.
    var isResting: Bool {
        guard !intent.isSettled, answer == .known else { return false }
        return intent.status == .accepted || intent.status == .partiallyFilled
    }
    var isUnresolved: Bool {
        guard !intent.isSettled else { return false }
        if case .unknown = answer { return true }
        return intent.status == .unresolved
    }
}

/// The latest values by key, the oldest forgotten first.
struct BoundedMemory<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private var values: [Key: Value] = [:]
    private var order: [Key] = []
    private var oldest = 0
    let capacity: Int

    init(capacity: Int) { self.capacity = capacity }

    subscript(key: Key) -> Value? { values[key] }

    mutating func store(_ value: Value, for key: Key) {
        guard values.updateValue(value, forKey: key) == nil else { return }
        if order.count < capacity {
            order.append(key)
        } else {
            values[order[oldest]] = nil
            order[oldest] = key
            oldest = (oldest + 1) % capacity
        }
    }
}
