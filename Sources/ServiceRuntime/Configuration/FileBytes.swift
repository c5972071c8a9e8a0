import Glibc

/// What the operating system says about an error number.
enum SystemError {
    /// `no such file or directory`, in lower case to stand inside a sentence.
    static func text(_ code: Int32) -> String {
        guard let message = strerror(code) else { return "error \(code)" }
        let text = String(cString: message)
        return text.prefix(1).lowercased() + text.dropFirst()
    }
}

/// Why a file could not be read.
public enum FileFailure: Error, Hashable {
    /// The error number of the operating system.
    case system(Int32)
    case tooLong
}

/// Whole small files.
public enum FileBytes {
    /// The bytes of the file; a file longer than `limit` is refused.
    public static func read(_ path: String, atMost limit: Int) -> Result<[UInt8], FileFailure> {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return .failure(.system(errno)) }
        defer { _ = close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 16_384)
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count < 0 {
                if errno == EINTR { continue }
                return .failure(.system(errno))
            }
            if count == 0 { return .success(bytes) }
            bytes += buffer[..<count]
            if bytes.count > limit { return .failure(.tooLong) }
        }
    }
}
