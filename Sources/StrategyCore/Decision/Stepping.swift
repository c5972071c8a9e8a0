import TradingModel

/// Lock-step on strategy's side: feed's facts of a step wait until risk has finished that step.
///
/// In real time nothing waits and no step is ever finished.
struct Stepping: Sendable {
    private let isOn: Bool
    /// Feed's facts since the last released step.
    private var queue: [StrategyCore.Event] = []
    /// The step whose clock has arrived and that is not yet finished.
    private var pendingStep: Int?
    private var releasedStep: Int?
    private var riskBarrier = Barrier()
    private var finishedStep = 0
    /// Something was approved in this step, so that the next one shall be one price long.
    var isAttentive = false

    init(isOn: Bool) { self.isOn = isOn }

    /// Takes a candle or clock; returns what may be handled now.
    mutating func admit(_ event: StrategyCore.Event) -> [StrategyCore.Event] {
        guard isOn else { return [event] }
        queue.append(event)
        if case .clock(let clock) = event, let step = clock.step, step > finishedStep { pendingStep = step }
        return drain()
    }

    /// Takes risk's barrier; returns what may be handled now.
    mutating func release(_ barrier: Barrier) -> [StrategyCore.Event] {
        guard isOn, barrier.step >= riskBarrier.step else { return [] }
        riskBarrier = barrier
        return drain()
    }

    private mutating func drain() -> [StrategyCore.Event] {
        guard let step = pendingStep, riskBarrier.step >= step, releasedStep != step else { return [] }
        releasedStep = step
        defer { queue = [] }
        return queue
    }

    /// The barrier to send once a released step has nothing left to wait for.
    mutating func finish() -> Barrier? {
        guard isOn, let step = pendingStep, releasedStep == step else { return nil }
        finishedStep = step
        pendingStep = nil
        defer { isAttentive = false }
        return Barrier(step: step, isAttentive: isAttentive || riskBarrier.isAttentive)
    }
}
