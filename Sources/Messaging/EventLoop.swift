import CZeroMQ
import Glibc
import Synchronization

/// One thread that owns sockets, timers and actors, and sleeps in one place for all of them.
///
/// An actor whose executor is the loop, the handlers of its sockets and its timers all run on this thread, one after the
/// other: a message is handled where it is read, without a task, a continuation or a queue in between. Sockets, timers
/// and watches are used on the loop's thread only; ``execute(_:)``, ``enqueue(_:)``, ``run(_:)`` and ``stop()`` from any.
///
/// The loop waits on libzmq's own descriptors (`ZMQ_FD`) with epoll instead of `zmq_poll`, which asks every socket for
/// its events before and after each sleep; a socket that is readable is read until it says `EAGAIN`, which is what
/// libzmq asks of users of `ZMQ_FD` (api.zeromq.org/4-3:zmq-getsockopt).
///
/// `@unchecked Sendable`: `inbox` is a mutex, `thread` and `ended` are atomics, the descriptors and the context never
/// change, and everything else is touched only by the loop's thread, which each entry point asserts.
public final class EventLoop: SerialExecutor, @unchecked Sendable {
    /// The name of the thread, as `top -H` shows it.
    public let name: String
    /// The libzmq context that all sockets of this loop share.
    let context: UnsafeMutableRawPointer
    private let pollDescriptor: Int32
    private let wakeDescriptor: Int32
    /// One kernel timer for the soonest deadline. A sleep with a timeout would set and clear one each time, which costs
    /// more than the rest of the sleep in a virtual machine; this is set only when the soonest deadline moves forward.
    private let timerDescriptor: Int32
    /// Has the descriptors once more that are urgent, so that one system call tells whether one of them is readable.
    private let urgentDescriptor: Int32
    private let inbox = Mutex(Inbox())
    private let thread = Atomic<UInt>(0)
    private let ended = Atomic<Bool>(false)

    // Touched by the loop's thread only.
    private var timers = TimerHeap()
    /// What the kernel timer is set to; `.max` when it is not.
    private var armedDeadline = Int64.max
    private var mayHaveDueTimers = false
    private var watches = WatchTable()
    private var pending: [WatchID] = []
    private var pendingUrgent: [WatchID] = []
    private var resources: [ObjectIdentifier: any LoopResource] = [:]
    private var heldLocks: [SocketLock] = []
    private let events = UnsafeMutablePointer<epoll_event>.allocate(capacity: EventLoop.eventsAWait)

    private let urgentEvents = UnsafeMutablePointer<epoll_event>.allocate(capacity: EventLoop.urgentAWait)

    private static let eventsAWait = 64
    private static let urgentAWait = 16

    private struct Inbox {
        var work: [Work] = []
        /// Whether the thread will look at `work` again before it sleeps.
        var isAwake = true
        var isStopping = false
        var waiters: [CheckedContinuation<Void, Never>] = []
        var hasEnded = false
    }

    private enum Work {
        case job(UnownedJob)
        case call(@Sendable () -> Void)
    }

    /// Starts the thread. It runs until ``stop()``.
    /// - Throws: ``MessagingError`` where the system is out of descriptors or threads.
    public init(name: String = "loop") throws {
        self.name = name
        guard let context = zmq_ctx_new() else { throw MessagingError.system("Creating a libzmq context") }
        self.context = context
        pollDescriptor = epoll_create1(Int32(EPOLL_CLOEXEC))
        wakeDescriptor = eventfd(0, Int32(EFD_CLOEXEC) | Int32(EFD_NONBLOCK))
        timerDescriptor = timerfd_create(CLOCK_MONOTONIC, Int32(TFD_CLOEXEC) | Int32(TFD_NONBLOCK))
        urgentDescriptor = epoll_create1(Int32(EPOLL_CLOEXEC))
        guard pollDescriptor >= 0, wakeDescriptor >= 0, timerDescriptor >= 0, urgentDescriptor >= 0 else {
            throw MessagingError.system("Opening the loop's descriptors")
        }
        try addToPoll(pollDescriptor, wakeDescriptor, token: WatchID.wake.token)
        try addToPoll(pollDescriptor, timerDescriptor, token: WatchID.timer.token)
        try startThread()
    }

