import TradingModel

/// Lock-step on risk's side: feed's facts of a step wait until execution has finished that step, and risk's own barrier
/// waits until every order it sent has been answered. In real time nothing waits.
struct LockStep: Sendable {
    let isOn: Bool
    /// Feed's facts that may not be handled yet; a step ends with its clock.
    private var queue: [RiskEvent] = []
    private var execution: Barrier?
    /// The step that has been handled and whose barrier is still owed.
    private var owed: Int?
    /// The last barrier that was published.
    private(set) var own: Barrier?

    init(isOn: Bool) { self.isOn = isOn }

    var isExecutionAttentive: Bool { execution?.isAttentive ?? false }

    /// A whole step has arrived and waits for execution.
    var hasWaitingStep: Bool { queue.contains(where: Self.isStepEnd) }

    mutating func queue(_ event: RiskEvent) { queue.append(event) }
    mutating func take(_ barrier: Barrier) { execution = barrier }
    /// Forgets the queue: a snapshot of feed replaces it.
    mutating func clear() { queue = [] }

    /// The facts of the next step that may be handled now, its clock last; `nil` while there is none. Ask again after
    /// each answer, and only once the barrier of the step before is published.
    mutating func next() -> [RiskEvent]? {
        guard owed == nil, let execution, let end = queue.firstIndex(where: Self.isStepEnd) else { return nil }
        guard case .clock(let clock) = queue[end], let step = clock.step, isPassed(step, by: execution) else {
            return nil
        }
        owed = step
        var facts: [RiskEvent] = []
        if end == queue.endIndex - 1 {
            swap(&facts, &queue)
        } else {
            facts = Array(queue[...end])
            queue.removeSubrange(...end)
        }
        return facts
    }

    /// The barrier of the step that was handled, once nothing is unanswered.
    mutating func finish(hasOpenRequests: Bool, isAttentive: Bool) -> Barrier? {
        guard let step = owed, !hasOpenRequests else { return nil }
        owed = nil
        let barrier = Barrier(step: step, isAttentive: isAttentive || isExecutionAttentive)
        own = barrier
        return barrier
    }

    private static func isStepEnd(_ event: RiskEvent) -> Bool {
        if case .clock(let clock) = event { return clock.step != nil }
        return false
    }

    /// A step is passed by a barrier of its number or a later one. Where the numbers have begun anew (a feed that started
    /// over), later ones are of the old count and only its own number passes it.
    private func isPassed(_ step: Int, by barrier: Barrier) -> Bool {
        if barrier.step == step { return true }
        return barrier.step > step && step >= (own?.step ?? 0)
    }
}
