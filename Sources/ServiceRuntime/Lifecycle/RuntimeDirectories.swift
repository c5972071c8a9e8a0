import Glibc

/// Makes and checks the directories of a configuration.
public enum RuntimeDirectories {
    /// Makes what is missing with mode 0700; refuses what is not a directory of ours, or one that others may write to.
    public static func prepare(_ settings: Settings) throws(ServiceFailure) {
        try prepare(settings.dataDirectory, key: "data_directory")
        try prepare(settings.runDirectory, key: "run_directory")
        try prepare(settings.logDirectory, key: "log_directory")
    }

    private static func prepare(_ path: String, key: String) throws(ServiceFailure) {
        if let code = make(path) {
            throw ServiceFailure(
                .inputOutput,
                "\(key) \(path) cannot be made (\(SystemError.text(code))): make it, or name a directory that can be.")
        }
        var status = stat()
        guard stat(path, &status) == 0 else {
            throw ServiceFailure(
                .inputOutput, "\(key) \(path) cannot be used (\(SystemError.text(errno))): name another directory.")
        }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            throw ServiceFailure(.inputOutput, "\(key) \(path) is not a directory: name another.")
        }
        guard status.st_uid == geteuid() else {
            throw ServiceFailure(
                .permission,
                "\(key) \(path) belongs to user \(status.st_uid), not to us (\(geteuid())): change its owner or name another."
            )
        }
        guard status.st_mode & 0o022 == 0 else {
            throw ServiceFailure(.permission, "\(key) \(path) can be written by others: run chmod 700 \(path).")
        }
        guard access(path, R_OK | W_OK | X_OK) == 0 else {
            throw ServiceFailure(
                .permission,
                "\(key) \(path) cannot be written (\(SystemError.text(errno))): make it writable or name another.")
        }
    }

    /// Makes a directory and those above it; an error number where that fails.
    private static func make(_ path: String) -> Int32? {
        if mkdir(path, 0o700) == 0 || errno == EEXIST { return nil }
        guard errno == ENOENT, let slash = path.lastIndex(of: "/"), slash != path.startIndex else { return errno }
        if let code = make(String(path[..<slash])) { return code }
        return mkdir(path, 0o700) == 0 || errno == EEXIST ? nil : errno
    }
}

/// Why a service cannot start or go on, and how its process then ends.
public struct ServiceFailure: Error, Hashable, Sendable, CustomStringConvertible {
    public let status: ExitStatus
    /// One sentence.
    public let description: String
    public init(_ status: ExitStatus, _ sentence: String) {
        self.status = status
        description = sentence
    }
}