    deinit {
        events.deallocate()
        urgentEvents.deallocate()
        Glibc.close(urgentDescriptor)
        Glibc.close(timerDescriptor)
        Glibc.close(wakeDescriptor)
        Glibc.close(pollDescriptor)
    }

    private func startThread() throws {
        var id = pthread_t()
        let code = pthread_create(
            &id, nil,
            { argument in
                guard let argument else { return nil }
                Unmanaged<EventLoop>.fromOpaque(argument).takeRetainedValue().main()
                return nil
            }, Unmanaged.passRetained(self).toOpaque())
        guard code == 0 else {
            Unmanaged.passUnretained(self).release()
            throw MessagingError.system("Starting the thread of the loop", code)
        }
        pthread_detach(id)
    }

    // MARK: From any thread

    /// Whether the caller runs on the loop's thread.
    public var isCurrent: Bool { thread.load(ordering: .relaxed) == pthread_self() }

    /// Runs `body` on the loop's thread, soon. After the loop has ended it is dropped.
    public func execute(_ body: @escaping @Sendable () -> Void) { add(.call(body)) }

    /// Runs `body` on the loop's thread and waits for it; at once where the caller is that thread or the loop has ended.
    public func run<T>(_ body: () throws -> T) rethrows -> T {
        if isCurrent || ended.load(ordering: .acquiring) { return try body() }
        return try runBlocking(body)
    }

    /// Asks the loop to end: work that is queued is done, sockets are closed, the thread leaves.
    public func stop() {
        let mustWake = inbox.withLock { inbox in
            inbox.isStopping = true
            return !inbox.isAwake
        }
        if mustWake { wake() }
    }

    /// Returns when the thread has closed its sockets and left.
    public func stopped() async {
        await withCheckedContinuation { continuation in
            let isOver = inbox.withLock { inbox in
                if !inbox.hasEnded { inbox.waiters.append(continuation) }
                return inbox.hasEnded
            }
            if isOver { continuation.resume() }
        }
    }

    // MARK: SerialExecutor

    public func asUnownedSerialExecutor() -> UnownedSerialExecutor { UnownedSerialExecutor(ordinary: self) }

    public func enqueue(_ job: consuming ExecutorJob) { add(.job(UnownedJob(job))) }

    public func checkIsolated() { precondition(isCurrent, "Invariant: code of loop \(name) runs on its thread") }

    public func isIsolatingCurrentContext() -> Bool? { isCurrent }

    private func add(_ work: Work) {
        let mustWake = inbox.withLock { inbox in
            guard !inbox.hasEnded else { return false }
            inbox.work.append(work)
            return !inbox.isAwake
        }
        if mustWake { wake() }
    }

    private func wake() {
        var one: UInt64 = 1
        _ = write(wakeDescriptor, &one, 8)
    }

    private func runBlocking<T>(_ body: () throws -> T) rethrows -> T {
        try withoutActuallyEscaping(body) { body in
            let call = BlockingCall(body)
            execute { call.run() }
            return try call.wait()
        }
    }

    // MARK: Timers, on the loop's thread

    /// Runs `body` once, `micros` microseconds from now.
    @discardableResult
    public func after(micros: Int64, _ body: @escaping () -> Void) -> TimerID {
        checkIsolated()
        return timers.add(at: MonotonicClock.micros + max(0, micros), interval: 0, body)
    }

    /// Runs `body` every `micros` microseconds (at least 100); runs that were missed are not made up for.
    @discardableResult
    public func every(micros: Int64, _ body: @escaping () -> Void) -> TimerID {
        checkIsolated()
        let interval = max(100, micros)
        return timers.add(at: MonotonicClock.micros + interval, interval: interval, body)
    }

