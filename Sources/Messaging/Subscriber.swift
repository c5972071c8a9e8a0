import CZeroMQ

/// Receives messages of two parts, topic and frame, from one publisher.
///
/// A SUB socket that connects, and connects again whenever the publisher comes back. Prefixes are sent in byte order
/// when a connection is made, so that the publisher has seen all of them when it sees the last.
public final class Subscriber: LoopResource {
    /// Messages handled before other sockets get their turn, and before requests and replies get theirs: a hundred
    /// microseconds of work.
    private static let batch = 256
    private static let stretch = 8

    /// How many messages were handed on, and how many were not of two parts.
    public private(set) var received = 0
    public private(set) var malformed = 0
    private let loop: EventLoop
    private let socket: Socket
    private var watch: WatchID?
    private let handler: (UnsafeRawBufferPointer, ReceivedFrame) -> Void
    private let topic: UnsafeMutablePointer<zmq_msg_t>
    private var frame = ReceivedFrame()

    /// Subscribes and connects. Use it on the loop's thread only.
    /// - Parameters:
    ///   - highWater: messages that wait in this process; beyond it they wait, and then are dropped, at the publisher.
    ///   - handler: gets the topic, valid during the call, and the frame, which it may keep.
    public init(
        loop: EventLoop, endpoint: Endpoint, security: Security = .none, prefixes: [String],
        highWater: Int32 = Publisher.standardHighWater,
        handler: @escaping (UnsafeRawBufferPointer, ReceivedFrame) -> Void
    ) throws {
        loop.checkIsolated()
        self.loop = loop
        self.handler = handler
        socket = try Socket(
            loop, ZMQ_SUB,
            .init(receiveHighWater: highWater, security: security, prefixes: prefixes.map { Array($0.utf8) }))
        topic = .allocate(capacity: 1)
        zmq_msg_init(topic)
        try socket.connect(endpoint, security: security)
        loop.register(self)
        watch = try loop.watch(socket.descriptor) { [unowned self] in drain(letsUrgentPass: true) }
        // Inside whoever made it, which may be the handler of a request.
        drain(letsUrgentPass: false)
    }

    deinit {
        zmq_msg_close(topic)
        topic.deallocate()
    }

    /// Subscribes to one more prefix.
    public func add(prefix: String) throws {
        loop.checkIsolated()
        try socket.subscribe(Array(prefix.utf8))
        if let watch { loop.runSoon(watch) }
    }

    /// Closes the socket. The handler is not called again.
    public func close() {
        guard socket.isOpen else { return }
        if let watch { loop.unwatch(watch) }
        socket.close()
        loop.unregister(self)
    }

    private func drain(letsUrgentPass: Bool) {
        for count in 0..<Subscriber.batch {
            if letsUrgentPass, count > 0, count % Subscriber.stretch == 0 { loop.letUrgentPass() }
            guard socket.isOpen, socket.receive(topic) else { return }
            guard topic.hasMore else {
                malformed += 1
                continue
            }
            // Somebody kept the last one: it is theirs.
            if !isKnownUniquelyReferenced(&frame) { frame = ReceivedFrame() }
            guard socket.receive(frame.message) else { return }
            guard !frame.message.hasMore else {
                skipRest()
                continue
            }
            received += 1
            handler(topic.bytes, frame)
        }
        if let watch { loop.runSoon(watch) }
    }

    private func skipRest() {
        malformed += 1
        while frame.message.hasMore, socket.receive(frame.message) {}
    }
}
