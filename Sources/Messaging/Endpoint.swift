/// Where a socket is bound or connected: `ipc://PATH` or `tcp://HOST:PORT`.
public struct Endpoint: Hashable, Sendable, CustomStringConvertible {
    enum Transport: Hashable, Sendable {
        case ipc(path: String)
        case tcp
    }

    public let description: String
    let transport: Transport

    /// The longest path a Unix socket takes: `sun_path` is 108 bytes and ends with a zero (unix(7)).
    public static let longestPath = 107

    /// - Throws: ``MessagingError`` where the scheme is unknown or the path of a Unix socket is empty or too long.
    public init(_ text: String) throws(MessagingError) {
        description = text
        if text.hasPrefix("ipc://") {
            let path = String(text.dropFirst("ipc://".count))
            try Endpoint.check(path)
            transport = .ipc(path: path)
        } else if text.hasPrefix("tcp://"), text.utf8.count > "tcp://".utf8.count {
            transport = .tcp
        } else {
            throw MessagingError(
                .endpointRefused, "The endpoint \"\(text)\" is neither ipc://PATH nor tcp://HOST:PORT.")
        }
    }

    /// `ipc://directory/name`.
    public static func ipc(directory: String, name: String) throws(MessagingError) -> Endpoint {
        try Endpoint("ipc://" + (directory.hasSuffix("/") ? directory : directory + "/") + name)
    }

    /// The file of a Unix socket; `nil` for tcp.
    public var path: String? {
        guard case .ipc(let path) = transport else { return nil }
        return path
    }

    private static func check(_ path: String) throws(MessagingError) {
        guard !path.isEmpty, !path.hasPrefix("@"), !path.utf8.contains(0) else {
            throw MessagingError(.endpointRefused, "The endpoint \"ipc://\(path)\" does not name a file.")
        }
        guard path.utf8.count <= longestPath else {
            throw MessagingError(
                .endpointRefused,
                "The socket path \(path) is \(path.utf8.count) bytes long and a Unix socket takes at most \(longestPath): "
                    + "choose a shorter run directory.")
        }
    }

    /// `tcp://` leaves the machine, so that it needs keys.
    func check(_ security: Security) throws(MessagingError) {
        guard transport == .tcp, security == .none else { return }
        throw MessagingError(
            .endpointRefused,
            "The endpoint \(description) leaves this machine and needs CURVE keys: give keys or use ipc://.")
    }
}
