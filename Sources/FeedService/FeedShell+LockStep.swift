import CandleFiles
import FeedCore
import Logging
import Messaging
import ServiceRuntime
import Storage
import TradingModel
import Venues
import Wire

/// Where the lock-step stands.
struct LockStep: Hashable, Sendable {
    let planner: StepPlanner
    /// The step that was published and is being waited for.
    var step = 0
    /// How far it reaches.
    var end: MarketTime = .distantPast
    var isLast = false
}

/// Lock-step mode: a step is published, then nothing until strategy has asked for the next.
///
/// A step is written before it is published: its number, where it begins and where it ends. A feed that dies within it
/// publishes the very same step again; whoever has seen it drops what is not newer.
extension FeedShell {
    func beginLockStep() {
        lockStep = LockStep(
            planner: StepPlanner(decisionInterval: .minutes(Int64(context.settings.strategy.decisionMinutes))))
        if let step = state.step, let end = state.stepEnd {
            publish(step: step, end: end)
        } else {
            // The first step is empty, so that a service that subscribes after feed has begun misses nothing.
            publish(step: 1, end: state.position)
        }
    }

    /// Why a step cannot have been finished; `nil` where it can.
    func refusal(of barrier: Barrier) -> Refusal? {
        guard let lockStep else {
            return Refusal(
                .unavailable, "feed does not run in lock-step (feed.speed is not 0), so there are no steps to finish")
        }
        guard barrier.step <= lockStep.step else {
            return Refusal(
                .notReady, "step \(barrier.step) is finished before it began: feed is at step \(lockStep.step)")
        }
        return nil
    }

    /// Publishes the step after the one that has just been finished.
    func advance(isAttentive: Bool) {
        guard let lockStep, !lockStep.isLast, !isOver else { return }
        advancePosition(to: lockStep.end)
        do throws(SourceError) {
            let next = try source.nextTime()
            guard let end = lockStep.planner.end(after: state.position, next: next, isAttentive: isAttentive) else {
                return
            }
            publish(step: lockStep.step + 1, end: end)
        } catch {
            fail(error)
        }
    }

    private func publish(step: Int, end: MarketTime) {
        guard writeStep(step, end) else { return }
        var last = state.position
        do throws(SourceError) {
            while let time = try source.nextTime(), time <= end {
                try takeNext()
                last = time
            }
            let isLast = try source.nextTime() == nil
            lockStep?.step = step
            lockStep?.end = end
            lockStep?.isLast = isLast
            // No time passes after the last event: nobody shall decide on a boundary that the data does not reach.
            handle(.stepEnded(step: step, at: isLast ? last : end, isLast: isLast))
            obey()
            if isLast {
                setHealth()
                log.notice("step \(step) is the last: the source is at its end, at \(last)")
            }
        } catch {
            fail(error)
        }
    }

    /// What must be known of a step before anybody sees it.
    private func writeStep(_ step: Int, _ end: MarketTime) -> Bool {
        state.step = step
        state.stepEnd = end
        if isStoreDue {
            storeCandles()
            return !isOver
        }
        do throws(StorageError) {
            try store.store(step: step, after: state.position, end: end)
            return true
        } catch {
            fail(error)
            return false
        }
    }
}