    /// Forgets a timer; one that has run is ignored.
    public func cancel(_ timer: TimerID) {
        checkIsolated()
        timers.cancel(timer)
    }

    // MARK: Watches, on the loop's thread

    /// Runs `body` whenever `descriptor` is readable, until ``unwatch(_:)``. The descriptor stays the caller's.
    ///
    /// An urgent one is also asked between two messages of a subscription: whoever waits for an answer does not wait
    /// until everything that was published has been taken in.
    public func watch(_ descriptor: Int32, isUrgent: Bool = false, _ body: @escaping () -> Void) throws -> WatchID {
        checkIsolated()
        let id = watches.add(descriptor, isUrgent: isUrgent, body)
        do {
            try addToPoll(pollDescriptor, descriptor, token: id.token)
            if isUrgent { try addToPoll(urgentDescriptor, descriptor, token: id.token) }
        } catch {
            unwatch(id)
            throw error
        }
        return id
    }

    /// Ends a watch; one that has ended is ignored. Call it before the descriptor is closed.
    public func unwatch(_ id: WatchID) {
        checkIsolated()
        guard let descriptor = watches.remove(id) else { return }
        epoll_ctl(pollDescriptor, EPOLL_CTL_DEL, descriptor, nil)
        epoll_ctl(urgentDescriptor, EPOLL_CTL_DEL, descriptor, nil)
    }

    /// Runs the body of a watch once before the loop sleeps again, readable or not.
    func runSoon(_ id: WatchID) {
        guard watches.setPending(id) else { return }
        if watches.isUrgent(id) { pendingUrgent.append(id) } else { pending.append(id) }
    }

    /// Runs the urgent watches that have something to do. Call it from the body of a watch that is not urgent, where
    /// nothing is half done; it costs one system call.
    func letUrgentPass() {
        runPendingUrgent()
        let count = epoll_wait(urgentDescriptor, urgentEvents, Int32(EventLoop.urgentAWait), 0)
        guard count > 0 else { return }
        for index in 0..<Int(count) { watches.body(of: WatchID(token: urgentEvents[index].data.u64))?() }
        runPendingUrgent()
    }

    /// Lets libzmq's thread run, which carries a message out that was just handed over: where it was woken on this
    /// processor, it would otherwise wait until this thread has done all that can wait. Costs half a microsecond.
    func letOut() { sched_yield() }

    // MARK: What is closed when the loop ends

    func register(_ resource: any LoopResource) {
        checkIsolated()
        resources[ObjectIdentifier(resource)] = resource
    }

    func unregister(_ resource: any LoopResource) { resources[ObjectIdentifier(resource)] = nil }

    /// Keeps the lock of a bound path until the context is gone: libzmq closes the socket some time after `zmq_close`, and
    /// some versions then unlink the path, which must not be that of a successor.
    func keepUntilEnd(_ lock: SocketLock) { heldLocks.append(lock) }

    private func addToPoll(_ poll: Int32, _ descriptor: Int32, token: UInt64) throws {
        var event = epoll_event()
        event.events = EPOLLIN.rawValue
        event.data.u64 = token
        guard epoll_ctl(poll, EPOLL_CTL_ADD, descriptor, &event) == 0 else {
            throw MessagingError.system("Watching descriptor \(descriptor)")
        }
    }
}

// MARK: - The thread

extension EventLoop {
    private func main() {
        thread.store(pthread_self(), ordering: .relaxed)
        nameThread()
        while true {
            runWork()
            runTimers()
            runPending()
            guard let maySleep = prepareToSleep() else { break }
            wait(maySleep: maySleep)
        }
        end()
    }

