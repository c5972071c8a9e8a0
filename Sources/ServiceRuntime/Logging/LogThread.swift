import Glibc
import TradingModel

/// A pipe that one thread waits on and others signal through; closed when the last owner lets go.
final class WakePipe: Sendable {
    private let reading: Int32
    private let writing: Int32

    /// `nil` where the process has no descriptor left.
    init?() {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { return nil }
        (reading, writing) = (ends[0], ends[1])
        for end in ends {
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
        }
    }

    deinit {
        close(reading)
        close(writing)
    }

    /// Never blocks: a pipe that is full is signalled already.
    func signal() {
        var byte: UInt8 = 1
        _ = write(writing, &byte, 1)
    }

    /// Waits for a signal, at most `milliseconds`; -1 is for ever. Takes all signals given so far.
    @discardableResult func wait(milliseconds: Int32 = -1) -> Bool {
        var waited = pollfd(fd: reading, events: Int16(POLLIN), revents: 0)
        guard poll(&waited, 1, milliseconds) > 0 else { return false }
        var bytes: (UInt64, UInt64) = (0, 0)
        while read(reading, &bytes, 16) == 16 {}
        return true
    }
}

/// Told when the writer has passed a point of the queue.
final class FlushTicket: Sendable {
    private let event: WakePipe
    init?() {
        guard let event = WakePipe() else { return nil }
        self.event = event
    }
    func done() { event.signal() }
    func wait(_ limit: Span) -> Bool { event.wait(milliseconds: Int32(clamping: max(0, limit.micros / 1_000))) }
}

/// Threads of our own.
enum ThreadStart {
    private final class Box: Sendable {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }

    /// Runs `body` on a new detached thread; `false` where the system refuses one.
    ///
    /// The thread takes no signals: those are for the main thread.
    static func detached(name: String, _ body: @escaping @Sendable () -> Void) -> Bool {
        var thread = pthread_t()
        var (all, old) = (sigset_t(), sigset_t())
        sigfillset(&all)
        pthread_sigmask(SIG_SETMASK, &all, &old)
        defer { pthread_sigmask(SIG_SETMASK, &old, nil) }
        let box = Unmanaged.passRetained(
            Box {
                nameThisThread(name)
                body()
            })
        let code = pthread_create(
            &thread, nil,
            { argument in
                guard let argument else { return nil }
                Unmanaged<Box>.fromOpaque(argument).takeRetainedValue().body()
                return nil
            }, box.toOpaque())
        guard code == 0 else {
            box.release()
            return false
        }
        pthread_detach(thread)
        return true
    }

    /// What `top -H` shows; at most 15 bytes.
    private static func nameThisThread(_ name: String) {
        let descriptor = open("/proc/thread-self/comm", O_WRONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        let bytes = Array(name.utf8.prefix(15))
        _ = write(descriptor, bytes, bytes.count)
        close(descriptor)
    }
}
