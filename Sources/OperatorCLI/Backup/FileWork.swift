import CCrypto
import Glibc

/// Files as a backup handles them: copied, hashed and put on disk for certain. Every error is one sentence.
enum FileWork {
    static func reason() -> String { String(cString: strerror(errno)) }

    /// Reads a file in pieces; nothing larger is held in memory.
    static func forEachPiece(of path: String, _ body: (UnsafeRawBufferPointer) throws(Failure) -> Void) throws(Failure)
    {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Failure("\(path) cannot be read (\(reason()))") }
        defer { close(descriptor) }
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 16)
        defer { buffer.deallocate() }
        while true {
            let count = read(descriptor, buffer.baseAddress, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw Failure("\(path) cannot be read (\(reason()))") }
            if count == 0 { return }
            try body(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        }
    }

    /// SHA-256 as 64 digits, and the number of bytes.
    static func digest(of path: String) throws(Failure) -> (hex: String, bytes: Int) {
        guard let context = EVP_MD_CTX_new() else { throw Failure("there is no memory for a SHA-256") }
        defer { EVP_MD_CTX_free(context) }
        guard EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1 else { throw Failure("OpenSSL makes no SHA-256") }
        var bytes = 0
        try forEachPiece(of: path) { (piece) throws(Failure) in
            bytes += piece.count
            guard EVP_DigestUpdate(context, piece.baseAddress, piece.count) == 1 else {
                throw Failure("OpenSSL makes no SHA-256 of \(path)")
            }
        }
        var code = [UInt8](repeating: 0, count: 32)
        var count: UInt32 = 0
        guard EVP_DigestFinal_ex(context, &code, &count) == 1, count == 32 else {
            throw Failure("OpenSSL makes no SHA-256 of \(path)")
        }
        let hex = code.map { (byte: UInt8) -> String in
            let digits = String(byte, radix: 16)
            return digits.count == 1 ? "0" + digits : digits
        }
        return (hex.joined(), bytes)
    }

    /// Copies a file to one that is not there yet, mode 0600, and waits for the disk.
    static func copy(_ source: String, to target: String) throws(Failure) {
        let descriptor = open(target, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Failure("\(target) cannot be made (\(reason()))") }
        defer { close(descriptor) }
        try forEachPiece(of: source) { (piece) throws(Failure) in try write(piece, to: descriptor, target) }
        guard fsync(descriptor) == 0 else { throw Failure("\(target) cannot be written (\(reason()))") }
    }

    static func write(_ text: String, to path: String) throws(Failure) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Failure("\(path) cannot be made (\(reason()))") }
        defer { close(descriptor) }
        let bytes = Array(text.utf8)
        var failure: Failure?
        bytes.withUnsafeBytes { piece in
            do throws(Failure) { try write(piece, to: descriptor, path) } catch { failure = error }
        }
        if let failure { throw failure }
        guard fsync(descriptor) == 0 else { throw Failure("\(path) cannot be written (\(reason()))") }
    }

    private static func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32, _ path: String) throws(Failure) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = Glibc.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw Failure("\(path) cannot be written (\(reason()))") }
            rest = rest.dropFirst(count)
        }
    }

    /// Has the disk keep what is in a file or the names in a directory.
    static func sync(_ path: String) throws(Failure) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Failure("\(path) cannot be opened (\(reason()))") }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw Failure("\(path) cannot be written (\(reason()))") }
    }

    static func makeDirectory(_ path: String) throws(Failure) {
        guard mkdir(path, 0o700) == 0 else { throw Failure("\(path) cannot be made (\(reason()))") }
    }

    static func move(_ source: String, to target: String) throws(Failure) {
        guard rename(source, target) == 0 else {
            throw Failure("\(source) cannot be moved to \(target) (\(reason()))")
        }
        try sync(Installation.parent(of: target))
    }

    /// Removes the files of a directory of ours and the directory; what cannot be removed stays.
    static func discard(_ directory: String, files: [String]) {
        for file in files { unlink("\(directory)/\(file)") }
        rmdir(directory)
    }
}
