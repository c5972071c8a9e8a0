import CZeroMQ

/// Asks one responder, several requests at a time, and does not lose patience before a request expires: *Lazy Pirate*
/// (zguide, chapter 4).
///
/// A DEALER socket that sends `[empty][frame]`, which a plain REP or ROUTER understands. Replies are matched by the id
/// that `identify` reads from them, so that a late reply is never taken for the answer to something else. When a request
/// has been silent for its `retryEvery`, the socket is closed (and with it whatever was queued to a dead peer), a new one
/// is opened, and everything outstanding is sent again, the same bytes under the same id; the responder answers a repeat
/// with the reply it stored.
public final class Requester: LoopResource {
    /// How a request ended.
    public enum Outcome {
        case reply(ReceivedFrame)
        /// No answer in time, or the requester was closed: whether the request was carried out is unknown.
        case expired
    }

    /// Requests that may be outstanding at once.
    public static let mostOutstanding = 1_000
    /// Replies handled before other sockets get their turn.
    private static let batch = 64

    /// Requests sent for the first time, requests sent again, replies that nobody waited for.
    public private(set) var sent = 0
    public private(set) var resent = 0
    public private(set) var stale = 0
    /// Inside a completion: how often the request that ends was sent.
    public private(set) var attempts = 0
    /// How many requests wait for a reply.
    public var outstanding: Int { waiting.count }

    private struct Waiting {
        var frame: [UInt8]
        var sentAt: Int64
        var attempts = 1
        var retryEvery: Int64
        var expiresAt: Int64
        var completion: (Outcome) -> Void
        /// Those of others that asked under the same id.
        var others: [(Outcome) -> Void] = []
        var dueAt: Int64 { min(sentAt + retryEvery, expiresAt) }

        func end(_ outcome: Outcome) {
            completion(outcome)
            for other in others { other(outcome) }
        }
    }

    private let loop: EventLoop
    private let endpoint: Endpoint
    private let security: Security
    private let identify: (ReceivedFrame) -> String?
    private var socket: Socket
    private var watch: WatchID?
    private var waiting: [String: Waiting] = [:]
    private var timer: (id: TimerID, at: Int64)?
    private var frame = ReceivedFrame()
    private var isDraining = false
    private var isClosed = false

    /// Connects. Use it on the loop's thread only.
    /// - Parameter identify: the id a reply carries, or `nil` where it is malformed.
    public init(
        loop: EventLoop, endpoint: Endpoint, security: Security = .none, identify: @escaping (ReceivedFrame) -> String?
    ) throws {
        loop.checkIsolated()
        self.loop = loop
        self.endpoint = endpoint
        self.security = security
        self.identify = identify
        socket = try Requester.open(loop, endpoint, security)
        loop.register(self)
        try startWatch()
    }

    /// Sends a request and calls `completion` exactly once; an id that is outstanding already shares its answer.
    /// - Parameters:
    ///   - timeToLive: microseconds until the request counts as expired.
    ///   - retryEvery: microseconds of silence after which it is sent again.
    /// - Returns: `false`, without calling `completion`, where ``mostOutstanding`` requests wait already or it is closed.
    public func send(
        id: String, frame: UnsafeRawBufferPointer, timeToLive: Int64, retryEvery: Int64,
        _ completion: @escaping (Outcome) -> Void
    ) -> Bool {
        loop.checkIsolated()
        guard !isClosed else { return false }
        if !waiting.isEmpty, waiting[id] != nil {
            waiting[id]?.others.append(completion)
            return true
        }
        guard waiting.count < Requester.mostOutstanding else { return false }
        let now = MonotonicClock.micros
        let entry = Waiting(
            frame: Array(frame), sentAt: now, retryEvery: max(1_000, retryEvery), expiresAt: now + max(0, timeToLive),
            completion: completion)
        waiting[id] = entry
        sent += 1
        transmit(frame)
        arm(at: entry.dueAt, now: now)
        return true
    }

    /// Closes the socket; what is outstanding ends as `expired`.
    public func close() {
        guard !isClosed else { return }
        isClosed = true
        if let timer { loop.cancel(timer.id) }
        if let watch { loop.unwatch(watch) }
        socket.close()
        loop.unregister(self)
        let ended = waiting
        waiting.removeAll()
        for entry in ended.values { entry.end(.expired) }
    }

    // MARK: The socket

    private static func open(_ loop: EventLoop, _ endpoint: Endpoint, _ security: Security) throws -> Socket {
        // LINGER 0: what a dead peer has not taken must not reach it when it comes back; it is sent again, or has expired.
        let socket = try Socket(loop, ZMQ_DEALER, .init(sendHighWater: Int32(2 * mostOutstanding), security: security))
        try socket.connect(endpoint, security: security)
        return socket
    }

    private func startWatch() throws {
        watch = try loop.watch(socket.descriptor, isUrgent: true) { [unowned self] in drain() }
    }

    /// A part that libzmq does not take is left to the next retry.
    private func transmit(_ frame: UnsafeRawBufferPointer) {
        if socket.send(UnsafeRawBufferPointer(start: nil, count: 0), more: true) { _ = socket.send(frame, more: false) }
        loop.letOut()
        // Sending may have eaten the signal of a reply; a drain that is under way reads on anyway.
        if !isDraining, let watch { loop.runSoon(watch) }
    }

    private func reopen() {
        if let watch { loop.unwatch(watch) }
        watch = nil
        socket.close()
        // Out of descriptors: the closed socket takes nothing, and the next retry tries again.
        guard let fresh = try? Requester.open(loop, endpoint, security) else { return }
        socket = fresh
        try? startWatch()
    }

    private func drain() {
        isDraining = true
        defer { isDraining = false }
        for _ in 0..<Requester.batch {
            guard receive() else { return }
            guard let id = identify(frame), let entry = waiting.removeValue(forKey: id) else {
                stale += 1
                continue
            }
            attempts = entry.attempts
            entry.end(.reply(frame))
        }
        if let watch { loop.runSoon(watch) }
    }

    /// Whether there was a message; its last part is in `frame`.
    private func receive() -> Bool {
        guard socket.isOpen else { return false }
        if !isKnownUniquelyReferenced(&frame) { frame = ReceivedFrame() }
        guard socket.receive(frame.message) else { return false }
        while frame.message.hasMore { guard socket.receive(frame.message) else { return false } }
        return true
    }

    // MARK: Patience

    /// One timer for all: it is set for the earliest moment at which something may be due, and looks at all when it comes.
    private func arm(at due: Int64, now: Int64) {
        if let timer {
            guard due < timer.at else { return }
            loop.cancel(timer.id)
        }
        let id = loop.after(micros: due - now) { [unowned self] in
            timer = nil
            check()
        }
        timer = (id, due)
    }

    private func check() {
        let now = MonotonicClock.micros
        let expired = waiting.filter { $0.value.expiresAt <= now }
        for id in expired.keys { waiting[id] = nil }
        if waiting.values.contains(where: { $0.sentAt + $0.retryEvery <= now }) {
            reopen()
            for id in waiting.keys.sorted() {
                waiting[id]?.sentAt = now
                waiting[id]?.attempts += 1
                resent += 1
                waiting[id]?.frame.withUnsafeBytes(transmit)
            }
        }
        if let next = waiting.values.map(\.dueAt).min() { arm(at: next, now: now) }
        for id in expired.keys.sorted() { expired[id]?.end(.expired) }
    }
}
