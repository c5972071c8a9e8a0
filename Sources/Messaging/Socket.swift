import CZeroMQ
import Glibc

/// One libzmq socket, for the files of this module: options before `bind` or `connect`, sends and receives that never wait.
///
/// Options set after `bind` or `connect` do not reach connections that exist, so that they all go into `init`.
final class Socket {
    let handle: UnsafeMutableRawPointer
    private(set) var isOpen = true

    struct Options {
        var sendHighWater: Int32 = 1_000
        var receiveHighWater: Int32 = 1_000
        /// How long closing may go on sending, in milliseconds.
        var lingerMillis: Int32 = 0
        var security: Security = .none
        /// Milliseconds between attempts to connect: first and longest.
        var reconnectMillis: (first: Int32, longest: Int32) = (20, 250)
        var prefixes: [[UInt8]] = []
        /// A peer that sends a longer part is disconnected before the part is read.
        var longestPart: Int64 = (1 << 20) + 64
    }

    init(_ loop: EventLoop, _ type: Int32, _ options: Options) throws(MessagingError) {
        guard let handle = zmq_socket(loop.context, type) else { throw .system("Opening a socket", zmq_errno()) }
        self.handle = handle
        do {
            try set(ZMQ_SNDHWM, options.sendHighWater)
            try set(ZMQ_RCVHWM, options.receiveHighWater)
            try set(ZMQ_MAXMSGSIZE, options.longestPart)
            try set(ZMQ_LINGER, options.lingerMillis)
            try set(ZMQ_RECONNECT_IVL, options.reconnectMillis.first)
            try set(ZMQ_RECONNECT_IVL_MAX, options.reconnectMillis.longest)
            try options.security.apply(to: self)
            for prefix in options.prefixes { try subscribe(prefix) }
        } catch {
            close()
            throw error
        }
    }

    deinit { close() }

    func close() {
        guard isOpen else { return }
        isOpen = false
        zmq_close(handle)
    }

    /// libzmq's descriptor: readable when something has happened to the socket since it was last asked.
    var descriptor: Int32 {
        var value: Int32 = -1
        var size = MemoryLayout<Int32>.size
        zmq_getsockopt(handle, ZMQ_FD, &value, &size)
        return value
    }

    func set(_ option: Int32, _ value: Int32) throws(MessagingError) {
        var value = value
        guard zmq_setsockopt(handle, option, &value, MemoryLayout<Int32>.size) == 0 else {
            throw .system("Setting socket option \(option) to \(value)", zmq_errno())
        }
    }

    private func set(_ option: Int32, _ value: Int64) throws(MessagingError) {
        var value = value
        guard zmq_setsockopt(handle, option, &value, MemoryLayout<Int64>.size) == 0 else {
            throw .system("Setting socket option \(option) to \(value)", zmq_errno())
        }
    }

    func set(_ option: Int32, _ text: String) throws(MessagingError) {
        guard zmq_setsockopt(handle, option, text, text.utf8.count) == 0 else {
            throw .system("Setting socket option \(option)", zmq_errno())
        }
    }

    func subscribe(_ prefix: [UInt8]) throws(MessagingError) {
        guard zmq_setsockopt(handle, ZMQ_SUBSCRIBE, prefix, prefix.count) == 0 else {
            throw .system("Subscribing", zmq_errno())
        }
    }

    // MARK: Where it stands

    /// Binds; a Unix socket gets a private directory, mode 0600 and a lock against a second process.
    func bind(_ endpoint: Endpoint, security: Security, loop: EventLoop) throws(MessagingError) {
        try endpoint.check(security)
        guard let path = endpoint.path else { return try bindPlainly(endpoint) }
        try RunDirectory.prepare(RunDirectory.directory(of: path))
        let lock = try SocketLock(path: path)
        // bind(2) makes the file by the process's umask. The directory, which only its owner may enter, keeps others out
        // until the next line; a umask set for the moment would reach every thread: two sockets bound at once could
        // leave it behind, and directories made by others would lack their x bit.
        try bindPlainly(endpoint)
        guard chmod(path, 0o600) == 0 else { throw .system("Setting the mode of \(path)") }
        loop.keepUntilEnd(lock)
    }

    private func bindPlainly(_ endpoint: Endpoint) throws(MessagingError) {
        guard zmq_bind(handle, endpoint.description) == 0 else { throw .system("Binding \(endpoint)", zmq_errno()) }
    }

    func connect(_ endpoint: Endpoint, security: Security) throws(MessagingError) {
        try endpoint.check(security)
        guard zmq_connect(handle, endpoint.description) == 0 else {
            throw .system("Connecting to \(endpoint)", zmq_errno())
        }
    }

    // MARK: Parts

    /// Whether libzmq took the part; it copies it.
    @inline(__always)
    func send(_ part: UnsafeRawBufferPointer, more: Bool) -> Bool {
        zmq_send(handle, part.baseAddress, part.count, more ? ZMQ_DONTWAIT | ZMQ_SNDMORE : ZMQ_DONTWAIT) >= 0
    }

    /// Whether there was a part; its bytes belong to `message` until that is used again.
    @inline(__always)
    func receive(_ message: UnsafeMutablePointer<zmq_msg_t>) -> Bool {
        while zmq_msg_recv(message, handle, ZMQ_DONTWAIT) < 0 {
            guard zmq_errno() == EINTR else { return false }
        }
        return true
    }
}

extension UnsafeMutablePointer where Pointee == zmq_msg_t {
    /// The bytes of a received part.
    @inline(__always)
    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: zmq_msg_data(self), count: zmq_msg_size(self)) }
    @inline(__always)
    var hasMore: Bool { zmq_msg_more(self) != 0 }
}
