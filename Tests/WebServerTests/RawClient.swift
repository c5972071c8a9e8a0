import Foundation

/// A client that sends exactly the bytes it is told to. Its calls block for at most 60 seconds: run them ``apart(_:)``.
final class RawClient: @unchecked Sendable { // used by one thread at a time
    let descriptor: Int32
    private(set) var pending: [UInt8] = []

    init(port: Int) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var time = timeval(tv_sec: 60, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
        let code = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard code == 0 else {
            close(descriptor)
            throw Failure("connect: \(String(cString: strerror(errno)))")
        }
    }

    deinit { close(descriptor) }

    struct Failure: Error, CustomStringConvertible {
        let description: String
        init(_ description: String) { self.description = description }
    }

    func send(_ text: String) { send(Array(text.utf8)) }

    /// What the server does not take because it has closed is not an error here: its answer tells.
    func send(_ bytes: [UInt8]) {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress.map { $0 + sent }, bytes.count - sent, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return }
            sent += count
        }
    }

    /// More bytes; `nil` at the end. Errors: a reset, or 60 seconds of nothing.
    func receive() throws -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        if count < 0 { throw Failure(errno == ECONNRESET ? "reset" : String(cString: strerror(errno))) }
        return count == 0 ? nil : Array(buffer.prefix(count))
    }

    /// Exactly `count` bytes.
    func take(_ count: Int) throws -> [UInt8] {
        while pending.count < count {
            guard let more = try receive() else { throw Failure("the server closed after \(pending.count) bytes") }
            pending += more
        }
        defer { pending.removeFirst(count) }
        return Array(pending.prefix(count))
    }

    /// Up to and with `end`.
    func take(until end: String) throws -> String {
        let end = Array(end.utf8)
        while true {
            if let range = pending.firstRange(of: end) {
                defer { pending.removeFirst(range.upperBound) }
                return String(decoding: pending[..<range.upperBound], as: UTF8.self)
            }
            guard let more = try receive() else { throw Failure("the server closed: \(pending.count) bytes wait") }
            pending += more
        }
    }

    /// Everything until the server closes.
    func takeAll() throws -> String {
        while let more = try receive() { pending += more }
        defer { pending = [] }
        return String(decoding: pending, as: UTF8.self)
    }

    /// One answer with Content-Length.
    func answer() throws -> (status: Int, head: String, body: String) {
        let head = try take(until: "\r\n\r\n")
        let status = Int(head.split(separator: " ")[1]) ?? 0
        let lengthLine = head.lowercased().split(separator: "\r\n").first { $0.hasPrefix("content-length:") }
        let length = lengthLine.flatMap { Int($0.dropFirst(15).trimmingCharacters(in: .whitespaces)) } ?? 0
        return (status, head, String(decoding: try take(length), as: UTF8.self))
    }

    func get(_ path: String) throws -> (status: Int, head: String, body: String) {
        send("GET \(path) HTTP/1.1\r\nHost: localhost\r\n\r\n")
        return try answer()
    }

    // MARK: WebSocket

    func openWebSocket(_ path: String) throws -> String {
        send(
            "GET \(path) HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n"
                + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
        return try take(until: "\r\n\r\n")
    }

    func sendFrame(_ opcode: UInt8, _ payload: [UInt8], isFinal: Bool = true) {
        send(RawClient.frame(opcode, payload, isFinal: isFinal))
    }

    static func frame(_ opcode: UInt8, _ payload: [UInt8], isFinal: Bool = true) -> [UInt8] {
        var bytes: [UInt8] = [(isFinal ? 0x80 : 0) | opcode]
        switch payload.count {
        case ..<126: bytes.append(0x80 | UInt8(payload.count))
        case ..<65_536: bytes += [0x80 | 126, UInt8(payload.count >> 8), UInt8(payload.count & 255)]
        default: bytes += [0x80 | 127] + (0..<8).map { UInt8(truncatingIfNeeded: payload.count >> (56 - 8 * $0)) }
        }
        let key: [UInt8] = [7, 19, 200, 33]
        return bytes + key + payload.enumerated().map { $1 ^ key[$0 & 3] }
    }

    func takeFrame() throws -> (opcode: UInt8, payload: [UInt8]) {
        let head = try take(2)
        var length = Int(head[1])
        if length >= 126 {
            length = try take(length == 126 ? 2 : 8).reduce(0) { $0 << 8 | Int($1) }
        }
        return (head[0] & 0x0f, try take(length))
    }
}

/// Runs blocking work on a thread of its own: the handlers of a server need those of the tasks.
func apart<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
    try await withCheckedThrowingContinuation { continuation in
        Thread.detachNewThread { continuation.resume(with: Result { try body() }) }
    }
}
