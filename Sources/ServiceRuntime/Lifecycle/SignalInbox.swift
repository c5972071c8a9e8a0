import Glibc
import Synchronization

/// What the main thread waits for: signals, and news from the service's loop.
enum ProcessEvent: Hashable, Sendable {
    /// SIGTERM or SIGINT, by its number.
    case stop(Int32)
    /// SIGHUP.
    case reopenLogs
    /// There is news in the ``ServiceNews``.
    case news
    case timeout
}

/// Takes signals one by one on the thread that waits; nothing runs inside a signal handler.
enum SignalInbox {
    /// Raised by us to wake the waiting thread.
    private static let wake = SIGUSR2

    private static func handled() -> sigset_t {
        var set = sigset_t()
        sigemptyset(&set)
        for signal in [SIGTERM, SIGINT, SIGHUP, wake] { sigaddset(&set, signal) }
        return set
    }

    /// Holds the signals back from this thread and every thread made from now on. To be called before any is made.
    static func hold() {
        var set = handled()
        pthread_sigmask(SIG_BLOCK, &set, nil)
        // A peer that goes away is an error of a write, not the end of the process.
        signal(SIGPIPE, SIG_IGN)
    }

    /// Waits for the next event, at most `micros`.
    static func next(within micros: Int64) -> ProcessEvent {
        var set = handled()
        var limit = timespec(tv_sec: Int(max(0, micros) / 1_000_000), tv_nsec: Int(max(0, micros) % 1_000_000 * 1_000))
        switch sigtimedwait(&set, nil, &limit) {
        case SIGTERM: return .stop(SIGTERM)
        case SIGINT: return .stop(SIGINT)
        case SIGHUP: return .reopenLogs
        case wake: return .news
        default: return .timeout
        }
    }

    /// Makes the waiting thread look at the news.
    static func notify() { kill(getpid(), wake) }
}

/// What the service's loop has told the main thread.
final class ServiceNews: Sendable {
    struct State: Sendable {
        var hasStarted = false
        /// The first reason to end that came from inside.
        var failure: StopReason?
        var hasEnded = false
        /// The last ping the loop has answered.
        var pong = 0
    }

    private let state = Mutex(State())

    func read() -> State { state.withLock { $0 } }

    /// Notes that the loop has answered; nobody waits for that.
    func answer(_ ping: Int) { state.withLock { $0.pong = ping } }

    func post(_ change: (inout State) -> Void) {
        state.withLock { change(&$0) }
        SignalInbox.notify()
    }
}
