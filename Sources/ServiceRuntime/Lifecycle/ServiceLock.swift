import Glibc

/// Holds `<data>/<service>.lock` for as long as the process lives, so that a service runs once on a directory.
///
/// The lock is the kernel's (flock(2)): it goes with the process, however that ends. The pid inside is only for the message.
struct ServiceLock: Sendable {
    /// Takes the lock; it is held until the process ends.
    static func take(service: String, directory: String) throws(ServiceFailure) {
        let path = directory + "/" + service + ".lock"
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else {
            throw ServiceFailure(
                .inputOutput,
                "The lock \(path) cannot be opened (\(SystemError.text(errno))): make data_directory writable.")
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let code = errno
            var bytes = [UInt8](repeating: 0, count: 32)
            let count = read(descriptor, &bytes, bytes.count)
            close(descriptor)
            guard code == EWOULDBLOCK else {
                throw ServiceFailure(.inputOutput, "The lock \(path) cannot be taken (\(SystemError.text(code))).")
            }
            let holder = trimmed(String(decoding: bytes.prefix(max(0, count)), as: UTF8.self))
            throw ServiceFailure(
                .temporary,
                "\(service) already runs as process \(holder.isEmpty ? "unknown" : holder) on \(directory): stop it, or use another data_directory."
            )
        }
        let pid = Array("\(getpid())\n".utf8)
        _ = ftruncate(descriptor, 0)
        _ = pwrite(descriptor, pid, pid.count, 0)
    }
}
