import CZeroMQ

/// Answers requests, each id once: a repeat gets the stored reply, or waits with the first while that is worked on.
///
/// A ROUTER socket. A request is any parts followed by the frame; the parts before it are its return address, so that
/// plain REQ sockets (with and without `ZMQ_REQ_CORRELATE`) and DEALER sockets are all understood. A reply to a peer that
/// has gone or does not read is dropped; the peer asks again.
public final class Responder: LoopResource {
    /// What names a request.
    public struct Identity {
        /// The same id is the same request.
        public var id: String
        /// Microseconds for which a reply is worth keeping.
        public var keepFor: Int64
        public init(id: String, keepFor: Int64) {
            self.id = id
            self.keepFor = keepFor
        }
    }

    /// Requests handled before other sockets get their turn.
    private static let batch = 64
    /// Repeats that may wait for one reply.
    private static let mostWaiters = 8
    /// Parts of a message, the frame among them.
    private static let mostParts = 8
    /// A request that came late still has its repeats merged, and its reply kept, for this long.
    private static let shortestKeep: Int64 = 1_000_000

    /// Requests handed on, repeats answered from the store, repeats merged with one under way, messages without a frame.
    public private(set) var received = 0
    public private(set) var repeats = 0
    public private(set) var merged = 0
    public private(set) var malformed = 0
    /// Requests that have not been answered.
    public var pending: Int { store.pending }
    /// Replies and bytes in the store.
    public var stored: (replies: Int, bytes: Int) { (store.count, store.bytes) }

    private let loop: EventLoop
    private let socket: Socket
    private let identify: (ReceivedFrame) -> Identity?
    private let handler: (Request) -> Void
    private var store: ReplyStore
    private var watch: WatchID?
    private var sweeper: TimerID?
    private var isDraining = false
    private var frame = ReceivedFrame()
    private let parts: UnsafeMutablePointer<zmq_msg_t>

    /// Binds. Use it on the loop's thread only.
    /// - Parameters:
    ///   - identify: reads id and life of a request; `nil` where it is malformed, which is handed on and never stored.
    ///   - handler: gets each new request; it replies at once or later, once.
    public init(
        loop: EventLoop, endpoint: Endpoint, security: Security = .none, mostReplies: Int = 4_096,
        mostBytes: Int = 8 << 20,
        lingerMillis: Int32 = 200, identify: @escaping (ReceivedFrame) -> Identity?,
        handler: @escaping (Request) -> Void
    ) throws {
        loop.checkIsolated()
        self.loop = loop
        self.identify = identify
        self.handler = handler
        store = ReplyStore(.init(replies: mostReplies, bytes: mostBytes))
        socket = try Socket(loop, ZMQ_ROUTER, .init(lingerMillis: lingerMillis, security: security))
        parts = .allocate(capacity: Responder.mostParts + 1)
        for index in 0...Responder.mostParts { zmq_msg_init(parts + index) }
        try socket.bind(endpoint, security: security, loop: loop)
        loop.register(self)
        watch = try loop.watch(socket.descriptor, isUrgent: true) { [unowned self] in drain() }
        sweeper = loop.every(micros: 1_000_000) { [unowned self] in sweep() }
        drain()
    }

    deinit {
        for index in 0...Responder.mostParts { zmq_msg_close(parts + index) }
        parts.deallocate()
    }

    /// Closes the socket. Replies to requests that are kept go nowhere.
    public func close() {
        guard socket.isOpen else { return }
        if let watch { loop.unwatch(watch) }
        if let sweeper { loop.cancel(sweeper) }
        socket.close()
        loop.unregister(self)
    }

    // MARK: In

    private func drain() {
        isDraining = true
        defer { isDraining = false }
        for _ in 0..<Responder.batch {
            let count = receive()
            guard count > 0 else { return }
            guard (2...Responder.mostParts).contains(count) else {
                malformed += 1
                continue
            }
            take(ReturnAddress(parts, count: count - 1))
        }
        if let watch { loop.runSoon(watch) }
    }

    /// How many parts the next message has, 0 without one; the first of them are in `parts`, the last is in `frame`.
    private func receive() -> Int {
        guard socket.isOpen, socket.receive(parts) else { return 0 }
        var count = 1
        while (parts + min(count - 1, Responder.mostParts)).hasMore {
            // The slot after the last usable one takes what is too much.
            guard socket.receive(parts + min(count, Responder.mostParts)) else { return 0 }
            count += 1
        }
        if !isKnownUniquelyReferenced(&frame) { frame = ReceivedFrame() }
        zmq_msg_move(frame.message, parts + min(count - 1, Responder.mostParts))
        return count
    }

