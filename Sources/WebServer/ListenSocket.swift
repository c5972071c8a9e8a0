import CEpoll
import Glibc

/// A listening TCP socket, non-blocking.
struct ListenSocket {
    let descriptor: Int32
    let port: Int

    init(host: String, port: Int) throws {
        guard (0...65_535).contains(port) else { throw WebServerError("port \(port) is not within 0...65535") }
        var hints = addrinfo()
        hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, String(port), &hints, &found) == 0, let info = found?.pointee else {
            throw WebServerError(
                "\"\(host)\" is no address to listen on: write it as a number, such as 127.0.0.1 or ::1")
        }
        defer { freeaddrinfo(found) }
        let type = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        descriptor = socket(info.ai_family, type, 0)
        guard descriptor >= 0 else { throw WebServerError.system("Opening a socket") }
        var one: Int32 = 1
        let size = socklen_t(MemoryLayout<Int32>.size)
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &one, size)
        // Inherited by what is accepted: an answer in two parts would otherwise wait for the client's delayed
        // acknowledgement, 40 ms.
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, size)
        guard bind(descriptor, info.ai_addr, info.ai_addrlen) == 0, listen(descriptor, 4_096) == 0 else {
            let error = WebServerError.system("Listening on \(host):\(port)")
            close(descriptor)
            throw error
        }
        self.port = ListenSocket.boundPort(descriptor)
    }

    private static func boundPort(_ descriptor: Int32) -> Int {
        var address = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        return withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                getsockname(descriptor, pointer, &length) == 0 ? name(pointer, length).port : 0
            }
        }
    }

    /// The next connection and its client's address; `nil` where none is waiting or it could not be taken (`errno`).
    func accept() -> (descriptor: Int32, peer: String)? {
        var address = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        return withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                let accepted = cepoll_accept(descriptor, pointer, &length)
                guard accepted >= 0 else { return nil }
                let (host, port) = ListenSocket.name(pointer, length)
                return (accepted, "\(host):\(port)")
            }
        }
    }

    private static func name(_ address: UnsafePointer<sockaddr>, _ length: socklen_t) -> (host: String, port: Int) {
        var host = [CChar](repeating: 0, count: 64)
        var port = [CChar](repeating: 0, count: 8)
        guard getnameinfo(address, length, &host, 64, &port, 8, NI_NUMERICHOST | NI_NUMERICSERV) == 0 else {
            return ("?", 0)
        }
        return (text(host), Int(text(port)) ?? 0)
    }

    private static func text(_ characters: [CChar]) -> String {
        String(decoding: characters.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
