import CZeroMQ

/// Publishes messages of two parts, topic and frame, to whoever subscribes; never waits for anybody.
///
/// An XPUB socket. Each subscriber has a queue of `highWater` messages in this process; when the queue of one is full,
/// because it is stopped or too slow, its messages are dropped and everyone else's are not. So a stalled subscriber
/// costs at most `highWater` × (128 bytes of parts + frame), the frames being shared between queues: at 10 000 messages
/// of 300 bytes about 5 MB once, and about 1.3 MB for each further one.
public final class Publisher: LoopResource {
    /// Messages a subscriber may lag behind before it loses some: more than any burst of ours, and bounded memory.
    public static let standardHighWater: Int32 = 10_000

    /// How many messages were given to libzmq.
    public private(set) var sent = 0
    private let loop: EventLoop
    private let socket: Socket
    private var watch: WatchID?
    /// Whether the loop will look for subscriptions before it sleeps.
    private var willDrain = false
    private let onSubscription: (UnsafeRawBufferPointer, Bool) -> Void
    private let message: UnsafeMutablePointer<zmq_msg_t>

    /// Binds. Use it on the loop's thread only.
    /// - Parameter onSubscription: called with a topic prefix and `true` whenever a subscriber has come, `false` when its
    ///   last has gone. What is published from inside the call reaches the newcomer.
    public init(
        loop: EventLoop, endpoint: Endpoint, security: Security = .none, highWater: Int32 = standardHighWater,
        lingerMillis: Int32 = 200, onSubscription: @escaping (UnsafeRawBufferPointer, Bool) -> Void = { _, _ in }
    ) throws {
        loop.checkIsolated()
        self.loop = loop
        self.onSubscription = onSubscription
        socket = try Socket(
            loop, ZMQ_XPUB, .init(sendHighWater: highWater, lingerMillis: lingerMillis, security: security))
        try socket.set(ZMQ_XPUB_VERBOSE, 1)
        message = .allocate(capacity: 1)
        zmq_msg_init(message)
        try socket.bind(endpoint, security: security, loop: loop)
        loop.register(self)
        let watch = try loop.watch(socket.descriptor) { [unowned self] in drain() }
        self.watch = watch
        // Not from inside `init`: who is told of a subscriber may want to publish, and does not hold this yet.
        willDrain = true
        loop.runSoon(watch)
    }

    deinit {
        zmq_msg_close(message)
        message.deallocate()
    }

    /// Sends one message. The bytes are copied.
    @inline(__always)
    public func send(topic: UnsafeRawBufferPointer, frame: UnsafeRawBufferPointer) {
        guard socket.isOpen else { return }
        // An XPUB socket never answers EAGAIN: it drops for whom it must.
        guard socket.send(topic, more: true), socket.send(frame, more: false) else { return }
        sent += 1
        if !willDrain, let watch {
            willDrain = true
            loop.runSoon(watch)
        }
    }

    /// Closes the socket; what was sent goes on to those who listen, for as long as the linger allows.
    public func close() {
        guard socket.isOpen else { return }
        if let watch { loop.unwatch(watch) }
        socket.close()
        loop.unregister(self)
    }

    /// Reads who came and went. Sending processes libzmq's signals as well, so that this also runs after each send.
    private func drain() {
        willDrain = false
        while socket.isOpen, socket.receive(message) {
            let bytes = message.bytes
            guard let first = bytes.first, first <= 1, !message.hasMore else { continue }
            onSubscription(UnsafeRawBufferPointer(rebasing: bytes.dropFirst()), first == 1)
        }
    }
}