    private func take(_ address: ReturnAddress) {
        let now = MonotonicClock.micros
        guard let identity = identify(frame) else {
            received += 1
            return handler(Request(self, frame, address, id: "", expiresAt: now))
        }
        if let known = store.request(identity.id, at: now) {
            guard let reply = known.stored else {
                merged += 1
                return known.wait(address, atMost: Responder.mostWaiters)
            }
            repeats += 1
            return reply.withUnsafeBytes { send($0, to: address) }
        }
        received += 1
        let keepFor = max(Responder.shortestKeep, identity.keepFor)
        let request = Request(self, frame, address, id: identity.id, expiresAt: now + keepFor)
        request.isRemembered = true
        store.begin(request)
        handler(request)
    }

    // MARK: Out

    fileprivate func answer(_ request: Request, _ reply: UnsafeRawBufferPointer, keep: Bool) {
        loop.checkIsolated()
        guard socket.isOpen else { return }
        send(reply, to: request.address)
        for address in request.others { send(reply, to: address) }
        guard request.isRemembered else { return }
        if keep { store.keep(Array(reply), for: request, at: MonotonicClock.micros) } else { store.drop(request) }
    }

    private func send(_ reply: UnsafeRawBufferPointer, to address: ReturnAddress) {
        if address.send(on: socket) { _ = socket.send(reply, more: false) }
        loop.letOut()
        // Sending may have eaten the signal of a request; a drain that is under way reads on anyway.
        if !isDraining, let watch { loop.runSoon(watch) }
    }

    private func sweep() {
        let now = MonotonicClock.micros
        store.sweep(at: now)
        store.sweepPending(at: now)
    }
}

extension Responder {
    /// A request that was not seen before; to be answered once, now or later, on the loop's thread.
    public final class Request {
        /// The last part of the message; empty once the request is answered.
        public private(set) var frame: ReceivedFrame
        let id: String
        /// When it, and its reply, may be forgotten; on ``MonotonicClock``.
        let expiresAt: Int64
        /// The reply, once there is one that is kept.
        var stored: [UInt8]?
        fileprivate let address: ReturnAddress
        /// Where repeats that came meanwhile want their answer.
        fileprivate private(set) var others: [ReturnAddress] = []
        fileprivate var isRemembered = false
        private weak var responder: Responder?
        /// Whether ``reply(_:keep:)`` was called.
        public private(set) var isAnswered = false

        init(_ responder: Responder?, _ frame: ReceivedFrame, _ address: ReturnAddress, id: String, expiresAt: Int64) {
            self.responder = responder
            self.frame = frame
            self.address = address
            self.id = id
            self.expiresAt = expiresAt
        }

        /// Answers this request and its repeats, so far and (where `keep`) to come. A second answer is ignored.
        public func reply(_ bytes: UnsafeRawBufferPointer, keep: Bool = true) {
            guard !isAnswered else { return }
            isAnswered = true
            responder?.answer(self, bytes, keep: keep)
            frame = .empty
            others = []
        }

        /// A client that asks again has mostly left its old address, so that the newest are the ones to keep.
        fileprivate func wait(_ address: ReturnAddress, atMost limit: Int) {
            others.append(address)
            if others.count > limit { others.removeFirst() }
        }
    }
}

/// The parts before the frame of a request, which lead the reply back.
enum ReturnAddress {
    /// A routing id of five bytes, as libzmq makes them up, and an empty part; needs no allocation.
    case delimited(UInt64)
    case parts([[UInt8]])

    fileprivate init(_ messages: UnsafeMutablePointer<zmq_msg_t>, count: Int) {
        if count == 2, messages.bytes.count == 5, (messages + 1).bytes.isEmpty {
            var routing: UInt64 = 0
            withUnsafeMutableBytes(of: &routing) { $0.copyMemory(from: messages.bytes) }
            self = .delimited(routing)
        } else {
            self = .parts((0..<count).map { Array((messages + $0).bytes) })
        }
    }

    /// Whether libzmq took all parts; a frame is to follow.
    fileprivate func send(on socket: Socket) -> Bool {
        switch self {
        case .delimited(let routing):
            return withUnsafeBytes(of: routing) {
                socket.send(UnsafeRawBufferPointer(rebasing: $0.prefix(5)), more: true)
            }
                && socket.send(UnsafeRawBufferPointer(start: nil, count: 0), more: true)
        case .parts(let parts):
            return parts.allSatisfy { part in part.withUnsafeBytes { socket.send($0, more: true) } }
        }
    }
}