    /// The Glibc module has no `pthread_setname_np`; the kernel takes the name from a file as well.
    private func nameThread() {
        let descriptor = open("/proc/thread-self/comm", O_WRONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        let bytes = Array(name.utf8.prefix(15))
        _ = write(descriptor, bytes, bytes.count)
        Glibc.close(descriptor)
    }

    private func runWork() {
        let work = inbox.withLock { inbox in
            inbox.isAwake = true
            guard !inbox.work.isEmpty else { return [Work]() }
            let work = inbox.work
            inbox.work.removeAll(keepingCapacity: true)
            return work
        }
        for item in work {
            switch item {
            case .job(let job): job.runSynchronously(on: asUnownedSerialExecutor())
            case .call(let body): body()
            }
        }
    }

    private func runTimers() {
        guard mayHaveDueTimers else { return }
        mayHaveDueTimers = false
        let now = MonotonicClock.micros
        while let body = timers.takeDue(at: now) { body() }
    }

    private func runPendingUrgent() {
        guard !pendingUrgent.isEmpty else { return }
        let ready = pendingUrgent
        pendingUrgent.removeAll(keepingCapacity: true)
        for id in ready { watches.takePending(id)?() }
    }

    private func runPending() {
        runPendingUrgent()
        guard !pending.isEmpty else { return }
        let ready = pending
        pending.removeAll(keepingCapacity: true)
        for id in ready { watches.takePending(id)?() }
    }

    /// Whether there is nothing to do until something happens; `nil` when the loop is to end.
    private func prepareToSleep() -> Bool? {
        if let deadline = timers.nextDeadline(), deadline < armedDeadline { arm(deadline) }
        let isIdle = pending.isEmpty && pendingUrgent.isEmpty && !mayHaveDueTimers
        return inbox.withLock { inbox in
            guard inbox.work.isEmpty else { return false }
            if inbox.isStopping { return nil }
            inbox.isAwake = !isIdle
            return isIdle
        }
    }

    /// Sets the kernel timer. One that was set for a timer that is cancelled since wakes the loop once for nothing.
    private func arm(_ deadline: Int64) {
        armedDeadline = deadline
        guard deadline > MonotonicClock.micros else {
            armedDeadline = .max
            mayHaveDueTimers = true
            return
        }
        var time = itimerspec()
        time.it_value = timespec(tv_sec: Int(deadline / 1_000_000), tv_nsec: Int(deadline % 1_000_000) * 1_000)
        timerfd_settime(timerDescriptor, Int32(TFD_TIMER_ABSTIME), &time, nil)
    }

    private func wait(maySleep: Bool) {
        let count = epoll_wait(pollDescriptor, events, Int32(EventLoop.eventsAWait), maySleep ? -1 : 0)
        guard count > 0 else { return }
        for index in 0..<Int(count) {
            let id = WatchID(token: events[index].data.u64)
            switch id {
            case .wake: drain(wakeDescriptor)
            case .timer:
                drain(timerDescriptor)
                armedDeadline = .max
                mayHaveDueTimers = true
            default: watches.body(of: id)?()
            }
        }
    }

    private func drain(_ descriptor: Int32) {
        var counter: UInt64 = 0
        _ = read(descriptor, &counter, 8)
    }

    private func end() {
        for resource in Array(resources.values) { resource.close() }
        resources.removeAll()
        timers.removeAll()
        watches.removeAll()
        pending.removeAll()
        pendingUrgent.removeAll()
        // Waits until what was sent is out or its LINGER is over.
        while zmq_ctx_term(context) != 0, zmq_errno() == EINTR {}
        for lock in heldLocks { lock.removeSocket() }
        heldLocks.removeAll()
        ended.store(true, ordering: .releasing)
        let waiters = inbox.withLock { inbox in
            inbox.hasEnded = true
            inbox.work.removeAll()
            defer { inbox.waiters.removeAll() }
            return inbox.waiters
        }
        for waiter in waiters { waiter.resume() }
    }
}

/// Something that the loop closes when it ends.
protocol LoopResource: AnyObject {
    func close()
}
