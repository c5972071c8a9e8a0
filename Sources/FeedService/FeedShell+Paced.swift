import CandleFiles
import FeedCore
import Logging
import Messaging
import ServiceRuntime
import Storage
import TradingModel
import Venues

/// Paced mode: market time runs at a speed, and events are published when their time has come.
extension FeedShell {
    /// Longest stretch without looking at the sockets, in microseconds.
    private static let slice: Int64 = 3_000
    /// Longest sleep: the clock is published every 200 ms.
    private static let longestSleep = Span.milliseconds(50)

    func beginPaced() {
        pacer = Pacer(speed: context.settings.feed.speed, market: state.position, wall: Self.monotonicNow)
        pump()
    }

    private static var monotonicNow: WallTime { WallTime(micros: MonotonicClock.micros) }

    /// Publishes what is due and comes back when the next is.
    private func pump() {
        guard !isOver, var pacer else { return }
        let begin = Self.monotonicNow
        do throws(SourceError) {
            while true {
                let now = Self.monotonicNow
                guard let next = try source.nextTime() else { return finishPaced() }
                pacer.slip(next: next, at: now)
                self.pacer = pacer
                let reached = pacer.marketTime(at: now)
                guard next <= reached else {
                    handle(.timeReached(reached))
                    obey()
                    return sleep(until: next)
                }
                try publishMoment(next)
                guard !isOver else { return }
                if (now - begin).micros > Self.slice { break }
            }
        } catch {
            return fail(error)
        }
        bus.after(.zero) { self.pump() }
    }

    /// All events of one moment. How far has been published is stored every second: a restart repeats no more.
    private func publishMoment(_ time: MarketTime) throws(SourceError) {
        try takeNext()
        obey()
        advancePosition(to: time)
        handle(.timeReached(time))
        obey()
        if isStoreDue { storeCandles() }
    }

    private func sleep(until next: MarketTime) {
        guard let pacer else { return }
        let wait = pacer.wallTime(of: next) - Self.monotonicNow
        bus.after(min(max(wait, .zero), Self.longestSleep)) { self.pump() }
    }

    private func finishPaced() {
        handle(.sourceFinished)
        obey()
        storeCandles()
        isOver = true
        setHealth()
        log.notice("the source is at its end, at \(core.clock.marketTime); snapshots are still served")
    }
}
