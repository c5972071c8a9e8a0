import Glibc
import Logging
import Messaging
import TradingModel
import Wire

/// One service process from its start to its end, on the main thread, which only waits.
struct ServiceRunner {
    let name: ServiceName
    let notifier: SystemdNotifier
    let sink: LogSink
    let log: Logger
    let loop: EventLoop
    let news: ServiceNews
    /// Stops the service; runs on the loop's thread.
    let stop: @Sendable (StopReason) -> Void
    /// When the process began, by the monotonic clock.
    let begin: Int64
    /// From the request to stop to the forced end, in microseconds.
    var patience: Int64 = 5_000_000

    private struct Progress {
        var isReady = false
        /// Why it stops; `nil` while it runs.
        var reason: StopReason?
        var stopBegan: Int64 = 0
        var deadline: Int64 = .max
        var nextPing: Int64 = .max
        var ping = 0
    }

    /// Waits until the service has ended and returns how its process is to end. A second request to stop, or a stop that
    /// takes longer than `patience`, ends the process at once.
    func supervise() -> ExitStatus {
        var progress = Progress()
        while true {
            let now = MonotonicClock.micros
            let due = min(progress.deadline, progress.nextPing, now + 3_600_000_000)
            switch SignalInbox.next(within: due - now) {
            case .stop(let signal):
                if progress.reason != nil {
                    // A terminal and a supervisor may both pass on the same wish.
                    let isRepeat = MonotonicClock.micros - progress.stopBegan < 500_000
                    if !isRepeat { force("a second signal came while it was stopping") }
                    continue
                }
                beginStop(.requested(signal == SIGTERM ? "SIGTERM" : "SIGINT"), &progress)
            case .reopenLogs:
                sink.reopen()
                log.info("Log files are opened again after SIGHUP.")
            case .news:
                if let status = take(news.read(), &progress) { return status }
            case .timeout: break
            }
            let after = MonotonicClock.micros
            if after >= progress.deadline { force("it did not stop within \(Span(micros: patience))") }
            if after >= progress.nextPing { giveSignOfLife(&progress, at: after) }
        }
    }

    private func take(_ state: ServiceNews.State, _ progress: inout Progress) -> ExitStatus? {
        if state.hasEnded {
            switch progress.reason {
            case .failed(let status, _): return status
            case .requested, nil: return .success
            }
        }
        if let failure = state.failure, progress.reason == nil {
            if case .failed(_, let sentence) = failure { log.critical("\(sentence)") }
            beginStop(failure, &progress)
        }
        if state.hasStarted, !progress.isReady, progress.reason == nil {
            progress.isReady = true
            let elapsed = Span(micros: MonotonicClock.micros - begin)
            log.notice("\(name.rawValue) is up after \(elapsed).")
            notifier.ready("running")
            if notifier.watchdogInterval != nil { giveSignOfLife(&progress, at: MonotonicClock.micros) }
        }
        return nil
    }

    private func beginStop(_ reason: StopReason, _ progress: inout Progress) {
        progress.reason = reason
        progress.stopBegan = MonotonicClock.micros
        progress.deadline = progress.stopBegan + patience
        if case .requested(let signal) = reason { log.notice("\(name.rawValue) stops in good order after \(signal).") }
        notifier.stopping("stopping")
        let (loop, news, stop) = (loop, news, stop)
        loop.execute {
            stop(reason)
            loop.stop()
        }
        // Waiting costs a continuation, once in the life of a process.
        Task {
            await loop.stopped()
            news.post { $0.hasEnded = true }
        }
    }

    /// Tells the manager that we live where the loop has answered since the last time, and asks the loop anew.
    private func giveSignOfLife(_ progress: inout Progress, at now: Int64) {
        guard let interval = notifier.watchdogInterval else { return }
        if news.read().pong == progress.ping { notifier.watchdog() }
        progress.ping += 1
        progress.nextPing = now + interval.micros
        let (ping, news) = (progress.ping, news)
        loop.execute { news.answer(ping) }
    }

    private func force(_ why: String) -> Never {
        log.critical("\(name.rawValue) is ended by force: \(why).")
        sink.flush(within: .milliseconds(200))
        _exit(ExitStatus.software.rawValue)
    }
}
