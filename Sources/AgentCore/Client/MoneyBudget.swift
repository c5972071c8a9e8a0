public import TradingModel

/// A day's money for questions. It cannot be passed: the most a question can cost is reserved before it is asked.
///
/// A reservation whose answer never comes stays spent, since the provider may have charged it. The day is the UTC day of the
/// machine's clock; a clock set back does not give the money again.
public struct MoneyBudget: Hashable, Sendable {
    public let limit: Money
    public private(set) var day: Int64 = 0
    public private(set) var spent: Money = .zero
    private var reserved: [String: Money] = [:]

    public init(limit: Money) { self.limit = limit }

    /// What is spent or reserved today.
    public var committed: Money { reserved.values.reduce(spent, +) }
    public var left: Money {
        let rest = limit - committed
        return rest.isNegative ? .zero : rest
    }

    /// Takes over what the records say was spent on the day of `now`.
    public mutating func restore(spent amount: Money, at now: WallTime) {
        turn(now)
        spent = amount
    }

    /// Sets the most a question can cost aside; `false` where the day's money does not cover it, and then it is not asked.
    public mutating func reserve(_ amount: Money, for id: String, at now: WallTime) -> Bool {
        turn(now)
        guard !amount.isNegative, reserved[id] == nil, committed + amount <= limit else { return false }
        reserved[id] = amount
        return true
    }

    /// What the question did cost; `nil` where nobody knows, and then it cost what was set aside.
    public mutating func settle(_ id: String, cost: Money?, at now: WallTime) {
        guard let amount = reserved.removeValue(forKey: id) else { return }
        turn(now)
        spent += cost ?? amount
    }

    private mutating func turn(_ now: WallTime) {
        let today = now.micros / 86_400_000_000
        guard today > day else { return }
        day = today
        // Reservations of yesterday's open questions count for today: they will be paid today.
        spent = .zero
    }
}
