import Glibc

/// The directory in which the Unix sockets of a machine's services live: made 0700, and refused where it is not ours alone.
public enum RunDirectory {
    /// Makes the directory (and what is missing above it) with mode 0700, or checks the one that is there.
    /// - Throws: ``MessagingError`` where it cannot be made, is no directory, is not ours or is open to others.
    public static func prepare(_ path: String) throws(MessagingError) {
        var status = stat()
        if stat(path, &status) != 0 {
            guard errno == ENOENT else { throw .system("Looking at the run directory \(path)") }
            try make(path)
            guard stat(path, &status) == 0 else { throw .system("Looking at the run directory \(path)") }
        }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            throw MessagingError(
                .directoryRefused, "The run directory \(path) is not a directory: remove it or choose another.")
        }
        guard status.st_uid == geteuid() else {
            throw MessagingError(
                .directoryRefused,
                "The run directory \(path) belongs to user \(status.st_uid) and this process is user \(geteuid()): choose another."
            )
        }
        guard status.st_mode & 0o077 == 0 else {
            throw MessagingError(
                .directoryRefused,
                "The run directory \(path) has mode 0\(String(status.st_mode & 0o777, radix: 8)) and is open to other users: "
                    + "run chmod 700 on it or choose another.")
        }
    }

    private static func make(_ path: String) throws(MessagingError) {
        if mkdir(path, 0o700) == 0 || errno == EEXIST { return }
        guard errno == ENOENT, let slash = path.lastIndex(of: "/"), slash != path.startIndex else {
            throw .system("Making the run directory \(path)")
        }
        try make(String(path[..<slash]))
        guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw .system("Making the run directory \(path)") }
    }

    static func directory(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}

/// The claim of one process on the path of one Unix socket.
///
/// libzmq unlinks whatever is at the path before it binds, alive or not; so a claim is an exclusive `flock` on
/// `PATH.lock`, which ends with the process however that ends, and a socket that still answers is nobody's to take.
final class SocketLock {
    private let descriptor: Int32
    private let path: String

    /// - Throws: ``MessagingError`` where a living process holds the path.
    init(path: String) throws(MessagingError) {
        let lockPath = path + ".lock"
        let descriptor = open(lockPath, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .system("Opening \(lockPath)") }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let holder = SocketLock.holder(descriptor)
            Glibc.close(descriptor)
            throw MessagingError(.endpointInUse, "The socket \(path) is served by \(holder): stop it first.")
        }
        guard !SocketLock.isAnswered(path) else {
            Glibc.close(descriptor)
            throw MessagingError(
                .endpointInUse, "The socket \(path) is served by a process that is not ours: stop it first.")
        }
        self.descriptor = descriptor
        self.path = path
        ftruncate(descriptor, 0)
        let pid = Array("\(getpid())\n".utf8)
        pwrite(descriptor, pid, pid.count, 0)
    }

    deinit { Glibc.close(descriptor) }

    /// Takes the socket's file away, which some versions of libzmq leave; it is ours as long as the lock is.
    func removeSocket() { unlink(path) }

    private static func holder(_ descriptor: Int32) -> String {
        var bytes = [UInt8](repeating: 0, count: 16)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        let digits = bytes.prefix(max(0, count)).prefix { (48...57).contains($0) }
        return digits.isEmpty ? "another process" : "process \(String(decoding: digits, as: UTF8.self))"
    }

    /// Whether somebody accepts connections there. A file that a dead process left behind refuses them.
    private static func isAnswered(_ path: String) -> Bool {
        let probe = socket(
            AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
        guard probe >= 0 else { return false }
        defer { Glibc.close(probe) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                // EAGAIN: it lives, and its queue of connections is full.
                connect(probe, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0 || errno == EAGAIN
            }
        }
    }
}
