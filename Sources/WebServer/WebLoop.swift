import CEpoll
import Glibc
import Synchronization

/// The server's thread: it owns every connection and sleeps in one place for all of them.
///
/// `@unchecked Sendable`: `inbox` and `counters` are mutexes, descriptors, limits and handler never change, and
/// everything else is touched only by the thread, which alone runs what is posted.
final class WebLoop: @unchecked Sendable {
    let limits: WebServerLimits
    let handler: WebServer.Handler
    let counters = Mutex(WebServer.Counters())
    private let inbox = Mutex(Inbox())
    private let listener: ListenSocket
    private let pollDescriptor: Int32
    private let wakeDescriptor: Int32

    // Touched by the thread only.
    private var connections: [UInt64: Connection] = [:]
    /// Connections that were turned away and whose answer is on its way.
    private var refusals = 0
    private var nextID = WebLoop.firstConnection
    private var isListening = true
    private var stopDeadline: Int64?
    private var nextSweep: Int64 = 0
    /// Given up for a moment when the process is out of descriptors, so that a waiting client can be sent away.
    private var spareDescriptor: Int32
    private let events = UnsafeMutablePointer<epoll_event>.allocate(capacity: WebLoop.eventsAWait)
    let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: 65_536, alignment: 16)
    private var date = HTTPDate()

    private static let eventsAWait = 256
    private static let wakeToken: UInt64 = 0
    private static let listenerToken: UInt64 = 1
    private static let firstConnection: UInt64 = 16
    /// How often deadlines are looked at; a limit is exact to this.
    private static let sweepMicros: Int64 = 100_000
    private static let refusalsAtOnce = 64

    private struct Inbox {
        var work: [(WebLoop) -> Void] = []
        var isAwake = true
        var grace: Duration?
        var waiters: [CheckedContinuation<Void, Never>] = []
        var hasEnded = false
    }

    init(listener: ListenSocket, limits: WebServerLimits, handler: @escaping WebServer.Handler) throws {
        self.listener = listener
        self.limits = limits
        self.handler = handler
        pollDescriptor = epoll_create1(Int32(EPOLL_CLOEXEC))
        wakeDescriptor = eventfd(0, Int32(EFD_CLOEXEC) | Int32(EFD_NONBLOCK))
        spareDescriptor = open("/dev/null", O_RDONLY | O_CLOEXEC)
        guard pollDescriptor >= 0, wakeDescriptor >= 0 else {
            throw WebServerError.system("Opening the server's descriptors")
        }
        guard control(EPOLL_CTL_ADD, wakeDescriptor, WebLoop.wakeToken, EPOLLIN.rawValue),
            control(EPOLL_CTL_ADD, listener.descriptor, WebLoop.listenerToken, EPOLLIN.rawValue)
        else { throw WebServerError.system("Watching the listening socket") }
    }

    deinit {
        events.deallocate()
        scratch.deallocate()
        if isListening { Glibc.close(listener.descriptor) }
        for descriptor in [spareDescriptor, wakeDescriptor, pollDescriptor] where descriptor >= 0 {
            Glibc.close(descriptor)
        }
    }

    func start() throws {
        var id = pthread_t()
        let code = pthread_create(
            &id, nil,
            { argument in
                guard let argument else { return nil }
                Unmanaged<WebLoop>.fromOpaque(argument).takeRetainedValue().main()
                return nil
            }, Unmanaged.passRetained(self).toOpaque())
        guard code == 0 else {
            Unmanaged.passUnretained(self).release()
            throw WebServerError("Starting the server's thread failed: \(String(cString: strerror(code)))")
        }
        pthread_detach(id)
    }

    // MARK: From any thread

    /// Runs `work` on the thread, soon. After the end it is dropped.
    func post(_ work: @escaping @Sendable (WebLoop) -> Void) {
        let mustWake = inbox.withLock { inbox in
            guard !inbox.hasEnded else { return false }
            inbox.work.append(work)
            return !inbox.isAwake
        }
        if mustWake { wake() }
    }

    func beginStop(grace: Duration) {
        let mustWake = inbox.withLock { inbox in
            if inbox.grace == nil { inbox.grace = grace }
            return !inbox.isAwake
        }
        if mustWake { wake() }
    }

    func stopped() async {
        await withCheckedContinuation { continuation in
            let isOver = inbox.withLock { inbox in
                if !inbox.hasEnded { inbox.waiters.append(continuation) }
                return inbox.hasEnded
            }
            if isOver { continuation.resume() }
        }
    }

    private func wake() {
        var one: UInt64 = 1
        _ = write(wakeDescriptor, &one, 8)
    }

    // MARK: On the thread

    var isStopping: Bool { stopDeadline != nil }

    var now: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) &* 1_000_000 &+ Int64(time.tv_nsec) / 1_000
    }

    func dateText() -> String { date.text(seconds: time(nil)) }

    func connection(_ id: UInt64) -> Connection? { connections[id] }

    @discardableResult
    func control(_ operation: Int32, _ descriptor: Int32, _ token: UInt64, _ interest: UInt32) -> Bool {
        var event = epoll_event()
        event.events = interest
        event.data.u64 = token
        return epoll_ctl(pollDescriptor, operation, descriptor, &event) == 0
    }

    /// Forgets a connection whose descriptor is closed.
    func remove(_ connection: Connection) {
        guard connections.removeValue(forKey: connection.id) != nil else { return }
        if connection.isRefusal { refusals -= 1 }
        countOpen()
    }

    private func countOpen() {
        let open = connections.count - refusals
        counters.withLock { $0.open = open }
    }

    private func main() {
        while true {
            guard runWork() else { break }
            let isBusy = inbox.withLock { inbox in
                inbox.isAwake = !inbox.work.isEmpty || (inbox.grace != nil && !isStopping)
                return inbox.isAwake
            }
            waitAndServe(timeout: isBusy ? 0 : connections.isEmpty && !isStopping ? -1 : 100)
            if !connections.isEmpty, now >= nextSweep {
                let moment = now
                nextSweep = moment + WebLoop.sweepMicros
                for connection in Array(connections.values) { connection.checkDeadlines(at: moment) }
            }
        }
        end()
    }

    /// Whether the loop goes on.
    private func runWork() -> Bool {
        let (work, grace) = inbox.withLock { inbox in
            inbox.isAwake = true
            let work = inbox.work
            inbox.work = []
            return (work, inbox.grace)
        }
        for item in work { item(self) }
        if let grace, stopDeadline == nil {
            stopDeadline = now + grace.micros
            closeListener()
            for connection in Array(connections.values) { connection.prepareToStop() }
        }
        guard let stopDeadline else { return true }
        return !connections.isEmpty && now < stopDeadline
    }

    private func closeListener() {
        guard isListening else { return }
        isListening = false
        control(EPOLL_CTL_DEL, listener.descriptor, 0, 0)
        Glibc.close(listener.descriptor)
    }

    private func waitAndServe(timeout: Int32) {
        let count = epoll_wait(pollDescriptor, events, Int32(WebLoop.eventsAWait), timeout)
        guard count > 0 else { return }
        for index in 0..<Int(count) {
            let (token, flags) = (events[index].data.u64, events[index].events)
            switch token {
            case WebLoop.wakeToken:
                var value: UInt64 = 0
                _ = read(wakeDescriptor, &value, 8)
            case WebLoop.listenerToken: acceptWaiting()
            default: connections[token]?.handle(flags)
            }
        }
    }

    private func acceptWaiting() {
        // A bound a round: a flood of connections may not keep those that are open waiting.
        for _ in 0..<128 where isListening {
            guard let (descriptor, peer) = listener.accept() else {
                if errno == EINTR || errno == ECONNABORTED { continue }
                if errno == EMFILE || errno == ENFILE { sendOneAway() }
                return
            }
            take(descriptor, peer)
        }
    }

    private func take(_ descriptor: Int32, _ peer: String) {
        let isRefusal = connections.count - refusals >= limits.connections
        counters.withLock { counters in
            if isRefusal { counters.refused += 1 } else { counters.accepted += 1 }
        }
        guard !isRefusal || refusals < WebLoop.refusalsAtOnce else {
            Glibc.close(descriptor)
            return
        }
        let connection = Connection(id: nextID, descriptor: descriptor, peer: peer, isRefusal: isRefusal, loop: self)
        nextID += 1
        guard connection.startWatching() else {
            Glibc.close(descriptor)
            return
        }
        connections[connection.id] = connection
        if isRefusal { refusals += 1 }
        countOpen()
        if isRefusal {
            connection.refuse(status: 503, "too many connections are open; try again in a moment")
        }
    }

    /// Out of descriptors, a waiting client would make the loop spin: one is taken with the spare and sent away.
    private func sendOneAway() {
        guard spareDescriptor >= 0 else { return }
        Glibc.close(spareDescriptor)
        if let (descriptor, _) = listener.accept() { Glibc.close(descriptor) }
        counters.withLock { $0.refused += 1 }
        spareDescriptor = open("/dev/null", O_RDONLY | O_CLOEXEC)
    }

    private func end() {
        closeListener()
        for connection in Array(connections.values) { connection.close(.closedByServer) }
        let waiters = inbox.withLock { inbox in
            inbox.hasEnded = true
            inbox.work = []
            let waiters = inbox.waiters
            inbox.waiters = []
            return waiters
        }
        for waiter in waiters { waiter.resume() }
    }
}

/// The date of HTTP, written once a second (RFC 9110, section 5.6.7).
struct HTTPDate {
    private var seconds: time_t = -1
    private var written = ""

    mutating func text(seconds now: time_t) -> String {
        guard now != seconds else { return written }
        seconds = now
        var (moment, parts) = (now, tm())
        gmtime_r(&moment, &parts)
        let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        func two(_ value: Int32) -> String { value < 10 ? "0\(value)" : "\(value)" }
        written =
            "\(days[Int(parts.tm_wday)]), \(two(parts.tm_mday)) \(months[Int(parts.tm_mon)]) \(parts.tm_year + 1_900) "
            + "\(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec)) GMT"
        return written
    }
}
