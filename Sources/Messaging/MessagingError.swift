import Glibc

/// Why a socket, an endpoint or a loop cannot be had.
public struct MessagingError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What the caller may want to tell apart.
    public enum Code: String, Sendable {
        /// The endpoint cannot be used as written: unknown scheme, path too long, `tcp://` without keys.
        case endpointRefused
        /// The directory of the sockets belongs to or is open to somebody else.
        case directoryRefused
        /// Another process serves this endpoint.
        case endpointInUse
        /// The keys for encryption are malformed.
        case keysRefused
        /// The operating system or libzmq said no.
        case system
    }

    public let code: Code
    /// One sentence that names the thing, the value and what to do.
    public let description: String

    public init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }

    /// A failed call of libzmq or libc, with its `errno`.
    static func system(_ what: String, _ number: Int32 = errno) -> MessagingError {
        MessagingError(.system, "\(what) failed: \(String(cString: strerror(number))) (errno \(number)).")
    }
}
