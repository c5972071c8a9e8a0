import Glibc
import TradingModel

/// Tells the service manager how the process is doing: the protocol of sd_notify(3), without libsystemd.
///
/// A datagram to the Unix socket that `NOTIFY_SOCKET` names; a name that starts with `@` is in the abstract space.
/// Without the variable every call does nothing.
struct SystemdNotifier: Sendable {
    private let descriptor: Int32
    private let address: String?
    /// How often the manager wants a sign of life; `nil` where it wants none. Half of `WATCHDOG_USEC`.
    let watchdogInterval: Span?

    init(environment: [String: String], process: Int32) {
        address = environment["NOTIFY_SOCKET"].flatMap { $0.hasPrefix("/") || $0.hasPrefix("@") ? $0 : nil }
        descriptor =
            address == nil
            ? -1 : socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
        let isForUs = environment["WATCHDOG_PID"].map { $0 == String(process) } ?? true
        let micros = environment["WATCHDOG_USEC"].flatMap(Int64.init) ?? 0
        watchdogInterval = isForUs && micros > 0 ? Span(micros: max(1_000, micros / 2)) : nil
    }

    /// The service is up.
    @discardableResult func ready(_ status: String) -> Bool { send("READY=1\nSTATUS=\(line(status))") }
    /// What `systemctl status` shows.
    @discardableResult func status(_ text: String) -> Bool { send("STATUS=\(line(text))") }
    /// The service has begun to stop.
    @discardableResult func stopping(_ status: String) -> Bool { send("STOPPING=1\nSTATUS=\(line(status))") }
    /// A sign of life.
    @discardableResult func watchdog() -> Bool { send("WATCHDOG=1") }

    private func line(_ text: String) -> String { String(text.map { $0.isNewline ? " " : $0 }) }

    /// `false` where nobody took it; there is nothing to do about that.
    private func send(_ message: String) -> Bool {
        guard let address, descriptor >= 0, let (socketAddress, length) = Self.socketAddress(address) else {
            return false
        }
        let bytes = Array(message.utf8)
        return withUnsafePointer(to: socketAddress) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                sendto(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL), pointer, length) == bytes.count
            }
        }
    }

    /// The address of a path or, from `@`, an abstract name; `nil` where it is too long.
    static func socketAddress(_ name: String) -> (sockaddr_un, socklen_t)? {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        var bytes = Array(name.utf8)
        guard !bytes.isEmpty, bytes.count < MemoryLayout.size(ofValue: address.sun_path) else { return nil }
        let isAbstract = bytes[0] == UInt8(ascii: "@")
        if isAbstract { bytes[0] = 0 }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        // An abstract name ends where the length says; a path ends with a zero byte.
        let length = MemoryLayout<sa_family_t>.size + bytes.count + (isAbstract ? 0 : 1)
        return (address, socklen_t(length))
    }
}
