import TradingModel

/// How many questions may be asked within any minute of the wall clock.
struct QuestionRate: Sendable {
    let limit: Int
    private var asked: [WallTime] = []

    init(limit: Int) { self.limit = limit }

    /// Takes a place; `false` where there is none. A clock set back frees none.
    mutating func admit(_ now: WallTime) -> Bool {
        asked.removeAll { now - $0 >= .minutes(1) }
        guard asked.count < limit else { return false }
        asked.append(now)
        return true
    }
}
