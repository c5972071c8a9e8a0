import CZeroMQ
import Glibc
import Messaging
import Synchronization

/// A value that comes later, awaited instead of slept for.
final class Promise<Value: Sendable>: Sendable {
    private struct State {
        var value: Value?
        var waiters: [CheckedContinuation<Value, Never>] = []
    }
    private let state = Mutex(State())

    func fulfil(_ value: Value) {
        let waiters = state.withLock { state in
            guard state.value == nil else { return [CheckedContinuation<Value, Never>]() }
            state.value = value
            defer { state.waiters.removeAll() }
            return state.waiters
        }
        for waiter in waiters { waiter.resume(returning: value) }
    }

    var value: Value {
        get async {
            await withCheckedContinuation { continuation in
                let ready = state.withLock { state in
                    if state.value == nil { state.waiters.append(continuation) }
                    return state.value
                }
                if let ready { continuation.resume(returning: ready) }
            }
        }
    }
}

/// A directory that is removed at the end, short enough for a socket path.
final class ScratchDirectory: Sendable {
    let path: String

    init() {
        // A name from the process number would meet what an earlier process of that number has left behind.
        var template = Array("/tmp/qt-XXXXXX".utf8CString)
        precondition(mkdtemp(&template) != nil, "/tmp takes no new directory")
        path = template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
    }

    func endpoint(_ name: String) throws -> Endpoint { try .ipc(directory: path, name: name) }

    deinit {
        guard let directory = opendir(path) else { return }
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { unlink(path + "/" + name) }
        }
        closedir(directory)
        rmdir(path)
    }
}

/// Runs `body` with a loop that is stopped, and gone, afterwards.
func withLoop<T>(_ body: (EventLoop) async throws -> T) async throws -> T {
    let loop = try EventLoop(name: "test")
    do {
        let result = try await body(loop)
        loop.stop()
        await loop.stopped()
        return result
    } catch {
        loop.stop()
        await loop.stopped()
        throw error
    }
}

/// A plain blocking socket as any other program has one, for talking to ours from outside.
final class PlainSocket {
    private let context: UnsafeMutableRawPointer
    private let socket: UnsafeMutableRawPointer

    init(_ type: Int32, options: [(Int32, Int32)] = [], connect endpoint: Endpoint) {
        context = zmq_ctx_new()
        socket = zmq_socket(context, type)
        for (option, value) in options + [(ZMQ_LINGER, 0), (ZMQ_RCVTIMEO, 10_000)] {
            var value = value
            zmq_setsockopt(socket, option, &value, 4)
        }
        zmq_connect(socket, endpoint.description)
    }

    deinit {
        zmq_close(socket)
        zmq_ctx_term(context)
    }

    func set(_ option: Int32, _ bytes: [UInt8]) { zmq_setsockopt(socket, option, bytes, bytes.count) }

    func send(_ parts: [String]) {
        for (index, part) in parts.enumerated() {
            zmq_send(socket, part, part.utf8.count, index + 1 < parts.count ? ZMQ_SNDMORE : 0)
        }
    }

    /// All parts of the next message; `nil` after ten seconds of silence.
    func receive() -> [String]? {
        var parts: [String] = []
        var message = zmq_msg_t()
        zmq_msg_init(&message)
        defer { zmq_msg_close(&message) }
        repeat {
            guard zmq_msg_recv(&message, socket, 0) >= 0 else { return nil }
            parts.append(
                String(
                    decoding: UnsafeRawBufferPointer(start: zmq_msg_data(&message), count: zmq_msg_size(&message)),
                    as: UTF8.self))
        } while zmq_msg_more(&message) != 0
        return parts
    }
}

extension ReceivedFrame {
    var text: String { withBytes { String(decoding: $0, as: UTF8.self) } }
}

extension String {
    func withBytes<T>(_ body: (UnsafeRawBufferPointer) throws -> T) rethrows -> T {
        try Array(utf8).withUnsafeBytes(body)
    }
    /// What stands before the first colon: the tests' requests and replies are `id:content`.
    var identifier: String { String(prefix { $0 != ":" }) }
}

/// A small generator with a seed that a failing test prints. SplitMix64 (Steele, Lea, Flood, 2014).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}

/// A value that several threads of a test touch.
final class Shared<Value: Sendable>: Sendable {
    private let mutex: Mutex<Value>
    init(_ value: Value) { mutex = Mutex(value) }
    var value: Value { mutex.withLock { $0 } }
    @discardableResult
    func update<T: Sendable>(_ body: @Sendable (inout Value) -> T) -> T { mutex.withLock { body(&$0) } }
}
