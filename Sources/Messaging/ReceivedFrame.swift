import CZeroMQ

/// The bytes of one received message, owned by whoever holds the object.
///
/// A handler that keeps nothing costs nothing: the socket uses the object again for the next message when it is the only
/// one that holds it. A handler that keeps it keeps the bytes, and the socket takes a new one.
///
/// `@unchecked Sendable`: the bytes are written before the object is handed out and never after while anybody else holds
/// it (the socket checks `isKnownUniquelyReferenced`), and releasing a libzmq message is safe on any thread.
public final class ReceivedFrame: @unchecked Sendable {
    let message: UnsafeMutablePointer<zmq_msg_t>

    /// No bytes.
    static let empty = ReceivedFrame()

    init() {
        message = .allocate(capacity: 1)
        zmq_msg_init(message)
    }

    /// A copy of `bytes`; for tests and for frames that did not come from a socket.
    public init(copying bytes: UnsafeRawBufferPointer) {
        message = .allocate(capacity: 1)
        zmq_msg_init_size(message, bytes.count)
        if let start = bytes.baseAddress, bytes.count > 0 {
            zmq_msg_data(message)?.copyMemory(from: start, byteCount: bytes.count)
        }
    }

    deinit {
        zmq_msg_close(message)
        message.deallocate()
    }

    /// How many bytes there are.
    public var count: Int { zmq_msg_size(message) }

    /// The bytes, valid as long as the object lives; prefer ``withBytes(_:)``.
    public var unsafeBytes: UnsafeRawBufferPointer { message.bytes }

    /// Gives the bytes to `body`, valid during the call.
    @inlinable
    public func withBytes<T, E: Error>(_ body: (UnsafeRawBufferPointer) throws(E) -> T) throws(E) -> T {
        defer { withExtendedLifetime(self) {} }
        return try body(unsafeBytes)
    }
}
